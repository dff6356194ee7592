"""How far long work has come: one rewritten line on a terminal, plain lines elsewhere."""

import os
import sys
import time


def clock(seconds):
    """Seconds as 0:07 or 1:02:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class Progress:
    """Says how much of `total` is done and how long the rest will take.

    Parameters
    ----------
    total : float
    done : float
        Where it starts: a resumed run has something behind it already.
    stream : text file; standard error if left out, False for silence
    """

    def __init__(self, total, done=0, stream=None):
        self.total, self.begun_at, self.done = total, done, done
        self.stream = sys.stderr if stream is None else stream
        if getattr(self.stream, "closed", False):
            self.stream = False                # nobody listens, and the work goes on
        self.start = self.last = time.perf_counter()
        self.terminal = (bool(self.stream) and self.stream.isatty()
                         and os.environ.get("TERM") != "dumb")

    def update(self, done, text=""):
        """A sign of life between two lines; seen on a terminal only, at most 5 a second."""
        self.done = done
        if self.terminal and time.perf_counter() - self.last > 0.2:
            self.last = time.perf_counter()
            self.write(f"{text} {100 * done / self.total:3.0f} %, {self.time_left()} left")

    def line(self, text):
        """A line that stays."""
        self.write(text + "\n")

    def write(self, text):
        """On a terminal over the last sign of life. A reader who has gone stops no work."""
        try:
            if self.stream:
                self.stream.write(("\r\x1b[K" if self.terminal else "") + text)
                self.stream.flush()
        except (OSError, ValueError):          # gone, or closed
            self.stream, self.terminal = False, False

    def time_left(self):
        gained = self.done - self.begun_at
        if gained <= 0:
            return "?:??"
        return clock((time.perf_counter() - self.start) / gained * (self.total - self.done))
