"""The figure scripts: they run on the digits, redraw without training, and say what fails."""

import json

import numpy as np
import pytest

from figures import common, figure1, figure2, speed

SCRIPTS = {"figure1": figure1, "figure2": figure2, "speed": speed}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Results and images go to an empty folder."""
    monkeypatch.setattr(common, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)


def run(name, *words):
    script = SCRIPTS[name]
    extra = {"switches": [("peers", "")], "report": speed.report} if name == "speed" else {}
    return common.main(name, script.__doc__, script.PRESETS, script.compute, script.plot, words,
                       **extra)


@pytest.mark.parametrize(("name", "preset"), [("figure1", "paper"), ("figure2", "digits")])
def test_compute_then_redraw(name, preset, tmp_path, monkeypatch):
    """JSON with provenance and an image; `--redraw` makes the same image without computing."""
    for chosen in SCRIPTS[name].PRESETS.values():            # fewer epochs: seconds
        if "epochs" in chosen:
            monkeypatch.setitem(chosen, "epochs", 3)
    assert run(name, "--preset", preset) == 0
    saved = json.loads((tmp_path / "results" / f"{name}.{preset}.json").read_text())
    assert {"figure", "preset", "seed", "seconds", "provenance", "settings"} <= saved.keys()
    assert {"numpy", "scipy", "sklearn", "blas", "machine"} <= saved["provenance"].keys()
    image = tmp_path / "images" / f"{name}.{preset}.png"
    first = image.read_bytes()
    image.unlink()
    monkeypatch.setattr(SCRIPTS[name], "compute", None)
    assert run(name, "--preset", preset, "--redraw") == 0
    assert image.read_bytes() == first


def test_redraw_without_results(capsys):
    """One line that says what to do."""
    assert run("figure2", "--redraw") == 2
    assert "figure2.digits.json: not computed yet" in capsys.readouterr().err


def test_figure2_shows_what_the_paper_says():
    """On the digits: with L1 the first block keeps nearly all of its edges, the last two none;
    without L1 the blocks stay equal."""
    runs = figure2.compute("digits", seed=5)["runs"]
    for run_ in runs:
        means = figure2.block_means(run_["after"]["0.1"], 8)
        if run_["l1"]:
            assert means[0] > 50 and means[6] < 1 and means[7] == 0
            assert (np.diff(means) <= 0).all()
        else:
            assert means.min() > 0.85 * means.max()


@pytest.mark.parametrize("name", ["figure1.paper", "figure2.paper"])
def test_committed_results_carry_their_origin(name):
    """Settings, seed and versions stand in every committed result."""
    path = (common.Path(__file__).parents[2] / "figures" / "results" / f"{name}.json")
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert saved["settings"] and saved["seed"] == 0 and saved["provenance"]["numpy"]


def test_speed_measures_and_draws(monkeypatch, tmp_path, capsys):
    """Every part of the comparison, small: what is in it, never how fast it is."""
    monkeypatch.setitem(speed.PRESETS, "quick", speed.PRESETS["quick"] | {
        "rounds": 1, "widths": [784, 1568], "batches": [1, 4], "densities": [0.05, 0.5],
        "small_widths": [98]})
    assert run("speed", "--peers") == 0
    saved = json.loads((tmp_path / "results" / "speed.quick.json").read_text())
    steps = saved["steps"]["seconds"]
    assert {"scnn_np SC", "scnn_np RSP", "scnn_np FC", "scikit-learn MLPClassifier"} <= {*steps}
    assert all(seconds > 0 for seconds in steps.values())
    # three networks of 4 bytes × (θ, gradient, two moments), indices beside the sparse ones
    for name, parameters in (("SC", 220_020), ("RSP", 219_530), ("FC", 3_085_050)):
        assert saved["memory"][name]["state"] > 16 * parameters
    assert saved["memory"]["SC"]["state"] < 0.1 * saved["memory"]["FC"]["state"]
    assert {(row["kind"], row["width"]) for row in saved["growth"]} >= {
        (kind, width) for kind in ("SC", "RSP") for width in (784, 1568)}
    assert (tmp_path / "images" / "speed.quick.png").exists()
    first = capsys.readouterr().out.splitlines()
    assert run("speed", "--redraw") == 0
    assert capsys.readouterr().out.splitlines() == first[-len(speed.report(saved)) - 1:]


def test_memory_grows_with_the_edges():
    """Twice the neurons at 64 edges each: twice the bytes, for both kinds of layer; no array
    of neurons × neurons anywhere."""
    rows = speed.measure_growth({"widths": [3136, 6272]}, peers=False)
    for kind in ("SC", "RSP"):
        small, large = (row["peak_bytes"] for row in rows if row["kind"] == kind)
        assert 1.8 < large / small < 2.2
        assert large < 4 * 6272 ** 2
