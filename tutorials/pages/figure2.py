# %% [markdown]
# # Figure 2
#
# *You will* make the paper's central picture from nothing, with the controls that the paper
# leaves out, and then read the picture of the full-size run. *You learn* what a price on
# weights has to do with the importance of inputs, and how a figure is questioned. *You need*
# the pages on [training](training.md) and, for the order of the inputs, on
# [importance](importance.md). About 35 minutes.
#
# The paper rests on one observation. Its caption says (section 3, Figure 2): "The number of
# edges with absolute weight greater than 0.1 emerging from a neuron decays as the feature
# importance decays when ℓ₁ regularization is used." In other words: if a network is free to
# choose, and pays for every weight, it spends its weights on the important inputs.
#
# ## A network that pays for its weights
#
# The inputs $x$ are principal components (PCA) of small images of digits, in order of
# decreasing variance. They are centred but not scaled, so the first ones vary much and the last
# ones are almost 0. A hidden layer of 64 sigmoid neurons and an output layer follow:
#
# $$z^{(1)} = \mathrm{act}(W^{(1)} x + b^{(1)}), \qquad
#   p = \mathrm{softmax}(W^{(2)} z^{(1)} + b^{(2)}), \tag{Eq. 1}$$
#
# and what is made small is the mean cross-entropy of $n$ samples plus the price of the
# weights,
#
# $$\ell = -\frac1n \sum_k \ln p_{y_k,k} + \lambda_1 \lVert W^{(1)} \rVert_1
#       + \lambda_1' \lVert W^{(2)} \rVert_1.$$
#
# Here $y_k$ is the class of sample $k$, and $\lVert W \rVert_1$ is the sum of all absolute
# values. The prices are the paper's, $\lambda_1 = 10^{-4}$ and $\lambda_1' = 10^{-5}$. The
# paper has five hidden layers of 784 neurons; the small network shows the same thing in less
# than a second.

# %%
import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from scnn_np import Trainer, fit_ordering, fully_connected, load_data
from scnn_np.analysis import block_means, out_degrees
from scnn_np.training import Adam

data = load_data("digits")
ordering = fit_ordering(data.X_train, data.y_train, "pca", "descending")
X, X_test = (ordering(part).astype(float) for part in (data.X_train, data.X_test))
spread = X.std(axis=0)
print("standard deviation, by block of 8:",
      *(f"{s:.3f}" for s in block_means(spread, 8)))

# %% [markdown]
# Column $j$ of $W^{(1)}$ holds the 64 weights of the edges that leave input $j$. We count
# those with $|w| > 0.1$, as the paper does: before training, and after each of 100 epochs.

# %%
def count(W, threshold=0.1):
    """Edges above the threshold that leave each input."""
    return (np.abs(W) > threshold).sum(axis=0)


def make(l1=0.0):
    """The network before training; DropOut, which the library puts in here, is left out."""
    return fully_connected(64, 10, width=64, layers=1, dropout=0.0, l1=l1, seed=0,
                           dtype=np.float64)


def train(l1, X=X, X_test=X_test, rate=3e-3):
    """The trained network, and the counts before training and after each epoch."""
    network = make(l1)
    counts = [count(network.weights[0])]

    def look(network):
        counts.append(count(network.weights[0]))
        return {}

    Trainer(network, epochs=100, optimizer=Adam(rate), measure=look,
            progress_stream=False).fit(X, data.y_train)
    accuracy = network.evaluate(X_test, data.y_test)[1]
    print(f"L1 {l1}, rate {rate}: test accuracy {accuracy:.1%}")
    return network, np.array(counts)


def row(name, counts):
    return f"{name:22}" + "".join(f"{m:6.1f}" for m in block_means(counts, 8))


start = make()
assert np.array_equal(count(start.weights[0]), out_degrees(start.weights[0], 0.1))
print(row("before training", count(start.weights[0])))

# %% [markdown]
# Before training, all inputs have about as many edges, because the initial weights know
# nothing of importance.
#
# **Predict:** after training *with* L1, what does the count look like, from the first input to
# the last? And *without* L1: will the unimportant inputs lose their edges too? Draw two curves
# before you go on.

# %% tags=["predicted"]
priced, with_l1 = train(l1=[1e-4, 1e-5])
free, without = train(l1=0.0)
print(row("with L1", with_l1[-1]))
print(row("without L1", without[-1]))

# %% [markdown] tags=["why"]
# With L1 the counts fall with importance, down to nothing. Without it they stay where they
# were. Weights of important inputs move, up as often as down; those of unimportant inputs
# hardly move, and nothing pushes either towards 0. So it is not training that empties the
# unimportant columns. It is the price, which is the same for every weight, while the data pay
# for it unequally.

# %% [markdown]
# ## The picture
#
# Five moments of the training, in one row:

# %%
stills = (0, 5, 15, 40, 100)
figure, axes = plt.subplots(1, len(stills), figsize=(7, 2.7), sharey=True)
for epoch, ax in zip(stills, axes, strict=True):
    ax.plot(range(1, 65), without[epoch], "--", lw=1, color="0.55", label="without L1")
    ax.plot(range(1, 65), with_l1[epoch], "o", ms=2, label="with L1")
    ax.set(title=f"epoch {epoch}", xticks=[1, 32, 64], ylim=(0, 66))
axes[0].set_ylabel("edges with |w| > 0.1")
axes[2].set_xlabel("input, in order of decreasing variance")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
plt.show()
# alt: Five small plots. At epoch 0 dots and dashed line lie together at about 57 edges for
# every input. From plot to plot the dots sink at the right end first; at epoch 100 they fall
# from about 60 edges at the left to 0 for the last third. The dashed line stays where it was.

# %% [markdown]
# The right end empties first, and the border of the empty part moves to the left. Here is the
# same as a film. (Run as a script, this cell shows it in a window; a notebook shows its first
# picture only.)

# %%
figure, ax = plt.subplots(figsize=(5, 3))
ax.set(xlabel="input, in order of decreasing variance", ylabel="edges with |w| > 0.1",
       ylim=(0, 66))
line, = ax.plot(range(1, 65), without[0], "--", lw=1, color="0.55", label="without L1")
dots, = ax.plot(range(1, 65), with_l1[0], "o", ms=3, label="with L1")
ax.legend(loc="lower left")
for epoch in range(0, 101, 5):
    line.set_ydata(without[epoch])
    dots.set_ydata(with_l1[epoch])
    ax.set_title(f"epoch {epoch}")
    plt.pause(0.2)
# alt: A film of 21 pictures, from epoch 0 to epoch 100: the dots sink to 0, from the right end
# to the left, and more and more slowly. The dashed line trembles where it is.

# %% [markdown]
# ## Why the variance decides
#
# The gradient of the data term with respect to one weight, from input $j$ to hidden neuron $i$,
# is
#
# $$\frac{\partial \ell}{\partial W_{ij}} = \frac1n \sum_k \delta_{ik} x_{jk},$$
#
# where $x_{jk}$ is input $j$ of sample $k$, and $\delta_{ik}$ is the gradient of this sample's
# loss with respect to the sum that neuron $i$ forms. Call the size of this gradient the
# **pull** of the data. The inequality of Cauchy and Schwarz bounds it:
#
# $$\left\lvert \frac1n \sum_k \delta_{ik} x_{jk} \right\rvert \le
#   \sqrt{\frac1n \sum_k \delta_{ik}^2} \sqrt{\frac1n \sum_k x_{jk}^2}.$$
#
# The second root is the standard deviation of the input, because the inputs are centred. So an
# input that hardly varies is hardly pulled. The price has no such factor: the slope of
# $\lambda_1 |w|$ is $\lambda_1$ towards 0, however small $w$ is already. A weight stays only
# where the data pull harder than that.
#
# We measure the pull in the untrained network, and in the one that was trained with L1.

# %%
def pull(network):
    """The size of the data's gradient for each weight of the first layer."""
    network.loss_and_gradient(X.T, data.y_train)
    return np.abs(network.affine_layers[0].dW)


bare = make()                                   # a network without a price …
bare.theta[:] = priced.theta                    # … and the weights that L1 has left
for name, network in (("untrained", start), ("trained with L1", bare)):
    rms = np.sqrt(block_means((pull(network) ** 2).mean(axis=0), 8))
    print(f"{name:16}", *(f"{1e4 * p:6.2f}" for p in rms), "times the price")

# %% [markdown]
# The price is the same everywhere, and the pull falls over three orders of magnitude. In the
# last three blocks it is below the price even in the untrained network, on average, so few of
# these weights had a chance. In the first blocks it was far above, and training has brought it
# down to one or two times the price. At an exact minimum the two would be equal for each weight
# that survives; the network is near it, not at it. (Adam divides the sum of both by its usual
# size. That changes how fast a weight gets to 0, not which of the two is larger.)
#
# ## A harder control: equal variances
#
# So is the figure nothing but scale? Then it would say little about *importance*. We can
# test this: divide each input by its standard deviation (leaving out three inputs that are
# constant), and train with L1 again.
#
# **Predict:** all inputs now have the same variance. Will the curve be flat?

# %% tags=["predicted"]
scale = np.where(spread > 1e-6, spread, 1)
print("constant inputs:", np.sum(spread < 1e-6))
_, equal = train([1e-4, 1e-5], X / scale, X_test / scale)
print(row("with L1", with_l1[-1]))
print(row("L1, equal variances", equal[-1]))

# %% [markdown] tags=["why"]
# Much flatter, but not flat: the later blocks keep most of their edges, and the first ones
# still have more. (The last block holds the three constant inputs, which nothing pulls.) So on
# the digits most of the slope is the scale of the inputs. What is left is what the labels, not
# the variances, find important. (For Fashion-MNIST this would have to be tried.)

# %% [markdown]
# ## At full size
#
# Now the paper's own setting: Fashion-MNIST, 60,000 images, five hidden layers of 784. It takes
# most of an hour, so we read the committed results (`python -m figures.figure2 --preset paper`
# makes them again).

# %%
full = json.loads(Path("figures/results/figure2.paper.json").read_text())
priced_runs, free_runs = ([run for run in full["runs"] if ("l1" in run["settings"]) == priced]
                          for priced in (True, False))


def full_size(runs, when="after"):
    return np.mean([run[when]["0.1"] for run in runs], axis=0)


for name, counts in (("before training", full_size(priced_runs, "before")),
                     ("with L1", full_size(priced_runs)),
                     ("without L1", full_size(free_runs))):
    print(row(name, counts))
figure, ax = plt.subplots()
inputs = np.arange(1, 785)
ax.semilogx(inputs, full_size(priced_runs, "before"), ":", label="before training")
ax.semilogx(inputs, full_size(free_runs), "--", label="without L1")
ax.semilogx(inputs, full_size(priced_runs), "o", ms=3, label="with L1")
ax.set(xlabel="input, in order of decreasing variance (logarithmic)",
       ylabel="edges with |w| > 0.1", ylim=(0, 700))
ax.legend(loc=(0.6, 0.25))
plt.show()
# alt: Edges against the number of the input, on a logarithmic axis. Before training and without
# L1 all inputs have between 400 and 600 edges. With L1 the first three inputs keep about 150,
# the tenth about 50, and from about the hundredth on the dots are near 0.

# %% [markdown]
# This is the mean of {{len(priced_runs)}} runs. With L1 the first 98 inputs keep
# {{block_means(full_size(priced_runs), 8)[0]:.1f}} edges each, the second 98 keep
# {{block_means(full_size(priced_runs), 8)[1]:.1f}}, and the others none to speak of.
# So the paper's observation holds. But look at what the picture costs:
#
# | network | test accuracy |
# |---|---|
# | with L1 | {{np.mean([run["test_accuracy"] for run in priced_runs]):.1%}} |
# | without L1 | {{np.mean([run["test_accuracy"] for run in free_runs]):.1%}} |
#
# L1 finds out which inputs deserve edges, but it has to train all of them to find out, and it
# costs accuracy here. The paper turns this round. It ranks the inputs first, and then *gives*
# many edges to the important blocks and few to the others, before training. That is the
# [spatially-coupled layer](coupling.md). Note one difference: the paper gives 10 edges to each
# input of the last three blocks, and L1 keeps almost none behind the second block.
#
# ## Exercises
#
# **1. The price.** Train with $\lambda_1 = 10^{-2}$ and with $10^{-6}$. At which does the
# curve stop saying anything about importance, and what becomes of the accuracy?

# %% [markdown] tags=["hint"]
# Call `train([1e-2, 1e-5])` and `train([1e-6, 1e-5])`, and show the last counts. Compare the
# pulls above with the price.

# %% tags=["answer"]
high, low = train([1e-2, 1e-5])[1][-1], train([1e-6, 1e-5])[1][-1]
print(row("price 1e-2", high))
print(row("price 1e-6", low))
assert block_means(high, 8)[0] > 3 and block_means(high, 8)[1:].max() < 1
assert block_means(low, 8)[:7].min() > 50
print("too high: only the first block is left; too low: only the last block falls")

# %% [markdown]
# **2. Change the code: another measure.** The threshold 0.1 is the paper's choice. Replace
# `count` by the sum of the $|w|$ that leave an input, which needs no threshold, and compare the
# two networks. Does the figure depend on the threshold?

# %% [markdown] tags=["hint"]
# You need the final weights only: `priced.weights[0]` and `free.weights[0]`. Divide by the sums
# before training, `start.weights[0]`, so that 1 means "as before".

# %% tags=["answer"]
def strength(W):
    return block_means(np.abs(W).sum(axis=0), 8)


before = strength(start.weights[0])
for name, network in (("with L1", priced), ("without L1", free)):
    print(f"{name:12}", *(f"{s:5.2f}" for s in strength(network.weights[0]) / before))
ratio = strength(priced.weights[0]) / before
assert np.all(np.diff(ratio) < 0) and ratio[-1] < 0.01
assert np.all(strength(free.weights[0]) / before > 0.9)
print("the same story without a threshold; and the important inputs even gain")

# %% [markdown]
# **3. Too few steps.** Adam moves a weight by at most about its learning rate in a step. There
# are 1,200 steps. The library's `Trainer` lets the rate fall to 0 along a cosine, so the mean
# rate is half of the first. Train with `rate=1e-3` and ten times the price: the last block
# still keeps about ten edges per input. Compute how far a weight can travel, and count the
# initial weights that lie farther than that from 0.1.

# %% [markdown] tags=["hint"]
# The way is 1,200 · 0.001 / 2 = 0.6. The initial weights are drawn evenly from -0.87 to 0.87,
# where 0.87 is 4 · √(6 / 128); the next page explains this. Use
# `train([1e-3, 1e-5], rate=1e-3)` and `count(start.weights[0], 0.1 + 0.6)`.

# %% tags=["answer"]
slow = train([1e-3, 1e-5], rate=1e-3)[1][-1]
too_far = count(start.weights[0], 0.1 + 1200 * 1e-3 / 2)
print(row("left after training", slow))
print(row("too far from 0.1", too_far))
assert abs(block_means(slow, 8)[7] - block_means(too_far, 8)[7]) < 1.5
print("a figure can show the number of steps in place of the data")

# %% [markdown]
# ## What you have learned
#
# With L1 the out-degree of an input falls with its importance, without L1 it does not: the
# paper's observation holds, and the control says where it comes from. The pull of the data on
# a weight is bounded by the input's standard deviation, the price is not. On the digits most of
# the slope disappears with equal variances. And before you believe a figure, ask what it would
# show without the cause that it names.

# %%
assert block_means(with_l1[-1], 8)[0] > 50 and with_l1[-1][-16:].max() <= 1
assert block_means(without[-1], 8).min() > 50                       # the control stays
assert np.all(np.diff(block_means(with_l1[-1], 8)) <= 0)            # falls with importance
assert pull(start)[:, -8:].max() < 1e-4 < pull(start)[:, :8].mean()     # price and pull
assert block_means(equal[-1], 8)[6] > 30                            # scale is most of it
assert block_means(full_size(priced_runs), 8)[2:].max() < 1         # at full size, too
print("the price, the pull, and the controls")
