"""IDX, the file format of MNIST: one array in a file, plain or gzipped; four in a folder."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from scnn_np.data.raw import Raw, listed
from scnn_np.tools.npz import RATIO, SMALL

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MARKS = {"train": ("train",), "test": ("t10k", "test")}        # of a part, in a file's name
KINDS = ("images", "labels")
LEVELS = ("*", "*/*", "*/*/*")       # the folder itself, then folders in it: MNIST/raw


def read_idx(path):
    """One IDX file, plain or gzipped, as an array.

    The format: two zero bytes, the code of a type, the number of dimensions, each dimension as
    four big-endian bytes, then the numbers, big-endian too. Never more is unpacked than the
    dimensions ask for.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file and what is wrong with it.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file")
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            return read_content(path, file, size)
        try:
            return read_content(path, gzip.GzipFile(fileobj=file), size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as e:
            raise ValueError(f"{path}: damaged or cut-off gzip file ({e})") from e


def read_content(path, file, size):
    """The array in an open file of so many bytes, which may be packed."""
    magic = file.read(4)
    if not magic:
        raise ValueError(f"{path}: is empty, expected an IDX file")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
        raise ValueError(f"{path}: magic number is 0x{magic.hex()}, expected 0x000008.. or "
                         "another of an IDX file")
    if not 1 <= magic[3] <= 4:
        raise ValueError(f"{path}: has {magic[3]} dimensions, expected 1 to 4")
    dimensions = file.read(4 * magic[3])
    if len(dimensions) < 4 * magic[3]:
        raise ValueError(f"{path}: cut off within its header")
    dtype, shape = np.dtype(TYPES[magic[2]]), np.frombuffer(dimensions, ">u4").tolist()
    header = 4 + 4 * magic[3]
    expected = header + math.prod(shape) * dtype.itemsize
    asked = f"{expected:,} for shape {tuple(shape)}"
    if expected > max(SMALL, RATIO * size):
        raise ValueError(f"{path}: has {size:,} bytes, expected {asked}, which no packing "
                         "brings to so few")
    numbers = file.read(expected - header + 1)
    if len(numbers) > expected - header:
        raise ValueError(f"{path}: has more bytes than expected, {asked}: too long")
    if len(numbers) < expected - header:
        raise ValueError(f"{path}: has {header + len(numbers):,} bytes, expected {asked}: cut "
                         "off")
    return np.frombuffer(numbers, dtype).reshape(shape).astype(dtype.newbyteorder("="),
                                                               copy=False)


def read_pair(images_path, labels_path):
    """Images, (samples, …), and labels, (samples,) or (samples, 1), checked against each
    other."""
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim < 2:
        raise ValueError(f"{images_path}: holds {images.ndim}-dimensional data, expected "
                         "images (the magic number of a label file?)")
    if labels.ndim > 2:
        raise ValueError(f"{labels_path}: holds {labels.ndim}-dimensional data, expected "
                         "labels (the magic number of an image file?)")
    if len(images) != len(labels):
        raise ValueError(f"{labels_path}: has {len(labels)} labels, but {images_path} has "
                         f"{len(images)} images")
    return images, labels


def read_folder(folder):
    """The arrays of a folder with `…images…` and `…labels…` files.

    Returns
    -------
    Raw
    """
    paths, arrays = find_files(folder), {"test": (None, None)}
    unused = {path.name for path in paths}
    for part, marks in MARKS.items():
        found = [[path for path in paths if kind in path.name.lower()
                  and any(mark in path.name.lower() for mark in marks)] for kind in KINDS]
        if any(len(same) > 1 for same in found):
            raise ValueError(f"{folder}: has more than one {part} part: " + listed(
                str(path.relative_to(folder)) for path in sum(found, [])))
        if all(found):
            arrays[part] = read_pair(found[0][0], found[1][0])
            unused -= {path.name for same in found for path in same}
        elif any(found) or part == "train":
            raise FileNotFoundError(f"{folder}: expected {part} images and {part} labels, "
                                    f"found {listed(path.name for path in paths)}")
    names = tuple(f"{part} {kind}" for part in MARKS for kind in KINDS)
    return Raw(folder, *arrays["train"], *arrays["test"], names, tuple(sorted(unused)))


def find_files(folder):
    """The files of images and labels in a folder, or in the folders in it if it has none.

    Of two that differ in `.gz` only the plain one is taken: unpacking leaves both. What a Mac
    (`._…`) or a killed download (`.part`) adds does not count.
    """
    for level in LEVELS:
        paths = {}
        for path in sorted(folder.glob(level), reverse=True):      # x.gz before x
            name = path.name.lower()
            if (any(kind in name for kind in KINDS) and path.is_file()
                    and not name.startswith(".") and not name.endswith(".part")):
                paths[path.parent, name.removesuffix(".gz")] = path
        if any(mark in name for _, name in paths for mark in MARKS["train"]):
            return sorted(paths.values())
    raise FileNotFoundError(f"{folder}: expected train images and train labels, such as "
                            "train-images-idx3-ubyte and train-labels-idx1-ubyte, found "
                            + listed(sorted(path.name for path in folder.iterdir())))
