"""The figures made of many runs: rows, resuming, changed settings, tables and images."""

import json

import numpy as np
import pytest

from figures import claims, common, importance, judges, pruning, sweeps, table1, tradeoff
from scnn_np.experiments.runs import DEFAULTS, train_further, trained
from scnn_np.training.trainer import Trainer

SCRIPTS = {script.__name__.split(".")[1]: script
           for script in (table1, importance, pruning, tradeoff)}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Results, images and models go to an empty folder; runs take two epochs."""
    monkeypatch.setattr(common, "FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)
    for script in SCRIPTS.values():
        chosen = script.PRESETS["digits"]
        monkeypatch.setitem(chosen, "base", chosen["base"] | {"epochs": 2})


def run(name, *words):
    script = SCRIPTS[name]
    return sweeps.main(name, script.__doc__, script.PRESETS, script.rows, script.work,
                       script.plot, script.report, words, extra=getattr(script, "EXTRA", None))


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
    changed = saved("table1", "digits+degrees=None+gain=1")["runs"]
    assert [one["settings"]["gain"] for one in changed] == [1]
    assert "without --set" in out
    assert f"{100 * before['runs'][0]['test_accuracy']:.2f}" in out
    assert f"{100 * changed[0]['test_accuracy']:.2f}" in out


def test_what_a_row_says_of_itself_stays(capsys):
    """--set changes the others; controls are made for the changed network; 0 is 0.0."""
    results = {"settings": table1.PRESETS["digits"], "defaults": DEFAULTS, "runs": [],
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


def test_two_commands_lose_nothing_of_each_other(monkeypatch):
    """What another command has saved meanwhile stays in the file."""
    def meanwhile(settings, work=table1.work):
        if settings["network"] == "sc":
            monkeypatch.setattr(table1, "work", work)
            assert run("table1", "--seeds", "1", "--rows", "rsp-pca") == 0
        return work(settings)
    monkeypatch.setattr(table1, "work", meanwhile)
    assert run("table1", "--seeds", "1", "--rows", "sc-pca-descending") == 0
    assert [one["settings"].get("network", "sc") for one in saved("table1")["runs"]] == [
        "sc", "rsp"]


def test_an_interrupted_further_training_is_no_result(monkeypatch):
    """Ctrl-C while a cut network trains further ends the sweep; the run is not saved."""
    def press(trainer, *_):
        trainer.interrupted = True
        return []
    model = trained({**DEFAULTS, **table1.PRESETS["digits"]["base"]})
    monkeypatch.setattr(Trainer, "fit", press)
    with pytest.raises(KeyboardInterrupt):
        train_further(model.network, DEFAULTS, 3, np.zeros((4, 64)), np.zeros(4, int))


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
    (["--redraw", "--preset", "small"], "table1.small.json: not computed yet")])
def test_bad_options(words, message, capsys):
    assert run("table1", *words) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--set", "gain"], ["--set", "seed=3"], ["--set", "x=3"],
                                   ["--set", "data=digits"], ["--set", "holdout=5"],
                                   ["--jobs", "0"], ["--seeds", "-1"]])
def test_options_that_cannot_be_read(words, capsys):
    with pytest.raises(SystemExit):
        run("table1", *words)
    assert "expected" in capsys.readouterr().err


def test_rows_of_the_paper():
    """Twelve numbers in eight rows; every control within SC's parameters."""
    results = {"settings": table1.PRESETS["paper"], "defaults": DEFAULTS, "changes": {},
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


def test_who_is_ahead():
    """By Welch's t test: a gap far beyond the spread, not one within it."""
    assert judges.ahead([90, 90.1, 90.2], [88, 88.1, 88.3])
    assert not judges.ahead([88, 88.1, 88.3], [90, 90.1, 90.2])
    assert judges.compare([88, 90], [88.5, 90.5]) == "not separated from"
    assert judges.compare([88, 88.1, 88.3], [90, 90.1, 90.2]) == "behind"


def test_no_verdict_without_results():
    """In an empty folder every claim that needs runs is not measured yet."""
    verdicts = [claim.judge()[0] for claim in claims.CLAIMS]
    assert verdicts.count(claims.NOT_YET) >= len(verdicts) - 2
