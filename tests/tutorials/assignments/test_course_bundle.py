"""What is handed out holds no answer and runs by itself; what the teacher keeps runs too."""

import ast
import io
import json
import os
import re
import stat
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest

from tests.tutorials.assignments.conftest import MASTERS, plant, variants
from tutorials import course
from tutorials.assignments import bundle, calls, exam, key, masters, notebook, submissions

POSIX = pytest.mark.skipif(os.name != "posix", reason="a script for bash")


@pytest.fixture(params=list(MASTERS))
def handed_out(request, term):
    """(assignment, student's folder, teacher's folder)"""
    assignment = masters.load(MASTERS[request.param], "2026")
    return assignment, term / "student" / assignment.id, term / "teacher" / assignment.id


def run(command, folder, **options):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": "",
                               **options})


# --- nothing is given away --------------------------------------------------------------------

def secrets_of(assignment):
    """Lines that stand in solutions and grader's cells, and nowhere in a student's text."""
    public = "\n".join([notebook.script(assignment), *(
        (bundle.HERE / name).read_text() for name in ("calls.py", "student_check.py"))])
    hidden = [line for task in assignment.tasks if task.name
              for line in masters.solution(task.cell.source)[1]]
    held = "\n".join(masters.functions(assignment, [
        f.__name__ for task in assignment.tasks for f in task.properties]))
    for cell in assignment.cells:
        if cell.kind in ("grader", "rubric"):
            text = cell.source
            if cell.kind == "grader":                     # without decorators: hints are public
                text = ast.unparse(ast.parse(text))
            hidden += [line for line in text.splitlines() if not line.startswith("@")]
    hidden = {re.sub(r"^# ?", "", line).strip() for line in hidden}
    return {line for line in hidden if len(line) > 9 and line not in public + held}


def test_no_answer_is_handed_out(handed_out):
    """Not in a file, not in the zip, not in the notebook's outputs."""
    assignment, folder, _ = handed_out
    contents = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    with zipfile.ZipFile(f"{folder}.zip") as archive:
        contents |= {f"zip: {name}": archive.read(name).decode() for name in archive.namelist()}
    found = secrets_of(assignment)
    assert len(found) > 50
    for name, text in contents.items():
        leaked = [line for line in found if line in text]
        assert not leaked, (name, leaked)
        assert "SOLUTION" not in text and "key" not in name
    book = json.loads(contents[f"{assignment.id}.ipynb"])
    assert not any(cell.get("outputs") for cell in book["cells"])
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [f"{assignment.id}.py", f"{assignment.id}.ipynb", "README.md", "check.py"])


def test_every_stub_names_its_task(handed_out):
    assignment, folder, _ = handed_out
    text = (folder / f"{assignment.id}.py").read_text("utf-8")
    for task in assignment.tasks:
        if task.name:
            body = text.split(f"def {task.name}(")[1].split("\n# %%")[0]
            for heading in ("TODO:", "APPROACH:", "EXAMPLE:", "HINTS:", "Parameters"):
                assert heading in body, (task.id, heading)
            assert f'NotImplementedError("{task.id}, {task.equation}: {task.name}")' in body


def test_the_handout_prints_on_four_pages(handed_out):
    """55 lines of 90 characters a page, a display formula counted as three lines."""
    text = (handed_out[1] / "README.md").read_text("utf-8")
    lines = sum(1 + len(line) // 90 for line in text.splitlines())
    assert lines + 2 * text.count("```math") < 4 * 55
    assert "{" not in re.sub(r"```math.*?```|\$.*?\$", "", text, flags=re.S)
    assert "Honesty" in text and "estimates" in text


def test_formulas_survive_markdown(handed_out):
    """Fences in the .md, $$ in the .ipynb, nothing inline that a parser takes for italics."""
    _, folder, _ = handed_out
    text = (folder / "README.md").read_text("utf-8")
    book = json.loads((folder / f"{folder.name}.ipynb").read_text("utf-8"))
    assert "$$" not in text
    assert not any("```math" in "".join(cell["source"]) for cell in book["cells"])
    inline = re.findall(r"\$([^$\n]+)\$", re.sub(r"```.*?```", "", text, flags=re.S))
    assert inline and not [formula for formula in inline if re.search(
        r"[}\])']_|\*|~|\\[{},;!\\]|<\w|\]\(", formula)]


# --- check.py ---------------------------------------------------------------------------------

def test_check_runs_by_itself(handed_out, tmp_path):
    """In a folder with nothing else in it, without the repository; a stub has no points."""
    assignment, folder, _ = handed_out
    for name in ("check.py", f"{assignment.id}.py", f"{assignment.id}.ipynb"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    for name in (f"{assignment.id}.py", f"{assignment.id}.ipynb"):
        done = run([sys.executable, "-W", "error", "check.py", name], tmp_path)
        assert done.returncode == 0, done.stderr
        tasks = [task for task in assignment.tasks if task.kind != "written"]
        assert done.stdout.count("not started") == len(tasks)
        assert re.search(r"public tests: 0 of \d+; 0.0 of", done.stdout)


def checked(folder, path, level=1):
    """What check.py says, {task: (points, result and hint)}."""
    done = run([sys.executable, folder / "check.py", path, "--hint", str(level)], folder)
    assert done.returncode == 0, done.stderr
    found = re.findall(r"^(\S+\.\d+) .*?([\d.]+) of \d+ .*?of \d+  (.*?(?:\n  .*)?)$",
                       done.stdout, re.M)
    return {task: (float(earned), text) for task, earned, text in found}, done.stdout


def sure(task):
    """What check.py gives for the reference: it does not know the bars."""
    return round(task.points * (task.bars[0].mark.share if task.bars else 1), 1)


def test_check_knows_right_answers_and_mistakes(handed_out, tmp_path):
    """The same points and hints as the grader's, by digests alone."""
    assignment, folder, teacher = handed_out
    full, text = checked(folder, teacher / "solution.py")
    tasks = [task for task in assignment.tasks if task.kind != "written"]
    assert {name: earned for name, (earned, _) in full.items()} == {
        task.id: sure(task) for task in tasks}
    passed, asked = re.search(r"public tests: (\d+) of (\d+);", text).groups()
    assert passed == asked and "all" not in text.split("public tests:")[-1]
    for number in range(max(len(task.mutants) for task in assignment.tasks)):
        planted = [(task, task.mutants[number]) for task in assignment.tasks
                   if number < len(task.mutants)]
        path = tmp_path / f"{number}.py"
        path.write_text(plant(assignment, planted), "utf-8")
        level = 1 + number % 3
        found, _ = checked(folder, path, level)
        for task, f in planted:
            made = next((p.mark for p in task.properties + task.bars
                         if p.__name__ == f.mark.violates), f.mark)
            if made.role == "bar":
                assert found[task.id] == full[task.id], f.__name__
                continue
            assert found[task.id][0] == round(made.share * task.points, 1), f.__name__
            assert made.hints[level - 1] in found[task.id][1], f.__name__
        others = {task.id for task in tasks if task.kind == "task"} - {t.id for t, _ in planted}
        assert all(found[name] == full[name] for name in others)


SAID = {"return A.shape[9]": "IndexError", "return A.T": "where (3, 4) is expected",
        "return right(A).astype('float32')": "single precision", "return right(A) + 1": "wrong",
        "np.log(0 * A); return right(A)": "NumPy warns", "A[0] = 0; return right(A)": "",
        "return np.random.rand(*A.shape)": "another answer", "return None": "NoneType where"}


@pytest.mark.parametrize("body", SAID)
def test_check_describes_the_rest(body, term, tmp_path):
    text = (term / "teacher" / "A1" / "solution.py").read_text("utf-8")
    path = tmp_path / "A1.py"
    text += f"\n\nright = activation\n\n\ndef activation(A):\n    {body}\n"
    path.write_text(text, "utf-8")
    earned, result = checked(term / "student" / "A1", path)[0]["A1.1"]
    assert SAID[body] in result and earned < 6


DRAWN = {"return rng.nothing": (0, "AttributeError"),
         "return np.random.permutation(n).reshape(-1, size)": (0, "another answer"),
         "np.log(0.0 * n); return np.zeros((n // size, size))": (1, "a known mistake"),
         "np.log(0.0 * n); return rng.permutation(n).reshape(-1, size)": (3, "NumPy warns")}


@pytest.mark.parametrize("body", DRAWN)
def test_answers_that_are_drawn_are_described(body, term, marks, tmp_path):
    """By check.py and by the grader; a warning does not hide that a property fails."""
    header = (term / "student" / "A4" / "A4.py").read_text("utf-8").partition("\n")[0]
    text = f"{header}\nimport numpy as np\n\ndef epoch(n, size, rng):\n    {body}\n"
    (tmp_path / "A4.py").write_text(text, "utf-8")
    found = checked(term / "student" / "A4", tmp_path / "A4.py")[0]["A4.7"]
    [task] = [task for task in marks(text, "A4.py")["tasks"] if task["id"] == "A4.7"]
    for earned, result in (found, (task["points"], task["result"])):
        assert earned == DRAWN[body][0] and DRAWN[body][1] in result


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no alarm")
def test_check_ends_what_does_not_end(term, tmp_path):
    """A loop without an end, in a function or in a test of one's own, is an answer like any
    other error, and the rest is judged."""
    path = tmp_path / "A1.py"
    text = (term / "teacher" / "A1" / "solution.py").read_text("utf-8")
    endless = "\n    while True:\n        pass\n"
    path.write_text(f"{text}\n\ndef activation(A):{endless}"
                    f"\n\ndef test_dense_backward(dense_backward):{endless}", "utf-8")
    check = (term / "student" / "A1" / "check.py").read_text("utf-8")
    check = check.replace("'seconds': 3.0", "'seconds': 0.1")
    (tmp_path / "check.py").write_text(check, "utf-8")
    done = run([sys.executable, "check.py", "A1.py"], tmp_path)
    assert done.stdout.count("TimeoutError: more than 0.1 seconds") == 2
    assert done.stdout.count(" right") >= 5


def test_check_says_where_a_file_stops(term, tmp_path):
    path = tmp_path / "A1.py"
    path.write_text("1 / 0\n")
    found, text = checked(term / "student" / "A1", path)
    assert "stops with ZeroDivisionError" in text
    assert all(earned == 0 and "no function" in result for earned, result in found.values())


def test_an_edge_of_rounding_is_refused():
    assert exam.far_from_edges(np.array([0.12341, np.nan, np.inf, -2.0]), 4)
    assert not exam.far_from_edges(np.array([1.0, 0.12345 + 0.9e-6]), 4)
    assert not exam.far_from_edges(np.array([1e9]), 4)
    assert exam.far_from_edges(np.array([0.12345]), 2)
    near = [calls.digest(("array", [np.array(0.1234 + d)]), 4) for d in (-1e-6, 0, 1e-6, 1e-4)]
    assert near[0] == near[1] == near[2] != near[3]


# --- scripts and notebooks --------------------------------------------------------------------

def test_the_notebook_is_the_script(handed_out):
    """The same cells; its bytes are those that Jupyter would write."""
    assignment, folder, _ = handed_out
    data = (folder / f"{assignment.id}.ipynb").read_bytes()
    book = json.loads(data)
    again = json.dumps(book, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert data.decode() == again
    assert set(book) == {"nbformat", "nbformat_minor", "metadata", "cells"}
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w-]{1,64}", x) for x in ids)
    names, others = {}, {}
    exec((folder / f"{assignment.id}.py").read_text("utf-8"), names)
    exec(re.sub(r"^(from check|points).*$", "", submissions.script(data), flags=re.M), others)
    for task in assignment.tasks:
        if task.name:
            assert names[task.name].__doc__ == others[task.name].__doc__
    marks = [cell["metadata"]["nbgrader"] for cell in book["cells"] if cell["metadata"]]
    assert sum(mark.get("points", 0) for mark in marks) == 100


def test_figure_2_is_drawn(term, tmp_path):
    """By the reference of A4, run as a script: the price, and nothing else, empties inputs."""
    text = (term / "teacher" / "A4" / "solution.py").read_text("utf-8")
    (tmp_path / "A4.py").write_text(text, "utf-8")
    done = run([sys.executable, "-W", "error", "A4.py"], tmp_path, MPLBACKEND="Agg")
    assert done.returncode == 0, done.stderr
    edges = [[float(x) for x in numbers.split()] for numbers in re.findall(r"\[(.*)\]",
                                                                           done.stdout)]
    priced, free, before = np.array(edges)
    assert priced[0] > 4 > priced[1] > priced[2] >= priced[3] == 0
    assert min(free) > 18 and min(before) > 18
    assert (tmp_path / "figure2.png").stat().st_size > 5000


# --- build ------------------------------------------------------------------------------------

def test_build_again_keeps_the_secret(tmp_path, capsys):
    path = tmp_path / "out" / "teacher" / "key.json"
    command = ["build", str(tmp_path / "out")]
    assert course.main(command) == 0
    first = key.read_key(path)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert course.main([*command, "--variant", "7", "--without", "A1.6"]) == 0
    assert key.read_key(path) == first | {"variant": "7", "without": ["A1.6"]}
    text = (tmp_path / "out" / "student" / "A1" / "A1.py").read_text("utf-8")
    assert text.startswith("# Assignment A1, variant 7, without A1.6: ")
    assert "backward(P, y)" not in text
    check = (tmp_path / "out" / "student" / "A1" / "check.py").read_text("utf-8")
    assert first["secret"] not in check and "A1.6" not in check


@pytest.mark.parametrize(("options", "words"), [
    (["--variant", "a b"], "--variant: got 'a b'"), (["--without", "A1.66"], "A1.66"),
    (["--without", "B1.1"], "--without: got B1.1"), (["--masters", "tests"], "masters: got"),
    (["--key", "OUT/student/key.json"], "--key: got")])
def test_build_refuses(options, words, tmp_path, capsys):
    options = [option.replace("OUT", str(tmp_path)) for option in options]
    assert course.main(["build", str(tmp_path), *options]) == 2
    assert words in capsys.readouterr().err


PRIVATE = '''"""Doubling."""

# %% [setup]
import numpy as np
from scipy import sparse

# %% [grader]
from tutorials.assignments.masters import (OWN, Big, Expr, beats, holds, inputs, measure,
                                           mutant)

LIBRARIES, SECONDS = ["numpy", "scipy.sparse"], 10

# %% [task] P1.1, Eq. (1): double a sparse matrix (50 points, 5 minutes)
def double(W):
    ### BEGIN SOLUTION
    return W * 2
    ### END SOLUTION


# %% [grader]
@inputs("P1.1", rtol=1e-6, decimals=1)
def double_inputs(rng):
    W = sparse.csr_array(np.array([[0, 1.5, 0], [2.5, 0, rng.integers(1, 9)]]))
    return [(W,), (W.T,), Big([Expr("sparse.csr_array(([1.0], ([70_000], [0])), "
                                    "shape=(70_000 + 1, 70_000))")])]


@mutant("P1.1", 0.5, "How many numbers has the whole matrix?", "Print them.", "Eq. (1).",
        big="MemoryError")
def by_a_dense_matrix(W):
    return sparse.csr_array(2 * W.toarray())


@mutant("P1.1", 0.25, "Twice?", "Count the additions.", "Eq. (1) has a 2.")
def tripled(W):
    return W * 3


# %% [task] P1.2, Eq. (2): two of n (50 points, 5 minutes)
def pair(n, rng):
    ### BEGIN SOLUTION
    return np.sort(rng.choice(n, 2, replace=False))
    ### END SOLUTION


# %% [grader]
@inputs("P1.2")
def pair_inputs(rng):
    return [(int(rng.integers(3, 6)), Expr(f"np.random.default_rng({k})")) for k in range(60)]


@holds("P1.2", 0.5, "Draw a hundred pairs. Are there twins?", "Look at the two.", "Eq. (2).")
def different(cases):
    return all(a < b for _, (a, b) in cases)


@holds("P1.2", 0.25, "Which numbers are never drawn?", "Is n - 1 among them?", "Eq. (2).")
def whole_range(cases):
    return {b for (n, _), (_, b) in cases} >= {3, 4}


@measure("P1.2")
def distances(cases, rng):
    return {OWN: [float(b - a) for _, (a, b) in cases], "one": [1.0, 1.0]}


@beats("P1.2", 0.75, "Are they ever far apart?", "Print them.", "Eq. (2).")
def far_apart(worth):
    return sum(worth[OWN]) > len(worth[OWN])


@mutant("P1.2", violates="different")
def with_replacement(n, rng):
    return np.sort(rng.integers(0, n, 2))


@mutant("P1.2", violates="whole_range")
def short_range(n, rng):
    return np.array([0, 1]) + rng.integers(0, 2)
'''


def test_masters_of_a_teachers_own(tmp_path, capsys):
    """Sparse answers, cases of great size, and answers that are drawn at random."""
    (tmp_path / "P1_doubling.py").write_text(PRIVATE)
    own = ["--masters", str(tmp_path)]
    assert course.main(["build", str(tmp_path / "out"), *own]) == 0
    folder = tmp_path / "out" / "student" / "P1"
    assignment = masters.load(tmp_path / "P1_doubling.py")
    text = (folder / "check.py").read_text()
    assert "def different" in text and "far_apart" not in text
    assert "more than 10 seconds" in (folder / "README.md").read_text()
    capsys.readouterr()
    expected = {"reference": ([], [50, 50], ["right", "right"])}
    for k, shares in enumerate(((25, 25), (12.5, 12.5))):
        expected[f"mutants {k}"] = ([(task, task.mutants[k]) for task in assignment.tasks],
                                    list(shares), ["a known mistake"] * 2)
    for name, (planted, earned, results) in expected.items():
        path = tmp_path / f"P1 {name}.py"
        path.write_text(plant(assignment, planted))
        assert course.main(["grade", str(path), *own, "--json", "--pass", "0"]) == 0
        [row] = json.loads(capsys.readouterr().out)["rows"]
        assert [task["points"] for task in row["tasks"]] == earned, row
        assert [task["result"] for task in row["tasks"]] == results
        if sys.platform == "linux":             # elsewhere nothing keeps a large matrix away
            known = [min(x, sure(t)) for x, t in zip(earned, assignment.tasks, strict=True)]
            assert [x for x, _ in checked(folder, path)[0].values()] == known


# --- Gradescope and Actions -------------------------------------------------------------------

RESULT = {"score": (int, float), "output": str, "output_format": str, "test_output_format": str,
          "test_name_format": str, "visibility": str, "stdout_visibility": str, "tests": list}
TEST = {"name": str, "number": str, "score": (int, float), "max_score": (int, float),
        "status": str, "output": str, "output_format": str, "visibility": str}


def unpack(archive, folder):
    """As unzip does it, with the modes."""
    for info in archive.infolist():
        path = folder / archive.extract(info, folder)
        path.chmod(info.external_attr >> 16)


@POSIX
def test_gradescope(handed_out, tmp_path):
    """In a root of its own, with only NumPy and SciPy to be had, against the schema."""
    assignment, _, teacher = handed_out
    for name in ("source", "submission", "results"):
        (tmp_path / name).mkdir()
    with zipfile.ZipFile(teacher / "gradescope.zip") as archive:
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist())
        unpack(archive, tmp_path / "source")
    assert run(["bash", "-n", "setup.sh"], tmp_path / "source").returncode == 0
    (tmp_path / "submission" / f"{assignment.id}.py").write_bytes(
        (teacher / "solution.py").read_bytes())
    (tmp_path / "submission" / "README.md").write_text("Mine.")
    done = run([tmp_path / "source" / "run_autograder"], tmp_path, AUTOGRADER=str(tmp_path),
               PYTHON=sys.executable)
    result = json.loads((tmp_path / "results" / "results.json").read_text())
    assert set(result) - {"leaderboard"} == set(RESULT), done.stderr
    for entry in result.get("leaderboard", []):
        assert set(entry) == {"name", "value", "order"} and 0 < entry["value"] <= 100
    assert ("leaderboard" in result) == any(task.measure for task in assignment.tasks)
    assert all(isinstance(result[name], kind) for name, kind in RESULT.items())
    for test in result["tests"]:
        assert set(test) == set(TEST)
        assert all(isinstance(test[name], kind) for name, kind in TEST.items())
        assert test["status"] == "passed" and test["visibility"] == "visible"
    assert result["score"] == sum(test["score"] for test in result["tests"]) == 100 - sum(
        task.points for task in assignment.tasks if task.kind == "written")


@POSIX
def test_gradescope_says_when_the_grader_did_not_finish(term, tmp_path):
    for name in ("source", "submission"):
        (tmp_path / name).mkdir()
    with zipfile.ZipFile(term / "teacher" / "A1" / "gradescope.zip") as archive:
        unpack(archive, tmp_path / "source")
    run([tmp_path / "source" / "run_autograder"], tmp_path, AUTOGRADER=str(tmp_path),
        PYTHON="false")
    result = json.loads((tmp_path / "results" / "results.json").read_text())
    assert result == {"score": 0, "output": "The grader did not finish."}


@POSIX
def test_actions(handed_out, tmp_path):
    """The workflow's last step, run as the runner would run it."""
    assignment, folder, teacher = handed_out
    text = (teacher / "github" / "grade.yml").read_text("utf-8")
    assert "\t" not in text and text.isascii()
    script = textwrap.dedent(text.partition("run: |\n")[2])
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / f"{assignment.id}.py").write_bytes(
        (folder / f"{assignment.id}.py").read_bytes())
    script = script.replace("python -m", f"{sys.executable} -m").replace(
        "../submission", str(tmp_path / "submission")).replace("table.md",
                                                               str(tmp_path / "table.md"))
    done = run(["bash", "-e", "-c", script], os.getcwd(),
               GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"), PYTHONPATH=os.getcwd())
    assert done.returncode == 1, done.stderr
    table = (tmp_path / "summary.md").read_text("utf-8")
    assert table.count("not started") == sum(task.kind != "written" for task in
                                             assignment.tasks)


def test_the_zip_of_gradescope_holds_what_it_needs(term):
    """Every module of the grader that its command imports."""
    with zipfile.ZipFile(io.BytesIO((term / "teacher" / "A1" / "gradescope.zip").read_bytes())
                         ) as archive:
        names = set(archive.namelist())
        for name in [name for name in names if name.startswith("tutorials/")]:
            for module in re.findall(r"^from tutorials.assignments import (.*)$|"
                                     r"^from tutorials\.assignments\.(\w+) import",
                                     archive.read(name).decode(), re.M):
                for part in [p.strip() for p in (module[0] or module[1]).split(",")]:
                    assert f"tutorials/assignments/{part}.py" in names, (name, part)


def test_variants_are_told_apart_by_their_first_line():
    assert len({masters.load(MASTERS["A1"], seed).chosen for seed in variants("A1")}) == 8
