# %% [markdown]
# # Backpropagation, and how to trust it
#
# *You will* turn the steps of the page before into five rules, one line of code each, for
# networks of any depth. Then you test them, make five well-known mistakes on purpose, and see
# how each is found. *You learn* the backward pass, the gradient check, and what this check
# cannot see. *You need* the page before, the chain rule, and Taylor's formula for one picture.
# About 45 minutes.
#
# The paper says of its network (section 1): "Our proposed architecture is pruned before
# training and avoids overfitting." *Pruned before training* means that most edges are absent
# from the start. Training must never bring them back, and this depends on one line of the
# backward pass. You will see what happens when the line is wrong.
#
# ## The network
#
# Eq. (1) of the paper, now for $n$ samples at once. Each sample is a column, so $Z^{(l)}$ has
# the shape $N_l \times n$, and the bias is added to every column:
#
# $$A^{(l)} = W^{(l)} Z^{(l-1)} + b^{(l)}, \qquad Z^{(l)} = \sigma(A^{(l)}).$$
#
# $Z^{(0)}$ is the input $X$. The last layer has no sigmoid: its $A$ are the logits, which we
# call $S$. The loss is the mean cross-entropy over the samples, plus an L1 penalty with the
# strength $\lambda$, which makes every weight cost something. The next page explains what it
# is good for:
#
# $$\ell = \frac1n \sum_{k=1}^n \left( \ln \sum_i e^{S_{ik}} - S_{y_k k} \right)
#   + \lambda \sum_{\text{weights}} \lvert w \rvert.$$
#
# Here $y_k$ is the true class of sample $k$, and $\lambda = 10^{-4}$ as in the paper's input
# layer of Figure 2. Our example has the widths 6, 5, 4, 3, and about half of the edges in the
# first two layers. A layer is a triple: weights, biases, and support.

# %%
import matplotlib.pyplot as plt
import numpy as np

from scnn_np import build, load_data
from scnn_np.gradcheck import numerical_gradient, relative_error

rng = np.random.default_rng(0)
PRICE = 1e-4                                        # λ of the L1 penalty
layers = [(support * rng.standard_normal(support.shape),
           rng.standard_normal((len(support), 1)), support)
          for support in (rng.random((5, 6)) < 0.5, rng.random((4, 5)) < 0.5,
                          np.ones((3, 4), bool))]   # (W, b, support), input side first
X, y = rng.standard_normal((6, 7)), rng.integers(0, 3, 7)           # 7 samples


def sigmoid(A):
    return 1 / (1 + np.exp(-A))


act = sigmoid                                       # "act" of Eq. (1)


def forward(layers, X):
    """[Z0, Z1, ..., S]: the input, what each layer puts out, and the logits."""
    Zs = [X]
    for W, b, _ in layers:
        A = W @ Zs[-1] + b
        Zs.append(act(A))
    return [*Zs[:-1], A]                            # no act at the end


def loss(layers, X, y):
    S = forward(layers, X)[-1]
    data = np.mean(np.log(np.exp(S).sum(axis=0)) - S[y, np.arange(len(y))])
    return data + PRICE * sum(np.abs(W).sum() for W, _, _ in layers)


print(f"loss {loss(layers, X, y):.4f}; edges",
      [int(support.sum()) for _, _, support in layers])

# %% [markdown]
# ## Five rules
#
# **From the loss to the logits.** The logit $S_{ik}$ stands in one term of the sum over
# samples. Its slope there is $e^{S_{ik}} / \sum_j e^{S_{jk}}$, which is the probability
# $P_{ik}$, minus 1 if $i$ is the true class. The factor $1/n$ of the mean stays:
#
# $$\frac{\partial \ell}{\partial S} = \frac{P - Y}{n}, \qquad
#   Y_{ik} = 1 \text{ if } i = y_k, \text{ else } 0.$$

# %%
def from_loss(S, y):
    P = np.exp(S) / np.exp(S).sum(axis=0)
    Y = np.arange(len(S))[:, None] == y
    return (P - Y) / len(y)


# %% [markdown]
# **Through the sigmoid.** We write $\sigma(a) = (1 + e^{-a})^{-1}$ and differentiate:
#
# $$\sigma'(a) = \frac{e^{-a}}{(1 + e^{-a})^2}
#   = \frac{1}{1 + e^{-a}} \left( 1 - \frac{1}{1 + e^{-a}} \right) = z (1 - z).$$
#
# So the slope at $a$ is found from the output $z$. The forward pass has computed it already.

# %%
def through_sigmoid(dZ, Z):
    return dZ * Z * (1 - Z)


# %% [markdown]
# **To the weights.** The weight $W_{ij}$ acts in $A_{ik} = \sum_j W_{ij} Z_{jk} + b_i$ for
# each sample $k$, with the slope $Z_{jk}$. Several ways to the loss are added:
#
# $$\frac{\partial \ell}{\partial W_{ij}}
#   = \sum_k \frac{\partial \ell}{\partial A_{ik}} Z_{jk}, \qquad \text{so} \qquad
#   \mathrm{d}W = \mathrm{d}A \, Z^\top \text{ on the support.}$$
#
# Here and in code, $\mathrm{d}W$ is short for the gradient with respect to $W$. The penalty
# has the slope $\lambda$ where a weight is positive and $-\lambda$ where it is negative. (At 0
# it has a kink, a jump of the slope. The function `sign` gives 0 there.)

# %%
def to_weights(dA, Z, W, support):
    return np.where(support, dA @ Z.T + PRICE * np.sign(W), 0)


# %% [markdown]
# **To the biases.** The same with the slope 1 for every sample, and without a penalty.

# %%
def to_bias(dA, b):
    return dA.sum(axis=1, keepdims=True)


# %% [markdown]
# **To the layer below.** The value $Z_{jk}$ acts on all $A_{ik}$ of its sample, with the
# slopes $W_{ij}$. The sum now runs over $i$, down a column of $W$, so the matrix is transposed:
#
# $$\frac{\partial \ell}{\partial Z_{jk}}
#   = \sum_i W_{ij} \frac{\partial \ell}{\partial A_{ik}}, \qquad \text{so} \qquad
#   \mathrm{d}Z = W^\top \mathrm{d}A.$$
#
# This rule is short: `W.T @ dA` stands in the loop below, which goes from the last layer to the
# first. The other four rules are arguments, so that we can exchange one of them for a wrong one
# later.

# %%
def backward(layers, X, y, from_loss=from_loss, through_sigmoid=through_sigmoid,
             to_weights=to_weights, to_bias=to_bias):
    """[(dW, db), ...], the gradients of `loss`, input side first."""
    *Zs, S = forward(layers, X)
    dA, gradients = from_loss(S, y), []
    for (W, b, support), Z in zip(layers[::-1], Zs[::-1], strict=True):
        gradients.append((to_weights(dA, Z, W, support), to_bias(dA, b)))
        dA = through_sigmoid(W.T @ dA, Z)           # of the layer below, if there is one
    return gradients[::-1]


gradients = backward(layers, X, y)
for l, (dW, db) in enumerate(gradients, 1):
    print(f"layer {l}: size of dW {np.linalg.norm(dW):.4f}, of db {np.linalg.norm(db):.4f}")

# %% [markdown]
# ## The gradient check
#
# Are these numbers right? They look plausible, but wrong gradients look plausible, too, and
# networks even learn with them, only worse. We need a second way to the same numbers that
# shares nothing with the first. The page before had one: **nudge** a number by a small $h$ and
# run forward.
#
# $$f'(x) \approx \frac{f(x + h) - f(x)}{h} \quad \text{(one side)}, \qquad
#   f'(x) \approx \frac{f(x + h) - f(x - h)}{2h} \quad \text{(two sides)}.$$
#
# Taylor's formula gives the errors: about $\frac{h}{2} f''(x)$ for one side, and
# $\frac{h^2}{6} f'''(x)$ for two, because the terms with $f''$ cancel. The library takes four
# points, at $\pm h$ and $\pm 2h$, which cancels one term more and leaves an error of the size
# $h^4$.
#
# **Predict:** the formulas say that a smaller $h$ is better. So is $h = 10^{-12}$ the best of
# all? Sketch the error against $h$, from $10^{-12}$ to $10^{-1}$, for one side and for two.

# %% tags=["predicted"]
def f(x):
    return 1 / (1 + x * x)              # plain arithmetic: all computers round it alike


ways = {"one side": lambda x, h: (f(x + h) - f(x)) / h,
        "two sides": lambda x, h: (f(x + h) - f(x - h)) / (2 * h),
        "four points": lambda x, h: (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h)
                                     - f(x + 2 * h)) / (12 * h)}
steps = [2.0 ** -k for k in range(3, 41)]
places = [0.3 + 0.05 * k for k in range(20)]
figure, ax = plt.subplots()
for name, slope in ways.items():
    errors = [max(abs(slope(x, h) + 2 * x * f(x) ** 2) for x in places) for h in steps]
    ax.loglog(steps, errors, label=name)
ax.set(xlabel="h", ylabel="largest error at 20 places")
ax.legend(loc="lower left")
plt.show()
# alt: Three curves in the shape of a V, read from right to left: each falls with h, the
# four points fastest, reaches a lowest point, and rises again while h becomes smaller. The
# smallest errors are about 1e-8 for one side, 1e-11 for two sides, 3e-13 for four points.

# %% [markdown] tags=["why"]
# No. A computer keeps about 16 digits. For a tiny h the two values of f agree in almost all of
# them, their difference consists of rounding errors, and the division by h makes these large:
# an error of about 1e-16 / h. So there is a best h for each formula. The better the formula,
# the larger is its best h, and the smaller the error there. The library takes four points with
# h = 1e-3.

# %% [markdown]
# How do we compare two gradients? Not number by number: the relative error of a slope near 0
# is mere rounding. We compare whole arrays by their length, the norm
# $\lVert g \rVert = \sqrt{\sum_i g_i^2}$:
#
# $$\text{error} = \frac{\lVert g - \hat g \rVert}
#   {\max(\lVert g \rVert, \lVert \hat g \rVert)},$$
#
# where $g$ comes from the backward pass and $\hat g$ from nudging. Then we read the error on
# a **ladder**:
#
# | error | verdict | what to do |
# |---|---|---|
# | below 1e-7 | good | trust it |
# | below 1e-4 | doubtful | 64-bit numbers? a kink within the reach of h? |
# | below 1e-2 | suspicious | look for a small term that is forgotten |
# | above | WRONG | look for the mistake, layer by layer, from the loss down |

# %%
def nudge(f, x, entries, h=1e-5):
    """The slopes of f at some entries of the array x, from two sides."""
    flat, slopes = x.reshape(-1), []                # a view: f sees what we change
    for entry in entries:
        kept = flat[entry]
        flat[entry] = kept + h
        above = f()
        flat[entry] = kept - h
        below = f()
        flat[entry] = kept                          # as it was, to the last bit
        slopes.append((above - below) / (2 * h))
    return np.array(slopes)


def check(layers, X, y, **rules):
    """The largest error of all weights that are edges, and of all biases."""
    errors = {"W": 0.0, "b": 0.0}
    for (W, b, support), (dW, db) in zip(layers, backward(layers, X, y, **rules), strict=True):
        for name, x, dx, there in ("W", W, dW, support), ("b", b, db, np.ones(b.shape)):
            entries = np.flatnonzero(there)
            slopes = nudge(lambda: loss(layers, X, y), x, entries)
            errors[name] = max(errors[name], relative_error(dx.flat[entries], slopes))
    return errors


def verdict(error):
    ladder = (1e-7, "good"), (1e-4, "doubtful"), (1e-2, "suspicious"), (np.inf, "WRONG")
    return next(word for limit, word in ladder if error < limit)


errors = check(layers, X, y)
print({name: verdict(error) for name, error in errors.items()})

# %% [markdown]
# The library's version is the same with four points. It agrees, and it is closer:

# %%
(W1, _, support1), (dW1, _) = layers[0], gradients[0]
edges = np.flatnonzero(support1)
exact = numerical_gradient(lambda: loss(layers, X, y), W1, edges)
assert np.allclose(exact, dW1.flat[edges], rtol=0, atol=1e-11)
assert np.allclose(exact, nudge(lambda: loss(layers, X, y), W1, edges), rtol=0, atol=1e-8)
assert relative_error(exact, dW1.flat[edges]) < 1e-10

# %% [markdown]
# ## Five classic mistakes
#
# Each of these has been made many times, by careful people. Each changes one line.
#
# 1. **The slope of the sigmoid at the wrong place:** σ′ is evaluated at the output z in place
#    of the sum a.
# 2. **The missing 1/n:** the loss is a mean, the gradient a sum.
# 3. **A gradient off the support:** the full product is kept, and absent edges get a slope.
# 4. **L1 on the biases:** the slope of the penalty is added to the biases as well, though the
#    loss has no such term.
# 5. **Batches that are not shuffled:** the data set is sorted by class, and training walks
#    through it in that order.

# %%
def sigmoid_at_z(dZ, Z):                            # mistake 1
    return dZ * sigmoid(Z) * (1 - sigmoid(Z))


def sum_not_mean(S, y):                             # mistake 2
    return from_loss(S, y) * len(y)


def off_support(dA, Z, W, support):                 # mistake 3
    return dA @ Z.T + PRICE * np.sign(W)


def bias_with_price(dA, b):                         # mistake 4
    return to_bias(dA, b) + PRICE * np.sign(b)


# %% [markdown]
# **Predict:** which of the five will the gradient check find? Write down five times yes or no.

# %% tags=["predicted"]
mistakes = {"1 sigmoid at z": {"through_sigmoid": sigmoid_at_z},
            "2 missing 1/n": {"from_loss": sum_not_mean},
            "3 off the support": {"to_weights": off_support},
            "4 L1 on biases": {"to_bias": bias_with_price},
            "5 not shuffled": {}}                   # nothing in the gradient is wrong
found = {name: check(layers, X, y, **rule) for name, rule in mistakes.items()}
print("mistake              weights                biases")
for name, errors in found.items():
    said = [verdict(e) + (f" ({e:.4f})" if e > 1e-4 else "") for e in errors.values()]
    print(f"{name:<20} {said[0]:<22} {said[1]}")

# %% [markdown] tags=["why"]
# Three are found, two are not. Mistakes 1, 2 and 4 give a gradient that is not the slope of
# the loss. Mistake 2 has a typical error: all slopes are n times too large (but for the
# price), so the error is 1 - 1/7 for 7 samples. Mistake 4 is small and shows in the biases
# only: this is what the rung "suspicious" is for. Mistake 3 is right at each edge, and the
# check looks at edges only. Mistake 5 is not in the gradient at all. A check finds only what
# it looks at.

# %% [markdown]
# ### What finds the other two
#
# Mistake 3 needs another question: *is the support after a training step the support before
# it?* We make one step, $W \leftarrow W - 0.1 \cdot \mathrm{d}W$, and count.

# %%
def weights_after_step(**rules):
    """How many weights are not 0 after one step, layer by layer."""
    return [int(np.count_nonzero(W - 0.1 * dW)) for (W, _, _), (dW, _) in zip(
        layers, backward(layers, X, y, **rules), strict=True)]


print("edges of the graph     ", [int(support.sum()) for _, _, support in layers])
print("after a correct step   ", weights_after_step())
print("after a step, mistake 3", weights_after_step(to_weights=off_support))

# %% [markdown]
# One step, and the network is fully connected; nothing is left of "pruned before training".
# The library excludes the mistake by the way it stores things: a sparse layer has one number
# for each edge and one slope for each edge, and no place for others. All that a network of
# the library trains lies in one vector `theta`, so one call checks a whole network. Here it is
# a small coupled one, of the kind that the paper proposes:

# %%
network = build("sc", 16, 4, width=16, layers=2, blocks=4, degrees=[4, 6, 3, 1], l2=5e-5,
                dtype=np.float64)
inputs, classes = rng.standard_normal((16, 5)), rng.integers(0, 4, 5)
for layer in network.affine_layers:
    layer.b = rng.standard_normal(layer.b.shape)    # biases of 0 would hide mistakes
network.loss_and_gradient(inputs, classes)
by_backward = network.gradient.copy()
by_nudging = numerical_gradient(lambda: network.loss_and_gradient(inputs, classes)[0],
                                network.theta)
W = network.affine_layers[0].W
assert network.affine_layers[0].dW.shape == (W.nnz,)
print(f"{network.theta.size} slopes: {verdict(relative_error(by_backward, by_nudging))};",
      f"{W.nnz} of them for the {W.nnz} edges of the first layer")

# %% [markdown]
# The command `python -m scnn_np gradcheck` does this for every layer of the library, and it
# contains mistake 1 on purpose, to show that the check can fail.
#
# Mistake 5 needs a look at training. We take the small pictures of digits from scikit-learn,
# 64 pixels each, *sort* them by class, and train one hidden layer of 32 sigmoid neurons. Each
# step takes 48 samples. One run takes them in sorted order, the other shuffles in each epoch
# (an epoch is one pass over the data).

# %%
digits = load_data("digits")
by_class = np.argsort(digits.y_train, kind="stable")
Z, labels = digits.X_train[by_class].T.astype(float), digits.y_train[by_class]


def train(shuffle, epochs=8, size=48, rate=0.5):
    """Losses of the batches, and the accuracy on the test images at the end."""
    rng = np.random.default_rng(1)
    net = [(rng.uniform(-1, 1, shape), np.zeros((shape[0], 1)), np.ones(shape, bool))
           for shape in ((32, 64), (10, 32))]       # fully connected
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(labels)) if shuffle else np.arange(len(labels))
        for start in range(0, len(order), size):
            batch = order[start:start + size]
            losses.append(loss(net, Z[:, batch], labels[batch]))
            step = backward(net, Z[:, batch], labels[batch])
            net = [(W - rate * dW, b - rate * db, support)
                   for (W, b, support), (dW, db) in zip(net, step, strict=True)]
    S = forward(net, digits.X_test.T.astype(float))[-1]
    return losses, np.mean(S.argmax(axis=0) == digits.y_test)


sorted_losses, sorted_accuracy = train(shuffle=False)
shuffled_losses, shuffled_accuracy = train(shuffle=True)
figure, ax = plt.subplots()
ax.plot(sorted_losses[:120], "--", color="C1", lw=1.2, label="sorted by class")
ax.plot(shuffled_losses[:120], "-", color="C0", label="shuffled")
ax.set(xlabel="step", ylabel="loss of the batch", ylim=(0, None))
ax.legend(loc="upper right")
plt.show()
print(f"test accuracy: sorted {sorted_accuracy:.1%}, shuffled {shuffled_accuracy:.1%}")
# alt: Over four epochs, the loss of shuffled batches falls smoothly from
# {{shuffled_losses[0]:.1f}} to {{shuffled_losses[119]:.1f}}. The loss of sorted batches is a
# saw: it leaps up whenever a new class begins and falls until the class ends, in every epoch
# again.

# %% [markdown]
# With sorted batches, the network learns "everything is a 0", then "everything is a 1", and
# forgets as fast as it learns. The loss within a class looks splendid, but the test accuracy
# is only {{sorted_accuracy:.0%}}, against {{shuffled_accuracy:.0%}} with shuffling. So look at
# the loss of each batch when a network learns badly; a saw means order in the data.
#
# ## Exercises
#
# **1. Blind spots.** A check is only as good as its inputs. Find inputs of `check` on which
# mistake 2 is called "good", and others on which mistake 4 is.

# %% [markdown] tags=["hint"]
# Mistake 2 multiplies by n. For which n does this do nothing? Mistake 4 adds the sign of each
# bias. Which biases have no sign, and what are the biases of a fresh network?

# %% tags=["answer"]
one_sample = check(layers, X[:, :1], y[:1], from_loss=sum_not_mean)
fresh = [(W, np.zeros_like(b), support) for W, b, support in layers]
no_biases = check(fresh, X, y, to_bias=bias_with_price)
assert max(one_sample.values()) < 1e-7              # a batch of one: n = 1
assert max(no_biases.values()) < 1e-7               # biases 0, as all networks begin
assert max(check(layers, X, y, from_loss=sum_not_mean).values()) > 0.5
print("check with several samples, and with biases that are not 0")

# %% [markdown]
# **2. Change the code: another activation.** Replace the sigmoid by $\tanh$: set `act`, and
# write the rule. Derive the slope from the output first, as we did for the sigmoid. Then let
# the check judge your rule.

# %% [markdown] tags=["hint"]
# tanh a = sinh a / cosh a, and cosh² a - sinh² a = 1. So the slope is 1 / cosh² a, which is
# 1 - z². The check runs forward and backward: both must know the new activation.

# %% tags=["answer"]
def through_tanh(dZ, Z):
    return dZ * (1 - Z ** 2)


act = np.tanh
tanh_right, tanh_wrong = check(layers, X, y, through_sigmoid=through_tanh), check(layers, X, y)
act = sigmoid                                       # as it was
assert max(tanh_right.values()) < 1e-7
assert max(tanh_wrong.values()) > 1e-2              # the sigmoid's rule is found out
print("the rule of tanh: good; the rule of the sigmoid in its place: WRONG")

# %% [markdown]
# ## What you have learned
#
# Backpropagation is five rules, each the chain rule for one kind of step. The gradient check
# compares them with nudging, which is slow and knows nothing of the rules. It needs 64-bit
# numbers, a sensible $h$, several samples, and biases that are not 0. And it is blind to what
# is not a slope: the support and the order of the data need tests of their own.

# %%
assert max(check(layers, X, y).values()) < 1e-7                     # the five rules
caught = {name for name, errors in found.items() if max(errors.values()) > 1e-4}
assert caught == {"1 sigmoid at z", "2 missing 1/n", "4 L1 on biases"}
assert weights_after_step() == [support.sum() for _, _, support in layers]
assert weights_after_step(to_weights=off_support) == [W.size for W, _, _ in layers]
assert relative_error(by_backward, by_nudging) < 1e-7               # the library, too
assert sorted_accuracy < shuffled_accuracy - 0.2
print("five rules, four tests: gradient, support, several samples, order")
