"""The grader's end of the channel to a child that runs one submission.

The child is sent inputs and sends back arrays. What comes back is taken for what it may be,
bytes from a stranger: lengths are capped before they are read, headers are JSON, arrays are
raw numbers of a stated size, and an answer must carry the number of its question.
"""

import json
import math
import os
import queue
import re
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import scipy

from tutorials.assignments.calls import Outcome

HERE = Path(__file__).parent
ROOMS = sorted({str(Path(package.__file__).parents[1]) for package in (np, scipy)})
HEADER, BODY = 4096, 16_000_000              # bytes of an answer, at most
UNSHARE = ["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"]
NOBODY = 65534
DTYPE = re.compile(r"[<>|](f2|f4|f8|i1|i2|i4|i8|u1|u2|u4|u8|b1)")


@dataclass(frozen=True)
class Limits:
    """Seconds, but `call`: a part of what the assignment allows for one call."""

    start: float = 60.0         # Python and NumPy: the machine's time, not the submission's
    load: float = 10.0
    call: float = 1.0
    submission: float = 60.0


class Died(Exception):
    """The child is no longer there, or can no longer be believed; the text says why."""


@cache
def fences():
    """The strongest start of a child that works here, and what is in force, in words.

    Returns
    -------
    (list of str, dict, list of str)
        What stands in front of the command, arguments of Popen, the words.
    """
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    for front, who in ((UNSHARE, user), ([], user), (UNSHARE, {}), ([], {})):
        if who and (os.name != "posix" or os.geteuid() != 0):
            continue
        try:
            subprocess.run([*front, sys.executable, "-I", "-c", "import numpy"], check=True,
                           capture_output=True, timeout=60, cwd=tempfile.gettempdir(), **who)
            break
        except (OSError, subprocess.SubprocessError):
            continue
    return front, who, [
        "answers kept from the submission", "audit hook", "wall clock",
        *["memory, file size and processor time limited"] * (sys.platform == "linux"),
        *["own network and processes (unshare)"] * bool(front), *["user nobody"] * bool(who)]


def environment(home):
    """As little as Python needs to start, one thread, and no window."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {**kept, **dict.fromkeys(threads, "1"), "HOME": home, "MPLCONFIGDIR": home,
            "MPLBACKEND": "Agg"}


class Child:
    """A process in an empty folder with one submission.

    Parameters
    ----------
    text : str
        The submission.
    libraries : list of str
        Modules to import before the fence goes up.
    limits : Limits
    """

    def __init__(self, text, libraries, limits):
        front, who, _ = fences()
        self.limits = limits
        self.folder = tempfile.TemporaryDirectory(prefix="submission-",
                                                  ignore_cleanup_errors=True)
        for name in ("shim.py", "calls.py"):
            shutil.copy(HERE / name, self.folder.name)
        Path(self.folder.name, "submission.py").write_text(text, "utf-8",
                                                           errors="surrogateescape")
        for path in [self.folder.name, *Path(self.folder.name).iterdir()] if who else []:
            os.chown(path, NOBODY, NOBODY)
        command = [*front, sys.executable, "-I", "-B", "-X", "utf8", "shim.py",
                   json.dumps(ROOMS), json.dumps(libraries)]
        self.process = subprocess.Popen(
            command, cwd=self.folder.name, env=environment(self.folder.name),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            start_new_session=True, **who)
        self.chunks, self.buffer, self.room = queue.SimpleQueue(), bytearray(), HEADER
        self.reader = threading.Thread(target=self.pump, daemon=True)
        self.reader.start()

    def start(self):
        """What came of loading the submission."""
        try:
            self.receive("ready", self.limits.start)
        except Died as died:
            raise RuntimeError(f"the grader's child did not start: {died}") from died
        return self.ask({"load": True}, self.limits.load)

    def ask(self, question, limit, answer=None):
        """Send a question and wait for its outcome.

        Parameters
        ----------
        question : dict
        limit : float
            Seconds.
        answer : function of an Outcome → dict
            Called with what the child asks in between.
        """
        nonce, end = secrets.token_hex(8), time.monotonic() + limit
        self.send({"nonce": nonce, **question})
        while True:
            outcome = self.receive(nonce, end - time.monotonic())
            if not (answer and outcome.flags == ("ask",)):
                return outcome
            self.send(answer(outcome))

    def send(self, message):
        """From a thread: a child that does not read must not stop the grader."""
        self.room = 8 + HEADER + BODY
        line = json.dumps(message).encode() + b"\n"
        threading.Thread(target=self.push, args=(line,), daemon=True).start()

    def push(self, line):
        try:
            while line:
                line = line[self.process.stdin.write(line):]
        except (OSError, ValueError):               # the child is gone: `receive` will say so
            pass

    def pump(self):
        """Read what comes, in a thread; from a child that floods no more than one answer."""
        with self.process.stdout as stream:
            while self.room > 0 and (chunk := stream.read(1 << 16)):
                self.room -= len(chunk)
                self.chunks.put(chunk)
        self.chunks.put(b"")

    def receive(self, nonce, limit):
        """The outcome that answers this nonce, within so many seconds."""
        end = time.monotonic() + limit
        lengths = struct.unpack("<II", self.take(8, end))
        if lengths[0] > HEADER or lengths[1] > BODY:
            raise Died("it answered with too much, or wrote into the grader's channel")
        header, body = self.take(lengths[0], end), self.take(lengths[1], end)
        try:
            outcome = read(json.loads(header), nonce, body)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Died("it wrote into the grader's channel") from error
        if self.buffer:
            raise Died("it wrote into the grader's channel")
        return outcome

    def take(self, size, end):
        while len(self.buffer) < size:
            try:
                chunk = self.chunks.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise Died("no answer in time") from None
            if not chunk:
                raise Died("the program ended before it answered")
            self.buffer += chunk
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def close(self):
        """End the child with all that it started, and remove its folder."""
        if os.name == "posix":
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except OSError:                         # it has ended by itself
                pass
        else:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(self.process.pid)],
                           capture_output=True)
        self.process.wait()
        self.process.stdin.close()
        self.reader.join(1)
        self.folder.cleanup()


def read(header, nonce, body):
    """An Outcome from bytes, or a ValueError, TypeError or KeyError for anything strange."""
    if header["nonce"] != nonce:
        raise ValueError("an answer to a question that was not asked")
    arrays, start = [], 0
    for dtype, shape in header["arrays"]:
        if not DTYPE.fullmatch(dtype) or len(shape) > 3 or not all(
                type(n) is int and 0 <= n <= BODY for n in shape):
            raise ValueError("an array of a strange kind")
        dtype, count = np.dtype(dtype), math.prod(shape)
        if start + count * dtype.itemsize > len(body):
            raise ValueError("fewer numbers than were announced")
        arrays.append(np.frombuffer(body, dtype, count, start).reshape(shape))
        start += count * dtype.itemsize
    parts = []
    for kind, count in header["parts"]:
        if kind not in ("array", "sparse"):
            parts.append((clean(kind)[:40], []))
        elif count != (4 if kind == "sparse" else 1) or len(arrays) < count:
            raise ValueError("parts that do not fit the arrays")
        elif kind == "sparse" and not (arrays[0].dtype == int and arrays[0].shape == (2,)
                                       and 0 <= arrays[0].min() <= arrays[0].max() <= BODY):
            raise ValueError("a matrix of a strange shape")
        else:
            parts.append((kind, arrays[:count]))
            arrays = arrays[count:]
    if start < len(body) or arrays:
        raise ValueError("numbers left over")
    return Outcome(parts, clean(header["error"])[:40], clean(header["message"])[:240],
                   tuple(clean(flag)[:40] for flag in header["flags"][:9]))


def clean(text):
    """Text of a stranger without control characters."""
    if not isinstance(text, str):
        raise TypeError("no text")
    return "".join(c if c.isprintable() else " " for c in text)
