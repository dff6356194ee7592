"""The figure of the spectral layers, and what its judges make of other results."""

from types import SimpleNamespace

import numpy as np
import pytest

from figures import judges, spectral, spectral_judges, sweeps
from scnn_np import build, load_data
from scnn_np.experiments import defaults, prepare, trained
from scnn_np.nn import MLP, Dense, ReLU, Spectral

WIDTHS, SPARSITIES = [10, 200], [0.75, 0.99]


def results_of(preset, **tried):
    """Results of a preset in which every trial is done, all equally good but those named."""
    results = {"settings": spectral.PRESETS[preset], "changes": {}, "runs": [], "seeds": 1,
               "defaults": {**defaults(), **spectral.EXTRA}}
    results["runs"] = [
        {"settings": sweeps.all_settings(row, results, 0), "seconds": 1.0,
         "held_out_accuracy": tried.get(row.name, 0.5),
         "trimmed_accuracy": tried.get(row.name, 0.5)} for row in spectral.rows(results)]
    return results


# --- the rows ---------------------------------------------------------------------------------

def test_the_best_step_size_is_taken():
    """Tried once, at one width, on held-out images; the rows that follow have it at every
    width and are measured on the test set."""
    results = results_of("paper", **{"try-qr-3": 0.9, "try-rsp-2": 0.9, "try-lasso-5": 0.9})
    tried, finals = spectral.split(spectral.rows(results))
    assert all(row.settings["holdout"] is None and row.settings["width"] == 200
               for row in tried)
    assert all("holdout" not in row.settings for row in finals.values())
    assert {finals[f"qr-{width}"].settings["learning_rate"] for width in (10, 784)} == {0.03}
    assert finals["rsp-0.99"].settings["learning_rate"] == 0.008
    assert finals["lasso"].settings["group_lasso_rows"] == [spectral.STRENGTHS[1], 0.0]
    assert finals["lasso"].settings["learning_rate"] == 0.008
    assert finals["eigenvalues-50"].settings["learning_rate"] == 0.002       # all the same


def test_equally_many_weights_are_left():
    """At every share of zeros, whether chosen while training or fixed before."""
    results = results_of("paper")
    finals = spectral.split(spectral.rows(results))[1]
    for sparsity in results["settings"]["sparsities"]:
        edges = set()
        for name in spectral.SPARSE:
            settings = sweeps.of_a_run(sweeps.all_settings(finals[f"{name}-{sparsity}"],
                                                           results, 0))
            takes = {key: settings[key] for key in ("layer", "edges", "degrees", "sparsity",
                                                    "receptive_field", "tail_biting", "l2",
                                                    "straight_through") if settings[key]
                     is not None}
            if "edges" in takes:
                takes["importance"] = np.linspace(1, 0.1, 784)
            network = build(settings["network"], layers=1, width=settings["width"],
                            **takes)
            edges.add(network.affine_layers[0].edges)
        assert edges == {round((1 - sparsity) * 784 * 200)}


def test_as_many_trained_numbers():
    """The small dense network has no more than the eigenvalues, and one neuron more would."""
    finals = spectral.split(spectral.rows(results_of("paper")))[1]
    for width in (200, 784):
        most = 784 + 2 * width + 10 * (width + 1)
        small = finals[f"small-{width}"].settings["width"]
        assert 795 * small + 10 <= most < 795 * (small + 1) + 10


# --- one run ----------------------------------------------------------------------------------

def test_trimming_takes_the_smallest_first():
    """By |λ_out| or by the norm of a row; all neurons left is the whole network."""
    rng = np.random.default_rng(0)
    layer = Spectral.drawn((20, 8), 1.0, rng, np.float64, learn="out")
    layer.lambda_out = rng.permutation(np.repeat([-9.0, 0.0], [2, 18]))[:, None]
    network = MLP([layer, ReLU(), Dense(rng.standard_normal((3, 20)))])
    X = rng.standard_normal((300, 8))
    y = network.predict(X)
    for trim in ("lambda", "norm"):
        found = spectral.trimmed(network, {"trim": trim, "seed": 0}, X, X, y)
        assert found["left_1"] == found["random_1"] == 1.0
        assert found["left_0.1"] == 1.0                  # the two that are not 0
        assert found["left_0.05"] < 1.0
        assert found["random_0.1"] < 1.0


def test_a_run_is_measured_where_nothing_is_chosen(tmp_path, monkeypatch):
    """Trials on held-out images, the others on the test set."""
    monkeypatch.chdir(tmp_path)
    settings = {**defaults(), **spectral.EXTRA, **spectral.PRESETS["digits"]["base"],
                **spectral.SPECTRAL, "width": 16, "epochs": 2, "trim": "lambda",
                "learn": "out"}
    final = spectral.work(settings)
    assert {"test_accuracy", "trimmed_accuracy", "left_0.5"} <= final.keys()
    network = trained(settings).network
    data, run = load_data("digits"), prepare(sweeps.of_a_run(settings))
    assert final["test_accuracy"] == network.evaluate(run.ordering(data.X_test),
                                                      data.y_test)[1]
    assert final["parameters"] == 16 + 16 + 170 and final["edges"] == 16 * 64
    tried = spectral.work({**settings, "holdout": None})
    assert "trimmed_accuracy" in tried and "test_accuracy" not in tried
    assert tried["held_out_accuracy"] == tried["left_1"]


# --- the judges -------------------------------------------------------------------------------

@pytest.fixture
def table(monkeypatch):
    """Makes the judges see a table of such means, three seeds each, a tenth apart."""
    def show(means):
        def values(name, measure="test_accuracy"):
            found = means.get(f"{name} {measure}", means.get(name))
            if found is None:
                found = means[name.rpartition("-")[0]]
            return found + np.array([-0.1, 0, 0.1])
        row = {"parameters": 1000, "dense": 10_000}
        monkeypatch.setattr(spectral, "records", lambda row_, results: [row])
        monkeypatch.setattr(judges, "Table", lambda module: SimpleNamespace(
            values=values, mean=lambda name: f"{values(name).mean():.2f} ± 0.10 %",
            results={"settings": {"widths": WIDTHS, "sparsities": SPARSITIES,
                                  "tried_width": 200}},
            rows=Rows(), report=lambda: [[f"table {k}"] for k in range(4)]))
    return show


class Rows(dict):
    """Every row is there."""

    def __missing__(self, name):
        return name


DENSE = {"dense": 90.0, "eigenvalues": 88.0, "one-set": 80.0, "rescaled": 88.0, "random": 75.0,
         "small": 70.0, "authors": 87.0, "qr": 90.0, "svd": 89.0}


@pytest.mark.parametrize(("changes", "verdict", "words"), [
    ({}, "holds", ["behind a dense layer at 10, 200 hidden neurons: both sets 2.00, 2.00",
                   "halved at 2", "not separated from it at all of them"]),
    ({"eigenvalues": 84.0}, "holds in part", ["ahead of one at 2 of 2", "halved at 0"]),
    ({"eigenvalues-10": 80.0}, "holds in part", ["ahead of one at 1 of 2", "halved at 1"]),
    ({"eigenvalues": 79.0}, "does not hold", ["ahead of one at 0 of 2"]),
    ({"rescaled": 89.0, "small": 95.0}, "holds", ["both sets are behind it at all of them. A "
                                                  "dense",
                                                  "-5.00, -5.00 behind"])])
def test_closer(table, changes, verdict, words):
    table({**DENSE, **changes})
    found, lines = spectral_judges.closer()
    assert found == verdict
    assert all(word in " ".join(lines) for word in words), lines


@pytest.mark.parametrize(("changes", "verdict", "word"), [
    ({}, "holds", "it is not separated from it at all of them. It trains"),
    ({"qr": 91.0}, "holds", "it is ahead of it at all of them. It trains"),
    ({"qr-10": 85.0}, "holds in part", "it is behind it at 10, not separated from it at 200"),
    ({"qr": 85.0}, "does not hold", "it is behind it at all of them. It trains")])
def test_filled(table, changes, verdict, word):
    table({**DENSE, **changes})
    found, lines = spectral_judges.filled()
    assert found == verdict and word in lines[0]
    assert "10.0 % at 10, 10.0 % at 200" in lines[0]


SPARSE = {"thresholded-qr": 88.0, "thresholded": 80.0, "straight-through": 88.0, "sc": 88.0,
          "rsp": 80.0}


@pytest.mark.parametrize(("changes", "verdict", "words"), [
    ({}, "holds in part", ["ahead of it at 2 of 2", "straight-through gradient at 0",
                           "ahead of it at all of them (RSP); not separated from it at all "
                           "of them (SC)"]),
    ({"straight-through": 80.0}, "holds", ["straight-through gradient at 2"]),
    ({"thresholded-0.99": 89.0, "straight-through": 80.0}, "holds in part",
     ["ahead of it at 1 of 2"]),
    ({"thresholded": 89.0}, "does not hold", ["ahead of it at 0 of 2"])])
def test_sparse_networks(table, changes, verdict, words):
    table({**SPARSE, **changes})
    found, lines = spectral_judges.sparse_networks()
    assert found == verdict
    assert all(word in " ".join(lines) for word in words), lines


def of_orders(**means):
    """Accuracy when trimmed: with its own order, by name, and at random, 50."""
    found = {"lasso": 85.0, "lambda-phi": 85.0, "lambda": 60.0, "norm": 60.0, **{
        name.replace("_", "-"): mean for name, mean in means.items()}}
    return {f"{name} {order}_{share}": mean if order == "left" else 50.0
            for name, mean in found.items() for share in spectral.LEFT
            for order in ("left", "random")}


@pytest.mark.parametrize(("changes", "verdict"), [
    ({}, "yes, as well as group lasso"), ({"lambda_phi": 86.0}, "yes, as well as group lasso"),
    ({"lambda_phi": 70.0}, "yes, but group lasso tells it better"),
    ({"lambda_phi": 50.0}, "no"), ({"lambda_phi": 40.0, "lasso": 30.0}, "no")])
def test_order_of_neurons(table, changes, verdict):
    table(of_orders(**changes))
    found, lines = spectral_judges.order_of_neurons()
    assert found == verdict
    assert "100, 50, 20, 10, 5 of 200 hidden neurons" in lines[0]
    assert "lasso of rows: ahead of it at 5 of 5" in lines[0] or "lasso" in changes
