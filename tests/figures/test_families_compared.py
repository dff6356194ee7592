"""The comparison of families: equal edges, correlations, and a verdict that follows them."""

import numpy as np
import pytest

from figures import judges, sweeps, topologies, topology_judges
from scnn_np.experiments import defaults
from scnn_np.graphs.topologies import PARAMETERS
from scnn_np.networks import networks

RESULTS = {"settings": topologies.PRESETS["paper"], "defaults": defaults(), "changes": {},
           "figure": "topologies", "preset": "paper", "seeds": 3}
ROWS = topologies.rows(RESULTS)
OF_EQUAL_SIZE = [row for row in ROWS if not row.name.endswith("density")]


@pytest.mark.parametrize("row", OF_EQUAL_SIZE, ids=lambda row: row.name)
def test_families_have_equal_edges(row):
    """To the edge, at full size."""
    n, d = RESULTS["settings"]["plane"] if row.name.endswith("plane") else (784, 28)
    graph = {name: row.settings[name] for name in PARAMETERS if name in row.settings}
    network = networks()[row.settings["network"]](n, 10, width=n, layers=2, **graph)
    assert [W.nnz for W in network.weights[:-1]] == [n * d] * 2


def test_epochs_to_a_loss():
    """Between two epochs by a straight line; at the first if it is there; else never."""
    assert topologies.epochs_to([2.0, 1.0, 0.5], 0.75) == 2.5
    assert topologies.epochs_to([2.0, 1.0, 0.5], 1.0) == 2
    assert topologies.epochs_to([2.0, 1.0, 0.5], 3.0) == 1
    assert topologies.epochs_to([2.0, 1.0, 0.5], 0.1) == np.inf


def test_partial_correlation():
    """What a third number explains is taken out: x and y that share only it are left with
    little, and one that is y itself is left with all."""
    rng = np.random.default_rng(0)
    held = rng.standard_normal(2000)
    x, y = held + rng.standard_normal(2000), held + rng.standard_normal(2000)
    assert abs(np.corrcoef(x, y)[0, 1]) > 0.4
    assert abs(topologies.partial(x, y, held)) < 0.06
    assert topologies.partial(x, x ** 3, held) == pytest.approx(1)


# --- the verdict -----------------------------------------------------------------------------

def made_up(accuracy):
    """Results in which the gap of a row is its place among the rows, and accuracy is a
    function of (gap, edges)."""
    runs = []
    for k, row in enumerate(ROWS):
        d = row.settings["degrees"]
        edges = 784 * (d if isinstance(d, int) else sum(d) / len(d))
        gap = (k % 11 + 1) / 12 if "density" not in row.name else 0.7
        for seed in range(3):
            found = accuracy(gap, edges) + 0.001 * seed
            runs.append({
                "settings": sweeps.all_settings(row, RESULTS, seed), "seconds": 1.0,
                "test_accuracy": found, "loss": list(np.linspace(2, 1 - found, 15)),
                "edges": [edges] * 3, "path_share": 1.0 - gap / 2, "ramanujan": "no",
                **{name: [gap] * 3 for name in (
                    "gap", "connectivity", "connectivity_without_isolated", "components",
                    "isolated_left", "isolated_right", "spread_right")}})
    return {**RESULTS, "runs": runs}


@pytest.mark.parametrize(("accuracy", "verdict"), [
    (lambda gap, edges: 0.6 + 0.2 * gap, judges.HOLDS),
    (lambda gap, edges: 0.9 - 0.2 * gap, judges.NOT),
    (lambda gap, edges: 0.6 + 0.1 * np.log(edges) / 10 + 0.001 * gap, judges.IN_PART)])
def test_the_verdict_follows_the_data(monkeypatch, accuracy, verdict):
    """It holds where accuracy rises with the gap, not where it falls, and in part where
    density says more."""
    monkeypatch.setattr(judges.sweeps, "load", lambda name, variant: made_up(accuracy))
    found, lines = topology_judges.expanders()
    assert found == verdict
    assert any("projective plane" in line for line in lines)


def test_no_verdict_with_a_family_missing(monkeypatch):
    results = made_up(lambda gap, edges: gap)
    results["runs"] = [run for run in results["runs"]
                       if run["settings"]["network"] != "butterfly"]
    monkeypatch.setattr(judges.sweeps, "load", lambda name, variant: results)
    with pytest.raises(judges.TooFew):
        topology_judges.expanders()
