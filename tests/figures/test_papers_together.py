"""The bench of the four papers: its budgets, one run, and verdicts that follow the data."""

import numpy as np
import pytest

from figures import judges, sweeps, together, together_judges
from figures.layer_sparsity import PIXELS
from scnn_np import build, load_data
from scnn_np.analysis import merge
from scnn_np.data import fit_ordering
from scnn_np.experiments import defaults, prepare, trained
from scnn_np.experiments.runs import build_network

LIMIT = 220_020                 # numbers of the paper's SC network
NAMES = [*together.NETWORKS]
MEANS = {"sc": 89.0, "rsp": 88.0, "biregular": 88.0, "merged": 87.0, "eigenvalues": 86.0,
         "qr": 87.5, "sc-eigenvalues": 85.0, "dense": 88.5}


def results_of(runs=None, **tried):
    """Results of full size in which every trial is done: held-out accuracy and stored numbers
    of those that are named, all others equal; then runs of the rows that follow."""
    results = {"settings": together.PRESETS["paper"], "changes": {}, "runs": [], "seeds": 3,
               "defaults": {**defaults(), **together.EXTRA}, "figure": "together",
               "preset": "paper"}

    def add(row, seed, **measured):
        results["runs"].append({
            "settings": sweeps.all_settings(row, results, seed), "seconds": 1.0,
            "layers_left": 1, "trained": 1000, **measured})
    for row in together.rows(results):
        held_out, stored = tried.get(row.name, (0.5, LIMIT))
        add(row, 0, held_out_accuracy=held_out, stored=stored)
    for row in together.rows(results):
        if not row.seeds and runs:
            mean, stored = runs[row.name]
            for seed, change in enumerate((-0.1, 0.0, 0.1)):
                add(row, seed, test_accuracy=(mean + change) / 100, stored=stored)
    return results


# --- the rows ---------------------------------------------------------------------------------

@pytest.mark.parametrize("name", NAMES)
def test_one_budget(name):
    """Eight trials each, and networks that fill the stored numbers of the paper's SC network
    without going over; before layers are merged, a fifth more."""
    results = results_of()
    assert together.most_stored(results) == LIMIT
    tried = together.candidates(name, results)
    assert len(tried) == 8
    X = np.random.default_rng(0).normal(size=(900, 784)) * np.linspace(2, 0.1, 784)
    ordering = fit_ordering(X, np.arange(900) % 10, "variance")
    limit = LIMIT * (together.TOO_LARGE if name == "merged" else 1)
    for settings in tried[::2]:                # the other step size is the same network
        run = sweeps.of_a_run({**defaults(), **results["settings"]["base"], **settings})
        assert 0.97 * limit < together.stored(build_network(run, ordering, 10)) <= limit


def test_epochs_are_the_same():
    """Those before a merge and those after it together."""
    results = results_of()
    for name in NAMES:
        for settings in together.candidates(name, results):
            epochs = settings.get("epochs", results["settings"]["base"]["epochs"])
            assert epochs + settings.get("refit", 0) == 10


def test_the_best_trial_that_stores_little_enough_is_trained():
    """On held-out images; one that is better and too large comes behind, unless all are."""
    results = results_of(**{"try-merged-3": (0.9, LIMIT + 1), "try-merged-6": (0.8, LIMIT),
                            "try-sc-7": (0.9, LIMIT),
                            **{f"try-qr-{k}": (k / 10, LIMIT + k) for k in range(1, 9)}})
    found = {row.name: row for row in together.rows(results)}
    tried = {name: together.candidates(name, results) for name in NAMES}
    assert found["merged"].settings == {**tried["merged"][5], "holdout": 0}
    assert found["sc"].settings == {**tried["sc"][6], "holdout": 0}
    assert found["qr"].settings == {**tried["qr"][7], "holdout": 0}
    assert all(found[row].settings["holdout"] is None for row in found if row not in NAMES)


def test_nothing_follows_before_all_trials_are_done():
    results = results_of()
    results["runs"] = [run for run in results["runs"] if run["settings"]["network"] != "rsp"]
    assert {row.name for row in together.rows(results) if not row.seeds} == {*NAMES} - {"rsp"}


# --- one run ----------------------------------------------------------------------------------

def test_a_run_is_merged_trained_on_and_scored_where_nothing_is_chosen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {**defaults(), **together.EXTRA, **together.RELU_PIXELS, "data": "digits",
                "network": "fc", "layers": 3, "width": 16, "dropout": 0.0, "batch_size": 32,
                "epochs": 30, "refit": 5, "holdout": 0,
                "layer_sparsity_step": [0, 2.0, 0, 0]}
    found, model = together.work(settings), trained(sweeps.of_a_run(settings))
    assert found["trained"] == model.network.n_parameters
    assert found["layers_left"] == 2
    assert found["trained"] - found["stored"] == 16 * 17
    data, run = load_data("digits"), prepare(sweeps.of_a_run(settings))
    small = merge(model.network, *PIXELS).network
    together.train_further(small, settings, 5, run.X, run.y)
    assert found["test_accuracy"] == small.evaluate(run.ordering(data.X_test), data.y_test)[1]
    tried = together.work({**settings, "holdout": None, "refit": 0})
    assert "held_out_accuracy" in tried and "test_accuracy" not in tried
    assert tried["layers_left"] == 3 and tried["stored"] == tried["trained"]


def test_stored_numbers_are_those_of_the_weights():
    """Whatever was trained: eigenvalues are multiplied out, edges that are not there are 0."""
    dense = build("fc", 20, 5, layers=1, width=8, layer="spectral", learn="eigenvalues")
    assert together.stored(dense) == 8 * 20 + 8 + 8 * 5 + 5 > dense.n_parameters
    sparse = build("rsp", 20, 5, layers=1, width=8, degrees=3)
    assert together.stored(sparse) == 3 * 20 + 8 + 8 * 5 + 5 == sparse.n_parameters


# --- the judge --------------------------------------------------------------------------------

def judged(monkeypatch, too_large=(), **changes):
    runs = {name: (mean, LIMIT + (name in too_large))
            for name, mean in {**MEANS, **changes}.items()}
    results = results_of(runs)
    monkeypatch.setattr(judges.sweeps, "load", lambda name, variant: results)
    verdict, lines = together_judges.against_dense()
    return verdict, "\n".join(lines)


def test_ahead_of_a_dense_network(monkeypatch):
    verdict, text = judged(monkeypatch)
    assert verdict == "yes: SC"
    assert "SC 89.00 ± 0.10 %, ahead of it; RSP 88.00 ± 0.10 %, behind it" in text
    assert "SC is the best of the four papers; it is ahead of RSP" in text
    assert "None stores more than it may." in text
    assert "| SC | 1907.02051 | 5×784, 1 left | sigmoid | PCA | 1,000 | 220,020 |" in text


def test_nothing_ahead_of_a_dense_network(monkeypatch):
    verdict, text = judged(monkeypatch, dense=89.0)
    assert verdict == "no" and "SC 89.00 ± 0.10 %, not separated from it" in text


def test_several_ahead_and_another_best(monkeypatch):
    verdict, text = judged(monkeypatch, merged=90.0)
    assert verdict == "yes: ten layers, some merged, SC"
    assert "ten layers, some merged is the best of the four papers; it is ahead of SC" in text


def test_who_stores_too_much_does_not_win(monkeypatch):
    verdict, text = judged(monkeypatch, too_large=["sc"])
    assert verdict == "no" and "More than may be stored: SC." in text
    assert "220,021" in text


def test_too_few_runs(monkeypatch):
    results = results_of({name: (mean, LIMIT) for name, mean in MEANS.items()})
    results["runs"] = results["runs"][:-1]
    monkeypatch.setattr(judges.sweeps, "load", lambda name, variant: results)
    with pytest.raises(judges.TooFew):
        together_judges.against_dense()
