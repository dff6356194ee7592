"""The two images of the command line: how a run went, and what a model mixes up."""

import numpy as np
from matplotlib.figure import Figure

from scnn_np.tools.files import write_beside

TRAINING, HELD_OUT = "#0072B2", "#D55E00"      # Okabe and Ito: told apart by every eye


def save_figure(path, figure):
    """Write a figure as PNG, whole or not at all."""
    write_beside(path, lambda file: figure.savefig(file, format="png", dpi=150))


def learning_curve(path, history, title):
    """Loss and accuracy by epoch, from `Trainer.history`, as a PNG."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    figure.suptitle(title, parse_math=False)      # a name may hold a $
    epochs = [entry["epoch"] for entry in history]
    for ax, name, label, scale in ((axes[0], "loss", "loss (nats)", 1),
                                   (axes[1], "accuracy", "accuracy (%)", 100)):
        ax.plot(epochs, [scale * entry[name] for entry in history], "o-", ms=3,
                color=TRAINING, label="training" + (" + penalty" if name == "loss" else ""))
        if history and f"held_out_{name}" in history[0]:
            ax.plot(epochs, [scale * entry[f"held_out_{name}"] for entry in history], "s--",
                    ms=3, color=HELD_OUT, label="held out")
        ax.set(xlabel="epoch", ylabel=label)
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(alpha=0.3)
        ax.legend()
    save_figure(path, figure)


def confusion_image(path, counts, class_names, title):
    """A confusion matrix, (true, predicted) counts, as a PNG; each row adds up to 100 %."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(4.5, 0.62 * len(counts) + 1.8)
    figure = Figure(figsize=(side + 0.6, side), layout="constrained")
    ax = figure.subplots()
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    if len(counts) <= 30:
        for (i, j), n in np.ndenumerate(counts):
            ax.text(j, i, n or "", ha="center", va="center", fontsize=8,
                    color="white" if share[i, j] > 0.6 else "black")
    ticks = range(len(class_names))
    names = [name if len(name) < 24 else name[:22] + "…" for name in class_names]
    ax.set_xticks(ticks, names, rotation=45, ha="right", parse_math=False)
    ax.set_yticks(ticks, names, parse_math=False)
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.set_title(title, parse_math=False)
    save_figure(path, figure)
