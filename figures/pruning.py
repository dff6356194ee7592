"""Blocks cut from trained networks: accuracy against what is left.

The paper: "at every layer we can prune the lower blocks after training while maintaining the
overall accuracy … even more than 95 % with approximately the same performance". The lowest k of
8 blocks are taken out of the inputs and of every hidden layer, what they gave on average goes
into the biases above them, and the smaller network is measured before and after three epochs
of further training. Beside it, at the same sizes: pruning by magnitude of the fully connected
network, and of the SC network itself; and blocks cut from SC on shuffled inputs and from RSP.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from figures import sweeps
from figures.common import BLUE, GREEN, GREY, ORANGE, PINK, SKY, data_title
from figures.sweeps import Row, mean_and_spread, records, values
from scnn_np import save_model, spatially_coupled
from scnn_np.analysis.measures import mean_activations
from scnn_np.analysis.pruning import largest_weights, without_neurons
from scnn_np.experiments import prepare, train_further, trained
from scnn_np.nn import entries

BLOCKS = 8
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 2, "base": {
        "data": "digits", "layers": 1, "width": 64, "epochs": 60, "learning_rate": 0.01,
        "holdout": 0}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 1, "base": {
        "samples": 10_000, "epochs": 10, "holdout": 0}},
    "paper": {"help": "all of Fashion-MNIST, hours: --jobs", "seeds": 5, "base": {
        "holdout": 0}}}
EXTRA = {"cut": "blocks", "retrain": 3}
SC = {"network": "sc"}
STYLES = {"sc": (BLUE, "o", "-"), "sc-magnitude": (SKY, "v", "--"),
          "sc-shuffled": (GREY, "s", ":"), "rsp": (PINK, "D", ":"),
          "fc-magnitude": (ORANGE, "^", "-"), "fc-dropout-magnitude": (GREEN, "x", "--")}


def rows(results):
    return [Row("sc", "SC, lowest blocks", SC),
            Row("fc-magnitude", "FC without DropOut, by magnitude",
                {"network": "fc", "dropout": 0.0, "cut": "weights"}),
            Row("fc-dropout-magnitude", "FC with DropOut, by magnitude",
                {"network": "fc", "dropout": None, "cut": "weights"}),
            Row("sc-magnitude", "SC, by magnitude", {**SC, "cut": "weights"}),
            Row("sc-shuffled", "SC on shuffled inputs, lowest blocks",
                {**SC, "direction": "shuffled"}),
            Row("rsp", "RSP, lowest blocks", {"network": "rsp"})]


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, or take what table1 trained, and measure every depth of cut."""
    model, fresh = trained(settings), prepare(sweeps.of_a_run(settings))
    X, y = fresh.X, fresh.y
    X_test, y_test = model.ordering(fresh.data.X_test), fresh.data.y_test
    means = mean_activations(model.network, X[:10_000])
    depths = []
    for blocks in range(BLOCKS):
        kept = [np.arange(len(mean)) < len(mean) * (BLOCKS - blocks) // BLOCKS
                for mean in means]
        if settings["cut"] == "blocks":
            network, inputs = without_neurons(model.network, kept, means), kept[0]
        else:
            size, inputs = coupled_size(means, kept), np.ones(len(means[0]), bool)
            if size <= smallest_by_magnitude(model.network):
                break
            network = largest_weights(model.network, size)
        measured = measure(network, model, inputs, X_test[:, inputs], y_test)
        train_further(network, settings, settings["retrain"], X[:, inputs], y)
        depths.append({"blocks_cut": blocks, **measured, "retrained_accuracy":
                       network.evaluate(X_test[:, inputs], y_test)[1]})
    return {"depths": depths, "dense_parameters": model.network.n_dense_parameters,
            "whole_accuracy": model.network.evaluate(X_test, y_test)[1],
            "trained_with": model.about["with"]}


def coupled_size(means, kept):
    """Parameters that the SC network has left after such a cut."""
    network = spatially_coupled(len(means[0]), 10, width=len(means[1]), layers=len(means) - 1)
    return without_neurons(network, kept, means).n_parameters


def smallest_by_magnitude(network):
    """The parameters that `largest_weights` leaves alone: biases and the output layer."""
    return network.n_parameters - sum(entries(W).size for W in network.weights[:-1])


def measure(network, model, inputs, X_test, y_test):
    """Size in parameters and on disk, accuracy, and seconds to predict the test set."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        network.predict(X_test)
        seconds.append(time.perf_counter() - start)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        save_model(path, network, model.ordering.only(inputs), model.class_names, {})
        size = path.stat().st_size
    return {"parameters": network.n_parameters, "bytes": size,
            "prediction_seconds": round(float(np.median(seconds)), 4),
            "accuracy": network.evaluate(X_test, y_test)[1]}


# --- what is shown ----------------------------------------------------------------------------

def by_depth(row, results, name):
    """One measured number by run and depth, (seeds, depths)."""
    return np.array([[depth[name] for depth in run["depths"]] for run in records(row, results)])


def report(results, done):
    """A table for each way of cutting."""
    lines = []
    for row in done:
        runs = records(row, results)
        dense = runs[0]["dense_parameters"]
        whole = mean_and_spread(values(row, results, "whole_accuracy"))
        lines += [f"{row.label} ({len(runs)} runs; before any cut {whole} %)", "",
                  "| blocks cut | parameters | reduction | accuracy (%) | "
                  "trained further (%) | file | prediction |",
                  "|---:|---:|---:|---:|---:|---:|---:|"]
        before, further = (100 * by_depth(row, results, name)
                           for name in ("accuracy", "retrained_accuracy"))
        for k, depth in enumerate(runs[0]["depths"]):
            lines.append(
                f"| {k} | {depth['parameters']:,} | "
                f"{100 * (1 - depth['parameters'] / dense):.2f} % | "
                f"{mean_and_spread(before[:, k])} | {mean_and_spread(further[:, k])} | "
                f"{depth['bytes'] / 1e3:,.0f} kB | "
                f"{1e3 * by_depth(row, results, 'prediction_seconds')[:, k].mean():.1f} ms |")
        lines.append("")
    return lines


def plot(results, done):
    """Accuracy against parameters, before and after further training."""
    figure, axes = plt.subplots(1, 2, figsize=(13, 5), sharey=True)
    figure.suptitle(f"Trained networks cut down; {data_title(results)}, mean and standard "
                    f"deviation over {len(records(done[0], results))} seeds")
    for ax, name, title in ((axes[0], "accuracy", "after the cut"),
                            (axes[1], "retrained_accuracy", "after further training")):
        for row in done:
            colour, mark, style = STYLES[row.name]
            numbers = 100 * by_depth(row, results, name)
            sizes = by_depth(row, results, "parameters")[0]
            spread = numbers.std(0, ddof=1) if len(numbers) > 1 else None
            ax.errorbar(sizes, numbers.mean(0), spread, color=colour, marker=mark, ls=style,
                        ms=5, capsize=2, label=row.label)
        dense = records(done[0], results)[0]["dense_parameters"]
        ax.axvline(0.05 * dense, color=GREY, lw=1, ls="-.",
                   label="95 % fewer than the dense network")
        ax.set(xscale="log", xlabel="parameters left", title=title)
    axes[0].set_ylabel("test accuracy (%)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


if __name__ == "__main__":
    sys.exit(sweeps.main("pruning", __doc__, PRESETS, rows, work, plot, report, extra=EXTRA))
