"""Figure 1: a spatially-coupled layer, drawn from real supports.

Left, the Tanner graph of a small layer, as the paper draws it. Middle, every edge of the
paper's layer of 784 neurons: a band of blocks, dense at the important end. Right, what that
means for single neurons: edges that leave them and edges that enter them, block by block.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from figures.common import BLUE, GREEN, GREY, ORANGE, main
from scnn_np.analysis.measures import block_means, in_degrees, out_degrees
from scnn_np.graphs import supports as graphs
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.tools.streams import stream

PRESETS = {"paper": {"help": "the paper's layer of 784 neurons, a second",
                     "neurons": 784, "degrees": list(PAPER_SC_DEGREES), "blocks": 8,
                     "receptive_field": 2,
                     "sketch": {"neurons": 16, "degrees": [4, 5, 3, 1], "blocks": 4,
                                "receptive_field": 2}}}
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7")


def compute(preset, seed):
    """Draw both supports and count their edges."""
    chosen = PRESETS[preset]
    rng = stream(seed, "graph")
    sketch = chosen["sketch"]
    small = graphs.spatially_coupled(sketch["neurons"], sketch["neurons"], sketch["degrees"],
                                     rng, blocks=sketch["blocks"],
                                     receptive_field=sketch["receptive_field"])
    W = graphs.spatially_coupled(chosen["neurons"], chosen["neurons"], chosen["degrees"], rng,
                                 blocks=chosen["blocks"],
                                 receptive_field=chosen["receptive_field"])
    return {"settings": chosen, "edges": int(W.nnz),
            "sketch": np.transpose(small.tocoo().coords).tolist(),
            "indptr": W.indptr.tolist(), "columns": W.indices.tolist(),
            "out_degrees": out_degrees(W).tolist(), "in_degrees": in_degrees(W).tolist()}


def plot(results):
    """The three panels."""
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.3), width_ratios=(1, 1, 1.15))
    tanner_graph(axes[0], results)
    block_band(axes[1], results)
    degrees_by_block(axes[2], results)
    return figure


def tanner_graph(ax, results):
    """Neurons as dots, edges as lines, both in the colour of the left block."""
    sketch = results["settings"]["sketch"]
    n, size = sketch["neurons"], sketch["neurons"] // sketch["blocks"]

    def height(neuron):
        return -(neuron + 0.8 * (neuron // size))        # a gap between blocks
    for right, left in results["sketch"]:
        ax.plot([0, 1], [height(left), height(right)], color=COLOURS[left // size], lw=0.8,
                alpha=0.75)
    for x, side in ((0, "left"), (1, "right")):
        colours = [COLOURS[k // size] if side == "left" else "black" for k in range(n)]
        ax.scatter([x] * n, [height(k) for k in range(n)], c=colours, s=26, zorder=3)
        for block in range(sketch["blocks"]):
            middle = height(block * size + (size - 1) / 2)
            seen = graphs.window_blocks(block, sketch["blocks"], sketch["receptive_field"])
            text = f"block {block}\n" + (f"degree {sketch['degrees'][block]}" if side == "left"
                                         else f"sees {', '.join(map(str, seen))}")
            ax.text(-0.1 if side == "left" else 1.1, middle, text, va="center",
                    ha="right" if side == "left" else "left", fontsize=8)
    ax.set(xlim=(-0.62, 1.62), title=f"Tanner graph: {n} → {n} neurons, "
           f"B = {sketch['blocks']}, r = {sketch['receptive_field']}")
    ax.axis("off")


def block_band(ax, results):
    """Every edge as a point; shaded, the pairs of blocks that the construction allows."""
    chosen = results["settings"]
    n, blocks, r = chosen["neurons"], chosen["blocks"], chosen["receptive_field"]
    size = n // blocks
    for i in range(blocks):
        width = min(r, blocks - i) * size
        ax.add_patch(plt.Rectangle((i * size, i * size), width, size, color="#FBE3D4", lw=0))
    rows = np.repeat(np.arange(n), np.diff(results["indptr"]))
    ax.plot(results["columns"], rows, ",", color=BLUE, alpha=0.6)
    ticks = np.arange(0, n + 1, size)
    ax.set(xlim=(0, n), ylim=(n, 0), aspect="equal", xticks=ticks, yticks=ticks,
           xlabel="left neuron (column of W)", ylabel="right neuron (row of W)",
           title=f"supp(W): {results['edges']:,} edges of {n * n:,} "
           f"({results['edges'] / n ** 2:.1%})")
    ax.tick_params(labelsize=7)


def degrees_by_block(ax, results):
    """Out-degrees are stated; in-degrees come out, and scatter."""
    chosen = results["settings"]
    n, blocks = chosen["neurons"], chosen["blocks"]
    size = n // blocks
    incoming = np.array(results["in_degrees"])
    ax.plot(incoming, ".", ms=2.5, color=GREY, label="in-degree of each right neuron")
    means = block_means(incoming, blocks)
    ax.step(np.arange(blocks + 1) * size, np.append(means, means[-1]), where="post", color=GREY,
            lw=1.2)
    ax.plot(results["out_degrees"], color=BLUE, lw=2, label="out-degree of each left neuron")
    for block, degree in enumerate(chosen["degrees"]):
        ax.text((block + 0.5) * size, 1.03 * incoming.max(), f"{degree}\n{means[block]:.0f}",
                ha="center", va="bottom", fontsize=8)
    ax.text(0, 1.03 * incoming.max(), "out \nmean in ", ha="right", va="bottom", fontsize=8)
    ax.set(xlim=(0, n), ylim=(0, 1.18 * incoming.max()), xticks=np.arange(0, n + 1, size),
           xlabel="neuron, most important block first", ylabel="edges",
           title="out-degrees as stated, in-degrees as drawn")
    ax.tick_params(axis="x", labelsize=7)
    ax.legend(loc="center right")


if __name__ == "__main__":
    sys.exit(main("figure1", __doc__, PRESETS, compute, plot))
