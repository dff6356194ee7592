"""Spectral and thresholded layers from the command line to the file, and through a stop."""

import numpy as np
import pytest

from scnn_np import load_model
from scnn_np.__main__ import main
from scnn_np.experiments import defaults, prepare
from scnn_np.nn import LAYERS
from tests.conftest import whole_and_resumed

SMALL = {"data": "digits", "layers": 1, "width": 32, "epochs": 4, "dropout": 0.0}
KINDS = {
    "eigenvalues on SC": {"network": "sc", "layer": "spectral"},
    "one set, dense": {"network": "fc", "layer": "spectral", "learn": "out",
                       "initial": "authors"},
    "all, on RSP": {"network": "rsp", "layer": "spectral", "learn": "all", "l2_trained": 1e-4},
    "QR": {"network": "fc", "layer": "spectral-qr"},
    "SVD": {"network": "fc", "layer": "spectral-svd"},
    "rescaled": {"network": "sc", "layer": "rescaled"},
    "thresholded": {"network": "fc", "layer": "thresholded", "sparsity": 0.8, "refresh": 7,
                    "straight_through": True},
    "thresholded QR": {"network": "fc", "layer": "thresholded-qr", "refresh": 7},
    "group lasso of rows": {"network": "fc", "group_lasso_rows": [1e-3, 0]},
    "one for each layer": {"network": "sc", "layers": 2, "layer": "spectral",
                           "learn": ["in", "out"], "initial": ["usual", "authors"]}}


def words(settings):
    """The settings as options of the command line."""
    found = []
    for name, value in settings.items():
        found += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return found


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_trained_saved_and_loaded(settings, tmp_path, monkeypatch, capsys):
    """The file gives back the network that the settings make, to the bit, and the same
    accuracy."""
    monkeypatch.chdir(tmp_path)
    assert main(["train", *words({**SMALL, **settings}), "--out", "model.npz"]) == 0
    accuracy = capsys.readouterr().out.splitlines()[-1]
    assert main(["evaluate", "model.npz"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == accuracy
    run, network = prepare({**SMALL, **settings}), load_model("model.npz").network
    run.trainer.progress_stream = False
    before = run.network.theta.copy()
    run.trainer.fit(run.X, run.y)
    for name, array in run.network.state_arrays().items():
        np.testing.assert_array_equal(network.state_arrays()[name], array)
    assert not np.array_equal(before, network.theta)
    assert type(network.affine_layers[0]) is LAYERS[settings.get("layer") or "dense"]
    assert [layer.spec() for layer in network.layers] == [
        layer.spec() for layer in run.network.layers]
    assert repr(network.penalties) == repr(run.network.penalties)


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
def test_resumed_to_the_same_bits(settings, tmp_path):
    """Stopped after two epochs, between two choices of a threshold too."""
    whole, again = whole_and_resumed({**SMALL, **settings}, tmp_path / "run.npz")
    for name, array in whole.state_arrays().items():
        np.testing.assert_array_equal(again.state_arrays()[name], array)


def test_parameters_have_no_default_of_their_own():
    """What a layer of another kind would be asked for is None."""
    found = defaults()
    assert [found[name] for name in ("learn", "initial", "sparsity", "refresh",
                                     "straight_through")] == [None] * 5
    assert found["l2_trained"] == found["group_lasso_rows"] == 0.0


@pytest.mark.parametrize(("settings", "message"), [
    ({"network": "sc", "layer": "spectral", "learn": "both"}, "learn: got 'both', expected"),
    ({"network": "sc", "layer": "spectral", "sparsity": 0.5}, "sparsity: is no parameter of"),
    ({"network": "sc", "learn": "in"}, "learn: is no parameter of network sc"),
    ({"network": "fc", "layer": "thresholded", "sparsity": 1}, "sparsity: got 1, expected"),
    ({"network": "fc", "layer": "thresholded", "refresh": [5, 5]}, "refresh: got 2 values"),
    ({"network": "sc", "layer": "spectral-qr"}, "layer: got 'spectral-qr', expected one that")])
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        prepare({**SMALL, **settings})
