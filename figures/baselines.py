"""The baselines of the paper's abstract and introduction, brought to the SC network's size.

A full network is trained, with a penalty or with noise; its weights of least magnitude, or its
neurons of least outgoing weights, are cut away until it is as small as the SC network; and it
is trained further, as it was before, for five epochs, or for as many as SC has had. Where there
is a strength to choose, three are tried in shorter runs, and that which is best on held-out
images in the end is the row of the table.
"""

import numpy as np

from figures.sweeps import Row, best_of, mean_and_spread, records, trials, values
from scnn_np.analysis.measures import activations, mean_activations
from scnn_np.analysis.pruning import largest_neurons, largest_weights, without_neurons
from scnn_np.experiments.runs import train_further

# What follows the training of a full network: nothing, or a cut to so many parameters, of
# "weights", of weights by "spread" (times what they carry), or of "neurons"; and so many epochs
# of further training.
EXTRA = {"cut": None, "cut_to": None, "retrain": 5}


def configurations(layers):
    """Of each baseline its label, and the settings among which one is chosen."""
    decades = [[first] + [others] * layers              # the last is the paper's, of Figure 2
               for first, others in ((1e-6, 1e-7), (1e-5, 1e-6), (1e-4, 1e-5))]
    return {"plain": ("no penalty, by magnitude", [{}]),
            "spread": ("no penalty, by magnitude × spread", [{"cut": "spread"}]),
            "spread-long": ("no penalty, by magnitude × spread, then 25 epochs",
                            [{"cut": "spread", "retrain": 25}]),
            "l2": ("weight decay (L2), by magnitude",
                   [{"l2": strength} for strength in (5e-6, 5e-5, 5e-4)]),
            "l1": ("L1, by magnitude", [{"l1": strengths} for strengths in decades]),
            "dropout": ("DropOut of 0.5, by magnitude", [{"dropout": None}]),    # its own
            "dropconnect": ("DropConnect of 0.5, by magnitude", [{"dropconnect": 0.5}]),
            "group-lasso": ("group lasso, whole neurons",
                            [{"group_lasso": strengths, "cut": "neurons"}
                             for strengths in decades])}


def rows(results, layers, budget):
    """Trials, and of each baseline whose trials are done the chosen one, cut to a budget."""
    common = {"network": "fc", "dropout": 0.0, "cut": "weights", "cut_to": budget}
    shorter = {"holdout": None, **results["settings"]["trials"]}
    found = []
    for name, (label, choices) in configurations(layers).items():
        full = [Row(f"cut-{name}", f"FC, {label}", {**common, **settings})
                for settings in choices]
        if len(full) > 1:
            tried = trials(name, label, [{**row.settings, **shorter} for row in full])
            best = best_of(tried, results, "retrained_accuracy")
            full = [full[tried.index(best)]] if best else []
            found += tried
        found += full
    return found


def cut(network, settings, X, y, X_scored, y_scored):
    """Cut a trained network down, measure, train it further, and measure again."""
    if settings["cut"] == "neurons":
        kept = largest_neurons(network, settings["cut_to"])
        network = without_neurons(network, kept, mean_activations(network, X))
        X, X_scored = X[:, kept[0]], X_scored[:, kept[0]]
    elif settings["cut"] == "spread":
        spreads = [Z.std(axis=0) for Z in activations(network, X[:10_000])]
        network = largest_weights(network, settings["cut_to"], spreads)
    else:
        network = largest_weights(network, settings["cut_to"])
    found = {"cut_parameters": network.n_parameters,
             "cut_accuracy": network.evaluate(X_scored, y_scored)[1]}
    train_further(network, settings, settings["retrain"], X, y)
    return {**found, "retrained_accuracy": network.evaluate(X_scored, y_scored)[1]}


def table(results, rows, measured, title):
    """Markdown; `measured` names what the accuracy before the cut was measured as."""
    lines = [f"| {title} | strength | parameters | accuracy before (%) | left | cut (%) | "
             "trained further (%) | runs |", "|---|---|---:|---:|---:|---:|---:|---:|"]
    for row in rows:
        runs = records(row, results)
        before, after, further = (mean_and_spread(values(row, results, name)) for name in (
            measured, "cut_accuracy", "retrained_accuracy"))
        lines.append(f"| {row.label} | {strength(row.settings)} | {runs[0]['parameters']:,} | "
                     f"{before} | {runs[0]['cut_parameters']:,} | {after} | {further} | "
                     f"{len(runs)} |")
    return lines


def strength(settings):
    """Of the penalty: of the first layer and of the others, where they differ."""
    found = [settings[name] for name in ("l1", "l2", "group_lasso") if name in settings]
    return ", ".join(f"{value:g}" for value in np.unique(found)[::-1]) or "–"
