"""Pruning: a smaller network of its own, and what it computes said exactly.

Every way to prune is held against the large network: the weights that stay are its weights, and
a neuron that is gone is one that gave its mean whatever came in.
"""

import numpy as np
import pytest
from scipy import sparse

from scnn_np import (
    MLP,
    Trainer,
    fit_ordering,
    fully_connected,
    load_model,
    random_sparse,
    save_model,
    spatially_coupled,
)
from scnn_np.analysis import (
    largest_neurons,
    largest_weights,
    mean_activations,
    without_neurons,
)
from scnn_np.analysis.pruning import rebuilt
from scnn_np.nn import Dense, DropConnect, DropOut, ReLU, Sigmoid, Sparse, entries

SIZES = {"width": 12, "layers": 2}
COUPLED = {"blocks": 4, "degrees": [3, 5, 4, 2], **SIZES}
NETWORKS = {
    "Dense": lambda: fully_connected(16, 4, dropout=0.0, **SIZES),
    "Dense, DropOut, penalties": lambda: fully_connected(
        16, 4, dropout=0.3, l1=[1e-3, 1e-4, 0], l2=1e-4, group_lasso=1e-5, **SIZES),
    "Dense, DropOut of inputs": lambda: fully_connected(16, 4, input_dropout=0.1, **SIZES),
    "Dense, float64": lambda: fully_connected(16, 4, dtype=np.float64, **SIZES),
    "SC": lambda: spatially_coupled(16, 4, **COUPLED),
    "SC, tail-biting, ReLU": lambda: spatially_coupled(
        16, 4, tail_biting=True, activation="relu", **COUPLED),
    "RSP, DropOut": lambda: random_sparse(16, 4, degrees=5, dropout=0.2, **SIZES),
    "DropConnect(Dense)": lambda: fully_connected(
        16, 4, dropout=0.5, dropconnect=0.4, group_lasso=1e-4, **SIZES),
    "DropConnect(Sparse)": lambda: spatially_coupled(16, 4, dropconnect=0.4, **COUPLED),
}
DENSE = [name for name in NETWORKS if "Dense" in name]


def large(name):
    """A network that is no longer the one of its seed: biases, and masks drawn already."""
    network, rng = NETWORKS[name](), np.random.default_rng(1)
    network.theta += rng.normal(size=network.theta.size) / 4
    network.loss_and_gradient(np.ones((16, 3), network.dtype), np.arange(3))
    return network


@pytest.fixture(params=NETWORKS)
def network(request):
    return large(request.param)


@pytest.fixture
def X(rng):
    return rng.normal(size=(50, 16)).astype(np.float32)


def masks(network, seed=2, share=0.6):
    """Which inputs and hidden neurons stay: some 60 %, at least one of each."""
    rng = np.random.default_rng(seed)
    kept = [rng.random(W.shape[1]) < share for W in network.weights]
    for mask in kept:
        mask[rng.integers(len(mask))] = True
    return kept


def everything(network):
    return [np.ones(W.shape[1], bool) for W in network.weights]


def toarray(W):
    return W.toarray() if sparse.issparse(W) else W


def arrays(network):
    """All that is trained: weights, biases, gradients and the places of the edges."""
    found = [network.theta, network.gradient]
    for layer in network.affine_layers:
        found += [entries(layer.W), layer.b, layer.dW, layer.db]
        if sparse.issparse(layer.W):
            found += [layer.W.indices, layer.W.indptr]
    return found


def leftovers(network):
    """What the layers keep of the last batch for the way back."""
    found = []
    for layer in [*network.layers, *network.affine_layers]:
        found += layer.memory if isinstance(layer.memory, tuple) else [layer.memory]
    return [array for array in found if isinstance(array, np.ndarray)]


def half(network):
    return largest_weights(network, network.n_parameters - sum(
        layer.W.size // 2 for layer in network.affine_layers[:-1]))


def some_neurons(network):
    means = mean_activations(network, np.random.default_rng(3).normal(size=(20, 16)))
    return without_neurons(network, masks(network), means)


def nothing(network):
    """Takes nothing out: the large network over again."""
    return without_neurons(network, everything(network), mean_activations(
        network, np.zeros((1, 16))))


def same_parts(network):
    return rebuilt(network, [(layer.W, layer.b) for layer in network.affine_layers])


WAYS = [half, some_neurons, nothing, same_parts]


# --- every way to prune -----------------------------------------------------------------------

@pytest.mark.parametrize("prune", WAYS)
def test_what_goes_in_is_left_as_it_was(network, prune):
    """To the bit: weights, biases, gradients, edges, and the state of the masks' generators."""
    layers, penalties = list(network.layers), list(network.penalties)
    bits = [array.tobytes() for array in arrays(network)]
    states = [rng.bit_generator.state for rng in network.generators]
    prune(network)
    assert [array.tobytes() for array in arrays(network)] == bits
    assert [rng.bit_generator.state for rng in network.generators] == states
    assert all(a is b for a, b in zip(network.layers, layers, strict=True))
    assert network.penalties == penalties


@pytest.mark.parametrize("prune", WAYS)
def test_no_memory_is_shared(network, prune):
    """Nor a generator: whatever happens to one network, the other does not notice."""
    small = prune(network)
    for array in arrays(small) + leftovers(small):
        assert not any(np.shares_memory(array, other)
                       for other in arrays(network) + leftovers(network))
    assert not {map(id, small.generators)} & {map(id, network.generators)}
    assert not {map(id, small.layers)} & {map(id, network.layers)}
    before = network.theta.tobytes(), small.theta.tobytes()
    small.forward(np.ones((small.n_in, 5), network.dtype), train=True)
    small.theta[...] = 0
    assert network.theta.tobytes() == before[0]
    again = prune(network)
    assert again.theta.tobytes() == before[1]
    network.theta[...] = 1
    assert again.theta.tobytes() == before[1]


@pytest.mark.parametrize("prune", WAYS)
def test_the_rest_survives(network, prune):
    """Activations, DropOut, DropConnect with their probabilities, precision, and penalties."""
    def parts(network):
        return [("affine" if isinstance(layer, Dense | Sparse) else type(layer),
                 getattr(layer, "p", None)) for layer in network.layers]
    small = prune(network)
    assert parts(small) == parts(network)
    assert small.dtype == network.dtype
    assert repr(small.penalties) == repr(network.penalties)


@pytest.mark.parametrize("prune", WAYS)
@pytest.mark.parametrize("name", ["Dense, DropOut, penalties", "DropConnect(Dense)"])
def test_masks_go_on_from_where_they_were(name, prune):
    """One generator for all masks stays one, in the same state as the large network's."""
    network = large(name)
    rng, = network.generators
    new, = prune(network).generators
    assert new is not rng and new.bit_generator.state == rng.bit_generator.state


@pytest.mark.parametrize("prune", WAYS)
def test_two_generators_stay_two(prune):
    """Layers that drew from generators of their own still do."""
    one, two = np.random.default_rng(1), np.random.default_rng(2)
    rng = np.random.default_rng(0)
    network = MLP([DropConnect(Dense(rng.normal(size=(6, 16))), 0.5, one), Sigmoid(),
                   DropOut(0.5, two), Dense(rng.normal(size=(5, 6))), Sigmoid(),
                   DropOut(0.5, one), Dense(rng.normal(size=(4, 5)))])
    small = prune(network)
    drawn = [layer.rng for layer in small.layers if hasattr(layer, "rng")]
    assert drawn[0] is drawn[2] and drawn[0] is not drawn[1]
    assert [rng.bit_generator.state for rng in small.generators] == [
        rng.bit_generator.state for rng in (one, two)]


@pytest.mark.parametrize("prune", WAYS)
def test_masks_fall_on_the_small_network(network, prune):
    """In training, DropConnect drops edges that are there, DropOut neurons that are there."""
    small = prune(network)
    small.loss_and_gradient(np.ones((small.n_in, 40), small.dtype), np.arange(40) % 4)
    below = small.n_in
    for layer in small.layers:
        if layer.affine:
            below = layer.affine.W.shape[0]
        if isinstance(layer, DropConnect):
            assert layer.memory.shape == entries(layer.affine.W).shape
        if isinstance(layer, DropOut):
            assert layer.memory.shape == (below, 40)
    assert small.gradient.any()


@pytest.mark.parametrize("prune", WAYS)
def test_it_can_be_trained_further(network, prune, blobs):
    """As the large one was: the loss falls, and edges that are gone do not come back."""
    X, y = blobs
    small = prune(network)
    X = X[:, :small.n_in]
    before, patterns = small.evaluate(X, y)[0], [toarray(W) != 0 for W in small.weights]
    Trainer(small, epochs=5, batch_size=20, progress_stream=False).fit(X, y)
    assert small.evaluate(X, y)[0] < before
    for W, pattern in zip(small.weights, patterns, strict=True):
        if sparse.issparse(W):
            assert not W.toarray()[~pattern].any()


@pytest.mark.parametrize("prune", [half, some_neurons])
def test_it_can_be_saved(network, prune, X, tmp_path):
    """With the ordering cut to the inputs that are left, from raw inputs to the same bits."""
    small = prune(network)
    ordering = fit_ordering(X, np.zeros(50))
    if prune is some_neurons:
        ordering = ordering.only(masks(network)[0])
    save_model(tmp_path / "small.npz", small, ordering, list("abcd"), {})
    found = load_model(tmp_path / "small.npz")
    assert found.network.summary() == small.summary()
    expected = small.predict_proba(ordering(X))
    assert found.network.predict_proba(found.ordering(X)).tobytes() == expected.tobytes()


def test_what_is_pruned_can_be_pruned_again(network, X):
    """Fewer neurons of fewer weights, and fewer weights of fewer neurons."""
    for first, second in ((half, some_neurons), (some_neurons, half)):
        once = first(network)
        twice = second(once)
        assert twice.n_parameters < once.n_parameters < network.n_parameters
        assert np.isfinite(twice.predict_proba(X[:, :twice.n_in])).all()


# --- the largest weights ----------------------------------------------------------------------

@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 1])
def test_exactly_the_asked_number_of_parameters(network, share):
    """To the single one, biases and output layer included; the hidden layers are sparse."""
    hidden = sum(layer.W.size for layer in network.affine_layers[:-1])
    asked = network.n_parameters - hidden + max(1, round(share * hidden))
    small = largest_weights(network, asked)
    assert small.n_parameters == asked
    assert [sparse.issparse(W) for W in small.weights] == [True, True, False]
    assert [W.shape for W in small.weights] == [W.shape for W in network.weights]


def test_the_largest_of_all_hidden_weights_stay(network):
    """What stays is as it was, in its place, and none that went is larger, in any layer."""
    small = half(network)
    stayed, gone = [], []
    for W, V in zip(network.weights[:2], small.weights[:2], strict=True):
        W, V = toarray(W), toarray(V)
        assert (V[V != 0] == W[V != 0]).all()
        stayed.append(np.abs(V[V != 0]))
        gone.append(np.abs(W[(V == 0) & (W != 0)]))
    assert np.concatenate(stayed).min() > np.concatenate(gone).max()
    hidden = sum(layer.W.size for layer in network.affine_layers[:2])
    assert sum(map(len, gone)) == sum(layer.W.size // 2 for layer in network.affine_layers[:2])
    assert sum(map(len, stayed)) + sum(map(len, gone)) == hidden


def test_output_layer_and_biases_stay_whole(network):
    """To the bit, although most of the output weights are smaller than what goes."""
    network.affine_layers[-1].W *= 1e-3
    small = half(network)
    assert small.weights[-1].tobytes() == network.weights[-1].tobytes()
    assert isinstance(small.layers[-1], Dense)
    for layer, other in zip(network.affine_layers, small.affine_layers, strict=True):
        assert other.b.tobytes() == layer.b.tobytes()


def test_asking_for_all_changes_nothing(network, X):
    """Every weight stays: the same function, to rounding."""
    small = largest_weights(network, network.n_parameters)
    np.testing.assert_allclose(small.predict_proba(X), network.predict_proba(X), rtol=1e-5)
    for W, V in zip(network.weights, small.weights, strict=True):
        np.testing.assert_array_equal(toarray(V), toarray(W))


def by_hand():
    """2 → 2 → 2 → 1, the second hidden layer ten times the first, signs mixed."""
    first, second = np.array([[1.0, -2], [3, -4]]), np.array([[10.0, -20], [-30, 5]])
    return MLP([Dense(first), ReLU(), Dense(second), ReLU(), Dense(np.full((1, 2), 0.1))])


@pytest.mark.parametrize("edges, first, second", [
    (1, [[0, 0], [0, 0]], [[0, 0], [-30, 0]]),
    (2, [[0, 0], [0, 0]], [[0, -20], [-30, 0]]),
    (4, [[0, 0], [0, 0]], [[10, -20], [-30, 5]]),
    (6, [[0, 0], [3, -4]], [[10, -20], [-30, 5]]),
    (8, [[1, -2], [3, -4]], [[10, -20], [-30, 5]])])
def test_layers_are_ranked_together(edges, first, second):
    """By magnitude, whatever the sign; a layer of small weights may lose all of them."""
    small = largest_weights(by_hand(), edges + 7)             # 5 biases and 2 output weights
    assert [W.toarray().tolist() for W in small.weights[:2]] == [first, second]
    assert small.n_parameters == edges + 7


@pytest.mark.parametrize("spreads, edges, first, second", [
    ([[1, 1], [1, 1], [1, 1]], 2, [[0, 0], [0, 0]], [[0, -20], [-30, 0]]),
    ([[9, 0], [1, 1], [1, 1]], 2, [[0, 0], [3, 0]], [[0, 0], [-30, 0]]),      # 27 and 30
    ([[9, 0], [0, 1], [1, 1]], 3, [[1, 0], [3, 0]], [[0, -20], [0, 0]])])     # 9, 27 and 20
def test_by_what_a_weight_carries(spreads, edges, first, second):
    """|w| times the spread of its left neuron, dense or sparse."""
    spreads = [np.array(spread, float) for spread in spreads]
    for network in (by_hand(), largest_weights(by_hand(), 15)):
        small = largest_weights(network, edges + 7, spreads)
        assert [W.toarray().tolist() for W in small.weights[:2]] == [first, second]


def test_spreads_must_fit():
    with pytest.raises(ValueError, match=r"spreads: got arrays of \[\(2,\), \(3,\), \(2,\)\], "
                       r"expected numbers of \[2, 2, 2\]: inputs and hidden layers"):
        largest_weights(by_hand(), 9, [np.ones(2), np.ones(3), np.ones(2)])


def test_a_layer_without_edges_gives_its_biases():
    """It computes, is trained and makes room for no edge: a function of no input."""
    network = by_hand()
    network.affine_layers[0].b[...] = 1
    small = largest_weights(network, 8)                       # -30 from hidden 0 to hidden 1
    assert small.weights[0].nnz == 0
    assert small.forward(np.random.default_rng(0).random((2, 3))).tolist() == [[0, 0, 0]]
    network.affine_layers[1].b[...] = 31
    small = largest_weights(network, 8)                       # 0.1 · (31 + 31 - 30)
    np.testing.assert_allclose(small.forward(np.zeros((2, 3))), [[3.2, 3.2, 3.2]])
    small.loss_and_gradient(np.ones((2, 3)), np.zeros(3, int))


@pytest.mark.parametrize("edges", range(1, 33))
def test_weights_of_one_size_are_cut_to_the_number_too(edges):
    """Ties are broken somehow: never one more or less than was asked for."""
    network = MLP([Dense(np.full((4, 4), 0.5)), ReLU(), Dense(np.full((4, 4), -0.5)), ReLU(),
                   Dense(np.ones((1, 4)))])
    small = largest_weights(network, edges + 13)
    assert small.n_parameters == edges + 13
    assert sum(W.nnz for W in small.weights[:2]) == edges


def test_a_trained_weight_of_exactly_0_is_an_edge(X):
    """It is a parameter, and counted as one."""
    network = large("SC")
    entries(network.weights[0])[:7] = 0
    small = largest_weights(network, network.n_parameters)
    assert small.n_parameters == network.n_parameters
    assert small.weights[0].nnz == network.weights[0].nnz
    assert largest_weights(network, network.n_parameters - 7).n_parameters == \
        network.n_parameters - 7
    np.testing.assert_allclose(largest_weights(network, network.n_parameters - 7)
                               .predict_proba(X), network.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("parameters", [-1, 0, 7, 16, 10 ** 9])
def test_impossible_numbers_of_parameters(parameters):
    """At least one edge is left, at most all are; biases and output layer are no choice."""
    message = (f"parameters: got {parameters}, expected 8 to 15: biases and the output layer "
               "stay whole")
    with pytest.raises(ValueError, match=message):
        largest_weights(by_hand(), parameters)
    assert largest_weights(by_hand(), 8).n_parameters == 8


# --- without some neurons ---------------------------------------------------------------------

def test_sizes_by_hand():
    """16-12-12-4 cut to 5-3-2-4: its inputs are those that were kept."""
    network = large("Dense")
    kept = [np.arange(n) < k for n, k in ((16, 5), (12, 3), (12, 2))]
    small = without_neurons(network, kept, [np.zeros(n) for n in (16, 12, 12)])
    assert [W.shape for W in small.weights] == [(3, 5), (2, 3), (4, 2)]
    assert (small.n_in, small.n_classes) == (5, 4)
    assert small.n_parameters == 3 * 6 + 2 * 4 + 4 * 3


def test_one_neuron_by_hand():
    """The middle of three goes; 7 on average, so 7 times its weight goes into the bias."""
    network = MLP([Dense(np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[10.0], [20]]))])
    small = without_neurons(network, [[True, False, True]], [[0, 7, 100]])
    assert small.weights[0].tolist() == [[1, 3], [4, 6]]
    assert small.affine_layers[0].b.tolist() == [[10 + 2 * 7], [20 + 5 * 7]]


def test_neurons_that_never_change_can_go_for_nothing(network, X):
    """Inputs that are constant, and neurons that none but those reach, hold no information:
    without them the function is the same to rounding."""
    X[:, 3:8] = [5, -1, 0, 2, 1]
    constant = [np.isin(np.arange(16), range(3, 8))]
    for layer in network.affine_layers[:-1]:                  # some read the constants only
        blind = np.arange(12) % 3 == 0
        W = toarray(layer.W)
        W[np.ix_(blind, ~constant[-1])] = 0
        if sparse.issparse(layer.W):
            rows = np.repeat(np.arange(12), np.diff(layer.W.indptr))
            entries(layer.W)[...] = W[rows, layer.W.indices]
        constant.append(blind)
    kept = [~mask for mask in constant]
    means = mean_activations(network, X)
    small = without_neurons(network, kept, means)
    assert [W.shape for W in small.weights] == [(8, 11), (8, 8), (4, 8)]
    np.testing.assert_allclose(small.predict_proba(X[:, kept[0]]), network.predict_proba(X),
                               rtol=1e-4, atol=1e-6)
    assert np.ptp(network.predict_proba(X), axis=0).max() > 0.1        # and no constant one


def test_neurons_give_their_means(network, X, rng):
    """What is left computes what the large network computes if the neurons that are gone gave
    the stated means, whatever comes in: here means of other data."""
    kept = masks(network)
    means = mean_activations(network, rng.normal(size=(30, 16)) + 1)
    A, given, means_left = X.T.astype(network.dtype), iter(kept), iter(means)
    for layer in network.layers:
        if layer.affine:
            mask, mean = next(given), next(means_left)
            A = np.where(mask[:, None], A, mean[:, None]).astype(network.dtype)
        A = layer.forward(A)
    small = without_neurons(network, kept, means)
    assert all(not mask.all() for mask in kept)
    np.testing.assert_allclose(small.forward(X.T[kept[0]].astype(network.dtype)), A,
                               rtol=1e-4, atol=1e-5)


def test_what_is_kept_is_as_it_was(network):
    """Weights between kept neurons to the bit, sparse where they were; means of kept neurons
    do not count, nor do biases move where all that is gone gave 0."""
    kept = masks(network)
    zeros = [np.where(mask, np.pi, 0) for mask in kept]
    small = without_neurons(network, kept, zeros)
    above = [*kept[1:], np.ones(4, bool)]
    for old, new, left, right in zip(network.affine_layers, small.affine_layers, kept, above,
                                     strict=True):
        assert sparse.issparse(new.W) == sparse.issparse(old.W)
        np.testing.assert_array_equal(toarray(new.W), toarray(old.W)[np.ix_(right, left)])
        np.testing.assert_array_equal(new.b, old.b[right])
        if sparse.issparse(new.W):
            there = old.W.copy()
            there.data[...] = 1
            assert new.W.nnz == there.toarray()[np.ix_(right, left)].sum()


def test_taking_nothing_out_changes_nothing(network, X):
    """Every neuron stays: the same bits, weights, biases and predictions."""
    small = nothing(network)
    assert small.theta.tobytes() == network.theta.tobytes()
    np.testing.assert_array_equal(small.predict_proba(X), network.predict_proba(X))


def test_one_neuron_in_each_layer_is_enough(network, X):
    """Down to the narrowest: inputs and hidden layers of one."""
    kept = [np.arange(W.shape[1]) == 2 for W in network.weights]
    small = without_neurons(network, kept, mean_activations(network, X))
    assert [W.shape for W in small.weights] == [(1, 1), (1, 1), (4, 1)]
    assert small.predict_proba(X[:, 2:3]).shape == (50, 4)


@pytest.mark.parametrize("change, message", [
    (lambda kept, means: kept.pop(), r"kept: got \[.*, expected a list of 3 arrays, bools of "
     r"\[16, 12, 12\]: inputs and hidden layers"),
    (lambda kept, means: kept.append(np.ones(4, bool)), "kept: got .*, expected a list of 3"),
    (lambda kept, means: kept.reverse(), r"kept: got arrays of \[\(12,\), \(12,\), \(16,\)\], "
     r"expected bools of \[16, 12, 12\]"),
    (lambda kept, means: means.pop(), "means: got .*, expected a list of 3 arrays, numbers of"),
    (lambda kept, means: means.reverse(), r"means: got arrays of \[\(12,\), \(12,\), \(16,\)"),
    (lambda kept, means: means.__setitem__(0, np.full(16, "0")), "means: got .* expected num"),
    (lambda kept, means: kept.__setitem__(1, np.ones(12)), "kept: got float64 .* expected b"),
    (lambda kept, means: kept.__setitem__(1, np.zeros(12, bool)),
     "kept: leaves a layer without any neuron, expected at least one"),
    (lambda kept, means: kept.__setitem__(0, np.zeros(16, bool)), "kept: leaves a layer")])
def test_masks_and_means_must_fit(network, change, message):
    """One mask and one mean for each input and hidden neuron; the classes stay."""
    kept, means = everything(network), [np.zeros(n) for n in (16, 12, 12)]
    change(kept, means)
    with pytest.raises(ValueError, match=message):
        without_neurons(network, kept, means)


# --- which neurons ----------------------------------------------------------------------------

def three_two_two():
    """3 → 2 → 2, 14 parameters. Outgoing weights of the inputs have root mean squares 1, 5 and
    3, of the hidden neurons 4 and 2."""
    return MLP([Dense(np.array([[1.0, -5, 3], [-1, 5, 3]])), ReLU(),
                Dense(np.array([[4.0, 2], [-4, -2]]))])


@pytest.mark.parametrize("parameters, inputs, hidden", [
    (99, [1, 1, 1], [1, 1]), (14, [1, 1, 1], [1, 1]),
    (13, [0, 1, 1], [1, 0]), (7, [0, 1, 1], [1, 0]),          # two thirds: 1·3 + 2·2
    (6, [0, 1, 0], [1, 0])])                                  # one third: 1·2 + 2·2
def test_every_layer_keeps_the_same_share_the_largest(parameters, inputs, hidden):
    """As much as the budget allows, rounded down, one neuron at least."""
    network = three_two_two()
    kept = largest_neurons(network, parameters)
    assert [mask.tolist() for mask in kept] == [inputs, hidden]
    assert all(mask.dtype == bool for mask in kept)


def test_no_layer_pays_for_its_scale():
    """Weights a million times smaller than those of the other layer change nothing."""
    network = three_two_two()
    network.affine_layers[1].W *= 1e-6
    assert [mask.tolist() for mask in largest_neurons(network, 7)] == [[0, 1, 1], [1, 0]]


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("parameters", [30, 100, 250, 400])
def test_the_budget_is_met_and_the_largest_are_kept(name, parameters, X):
    """Not above it, no more taken out than it needs, and no layer keeps a smaller neuron than
    it gave away."""
    network = large(name)
    kept = largest_neurons(network, parameters)
    small = without_neurons(network, kept, mean_activations(network, X))
    assert small.n_parameters <= parameters
    for W, mask in zip(network.weights, kept, strict=True):
        size = np.linalg.norm(W, axis=0)
        assert mask.all() or size[mask].min() >= size[~mask].max()
    shares = {mask.sum() / len(mask) for mask in kept}
    assert max(shares) - min(shares) < 1 / 12                 # within one neuron of 12
    more = [np.argsort(np.argsort(-np.linalg.norm(W, axis=0))) <= mask.sum()
            for W, mask in zip(network.weights, kept, strict=True)]
    larger = without_neurons(network, more, mean_activations(network, X))
    assert larger.n_parameters > parameters                   # one neuron more in each layer


def test_as_many_as_there_are():
    """A budget that the network meets already takes nothing out."""
    network = large("Dense")
    assert all(mask.all() for mask in largest_neurons(network, network.n_parameters))
    assert not all(mask.all() for mask in largest_neurons(network, network.n_parameters - 1))


@pytest.mark.parametrize("parameters, message", [
    (5, "expected enough for one neuron in each layer"), (1, "expected enough for one neuron"),
    (0, "expected a whole number of at least 1"), (-3, "expected a whole number"),
    (7.0, "expected a whole number")])
def test_a_budget_that_is_too_small(parameters, message):
    """One neuron in each layer is the least: 6 parameters here."""
    with pytest.raises(ValueError, match=f"parameters: got {parameters}, {message}"):
        largest_neurons(three_two_two(), parameters)


@pytest.mark.parametrize("name", ["SC", "DropConnect(Sparse)"])
def test_sparse_layers_are_refused(name):
    """Their neurons have edges of different number: the budget would not add up."""
    with pytest.raises(TypeError, match="network: got sparse layers, expected dense ones"):
        largest_neurons(large(name), 100)
