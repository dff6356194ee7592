# %% [markdown]
# # Expanders
#
# *You will* measure how well a layer mixes, with one matrix and its second singular value,
# and compare graphs that have the same number of edges. *You learn* what a spectral gap
# and the algebraic connectivity are, and how two papers can contradict each other. *You need*
# the pages on [random sparse layers](random_sparse.md) and
# [spatial coupling](coupling.md). About 40 minutes.
#
# This page is about another paper, *Sparse Neural Networks Topologies*
# ([arXiv 1706.05683](https://arxiv.org/abs/1706.05683)). Its abstract says: "the accuracy of
# the models learned with neural networks depends on expander-like properties of the underlying
# topologies such as the spectral gap and algebraic connectivity rather than the density of the
# graphs of connections". We could read the abstract only, so the definitions below are our
# reading. They are the usual ones.
#
# ## A walk on the graph
#
# The support of a layer is a graph: left neurons, right neurons, and an edge for every weight.
# Somebody walks on it: from a neuron to the other side along one of its edges, each of them
# equally likely, and so on. After many steps, where is the walker? If the graph is connected,
# the start is forgotten. An **expander** is a graph that forgets it quickly although it has few
# edges.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

from scnn_np import Trainer, fit_ordering, load_data
from scnn_np.graphs import TOPOLOGIES
from scnn_np.graphs.expansion import expansion, path_share
from scnn_np.networks import networks
from scnn_np.training import Adam

N, D = 64, 8                                    # neurons on a side, edges of a left neuron


def drawn(name, **options):
    """A support of N neurons a side, as a dense matrix of zeros and ones."""
    rng = np.random.default_rng(0)
    return TOPOLOGIES[name](N, N, 0, rng, **options).toarray().astype(float)


def walk(A, steps):
    """How far from forgotten the start is, after each step: 2 at the start, 0 at the end."""
    to_left = A / A.sum(axis=1, keepdims=True)          # a right neuron picks a left one
    to_right = A / A.sum(axis=0)                        # a left neuron picks a right one
    end = A.sum(axis=0) / A.sum()                       # where it is after very many steps
    p, far = np.zeros(N), []
    p[0] = 1                                            # it starts at left neuron 0
    for _ in range(steps + 1):
        far.append(np.abs(p - end).sum())
        p = to_left.T @ (to_right @ p)                  # to the right, and back again
    return far


graphs = {"biregular random": drawn("biregular", degrees=D),
          "random sparse (RSP)": drawn("rsp", degrees=D),
          "spatially coupled, r = 2": drawn("sc", degrees=[D] * 8),
          "circulant band": drawn("circulant-band", degrees=D),
          "block-diagonal": drawn("block-diagonal", degrees=D)}
assert all(A.sum() == N * D for A in graphs.values())   # equal density

# %% [markdown]
# Five graphs, {{N * D}} edges each. A *band* joins each neuron to its neighbours. The
# *block-diagonal* graph is eight small full layers side by side.
#
# **Predict:** sort the five by how quickly they forget. Does one never forget?

# %% tags=["predicted"]
figure, ax = plt.subplots()
for (name, A), style in zip(graphs.items(), ("-", "--", "-.", ":", "-"), strict=True):
    ax.plot(walk(A, 12), style, marker="o" if name == "block-diagonal" else None, ms=4,
            label=name)
ax.set(xlabel="steps there and back", ylabel="distance from forgotten", ylim=(0, 2.05))
ax.legend(loc="center right", bbox_to_anchor=(1, 0.62))
plt.show()
# alt: Five curves that start near 2. Random sparse and biregular random fall to 0 within four
# steps. The band and the spatially coupled graph fall slowly and are still far from 0 after
# twelve steps. The block-diagonal graph stays at 1.75 for ever.

# %% [markdown] tags=["why"]
# Random graphs forget within a few steps. In a band, and in a coupled layer, the walker moves
# only a little way at a time. In the block-diagonal graph the walker stays in its own block for
# ever.

# %% [markdown]
# ## The spectral gap
#
# One number says how quickly. Let $A$ be the support, $(N, N)$, with a 1 for every edge, and
# divide every entry by the square roots of the degrees of its two ends:
#
# $$
# M_{ij} = \frac{A_{ij}}{\sqrt{d_i \, d_j}}
# $$
#
# The largest singular value of $M$ is always $\sigma_1 = 1$. It belongs to what the walk
# never loses. All else shrinks by the factor $\sigma_2^2$ or more in each step there and back.
# So the **spectral gap** is $1 - \sigma_2$: large if the graph forgets quickly, 0 if it never
# does.

# %%
def second(A):
    """σ₂ of M, for a graph in which no neuron is without an edge."""
    M = A / np.sqrt(A.sum(axis=1, keepdims=True) * A.sum(axis=0))
    singular = np.linalg.svd(M, compute_uv=False)
    assert np.isclose(singular[0], 1)
    return singular[1]


cycle = np.eye(6) + np.roll(np.eye(6), 1, axis=1)        # left j joins right j and j - 1
assert np.isclose(second(np.ones((5, 3))), 0)            # fully connected: forgotten at once
assert np.isclose(second(cycle), np.cos(np.pi / 6))      # a ring of 12 neurons
for name, A in graphs.items():
    if A.sum(axis=1).min() > 0:
        assert np.isclose(second(A), expansion(A).sigma2, atol=1e-6)
    print(f"{name:25} gap {expansion(A).gap:.3f}")

# %% [markdown]
# The library's `expansion` gives the same numbers without a dense matrix: it takes the first
# pair away, since that pair is known, and asks for one more. So layers of many thousand neurons
# take seconds.
#
# ## What the gap does not see
#
# The **algebraic connectivity** $\lambda_2$ asks a similar question of another matrix, the
# Laplacian: degrees on the diagonal, minus one for each edge. It is 0 if the graph falls into
# parts. A neuron without any edge is such a part. The gap does not see it, because the walker
# never gets there.

# %%
lonely = graphs["biregular random"].copy()
lonely[5] = 0                                            # right neuron 5 loses its edges
before, after = expansion(graphs["biregular random"]), expansion(lonely)
print(f"gap {before.gap:.3f} and {after.gap:.3f}; "
      f"λ₂ {before.connectivity:.2f} and {after.connectivity:.2f}; "
      f"neurons without edges {before.isolated_right} and {after.isolated_right}")
assert after.connectivity == 0 and abs(after.gap - before.gap) < 0.05

# %% [markdown]
# And neither number sees depth. A *butterfly* is the graph of the fast Fourier transform: the
# first layer joins neurons whose numbers share all digits but the last, the second layer those
# that share all but the one before. One such layer alone is made of small separate pieces.
#
# **Predict:** the gap of one butterfly layer of {{N}} neurons with {{D}} edges each? And after
# two layers, which share of all (input, output) pairs is joined by a path?

# %% tags=["predicted"]
rng = np.random.default_rng(0)
for name in ("butterfly", "block-diagonal"):
    layers = [TOPOLOGIES[name](N, N, layer, rng, degrees=D) for layer in range(2)]
    print(f"{name:15} gap {expansion(layers[0]).gap:.0f} and {expansion(layers[1]).gap:.0f}, "
          f"joined after two layers: {path_share(layers):.1%}")

# %% [markdown] tags=["why"]
# Each layer has gap 0, and yet two butterfly layers join everything to everything, because
# 8 · 8 = 64. In the block-diagonal graph more layers do not help. A gap is a number of one
# layer; a network is more than one.

# %% [markdown]
# ## Two papers that contradict each other
#
# The spatially coupled layer of this course is a *bad* expander: information moves by one block
# a layer. Yet its paper says that it is better than the random sparse layer. Both cannot be
# right for all inputs. A fair test holds the number of edges fixed and changes the graph, with
# inputs in order of importance and with the same inputs shuffled. Here is a small one, on the
# digits: two hidden layers, three seeds.
#
# **Predict:** for which order of the inputs does the graph matter more?

# %% tags=["predicted"]
DATA, SEEDS = load_data("digits"), 3
KINDS = {"biregular random": ("biregular", {"degrees": D}),
         "random sparse (RSP)": ("rsp", {"degrees": D}),
         "butterfly": ("butterfly", {"degrees": D}),
         "spatially coupled, r = 2": ("sc", {"degrees": [D] * 8}),
         "circulant band": ("circulant-band", {"degrees": D}),
         "block-diagonal": ("block-diagonal", {"degrees": D})}


def accuracies(kind, options, direction):
    """Test accuracy of a network of such layers, for every seed."""
    found = []
    for seed in range(SEEDS):
        ordering = fit_ordering(DATA.X_train, DATA.y_train, "pca", direction,
                                rng=np.random.default_rng(seed), multiple_of=8)
        network = networks()[kind](N, 10, width=N, layers=2, seed=seed, **options)
        Trainer(network, epochs=12, optimizer=Adam(0.01), seed=seed, progress_stream=False).fit(
            ordering(DATA.X_train), DATA.y_train)
        found.append(network.evaluate(ordering(DATA.X_test), DATA.y_test)[1])
    return 100 * np.array(found)


measured = {}
for name, (kind, options) in KINDS.items():
    graph = expansion(TOPOLOGIES[kind](N, N, 0, np.random.default_rng(0), **options))
    measured[name] = graph.gap, *(accuracies(kind, options, direction)
                                  for direction in ("descending", "shuffled"))
    print(f"{name:25} gap {graph.gap:.2f}: {measured[name][1].mean():.1f} % in order, "
          f"{measured[name][2].mean():.1f} % shuffled")

# %% [markdown] tags=["why"]
# In order of importance it matters a lot: a graph that keeps neighbours together gives most
# of its neurons only unimportant inputs. Shuffled, every block has a fair share of everything,
# and the graphs come close together.

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
for ax, k, title in ((axes[0], 1, "inputs in order"), (axes[1], 2, "inputs shuffled")):
    for (name, numbers), mark in zip(measured.items(), "oDs^vX", strict=True):
        ax.errorbar(numbers[0], numbers[k].mean(), numbers[k].std(ddof=1), marker=mark, ms=7,
                    ls="", capsize=3, label=name)
    ax.set(title=title, xlabel="spectral gap of a layer")
axes[0].set_ylabel("test accuracy (%)")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2,
              fontsize=8)
plt.show()
in_order, shuffled = ([numbers[k].mean() for numbers in measured.values()] for k in (1, 2))
# alt: Test accuracy against spectral gap for six graphs with equal edges, mean and standard
# deviation over three seeds. With inputs in order the accuracies lie between
# {{min(in_order):.0f}} and {{max(in_order):.0f}} %, the random graphs on top; with shuffled
# inputs between {{min(shuffled):.0f}} and {{max(shuffled):.0f}} %.

# %% [markdown]
# So the gap alone does not decide: the same graph, with the same gap, does well or badly with
# the order of its inputs. The spatially coupled layer of the paper does not give every neuron
# equally many edges, either: it gives more to the important inputs. Digits show how such a test
# is made. They decide nothing about either paper.
#
# ## At full size
#
# Eleven families, three hidden layers of 784 neurons, all of Fashion-MNIST: made by the command
# `python -m figures.topologies --preset paper`, read here from its results. The *rank
# correlation* is 1 where the better expander is always more accurate, and −1 where it never is.

# %%
with plt.rc_context():              # figures/ has a style of its own: not for this page
    from figures import judges, topologies, topology_judges

table = judges.Table(topologies)
gap = {name: topologies.measured(row, table.results, "gap") for name, row in table.rows.items()}
accuracy = {name: table.values(name).mean() for name in gap}
rho = {}
for series in ("ordered", "shuffled"):
    names = [name for name in gap if name.endswith(series)]
    rho[series] = spearmanr([gap[name] for name in names],
                            [accuracy[name] for name in names]).statistic
    print(f"inputs {series}: rank correlation of accuracy with the gap {rho[series]:+.2f}")
    for name in sorted(names, key=accuracy.get)[:-4:-1]:
        print(f"    {name:21} gap {gap[name]:.2f}, accuracy {table.mean(name)}")
apart = np.ptp([accuracy[name] for name in names])
denser = accuracy["rsp-112-density"] - accuracy["rsp-ordered"]
verdict = topology_judges.expanders()[0]
print("RSP with four times as many edges:", table.mean("rsp-112-density"))

# %% [markdown]
# With clothes in order of importance the result is the other way round than with digits: the
# spatially coupled layers, bad expanders, are ahead of the random graphs, and most of all the
# one with the paper's profile, which takes edges from the unimportant inputs. Shuffled, they
# lose this advantage. All families lie within {{apart:.1f}} points then, and in this small
# range the better expanders tend to be the more accurate, as that paper says. Four times as
# many edges change more: {{denser:.1f}} points for a random graph. Our verdict on the claim: it
# *{{verdict}}*. [The page of claims](../figures/README.md) has all numbers.
#
# Later work looked again and denies the claim: how many edges a layer has says more about
# accuracy than any of these measures (Hoang and others, ICLR 2023; Cunegatti and others, TMLR
# 2024).
#
# ## Exercises
#
# **1. With a pencil.** The ring of 12 neurons above has $\sigma_2 = \cos(\pi/6)$. A ring of
# $2n$ neurons has $\cos(\pi/n)$. How many times there and back must the walker go on a ring of
# 64 + 64 neurons until the slowest part has shrunk to a tenth?

# %% [markdown] tags=["hint"]
# One step there and back is a factor of σ₂². Ask for the k with σ₂²ᵏ = 0.1, and take
# logarithms.

# %% tags=["answer"]
ring = np.eye(N) + np.roll(np.eye(N), 1, axis=1)
steps = np.log(0.1) / np.log(np.cos(np.pi / N) ** 2)
assert np.isclose(second(ring), np.cos(np.pi / N))
print(f"{steps:.0f} times")

# %% [markdown]
# **2. Change the code: bridges.** Start from the block-diagonal graph and move $k$ edges: take
# $k$ edges at random and give each a random right end (where there is none yet). Draw the gap
# against $k$. How many of the {{N * D}} edges are enough for half of the gap of a random graph?

# %% [markdown] tags=["hint"]
# `np.argwhere(A)` lists the edges as (right, left). Move them one after the other, and look at
# the gap after each power of two.

# %% tags=["answer"]
def bridged(A, k, rng):
    A = A.copy()
    for i, j in rng.permutation(np.argwhere(A))[:k]:
        A[i, j] = 0
        A[rng.choice(np.flatnonzero(A[:, j] == 0)), j] = 1
    return A


target = expansion(graphs["biregular random"]).gap / 2
moved = [0, 8, 16, 32, 64, 128, 256, 512]
bridges = [expansion(bridged(graphs["block-diagonal"], k, np.random.default_rng(1))).gap
           for k in moved]
enough = next(k for k, gap in zip(moved, bridges, strict=True) if gap >= target)
assert bridges[0] == 0 and bridges[-1] > target
print(f"{enough} moved edges ({enough / (N * D):.0%}) are enough")

# %% [markdown]
# ## What you know now

# %%
# Full layers forget at once, separate ones never.
assert expansion(np.ones((8, 8))).gap == 1
assert expansion(graphs["block-diagonal"]).gap == 0
# With equal edges, random graphs mix better than local ones.
assert expansion(graphs["biregular random"]).gap > 3 * expansion(graphs["circulant band"]).gap
# One layer's gap is not the network's: two butterfly layers join everything.
assert path_share([TOPOLOGIES["butterfly"](N, N, l, rng, degrees=D) for l in (0, 1)]) == 1
# And the same graphs do otherwise on inputs in another order.
assert np.ptp(in_order) > 2 * np.ptp(shuffled)
# At full size, in order, the best family is no good expander.
best = max((name for name in gap if name.endswith("ordered")), key=accuracy.get)
assert best.startswith("sc") and gap[best] < gap["rsp-ordered"] / 5
# Only without an order does a better expander tend to do better.
assert all(judges.ahead(table.values(name), table.values(f"{graph}-ordered"))
           for name in gap if name.startswith("sc") and name.endswith("ordered")
           for graph in ("rsp", "biregular", "erdos-renyi"))
assert rho["ordered"] < 0.3 < rho["shuffled"] and denser > 2 * apart
