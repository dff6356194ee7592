# %% [markdown]
# # Which features matter
#
# *You will* rank the inputs of a network in two ways, look at what an order does to a picture,
# and train the same sparse network on three orders. *You learn* what principal components and
# random forests call important, and why they disagree. *You need* the page on
# [spatial coupling](coupling.md), and to know what an eigenvector is. About 30 minutes.
#
# The paper says (section 2): "The first step in our model is to transform and rank input
# features based on their importance." It names two ways: principal component analysis (PCA)
# and the importance in a random forest (RF). The sparse layer then gives many edges to the
# first blocks and few to the last. Whether the first inputs deserve them depends on the order
# alone.
#
# The paper's data are pictures of clothes, Fashion-MNIST. This page runs offline, so a digit
# of 8 × 8 pixels stands in for a shirt, and the numbers for clothes are read from committed
# full-size runs.
#
# ## Principal components
#
# Let the column $X_k$ hold the pixels of training image $k$, and let $\mu$ be the mean of all
# $n$ images. The covariance matrix $S$ tells how the pixels vary together:
#
# $$S = \frac{1}{n-1} \sum_k (X_k - \mu)(X_k - \mu)^T, \qquad S v_i = \sigma_i^2 v_i.$$
#
# (Elsewhere in the course, $S$ is for logits and $\sigma$ is the sigmoid.) The eigenvectors
# $v_i$ are the *axes*. The feature $x_i = v_i^T (X_k - \mu)$ is the place of image $k$ along
# axis $i$, and the eigenvalue $\sigma_i^2$ is the variance of this feature. PCA calls a feature
# important when its variance is large. It never looks at the labels.

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from scnn_np import Trainer, fit_ordering, load_data, spatially_coupled
from scnn_np.analysis import block_means, out_degrees
from scnn_np.training import Adam

with plt.rc_context():              # they set a style of their own
    from figures import importance, judges, sweeps, table1

data = load_data("digits")
pixels, y = data.X_train.astype(float), data.y_train
mean = pixels.mean(axis=0)
S = (pixels - mean).T @ (pixels - mean) / (len(pixels) - 1)
variance, axes_of = np.linalg.eigh(S)                       # ascending …
variance, axes_of = variance[::-1], axes_of[:, ::-1]        # … so turn both round
largest = axes_of[np.abs(axes_of).argmax(axis=0), np.arange(64)]
axes_of = axes_of * np.sign(largest)                        # v or -v: choose one
ordering = fit_ordering(data.X_train, y, "pca", "descending")
X = (pixels - mean) @ axes_of
varies = variance > 1e-9
assert np.allclose(variance, ordering.importance, atol=1e-6)
assert np.allclose(np.abs(X), np.abs(ordering(data.X_train)), atol=1e-4)
print("constant features:", np.sum(~varies))
print("share of the first 8 features:", f"{variance[:8].sum() / variance.sum():.1%}")

# %% [markdown]
# The library finds the same features, up to a sign that means nothing. Three features never
# change, and eight of the 64 hold two thirds of the variance. What do these know of the
# picture? We keep the first $k$ features, put 0 for the others, and go back to pixels:
# $\mu + \sum_{i=1}^k x_i v_i$.

# %%
image = 7
figure, axes = plt.subplots(1, 5, figsize=(7, 1.65))
for ax, part, title in zip(axes, (slice(0, 64), slice(0, 4), slice(0, 8), slice(0, 24),
                                  slice(8, 64)),
                           ("all 64", "first 4", "first 8", "first 24", "last 56"),
                           strict=True):
    rebuilt = mean + axes_of[:, part] @ X[image, part]
    ax.imshow(rebuilt.reshape(8, 8), cmap="Greys", vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
plt.show()
# alt: The same small digit five times. With all features it is sharp; with the first 4 it is
# a soft blot, with 8 its shape comes out, and with 24 it is almost the first picture again.
# The last 56 alone give a pale, patchy picture in which the digit is hard to read.

# %% [markdown]
# Eight features give the shape of the digit, and 24 nearly all of it. The last 56 are not
# nothing: they sharpen the picture.
#
# ## Random forests
#
# A tree asks questions of the kind "is pixel 21 above 0.3?", one after the other. A question
# is good if it sorts the classes. The *Gini impurity* of a set of images says how mixed it is,
#
# $$G = 1 - \sum_c p_c^2,$$
#
# where $p_c$ is the share of class $c$. It is 0 if all have one class. A question divides the
# images into two groups, and their mean impurity is lower than $G$. This reduction, times the
# number of images, is what the pixel has earned. The forest adds up what each pixel earns in
# 100 random trees, and that is its importance. So a forest does look at the labels. But scale
# means nothing to it: "is $100 x_i$ above 30?" is the same question.

# %%
def gini(labels):
    return 1 - np.sum((np.bincount(labels) / len(labels)) ** 2)


def reduction(feature, labels, threshold):
    """How much one question lowers the impurity."""
    yes = feature > threshold
    return gini(labels) - yes.mean() * gini(labels[yes]) - (~yes).mean() * gini(labels[~yes])


print(f"all images: G = {gini(y):.3f}")
for pixel in (21, 0, 1):
    middle = (pixels[:, pixel].min() + pixels[:, pixel].max()) / 2
    if pixels[:, pixel].any():
        print(f"pixel {pixel:2}: one question lowers G by "
              f"{reduction(pixels[:, pixel], y, middle):.3f}")
    else:
        print(f"pixel {pixel:2}: always 0, no question")

# %% [markdown]
# With the forest the features stay pixels, and only their places change. Here is the digit in
# three orders, written row by row. (The same would happen to a shirt of 784 pixels.)

# %%
figure, axes = plt.subplots(1, 4, figsize=(7, 2))
axes[0].imshow(pixels[image].reshape(8, 8), cmap="Greys")
axes[0].set_title("as it comes")
for ax, direction in zip(axes[1:], ("descending", "ascending", "shuffled"), strict=True):
    by_forest = fit_ordering(data.X_train, y, "rf", direction)
    ordered = by_forest(data.X_train[image:image + 1])[0]
    assert np.array_equal(np.sort(ordered), np.sort(data.X_train[image]))
    ax.imshow(ordered.reshape(8, 8), cmap="Greys")
    ax.set_title(direction)
for ax in axes:
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(True)
plt.show()
# alt: Four squares. The first shows a digit. In descending order the same grey values stand
# scattered over the upper part and the last rows are nearly white; in ascending order this is
# turned upside down; shuffled, they lie anywhere. No digit can be seen in the last three.

# %% [markdown]
# For us the digit is gone. For a dense network nothing has happened: with the columns of its
# first weight matrix in the same order, it computes what it did before. For a spatially-coupled
# network much has happened, because its columns are not alike.
#
# ## Two opinions
#
# We let the forest judge the PCA features, so both judge the same thing. (We set the constant
# features to exactly 0, and round the others to five digits. Scale means nothing to a forest,
# so otherwise it might use rounding errors.)
#
# **Predict:** the blocks of 8 features hold falling shares of the variance. Do they hold
# falling shares of the forest's importance?

# %% tags=["predicted"]
X = np.where(varies, X, 0).round(5)
forest = RandomForestClassifier(100, random_state=0).fit(X, y).feature_importances_
dark = (axes_of[:, 48:56] ** 2).mean(axis=1) @ (pixels > 0).mean(axis=0)     # in block 6
shares = {"variance": 100 * (variance / variance.sum()).reshape(8, 8).sum(axis=1),
          "forest": 100 * forest.reshape(8, 8).sum(axis=1)}
for name, share in shares.items():
    print(f"{name:9}", *(f"{s:5.1f}" for s in share), "%")
figure, ax = plt.subplots()
for (name, share), style in zip(shares.items(), ("o-", "s--"), strict=True):
    ax.semilogy(range(8), share, style, label=name)
ax.set(xlabel="block of 8 PCA features", ylabel="share in % (logarithmic)")
ax.legend(loc="lower left")
plt.show()
# alt: Shares of eight blocks on a logarithmic axis. The variance falls all the way, from
# {{shares["variance"][0]:.0f}} percent to below 0.01. The forest's dashed curve falls along
# with it for three blocks, then stays at a few percent and has a bump in block 6.

# %% [markdown] tags=["why"]
# They agree about the front and disagree about the back. Block 6 holds almost no variance, and
# still the forest gives it more than each of the three blocks before. Its axes lie on pixels
# near the left and right edge that are dark in only {{dark:.0%}} of the images; but when they
# are, it says something about the digit. A small number can be a good answer. Variance measures
# how loud a feature is, the forest how much it knows about the labels.

# %% [markdown]
# On Fashion-MNIST the same happens, and more strongly. We read the full-size runs. They also
# say how many points of accuracy a trained network loses when one block of its inputs is
# replaced by its mean:

# %%
full = judges.Table(importance)
runs = sweeps.records(full.rows["sc"], full.results)
forest_full, lost = (np.mean([run[name][0] for run in runs], axis=0)
                     for name in ("forest", "ablation"))
lost_rsp = np.mean([run["ablation"][0] for run in sweeps.records(
    full.rows["rsp"], full.results)], axis=0)
print("importance by forest (%):      ", *(f"{share:6.1f}" for share in forest_full))
print("points lost by the SC network: ", *(f"{points:6.1f}" for points in lost))
print("points lost by the RSP network:", *(f"{points:6.1f}" for points in lost_rsp))

# %% [markdown]
# The forest gives the *last* 98 features {{forest_full[-1]:.1f}} %, second only to the first
# block. The trained SC network does not use them: without the first block it loses
# {{lost[0]:.0f}} points, without any other at most {{lost[1:].max():.1f}}. That is not because
# the last block has few edges. The random sparse network gives all blocks the same number, and
# does not use the last one either. Scale means nothing to a forest, but a network multiplies
# its inputs by weights, so the loud ones count more. (The [next page](figure2.md) measures
# this.) So whenever you read "important", ask: important *for whom*?
#
# ## What the order does to the network
#
# Now the SC network itself, with one hidden layer of 256 neurons, on the digits. The library
# scales the paper's list of degrees to this width. (In a much narrower layer, many neurons
# would be without input, and chance would decide.) The same features stand in three orders:
# descending, ascending (the paper's "reversed order of features"), and shuffled, a control that
# the paper leaves out.
#
# **Predict:** how many points of accuracy lie between the best order and the worst? Where will
# the shuffled one be?

# %% tags=["predicted"]
def train(direction, seed, order="pca"):
    """The SC network after 40 epochs of the library's loop, and its test inputs."""
    fitted = fit_ordering(data.X_train, y, order, direction,
                          rng=np.random.default_rng(seed))
    network = spatially_coupled(64, 10, width=256, layers=1, seed=seed)
    Trainer(network, epochs=40, optimizer=Adam(3e-3), progress_stream=False).fit(
        fitted(data.X_train), y)
    return network, fitted(data.X_test)


def accuracies(order="pca", seeds=3):
    found = {}
    for direction in ("descending", "shuffled", "ascending"):
        trained = [train(direction, seed, order) for seed in range(seeds)]
        found[direction] = [net.evaluate(Z, data.y_test)[1] for net, Z in trained]
        print(f"{direction:10} accuracy {np.mean(found[direction]):.1%}, of the seeds "
              f"{min(found[direction]):.1%} to {max(found[direction]):.1%}")
    return found


degrees = block_means(out_degrees(spatially_coupled(64, 10, width=256, layers=1).weights[0]), 8)
print("edges that leave an input, by block:", *(f"{d:.0f}" for d in degrees))
pca = accuracies()

# %% [markdown] tags=["why"]
# Descending is best, ascending worst, and shuffled lies between them. Descending gives most
# edges to the features that the network can use, ascending to features that are almost 0, and
# shuffled to some of both. But even in ascending order the network learns: few edges are more
# than none, and weights can grow.

# %% [markdown]
# What does the paper say? "In reverse PCA case, SC shows a very poor performance"; its Table 1
# has 10.00 %, which is guessing. We read the full-size runs, the mean ± one standard deviation
# over three seeds:

# %%
table = judges.Table(table1)
for order in ("pca", "rf"):
    for direction in ("descending", "shuffled", "ascending"):
        name = f"sc-{order}-{direction}"
        paper = table1.PAPER.get(name)
        print(f"{order:3} {direction:10} accuracy {table.mean(name):16}",
              f"paper {paper:.2f} %" if paper else "not in the paper")
down, mixed, up = (table.values(f"sc-pca-{name}").mean()
                   for name in ("descending", "shuffled", "ascending"))

# %% [markdown]
# The direction of the effect holds: the order is worth {{down - mixed:.1f}} points over a
# shuffled one, and the reversed order costs {{down - up:.1f}}. But it is not the fall to 10 %.
# That can come from an optimiser that does not start; the page on [stalling](stalling.md)
# follows it up. With RF the measured order is no better than a shuffled one, as far as three
# seeds tell. The paper says why (section 3): "RF reorders the input which tend to give us many
# equally important feature". There is not much to gain where all are alike.
#
# ## Exercises
#
# **1. Loud and clever.** Multiply the features of block 6 by 100. Which of the two rankings
# changes? Guess, then show it.

# %% [markdown] tags=["hint"]
# Copy `X`, change the columns 48 to 55, and compute variances and a forest with the same
# `random_state` again.

# %% tags=["answer"]
loud = X.copy()
loud[:, 48:56] *= 100
share = 8 * block_means(loud.var(axis=0) / loud.var(axis=0).sum(), 8)
again = RandomForestClassifier(100, random_state=0).fit(loud, y).feature_importances_
print(f"block 6 now has {share[6]:.0%} of the variance;",
      f"the forest has moved by less than 0.02: {np.abs(again - forest).max() < 0.02}")
assert share[6] > 0.5 and np.abs(again - forest).max() < 0.02

# %% [markdown]
# **2. Change the code: a third opinion.** Write `ablation(network, Z)`: the points of accuracy
# that a trained network loses when one block of its inputs is set to its mean, for each of the
# 8 blocks. Which of the two rankings does the network side with?

# %% [markdown] tags=["hint"]
# Train with `train("descending", 0)`. For each block copy the test inputs `Z`, replace the 8
# columns by their mean, and call `network.evaluate(changed, data.y_test)[1]`.

# %% tags=["answer"]
def ablation(network, Z):
    whole, found = network.evaluate(Z, data.y_test)[1], []
    for block in range(0, 64, 8):
        changed = Z.copy()
        changed[:, block:block + 8] = Z[:, block:block + 8].mean(axis=0)
        found.append(100 * (whole - network.evaluate(changed, data.y_test)[1]))
    return np.array(found)


points = ablation(*train("descending", 0))
print("the first block is worth most:", points.argmax() == 0)
print("the network sides with the variance:")
print("without block 6 less than two points are lost:", abs(points[6]) < 2)
assert points.argmax() == 0 and points[0] > 20 and abs(points[6]) < 2

# %% [markdown]
# **3. The forest's order.** Run `accuracies("rf")`. Is the order worth as much as with PCA?

# %% [markdown] tags=["hint"]
# Compare the difference between the first and the last line with that of `pca`.

# %% tags=["answer"]
rf = accuracies("rf")
differences = [np.mean(found["descending"]) - np.mean(found["ascending"])
               for found in (pca, rf)]
assert min(differences) > 0.01
for name, points in zip(("PCA", "forest"), differences, strict=True):
    print(f"accuracy, best minus worst order, {name:6}: {points:.1%}")
print("nearly as much: many pixels are always white, and the forest puts them last")

# %% [markdown]
# ## What you have learned
#
# PCA ranks by variance and does not know the labels; a forest ranks by what a feature tells
# about the labels and does not know scale. They agree about the front and disagree about the
# back. An order means nothing to a dense network. To an SC network it decides who gets the
# edges, and it is worth a few points, not everything.

# %%
assert np.all(np.diff(shares["variance"]) < 0)                      # falls all the way
assert shares["forest"][6] > shares["forest"][3:6].max()            # does not
assert forest_full[-1] > forest_full[1:-1].max() and abs(lost[-1]) < 0.1
assert np.mean(pca["descending"]) > np.mean(pca["shuffled"]) > np.mean(pca["ascending"])
assert down > mixed > up > 50
print("important for whom?")
