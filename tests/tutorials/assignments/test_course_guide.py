"""The guide for teachers: its commands can be typed, its files are there, nothing is missing.

That its generated parts are up to date, and its links lead somewhere, is tested with all pages
that have such parts, in tests/figures/test_readme.py.
"""

import re
import shlex

import pytest

from tests.tutorials.assignments.conftest import MASTERS
from tutorials import course
from tutorials.assignments import bundle, guide, masters, notebook

TEXT = (bundle.HERE / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.M | re.S)
COMMANDS = [line for line in "".join(BLOCKS).splitlines() if "tutorials.course" in line]
INLINE = [f"python -m tutorials.course {words}" for words in re.findall(
    r"`(?:python -m tutorials\.course )?((?:build|grade|solution) [^`]+)`", TEXT)]


def test_it_begins_by_saying_that_nothing_is_secret():
    assert "Nothing here is secret" in TEXT.split("\n\n")[1]


@pytest.mark.parametrize("line", [*COMMANDS, *INLINE])
def test_commands_can_be_typed(line):
    """As the parser of the command understands them, without what stands behind a `>`."""
    words = shlex.split(line.partition("tutorials.course")[2].partition(">")[0])
    assert vars(course.parser().parse_args(words))["command"] == words[0]


def test_every_option_is_explained():
    """Of the two commands that a teacher types; `--gradescope` is typed by a script."""
    commands = course.parser()._subparsers._group_actions[0].choices
    options = {option for name in ("build", "grade") for action in commands[name]._actions
               for option in action.option_strings if option.startswith("--")}
    options -= {"--help", "--gradescope"}
    assert len(options) > 9
    assert [option for option in sorted(options) if option not in TEXT] == []


def test_the_files_that_it_names_are_built(term):
    """Those of the two tables, for every assignment."""
    rows = re.findall(r"^\| (`[^|]+) \|", TEXT, re.M)
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert {"README.md", "check.py", "key.json", "A1/rubric.md"} <= set(names)
    for assignment in MASTERS:
        for name in names:
            name = name.replace("A1", assignment)
            places = (term / "student" / assignment / name, term / "teacher" / name)
            assert any(place.exists() for place in places), name


def test_every_assignment_has_its_place():
    """In the list of what is taught, in both timetables, and among the oral questions."""
    weeks, days = TEXT.split("**Five weeks**")[1].split("**Two days**")
    for name in MASTERS:
        assert len(re.findall(rf"^- \*\*{name}\*\* teaches", TEXT, re.M)) == 1
        assert re.search(rf"\b{name}\b", weeks) and re.search(rf"\b{name}\b", days), name
    asked = dict(re.findall(r"^\*\*(\w\d+), [^*]+\*\*\n\n(.+?)(?=\n\n|\Z)", guide.questions(),
                            re.M | re.S))
    assert list(asked) == list(MASTERS)
    for questions in asked.values():
        assert re.findall(r"^(\d)\. ", questions, re.M) == list("123")


def test_what_is_generated_tells_all_tasks():
    """Every task and every known mistake stand in it."""
    for path in MASTERS.values():
        for task in masters.load(path).tasks:
            row = f"| {task.id} {task.title} | "
            assert guide.mistakes().count(row) == bool(task.mutants)
            for mutant in task.mutants:
                line = guide.mistakes().split(row)[1].partition("\n")[0]
                assert mutant.__name__.strip("_").replace("_", " ") in line


def test_the_statement_on_honesty_can_be_edited(tmp_path, monkeypatch):
    """Where the guide says: another text in the template is what students get."""
    assert "templates/handout.md" in TEXT
    text = (bundle.HERE / "templates" / "handout.md").read_text("utf-8")
    assert "**Honesty.**" in text and "AI" in text
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "handout.md").write_text(
        text.replace("**Honesty.**", "**Our rules.**"), "utf-8")
    monkeypatch.setattr(bundle, "HERE", tmp_path)
    assert "**Our rules.**" in bundle.handout(masters.load(MASTERS["A1"]))


def test_written_answers_have_their_rubric(term):
    """Sample answers at three grades for each assignment, in the teacher's bundle only."""
    for name in MASTERS:
        text = (term / "teacher" / name / "rubric.md").read_text("utf-8")
        grades = [int(n) for n in re.findall(r"^- \*(\d+) points?\.\*", text, re.M)]
        assert len(grades) >= 3 and len(set(grades)) >= 3, name
        assert "oral questions" in text
        student = (term / "student" / name / f"{name}.py").read_text("utf-8")
        assert student.count(f"answer_{name}_") == 1
        assert notebook.PLACEHOLDER in student
