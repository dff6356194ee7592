"""Softmax and cross-entropy."""

import numpy as np
import pytest

from scnn_np.nn import softmax, softmax_cross_entropy


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


@pytest.mark.parametrize("y", [[0, 1, 4], [0, -1, 2], [0, 10 ** 6, 1]])
def test_labels_out_of_range_are_refused(y, rng):
    """-1 would be the last class to NumPy, and the loss of another label."""
    with pytest.raises(ValueError, match=r"y: got labels -?\d+ to \d+, expected 0 to 3"):
        softmax_cross_entropy(rng.standard_normal((4, 3)), np.array(y))


@pytest.mark.parametrize("y", [
    np.array([0, 1]), np.array([[0, 1, 2]]), np.array([0.0, 1.0, 2.0]), np.eye(3),
    np.array([True, False, True]), np.array(["0", "1", "2"]),
    np.ma.masked_array([0, 1, 2], mask=[0, 1, 0])])
def test_labels_that_are_none(y, rng):
    """One whole number for each column of A: neither fractions nor rows of zeros and ones."""
    with pytest.raises(ValueError, match="y: got .*, expected 3 integer labels, one for each"):
        softmax_cross_entropy(rng.standard_normal((4, 3)), y)


def test_arguments_are_not_changed(rng):
    A, y = rng.standard_normal((4, 3)), np.array([0, 3, 1])
    before = A.copy(), y.copy()
    softmax_cross_entropy(A, y)
    softmax(A)
    np.testing.assert_array_equal(A, before[0])
    np.testing.assert_array_equal(y, before[1])
