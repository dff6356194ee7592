"""The parts of a network: values, gradients on the support, masks, initial weights."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.graphs import supports as graphs
from scnn_np.nn.layers import (
    Dense,
    DropConnect,
    DropOut,
    ReLU,
    Sigmoid,
    Sparse,
    initial_weights,
)


def test_sigmoid_values():
    """1/(1 + e^-a), to the last bit at the ends, without a warning for huge a."""
    A = np.array([[-1e4, -1.0, 0.0, 1.0, 1e4]])
    expected = [[0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1]]
    np.testing.assert_allclose(Sigmoid().forward(A), expected, rtol=1e-15)


def test_relu_values():
    """The positive part, and slope 0 at the kink."""
    relu = ReLU()
    np.testing.assert_array_equal(relu.forward(np.array([[-2.0, 0.0, 3.0]])), [[0, 0, 3]])
    np.testing.assert_array_equal(relu.backward(np.ones((1, 3))), [[0, 0, 1]])


def test_sparse_is_masked_dense(rng):
    """Forward, backward and the gradient at the edges equal a dense layer with zeros."""
    support = graphs.spatially_coupled(24, 16, 3, rng, blocks=4)
    W = initial_weights(support, 1.0, rng, np.float64)
    layer, oracle = Sparse(W), Dense(W.toarray())
    Z, D = rng.standard_normal((24, 6)), rng.standard_normal((16, 6))
    np.testing.assert_allclose(layer.forward(Z), oracle.forward(Z))
    np.testing.assert_allclose(layer.backward(D), oracle.backward(D))
    np.testing.assert_allclose(layer.dw, oracle.dw[W.tocoo().coords])
    np.testing.assert_allclose(layer.db, oracle.db)


def test_sparse_copies_what_it_is_given(rng):
    """A layer owns its weights: training does not reach the matrix of the caller."""
    W = sparse.csr_array(np.eye(3))
    layer = Sparse(W)
    layer.w += 1
    np.testing.assert_array_equal(W.data, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype, rng):
    """float32 in, float32 out, in every part and both directions."""
    support = graphs.random_sparse(8, 8, 3, rng)
    parts = [Dense(initial_weights((8, 8), 1.0, rng, dtype)),
             Sparse(initial_weights(support, 1.0, rng, dtype)), Sigmoid(), ReLU(),
             DropOut(0.5, rng), DropConnect(Dense(np.ones((8, 8), dtype)), 0.5, rng)]
    for part in parts:
        assert part.forward(np.ones((8, 2), dtype), train=True).dtype == dtype
        assert part.backward(np.ones((8, 2), dtype)).dtype == dtype


def test_arguments_are_not_changed(rng):
    """Forward and backward leave what they are given as it was."""
    for part in (Dense(np.ones((4, 4))), Sparse(sparse.csr_array(np.eye(4))), Sigmoid(), ReLU(),
                 DropOut(0.5, rng)):
        Z, D = rng.standard_normal((2, 4, 3))
        before = Z.copy(), D.copy()
        part.forward(Z, train=True)
        part.backward(D)
        np.testing.assert_array_equal((Z, D), before)


class TestDropOut:
    """Inverted scaling: the mean stays, and nothing happens outside training."""

    def test_values_and_mean(self, rng):
        """Each value is 0 or 1/(1-p) times itself; about p of them are 0."""
        out = DropOut(0.25, rng).forward(np.ones((200, 200)), train=True)
        assert set(np.unique(out)) == {0, 1 / 0.75}
        # 40,000 coins: the standard deviation of the share is √(0.25·0.75/40000) = 0.0022
        assert abs((out == 0).mean() - 0.25) < 5 * 0.0022

    def test_not_while_predicting(self, rng):
        Z = rng.standard_normal((5, 4))
        np.testing.assert_array_equal(DropOut(0.5, rng).forward(Z), Z)

    def test_blame_takes_the_same_mask(self, rng):
        """What was silent is not to blame."""
        layer = DropOut(0.5, rng)
        out = layer.forward(np.ones((30, 30)), train=True)
        np.testing.assert_array_equal(layer.backward(np.ones((30, 30))), out)

    @pytest.mark.parametrize("p", [-0.1, 1.0, np.nan])
    def test_bad_probability(self, p, rng):
        with pytest.raises(ValueError, match="p: got .* expected a probability"):
            DropOut(p, rng)


class TestDropConnect:
    """The mask falls on weights instead of neurons."""

    @pytest.mark.parametrize("make", [Dense, lambda W: Sparse(sparse.csr_array(W))])
    def test_expected_output(self, make, rng):
        """The mean over masks is the output without them, which prediction uses."""
        W, Z = rng.standard_normal((4, 6)), rng.standard_normal((6, 3))
        layer = DropConnect(make(W), 0.5, rng)
        outputs = [layer.forward(Z, train=True) for _ in range(4000)]
        spread = np.std(outputs, axis=0) / np.sqrt(4000)
        assert (np.abs(np.mean(outputs, axis=0) - W @ Z) < 5 * spread).all()
        np.testing.assert_allclose(layer.forward(Z), W @ Z)

    def test_dropped_weights_get_no_gradient(self, rng):
        """A weight that was 0 in this batch is not to blame for it."""
        layer = DropConnect(Dense(np.ones((20, 20))), 0.5, rng)
        layer.forward(np.ones((20, 2)), train=True)
        layer.gradients(np.ones((20, 2)))
        np.testing.assert_array_equal(layer.layer.dw == 0, layer.mask == 0)
        assert 0.3 < (layer.mask == 0).mean() < 0.7


class TestInitialWeights:
    """±g√(6/(fan_in + fan_out)) with the fans that each edge has."""

    def test_bounds_by_edge(self, rng):
        """Every edge stays within its own bound, and comes close to it somewhere."""
        support = graphs.random_sparse(300, 200, 20, rng)
        W = initial_weights(support, 4.0, rng, np.float64).tocoo()
        fan_in = np.asarray(support.sum(axis=1)).ravel()[W.coords[0]]
        bound = 4 * np.sqrt(6 / (fan_in + 20))
        assert (np.abs(W.data) <= bound).all()
        assert np.abs(W.data / bound).max() > 0.99
        # uniform on ±bound: variance bound²/3
        assert np.mean((W.data / bound) ** 2) == pytest.approx(1 / 3, rel=0.05)

    def test_full_support_is_the_dense_rule(self):
        """For a support of all ones both forms have the same bound."""
        full = initial_weights(sparse.csr_array(np.ones((30, 50))), 1.0,
                               np.random.default_rng(3), np.float64)
        dense = initial_weights((30, 50), 1.0, np.random.default_rng(3), np.float64)
        np.testing.assert_allclose(full.toarray(), dense)

    def test_signal_survives_five_sparse_layers(self, paper_degrees, rng):
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
