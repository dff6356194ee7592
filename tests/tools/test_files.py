"""Files: written whole or not at all, kept out of each other's way."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scnn_np.tools.files import cache_folder, check_place, set_aside, write_beside


def test_cache_folder(monkeypatch):
    """SCNN_CACHE, else scnn_np in XDG_CACHE_HOME, else in ~/.cache."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("SCNN_CACHE", "/mine")
    assert cache_folder() == Path("/mine")
    monkeypatch.delenv("SCNN_CACHE")
    assert cache_folder() == Path("/xdg/scnn_np")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path("/home/somebody/.cache/scnn_np")


# --- writing --------------------------------------------------------------------------------

def test_write_beside_makes_the_folder(tmp_path):
    """The folders on the way are made, and only the file itself is left in the end."""
    path = tmp_path / "a" / "b" / "file"
    write_beside(str(path), lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    """While the new content is written, whoever opens the file still finds the old one."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file):
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    write_beside(path, write)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("old", [True, False], ids=["replacing", "new"])
def test_failure_leaves_what_was_there(tmp_path, error, old):
    """If writing fails half-way, even by Ctrl-C: the old file or none, and no remains."""
    path = tmp_path / "file"
    if old:
        path.write_bytes(b"old")

    def write(file):
        file.write(b"half of the new")
        raise error("half-way")
    with pytest.raises(error, match="half-way"):
        write_beside(path, write)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")] * old


def test_failure_to_rename_leaves_what_was_there(tmp_path, monkeypatch):
    """The same if the very last step fails."""
    def fail(*_):
        raise OSError("no rename")
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no rename"):
        write_beside(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_content_reaches_the_disk_before_the_name(tmp_path, monkeypatch):
    """fsync, then rename: after a power cut the name never stands for an empty file."""
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: steps.append("fsync") or fsync(file))
    monkeypatch.setattr(os, "replace", lambda *a: steps.append("replace") or replace(*a))
    write_beside(tmp_path / "file", lambda file: file.write(b"new"))
    assert steps == ["fsync", "replace"]


@pytest.fixture(scope="module")
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.skipif(os.name == "nt", reason="there nobody can ask whether a process lives")
def test_what_killed_processes_left_is_taken_away(tmp_path, dead):
    """Parts of the same file that nobody writes any more; not those of a process that lives,
    of another file, or of another make."""
    gone = [f"file.{dead}-1.part", f"file.{dead}.part", f"file.{10 ** 30}-1.part"]
    stay = [f"file.{os.getpid()}-1.part", f"file.{os.getppid()}-1.part",
            f"other.{dead}-1.part", f"file.{dead}-1.party", "file.mine.part", "file.part"]
    for name in gone + stay:
        (tmp_path / name).write_bytes(b"half")
    write_beside(tmp_path / "file", lambda file: file.write(b"new"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["file", *stay])


# --- out of the way ---------------------------------------------------------------------------

def test_set_aside(tmp_path):
    """Under a name that is free, before the ending; its content stays, and nothing is lost."""
    path = tmp_path / "run.digits.npz"
    for content, name in ((b"1", "run.digits.old.npz"), (b"2", "run.digits.old2.npz"),
                          (b"3", "run.digits.old3.npz")):
        path.write_bytes(content)
        assert set_aside(path) == tmp_path / name and not path.exists()
        assert (tmp_path / name).read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 3


# --- can it be written? -----------------------------------------------------------------------

def test_a_place_that_can_be_written(tmp_path):
    """Nothing is left of the trial, no folder either; a file that is there stays as it is."""
    check_place("out", tmp_path / "a" / "b" / "model.npz")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "model.npz").write_bytes(b"old")
    check_place("out", tmp_path / "model.npz")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("model.npz", b"old")]


def test_a_place_that_many_ask_for_at_once(tmp_path):
    """Commands that begin together, on a folder that is not there yet, and write into it: none
    finds the place taken away by another one's trial."""
    path = tmp_path / "a" / "b" / "model.npz"

    def begin(k):
        for _ in range(30):
            check_place("out", path)
            write_beside(path, lambda file: file.write(b"%d" % k))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(8)))
    assert [p.name for p in path.parent.iterdir()] == ["model.npz"]
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_place_that_cannot_be_written(tmp_path, monkeypatch):
    """A folder, a file where a folder should be, a name that is none, a full disk: said before
    hours of work, by the name of the option."""
    (tmp_path / "file").write_bytes(b"in the way")

    def refused(path, said):
        with pytest.raises(ValueError, match=f"^out: got {re.escape(str(path))}, expected a "
                                             rf"place that can be written \(.*{said}"):
            check_place("out", path)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]
    refused(tmp_path, "it is a folder")
    refused(tmp_path / "file" / "model.npz", "")
    refused(tmp_path / ("x" * 500), "")

    def no_space(file):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", no_space)
    refused(tmp_path / "a" / "model.npz", "No space left on device")
