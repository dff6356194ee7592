"""What every layer promises, whatever it computes: held for each in the catalogues."""

import copy
import pickle

import numpy as np
import pytest
from scipy import sparse

from scnn_np import graphs
from scnn_np.nn import (
    ACTIVATIONS,
    LAYERS,
    MLP,
    NOISE,
    Dense,
    DropConnect,
    DropOut,
    Layer,
    ReLU,
    Sigmoid,
    Sparse,
    entries,
    with_entries,
)

SUPPORT = graphs.spatially_coupled(8, 8, [1, 3, 2, 1], np.random.default_rng(0), blocks=4)


def drawn(name, dtype=np.float64):
    support = SUPPORT if "support" in LAYERS[name].forms else (8, 8)
    return LAYERS[name].drawn(support, 1.0, np.random.default_rng(1), dtype)


def masks():
    return np.random.default_rng(2)


KINDS = {**{name: lambda dtype=np.float64, name=name: drawn(name, dtype) for name in LAYERS},
         **{name: lambda dtype=None, kind=kind: kind() for name, kind in ACTIVATIONS.items()},
         "dropout": lambda dtype=None: DropOut(0.5, masks()),
         **{f"dropconnect of {name}": lambda dtype=np.float64, name=name: DropConnect(
             drawn(name, dtype), 0.5, masks()) for name in LAYERS}}


@pytest.fixture(params=KINDS)
def make(request):
    """Makes a layer of one kind; every time one with the same numbers."""
    return KINDS[request.param]


def everything(layer):
    """The layer's arrays to the bit, as far as it has any."""
    inside = layer.affine or layer
    return {name: entries(array).tobytes() for name, array in inside.state().items()}


def test_every_kind_is_held_here():
    """A kind that is added to a catalogue and not to this file would be held to nothing."""
    kinds = {type(make()) for make in KINDS.values()}
    assert kinds == {*LAYERS.values(), *ACTIVATIONS.values(), *NOISE.values()}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(make, dtype):
    """float32 in, float32 out, in both directions."""
    layer = make(dtype)
    assert layer.forward(np.ones((8, 2), dtype), train=True).dtype == dtype
    assert layer.backward(np.ones((8, 2), dtype)).dtype == dtype


def test_arguments_are_not_changed(make, rng):
    """Forward, backward and collect leave what they are given as it was."""
    layer, (Z, D) = make(), rng.standard_normal((2, 8, 3))
    before = Z.copy(), D.copy()
    layer.forward(Z, train=True)
    layer.backward(D)
    layer.collect(D)
    layer.forward(Z)
    np.testing.assert_array_equal((Z, D), before)


def test_outside_training_nothing_is_written(make, rng):
    """Who only predicts leaves no trace: the very objects that were there, and no others."""
    def held(layer):
        return {**vars(layer), **vars(layer.affine or layer)}
    layer = make()
    before = held(layer)
    layer.forward(rng.standard_normal((8, 3)))
    assert held(layer).keys() == before.keys()
    assert all(value is before[name] for name, value in held(layer).items())
    layer.forward(rng.standard_normal((8, 3)), train=True)
    assert any(held(layer).get(name) is not before.get(name) for name in held(layer))


def test_it_can_be_made_again_from_what_it_says(make, rng):
    """`spec` and `state` are all that the constructor wants, besides a generator and a layer
    inside: so a file can hold it."""
    layer, Z = make(), rng.standard_normal((8, 3))
    options = {name: value for name, value in layer.spec().items() if name != "type"}
    if isinstance(layer, DropConnect):
        options["layer"] = type(layer.layer)(**layer.layer.state())
    if hasattr(layer, "rng"):
        options["rng"] = masks()
    twin = type(layer)(**options, **layer.state())
    assert layer.spec()["type"] == type(twin).__name__
    assert everything(twin) == everything(layer)
    for train in (False, True):
        np.testing.assert_array_equal(twin.forward(Z, train), layer.forward(Z, train))


# --- copies ---------------------------------------------------------------------------------

COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy,
          "pickle": lambda layer: pickle.loads(pickle.dumps(layer))}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_copy_is_a_whole_one(make, duplicate, rng):
    """Half a copy would share its weights: here nothing is shared, and the copy computes the
    same, forwards and backwards, also from the middle of a training step."""
    layer, (Z, D) = make(), rng.standard_normal((2, 8, 3))
    layer.forward(Z, train=True)
    twin = duplicate(layer)
    assert everything(twin) == everything(layer)
    for _ in range(2):                             # with the same masks, one after the other
        np.testing.assert_array_equal(twin.forward(Z, True), layer.forward(Z, True))
        np.testing.assert_array_equal(twin.backward(D), layer.backward(D))
    if layer.affine:
        before = everything(layer)
        for name in twin.affine.trained:
            entries(getattr(twin.affine, name))[...] = 7
        assert everything(layer) == before


def test_a_pickle_holds_no_data(make, rng):
    """What a step leaves behind for the way back stays at home: people's data, too."""
    layer, Z = make(), rng.standard_normal((8, 1000))
    before = len(pickle.dumps(layer))
    A = layer.forward(Z, train=True)
    layer.backward(A)
    content = pickle.dumps(layer)
    assert Z[:, :5].tobytes() not in content and Z.tobytes() not in content
    assert len(content) < before + 1000            # the generator's state may differ
    assert pickle.loads(content).memory is None


# --- assignments ----------------------------------------------------------------------------

@pytest.mark.parametrize("in_network", [False, True])
@pytest.mark.parametrize("kind", [Dense, Sparse])
def test_an_assignment_writes_into_the_old_place(kind, in_network, rng):
    """`layer.W = …` and `layer.b = …`: the numbers are new, the arrays are those that belong
    to the network, which sees them at once."""
    layer = kind(np.eye(8) if kind is Dense else SUPPORT.astype(float))
    network = MLP([layer]) if in_network else None
    W, b = layer.W, layer.b
    numbers = rng.standard_normal(entries(W).shape)
    layer.W, layer.b = with_entries(W, numbers), np.full((8, 1), 3)
    assert layer.W is W and layer.b is b
    np.testing.assert_array_equal(entries(W), numbers)
    np.testing.assert_array_equal(b, np.full((8, 1), 3.0))
    layer.W *= 2
    np.testing.assert_array_equal(entries(W), 2 * numbers)
    if network:
        np.testing.assert_array_equal(network.theta, [*2 * numbers.ravel(), *8 * [3.0]])


@pytest.mark.parametrize("kind", [Dense, Sparse])
@pytest.mark.parametrize(("name", "value"), [
    ("W", np.eye(7)), ("W", 1.0), ("W", "abc"), ("W", sparse.csr_array(np.eye(7))),
    ("W", np.full((8, 8), None)), ("b", np.zeros(8)), ("b", np.zeros((1, 8))), ("b", 0.0),
    ("b", np.ma.masked_array(np.zeros((8, 1)), mask=True)),
    ("b", sparse.csr_array(np.zeros((8, 1))))])
def test_what_does_not_fit_is_refused(kind, name, value):
    """Nothing is broadcast, nothing becomes dense or sparse, and nothing is half-written."""
    layer = kind(np.eye(8) if kind is Dense else SUPPORT.astype(float))
    before = everything(layer)
    with pytest.raises(ValueError, match=f"{kind.__name__}.{name}: got .*, expected "):
        setattr(layer, name, value)
    assert everything(layer) == before


def test_a_support_is_for_ever():
    """A sparse layer takes no matrix with other edges, not even with as many, and no dense
    one; a dense layer takes no sparse one."""
    layer = Sparse(SUPPORT.astype(float))
    for other in (SUPPORT.T.tocsr(), SUPPORT.toarray(), sparse.eye_array(8, format="csr"),
                  2 * sparse.csr_array(np.ones((8, 8)))):
        with pytest.raises(ValueError, match=r"Sparse.W: got .*, expected a sparse array of "
                                             r"shape \(8, 8\), with the same edges"):
            layer.W = other
    with pytest.raises(ValueError, match=r"Dense.W: got .*, expected an array of shape"):
        Dense(np.eye(8)).W = sparse.csr_array(np.eye(8))


# --- the words in between ---------------------------------------------------------------------

def test_entries(rng):
    """The numbers of an array, and an array of the same pattern with others."""
    W = rng.standard_normal((3, 4))
    assert entries(W) is W and with_entries(W, 2 * W).tolist() == (2 * W).tolist()
    S = sparse.csr_array([[0, 3.0], [5, 0]])
    assert entries(S) is S.data and entries(S).tolist() == [3, 5]
    assert with_entries(S, np.array([7.0, 8])).toarray().tolist() == [[0, 7], [8, 0]]
    assert S.toarray().tolist() == [[0, 3], [5, 0]]


def test_in_one_line():
    """Sizes of what has weights, and the options."""
    assert repr(Dense(np.ones((2, 3)))) == "Dense(3 → 2)"
    assert repr(DropConnect(Dense(np.ones((2, 3))), 0.25, masks())) == (
        "DropConnect(3 → 2, p=0.25)")
    assert repr(DropOut(0.5, masks())) == "DropOut(p=0.5)"
    assert [repr(Sigmoid()), repr(ReLU())] == ["Sigmoid()", "ReLU()"]


def test_a_layer_that_computes_nothing():
    """The base class has no forward and no backward of its own."""
    with pytest.raises(NotImplementedError):
        Layer().forward(np.ones((2, 2)))
    with pytest.raises(NotImplementedError):
        Layer().backward(np.ones((2, 2)))
