"""Accuracy against parameters: SC, RSP and dense networks, each at its best.

For every size as many configurations of each kind as of the others are trained on 50,000
training images and compared on the other 10,000; the best is tried again with twice the epochs
and with mirrored images beside the others, and the best of these in two other shapes. What is
best of all that is trained again on all 60,000, over seeds, and scored once on the test set.
Every configuration tried stays in the results file. (Where the search begins, rings of fine
blocks with degrees by standard deviation, comes from ten SC configurations that were tried
before, on held-out images too. At 3 million, where a run is long, nothing is searched.)
"""

import math
import sys

import numpy as np
from matplotlib import pyplot as plt

from figures import sweeps
from figures.common import BLUE, GREEN, GREY, ORANGE, data_title, largest_width
from figures.sweeps import Row, best_of, mean_and_spread, records, trials, values
from scnn_np.data.datasets import load_data
from scnn_np.experiments.runs import trained
from scnn_np.graphs.degrees import block_capacity

KINDS = {"sc": ("SC", BLUE, "o"), "rsp": ("RSP", ORANGE, "s"), "fc": ("dense", GREEN, "^")}
CHALLENGE = 220_020             # parameters of the paper's SC network
# "sizes": parameters, and how many configurations of each kind are tried within them; with 0
# the likeliest is taken as it is.
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 2, "n_in": 64,
               "sizes": [[1000, 3], [4000, 3]],
               "base": {"data": "digits", "epochs": 40, "learning_rate": 0.01}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 2, "n_in": 784,
              "sizes": [[20_000, 3], [100_000, 3]],
              "base": {"samples": 10_000, "epochs": 20}},
    "paper": {"help": "all of Fashion-MNIST, hours: --jobs", "seeds": 5, "n_in": 784,
              "sizes": [[CHALLENGE, 10], [100_000, 4], [50_000, 4], [20_000, 4], [10_000, 4],
                        [3_000_000, 0]],
              "base": {"epochs": 20, "batch_size": 256, "learning_rate": 2e-3}}}


# --- what is tried ----------------------------------------------------------------------------

def coupled(n_in, size, per_neuron, layers=1, **settings):
    """An SC network of about `per_neuron` edges into each hidden neuron; degrees are allotted
    in proportion to the measured standard deviation of the inputs."""
    width = rounded_width(n_in, size, per_neuron, layers)
    edges = edges_left(n_in, size, width, layers)
    return {"network": "sc", "layers": layers, "width": width, "edges": edges,
            "importance_power": 0.5, **settings}


def random(n_in, size, per_neuron, layers=1, **settings):
    """The same, left regular."""
    width = rounded_width(n_in, size, per_neuron, layers)
    degree = edges_left(n_in, size, width, layers) // n_in
    return {"network": "rsp", "layers": layers, "width": width,
            "degrees": max(1, min(degree, width)), **settings}


def dense(n_in, size, layers=1, **settings):
    """A dense network, as wide as it may be."""
    return {"network": "fc", "layers": layers, "width": largest_width(n_in, layers, size),
            **settings}


def ring_blocks(n_in):
    """Fine blocks that cut the inputs: degrees can follow the importance closely."""
    return 28 if n_in % 28 == 0 else 8


def rounded_width(n_in, size, per_neuron, layers):
    """Neurons of each hidden layer that can be cut into 8 blocks, and into fine ones."""
    per_neuron *= max(1, size / CHALLENGE) ** 0.75     # wide layers of few edges take hours
    per_neuron = min(per_neuron, 0.75 * n_in)          # sparse still
    step = math.lcm(8, ring_blocks(n_in))
    return max(1, round(size / (layers * (per_neuron + 1) + 10) / step)) * step


def edges_left(n_in, size, width, layers, n_classes=10):
    """What the first hidden layer may spend where all have the same degrees."""
    others = layers * width + n_classes * (width + 1)
    return int((size - others) / (1 + (layers - 1) * width / n_in))


def candidates(kind, n_in, size):
    """What is tried of one kind at one size, the likelier first; as many of each kind. Fewer
    inputs are an option for all: the last principal components hold next to nothing."""
    blocks = ring_blocks(n_in)
    ring = {"blocks": blocks, "receptive_field": blocks, "tail_biting": True}
    chain = {"blocks": 8, "receptive_field": 8}
    few, fewer = 7 * blocks, 4 * blocks                # 196 and 112 of 784
    shapes = {"sc": [coupled(few, size, 36, inputs=few, **ring),
                     coupled(n_in, size, 36, **ring),
                     coupled(fewer, size, 36, inputs=fewer, **ring),
                     coupled(n_in, size, 54, **chain),
                     coupled(n_in, size, 24, **ring), coupled(n_in, size, 54, **ring)],
              "rsp": [random(few, size, 36, inputs=few), random(n_in, size, 36),
                      random(fewer, size, 36, inputs=fewer), random(n_in, size, 54),
                      random(n_in, size, 24), random(n_in, size, 54, layers=2)],
              "fc": [dense(few, size, inputs=few), dense(n_in, size),
                     dense(fewer, size, inputs=fewer), dense(n_in, size, layers=2),
                     dense(n_in, size, layers=3), dense(n_in, size, whiten=0.5)]}[kind]
    tried = [{"dropout": noise(shape, size), **shape} for shape in shapes]
    tried += [{**settings, "dropout": round(settings["dropout"] + 0.1, 2)}
              for settings in tried if "inputs" not in settings]
    return [{"activation": "relu", "l2": 0.0, **settings} for settings in tried]


def noise(shape, size):
    """DropOut: the more neurons, the more; narrow dense layers need less."""
    share = np.interp(np.log10(size), [4, 5, 6.5], [0.1, 0.3, 0.5])
    narrow = shape["network"] == "fc" and "inputs" not in shape
    return round(float(share * (0.5 if narrow else 1)), 2)


def rows(results):
    """All that is tried, and the best of each kind whose trials are done, size by size: one
    that was not begun waits for those before it."""
    chosen, found, waits = results["settings"], [], False
    for size, tried in chosen["sizes"]:
        of_size, finals = [], []
        for kind, (label, *_) in KINDS.items():
            name, label = f"{kind}-{size}", f"{label}, at most {size:,}"
            settings, best = search(kind, size, tried, results)
            of_size += trials(name, label, settings)
            if best:
                finals.append(Row(name, label, {**best, "holdout": 0}))
        of_size += finals
        if not waits or any(records(row, results) for row in of_size):
            found += of_size
        waits = waits or len(finals) < len(KINDS) or any(
            len(records(row, results)) < results["seeds"] for row in finals)
    return found


def search(kind, size, tried, results):
    """The settings of one kind that are tried at one size, as far as it is known, and the best
    of them once all are done, else None."""
    n_in = results["settings"]["n_in"]
    epochs = sweeps.common(results)["epochs"]
    settings = candidates(kind, n_in, size)
    if not tried:
        return [], settings[0]
    settings = settings[:tried]
    for further in (lambda best: [{**best, "epochs": 2 * epochs}, {**best, "mirror": True}],
                    lambda best: neighbours(kind, n_in, size, best),
                    lambda best: []):
        best = best_of(trials(kind, kind, settings), results, "held_out_accuracy")
        if best is None:
            return settings, None
        settings = settings + [changed for changed in further(best.settings)
                               if not changed.keys() & results["changes"]]      # of --set
    return settings, best.settings


def neighbours(kind, n_in, size, best):
    """Two other shapes with what else is best: narrower windows of SC, where its edges fit in;
    more and fewer edges into each neuron of RSP; more layers of a dense network."""
    n_in = best.get("inputs", n_in)
    if kind == "rsp":
        return [{**best, **random(n_in, size, per_neuron)} for per_neuron in (24, 54)]
    if kind == "fc":
        return [{**best, **dense(n_in, size, layers)} for layers in (2, 3)]
    r, blocks, tail_biting = (best.get(name) for name in (
        "receptive_field", "blocks", "tail_biting"))
    return [{**best, "receptive_field": narrow} for narrow in (r // 2, r // 4)
            if block_capacity(best["width"], blocks, narrow, bool(tail_biting)).sum()
            * (n_in // blocks) >= best["edges"]]


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train; measure on what was held out, and only where nothing was, on the test set."""
    model = trained(settings)
    last = model.about["history"][-1]
    found = {"parameters": model.network.n_parameters, "trained_with": model.about["with"],
             "training_accuracy": last["accuracy"],
             "training_seconds": round(last["seconds"], 1)}
    if settings["holdout"] == 0:
        data = load_data(settings["data"])
        accuracy = model.network.evaluate(model.ordering(data.X_test), data.y_test)[1]
        return {**found, "test_accuracy": accuracy}
    return {**found, "held_out_accuracy": last["held_out_accuracy"]}


# --- what is shown ----------------------------------------------------------------------------

def split(done):
    """The rows of trials, and the rows of final runs."""
    return ([row for row in done if row.seeds], [row for row in done if not row.seeds])


def report(results, done):
    """The best of each kind and size on the test set; then everything that was tried."""
    tried, finals = split(done)
    lines = ["| network | parameters | held out, chosen by (%) | test accuracy (%) | runs | "
             "settings |", "|---|---:|---:|---:|---:|---|"]
    for row in finals:
        runs = records(row, results)
        lines.append(f"| {row.label} | {runs[0]['parameters']:,} | "
                     f"{best_held_out(row, tried, results)} | "
                     f"{mean_and_spread(values(row, results))} | {len(runs)} | "
                     f"{in_words(row, results)} |")
    lines += ["", "| tried | parameters | held out (%) | training, masks on (%) | settings |",
              "|---|---:|---:|---:|---|"]
    for row in tried:
        run = records(row, results)[0]
        lines.append(f"| {row.label} | {run['parameters']:,} | "
                     f"{100 * run['held_out_accuracy']:.2f} | "
                     f"{100 * run['training_accuracy']:.2f} | {in_words(row, results)} |")
    return lines


def best_held_out(final, tried, results):
    """The held-out accuracy in % by which a configuration was chosen, as text."""
    settings = {name: value for name, value in final.settings.items() if name != "holdout"}
    chosen = [row for row in tried if row.settings == settings]
    if not chosen:
        return "not searched"
    return f"{values(chosen[0], results, 'held_out_accuracy')[0]:.2f}"


def in_words(row, results):
    """The settings that differ between rows, in short words."""
    settings = {"epochs": sweeps.common(results)["epochs"], **row.settings}
    return ", ".join(f"{name} {value}" for name, value in settings.items()
                     if name not in ("network", "holdout", "activation", "l2"))


def plot(results, done):
    """Mean and spread of the best of each kind against what it may spend."""
    figure, ax = plt.subplots(figsize=(8.5, 5))
    finals, sizes = split(done)[1], [size for size, _ in results["settings"]["sizes"]]
    for k, (kind, (label, colour, mark)) in enumerate(KINDS.items()):
        of_kind = [(size, values(row, results)) for size in sorted(sizes) for row in finals
                   if row.name == f"{kind}-{size}"]
        ax.errorbar([size * 1.04 ** (k - 1) for size, _ in of_kind],      # side by side
                    [numbers.mean() for _, numbers in of_kind],
                    [numbers.std(ddof=1) if len(numbers) > 1 else 0 for _, numbers in of_kind],
                    color=colour, marker=mark, ms=6, capsize=3, label=label)
    if CHALLENGE in sizes:
        ax.axvline(CHALLENGE, color=GREY, lw=1, ls="-.", zorder=0,
                   label="size of the paper's SC network")
    ax.set(xscale="log", xlabel="trainable parameters, at most", ylabel="test accuracy (%)",
           xlim=(min(sizes) / 1.5, max(sizes) * 1.5),
           title=f"Each kind at its best, chosen on held-out images; {data_title(results)}\n"
           "mean and standard deviation over seeds" + "".join(
               f"; {size:,}: not searched" for size, tried in results["settings"]["sizes"]
               if not tried))
    ax.legend(loc="lower right")
    return figure


if __name__ == "__main__":
    sys.exit(sweeps.main("tradeoff", __doc__, PRESETS, rows, work, plot, report))
