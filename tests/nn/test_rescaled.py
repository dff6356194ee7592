"""The control of the spectral layer: factors that are multiplied."""

import numpy as np
import pytest

from scnn_np import graphs
from scnn_np.nn import MLP, Rescaled, entries, initial_weights


def test_by_hand():
    """w_ij = a_i φ_ij c_j, and the sums of the gradients."""
    layer = Rescaled(np.array([[2.0], [3.0]]), np.array([[5.0, 7.0]]),
                     np.array([[1.0, 10.0], [100.0, 1000.0]]))
    assert layer.W.tolist() == [[10, 140], [1500, 21000]]
    layer.dW[...] = [[1, 2], [3, 4]]
    layer.pull_back()
    assert layer.da.tolist() == [[1 * 5 + 2 * 70], [3 * 500 + 4 * 7000]]
    assert layer.dc.tolist() == [[1 * 2 + 3 * 300, 2 * 20 + 4 * 3000]]


def test_as_many_trained_numbers_as_a_spectral_layer(rng):
    """A factor for each neuron on both sides, and biases; it starts as any layer does."""
    for support in ((12, 16), graphs.random_sparse(16, 12, 3, rng)):
        layer = Rescaled.drawn(support, 2.0, np.random.default_rng(1), np.float32)
        expected = initial_weights(support, 2.0, np.random.default_rng(1), np.float32)
        np.testing.assert_array_equal(entries(layer.W), entries(expected))
        assert MLP([layer]).n_parameters == 16 + 12 + 12


def test_a_support_is_a_matrix_with_zeros(rng):
    layer = Rescaled.drawn(graphs.random_sparse(16, 12, 3, rng), 1.0, rng, np.float64)
    layer.a, layer.c = rng.random((12, 1)), rng.random((1, 16))
    oracle = Rescaled(layer.a, layer.c, layer.phi.toarray())
    Z, D = rng.standard_normal((16, 5)), rng.standard_normal((12, 5))
    for one in (layer, oracle):
        one.forward(Z, train=True)
        one.collect(D)
        one.pull_back()
    np.testing.assert_allclose(layer.da, oracle.da)
    np.testing.assert_allclose(layer.dc, oracle.dc)


@pytest.mark.parametrize(("changed", "message"), [
    ({"a": np.ones(2)}, r"a: got float64 of shape \(2,\), expected float64 of shape \(2, 1\)"),
    ({"c": np.ones((3, 1))}, r"c: got float64 of shape \(3, 1\), expected .* \(1, 3\)"),
    ({"phi": np.ones((2, 3), int)}, "phi: got int64 of shape")])
def test_what_makes_no_layer(changed, message):
    with pytest.raises(ValueError, match=message):
        Rescaled(**{"a": np.ones((2, 1)), "c": np.ones((1, 3)), "phi": np.ones((2, 3)),
                    **changed})
