"""Noise while training: masks that keep the mean, and do nothing outside training."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.nn import Dense, DropConnect, DropOut, ReLU, Sparse


def sparse_layer(W):
    return Sparse(sparse.csr_array(W))


class TestDropOut:
    """Inverted scaling: the mean stays, and nothing happens outside training."""

    def test_values_and_mean(self, rng):
        """Each value is 0 or 1/(1-p) times itself; about p of them are 0."""
        out = DropOut(0.25, rng).forward(np.ones((200, 200)), train=True)
        assert set(np.unique(out)) == {0, 1 / 0.75}
        # 40,000 coins: the standard deviation of the share is √(0.25·0.75/40000) = 0.0022
        assert abs((out == 0).mean() - 0.25) < 5 * 0.0022

    def test_not_while_predicting(self, rng):
        """Nothing is dropped, and nothing drawn from the generator."""
        Z, state = rng.standard_normal((5, 4)), rng.bit_generator.state
        np.testing.assert_array_equal(DropOut(0.5, rng).forward(Z), Z)
        assert rng.bit_generator.state == state

    def test_the_gradient_takes_the_same_mask(self, rng):
        """What was silent changed nothing, so its gradient is 0."""
        layer = DropOut(0.5, rng)
        out = layer.forward(np.ones((30, 30)), train=True)
        np.testing.assert_array_equal(layer.backward(np.ones((30, 30))), out)


class TestDropConnect:
    """The mask falls on weights instead of neurons."""

    @pytest.mark.parametrize("make", [Dense, sparse_layer])
    def test_expected_output(self, make, rng):
        """The mean over masks is the output without them, which prediction uses."""
        W, Z = rng.standard_normal((4, 6)), rng.standard_normal((6, 3))
        layer = DropConnect(make(W), 0.5, rng)
        outputs = [layer.forward(Z, train=True) for _ in range(4000)]
        spread = np.std(outputs, axis=0) / np.sqrt(4000)
        assert (np.abs(np.mean(outputs, axis=0) - W @ Z) < 5 * spread).all()
        state = rng.bit_generator.state
        np.testing.assert_allclose(layer.forward(Z), W @ Z)
        assert rng.bit_generator.state == state

    @pytest.mark.parametrize("make", [Dense, sparse_layer])
    def test_a_batch_sees_the_thinned_weights(self, make, rng):
        """Forwards and backwards it is the layer with the weights M∘W, and of these only
        those that are there have a gradient: M∘dW. The weights themselves stay."""
        W, Z = rng.standard_normal((5, 7)), rng.standard_normal((7, 3))
        D = rng.standard_normal((5, 3))
        layer = DropConnect(make(W), 0.5, rng)
        A = layer.forward(Z, train=True)
        M = layer.memory.reshape(5, 7)
        assert set(np.unique(M)) == {0, 2}
        np.testing.assert_allclose(A, (M * W) @ Z)
        np.testing.assert_allclose(layer.backward(D), (M * W).T @ D)
        np.testing.assert_allclose(layer.layer.dW.reshape(5, 7), M * (D @ Z.T))
        np.testing.assert_allclose(layer.layer.db, D.sum(axis=1, keepdims=True))
        np.testing.assert_array_equal(layer.layer.W @ np.eye(7), W)

    def test_dropped_weights_get_no_gradient(self, rng):
        """Where the layer is the first, too: `collect` goes no further down."""
        layer = DropConnect(Dense(np.ones((20, 20))), 0.5, rng)
        layer.forward(np.ones((20, 2)), train=True)
        layer.collect(np.ones((20, 2)))
        np.testing.assert_array_equal(layer.layer.dW == 0, layer.memory == 0)
        assert 0.3 < (layer.memory == 0).mean() < 0.7


@pytest.mark.parametrize("make", [
    DropOut, lambda p, rng: DropConnect(Dense(np.eye(2)), p, rng)])
class TestErrors:
    """One clear message at the door."""

    @pytest.mark.parametrize("p", [-0.1, 1.0, 1, np.nan, "0.5", None, True])
    def test_probability(self, make, p, rng):
        with pytest.raises(ValueError, match="p: got .* expected a probability of dropping"):
            make(p, rng)

    def test_generator(self, make):
        with pytest.raises(TypeError, match="rng: got 0, expected a np.random.Generator"):
            make(0.5, 0)


@pytest.mark.parametrize("inside", [
    np.eye(2), ReLU(), Dense, DropConnect(Dense(np.eye(2)), 0.5, np.random.default_rng(0))])
def test_only_a_layer_with_weights_of_its_own_loses_some(inside, rng):
    """Neither a matrix, nor an activation, nor a class, nor a layer inside another."""
    with pytest.raises(TypeError, match="layer: got .*, expected a layer with weights"):
        DropConnect(inside, 0.5, rng)
