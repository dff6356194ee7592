"""The method in one file does what the library does, step for step, and fits on a few pages."""

import ast
import copy
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits

from scnn_np import Trainer, fit_ordering, fully_connected, spatially_coupled
from scnn_np.tools.streams import stream
from tutorials import minimal

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tutorials" / "minimal.py"

SMALL = [4, 7, 5, 4, 2, 1, 1, 0]        # with remainders, a full block and an empty one
PAPER = [98, 130, 98, 49, 20, 10, 10, 10]


def as_arrays(matrices):
    return [W.toarray() if sparse.issparse(W) else W for W in matrices]


def coupled_pair(sizes, layers, degrees, r, seed, **penalties):
    """The same SC network from the library and from the one file, (n_in, width, classes)."""
    n_in, width, classes = sizes
    network = spatially_coupled(n_in, classes, width=width, layers=layers, degrees=degrees,
                                receptive_field=r, seed=seed, dtype=np.float64, **penalties)
    graph = stream(seed, "graph")
    supports = [minimal.spatially_coupled(left, width, degrees, r, graph)
                for left in [n_in, *[width] * (layers - 1)]]
    supports.append(np.ones((classes, width), bool))
    return network, minimal.network(supports, stream(seed, "weights"))


def dense_pair(sizes, layers, seed, **penalties):
    """The same for fully connected networks."""
    n_in, width, classes = sizes
    network = fully_connected(n_in, classes, width=width, layers=layers, dropout=0.0,
                              seed=seed, dtype=np.float64, **penalties)
    widths = [n_in, *[width] * layers, classes]
    supports = [np.ones((right, left), bool) for left, right in zip(widths, widths[1:],
                                                                    strict=False)]
    return network, minimal.network(supports, stream(seed, "weights"))


def assert_same_start(network, layers):
    """Equal supports and equal weights, to the last bit."""
    for W, V in zip(network.weights, [W for W, _ in layers], strict=True):
        if sparse.issparse(W):
            assert np.array_equal(W.indptr, V.indptr)
            assert np.array_equal(W.indices, V.indices)
            assert np.array_equal(W.data, V.data)
        else:
            assert np.array_equal(W, V.toarray())


@pytest.mark.parametrize("r", [1, 2, 3])
def test_supports_and_initial_weights(r):
    assert_same_start(*coupled_pair((16, 32, 4), 3, np.minimum(SMALL, 4 * r), r, seed=5))


def test_the_papers_network():
    """Five layers of 784 neurons: 41,650 edges in each, and the library's weights on them."""
    network, layers = coupled_pair((784, 784, 10), 5, PAPER, 2, seed=0)
    assert_same_start(network, layers)
    assert [W.nnz for W, _ in layers] == [41_650] * 5 + [7_840]


def test_a_dense_layer_is_a_support_of_all_ones():
    assert_same_start(*dense_pair((16, 12, 4), 2, seed=1))


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", ["coupled", "dense"])
def test_fifty_steps(kind, layers, blobs):
    """Ten epochs of five batches, the last of them short, with L1 and L2: weights and biases
    are the library's to 1e-12, though they have moved by more than 1e-3."""
    X, y = blobs
    l1, l2 = [1e-3 / (l + 1) for l in range(layers + 1)], 5e-4
    if kind == "coupled":
        network, start = coupled_pair((16, 32, 4), layers, SMALL, 3, 7, l1=l1, l2=l2)
    else:
        network, start = dense_pair((16, 24, 4), layers, 7, l1=l1, l2=l2)
    Trainer(network, epochs=10, batch_size=50, seed=7, progress_stream=False).fit(X, y)
    trained = minimal.train(start, X, y, stream(7, "batches"), epochs=10, rate=1e-3, batch=50,
                            l1=l1, l2=l2)
    theirs = as_arrays(network.weights) + [layer.b for layer in network.affine_layers]
    ours = as_arrays(W for W, _ in trained) + [b for _, b in trained]
    before = as_arrays(W for W, _ in start) + [b for _, b in start]
    for A, B, C in zip(theirs, ours, before, strict=True):
        assert np.abs(A - B).max() <= 1e-12
        assert np.abs(B - C).max() > 1e-3


def test_training_leaves_what_it_is_given(blobs):
    X, y = blobs
    _, start = coupled_pair((16, 32, 4), 2, SMALL, 3, seed=2)
    X_before, kept = X.copy(), copy.deepcopy(start)
    trained = minimal.train(start, X, y, np.random.default_rng(0), epochs=2, l2=1e-3)
    assert np.array_equal(X, X_before)
    for (W, b), (V, c), (U, _) in zip(start, kept, trained, strict=True):
        assert np.array_equal(W.data, V.data) and np.array_equal(b, c)
        assert np.array_equal(U.indices, W.indices) and np.array_equal(U.indptr, W.indptr)


def test_the_gradient(blobs):
    """Against five-point differences of the loss, array by array, below 1e-7."""
    X, y = blobs[0][:20].T, blobs[1][:20]
    _, layers = coupled_pair((16, 32, 4), 2, SMALL, 3, seed=3)
    l1, l2, h = [0.02, 0.01, 0.03], [0.3, 0.1, 0.2], 1e-3
    for W, _ in layers:                        # no weight so small that a difference of L1
        W.data += 0.01 * np.sign(W.data)       # would step over its kink

    def loss():
        P = minimal.forward(layers, X)[-1]
        penalty = sum(a * np.abs(W.data).sum() + b / 2 * (W.data ** 2).sum()
                      for a, b, (W, _) in zip(l1, l2, layers, strict=True))
        return penalty - np.log(P[y, np.arange(len(y))]).mean()

    gradients = minimal.backward(layers, minimal.forward(layers, X), y, l1, l2)
    arrays = [array for W, b in layers for array in (W.data, b)]
    for array, gradient in zip(arrays, gradients, strict=True):
        numeric = np.zeros_like(array)
        for k in np.ndindex(array.shape):
            value = array[k]
            for shift, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
                array[k] = value + shift * h
                numeric[k] += weight * loss() / (12 * h)
            array[k] = value
        error = np.linalg.norm(gradient - numeric)
        assert error < 1e-7 * (np.linalg.norm(gradient) + np.linalg.norm(numeric))


def test_pca():
    """The library's features to 1e-5, up to signs, for inputs that were not fitted, too."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    theirs = fit_ordering(X[:1000], y[:1000], "pca")(X)
    mean, axes = minimal.pca(X[:1000])
    ours = (X - mean) @ axes
    signs = np.where((ours * theirs).sum(axis=0) < 0, -1, 1)
    assert np.abs(ours * signs - theirs).max() < 1e-5
    assert np.ptp(theirs, axis=0)[0] > 1


# --- the file -------------------------------------------------------------------------------

def imported(nodes):
    """The modules that statements and what is inside them import."""
    names = set()
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_size_and_imports():
    text = FILE.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert max(map(len, text.splitlines())) <= 96
    *method, main = ast.parse(text).body
    assert ast.unparse(main).startswith("if __name__ == '__main__':")
    assert imported(method) == {"numpy", "scipy.sparse"}
    assert imported([main]) == {"sys", "matplotlib.figure.Figure",
                                "sklearn.datasets.load_digits"}


@pytest.fixture
def run_offline(tmp_path):
    """Run Python code in an empty folder, in a process that may not touch a socket."""
    def run(code, *arguments):
        offline = ("import runpy, sys\n"
                   "def refuse(event, _):\n"
                   "    if event.startswith('socket.'):\n"
                   "        raise OSError(f'offline, but: {event}')\n"
                   "sys.addaudithook(refuse)\n")
        command = [sys.executable, "-W", "error::RuntimeWarning", "-c", offline + code]
        done = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT)}, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout
    return run


def table(printed):
    """What was printed, as {name: [edges, accuracy in percent, blocks …]}."""
    rows = {}
    for line in printed.splitlines()[1:]:
        rows[line[:25].strip()] = [float(n.strip("%")) for n in line[25:].split()]
    return rows


def test_it_runs_as_a_module(run_offline, tmp_path):
    """Importance helps SC; L1 empties the unimportant inputs, and nothing else does. Without a
    path no file is left behind."""
    rows = table(run_offline("runpy.run_module('tutorials.minimal', run_name='__main__')"))
    edges, accuracy, *degrees = rows["SC, inputs by importance"]
    assert edges == 640 and accuracy > rows["SC, inputs shuffled"][1] + 2
    assert all(found <= d for found, d in zip(degrees, [16, 32, 16, 8, 4, 2, 1, 1],
                                              strict=True))
    assert rows["dense, with L1"][1] > 95 and rows["dense, without L1"][1] > 95
    assert rows["dense, before training"][1] < 50
    with_l1 = rows["dense, with L1"][2:]
    assert with_l1 == sorted(with_l1, reverse=True) and len(with_l1) == 8
    assert with_l1[0] > 50 and with_l1[6:] == [0, 0]
    for control in ("dense, before training", "dense, without L1"):
        assert min(rows[control][2:]) > 50
    assert not list(tmp_path.iterdir())


def test_it_runs_as_a_file_and_draws(run_offline, tmp_path):
    printed = run_offline(f"runpy.run_path({str(FILE)!r}, run_name='__main__')", "figure2.png")
    assert len(table(printed)) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["figure2.png"]
    assert (tmp_path / "figure2.png").read_bytes().startswith(b"\x89PNG")
