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
from scnn_np.analysis.measures import block_means, out_degrees
from scnn_np.training.optimizers import Adam

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
# $$L = -\frac1n \sum_k \ln p_{y_k,k} + \lambda_1 \lVert W^{(1)} \rVert_1
#       + \lambda_1' \lVert W^{(2)} \rVert_1 .$$
#
# where $p_{y_k,k}$ is the probability that sample $k$ gives to its own class. The slope of
# $\lambda_1 |w|$ is $\lambda_1$ towards 0, however small $w$ is already. A weight stays only
# where the data pull harder than that.
#
# Adam moves a weight by at most about its learning rate in a step. Initial weights reach
# $4\sqrt{6/128} = 0.87$, and there are 1,200 steps of 3e-3 or less (half of that in the mean,
# on the cosine): far enough for every weight to get to 0 if it is pulled there.

# %%
def train(l1, seed=0):
    """A trained network and the one it started from, as (before, after) weights of layer 1."""
    network = fully_connected(64, 10, width=64, layers=1, dropout=0.0, l1=l1, seed=seed)
    before = network.weights[0].copy()
    trainer = Trainer(network, epochs=100, optimizer=Adam(3e-3), seed=seed,
                      progress_stream=False)
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
# With L1 the counts fall with importance, down to nothing. Without it the *count* stays:
# weights of important inputs move, up as often as down, those of unimportant ones hardly do,
# and nothing pushes either towards 0. So it is not training that empties the unimportant
# columns; it is the price, which is the same for every weight while the data pay for it
# unequally.
#
# Why does the variance decide? The gradient of the data term is
#
# $$\frac{\partial L}{\partial w_{ji}} = \frac1n \sum_k \delta_{jk} x_{ik},$$
#
# where $\delta_{jk}$ is the gradient of sample $k$'s loss with respect to what hidden neuron
# $j$ receives. An input of small variance has small $x_{ik}$, so its pull is at most
# proportional to its standard deviation. The price $\lambda_1$ is not. (Adam divides the sum
# of the two by its usual size: that changes how fast a weight gets there, not which of the
# two is larger.)

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
# `scnn_np.spatially_coupled`: at 784 neurons 98, 130, 98, 49, 20, 10, 10, 10 edges per neuron,
# block by block, 7 % of what a full layer has.
#
# ## Exercises
#
# 1. **The price.** Raise λ₁ to `1e-2` and lower it to `1e-6`. At which do the curves stop
#    saying anything about importance, and what becomes of the accuracy in each case?
# 2. **Equal variances.** Divide every column of `X` and `X_test` by the standard deviation of
#    the column of `X` (where it is not 0), and train with L1 again. Say beforehand what the
#    argument at the end of part 3 predicts for the last blocks.
# 3. **Too few steps.** Train with `Adam(1e-3)` instead. The last block keeps about ten edges
#    per input, whatever λ₁ is. Compute how far a weight can travel in the run, count the
#    initial weights of that block that lie farther than that from 0.1, and compare.
#
# What you should see: 1. at `1e-2` only the first block keeps a few edges, and the accuracy
# falls by ten points; at `1e-6` the curve is flat but for the last block, and the accuracy is
# that of the control. 2. the last block keeps about half of its edges instead of none, for
# its pull is no longer small; what fall is left shows what the *labels* find unimportant. 3.
# the two counts agree: a figure can show the step budget instead of the data.
