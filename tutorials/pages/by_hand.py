# %% [markdown]
# # A network by hand
#
# *You will* compute a whole network with a pencil: what it answers, how wrong it is, and how
# each weight should change. Then ten lines of NumPy find the same numbers. *You learn* what a
# layer, a loss and a gradient are, down to the last fraction. *You need* the product of a
# matrix and a vector, the derivative of a function, and paper. About 40 minutes.
#
# The paper describes all of its layers by one equation (section 2.1, "The output of RSP layer
# *l* is given by"):
#
# $$\mathbf{z}^{(l)} = \mathrm{act}(\mathbf{W}^{(l)} \mathbf{z}^{(l-1)} + \mathbf{b}^{(l)})
#   \tag{Eq. 1}$$
#
# RSP means *random sparse*. What is special about such a layer is "that supp(W⁽ˡ⁾) is the
# binary adjacency matrix of a random bipartite graph (Tanner graph) as opposed to all ones
# matrix in the FC case". In plain words: supp is the *support*, the places where a weight may
# be. A matrix of zeros and ones says which neuron of one layer is joined to which neuron of the
# next. In the FC case, *fully connected*, all of them are.
#
# This page explains the equation and these places. We choose the graph ourselves; later pages
# draw it at random.

# %% [markdown]
# ## The network
#
# Our network has 4 inputs, 3 hidden neurons and 2 outputs, one for each class. In symbols,
# $N_0 = 4$, $N_1 = 3$ and $N_2 = 2$, where $N_l$ is the number of neurons in layer $l$.
# The weights of layer $l$ form the matrix $W^{(l)}$ with $N_l$ rows and $N_{l-1}$ columns:
# **row = where an edge arrives, column = where it comes from**. The biases form the column
# $b^{(l)}$. The input is a column too, with one entry for each input neuron.
#
# We choose the numbers so that the arithmetic stays simple. With $L = \ln 3$, and all
# biases 0 at the start,
#
# $$x = \begin{pmatrix} 1 \\ 2 \\ 0 \\ 1 \end{pmatrix}, \qquad
#   W^{(1)} = \begin{pmatrix} L & \cdot & 1 & \cdot \\ 1 & -\frac12 & \cdot & \cdot \\
#             \cdot & \cdot & 2 & -L \end{pmatrix}, \qquad
#   W^{(2)} = \begin{pmatrix} 4 & -2 & -8 \\ 0 & 2L & 0 \end{pmatrix}.$$
#
# A dot is *no edge*: there is no weight, so nothing can ever be learned there. The places
# with an edge are the **support**, $\mathrm{supp}(W^{(1)})$. The zeros in $W^{(2)}$ are
# something else: they are edges whose weight happens to be 0 now. The second layer is fully
# connected.

# %%
import matplotlib.pyplot as plt
import numpy as np
from scipy import sparse

from scnn_np.nn import MLP, Dense, Sigmoid, Sparse
from scnn_np.training import SGD

L = np.log(3)
X = np.array([[1.0], [2.0], [0.0], [1.0]])          # (4, 1): one sample, a column
y = np.array([0])                                   # its true class
W1 = np.array([[L, 0.0, 1.0, 0.0],
               [1.0, -0.5, 0.0, 0.0],
               [0.0, 0.0, 2.0, -L]])
W2 = np.array([[4.0, -2.0, -8.0],
               [0.0, 2 * L, 0.0]])
b1, b2 = np.zeros((3, 1)), np.zeros((2, 1))
support = W1 != 0                                   # (3, 4); no edge here has the weight 0
print(f"{support.sum()} of {support.size} possible edges in layer 1, {W2.size} in layer 2")

# %% [markdown]
# ## Forward, with a pencil
#
# Each hidden neuron first forms a weighted sum of its inputs, $a = W^{(1)} x + b^{(1)}$:
#
# $$\begin{aligned}
#   a_1 &= L \cdot 1 + 1 \cdot 0 = L \\
#   a_2 &= 1 \cdot 1 - \frac12 \cdot 2 = 0 \\
#   a_3 &= 2 \cdot 0 - L \cdot 1 = -L
#   \end{aligned}$$
#
# Then it applies the activation function "act". The paper takes the sigmoid (section 3),
# which turns any number into one between 0 and 1: $\sigma(a) = 1 / (1 + e^{-a})$. Now the
# choice of $L = \ln 3$ helps, because $e^{-L} = 1/3$:
#
# $$z_1 = \frac{1}{1 + \frac13} = \frac34, \qquad z_2 = \frac{1}{1 + 1} = \frac12, \qquad
#   z_3 = \frac{1}{1 + 3} = \frac14.$$
#
# These three numbers are $z^{(1)}$ of Eq. (1), with the input $x$ as $z^{(0)}$. The output
# layer again forms weighted sums, now of $z^{(1)}$. They are called **logits**, and we write
# $s$ for them (for score):
#
# $$\begin{aligned}
#   s_1 &= 4 \cdot \frac34 - 2 \cdot \frac12 - 8 \cdot \frac14 = 3 - 1 - 2 = 0 \\
#   s_2 &= 2 L \cdot \frac12 = L
#   \end{aligned}$$
#
# Finally the **softmax** makes probabilities of them: take $e$ to the power of each logit, and
# divide by the sum. Here $e^0 = 1$ and $e^{L} = 3$, so
#
# $$p_1 = \frac{1}{1 + 3} = \frac14, \qquad p_2 = \frac{3}{1 + 3} = \frac34.$$
#
# The network says: class 0 with probability 1/4, class 1 with probability 3/4. (We count from
# 1 in formulas, as the paper does, and from 0 in code, as Python does. The classes are called
# 0 and 1, as in code.)
#
# In code this is Eq. (1), letter for letter:

# %%
A1 = W1 @ X + b1
Z1 = 1 / (1 + np.exp(-A1))
S = W2 @ Z1 + b2
P = np.exp(S) / np.exp(S).sum(axis=0)

assert np.allclose(A1, [[L], [0], [-L]])
assert np.allclose(Z1, [[3 / 4], [1 / 2], [1 / 4]])
assert np.allclose(S, [[0], [L]])
assert np.allclose(P, [[1 / 4], [3 / 4]])
print("hidden", Z1.ravel(), "  probabilities", P.ravel())

# %% [markdown]
# The picture shows every edge of the network, with the values that we have found. (You may
# skip the code that draws it.)

# %%
def draw(columns, edges):
    """A network from left to right: columns of texts, and (from, to, label, at, weight)."""
    figure, ax = plt.subplots(figsize=(7, 3.9))
    place = {(l, k): (3 * l, 1.5 * ((len(texts) - 1) / 2 - k))
             for l, texts in enumerate(columns) for k, texts_k in enumerate(texts)}
    for start, end, label, at, weight in edges:
        (x0, y0), (x1, y1) = place[start], place[end]
        style = "-" if weight > 0 else "--" if weight < 0 else ":"
        ax.plot([x0, x1], [y0, y1], style, color="0.35", marker="", lw=1.3, zorder=1)
        ax.text(x0 + at * (x1 - x0), y0 + at * (y1 - y0), label, ha="center", va="center",
                bbox={"fc": "white", "ec": "none", "pad": 1.5}, zorder=2)
    for (l, k), (x, height) in place.items():
        ax.scatter(x, height, s=1100, color="white", edgecolor="black", marker="o", zorder=3)
        ax.text(x, height, columns[l][k], ha="center", va="center", zorder=4)
    for l, title in enumerate(["input x", "hidden z", "probability p"]):
        ax.text(3 * l, 3.0, title, ha="center")
    ax.set(xlim=(-0.6, 6.6), ylim=(-2.8, 3.3))
    ax.axis("off")


first = [((0, j), (1, i), text, 0.35, W1[i, j]) for i, j, text in (
    (0, 0, "ln 3"), (0, 2, "1"), (1, 0, "1"), (1, 1, "−½"), (2, 2, "2"), (2, 3, "−ln 3"))]
second = [((1, j), (2, i), text, 0.3, W2[i, j]) for i, j, text in (
    (0, 0, "4"), (0, 1, "−2"), (0, 2, "−8"), (1, 0, "0"), (1, 1, "2 ln 3"), (1, 2, "0"))]
draw([["1", "2", "0", "1"], ["¾", "½", "¼"], ["¼", "¾"]], first + second)
plt.show()
# alt: Four input circles, three hidden circles, two output circles. Only six lines join inputs
# and hidden neurons, two into each hidden neuron; all six possible lines join hidden neurons
# and outputs. Dashed lines have negative weights, dotted ones the weight 0.

# %% [markdown]
# ## How wrong is it?
#
# Suppose that the true class is 0. The network gave it only 1/4. The **cross-entropy** loss
# measures this by one number, $\ell$: minus the logarithm of the probability of the true
# class. It is 0 for a network that is sure and right, and grows without limit for one that is
# sure and wrong. Here it is
#
# $$\ell = -\ln p_1 = -\ln \frac14 = \ln 4.$$
#
# Learning means to change the weights so that the loss falls. So for each weight we ask: if
# this weight grows a little, how does the loss change? That slope is a partial derivative,
# and all of them together are the **gradient**.
#
# **Predict:** there are six edges in the first layer. For two of them the slope is exactly 0,
# whatever the weights are. Which two, and why? Look at the picture before you go on.
#
# To find out, we need no theory. We make one weight larger by a millionth, run the network
# forward again, and see how much the loss has changed.

# %% tags=["predicted"]
def loss_with(W1):
    """The loss, forward only, with other weights in layer 1."""
    S = W2 @ (1 / (1 + np.exp(-(W1 @ X + b1)))) + b2
    return -np.log(np.exp(S[0, 0]) / np.exp(S).sum())


loss, nudged = loss_with(W1), {}
for i, j in np.argwhere(support):
    larger = W1.copy()
    larger[i, j] += 1e-6
    nudged[i, j] = (loss_with(larger) - loss) / 1e-6
    print(f"from input {j} to hidden neuron {i}: slope {nudged[i, j]:7.4f}")

# %% [markdown] tags=["why"]
# The two edges that leave input 2 have slope 0. A weight is multiplied by the value of the
# neuron where its edge begins, and x₃ = 0 (input 2 in code). Whatever the weight is, it does
# not change the output for this sample, so this sample teaches it nothing. Other samples of a
# data set will.

# %% [markdown]
# ## Backward, with a pencil
#
# A weight acts on the loss through a chain: first on one sum $a_i$, this on $z_i$, this on
# the logits, and these on the loss. The chain rule multiplies the slopes along the way, and
# adds where several ways lead to the loss. It is easiest to begin at the end.
#
# **At the logits.** With the softmax put in, the loss is
# $\ell = \ln (e^{s_1} + e^{s_2}) - s_1$. The first part has the slopes $p_1$ and $p_2$ (try
# it!), the second has the slopes 1 and 0. So
#
# $$\frac{\partial \ell}{\partial s_1} = p_1 - 1 = -\frac34, \qquad
#   \frac{\partial \ell}{\partial s_2} = p_2 = \frac34.$$
#
# **At the weights of the output layer.** The weight $W_{ij}^{(2)}$ multiplies $z_j$ in the
# sum $s_i$. So its slope is the slope at $s_i$ times $z_j$, and that of a bias is the slope
# at $s_i$ times 1:
#
# $$\frac{\partial \ell}{\partial W^{(2)}} =
#   \begin{pmatrix} -\frac34 \\ \frac34 \end{pmatrix}
#   \begin{pmatrix} \frac34 & \frac12 & \frac14 \end{pmatrix} =
#   \begin{pmatrix} -\frac9{16} & -\frac38 & -\frac3{16} \\
#                    \frac9{16} & \frac38 & \frac3{16} \end{pmatrix}, \qquad
#   \frac{\partial \ell}{\partial b^{(2)}} =
#   \begin{pmatrix} -\frac34 \\ \frac34 \end{pmatrix}.$$
#
# Note the first and the last weight in row 2. They are 0, but they are edges, so they have a
# slope and will move.
#
# **At the hidden neurons.** Each $z_j$ acts through both logits, so two ways are added: weight
# times slope for each. That is the column $j$ of $W^{(2)}$, multiplied by the slopes above:
#
# $$\begin{aligned}
#   \frac{\partial \ell}{\partial z_1} &= 4 \cdot \left(-\frac34\right)
#       + 0 \cdot \frac34 = -3 \\
#   \frac{\partial \ell}{\partial z_2} &= -2 \cdot \left(-\frac34\right)
#       + 2L \cdot \frac34 = \frac32 (1 + L) \\
#   \frac{\partial \ell}{\partial z_3} &= -8 \cdot \left(-\frac34\right)
#       + 0 \cdot \frac34 = 6
#   \end{aligned}$$
#
# **Through the sigmoid.** Its slope is $z (1 - z)$, which the next page derives. It is
# 3/16, 1/4 and 3/16 at our three neurons, so
#
# $$\frac{\partial \ell}{\partial a_1} = -\frac{9}{16}, \qquad
#   \frac{\partial \ell}{\partial a_2} = \frac38 (1 + L), \qquad
#   \frac{\partial \ell}{\partial a_3} = \frac98.$$
#
# **At the six edges.** Again: slope at the arrival times value at the departure, but only
# where there is an edge.
#
# $$\frac{\partial \ell}{\partial W^{(1)}} = \begin{pmatrix}
#   -\frac{9}{16} \cdot 1 & \cdot & -\frac{9}{16} \cdot 0 & \cdot \\
#   \frac38 (1 + L) \cdot 1 & \frac38 (1 + L) \cdot 2 & \cdot & \cdot \\
#   \cdot & \cdot & \frac98 \cdot 0 & \frac98 \cdot 1 \end{pmatrix}$$
#
# ## Ten lines
#
# Everything above, forward and backward, is ten lines of code. The name `dS` means the
# gradient of the loss with respect to `S`, and so on. They also take several samples at once,
# one column each; then the loss is the mean over the columns.

# %%
def ten_lines(X, y, W1, b1, W2, b2):
    """The mean loss, and its gradients with respect to W1, b1, W2 and b2."""
    onehot = np.arange(len(W2))[:, None] == y       # (classes, batch): 1 at the true class
    Z1 = 1 / (1 + np.exp(-(W1 @ X + b1)))
    S = W2 @ Z1 + b2
    P = np.exp(S) / np.exp(S).sum(axis=0)
    loss = -np.log(P[onehot]).mean()

    dS = (P - onehot) / len(y)
    dW2, db2 = dS @ Z1.T, dS.sum(axis=1, keepdims=True)
    dA1 = W2.T @ dS * Z1 * (1 - Z1)
    dW1, db1 = np.where(support, dA1 @ X.T, 0), dA1.sum(axis=1, keepdims=True)
    return loss, dW1, db1, dW2, db2


loss, dW1, db1, dW2, db2 = ten_lines(X, y, W1, b1, W2, b2)
slope_a = np.array([[-9 / 16], [3 / 8 * (1 + L)], [9 / 8]])
assert np.isclose(loss, np.log(4))
assert np.allclose(dW2, [[-9 / 16, -3 / 8, -3 / 16], [9 / 16, 3 / 8, 3 / 16]])
assert np.allclose(db2, [[-3 / 4], [3 / 4]]) and np.allclose(db1, slope_a)
assert np.allclose(dW1, support * slope_a * X.T)
assert np.allclose(dW1[support], list(nudged.values()), atol=1e-5)      # the six nudges
print("the same numbers as on paper")

# %% [markdown]
# ## One step
#
# The gradient points uphill. So we subtract a small part of it from every weight and bias:
# $W \leftarrow W - \eta \cdot \partial \ell / \partial W$, where $\eta$ is the **learning
# rate**. A weight with the slope $d$ moves by $-\eta d$, and this changes the loss by
# $d \cdot (-\eta d)$, as long as the slope stays as it is. So all together the loss should fall
# by $\eta$ times the sum of the squares of all slopes.

# %%
weights, gradient = [W1, b1, W2, b2], [dW1, db1, dW2, db2]
squares = sum((g ** 2).sum() for g in gradient)


def loss_after(rate):
    """The loss when all weights have made one step."""
    moved = [w - rate * g for w, g in zip(weights, gradient, strict=True)]
    return ten_lines(X, y, *moved)[0]


assert np.isclose((loss - loss_after(1e-5)) / 1e-5, squares, rtol=1e-3)
print(f"sum of the squares {squares:.2f}; for a tiny rate the loss falls as promised")

# %% [markdown]
# **Predict:** we take $\eta = 1/2$. Then the loss should fall from {{loss:.2f}} by
# {{squares / 2:.2f}}, to a number below 0. Can that be? What will it really do?

# %% tags=["predicted"]
rates = np.linspace(0, 0.6, 61)
print(f"loss before {loss:.3f}, after a step of 1/2: {loss_after(0.5):.3f}")
figure, ax = plt.subplots()
ax.plot(rates, [loss_after(rate) for rate in rates], label="loss after the step")
ax.plot(rates, loss - rates * squares, label="if the slopes stayed as they are")
ax.axhline(0, color="0.6", lw=0.8, ls="-")
ax.set(xlabel="learning rate", ylabel="loss", ylim=(-0.3, 1.5))
ax.legend()
plt.show()
# alt: A curve begins at {{loss:.2f}}, follows a steep dashed line at first, then bends and
# comes close to 0 without reaching it. The dashed line goes on downwards and crosses 0 near
# a rate of {{loss / squares:.2f}}.

# %% [markdown] tags=["why"]
# The loss is minus the logarithm of a probability, so it cannot be negative. The gradient is
# true at the place where it was measured, and only there. For a small step the straight line
# is right, as the cell above has shown. For a large step the line says nothing. Here we were
# lucky, for the curve flattens. The page on training shows steps that end higher than they
# began.

# %% [markdown]
# ## The same network in the library
#
# The library of this project makes a network from a list of layers. `Sparse` stores the six
# edges only. Its gradient `dW` is a list of six numbers, too: off the support there is no
# place where a gradient could be written.

# %%
network = MLP([Sparse(sparse.csr_array(W1)), Sigmoid(), Dense(W2)])
library_loss, _ = network.loss_and_gradient(X, y)
hidden, output = network.affine_layers
assert np.isclose(library_loss, loss)
assert np.allclose(hidden.dW, dW1[support]) and np.allclose(hidden.db, db1)
assert np.allclose(output.dW, dW2) and np.allclose(output.db, db2)

SGD(0.5).step(network.theta, network.gradient)      # one step, in place
assert np.isclose(network.loss_and_gradient(X, y)[0], loss_after(0.5))
print(network, "agrees with the ten lines")

# %% [markdown]
# ## Exercises
#
# **1. The other class.** Suppose that the true class is 1. With a pencil: what is the loss,
# what are the slopes at the logits, and what is the slope of the first edge, from input 0 to
# hidden neuron 0? Then check yourself with `ten_lines`.

# %% [markdown] tags=["hint"]
# The forward pass stays the same. Only the line "minus 1 at the true class" moves, from the
# first logit to the second. Then follow the one chain: logits, z₁, a₁, edge.

# %% tags=["answer"]
other = ten_lines(X, np.array([1]), W1, b1, W2, b2)
assert np.isclose(other[0], -np.log(3 / 4))         # the network was nearly right
assert np.allclose(other[4], [[1 / 4], [-1 / 4]])   # p - (0, 1); a bias has the same slope
# z1: 4 · 1/4 + 0 · (-1/4) = 1;  a1: 1 · 3/16;  the edge: 3/16 · 1
assert np.isclose(other[1][0, 0], 3 / 16)
print(f"loss {other[0]:.3f}, slope of the first edge {other[1][0, 0]}")

# %% [markdown]
# **2. Change the code: another activation.** Write `ten_lines` with the ReLU,
# $\max(a, 0)$, in place of the sigmoid. The lines of `Z1` and `dA1` change. What are $z$, the
# logits and the loss now, and which edges of layer 1 still have a slope other than 0?

# %% [markdown] tags=["hint"]
# The slope of max(a, 0) is 1 where a > 0, and 0 where a < 0. At a = 0 there is a kink; take 0,
# as the library does. In code: `A1 > 0`.

# %% tags=["answer"]
def relu_lines(X, y, W1, b1, W2, b2):
    onehot = np.arange(len(W2))[:, None] == y
    A1 = W1 @ X + b1
    Z1 = np.maximum(A1, 0)
    S = W2 @ Z1 + b2
    P = np.exp(S) / np.exp(S).sum(axis=0)
    loss = -np.log(P[onehot]).mean()
    dS = (P - onehot) / len(y)
    dA1 = W2.T @ dS * (A1 > 0)
    return loss, Z1, S, np.where(support, dA1 @ X.T, 0)


relu_loss, relu_Z, relu_S, relu_dW = relu_lines(X, y, W1, b1, W2, b2)
assert np.allclose(relu_Z, [[L], [0], [0]])         # one neuron speaks, two are silent
assert np.allclose(relu_S, [[4 * L], [0]])          # so softmax is 81 : 1
assert np.isclose(relu_loss, np.log(82 / 81))
assert np.argwhere(relu_dW).tolist() == [[0, 0]]    # silent neurons learn nothing
print(f"loss {relu_loss:.4f}; only the edge from input 0 to neuron 0 learns")

# %% [markdown]
# **3. Two samples.** Put the same sample into the batch twice: `np.hstack([X, X])` with the
# labels `[0, 0]`. What happens to the loss and to the gradient? Predict, then try it.

# %% [markdown] tags=["hint"]
# The loss is a mean over the columns. Look for the place where `dS` is divided.

# %% tags=["answer"]
twice = ten_lines(np.hstack([X, X]), np.array([0, 0]), W1, b1, W2, b2)
for one, two in zip((loss, *gradient), twice, strict=True):
    assert np.allclose(one, two)
print("a mean does not change when everything stands there twice")

# %% [markdown]
# ## What you have learned
#
# A layer is a product, a sum and an activation, Eq. (1). The loss is one number. The slope of
# an edge is the slope where it arrives times the value where it begins. An absent edge is not
# a weight of 0: it has no slope, and never moves. The last cell holds all of it. On the next
# page the same steps become rules for networks of any size.

# %%
assert np.allclose(Z1, 1 / (1 + np.exp(-(W1 @ X + b1))))        # Eq. (1)
assert np.isclose(loss, -np.log(P[0, 0]))                       # the loss of class 0
assert np.allclose(dW1[support], (db1 @ X.T)[support])          # arrival times departure
assert not dW1[~support].any() and dW1[support].any()           # no edge, no slope
assert dW2[1, 0] != 0 == W2[1, 0]                               # an edge of weight 0 learns
assert 0 < loss_after(0.5) < loss                               # and the step went downhill
print("a network, by hand and by machine: the same numbers")
