"""nbgrader itself generates, validates and grades our notebooks, and its points are ours.

nbgrader is no part of this project: install it, with requirements.txt, into an environment of
its own, and run this file there. Everywhere else it is skipped, and says so.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.tutorials.assignments.conftest import MASTERS, base, graft, points
from tests.tutorials.assignments.test_course_bundle import sure
from tutorials.assignments import masters, notebook
from tutorials.assignments.channel import Limits
from tutorials.assignments.rows import grade

pytest.importorskip("nbgrader", reason="nbgrader is not installed: its rehearsal is skipped")

POINTS = """select bc.name, g.auto_score, g.needs_manual_grade from grade g
join base_cell bc on bc.id = g.cell_id join submitted_notebook sn on sn.id = g.notebook_id
join submitted_assignment sa on sa.id = sn.assignment_id where sa.student_id = ?"""


@pytest.fixture(scope="module", params=list(MASTERS))
def class_room(request, term, tmp_path_factory):
    """An assignment generated in nbgrader's course folder: (assignment, folder, command)."""
    name = request.param
    folder, home = term / "teacher" / name / "nbgrader", tmp_path_factory.mktemp("home")
    places = {place: str(home) for place in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "HOME",
                                             "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def nbgrader(*words):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=folder,
                              capture_output=True, text=True,
                              env={**os.environ, **places, "PATH": path})
        return done.returncode, done.stdout + done.stderr

    code, said = nbgrader("generate_assignment", name, "--create")
    assert code == 0, said
    return masters.load(MASTERS[name], "2026"), folder, nbgrader


def test_the_release_is_our_student_notebook(class_room, term):
    """Up to checksums, types and the text of the stubs; it holds no solution."""
    assignment, folder, _ = class_room
    name = assignment.id
    release = json.loads((folder / "release" / name / f"{name}.ipynb").read_text("utf-8"))
    ours = json.loads((term / "student" / name / f"{name}.ipynb").read_text("utf-8"))

    def plain(cell):
        marks = dict(cell["metadata"].get("nbgrader", {}))
        marks.pop("checksum", None), marks.pop("cell_type", None)
        source = re.sub(r"raise NotImplementedError.*", "raise NotImplementedError",
                        "".join(cell["source"]))
        return cell["cell_type"], source, cell["metadata"] | {"nbgrader": marks}

    assert list(map(plain, release["cells"])) == list(map(plain, ours["cells"]))
    solutions = [line.strip() for task in assignment.tasks if task.name
                 for line in masters.solution(task.cell.source)[1]]
    text = (folder / "release" / name / f"{name}.ipynb").read_text("utf-8")
    assert not [line for line in solutions if len(line) > 9 and json.dumps(line)[1:-1] in text]


def test_nbgrader_gives_our_points(class_room, tmp_path):
    """Stub, reference and two mutants of each task, each handed in by a student."""
    assignment, folder, nbgrader = class_room
    name = assignment.id
    texts = {"stub": notebook.notebook(assignment),
             "reference": notebook.notebook(assignment, masters.answer)}
    for k in range(2):
        def wrong(task, k=k):
            return masters.answer(task) if task.kind == "own test" else graft(
                assignment, task, task.mutants[k])

        texts[f"mutants{k}"] = notebook.notebook(assignment, wrong)
        texts[f"mutants{k}"]["cells"].insert(1, notebook.code(base(assignment)))
    for student, book in texts.items():
        path = folder / "submitted" / student / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook.text_of(book), "utf-8")
        code, said = nbgrader("autograde", name, "--create", f"--student={student}")
        assert code == 0, said
        ours = points(grade(path, {name: MASTERS[name]}, None, "", Limits()))
        with closing(sqlite3.connect(folder / "gradebook.db")) as database:
            theirs = {cell: (score, manual) for cell, score, manual in
                      database.execute(POINTS, [student])}
        for task in assignment.tasks:
            cell = task.id.replace(".", "-")
            if task.kind == "written":
                assert theirs[cell][0] == 0                   # left as it was
            elif task.kind == "task" or student in ("stub", "reference"):
                known = min(ours[task.id], sure(task))
                assert theirs[f"{cell}-test"] == (known, 0), (student, task.id)
                assert student == "reference" or ours[task.id] < task.points


def test_validate_tells_right_from_wrong(class_room, tmp_path, term):
    """By its text: the exit code is 0 either way."""
    assignment, folder, nbgrader = class_room
    path = tmp_path / f"{assignment.id}.ipynb"
    (tmp_path / "check.py").write_bytes(
        (term / "student" / assignment.id / "check.py").read_bytes())
    passes = "Success! Your notebook passes all the tests."
    if any(task.bars for task in assignment.tasks):     # check.py does not know them
        passes = "failed"
    for fill, words in ((masters.answer, passes),
                        (masters.stub, "failed")):
        path.write_text(notebook.text_of(notebook.notebook(assignment, fill)), "utf-8")
        assert words in nbgrader("validate", str(path))[1]
