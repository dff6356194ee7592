"""A page's source, a percent script: read into cells, and run."""

import ast
import contextlib
import copy
import hashlib
import io
import re
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import matplotlib.pyplot as plt

from tutorials.converter.agree import film, picture
from tutorials.converter.lint import CODE, FLAGS, MATHS, broken, faults

STYLE = ["default", Path(__file__).with_name("course.mplstyle")]
FOLDS = {"hint": "Hint", "predicted": "What happens", "why": "Why", "answer": "Answer"}
TAGS = [*FOLDS, "unchecked"]
HEADER = re.compile(r"^# %%( \[markdown\])?(?: tags=(\[.*\]))?\n", re.M)
ALT = re.compile(r"^# alt: (.*(?:\n# .*)*)\n*", re.M)
PLACEHOLDER = re.compile(rf"(?P<skip>{CODE}|{MATHS})|\{{\{{(?P<inner>.+?)\}}\}}", FLAGS)


def read_cells(path):
    """The cells of the percent script at `path`.

    A cell has its line in the source, its tags, whether it is prose, its text (prose without
    comment signs, code without alt texts), its alt texts, and an id that it keeps when moved.
    """
    source, cells, wrong, line = path.read_text("utf-8"), [], [], 2
    before, *parts = HEADER.split(source)
    for prose, tags, text in zip(*(parts[i::3] for i in range(3)), strict=True):
        cell = SimpleNamespace(prose=bool(prose), tags=set(ast.literal_eval(tags or "[]")))
        cell.path, cell.line, cell.place = path, line, f"{path.name}, cell {len(cells) + 1}"
        cell.alts = [" ".join(alt.replace("\n#", " ").split()) for alt in ALT.findall(text)]
        cell.text = (re.sub("^# ?", "", text, flags=re.M) if prose
                     else ALT.sub("", text)).rstrip()
        wrong += [f"{cell.place}, line {line - 1 + len(cell.text[:at + 1].splitlines())}: {why}"
                  for at, why in (faults(cell.text, cell.tags) if prose else ())]
        if before or "# %%" in text or not cell.tags.issubset(TAGS):
            wrong.append(f"{cell.place}: expected # %%, [markdown], tags=[some of {TAGS}]")
        digest = hashlib.sha1(f"{path.stem}\n{cell.text}".encode()).hexdigest()[:12]
        same = sum(other.id.startswith(digest) for other in cells)
        cell.id = f"{digest}-{same + 1}" if same else digest
        cells.append(cell)
        line += 1 + text.count("\n")
    if wrong or not cells or not cells[0].prose or cells[0].text[:2] != "# ":
        raise ValueError("\n".join(wrong) or f"{path.name}: expected a title first")
    return cells


def run(cells, root):
    """Run a page from the folder `root`: each cell gets its result.

    Warnings are errors: readers would see them. An answer runs with copies of the page's
    values, the page's functions see these too, and later cells see nothing of it.
    """
    space = {"__name__": "__main__", "__builtins__": __builtins__}
    with contextlib.chdir(root), plt.style.context(STYLE), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")     # plt.show
        plt.switch_backend("Agg")
        for cell in cells:
            kept = dict(space)
            if "answer" in cell.tags:
                same = {id(m): m for m in (*sys.modules.values(), kept["__builtins__"])}
                space.update(copy.deepcopy(kept, same))
            try:
                cell.result = run_cell(cell, space)
            except Exception as e:
                e.add_note(f"in {cell.place}, from line {cell.line}")
                raise
            if "answer" in cell.tags:
                space.clear()
                space.update(kept)


def run_cell(cell, space):
    """A cell's text, filled in or printed, and its pictures; what calls plt.pause is a film."""
    above, path = "\n" * (cell.line - 1), str(cell.path)        # errors name the line

    def value(m):
        inner = "\n" * m.string.count("\n", 0, m.start()) + f"f'''{{{m['inner']}}}'''"
        return m["skip"] or eval(compile(above + inner, path, "eval"), space)

    if cell.prose:
        return {"text": PLACEHOLDER.sub(value, cell.text), "pictures": []}
    plt.close("all")
    frames = []
    with contextlib.redirect_stdout(io.StringIO()) as printed, mock.patch.object(
            plt, "pause", lambda _: frames.append(picture(plt.gcf(), ""))):
        exec(compile(above + cell.text, path, "exec"), space)
    text, alts = printed.getvalue().rstrip(), [PLACEHOLDER.sub(value, alt) for alt in cell.alts]
    figures = [plt.figure(number) for number in plt.get_fignums()]
    wrong = [f"{reason}: {shown[at:].splitlines()[0]}" for rules, shown in (
        ("output", text), ("alt", " ".join(alts))) for at, reason in broken(rules, shown)]
    wrong += [f"{len(figures)} pictures, {len(alts)} alt texts"] * (len(figures) != len(alts))
    wrong += ["an unchecked cell prints something"] * ("unchecked" in cell.tags and not text)
    if wrong:
        raise ValueError("\n".join(wrong))
    pictures = [film(frames, *alts)] if frames else [*map(picture, figures, alts)]
    return {"text": text, "pictures": pictures}
