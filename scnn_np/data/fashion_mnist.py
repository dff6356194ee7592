"""Fashion-MNIST (Xiao et al., 2017): where its files lie, and how they get there."""

import hashlib
import http.client
import os
import urllib.request
from pathlib import Path

import numpy as np

from scnn_np.tools import checks
from scnn_np.tools.files import cache_folder, write_beside
from scnn_np.tools.progress import Progress

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
           "Bag", "Ankle boot")
FILES = {               # SHA-256 of the official files…
    "train-images-idx3-ubyte.gz":
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz":
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz":
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz":
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}
NUMBERS = {             # … and of the numbers in them, however they are packed
    "y_test": "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
    "y": "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    "X_test": "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    "X": "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012"}
HOMES = (
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")


def find(folder=None):
    """The folder that holds the four files: the one named, `SCNN_DATA`, or the user's cache.

    What is missing from the cache is downloaded from its official home.
    """
    if folder is not None:
        return existing(checks.path("folder", folder))
    if named := os.environ.get("SCNN_DATA"):
        return existing(checks.path("SCNN_DATA", named))
    cache = cache_folder() / "fashion-mnist"
    for name, digest in FILES.items():
        path = cache / name
        if not path.is_file():
            download(name, digest, cache, HOMES)
        elif sha256(path.read_bytes()) != digest:
            raise ValueError(f"{path}: is not Fashion-MNIST's file any more; delete it, and "
                             "the next run downloads it again")
    return cache


def existing(folder):
    """The folder itself, if there is one."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected Fashion-MNIST here, found no such folder")
    return folder


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def download(name, digest, folder, homes):
    """Fetch one official file, check its SHA-256, and only then put it in place."""
    faults = []
    for home in homes:
        try:
            content = fetch(home + name)
        except (OSError, http.client.HTTPException) as e:   # URLError, time-outs, cut-offs…
            faults.append(f"{home}: {e}")
            continue
        found = sha256(content)
        if found == digest:
            write_beside(Path(folder) / name, lambda file: file.write(content))   # noqa: B023
            return
        faults.append(f"{home}: SHA-256 is {found}, expected {digest}")
    raise FileNotFoundError(
        f"{name} could not be downloaded to {folder} (" + "; ".join(faults) + "). Fashion-"
        f"MNIST is the files {', '.join(FILES)}: put them into that folder or name "
        "theirs in SCNN_DATA, or use the digits, which need no download (--data digits, "
        "--preset digits)")


def fetch(url):
    """The content behind a URL, with progress."""
    with urllib.request.urlopen(url, timeout=30) as response:
        size = int(response.headers.get("Content-Length") or 1 << 25)
        progress, content = Progress(size), bytearray()
        while piece := response.read(1 << 18):
            content += piece
            progress.update(len(content), url.rsplit("/", 1)[-1])
    progress.line(f"downloaded {url}")
    return bytes(content)


def is_fashion_mnist(found):
    """Whether the arrays of a file or folder are Fashion-MNIST, whatever their place is called.

    Labels are looked at first: other data cost next to nothing.
    """
    arrays = {name: getattr(found, name) for name in NUMBERS}
    return all(A is not None and A.dtype == np.uint8 and sha256(np.ascontiguousarray(A)) ==
               NUMBERS[name] for name, A in arrays.items())
