"""What a student hands in: read as text, never run here.

A file of any kind and size gives a Submission; what is wrong with it stands in `problem`.
"""

import hashlib
import io
import json
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

SCRIPT, NOTEBOOK = 200_000, 5_000_000           # bytes, at most
NAMED = re.compile(r"Assignment (\w+)(?:, variant ([\w-]+))?(?:, without ([\w. ]+))?")
MOODLE = re.compile(r"(?P<name>[^/\\]+?)_\d+_assignsubmission_(?:file|onlinetext)")
CANVAS = re.compile(r"(?P<name>[^_]+)(?:_LATE)?_\d+_\d+_")
FROM_NAME = re.compile(r"(?:.*_)?([A-Z]\d+)(?![A-Za-z0-9])")
PLACEHOLDER = "Your answer: replace this line."


@dataclass
class Submission:
    path: Path
    student: str = ""               # from the name that Moodle or Canvas gave to the file
    digest: str = ""
    text: str = ""                  # as a percent script
    assignment: str = ""
    variant: str = ""
    without: tuple = ()
    problem: str = ""

    def written(self, task_id):
        """What stands in the cell below a written question, "" if nothing does."""
        cell = r"((?:(?!# %%).*\n)*)"
        found = re.search(rf"^# %% \[markdown\] {re.escape(task_id)}\b.*\n{cell}# %%.*\n{cell}",
                          self.text + "\n", re.M)
        text = found[2] if found else ""
        quoted = re.search(r'"""(.*?)"""', text, re.S)
        text = quoted[1] if quoted else re.sub(r"^# ?", "", text, flags=re.M)
        return "" if text.strip() == PLACEHOLDER else text.strip()[:20_000]


def files(places):
    """All files in the folders, and the files named, in order of their names."""
    found = []
    for place in map(Path, places):
        if not place.exists():
            raise FileNotFoundError(f"{place}: no such file or folder")
        found += [p for p in place.rglob("*") if (p.is_symlink() or not p.is_dir())
                  and not any(part.startswith((".", "__")) for part in
                              p.relative_to(place).parts)] if place.is_dir() else [place]
    return sorted(found, key=str)


def read(path):
    """A Submission, whatever the file holds."""
    found = Submission(path, student=student(path))
    try:
        if path.is_symlink() or not path.is_file():
            raise ValueError("no regular file")
        notebook = path.suffix == ".ipynb"
        if path.suffix not in (".py", ".ipynb"):
            raise ValueError("neither .py nor .ipynb")
        if path.stat().st_size > (NOTEBOOK if notebook else SCRIPT):
            raise ValueError(f"larger than {(NOTEBOOK if notebook else SCRIPT) // 1000} kB")
        data = path.read_bytes()
        found.digest = hashlib.sha256(data).hexdigest()
        found.text = script(data) if notebook else decode(data)
        if len(found.text) > SCRIPT or "\0" in found.text:
            raise ValueError("too much code, or no text")
    except (ValueError, OSError, SyntaxError, RecursionError, KeyError, TypeError,
            AttributeError) as error:
        found.problem = f"cannot be read: {str(error)[:100]}"
        return found
    head = "\n".join(found.text.splitlines()[:20])
    if named := NAMED.search(head) or FROM_NAME.match(path.stem):
        groups = [*named.groups(), None, None]
        found.assignment, found.variant = groups[0], groups[1] or ""
        found.without = tuple((groups[2] or "").split())
    else:
        found.problem = "names no assignment in its first lines"
    return found


def student(path):
    """The name in front of what Moodle or Canvas puts into a name, or that of the folder."""
    for name in (path.name, path.parent.name):
        if known := MOODLE.match(name) or CANVAS.match(name):
            return known["name"]
    return ""


def decode(data):
    """Text in UTF-8, or in the encoding that it declares."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if encoding not in ("utf-8", "utf-8-sig", "iso-8859-1", "cp1252"):
        raise ValueError(f"not in UTF-8, but in {encoding}")
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def script(data):
    """A notebook as a percent script: its code in order, text as comments, no outputs."""
    cells = json.loads(decode(data))["cells"]
    return "\n".join(block(cell) for cell in cells)


def block(cell):
    """One cell of a notebook as a cell of a script."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "code":
        lines = [f"# {line}" if line.lstrip().startswith(("%", "!")) else line
                 for line in source.splitlines()]
        return "# %%\n" + "\n".join(lines) + "\n"
    first = re.match(r"#+ (\w+\.\d+.*)\n", source + "\n")
    title = f" {first[1]}" if first else ""
    return f"# %% [markdown]{title}\n" + "".join(f"# {line}\n" for line in source.splitlines())
