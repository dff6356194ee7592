"""Initial weights: ±g√(6/(fan_in + fan_out)) with the fans that each edge has."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np import graphs
from scnn_np.nn import Sigmoid, initial_weights


def test_bounds_by_edge(rng):
    """Every edge stays within its own bound, and comes close to it somewhere."""
    support = graphs.random_sparse(300, 200, 20, rng)
    W = initial_weights(support, 4.0, rng, np.float64).tocoo()
    fan_in = np.asarray(support.sum(axis=1)).ravel()[W.coords[0]]
    bound = 4 * np.sqrt(6 / (fan_in + 20))
    assert (np.abs(W.data) <= bound).all()
    assert np.abs(W.data / bound).max() > 0.99
    # uniform on ±bound: variance bound²/3
    assert np.mean((W.data / bound) ** 2) == pytest.approx(1 / 3, rel=0.05)


def test_full_support_is_the_dense_rule():
    """For a support of all ones both forms have the same bound."""
    full = initial_weights(sparse.csr_array(np.ones((30, 50))), 1.0,
                           np.random.default_rng(3), np.float64)
    dense = initial_weights((30, 50), 1.0, np.random.default_rng(3), np.float64)
    np.testing.assert_allclose(full.toarray(), dense)


def test_signal_survives_five_sparse_layers(paper_degrees, rng):
    """With the fans of a dense layer it would shrink; that is why the rule is as it is."""
    def spread(scale):
        Z = rng.random((784, 64))
        for _ in range(5):
            support = graphs.spatially_coupled(784, 784, paper_degrees, rng)
            W = initial_weights(support, 4.0, rng, np.float64)
            W.data *= scale(W)
            Z = Sigmoid().forward(W @ Z)
        return Z.std(axis=1).mean()       # how much the neurons tell samples apart

    def as_dense(W):
        fan_in = np.diff(W.indptr)
        fan_out = np.bincount(W.indices, minlength=784)
        return np.sqrt((np.repeat(fan_in, fan_in) + fan_out[W.indices]) / (2 * 784))
    assert spread(lambda W: 1) > 30 * spread(as_dense)


@pytest.mark.parametrize("gain", [0, -1.0, np.nan, np.inf, "4", None, True])
def test_gains_that_are_none(gain, rng):
    with pytest.raises(ValueError, match="gain: got .*, expected a number > 0"):
        initial_weights((3, 2), gain, rng)


def test_a_generator_is_needed():
    """No global seed hides behind a forgotten argument."""
    with pytest.raises(TypeError, match="rng: got 0, expected a np.random.Generator"):
        initial_weights((3, 2), 1.0, 0)
