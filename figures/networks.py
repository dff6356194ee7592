"""The paper's three networks on PCA inputs, most important first: accuracy over seeds.

Each run is one command of `python -m scnn_np train`, printed before it starts; a model that
such a command left in runs/ already is measured, not trained again.
"""

import shlex
import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from figures.common import BLUE, GREY, ORANGE, main
from scnn_np.__main__ import main as command_line
from scnn_np.__main__ import parser
from scnn_np.data import load_data
from scnn_np.storage import load_model

PAPER = {"sc": 87.18, "rsp": 84.33, "fc": 86.78}      # Table 1, PCA, descending
PRESETS = {
    "digits": {"help": "scikit-learn's digits, seconds", "data": "digits", "seeds": 2,
               "options": "--layers 1 --width 64 --epochs 100"},
    "paper": {"help": "all of Fashion-MNIST, half an hour", "data": "fashion-mnist", "seeds": 3,
              "options": "--holdout 0"}}


def compute(preset, seed):
    """Train what is missing, measure all."""
    chosen = PRESETS[preset]
    data = load_data(chosen["data"])
    runs = []
    for s in range(seed, seed + chosen["seeds"]):
        for network in PAPER:
            path = Path("runs") / f"{network}-{chosen['data']}-seed{s}.npz"
            words = (f"train --network {network} --data {chosen['data']} {chosen['options']} "
                     f"--seed {s} --out {path}")
            if not path.exists():
                print(f"python -m scnn_np {words}", flush=True)
                if command_line(shlex.split(words)):
                    raise ValueError(f"{path}: the run that should have made it failed")
            model = load_model(path)
            history = model.about["history"]
            check_origin(path, words, model.about["settings"], len(history))
            runs.append({"network": network, "seed": s, "command": f"python -m scnn_np {words}",
                         "test_accuracy": model.network.evaluate(
                             model.ordering(data.X_test), data.y_test)[1],
                         "epochs": len(history),
                         "parameters": model.network.n_parameters,
                         "reduction": model.network.reduction,
                         "seconds": round(history[-1]["seconds"], 1),
                         "provenance": model.about["provenance"]})
    return {"settings": chosen, "paper": PAPER, "runs": runs}


def check_origin(path, words, settings, epochs):
    """Refuse a model that another command made, or that was stopped before its last epoch."""
    wanted = vars(parser().parse_args(shlex.split(words)))
    for name, value in wanted.items():
        if name not in ("out", "resume") and settings.get(name) != value:
            raise ValueError(f"{path}: was trained with --{name} {settings.get(name)}, "
                             f"expected {value}; move it away")
    if epochs < wanted["epochs"]:
        raise ValueError(f"{path}: was stopped after {epochs} epochs, expected "
                         f"{wanted['epochs']}; go on with python -m scnn_np {words} --resume")


def summary(results):
    """By network: test accuracies in %, parameters, reduction in %."""
    rows = {}
    for network in results["paper"]:
        runs = [run for run in results["runs"] if run["network"] == network]
        rows[network] = {"accuracy": np.array([100 * run["test_accuracy"] for run in runs]),
                         "parameters": runs[0]["parameters"],
                         "reduction": 100 * runs[0]["reduction"]}
    return rows


def plot(results):
    """A dot for every run, the paper's number beside it."""
    figure, ax = plt.subplots(figsize=(6.4, 2.8))
    rows = summary(results)
    for k, (network, row) in enumerate(rows.items()):
        ax.plot(row["accuracy"], [k] * len(row["accuracy"]), "o", color=BLUE, alpha=0.7,
                label="one run" if k == 0 else None)
        ax.plot(row["accuracy"].mean(), k, "|", color=GREY, ms=22, mew=2,
                label="mean" if k == 0 else None)
        if results["settings"]["data"] == "fashion-mnist":
            ax.plot(PAPER[network], k, "D", color=ORANGE, label="paper" if k == 0 else None)
    ax.set(yticks=range(len(rows)), ylim=(len(rows) - 0.5, -0.5), xlabel="test accuracy (%)",
           yticklabels=[f"{name.upper()}, {row['parameters']:,}\nparameters"
                        for name, row in rows.items()],
           title=f"PCA inputs, descending; {results['settings']['data']}, "
           f"{results['settings']['seeds']} seeds")
    ax.legend(loc="best", markerscale=0.7)
    return figure


if __name__ == "__main__":
    sys.exit(main("networks", __doc__, PRESETS, compute, plot))
