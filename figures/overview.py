"""The picture on the first page: Figure 1's Tanner graph and Figure 2, side by side.

Left, how a layer is connected before anything is trained. Right, the reason: which weights a
fully connected network keeps once it pays for them. Both are drawn from the committed results
of figure1 and figure2; nothing is trained here.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures import figure2, sweeps
from figures.common import BLUE, FOLDER, ORANGE, load_results
from figures.figure1 import tanner_graph
from scnn_np.tools import console
from scnn_np.tools.pictures import save_figure

IMAGE = FOLDER / "images" / "overview.png"
WINDOW_OF = 1           # the right block whose window is shaded


def plot(layer, edges):
    """Both pictures, from results of figure1 and figure2, to be read at a width of 700
    pixels."""
    figure = plt.figure(figsize=(7.6, 3.9), facecolor="white")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.12))
    one_layer(left.subplots(), layer)
    edges_that_stay(right, edges)
    return figure


def one_layer(ax, results):
    """The Tanner graph, with a band from one right block to all that it may be connected to."""
    tanner_graph(ax, results)
    sketch = results["settings"]["sketch"]
    size = sketch["neurons"] // sketch["blocks"]
    left, right = (dots.get_offsets() for dots in ax.collections)     # as they were drawn
    first, last = WINDOW_OF * size, (WINDOW_OF + sketch["receptive_field"]) * size - 1
    corners = [left[first], right[first], right[first + size - 1], left[last]]
    rim = [[-0.05, 0.4], [0.05, 0.4], [0.05, -0.4], [-0.05, -0.4]]
    ax.add_patch(plt.Polygon(np.add(corners, rim), color="#E4E4E4", lw=0, zorder=0))
    ax.set_title("A spatially-coupled layer, untrained:\nmany edges in front, few behind")
    ax.text(0.5, 0.0, "block 0: the most important inputs\n"
            f"shaded: the window of right block {WINDOW_OF}", transform=ax.transAxes,
            ha="center", va="top", fontsize=8)


def edges_that_stay(figure, results):
    """Edges by input after training, with L1 and without, means over seeds."""
    axes = figure.subplots(2, 1, sharex=True, height_ratios=(1.2, 1))
    texts = ("weights cost (L1): inputs\nof large variance keep edges",
             "control, weights are free:\nall inputs keep many edges")
    for ax, row, colour, text in zip(axes, figure2.rows(results), (BLUE, ORANGE), texts,
                                     strict=True):
        mean = figure2.edges(row, results).mean(axis=0)
        inputs = np.arange(1, len(mean) + 1)
        ax.fill_between(inputs, mean, color=colour, alpha=0.25, lw=0)
        ax.plot(inputs, mean, color=colour, lw=1.2)
        ax.set(xlim=(1, len(mean)), ylim=(0, 1.15 * mean.max()), ylabel="edges per input")
        ax.text(0.96, 0.45, text, transform=ax.transAxes, ha="right", va="center")
    axes[0].set_title("A fully connected network, trained:\n"
                      f"edges with |w| > {figure2.PAPER_THRESHOLD} that leave each input")
    axes[1].set_xlabel("input, variance decreasing (Fashion-MNIST, PCA)")


def main():
    save_figure(IMAGE, plot(load_results("figure1", "paper"), sweeps.load("figure2", "paper")))
    print(f"saved: {IMAGE}")


if __name__ == "__main__":
    sys.exit(console.run(main))
