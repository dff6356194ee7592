# %% [markdown]
# # Removing whole layers
#
# *You will* find out, by pure thought, when a hidden layer of ReLU does nothing that its
# neighbours could not do, multiply such layers away, and train a network so that it has some.
# *You learn* an exact test, a penalty that makes whole layers superfluous, and why a proximal
# step gives zeros where a gradient does not. *You need* the page on [training](training.md):
# ReLU, L1, Adam. About 35 minutes.
#
# This page is about another paper, *Layer Sparsity in Neural Networks* by Hebiri and Lederer
# ([arXiv 2006.15604](https://arxiv.org/abs/2006.15604)): "we formulate a new notion of sparsity
# that concerns the networks' layers … We then introduce corresponding regularization and
# refitting schemes". We could read the abstract only. What follows is our reading.
#
# ## When is a layer superfluous?
#
# Two layers without an activation between them are one layer: $W_2 (W_1 a + b_1) + b_2$ is
# $W_2 W_1 a + (W_2 b_1 + b_2)$. ReLU, the larger of 0 and its input, stands in the way. But
# not always. Let the input $a$ of the layer have no negative entry; pixels have none, and what
# comes out of a ReLU has none. Look at one neuron, with the weights $w_j$ and the bias $b$:
#
# - if no weight is negative, and the bias is not, then ReLU never cuts anything off: the neuron
#   is *linear*;
# - if no weight is positive, and the bias is not, then ReLU always cuts off all: it is *dead*.
#
# Let $D$ be the diagonal matrix with a 1 for every linear neuron and a 0 for every dead one. If
# each neuron of the layer is one or the other, then exactly
#
# $$
# W_2\, \mathrm{relu}(W_1 a + b_1) + b_2 = (W_2 D W_1)\, a + (W_2 D b_1 + b_2)
# $$
#
# and the layer can go. We try it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from scnn_np import Trainer, build, load_data
from scnn_np.analysis.merging import examine_layers, fresh_start, merge
from scnn_np.nn import LayerSparsityStep

rng = np.random.default_rng(0)


def relu(a):
    return np.maximum(a, 0)


W1, b1 = np.abs(rng.normal(size=(4, 3))), np.abs(rng.normal(size=(4, 1)))
W1[2], b1[2] = -W1[2], -b1[2]                           # neuron 2 is dead, the others linear
W2, b2 = rng.normal(size=(2, 4)), rng.normal(size=(2, 1))
D = np.diag([1, 1, 0, 1])
a = rng.uniform(0, 1, size=(3, 5))                      # five samples, none negative
before = W2 @ relu(W1 @ a + b1) + b2
after = (W2 @ D @ W1) @ a + (W2 @ D @ b1 + b2)
assert np.allclose(before, after)
print(f"largest difference: {np.abs(before - after).max():.0e}")

# %% [markdown]
# The difference is rounding. With a negative input the two would not be equal: a linear neuron
# can be cut off then.
#
# ## A price on what is negative
#
# No network has such layers by chance: among 32 weights of a neuron about half are negative. So
# we put a price on them. All negative entries of the weights and biases of one layer are one
# *group*. The price is the length of this group, times the root of $n$, the number of weights
# and biases in the layer (the library's group lasso has such a root, too):
#
# $$
# \lambda \sqrt{n} \, \lVert [W, b]^{-} \rVert, \qquad x^{-} = \min(x, 0)
# $$
#
# You know the difference between L2 and L1: L1 takes single weights to 0, L2 does not. A length
# without a square is the L1 of groups: it takes a *whole group* to 0, or leaves it. But the
# gradient of this price is equally long however short the group is. So a gradient step does not
# stop at 0: it shoots past, to a positive weight that nobody asked for. The **proximal step**
# stops there: after each update it makes every negative entry shorter by the same factor,
#
# $$
# x \leftarrow x \cdot
# \max\left(0,\; 1 - \frac{\eta \lambda \sqrt{n}}{\lVert [W, b]^{-} \rVert}\right)
# \quad \text{for negative } x,
# $$
#
# with the step size $\eta$. If the group is short enough the factor is 0, exactly. Here it is
# for a matrix without a bias; the library's step has both.

# %%
def proximal(W, step):
    """The negative entries of W as one group, shorter by `step`."""
    length = np.sqrt(np.sum(np.minimum(W, 0) ** 2))
    factor = max(0, 1 - step / length) if length else 0
    return np.where(W < 0, factor * W, W)


W, no_bias = rng.normal(size=(4, 3)), np.zeros((4, 1))
theirs, _ = LayerSparsityStep(1.0).step(W, no_bias, 0.2)
assert np.allclose(theirs, proximal(W, 0.2 * np.sqrt(W.size + no_bias.size)))
for _ in range(4):
    length = np.linalg.norm(np.minimum(W, 0))
    print(f"{np.sum(W < 0)} negative entries, together {length:.2f} long")
    W = proximal(W, 0.8)

# %% [markdown]
# ## Six layers
#
# Now a network for the digits, with six hidden layers of 32 ReLU. That is more than it needs.
# We train it with prices from 0 to 0.5 and ask the exact test which layers can go.
#
# **Predict:** which layers go first, those near the input or those near the output? What
# happens to the accuracy?

# %% tags=["predicted"]
DATA, DEPTH, PRICES = load_data("digits"), 6, (0.0, 0.1, 0.2, 0.3, 0.5)


def fit(network):
    Trainer(network, epochs=30, batch_size=32, progress_stream=False).fit(
        DATA.X_train, DATA.y_train)
    return network.evaluate(DATA.X_test, DATA.y_test)[1]


found, went = {}, {}
for price in PRICES:
    deep = build("fc", 64, 10, width=32, layers=DEPTH, activation="relu", l2=1e-4,
                 layer_sparsity_step=price, dtype=np.float64)
    trained, small = fit(deep), merge(deep)
    merged = small.network.evaluate(DATA.X_test, DATA.y_test)[1]
    assert np.allclose(deep.forward(DATA.X_test.T), small.network.forward(DATA.X_test.T),
                       atol=1e-10)                      # the same network, with fewer layers
    fresh = fit(fresh_start(small.network, np.random.default_rng(1)))
    further = fit(small.network)
    found[price] = DEPTH - len(small.layers), trained, further, fresh
    print(f"price {price}: layers {small.layers} go, {small.parameters[1]:,} parameters left")
    print(f"           {trained:.1%} before and {merged:.1%} after the merge")
    went[price] = small.layers

# %% [markdown] tags=["why"]
# Nothing goes until the price is high. Then whole layers go at once, in this run those near the
# output first. The accuracy falls *before* anything is merged: it is the price on negative
# weights that costs it. The merge itself costs nothing, because it is exact.

# %% [markdown]
# With the library's test one can ask what a layer is made of. Here are the layers of the last
# network, the one with the price {{PRICES[-1]}}:

# %%
for layer in examine_layers(deep):
    print(layer)

# %% [markdown]
# ## Refit
#
# The penalty has done its work, and the accuracy is bad. So the paper trains again, without the
# penalty: *refitting*. There are two ways to begin: from the merged weights, or from fresh ones
# in the same, smaller, shape. A fresh start needs the penalised network for one thing only: to
# tell how many layers to take.
#
# **Predict:** which beginning is better?

# %% tags=["predicted"]
figure, ax = plt.subplots()
left = [found[price][0] for price in PRICES]
for k, (label, style) in enumerate((("with the price", "o-"), ("merged, trained again", "s--"),
                                    ("fresh start, as deep", "^:")), start=1):
    ax.plot(range(len(PRICES)), [100 * found[price][k] for price in PRICES], style, label=label)
ax.set(xticks=range(len(PRICES)), ylabel="test accuracy (%)",
       xticklabels=[f"{price}\n{n} left" for price, n in zip(PRICES, left, strict=True)],
       xlabel="price λ, and hidden layers left")
ax.legend(loc="lower left")
plt.show()
# alt: Three curves of test accuracy against the price. With the price the accuracy falls from
# {{100 * found[0.0][1]:.0f}} to {{100 * found[0.5][1]:.0f}} %. Trained again it comes back to
# {{100 * found[0.5][2]:.0f}} %. The fresh start stays above 95 % down to {{found[0.3][0]}}
# layers and falls only when no hidden layer is left.

# %% [markdown] tags=["why"]
# Both come back. With three layers left the fresh start is ahead. With none left the merged
# weights are: both are a linear classifier then, which trains slowly, and the merged one has
# been trained before. One seed on digits decides nothing.

# %% [markdown]
# So ask the question that such a method has to answer: why not train the shallow network at
# once? If depth is not needed, somebody who tries depths 1, 2, 3 finds out too, without a
# penalty. The penalty finds the depth in one training, if its strength is right, and one has to
# try strengths instead.
#
# ## At full size
#
# The same with ten layers on all of Fashion-MNIST, three seeds: made by the command
# `python -m figures.layer_sparsity --preset paper`, read here from its results. L2 is on
# everywhere; two rows have no other penalty.

# %%
with plt.rc_context():              # figures/ has a style of its own: not for this page
    from figures import judges, layer_judges, layer_sparsity

table = judges.Table(layer_sparsity)
ROWS = {"ten layers, L2 alone": "l2", "ten layers, λ = 0.05": "group-0.05",
        "ten layers, λ = 0.1": "group-0.1", "ten layers, λ = 0.15": "group-0.15",
        "three layers, L2 alone": "shallow-3"}
print("mean accuracy (%)        layers left   trained   merged, again   fresh start")
for label, name in ROWS.items():
    n = layer_sparsity.layers_left(table.rows[name], table.results).mean()
    trained, again, fresh = (table.values(name, f"{kind}_accuracy").mean()
                             for kind in ("test", "refit", "fresh"))
    print(f"{label:24} {n:11.1f} {trained:9.2f} {again:15.2f} {fresh:13.2f}")
fewer, accurate, worth = (judge()[0] for judge in (
    layer_judges.fewer_layers, layer_judges.more_accurate, layer_judges.merged_weights))
ahead = (table.values("group-0.1", "fresh_accuracy")
         - table.values("group-0.1", "refit_accuracy")).mean()
one = table.values("group-0.1", "one_direction").mean()

# %% [markdown]
# Layers go, and each costs accuracy; between λ = 0.1 and λ = 0.15 the last six go together.
# Layers of positive weights can do little but add up their inputs: at λ = 0.1 one direction
# holds {{one:.2f}} % of the variance of what the last hidden layer gives out. The merged
# weights keep this: a fresh start of the same shape is ahead of them by {{ahead:.1f}} points.
# And three layers, never penalised, are not behind ten. Our verdicts, by rules from these runs:
# "more compact" {{fewer}}, "more compact and accurate" {{accurate}}. Are merged weights the
# better beginning? {{worth.capitalize()}}. [The page of claims](../figures/README.md) has all
# numbers.
#
# ## Exercises
#
# **1. With a pencil.** A neuron has the weights 0.5 and −0.2 and the bias 0.3. Its inputs lie
# between 0 and 1. Is it linear, dead or neither by the test above? And if you use that the
# inputs are at most 1?

# %% [markdown] tags=["hint"]
# The smallest value before ReLU: the bias, plus each negative weight times the largest input.

# %% tags=["answer"]
w, bias = np.array([0.5, -0.2]), 0.3
assert (w < 0).any()                                    # not linear by the signs alone
smallest = bias + np.minimum(w, 0).sum()                # inputs at most 1
assert smallest > 0
print(f"neither by its signs; linear for inputs of at most 1: it is at least {smallest:.1f}")

# %% [markdown]
# **2. Change the code: each entry for itself.** Write a proximal step in which every negative
# entry is a group of its own, as in L1. Apply both steps to the same matrix until all negative
# entries are gone. Which sets single entries to 0 on the way, and which keeps them all until
# the last step?

# %% [markdown] tags=["hint"]
# A group of one: its length is |x|. So x moves towards 0 by the step, and stops there.

# %% tags=["answer"]
def entry_by_entry(W, step):
    return np.where(W < 0, np.minimum(W + step, 0), W)


start = np.random.default_rng(2).normal(size=(4, 3))
counts = {}
for step, name in ((proximal, "one group"), (entry_by_entry, "each entry")):
    W, counts[name] = start, []
    while (W < 0).any():
        counts[name].append(int(np.sum(W < 0)))
        W = step(W, 0.3)
    print(f"{name}: {counts[name]} negative entries")
assert len(set(counts["one group"])) == 1 < len(set(counts["each entry"]))

# %% [markdown]
# ## What you know now

# %%
# A layer of linear and dead neurons can be multiplied into the next one, exactly.
assert np.allclose(before, after)
# A price on negative entries as one group takes whole layers, and costs accuracy at first.
assert found[0.5][0] < found[0.3][0] < found[0.1][0] == DEPTH
assert went[0.3] == [4, 5, 6]                           # in this run the last ones went first
assert found[0.5][1] < found[0.0][1]
# Training again brings much of it back, and a fresh start of the same shape does, too.
assert found[0.5][2] > found[0.5][1] + 0.1
assert found[0.3][3] > found[0.3][2] - 0.01
# At full size merged weights are the worse beginning, and three layers do as well as ten.
assert judges.ahead(table.values("group-0.1", "fresh_accuracy"),
                    table.values("group-0.1", "refit_accuracy"))
assert not judges.ahead(table.values("l2"), table.values("shallow-3"))
