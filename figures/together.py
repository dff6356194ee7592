"""Four papers on one bench: what each reaches with as many stored numbers as SC.

The networks of arXiv 1907.02051 (SC, RSP), 1706.05683 (a good expander), 2006.15604 (layers
that were merged) and 2106.09021 (eigenvalues), beside a dense network, on the same images, over
the same seeds and epochs. None may need more numbers once trained than the first paper's SC
network: weights that are not zero, and biases; where the edges of a sparse layer lie is not
counted. Each has as many trials, and the best of them on held-out images is trained on all
images and scored once on the test set. What is not tried is at the library's defaults.
"""

import sys
from functools import cache

from matplotlib import pyplot as plt

from figures import sweeps
from figures.common import BLUE, GREEN, GREY, ORANGE, PINK, data_title, largest_width
from figures.layer_sparsity import DEPTH, PIXELS
from figures.sweeps import Row, mean_and_spread, records, split, trials, values
from scnn_np import spatially_coupled
from scnn_np.analysis import merge
from scnn_np.experiments import prepare, train_further, trained

# Inputs, layers and width of the paper's SC network, strengths of the penalty whose layers are
# merged, and two step sizes for each kind of number.
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 1, "n_in": 64,
               "layers": 2, "width": 64, "strengths": [0.1, 0.2, 0.4, 0.8],
               "steps": {"weights": [3e-3, 1e-2], "eigenvalues": [1e-2, 3e-2]},
               "base": {"data": "digits", "epochs": 20, "holdout": 0}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 1, "n_in": 784, "layers": 5,
              "width": 784, "strengths": [0.4, 0.8, 1.2, 2.0],
              "steps": {"weights": [2e-3, 8e-3], "eigenvalues": [8e-3, 3e-2]},
              "base": {"samples": 10_000, "epochs": 6, "holdout": 0}},
    "paper": {"help": "all of Fashion-MNIST, an hour: --jobs", "seeds": 3, "n_in": 784,
              "layers": 5, "width": 784, "strengths": [0.04, 0.08, 0.12, 0.2],
              "steps": {"weights": [2e-3, 8e-3], "eigenvalues": [8e-3, 3e-2]},
              "base": {"epochs": 10, "holdout": 0}}}
EXTRA = {"refit": 0}            # epochs after hidden layers were merged; 0: none are
TOO_LARGE = 1.2                 # so much more than may be stored, before layers are merged
PAPERS = {"1907.02051": BLUE, "1706.05683": GREEN, "2006.15604": PINK, "2106.09021": ORANGE,
          None: GREY}
# By name: label, paper, and what is not tried. A network with a `layer` trains eigenvalues.
FC = {"network": "fc", "dropout": 0.0}
EIGENVALUES = {"layer": "spectral", "learn": "eigenvalues"}
NETWORKS = {
    "sc": ("SC", "1907.02051", {"network": "sc"}),
    "rsp": ("RSP", "1907.02051", {"network": "rsp"}),
    "biregular": ("biregular random", "1706.05683", {"network": "biregular"}),
    "merged": ("ten layers, some merged", "2006.15604", {**FC, "l2": 1e-4}),
    "eigenvalues": ("λ_in and λ_out", "2106.09021", {**FC, **EIGENVALUES}),
    "qr": ("λ and the triangle of QR", "2106.09021", {**FC, "layer": "spectral-qr"}),
    "sc-eigenvalues": ("λ_in and λ_out on SC's edges", "2106.09021",
                       {"network": "sc", **EIGENVALUES}),
    "dense": ("dense", None, FC)}
SIGMOID_PCA, RELU_PCA, RELU_PIXELS = (
    {"activation": activation, "order": order} for activation, order in (
        ("sigmoid", "pca"), ("relu", "pca"), ("relu", "variance")))


# --- the rows ---------------------------------------------------------------------------------

def rows(results):
    """What is tried of each network, and the best of it once that is known."""
    found = []
    for name, (label, *_) in NETWORKS.items():
        tried = trials(name, label, [{**settings, "holdout": None}
                                     for settings in candidates(name, results)])
        found += tried
        if all(records(row, results) for row in tried):
            best = max(tried, key=lambda row: rank(records(row, results)[0], results))
            found.append(Row(name, label, {**best.settings, "holdout": 0}))
    return found


def rank(run, results):
    """Of a trial: what stores too much comes behind all that does not."""
    return run["stored"] <= most_stored(results), run["held_out_accuracy"]


def most_stored(results):
    """The numbers of the paper's SC network."""
    return numbers_of_sc(*(results["settings"][name] for name in ("n_in", "layers", "width")))


@cache
def numbers_of_sc(n_in, layers, width):
    return spatially_coupled(n_in, 10, layers=layers, width=width).n_parameters


def candidates(name, results):
    """The eight settings that are tried: four shapes, each with two step sizes."""
    fixed = NETWORKS[name][2]
    steps = results["settings"]["steps"]["eigenvalues" if "layer" in fixed else "weights"]
    return [{**fixed, **shape, "learning_rate": step} for shape in shapes(name, results)
            for step in steps]


def shapes(name, results):
    """Activation, inputs and depth; for merged layers the strengths of their penalty."""
    settings, most = results["settings"], most_stored(results)
    n_in, deep, width = (settings[key] for key in ("n_in", "layers", "width"))
    network, epochs = NETWORKS[name][2]["network"], settings["base"]["epochs"]
    if name == "merged":
        return [{**RELU_PIXELS, **dense(n_in, DEPTH, TOO_LARGE * most),
                 "epochs": epochs - epochs // 2, "refit": epochs // 2,
                 "layer_sparsity_step": strength} for strength in settings["strengths"]]
    if network == "fc":
        return [{**inputs, **dense(n_in, layers, most)} for inputs, layers in (
            (SIGMOID_PCA, 1), (RELU_PCA, 1), (RELU_PIXELS, 1), (RELU_PIXELS, 2))]
    return [{**inputs, **sparse(network, n_in, layers, width, most)} for inputs, layers in (
        (SIGMOID_PCA, deep), (RELU_PCA, deep), (RELU_PCA, 1), (RELU_PIXELS, 1))]


def dense(n_in, layers, most):
    """As wide as it may be."""
    return {"layers": layers, "width": largest_width(n_in, layers, int(most))}


def sparse(network, n_in, layers, width, most):
    """As many edges as it may have: SC with the paper's degrees where it is as deep as the
    paper's, and with one layer a ring with degrees by importance."""
    found = {"layers": layers, "width": width}
    edges = (most - layers * width - 10 * (width + 1)) // layers
    if network != "sc":
        return {**found, "degrees": edges // n_in}
    ring = {"receptive_field": 4, "tail_biting": True, "edges": edges}
    return {**found, **(ring if layers == 1 else {})}


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, merge where that is asked for, and score: on held-out images where there are any,
    else on the test set."""
    model, fresh = trained(settings), prepare(sweeps.of_a_run(settings))
    network, found = model.network, {"trained": model.network.n_parameters}
    if settings["refit"]:
        network = merge(network, *PIXELS).network
        train_further(network, settings, settings["refit"], fresh.X, fresh.y)
    scored = fresh.held_out or (model.ordering(fresh.data.X_test), fresh.data.y_test)
    found["held_out_accuracy" if fresh.held_out else "test_accuracy"] = (
        network.evaluate(*scored)[1])
    return {**found, "stored": stored(network), "layers_left": len(network.weights) - 1,
            "trained_with": model.about["with"]}


def stored(network):
    """The numbers that it needs to answer: weights on edges, and biases."""
    return sum(layer.edges + layer.b.size for layer in network.affine_layers)


# --- what is shown ----------------------------------------------------------------------------

def inputs_of(settings):
    return "pixels" if settings["order"] == "variance" else "PCA"


def shape_of(row, run):
    """Hidden layers of a run, and their width."""
    layers = row.settings["layers"]
    left = "" if run["layers_left"] == layers else f", {run['layers_left']} left"
    return f"{layers}×{row.settings['width']}{left}"


def report(results, done):
    """A table of the best of each, and one of what was tried."""
    tried, finals = split(done)
    lines = ["| network | paper | hidden layers | activation | inputs | trained numbers | "
             "stored numbers | test accuracy (%) | runs |",
             "|---|---|---|---|---|" + "---:|" * 4]
    for name, row in finals.items():
        runs, settings = records(row, results), row.settings
        lines.append(f"| {row.label} | {NETWORKS[name][1] or '–'} | {shape_of(row, runs[0])} | "
                     f"{settings['activation']} | {inputs_of(settings)} | "
                     f"{runs[0]['trained']:,} | {span(values(row, results, 'stored', 1))} | "
                     f"{mean_and_spread(values(row, results))} | {len(runs)} |")
    return [*lines, "", *table_of_trials(results, tried)]


def span(numbers):
    """One number, or the least and the most where seeds differ."""
    least, most = int(min(numbers)), int(max(numbers))
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def table_of_trials(results, tried):
    lines = ["| tried on held-out images | hidden layers | activation | inputs | step size | "
             "strength | stored numbers | accuracy (%) |", "|---|---|---|---|" + "---:|" * 4]
    for row in tried:
        run, settings = records(row, results)[0], row.settings
        lines.append(
            f"| {row.label} | {shape_of(row, run)} | {settings['activation']} | "
            f"{inputs_of(settings)} | {settings['learning_rate']:g} | "
            f"{settings.get('layer_sparsity_step', '–')} | {run['stored']:,} | "
            f"{100 * run['held_out_accuracy']:.2f} |")
    return lines


def plot(results, done):
    """Accuracy of every run, and how many numbers were trained and are stored."""
    finals = split(done)[1]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 1.9 + 0.42 * len(finals)),
                                         sharey=True, width_ratios=(1.4, 1))
    figure.suptitle(f"Four papers on one bench: {data_title(results)}, "
                    f"{sweeps.common(results)['epochs']} epochs, "
                    f"{len(candidates('sc', results))} trials each, at most "
                    f"{most_stored(results):,} stored numbers")
    for k, (name, row) in enumerate(finals.items()):
        accuracy, runs = values(row, results), records(row, results)
        colour = PAPERS[NETWORKS[name][1]]
        left.plot(accuracy, [k] * len(accuracy), "o", color=colour, alpha=0.6)
        left.plot(accuracy.mean(), k, "|", color=colour, ms=16, mew=2)
        for measure, mark in (("trained", "o"), ("stored", "s")):
            right.plot(runs[0][measure], k, mark, color=colour, ms=8,
                       mfc=colour if measure == "trained" else "none")
    names = [f"{row.label}\n{NETWORKS[name][1] or 'control'}" for name, row in finals.items()]
    left.set(yticks=range(len(finals)), yticklabels=names, ylim=(len(finals) - 0.5, -0.5),
             xlabel="test accuracy (%): a dot for each seed, a bar at the mean")
    right.set(xscale="log", xlabel="numbers: trained (dot), stored when done (square)")
    return figure


if __name__ == "__main__":
    sys.exit(sweeps.main("together", __doc__, PRESETS, rows, work, plot, report, extra=EXTRA))
