"""Smaller networks from trained ones: fewer weights, or fewer neurons.

What comes out is a network of its own with smaller arrays, not a masked one, whose layers train
each weight that is left; the network that went in is left as it was. Everything but the weights
(activations, DropOut, penalties) stays, so that the smaller network can be trained further as
the large one was.
"""

import copy

import numpy as np
from scipy import sparse

from scnn_np.analysis.measures import check_by_layer
from scnn_np.nn import MLP, Dense, DropConnect, Sparse, entries
from scnn_np.nn.tiles import row_of_edge
from scnn_np.tools import checks


def largest_weights(network, parameters, spreads=None):
    """Keep the hidden layers' weights of largest magnitude, ranked together (Reed, 1993).

    The output layer stays whole, as it does in the paper's sparse networks: its weights are of
    another scale, and ranked with the others all of them could go.

    Parameters
    ----------
    network : MLP
    parameters : int
        To be left, biases and output layer included.
    spreads : list of (N_l,) arrays, input side first
        If given, |w| times the spread of its left neuron is ranked: a large weight on an input
        that hardly varies carries little. Standard deviations on training data, for example.

    Returns
    -------
    MLP
        With `Sparse` hidden layers, and exactly so many parameters.
    """
    *hidden, output = network.affine_layers
    if not hidden:
        raise ValueError("network: got no hidden layer, expected at least one")
    sizes = np.abs(np.concatenate([entries(layer.W).ravel() for layer in hidden]))
    if spreads is not None:
        spreads = check_by_layer(network, "spreads", spreads)
        sizes = sizes * np.concatenate([spread[positions(layer.W)[1]]
                                 for layer, spread in zip(hidden, spreads, strict=False)])
    whole = sum(layer.b.size for layer in network.affine_layers) + output.W.size
    edges = checks.whole("parameters", parameters) - whole
    if not 1 <= edges <= len(sizes):
        raise ValueError(f"parameters: got {parameters}, expected {whole + 1} to "
                         f"{whole + len(sizes)}: biases and the output layer stay whole")
    kept = np.zeros(len(sizes), bool)
    kept[np.argpartition(sizes, -edges)[-edges:]] = True
    parts, start = [], 0
    for layer in hidden:
        rows, columns = positions(layer.W)
        weights = entries(layer.W).ravel()
        chosen = np.flatnonzero(kept[start:start + len(weights)])
        start += len(weights)
        W = sparse.csr_array((weights[chosen], (rows[chosen], columns[chosen])),
                             shape=layer.W.shape)
        parts.append((W, layer.b))
    return rebuilt(network, [*parts, (output.W, output.b)])


def without_neurons(network, kept, means):
    """Take neurons out, and put what they gave on average into the biases above them.

    Parameters
    ----------
    network : MLP
    kept : list of (N_l,) bool arrays
        Of the inputs and of each hidden layer, which neurons stay.
    means : list of (N_l,) arrays
        Their mean outputs on training data, as `analysis.mean_activations` gives them.

    Returns
    -------
    MLP
        Its inputs are those that were kept.
    """
    kept = check_by_layer(network, "kept", kept, kinds="b")
    means = check_by_layer(network, "means", means)
    if not all(np.any(mask) for mask in kept):
        raise ValueError("kept: leaves a layer without any neuron, expected at least one")
    above = [*kept[1:], np.ones(network.weights[-1].shape[0], bool)]
    parts = []
    for layer, left, right, mean in zip(network.affine_layers, kept, above, means, strict=True):
        W = layer.W[np.flatnonzero(right)]
        gone = np.where(left, 0, mean).astype(W.dtype)
        parts.append((W[:, np.flatnonzero(left)], layer.b[right] + (W @ gone)[:, None]))
    return rebuilt(network, parts)


def largest_neurons(network, parameters):
    """Which neurons to keep so that about so many parameters are left: the same share of the
    inputs and of every hidden layer, those whose outgoing weights are largest, as the group
    lasso measures them (Scardapane et al., 2017).

    Ranked over all layers together a layer could lose all but one neuron: the sizes of weights
    in different layers say little about each other.

    Parameters
    ----------
    network : MLP of Dense layers
    parameters : int
        At most so many are left.

    Returns
    -------
    list of (N_l,) bool arrays
        For `without_neurons`; at least one neuron stays in each layer.
    """
    weights = network.weights
    if any(sparse.issparse(W) for W in weights):
        raise TypeError("network: got sparse layers, expected dense ones")
    parameters = checks.whole("parameters", parameters, least=1)
    n_left = np.array([W.shape[1] for W in weights])
    n_outputs = weights[-1].shape[0]

    for share in np.arange(n_left.max(), -1, -1) / n_left.max():
        alive = np.maximum(1, np.floor(share * n_left + 1e-9)).astype(int)
        if ((alive + 1) * np.append(alive[1:], n_outputs)).sum() <= parameters:
            break
    else:
        raise ValueError(f"parameters: got {parameters}, expected enough for one neuron in "
                         "each layer")
    kept = [np.zeros(n, bool) for n in n_left]
    for mask, W, n in zip(kept, weights, alive, strict=True):
        mask[np.argsort(-np.linalg.norm(W, axis=0), kind="stable")[:n]] = True
    return kept


def positions(W):
    """Row and column of every trained entry, in the order of the flat entries."""
    if sparse.issparse(W):
        return row_of_edge(W), W.indices
    return tuple(array.ravel() for array in np.indices(W.shape))


def rebuilt(network, parts):
    """The same network with other weights and biases, one pair for each affine layer; with None
    such a layer goes, and with it all that stands before the next."""
    layers, generators = [], {}                # one generator of masks stays one
    left, gone = iter(parts), False
    for layer in network.layers:
        if layer.affine:
            part = next(left)
            gone = part is None
        if gone:
            continue
        if layer.affine:
            W, b = part
            new = (Sparse if sparse.issparse(W) else Dense)(W, b)
            if isinstance(layer, DropConnect):
                new = DropConnect(new, layer.p, copy.deepcopy(layer.rng, generators))
        else:
            new = copy.deepcopy(layer, generators)
        layers.append(new)
    kept = [part is not None for part in parts]
    return MLP(layers, [penalty.only(kept) for penalty in network.penalties])
