"""Merging: the test by hand, networks that compute the same with fewer layers, and refusals.

What the test says is held against the network itself at the corners of the range: a linear
neuron never meets an input that ReLU cuts, a dead one none that it lets pass, and one that is
neither meets both.
"""

import itertools

import numpy as np
import pytest
from scipy import sparse

from scnn_np import MLP, Trainer, fully_connected, load_model, save_model, spatially_coupled
from scnn_np.analysis import examine_layers, fresh_start, merge, merge_nearly
from scnn_np.analysis.merging import bounds, times, up_to
from scnn_np.data import fit_ordering
from scnn_np.nn import (
    L1,
    L2,
    Dense,
    DropConnect,
    DropOut,
    ReLU,
    Sigmoid,
    Sparse,
)
from scnn_np.training import Adam


def by_hand():
    """2 → 4 → 2. For inputs that are not negative the first neuron is linear, the second dead,
    the third and the fourth neither; for inputs up to 1 the third is linear: 1 - 0.4 - 0.5."""
    W = np.array([[1.0, 2.0], [-1.0, -2.0], [-0.4, -0.5], [1.0, -2.0]])
    b = np.array([[0.5], [0.0], [1.0], [0.0]])
    return MLP([Dense(W, b), ReLU(), Dense(np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]))])


def random_network(rng, sizes, share=0.5, edges=None, noise=False):
    """Hidden layers of which neurons are linear, dead, or (with one layer in two) anything."""
    parts = []
    for k, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        W, b = rng.normal(size=(n_out, n_in)), rng.normal(size=(n_out, 1))
        if k % 2 == 0 and k < len(sizes) - 2:
            sign = np.where(rng.random((n_out, 1)) < share, 1, -1)
            W, b = sign * np.abs(W), sign * np.abs(b)
        if edges and k < len(sizes) - 2:
            W = sparse.csr_array(W * (rng.random(W.shape) < edges))
        parts += [(Sparse if sparse.issparse(W) else Dense)(W, b), ReLU()]
        parts += [DropOut(0.3, rng)] if noise else []
    return MLP(parts[:-1 - noise])


# --- the test ---------------------------------------------------------------------------------

def test_kinds_by_hand():
    """Without limit above, and within 0 to 1; which neurons stand in the way."""
    layer, = examine_layers(by_hand())
    assert layer.kinds.tolist() == ["linear", "dead", "neither", "neither"]
    assert layer.in_the_way.tolist() == [2, 3] and not layer.can_merge
    assert str(layer) == "hidden layer 1: 1 linear, 1 dead, 2 neither"
    layer, = examine_layers(by_hand(), 0, 1)
    assert layer.kinds.tolist() == ["linear", "dead", "linear", "neither"]
    layer, = examine_layers(by_hand(), high=[1.0, 0.5])
    assert layer.kinds.tolist() == ["linear", "dead", "linear", "neither"]
    layer, = examine_layers(by_hand(), high=[np.inf, 0.0])
    assert layer.kinds.tolist() == ["linear", "dead", "neither", "linear"]
    layer, = examine_layers(by_hand(), [2, 0], [3, 0.5])
    assert layer.kinds.tolist() == ["linear", "dead", "neither", "linear"]
    assert "4 linear" not in str(layer) and layer.number == 1


def test_bounds_and_errors_by_hand():
    """Neuron 3 lies between -2 and 1 on the unit square: e = 1, taken for dead; the second
    between -3 and 0, never above."""
    layer, = examine_layers(by_hand(), 0, 1)
    np.testing.assert_allclose(layer.low, [0.5, -3, 0.1, -2], atol=1e-14)
    np.testing.assert_allclose(layer.high, [3.5, 0, 1, 1], atol=1e-14)
    np.testing.assert_allclose(layer.errors, [0, 0, 0, 1], atol=1e-14)
    assert layer.nearer_to_linear.tolist() == [True, False, True, False]


def test_inputs_of_any_sign():
    """Such as PCA gives: without limits only a neuron without weights is decided."""
    W = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    network = MLP([Dense(W, np.array([[9.0], [0.0], [-1.0]])), ReLU(), Dense(np.ones((2, 3)))])
    layer, = examine_layers(network, -np.inf, np.inf)
    assert layer.kinds.tolist() == ["neither", "linear", "dead"]
    layer, = examine_layers(network, -8, 8)
    assert layer.kinds.tolist() == ["linear", "linear", "dead"]


def test_a_dead_neuron_gives_nothing_to_the_next_layer():
    """Its negative weights upwards count for nothing; nor do those of a linear layer whose
    sum with the positive ones is positive: W₂W₁ = 2·1 - 1·1."""
    first = Dense(np.array([[1.0], [-1.0]]), np.array([[0.0], [-1.0]]))
    network = MLP([first, ReLU(), Dense(np.array([[1.0, -5.0]])), ReLU(), Dense(np.eye(1))])
    assert [layer.can_merge for layer in examine_layers(network)] == [True, True]
    first.W = np.array([[1.0], [1.0]])
    first.b = np.zeros((2, 1))
    network.affine_layers[1].W = np.array([[2.0, -1.0]])
    assert [layer.can_merge for layer in examine_layers(network)] == [True, True]


@pytest.mark.parametrize("edges", [None, 0.5])
def test_the_test_is_exact(edges, rng):
    """At the corners of the range every neuron of the first layer shows what it is."""
    found = set()
    for _ in range(60):
        network = random_network(rng, [4, 6, 3], edges=edges)
        network.theta = rng.normal(size=network.theta.size)
        low = rng.random(4)
        high = low + rng.random(4)
        layer = examine_layers(network, low, high)[0]
        corners = np.array(list(itertools.product(*zip(low, high, strict=True)))).T
        A = up_to(network, 1, corners)
        for a, kind in zip(A, layer.kinds, strict=True):
            assert {"linear": a.min() >= 0, "dead": a.max() <= 0,
                    "neither": a.min() < 0 < a.max()}[kind]
            found.add(kind)
    assert found == {"linear", "dead", "neither"}


def test_bounds_of_deeper_layers_hold(rng):
    """Whatever comes in within the range: they are proofs, wider than what data show."""
    for _ in range(20):
        network = random_network(rng, [5, 6, 6, 6, 3])
        Z = rng.random((5, 500))
        for layer in examine_layers(network, 0, 1):
            A = up_to(network, layer.number, Z)
            assert (A.min(axis=1) >= layer.low).all() and (A.max(axis=1) <= layer.high).all()


def test_rounding_is_on_the_safe_side():
    """0.1 + 0.2 - 0.3 is above 0 in floating point and 0 by a hair's breadth in truth: such a
    neuron is not called linear, where the sums may be wrong; signs alone cannot be."""
    W, b = np.array([[-0.1, -0.2]]), np.array([[0.1 + 0.2]])
    low, _ = bounds(W, b, np.zeros(2), np.ones(2))
    assert -1e-15 < low[0] < 0
    assert bounds(np.abs(W), 0 * b, np.zeros(2), np.ones(2))[0][0] == 0
    assert bounds(-np.abs(W), 0 * b, np.zeros(2), np.full(2, np.inf))[1][0] == 0


# --- the exact merge --------------------------------------------------------------------------

def same(network, small, Z):
    np.testing.assert_allclose(small.forward(Z), network.forward(Z), rtol=1e-10, atol=1e-10)


def test_merged_by_hand():
    """2 → 4 → 2 with the last neuron away: W₂DW₁ = (1, 2) - 3·(0.4, 0.5), and so on."""
    network = by_hand()
    network.affine_layers[0].W = network.weights[0] * [[1], [1], [1], [0]]
    found = merge(network, 0, 1)
    np.testing.assert_allclose(found.network.weights[0], [[-0.2, 0.5], [2.2, 6.5]])
    np.testing.assert_allclose(found.network.affine_layers[0].b, [[3.5], [9.5]])
    assert found.layers == [1] and found.parameters == (22, 6) and not found.larger
    assert str(found) == "merged: hidden layer 1; 22 → 6 parameters"
    assert (found.bound, found.measured, found.logits) == (None, None, None)
    same(network, found.network, np.random.default_rng(0).random((2, 50)))
    assert np.abs(network.forward(np.full((2, 1), 9.0))
                  - found.network.forward(np.full((2, 1), 9.0))).max() > 1   # outside 0 … 1


@pytest.mark.parametrize("edges", [None, 0.4])
@pytest.mark.parametrize("sizes", [[5, 7, 4], [5, 7, 6, 8, 3], [9, 8, 7, 6, 5, 4, 3]])
def test_outputs_agree(sizes, edges, rng):
    """To 1e-10 for all inputs that are not negative, however large; every second layer goes,
    sometimes more. The network that went in stays as it was."""
    for _ in range(10):
        network = random_network(rng, sizes, edges=edges)
        before = network.theta.copy()
        found = merge(network)
        Z = rng.random((sizes[0], 40)) * 10.0 ** rng.integers(-3, 4, 40)
        same(network, found.network, Z)
        assert {1, 3, 5}.intersection(range(1, len(sizes) - 1)) <= set(found.layers)
        assert len(found.network.weights) == len(network.weights) - len(found.layers)
        np.testing.assert_array_equal(network.theta, before)
        assert found.layers == [layer.number for layer in examine_layers(network)
                                if layer.can_merge]
        assert not set(found.network.layers) & set(network.layers)


def test_within_bounded_inputs(rng):
    """Biases that outweigh what the pixels can do: no sign alone would allow the merge."""
    network = random_network(rng, [6, 5, 5, 3])
    for layer in network.affine_layers[:2]:
        layer.W = rng.normal(size=layer.W.shape)
        layer.b = np.abs(layer.W).sum(axis=1, keepdims=True) * 100
    network.affine_layers[1].b = network.affine_layers[1].b * 1e4
    assert merge(network).layers == []
    found = merge(network, 0, 1)
    assert found.layers == [1, 2]
    same(network, found.network, rng.random((6, 40)))


def test_nothing_to_merge(rng):
    """The same network, and it says so."""
    network = random_network(rng, [4, 5, 5, 3], share=0.5)
    for layer in network.affine_layers[:2]:
        layer.W = rng.normal(size=layer.W.shape)
    found = merge(network)
    assert found.layers == [] and str(found) == "no layer can be merged"
    assert found.network.theta.tobytes() == network.theta.tobytes()


def test_all_dead(rng):
    """A layer that lets nothing pass: what is left is a function of no input."""
    for edges in (None, 0.5):
        network = random_network(rng, [4, 5, 3], share=0.0, edges=edges)
        small = merge(network).network
        same(network, small, rng.random((4, 9)))
        assert np.ptp(small.forward(rng.random((4, 9))), axis=1).max() == 0


def test_all_that_predicts_the_same(rng):
    """DropOut goes with its layer, DropConnect stays around what it was around, penalties keep
    the strengths of the layers that are left, those of negative weights go; float32 too."""
    network = fully_connected(6, 3, width=5, layers=3, activation="relu", dropout=0.2,
                              input_dropout=0.1, dropconnect=0.1, l1=[1, 2, 3, 4], l2=0.5,
                              layer_sparsity_step=0.1)
    network.affine_layers[1].W = np.abs(network.weights[1])
    small = merge(network).network
    assert repr(small.penalties) == "[L1([1.0, 3.0, 4.0]), L2(0.5)]"
    assert [type(layer) for layer in small.layers] == [
        DropOut, DropConnect, ReLU, DropOut, DropConnect, ReLU, DropOut, Dense]
    assert small.dtype == np.float32 and len(small.generators) == 1
    X = rng.random((50, 6))
    np.testing.assert_allclose(small.predict_proba(X), network.predict_proba(X), atol=1e-6)
    Trainer(small, epochs=1, progress_stream=False).fit(X, np.arange(50) % 3)


def test_a_merged_network_is_a_model(rng, tmp_path):
    """It can be saved and loaded like any other."""
    X, y = rng.random((40, 5)), np.arange(40) % 3
    ordering = fit_ordering(X, y, "none")
    small = merge(random_network(rng, [5, 4, 6, 3], edges=0.6)).network
    save_model(tmp_path / "m.npz", small, ordering, ["a", "b", "c"], {})
    loaded = load_model(tmp_path / "m.npz").network
    np.testing.assert_array_equal(loaded.forward(X.T), small.forward(X.T))


def test_a_merge_that_makes_the_network_larger_says_so():
    """10 → 2 → 10 is 52 parameters, 10 → 10 is 110."""
    network = MLP([Dense(np.ones((2, 10))), ReLU(), Dense(np.ones((10, 2)))])
    found = merge(network)
    assert found.larger and found.parameters == (52, 110)
    assert str(found).endswith("52 → 110 parameters: the network is LARGER than before")


# --- sparse layers ----------------------------------------------------------------------------

def test_the_merged_support_is_the_boolean_product(rng):
    """Also where two paths cancel to exactly 0, and where an edge carries 0."""
    W1 = sparse.csr_array(np.array([[1.0, 0, 0], [1.0, 0, 2.0], [0, 3.0, 0]]))
    W2 = sparse.csr_array(np.array([[1.0, -1.0, 0], [0, 0, 5.0]]))
    found = times(W2, W1)
    np.testing.assert_array_equal(found.toarray(), [[0, 0, -2], [0, 15, 0]])
    assert found.nnz == 3 and found.has_sorted_indices
    W1.data[:] = 0
    assert times(W2, W1).nnz == 3
    for _ in range(20):
        W2, W1 = (sparse.random_array(shape, density=0.2, rng=rng, format="csr")
                  for shape in ((30, 20), (20, 40)))
        found, support = times(W2, W1), (W2.toarray() != 0) @ (W1.toarray() != 0)
        np.testing.assert_allclose(found.toarray(), W2.toarray() @ W1.toarray())
        assert found.nnz == support.sum()


def test_coupled_layers(rng):
    """Merged coupled layers stay sparse, with wider windows; only linear neurons join paths."""
    network = spatially_coupled(32, 4, width=32, layers=3, activation="relu", l2=0.0,
                                dtype=np.float64)
    one, two = network.affine_layers[:2]
    one.W = abs(one.W)
    dead = np.arange(32) % 2 == 0
    rows = np.repeat(np.arange(32), np.diff(one.W.indptr))
    one.W.data[dead[rows]] *= -1
    small = merge(network).network
    assert [type(layer) for layer in small.affine_layers] == [Sparse, Sparse, Dense]
    support = (two.W.toarray()[:, ~dead] != 0) @ (one.W.toarray()[~dead] != 0)
    np.testing.assert_array_equal(small.weights[0].toarray() != 0, support)
    assert small.weights[0].nnz == support.sum()
    same(network, small, rng.random((32, 30)))


# --- the merge of a nearly mergeable layer ----------------------------------------------------

def test_nearly_by_hand():
    """The last neuron is taken for dead, e = 1: its weights upwards are the bounds, 4 and 8.
    At the corner (1, 0) it gives 1, and the logits change by just as much."""
    X = np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 1.0]])
    found = merge_nearly(by_hand(), 1, X, 0, 1)
    np.testing.assert_allclose(found.bound, [4, 8])
    np.testing.assert_allclose(found.measured, [4, 8])
    assert found.logits == pytest.approx(8) and found.layers == [1]
    assert str(found) == ("merged: hidden layer 1; 22 → 6 parameters; the input of the next "
                          "layer changes by at most 8, measured 8, logits by 8")
    np.testing.assert_allclose(merge_nearly(by_hand(), 1, X[1:], 0, 1).measured, [2, 4])


@pytest.mark.parametrize("edges", [None, 0.5])
def test_the_bound_holds(edges, rng):
    """For every layer of random networks; where few neurons are neither, it is reached."""
    reached = []
    for _ in range(30):
        network = random_network(rng, [4, 6, 5, 5, 3], edges=edges)
        corners = np.array(list(itertools.product([0, 1], repeat=4)), float)
        X = np.concatenate([corners, rng.random((100, 4))])
        for layer in (1, 2, 3):
            found = merge_nearly(network, layer, X, 0, 1)
            assert (found.measured <= found.bound * (1 + 1e-12) + 1e-12).all()
            assert len(found.network.weights) == 3
            change = np.abs(network.forward(X.T) - found.network.forward(X.T)).max()
            assert found.logits == pytest.approx(change, abs=1e-12)
            if found.bound.max() > 0:
                reached.append(found.measured.max() / found.bound.max())
    assert len(reached) > 10 and max(reached) > 0.99


def test_nearly_is_exact_where_all_are_decided(rng):
    """The bound is 0 then, and what is measured is rounding."""
    network = random_network(rng, [4, 6, 3])
    X = rng.random((20, 4))
    found = merge_nearly(network, 1, X, 0, 1)
    assert not found.bound.any() and found.measured.max() < 1e-12
    np.testing.assert_array_equal(found.network.theta, merge(network).network.theta)


# --- refitting --------------------------------------------------------------------------------

@pytest.mark.parametrize("edges", [None, 0.5])
def test_a_fresh_start(edges, rng):
    """Other weights of the usual spread on the same supports, biases 0, the same for the same
    generator; nothing of the old network is shared."""
    network = random_network(rng, [40, 30, 20, 3], edges=edges, noise=True)
    network.penalties = [L1([1, 2, 3]), L2(0.5)]
    fresh = fresh_start(network, np.random.default_rng(1))
    again = fresh_start(network, np.random.default_rng(1))
    np.testing.assert_array_equal(fresh.theta, again.theta)
    assert repr(fresh) == repr(network) and len(fresh.layers) == len(network.layers)
    for old, new in zip(network.affine_layers, fresh.affine_layers, strict=True):
        assert not new.b.any() and old.b.any()
        if edges and old is not network.affine_layers[-1]:
            np.testing.assert_array_equal(new.W.indices, old.W.indices)
    limit = [np.sqrt(6 / (40 + 30)) * ReLU.gain, np.sqrt(6 / 23)]       # of the output layer, 1
    if not edges:
        assert 0.9 * limit[0] < np.abs(fresh.weights[0]).max() <= limit[0]
        assert 0.8 * limit[1] < np.abs(fresh.weights[2]).max() <= limit[1]


def test_penalised_merged_and_refitted(blobs):
    """The whole way: two hidden layers become linear, go, and what is left learns on."""
    X, y = np.abs(blobs[0]), blobs[1]
    network = fully_connected(16, 4, width=12, layers=3, activation="relu", dropout=0.0,
                              l2=1e-3, layer_sparsity_step=[0, 1, 1, 0], dtype=np.float64)
    Trainer(network, epochs=8, batch_size=20, optimizer=Adam(0.01),
            progress_stream=False).fit(X, y)
    found = merge(network)
    assert found.layers == [2, 3]
    same(network, found.network, X.T)
    assert repr(found.network.penalties) == "[L2(0.001)]"
    for small in (found.network, fresh_start(found.network, np.random.default_rng(0))):
        start = small.evaluate(X, y)[0]
        Trainer(small, epochs=8, batch_size=20, optimizer=Adam(0.01),
                progress_stream=False).fit(X, y)
        assert small.evaluate(X, y)[0] < start
        assert small.evaluate(X, y)[1] > 0.9


# --- refusals ---------------------------------------------------------------------------------

@pytest.mark.parametrize(("layers", "message"), [
    ([Dense(np.ones((3, 2))), Sigmoid(), Dense(np.ones((2, 3)))],
     "network: hidden layer 1 is followed by Sigmoid, expected ReLU: .* sigmoid bends every"),
    ([Dense(np.ones((3, 2))), ReLU(), Dense(np.ones((3, 3))), Dense(np.ones((2, 3)))],
     "network: hidden layer 2 is followed by nothing, expected ReLU"),
    ([Dense(np.ones((3, 2))), ReLU(), Sigmoid(), Dense(np.ones((2, 3)))],
     "network: hidden layer 1 is followed by ReLU and Sigmoid, expected ReLU"),
    ([Dense(np.ones((3, 2)))], "network: got no hidden layer, expected at least one")])
def test_networks_that_are_refused(layers, message):
    network = MLP(layers)
    X = np.ones((3, 2))
    for call in (examine_layers, merge, lambda network: merge_nearly(network, 1, X, 0, 1)):
        with pytest.raises(ValueError, match=message):
            call(network)


@pytest.mark.parametrize(("low", "high", "message"), [
    (1, 0, "high: got 0 for input 0, expected at least low, 1"),
    ([0, 2], [1, 1], "high: got 1 for input 1, expected at least low, 2"),
    (np.nan, 1, "low: got nan, expected a number, or one for each of the 2 inputs"),
    (np.inf, np.inf, "low: got inf, expected a number"),
    (0, -np.inf, "high: got -inf, expected a number"),
    ([0, 0, 0], 1, "low: got .*, expected a number, or one for each of the 2 inputs"),
    (0, "1", "high: got '1', expected a number")])
def test_ranges_that_are_none(low, high, message):
    for call in (examine_layers, merge):
        with pytest.raises(ValueError, match=message):
            call(by_hand(), low, high)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"layer": 0}, "layer: got 0, expected a whole number of at least 1 and of at most 1"),
    ({"layer": 2}, "layer: got 2, expected a whole number"),
    ({"high": np.inf}, "high: leaves neuron 3 of hidden layer 1 without bounds, expected a "
                       "finite range"),
    ({"X": np.full((1, 2), 1.5)}, "X: has inputs 0 from 1.5 to 1.5, expected all within 0 to"),
    ({"X": np.array([[0.5, -0.1]])}, "X: has inputs 1 from -0.1 to -0.1, expected all within")])
def test_what_is_nearly_refused(arguments, message):
    call = {"layer": 1, "X": np.full((3, 2), 0.5), "low": 0, "high": 1, **arguments}
    with pytest.raises(ValueError, match=message):
        merge_nearly(by_hand(), **call)
