"""Which of ten hidden layers does a penalty make superfluous? (arXiv 2006.15604)

That paper penalises layers until they can be merged, and trains what is left again. Only its
abstract could be read: penalty and test are our reading. Here the negative weights of each
layer are penalised as one group, at several strengths, on raw pixels; layers that are linear
for every input between 0 and 1 are multiplied into the next; and what is left is trained once
more without the penalty, from the merged weights and from a fresh start. Beside it: each
negative entry for itself, the group by its gradient instead of proximal steps, L2 alone, and
networks that are shallow from the start; these are trained once more in the same way.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures import sweeps
from figures.common import BLUE, GREEN, GREY, ORANGE, PINK, SKY, data_title, legend_below
from figures.sweeps import Row, mean_and_spread, values
from scnn_np.analysis import activations, examine_layers, fresh_start, merge
from scnn_np.experiments import prepare, train_further, trained
from scnn_np.nn import negative_share
from scnn_np.tools.streams import stream

PIXELS = 0.0, 1.0               # the range of every input
DEPTH = 10
COMMON = {"network": "fc", "activation": "relu", "order": "none", "dropout": 0.0, "l2": 1e-4,
          "holdout": 0}
# How the penalties act, the setting of each, and how it is drawn.
KINDS = {"group": ("one group per layer, by steps", "layer_sparsity_step", BLUE, "o", "-"),
         "each": ("each entry for itself, by steps", "negative_l1_step", ORANGE, "s", "--"),
         "gradient": ("one group per layer, in the gradient", "layer_sparsity", GREEN, "^",
                      ":")}
# The strengths of each penalty; the depths of networks that are shallow from the start; and,
# with the settings of all runs, for how many epochs they are trained once more.
PRESETS = {
    "digits": {"help": "scikit-learn's digits, offline, a minute", "seeds": 1,
               "strengths": {"group": [0.1, 0.2, 0.3, 0.5], "each": [0.3, 1.0],
                             "gradient": [0.01, 0.1]},
               "depths": [1, 3], "base": {"data": "digits", "width": 32, "batch_size": 32,
                                          "epochs": 30, "refit": 30}},
    "small": {"help": "10,000 images of Fashion-MNIST", "seeds": 1,
              "strengths": {"group": [0.05, 0.1, 0.15, 0.2], "each": [0.2, 0.4],
                            "gradient": [0.001, 0.01]},
              "depths": [1, 3], "base": {"samples": 10_000, "width": 100, "batch_size": 32,
                                         "epochs": 10, "refit": 10}},
    "paper": {"help": "all of Fashion-MNIST, most of an hour: --jobs", "seeds": 3,
              "strengths": {"group": [0.05, 0.075, 0.1, 0.15, 0.2, 0.3],
                             "each": [0.1, 0.2, 0.4, 0.8],
                             "gradient": [0.001, 0.003, 0.01, 0.03]},
              "depths": [1, 2, 3, 5], "base": {"width": 100, "epochs": 10, "refit": 10}}}
EXTRA = {"refit": 10}


def rows(results):
    """L2 alone at several depths, and each penalty, with L2, at each of its strengths."""
    chosen = results["settings"]
    return [Row("l2", f"{DEPTH} layers, L2 alone", {**COMMON, "layers": DEPTH}),
            *(Row(f"{kind}-{strength:g}", f"{KINDS[kind][0]}, λ = {strength:g}",
                  {**COMMON, "layers": DEPTH, KINDS[kind][1]: strength})
              for kind in KINDS for strength in chosen["strengths"][kind]),
            *(Row(f"shallow-{depth}", f"{in_words(depth)} from the start, L2 alone",
                  {**COMMON, "layers": depth}) for depth in chosen["depths"])]


def in_words(depth):
    return f"{depth} layer{'s' * (depth > 1)}"


# --- one run ----------------------------------------------------------------------------------

def work(settings):
    """Train, examine, merge, and train what is left once more."""
    model, fresh = trained(settings), prepare(sweeps.of_a_run(settings))
    network, test = model.network, (model.ordering(fresh.data.X_test), fresh.data.y_test)
    examined, small = examine_layers(network, *PIXELS), merge(network, *PIXELS).network
    found = {"layers_left": len(small.weights) - 1,
             "layers_left_without_limit": len(merge(network).network.weights) - 1,
             "linear": [int((layer.kinds == "linear").sum()) for layer in examined],
             "dead": [int((layer.kinds == "dead").sum()) for layer in examined],
             "neither": [len(layer.in_the_way) for layer in examined],
             "negative_shares": [round(negative_share(layer.W, layer.b), 4)
                                 for layer in network.affine_layers[:-1]],
             "one_direction": one_direction(activations(network, fresh.X[:1000])[-1]),
             "parameters": network.n_parameters, "parameters_left": small.n_parameters,
             "training_accuracy": model.about["history"][-1]["accuracy"],
             "test_accuracy": network.evaluate(*test)[1],
             "merged_accuracy": small.evaluate(*test)[1], "trained_with": model.about["with"]}
    starts = {"refit": small, "fresh": fresh_start(small, stream(settings["seed"], "weights"))}
    for name, start in starts.items():
        train_further(start, settings, settings["refit"], fresh.X, fresh.y)
        found[f"{name}_accuracy"] = start.evaluate(*test)[1]
    return found


def one_direction(Z):
    """Share of the variance of Z, (samples, neurons), along its first principal component."""
    variances = np.linalg.svd(Z - Z.mean(axis=0), compute_uv=False).astype(float) ** 2
    return float(variances[0] / variances.sum()) if variances.any() else 1.0


# --- what is shown ----------------------------------------------------------------------------

def of_kind(kind, results, done):
    """The rows of one penalty that are done, {strength: row}."""
    by_name = {row.name: row for row in done}
    return {strength: by_name[f"{kind}-{strength:g}"]
            for strength in results["settings"]["strengths"][kind]
            if f"{kind}-{strength:g}" in by_name}


def layers_left(row, results):
    """Hidden layers that cannot be merged, (seeds,)."""
    return values(row, results, "layers_left", 1)


def shallow(done):
    """The networks that were not penalised, {depth: row}, the shallowest first."""
    return {row.settings["layers"]: row for row in sorted(
        done, key=lambda row: row.settings["layers"])
        if row.name == "l2" or row.name.startswith("shallow")}


def report(results, done):
    """One table: what is left of each network, and its accuracy on the way."""
    lines = ["| ten layers unless the name says otherwise | layers left | parameters left | "
             "trained (%) | merged (%) | trained once more (%) | fresh start (%) | runs |",
             "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for row in done:
        left = layers_left(row, results)
        accuracy = " | ".join(mean_and_spread(values(row, results, f"{name}_accuracy"))
                              for name in ("test", "merged", "refit", "fresh"))
        lines.append(f"| {row.label} | {left.mean():.1f} | "
                     f"{values(row, results, 'parameters_left', 1).mean():,.0f} | {accuracy} | "
                     f"{len(left)} |")
    return lines


def plot(results, done):
    """How many layers are left at each strength, and what they can do."""
    figure, axes = plt.subplots(1, 2, figsize=(13, 5.6))
    figure.suptitle(f"{DEPTH} hidden layers of {sweeps.common(results)['width']} ReLU, "
                    f"negative weights penalised; {data_title(results)}")
    strengths_and_layers(axes[0], results, done)
    layers_and_accuracy(axes[1], results, done)
    return figure


def strengths_and_layers(ax, results, done):
    """Mean and range over seeds, one line for each penalty."""
    for kind, (label, _, colour, mark, style) in KINDS.items():
        found = of_kind(kind, results, done)
        if found:
            left = np.array([(x.min(), x.mean(), x.max()) for x in (
                layers_left(row, results) for row in found.values())]).T
            ax.errorbar([*found], left[1], [left[1] - left[0], left[2] - left[1]],
                        color=colour, marker=mark, ls=style, capsize=3, label=label)
    ax.axhline(DEPTH, color=GREY, lw=1, ls="-.", label="L2 alone")
    ax.set(xscale="log", xlabel="strength λ of the penalty", ylabel="hidden layers left",
           ylim=(-0.4, DEPTH + 0.4), title="Layers that the exact test leaves "
           "(bars: least and most over seeds)")
    legend_below(ax)


def layers_and_accuracy(ax, results, done):
    """One mark for each run of the group, beside the networks that were not penalised."""
    unpenalised = shallow(done)
    for name, style, label in (("test", "-", "L2 alone, of this depth from the start"),
                               ("refit", ":", "the same, trained once more")):
        means = [values(row, results, f"{name}_accuracy").mean()
                 for row in unpenalised.values()]
        ax.plot([*unpenalised], means, color=GREY, ls=style, marker=".", label=label)
    found = of_kind("group", results, done).values()
    left = np.concatenate([layers_left(row, results) for row in found] or [[]])
    for name, colour, mark, label in (
            ("test", BLUE, "o", "penalised, before and after the merge"),
            ("refit", PINK, "v", "merged, trained once more"),
            ("fresh", SKY, "D", "as deep as the merged, fresh start")):
        accuracy = np.concatenate([values(row, results, f"{name}_accuracy")
                                   for row in found] or [[]])
        ax.plot(left, accuracy, color=colour, ls="", marker=mark, mfc="none", ms=7, mew=1.5,
                label=label)
    ax.set(xlabel="hidden layers left", ylabel="test accuracy (%)", xlim=(DEPTH + 0.5, -0.5),
           title="What they can do (one group per layer, by steps; each mark a run)")
    legend_below(ax)


if __name__ == "__main__":
    sys.exit(sweeps.main("layer_sparsity", __doc__, PRESETS, rows, work, plot, report,
                         extra=EXTRA))
