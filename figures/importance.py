"""Does a trained network keep the importance order of its inputs, layer by layer?

The paper says that spatial coupling "preserves the feature importance ordering throughout the
network". Each layer, the inputs too, is cut into 8 blocks. A block's importance is measured
twice: by the accuracy that is lost when it gives its mean instead of its values, and by what a
random forest finds in it. The controls: RSP and FC, and SC on inputs in shuffled order.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt
from scipy.stats import spearmanr

from figures import sweeps
from figures.common import BLUE, GREY, ORANGE, data_title
from figures.sweeps import Row, mean_and_spread, records
from scnn_np.analysis.measures import block_ablation, block_forest_importance, mean_activations
from scnn_np.experiments import prepare, trained

BLOCKS, SAMPLES = 8, 10_000
RESOLUTION = 0.2                # points, or %: less is some twenty images of 10,000, noise
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 2, "base": {
        "data": "digits", "layers": 2, "width": 64, "epochs": 60, "learning_rate": 0.01,
        "holdout": 0}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 1, "base": {
        "samples": 10_000, "epochs": 10, "holdout": 0}},
    "paper": {"help": "all of Fashion-MNIST, hours: --jobs", "seeds": 5,
              "base": {"holdout": 0}}}
MEASURES = {"ablation": "accuracy lost without the block (points)",
            "forest": "importance in a random forest (%)"}


def rows(results):
    return [Row("sc", "SC", {"network": "sc"}), Row("rsp", "RSP", {"network": "rsp"}),
            Row("fc", "FC", {"network": "fc"}),
            Row("sc-shuffled", "SC, shuffled inputs",
                {"network": "sc", "direction": "shuffled"})]


def work(settings):
    """Train, or take what table1 trained, and measure both kinds of importance."""
    model, fresh = trained(settings), prepare(sweeps.of_a_run(settings))
    X, y = fresh.X[:SAMPLES], fresh.y[:SAMPLES]
    lost = block_ablation(model.network, model.ordering(fresh.data.X_test), fresh.data.y_test,
                          BLOCKS, mean_activations(model.network, X))
    forest = block_forest_importance(model.network, X, y, BLOCKS, settings["seed"])
    return {"ablation": np.round(100 * lost, 2).tolist(),
            "forest": np.round(100 * forest, 2).tolist(), "trained_with": model.about["with"]}


def rank_correlation(importance):
    """Spearman's ρ of each layer with the order of the inputs: 1 if block 1 matters most, block
    2 second, and so on; 0 where all blocks matter alike. What is below RESOLUTION is 0."""
    order = -np.arange(BLOCKS)
    importance = np.where(np.abs(importance) < RESOLUTION, 0, importance)
    return [0.0 if np.ptp(row) == 0 else float(spearmanr(row, order).statistic)
            for row in importance]


def correlations(row, results, measure):
    """ρ of every run and layer, (seeds, layers)."""
    return np.array([rank_correlation(run[measure]) for run in records(row, results)])


def report(results, done):
    """A table of rank correlations: by network and layer, mean ± spread over seeds."""
    lines = []
    for measure, title in MEASURES.items():
        layers = next(len(run[measure]) for run in results["runs"])
        lines += [f"Rank correlation with the input order: {title.split(' (')[0]}", "",
                  "| network | inputs | " + " | ".join(f"layer {k}" for k in range(1, layers))
                  + " | runs |", "|---|" + "---:|" * (layers + 1)]
        for row in done:
            found = correlations(row, results, measure)
            lines.append(f"| {row.label} | " + " | ".join(
                mean_and_spread(column) for column in found.T) + f" | {len(found)} |")
        lines.append("")
    return lines


def plot(results, done):
    """Heat maps, blocks across and layers down, and the correlations below."""
    figure, axes = plt.subplots(3, len(done), figsize=(3.3 * len(done), 8.4),
                                squeeze=False, sharey="row")
    figure.suptitle(f"Importance of each block at each layer; {data_title(results)}, "
                    f"{len(records(done[0], results))} seeds")
    for ax_row, (measure, title) in zip(axes, MEASURES.items(), strict=False):
        means = [np.mean([run[measure] for run in records(row, results)], axis=0)
                 for row in done]
        for ax, row, mean in zip(ax_row, done, means, strict=True):
            top = max(m.max() for m in means)
            image = ax.imshow(mean, cmap="viridis", aspect="auto", vmin=0, vmax=top)
            for (layer, block), value in np.ndenumerate(mean):
                ax.text(block, layer, f"{round(value, 1) + 0.0:.1f}", ha="center",
                        va="center", fontsize=6,
                        color="black" if value > 0.6 * top else "white")
            ax.set(title=row.label, xticks=range(BLOCKS), xticklabels=range(1, BLOCKS + 1),
                   yticks=range(len(mean)),
                   yticklabels=["inputs", *(f"layer {k}" for k in range(1, len(mean)))])
            ax.grid(False)
        figure.colorbar(image, ax=ax_row.tolist(), label=title)
    for ax, row in zip(axes[2], done, strict=True):
        for measure, colour, mark in (("ablation", BLUE, "o"), ("forest", ORANGE, "s")):
            found = correlations(row, results, measure)
            spread = found.std(0, ddof=1) if len(found) > 1 else None
            ax.errorbar(range(found.shape[1]), found.mean(0), spread, marker=mark, ms=4,
                        color=colour, capsize=2, label=measure)
        ax.axhline(0, color=GREY, lw=1)
        ax.set(ylim=(-1.1, 1.1), xlabel="layer (0: inputs)", xticks=range(found.shape[1]))
    axes[2, 0].set_ylabel("rank correlation\nwith the input order")
    axes[2, 0].legend(loc="lower left")
    return figure


if __name__ == "__main__":
    sys.exit(sweeps.main("importance", __doc__, PRESETS, rows, work, plot, report))
