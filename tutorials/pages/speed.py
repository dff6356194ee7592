# %% [markdown]
# # Is sparse faster?
#
# *You will* count the multiplications of a sparse layer, do them in two ways, and read measured
# times. *You learn* why fewer multiplications are not always less time, when a sparse layer
# pays, and what a second core brings. *You need* [spatial coupling](coupling.md). About 35
# minutes.
#
# The paper says of its networks: "Hence, it is both computationally efficient and memory
# efficient" (section 1). Memory is easy: what is not there needs no place. But time has to be
# measured, and the paper gives no times. Here are ours.
#
# ## Count
#
# For each sample, the product of Eq. (1), $W z$, takes one multiplication for each weight. A
# full layer has $784^2$ weights, and the paper's SC layer has one for each edge.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy import sparse

with plt.rc_context():              # figures/ has a style of its own: not for this page
    from figures.common import load_results
    from figures.speed_page import find, ms  # a record of the results, and its median
from scnn_np import graphs
from scnn_np.nn import PlainProducts, TileProducts

N, B, size = 784, 8, 98
degrees = [98, 130, 98, 49, 20, 10, 10, 10]
rng = np.random.default_rng(0)
support = graphs.spatially_coupled(N, N, degrees, rng)
W = sparse.csr_array((rng.normal(size=support.nnz), support.indices, support.indptr),
                     shape=support.shape)
Z = rng.normal(size=(N, 128))                               # a batch of 128 samples
fewer = N ** 2 / W.nnz
print(f"{N ** 2:,} multiplications for a full layer, {W.nnz:,} for SC: {fewer:.1f} times fewer")

# %% [markdown]
# Training takes three products of this size for each layer: $W Z$ forward; $W^{\top} D$
# backward, where $D$ is the gradient that arrives at the layer; and $D Z^{\top}$, the gradient
# of the weights, only at the edges. Each takes about {{fewer:.0f}} times fewer multiplications
# than in FC.
#
# **Predict:** how much faster is one training step of the whole SC network than one of FC, on
# one thread? Fifteen times? More? Less?

# %% tags=["predicted"]
results = {preset: load_results("speed", preset) for preset in ("native", "avx2")}


def step(name, threads, measure="wall_ms", preset="native"):
    """Milliseconds of a training step, the median over processes."""
    return ms(find(results[preset], "steps", name, threads), measure)


faster = {preset: step("scnn_np FC", 1, preset=preset) / step("scnn_np SC", 1, preset=preset)
          for preset in results}
for preset, times in faster.items():
    print(f"{preset:6}: FC {step('scnn_np FC', 1, preset=preset):.1f} ms, SC "
          f"{step('scnn_np SC', 1, preset=preset):.1f} ms: {times:.1f} times faster")

# %% [markdown] tags=["why"]
# About {{faster["native"]:.0f}} times. A processor multiplies dense matrices with wide
# instructions: 8 or 16 numbers at once, in order, from fast memory. An edge has to be looked up
# first: which neuron does it come from? So a multiplication along an edge costs several times
# more than one inside a dense matrix. Besides, there is work that does not shrink with the
# edges: sigmoids, biases, and the dense output layer.

# %% [markdown]
# These times were measured once, on a machine with two cores, and are kept in
# [figures/results](../figures/results). "native" uses all that the processor offers, and "avx2"
# only the older instructions, which take 8 numbers at once. How it was done, with PyTorch and
# JAX beside it, is told on [the page of measurements](../figures/SPEED.md).
#
# ## Tiles
#
# SC has something that RSP does not have: its edges stand together. Right block $i$ sees only
# the left blocks $i$ and $i + 1$. So we can cut a dense *tile* of 98 × 196 out of $W$, zeros
# included, and multiply it as a dense matrix. That is a few lines:

# %%
def forward_by_tiles(W, Z, B, r=2):
    """W Z window by window, and the number of multiplications for each sample."""
    n, product, count = W.shape[0] // B, [], 0
    for i in range(B):
        seen = slice(i * n, min(i + r, B) * n)
        tile = W[i * n:(i + 1) * n, seen].toarray()
        product.append(tile @ Z[seen])
        count += tile.size
    return np.concatenate(product), count


product, in_all_tiles = forward_by_tiles(W, Z, B)
assert np.allclose(product, W @ Z)                          # the same numbers
print(f"{in_all_tiles:,} multiplications in tiles, {W.nnz:,} at the edges, {N ** 2:,} in FC")

# %% [markdown]
# That is {{in_all_tiles / W.nnz:.1f}} times as many multiplications as necessary, most of them
# by zero, and yet it may be faster. Where does it pay? Where the tile is well filled. Let us
# look at the *density* of each window, the share of its places that hold an edge. For $W Z$ the
# library's `TileProducts` takes a tile from a density of 0.10 on. For $D Z^{\top}$, where work
# edge by edge is slower, 0.05 is enough. Both limits were found by timing.
#
# **Predict:** which of the eight windows become tiles for $W Z$? The degrees are 98, 130, 98,
# 49, 20, 10, 10, 10.

# %% tags=["predicted"]
density = [W[i * size:(i + 1) * size, i * size:(i + 2) * size].nnz
           / W[i * size:(i + 1) * size, i * size:(i + 2) * size].toarray().size
           for i in range(B)]


def tile_sizes(parts):
    return [tile.size for part in parts for tile, *_ in part.scratch.tiles]


def planned(way):
    """Sizes of the tiles for W Z and for D Zᵀ, and the edges that W Z takes singly."""
    singly = sum(part.edges.stop - part.edges.start for part in way.by_edge)
    return tile_sizes(way.tiled), tile_sizes(way.gradient_tiled), singly


tiles, gradient_tiles, by_edge = planned(TileProducts(W))
in_tiles, in_gradient = sum(tiles), sum(gradient_tiles)
print(f"W Z : {len(tiles)} tiles, {in_tiles:,} multiplications, and {by_edge:,} edges singly")
print(f"D Zᵀ: {len(gradient_tiles)} tiles, {in_gradient:,} multiplications")
figure, ax = plt.subplots()
ax.bar(range(B), density, color="0.6", edgecolor="k")
ax.axhline(0.10, color="k", ls="--")
ax.axhline(0.05, color="k", ls=":")
ax.text(7.5, 0.11, "limit for W Z", ha="right", va="bottom")
ax.text(4.6, 0.052, "limit for D Zᵀ", ha="left", va="bottom", fontsize=8)
ax.set(xlabel="right block, with its window", ylabel="density")
plt.show()
# alt: Eight bars of density, falling from {{density[0]:.2f}} to {{density[7]:.2f}}. The first
# four are above the dashed limit of 0.10, the last four below it. All of them reach the dotted
# limit of 0.05.

# %% [markdown] tags=["why"]
# The first four. The last four windows hold few edges, and are multiplied edge by edge. So the
# library multiplies {{in_tiles + by_edge:,}} times for W Z, not {{W.nnz:,}}. For D Zᵀ all
# windows are tiles, even the last ones with 5 edges in a hundred places.

# %% [markdown]
# RSP has as many edges as SC, but spread over the whole matrix. Its density is 0.07
# everywhere, and its only window is the whole layer: it gets no tile for $W Z$. So RSP
# takes {{step("scnn_np RSP", 1):.1f}} ms for a step where SC takes
# {{step("scnn_np SC", 1):.1f}} ms, with the same number of weights. Structure is worth time.
#
# Whatever the way, the numbers have to be the same. `PlainProducts` is the way to read, and
# here both are compared. Then we time them on *your* machine.

# %%
D = rng.normal(size=(N, 128))


def three_products(way):
    gradient = np.empty(W.nnz)
    way.on_support(W, D, Z, out=gradient)
    return way.forward(W, Z), way.backward(W, D), gradient


for one, other in zip(three_products(TileProducts(W)), three_products(PlainProducts(W)),
                      strict=True):
    assert np.allclose(one, other)
print("three products agree")

# %% tags=["unchecked"]
def best(way, repeats=7):
    """Seconds of the fastest of a few rounds of the three products."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        three_products(way)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


tiles_win = best(TileProducts(W)) < best(PlainProducts(W))
print(f"tiles are faster than the plain way here: {tiles_win}")

# %% [markdown]
# ## When it does not pay
#
# Now one RSP layer alone, without any structure, against a dense layer of the same width, on
# one thread. One quantity is changed at a time; the others stay at 784 neurons, density 0.07
# and batch 128.

# %%
figure, axes = plt.subplots(1, 3, figsize=(7, 3.2), sharey=True)
for ax, quantity in zip(axes, ("batch", "width", "density"), strict=True):
    for preset, style in (("native", "o-"), ("avx2", "s--")):
        rows = results[preset]["limits"][quantity]
        ax.plot([row[quantity] for row in rows], [row["dense"] / row["sparse"] for row in rows],
                style, label=preset)
    ax.axhline(1, color="k", lw=0.8)
    ax.set(xscale="log", yscale="log", xlabel=quantity, ylim=(0.5, 16))
    ax.set_yticks([0.5, 1, 2, 4, 8], ["0.5", "1", "2", "4", "8"], minor=False)
    ax.minorticks_off()
axes[0].set_ylabel("sparse: times as fast as dense")
axes[0].legend(loc="upper left")
plt.show()
slower = {quantity: [row[quantity] for row in rows if row["sparse"] > row["dense"]]
          for quantity, rows in results["native"]["limits"].items()}
for quantity, values in slower.items():
    print(f"native: sparse is slower at {quantity}: {', '.join(f'{v:g}' for v in values)}")
# alt: Three panels with a line at 1, above which sparse is faster. It is below 1 for a batch of
# 1, for narrow layers, and for densities of 0.15 and more. For a density of 0.01 it is many
# times faster. The curves of the two measurements lie close together.

# %% [markdown]
# Three times *no*: for single samples, in narrow layers, and from a density of
# {{min(slower["density"]):g}} on. In the first two cases there is so little to multiply that
# the calls themselves cost more. In the third the dense way wins, because it is faster per
# number. The paper's density, 0.07, is on the good side, but not by far.
#
# ## One core against two
#
# *Wall* time is what a clock on the wall shows. *Core* time adds up what all cores work: two
# cores busy for 4 ms are 8 ms. A second core is a gain for you only if wall time falls. It is a
# cost in energy, or for others on the machine, if core time rises.

# %%
print("native     wall, 1 thread   2 threads     core, 1 thread   2 threads   (ms)")
for name in ("SC", "RSP", "FC"):
    wall, core = ([step(f"scnn_np {name}", threads, measure) for threads in (1, 2)]
                  for measure in ("wall_ms", "core_ms"))
    print(f"{name:4} {wall[0]:19.1f} {wall[1]:11.1f} {core[0]:18.1f} {core[1]:11.1f}")
gain = step("scnn_np FC", 1) / step("scnn_np FC", 2)

# %% [markdown]
# SC gains nothing from a second thread, and pays nothing: its products are so small that the
# library asks for one thread only. If two threads shared a tile, they would wait for each other
# longer than they work. FC has large products, and gains: it is {{gain:.1f}} times as fast, not
# twice, since two threads must meet after each product, and the one that is first waits.
#
# Two threads are used better if each has work of its own: two trainings with other seeds
# (`--jobs 2`), or two pieces of data in prediction. That is why each thread has its own working
# memory for tiles in [tiles.py](../scnn_np/nn/tiles.py).
#
# ## Exercises
#
# **1. Change the code: other blocks.** Change `forward_by_tiles` so that it skips blocks
# without edges, whatever the number of blocks: for each pair of blocks that holds an edge it
# multiplies one tile. Try 4, 8 and 16 blocks. Which needs the fewest multiplications? Why does
# the library take 8?

# %% [markdown] tags=["hint"]
# Two loops, over i and j. `W[rows, columns].nnz` says whether there is an edge.

# %% tags=["answer"]
def forward_by_pairs(W, Z, B):
    n, product, count = W.shape[0] // B, np.zeros((W.shape[0], Z.shape[1])), 0
    for i in range(B):
        for j in range(B):
            rows, columns = slice(i * n, (i + 1) * n), slice(j * n, (j + 1) * n)
            if W[rows, columns].nnz:
                product[rows] += W[rows, columns].toarray() @ Z[columns]
                count += n * n
    return product, count


counts = {}
for blocks in (4, 8, 16):
    product, counts[blocks] = forward_by_pairs(W, Z, blocks)
    assert np.allclose(product, W @ Z)
    print(f"{blocks:2} blocks: {counts[blocks]:,} multiplications")
assert counts[4] > counts[8] == counts[16] == 15 * size ** 2
print("8 fit the graph; smaller tiles save nothing, and cost more calls")

# %% [markdown]
# **2. What is left?** In `results["native"]["profile"]["ms"]` stands where the time of an SC
# step goes. Suppose that the three products took no time at all. How much faster would the step
# be? (This is *Amdahl's law*: what you do not speed up sets the limit.)

# %% [markdown] tags=["hint"]
# The names of the products are "W Z", "Wᵀ D" and "D Zᵀ at the edges". Divide the sum of all
# parts by the sum of the others.

# %% tags=["answer"]
parts = results["native"]["profile"]["ms"]
products = sum(parts[name] for name in ("W Z", "Wᵀ D", "D Zᵀ at the edges"))
whole = sum(parts.values())
limit = whole / (whole - products)
print(f"products {products:.2f} of {whole:.2f} ms: at most {limit:.1f} times faster")
assert 1 < limit < fewer

# %% [markdown]
# ## What you have learned
#
# Sparse is faster when the layer is wide, the batch is not tiny, and few places hold edges.
# Structure makes it faster still, because dense tiles can be used. But time falls less than the
# number of weights. Memory does fall with it. What a training has to keep (weights and their
# places, gradients, the two means of Adam) takes
# {{results["native"]["memory"]["SC"]["state"] / 1e6:.1f}} MB for SC and
# {{results["native"]["memory"]["FC"]["state"] / 1e6:.1f}} MB for FC.

# %%
assert all(2 < times < fewer for times in faster.values())  # faster, but not as the count says
assert W.nnz < in_tiles + by_edge < in_gradient < N ** 2    # zeros are multiplied, on purpose
assert len(tiles) == 4 and len(gradient_tiles) == 8
assert step("scnn_np SC", 1) < step("scnn_np RSP", 1) < step("scnn_np FC", 1)
assert 1 < gain < 2
assert 1 in slower["batch"] and 49 in slower["width"] and 1 in slower["density"]
