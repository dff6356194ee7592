"""Progress: a rewritten line for somebody who watches, plain lines for a log file.

The clock is a fake one, so that every character can be compared.
"""

import io
from types import SimpleNamespace

import pytest

from scnn_np.tools import progress
from scnn_np.tools.progress import Progress, clock


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def now(monkeypatch):
    """The time of a clock that stands still until a test moves it."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(perf_counter=lambda: now.seconds))
    return now


@pytest.mark.parametrize("seconds, text", [
    (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59"),
    (3723, "1:02:03"), (100 * 3600, "100:00:00")])
def test_clock(seconds, text):
    """Minutes and seconds, and hours where there are any."""
    assert clock(seconds) == text


def test_plain_lines_when_nobody_watches(now):
    """In a log file: lines that stay, as they are, and no sign of life between them."""
    log = io.StringIO()
    bar = Progress(100, stream=log)
    now.seconds += 10
    bar.update(25, "epoch 1/4")
    bar.line("epoch 1/4  loss 0.5")
    bar.line("epoch 2/4  loss 0.4")
    assert log.getvalue() == "epoch 1/4  loss 0.5\nepoch 2/4  loss 0.4\n"


def test_a_terminal_line_is_rewritten(now):
    """On a terminal: back to the start of the line, wipe it, and say how long it will take."""
    screen = Terminal()
    bar = Progress(100, stream=screen)
    now.seconds += 10
    bar.update(25, "epoch 1/4")            # a quarter in 10 s: 30 s to go
    now.seconds += 30
    bar.update(80, "epoch 4/4")            # 80 in 40 s: 20 in 10 s
    assert screen.getvalue() == ("\r\x1b[Kepoch 1/4  25 %, 0:30 left"
                                 "\r\x1b[Kepoch 4/4  80 %, 0:10 left")


def test_a_line_that_stays_wipes_the_rewritten_one(now):
    """A finished line takes the place of the sign of life and ends with a newline."""
    screen = Terminal()
    bar = Progress(100, stream=screen)
    now.seconds += 10
    bar.update(50, "working")
    bar.line("done")
    assert screen.getvalue() == "\r\x1b[Kworking  50 %, 0:10 left\r\x1b[Kdone\n"


def test_at_most_five_a_second(now):
    """Updates that follow within 0.2 s are counted but not shown."""
    screen = Terminal()
    bar = Progress(1000, stream=screen)
    for done in range(1, 101):             # 10 s in steps of 0.1 s
        now.seconds += 0.1
        bar.update(done)
    assert screen.getvalue().count("\r") in range(33, 51)
    assert bar.done == 100


def test_a_resumed_run_does_not_count_what_lay_behind_it(now):
    """10 of 100 in 10 s from 50 on: 40 more take 40 s, as if nothing had gone before."""
    bar = Progress(100, done=50, stream=Terminal())
    now.seconds += 10
    bar.update(60)
    assert bar.time_left() == "0:40"


def test_time_left_is_unknown_at_first(now):
    """Nothing done, nothing known: no division by 0."""
    bar = Progress(100, done=50, stream=io.StringIO())
    assert bar.time_left() == "?:??"
    now.seconds += 5
    bar.update(50)
    assert bar.time_left() == "?:??"


def test_time_left_is_known_without_a_terminal(now):
    """A plain line may say how long the rest will take, too."""
    bar = Progress(4, stream=io.StringIO())
    now.seconds += 60
    bar.update(1)
    assert bar.time_left() == "3:00"


def test_standard_error_if_left_out(capsys):
    """Without a stream it goes to standard error, so that results can be piped away."""
    Progress(1).line("here")
    assert capsys.readouterr() == ("", "here\n")


def test_silence(capsys):
    """`stream=False` says nothing at all."""
    bar = Progress(1, stream=False)
    bar.update(1, "text")
    bar.line("text")
    assert capsys.readouterr() == ("", "")


class Log(Terminal):
    flushed = 0

    def flush(self):
        self.flushed += 1


def test_everything_is_flushed(now):
    """Whoever follows sees each line and each sign of life when it is written."""
    log = Log()
    bar = Progress(2, stream=log)
    bar.line("here")
    assert log.flushed == 1
    now.seconds += 1
    bar.update(1)
    assert log.flushed == 2


@pytest.mark.parametrize("terminal", [True, False])
def test_a_reader_who_has_gone_stops_no_work(now, terminal):
    """A broken pipe, or a stream that was closed, before or after: silence from then on."""
    class Gone(Terminal if terminal else io.StringIO):
        def write(self, text):
            raise BrokenPipeError
    closed, closing = Terminal(), Terminal()
    closed.close()
    for stream in (closing, closed, Gone()):
        bar = Progress(2, stream=stream)
        closing.close()
        bar.line("here")
        now.seconds += 1
        bar.update(1)
        bar.line("there")
        assert bar.done == 1 and not bar.stream
