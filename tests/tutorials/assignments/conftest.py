"""Submissions made from the masters: references, and references with mistakes in them."""

import ast
import textwrap
from functools import cache

import pytest

from tutorials import course
from tutorials.assignments import masters, notebook
from tutorials.assignments.channel import Limits
from tutorials.assignments.rows import grade

MASTERS = masters.find()
QUICK = Limits(load=3, call=0.7, submission=30)


def base(assignment):
    """The reference as a script, and what its functions were."""
    return notebook.script(assignment, masters.answer) + "\n\nreferences = dict(globals())\n"


def graft(assignment, task, function):
    """Code that puts a function of the grader's cells in the place of a task's reference.

    The function finds the references under their names, and what helps it in those cells.
    """
    names = [task.name for task in assignment.tasks if task.name]
    tree = ast.parse("\n".join(c.source for c in assignment.cells if c.kind == "grader"))
    helpers = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)
               or isinstance(node, ast.FunctionDef) and not node.decorator_list]
    body = "\n".join([*helpers, *masters.functions(assignment, [function.__name__]),
                      f"return {function.__name__}"])
    return (f"\n\ndef graft({', '.join(names)}):\n{textwrap.indent(body, '    ')}\n\n\n"
            f"{task.name} = graft(*(references[name] for name in {names}))\n")


def plant(assignment, planted):
    """The reference as a script, with [(task, function), …] in the place of its own."""
    return base(assignment) + "".join(graft(assignment, *pair) for pair in planted)


@cache
def variants(name, most=40):
    """A seed for each combination of conventions of an assignment."""
    found = {}
    for seed in ("", *map(str, range(most))):
        found.setdefault(masters.load(MASTERS[name], seed).chosen, seed)
    return list(found.values())


@pytest.fixture(params=list(MASTERS))
def assignment(request):
    return masters.load(MASTERS[request.param])


@pytest.fixture
def marks(tmp_path):
    """Grade a text: a function of (text, name) → row."""
    def row(text, name="A1.py", key=None):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return grade(path, MASTERS, key, "", QUICK)
    return row


@pytest.fixture(scope="session")
def term(tmp_path_factory):
    """This term's bundles, of a variant: OUT."""
    out = tmp_path_factory.mktemp("term")
    assert course.main(["build", str(out), "--variant", "2026"]) == 0
    return out


def points(row):
    return {task["id"]: task["points"] for task in row["tasks"]}
