"""Every page of the course: agrees with the library, asks, answers, and leads somewhere."""

import ast
import re
import runpy
import socket
from pathlib import Path
from urllib.parse import unquote

import matplotlib.pyplot as plt
import pytest

from tutorials.build import ORDER, main
from tutorials.converter.cells import read_cells

TUTORIALS = Path(__file__).parents[2] / "tutorials"
NAMES = sorted(path.stem for path in TUTORIALS.glob("pages/*.py"))
every_page = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def offline(monkeypatch):
    class Refused(socket.socket):              # still a class: the ssl module derives from it
        def __init__(self, *arguments, **keywords):
            raise OSError("a page of the course uses no network")
    monkeypatch.setattr(socket, "socket", Refused)


@every_page
def test_page_agrees_with_what_is_committed(name, offline, capsys):
    assert main([name, "--check"]) == 0, capsys.readouterr().out


@every_page
def test_page_is_a_script(name, offline, monkeypatch):
    monkeypatch.chdir(TUTORIALS.parent)
    plt.switch_backend("Agg")
    runpy.run_path(str(TUTORIALS / f"pages/{name}.py"), run_name="__main__")
    plt.close("all")


@every_page
def test_page_asks_and_answers(name):
    cells = read_cells(TUTORIALS / f"pages/{name}.py")
    assert name in ORDER
    if name == "README":
        return
    tags = [tag for cell in cells for tag in cell.tags]
    assert "predicted" in tags and tags.count("answer") >= 2 and tags.count("hint") >= 2
    last = ast.parse([cell.text for cell in cells if not cell.prose][-1]).body
    assert any(isinstance(statement, ast.Assert) for statement in last)
    titles = [cell for cell in cells if cell.prose and re.search("^# ", cell.text, re.M)]
    assert titles == cells[:1]


@every_page
def test_cells_show_nothing_but_what_they_print(name):
    """Jupyter shows the value of a cell's last line, a script does not."""
    for cell in read_cells(TUTORIALS / f"pages/{name}.py"):
        last = [] if cell.prose else ast.parse(cell.text).body[-1:]
        for statement in last:
            if isinstance(statement, ast.Expr):
                assert ast.unparse(statement).startswith(("print(", "plt.show(")), (
                    f"{cell.place}, line {cell.line + statement.lineno - 1}")


@every_page
def test_files_are_small_enough_for_github(name):
    assert (TUTORIALS / f"{name}.md").stat().st_size < 500_000
    assert (TUTORIALS / f"notebooks/{name}.ipynb").stat().st_size < 1_000_000
    assert (TUTORIALS / f"results/{name}.json").stat().st_size < 1_000_000


def anchors(text):
    """The anchors that GitHub gives to the headings of a Markdown text."""
    headings = re.findall("^#+ (.+)", re.sub("^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_to_something(name):
    text = re.sub("^```.*?^```|`[^`\n]+`", "", (TUTORIALS / f"{name}.md").read_text("utf-8"),
                  flags=re.M | re.S)
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        file, _, anchor = unquote(link).partition("#")
        path = (TUTORIALS / file).resolve() if file else TUTORIALS / f"{name}.md"
        assert path.exists() and path.name in {p.name for p in path.parent.iterdir()}, link
        if path.suffix == ".md" and anchor:
            assert anchor in anchors(path.read_text("utf-8")), link


def test_nothing_is_left_of_pages_and_pictures_that_are_no_more():
    texts = "".join((TUTORIALS / f"{name}.md").read_text("utf-8") for name in NAMES)
    for path in TUTORIALS.glob("images/*"):
        assert f"(images/{path.name})" in texts, f"no page shows {path.name}"
    for folder, suffix in (("notebooks", "ipynb"), ("results", "json")):
        assert {path.stem for path in TUTORIALS.glob(f"{folder}/*.{suffix}")} == set(NAMES)


def test_pictures_are_opaque():
    for path in TUTORIALS.glob("images/*.png"):
        assert plt.imread(path)[..., 3:].min(initial=1) == 1, path.name
