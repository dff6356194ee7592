"""Softmax and cross-entropy, taken together because their joint gradient is so simple."""

import numpy as np

from scnn_np.tools.checks import labels


def softmax(A):
    """Each column of A, (classes, batch), as probabilities; any size of logit is safe."""
    E = np.exp(A - A.max(axis=0))        # the largest becomes e^0 = 1: nothing overflows
    return E / E.sum(axis=0)


def softmax_cross_entropy(A, y):
    """Mean of -ln softmax(A)[y] over the batch, and its gradient.

    Parameters
    ----------
    A : (classes, batch) array of logits
    y : (batch,) int array of labels, 0 … classes - 1

    Returns
    -------
    loss : float
        In nats.
    dA : (classes, batch) array
        (softmax(A) - onehot(y)) / batch: of ln Σ_j e^a_j - a_y the slope along a_i is
        e^a_i / Σ_j e^a_j - [i = y], and the loss is a mean.
    """
    y = labels("y", y, A.shape[1], len(A))
    batch = np.arange(len(y))
    shifted = A - A.max(axis=0)
    E = np.exp(shifted)
    total = E.sum(axis=0)
    loss = np.mean(np.log(total) - shifted[y, batch])     # ln Σ e^a - a_y: never ln(0)

    dA = E / total
    dA[y, batch] -= 1
    dA /= len(batch)
    return float(loss), dA
