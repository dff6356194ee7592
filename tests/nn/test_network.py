"""A network as a whole: one flat vector, predictions, threads, copies, the summary."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import eye_array

from scnn_np import fully_connected, random_sparse, spatially_coupled
from scnn_np.nn import L2, MLP, Dense, DropConnect, Sigmoid, Sparse, entries


@pytest.fixture
def net():
    return spatially_coupled(16, 3, width=32, layers=2, blocks=4, degrees=[6, 9, 4, 1])


# --- one flat vector ------------------------------------------------------------------------

def test_arrays_are_views_into_one_vector(net):
    """Moving θ moves every weight and bias; all gradients stand in one vector."""
    net.theta = np.arange(net.theta.size)
    held = [a for layer in net.affine_layers for a in (entries(layer.W).ravel(),
                                                       layer.b.ravel())]
    np.testing.assert_array_equal(np.concatenate(held), np.arange(net.theta.size))
    for layer in net.affine_layers:
        assert np.shares_memory(entries(layer.W), net.theta)
        assert np.shares_memory(layer.dW, net.gradient)
        assert np.shares_memory(layer.db, net.gradient)


def test_an_assignment_to_theta_writes_into_it(net, rng):
    """`network.theta = …` and `network.theta += …` leave the vector where it is, with the
    layers' views in it; what is assigned stays the caller's."""
    theta, numbers = net.theta, rng.random(net.theta.size)
    kept = numbers.copy()
    net.theta = numbers
    net.theta += 1
    assert net.theta is theta
    np.testing.assert_array_equal(numbers, kept)
    np.testing.assert_array_equal(entries(net.weights[0]).ravel(),
                                  theta[:entries(net.weights[0]).size])
    np.testing.assert_allclose(theta, numbers + 1, rtol=1e-6)


@pytest.mark.parametrize("values", [
    0.0, [1.0, 2.0], np.zeros((1, 13)), np.zeros(14), ["a"] * 13, None,
    np.ma.masked_array(np.zeros(13), mask=True)])
def test_what_is_no_theta_is_refused(values):
    """Not even one number for all is spread out."""
    network = MLP([Dense(np.ones((3, 2))), Sigmoid(), Dense(np.ones((1, 3)))])    # 9 + 4
    before = network.theta.copy()
    with pytest.raises(ValueError, match="theta: got .*, expected 13 numbers"):
        network.theta = values
    np.testing.assert_array_equal(network.theta, before)


def test_the_gradient_is_no_place_to_write_another(net):
    """It is what the last pass left; a new array there would be no view of any layer."""
    with pytest.raises(AttributeError):
        net.gradient = np.zeros(net.theta.size)


def test_support_never_changes(net, rng):
    """Whatever is trained, with whatever penalty, the pattern and the zeros off it stay."""
    before = [W.toarray() != 0 for W in net.weights[:2]]
    for _ in range(20):
        net.loss_and_gradient(rng.random((16, 8), np.float32), rng.integers(0, 3, 8))
        net.theta -= 0.5 * net.gradient
    for W, pattern in zip(net.weights[:2], before, strict=True):
        assert not W.toarray()[~pattern].any()


def test_what_a_checkpoint_needs(rng):
    """θ, what layers store beside it, and the generators of the masks, each once."""
    masks = np.random.default_rng(0)
    net = fully_connected(16, 3, width=8, layers=2, dropout=0.5, dropconnect=0.5)
    assert list(net.state_arrays()) == ["theta"] and net.state_arrays()["theta"] is net.theta
    assert len(net.generators) == 1
    assert spatially_coupled(16, 3, width=8, layers=1).generators == []
    two = MLP([DropConnect(Dense(np.eye(2)), 0.5, rng), Sigmoid(),
               DropConnect(Dense(np.eye(2)), 0.5, masks), Sigmoid(),
               DropConnect(Dense(np.eye(2)), 0.5, rng)])
    assert [id(found) for found in two.generators] == [id(rng), id(masks)]


# --- copies ---------------------------------------------------------------------------------

COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy,
          "pickle": lambda network: pickle.loads(pickle.dumps(network))}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_copies_stand_alone(net, duplicate, rng):
    """A copy predicts the same, is trained through its own θ, and leaves the first alone."""
    X = rng.random((5, 16), np.float32)
    twin = duplicate(net)
    before = net.predict_proba(X)
    np.testing.assert_array_equal(twin.predict_proba(X), before)
    for layer, other in zip(twin.affine_layers, net.affine_layers, strict=True):
        assert np.shares_memory(entries(layer.W), twin.theta)
        assert not np.shares_memory(entries(layer.W), entries(other.W))
    twin.theta = 0 * twin.theta
    np.testing.assert_allclose(twin.predict_proba(X), 1 / 3)
    np.testing.assert_array_equal(net.predict_proba(X), before)


def test_a_pickle_holds_no_training_data(net, rng):
    """A network that is handed on takes no sample along: neither inputs nor activations."""
    Z, y = rng.random((16, 500), np.float32), rng.integers(0, 3, 500)
    size = len(pickle.dumps(net))
    net.loss_and_gradient(Z, y)
    content = pickle.dumps(net)
    assert len(content) == size < Z.nbytes
    assert Z[0].tobytes() not in content
    assert all(layer.memory is None for layer in pickle.loads(content).layers)


# --- using it -------------------------------------------------------------------------------

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


@pytest.mark.parametrize("use", [lambda net, X: net.predict(X),
                                 lambda net, X: net.evaluate(X, np.zeros(len(X), int))])
def test_using_it_leaves_no_trace(use, rng):
    """Masks off, no generator moved, and in the layers the very objects that were there."""
    net = spatially_coupled(16, 3, width=32, layers=2, blocks=4, degrees=[6, 9, 4, 1],
                            dropout=0.5, dropconnect=0.5, input_dropout=0.2)
    parts = [*net.layers, *net.affine_layers]
    before = [dict(vars(part)) for part in parts]
    masks, = net.generators
    state = masks.bit_generator.state
    use(net, rng.random((5, 16)))
    assert masks.bit_generator.state == state
    for part, held in zip(parts, before, strict=True):
        assert vars(part).keys() == held.keys()
        assert all(value is held[name] for name, value in vars(part).items())


@pytest.mark.parametrize("build", [spatially_coupled, random_sparse, fully_connected])
def test_threads_may_share_a_network(build):
    """Eight threads at once, each with data of its own, get the bits that one by one gives:
    scratch belongs to a thread. The paper's widths, so that there are tiles and edges."""
    network = build(784, 10, layers=2)
    batches = np.random.default_rng(0).random((8, 40, 784), np.float32)
    expected = [build(784, 10, layers=2).predict_proba(X) for X in batches]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(4):
            found = list(threads.map(network.predict_proba, batches))
            np.testing.assert_array_equal(found, expected)


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


def test_summary_names_options_and_what_is_inside():
    """DropOut with its p; DropConnect with the layer that holds the weights."""
    lines = fully_connected(4, 2, width=3, layers=1, dropconnect=0.25).summary().splitlines()
    assert [line.split("  ")[0] for line in lines[1:5]] == [
        "DropConnect(p=0.25) Dense", "Sigmoid", "DropOut(p=0.5)", "Dense"]


# --- errors ---------------------------------------------------------------------------------

class TestErrors:
    """One clear message at the door."""

    def test_layers_that_do_not_fit(self):
        with pytest.raises(ValueError, match="one gives out 3 values, the next expects 4"):
            MLP([Dense(np.ones((3, 2))), Dense(np.ones((2, 4)))])

    def test_no_layers(self):
        with pytest.raises(ValueError, match="layers: got none with weights"):
            MLP([Sigmoid()])

    def test_a_layer_belongs_to_one_network(self):
        """A copy is free again, and the network that has it is none the worse."""
        layer = Dense(np.ones((3, 2)))
        first = MLP([layer])
        with pytest.raises(ValueError, match="belongs to another network already; copy it"):
            MLP([layer])
        with pytest.raises(ValueError, match="belongs to another network already; copy it"):
            MLP([DropConnect(layer, 0.5, np.random.default_rng(0))])
        second = MLP([copy.copy(layer)])
        second.theta = np.zeros(second.theta.size)
        assert first.theta.any() and layer.W is first.weights[0]

    @pytest.mark.parametrize("around", [
        lambda layer, rng: (layer, layer),
        lambda layer, rng: (layer, DropConnect(layer, 0.5, rng)),
        lambda layer, rng: (DropConnect(layer, 0.5, rng), DropConnect(layer, 0.5, rng))])
    @pytest.mark.parametrize("layer", [Dense(np.eye(3)), Sparse(eye_array(3, format="csr"))])
    def test_a_layer_stands_once(self, around, layer, rng):
        """Also where it hides inside two others: its gradient would be that of one of them."""
        below, above = around(layer, rng)
        with pytest.raises(ValueError, match="layers: one stands there twice; copy it"):
            MLP([below, Sigmoid(), above])

    def test_an_activation_stands_once(self):
        """It keeps what its own backward pass needs."""
        act = Sigmoid()
        with pytest.raises(ValueError, match="layers: one stands there twice"):
            MLP([Dense(np.eye(3)), act, Dense(np.eye(3)), act, Dense(np.eye(3))])

    def test_one_precision(self):
        with pytest.raises(ValueError, match="layers: got float32 and float64 weights"):
            MLP([Dense(np.eye(3)), Dense(np.eye(3, dtype=np.float32))])

    @pytest.mark.parametrize(("layers", "penalties", "name"), [
        ([Dense(np.eye(3)), Sigmoid], [], "layers"), (Dense(np.eye(3)), [], "layers"),
        ("Dense", [], "layers"), ([Dense(np.eye(3))], ["l1"], "penalties"),
        ([Dense(np.eye(3))], L2(1.0), "penalties"), ([Dense(np.eye(3))], [L2], "penalties")])
    def test_parts_of_the_wrong_kind(self, layers, penalties, name):
        with pytest.raises(TypeError, match=f"{name}: got .* expected a list of {name}"):
            MLP(layers, penalties)

    def test_penalty_of_wrong_length(self):
        with pytest.raises(ValueError, match="L2: got 2 numbers for 1 weight matrices"):
            MLP([Dense(np.ones((3, 2)))], [L2([1, 2])])

    def test_who_is_refused_is_left_as_it_was(self):
        """A layer that came into no network can come into the next."""
        layer = Dense(np.ones((3, 2)))
        with pytest.raises(ValueError, match="the next expects 4"):
            MLP([layer, Dense(np.ones((2, 4)))])
        assert MLP([layer]).weights == [layer.W]

    @pytest.mark.parametrize("use", [
        MLP.predict, MLP.predict_proba, lambda net, X: net.evaluate(X, np.zeros(2, int))])
    @pytest.mark.parametrize("X", [
        np.ones(16), np.ones((2, 15)), np.ones((2, 4, 4)), np.full((2, 16), "a"),
        np.full((2, 16), None), np.full((2, 16), 1j), [[1.0], [1.0, 2.0]], "X", None,
        np.ma.masked_array(np.ones((2, 16)), mask=np.eye(2, 16))])
    def test_inputs(self, net, use, X):
        """Samples in rows, as many numbers as the network takes; no objects, nothing masked."""
        with pytest.raises(ValueError, match=r"X: got .* expected numbers .* \(samples, 16\)"):
            use(net, X)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
    def test_inputs_that_are_no_numbers(self, net, value):
        """A network would answer, and nobody could say what; 1e39 is infinite in float32."""
        X = np.ones((3, 16))
        X[1, 7] = value
        for use in (net.predict, net.predict_proba, lambda X: net.evaluate(X, [0, 1, 2])):
            with pytest.raises(ValueError, match="X: has missing, infinite or too large numb"):
                use(X)

    @pytest.mark.parametrize(("y", "message"), [
        ([0, 1, 3], "got labels 0 to 3, expected 0 to 2"), ([0, 1, -1], "got labels -1 to 1"),
        ([0, 1], "expected 3 integer labels"), ([0.0, 1.0, 2.0], "expected 3 integer labels"),
        ([True, False, True], "expected 3 integer labels")])
    def test_labels(self, net, y, message):
        with pytest.raises(ValueError, match=message):
            net.evaluate(np.ones((3, 16)), np.array(y))

    def test_nothing_to_evaluate(self, net):
        with pytest.raises(ValueError, match="X: got no samples, expected at least 1"):
            net.evaluate(np.ones((0, 16)), np.zeros(0, int))
