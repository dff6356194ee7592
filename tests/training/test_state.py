"""Checkpoints: where a run stands between two steps, to the bit, or refused by name."""

import json

import numpy as np
import pytest

from scnn_np.tools.npz import read_npz, write_npz
from scnn_np.training import SGD, Adam, RMSProp, watch
from scnn_np.training.state import State
from tests.training.small_runs import (
    EPOCHS,
    STEPS,
    Killed,
    kill_after,
    make,
    trainer,
    without_seconds,
)


@pytest.fixture
def every_step(monkeypatch):
    """Saves after every step instead of once a minute."""
    monkeypatch.setattr(watch, "CHECKPOINT_SECONDS", -1)


# --- going on to the same bits ----------------------------------------------------------------

OPTIMIZERS = {"adam": Adam, "rmsprop": RMSProp,
              "nesterov": lambda: SGD(0.05, momentum=0.9, nesterov=True)}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("steps", [1, 8, 13, 31])
def test_resume_to_the_same_bits(blobs, tmp_path, monkeypatch, every_step, steps, optimizer):
    """Killed at any step, in the middle of an epoch or not, with DropOut and DropConnect."""
    X, y = blobs
    held_out, options = (X[:9], y[:9]), {"dropconnect": 0.2, "input_dropout": 0.1}
    whole = make(**options)
    history = trainer(whole, optimizer=optimizer()).fit(X, y, held_out)

    path = tmp_path / "run.npz"
    victim = make(**options)
    kill_after(victim, steps, monkeypatch)
    with pytest.raises(Killed):
        trainer(victim, optimizer=optimizer(), checkpoint=path).fit(X, y, held_out)

    heir = make(**options)
    resumed = trainer(heir, optimizer=optimizer(), checkpoint=path).fit(
        X, y, held_out, resume=True)
    np.testing.assert_array_equal(heir.theta, whole.theta)
    assert without_seconds(resumed) == without_seconds(history)


def test_killed_at_every_step(blobs, tmp_path, monkeypatch, every_step):
    """A run that never gets further than one step before the next cut ends all the same, and
    in the same bits."""
    whole, path = make(), tmp_path / "run.npz"
    history = trainer(whole).fit(*blobs)
    for k in range(EPOCHS * STEPS):
        victim = make()
        kill_after(victim, 1, monkeypatch)
        last = trainer(victim, checkpoint=path)
        if k < EPOCHS * STEPS - 1:
            with pytest.raises(Killed):
                last.fit(*blobs, resume=True)
    assert without_seconds(last.fit(*blobs, resume=True)) == without_seconds(history)
    np.testing.assert_array_equal(victim.theta, whole.theta)


def test_resume_without_a_checkpoint_begins(blobs, tmp_path):
    """A run that was killed before its first checkpoint has nothing to go on from."""
    one, other = make(), make()
    trainer(one, checkpoint=tmp_path / "run.npz").fit(*blobs, resume=True)
    trainer(other).fit(*blobs)
    np.testing.assert_array_equal(one.theta, other.theta)


def test_a_checkpoint_holds_no_more_than_the_next_step_needs(blobs, tmp_path):
    """θ, two moments of Adam, the permutation, and in JSON the counters and generators."""
    network, path = make(), tmp_path / "run.npz"
    trainer(network, checkpoint=path).fit(*blobs)
    about, arrays = read_npz(path)
    assert {name: array.shape for name, array in arrays.items()} == {
        "theta": (network.n_parameters,), "moments": (2, network.n_parameters),
        "permutation": (240,)}
    np.testing.assert_array_equal(arrays["theta"], network.theta)
    assert about.keys() == {
        "format", "run", "history", *State.COUNTERS, "rng", "masks"}


# --- the state by itself ----------------------------------------------------------------------

def test_batches_of_an_epoch():
    """Pieces of a permutation, the last one short; who comes back gets what is left, and the
    next epoch is in another order."""
    state, seen = State(make(), Adam(), seed=0, samples=10), []

    def go(steps):
        for _, batch in zip(range(steps), state.batches(4), strict=False):
            seen.append(batch)
            state.count(len(batch), loss=len(seen), correct=1)
    go(2)
    assert (state.position, state.steps) == (8, 2)
    go(2)
    assert [len(batch) for batch in seen] == [4, 4, 2]
    assert sorted(np.concatenate(seen)) == list(range(10))
    assert (state.loss_sum, state.correct) == (4 * 1 + 4 * 2 + 2 * 3, 3)
    state.end_epoch({"epoch": 1})
    assert (state.position, state.loss_sum, state.correct, state.steps) == (0, 0, 0, 3)
    go(3)
    assert sorted(np.concatenate(seen[3:])) == list(range(10))
    assert (np.concatenate(seen[3:]) != np.concatenate(seen[:3])).any()


# --- of another run ---------------------------------------------------------------------------

@pytest.mark.parametrize(("change", "message"), [
    ({"epochs": 5}, "other epochs: got 4, expected 5"),
    ({"batch_size": 16}, "other batch size"), ({"seed": 1}, "other seed"),
    ({"schedule": "step"}, "other schedule"), ({"optimizer": SGD()}, "other optimizer"),
    ({"optimizer": Adam(0.1)}, "other optimizer"),
    ({"optimizer": Adam(0.01, beta1=0.8)}, "other optimizer")])
def test_a_checkpoint_of_another_run_is_refused(blobs, tmp_path, change, message):
    """Old and new settings never mix, and nothing is trained."""
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(*blobs)
    network, kept = make(), path.read_bytes()
    before = network.theta.copy()
    with pytest.raises(ValueError, match=f"run.npz: is of a run with {message}"):
        trainer(network, checkpoint=path, **change).fit(*blobs, resume=True)
    np.testing.assert_array_equal(network.theta, before)
    assert path.read_bytes() == kept


def test_a_checkpoint_of_other_data_or_another_network_is_refused(blobs, tmp_path):
    """The data, the graph, layers, penalties and initial weights are part of the run."""
    X, y = blobs
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(X, y)
    other = make()
    other.theta *= 0.5
    for network, data, what in (
            (make(), (X + 1, y), "data"), (make(), (X, y[::-1]), "data"),
            (make(seed=1), (X, y), "graph"), (make(dropout=0.1), (X, y), "layers"),
            (make(activation="relu"), (X, y), "layers"), (make(l2=1e-3), (X, y), "penalties"),
            (make(gain=1.0), (X, y), "initial weights"), (other, (X, y), "initial weights")):
        with pytest.raises(ValueError, match=f"other {what}"):
            trainer(network, checkpoint=path).fit(*data, resume=True)


@pytest.mark.parametrize("found", [None, "scnn_np checkpoint 1", "scnn_np model 2", 2, []])
def test_a_checkpoint_of_another_version_is_refused(blobs, tmp_path, found):
    """What an older or a later scnn_np has written: no run goes on from it to the same bits."""
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(*blobs)
    edited(path, "format", lambda before: found)
    with pytest.raises(ValueError, match="run.npz: format is .*, expected 'scnn_np check"):
        trainer(make(), checkpoint=path).fit(*blobs, resume=True)


# --- damaged ----------------------------------------------------------------------------------

def test_a_damaged_checkpoint_is_refused(blobs, tmp_path):
    """With its name, and the network as it was."""
    path = tmp_path / "run.npz"
    trainer(make(), checkpoint=path).fit(*blobs)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="run.npz: damaged"):
        trainer(make(), checkpoint=path).fit(*blobs, resume=True)


@pytest.fixture
def unfinished(blobs, tmp_path, monkeypatch, every_step):
    """The checkpoint of a run that was killed in its second epoch."""
    path, victim = tmp_path / "run.npz", make()
    kill_after(victim, 12, monkeypatch)
    with pytest.raises(Killed):
        trainer(victim, checkpoint=path).fit(*blobs)
    return path


def edited(path, name, change):
    """Rewrite one array or entry of a checkpoint; None takes it out."""
    about, arrays = read_npz(path)
    where = about if name in about else arrays
    where[name] = change(where.get(name))
    if where[name] is None:
        del where[name]
    write_npz(path, about, arrays)


def first_entry(**changes):
    """The same history with some values of its first entry changed; None takes one out."""
    return lambda history: [{name: value for name, value in (history[0] | changes).items()
                             if value is not None}, *history[1:]]


def part(array, k, value):
    """The same array with one number changed."""
    array = array.copy()
    array.flat[k] = value
    return array


TAMPERED = [
    ("theta", lambda a: None), ("theta", lambda a: a[:1]), ("theta", lambda a: a[:-1]),
    ("theta", lambda a: a.astype(np.float64)), ("theta", lambda a: part(a, 7, np.nan)),
    ("permutation", lambda a: a.astype(float)), ("permutation", lambda a: a * 0),
    ("permutation", lambda a: a[:0]), ("permutation", lambda a: part(a, 0, 240)),
    ("moments", lambda a: None), ("moments", lambda a: a[:1]),
    ("moments", lambda a: part(a, 0, np.inf)), ("another", lambda a: np.ones(3)),
    ("rng", lambda a: None), ("rng", lambda a: {"state": 3}), ("rng", lambda a: "MT19937"),
    ("masks", lambda a: []), ("masks", lambda a: a + a), ("masks", lambda a: [{}]),
    ("position", lambda a: -1), ("position", lambda a: 10 ** 9), ("position", lambda a: 240),
    ("position", lambda a: 32.5), ("position", lambda a: True), ("position", lambda a: None),
    ("steps", lambda a: None), ("steps", lambda a: -1), ("steps", lambda a: "12"),
    ("steps", lambda a: 0), ("correct", lambda a: 10 ** 6), ("seconds", lambda a: -1.0),
    ("loss_sum", lambda a: "much"), ("run", lambda a: []), ("run", lambda a: None),
    ("history", lambda a: None), ("history", lambda a: "long"), ("history", lambda a: [1]),
    ("history", first_entry(epoch=2)), ("history", first_entry(loss=None)),
    ("history", first_entry(loss="small")), ("history", first_entry(accuracy=True)),
    ("history", first_entry(seconds=[]))]


@pytest.mark.parametrize(("name", "change"), TAMPERED)
def test_a_tampered_checkpoint_is_refused(blobs, unfinished, name, change):
    """In one line with its name, and the network stays as it was, with its generators."""
    edited(unfinished, name, change)
    network = make()
    before, states = network.theta.copy(), [rng.bit_generator.state
                                            for rng in network.generators]
    fault = r"run.npz: (the checkpoint in it is damaged|is of a run with other)"
    with pytest.raises(ValueError, match=fault) as error:
        trainer(network, checkpoint=unfinished).fit(*blobs, resume=True)
    assert "\n" not in str(error.value)
    np.testing.assert_array_equal(network.theta, before)
    assert [rng.bit_generator.state for rng in network.generators] == states


def test_untouched_it_is_not_refused(blobs, unfinished):
    """Else the test above would show nothing; the same bytes written again are the same."""
    edited(unfinished, "theta", lambda a: a)
    assert len(trainer(make(), checkpoint=unfinished).fit(*blobs, resume=True)) == EPOCHS


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["loss_sum", "seconds"])
def test_counters_that_are_no_numbers(blobs, unfinished, name, value):
    """JSON has no NaN, but Python reads what Python once wrote."""
    about, arrays = read_npz(unfinished)
    np.savez(unfinished, about=json.dumps({**about, name: value}), **arrays)
    with pytest.raises(ValueError, match="run.npz: the checkpoint in it is damaged"):
        trainer(make(), checkpoint=unfinished).fit(*blobs, resume=True)
