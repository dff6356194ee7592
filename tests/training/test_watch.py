"""What stands around the loop: progress, checkpoints in time, Ctrl-C and requests to end."""

import io
import signal
import threading

import numpy as np
import pytest

from scnn_np.tools.npz import read_npz
from scnn_np.tools.threads import allowed
from scnn_np.training import Interrupted, watch
from tests.training.small_runs import (
    EPOCHS,
    Killed,
    at_step,
    kill_after,
    make,
    trainer,
    without_seconds,
)


@pytest.fixture(autouse=True)
def handlers():
    """Every test begins with the usual handlers, and they come back after it."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def press(number=signal.SIGINT):
    return lambda: signal.raise_signal(number)


def epochs_of(run, blobs):
    """How many epochs it takes; an interruption is a failure here, not the end of all tests."""
    try:
        return len(run.fit(*blobs))
    except KeyboardInterrupt:
        pytest.fail("the run was interrupted")


# --- Ctrl-C -----------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_to_end_waits_for_the_step_and_saves(blobs, tmp_path, monkeypatch, number):
    """Ctrl-C, or a request to end: the step at hand is finished, the checkpoint written, and
    `fit` raises; a run that goes on from there ends in the same bits."""
    whole, network, path = make(), make(), tmp_path / "run.npz"
    history = trainer(whole).fit(*blobs)
    steps = at_step(network, 13, press(number), monkeypatch)       # in the second epoch
    first = trainer(network, checkpoint=path)
    with pytest.raises(Interrupted, match="^interrupted after 1 of 4 epochs$") as wish:
        first.fit(*blobs)
    assert isinstance(wish.value, KeyboardInterrupt)     # so that nobody has to know of it
    assert len(steps) == first.state.steps == read_npz(path)[0]["steps"] == 13
    assert [entry["epoch"] for entry in first.history] == [1]

    heir = make()
    resumed = trainer(heir, checkpoint=path).fit(*blobs, resume=True)
    assert without_seconds(resumed) == without_seconds(history)
    np.testing.assert_array_equal(heir.theta, whole.theta)


def test_without_a_checkpoint_the_weights_stay(blobs, monkeypatch):
    """What was learnt is in the network, although no file was asked for."""
    network, twin = make(), make()
    at_step(network, 13, press(), monkeypatch)
    with pytest.raises(Interrupted):
        trainer(network).fit(*blobs)
    kill_after(twin, 13, monkeypatch)
    with pytest.raises(Killed):
        trainer(twin).fit(*blobs)
    np.testing.assert_array_equal(network.theta, twin.theta)


@pytest.mark.parametrize(("step", "epochs"), [(7, 0), (8, 1), (9, 1), (31, 3)])
def test_a_wish_in_the_last_step_of_an_epoch_ends_the_epoch_first(blobs, tmp_path, monkeypatch,
                                                                  step, epochs):
    """Its entry is written: an epoch that is finished counts."""
    network, path = make(), tmp_path / "run.npz"
    at_step(network, step, press(), monkeypatch)
    run = trainer(network, checkpoint=path)
    with pytest.raises(Interrupted, match=f"after {epochs} of 4"):
        run.fit(*blobs)
    assert len(run.history) == epochs and run.state.steps == step


def test_a_wish_in_the_last_step_comes_too_late(blobs, monkeypatch):
    """The run is finished, so there is nothing to interrupt."""
    network = make()
    at_step(network, 32, press(), monkeypatch)
    assert epochs_of(trainer(network), blobs) == EPOCHS


def test_a_second_ctrl_c_does_not_wait(blobs, tmp_path, monkeypatch):
    """Twice within one step: it ends where it stands, as without a trainer."""
    network, path = make(), tmp_path / "run.npz"

    def twice():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    at_step(network, 13, twice, monkeypatch)
    run = trainer(network, checkpoint=path)
    with pytest.raises(KeyboardInterrupt) as wish:
        run.fit(*blobs)
    assert wish.type is KeyboardInterrupt and run.state.steps == 12


def test_an_ignored_signal_stays_ignored(blobs, monkeypatch):
    """A run under nohup, or in the background of a shell, is not ended by Ctrl-C: nothing is
    caught that was to be ignored. A request to end is still heard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    network, seen = make(), []

    def act():
        seen.append(signal.getsignal(signal.SIGINT))
        signal.raise_signal(signal.SIGINT)
    at_step(network, 13, act, monkeypatch)
    assert epochs_of(trainer(network), blobs) == EPOCHS
    assert seen == [signal.SIG_IGN] and signal.getsignal(signal.SIGINT) is signal.SIG_IGN

    network = make()
    at_step(network, 13, press(signal.SIGTERM), monkeypatch)
    with pytest.raises(Interrupted):
        trainer(network).fit(*blobs)


@pytest.mark.parametrize("act", [lambda: None, press(), press(signal.SIGTERM), lambda: 1 / 0])
def test_handlers_come_back(blobs, monkeypatch, act):
    """After the end, an interruption or an error: those of the caller, whatever they are."""
    def mine(*_):
        raise AssertionError("not while a trainer watches")
    signal.signal(signal.SIGTERM, mine)
    network = make()
    at_step(network, 13, act, monkeypatch)
    try:
        trainer(network).fit(*blobs)
    except (Interrupted, ZeroDivisionError):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is mine


def test_outside_the_main_thread_signals_are_left_alone(blobs, monkeypatch):
    """Python lets only the main thread set handlers; others train all the same."""
    network, seen, histories = make(), [], []
    at_step(network, 3, lambda: seen.append(signal.getsignal(signal.SIGINT)), monkeypatch)
    thread = threading.Thread(target=lambda: histories.append(trainer(network).fit(*blobs)))
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler] and len(histories[0]) == EPOCHS


# --- checkpoints in time ----------------------------------------------------------------------

def saves(monkeypatch):
    """Where the run stood each time it was saved: (epochs, samples)."""
    places = []

    class Spy(watch.Watch):
        def save(self):
            places.append((len(self.state.history), self.state.position))
            super().save()
    monkeypatch.setattr("scnn_np.training.trainer.Watch", Spy)
    return places


@pytest.mark.parametrize(("seconds", "expected"), [
    (10 ** 6, [(1, 0), (2, 0)]), (-1, [(0, 96), (0, 192), (1, 0), (1, 96), (1, 192), (2, 0)])])
def test_when_it_is_saved(blobs, tmp_path, monkeypatch, seconds, expected):
    """After every epoch, and between two steps where the last time is a minute ago."""
    monkeypatch.setattr(watch, "CHECKPOINT_SECONDS", seconds)
    places = saves(monkeypatch)
    trainer(make(), epochs=2, batch_size=96, checkpoint=tmp_path / "run.npz").fit(*blobs)
    assert places == expected


def killed(path, blobs, monkeypatch, seed=0):
    """The bytes of a checkpoint whose run was killed in its second epoch."""
    victim = make(seed)
    kill_after(victim, 12, monkeypatch)
    with pytest.raises(Killed):
        trainer(victim, checkpoint=path).fit(*blobs)
    return path.read_bytes()


def test_an_unfinished_checkpoint_is_kept(blobs, tmp_path, monkeypatch):
    """Who forgets to resume loses nothing: it is renamed, and a line says so. Nor does the
    next one who forgets take the place of the first."""
    path, stream = tmp_path / "run.npz", io.StringIO()
    first = killed(path, blobs, monkeypatch)
    trainer(make(), checkpoint=path, progress_stream=stream).fit(*blobs)
    assert (tmp_path / "run.old.npz").read_bytes() == first
    assert f"unfinished run as {tmp_path / 'run.old.npz'}" in stream.getvalue()

    second = killed(path, blobs, monkeypatch, seed=1)        # a finished one is overwritten
    assert not (tmp_path / "run.old2.npz").exists()
    trainer(make(), checkpoint=path).fit(*blobs)
    assert (tmp_path / "run.old.npz").read_bytes() == first
    assert (tmp_path / "run.old2.npz").read_bytes() == second


@pytest.mark.parametrize("content", [b"my thesis", b""])
def test_a_file_that_is_no_checkpoint_is_kept(blobs, tmp_path, content):
    """Whatever stands in the way is put out of it, not written over."""
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    trainer(make(), checkpoint=path).fit(*blobs)
    assert (tmp_path / "run.old.npz").read_bytes() == content


# --- progress ---------------------------------------------------------------------------------

def test_progress_lines(blobs):
    """Away from a terminal: with how many threads, then a plain line for every epoch."""
    stream = io.StringIO()
    X, y = blobs
    trainer(make(), progress_stream=stream).fit(X, y, held_out=(X, y))
    first, *lines = stream.getvalue().splitlines()
    assert first == f"steps on 1 of {allowed()} BLAS threads"
    assert len(lines) == 4
    assert lines[0].startswith("epoch 1/4  loss ")
    assert "held out" in lines[0] and lines[0].endswith(" left")
    assert "\r" not in stream.getvalue()


def test_resuming_says_where_it_stands(blobs, tmp_path, monkeypatch):
    """No checkpoint, one in the second epoch, and a finished one: a line each."""
    path = tmp_path / "run.npz"
    for line in (f"no checkpoint at {path}", f"nothing left to do: {path}",
                 f"resumed from {path} in epoch 2 of 4"):
        if line.startswith("resumed"):
            killed(path, blobs, monkeypatch)
        stream = io.StringIO()
        trainer(make(), checkpoint=path, progress_stream=stream).fit(*blobs, resume=True)
        assert stream.getvalue().startswith(line)


def test_a_closed_reader_stops_no_work(blobs):
    """train … | head: the progress is gone, the training goes on."""
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError
    assert len(trainer(make(), progress_stream=Gone()).fit(*blobs)) == 4
