"""Bad input gets one clear error: it names the argument, what came and what was expected.

Every public function is called with each of its arguments replaced by values of another kind
or out of range, and the command line with bad words. At the bottom it is counted that there are
hundreds of cases.
"""

import numpy as np
import pytest
from scipy import sparse

from scnn_np import (
    MLP,
    Trainer,
    analysis,
    build,
    data,
    experiments,
    fully_connected,
    gradcheck,
    graphs,
    nn,
    random_sparse,
    spatially_coupled,
    training,
)
from scnn_np.__main__ import main
from scnn_np.tools.streams import stream

RNG = np.random.default_rng(0)
X = np.random.default_rng(1).random((40, 8))
Y = np.arange(40) % 4

# --- what is bad of each kind ----------------------------------------------------------------

STRANGE = ["x", object(), {"a": 1}, np.array([[1, "a"]], object)]
NO_NUMBER = [*STRANGE, True, float("nan"), float("inf"), 1j, np.bool_(True), [[1, 2], [3]]]
KINDS = {
    "whole": [*NO_NUMBER, -1, 2.5],
    "size": [*NO_NUMBER, -1, 2.5, 10 ** 30],
    "number": [*NO_NUMBER, -10 ** 400],
    "above 0": [*NO_NUMBER, 0, -1.0],
    "not negative": [*NO_NUMBER, -0.5],
    "probability": [*NO_NUMBER, -0.1, 1, 1.5],
    "word": [*STRANGE[1:], 3, True, "no such word", ["pca"]],
    "precision": ["x", 3, int, np.float16, None, object()],
    "truth": [*STRANGE, 1, 0, "no", "false"],
    "rng": [*STRANGE, 0, np.random.RandomState(0), np.random.default_rng],
    "samples": ["x", object(), X[0], X[:, :5], X.astype(complex), X.astype(object),
                np.where(X > 0.9, np.nan, X), X * np.inf, np.ma.masked_array(X, X > 0.5),
                X.astype(str), [[1, 2], [3]], 3, X[None]],
    "features": ["x", object(), X[0], X.astype(complex), X.astype(object),
                 np.where(X > 0.9, np.nan, X), X * 1e300, np.ma.masked_array(X, X > 0.5),
                 X[:0], X[:, :0], 3],
    "labels": ["x", Y[:-1], Y - 1, Y + 1, Y / 1, Y.astype(str), Y[:, None], np.eye(4)[Y],
               object(), Y > 1, Y.astype(object)],
    "layers": ["x", 3, [nn.Sigmoid()], [nn.Sigmoid], [], object(), [3]],
    "penalties": ["x", 3, [nn.L1], ["l1"], object(), [3]],
    "entries": ["x", object(), X.astype(complex), X.astype(object), X.astype(str),
                np.where(X > 0.9, np.nan, X), np.ma.masked_array(X, X > 0.5), 3],
    "float64": ["x", 3, X.astype(int), X.astype(np.float32), object(), X.T],
    "matrix": ["x", 3, X[0], X.astype(int), X.astype(complex), object(), np.zeros((0, 3))],
    "bound": [*STRANGE, True, float("nan"), 1j, [[1, 2], [3]], np.zeros(3), "0"],
    "settings": ["x", 3, {"epochs": 0}, {"no_such_name": 1}, {3: 1}, {"l1": {1}},
                 {"epochs": True}, {"network": "x"}, {"mirror": "false"}, {"order": 3},
                 {"width": 2.5}, {"seed": -1}, {"l1": [1, "a"]}, {"degrees": "binomial("},
                 {"degrees": "poisson(-1)"}, {"whiten": 2}, {"learning_rate": float("nan")}],
}


def network(**options):
    return spatially_coupled(8, 4, width=8, layers=2, blocks=4, degrees=2, **options)


def trainer(**options):
    return Trainer(network(), **{"progress_stream": False, "epochs": 1, **options})


def ordering():
    return data.fit_ordering(X, Y)


NET = network()
RELU = network(activation="relu")
MEANS = [np.zeros(8), np.zeros(8), np.zeros(8)]
CHAIN = {"n_in": 8, "n_out": 8, "degrees": 2, "rng": RNG, "blocks": 4, "receptive_field": 2,
         "tail_biting": False}
BUILT = {"n_in": 8, "n_classes": 4, "width": 8, "layers": 2, "blocks": 4,
         "degrees": [2, 2, 1, 1],
         "receptive_field": 2, "activation": "relu", "gain": 1.0, "dropout": 0.1,
         "input_dropout": 0.1, "dropconnect": 0.1, "l1": 0.1, "l2": 0.1, "group_lasso": 0.1,
         "seed": 0, "tail_biting": False}
OF_BUILT = {"n_in": "size", "n_classes": "whole", "width": "size", "layers": "whole",
            "blocks": "size", "receptive_field": "whole", "activation": "word",
            "gain": "above 0", "dropout": "probability", "input_dropout": "probability",
            "dropconnect": "probability", "l1": "not negative", "l2": "not negative",
            "group_lasso": "not negative", "seed": "whole", "tail_biting": "truth"}

# function: (a good call, {argument: what is bad for it})
CALLS = {
    graphs.binomial: ({"mean": 3}, {"mean": "above 0"}),
    graphs.poisson: ({"mean": 3}, {"mean": "above 0"}),
    graphs.power_law: ({"exponent": 3}, {"exponent": "number"}),
    graphs.robust_soliton: ({"c": 0.1, "delta": 0.5}, {"c": "above 0", "delta": "above 0"}),
    graphs.block_capacity: (
        {"n_out": 8, "blocks": 4, "receptive_field": 2, "tail_biting": False},
        {"n_out": "whole", "blocks": "size", "receptive_field": "whole",
         "tail_biting": "truth"}),
    graphs.scaled_degrees: (
        {"n_out": 8, "blocks": 4, "receptive_field": 2, "tail_biting": False},
        {"n_out": "whole", "blocks": "size", "receptive_field": "whole",
         "tail_biting": "truth"}),
    graphs.budget_degrees: (
        {"edges": 16, "importance": [1, 1, 1, 1], "n_in": 8, "n_out": 8, "blocks": 4},
        {"edges": "whole", "importance": "entries", "n_in": "size", "n_out": "whole",
         "blocks": "size"}),
    graphs.random_sparse: ({"n_in": 8, "n_out": 8, "degrees": 2, "rng": RNG},
                           {"n_in": "size", "n_out": "whole", "degrees": "whole",
                            "rng": "rng"}),
    graphs.spatially_coupled: (CHAIN, {
        "n_in": "size", "n_out": "whole", "degrees": "whole", "rng": "rng", "blocks": "size",
        "receptive_field": "whole", "tail_biting": "truth"}),
    data.fit_ordering: (
        {"X": X, "y": Y, "order": "pca", "direction": "descending", "whiten": 0.5,
         "multiple_of": 4, "rng": RNG},
        {"X": "features", "order": "word", "direction": "word", "scale": "word",
         "whiten": "not negative",
         "multiple_of": "size", "rng": "rng"}),
    data.hold_out: ({"X": X, "y": Y, "n": 8, "seed": 0}, {"n": "whole", "seed": "whole"}),
    stream: ({"seed": 0, "name": "graph"}, {"seed": "whole", "name": "word"}),
    training.Adam: ({"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.5, "epsilon": 0.1},
                    {"learning_rate": "above 0", "beta1": "probability",
                     "beta2": "probability", "epsilon": "not negative"}),
    training.SGD: ({"learning_rate": 0.1, "momentum": 0.5, "nesterov": True},
                   {"learning_rate": "above 0", "momentum": "probability",
                    "nesterov": "truth"}),
    training.RMSProp: ({"learning_rate": 0.1, "rho": 0.5}, {"learning_rate": "above 0",
                                                           "rho": "probability"}),
    training.make_optimizer: ({"optimizer": "adam", "learning_rate": 0.1},
                              {"optimizer": "word", "learning_rate": "above 0"}),
    trainer: ({"epochs": 1, "batch_size": 8, "schedule": "cosine", "seed": 0, "threads": 1,
               "optimizer": training.Adam(), "checkpoint": None},
              {"epochs": "whole", "batch_size": "whole", "schedule": "word", "seed": "whole",
               "threads": "whole", "optimizer": "rng", "measure": "whole"}),
    trainer().fit: ({"X": X, "y": Y, "held_out": (X, Y), "resume": False},
                    {"X": "samples", "y": "labels", "resume": "truth", "held_out": "samples"}),
    nn.Dense: ({"W": X, "b": np.zeros((40, 1))}, {"W": "matrix", "b": "samples"}),
    nn.Spectral.drawn: ({"support": (3, 4), "gain": 1.0, "rng": RNG, "dtype": np.float32,
                         "learn": "in", "initial": "usual"},
                        {"gain": "above 0", "rng": "rng", "dtype": "precision",
                         "learn": "word", "initial": "word"}),
    nn.ThresholdedDense.drawn: (
        {"support": (3, 4), "gain": 1.0, "rng": RNG, "dtype": np.float32, "sparsity": 0.5,
         "refresh": 5, "straight_through": True},
        {"sparsity": "probability", "refresh": "whole", "straight_through": "truth"}),
    nn.DropOut: ({"p": 0.5, "rng": RNG}, {"p": "probability", "rng": "rng"}),
    nn.DropConnect: ({"layer": nn.Dense(X), "p": 0.5, "rng": RNG},
                     {"layer": "whole", "p": "probability", "rng": "rng"}),
    nn.initial_weights: ({"support": (3, 4), "gain": 1.0, "rng": RNG},
                         {"gain": "above 0", "rng": "rng"}),
    nn.softmax_cross_entropy: ({"A": np.zeros((4, 40)), "y": Y}, {"y": "labels"}),
    nn.L1: ({"strength": 0.1, "on": "W"}, {"strength": "not negative", "on": "word"}),
    nn.L2: ({"strength": 0.1, "on": "W"}, {"strength": "not negative", "on": "word"}),
    nn.GroupLasso: ({"strength": 0.1}, {"strength": "not negative"}),
    nn.LayerSparsity: ({"strength": 0.1}, {"strength": "not negative"}),
    nn.LayerSparsityStep: ({"strength": 0.1}, {"strength": "not negative"}),
    nn.NegativeL1Step: ({"strength": 0.1}, {"strength": "not negative"}),
    nn.GroupLassoRows: ({"strength": 0.1}, {"strength": "not negative"}),
    nn.L2Trained: ({"strength": 0.1}, {"strength": "not negative"}),
    MLP: ({"layers": [nn.Dense(X)], "penalties": []}, {"layers": "layers",
                                                       "penalties": "penalties"}),
    build: ({"topology": "sc", **BUILT}, {"topology": "word", "dtype": "precision",
                                          **OF_BUILT}),
    spatially_coupled: (BUILT, OF_BUILT),
    random_sparse: ({"n_in": 8, "width": 8, "degrees": 2}, {"n_in": "size", "width": "size",
                                                            "degrees": "whole"}),
    fully_connected: ({"n_in": 8, "width": 8}, {"n_in": "size", "width": "size"}),
    NET.predict: ({"X": X}, {"X": "samples", "threads": "whole"}),
    NET.predict_proba: ({"X": X}, {"X": "samples"}),
    NET.evaluate: ({"X": X, "y": Y}, {"X": "samples", "y": "labels"}),
    ordering(): ({"X": X}, {"X": "samples"}),
    analysis.out_degrees: ({"W": X, "threshold": 0.1}, {"W": "entries",
                                                        "threshold": "not negative"}),
    analysis.in_degrees: ({"W": X, "threshold": 0.1}, {"threshold": "not negative"}),
    analysis.block_means: ({"values": np.ones(8), "blocks": 4}, {"values": "entries",
                                                                 "blocks": "size"}),
    analysis.gradient_sizes: ({"network": network(), "X": X, "y": Y},
                              {"X": "samples", "y": "labels"}),
    analysis.activations: ({"network": NET, "X": X}, {"X": "samples"}),
    analysis.block_ablation: ({"network": NET, "X": X, "y": Y, "blocks": 4, "means": MEANS},
                              {"X": "samples", "y": "labels", "blocks": "size",
                               "means": "samples"}),
    analysis.largest_weights: ({"network": NET, "parameters": 80, "spreads": MEANS},
                               {"parameters": "size", "spreads": "samples"}),
    analysis.largest_neurons: ({"network": fully_connected(8, 4, width=8, layers=2),
                                "parameters": 80}, {"parameters": "whole"}),
    analysis.without_neurons: (
        {"network": NET, "kept": [np.ones(8, bool)] * 3, "means": MEANS},
        {"kept": "samples", "means": "samples"}),
    analysis.examine_layers: ({"network": RELU, "low": 0, "high": 1},
                      {"network": "layers", "low": "bound", "high": "bound"}),
    analysis.merge: ({"network": RELU, "low": 0, "high": 1},
                     {"network": "layers", "low": "bound", "high": "bound"}),
    analysis.merge_nearly: ({"network": RELU, "layer": 1, "X": X, "low": 0, "high": 1},
                            {"network": "layers", "layer": "whole", "X": "samples",
                             "low": "bound", "high": "bound"}),
    analysis.fresh_start: ({"network": NET, "rng": RNG}, {"rng": "rng"}),
    gradcheck.numerical_gradient: ({"f": lambda: 0.0, "x": np.ones(3), "h": 1e-3},
                                   {"f": "whole", "x": "float64", "h": "above 0"}),
    experiments.checked: ({"settings": {}}, {"settings": "settings"}),
    experiments.prepare: ({"settings": {"data": "digits"}}, {"settings": "settings"}),
}


def cases():
    """(function, argument, bad value) of all."""
    for function, (good, bad) in CALLS.items():
        name = getattr(function, "__qualname__", type(function).__qualname__)
        for argument, kind in bad.items():
            for k, value in enumerate(KINDS[kind]):
                yield pytest.param(function, good, argument, value,
                                   id=f"{name}-{argument}-{k}")


ALL = list(cases())


@pytest.mark.parametrize("function", CALLS, ids=lambda f: getattr(f, "__qualname__", "call"))
def test_the_good_call_is_good(function):
    """Else the bad ones would show nothing."""
    function(**CALLS[function][0])


@pytest.mark.parametrize(("function", "good", "argument", "value"), ALL)
def test_a_bad_call_is_refused_by_name(function, good, argument, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError)) as found:
        function(**{**good, argument: value})
    message = str(found.value)
    said = [argument, *map(str, value)] if isinstance(value, dict) else [argument]
    assert any(word.removeprefix("n_") in message for word in said), message
    assert "expected" in message or "has " in message, message
    assert "\n" not in message and message.isprintable()
    assert not list(tmp_path.iterdir())


# --- the command line ------------------------------------------------------------------------

BAD_WORDS = {
    "epochs": ["0", "-1", "2.5", "x", "True", "1,2", "nan"], "batch-size": ["0", "x"],
    "learning-rate": ["0", "-1", "nan", "inf", "x", "1,2"], "seed": ["-1", "x", "1.5"],
    "schedule": ["x", "3"], "order": ["x", "1"], "direction": ["x"], "whiten": ["2", "-1", "x"],
    "inputs": ["0", "65", "x"], "samples": ["0", "100000", "x", "3"], "holdout": ["-1", "1",
                                                                             "100000", "x"],
    "network": ["x", "3"], "layers": ["0", "-1", "x", "5000"], "width": ["0", "x", "1e9", "63",
                                                                        "16777216", "8,8,8"],
    "activation": ["x"], "gain": ["0", "-1", "x", "inf"], "dropout": ["1", "-0.1", "x"],
    "input-dropout": ["1", "x"], "dropconnect": ["1", "x"], "blocks": ["0", "7", "x", "64.5"],
    "receptive-field": ["0", "9", "x"], "degrees": ["-1", "x", "1,2,3", "binomial(",
                                                    "binomial(-3)", "exit(0)", "1000"],
    "edges": ["0", "1", "x"], "importance-power": ["-1", "x"], "l1": ["-1", "x", "1,2", "nan"],
    "l2": ["-1", "x"], "group-lasso": ["-1", "x"], "layer-sparsity": ["-1", "x", "0.1"],
    "layer-sparsity-step": ["-1", "1,2"], "negative-l1-step": ["nan"], "optimizer": ["x", "3"],
    "momentum": ["0.5", "x"], "rho": ["0.5"], "beta1": ["1", "x"], "epsilon": ["-1"],
    "data": ["nowhere", "nowhere.npz", "/", "a.txt"],
    "layer": ["x", "spectral-qr", "thresholded"], "learn": ["in"], "initial": ["authors"],
    "sparsity": ["0.5"], "refresh": ["5"], "l2-trained": ["-1", "x"],
    "group-lasso-rows": ["-1", "x"], "threads": ["0", "x"],
    "out": ["model.txt", "folder", "/proc/x/model.npz"]}
LINES = [(option, word) for option, words in BAD_WORDS.items() for word in words]


@pytest.mark.parametrize(("option", "word"), LINES)
def test_a_bad_command_line(option, word, tmp_path, monkeypatch, capsys):
    """Exit code 2, one line on standard error that names the option, and no file."""
    monkeypatch.chdir(tmp_path)
    small = ["--epochs", "1", "--layers", "2", "--width", "64"]
    code = main(["train", *(["--data", "digits"] if option != "data" else []), *small,
                 f"--{option}", word])
    error = capsys.readouterr().err
    assert code == 2, error
    assert error.startswith("error: ") and error.count("\n") == 1, error
    assert option.replace("-", "_") in error or f"--{option}" in error or word in error, error
    assert not list(tmp_path.iterdir())


def test_there_are_hundreds():
    assert len(ALL) + len(LINES) >= 600


def test_a_sparse_layer_takes_sparse_matrices():
    for W in ("x", np.array(["a"]), sparse.csr_array(np.eye(3, dtype=int))):
        with pytest.raises((ValueError, TypeError), match="W"):
            nn.Sparse(W)
