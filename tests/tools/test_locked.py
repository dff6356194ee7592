"""The lock over reading, changing and writing a file."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scnn_np.tools.files import locked

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from scnn_np.tools.files import locked
with locked(sys.argv[1]):
    print("inside", flush=True)
    time.sleep(600)
"""


def test_one_after_the_other(tmp_path):
    """Threads that read a number, wait, and write it one larger lose nothing; the lock leaves
    no file."""
    path = tmp_path / "a" / "count"

    def add(_):
        with locked(path):
            count = int(path.read_text()) if path.exists() else 0
            time.sleep(0.001)
            path.write_text(str(count + 1))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert path.read_text() == "40" and list(path.parent.iterdir()) == [path]


def test_an_error_gives_it_free(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "x"):
        raise KeyboardInterrupt
    with locked(tmp_path / "x"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_other_files_do_not_wait(tmp_path):
    with locked(tmp_path / "x"), locked(tmp_path / "y"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_the_lock_of_a_dead_process_is_taken_over(tmp_path):
    """Whoever waits gets it as soon as its owner is killed, and not before."""
    path, inside = tmp_path / "x", threading.Event()
    owner = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], text=True,
                             env={**os.environ, "PYTHONPATH": str(ROOT)},
                             stdout=subprocess.PIPE)
    assert owner.stdout.readline() == "inside\n"

    def wait():
        with locked(path):
            inside.set()
    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not inside.wait(0.3)
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    waiting.join(60)
    assert inside.is_set() and list(tmp_path.iterdir()) == []
