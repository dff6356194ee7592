"""Damaged files: whatever bytes come, a reader gives back what is whole or one clear error.

The suite tries a few hundred mutations of each kind of file; `python -m tests.test_fuzz 100000`
tries as many as you like.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from figures import sweeps
from scnn_np import Trainer, fit_ordering, load_data, load_model, save_model, spatially_coupled
from scnn_np.training.state import describe

TRIES = 300


def small_run(folder):
    """A trained network with its checkpoint and its model file."""
    rng = np.random.default_rng(0)
    X, y = rng.random((60, 8)), np.arange(60) % 3
    ordering = fit_ordering(X, y, multiple_of=4)
    network = spatially_coupled(8, 3, width=8, layers=1, blocks=4, degrees=2, dropout=0.1)
    trainer = Trainer(network, epochs=2, checkpoint=folder / "checkpoint.npz",
                      progress_stream=False)
    trainer.fit(ordering(X), y)
    save_model(folder / "model.npz", network, ordering, ["a", "b", "c"], {"settings": {}})
    return trainer, ordering(X).astype(np.float32), y


class Files:
    """A whole file of each kind, and how it is read."""

    def __init__(self, folder):
        trainer, X, y = small_run(folder)
        fresh = Trainer(spatially_coupled(8, 3, width=8, layers=1, blocks=4, degrees=2,
                                          dropout=0.1), epochs=2, progress_stream=False)
        run = describe(fresh, X, y)
        np.savez(folder / "data.npz", X=X, y=y)
        images = np.arange(40 * 4, dtype=np.uint8).tobytes()
        idx = folder / "idx"
        idx.mkdir(), (folder / "results").mkdir()
        header = bytes([0, 0, 8, 3]) + np.array([40, 2, 2], ">u4").tobytes()
        labels = np.uint8(np.arange(40) % 4).tobytes()
        (idx / "train-labels-idx1-ubyte").write_bytes(
            bytes([0, 0, 8, 1]) + np.array([40], ">u4").tobytes() + labels)
        results = {"figure": "x", "preset": "digits", "seeds": 1, "settings": {"base": {}},
                   "defaults": {"seed": 0}, "changes": {}, "runs": [
                       {"settings": {"seed": 1}, "test_accuracy": 0.5, "seconds": 1.0}]}
        fresh.fit(X, y)

        def load_checkpoint(path):
            fresh.state.load(path, run)
        self.whole = {
            "model.npz": ((folder / "model.npz").read_bytes(), load_model),
            "checkpoint.npz": ((folder / "checkpoint.npz").read_bytes(), load_checkpoint),
            "data.npz": ((folder / "data.npz").read_bytes(), load_data),
            "idx/train-images-idx3-ubyte.gz": (gzip.compress(header + images),
                                               lambda path: load_data(path.parent)),
            "results/x.digits.json": (json.dumps(results).encode(),
                                      sweeps.read_results)}

    def __iter__(self):
        return iter(self.whole.items())


def mutated(content, rng):
    """The same bytes with some changed, cut off, put in, or twice."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        if not content:
            break
        at, n = rng.integers(len(content)), int(rng.integers(1, 9))
        what = rng.integers(5)
        if what == 0:
            content[at] ^= 1 << rng.integers(8)
        elif what == 1:
            content[at:at + n] = rng.bytes(n)
        elif what == 2:
            del content[at:at + n]
        elif what == 3:
            del content[max(1, at):]
        else:
            content[at:at] = content[at:at + 4 * n]
    return bytes(content)


def attack(folder, name, content, read, seed):
    """Read one mutation; what is not whole is refused by an error that names the file."""
    path = folder / name
    path.write_bytes(mutated(content, np.random.default_rng(seed)))
    try:
        read(path)
    except (ValueError, FileNotFoundError) as error:
        message = str(error)
        assert path.name in message or path.parent.name in message, message
        assert len(message) < 3000
    assert [part.name for part in path.parent.glob("*.part")] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["model.npz", "checkpoint.npz", "data.npz",
                                  "idx/train-images-idx3-ubyte.gz",
                                  "results/x.digits.json"])
def test_damaged_files(name, tmp_path):
    """Nothing but ValueError and FileNotFoundError, with the file's name."""
    content, read = Files(tmp_path).whole[name]
    (tmp_path / name).write_bytes(content)
    read(tmp_path / name)                      # the whole file is read
    for seed in range(TRIES):
        attack(tmp_path, name, content, read, seed)


@pytest.mark.parametrize("name", ["model", "data"])
def test_a_small_file_that_unpacks_to_gigabytes(name, tmp_path):
    """Refused by what its directory says, before a byte of it is unpacked."""
    import zipfile
    path = tmp_path / f"{name}.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(
            "X.npy", "w", force_zip64=True) as member:
        header = {"descr": "|u1", "fortran_order": False, "shape": (1 << 29, 1)}
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(64):
            member.write(bytes(1 << 23))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(ValueError, match=rf"{name}.npz: .*unpacks to"):
        {"model": load_model, "data": load_data}[name](path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        files = Files(Path(place))
        for seed in range(int(sys.argv[1])):
            for name, (content, read) in files:
                attack(Path(place), name, content, read, seed)
        print(f"{sys.argv[1]} mutations of each of {len(files.whole)} files: refused or whole")
