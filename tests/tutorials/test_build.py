"""The converter: what it writes, what it leaves alone, what it refuses."""

import base64
import itertools
import json
import os
import re
import traceback
import warnings

import matplotlib.pyplot as plt
import pytest

TITLE = "# %% [markdown]\n# # A title\n\n"


def code(text, tags=""):
    return f"{TITLE}# %%{tags}\nimport matplotlib.pyplot as plt\n{text}\n"


def sources(notebook, kind):
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


# What is written ----------------------------------------------------------------------------

def test_markdown_has_all_of_the_page_in_its_order(course):
    assert course.build() == 0
    page = course.read("example.md")
    expected = ["[As a notebook](notebooks/example.ipynb)\n\n# A line through points",
                "`{x: y}` and `$HOME` stays", "slope $w$ and",
                "```math\nL = ", "    \\tag{Eq. 1}\n```\n\nand its", "```python\nimport",
                "```text\nslope 2.0576 of 50 points", "The slope is 2.06 after 20 steps.",
                "far = descend(20, 5.0)", "<summary>What happens</summary>\n\n```text\nslope -",
                "at 2.1, the other swings farther at each step.](images/example-1.png)",
                "</details>", "<summary>Why</summary>\n\nNo: each step overshoots, to 7.1 at",
                "| rate | length of a step |", "![A square that is light at two corners.](",
                "fast enough: True", "<summary>Hint</summary>\n\nThe second derivative is",
                "<summary>Answer</summary>\n\n```python\nx *= 1.0", "```text\nrate 1.4412",
                "```python\nassert abs", "\n---\n\n[As a notebook](notebooks/example.ipynb)\n"]
    places = [page.find(text) for text in expected]
    assert -1 not in places and places == sorted(places)
    assert "$$" not in page and "# alt" not in page and "{{" not in page
    assert re.findall(r".*\n</?details>\n.?", page) == ["\n<details>\n<", "\n</details>\n"] * 4


def test_notebook_leaves_predictions_and_answers_to_the_reader(course):
    course.build()
    notebook = course.notebook()
    cells = {"".join(cell["source"])[:12]: cell for cell in notebook["cells"]
             if cell["cell_type"] == "code"}
    assert cells["far = descen"]["outputs"] == [] == cells['print("fast ']["outputs"]
    assert cells[""]["outputs"] == [] and "x *= 1.0" not in json.dumps(notebook)
    [printed] = cells["import matpl"]["outputs"]
    assert printed == {"name": "stdout", "output_type": "stream", "text": [
        "slope 2.0576 of 50 points, from [0.         0.71400524 1.18029437]\n"]}
    [drawn] = cells["figure, ax ="]["outputs"]
    png = (course.folder / "images/example-2.png").read_bytes()
    assert drawn["data"] == {"image/png": base64.b64encode(png).decode(),
                             "text/plain": ["A square that is light at two corners."]}
    prose = "\n".join(sources(notebook, "markdown"))
    assert "$$L = \\frac1n" in prose and "```math" not in prose
    assert "(../second.md) and [the code](../../scnn_np)" in prose
    assert prose.count("<details>") == 2                    # the hint and the why


def test_notebook_is_what_the_format_asks_for(course):
    course.build()
    text, notebook = course.read("notebooks/example.ipynb"), course.notebook()
    assert text == json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert notebook["metadata"].keys() == {"kernelspec", "language_info"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    for cell in notebook["cells"]:
        more = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert cell.keys() == {"cell_type", "id", "metadata", "source"} | more
        assert re.fullmatch("[a-zA-Z0-9-_]{1,64}", cell["id"]) and cell["metadata"] == {}
        assert "".join(cell["source"]).splitlines(True) == cell["source"]
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_a_cell_keeps_its_id_when_it_moves(course):
    parts = [TITLE, "# %%\na = 1\n", "# %%\nb = 2\n", "# %%\na = 1\n"]
    ids = []
    for order in ([0, 1, 2, 3], [0, 2, 1, 3]):
        course.page("".join(parts[i] for i in order))
        course.build()
        ids.append([cell["id"] for cell in course.notebook()["cells"]])
    first, second = ids
    assert second == [first[0], first[1], first[3], first[2], *first[4:]]
    assert first[4] == first[2] + "-2"
    course.page("".join(parts), "second")
    course.build()
    assert not {*ids[0][1:-1]} & {cell["id"] for cell in course.notebook("second")["cells"]}


def test_pictures_are_opaque_and_700_pixels_wide(course):
    course.build()
    for path in (course.folder / "images").iterdir():
        pixels = plt.imread(path)
        assert pixels.shape[2] == 4 and pixels[..., 3].min() == 1
        assert pixels.shape[1] <= 7 * 120


def test_links_to_the_neighbours_that_exist(course):
    for name in ("second", "third", "apart"):
        course.page(TITLE.replace("A title", f"Page {name}"), name)
    order = ("example", "missing", "second", "third")
    assert course.build(order=order) == 0
    assert course.read("example.md").endswith(
        "[As a notebook](notebooks/example.ipynb) · [Page second](second.md) →\n")
    assert course.read("second.md").endswith(
        "(notebooks/second.ipynb) · ← [A line through points](example.md) · "
        "[Page third](third.md) →\n")
    assert course.read("third.md").endswith(" · ← [Page second](second.md)\n")
    assert course.read("apart.md").endswith("[As a notebook](notebooks/apart.ipynb)\n")
    assert sources(course.notebook("second"), "markdown")[-1] == (
        "← [A line through points](example.ipynb) · [Page third](third.ipynb) →")
    assert "[The next page](second.ipynb)" in "".join(sources(course.notebook(), "markdown"))


def test_links_of_a_notebook_lead_from_its_folder(course):
    course.page(TITLE + r"""# %% [markdown]
# [Here](#part), [there](https://arxiv.org), [a page](second.md#part), [a guide](guide.md),
# ![a picture](images/extra.gif), `[code](x.md)`
#
# $$\left[a\right](b)$$
""")
    course.page(TITLE, "second")
    course.build()
    assert sources(course.notebook(), "markdown")[1] == (
        "[Here](#part), [there](https://arxiv.org), [a page](second.ipynb#part), "
        "[a guide](../guide.md),\n![a picture](../images/extra.gif), `[code](x.md)`\n\n"
        r"$$\left[a\right](b)$$")


def test_only_the_pages_that_are_named(course, capsys):
    course.page(TITLE, "second")
    course.build("second")
    assert not (course.folder / "example.md").exists()
    assert capsys.readouterr().out.split(": written\n") == [
        "second.md", "notebooks/second.ipynb", "results/second.json", ""]


# What is left alone -------------------------------------------------------------------------

def test_a_rebuild_touches_nothing(course):
    course.build()
    before = course.snapshot()
    assert course.build() == 0 and course.build("--check") == 0
    assert course.snapshot() == before


MACHINE = code('''import os
off = float(os.environ["OFF"])
print(f"loss {2.5 * (1 + off):.6f}, test accuracy {0.95 + off:.2%}")
plt.plot([0, 1, 2], [0, 0.5 + off, 1])
# alt: A line.
''') + "\n# %% [markdown]\n# So the loss is {{2.5 * (1 + off):.6f}}.\n"
DRAWINGS = {
    "a line": "plt.plot([0, 1, 2], [0, 0.5 + off, 1])",
    "bars": "plt.bar([0, 1], [0.5, 1 + off])",
    "an image": "plt.imshow([[0, 1], [0.5 + off, 0.25]])",
    "points": "plt.scatter([0, 1], [0.5 + off, 1])",
    "sizes": "plt.scatter([0, 1], [0.5, 1], s=[9, 90 * (1 + off)])",
    "colours": "plt.scatter([0, 1, 2], [1, 2, 1], c=[9, 50 * (1 + off), 90])",
    "error bars": "plt.errorbar([0, 1], [0.5, 1], yerr=[0.1, 0.2 * (1 + off)])",
    "an area": "plt.fill_between([0, 1], [0.5, 1 + off])",
    "steps": "plt.stairs([0.5, 1 + off])",
    "a histogram": "plt.hist([0.1, 0.5, 1 + off], bins=[0, 0.3, 1.0001, 2])",
    "segments": "plt.hlines([1, 2], [0, 0], [0.5 + off, 1], lw=[1, 2])",
    "widths": "plt.hlines([1, 2], [0, 0], [1, 1], lw=[1, 20 * (1 + off)])",
    "a mesh": "plt.pcolormesh([[0, 1], [0.5 + off, 0.25]])"}


def test_another_machine_changes_nothing_another_result_does(course, monkeypatch):
    course.page(MACHINE)
    monkeypatch.setenv("OFF", "0")
    course.build()
    before = course.snapshot()
    monkeypatch.setenv("OFF", "0.00005")
    assert course.build("--check") == 0 == course.build()
    assert course.snapshot() == before
    monkeypatch.setenv("OFF", "0.02")
    assert course.build("--check") == 1
    assert course.snapshot() == before                      # --check writes nothing
    course.build()
    assert course.build("--check") == 0
    assert {path.name for path, state in course.snapshot().items() if state != before[path]
            } == {"example.md", "example.ipynb", "example.json", "example-1.png"}


@pytest.mark.parametrize("drawn", DRAWINGS)
def test_the_numbers_behind_a_picture_are_compared(course, monkeypatch, capsys, drawn):
    """Neither what the page prints nor the pixels could give the difference away."""
    course.page(code(f'import os\noff = float(os.environ["OFF"])\n{DRAWINGS[drawn]}\n'
                     "# alt: What is drawn."))
    monkeypatch.setenv("OFF", "0")
    course.build()
    old = {"drawn by": "Matplotlib 3.9.0, FreeType 2.6.1"}
    course.write_results({id: {**result, "pictures": [p | old for p in result["pictures"]]}
                          for id, result in course.results().items()})
    assert course.build("--check") == 0
    monkeypatch.setenv("OFF", "0.02")
    capsys.readouterr()
    assert course.build("--check") == 1
    assert "images/example-1.png: disagrees" in capsys.readouterr().out


def test_a_film_plays_once_and_is_compared_by_its_numbers(course, monkeypatch):
    course.page(code('import os\noff = float(os.environ["OFF"])\n'
                     "line, = plt.plot([0, 2], [0, 2])\n"
                     "for k in range(3):\n    line.set_ydata([3, k + off])\n"
                     "    plt.pause(0.1)\n"
                     "# alt: A line that moves."))
    monkeypatch.setenv("OFF", "0")
    course.build()
    path = course.folder / "images/example-1.gif"
    gif = path.read_bytes()
    assert gif[:6] == b"GIF89a" and gif.count(b"!\xf9\x04") == 3 and b"NETSCAPE" not in gif
    [result] = course.results().values()
    assert result["pictures"][0]["numbers"] == ["0 2", "3 0", "0 2", "3 1", "0 2", "3 2"]
    assert "](images/example-1.gif)" in course.read("example.md")
    [drawn] = course.notebook()["cells"][2]["outputs"]
    assert drawn["data"]["image/gif"] == base64.b64encode(gif).decode()
    path.write_bytes(gif + b"\0")                           # pixels do not count
    monkeypatch.setenv("OFF", "0.0001")
    course.build()
    assert path.read_bytes() == gif + b"\0"
    monkeypatch.setenv("OFF", "0.1")
    assert course.build("--check") == 1


def test_pictures_of_accuracies_agree_within_a_point(course, monkeypatch):
    page = code('import os\noff = float(os.environ["OFF"])\n'
                "plt.plot([1, 2], [0.9, 0.95 + off])\n# alt: The {WHAT} rises.")
    for what, failed in (("accuracy", 0), ("loss", 1)):
        course.page(page.replace("{WHAT}", what))
        monkeypatch.setenv("OFF", "0")
        course.build()
        monkeypatch.setenv("OFF", "0.008")
        assert course.build("--check") == failed


@pytest.mark.parametrize(("old", "new"), [
    ("downhill", "uphill"), ("mean squared", "mean  squared"), ("0.5)", "0.50)"),
    ("length of a step", "length of steps"), ("each step overshoots", "it overshoots"),
    ('"rate 5"', '"rate 5.0"'), ("A square that", "A field that"), ("twice the", "double the"),
    ("x *= 1.0", "x *= 1.00"), (r"\frac1n", r"\frac1{n}")])
def test_prose_and_code_are_compared_literally(course, old, new):
    course.build()
    source = course.read("pages/example.py")
    assert old in source
    course.page(source.replace(old, new))
    assert course.build("--check") == 1


@pytest.mark.parametrize("file", ["example.md", "notebooks/example.ipynb"])
def test_what_was_changed_by_hand_is_found_and_mended(course, file, capsys):
    course.build()
    written = course.read(file)
    (course.folder / file).write_text(written.replace("slope", "slant", 1), "utf-8")
    assert course.build("--check") == 1
    out = capsys.readouterr().out
    assert f"{file}: disagrees" in out
    assert file.endswith("ipynb") or re.search("\n-.*slant.*\n[+].*slope", out)
    course.build()
    assert course.read(file) == written


def repaint(course):
    """Put other pixels into the second picture, as if they had been committed."""
    path = course.folder / "images/example-2.png"
    pixels = plt.imread(path)
    pixels[100:200, 100:200, :3] = 0
    plt.imsave(path, pixels)
    return path.read_bytes()


def test_pixels_count_under_the_matplotlib_that_drew_them(course, capsys):
    course.build()
    repaint(course)
    capsys.readouterr()
    assert course.build("--check") == 1
    assert "images/example-2.png: disagrees" in capsys.readouterr().out


def test_pixels_of_another_matplotlib_are_kept(course):
    course.build()
    results = course.results()
    for result in results.values():
        for picture in result["pictures"]:
            picture["drawn by"] = "Matplotlib 3.9.0, FreeType 2.6.1"
    course.write_results(results)
    png = repaint(course)
    course.build()
    assert (course.folder / "images/example-2.png").read_bytes() == png
    assert base64.b64encode(png).decode() in course.read("notebooks/example.ipynb")
    assert course.build("--check") == 0


@pytest.mark.parametrize("tags", ["", ' tags=["unchecked"]'])
def test_a_picture_that_was_lost_is_drawn_again(course, tags):
    course.page(code("print(1)\nplt.plot([1, 2])\n# alt: A line.", tags))
    course.build()
    before = course.snapshot()
    (course.folder / "images/example-1.png").unlink()
    assert course.build("--check") == 1
    course.build()
    assert {p: b for p, (b, _) in course.snapshot().items()} == {
        p: b for p, (b, _) in before.items()}


def test_unchecked_cells_only_have_to_print(course, monkeypatch):
    page = code('import os\nprint(os.environ["OFF"])', ' tags=["unchecked"]')
    course.page(page)
    monkeypatch.setenv("OFF", "fast")
    course.build()
    monkeypatch.setenv("OFF", "slow, 37 words")
    assert course.build("--check") == 0
    course.build()
    assert "fast" in course.read("example.md")
    monkeypatch.setenv("OFF", "")
    with pytest.raises(ValueError, match="prints something"):
        course.build("--check")


def test_new_cells_leave_the_results_of_the_others_alone(course, monkeypatch):
    course.page(MACHINE)
    monkeypatch.setenv("OFF", "0")
    course.build()
    before = course.results()
    monkeypatch.setenv("OFF", "0.0001")
    new = "# %%\nimport matplotlib.pyplot as plt\nplt.plot([3])\n# alt: A point.\n\n# %%\n"
    course.page(MACHINE.replace("# %%\n", new))
    course.build()
    after = course.results()
    assert after.keys() > before.keys()
    for id, result in before.items():
        for picture in result["pictures"]:
            picture["file"] = "images/example-2.png"        # was the first one
        assert after[id] == result


# What is computed ---------------------------------------------------------------------------

def test_an_answer_sees_the_page_and_leaves_no_trace(course):
    course.page(TITLE + '''# %%
import numpy as np
factor, data, nested = 2, np.ones(3), {"list": [1]}
alias = data
def scaled():
    return factor * data.sum()

# %% tags=["answer"]
factor = 10
data[:] = 5
nested["list"].append(2)
extra = 1
del alias
print("answer:", scaled(), nested)

# %% tags=["answer"]
print("next answer:", scaled(), "extra" in globals())

# %%
print("page:", scaled(), nested, "extra" in globals(), alias is data)
''')
    course.build()
    page = course.read("example.md")
    assert "answer: 150.0 {'list': [1, 2]}\n" in page
    assert "next answer: 6.0 False\n" in page
    assert "page: 6.0 {'list': [1]} False True\n" in page


def test_pages_begin_afresh_and_in_the_root(course):
    course.page(code("leftover = 1\nplt.figure()\nplt.rcParams['font.size'] = 30\n# alt: N."))
    course.page(code("import os\nprint('leftover' in globals(), plt.rcParams['font.size'], "
                     "plt.rcParams['text.color'], plt.get_fignums(), os.listdir(), __name__)"),
                "second")
    with plt.rc_context({"font.size": 20, "text.color": "red"}):
        here = os.getcwd()
        course.build()
        assert (os.getcwd(), plt.rcParams["font.size"]) == (here, 20)
    assert "```text\nFalse 10.0 black [] ['tutorials'] __main__\n" in course.read("second.md")


@pytest.mark.parametrize(("written", "shown"), [
    ("{{accuracy:.1%}}", "93.4%"), ("{{history[-1]['loss']:.2f}}", "0.25"),
    ('{{history[-1]["loss"]:>8.2f}}', "    0.25"), ("{{n:,}}", "12,345"),
    ("{{name!r}}", "'a:b'"), ("{{n}} and {{n + 1}}", "12345 and 12346"), ("`{{n}}`", None),
    ("${{n}}$", None)])
def test_placeholders(course, written, shown):
    course.page(code("accuracy, n, name, history = 0.934, 12345, 'a:b', [{'loss': 0.25}]")
                + f"# %% [markdown]\n# Here {written} stands.\n")
    if shown:
        course.build()
        assert f"Here {shown} stands." in course.read("example.md")
        assert f"Here {shown} stands." in sources(course.notebook(), "markdown")[1]
    else:
        with pytest.raises(ValueError, match="example.py, cell 3, line 8: a placeholder"):
            course.build()


def test_a_placeholder_knows_only_what_was_computed_above_it(course):
    course.page(code("a = 1") + "# %% [markdown]\n# {{a}}\n\n# %%\na = 2\n\n"
                "# %% [markdown]\n# {{a}}\n")
    course.build()
    assert re.findall(r"^\d$", course.read("example.md"), re.M) == ["1", "2"]


# What is refused ----------------------------------------------------------------------------

ERRORS = {
    "1 / 0": "ZeroDivisionError",
    "x = (": "SyntaxError",
    "import warnings\nwarnings.warn('old')": "UserWarning: old",
    "print('x' * 89)": "more than 88 columns",
    "print(object())": "an address",
    "print('2026-01-01')": "a date",
    "print('see /tmp/file')": "an absolute path",
    "print('```')": "three backticks end a fence",
    "plt.plot([1])": "1 pictures, 0 alt texts",
    "# alt: Nothing.": "0 pictures, 1 alt texts",
    "plt.plot([1])\n# alt: A $w$.": "plain words only",
    "plt.plot([1])\n# alt: One of {{unknown}}.": "NameError: name 'unknown'",
    "plt.figure(figsize=(8, 3))\n# alt: Wide.": "width <= 7",
    "plt.title('small', fontsize=7)\n# alt: Small.": ">= 8 pt",
    "plt.figure().patch.set_visible(False)\n# alt: Clear.": "opaque pixels",
    "plt.plot([1], 'o-', label='a')\nplt.plot([2], 'o-', label='b')\n# alt: Two.":
        "differ in line style or marker"}


@pytest.mark.parametrize("text", ERRORS)
def test_errors_name_the_page_the_cell_and_the_line(course, text):
    course.page(code(f"a = 1\n{text}"))
    with pytest.raises(Exception) as info, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        course.build()
    shown = "".join(traceback.format_exception(info.value))
    assert ERRORS[text] in shown
    assert "in example.py, cell 2, from line 5" in shown
    first = text.splitlines()[-1]
    if text in ("1 / 0", "x = (", "import warnings\nwarnings.warn('old')"):
        line = 6 + len(text.splitlines())
        assert re.search(rf'example.py", line {line}.*\n +{re.escape(first)}', shown)
    assert not (course.folder / "example.md").exists()


def test_an_unknown_name_in_the_prose_names_its_line(course):
    course.page(code("a = 1") + "# %% [markdown]\n# A line.\n#\n# Then {{accurcy:.1%}} more.\n")
    with pytest.raises(NameError) as info:
        course.build()
    shown = "".join(traceback.format_exception(info.value))
    assert re.search(r'example.py", line 10.*\n +# Then \{\{accurcy', shown)
    assert "in example.py, cell 3, from line 8" in shown


@pytest.mark.parametrize(("text", "message"), [
    (TITLE + "# %% [md]\n# x\n", "example.py, cell 1: expected # %%, [markdown], tags="),
    (TITLE + '# %% tags=["secret"]\na = 1\n', "example.py, cell 2: expected # %%"),
    ('"""A docstring."""\n' + TITLE, "example.py, cell 1: expected # %%"),
    ("# %%\n# A comment\n", "example.py: expected a title first"),
    ("# %% [markdown]\n# No title\n", "example.py: expected a title first"),
    ("", "example.py: expected a title first"),
    (TITLE + "# %% [markdown]\n# Words.\n#\n# And *$x$*.\n",
     "example.py, cell 2, line 7: emphasis begins or ends with a formula"),
    (TITLE + "# %% [markdown] tags=[\"hint\"]\n# Take $x$.\n",
     "example.py, cell 2, line 5: maths in what is folded away")])
def test_sources_that_are_no_page(course, text, message):
    course.page(text)
    with pytest.raises(ValueError, match=re.escape(message)):
        course.build()


def test_curves_of_the_style_differ_without_their_colours():
    from tutorials.converter.cells import STYLE
    with plt.style.context(STYLE):
        cycle = list(itertools.islice(plt.rcParams["axes.prop_cycle"], 7))
    for keys in (("color",), ("linestyle", "marker")):
        assert len({tuple(entry[key] for key in keys) for entry in cycle}) == 7
