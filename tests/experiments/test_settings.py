"""Settings: one check of names, kinds and ranges for every way in."""

import json

import numpy as np
import pytest

from scnn_np import build, fully_connected, spatially_coupled
from scnn_np.__main__ import parser
from scnn_np.experiments import checked, defaults, parameters, prepare
from scnn_np.graphs import TOPOLOGIES
from scnn_np.nn import L1, PENALTIES, entries
from scnn_np.training import OPTIMIZERS, SGD, Trainer

DIGITS = {"data": "digits", "layers": 2, "width": 32, "epochs": 1}


def network(**settings):
    """The network that the settings give on the digits."""
    return prepare({**DIGITS, **settings}, progress_stream=False).network


def test_defaults_are_those_of_the_signatures():
    """What a reader sees in a signature is what a run does; where kinds differ it is None."""
    found = defaults()
    assert found["epochs"] == 25 and found["optimizer"] == "adam"
    assert found["width"] == 784 and found["dropconnect"] == 0.0
    assert all(found[name] is None for name in ("gain", "dropout", "l2", "degrees", "momentum",
                                                "tail_biting", "layer"))
    assert list(found) == [name for group in parameters().values() for name in group]
    assert checked(found) == found == json.loads(json.dumps(found))


def test_kinds_that_are_registered_later_are_there(monkeypatch):
    """A penalty and a topology that a test puts into the catalogues: settings, command line
    and networks know them, and only as long as they are there."""
    class Later(L1):
        pass

    def every_second(n_left, n_right, layer, rng, *, shift=0):
        return TOPOLOGIES["rsp"](n_left, n_right, layer, rng, degrees=n_right // 2)
    assert "later" not in defaults()
    monkeypatch.setitem(PENALTIES, "later", Later)
    monkeypatch.setitem(TOPOLOGIES, "half", every_second)
    assert defaults()["later"] == 0.0
    args = parser().parse_args(["train", "--later", "0.5", "--network", "half"])
    assert args.later == 0.5
    found = network(network="half", later=0.5)
    assert [W.nnz for W in found.weights[:2]] == [64 * 16, 32 * 16]
    assert repr(found.penalties) == "[L2(5e-05), Later(0.5)]"
    monkeypatch.undo()
    with pytest.raises(ValueError, match="'later': is no setting, expected one of data, "):
        checked({"later": 0.5})


@pytest.mark.parametrize(("settings", "message"), [
    ({"epoch": 3}, "'epoch': is no setting, expected one of data, holdout, "),
    ({3: 3}, "3: is no setting"), ({"cut": "blocks"}, "'cut': is no setting"),
    ({"epochs": True}, "epochs: got True, expected a whole number of at least 1"),
    ({"epochs": 0}, "epochs: got 0"), ({"epochs": None}, "epochs: got None"),
    ({"mirror": "false"}, "mirror: got 'false', expected True or False"),
    ({"mirror": 0}, "mirror: got 0, expected True or False"),
    ({"tail_biting": "no"}, "tail_biting: got 'no', expected True or False"),
    ({"order": "abc"}, "order: got 'abc', expected one of pca, rf, variance, none"),
    ({"network": "FC"}, "network: got 'FC', expected one of sc, rsp, fc"),
    ({"network": ["fc"]}, r"network: got \['fc'\]"),
    ({"l1": {1}}, r"l1: got \{1\}"), ({"l1": [1e-4, -1]}, r"l1\[1\]: got -1"),
    ({"l1": []}, r"l1: got \[\], expected at least one value"),
    ({"width": 8.0}, "width: got 8.0"), ({"width": [8, 0]}, r"width\[1\]: got 0"),
    ({"learning_rate": float("nan")}, "learning_rate: got nan"),
    ({"learning_rate": "fast"}, "learning_rate: got 'fast'"),
    ({"dropout": 1}, "dropout: got 1, expected a probability of dropping"),
    ({"degrees": 2.5}, "degrees: got 2.5"), ({"seed": -1}, "seed: got -1"),
    ({"data": ""}, "data: got ''"), ({"data": "a\nb"}, r"data: got 'a\\nb'"),
    ({"samples": np.array([1, 2])}, "samples: got int64 of shape"),
    ({"optimizer": "lbfgs"}, "optimizer: got 'lbfgs', expected one of adam, sgd, rmsprop")])
def test_what_is_refused(settings, message):
    """By name, in `checked` and in `prepare`, before any data is looked for."""
    with pytest.raises(ValueError, match=message):
        checked(settings)
    with pytest.raises(ValueError, match=message):
        prepare({"data": "nowhere", **settings})


@pytest.mark.parametrize("settings", ["x", None, [("epochs", 3)]])
def test_settings_are_a_dict(settings):
    with pytest.raises(TypeError, match="settings: got .*, expected a dict of settings"):
        checked(settings)


def test_the_same_number_of_another_type_is_the_same_run():
    """NumPy's numbers become Python's, and whole numbers fractions where a fraction is
    meant."""
    plain = {"epochs": 3, "learning_rate": 0.5, "l1": [1.0, 0.0, 0.0], "whiten": 0.0,
             "width": [4, 6], "gain": 2.0, "mirror": True}
    other = {"epochs": np.int16(3), "learning_rate": np.float32(0.5), "l1": np.array([1, 0, 0]),
             "whiten": 0, "width": (np.int64(4), 6), "gain": np.float64(2),
             "mirror": np.bool_(True)}
    assert json.dumps(checked(other)) == json.dumps(plain)


# --- what they reach ------------------------------------------------------------------------

def test_one_value_for_each_layer():
    """The paper's N⁽ˡ⁾, B⁽ˡ⁾, r⁽ˡ⁾ and d⁽ˡ⁾: lists give one for each hidden layer."""
    found = network(width=[32, 24], blocks=[4, 8], receptive_field=[3, 2],
                    degrees=[[6, 8, 6, 2], [3, 6, 5, 4, 3, 2, 1, 1]], l2=[1e-3, 0, 0])
    assert [W.shape for W in found.weights] == [(32, 64), (24, 32), (10, 24)]
    degrees = [np.bincount(W.indices, minlength=W.shape[1]).tolist()
               for W in found.weights[:2]]
    assert degrees == [np.repeat([6, 8, 6, 2], 16).tolist(),
                       np.repeat([3, 6, 5, 4, 3, 2, 1, 1], 4).tolist()]
    right, left = found.weights[0].tocoo().coords
    ahead = left // 16 - right // 8                    # a window of r = 3 blocks
    assert set(ahead.tolist()) == {0, 1, 2}
    same = build("sc", 64, 10, layers=2, width=[32, 24], blocks=[4, 8], receptive_field=[3, 2],
                 degrees=[[6, 8, 6, 2], [3, 6, 5, 4, 3, 2, 1, 1]], l2=[1e-3, 0, 0])
    assert same.theta.tobytes() == found.theta.tobytes()


@pytest.mark.parametrize(("settings", "message"), [
    ({"width": [32, 24, 16]}, "width: got 3 values, expected one, or one for each of the 2"),
    ({"receptive_field": [2]}, "receptive_field: got 1 values"),
    ({"l2": [1e-3, 0]}, "l2: got 2 numbers for 3 weight matrices, expected one, or one for"),
    ({"degrees": [[6, 4, 3, 2]]}, "degrees: got 1 values")])
def test_as_many_values_as_layers(settings, message):
    with pytest.raises(ValueError, match=message):
        network(blocks=4, **settings)


def test_a_distribution_by_its_name():
    """Degrees drawn from a binomial distribution, whose mean they have; the same as text and
    as an object."""
    degrees = network(network="rsp", width=512, degrees="binomial(53)").weights[0].tocsc()
    out = np.diff(degrees.indptr)
    assert len(set(out.tolist())) > 5 and abs(out.mean() - 53) < 4
    with pytest.raises(ValueError, match="degrees"):
        network(network="rsp", degrees="binomial(")


def test_every_optimiser_can_be_asked_for():
    """With parameters of its own; those of another are refused."""
    for name in OPTIMIZERS:
        run = prepare({**DIGITS, "optimizer": name, "learning_rate": 0.01},
                      progress_stream=False)
        assert type(run.trainer.optimizer) is OPTIMIZERS[name]
    run = prepare({**DIGITS, "optimizer": "sgd", "momentum": 0.9, "nesterov": True},
                  progress_stream=False)
    assert repr(run.trainer.optimizer) == repr(SGD(1e-3, momentum=0.9, nesterov=True))
    by_hand = network()
    Trainer(by_hand, epochs=1, optimizer=SGD(1e-3, momentum=0.9, nesterov=True),
            progress_stream=False).fit(run.X, run.y)
    run.trainer.fit(run.X, run.y)
    assert run.network.theta.tobytes() == by_hand.theta.tobytes()
    with pytest.raises(ValueError, match="momentum: is no parameter of adam, expected beta1, "):
        prepare({**DIGITS, "momentum": 0.9})


def test_the_layer_can_be_asked_for():
    """A sparse support with a dense layer is refused by the layer; FC may be sparse or
    dense."""
    assert [type(layer).__name__ for layer in network(network="fc", dropout=0.0,
                                                      layer="dense").affine_layers] == [
        "Dense"] * 3
    assert entries(network(layer="sparse").weights[0]).size == spatially_coupled(
        64, 10, width=32, layers=2).weights[0].nnz
    assert fully_connected(64, 10, width=32, layers=2, dropout=0.0).theta.tobytes() == network(
        network="fc", dropout=0.0).theta.tobytes()
