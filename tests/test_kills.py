"""kill -9 at random moments: what was finished stays, and the rest goes on to the same bits."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from scnn_np import load_model

ROOT = Path(__file__).parents[1]
TRAIN = [sys.executable, "-m", "scnn_np", "train", "--data", "digits", "--layers", "1",
         "--width", "64", "--epochs", "40", "--dropout", "0.2", "--resume", "--threads", "1"]


def start(words, folder):
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True,
                            env={**os.environ, "PYTHONPATH": str(ROOT),
                                 "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"})


def until(found, seconds=120):
    """Wait for something to be there."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_training_goes_on_to_the_same_bits(tmp_path):
    """Killed several times, each time later, it ends with the weights of an undisturbed run."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir(), killed.mkdir()
    assert start(TRAIN, whole).wait(300) == 0
    checkpoint = killed / "runs" / "sc-digits-seed0.checkpoint.npz"
    rng = np.random.default_rng(0)
    for _ in range(3):
        process = start(TRAIN, killed)
        until(checkpoint.exists)
        time.sleep(rng.random() * 0.5)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(TRAIN, killed).wait(300) == 0
    first, second = (load_model(folder / "runs" / "sc-digits-seed0.npz")
                     for folder in (whole, killed))
    np.testing.assert_array_equal(first.network.theta, second.network.theta)
    assert not list((killed / "runs").glob("*.part"))


SAVER = """
import numpy as np
from scnn_np.tools.npz import write_npz
k = 0
while True:
    k += 1
    write_npz("saved.npz", {"k": k}, {"x": np.full(200_000, k)})
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_file_is_the_old_one_or_the_new_one(end, tmp_path):
    """A process that saves without end is killed somewhere; the next one clears up."""
    from scnn_np.tools.npz import read_npz, write_npz
    rng = np.random.default_rng(1)
    for _ in range(4):
        process = start([sys.executable, "-c", SAVER], tmp_path)
        before = (tmp_path / "saved.npz").stat().st_mtime_ns if (
            tmp_path / "saved.npz").exists() else 0
        until(lambda before=before: (tmp_path / "saved.npz").exists()
              and (tmp_path / "saved.npz").stat().st_mtime_ns != before)
        time.sleep(rng.random() * 0.05)
        os.killpg(process.pid, end)
        process.wait()
        about, arrays = read_npz(tmp_path / "saved.npz")
        np.testing.assert_array_equal(arrays["x"], about["k"])
    write_npz(tmp_path / "saved.npz", {}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["saved.npz"]


