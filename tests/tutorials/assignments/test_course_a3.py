"""A3: the library answers it with its own conventions only; what the texts say is so."""

import re

import numpy as np
import pytest

from scnn_np.graphs import spatially_coupled
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.graphs.supports import window_blocks, window_shares
from tests.tutorials.assignments.conftest import MASTERS, variants
from tutorials.assignments import bundle, exam, masters, notebook
from tutorials.assignments.calls import call, evaluate, true

SEEDS = variants("A3")


def solution(assignment):
    """The names of a script that solves everything."""
    names = {}
    exec(notebook.script(assignment, masters.answer), names)
    return names


def draw_support(table, n_left, n_right, rng):
    """The library's layer of such a table: a ring, if block 0 has an edge to each window."""
    B, r = table.shape
    return spatially_coupled(n_left, n_right, table.sum(axis=1), rng, blocks=B,
                             receptive_field=r, tail_biting=bool(table.all())).toarray()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_library_fits_no_variant(seed):
    """It answers the first one, and fails where a variant has another convention."""
    assignment = masters.load(MASTERS["A3"], seed)
    tasks = {task.name: task for task in assignment.tasks}
    for name, function, changes in (("window", window_blocks, {"behind"}),
                                    ("shares", window_shares, {"behind", "far"}),
                                    ("draw_support", draw_support, {"behind", "far"})):
        task = tasks[name]
        questions = exam.draw(task, "a secret")
        given = [call(function, evaluate(case)) for case in questions.cases]
        right = (all(true(p, questions.cases, given) for p in task.properties)
                 if task.properties else exam.match(task, given, questions.answers) == 0)
        assert right == (not changes & set(assignment.chosen)), name


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_the_rubric(seed):
    """What it says of the paper's network is what the reference computes."""
    assignment = masters.load(MASTERS["A3"], seed)
    names = solution(assignment)
    [rubric] = [notebook.uncomment(cell.source) for cell in assignment.cells
                if cell.kind == "rubric"]
    degrees = np.array(PAPER_SC_DEGREES)[::-1 if "rising" in assignment.chosen else 1]
    said = re.search(r"In this variant they are, (.*?)\.$", rubric, re.M | re.S)[1]
    said = re.sub(r"\(.*?\)", "", said)
    tables = [names["shares"](degrees, 2, ring) for ring in (False, True)]
    ends = [names["edges_and_in_degrees"](table, 784, 784)[1][[0, 7]] for table in tables]
    assert [int(x) for x in re.findall(r"\d+", said)] == np.ravel(ends).tolist()

    windows = [tuple(names["window"](i, 8, 2, False)) for i in range(8)]
    for block in (0, 7):
        noticed = np.flatnonzero(names["light_cone"](windows, block, 5)[0][-1])
        said = re.search(rf"notice input\s+block {block} are: ([\d to]+)\.", rubric)[1]
        assert [int(x) for x in said.split(" to ")] == np.unique(noticed[[0, -1]]).tolist()
    lonely = re.search(r"Block (\d) sees only input block (\d)\.", rubric).groups()
    assert [int(x) for x in lonely] == [i for i in range(8) if set(windows[i]) == {i}] * 2


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_handout_says_of_drawing(seed, capsys):
    """Its lines run as they are printed; each row is a right neuron, each # an edge."""
    assignment = masters.load(MASTERS["A3"], seed)
    [program] = re.findall(r"^```python\n(.*?)^```$", bundle.handout(assignment), re.M | re.S)
    exec(program, solution(assignment))
    rows = capsys.readouterr().out.split()
    assert {len(row) for row in rows} == {16} and len(rows) == 16
    blocks = np.array([[x == "#" for x in row] for row in rows]).reshape(4, 4, 4, 4)
    band = np.eye(4, k=-1 if "behind" in assignment.chosen else 1) + np.eye(4)
    assert np.array_equal(blocks.any(axis=(1, 3)), band > 0) and blocks.sum() == 4 * 14
