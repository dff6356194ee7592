"""Build the pages of the course: python -m tutorials.build [PAGE ...] [--check]

A page NAME is a percent script, pages/NAME.py. It is run, and gives NAME.md to read,
notebooks/NAME.ipynb to run, images/, and results/NAME.json: what its cells printed and drew,
with the numbers behind the pictures. Committed results that agree with the new ones are kept:
a rebuild on another machine changes nothing. --check writes nothing, and compares.
"""

import argparse
import base64
import json
import re
import sys
from difflib import unified_diff
from hashlib import sha1
from pathlib import Path

from tutorials.converter.agree import same_result
from tutorials.converter.cells import FOLDS, read_cells, run
from tutorials.converter.lint import CODE, FLAGS, MATHS

FOLDER = Path(__file__).parent
ORDER = ("README", "by_hand", "backpropagation", "training", "random_sparse", "coupling",
         "importance", "figure2", "minimal", "claims", "stalling", "cutting", "speed",
         "expanders", "layers", "eigenvalues")
LINK = re.compile(rf"(?P<skip>{CODE}|{MATHS})|\]\((?!https?:|#)(?:(?P<page>\w+)\.md)?", FLAGS)


def build(name, titles, folder):
    """The files of a page, {file: bytes}. titles: {name: title} of all pages, in order."""
    cells = read_cells(folder / f"pages/{name}.py")
    run(cells, folder.parent)
    committed, files = json.loads(read(folder / f"results/{name}.json") or "{}"), {}
    for cell in cells:
        old = committed.get(cell.id, {"text": "", "pictures": []})
        for picture in old["pictures"]:
            picture["png"] = read(folder / picture["file"])
        here = all(picture["png"] for picture in old["pictures"])
        if here and ("unchecked" in cell.tags and old["text"] or same_result(cell.result, old)):
            cell.result = old
        for picture in cell.result["pictures"]:
            kind = "gif" if picture["png"][:3] == b"GIF" else "png"
            picture["file"] = f"images/{name}-{len(files) + 1}.{kind}"
            files[picture["file"]] = picture["png"]
    results = {cell.id: cell.result for cell in cells
               if any(cell.result.values()) and cell.result["text"] != cell.text}
    page, notebook = render(name, cells, titles)
    return files | {f"{name}.md": page.encode(), f"notebooks/{name}.ipynb": dump(notebook),
                    f"results/{name}.json": dump(results)}


def read(path):
    return path.read_bytes() if path.is_file() else b""


def dump(content):
    """JSON as Jupyter writes it; of a PNG only its digest."""
    return (json.dumps(content, indent=1, ensure_ascii=False,
                       default=lambda png: sha1(png).hexdigest()) + "\n").encode()


def render(name, cells, titles):
    """The page in two dialects: Markdown to read, and a notebook (nbformat 4.5) to run.

    The notebook leaves answers to the reader, and also results that the reader predicts or
    that differ from run to run. Its links to pages lead to their notebooks.
    """
    def to_notebook(m):
        there = f"{m['page']}.ipynb" if m["page"] in titles else f"../{m[0][2:]}"
        return m["skip"] or f"]({there}"

    notebook = json.loads(read(FOLDER / "converter/first_cell.ipynb"))
    page, parts = [], notebook["cells"]
    for cell in cells:
        text, pictures = cell.result["text"], cell.result["pictures"]
        if cell.prose:
            page.append(fold(cell.tags, re.sub(r"^\$\$\s*(.+?)\s*\$\$$", r"```math\n\1\n```",
                                               text, flags=FLAGS)))
            parts.append(entry(cell.id, fold(cell.tags, LINK.sub(to_notebook, text))))
            continue
        shown = [f"```text\n{text}\n```"] * bool(text)
        shown += [f"![{picture['alt']}]({picture['file']})" for picture in pictures]
        page.append(fold(cell.tags - {"predicted"}, f"```python\n{cell.text}\n```",
                         fold(cell.tags - {"answer"}, *shown)))
        outputs = [{"name": "stdout", "output_type": "stream",
                    "text": (text + "\n").splitlines(True)}] * bool(text)
        outputs += [{"data": {f"image/{picture['file'][-3:]}":
                              base64.b64encode(picture["png"]).decode(),
                              "text/plain": [picture["alt"]]},
                     "metadata": {}, "output_type": "display_data"} for picture in pictures]
        code = "" if "answer" in cell.tags else cell.text
        parts.append(entry(cell.id, code, execution_count=None,
                           outputs=[] if cell.tags else outputs))
    names = [*titles]
    at = names.index(name) if name in names else len(names) + 1
    links = [f"← [{titles[before]}]({before}.md)" for before in names[at - 1:at]]
    links += [f"[{titles[after]}]({after}.md) →" for after in names[at + 1:at + 2]]
    line = " · ".join([f"[As a notebook](notebooks/{name}.ipynb)", *links])
    parts.append(entry("links", LINK.sub(to_notebook, " · ".join(links))))
    return "\n\n".join([line, *page, "---", line]) + "\n", notebook


def fold(tags, *parts):
    """The parts below each other, folded away if the tags say so."""
    text = "\n\n".join(filter(None, parts))
    for tag in FOLDS.keys() & tags if text else ():
        text = f"<details>\n<summary>{FOLDS[tag]}</summary>\n\n{text}\n\n</details>"
    return text


def entry(id, text, **code):
    """A cell of a notebook, of code if there is more to it, its keys in Jupyter's order."""
    return dict(sorted({"cell_type": "code" if code else "markdown", "id": id, "metadata": {},
                        "source": text.splitlines(True), **code}.items()))


def main(argv=None, folder=FOLDER, order=ORDER):
    """The command line; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tutorials.build")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="names; all if none is given")
    parser.add_argument("--check", action="store_true", help="write nothing, compare only")
    options = parser.parse_args(argv)
    sources = {path.stem: read(path).decode() for path in sorted(folder.glob("pages/[!_]*.py"))}
    titles = {name: re.search(r"^# # (.+)|\Z", sources[name], re.M)[1]
              for name in order if name in sources}
    failed = False
    for name in options.pages or sources:
        for file, content in build(name, titles, folder).items():
            path, committed = folder / file, read(folder / file)
            if content == committed:
                continue
            print(f"{file}: {'disagrees' if options.check else 'written'}")
            failed |= options.check
            if not options.check:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            elif path.suffix == ".md":
                print(*unified_diff(*(text.decode().split("\n") for text in (
                    committed, content)), "committed", "now", n=0, lineterm=""), sep="\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
