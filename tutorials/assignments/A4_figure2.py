"""L1 and Figure 2.

The master of assignment A4: see `masters.py` for the grammar.
"""

# %% [setup]
import numpy as np

# %% [grader]
from tutorials.assignments.masters import Expr, equivalent, holds, inputs, mutant, own_test

CHOICES = {"layout": ("columns", "rows"), "squares": ("half", "whole"),
           "edge": ("above", "reached")}
SECONDS = 10

# %% [markdown]
# ## What this is about
#
# *Spatially-Coupled Neural Network Architectures* (arXiv 1907.02051) rests on one picture, its
# Figure 2: a network that may connect everything, and pays for every weight, spends its edges
# on the important inputs. You write the price, the count, the order of the inputs and the
# training, and draw the picture with your own code, on images of digits.
#
# **Shapes in this variant.** One column per sample.                                 #? columns
# **Shapes in this variant.** One row per sample.                                    #? rows
# `X` is (inputs, samples), `W` is (outputs, inputs) and `b` is (outputs, 1). In     #? columns
# `X` is (samples, inputs), `W` is (inputs, outputs) and `b` is (1, outputs). In     #? rows
# the formulas $i$ counts outputs, $j$ inputs and $k$ samples; `l1` and `l2` stand for
# $\lambda_1$ and $\lambda_2$. No function may change its arguments.
#
# **The price** of a layer is a sum over all its weights $w$; its biases are free:
#
# $$
# R = \lambda_1 \sum_w |w| + \frac{\lambda_2}{2} \sum_w w^2 \tag{Eq. 1}              #? half
# R = \lambda_1 \sum_w |w| + \lambda_2 \sum_w w^2 \tag{Eq. 1}                        #? whole
# $$
#
# $$
# \frac{\partial R}{\partial w} =
# \lambda_1 \mathrm{sign}(w) + \lambda_2 w, \qquad                                   #? half
# \lambda_1 \mathrm{sign}(w) + 2 \lambda_2 w, \qquad                                 #? whole
# \mathrm{sign}(0) = 0 \tag{Eq. 2}
# $$
#
# Let each of $n$ samples have a loss of its own, and $dA$ be the gradient of these losses with
# respect to the outputs of the layer. What is made small is their mean, plus $R$, so that
#
# $$
# dW_{ij} = \frac1n \sum_k dA_{ik} X_{jk} + \frac{\partial R}{\partial W_{ij}},      #? columns
# \qquad db_i = \frac1n \sum_k dA_{ik} \tag{Eq. 3}                                   #? columns
# dW_{ji} = \frac1n \sum_k X_{kj} dA_{ki} + \frac{\partial R}{\partial W_{ji}},      #? rows
# \qquad db_i = \frac1n \sum_k dA_{ki} \tag{Eq. 3}                                   #? rows
# $$
#
# A step along $\lambda_1 \mathrm{sign}(w)$ may jump across 0. The *soft threshold* goes as far,
# a way $t$ towards 0, but stops there:
#
# $$
# \mathrm{soft}(w, t) = \begin{cases} w - t & \text{if } w > t \\
# w + t & \text{if } w < -t \\ 0 & \text{else} \end{cases} \tag{Eq. 4}
# $$
#
# A weight is an edge if it is large enough. The edges that leave input $j$, with $[\dots]$
# being 1 where it is true and else 0:
#
# $$
# d_j = \sum_i \left[ |W_{ij}| > t \right] \tag{Eq. 5}                        #? columns above
# d_j = \sum_i \left[ |W_{ij}| \ge t \right] \tag{Eq. 5}                    #? columns reached
# d_j = \sum_i \left[ |W_{ji}| > t \right] \tag{Eq. 5}                           #? rows above
# d_j = \sum_i \left[ |W_{ji}| \ge t \right] \tag{Eq. 5}                       #? rows reached
# $$
#
# **The inputs** are put in order of importance by principal components. Let $x_k$ be sample
# $k$ as a column, and $m$ the mean of all $n$ *training* samples. Then
#
# $$
# C = \frac1n \sum_k (x_k - m)(x_k - m)^\top, \quad C q_j = \Lambda_j q_j, \quad
# \Lambda_1 \ge \Lambda_2 \ge \dots, \quad z_j = q_j^\top (x - m) \tag{Eq. 6}
# $$
#
# gives a sample $x$, from training or test, new inputs $z_j$. Over the training samples the
# variance of $z_j$ is $\Lambda_j$. Each $q_j$ has the length 1; its sign is that of `upright`.
#
# **The training** goes through all samples many times, each time dealt anew into batches: with
# a random order $\pi$ of the numbers 0 … $n - 1$, batch $u$ of $S$ samples holds
#
# $$
# \pi_{uS},\ \pi_{uS + 1},\ \dots,\ \pi_{uS + S - 1} \tag{Eq. 7}
# $$
#
# The network has one hidden layer, $H$, and probabilities of 10 classes, $P$, with
# $\sigma(a) = 1 / (1 + e^{-a})$ for each entry and the softmax over the classes. $Y$ is 1 at
# the class of each sample and else 0, and $\odot$ multiplies entry by entry:
#
# $$
# \begin{aligned}
# H &= \sigma(W X + b), & P &= \mathrm{softmax}(V H + c), \\                         #? columns
# dG &= \tfrac1S (P - Y), & dA &= V^\top dG \odot H \odot (1 - H), \\                #? columns
# dV &= dG\, H^\top, & dW &= dA\, X^\top                                             #? columns
# H &= \sigma(X W + b), & P &= \mathrm{softmax}(H V + c), \\                         #? rows
# dG &= \tfrac1S (P - Y), & dA &= dG\, V^\top \odot H \odot (1 - H), \\              #? rows
# dV &= H^\top dG, & dW &= X^\top dA                                                 #? rows
# \end{aligned} \tag{Eq. 8}
# $$
#
# with $dc$ and $db$ the sums of $dG$ and $dA$ over the batch: the $1/S$ of the mean stands in
# $dG$ already. For each batch $W$, $b$, $V$, $c$ move by $-\eta$ times their gradients; then
# $W$ becomes $\mathrm{soft}(W, \eta \lambda_1)$.
#
# **The picture.** The last code cell calls your functions and draws it. This cell needs
# matplotlib and scikit-learn, which has the images; `check.py` and the grader do not run it.

# %% [task] A4.1, Eq. (1): the price of the weights (6 points, 5 minutes, core)
def price(W, b, l1, l2):
    """What a layer pays for its weights.

    R = λ1 Σ |w| + λ2/2 Σ w²                                                         #? half
    R = λ1 Σ |w| + λ2 Σ w²                                                           #? whole

    Parameters
    ----------
    W : array, the weights of a layer
    b : array, its biases
    l1, l2 : float, λ1 and λ2

    Returns
    -------
    R : float

    TODO: Eq. (1).
    APPROACH: one sum for λ1 and one for λ2, each over a whole matrix.
    EXAMPLE:
        >>> W, b = np.array([[1.0, -2.0]]), np.array([[7.0]])
        >>> float(price(W, b, 10.0, 0.0)), float(price(W, b, 0.0, 10.0))
        (30.0, 25.0)                                                                 #? half
        (30.0, 50.0)                                                                 #? whole

    HINTS: `np.abs` and `** 2` work entry by entry. Which of W and b are weights?
    """
    ### BEGIN SOLUTION
    return l1 * np.abs(W).sum() + l2 / 2 * (W ** 2).sum()                            #? half
    return l1 * np.abs(W).sum() + l2 * (W ** 2).sum()                                #? whole
    ### END SOLUTION


# %% [grader]
def lay(A):
    """(outputs, inputs) or (inputs, samples) in the layout of the variant."""
    return A                                                                         #? columns
    return np.ascontiguousarray(A.T)                                                 #? rows


def layer(rng, n_out, n_in):
    """W, with a zero in it, and b."""
    W, b = rng.normal(0, 1.5, (n_out, n_in)).round(1), rng.normal(1, 1, (n_out, 1)).round(1)
    W[0, -1] = 0
    return lay(W), lay(b)


@inputs("A4.1")
def price_inputs(rng):
    l1, l2 = rng.integers(1, 9, 2) / 10
    return [(*layer(rng, 3, 4), l1, l2), (*layer(rng, 2, 3), l1, 0.0),
            (*layer(rng, 4, 2), 0.0, l2)]


@mutant("A4.1", 0.6, "Make the bias larger. Does the price change, and should it?",
        "What does the price apply to?", "Eq. (1) sums over weights; the line above it says "
        "what is free.")
def biases_pay(W, b, l1, l2):
    return price(W, b, l1, l2) + price(b, b, l1, l2)


@mutant("A4.1", 0.4, "One weight is 1, another is -1. Do they cost nothing together?",
        "Can a price be negative?", "What do the two bars in Eq. (1) mean?")
def signs_kept(W, b, l1, l2):
    return price(W, b, 0.0, l2) + l1 * W.sum()


@mutant("A4.1", 0.6, "Set λ1 to 0, take one weight, and work the price out by hand.",
        "Your price of the squares is off by a constant factor.",
        "What stands in front of the second sum of Eq. (1) in this variant?")
def other_factor(W, b, l1, l2):
    return price(W, b, l1, 2 * l2)                                                   #? half
    return price(W, b, l1, l2 / 2)                                                   #? whole


@mutant("A4.1", 0.5, "Write every weight twice. What should happen to the price?",
        "Does a large layer pay more than a small one?", "Eq. (1) has sums, not means.")
def mean_price(W, b, l1, l2):
    return price(W, b, l1, l2) / W.size


@mutant("A4.1", 0.4, "Set λ1 to 0 and make all weights three times as large. By what factor "
        "should the price grow?", "A norm is the root of a sum of squares.",
        "Is there a root in Eq. (1)?")
def root_taken(W, b, l1, l2):
    norm = np.linalg.norm(W)
    return price(W, b, l1, 0.0) + l2 / 2 * norm                                      #? half
    return price(W, b, l1, 0.0) + l2 * norm                                          #? whole


@equivalent("A4.1")
def weight_by_weight(W, b, l1, l2):
    half = l2 / 2                                                                    #? half
    half = l2                                                                        #? whole
    return sum(l1 * abs(w) + half * w * w for w in W.ravel().tolist())


@equivalent("A4.1")
def by_norms(W, b, l1, l2):
    squares = np.vdot(W, W)
    squares = squares / 2                                                            #? half
    return l1 * np.linalg.norm(W.ravel(), 1) + l2 * squares


# %% [task] A4.2, Eq. (2): the slope of the price (8 points, 10 minutes, core)
def price_slope(W, l1, l2):
    """How the price changes with each weight.

    Parameters
    ----------
    W : array of any shape
    l1, l2 : float

    Returns
    -------
    slope : array of the shape of W

    TODO: Eq. (2), entry by entry.
    APPROACH: differentiate Eq. (1) for one positive weight, then for a negative one.
    EXAMPLE:
        >>> price_slope(np.array([2.0, -2.0, 0.0]), 1.0, 0.5).tolist()
        [2.0, -2.0, 0.0]                                                             #? half
        [3.0, -3.0, 0.0]                                                             #? whole

    HINTS: Which way is a weight of 0 pulled? `np.sign` knows three cases.
    """
    ### BEGIN SOLUTION
    return l1 * np.sign(W) + l2 * W                                                  #? half
    return l1 * np.sign(W) + 2 * l2 * W                                              #? whole
    ### END SOLUTION


# %% [grader]
@inputs("A4.2")
def slope_inputs(rng):
    l1, l2 = rng.integers(1, 9, 2) / 10
    return [(layer(rng, 3, 4)[0], l1, l2), (layer(rng, 2, 3)[0], l1, 0.0),
            (np.array([0.0, 1000.0, -0.1, 0.0]), l1, l2)]


@mutant("A4.2", 0.6, "Differentiate your own price numerically. Which of the two terms is off?",
        "Set λ1 to 0: your slope is off by a constant factor.",
        "Take the derivative of the second sum of Eq. (1) of this variant.")
def other_slope(W, l1, l2):
    return price_slope(W, l1, 2 * l2)                                                #? half
    return price_slope(W, l1, l2 / 2)                                                #? whole


@mutant("A4.2", 0.7, "Which way is a weight of 0 pulled?",
        "Print your slope for 0.0 alone.", "Eq. (2) says what the sign of 0 is.")
def zero_moves(W, l1, l2):
    return price_slope(W, l1, l2) + l1 * (W == 0)


@mutant("A4.2", 0.6, "What is your slope at 0?",
        "The quotient of a number and its size is its sign, but for one number.",
        "Eq. (2) says what the sign of 0 is.")
def nan_at_zero(W, l1, l2):
    return price_slope(W, 0.0, l2) + l1 * W / np.abs(W)


@mutant("A4.2", 0.4, "Take a small step against your slope. Does a negative weight shrink?",
        "A price pulls every weight towards 0, from both sides.",
        "What is the sign of w in Eq. (2) if w is negative?")
def one_direction(W, l1, l2):
    return price_slope(W, 0.0, l2) + l1


@mutant("A4.2", 0.4, "Which of the two terms depends on how large a weight is?",
        "The slope of |w| is the same at 1 and at 1000.",
        "What stands beside λ1 in Eq. (2): a size or a sign?")
def size_for_sign(W, l1, l2):
    return price_slope(W, 0.0, l2) + l1 * np.abs(W)


@equivalent("A4.2")
def by_comparison(W, l1, l2):
    squares = l2 * W                                                                 #? half
    squares = l2 * (W + W)                                                           #? whole
    return squares + l1 * (W > 0) - l1 * (W < 0)


@equivalent("A4.2")
def slope_by_slope(W, l1, l2):
    slopes = [(w > 0) * l1 - (w < 0) * l1 + l2 * w for w in W.ravel()]               #? half
    slopes = [(w > 0) * l1 - (w < 0) * l1 + 2 * l2 * w for w in W.ravel()]           #? whole
    return np.asfortranarray(np.reshape(slopes, W.shape))


# %% [task] A4.3, Eq. (3): gradients with a price in them (8 points, 10 minutes, core)
def paid_gradients(W, b, X, dA, l1, l2):
    """The gradients of a layer: those of the data and that of the price.

    Parameters
    ----------
    W : (outputs, inputs) array                                                      #? columns
    b : (outputs, 1) array                                                           #? columns
    X : (inputs, samples) array, what went in                                        #? columns
    dA : (outputs, samples) array: for each sample, the gradient of its own loss     #? columns
    W : (inputs, outputs) array                                                      #? rows
    b : (1, outputs) array                                                           #? rows
    X : (samples, inputs) array, what went in                                        #? rows
    dA : (samples, outputs) array: for each sample, the gradient of its own loss     #? rows
    l1, l2 : float

    Returns
    -------
    dW, db : arrays of the shapes of W and b

    TODO: Eq. (3). dW and db earn points separately.
    APPROACH: first the two means over the samples, with shapes; then add the slope of Eq. (2)
        where it belongs.
    EXAMPLE:
        >>> W, b = np.array([[4.0]]), np.array([[5.0]])
        >>> X, dA = np.array([[1.0, 2.0]]), np.array([[1.0, 0.5]])
        >>> X, dA = X.T, dA.T                                                        #? rows
        >>> [g.tolist() for g in paid_gradients(W, b, X, dA, 3.0, 0.0)]
        [[[4.0]], [[0.75]]]

    HINTS: Twice as many samples: does the price of a weight change? `keepdims=True` keeps an
        axis that was summed. If you call `price_slope`, its mistakes are here too.
    """
    ### BEGIN SOLUTION
    slope = l1 * np.sign(W) + l2 * W                                                 #? half
    slope = l1 * np.sign(W) + 2 * l2 * W                                             #? whole
    n = X.shape[1]                                                                   #? columns
    return dA @ X.T / n + slope, dA.mean(axis=1, keepdims=True)                      #? columns
    n = X.shape[0]                                                                   #? rows
    return X.T @ dA / n + slope, dA.mean(axis=0, keepdims=True)                      #? rows
    ### END SOLUTION


# %% [grader]
SAMPLES = 1                                                                          #? columns
SAMPLES = 0                                                                          #? rows


@inputs("A4.3")
def gradient_inputs(rng):
    def case(n_out, n_in, n, l1, l2):
        X, dA = rng.normal(0, 2, (n_in, n)).round(1), rng.normal(0, 2, (n_out, n)).round(1)
        return *layer(rng, n_out, n_in), lay(X), lay(dA), l1, l2
    l1, l2 = rng.integers(1, 9, 2) / 10
    return [case(3, 2, 4, l1, l2), case(2, 4, 5, l1, 0.0), case(1, 3, 2, 0.0, l2)]


@mutant("A4.3", 0.6, "Set dA to 0. Should a bias move?", "What does the price apply to?",
        "Which of the two gradients of Eq. (3) has the price in it?")
def price_on_biases(W, b, X, dA, l1, l2):
    dW, db = paid_gradients(W, b, X, dA, l1, l2)
    return dW, db + price_slope(b, l1, l2)


@mutant("A4.3", 0.6, "Does the price of a weight depend on how many samples you look at?",
        "Hand in the same samples twice: only one of two terms stays as it is, in yours.",
        "In Eq. (3), what stands under the 1/n and what beside it?")
def price_divided(W, b, X, dA, l1, l2):
    n = X.shape[SAMPLES]
    return paid_gradients(W, b, X, dA, l1 / n, l2 / n)


@mutant("A4.3", 0.5, "Hand in the same samples twice. Should the gradient change?",
        "A mean loss has gradients that are means.", "Eq. (3) has a 1/n, twice.")
def data_summed(W, b, X, dA, l1, l2):
    n = X.shape[SAMPLES]
    return paid_gradients(W, b, X, n * dA, l1, l2)


@mutant("A4.3", 0.4, "Set dA to 0. In which direction do the weights go now?",
        "How do λ1 and λ2 enter what you return?", "Eq. (3) has a second term in dW.")
def price_forgotten(W, b, X, dA, l1, l2):
    return paid_gradients(W, b, X, dA, 0.0, 0.0)


@mutant("A4.3", 0.5, "Set dA to 0 and take a step against dW. Do the weights get smaller?",
        "The price is part of what is made small, as the losses are.",
        "Which sign has the second term of dW in Eq. (3)?")
def price_paid_out(W, b, X, dA, l1, l2):
    return paid_gradients(W, b, X, dA, -l1, -l2)


@mutant("A4.3", 0.66, "dW and db belong to the same mean loss. Do yours?",
        "Hand in the same samples twice: what should happen to db?",
        "What stands in front of the second sum of Eq. (3)?")
def db_summed(W, b, X, dA, l1, l2):
    dW, db = paid_gradients(W, b, X, dA, l1, l2)
    return dW, X.shape[SAMPLES] * db


@equivalent("A4.3")
def mean_of_samples(W, b, X, dA, l1, l2):
    each = [paid_gradients(W, b, X[:, [k]], dA[:, [k]], l1, l2)                      #? columns
            for k in range(X.shape[1])]                                              #? columns
    each = [paid_gradients(W, b, X[[k]], dA[[k]], l1, l2) for k in range(len(X))]    #? rows
    dW, db = zip(*each, strict=True)
    return sum(dW) / len(dW), np.asfortranarray(sum(db) / len(db))


@equivalent("A4.3")
def step_of_the_price_apart(W, b, X, dA, l1, l2):
    dW, db = paid_gradients(W, b, X, dA, 0.0, 0.0)
    return [dW + price_slope(W, l1, 0.0) + price_slope(W, 0.0, l2), db]


# %% [task] A4.4, Eq. (4): the soft threshold (12 points, 15 minutes, core)
def soft_threshold(W, t):
    """Each weight a way t nearer to 0, and no farther than to 0.

    Parameters
    ----------
    W : array of any shape
    t : float, at least 0

    Returns
    -------
    array of the shape of W

    TODO: Eq. (4), entry by entry, without a loop.
    APPROACH: what becomes of the size of a weight, and what of its sign?
    EXAMPLE:
        >>> soft_threshold(np.array([3.0, -3.0, 0.5]), 1.0).tolist()
        [2.0, -2.0, 0.0]

    HINTS: Can a price make a weight negative that was not? `np.maximum` compares an array with
        a number, entry by entry; `np.where` picks one of two arrays.
    """
    ### BEGIN SOLUTION
    return np.sign(W) * np.maximum(np.abs(W) - t, 0)
    ### END SOLUTION


# %% [grader]
@inputs("A4.4")
def soft_inputs(rng):
    t = rng.integers(1, 9) / 4
    W = rng.normal(0, 1.5, (3, 4)).round(2)
    W[0] = 0, t, -t / 2, 1000
    return [(W, t), (rng.normal(0, 1.5, (4, 2)).round(2), t), (W[:, :2] + 0.25, 0.0),
            (np.array([-1000, 2 * t, t / 2, 0]), t)]


@mutant("A4.4", 0.5, "Can a price make a weight negative that was positive?",
        "Take w = 1 and t = 3 by hand.", "The last case of Eq. (4) has no t in it.")
def past_zero(W, t):
    return W - t * np.sign(W)


@mutant("A4.4", 0.5, "Does a large weight pay, too?",
        "You keep some weights as they are and drop others. What does Eq. (4) do to the first?",
        "The first two cases of Eq. (4) change w.")
def hard_threshold(W, t):
    return W * (np.abs(W) > t)


@mutant("A4.4", 0.4, "What becomes of -5 if t is 1?",
        "Half of the weights of a network are negative.",
        "Which case of Eq. (4) is for negative weights?")
def negatives_dropped(W, t):
    return np.maximum(W - t, 0)


@mutant("A4.4", 0.5, "Print the signs of the weights before and after.",
        "You have the new sizes. What is missing?",
        "For a negative w Eq. (4) gives a negative number.")
def sizes_only(W, t):
    return np.maximum(np.abs(W) - t, 0)


@mutant("A4.4", 0.4, "Do the weights get smaller?",
        "Take w = 5 and t = 1, by hand and by your function.",
        "In which of the cases of Eq. (4) does t have which sign?")
def outwards(W, t):
    return soft_threshold(W, t) + 2 * t * np.sign(W) * (np.abs(W) > t)


@mutant("A4.4", 0.4, "What becomes of 5, and of -5, if t is 1?",
        "You keep weights within bounds. Does a price do that?",
        "Is it the large or the small weights that become a constant in Eq. (4)?")
def clipped(W, t):
    return np.clip(W, -t, t)


@mutant("A4.4", 0.5, "Call it twice with the same array. Do you get the same?",
        "What does W hold after the call?",
        "`V = W` gives the same array a second name: make a new one.")
def threshold_in_place(W, t):
    W[...] = soft_threshold(W, t)
    return W


@equivalent("A4.4")
def what_is_clipped_off(W, t):
    return W - np.clip(W, -t, t)


@equivalent("A4.4")
def case_by_case(W, t):
    shrunk = [w - t if w > t else w + t if w < -t else 0.0 for w in W.flat]
    return np.asfortranarray(np.reshape(shrunk, W.shape))


# %% [task] A4.5, Eq. (5): the edges that leave an input (8 points, 10 minutes, core)
def edges_per_input(W, t):
    """How many weights of each input are large enough to be edges.

    Parameters
    ----------
    W : (outputs, inputs) array                                                      #? columns
    W : (inputs, outputs) array                                                      #? rows
    t : float

    Returns
    -------
    (inputs,) array of whole numbers

    TODO: Eq. (5) for all inputs at once.
    APPROACH: make an array of true and false, and sum it along one axis.
    EXAMPLE:
        >>> W = np.array([[3.0, 0.0, 1.0], [-2.0, 0.0, 0.5]])
        >>> W = W.T                                                                  #? rows
        >>> edges_per_input(W, 1.0).tolist()
        [2, 0, 0]                                                                    #? above
        [2, 0, 1]                                                                    #? reached

    HINTS: Is a weight of -0.9 an edge? Which axis is left when the outputs are summed over?
    """
    ### BEGIN SOLUTION
    return (np.abs(W) > t).sum(axis=0)                                       #? columns above
    return (np.abs(W) >= t).sum(axis=0)                                      #? columns reached
    return (np.abs(W) > t).sum(axis=1)                                       #? rows above
    return (np.abs(W) >= t).sum(axis=1)                                      #? rows reached
    ### END SOLUTION


# %% [grader]
OUTPUTS = 0                                                                          #? columns
OUTPUTS = 1                                                                          #? rows


@inputs("A4.5")
def edge_inputs(rng):
    t = rng.integers(1, 5) / 4
    def case(n_out, n_in):
        W = (rng.integers(-8, 9, (n_out, n_in)) / 4)
        W[0, 0], W[-1, -1], W[-1, 0] = 0, t, -t
        return lay(W), t
    return [case(5, 3), case(2, 4), (case(4, 2)[0], 0.0)]


@mutant("A4.5", 0.5, "Is a weight of -0.9 an edge?", "Print the weights that you do not count.",
        "What do the two bars in Eq. (5) mean?")
def positive_only(W, t):
    return (W > t).sum(axis=OUTPUTS)                                                 #? above
    return (W >= t).sum(axis=OUTPUTS)                                                #? reached


@mutant("A4.5", 0.5, "Whose edges are to be counted: those of an input or of an output?",
        "How many numbers do you return, and how many inputs are there?",
        "Over which index is the sum of Eq. (5)?")
def per_output(W, t):
    return edges_per_input(np.ascontiguousarray(W.T), t)


@mutant("A4.5", 0.7, "A weight is exactly t, or -t. Is it an edge in this variant?",
        "Look at the weights that you count and should not, or the other way round.",
        "Compare the sign between |W| and t in Eq. (5) with yours.")
def other_edge(W, t):
    return edges_per_input(W, np.nextafter(t, -1))                                   #? above
    return edges_per_input(W, np.nextafter(t, 9))                                    #? reached


@mutant("A4.5", 0.4, "Is an edge of weight 2 two edges?", "Do you count, or add up sizes?",
        "The bracket of Eq. (5) is 0 or 1.")
def sizes_added(W, t):
    sizes = np.abs(W)
    return (sizes * (sizes > t)).sum(axis=OUTPUTS)                                   #? above
    return (sizes * (sizes >= t)).sum(axis=OUTPUTS)                                  #? reached


@mutant("A4.5", 0.6, "Can a number of edges have a fraction?",
        "A mean of true and false is a share.", "Eq. (5) divides by nothing.")
def share_of_edges(W, t):
    return edges_per_input(W, t) / W.shape[OUTPUTS]


@mutant("A4.5", 0.4, "What do you do with t?", "Hand in t = 0 and t = 1: the same answer?",
        "Which weights does the bracket of Eq. (5) leave out?")
def not_zero(W, t):
    return np.count_nonzero(W, axis=OUTPUTS)


@equivalent("A4.5")
def column_by_column(W, t):
    many = W.T                                                                       #? columns
    many = W                                                                         #? rows
    return [len([w for w in edges if abs(w) > t]) for edges in many]                 #? above
    return [len([w for w in edges if not abs(w) < t]) for edges in many]             #? reached


@equivalent("A4.5")
def counted_in_floats(W, t):
    far = np.abs(W) > t                                                              #? above
    far = ~(np.abs(W) < t)                                                           #? reached
    return far.astype(float).sum(axis=OUTPUTS)


# %% [setup]
def upright(Q):
    """Q with the sign of each column such that its largest entry, by size, is positive."""
    largest = np.abs(Q).argmax(axis=0)
    return Q * np.where(Q[largest, np.arange(Q.shape[1])] < 0, -1, 1)


# %% [task] A4.6, Eq. (6): inputs in order of importance (14 points, 20 minutes, core)
def in_order(X_train, X_test):
    """Principal components, found on training data and applied to test data, too.

    Parameters
    ----------
    X_train : (inputs, samples) array                                                #? columns
    X_test : (inputs, test samples) array                                            #? columns
    X_train : (samples, inputs) array                                                #? rows
    X_test : (test samples, inputs) array                                            #? rows

    Returns
    -------
    Z_train, Z_test : arrays of the shapes of X_train and X_test, in the new inputs
    variances : (inputs,) array, the largest first

    TODO: Eq. (6). Each of the three earns points on its own. The signs are those of `upright`,
        which stands above.
    APPROACH: the mean, then C with its shape, then `np.linalg.eigh(C)`, whose second answer
        has the q as its columns; put these in order, give them their signs, project.
    EXAMPLE:
        >>> X = np.array([[0.0, 2.0, 1.0, 1.0], [9.0, 9.0, 5.0, 13.0]])
        >>> new = np.array([[1.0], [10.0]])
        >>> X, new = X.T, new.T                                                      #? rows
        >>> Z, Z_new, variances = in_order(X, new)
        >>> variances.round(6).tolist(), Z_new.round(6).ravel().tolist()
        ([8.0, 0.5], [1.0, 0.0])

    HINTS: In which order does `eigh` give them? Whose mean is taken off the test samples? Your
        Z has mean 0, and its variances are `variances`.
    """
    ### BEGIN SOLUTION
    m = X_train.mean(axis=1, keepdims=True)                                          #? columns
    A = X_train - m                                                                  #? columns
    variances, Q = np.linalg.eigh(A @ A.T / A.shape[1])                              #? columns
    Q = upright(Q[:, ::-1])                                                          #? columns
    return Q.T @ A, Q.T @ (X_test - m), variances[::-1]                              #? columns
    m = X_train.mean(axis=0)                                                         #? rows
    A = X_train - m                                                                  #? rows
    variances, Q = np.linalg.eigh(A.T @ A / len(A))                                  #? rows
    Q = upright(Q[:, ::-1])                                                          #? rows
    return A @ Q, (X_test - m) @ Q, variances[::-1]                                  #? rows
    ### END SOLUTION


# %% [grader]
@inputs("A4.6", rtol=1e-7, atol=1e-8, decimals=2)
def order_inputs(rng):
    def case(n_in, n, n_test, far):
        stretched = rng.normal(0, 3, (n_in, n_in)) * (1 + rng.permutation(n_in))[:, None]
        X = stretched @ rng.normal(size=(n_in, n + n_test)) + rng.uniform(2, far, (n_in, 1))
        X = X.round(1)
        X[0, 0] = 0
        return lay(X[:, :n]), lay(X[:, n:])
    return [case(3, 5, 2, 9), case(2, 6, 3, 1000), case(4, 6, 1, 9)]


def directions(A):
    """Variances, largest first, and the q as columns, for samples (inputs, n) as they are."""
    variances, Q = np.linalg.eigh(A @ A.T / A.shape[1])
    return variances[::-1], upright(Q[:, ::-1])


def mean_of(X):
    return X.mean(axis=SAMPLES, keepdims=True)


@mutant("A4.6", 0.6, "Which data may you look at before the test?",
        "Change one test sample. Does anything change for the training samples?",
        "Over which samples are the two means of Eq. (6)?")
def fitted_on_both(X_train, X_test):
    Z, _, variances = in_order(np.concatenate([X_train, X_test], axis=SAMPLES), X_test)
    return *np.split(Z, [X_train.shape[SAMPLES]], axis=SAMPLES), variances


@mutant("A4.6", 0.7, "Which of your new inputs varies most?",
        "In which order does the function give the eigenvalues?",
        "Eq. (6) says which Λ is the largest.")
def ascending(X_train, X_test):
    Z_train, Z_test, variances = in_order(X_train, X_test)
    Z_train, Z_test = (np.flip(Z, 1 - SAMPLES) for Z in (Z_train, Z_test))
    return Z_train, Z_test, variances[::-1]


@mutant("A4.6", 0.6, "What is left of the importance after scaling?",
        "Compute the variance of each of your new inputs.",
        "Eq. (6) turns and shifts the samples. Does it stretch them?")
def unit_variance(X_train, X_test):
    Z_train, Z_test, variances = in_order(X_train, X_test)
    spread = lay(np.sqrt(variances)[:, None])
    return Z_train / spread, Z_test / spread, variances


@mutant("A4.6", 0.7, "Hand in a training sample as test data. Is it still the same afterwards?",
        "What is subtracted from the test samples?",
        "The m of Eq. (6) is one mean. Of which samples?")
def own_mean(X_train, X_test):
    return in_order(X_train, X_test - mean_of(X_test) + mean_of(X_train))


@mutant("A4.6", 0.4, "What is the mean of your new inputs over the training samples?",
        "Add 1000 to all samples. Should the variances change?",
        "What is subtracted in C, and in z, of Eq. (6)?")
def uncentred(X_train, X_test):
    variances, Q = directions(lay(X_train))
    return lay(Q.T @ lay(X_train)), lay(Q.T @ lay(X_test)), variances


@mutant("A4.6", 0.8, "Compute the variance of your first new input, and compare.",
        "Your variances are off by one factor, which tends to 1 for many samples.",
        "By how much does C divide in Eq. (6)?")
def one_sample_less(X_train, X_test):
    Z_train, Z_test, variances = in_order(X_train, X_test)
    n = X_train.shape[SAMPLES]
    return Z_train, Z_test, variances * n / (n - 1)


@mutant("A4.6", 0.5, "Are your new inputs uncorrelated, two by two?",
        "Are the eigenvectors the rows or the columns of the matrix that you have?",
        "In Eq. (6) one z takes all entries of one q.")
def rows_for_columns(X_train, X_test):
    m = lay(mean_of(X_train))
    variances, Q = directions(lay(X_train) - m)
    return lay(Q @ (lay(X_train) - m)), lay(Q @ (lay(X_test) - m)), variances


@mutant("A4.6", 0.8, "Your inputs are in metres. In what are the variances?",
        "The last thing that you return is off. Square it.",
        "Λ of Eq. (6) is an eigenvalue as it stands.")
def spreads(X_train, X_test):
    Z_train, Z_test, variances = in_order(X_train, X_test)
    return Z_train, Z_test, np.sqrt(np.maximum(variances, 0))


@equivalent("A4.6")
def by_singular_values(X_train, X_test):
    m = lay(X_train).mean(axis=1)[:, None]
    U, s, _ = np.linalg.svd(lay(X_train) - m)
    U, variances = upright(U), np.zeros(len(U))
    variances[:len(s)] = s ** 2 / X_train.shape[SAMPLES]
    return lay(U.T @ (lay(X_train) - m)), lay(U.T @ (lay(X_test) - m)), variances


@equivalent("A4.6")
def sorted_by_hand(X_train, X_test):
    m = lay(X_train).mean(axis=1)[:, None]
    variances, Q = np.linalg.eig(np.cov(lay(X_train), bias=True))
    order = np.argsort(-variances)
    Q = upright(Q[:, order])
    return lay(Q.T @ (lay(X_train) - m)), lay(Q.T @ (lay(X_test) - m)), variances[order]


# %% [task] A4.7, Eq. (7): an epoch (4 points, 5 minutes, core)
def epoch(n, size, rng):
    """All samples, in a new random order, dealt into batches.

    Parameters
    ----------
    n : int, how many samples there are
    size : int, how many are in a batch; n is a multiple of it
    rng : np.random.Generator

    Returns
    -------
    (n / size, size) array of sample numbers, one row per batch

    TODO: Eq. (7).
    APPROACH: which function of rng gives all numbers 0 … n - 1 in a random order?
    EXAMPLE:
        >>> batches = epoch(6, 2, np.random.default_rng(0))
        >>> batches.shape, sorted(batches.ravel().tolist())
        ((3, 2), [0, 1, 2, 3, 4, 5])

    HINTS: List the samples of five epochs. How often is each of them there? Which samples are
        in a batch together, and are they the same ones in the next epoch?
    """
    ### BEGIN SOLUTION
    return rng.permutation(n).reshape(-1, size)
    ### END SOLUTION


# %% [grader]
@inputs("A4.7")
def epoch_inputs(rng):
    seeds = rng.integers(2 ** 31, size=30)
    return [(12, 4, Expr(f"np.random.default_rng({seed})")) for seed in seeds] + [
        (10, 2, Expr(f"np.random.default_rng({seeds[0]})"))]


@holds("A4.7", 0.25, "List the samples of one epoch. How often is each of them there?",
       "Some samples are drawn twice, and others are not there.",
       "In Eq. (7) every number from 0 to n - 1 stands once, n / S batches of S.")
def each_once(cases):
    return all(batches.shape == (n // size, size)
               and sorted(batches.ravel().tolist()) == list(range(n))
               for (n, size, _), batches in cases)


@holds("A4.7", 0.25, "Call it with two different generators. Are the batches the same?",
       "What is drawn from the generator that you were given?",
       "The order of Eq. (7) is a random one, from rng.")
def new_each_time(cases):
    return len({tuple(batches.ravel().tolist()) for (n, _, _), batches in cases if n == 12}) > 1


@holds("A4.7", 0.5, "List the samples of five batches. Which ones stand together?",
       "The batches change places, and what is in them does not change.",
       "Eq. (7) deals samples in random order, not batches.")
def mixed(cases):
    return len({frozenset(batch) for (n, _, _), batches in cases if n == 12
                for batch in batches.tolist()}) > 20


@mutant("A4.7", violates="each_once")
def with_replacement(n, size, rng):
    return rng.integers(0, n, (n // size, size))


@mutant("A4.7", violates="each_once")
def last_batch_dropped(n, size, rng):
    return epoch(n, size, rng)[:-1]


@mutant("A4.7", violates="new_each_time")
def unshuffled(n, size, rng):
    return np.arange(n).reshape(-1, size)


@mutant("A4.7", violates="new_each_time")
def own_generator(n, size, rng):
    return epoch(n, size, np.random.default_rng(0))


@mutant("A4.7", violates="mixed")
def batches_shuffled(n, size, rng):
    return rng.permutation(np.arange(n).reshape(-1, size))


@mutant("A4.7", violates="mixed")
def shuffled_within(n, size, rng):
    return rng.permuted(np.arange(n).reshape(-1, size), axis=1)


@equivalent("A4.7")
def drawn_one_by_one(n, size, rng):
    left = list(range(n))
    return [[left.pop(int(rng.integers(len(left)))) for _ in range(size)]
            for _ in range(n // size)]


# %% [setup]
WIDTH, RATE, EPOCHS, BATCH = 32, 0.5, 20, 10            # hidden neurons, η, epochs, S


# %% [task] A4.8, Eq. (8): train with a price, and without (20 points, 40 minutes)
def train(X, y, X_test, l1, rng):
    """Train one hidden layer that pays for its edges.

    Parameters
    ----------
    X : (inputs, samples) array, inputs in order of importance                       #? columns
    X : (samples, inputs) array, inputs in order of importance                       #? rows
    y : (samples,) int array, classes 0 … 9; the samples are a multiple of BATCH
    X_test : (inputs, test samples) array                                            #? columns
    X_test : (test samples, inputs) array                                            #? rows
    l1 : float, λ1; there is no λ2
    rng : np.random.Generator, for everything that is drawn

    Returns
    -------
    before : (WIDTH, inputs) array, W before the first step                          #? columns
    before : (inputs, WIDTH) array, W before the first step                          #? rows
    after : array of the same shape, W after the last step
    guesses : (test samples,) int array: the class of the largest P, after the last step

    TODO: Eq. (8) and its steps for each batch of Eq. (7), in EPOCHS epochs. Judged by what it
        does: `before` must not depend on l1, the guesses must be good, without a price the
        unimportant inputs must keep their edges, with one they must lose them.
    APPROACH: draw W uniformly from -0.3 to 0.3 and V from -1 to 1, in the shapes that Eq. (8)
        needs, b and c are 0. First let it learn with l1 = 0: print the share of right guesses
        after each epoch. Then put the soft threshold behind the step of W.
    EXAMPLE:
        >>> rng = np.random.default_rng(0)
        >>> X, y = rng.normal(size=(4, 20)), np.arange(20) % 2
        >>> X_test = X[:, :5]
        >>> X, X_test = X.T, X_test.T                                                #? rows
        >>> [x.shape for x in train(X, y, X_test, 0.01, rng)]
        [(32, 4), (32, 4), (5,)]                                                     #? columns
        [(4, 32), (4, 32), (5,)]                                                     #? rows

    HINTS: `W -= …` changes the array, and with it everything that has a second name for it.
        Adding one number to all scores of a sample does not change a softmax, and may keep it
        from overflow. You may call `epoch` and `soft_threshold`, if they have full points.
    """
    ### BEGIN SOLUTION
    n_in, n = X.shape                                                                #? columns
    n, n_in = X.shape                                                                #? rows
    W, b = rng.uniform(-0.3, 0.3, (WIDTH, n_in)), np.zeros((WIDTH, 1))               #? columns
    V, c = rng.uniform(-1, 1, (10, WIDTH)), np.zeros((10, 1))                        #? columns
    W, b = rng.uniform(-0.3, 0.3, (n_in, WIDTH)), np.zeros((1, WIDTH))               #? rows
    V, c = rng.uniform(-1, 1, (WIDTH, 10)), np.zeros((1, 10))                        #? rows
    before, Y = W, np.eye(10)[y]

    def forward(X):
        H = 1 / (1 + np.exp(-W @ X - b))                                             #? columns
        G = V @ H + c                                                                #? columns
        E = np.exp(G - G.max(axis=0))                                                #? columns
        return H, E / E.sum(axis=0)                                                  #? columns
        H = 1 / (1 + np.exp(-X @ W - b))                                             #? rows
        G = H @ V + c                                                                #? rows
        E = np.exp(G - G.max(axis=1, keepdims=True))                                 #? rows
        return H, E / E.sum(axis=1, keepdims=True)                                   #? rows

    for _ in range(EPOCHS):
        for batch in rng.permutation(n).reshape(-1, BATCH):
            H, P = forward(X[:, batch])                                              #? columns
            dG = (P - Y[batch].T) / BATCH                                            #? columns
            dA = V.T @ dG * H * (1 - H)                                              #? columns
            V = V - RATE * dG @ H.T                                                  #? columns
            W = W - RATE * dA @ X[:, batch].T                                        #? columns
            b = b - RATE * dA.sum(axis=1, keepdims=True)                             #? columns
            c = c - RATE * dG.sum(axis=1, keepdims=True)                             #? columns
            H, P = forward(X[batch])                                                 #? rows
            dG = (P - Y[batch]) / BATCH                                              #? rows
            dA = dG @ V.T * H * (1 - H)                                              #? rows
            V = V - RATE * H.T @ dG                                                  #? rows
            W = W - RATE * X[batch].T @ dA                                           #? rows
            b = b - RATE * dA.sum(axis=0, keepdims=True)                             #? rows
            c = c - RATE * dG.sum(axis=0, keepdims=True)                             #? rows
            W = np.sign(W) * np.maximum(np.abs(W) - RATE * l1, 0)
    return before, W, forward(X_test)[1].argmax(axis=0)                              #? columns
    return before, W, forward(X_test)[1].argmax(axis=1)                              #? rows
    ### END SOLUTION


# %% [grader]
@inputs("A4.8")
def train_inputs(rng):
    """Ten classes, each around a middle of its own, in 40 inputs of falling spread."""
    made = ("(lambda g: (y := g.integers(10, size=200), np.geomspace(2, 0.002, 40)[:, None] * ("
            "g.normal(size=(40, 10))[:, y] + g.normal(0, 0.3, (40, 200)))))"
            f"(np.random.default_rng({rng.integers(2 ** 31)}))")
    turn = ""                                                                        #? columns
    turn = ".T"                                                                      #? rows
    X, X_test = Expr(f"{made}[1][:, :150]{turn}"), Expr(f"{made}[1][:, 150:]{turn}")
    seed = Expr(f"np.random.default_rng({rng.integers(2 ** 31)})")
    return [(X, Expr(f"{made}[0][:150]"), X_test, l1, seed) for l1 in (0.0, 0.004)]


@holds("A4.8", 0.1, "Print the shapes of what you return, beside those of the docstring.",
       "Is there one row or one column for each input, in W and in what you return?",
       "Which shape must W have for the first product of Eq. (8)?")
def shapes(cases):
    def good(X, X_test, before, after, guesses):
        shape, n = (32, X.shape[0]), X_test.shape[1]                                 #? columns
        shape, n = (X.shape[1], 32), X_test.shape[0]                                 #? rows
        return before.shape == after.shape == shape and guesses.shape == (n,)
    return all(good(X, X_test, *answer) for (X, _, X_test, *_), answer in cases)


@holds("A4.8", 0.3, "How many of your guesses are right, after each epoch?",
       "Does the loss of the first batch fall if you take steps on that batch only?",
       "Check the signs of Eq. (8), and that samples and classes stay together.")
def learns(cases):
    def good(X, y, X_test, guesses):
        X, X_test = X.T, X_test.T                                                    #? columns
        nearest = ((X_test[:, None] - X) ** 2).sum(axis=2).argmin(axis=1)
        return np.mean(guesses == y[nearest]) > 0.8
    return all(good(X, y, X_test, answer[2]) for (X, y, X_test, *_), answer in cases)


@holds("A4.8", 0.5, "Train with two prices from the same seed. Is `before` the same?",
       "When was `before` filled, and did anything write into it later?",
       "`before = W` gives the same array a second name, and `W -= …` writes into it.")
def before_is_kept(cases):
    free, paid = ([answer for _, answer in cases[k::2]] for k in (0, 1))
    return all(np.array_equal(before, again) and not np.allclose(before, after)
               and 0.25 < np.abs(before).max() < 0.35
               for (before, after, _), (again, *_) in zip(free, paid, strict=True))


@holds("A4.8", 0.6, "Train with l1 = 0. Which weights of the last inputs change, and why?",
       "The last inputs hardly vary: what moves their weights when nothing costs anything?",
       "With λ1 = 0 the soft threshold behind Eq. (8) must do nothing.")
def flat_without_price(cases):
    def kept(before, after, guesses):
        before, after = before.T, after.T                                            #? columns
        many, left = (np.sum(np.abs(W[20:]) > 0.1) for W in (before, after))
        return left > 0.8 * many
    return all(kept(*answer) for _, answer in cases[0::2])


@holds("A4.8", 0.6, "Train with l1 = 0.004, print the counts. Do they fall along the inputs?",
       "How far does the price move a weight in all steps of the training together, and how "
       "far away from 0 do weights begin?",
       "Behind Eq. (8): W becomes soft(W, η λ1), after each step.")
def falls_with_price(cases):
    def fallen(before, after, guesses):
        before, after = before.T, after.T                                            #? columns
        many, left = (np.sum(np.abs(W) > 0.1, axis=1) for W in (before, after))
        return (left[20:].sum() < 0.1 * many[20:].sum()
                and left[:8].sum() > left[8:16].sum() > 0)
    return all(fallen(*answer) for _, answer in cases[1::2])


@mutant("A4.8", violates="shapes")
def weights_turned(X, y, X_test, l1, rng):
    before, after, guesses = train(X, y, X_test, l1, rng)
    return before.T, after.T, guesses


@mutant("A4.8", violates="shapes")
def training_samples_guessed(X, y, X_test, l1, rng):
    return train(X, y, X, l1, rng)


@mutant("A4.8", violates="learns")
def classes_in_another_order(X, y, X_test, l1, rng):
    return train(X, np.random.default_rng(0).permutation(y), X_test, l1, rng)


@mutant("A4.8", violates="learns")
def classes_from_one(X, y, X_test, l1, rng):
    before, after, guesses = train(X, y, X_test, l1, rng)
    return before, after, guesses + 1


@mutant("A4.8", violates="before_is_kept")
def second_name(X, y, X_test, l1, rng):
    _, after, guesses = train(X, y, X_test, l1, rng)
    return after, after, guesses


@mutant("A4.8", violates="flat_without_price")
def always_paid(X, y, X_test, l1, rng):
    return train(X, y, X_test, 0.004, rng)


@mutant("A4.8", violates="falls_with_price")
def never_paid(X, y, X_test, l1, rng):
    return train(X, y, X_test, 0.0, rng)


@mutant("A4.8", violates="falls_with_price")
def price_shared_by_the_batch(X, y, X_test, l1, rng):
    return train(X, y, X_test, l1 / BATCH, rng)


@mutant("A4.8", violates="falls_with_price")
def paid_by_squares(X, y, X_test, l1, rng):
    before, after, guesses = train(X, y, X_test, 0.0, rng)
    steps = EPOCHS * len(y) // BATCH
    return before, after * (1 - RATE * l1) ** steps, guesses


@equivalent("A4.8")
def by_the_slope(X, y, X_test, l1, rng):
    X, X_test = lay(X), lay(X_test)
    W, V = rng.uniform(-0.3, 0.3, (WIDTH, len(X))), rng.normal(0, 0.5, (10, WIDTH))
    b, c, before = np.zeros(WIDTH), np.zeros(10), W.copy()
    for _ in range(EPOCHS):
        order = rng.permutation(len(y))
        for k in range(0, len(y), BATCH):
            batch = order[k:k + BATCH]
            H = 0.5 + 0.5 * np.tanh((W @ X[:, batch] + b[:, None]) / 2)
            E = np.exp(V @ H + c[:, None])
            dG = E / E.sum(axis=0) / BATCH
            dG[y[batch], np.arange(BATCH)] -= 1 / BATCH
            dA = (V.T @ dG) * (H - H ** 2)
            W -= RATE * (dA @ X[:, batch].T + l1 * np.sign(W))
            V -= RATE * dG @ H.T
            b -= RATE * dA.sum(axis=1)
            c -= RATE * dG.sum(axis=1)
    H = 1 / (1 + np.exp(-W @ X_test - b[:, None]))
    return lay(before), lay(W), (V @ H + c[:, None]).argmax(axis=0)


# %% [own test] A4.9, Eq. (6): a test of your own (10 points, 15 minutes)
def test_in_order(in_order):
    """Tell a right `in_order` from wrong ones.

    Parameters
    ----------
    in_order : function
        Somebody's solution of A4.6, which you cannot look into. It is not always right.

    TODO: call it with arrays of your choice, and `assert` what must be true of the answer. A
        right solution must pass, wrong ones must not: each that you catch earns points.
    APPROACH: no example by hand is needed. What does Eq. (6) say of the mean of Z_train, of its
        products of two inputs, and of the sum of all variances, which turning cannot change?
    EXAMPLE:
        >>> test_in_order(in_order)                     # nothing happens: it is right

    HINTS: A sample that is handed in as training and as test data must come out the same. Let
        the mean be far from 0. Compare floats with `np.allclose`. At most 1000 numbers may be
        handed in with one call.
    """
    ### BEGIN SOLUTION
    X = np.random.default_rng(0).normal(size=(3, 9)) * [[1.0], [3.0], [2.0]] + 5
    Z, Z_test, variances = in_order(X[:, :6].copy(), X[:, 3:].copy())                #? columns
    X = X.T                                                                          #? rows
    Z, Z_test, variances = in_order(X[:6].copy(), X[3:].copy())                      #? rows
    Z, Z_test = Z.T, Z_test.T                                                        #? rows
    X = X.T                                                                          #? rows
    assert np.allclose(Z.mean(axis=1), 0)
    assert np.allclose(Z @ Z.T / 6, np.diag(variances))
    assert np.all(np.diff(variances) < 0)
    assert np.isclose(np.sum(variances), X[:, :6].var(axis=1).sum())
    assert np.allclose(Z_test[:, :3], Z[:, 3:])
    ### END SOLUTION


# %% [grader]
own_test(test_in_order, in_order, fitted_on_both, ascending, unit_variance, own_mean,
         one_sample_less)

# %% [setup]
if __name__ == "__main__":          # python A4.py draws the picture, and so does the notebook
    import matplotlib.pyplot as plt
    from sklearn.datasets import load_digits

    pixels, y = load_digits(return_X_y=True)
    pixels = pixels.T / 16                                                           #? columns
    X, X_test, _ = in_order(pixels[:, :1500], pixels[:, 1500:])                      #? columns
    pixels = pixels / 16                                                             #? rows
    X, X_test, _ = in_order(pixels[:1500], pixels[1500:])                            #? rows

    def draw(W, style, name):
        edges = np.array(edges_per_input(W, 0.1))
        print(f"{name}: {edges.reshape(4, 16).mean(axis=1)} edges per input, in four groups")
        plt.plot(edges, style, markersize=3, label=name)

    for l1, style in ((0.001, "o-"), (0.0, "s--")):
        before, after, guesses = train(X, y[:1500], X_test, l1, np.random.default_rng(0))
        draw(after, style, f"l1 = {l1}")
        print(f"    {np.mean(guesses == y[1500:]):.1%} of the test images are right")
    draw(before, "-", "before training")
    plt.xlabel("input, in order of decreasing variance")
    plt.ylabel("edges that leave it, with t = 0.1")
    plt.ylim(-1, 1.3 * WIDTH)
    plt.legend()
    plt.savefig("figure2.png")

# %% [written] A4.10: two questions on your picture (10 points, 15 minutes)
# Answer in three to six sentences each, in your own words, with numbers from your picture.
#
# 1. What would you not know without the curve with l1 = 0, and what not without the one
#    before training? Say of each which wrong conclusion it protects you from.
# 2. A classmate divides every new input that varies by its standard deviation before training.
#    What happens to the gradient of a weight in Eq. (8), what to its price, and so to the
#    picture?

# %% [rubric]
# ### A4.10 (10 points, 5 for each question)
#
# **Question 1.** Full marks: without l1 = 0 one could think that training itself empties the
# unimportant inputs; without the curve before training, that the fall (or the level of the
# control) was there from the beginning or comes from where the threshold lies; numbers from
# the picture for both.
#
# - *5 points.* "With l1 = 0 the last 32 inputs keep about 22 of 32 edges, as before training.
#   So training alone takes no edges away, and the fall to 0 with l1 = 0.001 is the work of the
#   price. Before training every input has about 22 edges, because weights from -0.3 to 0.3 are
#   larger than 0.1 in two cases of three: without this curve I could have taken the 22 edges
#   of the control for something that was learned. The first 16 have learned: 29, not 21."
# - *3 points.* "The control shows that it is the price. Before training the curve is flat."
# - *1 point.* "One needs something to compare with."
#
# **Question 2.** Full marks: the gradient of a weight is a mean of dA times the input, so it
# shrinks with the spread of the input, while the price is the same for all weights; after the
# division the pulls depend on what dA has to do with the input, and no longer on its spread, so
# that late inputs keep edges, too; what is left of the fall is what the labels need. Measured,
# in four groups: about 10, 4, 2 and 3 edges where the picture has 10, 2, 0 and 0.
#
# - *5 points.* "dW is dA times x, so an input with a hundredth of the spread has a hundredth of
#   the pull, and loses against l1, which is the same for all. After dividing, a late input
#   keeps its edges if it says something about the class. So the end of the curve is no longer
#   0. It need not be flat: the first inputs may still say more."
# - *3 points.* "All inputs then have the same variance, so the price hits them alike."
# - *1 point.* "The picture becomes worse, because scaling is not allowed."
#
# Numbers in this variant count weights of more than 0.1.                            #? above
# Numbers in this variant count weights of 0.1 or more.                              #? reached
# W is (outputs, inputs), so that an input is a column.                              #? columns
# W is (inputs, outputs), so that an input is a row.                                 #? rows
#
# ### Three oral questions
#
# 1. Your soft threshold gets a weight of exactly t. What comes out, and why does it matter for
#    the training that exactly that comes out?
# 2. What changes in your picture if you count weights larger than 0.01 instead of 0.1?
# 3. Where in your program would test images leak into the order of the inputs, and how would
#    you notice?
