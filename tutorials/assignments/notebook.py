"""An assignment as a script and as a notebook, for the student or as nbgrader's source."""

import hashlib
import json

from tutorials.assignments import masters
from tutorials.assignments.submissions import PLACEHOLDER


def script(assignment, fill=masters.stub, text=PLACEHOLDER):
    """The .py file that a student fills in.

    Parameters
    ----------
    assignment : Assignment
    fill : function of a Task → str
        `masters.stub`, or `masters.answer` for the reference.
    text : str
        What stands in place of a written answer.
    """
    tasks = {id(task.cell): task for task in assignment.tasks}
    blocks = [f"# {assignment.header}: {assignment.title}\n"
              "# Keep the line above. Check with `python check.py`, hand in this file.\n"]
    for cell in assignment.cells:
        task = tasks.get(id(cell))
        if cell.kind == "markdown":
            blocks.append(f"# %% [markdown]\n{cell.source}")
        elif cell.kind == "setup":
            blocks.append(f"# %%\n{cell.source}")
        elif cell.kind == "written":
            blocks.append(f"# %% [markdown] {cell.header}\n{cell.source}\n# %%\n"
                          f'answer_{task.id.replace(".", "_")} = r"""\n{text}\n"""\n')
        elif task:
            blocks.append(f"# %% {cell.header}\n{fill(task)}")
    return "\n\n".join(blocks)


def notebook(assignment, fill=masters.stub):
    """The same as a notebook, in the format 4.5, with nbgrader's marks on its cells."""
    tasks = {id(task.cell): task for task in assignment.tasks}
    cells = [markdown(f"# {assignment.id}: {assignment.title}\n\n{assignment.header}. Keep "
                      "this line, run the cells from top to bottom, hand in this file. A cell "
                      "with `points` checks the task above it.")]
    for cell in assignment.cells:
        task = tasks.get(id(cell))
        if cell.kind == "markdown":
            cells.append(markdown(uncomment(cell.source)))
        elif cell.kind == "setup":
            cells.append(code(cell.source))
        elif task:
            name = task.id.replace(".", "-")
            if cell.kind == "written":
                cells += [markdown(f"### {cell.header}\n\n{uncomment(cell.source)}",
                                   mark(f"{name}-question", locked=True)),
                          markdown(PLACEHOLDER, mark(name, points=task.points, solution=True))]
            else:
                cells += [code(f"# {cell.header}\n{fill(task)}", mark(name, solution=True)),
                          code(f'from check import points\n\npoints("{task.id}", {task.name})',
                               mark(f"{name}-test", points=task.points, locked=True))]
    return {"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"}}}


def uncomment(source):
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in source.splitlines())


def mark(name, points=None, solution=False, locked=False):
    """nbgrader's metadata, schema 3, and what it adds to keep cells where they are."""
    marks = {"schema_version": 3, "grade_id": name, "grade": points is not None,
             "solution": solution, "locked": locked, "task": False}
    marks |= {} if points is None else {"points": points}
    return {"nbgrader": marks, "deletable": False} | ({"editable": False} if locked else {})


def markdown(source, metadata=None):
    return cell_of("markdown", source, metadata)


def code(source, metadata=None):
    return cell_of("code", source, metadata) | {"execution_count": None, "outputs": []}


def cell_of(kind, source, metadata):
    """A cell; its id comes from its name or its text, so that others may move around it."""
    source, metadata = source.strip("\n"), metadata or {}
    name = (metadata["nbgrader"]["grade_id"] if metadata else
            hashlib.sha1(source.encode()).hexdigest()[:12])
    return {"cell_type": kind, "id": name, "metadata": metadata,
            "source": source.splitlines(keepends=True)}


def text_of(book):
    """The bytes that Jupyter writes too, so that opening and saving changes nothing."""
    return json.dumps(book, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
