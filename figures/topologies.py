"""Does accuracy follow the spectral gap of the layers, or their density? (arXiv 1706.05683)

That paper says that the accuracy of a sparse network depends on how well its layers expand
(spectral gap, algebraic connectivity) and not on how many edges they have. Only its abstract
could be read: measures and families are our reading. Here families of graphs with the *same*
number of edges train side by side, on inputs in order of importance and shuffled; RSP at
several densities, and a projective plane, the best expander there is, in series of their own.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt
from scipy.stats import rankdata, spearmanr

from figures import sweeps
from figures.common import BLUE, GREEN, GREY, ORANGE, PINK, SKY, data_title
from figures.sweeps import Row, mean_and_spread, records, values
from scnn_np.data import load_data
from scnn_np.experiments import trained
from scnn_np.graphs import budget_degrees
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.graphs.expansion import expansion, path_share

BLOCKS = 8
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 1, "width": 64,
               "degree": 8, "plane": [57, 8], "densities": [2, 4, 16, 32],
               "base": {"data": "digits", "layers": 3, "width": 64, "epochs": 20,
                        "learning_rate": 0.01, "holdout": 0}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 1, "width": 784, "degree": 28,
              "plane": [553, 24], "densities": [7, 14, 56, 112],
              "base": {"samples": 10_000, "layers": 3, "epochs": 6, "holdout": 0}},
    "paper": {"help": "all of Fashion-MNIST, hours: --jobs", "seeds": 5, "width": 784,
              "degree": 28, "plane": [553, 24], "densities": [7, 14, 56, 112],
              "base": {"layers": 3, "epochs": 15, "holdout": 0}}}
# How the names of a series' rows end, and what it is.
SERIES = {"ordered": "inputs in order of importance", "shuffled": "inputs shuffled",
          "plane": "projective plane and others of its size", "density": "RSP, other densities"}
FAMILIES = {        # name: label, settings beside the degrees, colour, marker
    "rsp": ("RSP", {"network": "rsp"}, PINK, "D"),
    "biregular": ("biregular random", {"network": "biregular"}, BLUE, "o"),
    "erdos-renyi": ("Erdős–Rényi", {"network": "erdos-renyi"}, SKY, "s"),
    "sc-1": ("SC, r = 1", {"network": "sc", "receptive_field": 1}, ORANGE, "<"),
    "sc-2": ("SC, r = 2", {"network": "sc", "receptive_field": 2}, ORANGE, ">"),
    "sc-4": ("SC, r = 4", {"network": "sc", "receptive_field": 4}, ORANGE, "p"),
    "sc-ring": ("SC, r = 2, tail-biting", {"network": "sc", "receptive_field": 2,
                                           "tail_biting": True}, ORANGE, "P"),
    "sc-profile": ("SC, r = 2, the paper's profile",
                   {"network": "sc", "receptive_field": 2}, ORANGE, "*"),
    "band": ("circulant band", {"network": "circulant-band"}, GREEN, "v"),
    "butterfly": ("butterfly", {"network": "butterfly"}, GREEN, "^"),
    "block-diagonal": ("block-diagonal", {"network": "block-diagonal"}, GREY, "X"),
    "difference-set": ("projective plane", {"network": "difference-set"}, BLUE, "h")}
OF_PLANE = ("difference-set", "biregular", "rsp", "band")


# --- the rows ---------------------------------------------------------------------------------

def rows(results):
    """All families at one degree, ordered and shuffled; some at the size of a projective
    plane; RSP at other densities."""
    settings = results["settings"]
    n, d = settings["width"], settings["degree"]
    m, d_plane = settings["plane"]
    found = [Row(f"{name}-{series}", f"{FAMILIES[name][0]}, {series}",
                 {**FAMILIES[name][1], "degrees": degrees(name, n, d), "direction": direction})
             for series, direction in (("ordered", "descending"), ("shuffled", "shuffled"))
             for name in FAMILIES if name != "difference-set"]
    found += [Row(f"{name}-plane", f"{FAMILIES[name][0]}, {m} neurons",
                  {**FAMILIES[name][1], "degrees": d_plane, "width": m, "inputs": m,
                   "direction": "descending"}) for name in OF_PLANE]
    return found + [Row(f"rsp-{density}-density", f"RSP of degree {density}, density",
                        {**FAMILIES["rsp"][1], "degrees": density, "direction": "descending"})
                    for density in settings["densities"]]


def degrees(name, n, d):
    """The out-degrees that spend n · d edges in a layer."""
    if name == "sc-profile":
        return budget_degrees(n * d, PAPER_SC_DEGREES, n, n, BLOCKS, 2).tolist()
    return [d] * BLOCKS if name.startswith("sc") else d


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, and measure the network's layers as graphs."""
    model, data = trained(settings), load_data(settings["data"])
    scored = model.ordering(data.X_test), data.y_test
    supports = model.network.weights[:-1]
    graphs = [expansion(W) for W in supports]
    return {"test_accuracy": model.network.evaluate(*scored)[1],
            "loss": [round(entry["loss"], 5) for entry in model.about["history"]],
            "edges": [int(W.nnz) for W in supports], "path_share": path_share(supports),
            **{name: [round(getattr(graph, name), 6) for graph in graphs]
               for name in ("gap", "connectivity", "connectivity_without_isolated",
                            "components", "isolated_left", "isolated_right", "spread_right")},
            "ramanujan": graphs[0].ramanujan, "trained_with": model.about["with"]}


# --- what is measured of a row ---------------------------------------------------------------

def measured(row, results, name):
    """A number of a row: the mean over seeds, and over layers where each has its own."""
    return float(np.mean([run[name] for run in records(row, results)]))


def epochs_to(loss, goal):
    """Epochs until a training loss is reached, between two by a straight line; infinite if it
    never is."""
    below = np.flatnonzero(np.asarray(loss) <= goal)
    if not len(below):
        return np.inf
    k = below[0]
    return float(k + 1 if k == 0 else k + (loss[k - 1] - goal) / (loss[k - 1] - loss[k]))


def goal_of(results, done):
    """The training loss that all are timed to: that of ordered RSP after a third of its
    epochs."""
    rsp = next((row for row in done if row.name == "rsp-ordered"), None)
    if rsp is None:
        return None
    return float(np.mean([run["loss"][(len(run["loss"]) - 1) // 3]
                          for run in records(rsp, results)]))


def speeds(row, results, goal):
    """Epochs to the goal, of every run."""
    return np.array([epochs_to(run["loss"], goal) for run in records(row, results)])


def of_series(series, done):
    return [row for row in done if row.name.endswith("-" + series)]


def label(row):
    """The name of a row's graph."""
    return row.label.rpartition(",")[0]


def edges(results):
    """In each hidden layer of the families that are compared."""
    return results["settings"]["width"] * results["settings"]["degree"]


MEASURES = {"gap": "spectral gap", "connectivity": "λ₂", "path_share": "path share"}


def correlations(results, rows, goal):
    """Spearman's ρ between what rows measured, (ρ, p) by (measure, result); a positive ρ says
    that accuracy is higher, or training shorter, where the measure is larger."""
    accuracy = [measured(row, results, "test_accuracy") for row in rows]
    faster = [-speeds(row, results, goal).mean() for row in rows]
    return {(name, result): rank_correlation(
                [measured(row, results, name) for row in rows], numbers)
            for name in MEASURES
            for result, numbers in (("accuracy", accuracy), ("speed", faster))}


def rank_correlation(x, y):
    """Spearman's ρ and its p; 0 and 1 where all of x, or all of y, are equal."""
    if len(set(x)) < 2 or len(set(y)) < 2:
        return 0.0, 1.0
    return tuple(map(float, spearmanr(x, y)))


def partial(x, y, held):
    """Spearman's correlation of x and y with a third held: of what a straight line through the
    ranks of the third leaves of theirs; 0 if nothing is left."""
    line = np.column_stack([np.ones(len(held)), rankdata(held)])
    left = [rank - line @ np.linalg.lstsq(line, rank)[0] for rank in (rankdata(x), rankdata(y))]
    length = np.linalg.norm(left[0]) * np.linalg.norm(left[1])
    return float(left[0] @ left[1] / length) if length > 1e-9 else 0.0


def gap_or_density(results, done):
    """Over all rows of one size in order of importance, where gap and density both vary: the
    partial correlation of accuracy with each, the other held."""
    rows = of_series("ordered", done) + of_series("density", done)
    gap, edges, accuracy = ([measured(row, results, name) for row in rows]
                            for name in ("gap", "edges", "test_accuracy"))
    return {"gap": partial(gap, accuracy, edges), "density": partial(edges, accuracy, gap)}


# --- what is shown ----------------------------------------------------------------------------

def report(results, done):
    """A table for each series, and the correlations."""
    goal, lines = goal_of(results, done), []
    for series, title in SERIES.items():
        rows = of_series(series, done)
        if rows:
            lines += [*table_of(results, rows, title, goal), ""]
    complete = {series: of_series(series, done) for series in ("ordered", "shuffled")}
    if goal is not None and all(len(rows) > 2 for rows in complete.values()):
        lines += ["| ρ of Spearman (p) | " + " | ".join(
                      f"{words}: {result}" for words in MEASURES.values()
                      for result in ("accuracy", "speed")) + " |",
                  "|---|" + "---:|" * 2 * len(MEASURES)]
        for series, rows in complete.items():
            found = correlations(results, rows, goal)
            lines.append(f"| {SERIES[series]}, {len(rows)} families | " + " | ".join(
                f"{rho:+.2f} ({p:.2f})" for rho, p in found.values()) + " |")
    return lines


def table_of(results, rows, title, goal):
    lines = [f"{title[0].upper()}{title[1:]}:", "",
             "| graph | edges a layer | gap | λ₂ (without isolated) | isolated right | "
             "path share | degree spread | test accuracy (%) | epochs to "
             + ("a loss" if goal is None else f"loss {goal:.3f}") + " | runs |",
             "|---|" + "---:|" * 9]
    for row in rows:
        numbers = {name: measured(row, results, name) for name in (
            "edges", "gap", "connectivity", "connectivity_without_isolated", "isolated_right",
            "path_share", "spread_right")}
        times = speeds(row, results, goal) if goal is not None else np.array([np.inf])
        lines.append(
            f"| {label(row)} | {numbers['edges']:,.0f} | "
            f"{numbers['gap']:.3f} | {numbers['connectivity']:.2f} "
            f"({numbers['connectivity_without_isolated']:.2f}) | "
            f"{numbers['isolated_right']:.1f} | {100 * numbers['path_share']:.0f} % | "
            f"{numbers['spread_right']:.2f} | {mean_and_spread(values(row, results))} | "
            + (mean_and_spread(times, 1) if np.isfinite(times).all() else "not reached")
            + f" | {len(records(row, results))} |")
    return lines


def plot(results, done):
    """Accuracy and speed against the gap, accuracy against paths and against density."""
    figure, axes = plt.subplots(2, 2, figsize=(12, 9))
    figure.suptitle(f"Equal edges, other graphs: does accuracy follow the gap? "
                    f"{data_title(results)}; mean and standard deviation over seeds")
    goal = goal_of(results, done)
    panels = (("gap", "spectral gap, mean over the layers", axes[0, 0]),
              ("path_share", "share of (input, last neuron) pairs that a path joins",
               axes[1, 0]))
    for name, xlabel, ax in panels:
        for row in of_series("ordered", done) + of_series("shuffled", done):
            dot(ax, row, results, measured(row, results, name), values(row, results))
        ax.set(xlabel=xlabel, ylabel="test accuracy (%)")
    axes[0, 0].set_title("filled: inputs in order of importance; grey edge: shuffled")
    for row in of_series("ordered", done) if goal is not None else ():
        times = speeds(row, results, goal)
        if np.isfinite(times).all():
            dot(axes[0, 1], row, results, measured(row, results, "gap"), times)
    axes[0, 1].set(xlabel="spectral gap, mean over the layers", ylabel="epochs",
                   title="" if goal is None else
                   f"epochs to a training loss of {goal:.3f}, in order of importance")
    for row in of_series("density", done) + of_series("ordered", done):
        dot(axes[1, 1], row, results, measured(row, results, "edges"),
            values(row, results))
    axes[1, 1].set(xscale="log", xlabel="edges in a layer", ylabel="test accuracy (%)",
                   title="RSP at other densities beside the families")
    shown = [name for name in FAMILIES if any(family(row) == name for row in done)
             and name != "difference-set"]
    handles = [plt.Line2D([], [], ls="", color=FAMILIES[name][2], marker=FAMILIES[name][3],
                          label=FAMILIES[name][0]) for name in shown]
    figure.legend(handles=handles, loc="outside lower center", ncols=6)
    return figure


def family(row):
    """The key of `FAMILIES` that a row belongs to."""
    name = row.name.rpartition("-")[0]
    return name if name in FAMILIES else "rsp"


def dot(ax, row, results, x, numbers):
    """One family: mean and standard deviation over seeds."""
    _, _, colour, marker = FAMILIES[family(row)]
    shuffled = row.name.endswith("shuffled")
    spread = numbers.std(ddof=1) if len(numbers) > 1 else None
    ax.errorbar(x, numbers.mean(), spread, color=GREY if shuffled else colour,
                mfc="white" if shuffled else colour, mec=GREY if shuffled else colour,
                marker=marker, ms=8, capsize=2, elinewidth=1)


if __name__ == "__main__":
    sys.exit(sweeps.main("topologies", __doc__, PRESETS, rows, work, plot, report))
