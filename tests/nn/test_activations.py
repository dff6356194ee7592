"""Activations: values, slopes, and where there is none."""

import numpy as np
import pytest

from scnn_np.nn import ACTIVATIONS, ReLU, Sigmoid


def test_sigmoid_values():
    """1/(1 + e^-a), to the last bit at the ends, without a warning for huge a."""
    A = np.array([[-1e4, -1.0, 0.0, 1.0, 1e4]])
    expected = [[0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1]]
    np.testing.assert_allclose(Sigmoid().forward(A), expected, rtol=1e-15)


def test_sigmoid_slope():
    """σ' = σ(1 - σ): a quarter at 0, 3/16 at ±ln 3, nothing far out."""
    sigmoid = Sigmoid()
    sigmoid.forward(np.array([[0.0, np.log(3), -np.log(3), 1e4]]), train=True)
    np.testing.assert_allclose(sigmoid.backward(np.full((1, 4), 2.0)),
                               [[2 / 4, 6 / 16, 6 / 16, 0]])


def test_relu_values():
    """The positive part, and slope 0 at the kink."""
    relu = ReLU()
    np.testing.assert_array_equal(relu.forward(np.array([[-2.0, 0.0, 3.0]]), train=True),
                                  [[0, 0, 3]])
    np.testing.assert_array_equal(relu.backward(np.ones((1, 3))), [[0, 0, 1]])


def test_distance_from_the_kink():
    """ReLU has one at 0; a sigmoid has none anywhere."""
    A = np.array([[-2.0, 0.0, 3.0]])
    np.testing.assert_array_equal(ReLU().distance(A), [[2, 0, 3]])
    assert Sigmoid().distance(A) == np.inf


@pytest.mark.parametrize("kind", ACTIVATIONS.values())
def test_there_and_back_belong_together(kind, rng):
    """The backward pass is about the last batch of training, whatever is predicted between."""
    layer, A = kind(), rng.standard_normal((4, 5))
    layer.forward(A, train=True)
    expected = layer.backward(np.ones((4, 5)))
    layer.forward(-A)
    np.testing.assert_array_equal(layer.backward(np.ones((4, 5))), expected)
