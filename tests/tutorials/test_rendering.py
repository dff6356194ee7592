"""What the real tools make of the pages: GitHub's parser, nbformat, nbconvert and Jupyter.

These tools are no part of the project: where they are missing, all of this is skipped.
"""

import html
import warnings
from pathlib import Path

import pytest

from tutorials.converter.agree import same_text
from tutorials.converter.cells import read_cells
from tutorials.converter.lint import formulas

cmarkgfm = pytest.importorskip("cmarkgfm")
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
markdown_mistune = pytest.importorskip("nbconvert.filters.markdown_mistune")
pytest.importorskip("ipykernel")

TUTORIALS = Path(__file__).parents[2] / "tutorials"
PAGES = ["example", *sorted(path.stem for path in TUTORIALS.glob("pages/*.py"))]


@pytest.fixture(params=PAGES)
def page(request):
    """The name of a page and the folder where it is built: the course's, or the example's."""
    if request.param != "example":
        return request.param, TUTORIALS
    course = request.getfixturevalue("course")
    course.build()
    return request.param, course.folder


def words(text):
    """Without the white space, which HTML does not keep."""
    return "".join(html.unescape(text).split())


def test_every_formula_arrives(page):
    name, folder = page
    read = cmarkgfm.github_flavored_markdown_to_html(
        (folder / f"{name}.md").read_text("utf-8"))
    notebook = nbformat.read(folder / f"notebooks/{name}.ipynb", as_version=4)
    run = "".join(markdown_mistune.markdown2html_mistune(cell.source)
                  for cell in notebook.cells if cell.cell_type == "markdown")
    for cell in read_cells(folder / f"pages/{name}.py"):
        for _, formula in formulas(cell.text) if cell.prose else ():
            assert words(formula) in words(run)
            if formula.startswith("$$"):
                formula = f'<pre lang="math"><code>{formula.strip("$")}</code></pre>'
            assert words(formula) in words(read)


def test_the_lint_knows_what_the_parsers_do():
    """Formulas that the lint refuses do not arrive, those that it offers instead do."""
    for bad, good in ((r"$\mathbf{x}_{i} \mathbf{y}_{i}$", r"$\mathbf x_i \mathbf y_i$"),
                      (r"$a*b*c$", r"$a \ast b \ast c$"), (r"$\{a\}$", r"$\lbrace a \rbrace$"),
                      (r"$a~b~c$", r"$a \sim b$"), (r"$[a](b)$", r"$[a] (b)$")):
        for formula, arrives in ((bad, False), (good, True)):
            rendered = cmarkgfm.github_flavored_markdown_to_html(formula)
            assert (words(formula) in words(rendered)) == arrives


def test_notebooks_are_valid_and_saved_without_a_difference(page, tmp_path):
    name, folder = page
    path = folder / f"notebooks/{name}.ipynb"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    nbformat.write(notebook, tmp_path / "saved.ipynb")
    assert (tmp_path / "saved.ipynb").read_bytes() == path.read_bytes()


def printed(notebook):
    """What each cell prints; a kernel may hand it over in several parts."""
    texts = {cell.id: "".join(output.text for output in cell.get("outputs", ())
                              if output.output_type == "stream") for cell in notebook.cells}
    return {id: text for id, text in texts.items() if text}


@pytest.mark.filterwarnings("default")
def test_notebooks_run(page):
    name, folder = page
    notebook = nbformat.read(folder / f"notebooks/{name}.ipynb", as_version=4)
    committed = printed(notebook)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={
        "metadata": {"path": str(TUTORIALS)}})
    client.execute()
    errors = [output for cell in notebook.cells for output in cell.get("outputs", ())
              if output.output_type == "error" or output.get("name") == "stderr"]
    assert errors == []
    for id, text in committed.items():
        assert same_text(printed(notebook)[id].rstrip(), text.rstrip())
