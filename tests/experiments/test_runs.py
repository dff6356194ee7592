"""Runs by their settings: the same settings give the same bits, and nothing is done twice.

The data are small files of the tests' own, with a test part, so that what is trained on is
known to the sample.
"""

import contextlib
import hashlib
import io
import json
import re
import shutil
import signal
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from figures.sweeps import cluster
from scnn_np import (
    Trainer,
    fit_ordering,
    fully_connected,
    load_model,
    random_sparse,
    spatially_coupled,
)
from scnn_np.data import Ordering, first_samples, hold_out
from scnn_np.experiments import defaults, prepare, sweep, trained
from scnn_np.experiments import runs as module
from scnn_np.experiments.runs import build_network, identity, mirrored
from scnn_np.graphs.degrees import budget_degrees
from scnn_np.nn import L1, MLP, PENALTIES
from scnn_np.tools.streams import stream
from scnn_np.training import Adam, Interrupted, watch

SMALL = {"layers": 2, "width": 16, "blocks": 4, "epochs": 3, "batch_size": 32,
         "learning_rate": 0.01, "input_dropout": 0.05, "dropout": 0.2, "dropconnect": 0.1}
HERE = Path(__file__).parent
WITHOUT_BLOCKS = SMALL | {"blocks": None}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Models, checkpoints and forests go to an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCNN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def problem(rng):
    """Four classes in 14 dimensions: X (120, 14), y (120,); and 20 samples to test on."""
    y = rng.integers(0, 4, 140)
    X = (4 * np.eye(14)[y] + rng.normal(size=(140, 14))).astype(np.float32)
    return X[:120], y[:120], X[120:], y[120:]


def saved(name, X, y, X_test, y_test):
    np.savez(name, X=X, y=y, X_test=X_test, y_test=y_test)
    return name


@pytest.fixture
def data(problem):
    return saved("toy.npz", *problem)


def settings(data, **changes):
    return defaults() | SMALL | {"data": data} | changes


def quiet(settings):
    return prepare(settings, progress_stream=False)


# --- one run ----------------------------------------------------------------------------------

def test_the_defaults_are_the_papers_network():
    """25 epochs of the paper's SC network on ordered Fashion-MNIST."""
    ordering = Ordering("none", "descending", np.ones(784), np.arange(784), np.array([0, 0]))
    network = build_network(defaults(), ordering, 10)
    assert network.n_parameters == 220_020
    assert network.theta.tobytes() == spatially_coupled().theta.tobytes()
    assert repr(network.penalties) == repr(spatially_coupled().penalties)
    assert (defaults()["data"], defaults()["order"]) == ("fashion-mnist", "pca")
    assert json.loads(json.dumps(defaults())) == defaults()               # can be written down


@pytest.mark.parametrize(("network", "build", "options"), [
    ("sc", spatially_coupled, {"blocks": 4, "receptive_field": 3, "degrees": [3, 5, 4, 2]}),
    ("rsp", random_sparse, {"degrees": 5}),
    ("fc", fully_connected, {})])
def test_prepared_is_what_one_would_write_by_hand(problem, data, network, build, options):
    """Held out, ordered by what is left, built, and trained: to the bit the same."""
    run = quiet(settings(data, **WITHOUT_BLOCKS | options, network=network, holdout=30,
                         order="variance", direction="ascending", activation="relu", gain=0.7,
                         l1=1e-4, l2=[1e-3, 0, 0], group_lasso=1e-5, schedule="step", seed=5))
    (X, y), (X_out, y_out) = hold_out(*problem[:2], 30, 5)
    ordering = fit_ordering(X, y, "variance", "ascending",
                            multiple_of=4 if network == "sc" else 1)
    net = build(ordering.n_out, 4, width=16, layers=2, activation="relu", gain=0.7,
                input_dropout=0.05, dropout=0.2, dropconnect=0.1, l1=1e-4, l2=[1e-3, 0, 0],
                group_lasso=1e-5, seed=5, **options)
    np.testing.assert_array_equal(run.X, ordering(X))
    np.testing.assert_array_equal(run.y, y)
    np.testing.assert_array_equal(run.held_out[0], ordering(X_out))
    np.testing.assert_array_equal(run.held_out[1], y_out)
    assert run.X.shape == (90, 16 if network == "sc" else 14)
    assert run.network.theta.tobytes() == net.theta.tobytes()
    assert repr(run.network.penalties) == repr(net.penalties)
    run.trainer.fit(run.X, run.y)
    Trainer(net, epochs=3, batch_size=32, optimizer=Adam(0.01), schedule="step", seed=5,
            progress_stream=False).fit(ordering(X), y)
    assert run.network.theta.tobytes() == net.theta.tobytes()


def test_nothing_is_trained_yet(data):
    """To prepare twice gives the same bits; the network is that of its seed."""
    one, other = quiet(settings(data)), quiet(settings(data))
    assert one.network.theta.tobytes() == other.network.theta.tobytes()
    assert one.network is one.trainer.network and one.trainer.history == []
    assert one.data.class_names == ["0", "1", "2", "3"]


def test_shuffling_has_its_own_stream(problem, data):
    """The control's order is drawn from the seed's stream for orders."""
    X, y = problem[:2]
    run = quiet(settings(data, direction="shuffled", seed=3, holdout=0))
    expected = fit_ordering(X, y, "pca", "shuffled", multiple_of=4, rng=stream(3, "order"))
    assert run.ordering.columns.tolist() == expected.columns.tolist()
    other = quiet(settings(data, direction="shuffled", seed=4, holdout=0))
    assert run.ordering.columns.tolist() != other.ordering.columns.tolist()


@pytest.mark.parametrize(("samples", "holdout", "trained_on", "held_out"), [
    (None, None, 100, 20), (None, 0, 120, None), (None, 12, 108, 12), (60, None, 50, 10),
    (60, 0, 60, None), (120, 0, 120, None), (4, 0, 4, None)])
def test_samples_and_holdout(data, samples, holdout, trained_on, held_out):
    """A sixth of what is used is held out; 0 holds out nothing."""
    run = quiet(settings(data, samples=samples, holdout=holdout, order="none"))
    assert run.X.shape == (trained_on, 16) and run.y.shape == (trained_on,)
    assert (run.held_out and len(run.held_out[1])) == held_out


@pytest.mark.parametrize("order", ["pca", "rf", "variance"])
def test_only_the_chosen_samples_count(problem, data, order):
    """What the others hold, and the test part, changes neither order nor training."""
    X, y, X_test, y_test = problem
    chosen = np.isin(np.arange(120), first_samples(y, 60))
    other = saved("other.npz", np.where(chosen[:, None], X, 9 * X[:, ::-1]), y, X_test + 1,
                  3 - y_test)
    runs = [quiet(settings(source, samples=60, order=order)) for source in (data, other)]
    np.testing.assert_array_equal(runs[0].X, runs[1].X)
    np.testing.assert_array_equal(runs[0].y, runs[1].y)
    np.testing.assert_array_equal(np.sort(np.concatenate([runs[0].y, runs[0].held_out[1]])),
                                  np.sort(y[chosen]))


def test_samples_of_a_file_that_is_sorted_by_class(problem):
    """Every class is trained on, by its share."""
    X, y, X_test, y_test = problem
    order = np.argsort(y, kind="stable")
    run = quiet(settings(saved("sorted.npz", X[order], y[order], X_test, y_test), samples=60,
                         holdout=0))
    np.testing.assert_allclose(np.bincount(run.y), np.bincount(y) / 2, atol=1)


def test_what_is_held_out_does_not_count_for_the_order(problem, data):
    """Held-out samples are measured on, never learnt from, not even by PCA."""
    X, y = problem[:2]
    _, (X_out, _) = hold_out(X, y, 20, 0)
    held_out = (X[:, None] == X_out).all(axis=2).any(axis=1)
    assert held_out.sum() == 20
    other = saved("other.npz", np.where(held_out[:, None], -X, X), *problem[1:])
    runs = [quiet(settings(source)) for source in (data, other)]
    np.testing.assert_array_equal(runs[0].X, runs[1].X)
    assert (runs[0].held_out[0] != runs[1].held_out[0]).any()


def test_the_first_inputs_only(data):
    """The same numbers as the first columns of all of them; the network is as narrow."""
    whole, part = (quiet(settings(data, inputs=inputs)) for inputs in (None, 8))
    assert part.network.n_in == part.ordering.n_out == 8
    np.testing.assert_allclose(part.X, whole.X[:, :8], atol=1e-5)
    np.testing.assert_allclose(part.held_out[0], whole.held_out[0][:, :8], atol=1e-5)


@pytest.mark.parametrize(("inputs", "expected"), [
    (0, "a whole number of at least 1"), (-1, "a whole number of at least 1"),
    (2.5, "a whole number of at least 1"), (17, "1 to 16, as many as there are")])
def test_no_such_number_of_inputs(data, inputs, expected):
    with pytest.raises(ValueError, match=f"inputs: got {inputs}, expected {expected}"):
        quiet(settings(data, inputs=inputs))


def test_whitening_reaches_the_inputs(data):
    """All components of variance 1, padding of 0."""
    run = quiet(settings(data, whiten=1.0, holdout=0))
    np.testing.assert_allclose(run.X.var(axis=0, ddof=1), [1] * 14 + [0] * 2, rtol=1e-4)


def test_an_image_in_the_mirror():
    """Rows stay rows, read from right to left."""
    image = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 8]])
    assert mirrored(image).tolist() == [[2, 1, 0, 5, 4, 3, 8, 7, 6]]
    np.testing.assert_array_equal(mirrored(mirrored(image)), image)


def test_mirrored_images_are_trained_on_too(problem):
    """Twice as many, with the same labels, in the order's eyes too; those held out are
    measured as they are."""
    X, y, X_test, y_test = problem
    data = saved("images.npz", X[:, :9], y, X_test[:, :9], y_test)
    run = quiet(settings(data, mirror=True, network="rsp", blocks=None, seed=3, samples=60))
    chosen = first_samples(y, 60)
    (X, y), (X_out, y_out) = hold_out(X[chosen, :9], y[chosen], 10, 3)
    both = np.concatenate([X, X[:, [2, 1, 0, 5, 4, 3, 8, 7, 6]]])
    ordering = fit_ordering(both, np.concatenate([y, y]))
    np.testing.assert_array_equal(run.X, ordering(both))
    np.testing.assert_array_equal(run.y, np.concatenate([y, y]))
    np.testing.assert_array_equal(run.held_out[0], ordering(X_out))
    np.testing.assert_array_equal(run.held_out[1], y_out)


def test_what_is_no_square_has_no_mirror(data):
    with pytest.raises(ValueError, match="mirror: got inputs of 14 numbers, expected square"):
        quiet(settings(data, mirror=True))


@pytest.mark.parametrize(("samples", "expected"), [
    (0, "a whole number of at least 1"), (-5, "a whole number of at least 1"),
    (3, "4 to 120"), (121, "4 to 120"), (10 ** 9, "4 to 120")])
def test_samples_that_are_not_there(data, samples, expected):
    with pytest.raises(ValueError, match=f"samples: got {samples}, expected {expected}"):
        quiet(settings(data, samples=samples))


# --- the network of the settings --------------------------------------------------------------

def forty(importance):
    """An ordering of 40 inputs, 10 in each of 4 blocks, of which each has an importance."""
    return Ordering("none", "descending", np.repeat(importance, 10).astype(float),
                    np.arange(40), np.array([0, 0]))


def degrees_of(ordering, **changes):
    """Out-degree of each block of the first hidden layer; all its neurons have the same."""
    options = defaults() | {"layers": 1, "width": 400, "blocks": 4} | changes
    W = build_network(options, ordering, 3).weights[0]
    degrees = np.bincount(W.indices, minlength=W.shape[1]).reshape(4, -1)
    assert (degrees == degrees[:, :1]).all()
    return degrees[:, 0].tolist()


def test_edges_are_spent_in_proportion_to_importance():
    """100 edges for each column of ten neurons, split 4 : 3 : 2 : 1; another order, another
    distribution."""
    assert degrees_of(forty([4, 3, 2, 1]), edges=1000) == [40, 30, 20, 10]
    assert degrees_of(forty([1, 2, 3, 4]), edges=1000) == [10, 20, 30, 40]
    assert degrees_of(forty([4, 3, 2, 1]), edges=500) == [20, 15, 10, 5]


def test_importance_counts_to_a_power():
    """2 : 1 : 1 : 1 becomes 4 : 1 : 1 : 1 squared, and 1 : 1 : 1 : 1 to the power 0."""
    ordering = forty([2, 1, 1, 1])
    assert degrees_of(ordering, edges=700, importance_power=1.0) == [28, 14, 14, 14]
    assert degrees_of(ordering, edges=700, importance_power=2.0) == [40, 10, 10, 10]
    assert degrees_of(ordering, edges=800, importance_power=0.0) == [20, 20, 20, 20]


def test_edges_know_what_a_block_can_hold():
    """All importance in block 0, 203 edges a column: it takes what its windows of 100 neurons
    hold, one each goes to the other blocks at least."""
    ordering = forty([1, 0, 0, 0])
    assert degrees_of(ordering, edges=2030)[0] == 100
    assert degrees_of(ordering, edges=2030, tail_biting=True) == [200, 1, 1, 1]
    assert degrees_of(ordering, edges=3030, tail_biting=True, receptive_field=3) == [
        300, 1, 1, 1]


def test_edges_are_counted_by_what_comes_out_of_the_ordering():
    """30 inputs and 10 zeros in front of them: block 0 has no importance, and one edge each."""
    ordering = Ordering("none", "ascending", np.repeat([1.0, 2, 3], 10), np.arange(30),
                        np.array([10, 0]))
    assert degrees_of(ordering, edges=610) == [1, 10, 20, 30]


def test_edges_of_data(data):
    """From data to degrees: importance as PCA measures it, the most for the first block."""
    run = quiet(settings(data, edges=100))
    expected = budget_degrees(100, run.ordering.output_importance(), 16, 16, 4)
    W = run.network.weights[0]
    assert W.nnz == 100 == 4 * expected.sum()
    assert np.bincount(W.indices, minlength=16).tolist() == np.repeat(expected, 4).tolist()


@pytest.mark.parametrize(("changes", "message"), [
    ({"network": "fc", "blocks": 4}, "blocks: got 4 with network fc, expected it with sc only"),
    ({"network": "rsp", "blocks": 4}, "blocks: got 4 with network rsp, expected it with sc on"),
    ({"network": "rsp", "receptive_field": 2}, "receptive_field: got 2 with network rsp"),
    ({"network": "fc", "tail_biting": True}, "tail_biting: got True with network fc"),
    ({"network": "fc", "degrees": [1, 2]},
     r"degrees: got \[1, 2\] with network fc, expected it with sc, rsp, biregular, "),
    ({"network": "rsp", "edges": 9}, "edges: got 9 with network rsp, expected it with sc only"),
    ({"edges": 999, "degrees": 4}, "edges: got it beside degrees, expected one of them"),
    ({"edges": 39}, "edges: got 39, expected 40"),
    ({"dropconnect": 1.0}, "dropconnect: got 1.0")])
def test_settings_that_do_not_fit_the_network(changes, message):
    """Refused by name, not ignored."""
    with pytest.raises(ValueError, match=message):
        build_network(defaults() | {"width": 400} | changes, forty([4, 3, 2, 1]), 3)


@pytest.mark.parametrize("network", ["sc", "rsp", "fc"])
def test_what_is_none_is_the_networks_own(network):
    """DropOut ½ and no L2 in FC, the reverse in the sparse ones; degrees scaled to the width;
    the gain is the activation's."""
    build = {"sc": spatially_coupled, "rsp": random_sparse, "fc": fully_connected}[network]
    found = build_network(defaults() | {"network": network, "width": 400, "activation": "relu"},
                          forty([4, 3, 2, 1]), 3)
    expected = build(40, 3, width=400, activation="relu")
    assert found.summary() == expected.summary()
    assert found.theta.tobytes() == expected.theta.tobytes()


# --- trained, or read -------------------------------------------------------------------------

class Killed(Exception):
    """Stands for the power cut."""


@pytest.fixture
def steps(monkeypatch):
    """Counts the steps of training; `mortal` is the number of the one that never comes."""
    step = MLP.loss_and_gradient

    class Count(list):
        mortal = None

    def counted(self, Z, y):
        if len(count) + 1 == count.mortal:
            raise Killed
        count.append(1)
        return step(self, Z, y)
    count = Count()
    monkeypatch.setattr(MLP, "loss_and_gradient", counted)
    return count


def files(folder="runs"):
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_run_is_trained_once(data, steps):
    """The second time, and in the next process, it is read: no step, the same bits. One file
    is there, with a name that says what it is, and the checkpoint is gone."""
    first = trained(settings(data))
    assert len(steps) == 3 * 4                         # 100 samples in batches of 32
    name, = files()
    assert re.fullmatch(r"sc-toy-seed0-[0-9a-f]{12}\.npz", name)
    again = trained(settings(data))
    assert len(steps) == 3 * 4
    assert again.network.theta.tobytes() == first.network.theta.tobytes()
    assert files() == [name]


def test_a_run_is_what_is_prepared_and_trained(data):
    """With its ordering, its settings, its history and what it was computed with."""
    model, run = trained(settings(data, seed=2), "models"), quiet(settings(data, seed=2))
    history = run.trainer.fit(run.X, run.y, run.held_out)
    assert model.network.theta.tobytes() == run.network.theta.tobytes()
    X_test = run.data.X_test
    assert model.ordering(X_test).tobytes() == run.ordering(X_test).tobytes()
    assert model.class_names == ["0", "1", "2", "3"]
    assert model.about["settings"] == settings(data, seed=2)
    assert len(model.about["history"]) == 3
    for found, expected in zip(model.about["history"], history, strict=True):
        assert found | {"seconds": 0} == expected | {"seconds": 0}
        assert "held_out_accuracy" in found
    assert model.about["with"].startswith("numpy ")
    assert files("models") and not Path("runs").exists()


def test_what_else_is_in_the_settings_does_not_count(data, steps):
    """What is measured afterwards is no part of the run: cuts share what was trained. Nor
    does the order count in which settings stand."""
    trained(settings(data))
    reverse = dict(reversed(settings(data).items()))
    trained(reverse | {"cut": "blocks", "retrain": 3})
    assert len(steps) == 12 and len(files()) == 1


@pytest.mark.parametrize("change", [
    {"seed": 1}, {"learning_rate": 0.02}, {"epochs": 4}, {"holdout": 0}, {"l1": [1e-4, 0, 0]},
    {"dropconnect": 0.0}, {"direction": "ascending"}, {"whiten": 0.1}, {"samples": 100},
    {"inputs": 8},
    {"edges": 100}, {"tail_biting": True}])
def test_another_setting_is_another_run(data, steps, change):
    """A changed setting never meets the old result, and leaves it where it is."""
    first = trained(settings(data))
    other = trained(settings(data, **change))
    assert len(steps) > 12 and len(files()) == 2
    assert other.about["settings"] == settings(data, **change)
    assert other.network.theta.tobytes() != first.network.theta.tobytes()
    before = len(steps)
    trained(settings(data, **change))
    assert trained(settings(data)).network.theta.tobytes() == first.network.theta.tobytes()
    assert len(steps) == before


def test_a_model_under_another_runs_name_is_not_taken(data, steps):
    """The settings inside count, not the name: it is trained, and put in the wrong one's
    place."""
    first = trained(settings(data))
    trained(settings(data, seed=1))
    mine, other = (Path("runs") / name for name in files())
    mine.write_bytes(other.read_bytes())
    model = trained(settings(data))
    assert len(steps) == 36
    assert model.network.theta.tobytes() == first.network.theta.tobytes()
    assert load_model(mine).about["settings"] == settings(data)


def test_a_run_saved_before_there_was_a_setting(data, steps, monkeypatch):
    """Settings that are at their defaults are no part of the name, and one that a model does
    not know is at its default: old models are found when settings are added, here with a new
    penalty."""
    class Later(L1):
        pass
    first = trained(settings(data))
    monkeypatch.setitem(PENALTIES, "later", Later)
    assert defaults()["later"] == 0.0
    again = trained(settings(data, later=0.0))
    assert len(steps) == 12 and again.network.theta.tobytes() == first.network.theta.tobytes()
    trained(settings(data, later=1e-3))
    assert len(steps) == 24


@pytest.mark.parametrize("mortal", [2, 5, 10, 12])
def test_a_killed_run_goes_on(data, steps, monkeypatch, mortal):
    """Killed before any step, it does the rest, and ends in the bits of a run of its own."""
    monkeypatch.setattr(watch, "CHECKPOINT_SECONDS", -1)          # after every step
    whole = trained(settings(data), "whole")
    steps.clear()
    steps.mortal = mortal
    with pytest.raises(Killed):
        trained(settings(data))
    assert len(steps) == mortal - 1
    (checkpoint,) = files()
    assert checkpoint.endswith(".checkpoint.npz")
    steps.mortal = None
    model = trained(settings(data))
    assert len(steps) == 12
    assert model.network.theta.tobytes() == whole.network.theta.tobytes()
    assert model.about["settings"] == whole.about["settings"]
    assert files() == files("whole")                   # the model, no checkpoint


def test_a_checkpoint_of_another_run_is_refused(data, steps, monkeypatch):
    """Settings never mix: what another run has left under this name is not gone on from."""
    monkeypatch.setattr(watch, "CHECKPOINT_SECONDS", -1)
    trained(settings(data))
    (name,) = files()
    Path("runs", name).unlink()
    steps.mortal = 18
    with pytest.raises(Killed):
        trained(settings(data, learning_rate=0.02))
    (left,) = files()
    Path("runs", left).rename(Path("runs", name).with_suffix(".checkpoint.npz"))
    steps.mortal = None
    with pytest.raises(ValueError, match="checkpoint.npz: is of a run with other optimizer"):
        trained(settings(data))
    assert len(steps) == 17 and len(files()) == 1      # nothing trained, no model written


def test_a_checkpoint_of_the_first_format_is_refused():
    """By the run that wrote it, too: the sentence names the file and says what it means."""
    shutil.copy(HERE / "old-checkpoint.npz", "old.npz")
    old = load_model(HERE / "old-model.npz").about["settings"]
    run = prepare(old, checkpoint="old.npz", progress_stream=False)
    with pytest.raises(ValueError, match="old.npz: format is None, expected 'scnn_np "
                                         "checkpoint 2': no run can go on from it"):
        run.trainer.fit(run.X, run.y, run.held_out, resume=True)
    run.trainer.fit(run.X, run.y, run.held_out)        # anew
    assert len(run.trainer.history) == 3


def test_ctrl_c_ends_a_run_without_a_model(data, steps, monkeypatch, ctrl_c):
    """Ctrl-C waits for the step at hand and saves a checkpoint; no half-trained model."""
    whole = trained(settings(data), "whole")
    step = MLP.loss_and_gradient

    def pressed(self, Z, y):
        if len(steps) == 12 + 7:
            signal.raise_signal(signal.SIGINT)
        return step(self, Z, y)
    monkeypatch.setattr(MLP, "loss_and_gradient", pressed)
    with pytest.raises(Interrupted, match="interrupted after 2 of 3 epochs"):
        trained(settings(data))
    assert len(steps) == 12 + 8
    assert [name.endswith(".checkpoint.npz") for name in files()] == [True]
    model = trained(settings(data))
    assert len(steps) == 24
    assert model.network.theta.tobytes() == whole.network.theta.tobytes()


def test_a_damaged_model_is_named(data):
    """Not trained over: somebody should look at it."""
    trained(settings(data))
    (name,) = files()
    Path("runs", name).write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=f"{name}: damaged"):
        trained(settings(data))


def test_a_run_has_one_thread(data, monkeypatch):
    """As many as it is alone or beside others: products of more threads have other bits."""
    threads = []

    class Spy(Trainer):
        def fit(self, *args, **options):
            threads.extend(pool["num_threads"] for pool in threadpool_info())
            return super().fit(*args, **options)
    monkeypatch.setattr(module, "Trainer", Spy)
    with threadpool_limits(2):
        trained(settings(data))
    assert set(threads) == {1}


# --- many -------------------------------------------------------------------------------------

def square(settings):
    """A work: what is to be measured on a run."""
    return {"square": settings["x"] ** 2}


def square_but_4(settings):
    if settings["x"] == 4:
        raise ValueError("x: got 4")
    return square(settings)


def interrupted_at_4(settings):
    if settings["x"] == 4:
        raise KeyboardInterrupt
    return square(settings)


def fails_once_others_are_saved(settings):
    """x = 0 waits for the others' results, and then fails."""
    if settings["x"] == 0:
        until = time.monotonic() + 60
        while not Path(settings["wait"]).exists() and time.monotonic() < until:
            time.sleep(0.01)
        raise ValueError("x: got 0")
    return square(settings)


def fingerprint(settings):
    """A real one: a few epochs, and all bits of what came of them."""
    run = prepare({name: settings[name] for name in defaults()}, progress_stream=False)
    history = run.trainer.fit(run.X, run.y, run.held_out)
    return {"theta": hashlib.sha256(run.network.theta).hexdigest(),
            "loss": [entry["loss"] for entry in history]}


class Saves(list):
    """What `save` was given, each time."""

    def __call__(self, records):
        self.append([record["settings"]["x"] for record in records])


def xs(*values):
    return [{"x": value} for value in values]


def found(records):
    return {identity(record["settings"]): record["square"] for record in records}


def test_records():
    """Settings, results, seconds and versions; saved after each run with all that is there."""
    saves = Saves()
    records = sweep(xs(3, 1, 2), [], square, saves, stream=False)
    assert [record["settings"] for record in records] == xs(3, 1, 2)      # in their order
    assert [record["square"] for record in records] == [9, 1, 4]
    for record in records:
        assert record.keys() == {"settings", "square", "seconds", "with"}
        assert record["seconds"] >= 0 and record["with"].startswith("numpy ")
    assert saves == [[3], [3, 1], [3, 1, 2]]
    json.dumps(records)


def test_what_is_done_is_not_done_again():
    """Records of earlier runs stay in front, as they were; the list itself is not changed."""
    saves = Saves()
    done = [{"settings": {"x": 2, "y": [0.5, None]}, "square": "old"}]
    runs = [{"x": 1}, {"y": [0.5, None], "x": 2}, {"x": 2}]
    records = sweep(runs, done, square, saves, stream=False)
    assert records[0] == {"settings": {"x": 2, "y": [0.5, None]}, "square": "old"}
    assert [record["settings"] for record in records[1:]] == [{"x": 1}, {"x": 2}]
    assert len(done) == 1 and saves == [[2, 1], [2, 1, 2]]


def test_a_run_that_is_asked_for_twice_is_done_once():
    """The same settings, also in another order of their names."""
    saves = Saves()
    runs = [{"x": 1, "y": 2}, {"y": 2, "x": 1}, {"x": 1, "y": 2}]
    assert len(sweep(runs, [], square, saves, stream=False)) == 1
    assert saves == [[1]]


def test_nothing_left_to_do():
    """No work, no saving, no word."""
    saves, log = Saves(), io.StringIO()
    done = sweep(xs(1, 2), [], square, Saves(), stream=False)
    assert sweep(xs(2, 1), done, None, saves, stream=log) == done
    assert sweep([], [], None, saves, stream=log) == []
    assert saves == [] and log.getvalue() == ""


@pytest.mark.parametrize(("work", "error"), [(square_but_4, ValueError),
                                             (interrupted_at_4, KeyboardInterrupt)])
def test_a_failing_run_leaves_the_finished_ones_saved(work, error):
    """Its error comes through; with what was saved the sweep goes on where it stopped."""
    kept = []

    def save(records):
        kept[:] = records
    with pytest.raises(error):
        sweep(xs(2, 3, 4, 5), [], work, save, stream=False)
    assert [record["settings"]["x"] for record in kept] == [2, 3]
    before = list(kept)
    records = sweep(xs(2, 3, 4, 5), kept, square, save, stream=False)
    assert records[:2] == before
    assert [record["square"] for record in records] == [4, 9, 16, 25]


def test_a_failing_run_side_by_side_with_others(tmp_path):
    """The same with processes: what the others have finished is saved."""
    saves, mark = Saves(), tmp_path / "saved"
    runs = [{"x": x, "wait": str(mark)} for x in range(4)]

    def save(records):
        saves(records)
        if len(records) == 3:
            mark.touch()
    with pytest.raises(ValueError, match="x: got 0"):
        sweep(runs, [], fails_once_others_are_saved, save, jobs=2, stream=False)
    assert sorted(saves[-1]) == [1, 2, 3]


def test_processes_give_the_same_records(data):
    """Two at a time, in any order: all there, each saved once, and of real training the same
    bits."""
    runs = [{"x": k, **settings(data, seed=k, network=network, blocks=None)}
            for k in range(2) for network in ("rsp", "fc")]
    alone = sweep(runs, [], fingerprint, Saves(), stream=False)
    saves = Saves()
    beside = sweep(runs, alone[:1], fingerprint, saves, jobs=2, stream=False)

    def results(records):
        return {identity(record["settings"]): (record["theta"], record["loss"])
                for record in records}
    assert len({theta for theta, _ in results(alone).values()}) == 4
    assert results(beside) == results(alone)
    assert beside[0] == alone[0]
    assert [len(records) for records in saves] == [2, 3, 4]


def test_work_has_one_thread():
    """Runs side by side do not wait for each other; afterwards there are as many as before."""
    def threads(settings=None):
        return {"threads": [pool["num_threads"] for pool in threadpool_info()]}
    with threadpool_limits(2):
        before = threads()
        record, = sweep(xs(0), [], threads, Saves(), stream=False)
        assert set(record["threads"]) == {1}
        assert threads() == before


def threads_of_a_forest(settings):
    """In how many threads joblib runs what asks for all, as scikit-learn's forests do."""
    wait = threading.Barrier(2)

    def which(_):
        with contextlib.suppress(threading.BrokenBarrierError):
            wait.wait(0.05)                    # so that one thread does not do it all
        return threading.get_ident()
    calls = [joblib.delayed(which)(k) for k in range(4)]
    return {"threads": len(set(joblib.Parallel(n_jobs=-1, prefer="threads")(calls)))}


@pytest.mark.parametrize("jobs", [1, 2])
def test_forests_have_one_thread(jobs):
    """Workers side by side do not start a thread for every core each."""
    records = sweep(xs(0, 1), [], threads_of_a_forest, Saves(), jobs=jobs, stream=False)
    assert [record["threads"] for record in records] == [1, 1]


def test_what_a_sweep_says(capsys):
    """How much there is to do; then a line for each run, with what is not the default."""
    log = io.StringIO()
    runs = [defaults() | {"x": 1}, defaults() | {"x": 2, "seed": 3, "network": "rsp"}]
    sweep([*runs, {"x": 0}], [{"settings": {"x": 0}}], square, Saves(), stream=log)
    lines = log.getvalue().splitlines()
    assert lines[0] == "2 runs to do, 1 saved already"
    assert re.fullmatch(r"1/2 \d+ s: x=1; \d+:\d\d left", lines[1])
    assert re.fullmatch(r"2/2 \d+ s: network=rsp seed=3 x=2; 0:00 left", lines[2])
    assert len(lines) == 3
    sweep(xs(1), [], square, Saves(), stream=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("one", "other", "same"), [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True), ({"a": [1, 2]}, {"a": (1, 2)}, True),
    ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, True), ({}, {}, True),
    ({"a": 1}, {"a": 2}, False), ({"a": 1}, {"b": 1}, False), ({"a": None}, {}, False),
    ({"a": "1"}, {"a": 1}, False), ({"a": [1, 2]}, {"a": [2, 1]}, False),
    ({"a": 0.1}, {"a": 0.1 + 2 ** -56}, False), ({"a": 1}, {"a": True}, False)])
def test_identity(one, other, same):
    """Two dicts have one identity if they say the same, to the last digit; also once they
    have been through a file."""
    assert (identity(one) == identity(other)) is same
    assert identity(json.loads(json.dumps(one))) == identity(one)


# --- on a cluster -----------------------------------------------------------------------------

def square_on_a_worker(settings):
    """Says where it was done; elsewhere than on a worker it is an error."""
    from distributed import get_worker
    return square(settings) | {"worker": get_worker().address}


def test_a_cluster_gives_the_same_records(scheduler):
    """Its workers do what is missing, and nobody else; each run is saved as it comes in."""
    saves = Saves()
    alone = sweep(xs(*range(6)), [], square, Saves(), stream=False)
    with cluster(scheduler):
        records = sweep(xs(*range(6)), alone[2:3], square_on_a_worker, saves, stream=False)
    assert found(records) == found(alone) and records[0] == alone[2]
    assert all(record["worker"].startswith("inproc://") for record in records[1:])
    assert [len(saved) for saved in saves] == [2, 3, 4, 5, 6]


def test_a_failing_run_on_a_cluster(scheduler):
    """Its error comes through."""
    with cluster(scheduler), pytest.raises(ValueError, match="x: got 4"):
        sweep(xs(3, 4), [], square_but_4, Saves(), stream=False)
