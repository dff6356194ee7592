"""Model files: what comes back is what was saved, to the bit, or an error names the file."""

import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from scnn_np.data import load_data
from scnn_np.data.ordering import DIRECTIONS, ORDERS, fit_ordering
from scnn_np.experiments.models import load_model, save_model
from scnn_np.graphs.supports import random_sparse as random_support
from scnn_np.networks import fully_connected, random_sparse, spatially_coupled
from scnn_np.nn import (
    L1,
    MLP,
    Dense,
    DropConnect,
    DropOut,
    GroupLasso,
    ReLU,
    Sigmoid,
    Sparse,
    initial_weights,
)
from scnn_np.tools.npz import read_npz, write_npz

CLASSES = ["cat", "dog", "Ähre"]
ABOUT = {"seed": 1, "settings": {"l1": [1e-4, 0], "data": "toy"}}
X = np.random.default_rng(0).normal(size=(40, 10))
y = np.arange(40) % 3
SIZES = {"n_in": 12, "n_classes": 3, "width": 16, "layers": 2}


def drop_connect(affine, pattern):
    """12 → 16 → 3 with DropConnect around the first layer."""
    rng = np.random.default_rng(5)
    first = affine(initial_weights(pattern, 4.0, rng))
    last = Dense(initial_weights((3, 16), 1.0, rng))
    return MLP([DropConnect(first, 0.4, rng), ReLU(), DropOut(0.25, rng), last],
               [GroupLasso([1e-3, 0]), L1(1e-5)])


NETWORKS = {
    "SC, DropOut, penalties per layer": lambda: spatially_coupled(
        **SIZES, blocks=4, degrees=[4, 6, 4, 2], dropout=0.3, l1=[1e-4, 1e-5, 0], l2=1e-4),
    "SC, tail-biting, float64": lambda: spatially_coupled(
        **SIZES, blocks=4, degrees=5, tail_biting=True, dtype=np.float64),
    "RSP, ReLU": lambda: random_sparse(**SIZES, degrees=5, activation="relu"),
    "RSP, neurons without inputs": lambda: random_sparse(**SIZES, degrees=1, l2=0.0),
    "FC, DropOut": lambda: fully_connected(**SIZES),
    "DropConnect(Dense)": lambda: drop_connect(Dense, (16, 12)),
    "DropConnect(Sparse)": lambda: drop_connect(
        Sparse, random_support(12, 16, 4, np.random.default_rng(2))),
}


def trained(name):
    """A network whose weights and biases are no longer those of its seed."""
    network = NETWORKS[name]()
    network.theta += np.random.default_rng(1).normal(size=network.theta.size) / 4
    return network


@pytest.fixture(params=NETWORKS)
def network(request):
    return trained(request.param)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


@pytest.fixture
def ordering():
    return fit_ordering(X, y, multiple_of=4)


@pytest.fixture
def loaded(path, network, ordering):
    save_model(path, network, ordering, CLASSES, ABOUT)
    return load_model(path)


# --- round trips ----------------------------------------------------------------------------

def test_same_predictions_to_the_bit(network, ordering, loaded):
    """From raw inputs to probabilities, every bit is the same."""
    expected = network.predict_proba(ordering(X))
    found = loaded.network.predict_proba(loaded.ordering(X))
    assert found.tobytes() == expected.tobytes() and found.dtype == expected.dtype
    assert len({row.tobytes() for row in expected}) == 40        # not all the same anyway


def test_same_support(network, loaded):
    """Sparse stays sparse, on the same edges; dense stays dense; weights equal to the bit."""
    for W, V in zip(network.weights, loaded.network.weights, strict=True):
        assert type(W) is type(V) and W.shape == V.shape and W.dtype == V.dtype
        if sparse.issparse(W):
            assert np.array_equal(W.indices, V.indices) and np.array_equal(W.indptr, V.indptr)
    assert loaded.network.theta.tobytes() == network.theta.tobytes()


def test_same_structure(network, loaded):
    """Layers, DropOut and DropConnect with their probabilities, penalties with strengths."""
    assert loaded.network.summary() == network.summary()
    assert [type(layer) for layer in loaded.network.layers] == [
        type(layer) for layer in network.layers]
    for penalty, restored in zip(network.penalties, loaded.network.penalties, strict=True):
        assert type(restored) is type(penalty)
        assert np.array_equal(restored.strength, penalty.strength)
    assert loaded.network.penalty() == network.penalty()


def test_a_loaded_network_can_be_trained_on(network, ordering, loaded):
    """Its arrays are views into one vector again: without masks, the gradients are the same."""
    Z = np.ascontiguousarray(ordering(X).T, network.dtype)
    for net in (network, loaded.network):
        for layer in net.layers:
            if hasattr(layer, "p"):
                layer.p = 0.0
        net.loss_and_gradient(Z, y)
    assert network.gradient.any()
    assert loaded.network.gradient.tobytes() == network.gradient.tobytes()
    loaded.network.theta[...] = 0
    assert all(not W.sum() for W in loaded.network.weights)


def test_masks_of_a_loaded_network_differ_from_layer_to_layer(path, ordering):
    """Trained on, its two DropOut layers do not silence the same neurons."""
    save_model(path, trained("FC, DropOut"), ordering, CLASSES, ABOUT)
    network = load_model(path).network
    network.forward(ordering(X).T, train=True)
    first, second = (layer.memory for layer in network.layers if isinstance(layer, DropOut))
    assert first.shape == second.shape == (16, 40)
    assert 0.3 < np.mean(first == second) < 0.7              # as two coins agree, at p = 0.5


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_same_ordering(path, tmp_path, monkeypatch, order, direction):
    """Every ordering comes back: features to the bit, importance, padding and names."""
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path))
    ordering = fit_ordering(X, y, order, direction, multiple_of=4)
    save_model(path, trained("RSP, ReLU"), ordering, CLASSES, ABOUT)
    found = load_model(path).ordering
    assert found(X).tobytes() == ordering(X).tobytes()
    assert found.importance.tobytes() == ordering.importance.tobytes()
    assert found.padding.tolist() == ordering.padding.tolist() and found.n_in == 10
    assert found.names() == {"order": order, "direction": direction, "n_in": 10}


@pytest.mark.parametrize("order, whiten", [*((order, 0.0) for order in ORDERS), ("pca", 0.7)])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("multiple_of", [1, 4])
def test_same_cut_ordering(path, tmp_path, monkeypatch, order, whiten, direction, multiple_of):
    """An ordering with some of its outputs only still takes all ten inputs, to the same bits;
    where it was cut in the padding, too."""
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path))
    whole = fit_ordering(X, y, order, direction, whiten=whiten, multiple_of=multiple_of)
    kept = np.isin(np.arange(whole.n_out), (1, 2, 5, 9, 10))
    ordering = whole.only(kept)
    network = random_sparse(int(kept.sum()), 3, width=16, layers=1, degrees=5)
    save_model(path, network, ordering, CLASSES, ABOUT)
    found = load_model(path)
    assert found.ordering(X).tobytes() == ordering(X).tobytes()
    assert np.allclose(found.ordering(X), whole(X)[:, kept], rtol=1e-5, atol=1e-6)
    assert (found.ordering.n_in, found.ordering.n_out) == (10, kept.sum())
    assert found.ordering.padding.tolist() == ordering.padding.tolist()
    np.testing.assert_array_equal(found.ordering.output_importance(),
                                  whole.output_importance()[kept])
    assert found.network.predict_proba(found.ordering(X)).tobytes() == (
        network.predict_proba(ordering(X)).tobytes())


@pytest.mark.parametrize("order", ["pca", "variance", "none"])
def test_files_that_do_not_say_the_number_of_inputs(path, order):
    """As they were written before orderings could be cut: they are loaded as ever."""
    ordering = fit_ordering(X, y, order, multiple_of=4)
    save_model(path, trained("RSP, ReLU"), ordering, CLASSES, ABOUT)
    about, arrays = read_npz(path)
    del about["ordering"]["n_in"]
    write_npz(path, about, arrays)
    found = load_model(path).ordering
    assert found.n_in == 10 and found(X).tobytes() == ordering(X).tobytes()


def test_names_and_settings(loaded):
    """Class names and everything that `about` held are there again."""
    assert loaded.class_names == CLASSES and loaded.about == ABOUT


def test_saving_again_gives_the_same_file(path, tmp_path, loaded):
    """Nothing is lost on the way: a copy of a copy holds the same arrays and settings."""
    save_model(tmp_path / "copy.npz", loaded.network, loaded.ordering, loaded.class_names,
               loaded.about)
    (about, arrays), (about_copy, arrays_copy) = map(read_npz, (path, tmp_path / "copy.npz"))
    assert about == about_copy and arrays.keys() == arrays_copy.keys()
    assert all(arrays[name].tobytes() == arrays_copy[name].tobytes() for name in arrays)


def test_the_file_holds_arrays_and_json_only(path, network, ordering):
    """No pickle: plain `.npy` members of numbers, and one string of JSON."""
    save_model(path, network, ordering, CLASSES, ABOUT)
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            with file.open(name) as member:
                array = np.lib.format.read_array(member, allow_pickle=False)
            assert name.endswith(".npy")
            assert array.dtype.kind in ("U" if name == "about.npy" else "iuf")
            if name == "about.npy":
                assert json.loads(str(array))["class_names"] == CLASSES


# --- what cannot be saved -------------------------------------------------------------------

class Tanh(Sigmoid):
    pass


class OtherDense(Dense):
    pass


@pytest.mark.parametrize("layers, fault", [
    (lambda W: [Dense(W), Tanh()], "layer 1 is a Tanh, expected one of Dense, Sparse"),
    (lambda W: [OtherDense(W)], "layer 0 is a OtherDense"),
    (lambda W: [DropConnect(OtherDense(W), 0.5, np.random.default_rng(0))],
     "layer 0 is a OtherDense"),
])
def test_unknown_layers_are_refused_at_once(path, ordering, layers, fault):
    """Better refused when saving than found missing when loading."""
    with pytest.raises(TypeError, match=f"network: {fault}"):
        save_model(path, MLP(layers(np.ones((3, 12), np.float32))), ordering, CLASSES, {})
    assert not path.exists()


def test_parts_that_do_not_belong_together(path):
    """Ordering, network and class names must fit, or no file is written."""
    network = trained("FC, DropOut")
    with pytest.raises(ValueError, match="ordering: gives out 10 features, but .* takes 12"):
        save_model(path, network, fit_ordering(X, y), CLASSES, ABOUT)
    with pytest.raises(ValueError, match="class_names: got 2, but the network has 3 classes"):
        save_model(path, network, fit_ordering(X, y, multiple_of=4), CLASSES[:2], ABOUT)
    assert not path.exists()


def test_a_failed_save_keeps_the_old_model(path, ordering):
    """Settings that JSON cannot hold leave the model that was there."""
    save_model(path, trained("FC, DropOut"), ordering, CLASSES, ABOUT)
    before = path.read_bytes()
    with pytest.raises(TypeError, match="JSON"):
        save_model(path, trained("RSP, ReLU"), ordering, CLASSES, {"rng": np.random})
    assert path.read_bytes() == before


# --- damage ---------------------------------------------------------------------------------

def test_missing_file(path):
    """A model that is not there is a FileNotFoundError with its name."""
    with pytest.raises(FileNotFoundError, match=re.escape(f"{path}: no such file")):
        load_model(path)


def test_cut_anywhere(path, ordering):
    """Wherever the file breaks off, the error names it."""
    save_model(path, trained("DropConnect(Sparse)"), ordering, CLASSES, ABOUT)
    content = path.read_bytes()
    for length in range(0, len(content), 61):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=re.escape(f"{path}: damaged")):
            load_model(path)


def test_one_wrong_byte_never_changes_a_prediction(path, ordering):
    """A wrong byte anywhere is refused by name, or makes no difference at all."""
    save_model(path, trained("SC, tail-biting, float64"), ordering, CLASSES, ABOUT)
    content = path.read_bytes()

    def predict():
        model = load_model(path)
        return model.network.predict_proba(model.ordering(X)).tobytes()
    expected, refusals = predict(), 0
    places = {*range(0, len(content), 29), *range(len(content) - 300, len(content))}
    for k in places:
        path.write_bytes(content[:k] + bytes([content[k] ^ 0x81]) + content[k + 1:])
        try:
            assert predict() == expected, f"byte {k}"
        except ValueError as error:
            assert str(path) in str(error), f"byte {k}"
            refusals += 1
    assert refusals > len(places) // 2


def put(name, place, value):
    """Damage: one wrong number in one array."""
    def damage(about, arrays):
        arrays[name] = arrays[name].copy()
        arrays[name][place] = value
    return damage


def put_array(name, change):
    """Damage: one array exchanged for another."""
    def damage(about, arrays):
        arrays[name] = change(arrays[name])
    return damage


def remove(*names):
    """Damage: arrays that are not there."""
    def damage(about, arrays):
        for name in names:
            del arrays[name]
    return damage


def put_about(change):
    """Damage: a wrong entry in the description."""
    def damage(about, arrays):
        change(about)
    return damage


# Layers: 0 Sparse 16 × 12, 1 Sigmoid, 2 DropOut, 3 Sparse, 4 Sigmoid, 5 DropOut, 6 Dense.
DAMAGE = {
    "edge outside the matrix": put("0.W.support", -1, 254),
    "edges far outside the matrix": put_array("0.W.support", lambda a: np.append(
        np.full(9999, 255, np.uint8), a)),
    "an edge twice": put("3.W.support", 1, 0),
    "support in fractions": put_array("0.W.support", lambda a: a + 0.5),
    "support in larger numbers": put_array("0.W.support", lambda a: a.astype(int)),
    "support in a square": put_array("0.W.support", lambda a: a[:, None]),
    "support is text": put_array("0.W.support", lambda a: a.astype(str)),
    "too few edges": put_array("0.W.support", lambda a: a[:-1]),
    "an edge too many": put_array("0.W.support", lambda a: np.append(a, a[-1:])),
    "the last gap does not end": put("0.W.support", -1, 255),
    "too few weights": put_array("3.W", lambda a: a[:-1]),
    "weights are text": put_array("3.W", lambda a: a.astype(str)),
    "weights are integers": put_array("6.W", lambda a: a.astype(int)),
    "weights are missing numbers": put("3.W", 0, np.nan),
    "dense weights of another width": put_array("6.W", lambda a: a[:, 1:]),
    "dense weights flat": put_array("6.W", np.ravel),
    "dense weights in a cube": put_array("6.W", lambda a: a[:, :, None]),
    "one bias for all": put_array("6.b", lambda a: a[:1]),
    "biases flat": put_array("0.b", np.ravel),
    "biases are text": put_array("0.b", lambda a: a.astype(str)),
    "no weights": remove("3.W"),
    "no biases": remove("0.b"),
    "no support": remove("3.W.support"),
    "no shape": remove("3.W.shape"),
    "no columns": remove("ordering.columns"),
    "no importance": remove("ordering.importance"),
    "no padding": remove("ordering.padding"),
    "no mean": remove("ordering.mean"),
    "no components": remove("ordering.components"),
    "no PCA at all": remove("ordering.mean", "ordering.components"),
    "column too large": put("ordering.columns", 2, 10),
    "column below 0": put("ordering.columns", 2, -1),
    "column twice": put("ordering.columns", 2, 0),
    "columns are fractions": put_array("ordering.columns", lambda a: a.astype(float)),
    "too few columns": put_array("ordering.columns", lambda a: a[:-1]),
    "too much padding": put("ordering.padding", 1, 6),
    "padding below 0": put_array("ordering.padding", lambda a: np.array([3, -1])),
    "one padding": put_array("ordering.padding", lambda a: a[1:]),
    "mean too short": put_array("ordering.mean", lambda a: a[:-1]),
    "components of other inputs": put_array("ordering.components", lambda a: a[:, :-1]),
    "an array too many": lambda about, arrays: arrays.update({"ordering.scale": np.ones(3)}),
    "a layer's array too many": lambda about, arrays: arrays.update({"0.scale": np.ones(3)}),
    "shape too wide": put("0.W.shape", 1, 13),
    "too few rows": put("0.W.shape", 0, 15),
    "shape is enormous": put("0.W.shape", 0, 2 ** 62),
    "shape in fractions": put_array("0.W.shape", lambda a: a + 0.5),
    "shape of three": put_array("0.W.shape", lambda a: np.append(a, 1)),
    "unknown layer": put_about(lambda a: a["layers"][1].update(type="Tanh")),
    "unknown layer inside": put_about(lambda a: a["layers"].__setitem__(
        0, {"type": "DropConnect", "p": 0.5, "layer": {"type": "Spectral"}})),
    "layer of another kind": put_about(lambda a: a["layers"][0].update(type="Dense")),
    "no layers": put_about(lambda a: a.update(layers=[])),
    "layers missing": put_about(lambda a: a.pop("layers")),
    "layer lost": put_about(lambda a: a["layers"].pop(3)),
    "impossible probability": put_about(lambda a: a["layers"][2].update(p=1.5)),
    "probability missing": put_about(lambda a: a["layers"][2].pop("p")),
    "arrays of a layer without any": lambda about, arrays: arrays.update({"1.W": np.ones(3)}),
    "an option too many": put_about(lambda a: a["layers"][2].update(q=0.5)),
    "unknown penalty": put_about(lambda a: a["penalties"][0].update(type="L3")),
    "penalty is no penalty": put_about(lambda a: a["penalties"][0].update(type="np")),
    "penalty below 0": put_about(lambda a: a["penalties"][0].update(strength=[-1.0, 0, 0])),
    "penalty for other layers": put_about(lambda a: a["penalties"][0].update(strength=[1, 2])),
    "penalty on what is not there": put_about(lambda a: a["penalties"][0].update(on="V")),
    "class name lost": put_about(lambda a: a["class_names"].pop()),
    "class name twice": put_about(lambda a: a.update(class_names=["cat", "dog", "cat"])),
    "class names are numbers": put_about(lambda a: a.update(class_names=[1, 2, 3])),
    "class names missing": put_about(lambda a: a.pop("class_names")),
    "ordering missing": put_about(lambda a: a.pop("ordering")),
    "ordering of more inputs": put_about(lambda a: a["ordering"].update(n_in=11)),
    "ordering of fewer inputs": put_about(lambda a: a["ordering"].update(n_in=9)),
    "about missing": put_about(lambda a: a.pop("about")),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_model_that_does_not_fit_together(path, ordering, damage):
    """A sound file with unsound content is refused when it is loaded, not when it is used."""
    save_model(path, trained("SC, DropOut, penalties per layer"), ordering, CLASSES, ABOUT)
    write_npz(path, *read_npz(path))
    load_model(path)                                    # as yet undamaged
    about, arrays = read_npz(path)
    damage(about, arrays)
    write_npz(path, about, arrays)
    with pytest.raises(ValueError, match=re.escape(f"{path}: the model in it is damaged")):
        load_model(path)


@pytest.mark.parametrize(("order", "damage"), [
    *((order, change) for order in ("none", "pca") for change in (
        put_about(lambda a: a["ordering"].update(n_in=9)),
        put_about(lambda a: a["ordering"].update(n_in=-10)),
        put_about(lambda a: a["ordering"].update(n_in="10")),
        put("ordering.columns", 0, 10), put("ordering.columns", 0, -1),
        put_array("ordering.columns", lambda a: a[[1, 1, 2, 3]]))),
    ("pca", put("ordering.columns", 0, 4)), ("pca", put("ordering.columns", 0, 9))])
def test_a_cut_ordering_of_other_inputs(path, order, damage):
    """Each of its columns is one of the inputs, or of PCA's axes that are left, and stands
    there once."""
    ordering = fit_ordering(X, y, order).only(np.arange(10) > 5)
    save_model(path, random_sparse(4, 3, width=16, layers=1, degrees=5), ordering, CLASSES, {})
    about, arrays = read_npz(path)
    damage(about, arrays)
    write_npz(path, about, arrays)
    with pytest.raises(ValueError, match=re.escape(f"{path}: the model in it is damaged")):
        load_model(path)


@pytest.mark.parametrize("about", [{}, {"format": "scnn_np model 0"}, {"history": []}])
def test_other_formats(path, about):
    """A checkpoint, or a model of another version, is told apart by its format."""
    write_npz(path, about, {})
    fault = f"{path}: format is {about.get('format')!r}, expected 'scnn_np model 2'"
    with pytest.raises(ValueError, match=re.escape(fault)):
        load_model(path)


# --- files of the first format --------------------------------------------------------------

OLD = Path(__file__).parent / "old-model.npz"


def old_probabilities(X):
    """What the old file says of raw inputs, by the formulas and its arrays alone, in float64:
    64 → 16 → 16 → 10, the first two layers sparse, sigmoids between."""
    with np.load(OLD, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    Z = ((X - arrays["ordering.mean"].astype(float))
         @ arrays["ordering.components"][arrays["ordering.columns"]].T).T
    for k in (0, 3):
        W = np.zeros((16, len(Z)))
        for row, (start, end) in enumerate(zip(arrays[f"{k}.indptr"], arrays[f"{k}.indptr"][1:],
                                               strict=False)):
            W[row, arrays[f"{k}.indices"][start:end]] = arrays[f"{k}.w"][start:end]
        Z = 1 / (1 + np.exp(-(W @ Z + arrays[f"{k}.b"])))
    e = np.exp(arrays["6.w"] @ Z + arrays["6.b"])
    return (e / e.sum(axis=0)).T


def test_a_model_of_the_first_format():
    """Its layers, penalties, names and settings are there, and it predicts what its arrays
    say."""
    X = load_data("digits").X_test
    model, expected = load_model(OLD), old_probabilities(X)
    assert [repr(layer) for layer in model.network.layers[:3]] == [
        "DropConnect(64 → 16, p=0.1)", "Sigmoid()", "DropOut(p=0.1)"]
    assert [type(layer.affine).__name__ for layer in model.network.affine_layers] == [
        "Sparse", "Sparse", "Dense"]
    assert repr(model.network.penalties) == "[L1(0.0001), L2(5e-05)]"
    assert model.about["settings"]["data"] == "digits" and len(model.about["history"]) == 3
    found = model.network.predict_proba(model.ordering(X))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert len(set(expected.argmax(axis=1))) > 1
    assert model.predict(X).tolist() == [str(k) for k in expected.argmax(axis=1)]


def test_an_old_model_saved_again_is_a_new_one(path):
    """Same bits, in today's format, without its lists of indices."""
    old = load_model(OLD)
    save_model(path, old.network, old.ordering, old.class_names, old.about)
    new = load_model(path)
    assert new.network.theta.tobytes() == old.network.theta.tobytes()
    assert new.network.summary() == old.network.summary() and new.about == old.about
    with np.load(OLD) as before, np.load(path) as after:
        assert "0.indices" in before and not [name for name in after if "ind" in name]


OLD_DAMAGE = {
    "index too large": put("0.indices", -1, 64),
    "index below 0": put("0.indices", 0, -1),
    "index far too large": put("0.indices", -1, 2 ** 31 - 1),
    "indices are fractions": put_array("0.indices", lambda a: a + 0.5),
    "indices unsorted": put_array("0.indices", lambda a: a[::-1]),
    "an edge twice": lambda about, arrays: arrays["0.indices"].__setitem__(
        1, arrays["0.indices"][0]),
    "too few indices": put_array("0.indices", lambda a: a[:-1]),
    "row pointer in fractions": put_array("0.indptr", lambda a: a.astype(float)),
    "row pointer falls": put("0.indptr", 4, 0),
    "row pointer beyond the end": put("0.indptr", -1, 10_000),
    "row pointer starts late": put("0.indptr", 0, 1),
    "too few rows": put_array("0.indptr", lambda a: a[:-1]),
    "too few weights": put_array("3.w", lambda a: a[:-1]),
    "weights are text": put_array("3.w", lambda a: a.astype(str)),
    "no weights": remove("3.w"),
    "no dense weights": remove("6.w"),
    "no biases": remove("0.b"),
    "no indices": remove("3.indices"),
    "no row pointer": remove("3.indptr"),
    "shape too wide": put_about(lambda a: a["layers"][0].update(shape=[16, 65])),
    "shape is enormous": put_about(lambda a: a["layers"][0].update(shape=[2 ** 62, 64])),
    "shape missing": put_about(lambda a: a["layers"][0].pop("shape")),
    "unknown layer": put_about(lambda a: a["layers"][1].update(type="Tanh")),
    "unknown weights": put_about(lambda a: a["layers"][0].update(weights="Spectral")),
    "layers missing": put_about(lambda a: a.pop("layers")),
    "layers are numbers": put_about(lambda a: a.update(layers=[1, 2])),
    "penalties missing": put_about(lambda a: a.pop("penalties")),
    "unknown penalty": put_about(lambda a: a.update(penalties=[["L3", 1.0]])),
    "penalty below 0": put_about(lambda a: a.update(penalties=[["L1", -1.0]])),
}


@pytest.mark.parametrize("damage", OLD_DAMAGE.values(), ids=OLD_DAMAGE)
def test_an_old_model_that_does_not_fit_together(path, damage):
    """What was refused then is refused now."""
    about, arrays = read_npz(OLD)
    damage(about, arrays)
    write_npz(path, about, arrays)
    with pytest.raises(ValueError, match=re.escape(f"{path}: the model in it is damaged")):
        load_model(path)
