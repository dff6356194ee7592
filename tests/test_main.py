"""The command line, run as a user runs it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scnn_np import fit_ordering, gradcheck, load_data, load_model, spatially_coupled
from scnn_np.__main__ import main, parser
from scnn_np.data import first_samples, hold_out
from scnn_np.experiments import defaults
from scnn_np.gradcheck import gradient_table
from scnn_np.graphs.degrees import budget_degrees
from scnn_np.nn import MLP
from tests.conftest import needs_fashion_mnist

SMALL = ["--layers", "1", "--width", "64", "--epochs", "8", "--learning-rate", "0.02"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Whatever a command writes goes to an empty folder."""
    monkeypatch.chdir(tmp_path)


def run(*words):
    return main([str(word) for word in words])


@pytest.mark.parametrize(("network", "parameters"), [
    ("sc", 64 * 35 // 8), ("rsp", 64 * 4), ("fc", 64 * 64)])
def test_train_and_evaluate(network, parameters, capsys):
    """The plan, progress, the two last lines; evaluate reads the same accuracy back."""
    edges = {"sc": (8 + 11 + 8 + 4 + 2 + 1 + 1 + 1) * 8}.get(network, parameters)
    assert run("train", "--network", network, "--data", "digits", *SMALL) == 0
    out = capsys.readouterr().out.splitlines()
    assert any(f"64 × 64{edges:>11,}" in line for line in out)
    assert any("1,438 training and 359 test samples" in line for line in out)
    assert sum(line.startswith("epoch ") for line in out) == 8
    assert re.fullmatch(r"held-out accuracy: \d+\.\d\d %", out[-2])
    assert re.fullmatch(r"test accuracy: \d+\.\d\d %", out[-1])
    assert float(out[-1].split()[2]) > 30                     # chance is 10

    assert run("evaluate", f"runs/{network}-digits-seed0.npz", "--out", "c.png") == 0
    evaluated = capsys.readouterr().out.splitlines()
    assert evaluated[-1] == out[-1]
    for path in (f"runs/{network}-digits-seed0.png", "c.png"):
        assert Path(path).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_all_options_reach_their_place(capsys):
    """What is asked for stands in the saved model."""
    assert run("train", "--data", "digits", "--network", "sc", "--order", "variance",
               "--direction", "ascending", "--blocks", 4, "--receptive-field", 3, "--degrees",
               "6,9,4,2", "--width", 32, "--layers", 2, "--activation", "relu", "--gain", 0.5,
               "--l1", "1e-4,0,0", "--l2", "1e-3", "--dropout", 0.1, "--batch-size", 50,
               "--learning-rate", 0.01, "--schedule", "step", "--epochs", 2, "--seed", 7,
               "--holdout", 100, "--out", "x/y.npz") == 0
    assert ("batches of 50, Adam(learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-08), "
            "step; seed 7") in capsys.readouterr().out
    model = load_model("x/y.npz")
    net = model.network
    assert [W.shape for W in net.weights] == [(32, 64), (32, 32), (10, 32)]
    assert net.weights[0].nnz == 16 * (6 + 9 + 4 + 2)
    assert repr(net.penalties) == "[L1([0.0001, 0.0, 0.0]), L2(0.001)]"
    assert [type(layer).__name__ for layer in net.layers[:3]] == ["Sparse", "ReLU", "DropOut"]
    assert (model.ordering.order, model.ordering.direction) == ("variance", "ascending")
    assert (np.diff(model.ordering.importance) >= 0).all()
    assert model.about["settings"]["schedule"] == "step"
    assert "numpy" in model.about["provenance"]
    assert len(model.about["history"]) == 2


def test_options_beyond_the_paper_reach_their_place(capsys):
    """Fewer samples, whitening, the ends of the chain joined, edges bought by importance,
    DropOut of inputs, DropConnect and group lasso."""
    assert run("train", "--data", "digits", "--samples", 500, "--holdout", 100, "--whiten", 0.5,
               "--tail-biting", "--edges", 999, "--importance-power", 0.3, "--group-lasso",
               "1e-5,0,1e-6", "--input-dropout", 0.1, "--dropconnect", 0.25, "--width", 32,
               "--layers", 2, "--blocks", 4, "--batch-size", 50, "--epochs", 1, "--seed", 7,
               "--out", "m.npz") == 0
    assert "training: 1 epochs of 8 steps" in capsys.readouterr().out     # 400 samples
    model = load_model("m.npz")
    net = model.network
    assert [type(layer).__name__ for layer in net.layers] == [
        "DropOut", "DropConnect", "Sigmoid", "DropConnect", "Sigmoid", "Dense"]
    assert [layer.p for layer in net.layers if hasattr(layer, "p")] == [0.1, 0.25, 0.25]
    assert repr(net.penalties) == "[L2(5e-05), GroupLasso([1e-05, 0.0, 1e-06])]"
    degrees = budget_degrees(999, model.ordering.importance ** 0.3, 64, 32, 4, tail_biting=True)
    assert 16 * degrees.sum() == net.weights[0].nnz == 992                # 62 · 16
    expected = spatially_coupled(64, 10, width=32, layers=2, blocks=4, degrees=degrees,
                                 tail_biting=True, seed=7)
    for W, V in zip(net.weights[:2], expected.weights[:2], strict=True):
        np.testing.assert_array_equal(W.indptr, V.indptr)
        np.testing.assert_array_equal(W.indices, V.indices)
    data = load_data("digits")
    seen = first_samples(data.y_train, 500)
    (X, y), _ = hold_out(data.X_train[seen], data.y_train[seen], 100, 7)
    np.testing.assert_array_equal(model.ordering(X), fit_ordering(X, y, whiten=0.5)(X))
    assert {"samples": 500, "whiten": 0.5, "tail_biting": True, "edges": 999,
            "importance_power": 0.3, "group_lasso": [1e-5, 0, 1e-6], "input_dropout": 0.1,
            "dropconnect": 0.25}.items() <= model.about["settings"].items()


def test_optimisers_distributions_and_lists_reach_their_place(capsys):
    """What a run takes beside numbers: kinds with parameters of their own, degrees drawn from
    a distribution, one value for each layer."""
    assert run("train", "--data", "digits", "--network", "rsp", "--degrees", "binomial(9)",
               "--optimizer", "sgd", "--momentum", 0.9, "--nesterov", "--layers", 2, "--width",
               "32,24", "--l2", "1e-3,0,0", "--epochs", 1, "--out", "m.npz") == 0
    assert "SGD(learning_rate=0.001, momentum=0.9, nesterov=True)" in capsys.readouterr().out
    model = load_model("m.npz")
    assert [W.shape for W in model.network.weights] == [(32, 64), (24, 32), (10, 24)]
    degrees = np.bincount(model.network.weights[0].indices, minlength=64)
    assert len(set(degrees.tolist())) > 3 and 6 < degrees.mean() < 12
    assert {"optimizer": "sgd", "momentum": 0.9, "degrees": "binomial(9)", "width": [32, 24],
            "l2": [1e-3, 0.0, 0.0]}.items() <= model.about["settings"].items()


def test_one_value_for_each_layer(capsys):
    """Blocks, receptive fields and degrees of each hidden layer."""
    assert run("train", "--data", "digits", "--layers", 2, "--width", 32, "--blocks", "4,8",
               "--receptive-field", "3,2", "--degrees", "[6,8,6,2],[3,6,5,4,3,2,1,1]",
               "--epochs", 1, "--out", "m.npz") == 0
    first, second, _ = load_model("m.npz").network.weights
    assert np.bincount(first.indices).reshape(4, -1)[:, 0].tolist() == [6, 8, 6, 2]
    assert np.bincount(second.indices).reshape(8, -1)[:, 0].tolist() == [3, 6, 5, 4, 3, 2, 1, 1]


def test_the_command_line_and_the_settings_of_a_run_are_one():
    """With the same defaults, and saved with the model."""
    args = vars(parser().parse_args(["train"]))
    assert {name: args.pop(name) for name in defaults()} == defaults()
    assert args == {"command": "train", "out": None, "resume": False, "threads": None}
    assert run("train", "--data", "digits", *SMALL, "--out", "m.npz") == 0
    assert load_model("m.npz").about["settings"] == defaults() | {
        "data": "digits", "layers": 1, "width": 64, "epochs": 8, "learning_rate": 0.02}


def test_npz_with_its_own_classes(blobs, capsys):
    """A user's file: named classes, features that are no multiple of the blocks."""
    X, y = blobs
    np.savez("mine.npz", X=X[:, :13], y=np.array(["ant", "bee", "cat", "dog"])[y])
    assert run("train", "--data", "mine.npz", *SMALL) == 0
    assert "inputs: 13 → 16" in capsys.readouterr().out
    assert run("evaluate", "runs/sc-mine-seed0.npz") == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"{name} +\d+\.\d\d %", out) for name in ("ant", "bee", "cat", "dog"))


def test_resume(capsys):
    """A finished run that is resumed trains nothing and says the same."""
    command = ["train", "--data", "digits", "--network", "rsp", *SMALL]
    run(*command)
    first = capsys.readouterr().out.splitlines()
    run(*command, "--resume")
    again = capsys.readouterr().out.splitlines()
    assert again[-2:] == first[-2:]
    assert not any(line.startswith("epoch ") for line in again)


def test_an_interrupted_run_is_no_model(capsys, monkeypatch, ctrl_c):
    """Ctrl-C in the third epoch of eight: one sentence, exit code 130, a checkpoint and
    nothing else; resumed, it ends in the bits of a run that nobody disturbed."""
    command = ["train", "--data", "digits", "--dropout", 0.2, *SMALL]
    assert run(*command, "--out", "whole.npz") == 0
    capsys.readouterr()
    step, steps = MLP.loss_and_gradient, []

    def pressed(network, Z, y):
        steps.append(len(y))
        if len(steps) == 25:                           # ten steps an epoch
            signal.raise_signal(signal.SIGINT)
        return step(network, Z, y)
    monkeypatch.setattr(MLP, "loss_and_gradient", pressed)
    assert run(*command, "--out", "half.npz") == 130
    out, err = capsys.readouterr()
    assert err == "interrupted after 2 of 8 epochs; go on with --resume\n"
    assert "test accuracy" not in out
    assert sorted(path.name for path in Path().glob("half*")) == ["half.checkpoint.npz"]
    assert run(*command, "--out", "half.npz", "--resume") == 0
    np.testing.assert_array_equal(load_model("half.npz").network.theta,
                                  load_model("whole.npz").network.theta)


def test_nothing_held_out(capsys):
    """All training samples are used, and the line says that nothing was measured."""
    run("train", "--data", "digits", "--holdout", 0, *SMALL)
    out = capsys.readouterr().out
    assert "; 0 of the training samples held out" in out
    assert out.splitlines()[-2] == "held-out accuracy: not measured, nothing was held out"


@pytest.mark.parametrize(("words", "message"), [
    (["--data", "nowhere"], "data: got 'nowhere', expected fashion-mnist, digits"),
    (["--data", "nowhere.npz"], "nowhere.npz: no such file"),
    (["--holdout", "5"], "holdout: got 5, expected 10 to"),
    (["--samples", "0"], "samples: got 0, expected a whole number of at least 1"),
    (["--samples", "1439"], "samples: got 1439, expected 10 to 1438"),
    (["--whiten", "2"], "whiten: got 2, expected a number ≥ 0 and ≤ 1"),
    (["--inputs", "0"], "inputs: got 0, expected a whole number of at least 1"),
    (["--order", "none", "--whiten", "0.5"], "whiten: got 0.5 with order none"),
    (["--network", "fc", "--blocks", "4"],
     "blocks: got 4 with network fc, expected it with sc only"),
    (["--network", "fc", "--degrees", "4"],
     "degrees: got 4 with network fc, expected it with sc, rsp, biregular, "),
    (["--network", "rsp", "--receptive-field", "2"],
     "receptive_field: got 2 with network rsp, expected it with sc only"),
    (["--network", "rsp", "--tail-biting"],
     "tail_biting: got True with network rsp, expected it with sc only"),
    (["--network", "fc", "--edges", "500"],
     "edges: got 500 with network fc, expected it with sc only"),
    (["--edges", "500", "--degrees", "4"], "edges: got it beside degrees, expected one of"),
    (["--edges", "63"], "edges: got 63, expected 64 (one for each left neuron) to 11760 (ev"),
    (["--degrees", "1,2"], "degrees: got 2 of them, expected one number or 8"),
    (["--degrees", "99,1,1,1,1,1,1,1"], "block 0 has degree 99, expected 0 to 98"),
    (["--blocks", "5"], "width: got 784, expected a multiple of the number of blocks, 5"),
    (["--blocks", "0"], "blocks: got 0"), (["--blocks", "-2"], "blocks: got -2"),
    (["--batch-size", "0"], "batch_size: got 0"), (["--gain", "nan"], "gain: got 'nan'"),
    (["--epochs", "0"], "epochs: got 0"), (["--learning-rate", "-1"], "learning_rate: got -1"),
    (["--dropout", "1"], "dropout: got 1"), (["--seed", "-1"], "seed: got -1"),
    (["--dropconnect", "1"], "dropconnect: got 1, expected a probability of dropping"),
    (["--group-lasso", "1,2"], "group_lasso: got 2 numbers for 6 weight matrices"),
    (["--l1", "1,2"], "l1: got 2 numbers for 6 weight matrices"),
    (["--out", "model.pkl"], "--out: got model.pkl, expected a name that ends in .npz"),
    (["--out", "/proc/x.npz"], "--out: got /proc/x.npz, expected a place that can be written"),
    (["--data", "d.npz", "--out", "d.npz"], "--out: got d.npz, which would overwrite the data"),
    (["--width", "8000000000000"], "width: got 8000000000000"),
    (["--learning-rate", "1e300", "--epochs", "1", "--width", "16", "--layers", "1"],
     "try a learning rate below 1e+300")])
def test_bad_options(words, message, capsys, tmp_path):
    """One line that names the option, what came and what was expected; nothing is written."""
    assert run("train", "--data", "digits", *words) == 2
    assert message in capsys.readouterr().err
    assert not [path for path in tmp_path.rglob("*.*") if path.is_file()]


def test_a_name_with_a_dollar(capsys):
    """File and class names are no formulas."""
    rng = np.random.default_rng(0)
    np.savez("a$^$.npz", X=rng.random((40, 16)), y=np.array(["$\\frac$", "b"] * 20))
    assert run("train", "--data", "a$^$.npz", *SMALL) == 0
    assert run("evaluate", "runs/sc-a$^$-seed0.npz", "--out", "c.png") == 0


def test_evaluate_writes_pictures_only():
    """The model itself is not overwritten."""
    assert run("train", "--data", "digits", *SMALL, "--out", "m.npz") == 0
    before = Path("m.npz").read_bytes()
    assert run("evaluate", "m.npz", "--out", "m.npz") == 2
    assert Path("m.npz").read_bytes() == before


def test_old_terminals_and_readers_who_leave(tmp_path):
    """Without √ and ≥ in the terminal's alphabet, and into a pipe that closes."""
    command = f"{sys.executable} -m scnn_np train --data digits {' '.join(SMALL)} --out"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii",
                   "PYTHONPATH": str(Path(__file__).parent.parent)}
    ran = subprocess.run(f"{command} a.npz", shell=True, env=environment, cwd=tmp_path,
                         capture_output=True, text=True)
    assert ran.returncode == 0 and "test accuracy" in ran.stdout
    ran = subprocess.run(f"{command} b.npz | head -1", shell=True, env=environment,
                         cwd=tmp_path, capture_output=True, text=True)
    assert ran.stderr == "" and ran.stdout.count("\n") == 1


def test_evaluate_errors(capsys):
    """A missing file, a file that is no model, and data of other classes."""
    assert run("evaluate", "none.npz") == 2
    assert "none.npz: no such file" in capsys.readouterr().err
    np.savez("other.npz", X=np.ones(3))
    assert run("evaluate", "other.npz") == 2
    assert "other.npz: damaged, or no file of scnn_np" in capsys.readouterr().err
    run("train", "--data", "digits", *SMALL)
    np.savez("two.npz", X=np.ones((20, 64)), y=np.arange(20) % 2)
    assert run("evaluate", "runs/sc-digits-seed0.npz", "--data", "two.npz") == 2
    assert "--data: classes are 0, 1, the model's are 0, 1, 2" in capsys.readouterr().err


def test_help_is_enough(capsys):
    """Every option has its line."""
    for command in ("train", "evaluate"):
        with pytest.raises(SystemExit):
            run(command, "--help")
    out = capsys.readouterr().out
    for option in (*(name.replace("_", "-") for name in defaults()), "out", "resume"):
        assert f"--{option} " in out or f"--{option}\n" in out


def test_gradcheck_exit_code(monkeypatch, capsys):
    """0 if all is well, 1 if not."""
    monkeypatch.setattr(gradcheck, "rows", lambda: [
        gradient_table.Row("part", "w", 1.0, 1.0, 1e-12, 9, None)])
    assert run("gradcheck") == 0
    assert "every honest row is below 1e-07" in capsys.readouterr().out
    monkeypatch.setattr(gradcheck, "rows", lambda: [
        gradient_table.Row("part", "w", 1.0, 1.0, 1e-6, 9, None)])
    assert run("gradcheck") == 1
    assert "doubtful" in capsys.readouterr().out


@needs_fashion_mnist
def test_one_epoch_on_fashion_mnist(capsys):
    """The paper's SC network on the real images is far above chance after one epoch."""
    assert run("train", "--epochs", 1, "--holdout", 30000) == 0
    out = capsys.readouterr().out.splitlines()
    assert "220,020   3,085,050" in "\n".join(out)
    assert float(out[-1].split()[2]) > 60
    assert run("evaluate", "runs/sc-fashion-mnist-seed0.npz") == 0
    assert "Ankle boot" in capsys.readouterr().out
