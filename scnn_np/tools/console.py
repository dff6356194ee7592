"""What every command does around its work: its streams, Ctrl-C, errors in one line."""

import os
import signal
import sys

import numpy as np


def run(work):
    """Do the work of a command; what goes wrong is one line on standard error.

    Parameters
    ----------
    work : function without arguments → exit code, or None for 0

    Returns
    -------
    int
        The exit code: 1 where the reader of the output has gone, 2 for an error, 130 for
        Ctrl-C.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):     # a terminal without √ shows ? instead
            stream.reconfigure(errors="replace")
    try:
        with np.errstate(all="ignore"):        # what runs away is described in one line
            code = work() or 0
        if sys.stdout:
            sys.stdout.flush()
        return code
    except BrokenPipeError:                    # the reader has gone: train … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt as wish:
        say(str(wish) or "interrupted")
        return 130
    except (ValueError, TypeError, OSError, ArithmeticError, MemoryError, ImportError) as error:
        say(f"error: {str(error) or type(error).__name__}")
        return 2


def say(text):
    """One line on standard error, without control characters."""
    line = " ".join(str(text).split())
    print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line), file=sys.stderr)


def while_loading():
    """From here until `run`, Ctrl-C ends the process, without the traceback of an import."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
