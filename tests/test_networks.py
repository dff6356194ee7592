"""The paper's three networks and what follows from its numbers."""

import numpy as np
import pytest

from scnn_np import build, fully_connected, random_sparse, spatially_coupled
from scnn_np.graphs import TOPOLOGIES, binomial
from scnn_np.networks import networks
from scnn_np.nn import Dense, DropConnect, DropOut, ReLU, Sigmoid, Sparse, entries


@pytest.mark.parametrize(("make", "edges", "parameters", "reduction", "hidden_reduction"), [
    (spatially_coupled, 41_650, 220_020, 92.87, 93.22),
    (random_sparse, 41_552, 219_530, 92.88, 93.24),
    (fully_connected, 614_656, 3_085_050, 0, 0)])
def test_size(make, edges, parameters, reduction, hidden_reduction):
    """"Approximately 93 %" holds; the abstract's 94 % is not reached by the stated degrees."""
    net = make()
    assert [entries(W).size for W in net.weights] == 5 * [edges] + [7840]
    assert net.n_parameters == parameters
    assert round(100 * net.reduction, 2) == reduction
    assert round(100 * (1 - edges / 784 ** 2), 2) == hidden_reduction


def test_parts():
    """Five times an affine layer and a sigmoid, then a dense output; DropOut in FC only."""
    def kinds(net):
        return [type(layer) for layer in net.layers]
    assert kinds(spatially_coupled()) == 5 * [Sparse, Sigmoid] + [Dense]
    assert kinds(random_sparse()) == 5 * [Sparse, Sigmoid] + [Dense]
    assert kinds(fully_connected()) == 5 * [Dense, Sigmoid, DropOut] + [Dense]
    assert repr(spatially_coupled().penalties) == "[L2(5e-05)]"
    assert fully_connected().penalties == []
    assert fully_connected().layers[2].p == 0.5


@pytest.mark.parametrize(("make", "inside"), [
    (spatially_coupled, Sparse), (random_sparse, Sparse), (fully_connected, Dense)])
def test_dropconnect(make, inside):
    """Around every hidden layer, the output layer stays whole; one generator for all masks.
    The graph and the initial weights are those of the network without."""
    options = {"width": 16, "layers": 2, "seed": 3}
    net = make(16, 3, dropconnect=0.4, dropout=0.1, **options)
    assert [type(layer) for layer in net.layers] == 2 * [DropConnect, Sigmoid, DropOut] + [
        Dense]
    assert [type(layer) for layer in net.affine_layers] == [inside, inside, Dense]
    assert [layer.p for layer in net.layers if hasattr(layer, "p")] == 2 * [0.4, 0.1]
    assert len({id(layer.rng) for layer in net.layers if hasattr(layer, "rng")}) == 1
    plain = make(16, 3, **options)
    assert not any(isinstance(layer, DropConnect) for layer in plain.layers)
    assert net.theta.tobytes() == plain.theta.tobytes()
    Z = np.random.default_rng(0).random((16, 5), np.float32)
    np.testing.assert_array_equal(net.forward(Z), plain.forward(Z))
    assert (net.forward(Z, train=True) != plain.forward(Z)).any()


@pytest.mark.parametrize("make", [spatially_coupled, random_sparse, fully_connected])
def test_input_dropout(make):
    """In front of the first layer, with the generator of the other masks."""
    net = make(16, 3, width=16, layers=1, input_dropout=0.1, dropout=0.3)
    assert isinstance(net.layers[0], DropOut) and not isinstance(net.layers[1], DropOut)
    assert [layer.p for layer in net.layers if hasattr(layer, "p")] == [0.1, 0.3]
    assert net.layers[0].rng is net.layers[3].rng
    plain = make(16, 3, width=16, layers=1)
    assert net.n_in == 16 and net.theta.tobytes() == plain.theta.tobytes()
    assert not isinstance(plain.layers[0], DropOut)


@pytest.mark.parametrize("make", [spatially_coupled, random_sparse, fully_connected])
def test_penalties(make):
    """Each beside the others, one strength or one for each weight matrix; 0 is none."""
    options = {"width": 16, "layers": 2}
    net = make(16, 3, l1=1e-4, l2=1e-3, group_lasso=[1e-5, 1e-6, 0], **options)
    assert repr(net.penalties) == "[L1(0.0001), L2(0.001), GroupLasso([1e-05, 1e-06, 0.0])]"
    net = make(16, 3, l2=0.0, group_lasso=1e-5, **options)
    assert repr(net.penalties) == "[GroupLasso(1e-05)]"
    assert make(16, 3, l2=0.0, group_lasso=0.0, **options).penalties == []


def test_initial_gains():
    """g = 4 for sigmoid, √2 for ReLU, 1 for the softmax layer; biases 0."""
    for options, gain in (({}, 4), ({"activation": "relu"}, 2 ** 0.5), ({"gain": 0.5}, 0.5)):
        net = fully_connected(100, 10, width=100, layers=1, **options)
        hidden, output = net.weights
        assert np.abs(hidden).max() == pytest.approx(gain * np.sqrt(6 / 200), rel=0.01)
        assert np.abs(output).max() == pytest.approx(np.sqrt(6 / 110), rel=0.01)
        assert not any(layer.b.any() for layer in net.affine_layers)
    assert isinstance(fully_connected(8, 2, width=4, activation="relu").layers[1], ReLU)


def test_streams_are_separate():
    """Another gain changes no edge, another graph no seed of the output layer."""
    one, other = spatially_coupled(seed=1), spatially_coupled(seed=1, gain=1)
    np.testing.assert_array_equal(one.weights[0].indices, other.weights[0].indices)
    np.testing.assert_array_equal(one.weights[5], other.weights[5])
    np.testing.assert_allclose(one.weights[3].data, 4 * other.weights[3].data, rtol=1e-6)
    assert (one.weights[0].indices != spatially_coupled(seed=2).weights[0].indices).any()
    assert (one.weights[0].indices != one.weights[1].indices).any()


def test_other_sizes():
    """Width, depth, blocks and distributions are keywords; degrees scale with the width."""
    net = spatially_coupled(64, 3, width=1568, layers=2, blocks=8)
    assert net.weights[1].nnz == 2 * 2 * 41_650
    net = spatially_coupled(64, 3, width=64, layers=1, blocks=4, receptive_field=4,
                            degrees=[9, 7, 2, 1], tail_biting=True)
    assert net.weights[0].nnz == 16 * (9 + 7 + 2 + 1)
    net = random_sparse(50, 3, width=30, layers=2, degrees=binomial(4))
    assert 3 < net.weights[0].nnz / 50 < 5
    assert random_sparse(64, 3, width=64, layers=1).weights[0].nnz == 64 * 4


# --- one value for all hidden layers, or one for each -----------------------------------------

def test_widths_by_layer():
    """Down from 64 to 16; the output layer follows. One number for each is one for all."""
    for net in (spatially_coupled(64, 3, width=[32, 16], layers=2, blocks=4),
                random_sparse(64, 3, width=(32, 16), layers=2),
                fully_connected(64, 3, width=np.array([32, 16]), layers=2)):
        assert [W.shape for W in net.weights] == [(32, 64), (16, 32), (3, 16)]
    one, each = (random_sparse(20, 3, width=width, layers=3) for width in (24, [24, 24, 24]))
    np.testing.assert_array_equal(one.theta, each.theta)


def test_chains_by_layer():
    """Blocks, windows and tails of each layer; its degrees are those of its own blocks."""
    net = spatially_coupled(64, 3, width=32, layers=3, blocks=[8, 4, 2],
                            receptive_field=[2, 3, 1], tail_biting=[True, False, False],
                            degrees=[[4] * 8, [3, 5, 3, 3], [7, 6]])
    out_degrees = [np.diff(W.tocsc().indptr).tolist() for W in net.weights[:3]]
    assert out_degrees == [64 * [4], np.repeat([3, 5, 3, 3], 8).tolist(),
                           np.repeat([7, 6], 16).tolist()]
    pairs = [(W.toarray().reshape(n, 32 // n, n, -1) != 0).any(axis=(1, 3)).astype(int)
             for W, n in zip(net.weights[:3], [8, 4, 2], strict=True)]
    np.testing.assert_array_equal(pairs[0], np.eye(8) + np.eye(8, k=1) + np.eye(8, k=-7))
    np.testing.assert_array_equal(pairs[1], np.eye(4) + np.eye(4, k=1) + np.eye(4, k=2))
    np.testing.assert_array_equal(pairs[2], np.eye(2))


def test_degrees_by_layer():
    """A list is one for each block in SC, and one for each layer in RSP; distributions are
    degrees like others, as text, too."""
    net = spatially_coupled(16, 3, width=16, layers=2, blocks=2, degrees=[3, 5])
    assert [W.nnz for W in net.weights[:2]] == 2 * [8 * 3 + 8 * 5]
    net = spatially_coupled(16, 3, width=16, layers=2, blocks=2, degrees=[[3, 5], [1, 2]])
    assert [W.nnz for W in net.weights[:2]] == [8 * 3 + 8 * 5, 8 * 1 + 8 * 2]
    net = random_sparse(16, 3, width=16, layers=2, degrees=[3, 5])
    assert [W.nnz for W in net.weights[:2]] == [16 * 3, 16 * 5]
    net = random_sparse(400, 3, width=400, layers=2, degrees=[3, "binomial(53)"])
    assert net.weights[0].nnz == 400 * 3 and 51 < net.weights[1].nnz / 400 < 55
    text, function = (random_sparse(50, 3, width=30, layers=1, degrees=degrees)
                      for degrees in ("binomial(4)", binomial(4)))
    np.testing.assert_array_equal(text.theta, function.theta)
    net = spatially_coupled(40, 3, width=40, layers=1, blocks=4,
                            degrees=[4, "poisson(3)", 2, 1])
    out = np.diff(net.weights[0].tocsc().indptr).reshape(4, 10)
    assert (out[[0, 2, 3]] == [[4], [2], [1]]).all() and len(set(out[1])) > 2


def test_penalties_by_layer():
    """One for each weight matrix, the output's among them: one more than hidden layers."""
    net = fully_connected(16, 3, width=8, layers=2, l1=[0.1, 0.0, 0.3])
    assert net.penalties[0].strengths(3) == [0.1, 0, 0.3]
    with pytest.raises(ValueError, match="l1: got 2 numbers for 3 weight matrices, expected"):
        fully_connected(16, 3, width=8, layers=2, l1=[0.1, 0.3])


@pytest.mark.parametrize(("options", "message"), [
    ({"width": [32, 16]}, "width: got 2 values, expected one, or one for each of the 3 hidden"),
    ({"width": [32, 16, 0]}, r"width\[2\]: got 0, expected a whole number"),
    ({"width": []}, r"width: got \[\], expected at least one value"),
    ({"blocks": [4, 4]}, "blocks: got 2 values, expected one, or one for each of the 3 hidden"),
    ({"blocks": [4, 4, 3]}, "width: got 32, expected a multiple of the number of blocks, 3"),
    ({"degrees": [[1] * 8] * 2}, "degrees: got 2 values, expected one, or one for"),
    ({"degrees": [[1] * 8, [1] * 8, [1] * 7]}, "degrees: got 7 of them, expected one number"),
    ({"degrees": "binomial(x)"}, r"degrees: got 'binomial\(x\)', expected numbers, or a dist")])
def test_values_by_layer_that_do_not_fit(options, message):
    """The number of hidden layers is said."""
    with pytest.raises(ValueError, match=message):
        spatially_coupled(64, 3, **{"width": 32, "layers": 3, **options})


# --- by name ----------------------------------------------------------------------------------

def test_build_by_name():
    """The paper's networks are their topologies with a penalty or DropOut; `networks()` has
    one for every topology."""
    sizes = {"width": 16, "layers": 2, "seed": 3}
    for name, make, options in (("sc", spatially_coupled, {"l2": 5e-5}),
                                ("rsp", random_sparse, {"l2": 5e-5}),
                                ("fc", fully_connected, {"dropout": 0.5})):
        built, made = build(name, 16, 3, **sizes, **options), make(16, 3, **sizes)
        assert networks()[name] is make
        assert repr(built) == repr(made) and built.summary() == made.summary()
        np.testing.assert_array_equal(built.theta, made.theta)
    assert networks().keys() == TOPOLOGIES.keys()
    with pytest.raises(ValueError, match="topology: got 'lattice', expected one of sc, rsp"):
        build("lattice")


def test_a_layer_by_name():
    """What the hidden layers train: edges where the topology draws some, else all weights."""
    assert type(build("fc", 8, 2, width=4, layers=1, layer="dense").layers[0]) is Dense
    assert type(build("sc", 16, 2, width=16, layers=1, layer="sparse").layers[0]) is Sparse
    for topology, layer, expected in (("sc", "dense", "one that trains edges"),
                                      ("rsp", "dense", "one that trains edges"),
                                      ("fc", "sparse", "dense, for a topology where every"),
                                      ("sc", "conv", "one of dense, sparse")):
        with pytest.raises(ValueError, match=f"layer: got '{layer}', expected {expected}"):
            build(topology, 16, 2, width=16, layers=1, layer=layer)


@pytest.mark.parametrize(("make", "name"), [
    (random_sparse, "blocks"), (fully_connected, "degrees"), (spatially_coupled, "momentum"),
    (fully_connected, "wdith")])
def test_what_nobody_takes_is_refused(make, name):
    """With what is taken."""
    with pytest.raises(ValueError, match=f"{name}: is no parameter of network .*, expected one "
                                         "of l1, l2, group_lasso"):
        make(16, 3, width=16, layers=1, **{name: 4})


def test_dtype():
    """float32 to train, float64 to check gradients."""
    assert spatially_coupled().theta.dtype == np.float32
    assert random_sparse(16, 2, width=16, dtype=np.float64).gradient.dtype == np.float64
    for dtype in (np.float16, int, "double trouble", None):
        with pytest.raises(ValueError, match="dtype: got .*, expected float32 or float64"):
            random_sparse(16, 2, width=16, dtype=dtype)


@pytest.mark.parametrize(("options", "message"), [
    ({"activation": "tanh"}, "activation: got 'tanh', expected one of sigmoid, relu"),
    ({"width": 100}, "width: got 100, expected a multiple of the number of blocks, 8"),
    ({"n_in": 100}, r"n_in: got 100, expected a multiple .* multiple_of=blocks\) pads"),
    ({"layers": 0}, "layers: got 0, expected a whole number of at least 1"),
    ({"n_classes": 0}, "n_classes: got 0"),
    ({"receptive_field": 9}, "receptive_field: got 9, expected at most the number of blocks"),
    ({"degrees": [99] * 8}, "degrees: block 0 has degree 99, expected 0 to 98"),
    ({"dropout": 1.5}, "dropout: got 1.5, expected a probability"),
    ({"dropconnect": 1}, "dropconnect: got 1, expected a probability of dropping, 0 ≤ dropcon"),
    ({"dropconnect": -0.1}, "dropconnect: got -0.1"),
    ({"input_dropout": 1.0}, "input_dropout: got 1.0, expected a probability of dropping"),
    ({"dropconnect": float("nan")}, "dropconnect: got nan"),
    ({"group_lasso": -1.0}, "group_lasso: got -1.0, expected a number ≥"),
    ({"group_lasso": [1, 2]}, "group_lasso: got 2 numbers for 6 weight matrices"),
    ({"blocks": 0}, "blocks: got 0, expected a whole number of at least 1"),
    ({"width": 0}, "width: got 0, expected a whole number of at least 1"),
    ({"gain": 0}, "gain: got 0, expected a number > 0"),
    ({"gain": float("nan")}, "gain: got nan, expected a number > 0"),
    ({"l2": -1.0}, "l2: got -1"), ({"l1": []}, r"l1: got \[\]"),
    ({"width": 8 * 10 ** 12}, "width: got 8000000000000, expected .* at most 1,048,576"),
    ({"seed": -1}, "seed: got -1, expected a whole number")])
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        spatially_coupled(**options)
