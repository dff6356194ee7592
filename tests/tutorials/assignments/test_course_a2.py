"""A2: a student's three products, and the whole layer, do the library's work."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array

from scnn_np import MLP, Trainer
from scnn_np.graphs import random_sparse
from scnn_np.nn import Dense, PlainProducts, Sigmoid, Sparse, initial_weights
from scnn_np.training import Adam
from tests.tutorials.assignments.conftest import MASTERS, variants
from tutorials.assignments import bundle, exam, masters, notebook
from tutorials.assignments.calls import call, evaluate, true

SEEDS = variants("A2")


def solution(seed):
    """The names of a script that solves everything."""
    names = {}
    exec(notebook.script(masters.load(MASTERS["A2"], seed), masters.answer), names)
    return names


@pytest.fixture
def data(rng):
    """Two classes that a network can tell apart."""
    X = rng.standard_normal((200, 12))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int)


def networks(products, rng):
    """The same network once for each kind of products; the second layer needs all three."""
    first, second = (initial_weights(random_sparse(n, m, 3, rng), 4.0, rng, np.float64)
                     for n, m in ((12, 9), (9, 15)))
    last = initial_weights((2, 15), 1.0, rng, np.float64)
    return [MLP([Sparse(first, products=kind), Sigmoid(), Sparse(second, products=kind),
                 Sigmoid(), Dense(last)]) for kind in products]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_students_products_give_the_librarys_gradients(seed, data, rng):
    X, y = data
    mine, theirs = networks([solution(seed)["MyProducts"], None], rng)
    losses = [network.loss_and_gradient(X.T, y)[0] for network in (mine, theirs)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12) and theirs.gradient.all()
    np.testing.assert_allclose(mine.gradient, theirs.gradient, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_students_products_train_a_network(seed, data, rng):
    """Step for step as the library's do."""
    histories = []
    for network in networks([solution(seed)["MyProducts"], None], rng):
        trainer = Trainer(network, epochs=10, batch_size=16, optimizer=Adam(0.03),
                          progress_stream=False)
        histories.append([epoch["loss"] for epoch in trainer.fit(*data)])
    mine, theirs = histories
    np.testing.assert_allclose(mine, theirs, rtol=1e-9)
    assert mine[-1] < 0.8 * mine[0]


def test_a_wrong_product_trains_another_network(data, rng):
    """So the two tests above would see it."""
    names = solution("")
    right = names["backward"]
    names["backward"] = lambda *args: 2 * right(*args)
    X, y = data
    mine, theirs = networks([names["MyProducts"], None], rng)
    for network in (mine, theirs):
        network.loss_and_gradient(X.T, y)
    assert not np.allclose(mine.gradient, theirs.gradient)


@pytest.mark.parametrize("seed", ["", SEEDS[-1]])
def test_what_the_handout_says_of_training(seed, tmp_path):
    """Its program runs as it is printed, and the library's products come to the same."""
    assignment = masters.load(MASTERS["A2"], seed)
    [program] = re.findall(r"^```python\n(.*?)^```$", bundle.handout(assignment), re.M | re.S)
    (tmp_path / "A2.py").write_text(notebook.script(assignment, masters.answer), "utf-8")
    texts = {"mine": program, "theirs": program.replace("64, MyProducts", "64, None")}
    assert len(set(texts.values())) == 2
    said = []
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
        done = subprocess.run([sys.executable, f"{name}.py"], cwd=tmp_path, capture_output=True,
                              text=True, env={**os.environ, "PYTHONPATH": os.getcwd()})
        assert done.returncode == 0, done.stderr
        said.append(float(done.stdout.removeprefix("right:")))
    assert said[0] == said[1] > 0.9


# --- the library in the form of the tasks -----------------------------------------------------

def matrix(data, indices, indptr, n_left):
    W = csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_left))
    W.check_format()                        # rows for columns: an error, not a wild read
    return W


def draw_edges(n_left, n_right, degrees, rng):
    return random_sparse(n_left, n_right, degrees, rng).tocoo().coords


def forward(data, indices, indptr, Z):
    return PlainProducts.forward(None, matrix(data, indices, indptr, len(Z)), Z)


def backward(data, indices, indptr, n_left, dA):
    return PlainProducts.backward(None, matrix(data, indices, indptr, n_left), dA)


def on_support(indices, indptr, dA, Z):
    W, dw = matrix(np.ones(len(indices)), indices, indptr, len(Z)), np.zeros(len(indices))
    PlainProducts.on_support(None, W, dA, Z, out=dw)
    return dw


def initial_bounds(indices, indptr, gain):
    W, seed = matrix(np.ones(len(indices)), indices, indptr, max(indices) + 1), 5
    drawn = initial_weights(W, gain, np.random.default_rng(seed), np.float64).data
    return drawn / np.random.default_rng(seed).uniform(-1, 1, len(indices))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_library_fits_no_variant(seed):
    """It answers the first one, and fails where a variant has another convention."""
    assignment = masters.load(MASTERS["A2"], seed)
    tasks = {task.name: task for task in assignment.tasks}
    for function, changed in ((draw_edges, "right"), (forward, "rows"), (backward, "rows"),
                              (on_support, "rows"), (initial_bounds, "entering")):
        task = tasks[function.__name__]
        questions = exam.draw(task, "a secret")
        given = [call(function, evaluate(case)) for case in questions.cases]
        right = (all(true(p, questions.cases, given) for p in task.properties)
                 if task.properties else exam.match(task, given, questions.answers) == 0)
        assert right == (changed not in assignment.chosen), task.id
