"""The figure of layer sparsity: one run of it, and verdicts that follow the data."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from figures import judges, layer_judges, layer_sparsity, sweeps
from scnn_np.analysis import merge
from scnn_np.experiments import defaults, trained

RESULTS = {"settings": layer_sparsity.PRESETS["paper"], "changes": {}, "seeds": 3,
           "defaults": {**defaults(), **layer_sparsity.EXTRA},
           "figure": "layer_sparsity", "preset": "paper"}
ROWS = {row.name: row for row in layer_sparsity.rows(RESULTS)}
PENALISED = ("group", "each", "gradient")


# --- one run ----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run at a strength at which some layers go and some stay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("run"))
        settings = {**defaults(), **layer_sparsity.COMMON, "data": "digits", "layers": 4,
                    "width": 16, "batch_size": 32, "epochs": 30, "refit": 5, "seed": 0,
                    "layer_sparsity_step": [0, 2.0, 0, 2.0, 0]}
        return layer_sparsity.work(settings), trained(sweeps.of_a_run(settings))


def test_a_run_merges_and_refits(run):
    """What the numbers say is what the saved model shows; merging alone changes no answer."""
    found, model = run
    assert found["layers_left"] == found["layers_left_without_limit"] == 2
    assert [n > 0 for n in found["neither"]] == [True, False, True, False]
    assert np.sum([found[kind] for kind in ("linear", "dead", "neither")], axis=0).tolist() == (
        [16] * 4)
    assert found["merged_accuracy"] == found["test_accuracy"]
    assert found["parameters_left"] == merge(model.network, 0, 1).network.n_parameters
    assert found["parameters"] - found["parameters_left"] == 2 * 16 * 17
    last = model.about["history"][-1]
    assert [round(last[f"negative_share_{k}"], 4) for k in (2, 4)] == (
        found["negative_shares"][1::2])
    assert found["negative_shares"][1] == found["negative_shares"][3] == 0
    assert min(found["refit_accuracy"], found["fresh_accuracy"]) > 0.2
    assert 0 < found["one_direction"] <= 1


def test_along_one_direction(rng):
    """All of it where every neuron gives a multiple of one number, a half where two give
    independent ones of equal spread."""
    z = rng.normal(size=(1000, 1))
    assert layer_sparsity.one_direction(z * [1, 2, -3] + 5) == pytest.approx(1)
    assert layer_sparsity.one_direction(np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])) == 0.5
    assert layer_sparsity.one_direction(np.ones((4, 3))) == 1


# --- verdicts ---------------------------------------------------------------------------------

def made_up(accuracies, left=None):
    """Results in which each row has the accuracies (with the penalty, trained once more, fresh
    start) that a function gives for (kind, strength or depth), a tenth of a point apart over
    seeds, and so many layers left."""
    left = left or (lambda kind, strength: {"group": 4, "each": 8}.get(kind, 10))
    runs = []
    for name, row in ROWS.items():
        kind, _, number = name.partition("-")
        found = dict(zip(("test", "refit", "fresh"), accuracies(kind, float(number or 10)),
                         strict=True))
        found["merged"] = found["test"]
        for seed in range(3):
            runs.append({
                "settings": sweeps.all_settings(row, RESULTS, seed), "seconds": 1.0,
                "layers_left": left(kind, float(number or 10)) if kind in PENALISED
                else row.settings["layers"], "parameters_left": 1000,
                "one_direction": 0.9,
                **{f"{measure}_accuracy": value + 0.001 * (seed - 1)
                   for measure, value in found.items()}})
    return {**RESULTS, "runs": runs}


@pytest.fixture
def show(monkeypatch):
    """Makes the judges see results."""
    def show(*arguments):
        monkeypatch.setattr(sweeps, "load", lambda name, variant: made_up(*arguments))
    return show


def nothing_goes(kind, strength):
    return 10


@pytest.mark.parametrize(("accuracies", "left", "compact", "accurate"), [
    (lambda kind, x: (0.8, 0.8, 0.8), nothing_goes, judges.NOT, judges.NOT),
    (lambda kind, x: (0.8, 0.8, 0.8), None, judges.HOLDS, judges.NOT),
    (lambda kind, x: (0.5, 0.7 + 0.2 * (kind == "l2"), 0.8), None, judges.IN_PART, judges.NOT),
    (lambda kind, x: (0.5, 0.7, 0.7) if kind == "group" else (0.8, 0.8, 0.8), None, judges.NOT,
     judges.NOT),
    (lambda kind, x: (0.5, 0.7, 0.9) if kind == "group" else (0.8, 0.8, 0.8), None,
     judges.IN_PART, judges.IN_PART),
    (lambda kind, x: (0.5, 0.9, 0.7) if kind == "group" and x == 0.1 else (0.8, 0.8, 0.8), None,
     judges.HOLDS, judges.HOLDS)])
def test_compact_and_accurate(show, accuracies, left, compact, accurate):
    """Whether layers go at all; whether what is left keeps up with the ten, or is ahead, from
    its merged weights or only from a fresh start."""
    show(accuracies, left)
    assert layer_judges.fewer_layers()[0] == compact
    found, lines = layer_judges.more_accurate()
    assert found == accurate
    assert "1 layer 80.00 ± 0.10 %, not separated from ten" in lines[-1] or compact != "holds"


@pytest.mark.parametrize(("accuracies", "left", "verdict"), [
    (lambda kind, x: (0.5, 0.7, 0.8), None, "no"),
    (lambda kind, x: (0.5, 0.9, 0.8), None, "yes"),
    (lambda kind, x: (0.5, 0.7 + x, 0.8), None, "at some strengths"),
    (lambda kind, x: (0.5, 0.9, 0.8), nothing_goes, "nothing to merge")])
def test_merged_weights_or_a_fresh_start(show, accuracies, left, verdict):
    show(accuracies, left)
    found, lines = layer_judges.merged_weights()
    assert found == verdict and lines


@pytest.mark.parametrize(("accuracies", "left", "verdict"), [
    (lambda kind, x: (0.8, 0.8, 0.8), None, "yes"),
    (lambda kind, x: (0.5 if kind == "group" else 0.8, 0.8, 0.8), None, "no"),
    (lambda kind, x: (0.8, 0.8, 0.8), lambda kind, x: {"group": 8, "each": 4}[kind]
     if kind != "gradient" else 10, "no"),
    (lambda kind, x: (0.8, 0.8, 0.8), nothing_goes, "no"),
    (lambda kind, x: (0.8, 0.8, 0.8), lambda kind, x: 5 if kind == "group" else 10, "yes"),
    (lambda kind, x: (0.8 if kind == "group" or x > 0.3 else 0.9, 0.8, 0.8), None, "in part")])
def test_one_group_or_each_entry(show, accuracies, left, verdict):
    """The group wins where it leaves fewer layers and is not behind."""
    show(accuracies, left)
    assert layer_judges.one_group()[0] == verdict


def test_no_verdict_with_a_row_missing(monkeypatch):
    results = made_up(lambda kind, x: (0.8, 0.8, 0.8))
    results["runs"] = [run for run in results["runs"]
                       if run["settings"]["negative_l1_step"] != 0.4]
    monkeypatch.setattr(sweeps, "load", lambda name, variant: results)
    for judge in (layer_judges.fewer_layers, layer_judges.more_accurate,
                  layer_judges.merged_weights, layer_judges.one_group):
        with pytest.raises(judges.TooFew):
            judge()


# --- the picture ------------------------------------------------------------------------------

def test_the_picture_shows_the_runs(rows_of=("group-0.05", "group-0.3")):
    """Layers left and accuracies as they were measured, one mark for each run on the right; a
    picture of some rows can be drawn, too."""
    results = made_up(lambda kind, x: (0.5 + x, 0.7, 0.8), lambda kind, x: int(10 - 30 * x))
    figure = layer_sparsity.plot(results, [*ROWS.values()])
    left, right = figure.axes
    lines = {line.get_label(): line for line in right.get_lines()}
    marks = lines["penalised, before and after the merge"]
    assert len(marks.get_xdata()) == 3 * 6
    assert set(marks.get_xdata()) == {8, 7, 5, 4, 1}
    assert marks.get_ydata()[1] == pytest.approx(55)
    depths = lines["L2 alone, of this depth from the start"].get_xdata()
    assert [*depths] == [1, 2, 3, 5, 10]
    plt.close(figure)
    plt.close(layer_sparsity.plot(results, [ROWS[name] for name in rows_of]))
    plt.close(layer_sparsity.plot(results, [ROWS["shallow-1"]]))
