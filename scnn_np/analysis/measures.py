"""What is measured on a network: degrees, gradients, activations, importance by block."""

import numpy as np
from scipy import sparse

from scnn_np.data.ordering import fit_forest
from scnn_np.nn import softmax_cross_entropy
from scnn_np.tools import checks


def out_degrees(W, threshold=0.0):
    """Edges with |w| > threshold that leave each left neuron, (N_{l-1},) ints.

    Section 3 of the paper counts |w| > 0.1 as the contributing edges (Figure 2).
    """
    return counted(W, threshold, axis=0)


def in_degrees(W, threshold=0.0):
    """Edges with |w| > threshold that enter each right neuron, (N_l,) ints."""
    return counted(W, threshold, axis=1)


def counted(W, threshold, axis):
    threshold = checks.number("threshold", threshold, least=0)
    if not sparse.issparse(W):
        W = checks.finite("W", W, "a matrix of finite numbers")
    if W.ndim != 2:
        checks.refuse("W", W, "a matrix")
    if sparse.issparse(W):
        W = W.tocoo()
        kept = W.coords[1 - axis][np.abs(W.data) > threshold]
        return np.bincount(kept, minlength=W.shape[1 - axis])
    return (np.abs(W) > threshold).sum(axis=axis)


def block_means(values, blocks):
    """Mean of `values` over each of `blocks` equal blocks of neurons, (blocks,)."""
    values = checks.finite("values", values, "a number for each neuron")
    blocks = checks.whole("blocks", blocks, least=1)
    if values.ndim != 1 or not len(values) or len(values) % blocks:
        raise ValueError(f"values: got shape {values.shape}, expected a multiple of the number "
                         f"of blocks, {blocks}")
    return values.reshape(blocks, -1).mean(axis=1)


def gradient_sizes(network, X, y):
    """How strongly data and penalties pull at the weights of each layer, input side first.

    Parameters
    ----------
    network : MLP
    X, y : (samples, n_in) and (samples,) arrays, one batch

    Returns
    -------
    data, penalties : lists of float
        Root mean squares over the weights of a layer, of the gradient of the mean
        cross-entropy (masks on, as in a step) and of that of the penalties.
    """
    X = network.check_inputs(X, least=1)
    y = network.check_labels(y, X)
    A = network.forward(np.ascontiguousarray(X.T), train=True)
    network.backward(softmax_cross_entropy(A, y)[1])
    data = [root_mean_square(layer.dW) for layer in network.affine_layers]
    for layer in network.affine_layers:
        layer.dW[...] = 0
    network.add_penalties()
    return data, [root_mean_square(layer.dW) for layer in network.affine_layers]


def root_mean_square(values):
    return float(np.linalg.norm(values) / max(1, values.size) ** 0.5)


def activations(network, X):
    """What each layer gives on: the inputs and the output of every hidden layer.

    Parameters
    ----------
    network : MLP
    X : (samples, n_in) array

    Returns
    -------
    list of (samples, N_l) arrays
        Input side first, DropOut off.
    """
    pieces = []
    for piece in network.pieces(network.check_inputs(X, least=1)):
        Z, found = np.ascontiguousarray(piece.T), []
        for layer in network.layers:
            if layer.affine:
                found.append(Z)
            Z = layer.forward(Z)
        pieces.append(found)
    return [np.concatenate(parts, axis=1).T for parts in zip(*pieces, strict=True)]


def mean_activations(network, X):
    """The mean output of every neuron on X: a list of (N_l,) arrays."""
    return [Z.mean(axis=0) for Z in activations(network, X)]


def block_ablation(network, X, y, blocks, means):
    """Accuracy that is lost when one block of one layer gives its mean instead of its values.

    Parameters
    ----------
    network : MLP
    X, y : (samples, n_in) and (samples,) arrays
        To measure on.
    blocks : int
        The inputs and every hidden layer are cut into so many equal blocks.
    means : list of (N_l,) arrays
        As `mean_activations` gives them on training data.

    Returns
    -------
    (layers, blocks) array
        Inputs first; 0.1 is ten points.
    """
    X = network.check_inputs(X, least=1)
    y = network.check_labels(y, X)
    blocks = checks.whole("blocks", blocks, least=1)
    means = check_by_layer(network, "means", means)
    starts = [k for k, layer in enumerate(network.layers) if layer.affine]
    for mean in means:
        block_means(mean, blocks)              # refuses a layer that cannot be cut
    whole = network.evaluate(X, y)[1]
    lost = np.zeros((len(starts), blocks))
    for row, start, Z, mean in zip(lost, starts, activations(network, X), means, strict=True):
        for k, block in enumerate(np.split(np.arange(len(mean)), blocks)):
            A = Z.T.copy()
            A[block] = mean[block, None]
            for layer in network.layers[start:]:
                A = layer.forward(A)
            row[k] = whole - (A.argmax(axis=0) == y).mean()
    return lost


def check_by_layer(network, name, arrays, kinds="biuf"):
    """One array for the inputs and one for each hidden layer, a number for each neuron."""
    wanted = [W.shape[1] for W in network.weights]
    expected = (f"{'bools' if kinds == 'b' else 'numbers'} of {wanted}: inputs and hidden "
                "layers")
    if not isinstance(arrays, list | tuple) or len(arrays) != len(wanted):
        checks.refuse(name, arrays, f"a list of {len(wanted)} arrays, {expected}")
    found = [checks.array(name, array, expected, kinds) for array in arrays]
    if [array.shape for array in found] != [(n,) for n in wanted]:
        raise ValueError(f"{name}: got arrays of {[array.shape for array in found]}, expected "
                         f"{expected}")
    return found


def block_forest_importance(network, X, y, blocks, seed):
    """What a random forest that is given a layer's output finds important in it, by block.

    Returns
    -------
    (layers, blocks) array
        Inputs first; each row sums to 1, or to 0 where nothing varies.
    """
    return np.array([block_means(fit_forest(Z, y, seed), blocks) * (Z.shape[1] // blocks)
                     for Z in activations(network, X)])
