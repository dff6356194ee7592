"""Figure 2: with L1, the out-degree of an input tells how important it is.

A fully connected network is trained on PCA inputs, most important first, with L1 of 1e-4 on the
input layer and 1e-5 on the others. Plotted is the number of edges with |w| > 0.1 that leave
each input. Beside it stand the controls that the paper lacks: the same training without L1,
the weights before the first step, and other thresholds.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures.common import BLUE, GREY, ORANGE, main
from scnn_np.analysis.measures import block_means, out_degrees
from scnn_np.data.datasets import load_data
from scnn_np.data.ordering import fit_ordering
from scnn_np.networks import fully_connected
from scnn_np.nn.layers import Sigmoid
from scnn_np.training.optimizers import Adam
from scnn_np.training.trainer import Trainer

THRESHOLDS = (0.03, 0.1, 0.3)
PAPER_THRESHOLD = 0.1
L1_INPUT, L1_OTHERS = 1e-4, 1e-5                 # paper, section 3
BLOCKS = 8
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, seconds", "data": "digits",
               "samples": None, "layers": 1, "width": 64, "epochs": 100, "seeds": 3,
               # 1,200 steps of 1e-3 are too few: a weight that starts at 0.87 cannot get to 0
               "learning_rate": 3e-3},
    "small": {"help": "10,000 images of Fashion-MNIST, two minutes", "data": "fashion-mnist",
              "samples": 10_000, "layers": 5, "width": 784, "epochs": 15, "seeds": 1,
              "learning_rate": 1e-3},
    "paper": {"help": "all of Fashion-MNIST, under an hour", "data": "fashion-mnist",
              "samples": None, "layers": 5, "width": 784, "epochs": 25, "seeds": 3,
              "learning_rate": 1e-3}}


def compute(preset, seed):
    """Train with and without L1, over seeds, and count edges."""
    chosen = PRESETS[preset]
    data = load_data(chosen["data"])
    X, y = data.X_train[:chosen["samples"]], data.y_train[:chosen["samples"]]
    ordering = fit_ordering(X, y, "pca", "descending")
    X, X_test = ordering(X), ordering(data.X_test)
    runs = []
    for s in range(seed, seed + chosen["seeds"]):
        for with_l1 in (True, False):
            print(f"{data.name}, {'L1' if with_l1 else 'no L1'}, seed {s}", flush=True)
            l1 = [L1_INPUT] + [L1_OTHERS] * chosen["layers"] if with_l1 else 0.0
            network = fully_connected(X.shape[1], len(data.class_names), width=chosen["width"],
                                      layers=chosen["layers"], dropout=0.0, l1=l1, seed=s)
            before = count_edges(network)
            trainer = Trainer(network, epochs=chosen["epochs"], seed=s,
                              optimizer=Adam(chosen["learning_rate"]))
            history = trainer.fit(X, y)
            runs.append({"l1": with_l1, "seed": s, "before": before,
                         "after": count_edges(network), "loss": history[-1]["loss"],
                         "test_accuracy": network.evaluate(X_test, data.y_test)[1]})
    return {"settings": {**chosen, "l1_input": L1_INPUT, "l1_others": L1_OTHERS,
                         "optimizer": "Adam", "schedule": trainer.schedule,
                         "batch_size": trainer.batch_size, "gain": Sigmoid.gain},
            "samples": len(X), "variance": ordering.importance.tolist(), "runs": runs}


def count_edges(network):
    """For each threshold, the edges above it that leave each input."""
    return {str(t): out_degrees(network.weights[0], t).tolist() for t in THRESHOLDS}


def plot(results):
    """The paper's plot, the control beside it, and both by block and threshold."""
    chosen = results["settings"]
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.1), width_ratios=(1.25, 1, 1))
    where = {"digits": "scikit-learn digits", "fashion-mnist": "Fashion-MNIST"}[chosen["data"]]
    figure.suptitle(f"Edges that leave each input: fully connected, {chosen['layers']} hidden "
                    f"layer{'s' if chosen['layers'] > 1 else ''} of {chosen['width']}, PCA "
                    f"inputs; {where}, {results['samples']:,} training images")
    for ax, with_l1, colour, title in (
            (axes[0], True, BLUE, "with L1 (the paper's Figure 2)"),
            (axes[1], False, ORANGE, "control: the same without L1")):
        runs = [run for run in results["runs"] if run["l1"] == with_l1]
        start = runs[0]["before"][str(PAPER_THRESHOLD)]
        counts = runs[0]["after"][str(PAPER_THRESHOLD)]
        inputs, top = np.arange(1, len(start) + 1), 1.25 * max(counts)     # legend above
        if max(start) < top:
            ax.plot(inputs, start, color=GREY, lw=0.7, label="before training")
        else:
            ax.plot([], [], color=GREY, lw=0.7,
                    label=f"before training (off the scale): {np.mean(start):.0f} everywhere")
        ax.plot(inputs, counts, color=colour, lw=1.1, label="after training",
                marker="." if len(counts) < 100 else None)
        accuracy = [100 * run["test_accuracy"] for run in runs]
        spread = f" ± {np.std(accuracy, ddof=1):.1f}" if len(runs) > 1 else ""
        ax.set(ylim=(0, top), xlabel="input, in order of decreasing variance",
               ylabel=f"edges with |w| > {PAPER_THRESHOLD}", title=f"{title}\ntest accuracy "
               f"{np.mean(accuracy):.1f}{spread} % ({len(runs)} seed{'s' * (len(runs) > 1)}; "
               f"curve: seed {runs[0]['seed']})")
        ax.legend(loc="upper right", ncols=1 if max(start) > top else 2)
    by_block(axes[2], results)
    return figure


def by_block(ax, results):
    """Means by block of inputs, at every threshold, with and without L1."""
    marks = dict(zip(map(str, THRESHOLDS), "osv", strict=True))
    for with_l1, colour, style in ((True, BLUE, "-"), (False, ORANGE, "--")):
        runs = [run for run in results["runs"] if run["l1"] == with_l1]
        for threshold, mark in marks.items():
            means = np.array([block_means(run["after"][threshold], BLOCKS) for run in runs])
            spread = means.std(0, ddof=1) if len(runs) > 1 else None
            ax.errorbar(np.arange(BLOCKS), means.mean(0), spread, color=colour, ls=style,
                        marker=mark, ms=4, lw=1.2, capsize=2,
                        label=f"{'L1' if with_l1 else 'no L1'}, |w| > {threshold}")
    ax.set(yscale="symlog", xlabel=f"block of {len(results['variance']) // BLOCKS} inputs",
           ylabel="mean edges per input", title="by block, other thresholds too\n"
           "(bars: standard deviation over seeds)")
    ax.set_ylim(bottom=-0.15)
    ax.set_xticks(range(BLOCKS))
    ax.legend(fontsize=7, ncols=2)


if __name__ == "__main__":
    sys.exit(main("figure2", __doc__, PRESETS, compute, plot))
