# %% [markdown]
# # Training
#
# *You will* train a network on small pictures of digits: with a loss for classes, in batches,
# and with three ways to walk downhill. Then you put a price on the weights and see which of
# them become 0. *You learn* softmax and cross-entropy, what a batch costs and gives, how SGD,
# momentum and Adam move, and why L1 reaches 0 where L2 does not. *You need* the two pages
# before. About 50 minutes.
#
# Two sentences of the paper stand behind this page. Section 3: "We used sigmoid activation
# function, cross-entropy loss with ℓ₂ regularization and regularization parameter of
# 5 × 10⁻⁵". And section 1: "we empirically show that ℓ₁ regularization results in a paradigm
# where the out degree of a neuron is representative of its importance". The paper does not say
# which optimiser it used. This project takes Adam, and marks that as *assumed*.

# %%
import matplotlib.pyplot as plt
import numpy as np

from scnn_np import build, fit_ordering, load_data
from scnn_np.nn import softmax_cross_entropy
from scnn_np.training import SGD, Adam

digits = load_data("digits")
ordering = fit_ordering(digits.X_train, digits.y_train, "pca", "descending")
X, X_test = (ordering(part).astype(float) for part in (digits.X_train, digits.X_test))
y, y_test = digits.y_train, digits.y_test
print(f"{len(X)} training images and {len(X_test)} test images, {X.shape[1]} inputs each")

# %% [markdown]
# The inputs are not the pixels but their principal components (PCA), the most important one
# first. A later page explains them; here it matters only that early inputs vary much and late
# ones hardly at all.
#
# ## Softmax and cross-entropy
#
# The output layer gives one logit $s_i$ for each class $i$. Softmax makes probabilities of
# them, and the loss is minus the logarithm of the probability of the true class $t$:
#
# $$p_i = \frac{e^{s_i}}{\sum_j e^{s_j}}, \qquad
#   \ell = -\ln p_t = \ln \sum_j e^{s_j} - s_t.$$
#
# Two things are worth knowing. First, the same number $c$ added to all logits changes
# nothing, because $e^c$ cancels. So we may subtract the largest logit, and then no power can
# overflow: without this, a logit of 1000 ends the run.
#
# Second, the slope at the logits is $p_i$, minus 1 for the true class. For two classes and a
# network that is sure and wrong, $p_t = 0.001$, the slope at $s_t$ is nearly $-1$: a strong
# push. The squared error $(1 - p_t)^2$ would have the slope $-2 (1 - p_t) \cdot p_t (1 - p_t)$
# instead, which is about $-0.002$. The worse the mistake, the less it would learn.

# %%
def cross_entropy(S, y):
    """The mean loss of the logits S, (classes, batch), and its slope."""
    shifted, samples = S - S.max(axis=0), np.arange(len(y))
    E = np.exp(shifted)
    loss = np.mean(np.log(E.sum(axis=0)) - shifted[y, samples])
    P = E / E.sum(axis=0)
    P[y, samples] -= 1
    return loss, P / len(y)


S, classes = np.array([[1000.0, 0.0], [0.0, 3.0], [999.0, 1.0]]), np.array([0, 2])
for mine, library in zip(cross_entropy(S, classes), softmax_cross_entropy(S, classes),
                         strict=True):
    assert np.allclose(mine, library)
print(f"loss {cross_entropy(S, classes)[0]:.4f}, though a logit is 1000")

# %% [markdown]
# ## Batches
#
# The true gradient is a mean over all samples. We could compute it for each step, but a mean
# over a small random **batch** of $n$ samples points in roughly the same direction and
# costs less. How far off is it? For independent samples, the error of a mean falls like
# $1 / \sqrt n$: four times the samples, half the error.

# %%
def make(**options):
    """64 inputs, one hidden layer of 64 sigmoid neurons, 10 classes, fully connected."""
    return build("fc", 64, 10, width=64, layers=1, dtype=np.float64, **options)


def gradient(network, batch):
    network.loss_and_gradient(X[batch].T, y[batch])
    return network.gradient.copy()


network, rng = make(), np.random.default_rng(0)
whole = gradient(network, np.arange(len(X)))
print("batch   error of the gradient, relative")
for n in (1, 4, 16, 64, 256):
    off = [np.sum((gradient(network, rng.integers(0, len(X), n)) - whole) ** 2)
           for _ in range(200)]
    error = np.sqrt(np.mean(off)) / np.linalg.norm(whole)
    print(f"{n:5}   {error:.2f}")

# %% [markdown]
# Four times the samples, half the error, as promised. A single sample points almost anywhere:
# its error is several times as long as the gradient itself. Even a batch of 64 is rough. But
# the errors of many steps cancel in part, so many cheap, rough steps go farther than one exact
# step at the same cost. That is *stochastic gradient descent*, SGD. The samples of an epoch
# are shuffled and cut into batches, so that each is used once. The page before has shown what
# happens without shuffling.
#
# ## Three ways to walk
#
# Let $\theta$ be all weights and biases in one vector, $g$ the gradient of the batch, and
# $\eta$ the learning rate. **SGD** steps against the gradient:
#
# $$\theta \leftarrow \theta - \eta g.$$
#
# **Momentum** keeps a velocity $v$, and $\mu = 0.9$ of it survives each step. Pushes that
# agree add up; pushes that change their sign cancel:
#
# $$v \leftarrow \mu v - \eta g, \qquad \theta \leftarrow \theta + v.$$
#
# **Adam** keeps a running mean $m$ of the gradient and a running mean $v$ of its square (not
# the velocity from above), entry by entry, and divides one by the root of the other. So each
# weight has a step of about $\eta$ of its own, however large or small its slopes are:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
#   v \leftarrow \beta_2 v + (1 - \beta_2) g^2, \qquad
#   \theta \leftarrow \theta - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
#   \frac{m}{\sqrt v + \varepsilon}.$$
#
# Here $\beta_1 = 0.9$, $\beta_2 = 0.999$, $t$ counts the steps, and $\varepsilon = 10^{-8}$
# avoids a division by 0. Both means begin at 0 and are too small at first; the factor with
# $t$ corrects this.

# %%
def sgd(g, memory, rate):
    return -rate * g


def momentum(g, memory, rate, mu=0.9):
    memory["v"] = mu * memory.get("v", 0) - rate * g
    return memory["v"]


def adam(g, memory, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * g
    v = memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * g * g
    return -rate * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t) * m / (np.sqrt(v) + epsilon)


# %% [markdown]
# We try them in a valley with two weights, $\ell = \frac12 (w_1^2 + 25 w_2^2)$. It is 25 times
# steeper across than along. First, the library's versions take the same steps:

# %%
STEEP = np.array([1.0, 25.0])


def walk(move, rate, steps, start=(-4.0, 1.0)):
    """The places on the way, (steps + 1, 2)."""
    path, memory = [np.array(start)], {}
    for _ in range(steps):
        path.append(path[-1] + move(STEEP * path[-1], memory, rate))
    return np.array(path)


for move, optimizer in ((sgd, SGD(0.05)), (momentum, SGD(0.05, momentum=0.9)),
                        (adam, Adam(0.05))):
    theta = np.array([-4.0, 1.0])
    for place in walk(move, 0.05, 30)[1:]:
        optimizer.step(theta, STEEP * theta)
        assert np.allclose(theta, place)
print("30 equal steps of all three")

# %% [markdown]
# **Predict:** SGD takes 200 steps in this valley, once with $\eta = 0.078$ and once with
# $\eta = 0.082$. The rates differ by about 5 %. How far from the bottom does each of
# them end? Hint: one step multiplies $w_2$ by $1 - 25 \eta$.

# %% tags=["predicted"]
for rate in (0.078, 0.082):
    end = np.linalg.norm(walk(sgd, rate, 200)[-1])
    print(f"rate {rate}: each step multiplies the second weight by {1 - 25 * rate:.2f}, "
          f"ends {end:.2g} away")

# %% [markdown] tags=["why"]
# The factor is -0.95 for the first and -1.05 for the second. Both jump from one side of the
# valley to the other, but the first comes nearer at each jump, and the second goes farther
# away: every step ends higher than it began. The border is η = 2 / 25, two divided by the
# steepest curvature. In the flat direction a step of that size removes only 8 % of the way.
# So the steep direction dictates the rate, and the flat one has to wait.

# %%
places = np.meshgrid(np.linspace(-4.6, 1.6, 100), np.linspace(-1.3, 1.3, 100))
figure, ax = plt.subplots(figsize=(7, 3.8))
ax.contour(*places, (places[0] ** 2 + 25 * places[1] ** 2) / 2, levels=[0.5, 2, 5, 10, 16],
           colors="0.8", linewidths=0.8)
for name, move, rate, mark in (("SGD, rate 0.07", sgd, 0.07, "o-"),
                               ("momentum, rate 0.01", momentum, 0.01, "s--"),
                               ("Adam, rate 0.3", adam, 0.3, "^:")):
    ax.plot(*walk(move, rate, 25).T, mark, ms=4, lw=1.2, label=name)
ax.plot(0, 0, "k+", ms=12)
ax.set(xlabel="first weight (flat)", ylabel="second weight (steep)", ylim=(-1.3, 1.9))
ax.legend(loc="upper right")
plt.show()
# alt: Three paths of 25 steps from the left into the bottom of a long flat valley, marked by a
# cross. SGD jumps from side to side while it creeps along. Momentum swings in wide curves,
# with longer steps. Adam goes diagonally, equally fast in both directions at first.

# %% [markdown]
# ### On the digits
#
# Which one is best? The question is unfair unless each may choose its rate. So we train the
# network on the digits for five epochs with each rate in a row, and draw the loss of the last
# epoch.

# %%
def train(network, move, rate, epochs=5, size=32):
    """Train in place; returns the mean loss of each epoch."""
    rng, memory, losses = np.random.default_rng(0), {}, []
    for _ in range(epochs):
        order, total = rng.permutation(len(X)), 0.0
        for start in range(0, len(X), size):
            batch = order[start:start + size]
            loss, _ = network.loss_and_gradient(X[batch].T, y[batch])
            network.theta += move(network.gradient, memory, rate)
            total += loss * len(batch)
        losses.append(total / len(X))
    return losses


rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
last = {move.__name__: [train(make(), move, rate)[-1] for rate in rates]
        for move in (sgd, momentum, adam)}
figure, ax = plt.subplots()
for (name, losses), mark in zip(last.items(), ("o-", "s--", "^:"), strict=True):
    ax.loglog(rates, losses, mark, label=name)
ax.set(xlabel="learning rate", ylabel="mean loss of the fifth epoch")
ax.legend(loc="lower left")
plt.show()
# alt: Loss against the learning rate. SGD and momentum fall to the right, and the curve of
# momentum is that of SGD shifted to rates ten times smaller. Adam lies far below both up to a
# rate of 0.1, where it has the lowest point of all, and is the highest at a rate of 1.

# %% [markdown]
# Look at the two upper curves: momentum at the rate $\eta$ does what SGD does at $10 \eta$.
# Along a steady slope the velocity grows to
# $\eta g (1 + \mu + \mu^2 + \dots) = \eta g / (1 - \mu)$, and $1 / (1 - 0.9) = 10$. Adam learns
# fast at small rates because its steps do not shrink with the slopes, and for the same reason
# it is the first to jump about when the rate is too large. At most rates Adam wins, at the
# largest it loses: a comparison of optimisers at one rate says little.
#
# ## A price on weights: L2 and L1
#
# A network with many weights can learn its training images by heart. A **penalty** adds a
# price for weights to the loss. L2 charges the square, L1 the absolute value:
#
# $$\text{L2: } \frac{\lambda_2}{2} \sum w^2, \text{ slope } \lambda_2 w; \qquad
#   \text{L1: } \lambda_1 \sum \lvert w \rvert, \text{ slope } \lambda_1 \mathrm{sign}(w).$$
#
# Take a single weight. Without a price the data would like it to be $c$, and the loss grows
# as it moves away: $\frac12 (w - c)^2$. With a price the best $w$ is a compromise. For L2 we
# set the slope to 0, $w - c + \lambda_2 w = 0$, and find $w = c / (1 + \lambda_2)$.
#
# For L1 it depends on the sign. If $w$ is positive, $w - c + \lambda_1 = 0$, so
# $w = c - \lambda_1$, and this is positive only for $c \gt \lambda_1$. Negative $w$ in the
# same way. In between, where $\lvert c \rvert \le \lambda_1$, neither works, and the best
# place is the kink itself, $w = 0$.
#
# **Predict:** draw the best $w$ against $c$, from $-2$ to 2, for $\lambda_2 = 0.5$ and for
# $\lambda_1 = 0.5$. And a second drawing: the data do not care about a weight at all (slope
# 0), it begins at 1, and only the price moves it, with $\eta = 0.06$ and the same $\lambda$.
# How does it fall over 100 steps?

# %% tags=["predicted"]
def soft_threshold(c, price):
    """The best w for ½(w - c)² + price·|w|."""
    return np.sign(c) * np.maximum(np.abs(c) - price, 0)


c, price, rate = np.linspace(-2, 2, 81), 0.5, 0.06
l1, l2 = [1.0], [1.0]
for _ in range(100):
    l1.append(l1[-1] - rate * price * np.sign(l1[-1]))
    l2.append(l2[-1] - rate * price * l2[-1])
figure, (left, right) = plt.subplots(1, 2)
left.plot(c, soft_threshold(c, price), label="L1")
left.plot(c, c / (1 + price), label="L2")
left.plot(c, c, ":", color="0.4", label="no price")
left.set(xlabel="c, what the data want", ylabel="best w")
left.legend()
right.plot(l1, label="L1")
right.plot(l2, label="L2")
right.set(xlabel="step", ylabel="w, moved by the price alone", ylim=(-0.05, 1.05))
right.legend()
plt.show()
# alt: Left: against c, L2 gives a flatter straight line through 0, L1 gives two parallel lines
# joined by a flat piece at exactly 0 between minus a half and a half. Right: over the steps L1
# falls in a straight line, reaches 0 after 33 steps and then trembles around it by less than
# one step. L2 falls in a curve that flattens and is still above 0 at the end.

# %% [markdown] tags=["why"]
# The slope of L2 is λw: the smaller the weight, the weaker the pull. Each step removes the
# same share, 3 %, and a share of something never leaves nothing. The slope of L1 is λ, however
# small the weight is: each step removes the same amount, 0.03, so the weight arrives. There it
# stays, within one step of 0, as long as the data pull with less than λ. That is the whole
# reason why L1 selects and L2 does not.

# %% [markdown]
# ## What is left on the digits
#
# We train the network with Adam, 40 epochs, without a price, with L2 and with L1. L1 has the
# paper's strength for input weights, 0.0001. L2 has twenty times the paper's, so that it shows
# on so few images. Then we count the weights of the hidden layer. Small differences in
# accuracy mean nothing here, on {{len(X_test)}} test images; what matters is the shape of the
# weights.

# %%
prices = {"no price": {}, "L2": {"l2": 1e-3}, "L1": {"l1": 1e-4}}
size, tiny = {}, {}
print("            accuracy   below 0.001   above 0.1   exactly 0")
for name, options in prices.items():
    network = make(**options)
    train(network, adam, 3e-3, epochs=40)
    w = size[name] = np.abs(network.weights[0])
    tiny[name] = np.mean(w < 1e-3)
    print(f"{name:<10} {network.evaluate(X_test, y_test)[1]:9.1%} {tiny[name]:13.0%} "
          f"{np.mean(w > 0.1):11.0%} {np.sum(w == 0):11}")

# %%
figure, ax = plt.subplots()
for (name, w), line in zip(size.items(), (":", "--", "-"), strict=True):
    ax.plot((w > 0.1).sum(axis=0), line, label=name)
ax.set(xlabel="input, in order of importance", ylabel="edges with weight above 0.1",
       ylim=(0, 68))
ax.legend(loc="lower left")
plt.show()
# alt: Against the input, the number of its 64 edges whose weight is above 0.1. Without a
# price nearly all edges are above, for all inputs. With L2 and with L1 the number falls from
# about 55 at the first inputs to 0 at the last.

# %% [markdown]
# With a price, only important inputs keep their edges. This is the idea of the paper's
# Figure 2, and a later page repeats it in full. Two details deserve an honest look.
#
# L2 thins out the unimportant inputs as well. They vary so little that their weights earn
# nothing, and any price pulls them down. The difference is among the small weights: below
# 0.001 are {{tiny["L1"]:.0%}} of them with L1, and {{tiny["L2"]:.0%}} with L2.
#
# And *exactly* 0 is none of them, even with L1. You have seen the reason in the picture of one
# weight: near 0 it jumps to the other side, comes back, and trembles. So one has to count
# weights above a threshold. The paper does the same, with 0.1. Exercise 3 makes exact zeros.
#
# ## Exercises
#
# **1. With a pencil: the first step of Adam.** The means $m$ and $v$ begin at 0. How long is
# the first step of a weight whose slope is 5? And if it is 0.00005?

# %% [markdown] tags=["hint"]
# Put t = 1 into the formulas. Then m = 0.1 g and v = 0.001 g². The factor in front is
# √0.001 / 0.1. Everything cancels but the sign.

# %% tags=["answer"]
for slope in (5.0, 5e-5, -5e-5):
    step = adam(slope, {}, rate=0.01)
    assert np.isclose(step, -0.01 * np.sign(slope), rtol=1e-2)
print("the first step is the learning rate, for every weight")

# %% [markdown]
# **2. Change the code: Nesterov's momentum.** This variant makes the new velocity, as before,
# and then moves by $\mu v - \eta g$ with the new $v$, as if it looked one step ahead. Write
# `nesterov` in the style of `momentum`, and compare it with `SGD(0.05, momentum=0.9,
# nesterov=True)` of the library.

# %% [markdown] tags=["hint"]
# Call `momentum` first; it leaves the new velocity in the memory and returns it.

# %% tags=["answer"]
def nesterov(g, memory, rate, mu=0.9):
    return mu * momentum(g, memory, rate, mu) - rate * g


theta, optimizer = np.array([-4.0, 1.0]), SGD(0.05, momentum=0.9, nesterov=True)
for place in walk(nesterov, 0.05, 30)[1:]:
    optimizer.step(theta, STEEP * theta)
    assert np.allclose(theta, place)
ends = [np.linalg.norm(walk(move, 0.03, 60)[-1]) for move in (momentum, nesterov)]
assert ends[1] < ends[0]
print(f"after 60 steps in the valley: momentum {ends[0]:.3f}, Nesterov {ends[1]:.3f} away")

# %% [markdown]
# **3. Change the code: exact zeros.** Train without a penalty in the gradient, with plain SGD
# at the rate 1. After each step apply `soft_threshold` with the price $\eta \lambda_1$ to
# the weights of the hidden layer, where $\lambda_1 = 0.001$. How many of them are exactly 0
# after 20 epochs? (This is called a *proximal step*.)

# %% [markdown] tags=["hint"]
# Copy `train`. The hidden weights are `network.affine_layers[0].W`, and an assignment to it
# writes into `theta`. The biases are free, as always.

# %% tags=["answer"]
def train_with_zeros(network, rate=1.0, price=1e-3, epochs=20, size=32):
    rng, hidden = np.random.default_rng(0), network.affine_layers[0]
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), size):
            batch = order[start:start + size]
            network.loss_and_gradient(X[batch].T, y[batch])
            network.theta += sgd(network.gradient, {}, rate)
            hidden.W = soft_threshold(hidden.W, rate * price)
    return network


network = train_with_zeros(make())
zeros = np.mean(network.weights[0] == 0)
accuracy = network.evaluate(X_test, y_test)[1]
assert zeros > 0.3 and accuracy > 0.9
print(f"{zeros:.0%} of the hidden weights are exactly 0, accuracy {accuracy:.1%}")

# %% [markdown]
# ## What you have learned
#
# Cross-entropy pushes hardest where the network is most wrong. Batches trade exact steps for
# many. Momentum adds up steady slopes, Adam gives each weight its own scale, and both need a
# rate that fits. L2 removes a share of each weight, L1 a fixed amount, so that L1 arrives at 0
# and holds there each weight that the data do not pull away. Until now every network was fully
# connected *before* training; the next page removes edges before it begins.

# %%
assert np.isfinite(cross_entropy(S, classes)[0])                    # large logits are safe
assert np.linalg.norm(walk(sgd, 0.078, 200)[-1]) < 1e-3             # below 2/25 it arrives,
assert np.linalg.norm(walk(sgd, 0.082, 200)[-1]) > 1e3              # above it runs away
assert np.isclose(last["momentum"][1], last["sgd"][3], rtol=0.1)    # momentum: ten times
assert soft_threshold(0.4, 0.5) == 0 != 0.4 / 1.5                   # L1 is at 0, L2 is not
assert abs(l1[-1]) < rate * price < l2[-1]                          # and on the way, too
assert tiny["L1"] > 2 * tiny["L2"]
print("a loss, three walks, two prices")
