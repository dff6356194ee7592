"""Tasks with many right answers that are measured against bars, and the leaderboard."""

import json
import re

import numpy as np
import pytest

from scnn_np.graphs.degrees import PAPER_BLOCKS, PAPER_SC_DEGREES, budget_degrees
from tests.tutorials.assignments.conftest import MASTERS, plant, points, variants
from tests.tutorials.assignments.test_course_bundle import checked
from tutorials import course
from tutorials.assignments import exam, masters, notebook, report
from tutorials.assignments.calls import evaluate
from tutorials.assignments.masters import OWN

MASTER = '''"""Guessing."""

# %% [grader]
from tutorials.assignments.masters import OWN, beats, holds, inputs, measure, mutant

# %% [task] M1.1, Eq. (1): guess a number below 100 (100 points, 5 minutes)
def guess(hint):
    """A number near a secret one."""
    ### BEGIN SOLUTION
    return hint
    ### END SOLUTION


# %% [grader]
def secret(rng):
    return rng.integers(20, 80, 3).tolist()


@inputs("M1.1", same=True)
def hints(rng):
    return [(number + 3,) for number in secret(rng)]


@holds("M1.1", 0, "How large may it be?", "Print it.", "Eq. (1).")
def below_100(cases):
    return all(answer < 100 for _, answer in cases)


@measure("M1.1")
def nearness(cases, rng):
    numbers = secret(rng)
    own = [100.0 - abs(answer - number) for (_, answer), number in
           zip(cases, numbers, strict=True)]
    return {OWN: own, "fifty": [100.0 - abs(50 - number) for number in numbers],
            "the hint + 1": [96.0] * 3}


@beats("M1.1", 0.25, "Is it nearer than 50?", "Look at the hint.", "Eq. (1).")
def nearer_than_50(worth):
    return sum(worth[OWN]) > sum(worth["fifty"])


@beats("M1.1", 0.75, "Is the hint too small?", "Look at the hint.", "Eq. (1).")
def nearer_than_the_second(worth):
    return sum(worth[OWN]) > sum(worth["the hint + 1"])


@mutant("M1.1", violates="below_100")
def too_large(hint):
    return 100


@mutant("M1.1", violates="nearer_than_50")
def fifty(hint):
    return 50


@mutant("M1.1", violates="nearer_than_the_second")
def one_more(hint):
    return hint + 1
'''


@pytest.fixture
def guesses(tmp_path):
    """A master, its term, and a function that grades a folder: (*options) → what is printed."""
    folder, term, place = tmp_path / "masters", tmp_path / "term", tmp_path / "handed in"
    for new in (folder, place):
        new.mkdir()
    (folder / "M1_guessing.py").write_text(MASTER)
    assert course.main(["build", str(term), "--masters", str(folder)]) == 0
    assignment = masters.load(folder / "M1_guessing.py")
    [task] = assignment.tasks
    (place / "right.py").write_text(notebook.script(assignment, masters.answer))
    for f in task.mutants:
        (place / f"{f.__name__}.py").write_text(plant(assignment, [(task, f)]))
    (place / "far.py").write_text("# Assignment M1\ndef guess(hint): return hint - 90\n")
    (place / "stub.py").write_text(notebook.script(assignment))

    def run(capsys, *options, status=1):
        capsys.readouterr()
        command = ["grade", str(place), "--masters", str(folder), "--key",
                   str(term / "teacher" / "key.json"), *options]
        assert course.main(command) == status
        return capsys.readouterr().out
    return run, place, term


def test_points_by_the_bars(guesses, capsys):
    """Nothing for an illegal answer; then the share of the first bar that is not passed."""
    run, _, _ = guesses
    rows = json.loads(run(capsys, "--json"))["rows"]
    found = {row["file"].rpartition("/")[2][:-3]: row["tasks"][0] for row in rows}
    assert {name: task["points"] for name, task in found.items()} == {
        "right": 100, "too_large": 0, "fifty": 25, "far": 25, "one_more": 75, "stub": 0}
    assert found["fifty"]["result"] == "below a bar" and found["fifty"]["public"] == [3, 3]
    assert found["fifty"]["hints"][0] == "Is it nearer than 50?"
    assert found["too_large"]["worth"] == found["stub"]["worth"] == {}
    assert found["right"]["worth"][OWN] == [97.0] * 3


def test_the_leaderboard(guesses, capsys):
    """The best first, the bars in between; no name, and what is illegal has no place."""
    run, place, term = guesses
    rows = json.loads(run(capsys, "--json"))["rows"]
    digest = {row["file"].rpartition("/")[2][:-3]: row["digest"][:8] for row in rows}
    lines = run(capsys, "--leaderboard").splitlines()[2:]
    names = [line.split(" | ")[1] for line in lines]
    assert names[:2] == [digest["right"], "the hint + 1"]
    assert names[2] == digest["one_more"] or names[1] == digest["one_more"]
    assert names.count("fifty") == 1 and names[-1] == digest["far"]
    assert digest["too_large"] not in names and len(names) == 4 + 2
    assert lines[0] == f"| 1 | {digest['right']} | 97.00 ± 0.00 | 97.00, 97.00, 97.00 |"
    assert "right.py" not in "".join(lines)
    _, said = checked(term / "student" / "M1", place / "right.py")
    assert f"leaderboard: {digest['right']}\n" in said


def test_everybody_has_the_same_trials(guesses, capsys):
    """Another file, or a comment more, changes nothing; another seed does."""
    run, place, _ = guesses

    def trials(*options):
        rows = json.loads(run(capsys, "--json", *options))["rows"]
        return {json.dumps(row["tasks"][0]["worth"]["fifty"]) for row in rows
                if row["tasks"][0]["worth"]}

    first = trials()
    assert len(first) == 1
    (place / "right.py").write_text((place / "right.py").read_text() + "# once more\n")
    assert trials() == first
    assert not trials("--seed", "2") & first


def test_check_does_not_know_the_bars(guesses):
    """It gives the points that are sure, and says that more is to come."""
    _, place, term = guesses
    for name, earned in (("right", 25), ("fifty", 25), ("too_large", 0)):
        found, _ = checked(term / "student" / "M1", place / f"{name}.py")
        assert found["M1.1"][0] == earned
        assert ("measures the rest" in found["M1.1"][1]) == (earned > 0)
    (place / "warns.py").write_text("# Assignment M1\nimport numpy as np\n\n\n"
                                    "def guess(hint): return hint + 0 * np.exp(np.log(0.0))\n")
    found, _ = checked(term / "student" / "M1", place / "warns.py")
    assert found["M1.1"][0] == round(0.75 * 25, 1) and "NumPy warns" in found["M1.1"][1]
    text = (term / "student" / "M1" / "check.py").read_text()
    assert "def below_100" in text and "nearer_than" not in text and "def secret" not in text


def test_what_was_measured_is_told(guesses, capsys):
    """In the table of one file, and to Gradescope."""
    run, place, _ = guesses
    rows = json.loads(run(capsys, "--json"))["rows"]
    row = next(row for row in rows if row["file"].endswith("right.py"))
    assert f"\nM1.1, {OWN}: 97.00 ± 0.00\n" in report.table(row, 1)
    board = json.loads(report.gradescope([row], 1))["leaderboard"]
    assert board == [{"name": row["tasks"][0]["title"], "value": 97.0, "order": "desc"}]
    stub = next(row for row in rows if row["file"].endswith("stub.py"))
    assert "leaderboard" not in json.loads(report.gradescope([stub], 1))


def test_bars_need_a_measure(tmp_path):
    path = tmp_path / "M1_guessing.py"
    for taken in ('@measure("M1.1")', '@holds("M1.1", 0, "How large may it be?", "Print it.", '
                  '"Eq. (1).")'):
        path.write_text(MASTER.replace(taken, "").replace('violates="below_100"',
                                                          'violates="nearer_than_50"'))
        masters.load.cache_clear()
        with pytest.raises(masters.MasterError, match="bars, but no"):
            masters.load(path)


# --- A5 ---------------------------------------------------------------------------------------

A5 = [masters.load(MASTERS["A5"], seed) for seed in variants("A5")]


def names(assignment):
    """What stands in its cells, as the grader sees it."""
    return assignment.tasks[0].reference.__globals__


@pytest.mark.parametrize("assignment", A5, ids=lambda a: " ".join(a.chosen))
def test_the_second_bar_is_the_papers(assignment):
    """The mutant that must not beat it has the very degrees of the library's allotment."""
    space = names(assignment)
    paper = np.repeat(budget_degrees(space["EDGES"], PAPER_SC_DEGREES, 64, space["WIDTH"],
                                     receptive_field=8, tail_biting=True), 64 // PAPER_BLOCKS)
    mutant = space["the_second_bar_itself"](np.arange(64.0), space["WIDTH"], space["EDGES"])
    last = "last" in assignment.chosen
    assert mutant.tolist() == (paper[::-1] if last else paper).tolist()
    assert paper.sum() == mutant.sum() <= space["EDGES"]
    told = f"{space['EDGES']} edges gives {', '.join(map(str, paper[::8]))}."
    text = "\n".join(cell.source for cell in assignment.cells if cell.kind == "markdown")
    assert told in text.replace("\n#", "")


def test_the_held_out_images_take_no_part():
    """Neither in the order of the inputs nor in training, and each seed draws others."""
    space = names(A5[0])
    (X, y), (X_out, y_out), importance = space["digits"](7)
    assert len(y) + len(y_out) == 1797 and len(set(y_out)) == 10
    assert np.allclose(importance, X.var(axis=0), rtol=0.01, atol=1e-6)      # n or n - 1
    assert not np.allclose(importance, X_out.var(axis=0), rtol=0.01, atol=1e-6)
    assert np.all(np.diff(importance) <= 0)
    assert not np.array_equal(y_out, space["digits"](8)[1][1])


def test_order_is_a_convention_only():
    """The same network, up to the names of its inputs: accuracies differ by draws alone."""
    first, last = (next(a for a in A5 if word in a.chosen) for word in ("first", "last"))
    for seed in (1, 2):
        a, b = (names(x)["digits"](seed) for x in (first, last))
        assert np.allclose(a[0][0], b[0][0][:, ::-1], atol=1e-5)
        assert np.allclose(a[2], b[2][::-1])


def test_one_key_one_result(tmp_path, capsys):
    """A submission's row in two folders, and from two files, is the same row."""
    text = notebook.script(A5[0], masters.answer)
    key = tmp_path / "key.json"
    key.write_text('{"secret": "s", "variant": "", "without": []}')
    found = []
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(text + f"# {name}\n")
        assert course.main(["grade", str(tmp_path / name), "--key", str(key), "--json"]) == 0
        [row] = json.loads(capsys.readouterr().out)["rows"]
        found.append(row["tasks"][3]["worth"])
        assert points({"tasks": row["tasks"]})["A5.4"] == 35
    assert found[0] == found[1] and set(found[0]) == {OWN, "uniform", "the paper's"}
    assert all(len(values) == 3 for values in found[0].values())


def test_trials_come_from_the_key():
    """And each is judged on the very images whose importance the student was told."""
    task, space = A5[0].tasks[3], names(A5[0])
    exercise = exam.draw(task, "one")
    seeds = space["trials"](exam.generator(*exercise.words))
    for (text, _, _), seed in zip(exercise.cases, seeds, strict=False):
        assert np.array_equal(evaluate([text])[0], space["digits"](seed)[2].round(4))
    first, again, other = (exam.draw(task, secret) for secret in ("one", "one", "two"))
    assert first.cases == again.cases != other.cases
    assert re.match(r"np\.array", first.cases[0][0])


def test_the_numbers_of_the_sample_answer():
    """What a student would find who did as the rubric says, up to two of its errors."""
    [rubric] = [cell.source for cell in A5[0].cells if cell.kind == "rubric"]
    said = dict(re.findall(r"(uniform|paper's list|8 inputs|16 inputs)\s#?\s*(\d\.\d ± \d\.\d)",
                           rubric.replace("\n#", "\n")))
    assert len(said) == 4
    space = names(A5[0])

    def equal_shares(n):
        each, rest = divmod(space["EDGES"], n)
        return [each + (j < rest) if j < n else 0 for j in range(64)]

    def over_seeds(degrees):
        return np.array([space["trained"](tuple(map(int, degrees)), seed)
                         for seed in range(100, 105)])

    others = {"uniform": equal_shares(64), "8 inputs": equal_shares(8),
              "16 inputs": equal_shares(16),
              "paper's list": space["the_second_bar_itself"](np.ones(64), 0, 0)}
    for name, degrees in others.items():
        mean, error, _ = space["compare"](over_seeds(equal_shares(12)), over_seeds(degrees))
        told = [float(number) for number in said[name].split(" ± ")]
        assert abs(mean - told[0]) < 2 * error and abs(error - told[1]) < 0.5, name
