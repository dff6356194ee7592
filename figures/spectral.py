"""Eigenvalues instead of weights: what they reach, sparse and trimmed too (arXiv 2106.09021).

One hidden layer of ReLU, on pixels in order of their variance, which only SC sees. (The authors
have two hidden layers, and a spectral output layer too; here it is dense in all.) (a) Accuracy
relative to a dense layer of the same width, and how much of it is trained. (b) Accuracy against
the share of weights that is held at 0 while training, or left out from the beginning. (c)
Accuracy against the neurons that are left when the hidden layer is trimmed after training, by
|λ_out|, by the norm of the rows of W, and at random. Each kind of layer has its step size, the
best of some at one width on held-out images; those with a penalty have its strength so as well,
by the accuracy that is left when trimmed.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures import sweeps
from figures.common import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    SKY,
    data_title,
    largest_width,
    legend_below,
)
from figures.sweeps import Row, best_of, mean_and_spread, records, split, trials, values
from scnn_np.analysis import mean_activations, without_neurons
from scnn_np.data import load_data
from scnn_np.experiments import prepare, trained

BASE = {"layers": 1, "activation": "relu", "order": "variance", "l2": 0.0, "holdout": 0}
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 2, "n_in": 64,
               "tried_width": 40, "widths": [8, 40, 64], "sparsities": [0.75, 0.9, 0.95],
               "steps": [3e-3, 3e-2], "base": {**BASE, "data": "digits", "epochs": 30}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 1, "n_in": 784,
              "tried_width": 200, "widths": [10, 50, 200],
              "sparsities": [0.75, 0.9, 0.95, 0.99], "steps": [2e-3, 8e-3, 3e-2],
              "base": {**BASE, "samples": 10_000, "epochs": 10}},
    "paper": {"help": "all of Fashion-MNIST, hours: --jobs", "seeds": 3, "n_in": 784,
              "tried_width": 200, "widths": [10, 50, 200, 784],
              "sparsities": [0.75, 0.9, 0.95, 0.99],
              "steps": [2e-3, 8e-3, 3e-2], "base": {**BASE, "epochs": 8}}}
EXTRA = {"trim": None}          # by "lambda" or by "norm", once trained
TRIED_SPARSITY = 0.9
LEFT = (1, 0.5, 0.25, 0.1, 0.05, 0.025)                # shares of the hidden neurons
STRENGTHS = (1e-4, 3e-4, 1e-3)                         # of the group lasso
FC = {"network": "fc", "dropout": 0.0, "layer": None}
SPECTRAL = {**FC, "layer": "spectral"}
# By part of the figure: name → label, settings, colour, mark and line.
DENSE = {
    "qr": ("λ and the triangle of QR", {**FC, "layer": "spectral-qr"}, (GREEN, "s", "-")),
    "svd": ("λ and singular values", {**FC, "layer": "spectral-svd"}, (SKY, "D", "-")),
    "eigenvalues": ("λ_in and λ_out", {**SPECTRAL, "learn": "eigenvalues"}, (BLUE, "o", "-")),
    "authors": ("λ_in and λ_out, the authors' initial values",
                {**SPECTRAL, "learn": "eigenvalues", "initial": "authors"}, (BLUE, "x", ":")),
    "one-set": ("λ_out only", {**SPECTRAL, "learn": "out"}, (ORANGE, "^", "-")),
    "rescaled": ("control: a_i φ_ij c_j", {**FC, "layer": "rescaled"}, (PINK, "v", "--")),
    "random": ("control: φ as it is", {**SPECTRAL, "learn": "none"}, (GREY, ".", "--"))}
SPARSE = {
    "thresholded-qr": ("QR, threshold", {**FC, "layer": "thresholded-qr"}, (GREEN, "s", "-")),
    "straight-through": ("dense, threshold, straight-through gradient",
                         {**FC, "layer": "thresholded", "straight_through": True},
                         (BLUE, "o", "-")),
    "thresholded": ("dense, threshold, as the authors have it",
                    {**FC, "layer": "thresholded", "straight_through": False},
                    (ORANGE, "^", "-")),
    "sc": ("SC, a ring with r = 4, fixed", {"network": "sc", "receptive_field": 4,
                                            "tail_biting": True, "dropout": 0.0,
                                            "layer": None}, (PINK, "D", "--")),
    "rsp": ("RSP, fixed", {"network": "rsp", "dropout": 0.0, "layer": None},
            (GREY, ".", "--"))}
TRIMMED = {
    "lasso": ("by ‖w_i‖: weights, group lasso of rows", {**FC, "trim": "norm"},
              (GREEN, "s", "-")),
    "lambda-phi": ("by the size of λ_out: λ_out and φ, decay of both",
                   {**SPECTRAL, "learn": "out+phi", "trim": "lambda"}, (BLUE, "o", "-")),
    "lambda": ("by the size of λ_out: λ_out only",
               {**SPECTRAL, "learn": "out", "trim": "lambda"}, (ORANGE, "^", "-")),
    "norm": ("by ‖w_i‖: weights, no penalty", {**FC, "trim": "norm"}, (GREY, ".", "--"))}


# --- the rows ---------------------------------------------------------------------------------

def rows(results):
    """What is tried, and what follows for each kind whose trials are done."""
    return [*dense_rows(results), *sparse_rows(results), *trimmed_rows(results)]


def choice(name, label, tried, results, measure="held_out_accuracy"):
    """The rows of what is tried, and the settings that were best, None as long as they run."""
    tried = trials(name, label, [{**settings, "holdout": None} for settings in tried])
    best = best_of(tried, results, measure)
    return tried, best and {name: value for name, value in best.settings.items()
                            if name != "holdout"}


def steps(settings, results):
    """The same settings with each step size, at the width where one is chosen."""
    preset = results["settings"]
    return [{**settings, "width": preset["tried_width"], "learning_rate": step}
            for step in preset["steps"]]


def dense_rows(results):
    """(a): every kind at every width, and dense networks of as many trained numbers."""
    preset, found = results["settings"], []
    n_in = preset["n_in"]
    for name, (label, settings, _) in {"dense": ("dense", FC, None), **DENSE}.items():
        tried, best = choice(name, label, steps(settings, results), results)
        found += tried
        if best:
            found += [Row(f"{name}-{width}", f"{label}, width {width}",
                          {**best, "width": width}) for width in preset["widths"]]
        if best and name == "dense":
            found += [Row(f"small-{width}", f"dense, as many trained numbers as λ at {width}", {
                **best, "width": largest_width(n_in, 1, n_in + 2 * width + 10 * (width + 1))})
                for width in preset["widths"]]
    return found


def sparse_rows(results):
    """(b): every kind at every share of zeros, with equally many weights left."""
    preset, found = results["settings"], []
    n_in, width = preset["n_in"], preset["tried_width"]

    def at(settings, sparsity):
        edges = round((1 - sparsity) * n_in * width)
        return {**settings, **{"sc": {"edges": edges}, "rsp": {"degrees": edges // n_in},
                               "fc": {"sparsity": sparsity}}[settings["network"]]}
    for name, (label, settings, _) in SPARSE.items():
        tried, best = choice(name, label, steps(at(settings, TRIED_SPARSITY), results), results)
        found += tried
        if best:
            found += [Row(f"{name}-{sparsity}", f"{label}, {sparsity:.0%} zeros",
                          at(best, sparsity)) for sparsity in preset["sparsities"]]
    return found


def trimmed_rows(results):
    """(c): two penalties that say the same in other words, and two networks without."""
    found, root = [], results["settings"]["n_in"] ** 0.5
    penalties = {"lasso": ("group_lasso_rows", 1), "lambda-phi": ("l2_trained", root)}
    for name, (label, settings, _) in TRIMMED.items():
        tried = steps(settings, results)
        if name in penalties:
            penalty, factor = penalties[name]
            tried = [{**one, penalty: [factor * strength, 0.0]} for one in tried[:2]
                     for strength in STRENGTHS]
        tried, best = choice(name, label, tried, results, "trimmed_accuracy")
        found += tried + ([Row(name, label, best)] if best else [])
    return found


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, and measure: on held-out images where there are any, else on the test set."""
    model = trained(settings)
    network, last = model.network, model.about["history"][-1]
    found = {"training_accuracy": last["accuracy"], "parameters": network.n_parameters,
             "dense": network.n_dense_parameters, "edges": network.affine_layers[0].edges,
             "training_seconds": round(last["seconds"], 1), "trained_with": model.about["with"]}
    if settings["holdout"] == 0:
        data = load_data(settings["data"])
        scored = model.ordering(data.X_test), data.y_test
        found["test_accuracy"] = network.evaluate(*scored)[1]
    else:
        found["held_out_accuracy"] = last["held_out_accuracy"]
    if settings["trim"]:
        fresh = prepare(sweeps.of_a_run(settings))
        found |= trimmed(network, settings, fresh.X[:10_000], *(fresh.held_out or scored))
        found["trimmed_accuracy"] = float(np.mean([found[f"left_{share}"] for share in LEFT]))
    return found


def trimmed(network, settings, X, X_scored, y_scored):
    """Accuracy with so many hidden neurons left, those that score highest, and as many at
    random; what the others gave on average goes into the biases above them."""
    layer, means = network.affine_layers[0], mean_activations(network, X)
    score = (np.abs(layer.lambda_out[:, 0]) if settings["trim"] == "lambda"
             else np.linalg.norm(layer.W, axis=1))
    ranked = np.argsort(-score, kind="stable")
    at_random = np.random.default_rng(settings["seed"]).permutation(len(score))
    found = {}
    for name, order in (("left", ranked), ("random", at_random)):
        for share in LEFT:
            kept = np.isin(np.arange(len(order)), order[:max(1, round(share * len(order)))])
            small = without_neurons(network, [np.ones(network.n_in, bool), kept], means)
            found[f"{name}_{share}"] = small.evaluate(X_scored, y_scored)[1]
    return found


# --- what is shown ----------------------------------------------------------------------------

def relative(name, width, finals, results):
    """Accuracy in % of that of a dense layer of the same width, seed by seed."""
    row, dense = finals.get(f"{name}-{width}"), finals.get(f"dense-{width}")
    if not row or not dense:
        return np.array([])
    mine, whole = values(row, results), values(dense, results)
    seeds = min(len(mine), len(whole))
    return 100 * mine[:seeds] / whole[:seeds]


def share_trained(row, results):
    """Trained numbers in % of those of a dense network of the same width."""
    run = records(row, results)[0]
    return 100 * run["parameters"] / run["dense"]


def report(results, done):
    """A table for each part, and one of what was tried."""
    tried, finals = split(done)
    return [*table_of_dense(results, finals), *table_of_sparse(results, finals),
            *table_of_trimmed(results, finals), *table_of_trials(results, tried)]


def table_of_dense(results, finals):
    lines = ["| what is trained | width | trained numbers | of dense (%) | test accuracy (%) | "
             "relative to dense (%) | runs |", "|---|" + "---:|" * 6]
    kinds = {"dense": "dense", **{name: label for name, (label, *_) in DENSE.items()},
             "small": "dense, as many trained numbers as λ_in and λ_out"}
    for name, label in kinds.items():
        for width in results["settings"]["widths"]:
            if not (row := finals.get(f"{name}-{width}")):
                continue
            runs = records(row, results)
            lines.append(
                f"| {label} | {width} | {runs[0]['parameters']:,} | "
                f"{100 * runs[0]['parameters'] / dense_size(results, width):.2f} | "
                f"{mean_and_spread(values(row, results))} | "
                f"{mean_and_spread(relative(name, width, finals, results))} | {len(runs)} |")
    return [*lines, ""]


def dense_size(results, width):
    """Trained numbers of a dense network of one hidden layer."""
    return (results["settings"]["n_in"] + 1) * width + 10 * (width + 1)


def table_of_sparse(results, finals):
    lines = ["| layer | zeros (%) | weights left | trained numbers | test accuracy (%) | "
             "runs |", "|---|" + "---:|" * 5]
    for name, (label, *_) in SPARSE.items():
        for sparsity in results["settings"]["sparsities"]:
            if row := finals.get(f"{name}-{sparsity}"):
                runs = records(row, results)
                lines.append(f"| {label} | {100 * sparsity:g} | {runs[0]['edges']:,} | "
                             f"{runs[0]['parameters']:,} | "
                             f"{mean_and_spread(values(row, results))} | {len(runs)} |")
    return [*lines, ""]


def table_of_trimmed(results, finals):
    width = results["settings"]["tried_width"]
    lines = ["| trimmed | order | " + " | ".join(
        f"{max(1, round(share * width))} left" for share in LEFT) + " | runs |",
        "|---|---|" + "---:|" * (len(LEFT) + 1)]
    for name, (label, *_) in TRIMMED.items():
        if row := finals.get(name):
            for order, word in (("left", "its own"), ("random", "random")):
                lines.append(f"| {label} | {word} | " + " | ".join(
                    mean_and_spread(values(row, results, f"{order}_{share}"))
                    for share in LEFT) + f" | {len(records(row, results))} |")
    return [*lines, ""]


def table_of_trials(results, tried):
    lines = ["| tried on held-out images | step size | strength | accuracy (%) | "
             "mean when trimmed (%) |", "|---|---:|---:|---:|---:|"]
    for row in tried:
        run = records(row, results)[0]
        strength = row.settings.get("group_lasso_rows") or row.settings.get("l2_trained")
        cut = run.get("trimmed_accuracy")
        lines.append(f"| {row.label} | {row.settings['learning_rate']:g} | "
                     f"{f'{strength[0]:.2g}' if strength else '–'} | "
                     f"{100 * run['held_out_accuracy']:.2f} | "
                     f"{'–' if cut is None else f'{100 * cut:.2f}'} |")
    return lines


def plot(results, done):
    """Four panels: relative accuracy, share of trained numbers, zeros, neurons left."""
    figure, axes = plt.subplots(2, 2, figsize=(12.5, 10.5))
    finals = split(done)[1]
    epochs = sweeps.common(results)["epochs"]
    figure.suptitle("Eigenvalues instead of weights: one hidden layer of ReLU; "
                    f"{data_title(results)}, {epochs} epochs, mean and standard deviation over "
                    f"{results['seeds']} seed{'s' * (results['seeds'] > 1)}")
    plot_relative(axes[0, 0], results, finals)
    plot_shares(axes[0, 1], results, finals)
    plot_sparse(axes[1, 0], results, finals)
    plot_trimmed(axes[1, 1], results, finals)
    return figure


def curve(ax, x, numbers, style, label, **options):
    """Mean and spread of some runs at each x, where there are any."""
    points = [(at, found) for at, found in zip(x, numbers, strict=True) if len(found)]
    colour, mark, line = style
    if points:
        ax.errorbar([at for at, _ in points], [found.mean() for _, found in points],
                    [found.std(ddof=1) if len(found) > 1 else 0 for _, found in points],
                    color=colour, marker=mark, ls=line, ms=5, capsize=2, label=label, **options)


def plot_relative(ax, results, finals):
    """What lies far below the spectral layers stands at the edge, with its number."""
    widths = results["settings"]["widths"]
    shown = {name: [relative(name, width, finals, results) for width in widths]
             for name in (*DENSE, "small")}
    for name, (label, _, style) in DENSE.items():
        curve(ax, widths, shown[name], style, label)
    bottom = min((found.min() for name in DENSE for found in shown[name] if len(found)),
                 default=90) - 3
    curve(ax, widths, [np.maximum(found, bottom) for found in shown["small"]],
          ("black", "*", ":"), "control: dense, as many trained numbers as λ_in and λ_out")
    for width, found in zip(widths, shown["small"], strict=True):
        if len(found) and found.mean() < bottom:
            ax.annotate(f"▼ {found.mean():.0f} %", (width, bottom), (6, 4),
                        textcoords="offset points", fontsize=8)
    ax.axhline(100, color="black", lw=1)
    ax.set(xlabel="hidden neurons", ylabel="accuracy relative to dense (%)",
           title="(a) what it reaches: 100 % is a dense layer of the same width")
    ax.set_ylim(bottom=bottom - 1)
    ticks(ax, widths)
    legend_below(ax)


def plot_shares(ax, results, finals):
    widths = results["settings"]["widths"]
    for name in ("qr", "svd", "eigenvalues", "one-set", "random"):
        rows = [finals.get(f"{name}-{width}") for width in widths]
        curve(ax, widths, [np.array([share_trained(row, results)] if row else [])
                           for row in rows], DENSE[name][2], None)
    ax.axhline(100, color="black", lw=1)
    ax.set(yscale="log", xlabel="hidden neurons",
           ylabel="trained numbers, % of a dense network's",
           title="(a) what it costs (colours as on the left)")
    percent = [share for share in (1, 2, 5, 10, 20, 50, 100) if share >= ax.get_ylim()[0]]
    ax.set(yticks=percent, yticklabels=percent)
    ticks(ax, widths)


def ticks(ax, x):
    """A logarithmic axis with these marks only."""
    ax.set_xscale("log")
    ax.set(xticks=x, xticklabels=[f"{value:g}" for value in x])
    ax.minorticks_off()


def plot_sparse(ax, results, finals):
    sparsities = results["settings"]["sparsities"]
    left = [100 * (1 - sparsity) for sparsity in sparsities]
    for name, (label, _, style) in SPARSE.items():
        rows = [finals.get(f"{name}-{sparsity}") for sparsity in sparsities]
        curve(ax, left, [values(row, results) if row else np.array([]) for row in rows], style,
              label)
    width = results["settings"]["tried_width"]
    if row := finals.get(f"dense-{width}"):
        ax.axhline(values(row, results).mean(), color="black", lw=1, label="dense, no zeros")
    ax.set(xlabel=f"weights left of a hidden layer of {width} neurons (%)",
           ylabel="test accuracy (%)",
           title="(b) with few weights, chosen while training or fixed before")
    ticks(ax, left)
    ax.invert_xaxis()
    legend_below(ax)


def plot_trimmed(ax, results, finals):
    width = results["settings"]["tried_width"]
    left = [max(1, round(share * width)) for share in LEFT]
    for name, (label, _, style) in TRIMMED.items():
        for order, dim in (("left", {}), ("random", {"alpha": 0.35})):
            if row := finals.get(name):
                curve(ax, left, [values(row, results, f"{order}_{share}") for share in LEFT],
                      style, label if order == "left" else None, **dim)
    ax.set(xlabel="hidden neurons left", ylabel="test accuracy (%)",
           title="(c) trimmed after training (pale: neurons at random)")
    ticks(ax, left)
    ax.invert_xaxis()
    legend_below(ax)


if __name__ == "__main__":
    sys.exit(sweeps.main("spectral", __doc__, PRESETS, rows, work, plot, report, extra=EXTRA))
