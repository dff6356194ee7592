"""Stubs, references, mutants and equivalents get the points and the hints that they should."""

import csv
import io
import json
import subprocess
import sys

import pytest

from tests.tutorials.assignments.conftest import MASTERS, plant, points, variants
from tutorials import course
from tutorials.assignments import (
    calls,
    exam,
    masters,
    notebook,
    report,
    rows,
    submissions,
)


def stub_of(assignment):
    return notebook.script(assignment)


def reference_of(assignment):
    return notebook.script(assignment, masters.answer)


def rounds(assignment, what):
    """Lists of (task, function): each mutant or equivalent of every task stands in one."""
    count = max(len(getattr(task, what)) for task in assignment.tasks)
    return [[(task, getattr(task, what)[k]) for task in assignment.tasks
             if k < len(getattr(task, what))] for k in range(count)]


# --- points and hints -------------------------------------------------------------------------

def test_an_untouched_stub_scores_nothing(assignment, marks):
    for row in (marks(stub_of(assignment)),
                marks(notebook.text_of(notebook.notebook(assignment)), "A1.ipynb")):
        assert row["tasks"] and all(task["points"] == 0 for task in row["tasks"])
        assert {task["result"] for task in row["tasks"]} <= {"not started", "not answered"}
        assert not row["remark"]


def test_the_reference_scores_everything(assignment, marks):
    """100 points, of which a person has those of the written answer to give."""
    text = reference_of(assignment).replace(submissions.PLACEHOLDER, "Because.")
    row = marks(text)
    assert row["points"] + row["open"] == row["of"] == 100
    assert row["open"] == sum(t.points for t in assignment.tasks if t.kind == "written")
    assert [t["answer"] for t in row["tasks"] if t["points"] is None] == ["Because."]
    passed, asked = (sum(task["public"][k] for task in row["tasks"]) for k in (0, 1))
    assert passed == asked > 0
    assert f"public tests: {passed} of {asked}" in report.table(row, 1)
    assert "all" not in report.summary(row)


@pytest.mark.parametrize("name", MASTERS)
def test_the_reference_of_a_variant(name, marks):
    assignment = masters.load(MASTERS[name], variants(name)[-1])
    row = marks(reference_of(assignment))
    assert row["points"] == row["of"] - sum(t.points for t in assignment.tasks
                                            if t.kind == "written")


def test_each_mutant_loses_its_own_task_only(assignment, marks):
    """With its share of the points and its hints; in every other task nothing is lost."""
    full = points(marks(reference_of(assignment)))
    for planted in rounds(assignment, "mutants"):
        row = marks(plant(assignment, planted))
        expected = dict(full)
        for task, f in planted:
            made = next((p.mark for p in task.properties + task.bars
                         if p.__name__ == f.mark.violates), f.mark)
            expected[task.id] = round(made.share * task.points, 1)
            line = next(line for line in row["tasks"] if line["id"] == task.id)
            result = "below a bar" if made.role == "bar" else "a known mistake"
            assert (line["result"], tuple(line["hints"])) == (result, made.hints), (
                f.__name__)
        assert points(row) == expected, [f.__name__ for _, f in planted]


def test_equivalents_score_everything(assignment, marks):
    full = points(marks(reference_of(assignment)))
    for planted in rounds(assignment, "equivalents"):
        assert points(marks(plant(assignment, planted))) == full, planted


def test_hints_say_nothing_that_solves_a_task(assignment):
    """No line of a solution, and no NumPy function that only the solution uses."""
    for task in assignment.tasks:
        if task.name:
            before, hidden, after = masters.solution(task.cell.source)
            shown = "\n".join(before + after)
            calls = {word for line in hidden for word in line.replace("(", " ( ").split()
                     if word.startswith("np.") and word not in shown}
            for hint in [h for f in task.mutants + task.properties + task.bars
                         for h in f.mark.hints]:
                assert not any(line.strip() in hint for line in hidden if line.strip())
                assert not any(word in hint for word in calls), (task.id, hint)


OTHER = {
    "raises": ("activation", "return A.shape[7]", 0, "IndexError"),
    "nothing": ("activation", "return None", 0, "NoneType where (3, 4)"),
    "text": ("activation", "return 'abc'", 0, "str where (3, 4)"),
    "single": ("activation", "return right(A).astype(np.float32)", 4.5, "single precision"),
    "factor": ("activation", "return 3 * right(A)", 3, "constant factor"),
    "nan": ("activation", "return right(A) * np.nan", 0, "nan"),
    "wrong": ("activation", "return right(A) + np.eye(*A.shape) if A.ndim == 2 else right(A)",
              0, "wrong in"),
    "mostly": ("activation", "return right(A) + (A.ndim == 1)", 2, "wrong in 5 of 5"),
    "remembers": ("activation", "seen.append(1); return right(A) + (len(seen) == 1)", 0,
                  "another answer"),
    "draws": ("activation", "return right(A) + np.random.rand(*A.shape)", 0, "another answer"),
    "turned": ("dense_forward", "return right(W, b, Z).T", 4, "changed places"),
    "gone": ("activation", "return 0\ndel activation", 0, "no function activation"),
    "parts": ("dense_backward", "dW, db, dZ = right(W, Z, dA); return dW, db, dZ + 1", 12,
              "2 of 3 parts right"),
    "too few": ("dense_backward", "return right(W, Z, dA)[:2]", 0, "2 values where 3"),
    "warns": ("activation", "np.log(0 * A); return right(A)", 4.5, "divide by zero")}


@pytest.mark.parametrize("kind", OTHER)
def test_mistakes_that_nobody_foresaw(kind, marks):
    """They are described, and what is right in them has its share."""
    name, body, earned, words = OTHER[kind]
    assignment = masters.load(MASTERS["A1"])
    task = next(task for task in assignment.tasks if task.name == name)
    arguments = ", ".join(task.reference.__code__.co_varnames[
        :task.reference.__code__.co_argcount])
    body, _, after = body.partition("\n")
    text = (f"{reference_of(assignment)}\n\nright, seen = {name}, []\n\n\n"
            f"def {name}({arguments}):\n    {body}\n\n\n{after}\n")
    row = marks(text)
    line = next(line for line in row["tasks"] if line["id"] == task.id)
    assert words in line["result"], line
    assert line["points"] == pytest.approx(earned, abs=0.7)
    assert row["points"] == 90 - task.points + line["points"]


def test_answers_written_for_the_public_tests_earn_nothing(marks):
    """A table of what is right for the numbers in check.py."""
    assignment = masters.load(MASTERS["A1"])
    text = reference_of(assignment) + "\n\ntables = {}\n"
    for task in assignment.tasks:
        if task.kind == "task":
            public = exam.public_exams(MASTERS["A1"], "")[task.id]
            known = [(case, calls.value(outcome)) for case, outcome in
                     zip(public.cases, public.answers[0], strict=True)]
            text += f"tables[{task.name!r}] = {exam.literal(known)}\n"
    row = marks(text + TABLE)
    assert [task["points"] for task in row["tasks"][:7]] == [0] * 7
    assert all(task["public"][0] == task["public"][1] for task in row["tasks"])
    assert row["points"] == 10


TABLE = """
def looked_up(name):
    def function(*args):
        for case, answer in tables[name]:
            known = [eval(text) for text in case]
            if all(callable(a) or np.array_equal(a, b) for a, b in zip(args, known)):
                return answer
        return 0.0
    return function


for name in tables:
    globals()[name] = looked_up(name)
"""

TESTS = {"asserts nothing": ("pass", 0), "exits": ("import os; os._exit(0)", 0),
         "asks for a huge answer": ("many = 9 ** 6; dense_backward(np.ones((many, 0)), "
                                    "np.ones((0, many)), np.ones((many, 0)))", 0),
         "hands in what is no array": ("dense_backward('W', None, Z=open)", 0),
         "fails always": ("assert False", 0),
         "never returns": ("while True: pass", 0), "asks too much":
         ("dense_backward(np.ones((40, 30)), np.ones((30, 2)), np.ones((40, 2)))", 0),
         "calls it once": ("dense_backward(np.ones((2, 3)), np.ones((3, 4)), "
                           "dA=np.ones((2, 4)))", 2)}      # W_not_turned raises an error


@pytest.mark.parametrize("kind", TESTS)
def test_own_tests(kind, marks):
    """They earn what they catch, and nothing if they refuse what is right."""
    body, earned = TESTS[kind]
    text = (reference_of(masters.load(MASTERS["A1"]))
            + f"\n\ndef test_dense_backward(dense_backward):\n    {body}\n")
    row = marks(text)
    assert points(row)["A1.8"] == earned, row["tasks"][7]
    assert row["points"] == 80 + earned


def test_an_error_outside_of_the_functions_costs_nothing(marks):
    """An experiment, a plot, a module that is not here: what stands below it is run."""
    head, tail = reference_of(masters.load(MASTERS["A1"])).split("# %% A1.4")
    row = marks(head + "import no_such_module\nprint(undefined)\n# %% A1.4" + tail)
    assert row["points"] == 90 and "no_such_module" in row["remark"]
    line = (head + "import").count("\n") + 1
    assert f"line {line}: " in row["remark"]


def test_the_same_row_again_and_another_secret(marks):
    """Same file and same key: the same questions. The key decides on the variant."""
    key = {"secret": "a", "variant": "", "without": []}
    text = reference_of(masters.load(MASTERS["A1"])).replace("return 1 /", "return 1.1 /")
    first, again = marks(text, key=key), marks(text, key=key)
    assert first == again
    row = marks(text, key=key | {"variant": "2026"})
    assert "names another variant" in row["remark"] and row["points"] < first["points"]
    row = marks(text, key=key | {"without": ["A1.5"]})
    assert row["of"] == 86


@pytest.mark.parametrize(("named", "of", "remark"), [
    ("A1, without A1.4 A1.8", 72, ""), ("A1, without A1.44", 0, "A1.44"),
    ("A9", 0, "no master"), ("A1, variant 2026", 100, "")])
def test_the_first_line_decides_where_there_is_no_key(named, of, remark, marks):
    row = marks(stub_of(masters.load(MASTERS["A1"])).replace("Assignment A1",
                                                             f"Assignment {named}", 1))
    assert row["of"] == of and remark in row["remark"]


# --- files, forms, exit codes -----------------------------------------------------------------

@pytest.mark.parametrize(("name", "student"), [
    ("Ada Lovelace_123_assignsubmission_file_A1.py", "Ada Lovelace"),
    ("Ada Lovelace_123_assignsubmission_file_/A1.py", "Ada Lovelace"),
    ("lovelaceada_1234_567890_A1-2.py", "lovelaceada"),
    ("lovelaceada_LATE_1234_567890_A1.py", "lovelaceada"), ("A1 (1).py", "")])
def test_names_that_moodle_and_canvas_give(name, student, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x = 1\n")
    found = submissions.read(path)
    assert (found.student, found.assignment, found.problem) == (student, "A1", "")


def test_a_notebook_with_lost_marks(marks):
    """Other metadata, magics, failing cells and outputs do not matter."""
    book = notebook.notebook(masters.load(MASTERS["A1"]), masters.answer)
    for cell in book["cells"]:
        cell["metadata"], cell["source"] = {}, "".join(cell["source"])
        if cell["cell_type"] == "markdown" and cell["source"] == submissions.PLACEHOLDER:
            cell["source"] = "I think so."
    book["cells"].insert(1, {"cell_type": "code", "source": "%matplotlib inline\n!ls\nx = 1"})
    row = marks(json.dumps(book), "x.ipynb")
    assert row["points"] == 90 and row["open"] == 10
    assert row["tasks"][-1]["answer"] == "I think so."


@pytest.fixture
def folder(tmp_path):
    """A reference, a stub, a file of another kind, and a name with a formula in it."""
    place = tmp_path / "handed in"
    place.mkdir()
    assignment = masters.load(MASTERS["A1"])
    (place / "a_1_2_A1.py").write_text(reference_of(assignment))
    (place / "=b_1_2_A1.py").write_text(stub_of(assignment))
    (place / "c.pdf").write_text("%PDF")
    (place / ".DS_Store").write_text("")
    return place


def test_a_folder(folder, capsys):
    """N files in, N rows out, in order of their names."""
    assert course.main(["grade", str(folder), "--csv"]) == 1
    out, err = capsys.readouterr()
    table = list(csv.DictReader(io.StringIO(out)))
    assert [row["student"] for row in table] == ["'=b", "a", ""]
    assert [row["points"] for row in table] == ["0.0", "90.0", "0.0"]
    assert table[1]["A1.4"] == "18.0" and table[1]["of"] == "100"
    assert "neither .py nor .ipynb" in table[2]["remark"]
    assert "in force: answers kept from the submission" in err and "3 of 3" in err
    assert course.main(["grade", str(folder)]) == 1
    assert capsys.readouterr().out.count("\n| ") == 3


def test_exit_codes(folder, capsys, monkeypatch):
    good = str(folder / "a_1_2_A1.py")
    assert course.main(["grade", good]) == 0
    assert course.main(["grade", good, "--pass", "95"]) == 1
    assert course.main(["grade", good, "--key", good]) == 2
    assert course.main(["grade", str(folder / "nothing")]) == 2
    assert "error: --key" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        course.main(["grade", good, "--csv", "--json"])

    def broken(*args):
        raise ZeroDivisionError
    monkeypatch.setattr(rows.verdict, "mark", broken)
    assert course.main(["grade", str(folder), "--json"]) == 3
    out = json.loads(capsys.readouterr().out)
    assert ["grader error" in row["remark"] for row in out["rows"]] == [True, True, False]


def test_resume(folder, tmp_path, capsys, monkeypatch):
    """What was graded is not graded again, unless the file or the questions have changed."""
    command = ["grade", str(folder), "--json", "--resume", str(tmp_path / "record")]
    course.main(command)
    first = json.loads(capsys.readouterr().out)["rows"]
    with open(tmp_path / "record", "a") as record:
        record.write('{"file": "cut o')
    graded = []
    monkeypatch.setattr(rows, "marked", lambda submission, *_: graded.append(
        submission.path.name) or {})
    course.main(command)
    assert json.loads(capsys.readouterr().out)["rows"] == first and not graded
    with open(folder / "a_1_2_A1.py", "a") as file:
        file.write("# more\n")
    course.main(command)
    assert graded == ["a_1_2_A1.py"]
    course.main([*command, "--seed", "2"])
    assert len(graded) == 3


def test_solution(capsys):
    assert course.main(["solution", "A1.3"]) == 0
    assert "return W @ Z + b" in capsys.readouterr().out
    for wrong in ("A1.9", "B1", "A1.33"):
        assert course.main(["solution", wrong]) == 2
        assert "task: got" in capsys.readouterr().err


def test_from_the_command_line(tmp_path):
    """As a teacher types it, and with control characters in a file's name."""
    path = tmp_path / "A1\x1b[31m.py"
    path.write_text(reference_of(masters.load(MASTERS["A1"])))
    done = subprocess.run([sys.executable, "-m", "tutorials.course", "grade", path, "--hint",
                           "3"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "| A1.4 a dense layer backward | Eq. (4) | 18 of 18 | right |" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
