"""Backpropagation by hand.

The master of assignment A1: see `masters.py` for the grammar.
"""

# %% [setup]
import numpy as np

# %% [grader]
from tutorials.assignments.masters import Expr, equivalent, inputs, mutant, own_test

CHOICES = {"layout": ("columns", "rows"), "activation": ("sigmoid", "tanh"),
           "loss": ("mean", "sum")}

# %% [markdown]
# ## What this is about
#
# A network learns by taking small steps against the gradient of its loss. You write one layer
# of it, forward and backward, the loss, and the instrument that shows whether a gradient is
# right. Nothing here is sparse yet: the layers of *Spatially-Coupled Neural Network
# Architectures* (arXiv 1907.02051) are this layer with most of its weights left out.
#
# **Shapes in this variant.** One column per sample.                                 #? columns
# **Shapes in this variant.** One row per sample.                                    #? rows
# `A`, `Z` and their gradients `dA`, `dZ` are (neurons, samples), `W` is             #? columns
# `A`, `Z` and their gradients `dA`, `dZ` are (samples, neurons), `W` is             #? rows
# (outputs, inputs) and `b` is (outputs, 1). All numbers are float64.                #? columns
# (inputs, outputs) and `b` is (1, outputs). All numbers are float64.                #? rows
#
# `Z` is what an activation gives and what the next layer takes. `dW` is short for the gradient
# of the loss $L$ with respect to $W$: it has the shape of `W`. No function may change its
# arguments; one that is moved for a moment is as before in the end.
#
# **The equations.** The activation, entry by entry, and its slope from its own output:
#
# $$
# z = \frac{1}{1 + e^{-a}} \tag{Eq. 1}                                               #? sigmoid
# z = \frac{e^{a} - e^{-a}}{e^{a} + e^{-a}} \tag{Eq. 1}                              #? tanh
# $$
#
# $$
# \frac{dz}{da} = z\,(1 - z) \tag{Eq. 2}                                             #? sigmoid
# \frac{dz}{da} = 1 - z^2 \tag{Eq. 2}                                                #? tanh
# $$
#
# A dense layer ($i$ counts its outputs, $j$ its inputs, $k$ the samples):
#
# $$
# A_{ik} = \sum_j W_{ij} Z_{jk} + b_i \tag{Eq. 3}                                    #? columns
# A_{ki} = \sum_j Z_{kj} W_{ji} + b_i \tag{Eq. 3}                                    #? rows
# $$
#
# and its gradients, by the chain rule, summed over every way in which the loss is reached:
#
# $$
# \begin{aligned}
# dW_{ij} &= \sum_k dA_{ik} Z_{jk}, \\                                               #? columns
# db_i &= \sum_k dA_{ik}, \\                                                         #? columns
# dZ_{jk} &= \sum_i W_{ij} dA_{ik}                                                   #? columns
# dW_{ji} &= \sum_k Z_{kj} dA_{ki}, \\                                               #? rows
# db_i &= \sum_k dA_{ki}, \\                                                         #? rows
# dZ_{kj} &= \sum_i dA_{ki} W_{ji}                                                   #? rows
# \end{aligned} \tag{Eq. 4}
# $$
#
# The probabilities of the classes and the loss of $n$ samples, $y_k$ being the class of
# sample $k$ ($\ln$ is the natural logarithm):
#
# $$
# P_{ik} = \frac{e^{A_{ik}}}{\sum_l e^{A_{lk}}}, \qquad                              #? columns
# P_{ki} = \frac{e^{A_{ki}}}{\sum_l e^{A_{kl}}}, \qquad                              #? rows
# L = -\frac1n \sum_k \ln P_{y_k k} \tag{Eq. 5}                            #? columns mean
# L = -\sum_k \ln P_{y_k k} \tag{Eq. 5}                                    #? columns sum
# L = -\frac1n \sum_k \ln P_{k y_k} \tag{Eq. 5}                            #? rows mean
# L = -\sum_k \ln P_{k y_k} \tag{Eq. 5}                                    #? rows sum
# $$
#
# whose gradient is simple, with $[i = y_k]$ being 1 where it is true and else 0:
#
# $$
# dA_{ik} = \frac1n \left(P_{ik} - [i = y_k]\right) \tag{Eq. 6}            #? columns mean
# dA_{ik} = P_{ik} - [i = y_k] \tag{Eq. 6}                                 #? columns sum
# dA_{ki} = \frac1n \left(P_{ki} - [i = y_k]\right) \tag{Eq. 6}            #? rows mean
# dA_{ki} = P_{ki} - [i = y_k] \tag{Eq. 6}                                 #? rows sum
# $$
#
# A gradient is checked against a slope that is measured. For one entry $x_m$ of $x$
#
# $$
# s_m = \frac{f(x + h e_m) - f(x - h e_m)}{2h}, \qquad
# \mathrm{error} = \frac{\lVert g - s \rVert}{\max(\lVert g \rVert, \lVert s \rVert)}
# \tag{Eq. 7}
# $$
#
# with $e_m$ being 1 at entry $m$ and else 0, $g$ the gradient that is checked, $s$ all slopes,
# and $\lVert \cdot \rVert$ the root of the sum of all squared entries. If $g$ and $s$ are both
# exactly 0, they agree: the error is 0.

# %% [task] A1.1, Eq. (1): an activation that never overflows (6 points, 5 minutes, core)
def activation(A):
    """Each entry of A, however large, goes through the curve of Eq. (1).

    z = 1 / (1 + e^-a)                                                               #? sigmoid
    z = (e^a - e^-a) / (e^a + e^-a)                                                  #? tanh

    Parameters
    ----------
    A : array of any shape

    Returns
    -------
    Z : array of the shape of A

    TODO: Eq. (1), without a warning from NumPy at a = -1000 or 1000, by powers of e.
    APPROACH: e to a power above 0 can overflow, to a power of at most 0 it cannot.
    EXAMPLE:
        >>> activation(np.array([0.0, 1000.0, -1000.0])).tolist()
        [0.5, 1.0, 0.0]                                                              #? sigmoid
        [0.0, 1.0, -1.0]                                                             #? tanh

    HINTS: Multiply above and below the bar by the same power of e. Which for a > 0, which for
        a < 0? `np.where` picks one of two arrays, entry by entry, but computes both.
    """
    ### BEGIN SOLUTION
    E = np.exp(-np.abs(A))                                                           #? sigmoid
    return np.where(A >= 0, 1, E) / (1 + E)                                          #? sigmoid
    E = np.exp(-2 * np.abs(A))                                                       #? tanh
    return np.sign(A) * (1 - E) / (1 + E)                                            #? tanh
    ### END SOLUTION


# %% [grader]
@inputs("A1.1")
def activation_inputs(rng):
    A = rng.normal(0, 2, (3, 4)).round(2)
    A[0, 0] = 0
    far = np.array([[-1000.0, 1000.0, 0.3]]) + rng.integers(0, 9)
    return [(A,), (far,), (rng.normal(0, 2, 5).round(2),)]


@mutant("A1.1", 0.75, "What is the largest number that exp may be given?",
        "Look for the entry at which NumPy warns, and follow the powers of e for it.",
        "Rewrite Eq. (1) so that each power of e in it is at most 0.")
def overflow(A):
    return 1 / (1 + np.exp(-A))                                                      #? sigmoid
    return (np.exp(A) - np.exp(-A)) / (np.exp(A) + np.exp(-A))                       #? tanh


@mutant("A1.1", 0.3, "Evaluate it at 0 and at 2, and compare with Eq. (1) by hand.",
        "The two S-shaped functions are the same up to a stretch along a.",
        "Is it a or a multiple of a that stands in the powers of Eq. (1)?")
def stretched(A):
    return (1 + np.tanh(A)) / 2                                                      #? sigmoid
    return np.tanh(A / 2)                                                            #? tanh


@mutant("A1.1", 0.3, "What does Eq. (1) give for a = 1000, and what for a = -1000?",
        "Which of the two S-shaped functions is asked for in this variant?",
        "Compare the range of your values with the range of Eq. (1).")
def other_range(A):
    return np.tanh(A / 2)                                                            #? sigmoid
    return (1 + np.tanh(A)) / 2                                                      #? tanh


@mutant("A1.1", 0.5, "Does your function rise or fall?",
        "Evaluate it at -2 and at 2.", "Look at the sign in the power of Eq. (1).")
def falling(A):
    return activation(-A)


@mutant("A1.1", 0.5, "Call it twice with the same array. Do you get the same?",
        "What does A hold after the call?",
        "An operation such as *= writes into the array that you were given: make a new one.")
def in_place(A):
    A[...] = activation(A)
    return A


@equivalent("A1.1")
def by_entry(A):
    Z = np.empty(A.shape)
    for index, a in np.ndenumerate(A):
        Z[index] = 0.5 * (1 + np.tanh(a / 2))                                        #? sigmoid
        Z[index] = np.tanh(a)                                                        #? tanh
    return Z


@equivalent("A1.1")
def by_sign(A):
    Z = np.empty_like(A)
    high = A > 0
    E = np.exp(A[~high])                                                             #? sigmoid
    Z[high], Z[~high] = 1 / (1 + np.exp(-A[high])), E / (1 + E)                      #? sigmoid
    E = np.exp(2 * A[~high])                                                         #? tanh
    Z[high], Z[~high] = 2 / (1 + np.exp(-2 * A[high])) - 1, (E - 1) / (E + 1)        #? tanh
    return np.asfortranarray(Z)


# %% [task] A1.2, Eq. (2): back through the activation (6 points, 5 minutes, core)
def activation_backward(dZ, A, Z):
    """The gradient before the activation from the one behind it.

    Parameters
    ----------
    dZ : array, the gradient with respect to Z
    A : array of the same shape, what went in
    Z : array of the same shape, what came out

    Returns
    -------
    dA : array of the same shape

    TODO: the chain rule, dA = dZ · dz/da, entry by entry.
    APPROACH: Eq. (2) needs no e: what came out is enough.
    EXAMPLE:
        >>> one = np.array([1.0])
        >>> dA = activation_backward(one, np.array([-1.386294]), np.array([0.2]))    #? sigmoid
        >>> dA = activation_backward(one, np.array([0.549306]), np.array([0.5]))     #? tanh
        >>> round(float(dA[0]), 6)
        0.16                                                                         #? sigmoid
        0.75                                                                         #? tanh

    HINTS: Which of A and Z is z? A rising function has no negative slope.
    """
    ### BEGIN SOLUTION
    return dZ * Z * (1 - Z)                                                          #? sigmoid
    return dZ * (1 - Z ** 2)                                                         #? tanh
    ### END SOLUTION


# %% [grader]
@inputs("A1.2")
def activation_backward_inputs(rng):
    def case(A):
        return rng.normal(0, 3, A.shape).round(2), A, activation(A)
    A = rng.normal(0, 1.5, (3, 4)).round(2)
    A[1, 2] = 0
    far = np.array([[-1000.0, 1000.0, 0.5]]) + rng.integers(0, 9)
    return [case(A), case(far), case(rng.normal(0, 1.5, (5, 2)).round(2))]


@mutant("A1.2", 0.4, "Which of A and Z is the argument? At a = 0 the slope is known.",
        "Did you pass something through the activation that had gone through it already?",
        "Eq. (2) is written for the output: no activation is to be computed again.")
def slope_at_the_output(dZ, A, Z):
    return activation_backward(dZ, Z, activation(Z))


@mutant("A1.2", 0.4, "Can the slope of a rising function be negative?",
        "Evaluate your slope at a = 3.", "The z of Eq. (2) is an output, not an input.")
def input_for_output(dZ, A, Z):
    return activation_backward(dZ, None, A)


@mutant("A1.2", 0.4, "What if nothing behind the activation changed the loss: dZ = 0?",
        "You have the slope of the activation. What does the chain rule do with it?",
        "dA is a product of two factors, and Eq. (2) is one of them.")
def without_dZ(dZ, A, Z):
    return activation_backward(np.ones_like(dZ), A, Z)


@mutant("A1.2", 0.5, "Take a tiny step against your gradient: does the loss fall?",
        "Look at the sign of your slope at a = 0.", "Which term of Eq. (2) has the minus?")
def uphill(dZ, A, Z):
    return -activation_backward(dZ, A, Z)


@mutant("A1.2", 0.5, "Multiply out Eq. (2) for z = 0.5. Do you get the same?",
        "Something stands once in your product that Eq. (2) has twice, or the other way.",
        "Count how often z stands in Eq. (2).")
def one_factor(dZ, A, Z):
    return dZ * (1 - Z)


@mutant("A1.2", 0.5, "Call it twice with the same arrays. Do you get the same?",
        "What does dZ hold after the call?",
        "`dA = dZ` gives the same array a second name: what you do to one happens to both.")
def in_place_backward(dZ, A, Z):
    dZ[...] = activation_backward(dZ, A, Z)
    return dZ


@equivalent("A1.2")
def from_the_input(dZ, A, Z):
    return activation_backward(dZ, A, activation(A))


@equivalent("A1.2")
def one_by_one(dZ, A, Z):
    return [[d * z - d * z * z for d, z in zip(*rows, strict=True)]                  #? sigmoid
            for rows in zip(dZ, Z, strict=True)]                                     #? sigmoid
    return [[d - d * z * z for d, z in zip(*rows, strict=True)]                      #? tanh
            for rows in zip(dZ, Z, strict=True)]                                     #? tanh


# %% [task] A1.3, Eq. (3): a dense layer forward (8 points, 10 minutes, core)
def dense_forward(W, b, Z):
    """Each output is a weighted sum of all inputs and a bias.

    Parameters
    ----------
    W : (outputs, inputs) array                                                      #? columns
    b : (outputs, 1) array                                                           #? columns
    Z : (inputs, samples) array                                                      #? columns
    W : (inputs, outputs) array                                                      #? rows
    b : (1, outputs) array                                                           #? rows
    Z : (samples, inputs) array                                                      #? rows

    Returns
    -------
    A : (outputs, samples) array                                                     #? columns
    A : (samples, outputs) array                                                     #? rows

    TODO: Eq. (3) for all outputs and samples at once.
    APPROACH: write the shapes below each other: which product leaves the inputs out?
    EXAMPLE:
        >>> W, b = np.array([[1.0, 2.0]]), np.array([[10.0]])                        #? columns
        >>> dense_forward(W, b, np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()         #? columns
        [[11.0, 12.0]]                                                               #? columns
        >>> W, b = np.array([[1.0], [2.0]]), np.array([[10.0]])                      #? rows
        >>> dense_forward(W, b, np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()         #? rows
        [[11.0], [12.0]]                                                             #? rows

    HINTS: `@` multiplies matrices. NumPy repeats an axis of length 1: is it the right one?
    """
    ### BEGIN SOLUTION
    return W @ Z + b                                                                 #? columns
    return Z @ W + b                                                                 #? rows
    ### END SOLUTION


# %% [grader]
def layer(rng, n_out, n_in, n):
    """W, b, Z and dA of a layer."""
    shapes = (n_out, n_in), (n_out, 1), (n_in, n), (n_out, n)
    arrays = [rng.normal(0, 1.5, shape).round(2) for shape in shapes]
    return arrays                                                                    #? columns
    return [np.ascontiguousarray(x.T) for x in arrays]                               #? rows


@inputs("A1.3")
def dense_forward_inputs(rng):
    W, b, Z, _ = layer(rng, 3, 4, 5)
    W[0, 1], Z[1, 0], b[0, 0] = 0, 1e4, 0
    return [(W, b, Z), layer(rng, 4, 2, 3)[:3], layer(rng, 3, 3, 3)[:3],
            layer(rng, 1, 3, 2)[:3]]


@mutant("A1.3", 0.5, "Feed zeros. What should come out?",
        "Which part of Eq. (3) does not depend on the inputs?", "Look for b in Eq. (3).")
def without_bias(W, b, Z):
    return dense_forward(W, 0 * b, Z)


@mutant("A1.3", 0.4, "Try more neurons than samples: along which axis does b lie?",
        "One bias belongs to one neuron. Does yours belong to one sample?",
        "b has one index in Eq. (3): that of the output.")
def bias_along_samples(W, b, Z):
    return dense_forward(W, 0 * b, Z) + b.T


@mutant("A1.3", 0.4, "What shapes must meet? Try 3 outputs and 2 inputs.",
        "Which index is summed in Eq. (3)? On which side of each array does it stand?",
        "In Eq. (3) the index j stands next to itself: turn nothing round.")
def weights_transposed(W, b, Z):
    return dense_forward(np.ascontiguousarray(W.T), b, Z)


@mutant("A1.3", 0.4, "What comes out if all weights are 0?",
        "Is the bias one of the things that the weights weigh?",
        "In Eq. (3) the bias is added behind the sum, not under it.")
def bias_first(W, b, Z):
    return dense_forward(W, 0 * b, Z + b)


@equivalent("A1.3")
def by_loops(W, b, Z):
    (n_out, n_in), n = W.shape, Z.shape[1]                                           #? columns
    return [[sum(W[i, j] * Z[j, k] for j in range(n_in)) + b[i, 0]                   #? columns
             for k in range(n)] for i in range(n_out)]                               #? columns
    (n_in, n_out), n = W.shape, Z.shape[0]                                           #? rows
    return [[sum(Z[k, j] * W[j, i] for j in range(n_in)) + b[0, i]                   #? rows
             for i in range(n_out)] for k in range(n)]                               #? rows


@equivalent("A1.3")
def turned(W, b, Z):
    return (Z.T @ W.T + b.T).T                                                       #? columns
    return (W.T @ Z.T + b.T).T                                                       #? rows


# %% [task] A1.4, Eq. (4): a dense layer backward (18 points, 25 minutes, core)
def dense_backward(W, Z, dA):
    """From the gradient of the outputs those of the weights, the biases and the inputs.

    Parameters
    ----------
    W : (outputs, inputs) array                                                      #? columns
    Z : (inputs, samples) array, what went in                                        #? columns
    dA : (outputs, samples) array                                                    #? columns
    W : (inputs, outputs) array                                                      #? rows
    Z : (samples, inputs) array, what went in                                        #? rows
    dA : (samples, outputs) array                                                    #? rows

    Returns
    -------
    dW, db, dZ : arrays of the shapes of W, b and Z, in this order

    TODO: the three sums of Eq. (4). Each of the three earns points on its own.
    APPROACH: draw one output, one input and one sample. Through which A does the loss feel one
        weight, one bias, one input? Then find the product that has the right shape.
    EXAMPLE:
        >>> W, Z = np.array([[3.0]]), np.array([[2.0, 5.0]])                         #? columns
        >>> [g.tolist() for g in dense_backward(W, Z, np.array([[1.0, 10.0]]))]      #? columns
        [[[52.0]], [[11.0]], [[3.0, 30.0]]]                                          #? columns
        >>> W, Z = np.array([[3.0]]), np.array([[2.0], [5.0]])                       #? rows
        >>> [g.tolist() for g in dense_backward(W, Z, np.array([[1.0], [10.0]]))]    #? rows
        [[[52.0]], [[11.0]], [[3.0], [30.0]]]                                        #? rows

    HINTS: `.T` turns a matrix round; `keepdims=True` keeps an axis that was summed. The loss is
        the one that gave dA: whether it is a mean was settled there.
    """
    ### BEGIN SOLUTION
    return dA @ Z.T, dA.sum(axis=1, keepdims=True), W.T @ dA                         #? columns
    return Z.T @ dA, dA.sum(axis=0, keepdims=True), dA @ W.T                         #? rows
    ### END SOLUTION


# %% [grader]
SAMPLES = 1                                                                          #? columns
SAMPLES = 0                                                                          #? rows


@inputs("A1.4")
def dense_backward_inputs(rng):
    W, _, Z, dA = layer(rng, 3, 4, 5)
    W[0, 1], Z[1, 0], dA[0, 2] = 0, 1e4, 0
    cases = [layer(rng, 4, 2, 3), layer(rng, 3, 3, 3), layer(rng, 2, 4, 1)]
    return [(W, Z, dA)] + [(W, Z, dA) for W, b, Z, dA in cases]


@mutant("A1.4", 0.66, "dW has the shape of which array?",
        "Try 3 outputs and 2 inputs, and print the shape of your dW.",
        "Look at the indices of dW in Eq. (4): which comes first?")
def dW_transposed(W, Z, dA):
    dW, db, dZ = dense_backward(W, Z, dA)
    return dW.T, db, dZ


@mutant("A1.4", 0.66, "How many biases are there?",
        "The same bias acts on every sample: what does that do to its gradient?",
        "The second line of Eq. (4) has a sum over k.")
def db_not_summed(W, Z, dA):
    dW, db, dZ = dense_backward(W, Z, dA)
    return dW, dA.copy(), dZ


@mutant("A1.4", 0.66, "dW and db come from one kind of sum. Do yours?",
        "Hand in the same samples twice, with the same dA: what should happen to db?",
        "Is the sum of Eq. (4) a sum or a mean?")
def db_averaged(W, Z, dA):
    dW, db, dZ = dense_backward(W, Z, dA)
    return dW, db / dA.shape[SAMPLES], dZ


@mutant("A1.4", 0.6, "A numerical check would be off by a constant. Which?",
        "Who divides by the number of samples: this layer, or the loss that gave dA?",
        "Eq. (4) has no 1/n.")
def divided_again(W, Z, dA):
    dW, db, dZ = dense_backward(W, Z, dA)
    return dW / dA.shape[SAMPLES], db / dA.shape[SAMPLES], dZ


@mutant("A1.4", 0.66, "Along which axis of dA are the samples?",
        "One number for each neuron, or one for each sample: which is your db?",
        "Over which index is db summed in Eq. (4), and which axis is that?")
def db_over_neurons(W, Z, dA):
    dW, _, dZ = dense_backward(W, Z, dA)
    return dW, dA.sum(axis=1 - SAMPLES, keepdims=True), dZ


@mutant("A1.4", 0.6, "Draw one edge and follow it backwards. Where does it start?",
        "Only square matrices let this pass: try 3 outputs and 2 inputs.",
        "In the third line of Eq. (4), over which index of W is the sum?")
def W_not_turned(W, Z, dA):
    dW, db, _ = dense_backward(W, Z, dA)
    return dW, db, dense_backward(np.ascontiguousarray(W.T), dA, dA)[2]


@mutant("A1.4", 0.66, "Whose gradient does the layer below need?",
        "What is the shape of your third array, and what is it to be?",
        "The third line of Eq. (4) goes through the weights once more.")
def output_gradient(W, Z, dA):
    dW, db, _ = dense_backward(W, Z, dA)
    return dW, db, dA.copy()


@mutant("A1.4", 0.5, "In which order did you use W and change it?",
        "The gradients are those of the weights that made A. Were they the same weights?",
        "No step is taken here: Eq. (4) only reads W.")
def weights_moved_first(W, Z, dA):
    dW, db, _ = dense_backward(W, Z, dA)
    W -= 0.01 * dW
    return dW, db, dense_backward(W, Z, dA)[2]


@mutant("A1.4", 0.8, "Compare the line Returns of the docstring with your last line.",
        "Every number is there. Is it in its place?",
        "The order is that of Eq. (4): weights, biases, inputs.")
def other_order(W, Z, dA):
    return dense_backward(W, Z, dA)[::-1]


@equivalent("A1.4")
def sample_by_sample(W, Z, dA):
    samples = [dense_backward(W, Z[:, [k]], dA[:, [k]]) for k in range(Z.shape[1])]  #? columns
    samples = [dense_backward(W, Z[[k]], dA[[k]]) for k in range(Z.shape[0])]        #? rows
    dW, db, dZ = zip(*samples, strict=True)
    return sum(dW), sum(db), np.concatenate(dZ, axis=SAMPLES)


@equivalent("A1.4")
def by_einsum(W, Z, dA):
    return [np.einsum("ik,jk->ij", dA, Z), np.einsum("ik->i", dA)[:, None],          #? columns
            np.einsum("ij,ik->jk", W, dA)]                                           #? columns
    return [np.einsum("kj,ki->ji", Z, dA), np.einsum("ki->i", dA)[None],             #? rows
            np.einsum("ki,ji->kj", dA, W)]                                           #? rows


# %% [task] A1.5, Eq. (5): softmax and cross-entropy (14 points, 20 minutes, core)
def softmax_cross_entropy(A, y):
    """Probabilities of the classes, and how surprised they are by the right ones.

    Parameters
    ----------
    A : (classes, samples) array                                                     #? columns
    A : (samples, classes) array                                                     #? rows
    y : (samples,) int array, 0 … classes - 1

    Returns
    -------
    P : array of the shape of A
    L : float

    TODO: both parts of Eq. (5), for scores however large. P and L earn points separately.
    APPROACH: adding one number to all scores of a sample changes nothing: which number makes
        the powers of e safe? Then take the logarithm of Eq. (5) on paper before you code L.
    EXAMPLE:
        >>> A = np.zeros((2, 1))                                                     #? columns
        >>> A = np.zeros((1, 2))                                                     #? rows
        >>> P, L = softmax_cross_entropy(A, np.array([1]))
        >>> P.tolist(), round(float(L), 6)
        ([[0.5], [0.5]], 0.693147)                                                   #? columns
        ([[0.5, 0.5]], 0.693147)                                                     #? rows

    HINTS: A probability that is 0 in the computer has no logarithm, but ln of a fraction is a
        difference. `A[y, np.arange(n)]` takes one entry of each column.             #? columns
        difference. `A[np.arange(n), y]` takes one entry of each row.                #? rows
    """
    ### BEGIN SOLUTION
    shifted = A - A.max(axis=0)                                                      #? columns
    shifted = A - A.max(axis=1, keepdims=True)                                       #? rows
    E = np.exp(shifted)
    total = E.sum(axis=0)                                                            #? columns
    right = shifted[y, np.arange(len(y))]                                            #? columns
    total = E.sum(axis=1, keepdims=True)                                             #? rows
    right = shifted[np.arange(len(y)), y]                                            #? rows
    return E / total, np.mean(np.log(total).ravel() - right)                         #? mean
    return E / total, np.sum(np.log(total).ravel() - right)                          #? sum
    ### END SOLUTION


# %% [grader]
def scores(A):
    """(classes, samples) in the layout of the variant."""
    return A                                                                         #? columns
    return np.ascontiguousarray(A.T)                                                 #? rows


@inputs("A1.5")
def loss_inputs(rng):
    A = rng.normal(0, 1.5, (4, 3)).round(2)
    A[0, 0] = 0
    far = np.array([[1000.0, 1.0], [0.0, 2.0], [999.0, -1.0]]) + rng.integers(0, 9)
    return [(scores(A), rng.integers(0, 4, 3)), (scores(far), np.array([1, 0])),
            (scores(rng.normal(0, 1.5, (3, 3)).round(2)), rng.permutation(3)),
            (scores(rng.normal(0, 1.5, (2, 5)).round(2)), rng.integers(0, 2, 5))]


def of(A, y, P=None, L=None):
    """The right answer with one part replaced."""
    right = softmax_cross_entropy(A, y)
    return (right[0] if P is None else P), (right[1] if L is None else L)


def mean_or_sum(terms):
    return np.mean(terms)                                                            #? mean
    return np.sum(terms)                                                             #? sum


CLASSES = 0                                                                          #? columns
CLASSES = 1                                                                          #? rows


@mutant("A1.5", 0.6, "Adding a constant to all scores of a sample: may the answer change?",
        "Print e to the power of your largest score.",
        "Which number can be subtracted in Eq. (5), above and below the bar?")
def no_shift(A, y):
    E = np.exp(A)
    P = E / E.sum(axis=CLASSES, keepdims=True)
    right = scores(P)[y, np.arange(len(y))]
    return P, mean_or_sum(-np.log(right))


@mutant("A1.5", 0.6, "Take two samples, one with all its scores 1000 lower than the other's.",
        "Whose maximum do you subtract?",
        "Eq. (5) treats each sample k on its own: so must the shift.")
def one_maximum(A, y):
    E = np.exp(A - A.max())
    P = E / E.sum(axis=CLASSES, keepdims=True)
    right = scores(P)[y, np.arange(len(y))]
    return P, mean_or_sum(-np.log(right))


@mutant("A1.5", 0.3, "What should the probabilities of one sample sum to?",
        "Sum your P along both axes. Which sums are 1?",
        "Over which index is the sum below the bar of Eq. (5)?")
def wrong_axis(A, y):
    E = np.exp(A - A.max(axis=1 - CLASSES, keepdims=True))
    P = E / E.sum(axis=1 - CLASSES, keepdims=True)
    return P, mean_or_sum(-np.log(np.maximum(scores(P)[y, np.arange(len(y))], 1e-300)))


@mutant("A1.5", 0.6, "Hand in the same samples twice. What should the loss do?",
        "Is the loss of this variant that of a batch, or that of a sample in it?",
        "What stands in front of the sum of Eq. (5)?")
def other_reduction(A, y):
    return of(A, y, L=len(y) * softmax_cross_entropy(A, y)[1])                       #? mean
    return of(A, y, L=softmax_cross_entropy(A, y)[1] / len(y))                       #? sum


@mutant("A1.5", 0.75, "A sure and wrong answer: how bad may it be in float64?",
        "Print the smallest entry of P, and its logarithm.",
        "Take the logarithm of Eq. (5) on paper: no quotient is left.")
def log_of_zero(A, y):
    P = softmax_cross_entropy(A, y)[0]
    right = scores(P)[y, np.arange(len(y))]
    return P, mean_or_sum(-np.log(right))


@mutant("A1.5", 0.75, "Two classes of equal probability: which loss does the example print?",
        "Which logarithm is it?", "ln in Eq. (5) has the base e.")
def bits(A, y):
    return of(A, y, L=softmax_cross_entropy(A, y)[1] / np.log(2))


@mutant("A1.5", 0.6, "How many terms has the sum of the loss?",
        "A mean over a matrix of zeros and ones divides by more than the samples.",
        "The sum of Eq. (5) runs over samples only.")
def per_class(A, y):
    return of(A, y, L=softmax_cross_entropy(A, y)[1] / A.shape[CLASSES])


@equivalent("A1.5")
def column_by_column(A, y):
    columns = [np.asarray(c) for c in scores(A).T]
    logs = [c - c.max() - np.log(np.exp(c - c.max()).sum()) for c in columns]
    losses = [-log[label] for log, label in zip(logs, y, strict=True)]
    return scores(np.exp(np.array(logs).T)), float(mean_or_sum(losses))


@equivalent("A1.5")
def by_one_hot(A, y):
    shifted = A - np.max(A, axis=CLASSES, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=CLASSES, keepdims=True))
    hot = scores(np.eye(A.shape[CLASSES])[:, y])
    return np.exp(logs), mean_or_sum(-np.sum(hot * logs, axis=CLASSES))


# %% [task] A1.6, Eq. (6): the gradient of the loss (8 points, 15 minutes, core)
def softmax_cross_entropy_backward(P, y):
    """How the loss changes with the scores.

    Parameters
    ----------
    P : (classes, samples) array, what `softmax_cross_entropy` returned              #? columns
    P : (samples, classes) array, what `softmax_cross_entropy` returned              #? rows
    y : (samples,) int array

    Returns
    -------
    dA : array of the shape of P

    TODO: Eq. (6).
    APPROACH: a copy of P, less 1 at one place for each sample.
    EXAMPLE:
        >>> P = np.array([[0.5], [0.5]])                                             #? columns
        >>> P = np.array([[0.5, 0.5]])                                               #? rows
        >>> softmax_cross_entropy_backward(P, np.array([1])).ravel().tolist()
        [0.5, -0.5]

    HINTS: What do the entries of one sample sum to? P is still needed after you: leave it.
    """
    ### BEGIN SOLUTION
    dA = P.copy()
    dA[y, np.arange(len(y))] -= 1                                                    #? columns
    dA[np.arange(len(y)), y] -= 1                                                    #? rows
    return dA / len(y)                                                               #? mean
    return dA                                                                        #? sum
    ### END SOLUTION


# %% [grader]
@inputs("A1.6")
def loss_backward_inputs(rng):
    def case(A, y):
        return softmax_cross_entropy(scores(A), y)[0].round(6), y
    far = np.array([[1000.0, 1.0], [0.0, 2.0], [999.0, -1.0]]) + rng.integers(0, 9)
    return [case(rng.normal(0, 1.5, (4, 3)), rng.integers(0, 4, 3)),
            case(far, np.array([1, 0])), case(rng.normal(0, 1.5, (3, 3)), np.array([2, 0, 2])),
            case(rng.normal(0, 1.5, (3, 4)), rng.integers(0, 3, 4))]


def one_hot(P, y):
    """1 at the class of each sample, in the shape of P."""
    return scores(np.eye(P.shape[CLASSES])[:, y])


@mutant("A1.6", 0.5, "Take a tiny step against the gradient: does the loss fall?",
        "The right class has too small a score. Which sign must its entry have?",
        "Which of the two terms of Eq. (6) has the minus?")
def ascent(P, y):
    return -softmax_cross_entropy_backward(P, y)


@mutant("A1.6", 0.5, "What do the entries of one sample sum to?",
        "How often do you subtract from the right class?", "Eq. (6) has one [i = y].")
def subtracted_twice(P, y):
    n = len(y)                                                                       #? mean
    n = 1                                                                            #? sum
    return softmax_cross_entropy_backward(P, y) - one_hot(P, y) / n


@mutant("A1.6", 0.6, "A numerical check of Eq. (5) would be off by a constant. Which?",
        "How does the loss of this variant depend on the number of samples? And your dA?",
        "What stands in front of the bracket of Eq. (6)?")
def other_factor(P, y):
    return softmax_cross_entropy_backward(P, y) * len(y)                             #? mean
    return softmax_cross_entropy_backward(P, y) / len(y)                             #? sum


@mutant("A1.6", 0.4, "How many entries should change, in all samples together?",
        "With one list of indices NumPy takes whole rows or columns.",
        "[i = y_k] in Eq. (6) needs two indices: the class and the sample.")
def whole_rows(P, y):
    dA = P.copy()
    dA[y] -= 1                                                                       #? columns
    dA[:, y] -= 1                                                                    #? rows
    return dA / len(y)                                                               #? mean
    return dA                                                                        #? sum


@mutant("A1.6", 0.6, "Is it samples or classes that you count?",
        "Hand in twice as many samples: what should happen to one entry of dA?",
        "The n of Eq. (5) and Eq. (6) is not the number of classes.")
def by_classes(P, y):
    return (P - one_hot(P, y)) / P.shape[CLASSES]


@mutant("A1.6", 0.5, "Call it twice with the same P. Do you get the same?",
        "What does P hold after the call?",
        "`dA = P` gives the same array a second name: make a new one.")
def probabilities_changed(P, y):
    dA = softmax_cross_entropy_backward(P, y)
    P -= one_hot(P, y)
    return dA


@equivalent("A1.6")
def with_one_hot(P, y):
    return np.asfortranarray((P - one_hot(P, y)) / len(y))                           #? mean
    return np.asfortranarray(P - one_hot(P, y))                                      #? sum


@equivalent("A1.6")
def entry_by_entry(P, y):
    dA = P.tolist()
    for k, label in enumerate(y):
        dA[label][k] -= 1                                                            #? columns
        dA[k][label] -= 1                                                            #? rows
    return [[entry / len(y) for entry in row] for row in dA]                         #? mean
    return dA                                                                        #? sum


# %% [task] A1.7, Eq. (7): the numerical check (20 points, 20 minutes)
def check_gradient(f, x, gradient, h):
    """Hold a gradient against slopes that are measured.

    Parameters
    ----------
    f : function of an array like x → float
    x : array of floats, of any shape
    gradient : array of the shape of x, what somebody says the gradient of f at x is
    h : float, the step

    Returns
    -------
    slopes : array of the shape of x
    error : float, relative, of all entries together
    good : bool, whether the error is below 1e-6

    TODO: the slope of each entry, and the error, both by Eq. (7). Each of the three earns
        points on its own.
    APPROACH: a loop over all entries (`np.ndindex(x.shape)` gives their indices). Move one,
        ask f twice, put it back or work on a copy.
    EXAMPLE:
        >>> square = lambda x: float(np.sum(x ** 2))
        >>> slopes, error, good = check_gradient(square, np.array([3.0]), np.array([6.0]), 1e-3)
        >>> round(float(slopes[0]), 6), bool(good)
        (6.0, True)

    HINTS: One-sided and two-sided slopes differ by much more than rounding: why? What is the
        error of two gradients that are exactly 0?
    """
    ### BEGIN SOLUTION
    slopes = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        slopes[index] = (f(above) - f(below)) / (2 * h)
    size = max(np.linalg.norm(gradient), np.linalg.norm(slopes))
    error = np.linalg.norm(gradient - slopes) / size if size else 0.0
    return slopes, error, error < 1e-6
    ### END SOLUTION


# %% [grader]
@inputs("A1.7", rtol=1e-7, atol=1e-9)
def check_inputs(rng):
    x, y = rng.normal(0, 1, (2, 3)).round(2), rng.normal(0, 1, 4).round(2)
    x[0, 1] = 0
    a = round(rng.uniform(1, 2), 2)
    cubic, slope = Expr(f"lambda x: float(np.sum({a} * x ** 3 + x))"), 3 * a * x ** 2 + 1
    sine = Expr(f"lambda x: float(np.exp({a} * x[0]) + np.sum(np.sin(x)))")
    wrong = np.cos(y)
    return [(cubic, x, slope, 0.25), (cubic, x, slope, 1e-4), (sine, y, wrong, 0.125),
            (Expr("lambda x: 2.5"), y, np.zeros(4), 1e-3),
            (cubic, x, (0.5 * slope).round(3), 0.5)]


def verdict(f, x, gradient, slopes, size=None):
    """Error and verdict as in the reference, from other slopes."""
    size = size or max(np.linalg.norm(gradient), np.linalg.norm(slopes))
    error = np.linalg.norm(gradient - slopes) / size if size else 0.0
    return slopes, error, error < 1e-6


@mutant("A1.7", 0.5, "Which error has a one-sided slope, and which a two-sided one?",
        "Take x² at 3 and h = 1 by hand. What is the slope, what do you get?",
        "Both terms above the bar of Eq. (7) are moved.")
def one_sided(f, x, gradient, h):
    slopes = np.array([f(x + h * e.reshape(x.shape)) - f(x) for e in np.eye(x.size)]) / h
    return verdict(f, x, gradient, slopes.reshape(x.shape))


@mutant("A1.7", 0.6, "Measure the slope of f(x) = x by hand. How far apart are the two points?",
        "All your slopes are off by the same factor.", "What stands below the bar of Eq. (7)?")
def half_the_way(f, x, gradient, h):
    return verdict(f, x, gradient, 2 * check_gradient(f, x, gradient, h)[0])


@mutant("A1.7", 0.7, "Make h ten times larger. Should your slopes be the same to the bit?",
        "Which h do you use?", "The h of Eq. (7) is an argument.")
def own_step(f, x, gradient, h):
    return check_gradient(f, x, gradient, 1e-5)


@mutant("A1.7", 0.8, "Two gradients of exactly 0: do they agree?",
        "What is 0/0 in NumPy?", "The last sentence under Eq. (7) says what the error is.")
def zero_by_zero(f, x, gradient, h):
    slopes, error, good = check_gradient(f, x, gradient, h)
    if not (slopes.any() or gradient.any()):
        error = np.float64(0) / np.float64(0)
    return slopes, error, error < 1e-6


@mutant("A1.7", 0.4, "Is x the same after the call as before?",
        "Print x in the loop. How many entries have moved at the second step?",
        "The e of Eq. (7) is 1 at one entry only.")
def not_put_back(f, x, gradient, h):
    slopes = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        slopes[index] = (above - f(x)) / (2 * h)
    return verdict(f, x, gradient, slopes)


@mutant("A1.7", 0.7, "Multiply f by 1000. Should the verdict change?",
        "Is your error relative?", "What is below the bar of the error in Eq. (7)?")
def absolute(f, x, gradient, h):
    return verdict(f, x, gradient, check_gradient(f, x, gradient, h)[0], size=1.0)


@mutant("A1.7", 0.7, "Compare a gradient with minus itself. What should the error say?",
        "Two different arrays may have the same norm.",
        "In Eq. (7) the difference is taken before the norm.")
def difference_of_norms(f, x, gradient, h):
    slopes = check_gradient(f, x, gradient, h)[0]
    sizes = np.linalg.norm(gradient), np.linalg.norm(slopes)
    error = abs(sizes[0] - sizes[1]) / max(sizes) if max(sizes) else 0.0
    return slopes, error, error < 1e-6


@mutant("A1.7", 0.8, "Let one gradient be twice the other. What is the error by hand?",
        "A sum of sizes is nearly twice as large as either of them.",
        "Is it the sum or the maximum below the bar of Eq. (7)?")
def sum_of_sizes(f, x, gradient, h):
    slopes = check_gradient(f, x, gradient, h)[0]
    return verdict(f, x, gradient, slopes,
                   size=np.linalg.norm(gradient) + np.linalg.norm(slopes))


@mutant("A1.7", 0.8, "Is a small error good news or bad news?",
        "Read your last line aloud.", "`good` is true when the error is below the limit.")
def reversed_verdict(f, x, gradient, h):
    slopes, error, good = check_gradient(f, x, gradient, h)
    return slopes, error, not good


@equivalent("A1.7")
def moved_and_put_back(f, x, gradient, h):
    flat, slopes = x.reshape(-1), []
    for m, kept in enumerate(flat.tolist()):
        flat[m] = kept + h
        above = f(x)
        flat[m] = kept - h
        slopes.append((above - f(x)) / h / 2)
        flat[m] = kept
    slopes = np.reshape(slopes, x.shape)
    size = max(np.sqrt(np.sum(gradient ** 2)), np.sqrt(np.sum(slopes ** 2)))
    error = np.sqrt(np.sum((slopes - gradient) ** 2)) / size if size > 0 else 0
    return slopes, error, bool(error < 1e-6)


# %% [own test] A1.8, Eq. (4): a test of your own (10 points, 15 minutes)
def test_dense_backward(dense_backward):
    """Tell a right `dense_backward` from wrong ones.

    Parameters
    ----------
    dense_backward : function
        Somebody's solution of A1.4, which you cannot look into. It is not always right:
        a wrong one gives wrong numbers or shapes, for some arrays or for all.

    TODO: call it with arrays of your choice, and `assert` what must be true of the answer. A
        right solution must pass, wrong ones must not: each that you catch earns points.
    APPROACH: Eq. (7) holds for any function: L = np.sum(dA * A), with A by Eq. (3), is a loss
        whose gradient with respect to A is dA. You may call your other functions. Or work out
        one small example by hand.
    EXAMPLE:
        >>> test_dense_backward(dense_backward)         # nothing happens: it is right

    HINTS: Which mistakes does one sample hide, which a square W? Compare floats with
        `np.allclose`. At most 1000 numbers may be handed in with one call.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    W, Z, dA = (rng.normal(size=shape) for shape in ((3, 4), (4, 5), (3, 5)))        #? columns
    W, Z, dA = (rng.normal(size=shape) for shape in ((4, 3), (5, 4), (5, 3)))        #? rows
    b = np.zeros((3, 1))                                                             #? columns
    b = np.zeros((1, 3))                                                             #? rows
    dW, db, dZ = dense_backward(W.copy(), Z.copy(), dA.copy())
    for x, gradient in ((W, dW), (b, db), (Z, dZ)):
        assert gradient.shape == x.shape
        for index in np.ndindex(x.shape):
            kept, losses = x[index], []
            for x[index] in (kept - 1, kept + 1):       # L is linear in x: any step will do
                losses.append(np.sum(dA * (W @ Z + b)))                              #? columns
                losses.append(np.sum(dA * (Z @ W + b)))                              #? rows
            x[index] = kept
            assert np.isclose(gradient[index], (losses[1] - losses[0]) / 2)
    ### END SOLUTION


# %% [grader]
own_test(test_dense_backward, dense_backward, db_averaged, divided_again, output_gradient,
         weights_moved_first, W_not_turned)

# %% [written] A1.9: two questions (10 points, 15 minutes)
# Answer in three to six sentences each, in your own words.
#
# 1. The layer multiplies by `W` on the way forward and by its transpose on the way back.
#    Explain with one output, one input and one sample, without writing a matrix.
# 2. A classmate's check says: error 1e-10 for `dW` and `dZ`, 0.8 for `db`, with 5 samples.
#    It is 0.8 whatever `dA` is. Name two mistakes that would look like this, and an experiment
#    that tells them apart.

# %% [rubric]
# ### A1.9 (10 points, 5 for each question)
#
# **Question 1.** Full marks: names the edge between one input and one output and says that
# forward it carries the input's value, times the weight, to the output; backward it carries
# the output's gradient, times the same weight, to the input; and that an input collects over
# all outputs that it feeds, as an output collects over all its inputs.
#
# - *5 points.* "Output i gets W_ij times input j. If input j grows by a little, output i grows
#   by W_ij times that, so the loss grows by dA_i times W_ij. Input j feeds all outputs, so I
#   add over i. Forward I add over j, backward over i, over the same table of weights: reading
#   it by the other index is what transposing means."
# - *3 points.* "Because of the chain rule each input gets the gradients of the outputs times
#   the weights. We need the transpose so that the sum goes over the outputs."
# - *1 point.* "Otherwise the shapes do not fit."
#
# **Question 2.** Full marks: two causes that touch `db` only, and an experiment whose outcome
# differs between them.
#
# - *5 points.* "db was averaged (then it is one fifth of the right one: error 0.8, for
#   |1/5 - 1| = 0.8), or it belongs to another batch, say the sum ran over four fifths
#   of the samples only or over the wrong axis. Check again with one sample: averaging then
#   makes no error, the wrong axis still does."
# - *3 points.* "It was averaged or not summed over the samples. One can print db."
# - *1 point.* "Something is wrong with the bias."
#
# In this variant a db that is summed over the wrong axis is (1, samples).           #? columns
# In this variant a db that is summed over the wrong axis is (samples, 1).           #? rows
#
# ### Three oral questions
#
# 1. Your layer has two samples and one of them is handed in twice. What happens to dW?
# 2. Why may dA be 0 for a sample that is classified rightly, and when is it not?
# 3. Show me a wrong dense_backward that your own test would not catch.
