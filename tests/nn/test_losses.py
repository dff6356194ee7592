"""Softmax and cross-entropy."""

import numpy as np
import pytest

from scnn_np.nn.losses import softmax, softmax_cross_entropy


def test_equal_logits_cost_the_logarithm_of_the_classes():
    """Who knows nothing loses ln K."""
    loss, dA = softmax_cross_entropy(np.zeros((10, 3)), np.array([0, 4, 9]))
    assert loss == pytest.approx(np.log(10))
    np.testing.assert_allclose(dA[:, 0], (0.1 - np.eye(10)[0]) / 3)


def test_gradient_columns_add_up_to_nothing(rng):
    """Probabilities add up to 1, so lifting all logits alike changes nothing."""
    A, y = rng.standard_normal((5, 7)), rng.integers(0, 5, 7)
    loss, dA = softmax_cross_entropy(A, y)
    np.testing.assert_allclose(dA.sum(axis=0), 0, atol=1e-16)
    lifted, dA_lifted = softmax_cross_entropy(A + 3, y)
    assert lifted == pytest.approx(loss)
    np.testing.assert_allclose(dA_lifted, dA, atol=1e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_logits(dtype):
    """±1e4 overflows e^a in any precision; the loss is exact all the same."""
    A = np.array([[1e4, 1e4], [-1e4, -1e4]], dtype)
    loss, dA = softmax_cross_entropy(A, np.array([0, 1]))
    assert loss == (0 + 2e4) / 2
    np.testing.assert_array_equal(dA, np.array([[0, 0.5], [0, -0.5]], dtype))
    np.testing.assert_array_equal(softmax(A), [[1, 1], [0, 0]])
    assert dA.dtype == dtype
