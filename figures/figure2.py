"""Figure 2: with L1, the out-degree of an input tells how important it is.

A fully connected network is trained on PCA inputs, most important first, with L1 of 1e-4 on the
input layer and 1e-5 on the others. Plotted is the number of edges with |w| > 0.1 that leave
each input. Beside it stand the controls that the paper lacks: the same training without L1,
the weights before the first step, and other thresholds.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures import sweeps
from figures.common import BLUE, GREY, ORANGE, data_name, legend_below
from figures.sweeps import Row, mean_and_spread, records, values
from scnn_np.analysis.measures import block_means, out_degrees
from scnn_np.experiments import prepare, trained
from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter

PAPER_THRESHOLD = 0.1
THRESHOLDS = (0.03, PAPER_THRESHOLD, 0.3)
L1_INPUT, L1_OTHERS = 1e-4, 1e-5                 # paper, section 3
BLOCKS = 8
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, seconds", "seeds": 3,
               # 1,200 steps of 1e-3 are too few: a weight that starts at 0.87 cannot get to 0
               "base": {"data": "digits", "layers": 1, "width": 64, "epochs": 100,
                        "learning_rate": 3e-3, "holdout": 0}},
    "small": {"help": "10,000 images of Fashion-MNIST, two minutes", "seeds": 1,
              "base": {"samples": 10_000, "epochs": 15, "holdout": 0}},
    "paper": {"help": "all of Fashion-MNIST, under an hour", "seeds": 3,
              "base": {"holdout": 0}}}
EXTRA = {"threshold": PAPER_THRESHOLD}
FURTHER = {"threshold": Parameter(checks.number, "beyond which |w| an edge counts",
                                  {"least": 0})}
STYLES = {"l1": ("L1", BLUE, "-"), "no-l1": ("no L1", ORANGE, "--")}


def rows(results):
    common = sweeps.common(results)
    if common["inputs"] is not None and common["inputs"] % BLOCKS:
        raise ValueError(f"inputs: got {common['inputs']}, expected a multiple of {BLOCKS}: "
                         "edges are shown by block")
    network = {"network": "fc", "dropout": 0.0, "order": "pca", "direction": "descending"}
    return [Row("l1", "with L1 (the paper's Figure 2)",
                {**network, "l1": [L1_INPUT] + [L1_OTHERS] * common["layers"]}),
            Row("no-l1", "control: the same without L1", {**network, "l1": 0.0})]


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, and count the edges that leave each input, before and after."""
    fresh, model = prepare(sweeps.of_a_run(settings)), trained(settings)
    thresholds, data = sorted({*THRESHOLDS, settings["threshold"]}), fresh.data
    return {"samples": len(fresh.y), "before": count_edges(fresh.network, thresholds),
            "after": count_edges(model.network, thresholds),
            "loss": model.about["history"][-1]["loss"],
            "test_accuracy": model.network.evaluate(model.ordering(data.X_test),
                                                    data.y_test)[1],
            "trained_with": model.about["with"]}


def count_edges(network, thresholds):
    """For each threshold, the edges above it that leave each input."""
    return {str(t): out_degrees(network.weights[0], t).tolist() for t in thresholds}


# --- what is shown ----------------------------------------------------------------------------

def edges(row, results, when="after"):
    """Edges that leave each input at the threshold of the results, (seeds, inputs)."""
    threshold = str(sweeps.common(results)["threshold"])
    return np.array([run[when][threshold] for run in records(row, results)])


def by_block(counts):
    """Mean edges per input in each block, (seeds, blocks), of (seeds, inputs) counts."""
    return np.array([block_means(of_run, BLOCKS) for of_run in counts])


def report(results, done):
    """A table: edges per input by block, with the spread over seeds, and accuracy."""
    size = edges(done[0], results).shape[1] // BLOCKS
    lines = [f"Edges with |w| > {sweeps.common(results)['threshold']} per input, by block of "
             f"{size} inputs:", "", "| network | "
             + " | ".join(f"block {k}" for k in range(BLOCKS))
             + " | test accuracy (%) | runs |", "|---|" + "---:|" * (BLOCKS + 2)]
    for row in done:
        means = by_block(edges(row, results))
        lines.append(f"| {row.label} | "
                     + " | ".join(mean_and_spread(block, 1) for block in means.T)
                     + f" | {mean_and_spread(values(row, results))} | {len(means)} |")
    return lines


def plot(results, done):
    """The paper's plot, the control beside it, and both by block and threshold."""
    figure, axes = plt.subplots(1, len(done) + 1, figsize=(4.3 * (len(done) + 1), 4.4))
    common, samples = sweeps.common(results), records(done[0], results)[0]["samples"]
    figure.suptitle(f"Edges that leave each input: fully connected, {common['layers']} hidden "
                    f"layer{'s' if common['layers'] > 1 else ''} of {common['width']}, PCA "
                    f"inputs; {data_name(results)}, {samples:,} training images")
    for ax, row in zip(axes, done, strict=False):
        by_input(ax, row, results)
    by_threshold(axes[-1], results, done)
    return figure


def by_input(ax, row, results):
    """The curve of the first seed, after training and before."""
    before, after = (edges(row, results, when)[0] for when in ("before", "after"))
    inputs, top = np.arange(1, len(after) + 1), 1.1 * max(1, *after)
    if before.min() > top:
        ax.plot([], [], color=GREY, lw=0.7,
                label=f"before training, off the scale: {before.mean():.0f} on average")
    else:
        top = max(top, 1.1 * before.max())
        ax.plot(inputs, before, color=GREY, lw=0.7, label="before training")
    ax.plot(inputs, after, color=STYLES[row.name][1], lw=1.1, label="after training",
            marker="." if len(inputs) < 100 else None)
    runs, accuracy = records(row, results), values(row, results)
    ax.set(ylim=(0, top), xlabel="input, in order of decreasing variance",
           ylabel=f"edges with |w| > {sweeps.common(results)['threshold']}",
           title=f"{row.label}\ntest accuracy {mean_and_spread(accuracy, 1)} % ({len(runs)} "
           f"seed{'s' * (len(runs) > 1)}; curve: seed {runs[0]['settings']['seed']})")
    legend_below(ax)


def by_threshold(ax, results, done):
    """Means by block of inputs, at every threshold."""
    for row in done:
        name, colour, style = STYLES[row.name]
        runs = records(row, results)
        for threshold, mark in zip(runs[0]["after"], "osvD", strict=False):
            means = by_block([run["after"][threshold] for run in runs])
            spread = means.std(0, ddof=1) if len(runs) > 1 else None
            ax.errorbar(range(BLOCKS), means.mean(0), spread, color=colour, ls=style,
                        marker=mark, ms=4, lw=1.2, capsize=2,
                        label=f"{name}, |w| > {threshold}")
    size = edges(done[0], results).shape[1] // BLOCKS
    ax.set(yscale="symlog", xlabel=f"block of {size} inputs", ylabel="mean edges per input",
           title="by block, other thresholds too\n(bars: standard deviation over seeds)")
    ax.set_ylim(bottom=-0.15)
    ax.set_xticks(range(BLOCKS))
    legend_below(ax)


if __name__ == "__main__":
    sys.exit(sweeps.main("figure2", __doc__, PRESETS, rows, work, plot, report, extra=EXTRA,
                         further=FURTHER))
