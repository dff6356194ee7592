# %% [markdown]
# # Looking inside and cutting
#
# *You will* take a trained network apart: find out which blocks of neurons it needs, and cut
# the others off. *You learn* two ways to measure importance, and how to remove a neuron without
# hurting those above it. *You need* the page on [coupling](coupling.md). About 25 minutes.
#
# The paper's last promise (end of section 3) is that spatial coupling "preserves the feature
# importance ordering throughout the network", and so "at every layer we can prune the lower
# blocks after training while maintaining the overall accuracy. This can lead us to a highly
# sparse structure which can reduce the model complexity even more than 95% with approximately
# the same performance."
#
# Two claims, then: the *order* survives through the layers, and the *lower blocks* can go. We
# test both, with a control: a random sparse network (RSP), which has no reason to keep any
# order. Both are small, two hidden layers of 256 neurons on the digits. Width 256 is one at
# which no block starves; about the paper itself only the full-size numbers say something.

# %%
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from scnn_np import Trainer, fit_ordering, load_data, random_sparse, spatially_coupled
from scnn_np.analysis import block_ablation, mean_activations, without_neurons
from scnn_np.training import Adam

data = load_data("digits")
ordering = fit_ordering(data.X_train, data.y_train, "pca", "descending", multiple_of=8)
X, X_test = (ordering(part).astype(float) for part in (data.X_train, data.X_test))
y_test, B = data.y_test, 8
networks = {"SC": spatially_coupled(64, 10, width=256, layers=2, seed=0, dtype=np.float64),
            "RSP": random_sparse(64, 10, width=256, layers=2, seed=0, dtype=np.float64)}
for name, network in networks.items():
    Trainer(network, epochs=40, optimizer=Adam(3e-3), progress_stream=False).fit(
        X, data.y_train)
    accuracy = network.evaluate(X_test, y_test)[1]
    print(f"{name}: {network.n_parameters:,} parameters, test accuracy {accuracy:.1%}")

# %% [markdown]
# ## Which blocks matter?
#
# Each layer, the inputs too, is cut into $B = 8$ blocks. To measure a block we silence it: each
# of its neurons gives its **mean** over the training data instead of its value. The layers
# above still get numbers of the usual size, but no news about the sample. The accuracy that
# is lost is the block's importance. This is called *ablation*.

# %%
def forward(network, Z, silent=None, means=None):
    """Logits for the rows of Z; silent = (layer, block) gives its mean only."""
    for layer, (W, b) in enumerate(zip(network.weights, biases(network), strict=True)):
        if silent and silent[0] == layer:
            block = np.split(np.arange(Z.shape[1]), B)[silent[1]]
            Z = Z.copy()
            Z[:, block] = means[layer][block]
        A = Z @ W.T + b
        Z = 1 / (1 + np.exp(-A))
    return A                                                # the output layer has no sigmoid


def biases(network):
    return [layer.b.ravel() for layer in network.affine_layers]


def ablation(network):
    """[layer, block]: points of accuracy lost without the block."""
    means = mean_activations(network, X)
    whole = np.mean(forward(network, X_test).argmax(axis=1) == y_test)
    return 100 * np.array([[whole - np.mean(
        forward(network, X_test, (layer, block), means).argmax(axis=1) == y_test)
        for block in range(B)] for layer in range(len(means))])


lost = ablation(networks["SC"])
library = block_ablation(networks["SC"], X_test, y_test, B, mean_activations(networks["SC"], X))
assert np.allclose(lost, 100 * library)
print("the library measures the same")

# %% [markdown]
# **Predict:** in the *inputs*, block 0 matters most, for PCA has put it first. In the last
# hidden layer, which blocks matter in SC? Which in RSP?

# %% tags=["predicted"]
figure, axes = plt.subplots(1, 2, figsize=(7, 2.9), sharey=True)
for ax, (name, network) in zip(axes, networks.items(), strict=True):
    found = ablation(network)
    ax.imshow(found, cmap="Greys", vmin=0, vmax=120, aspect="auto")
    for (layer, block), value in np.ndenumerate(found):
        ax.text(block, layer, f"{round(value)}", ha="center", va="center", fontsize=9)
    ax.set(title=name, xlabel="block", xticks=range(B), yticks=range(3),
           yticklabels=["inputs", "layer 1", "layer 2"])
    print(f"{name}: accuracy lost without block 0 (points), by layer",
          *(f"{value:.0f} %" for value in found[:, 0]))
plt.show()
# alt: Two tables of points of accuracy, three layers by eight blocks. SC: block 0 is dark in
# the
# inputs and in both hidden layers, and the rest is almost white. RSP: block 0 is dark in the
# inputs only; in the hidden layers all blocks are pale, a few points at most.

# %% [markdown] tags=["why"]
# In SC nearly all that matters stays in block 0, in each layer: its neurons have most of the
# edges, and signals move to the front only. In RSP each hidden block sees all inputs, so all
# matter alike, and none alone matters much: the others know the same.

# %% [markdown]
# ## The same at full size
#
# The paper's networks, five layers of 784 on Fashion-MNIST, three seeds. The last network is an
# SC whose inputs were *shuffled*: does the graph alone make an order?

# %%
full = json.loads(Path("figures/results/importance.paper.json").read_text())


def named(run):
    changes = run["settings"]
    return changes.get("direction", changes.get("network", "sc"))


def mean(name, measure="ablation"):
    return np.mean([run[measure] for run in full["runs"] if named(run) == name], axis=0)


names = {"sc": "SC", "rsp": "RSP", "fc": "FC", "shuffled": "SC, shuffled"}
figure, ax = plt.subplots()
for (name, label), mark in zip(names.items(), "os^v", strict=True):
    ax.plot(mean(name)[:, 0], marker=mark, label=label)
    print(f"{label:12}: points lost without block 0:",
          *(f"{round(v, 1) + 0:5.1f}" for v in mean(name)[:, 0]))
ax.set(xlabel="layer (0: inputs)", ylabel="points lost without block 0", ylim=(-5, 115))
ax.legend(loc="upper center", ncols=4)
plt.show()
sc, shuffled = mean("sc"), mean("shuffled")
forest = mean("sc", "forest")
# alt: Four curves over the inputs and five layers. SC stays above 70 points in all layers. RSP
# and FC start as high at the inputs and fall to about 0 in the first hidden layer. SC with
# shuffled inputs lies between, at 20 to 31 points.

# %% [markdown]
# In SC, block 0 of the last hidden layer is worth {{sc[5, 0]:.1f}} points, and each of the
# blocks 1 to 7 hardly anything: {{sc[5, 1:].max():.1f}} at most. A second measure agrees. A
# random forest that sees the values of the last hidden layer puts {{forest[5, 0]:.0f}} % of its
# importance on block 0. So the first claim holds, in a sense. It is not a staircase of
# importance, though, as the paper's degrees suggest, but one block and almost nothing else. And
# in the shuffled network, whose inputs have no order, block 0 is worth {{shuffled[0, 0]:.1f}}
# points at the inputs and {{shuffled[5, 0]:.1f}} in the last layer. So the graph does not only
# preserve an order, it *makes* one.
#
# ## Cutting
#
# A silenced block is a constant, and constants need no neurons. Let $K$ be the kept left
# neurons of a layer and $\bar z_j$ the mean of neuron $j$. Then
#
# $$\sum_j W_{ij} z_j + b_i \approx \sum_{j \in K} W_{ij} z_j
#   + \Big( b_i + \sum_{j \notin K} W_{ij} \bar z_j \Big).$$
#
# The bracket is a new bias. We take the lowest $k$ blocks out of the inputs and of every
# hidden layer.

# %%
def cut(network, k):
    """Weights and biases without the lowest k of 8 blocks of each layer."""
    means = mean_activations(network, X)
    keep = [len(m) * (B - k) // B for m in means] + [10]    # all ten outputs stay
    parts = []
    for W, b, m, left, right in zip(network.weights, biases(network), means, keep, keep[1:],
                                    strict=False):
        W = W.toarray() if hasattr(W, "toarray") else W
        parts.append((W[:right, :left], b[:right] + W[:right, left:] @ m[left:]))
    return parts


def by_library(network, k):
    means = mean_activations(network, X)
    kept = [np.arange(len(m)) < len(m) * (B - k) // B for m in means]
    return without_neurons(network, kept, means), kept[0]


smaller, inputs = by_library(networks["SC"], 5)
for (W, b), layer in zip(cut(networks["SC"], 5), smaller.affine_layers, strict=True):
    V = layer.W.toarray() if hasattr(layer.W, "toarray") else layer.W
    assert np.allclose(W, V) and np.allclose(b, layer.b.ravel())
print(f"{networks['SC'].n_parameters:,} parameters before, {smaller.n_parameters:,} after")

# %% [markdown]
# **Predict:** how many of the 8 blocks can go, in SC and in RSP, before the accuracy falls by
# two points? There is no training after the cut.

# %% tags=["predicted"]
figure, ax = plt.subplots()
live = {}
for (name, network), style in zip(networks.items(), ("o-", "s--"), strict=True):
    live[name] = []
    for k in range(B):
        small, inputs = by_library(network, k)
        live[name].append(small.evaluate(X_test[:, inputs], y_test)[1])
    print(f"{name}: accuracy", *(f"{value:.1%}" for value in live[name]))
    ax.plot(100 * np.array(live[name]), style, label=name)
ax.set(xlabel="blocks cut", ylabel="test accuracy (%)", ylim=(0, 100))
ax.legend(loc="lower left")
plt.show()
# alt: Two curves of accuracy over the number of blocks cut. SC stays flat at 95 % up to six
# blocks, then falls to about 83 %. RSP falls from two blocks on and is at chance from five on.

# %% [markdown] tags=["why"]
# SC loses six of eight blocks almost for nothing, because they had almost nothing to say. In
# RSP a block cut from each layer is lost knowledge each time.

# %% [markdown]
# ## How small does it get?
#
# The paper's "more than 95%" compares with the fully connected network, which has 3,085,050
# parameters. Here are all of Fashion-MNIST and the full size again.

# %%
full_cuts = json.loads(Path("figures/results/pruning.paper.json").read_text())["runs"]


def depths(name, measure, by="blocks"):
    """[seed, blocks cut] of the full-size runs."""
    return np.array([[depth[measure] for depth in run["depths"]] for run in full_cuts
                     if named(run) == name and run["settings"].get("cut", "blocks") == by])


left = depths("sc", "parameters")[0]
before, after = (100 * depths("sc", m).mean(axis=0) for m in ("accuracy", "retrained_accuracy"))
rsp = 100 * depths("rsp", "accuracy").mean(axis=0)
single = 100 * depths("sc", "accuracy", "weights").mean(axis=0)
print("blocks cut   parameters   reduction    SC: cut   trained on    RSP: cut")
for k in range(B):
    print(f"{k:10} {left[k]:12,} {1 - left[k] / 3_085_050:11.1%} {before[k]:10.2f} "
          f"{after[k]:12.2f} {rsp[k]:11.2f}")

# %% [markdown]
# With six blocks cut, {{left[6]:,}} parameters are left, {{1 - left[6] / 3_085_050:.1%}}
# fewer than in the dense network, and {{before[0] - before[6]:.2f}} points are lost. With
# seven blocks cut it is {{1 - left[7] / 3_085_050:.1%}} and {{before[0] - before[7]:.2f}}
# points; three further epochs bring half of that back. The second claim holds, and "95%" is
# modest.
#
# Three warnings. Cutting single weights, the smallest first, does as well or a little better
# on the same SC network: {{single[6]:.2f}} % at the size of six blocks cut, though only
# {{single[7]:.2f}} % at that of seven. Blocks win where little is left. Then, the SC network
# had {{1 - left[0] / 3_085_050:.1%}} fewer parameters *before* any cut, so the cut adds the
# last few percent only. And last, what is easy to cut was of little use: if 98 of 784 neurons
# per layer do almost all the work, one may ask for that small network from the start.
#
# ## Exercises
#
# **1. With a pencil.** The SC network of the paper has degrees {98, 130, 98, 49, 20, 10, 10,
# 10}. Cut seven blocks of each layer. Show that {{left[7]:,}} parameters are left.

# %% [markdown] tags=["hint"]
# 98 neurons are left in each layer, and left block 0 sends to right block 0 only. How many of
# its 98 · 98 possible edges exist? Do not forget biases and the output layer.

# %% tags=["answer"]
count = 5 * (98 * 98 + 98) + 98 * 10 + 10
assert count == left[7]
print(f"5 · (98 · 98 + 98) + 98 · 10 + 10 = {count:,}: what is left is dense")

# %% [markdown]
# **2. Change the code: cut without the means.** Write a `cut` that throws the silenced neurons
# away and leaves the biases alone. How much does that cost for six blocks of SC?

# %% [markdown] tags=["hint"]
# Start from cut(networks["SC"], 6) and use the old biases, b[:right]. Then run the parts
# through sigmoids as `forward` does. Or hand zeros to `without_neurons` as means.

# %% tags=["answer"]
def run(parts, Z):
    for W, b in parts:
        A = Z @ W.T + b
        Z = 1 / (1 + np.exp(-A))
    return np.mean(A.argmax(axis=1) == y_test)


kept = cut(networks["SC"], 6)
old = [(W, b[:len(W)]) for (W, _), b in zip(kept, biases(networks["SC"]), strict=True)]
assert np.isclose(run(kept, X_test[:, :16]), live["SC"][6])
assert run(old, X_test[:, :16]) < run(kept, X_test[:, :16])
print(f"means in the biases: accuracy {run(kept, X_test[:, :16]):.1%}")
print(f"thrown away: accuracy {run(old, X_test[:, :16]):.1%}")

# %% [markdown]
# ## What you have learned
#
# Ablation shows what a network needs. In a coupled network it is the first block, in each
# layer; in a random sparse one it is everything a little. What is constant can move into a
# bias, and then the neurons can go.

# %%
assert np.allclose(lost, 100 * library)
assert lost[:, 0].min() > 40 and lost[:, 4:].max() < 3
assert live["SC"][5] > 0.9 and live["RSP"][5] < 0.3
assert sc[:, 0].min() > 70 and mean("rsp")[1:].max() < 5
assert before[0] - before[6] < 0.5 and before[0] - before[7] < 1.5
print("order found, blocks cut, accuracy kept")
