"""The figures made of many runs: rows, resuming, changed settings, tables and images."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from figures import (
    common,
    figure2,
    importance,
    layer_sparsity,
    pruning,
    spectral,
    sweeps,
    table1,
    topologies,
    tradeoff,
)
from scnn_np.experiments import defaults, train_further, trained
from scnn_np.nn import MLP
from scnn_np.training import Interrupted, Trainer

SCRIPTS = {script.__name__.split(".")[1]: script
           for script in (figure2, table1, importance, pruning, tradeoff, topologies, spectral,
                          layer_sparsity)}
TOY = Path(__file__).with_name("toy_sweep.py")
ROOT = TOY.parents[2]
no_kill = pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Results, images and models go to an empty folder; runs take two epochs, and few are of
    the spectral layers."""
    monkeypatch.setattr(common, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)
    for script in SCRIPTS.values():
        chosen = script.PRESETS["digits"]
        short = {"epochs": 2, "refit": 2} if "refit" in chosen["base"] else {"epochs": 2}
        monkeypatch.setitem(chosen, "base", chosen["base"] | short)
    for name, few in {"widths": [8], "sparsities": [0.9], "steps": [0.03]}.items():
        monkeypatch.setitem(spectral.PRESETS["digits"], name, few)


def run(name, *words):
    script = SCRIPTS[name]
    return sweeps.main(name, script.__doc__, script.PRESETS, script.rows, script.work,
                       script.plot, script.report, words, extra=getattr(script, "EXTRA", None),
                       further=getattr(script, "FURTHER", None))


def saved(name, variant="digits"):
    return json.loads(common.results_path(name, variant).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_runs_and_redraws(name, monkeypatch, capsys):
    """Every row for one seed, a table, an image; drawn again without training, to the bit."""
    assert run(name, "--seeds", "1") == 0
    first = capsys.readouterr().out
    assert "| " in first
    results = saved(name)
    assert {"figure", "preset", "seed", "seconds", "provenance", "settings"} <= results.keys()
    assert all("numpy" in one["with"] and one["seconds"] >= 0 for one in results["runs"])
    rows = SCRIPTS[name].rows(sweeps.load(name, "digits"))
    assert all(len(sweeps.records(row, sweeps.load(name, "digits"))) == 1 for row in rows)
    image = common.image_path(name, "digits").read_bytes()
    monkeypatch.setattr(SCRIPTS[name], "work", None)
    assert run(name, "--redraw") == 0
    assert first.endswith(capsys.readouterr().out)
    assert common.image_path(name, "digits").read_bytes() == image


def test_results_name_the_commit_of_the_code():
    """Where the code came from git; a folder without it has none."""
    assert common.commit() is None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "FOLDER", TOY.parent)
        found = common.commit()
    assert found is None or re.fullmatch("[0-9a-f]{7,40}", found)


def test_goes_on_where_it_stopped(monkeypatch, capsys):
    """What a sweep that died left in its file is not done again, and the end is the same."""
    words = "--seeds", "2", "--rows", "sc-pca-descending,rsp-pca,cut-plain"
    assert run("table1", *words) == 0
    whole = saved("table1")["runs"]
    half = saved("table1")
    half["runs"] = half["runs"][:3]
    common.results_path("table1", "digits").write_text(json.dumps(half))
    done = []

    def counted(settings, work=table1.work):
        done.append(settings)
        return work(settings)
    monkeypatch.setattr(table1, "work", counted)
    assert run("table1", *words) == 0
    assert len(done) == 3

    def without_times(runs):
        return [{name: value for name, value in one.items() if "seconds" not in name}
                for one in runs]
    assert without_times(saved("table1")["runs"]) == without_times(whole)


def test_on_a_cluster(scheduler):
    """The same sweep on the workers of a Dask cluster: the same numbers."""
    words = "--seeds", "2", "--rows", "sc-pca-descending,cut-plain"
    assert run("table1", *words, "--dask", scheduler) == 0
    there = saved("table1")["runs"]
    common.results_path("table1", "digits").unlink()
    for model in (common.FOLDER / "runs").iterdir():
        model.unlink()
    assert run("table1", *words) == 0
    here = saved("table1")["runs"]
    by_settings = {sweeps.identity(one["settings"]): one for one in here}
    for one in there:
        other = by_settings[sweeps.identity(one["settings"])]
        assert one["test_accuracy"] == other["test_accuracy"] and one["loss"] == other["loss"]


def test_a_run_that_fails_loses_nothing(monkeypatch, capsys):
    """The finished runs are in the file; the error is one line."""
    def failing(settings, work=table1.work):
        if settings["network"] == "rsp":
            raise FloatingPointError("the loss is nan")
        return work(settings)
    monkeypatch.setattr(table1, "work", failing)
    assert run("table1", "--seeds", "1", "--rows", "sc-pca-descending,rsp-pca") == 2
    assert capsys.readouterr().err == "error: the loss is nan\n"
    assert len(saved("table1")["runs"]) == 1


def test_a_changed_setting_has_a_file_of_its_own(capsys):
    """Old and new numbers stand side by side in the table and never in one row."""
    words = "--seeds", "1", "--rows", "sc-pca-descending"
    assert run("table1", *words) == 0
    before = saved("table1")
    capsys.readouterr()
    assert run("table1", *words, "--set", "gain=1", "--set", "degrees=None") == 0
    out = capsys.readouterr().out
    assert saved("table1") == before
    changed = saved("table1", "digits+degrees=None+gain=1.0")["runs"]
    assert [one["settings"]["gain"] for one in changed] == [1]
    assert "without --set" in out
    assert f"{100 * before['runs'][0]['test_accuracy']:.2f}" in out
    assert f"{100 * changed[0]['test_accuracy']:.2f}" in out


def test_set_leaves_out_the_rows_that_state_it(capsys):
    """Said in one line, in the table too; an error where none is left."""
    words = "--seeds", "1", "--rows", "sc-pca-descending,sc-pca-ascending-gain1"
    assert run("table1", *words) == 0
    capsys.readouterr()
    assert run("table1", *words, "--set", "gain=1") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == ("--set gain leaves out the rows that state it themselves: "
                      "sc-pca-ascending-gain1")
    assert [line.split(" | ")[0] for line in out if line.startswith("| SC")] == [
        "| SC, PCA, descending"]
    assert run("table1", *words, "--set", "gain=1", "--redraw") == 0
    assert "ascending" not in capsys.readouterr().out
    assert run("table1", *words, "--set", "direction=shuffled") == 2
    assert capsys.readouterr().err == ("error: --set: got direction, which every row states "
                                       "itself, expected something else\n")


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_rows_state_what_their_labels_say(script):
    """The network, at least: --set network=fc cannot put an FC network into a row called SC."""
    results = {"settings": script.PRESETS["digits"], "changes": {}, "runs": [], "seeds": 1,
               "defaults": {**defaults(), **getattr(script, "EXTRA", {})}}
    for row in script.rows(results):
        assert "network" in row.settings, row
        if "DropOut" in row.label:
            assert "dropout" in row.settings, row
        for word, name in (("PCA", "order"), ("RF", "order"), ("shuffled", "direction"),
                           ("gain", "gain"), ("L2", "l2")):
            assert (word not in row.label.replace("weight decay (L2)", "")
                    or name in row.settings), row


def test_changed_settings_are_checked_before_anything_runs(monkeypatch, capsys):
    """Of every row, also of those that would come later; no file is left."""
    monkeypatch.setattr(table1, "work", None)
    for change, message in (("width=7", "width: got 7, expected a multiple"),
                            ("blocks=5", "blocks: got 5 with network rsp"),
                            ("inputs=72", "inputs: got 72, expected 1 to 64"),
                            ("momentum=0.9", "momentum: is no parameter of adam"),
                            ("l1=1,2,3,4", "l1: got 4 numbers for 2 weight matrices")):
        words = "--rows", "rsp-pca,sc-pca-descending", "--set", change
        assert run("table1", *words) == 2
        out, err = capsys.readouterr()
        assert message in err and err.count("\n") == 1 and "runs to do" not in out
    assert not [path for path in Path().rglob("*") if path.is_file()]


def test_what_a_row_says_of_itself_stays(capsys):
    """--set changes the others; controls are made for the changed network; 0 is 0.0."""
    results = {"settings": table1.PRESETS["digits"], "defaults": defaults(), "runs": [],
               "changes": {"width": 32, "gain": 3.0}}
    rows = {row.name: row for row in table1.rows(results)}
    gains = {name: sweeps.all_settings(row, results, 0)["gain"] for name, row in rows.items()}
    assert gains["sc-pca-descending"] == 3 and gains["sc-pca-descending-gain1"] == 1
    small = sweeps.all_settings(rows["dense-1-relu"], results, 0)
    assert small["width"] == table1.largest_width(64, 1, rows["cut-plain"].settings["cut_to"])
    results["changes"] = {"inputs": 16}
    rows = {row.name: row for row in table1.rows(results)}
    assert rows["dense-1-relu"].settings["width"] == table1.largest_width(
        16, 1, rows["cut-plain"].settings["cut_to"])
    assert sweeps.parse_change("whiten=0") == ("whiten", 0.0)
    assert type(sweeps.parse_change("whiten=0")[1]) is float
    assert sweeps.parse_change("degrees=1,2") == ("degrees", [1, 2])
    assert sweeps.parse_change("schedule=step") == ("schedule", "step")
    assert sweeps.parse_change("mirror=false") == ("mirror", False)
    assert sweeps.parse_change("degrees=None") == ("degrees", None)
    assert sweeps.parse_change("degrees=binomial(9)") == ("degrees", "binomial(9)")


def test_an_interrupted_further_training_is_no_result(monkeypatch):
    """Ctrl-C while a cut network trains further ends the sweep; the run is not saved."""
    def press(trainer, *_):
        raise Interrupted("interrupted after 1 of 3 epochs")
    model = trained({**defaults(), **table1.PRESETS["digits"]["base"]})
    monkeypatch.setattr(Trainer, "fit", press)
    with pytest.raises(KeyboardInterrupt):
        train_further(model.network, defaults(), 3, np.zeros((4, 64)), np.zeros(4, int))


def test_new_settings_leave_old_runs_valid():
    """A results file that does not know a setting means its default."""
    assert run("table1", "--seeds", "1", "--rows", "rsp-pca") == 0
    old = saved("table1")
    del old["defaults"]["whiten"]
    common.results_path("table1", "digits").write_text(json.dumps(old))
    now = sweeps.load("table1", "digits", {"whiten": 0.0})
    assert now["runs"][0]["settings"]["whiten"] == 0.0
    old["defaults"]["epochs"] = 77              # and one whose default has changed, the old one
    common.results_path("table1", "digits").write_text(json.dumps(old))
    assert sweeps.load("table1", "digits", {"gain": 3})["defaults"]["epochs"] == 77


@pytest.mark.parametrize(("words", "message"), [
    (["--rows", "sc,nothing"], "--rows: got nothing, sc, expected some of sc-pca-descending, "),
    (["--set", "width=7", "--rows", "sc-pca-descending"], "width: got 7, expected a multiple"),
    (["--redraw", "--preset", "small"], "table1.small.json: not computed yet"),
    (["--seed", "-1"], "seed: got -1, expected a whole number of at least 0")])
def test_bad_options(words, message, capsys):
    assert run("table1", *words) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--set", "gain"], ["--set", "seed=3"], ["--set", "x=3"],
                                   ["--set", "data=digits"], ["--set", "holdout=5"],
                                   ["--set", "mirror=2"], ["--set", "tail_biting=no"],
                                   ["--set", "order=abc"], ["--set", "epochs=True"],
                                   ["--set", "l1={1}"], ["--set", "gain=fast"],
                                   ["--set", "degrees=binomial("],
                                   ["--set", "cut=blocks"], ["--set", "threshold=0.1"],
                                   ["--jobs", "0"], ["--seeds", "-1"]])
def test_options_that_cannot_be_read(words, capsys):
    with pytest.raises(SystemExit):
        run("table1", *words)
    assert "expected" in capsys.readouterr().err


def test_rows_of_the_paper():
    """Twelve numbers in eight rows; every control within SC's parameters."""
    results = {"settings": table1.PRESETS["paper"], "defaults": defaults(), "changes": {},
               "runs": []}
    rows = {row.name: row for row in table1.rows(results)}
    assert set(table1.PAPER) <= set(rows)
    assert rows["dense-1-relu"].settings["width"] == 276
    assert rows["dense-5-relu"].settings["width"] == 155
    assert {row.settings["cut_to"] for row in rows.values() if "cut" in row.settings} == {
        220_020}


def test_every_configuration_tried_is_within_its_size():
    """As many of each kind, and none larger than it may be."""
    for size, most in tradeoff.PRESETS["paper"]["sizes"]:
        tried = {kind: tradeoff.candidates(kind, 784, size)[:most or 1]
                 for kind in tradeoff.KINDS}
        assert {len(found) for found in tried.values()} == {most or 1}
        for settings in tried["sc"] + tried["rsp"] + tried["fc"]:
            layers, width = settings.get("layers", 1), settings["width"]
            n_in = settings.get("inputs", 784)
            edges = {"sc": settings.get("edges"), "rsp": n_in * settings.get("degrees", 0),
                     "fc": n_in * width}[settings["network"]]
            total = (edges * (1 + (layers - 1) * width / n_in) + layers * width
                     + 10 * (width + 1))
            assert 0.8 * size < total <= size, settings


def test_the_best_is_chosen_on_held_out_images(monkeypatch):
    """The test set decides nothing: final runs have the settings of the best trial."""
    monkeypatch.setitem(tradeoff.PRESETS["digits"], "sizes", [[1000, 3]])
    assert run("tradeoff", "--seeds", "1") == 0
    results = sweeps.load("tradeoff", "digits")
    trials, finals = tradeoff.split(tradeoff.rows(results))
    assert len(finals) == 3
    for final in finals:
        kind = final.settings["network"]
        of_kind = [row for row in trials if row.name.startswith(f"try-{kind}-")]
        accuracy = [sweeps.values(row, results, "held_out_accuracy")[0] for row in of_kind]
        best = of_kind[int(np.argmax(accuracy))]
        assert final.settings == {**best.settings, "holdout": 0}
    for one in results["runs"]:
        assert ("test_accuracy" in one) == (one["settings"]["holdout"] == 0)


def test_the_strength_of_a_penalty_is_chosen_on_held_out_images():
    """Three are tried; the best once cut and trained further is the row of the table."""
    words = "--seeds", "1", "--rows"
    assert run("table1", *words, "try-l2-1,try-l2-2") == 0
    assert "cut-l2" not in {row.name for row in table1.rows(sweeps.load("table1", "digits"))}
    assert run("table1", *words, "try-l2-3") == 0
    results = sweeps.load("table1", "digits")
    rows = {row.name: row for row in table1.rows(results)}
    tried = [rows[f"try-l2-{k}"] for k in (1, 2, 3)]
    accuracy = [sweeps.values(row, results, "retrained_accuracy")[0] for row in tried]
    best = tried[int(np.argmax(accuracy))]
    assert rows["cut-l2"].settings["l2"] == best.settings["l2"]
    assert "holdout" not in rows["cut-l2"].settings
    assert all("test_accuracy" not in one for one in results["runs"])


@pytest.mark.parametrize("kind", tradeoff.KINDS)
@pytest.mark.parametrize("size", [10_000, 100_000, 220_020])
def test_neighbours_of_the_best_keep_what_else_is_best(kind, size):
    """Two other shapes within the size: inputs, DropOut and epochs stay."""
    for candidate in tradeoff.candidates(kind, 784, size):
        best = {**candidate, "epochs": 40}
        found = tradeoff.neighbours(kind, 784, size, best)
        assert len(found) == 2 or kind == "sc"
        for settings in found:
            assert settings.keys() - {"layers"} == best.keys() - {"layers"}
            assert all(settings[name] == best[name] for name in (
                "dropout", "epochs", "network", *({"inputs"} & best.keys())))
    if kind == "sc":
        ring = tradeoff.candidates("sc", 784, 220_020)[0]
        assert [settings["receptive_field"] for settings in tradeoff.neighbours(
            "sc", 784, 220_020, ring)] == [14, 7]


def test_sizes_that_were_begun_stay_in_sight(monkeypatch):
    """A new size waits for those before it; one with results is shown, and asked for, when
    more seeds are wanted."""
    monkeypatch.setitem(tradeoff.PRESETS["digits"], "sizes", [[1000, 1], [2000, 0]])
    assert run("tradeoff", "--seeds", "1") == 0
    results = sweeps.load("tradeoff", "digits")
    names = {row.name for row in tradeoff.rows(results)}
    assert {"sc-1000", "sc-2000"} <= names
    results["seeds"] = 2
    assert {row.name for row in tradeoff.rows(results)} == names
    results["settings"]["sizes"].append([4000, 1])
    assert "try-sc-4000-1" not in {row.name for row in tradeoff.rows(results)}


def test_rank_correlation():
    """1 for falling importance, -1 for rising, 0 for none."""
    falling = np.arange(1, 9)[::-1]
    noise = np.full(8, 0.1) * [1, -1, 1, -1, 1, -1, 1, -1]
    assert importance.rank_correlation(
        [falling, falling[::-1], np.ones(8), noise]) == [1, -1, 0, 0]


# --- figure 2 ---------------------------------------------------------------------------------

def test_figure2_shows_what_the_paper_says(monkeypatch):
    """On the digits: with L1 the first block keeps nearly all of its edges, the last two none;
    without L1 the blocks stay equal."""
    monkeypatch.setitem(figure2.PRESETS["digits"]["base"], "epochs", 100)
    assert run("figure2", "--seed", "5") == 0
    results = sweeps.load("figure2", "digits")
    with_l1, without = (figure2.by_block(figure2.edges(row, results))
                        for row in figure2.rows(results))
    for means in with_l1:
        assert means[0] > 50 and means[6] < 1 and means[7] == 0
        assert (np.diff(means) <= 0).all()
    for means in without:
        assert means.min() > 0.85 * means.max()


def test_figure2_counts_beyond_another_threshold(capsys):
    """The same runs, not trained again; the fewer edges, the higher it is."""
    words = "--seeds", "1", "--rows", "no-l1"
    assert run("figure2", *words) == 0
    models = {path: path.stat().st_mtime_ns for path in Path("runs").iterdir()}
    assert run("figure2", *words, "--set", "threshold=0.7") == 0
    assert {path: path.stat().st_mtime_ns for path in Path("runs").iterdir()} == models
    assert "Edges with |w| > 0.7 per input" in capsys.readouterr().out
    usual, higher = (sweeps.load("figure2", f"digits{change}")["runs"][0]
                     for change in ("", "+threshold=0.7"))
    assert [*higher["after"]] == ["0.03", "0.1", "0.3", "0.7"]
    assert {**higher["after"], "0.7": None} == {**usual["after"], "0.7": None}
    weights = trained({name: usual["settings"][name] for name in defaults()}).network.weights[0]
    assert higher["after"]["0.7"] == (np.abs(weights) > 0.7).sum(axis=0).tolist()
    with pytest.raises(SystemExit):
        run("figure2", "--set", "threshold=-1")
    assert "threshold: got -1, expected a number ≥ 0" in capsys.readouterr().err


@pytest.mark.parametrize(("before", "after", "label", "top"), [
    (468, 100, "before training, off the scale: 468 on average", 110),
    (468, 440, "before training", 514.8), (400, 500, "before training", 550)])
def test_figure2_says_off_the_scale_where_it_is(before, after, label, top):
    """And draws the curve where it fits in."""
    row = figure2.Row("l1", "with L1", {})
    measured = {"settings": {"threshold": 0.1, "seed": 0}, "before": {"0.1": [before] * 8},
                "after": {"0.1": [after] * 8}, "test_accuracy": 0.5}
    results = {"settings": {"base": {}}, "changes": {}, "defaults": {"threshold": 0.1},
               "runs": [measured]}
    ax = plt.figure().add_subplot()
    figure2.by_input(ax, row, results)
    assert ax.get_legend_handles_labels()[1][0] == label
    assert ax.get_ylim() == pytest.approx((0, top))
    plt.close(ax.figure)


def test_inputs_that_make_no_blocks(capsys):
    assert run("figure2", "--set", "inputs=30") == 2
    assert "inputs: got 30, expected a multiple of 8" in capsys.readouterr().err


# --- table 1 ----------------------------------------------------------------------------------

def test_the_papers_numbers_stand_beside_its_own_images_only():
    """Not beside a part of them, other data, or changed settings."""
    row = sweeps.Row("rsp-pca", "", {})
    for preset, changes, expected in (("paper", {}, 84.33), ("small", {}, None),
                                      ("digits", {}, None), ("paper", {"gain": 2.0}, None)):
        results = {"settings": table1.PRESETS[preset], "changes": changes}
        assert table1.in_the_paper(row, results) == expected


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, "gain 4"), ({"gain": 3.0}, "gain 3"), ({"activation": "relu"}, "gain 1.41421")])
def test_the_picture_names_the_gain_of_the_runs(changes, expected):
    """What --set said, else the activation's own."""
    assert run("table1", "--seeds", "1", "--rows", "sc-pca-descending",
               *(f"--set={name}={value}" for name, value in changes.items())) == 0
    results = sweeps.load("table1", "digits" + "".join(
        f"+{name}={value}" for name, value in changes.items()))
    figure = table1.plot(results, table1.rows(results)[:1])
    assert f"descending, {expected}" in [
        label for ax in figure.axes for label in ax.get_legend_handles_labels()[1]]
    plt.close(figure)


# --- interrupted, killed, two at once ---------------------------------------------------------

def test_an_interrupted_run_is_nobodys_result(monkeypatch, capsys, ctrl_c):
    """Ctrl-C in the second of two runs: one sentence, exit code 130, the first is saved, and
    nothing is drawn. The same command goes on, and ends as if nobody had disturbed it."""
    assert run("figure2", "--seeds", "1") == 0
    whole = [one["after"] for one in saved("figure2")["runs"]]
    common.results_path("figure2", "digits").unlink()
    common.image_path("figure2", "digits").unlink()
    for model in Path("runs").iterdir():
        model.unlink()
    capsys.readouterr()
    step, steps = MLP.loss_and_gradient, []

    def pressed(network, Z, y):
        steps.append(len(y))
        if len(steps) == 30:                           # each has 24
            signal.raise_signal(signal.SIGINT)
        return step(network, Z, y)
    monkeypatch.setattr(MLP, "loss_and_gradient", pressed)
    assert run("figure2", "--seeds", "1") == 130
    assert capsys.readouterr().err == "interrupted; the same command goes on from here\n"
    assert [one["after"] for one in saved("figure2")["runs"]] == whole[:1]
    assert not common.image_path("figure2", "digits").exists()
    assert run("figure2", "--seeds", "1") == 0
    assert [one["after"] for one in saved("figure2")["runs"]] == whole


def start(seconds, *words):
    """The toy sweep as a process of its own, in the working folder."""
    return subprocess.Popen([sys.executable, TOY, str(seconds), *words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, "PYTHONPATH": str(ROOT),
                                 "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"})


def until(found, seconds=120):
    """Wait for something to be there."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


def test_two_commands_at_once_lose_nothing_of_each_other():
    """Sixteen quick runs from two sweeps on one file: all of them are in it."""
    processes = [start(0, "--seed", str(first)) for first in (0, 100)]
    assert [process.communicate(timeout=120)[1] for process in processes] == ["", ""]
    seeds = [one["settings"].get("seed", 0) for one in saved("toy", "toy")["runs"]]
    assert sorted(seeds) == [*range(8), *range(100, 108)]
    assert [path.name for path in Path("results").iterdir()] == ["toy.toy.json"]


@no_kill
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_workers_end_with_the_sweep(end):
    """However it ends: who reads its output meets the end of it once nobody is left."""
    process = start(600, "--jobs", "2")
    until(lambda: len([*Path().glob("begun-*")]) == 2)
    process.send_signal(end)
    process.communicate(timeout=60)
    assert process.returncode == -end


@no_kill
def test_a_sweep_that_is_killed_anywhere_goes_on():
    """kill -9 at random moments: the file is whole each time, and all runs are there in the
    end."""
    rng, path = np.random.default_rng(0), common.results_path("toy", "toy")
    for _ in range(3):
        process = start(0.05)
        begun = len([*Path().glob("begun-*")])
        until(lambda begun=begun, process=process: len(
            [*Path().glob("begun-*")]) > begun or process.poll() is not None)
        time.sleep(rng.random() * 0.15)
        process.kill()
        process.communicate()
        assert not path.exists() or sweeps.read_results(path)["runs"]
    out, err = start(0.05).communicate(timeout=120)
    assert err == "" and "8 runs" in out.splitlines()
    assert len(saved("toy", "toy")["runs"]) == 8
    assert [found.name for found in Path("results").iterdir()] == ["toy.toy.json"]


# --- files ------------------------------------------------------------------------------------

@pytest.mark.parametrize("folder", ["results", "images", "runs"])
def test_a_place_that_cannot_be_written(folder, monkeypatch, capsys):
    """Found before anything runs."""
    monkeypatch.setattr(figure2, "work", None)
    Path(folder).write_text("a file where the folder should be")
    assert run("figure2") == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: the place of the ") and err.count("\n") == 1
    assert [path.name for path in Path().iterdir() if path.is_file()] == [folder]


@cache
def computed(name):
    """The results of one seed of every row, as text, computed once."""
    assert run(name, "--seeds", "1") == 0
    return common.results_path(name, "digits").read_text(encoding="utf-8")


def places(found, path=()):
    """Where the values in a structure of dicts and lists stand, each as keys and indices."""
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def damaged(text, rng):
    """The same results with one value gone, or of another kind."""
    found = json.loads(text)
    every = list(places(found))
    *path, key = every[rng.integers(len(every))]
    inside = found
    for step in path:
        inside = inside[step]
    new = [None, "x", -1, True, [], {}, [[]], 1e999, "\n"][rng.integers(9)]
    if rng.integers(4):
        inside[key] = new
    else:
        del inside[key]
    return json.dumps(found)


@pytest.mark.parametrize("name", SCRIPTS)
def test_damaged_results_name_their_file(name, monkeypatch, capsys):
    """Whatever value is missing or of another kind: the picture is drawn, or one line names
    the file."""
    path, text = common.results_path(name, "digits"), computed(name)
    path.parent.mkdir(exist_ok=True)
    monkeypatch.setattr(sweeps, "save_image", lambda name, variant, figure: plt.close(figure))
    capsys.readouterr()
    refused = 0
    for seed in range(10):
        path.write_text(damaged(text, np.random.default_rng(seed)), encoding="utf-8")
        code = run(name, "--redraw")
        plt.close("all")
        err = capsys.readouterr().err
        assert not err if code == 0 else str(path) in err and err.count("\n") == 1, (seed, err)
        refused += code == 2
    assert refused


def test_a_damaged_file_is_not_written_over(monkeypatch, capsys):
    """Nothing runs, and what is in it stays for whoever wants to mend it."""
    path = common.results_path("figure2", "digits")
    path.parent.mkdir()
    path.write_text('{"runs": [')
    monkeypatch.setattr(figure2, "work", None)
    assert run("figure2") == 2
    assert f"{path}: damaged" in capsys.readouterr().err
    assert path.read_text() == '{"runs": ['
