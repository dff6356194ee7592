"""Table 1 of the paper with seeds, and the controls that it lacks.

Every row but the trials is trained on all training images and scored on the test set after its
last epoch: nothing is chosen there. The order of the inputs cannot matter to RSP and FC (a test
checks it), so they run once per transform. The full networks that are cut down to SC's size are
in baselines.py.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures import baselines, sweeps
from figures.baselines import EXTRA
from figures.common import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    data_title,
    largest_width,
    legend_below,
)
from figures.sweeps import Row, mean_and_spread, records, values
from scnn_np import fully_connected, spatially_coupled
from scnn_np.analysis.measures import gradient_sizes
from scnn_np.experiments import prepare, trained
from scnn_np.nn import ACTIVATIONS

PAPER = {"sc-pca-descending": 87.18, "rsp-pca": 84.33, "fc-pca": 86.78,
         "sc-pca-ascending": 10.00, "sc-rf-descending": 86.40, "rsp-rf": 84.54,
         "fc-rf": 86.06, "sc-rf-ascending": 85.26}
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 2, "n_in": 64,
               "base": {"data": "digits", "layers": 1, "width": 64, "epochs": 60,
                        "learning_rate": 0.01, "holdout": 0}, "trials": {"epochs": 20}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 2, "n_in": 784,
              "base": {"samples": 10_000, "epochs": 10, "holdout": 0},
              "trials": {"epochs": 5}},
    "paper": {"help": "all of Fashion-MNIST, hours: --jobs", "seeds": 5, "n_in": 784,
              "base": {"holdout": 0}, "trials": {"epochs": 10}}}


SC, FC = {"network": "sc"}, {"network": "fc", "dropout": None}      # None: DropOut of its own


# --- the rows ---------------------------------------------------------------------------------

def rows(results):
    n_in, layers, width = shape(results)
    budget = spatially_coupled(n_in, 10, width=width, layers=layers).n_parameters
    return [*paper_rows(), *order_rows(), *dense_rows(n_in, layers, budget),
            *baselines.rows(results, layers, budget)]


def shape(results):
    """Inputs, hidden layers and width of the networks that are compared."""
    common = sweeps.common(results)
    n_in = common["inputs"] or results["settings"]["n_in"]
    return n_in, common["layers"], common["width"]


def paper_rows():
    """The twelve numbers of the paper: RSP and FC stand there twice."""
    found = []
    for order in ("pca", "rf"):
        found += [Row(f"sc-{order}-{direction}", f"SC, {order.upper()}, {direction}",
                      {**SC, "order": order, "direction": direction})
                  for direction in ("descending", "ascending")]
        found += [Row("rsp-" + order, f"RSP, {order.upper()}, either order",
                      {"network": "rsp", "order": order}),
                  Row("fc-" + order, f"FC with DropOut, {order.upper()}, either order",
                      {**FC, "order": order})]
    return found


def order_rows():
    """Controls of the order and of the initial weights."""
    gain1 = {"order": "pca", "gain": 1.0}
    return ([Row(f"sc-{order}-shuffled", f"SC, {order.upper()}, shuffled",
                 {**SC, "order": order, "direction": "shuffled"}) for order in ("pca", "rf")]
            + [Row(f"sc-pca-{direction}-gain1", f"SC, PCA, {direction}, initial gain 1",
                   {**SC, **gain1, "direction": direction})
               for direction in ("descending", "ascending")]
            + [Row("sc-pca-ascending-gain1-no-l2", "SC, PCA, ascending, initial gain 1, no L2",
                   {**SC, **gain1, "direction": "ascending", "l2": 0.0}),
               Row("rsp-pca-gain1", "RSP, PCA, initial gain 1", {"network": "rsp", **gain1}),
               Row("fc-pca-gain1", "FC with DropOut, PCA, initial gain 1", {**FC, **gain1})])


def dense_rows(n_in, layers, budget):
    """FC with L2 too, as another sentence of the paper has it; then dense networks of the SC
    network's size, one hidden layer and as many as it has."""
    found = [Row("fc-pca-l2", "FC with DropOut and L2, PCA",
                 {**FC, "order": "pca", "l2": 5e-5})]
    for depth in sorted({1, layers}):
        width = largest_width(n_in, depth, budget)
        for activation in ("sigmoid", "relu"):
            shape = f"{n_in}-{width}-10" if depth == 1 else f"{n_in}-{depth}×{width}-10"
            found.append(Row(f"dense-{depth}-{activation}", f"dense {shape}, {activation}",
                             {"network": "fc", "dropout": 0.0, "layers": depth, "width": width,
                              "activation": activation}))
    return found


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, and measure what the table tells: on held-out images where there are any, on the
    test set where nothing is chosen any more."""
    fresh, model = prepare(sweeps.of_a_run(settings)), trained(settings)
    network, history = model.network, model.about["history"]
    scored = fresh.held_out or (fresh.ordering(fresh.data.X_test), fresh.data.y_test)
    pull, decay = gradient_sizes(fresh.network, fresh.X[:1024], fresh.y[:1024])
    found = {"held_out_accuracy" if fresh.held_out else "test_accuracy":
             network.evaluate(*scored)[1],
             "training_accuracy": network.evaluate(fresh.X[:10_000], fresh.y[:10_000])[1],
             "parameters": network.n_parameters,
             "training_seconds": round(history[-1]["seconds"], 1),
             "trained_with": model.about["with"],
             "loss": [round(entry["loss"], 4) for entry in history],
             "gradients_at_start": [float(f"{size:.3g}") for size in pull],
             "penalties_at_start": [float(f"{size:.3g}") for size in decay]}
    if settings["cut"]:
        found |= baselines.cut(network, settings, fresh.X, fresh.y, *scored)
    return found


# --- what is shown ----------------------------------------------------------------------------

def in_the_paper(row, results):
    """The paper's number in %, where it is of the same images and settings, else None."""
    same = results["settings"]["base"] == PRESETS["paper"]["base"] and not results["changes"]
    return PAPER.get(row.name) if same else None


def split(done):
    """Trained networks, full networks cut down, and the trials of the latter."""
    return ([row for row in done if "cut" not in row.settings],
            [row for row in done if "cut" in row.settings and not row.seeds],
            [row for row in done if "cut" in row.settings and row.seeds])


def report(results, done):
    """Markdown tables: trained networks beside the paper; full networks cut down; what was
    tried for these on held-out images."""
    whole, cut, tried = split(done)
    lines = table_of_networks(results, whole)
    for rows, measured, title in ((cut, "test_accuracy", "full network, and how it is cut"),
                                  (tried, "held_out_accuracy", "tried on held-out images")):
        if rows:
            lines += ["", *baselines.table(results, rows, measured, title)]
    return lines


def table_of_networks(results, rows):
    before = sweeps.unchanged(results) if results["changes"] else None
    n_in, layers, width = shape(results)
    full = fully_connected(n_in, 10, width=width, layers=layers).n_parameters
    lines = ["| network | parameters | against FC | test accuracy (%) | runs | "
             + ("without --set (%) | " if before else "paper | difference | ")
             + "shortest training |",
             "|---|" + "---:|" * (6 if before else 7)]
    for row in rows:
        runs, paper = records(row, results), in_the_paper(row, results)
        accuracy = values(row, results)
        if before:
            beside = mean_and_spread(values(row, before))
        else:
            beside = f"{paper:.2f} | {accuracy.mean() - paper:+.2f}" if paper else "– | –"
        lines.append(f"| {row.label} | {runs[0]['parameters']:,} | "
                     f"{100 * (runs[0]['parameters'] / full - 1):+.2f} % | "
                     f"{mean_and_spread(accuracy)} | {len(runs)} | {beside} | "
                     f"{values(row, results, 'training_seconds', 1).min():.0f} s |")
    return lines


def plot(results, done):
    """A dot for every run with the paper's numbers beside; the stalled optimiser."""
    whole, cut, _ = split(done)
    done = whole + cut
    figure = plt.figure(figsize=(13, 2.2 + 0.29 * len(done)))
    if not done:
        return figure                          # trials alone are in the report only
    epochs = sweeps.common(results)["epochs"]
    figure.suptitle(f"{data_title(results)}; {epochs} epochs, the last one scored")
    stalled = [row for row in done if row.name.startswith("sc-pca-")
               and "shuffled" not in row.name]
    ratios = (1.7, 1) if stalled else (1,)
    grid = figure.add_gridspec(2, len(ratios), width_ratios=ratios)
    plot_rows(figure.add_subplot(grid[:, 0]), results, done)
    if stalled:
        plot_plateau(figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1]), results,
                     stalled)
    return figure


def plot_rows(ax, results, done):
    """Accuracy of every run; what lies far below stands at the edge, with its number."""
    every = np.concatenate([values(row, results) for row in done])
    left = max(every.min(), np.median(every) - 8) - 0.5
    marks = (("test_accuracy", "o", BLUE, "one run"),
             ("cut_accuracy", "x", GREY, "cut to SC's size"),
             ("retrained_accuracy", "s", GREEN, "cut, trained further"))
    used = set()
    for k, row in enumerate(done):
        for name, mark, colour, label in marks:
            if name not in records(row, results)[0]:
                continue
            numbers = values(row, results, name)
            ax.plot(np.maximum(numbers, left), [k] * len(numbers), mark, color=colour, ms=5,
                    alpha=0.7, label=None if label in used else label, clip_on=False)
            used.add(label)
            if numbers.min() < left:
                outside = ", ".join(f"{number:.2f}" for number in numbers if number < left)
                ax.text(left, k - 0.25, f" ◀ {outside}", fontsize=7, color=colour, va="center")
        if paper := in_the_paper(row, results):
            ax.plot(max(paper, left), k, "D", mfc="none", mec=ORANGE, ms=8,
                    label=None if "paper" in used else "paper", clip_on=False)
            used.add("paper")
            if paper < left:
                ax.text(left, k + 0.28, f" ◀ paper {paper:.2f}", fontsize=7, color=ORANGE,
                        va="center")
    ax.set(yticks=range(len(done)), yticklabels=[row.label for row in done],
           ylim=(len(done) - 0.4, -0.6), xlim=(left, every.max() + 0.6),
           xlabel="test accuracy (%)")
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=4)
    for k, (row, below) in enumerate(zip(done, done[1:], strict=False)):
        if group(row) != group(below):
            ax.axhline(k + 0.5, color=GREY, lw=1)


def group(row):
    """The paper's rows, and each kind of control."""
    kind = row.name.split("-")[0]
    return "paper" if row.name in PAPER else kind if kind in ("dense", "cut") else "control"


def plot_plateau(above, below, results, stalled):
    """Training loss by epoch, and what pulls at the weights before the first step."""
    styles = {"descending": BLUE, "ascending": ORANGE}
    for row in stalled:
        colour = styles[row.settings["direction"]]
        dashes = ":" if "l2" in row.settings else "--" if "gain" in row.settings else "-"
        label = (f"{row.settings['direction']}, gain {gain(row, results):g}"
                 + (", no L2" if "l2" in row.settings else ""))
        for k, run in enumerate(records(row, results)):
            label = None if k else label
            epochs = range(1, len(run["loss"]) + 1)
            above.plot(epochs, run["loss"], dashes, color=colour, lw=1, label=label)
            layers = range(1, len(run["gradients_at_start"]) + 1)
            below.plot(layers, run["gradients_at_start"], dashes + "o", color=colour, ms=4,
                       lw=1)
    for name, dashes in (("sc-pca-ascending", "-"), ("sc-pca-ascending-gain1", "--")):
        for row in (row for row in stalled if row.name == name):
            decay = records(row, results)[0]["penalties_at_start"]
            below.plot(range(1, len(decay) + 1), decay, dashes, color=GREY, lw=1,
                       label=f"L2, gain {gain(row, results):g}")
    above.axhline(np.log(10), color=GREY, lw=1, label="ln 10: chance")
    above.set(xlabel="epoch", ylabel="training loss", title="SC on PCA, every seed")
    below.set(xlabel="weight matrix, input side first", ylabel="rms of ∂L/∂w at the start",
              yscale="log", xticks=layers)
    for ax in (above, below):
        legend_below(ax)


def gain(row, results):
    """The initial gain of a row's runs."""
    settings = records(row, results)[0]["settings"]
    if settings["gain"] is None:
        return ACTIVATIONS[settings["activation"]].gain
    return settings["gain"]


if __name__ == "__main__":
    sys.exit(sweeps.main("table1", __doc__, PRESETS, rows, work, plot, report, extra=EXTRA))
