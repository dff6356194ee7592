"""A course of its own for each test."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tutorials.build import dump, main

EXAMPLE = Path(__file__).with_name("example.py").read_text("utf-8")


@pytest.fixture
def course(tmp_path):
    """A folder tutorials/ with the page example.py, and what a test does with it.

    page(text, name) writes a source, build(...) calls the command, read(file) gives a text,
    notebook(name) and results(name) give what JSON says, write_results(results) puts others
    there, snapshot() gives all files and their times.
    """
    folder = tmp_path / "tutorials"
    (folder / "pages").mkdir(parents=True)

    def page(text, name="example"):
        (folder / f"pages/{name}.py").write_text(text, "utf-8")

    def build(*arguments, order=("example", "second", "third")):
        return main([*arguments], folder, order)

    def read(file):
        return (folder / file).read_text("utf-8")

    def snapshot():
        return {path: (path.read_bytes(), path.stat().st_mtime_ns)
                for path in folder.rglob("*") if path.is_file()}

    def write_results(results):
        (folder / "results/example.json").write_bytes(dump(results))

    page(EXAMPLE)
    return SimpleNamespace(
        folder=folder, page=page, build=build, read=read, snapshot=snapshot,
        write_results=write_results,
        notebook=lambda name="example": json.loads(read(f"notebooks/{name}.ipynb")),
        results=lambda name="example": json.loads(read(f"results/{name}.json")))
