"""Verdicts are made from the results: on other results they are others."""

from types import SimpleNamespace

import numpy as np
import pytest

from figures import claims, common, judges, readme

# Mean accuracies in %, near those that were measured.
MEASURED = {"sc-pca-descending": 88.4, "fc-pca": 86.8, "rsp-pca": 85.4,
            "sc-pca-descending-gain1": 85.0, "fc-pca-gain1": 86.7, "rsp-pca-gain1": 81.3,
            "cut-plain": 88.5, "dense-1-relu": 89.0, "dense-1-sigmoid": 87.5,
            "dense-5-relu": 88.1, "dense-5-sigmoid": 88.1}


@pytest.fixture
def table(monkeypatch):
    """Makes the judges see a table of such means, three seeds each, a tenth apart."""
    def show(**changes):
        means = MEASURED | {name.replace("_", "-"): value for name, value in changes.items()}

        def values(name, measure="test_accuracy"):
            return means[name] + np.array([-0.1, 0, 0.1])
        monkeypatch.setattr(judges, "Table", lambda module: SimpleNamespace(
            values=values, mean=lambda name: f"{values(name).mean():.2f} ± 0.10 %",
            report=lambda: [["the table"]]))
    return show


def test_who_is_ahead():
    """By Welch's t test: a gap far beyond the spread, not one within it."""
    assert judges.ahead([90, 90.1, 90.2], [88, 88.1, 88.3])
    assert not judges.ahead([88, 88.1, 88.3], [90, 90.1, 90.2])
    assert judges.compare([88, 90], [88.5, 90.5]) == "not separated from"
    assert judges.compare([88, 88.1, 88.3], [90, 90.1, 90.2]) == "behind"


@pytest.mark.filterwarnings("error")
def test_who_is_ahead_without_a_spread():
    """Where every seed, of one side or of both, gives the same."""
    assert judges.compare([10, 10, 10], [80, 80.1, 80.2]) == "behind"
    assert judges.compare([80, 80, 80], [10, 10, 10]) == "ahead of"
    assert judges.compare([10, 10, 10], [10, 10, 10]) == "not separated from"


@pytest.mark.parametrize(("changes", "verdict", "word"), [
    ({}, "holds in part", "SC is behind it"),
    ({"sc_pca_descending_gain1": 86.7}, "holds", "SC is not separated from it"),
    ({"sc_pca_descending_gain1": 87.7}, "holds", "SC is ahead of it"),
    ({"sc_pca_descending": 80.0}, "does not hold", "SC is behind it"),
    ({"sc_pca_descending": 80.0, "sc_pca_descending_gain1": 90.0}, "holds in part",
     "SC is ahead of it")])
def test_akin_at_both_gains(table, changes, verdict, word):
    """Whether SC keeps up with FC depends on the initial gain, and the verdict with it."""
    table(**changes)
    found, lines = judges.akin()
    assert found == verdict
    assert lines[-1].endswith(word + ".") and "gain 1, the common default" in lines[-1]


@pytest.mark.parametrize(("changes", "verdict", "ranking"), [
    ({}, "holds in part", "FC 86.70 > SC 85.00 > RSP 81.30, another ranking."),
    ({"sc_pca_descending_gain1": 87.5}, "holds in part",
     "SC 87.50 > FC 86.70 > RSP 81.30, the same ranking."),
    ({"sc_pca_descending_gain1": 87.5, "cut_plain": 86.0, "dense_1_relu": 86.0}, "holds",
     "SC 87.50 > FC 86.70 > RSP 81.30, the same ranking."),
    ({"cut_plain": 86.0, "dense_1_relu": 86.0}, "holds in part",
     "FC 86.70 > SC 85.00 > RSP 81.30, another ranking."),
    ({"fc_pca": 89.0}, "does not hold", "FC 86.70 > SC 85.00 > RSP 81.30, the same ranking.")])
def test_best_on_pca_at_both_gains(table, changes, verdict, ranking):
    """It holds if SC is ahead of FC and RSP at both gains, and of the others beside."""
    table(**changes)
    found, lines = judges.best_on_pca()
    assert found == verdict
    assert ranking in lines[2] and lines[-1] == "the table"


@pytest.mark.parametrize(("changes", "parts"), [
    ({}, ("SC > FC > RSP, as in the paper", "SC is not separated from it",
          "the ranking is FC 86.70 > SC 85.00 > RSP 81.30")),
    ({"fc_pca": 89.0, "cut_plain": 80.0},
     ("FC > SC > RSP, where the paper has SC > FC > RSP", "SC is ahead of it",
      "the ranking stays FC 86.70 > SC 85.00 > RSP 81.30")),
    ({"cut_plain": 92.0, "rsp_pca_gain1": 90.0},
     ("SC > FC > RSP, as in the paper", "SC is behind it",
      "the ranking is RSP 90.00 > FC 86.70 > SC 85.00"))])
def test_the_control_of_the_first_page(table, changes, parts):
    """What the ranking depends on, as far as the results have it."""
    table(**changes)
    text = " ".join(readme.control().split())
    assert all(part in text for part in parts), text


def test_no_verdict_without_results(tmp_path, monkeypatch):
    """In an empty folder every claim that needs runs is not measured yet."""
    monkeypatch.setattr(common, "FOLDER", tmp_path)
    verdicts = [claim.judge()[0] for claim in [*claims.CLAIMS, *claims.NEIGHBOURS]]
    assert verdicts.count(claims.NOT_YET) >= len(verdicts) - 2


def test_figure2_needs_three_seeds(monkeypatch):
    """Fewer make no verdict."""
    load = judges.sweeps.load

    def two_seeds(name, variant):
        results = load(name, variant)
        return {**results, "runs": [run for run in results["runs"]
                                    if run["settings"]["seed"] < 2]}
    assert judges.out_degrees()[0] == judges.IN_PART
    monkeypatch.setattr(judges.sweeps, "load", two_seeds)
    with pytest.raises(judges.TooFew):
        judges.out_degrees()
