"""The training loop: batches, history, checkpoints to the bit, Ctrl-C, errors."""

import io
import signal

import numpy as np
import pytest

from scnn_np import Trainer, fully_connected, spatially_coupled
from scnn_np.tools.files import read_npz, write_npz
from scnn_np.training import trainer as training_module
from scnn_np.training.optimizers import SGD, Adam


def make(seed=0, dropout=0.3):
    return spatially_coupled(16, 4, width=32, layers=2, blocks=4, degrees=[6, 9, 4, 1],
                             dropout=dropout, seed=seed)


def trainer(network, **options):
    settings = {"epochs": 4, "batch_size": 32, "optimizer": Adam(0.01),
                "progress_stream": False}
    return Trainer(network, **settings | options)


def test_learns(blobs):
    """Separated classes are learnt, and the loss falls."""
    network = make()
    history = trainer(network, epochs=60).fit(*blobs)
    assert network.evaluate(*blobs)[1] > 0.95
    assert history[-1]["loss"] < history[0]["loss"]


def test_overfits_fifty_examples(rng):
    """Fifty random labels are learnt by heart: what any correct network can do."""
    X, y = rng.random((50, 20), np.float32), rng.integers(0, 5, 50)
    network = fully_connected(20, 5, width=64, layers=2, dropout=0.0, activation="relu")
    Trainer(network, epochs=200, batch_size=10, progress_stream=False).fit(X, y)
    assert network.evaluate(X, y)[1] == 1.0


def test_every_sample_once_an_epoch_in_a_new_order(blobs, monkeypatch):
    """Batches are shuffled sample by sample, the short last one is kept."""
    seen = []
    network = make()
    step = network.loss_and_gradient

    def spy(Z, y):
        seen.append(Z.T.copy())
        return step(Z, y)
    monkeypatch.setattr(network, "loss_and_gradient", spy)
    X, y = blobs[0][:100].astype(np.float32), blobs[1][:100]
    trainer(network, epochs=2).fit(X, y)
    assert [len(batch) for batch in seen] == [32, 32, 32, 4] * 2
    epochs = np.concatenate(seen[:4]), np.concatenate(seen[4:])
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch[:, 0]), np.sort(X[:, 0]))
    assert (epochs[0] != epochs[1]).any()
    # not only the starts of the batches are shuffled: neighbours in X are torn apart
    where = [np.flatnonzero((X == row).all(axis=1))[0] for row in epochs[0]]
    assert np.mean(np.diff(where) == 1) < 0.1


def test_history(blobs):
    """An entry per epoch; held-out figures are what `evaluate` says after the last one."""
    X, y = blobs
    network = make()
    history = trainer(network).fit(X[:200], y[:200], held_out=(X[200:], y[200:]))
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4]
    assert (history[-1]["held_out_loss"], history[-1]["held_out_accuracy"]) == \
        network.evaluate(X[200:], y[200:])
    assert "held_out_loss" not in trainer(make()).fit(X, y)[0]


def test_first_loss_is_the_mean_over_the_batches(blobs):
    """With a step size that moves nothing, the epoch's loss is the network's loss."""
    X, y = blobs
    network = make(dropout=0.0)
    expected = network.evaluate(X, y)[0] + network.penalty()
    history = trainer(network, epochs=1, optimizer=SGD(1e-30)).fit(X, y)
    assert history[0]["loss"] == pytest.approx(expected, rel=1e-5)
    assert history[0]["accuracy"] == network.evaluate(X, y)[1]


def test_same_seed_same_bits(blobs):
    """And another seed, other bits."""
    runs = []
    for seed in (3, 3, 4):
        network = make()
        trainer(network, seed=seed).fit(*blobs)
        runs.append(network.theta)
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


def test_schedule_reaches_the_optimizer(blobs, monkeypatch):
    """The factor starts at 1 and falls along the cosine with the samples seen."""
    factors = []
    optimizer = Adam(0.01)
    monkeypatch.setattr(optimizer, "step", lambda theta, g, factor: factors.append(factor))
    trainer(make(), epochs=2, batch_size=120, optimizer=optimizer).fit(*blobs)
    done = np.array([0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(factors, (1 + np.cos(np.pi * done)) / 2)


class Killed(Exception):
    """Stands for the power cut."""


def kill_after(network, steps, monkeypatch):
    """Let a network die in the middle of its run."""
    step, count = network.loss_and_gradient, []

    def mortal(Z, y):
        count.append(1)
        if len(count) > steps:
            raise Killed
        return step(Z, y)
    monkeypatch.setattr(network, "loss_and_gradient", mortal)


@pytest.mark.parametrize("optimizer", [Adam, lambda: SGD(0.05, 0.9, nesterov=True)])
@pytest.mark.parametrize("steps", [1, 8, 13, 31])
def test_resume_to_the_same_bits(blobs, tmp_path, monkeypatch, steps, optimizer):
    """Killed at any step, in the middle of an epoch or not, DropOut and all."""
    X, y = blobs
    whole = make()
    history = trainer(whole, optimizer=optimizer()).fit(X, y, held_out=(X[:9], y[:9]))

    monkeypatch.setattr(training_module, "CHECKPOINT_SECONDS", -1)        # after every step
    path = tmp_path / "run.npz"
    victim = make()
    kill_after(victim, steps, monkeypatch)
    with pytest.raises(Killed):
        trainer(victim, optimizer=optimizer(), checkpoint=path).fit(X, y, (X[:9], y[:9]))

    heir = make()
    resumed = trainer(heir, optimizer=optimizer(), checkpoint=path).fit(
        X, y, (X[:9], y[:9]), resume=True)
    np.testing.assert_array_equal(heir.theta, whole.theta)

    def without_seconds(h):
        return [{key: value for key, value in entry.items() if key != "seconds"} for entry in h]
    assert without_seconds(resumed) == without_seconds(history)


def test_resume_without_a_checkpoint_begins(blobs, tmp_path):
    """A run that was killed before its first checkpoint has nothing to go on from."""
    one, other = make(), make()
    trainer(one, checkpoint=tmp_path / "run.npz").fit(*blobs, resume=True)
    trainer(other).fit(*blobs)
    np.testing.assert_array_equal(one.theta, other.theta)


@pytest.mark.parametrize(("change", "message"), [
    ({"epochs": 5}, "other epochs: got 4, expected 5"),
    ({"batch_size": 16}, "other batch size"), ({"seed": 1}, "other seed"),
    ({"schedule": "step"}, "other schedule"), ({"optimizer": SGD()}, "other optimizer"),
    ({"optimizer": Adam(0.1)}, "other optimizer")])
def test_a_checkpoint_of_another_run_is_refused(blobs, tmp_path, change, message):
    """Old and new settings never mix, and nothing is trained."""
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(*blobs)
    network = make()
    before = network.theta.copy()
    with pytest.raises(ValueError, match=message):
        trainer(network, checkpoint=path, **change).fit(*blobs, resume=True)
    np.testing.assert_array_equal(network.theta, before)


def test_a_checkpoint_of_other_data_or_another_graph_is_refused(blobs, tmp_path):
    """The data and the graph are part of the run."""
    X, y = blobs
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(X, y)
    with pytest.raises(ValueError, match="other data"):
        trainer(make(), checkpoint=path).fit(X + 1, y, resume=True)
    with pytest.raises(ValueError, match="other graph"):
        trainer(make(seed=1), checkpoint=path).fit(X, y, resume=True)
    with pytest.raises(ValueError, match="other layers"):
        trainer(make(dropout=0.1), checkpoint=path).fit(X, y, resume=True)
    other = make()
    other.theta *= 0.5
    with pytest.raises(ValueError, match="other initial weights"):
        trainer(other, checkpoint=path).fit(X, y, resume=True)


def test_a_damaged_checkpoint_is_refused(blobs, tmp_path):
    """With its name, and the network as it was."""
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(*blobs)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="run.npz: damaged"):
        trainer(make(), checkpoint=path).fit(*blobs, resume=True)


def edited(path, name, change):
    """Rewrite one array or entry of a checkpoint."""
    about, arrays = read_npz(path)
    where = arrays if name in arrays else about
    where[name] = change(where[name])
    if where[name] is None:
        del where[name]
    write_npz(path, about, arrays)


@pytest.mark.parametrize(("name", "change"), [
    ("theta", lambda a: None), ("theta", lambda a: a[:1]), ("theta", lambda a: a[:-1]),
    ("permutation", lambda a: a.astype(float)), ("permutation", lambda a: a * 0),
    ("permutation", lambda a: a[:0]), ("optimizer.t", lambda a: None),
    ("optimizer.moments", lambda a: None), ("optimizer.moments", lambda a: a[:1]),
    ("rng", lambda a: None), ("rng", lambda a: {"state": 3}), ("masks", lambda a: []),
    ("history", lambda a: None), ("position", lambda a: -1), ("position", lambda a: 10 ** 9),
    ("run", lambda a: [])])
def test_a_tampered_checkpoint_is_refused(blobs, tmp_path, monkeypatch, name, change):
    """In one line with its name, and the trainer stays as it was."""
    path = tmp_path / "run.npz"
    victim = make()
    kill_after(victim, 12, monkeypatch)
    monkeypatch.setattr(training_module, "CHECKPOINT_SECONDS", -1)
    with pytest.raises(Killed):
        trainer(victim, checkpoint=path).fit(*blobs)
    edited(path, name, change)
    network = make()
    before = network.theta.copy()
    fault = "run.npz: (the checkpoint in it is damaged|is of a run with other)"
    with pytest.raises(ValueError, match=fault):
        trainer(network, checkpoint=path).fit(*blobs, resume=True)
    np.testing.assert_array_equal(network.theta, before)


def test_an_unfinished_checkpoint_is_kept(blobs, tmp_path, monkeypatch):
    """Who forgets to resume loses nothing: it is renamed, and a line says so."""
    path = tmp_path / "run.npz"
    victim = make()
    kill_after(victim, 12, monkeypatch)
    with pytest.raises(Killed):
        trainer(victim, checkpoint=path).fit(*blobs)
    kept, stream = path.read_bytes(), io.StringIO()
    trainer(make(), checkpoint=path, progress_stream=stream).fit(*blobs)
    assert (tmp_path / "run.old.npz").read_bytes() == kept
    assert f"unfinished run as {tmp_path / 'run.old.npz'}" in stream.getvalue()
    trainer(make(), checkpoint=path).fit(*blobs)              # a finished one is overwritten
    assert (tmp_path / "run.old.npz").read_bytes() == kept


def test_resuming_says_where_it_stands(blobs, tmp_path):
    """No checkpoint, and a finished one: a line each."""
    for line in ("no checkpoint at", "nothing left to do"):
        stream = io.StringIO()
        trainer(make(), checkpoint=tmp_path / "run.npz", progress_stream=stream).fit(
            *blobs, resume=True)
        assert stream.getvalue().startswith(line)


def test_a_closed_reader_stops_no_work(blobs, tmp_path):
    """train … | head: the progress is gone, the training goes on."""
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError
    assert len(trainer(make(), progress_stream=Gone()).fit(*blobs)) == 4


def test_ctrl_c_returns_what_is_there(blobs, tmp_path, monkeypatch):
    """Ctrl-C ends after the step at hand, saves, and a resumed run ends in the same bits."""
    whole, network = make(), make()
    trainer(whole).fit(*blobs)
    step, count = network.loss_and_gradient, []

    def pressed(Z, y):
        count.append(1)
        if len(count) == 13:                              # 8 steps an epoch: in the second
            signal.raise_signal(signal.SIGINT)
        return step(Z, y)
    monkeypatch.setattr(network, "loss_and_gradient", pressed)
    first = trainer(network, checkpoint=tmp_path / "run.npz")
    assert len(first.fit(*blobs)) == 1
    assert first.interrupted
    assert len(count) == 13
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    heir = make()
    second = trainer(heir, checkpoint=tmp_path / "run.npz")
    assert len(second.fit(*blobs, resume=True)) == 4
    assert not second.interrupted
    np.testing.assert_array_equal(heir.theta, whole.theta)


def test_fitting_twice_is_two_runs(blobs):
    """A second fit starts a run of its own instead of finding nothing left to do."""
    network = make()
    one = trainer(network)
    first = one.fit(*blobs)
    second = one.fit(*blobs)
    assert len(first) == len(second) == 4
    assert second[0]["loss"] < first[0]["loss"]


def test_progress_lines(blobs):
    """Away from a terminal: one plain line per epoch, with what it says."""
    stream = io.StringIO()
    X, y = blobs
    trainer(make(), progress_stream=stream).fit(X, y, held_out=(X, y))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("epoch 1/4  loss ")
    assert "held out" in lines[0] and lines[0].endswith(" left")
    assert "\r" not in stream.getvalue()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_divergence_is_named(blobs):
    """An infinite loss stops with the step and what to try; the weights stay finite."""
    network = fully_connected(16, 4, width=8, layers=1, activation="relu", dropout=0.0)
    message = (r"the loss is (nan|inf) at step 2 \(epoch 1\): "
               r"try a learning rate below 1e\+35, a smaller initial gain")
    with pytest.raises(FloatingPointError, match=message):
        trainer(network, optimizer=SGD(1e35)).fit(*blobs)
    assert np.isfinite(network.theta).all()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_divergence_in_the_last_step_is_named(blobs, tmp_path):
    """The loss of the last step is looked at before the step: the weights tell the rest."""
    network = fully_connected(16, 4, width=8, layers=1, dropout=0.0)
    path = tmp_path / "run.npz"
    with pytest.raises(FloatingPointError, match="a weight is infinite or no number at step 1"):
        trainer(network, epochs=1, batch_size=240, optimizer=SGD(1e300),
                checkpoint=path).fit(*blobs)
    assert not path.exists()


@pytest.mark.parametrize(("options", "message"), [
    ({"epochs": 0}, "epochs: got 0"), ({"epochs": 1.5}, "epochs: got 1.5"),
    ({"batch_size": -1}, "batch_size: got -1"),
    ({"schedule": "linear"}, "schedule: got 'linear', expected one of constant, step, cosine"),
    ({"seed": "a"}, "seed: got 'a'")])
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(make(), **options)


def test_bad_data(blobs):
    """Wrong shapes, labels and nothing at all."""
    X, y = blobs
    with pytest.raises(ValueError, match="X: got .* expected numbers of shape"):
        trainer(make()).fit(X[:, :5], y)
    with pytest.raises(ValueError, match="y: got labels 0 to 4"):
        trainer(make()).fit(X, y + (y == 3))
    with pytest.raises(ValueError, match="X: got no samples"):
        trainer(make()).fit(X[:0], y[:0])
    with pytest.raises(ValueError, match="X: has missing, infinite or too large numbers"):
        trainer(make()).fit(X * np.nan, y)
    with pytest.raises(ValueError, match="held_out: X: got no samples"):
        trainer(make()).fit(X, y, held_out=(X[:0], y[:0]))
    with pytest.raises(TypeError, match="optimizer: got 'adam', expected one of"):
        trainer(make(), optimizer="adam")
    with pytest.raises(ValueError, match="y: got .* expected 40 integer labels"):
        trainer(make()).fit(X, y, held_out=(X[:40], y[:39]))
