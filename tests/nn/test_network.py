"""A network as a whole: one flat vector, predictions, copies, the summary."""

import copy
import pickle

import numpy as np
import pytest

from scnn_np import fully_connected, random_sparse, spatially_coupled
from scnn_np.nn.layers import Dense, Sigmoid
from scnn_np.nn.network import MLP
from scnn_np.nn.penalties import L2


@pytest.fixture
def net():
    return spatially_coupled(16, 3, width=32, layers=2, blocks=4, degrees=[6, 9, 4, 1])


def test_arrays_are_views_into_one_vector(net):
    """Moving θ moves every weight and bias; all gradients stand in one vector."""
    net.theta[...] = np.arange(net.theta.size)
    entries = [a for layer in net.affine_layers for a in (layer.w.ravel(), layer.b.ravel())]
    np.testing.assert_array_equal(np.concatenate(entries), np.arange(net.theta.size))
    for layer in net.affine_layers:
        assert np.shares_memory(layer.w, net.theta)
        assert np.shares_memory(layer.dw, net.gradient)
        assert np.shares_memory(layer.db, net.gradient)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copies_stand_alone(net, duplicate, rng):
    """A copy predicts the same, is trained through its own θ, and leaves the first alone."""
    X = rng.random((5, 16), np.float32)
    twin = duplicate(net)
    before = net.predict_proba(X)
    np.testing.assert_array_equal(twin.predict_proba(X), before)
    twin.theta[...] = 0
    np.testing.assert_allclose(twin.predict_proba(X), 1 / 3)
    np.testing.assert_array_equal(net.predict_proba(X), before)


def test_probabilities(net, rng):
    """Rows of (samples, classes) add up to 1; the prediction is the largest."""
    X = rng.random((2500, 16), np.float32)                 # three pieces of 1024
    P = net.predict_proba(X)
    assert P.shape == (2500, 3)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(net.predict(X), P.argmax(axis=1))
    np.testing.assert_allclose(net.predict_proba(X[:1]), P[:1], rtol=1e-5)
    assert net.predict_proba(X[:0]).shape == (0, 3)


def test_evaluate(net, rng):
    """Loss and accuracy are means over all samples, whatever the pieces."""
    X, y = rng.random((2500, 16), np.float32), rng.integers(0, 3, 2500)
    loss, accuracy = net.evaluate(X, y)
    P = net.predict_proba(X).astype(float)
    assert loss == pytest.approx(-np.log(P[np.arange(2500), y]).mean(), rel=1e-5)
    assert accuracy == (net.predict(X) == y).mean()


def test_support_never_changes(net, rng):
    """Whatever is trained, with whatever penalty, the pattern and the zeros off it stay."""
    before = [W.toarray() != 0 for W in net.weights[:2]]
    for _ in range(20):
        net.loss_and_gradient(rng.random((16, 8), np.float32), rng.integers(0, 3, 8))
        net.theta -= 0.5 * net.gradient
    for W, pattern in zip(net.weights[:2], before, strict=True):
        assert not W.toarray()[~pattern].any()


@pytest.mark.parametrize(("build", "options"), [
    (random_sparse, {}), (random_sparse, {"degrees": 3}), (fully_connected, {})])
def test_permutation_invariance(build, options, rng):
    """RSP and FC do not care for the order of the inputs: permute them with the columns of the
    first layer, and the loss is the same to rounding. So order cannot matter to them."""
    net = build(24, 4, width=16, layers=2, dtype=np.float64, **options)
    p = rng.permutation(24)
    layers = copy.deepcopy(net.layers)
    layers[0] = type(layers[0])(net.weights[0][:, p], layers[0].b)
    other = MLP(layers, net.penalties)
    Z, y = rng.random((24, 6)), rng.integers(0, 4, 6)
    loss, _ = net.loss_and_gradient(Z, y)
    permuted_loss, _ = other.loss_and_gradient(Z[p], y)
    assert permuted_loss == pytest.approx(loss, rel=1e-14)


def test_summary():
    """The table names shapes, edges, parameters and the reduction."""
    text = spatially_coupled().summary()
    assert text.count("784 × 784     41,650") == 5
    assert "216,090     220,020   3,085,050" in text
    assert "reduction against dense: 92.87 %; penalty L2(5e-05)" in text


class TestErrors:
    """One clear message at the door."""

    def test_layers_that_do_not_fit(self):
        with pytest.raises(ValueError, match="one gives out 3 values, the next expects 4"):
            MLP([Dense(np.ones((3, 2))), Dense(np.ones((2, 4)))])

    def test_no_layers(self):
        with pytest.raises(ValueError, match="layers: got none with weights"):
            MLP([Sigmoid()])

    def test_a_layer_belongs_to_one_network(self):
        layer = Dense(np.ones((3, 2)))
        MLP([layer])
        with pytest.raises(ValueError, match="belongs to another network already"):
            MLP([layer])

    def test_a_layer_stands_once(self):
        layer = Dense(np.eye(3))
        with pytest.raises(ValueError, match="layers: one stands there twice"):
            MLP([layer, Sigmoid(), layer])

    def test_one_precision(self):
        with pytest.raises(ValueError, match="layers: got float32 and float64 weights"):
            MLP([Dense(np.eye(3)), Dense(np.eye(3, dtype=np.float32))])

    def test_parts_of_the_wrong_kind(self):
        with pytest.raises(TypeError, match="layers: got .* expected a list of layers"):
            MLP([Dense(np.eye(3)), Sigmoid])
        with pytest.raises(TypeError, match="penalties: got .* expected a list of penalties"):
            MLP([Dense(np.eye(3))], ["l1"])

    def test_penalty_of_wrong_length(self):
        with pytest.raises(ValueError, match="L2: got 2 numbers for 1 weight matrices"):
            MLP([Dense(np.ones((3, 2)))], [L2([1, 2])])

    @pytest.mark.parametrize("X", [np.ones(16), np.ones((2, 15)), np.full((2, 16), "a")])
    def test_inputs(self, net, X):
        with pytest.raises(ValueError, match=r"X: got .* expected numbers .* \(samples, 16\)"):
            net.predict(X)

    @pytest.mark.parametrize(("y", "message"), [
        ([0, 1, 3], "got labels 0 to 3, expected 0 to 2"), ([0, 1, -1], "got labels -1 to 1"),
        ([0, 1], "expected 3 integer labels"), ([0.0, 1.0, 2.0], "expected 3 integer labels")])
    def test_labels(self, net, y, message):
        with pytest.raises(ValueError, match=message):
            net.evaluate(np.ones((3, 16)), np.array(y))

    def test_nothing_to_evaluate(self, net):
        with pytest.raises(ValueError, match="X: got no samples"):
            net.evaluate(np.ones((0, 16)), np.zeros(0, int))
