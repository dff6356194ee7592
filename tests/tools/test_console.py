"""Around every command: exit codes, errors in one line, Ctrl-C, terminals of every kind."""

import io
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from scnn_np.tools import console

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def handler():
    """Ctrl-C is as it is in a shell, and as it was after the test."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def fail(error):
    def work():
        raise error
    return work


@pytest.mark.parametrize("code", [None, 0, 1, 7])
def test_exit_codes(code, capsys):
    """What the work says; nothing is 0."""
    assert console.run(lambda: code) == (code or 0)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error, said", [
    (ValueError("width: got 0"), "error: width: got 0"), (TypeError("no"), "error: no"),
    (FileNotFoundError(2, "No such file", "x"), "error: [Errno 2] No such file: 'x'"),
    (FloatingPointError("the loss is nan"), "error: the loss is nan"),
    (MemoryError(), "error: MemoryError"), (ModuleNotFoundError("no x"), "error: no x"),
    (ValueError("two\nlines\tand \x1b[2J"), r"error: two lines and \x1b[2J")])
def test_an_error_is_one_line(error, said, capsys):
    """On standard error, without a traceback and without what would move a cursor."""
    assert console.run(fail(error)) == 2
    assert capsys.readouterr() == ("", said + "\n")


def test_a_mistake_of_ours_is_no_line(capsys):
    """What no user can have caused shows where it happened."""
    for error in (KeyError, AttributeError, AssertionError):
        with pytest.raises(error):
            console.run(fail(error("x")))


@pytest.mark.parametrize("wish, said", [
    (KeyboardInterrupt(), "interrupted"),
    (KeyboardInterrupt("after 1 of 4 epochs"), "after 1 of 4 epochs")])
def test_ctrl_c(wish, said, capsys):
    """130 is what a shell expects of Ctrl-C."""
    assert console.run(fail(wish)) == 130
    assert capsys.readouterr().err == said + "\n"


def test_numbers_that_run_away_are_no_warnings():
    """The error that ends the run says it in one line; NumPy's would stand before it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert console.run(lambda: int(np.isfinite(np.float32(1e38) * np.float32(10)))) == 0


def test_a_terminal_without_our_letters(monkeypatch):
    """It shows ? for √ instead of ending the run."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert console.run(lambda: print("√2")) == 0
    assert stream.buffer.getvalue() == b"?2\n"


def test_ctrl_c_while_loading():
    """Until `run` it ends the process at once; then it is a KeyboardInterrupt again."""
    console.while_loading()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    console.run(lambda: None)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_ignored_ctrl_c_stays_ignored():
    """In the background of a shell, while loading and while running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    console.while_loading()
    console.run(lambda: None)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
def test_a_reader_who_leaves():
    """… | head: exit code 1, and nothing on standard error."""
    code = ("import sys; from scnn_np.tools import console\n"
            "sys.exit(console.run(lambda: [print('x' * 1000) for _ in range(10 ** 4)] and 0))")
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait() == 1
    process.stderr.close()
