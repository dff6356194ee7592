# %% [markdown]
# # From the data to Figure 2
#
# *Spatially-Coupled Neural Network Architectures* (arXiv 1907.02051) rests on one picture, its
# Figure 2: if a network is free to choose, and pays for every weight, it spends its weights on
# the important inputs. This page makes that picture from nothing, on small images that come
# with scikit-learn. It needs no network and runs in seconds:
#
#     python -m tutorials.figure2

# %%
import sys
from pathlib import Path

import matplotlib
import numpy as np

if __name__ == "__main__" and "ipykernel" not in sys.modules:
    matplotlib.use("Agg")               # from the command line the picture goes to a file
import matplotlib.pyplot as plt

from scnn_np import Trainer, fit_ordering, fully_connected, load_data
from scnn_np.analysis import block_means, out_degrees

# %% [markdown]
# ## 1. The data
#
# 1,797 hand-written digits of 8 × 8 pixels, as rows: $X$ is (samples, features). A fifth of
# each class is set apart for the test before anything else happens.

# %%
data = load_data("digits")
print(data.X_train.shape, data.X_test.shape, "classes:", *data.class_names)

# %% [markdown]
# ## 2. Inputs in order of importance
#
# Pixels are not ordered: neighbours say nearly the same, and none is the most important one.
# Principal components are. With the centred inputs' covariance $C = Q \Lambda Q^\top$,
# eigenvalues decreasing, the new inputs are
#
# $$x = Q^\top (\text{pixels} - \text{mean}),$$
#
# and the variance of $x_i$ is the eigenvalue $\Lambda_{ii}$. They are fitted on training data
# only, and not scaled to equal variance: that would throw away the order that we want to use.

# %%
ordering = fit_ordering(data.X_train, data.y_train, "pca", "descending")
X, X_test = ordering(data.X_train), ordering(data.X_test)
share = ordering.importance / ordering.importance.sum()
print("share of the variance by block of 8 inputs:", np.round(share.reshape(8, 8).sum(1), 4))

# %% [markdown]
# ## 3. A network that pays for its weights
#
# One hidden layer of 64 sigmoid neurons, fully connected. With one column per sample,
#
# $$z^{(1)} = \mathrm{act}(W^{(1)} x + b^{(1)}), \qquad
#   p = \mathrm{softmax}(W^{(2)} z^{(1)} + b^{(2)}), \tag{Eq. 1}$$
#
# and what is made small is the mean cross-entropy plus the price of the weights,
#
# $$L = -\frac1n \sum_k \ln p_{y_k} + \lambda_1 \lVert W^{(1)} \rVert_1
#       + \lambda_1' \lVert W^{(2)} \rVert_1 .$$
#
# The slope of $\lambda_1 |w|$ is $\lambda_1$ towards 0, however small $w$ is already. A weight
# stays only where the data pull harder than that.

# %%
def train(l1, seed=0):
    """A trained network and the one it started from, as (before, after) weights of layer 1."""
    network = fully_connected(64, 10, width=64, layers=1, dropout=0.0, l1=l1, seed=seed)
    before = network.weights[0].copy()
    trainer = Trainer(network, epochs=100, seed=seed, progress_stream=False)
    history = trainer.fit(X, data.y_train)
    accuracy = network.evaluate(X_test, data.y_test)[1]
    print(f"L1 {l1}: training loss {history[-1]['loss']:.3f}, test accuracy {accuracy:.1%}")
    return before, network.weights[0]


# %% [markdown]
# **Before you go on, predict.** Column $i$ of $W^{(1)}$ holds the 64 edges that leave input
# $i$. Count those with $|w| > 0.1$. Before training about as many are there for every input,
# because the initial weights know nothing of importance. After training *with* L1 on inputs in
# decreasing order: what does the count look like, from the first input to the last? And
# *without* L1: will the unimportant inputs lose their edges too?
#
# Write your two guesses down. Then run the next cell.

# %%
before, with_l1 = train(l1=[1e-4, 1e-5])
_, without_l1 = train(l1=0.0)

for name, W in (("before training", before), ("with L1", with_l1), ("without L1", without_l1)):
    means = block_means(out_degrees(W, 0.1), 8)
    print(f"{name:16} edges per input, by block of 8:", *(f"{m:5.1f}" for m in means))

# %% [markdown]
# With L1 the counts fall with importance. Without it nearly all edges stay where they were:
# the loss hardly depends on inputs that hardly vary, so nothing pulls at their weights and
# nothing pushes either. The count shows importance *because* every weight costs the same while
# the data pay for it unequally.
#
# Why does the variance decide? The gradient of the data term is $\partial L/\partial w_{ji} =
# \mathrm{mean}_k\, \delta_{jk} x_{ik}$. An input of small variance has small $x_{ik}$, so the
# pull is proportional to the input's standard deviation. The price $\lambda_1$ is not.

# %% [markdown]
# ## 4. The picture

# %%
figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
inputs = np.arange(1, 65)
ax.plot(inputs, out_degrees(before, 0.1), color="#777777", lw=0.8, label="before training")
ax.plot(inputs, out_degrees(without_l1, 0.1), "s--", color="#D55E00", ms=3, lw=1,
        label="after training without L1 (control)")
ax.plot(inputs, out_degrees(with_l1, 0.1), "o-", color="#0072B2", ms=4, label="with L1")
ax.set(xlabel="input, in order of decreasing variance", ylabel="edges with |w| > 0.1",
       ylim=(0, 85), title="Figure 2 on scikit-learn's digits")
ax.legend(loc="upper right", ncols=3, fontsize=8)
if "ipykernel" not in sys.modules:
    path = Path("runs") / "tutorial-figure2.png"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=120)
    print("saved:", path)

# %% [markdown]
# ## 5. What the paper makes of it
#
# L1 finds out which inputs deserve edges, but it has to train all of them to find out. The
# paper turns this round: rank the inputs first, then *give* many edges to the important blocks
# and few to the others, before training. That is the spatially-coupled layer,
# `scnn_np.spatially_coupled`: 98, 130, 98, 49, 20, 10, 10, 10 edges per neuron, block by block,
# 7 % of what a full layer has.
#
# ## Exercises
#
# 1. **The price.** Raise λ₁ to `1e-3` and lower it to `1e-5`. At which do the curves stop
#    saying anything about importance, and what becomes of the accuracy in each case?
# 2. **Equal variances.** Divide every column of `X` and `X_test` by the standard deviation of
#    the column of `X`, and train with L1 again. Say beforehand what the argument at the end of
#    part 3 predicts. Is the result closer to what the *labels* or what the *pixels* find
#    important?
# 3. **Ascending order.** Use `direction="ascending"`. A fully connected network cannot care:
#    show it by comparing the sorted counts with those above. Then give the reversed inputs to
#    `spatially_coupled(64, 10, width=64, layers=1)` and to its descending twin, and compare.
