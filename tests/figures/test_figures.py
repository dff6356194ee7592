"""The figures that are no sweeps, and what all figures have in common."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from figures import (
    common,
    figure1,
    figure2,
    importance,
    layer_sparsity,
    pruning,
    spectral,
    sweeps,
    table1,
    together,
    topologies,
    tradeoff,
)
from figures.__main__ import commands

ROOT = Path(__file__).parents[2]
PAPER = {"figure1": figure1, "figure2": figure2, "importance": importance,
         "layer_sparsity": layer_sparsity, "pruning": pruning, "spectral": spectral,
         "table1": table1, "together": together, "topologies": topologies,
         "tradeoff": tradeoff}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Results and images go to an empty folder."""
    monkeypatch.setattr(common, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)


def run(*words):
    return common.main("figure1", figure1.__doc__, figure1.PRESETS, figure1.compute,
                       figure1.plot, words)


def test_compute_then_redraw(elsewhere, tmp_path, monkeypatch):
    """JSON with provenance and an image; `--redraw` makes the same image without computing."""
    assert run() == 0
    saved = json.loads((tmp_path / "results" / "figure1.paper.json").read_text())
    assert {"figure", "preset", "seed", "seconds", "provenance", "settings"} <= saved.keys()
    assert {"numpy", "scipy", "sklearn", "blas", "machine"} <= saved["provenance"].keys()
    image = tmp_path / "images" / "figure1.paper.png"
    first = image.read_bytes()
    image.unlink()
    monkeypatch.setattr(figure1, "compute", None)
    assert run("--redraw") == 0
    assert image.read_bytes() == first


def test_redraw_without_results(elsewhere, capsys):
    """One line that says what to do."""
    assert run("--redraw") == 2
    assert "figure1.paper.json: not computed yet; run without --redraw" in (
        capsys.readouterr().err)


def test_a_place_that_cannot_be_written(elsewhere, tmp_path, monkeypatch, capsys):
    """Found before anything is computed, and nothing is left."""
    monkeypatch.setattr(figure1, "compute", None)
    (tmp_path / "images").write_text("a file where the folder should be")
    assert run() == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: the place of the results: got ")
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


@pytest.mark.parametrize("content", ["", "[]", "{", "nonsense", "\0\xff", '{"edges": NaN}',
                                     '{"edges": 1e999}', "[" * 100_000, "{}", "3",
                                     '{"settings": {"sketch": 3}}'])
def test_damaged_results_name_their_file(elsewhere, content, tmp_path, capsys):
    """In one line, whatever is wrong."""
    path = tmp_path / "results" / "figure1.paper.json"
    path.parent.mkdir()
    path.write_bytes(content.encode("latin-1"))
    assert run("--redraw") == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {path}: damaged, or not the results of this figure (")
    assert err.count("\n") == 1


@pytest.mark.parametrize("path", sorted((ROOT / "figures" / "results").glob("*.paper.json")),
                         ids=lambda path: path.stem)
def test_committed_results_carry_their_origin(path):
    """Settings, seed and versions stand in every committed result, and in every run of it."""
    saved = common.read(path)
    assert saved["settings"] and saved["seed"] == 0 and saved["provenance"]["numpy"]
    for one in saved.get("runs", []):
        assert one["with"].startswith("numpy ") and one["seconds"] >= 0


# --- pictures ---------------------------------------------------------------------------------

@pytest.fixture(params=PAPER)
def picture(request):
    """A committed picture, drawn again."""
    script = PAPER[request.param]
    if script is figure1:
        figure = figure1.plot(common.load_results("figure1", "paper"))
    else:
        results = sweeps.load(request.param, "paper")
        figure = script.plot(results, [row for row in script.rows(results)
                                       if sweeps.records(row, results)])
    figure.canvas.draw()
    yield figure
    plt.close(figure)


def test_nothing_is_cut_off(picture):
    """Titles, labels and legends lie within the picture."""
    width, height = picture.canvas.get_width_height()
    artists = [picture._suptitle, *picture.legends]
    for ax in picture.axes:
        artists += [ax.title, ax.xaxis.label, ax.yaxis.label, ax.get_legend(), *ax.texts]
        low, high = sorted(ax.get_ylim())
        artists += [label for at, label in zip(ax.get_yticks(), ax.get_yticklabels(),
                                               strict=False) if ax.axison and low <= at <= high]
    for artist in filter(None, artists):
        box = artist.get_window_extent()
        if box.width and artist.get_visible():
            assert box.x0 > -1 and box.x1 < width + 1, artist
            assert box.y0 > -1 and box.y1 < height + 1, artist


def test_no_legend_hides_a_curve(picture):
    """No point of a line, and none between two of its points, lies under a legend."""
    for ax in picture.axes:
        for legend in filter(None, (ax.get_legend(), *picture.legends)):
            box = legend.get_window_extent()
            for line in ax.get_lines():
                if line.get_transform() is not ax.transData or len(line.get_xdata()) < 2:
                    continue
                points = ax.transData.transform(line.get_xydata())
                shares = np.linspace(0, 1, 50)[:, None, None]
                between = (points[:-1] + shares * (points[1:] - points[:-1])).reshape(-1, 2)
                assert not [point for point in between if box.contains(*point)], line


# --- python -m figures ------------------------------------------------------------------------

def test_the_list_of_commands():
    """Every file that can be run, with the first line of its docstring."""
    found = commands()
    assert {*PAPER, "speed", "readme"} <= found.keys()
    assert {"common", "sweeps", "judges", "__init__", "__main__"}.isdisjoint(found)
    assert found["figure1"] == figure1.__doc__.splitlines()[0]


def test_alone_it_prints_its_help():
    """Also where Matplotlib is asked for a screen that is not there."""
    ran = subprocess.run([sys.executable, "-m", "figures"], cwd=ROOT, capture_output=True,
                         text=True, encoding="utf-8",
                         env={**os.environ, "MPLBACKEND": "nonsense", "PYTHONUTF8": "1"})
    assert ran.returncode == 0 and ran.stderr == ""
    assert ran.stdout.startswith("usage: python -m figures.NAME")
    for name, line in commands().items():
        assert f"python -m figures.{name} " in ran.stdout and f"  {line}\n" in ran.stdout


@pytest.mark.parametrize("name", ["figures", *(f"figures.{name}" for name in PAPER)])
def test_help_on_an_old_terminal(name):
    """Without … and × in its alphabet."""
    ran = subprocess.run([sys.executable, "-m", name, "--help"], cwd=ROOT, capture_output=True,
                         text=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0 and ran.stdout.startswith("usage: ") and ran.stderr == ""


def test_a_screen_that_is_not_there():
    """Pictures go to files, whatever MPLBACKEND says."""
    ran = subprocess.run([sys.executable, "-c", "from figures import common, figure1"],
                         cwd=ROOT, capture_output=True, text=True,
                         env={**os.environ, "MPLBACKEND": "nonsense"})
    assert (ran.returncode, ran.stderr) == (0, "")
