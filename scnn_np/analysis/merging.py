"""Hidden layers that are not needed: an exact test finds them, and they are multiplied into the
next.

Let the input of a ReLU layer lie in a known range, low ≤ a ≤ high. A neuron is *linear* if ReLU
never cuts anything off there, *dead* if it always cuts off everything. If all neurons are one
or the other, and D = diag(1 for linear, 0 for dead), two layers are exactly one:

    W₂ relu(W₁a + b₁) + b₂ = (W₂DW₁)a + (W₂Db₁ + b₂)

Hebiri and Lederer, *Layer Sparsity in Neural Networks*, arXiv 2006.15604, penalise layers until
they are so (`scnn_np.nn.layer_sparsity`). *Our reading*: only their abstract was at hand, the
test and the bounds are ours.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from scnn_np.analysis.pruning import rebuilt
from scnn_np.nn import MLP, DropOut, Negative, ReLU, initial_weights
from scnn_np.nn.tiles import row_of_edge
from scnn_np.tools import checks

EPSILON = np.finfo(np.float64).eps


# --- the test ---------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class HiddenLayer:
    """What is known of one hidden layer.

    Attributes
    ----------
    number : int
        Which one, from 1 at the input side.
    low, high : (N_l,) arrays
        Between what numbers ReLU's input lies, for every input of the network in its range.
    kinds : (N_l,) array of "linear", "dead" and "neither"
    in_the_way : array of int
        The neurons that are neither.
    can_merge : bool
        Whether there is none of them.
    errors : (N_l,) array
        e: how far a neuron may be from a linear or a dead one, whichever is nearer.
    """

    number: int
    low: np.ndarray
    high: np.ndarray

    @property
    def kinds(self):
        return np.where(self.low >= 0, "linear", np.where(self.high <= 0, "dead", "neither"))

    @property
    def in_the_way(self):
        return np.flatnonzero((self.low < 0) & (self.high > 0))

    @property
    def can_merge(self):
        return not len(self.in_the_way)

    @property
    def nearer_to_linear(self):
        """D: what each neuron is, or is taken for, (N_l,) bools."""
        return -self.low <= self.high

    @property
    def errors(self):
        return np.maximum(np.minimum(-self.low, self.high), 0)

    def __str__(self):
        count = {kind: int((self.kinds == kind).sum()) for kind in ("linear", "dead")}
        text = (f"hidden layer {self.number}: {count['linear']} linear, {count['dead']} dead, "
                f"{len(self.in_the_way)} neither")
        return text + (", can merge" if self.can_merge else "")


def examine_layers(network, low=0.0, high=np.inf):
    """Which hidden layers can be merged, and which neurons stand in the way.

    A layer is tested with all mergeable layers below it multiplied in. The range of a deeper
    layer comes from bounds that are carried upwards, a proof for every input in the range, and
    never from what some data gave. The bounds are rounded outwards; the products of merged
    layers are those of float64.

    Parameters
    ----------
    network : MLP
        Of ReLU layers only; DropOut does nothing here, as when it predicts.
    low, high : float or (n_in,) array
        The range of the inputs, -inf and inf where there is no limit; left out, they are known
        to be not negative. PCA inputs have no range but that of -inf to inf.

    Returns
    -------
    list of HiddenLayer
        One for each hidden layer, input side first.
    """
    return carried_through(network, low, high)[0]


def carried_through(network, low, high):
    """What is found of each hidden layer; and for each layer with weights its W and b with the
    layers below multiplied in, or None where it was multiplied into the next."""
    check_relu(network)
    low, high = check_range(network, low, high)
    *hidden, output = network.affine_layers
    examined, parts, below = [], [], None
    for number, layer in enumerate(hidden, 1):
        W, b = product(layer, below)
        found = HiddenLayer(number, *bounds(W, b, low, high))
        examined.append(found)
        if found.can_merge:
            below = W, b, found.nearer_to_linear
            parts.append(None)
        else:
            below, low, high = None, np.maximum(found.low, 0), np.maximum(found.high, 0)
            parts.append((W, b))
    return examined, [*parts, product(output, below)]


def bounds(W, b, low, high):
    """Between what numbers W a + b lies for low ≤ a ≤ high, (N_l,) arrays: the least takes the
    least of a where w is positive and the greatest where it is negative."""
    W, b = sparse.csr_array(W, dtype=np.float64), b[:, 0].astype(np.float64)
    positive, negative = W.maximum(0), W.minimum(0)
    for part in (positive, negative):
        part.eliminate_zeros()                 # 0·inf is nothing here, as no edge is
    found = []
    for sign, first, second in ((-1, low, high), (1, high, low)):
        value = positive @ first + negative @ second + b
        size = positive @ np.abs(first) - negative @ np.abs(second) + np.abs(b)
        rounding = (W.shape[1] + 2) * EPSILON * size       # of a sum of so many products
        found.append(value + sign * rounding)
    return found


def product(layer, below):
    """W₂DW₁ and W₂Db₁ + b₂ in float64, of a layer and what is below it, if anything is: W₁, b₁
    and D, as bools."""
    W, b = layer.W.astype(np.float64), layer.b.astype(np.float64)
    if below is None:
        return W, b
    W1, b1, linear = below
    kept = np.flatnonzero(linear)
    W = W[:, kept]
    return times(W, W1[kept]), W @ b1[kept] + b


def times(W2, W1):
    """W₂W₁: sparse if both are, with an edge wherever a path of two edges leads, also where
    their products sum to 0."""
    if not (sparse.issparse(W2) and sparse.issparse(W1)):
        return W2 @ W1
    support = boolean(W2) @ boolean(W1)
    found = W2 @ W1
    W = sparse.csr_array((np.zeros(support.nnz), support.indices, support.indptr),
                         shape=support.shape)
    W.sort_indices()
    W.data[np.searchsorted(places(W), places(found))] = found.data
    return W


def boolean(W):
    """1 at each edge."""
    return sparse.csr_array((np.ones(W.nnz), W.indices, W.indptr), shape=W.shape)


def places(W):
    """Of every entry, its place in the matrix counted row by row."""
    return row_of_edge(W) * W.shape[1] + W.indices


# --- merging ----------------------------------------------------------------------------------

@dataclass(frozen=True, eq=False)
class Merged:
    """A network with fewer layers.

    Attributes
    ----------
    network : MLP
        It computes the same; without the penalties of negative weights, for refitting.
    layers : list of int
        The hidden layers that went, numbered from 1 at the input side.
    parameters : (int, int)
        Before and after.
    larger : bool
        Whether it has more of them now: a narrow layer between wide ones holds few.
    bound : (N_{l+1},) array, or None of an exact merge
        What is guaranteed for a nearly mergeable layer l: no input in the range changes the
        input of a neuron of layer l + 1 by more (but for rounding). It is no bound of the
        logits.
    measured : (N_{l+1},) array, or None
        The largest such change on data.
    logits : float, or None
        The largest change of a logit on data.
    """

    network: MLP
    layers: list
    parameters: tuple
    bound: np.ndarray | None = None
    measured: np.ndarray | None = None
    logits: float | None = None

    @property
    def larger(self):
        return self.parameters[1] > self.parameters[0]

    def __str__(self):
        before, after = self.parameters
        went = ", ".join(map(str, self.layers))
        text = (f"merged: hidden layer{'s' * (len(self.layers) > 1)} {went}; {before:,} → "
                f"{after:,} parameters" if self.layers else "no layer can be merged")
        if self.larger:
            text += ": the network is LARGER than before"
        if self.bound is not None:
            text += ("; the input of the next layer changes by at most "
                     f"{self.bound.max():.3g}, measured {self.measured.max():.3g}, logits by "
                     f"{self.logits:.3g}")
        return text


def merge(network, low=0.0, high=np.inf):
    """Multiply every hidden layer that can be merged into the next one.

    Exact for all inputs in the range, up to rounding: 1e-10 in float64.

    Parameters
    ----------
    network, low, high
        As in `examine_layers`.

    Returns
    -------
    Merged
    """
    examined, parts = carried_through(network, low, high)
    return merged(network, parts, [found.number for found in examined if found.can_merge])


def merge_nearly(network, layer, X, low, high):
    """Multiply one hidden layer into the next, although some of its neurons are neither linear
    nor dead: each is taken for what it is nearer to.

    Parameters
    ----------
    network : MLP, as in `examine_layers`
    layer : int
        Which hidden layer, from 1 at the input side.
    X : (samples, n_in) array
        To measure on.
    low, high : float or (n_in,) array
        The range of the inputs, as narrow as it is known: without limits there is no bound.

    Returns
    -------
    Merged
        With `bound`, `measured` and `logits`.
    """
    examined = examine_layers(network, low, high)
    layer = checks.whole("layer", layer, least=1, most=len(examined))
    check_samples(network, X, *check_range(network, low, high))
    linear, errors = examined[layer - 1].nearer_to_linear, examined[layer - 1].errors
    if not np.isfinite(errors).all():
        i = int(np.argmax(~np.isfinite(errors)))
        raise ValueError(f"high: leaves neuron {i} of hidden layer {layer} without bounds, "
                         "expected a finite range of the inputs")
    one, two = network.affine_layers[layer - 1:layer + 1]
    parts = [(part.W, part.b) for part in network.affine_layers]
    parts[layer - 1:layer + 1] = None, product(two, (*product(one, None), linear))
    found = merged(network, parts, [layer])
    measured, logits = differences(network, found.network, layer, X)
    return replace(found, bound=abs(two.W).astype(np.float64) @ errors, measured=measured,
                   logits=logits)


def merged(network, parts, layers):
    """The network of such parts, None for what went."""
    parts = [part and tuple(array.astype(network.dtype) for array in part) for part in parts]
    small = rebuilt(network, parts)
    small.penalties = [penalty for penalty in small.penalties
                       if not isinstance(penalty, Negative)]
    return Merged(small, layers, (network.n_parameters, small.n_parameters))


def differences(network, small, layer, X):
    """How much merging one hidden layer changes the input of the next, (N_{l+1},), and the
    logits, at most on X."""
    changed, logits = np.zeros(network.weights[layer].shape[0]), 0.0
    for piece in network.pieces(X):
        Z = np.ascontiguousarray(piece.T)
        change = np.abs(up_to(network, layer + 1, Z) - up_to(small, layer, Z))
        changed = np.maximum(changed, change.max(axis=1))
        change = np.abs(network.forward(Z) - small.forward(Z))
        logits = max(logits, float(change.max()))
    return changed, logits


def up_to(network, number, Z):
    """What the layer with weights of this number, from 1, gives to its activation."""
    last = network.affine_layers[number - 1]
    for layer in network.layers:
        Z = layer.forward(Z)
        if layer.affine is last:
            return Z


# --- refitting --------------------------------------------------------------------------------

def fresh_start(network, rng):
    """The same network with initial weights drawn anew, on the same supports, and biases 0.

    Parameters
    ----------
    network : MLP
    rng : np.random.Generator
    """
    checks.generator("rng", rng)
    parts, gain = [], 1.0                      # of the output layer
    for layer in reversed(network.layers):
        gain = getattr(layer, "gain", gain)    # an activation's own
        if layer.affine:
            W = layer.affine.W
            support = W if sparse.issparse(W) else W.shape
            parts.insert(0, (initial_weights(support, gain, rng, network.dtype),
                             np.zeros_like(layer.affine.b)))
    return rebuilt(network, parts)


# --- checks -----------------------------------------------------------------------------------

def check_relu(network):
    """Refuse a network in which something else than ReLU stands behind a hidden layer."""
    checks.instance("network", network, MLP, "a network")
    if len(network.affine_layers) < 2:
        raise ValueError("network: got no hidden layer, expected at least one")
    behind = []
    for layer in network.layers:
        if layer.affine:
            behind.append([])
        elif behind and not isinstance(layer, DropOut):
            behind[-1].append(layer)
    for number, found in enumerate(behind[:-1], 1):
        if [type(layer) for layer in found] != [ReLU]:
            names = " and ".join(type(layer).__name__ for layer in found) or "nothing"
            raise ValueError(f"network: hidden layer {number} is followed by {names}, expected "
                             "ReLU: it alone leaves some ranges exactly as they are, where a "
                             "sigmoid bends every range and no two layers are one")


def check_range(network, low, high):
    """The range of the inputs as (n_in,) arrays, or an error."""
    found = []
    for name, value, never in (("low", low, np.inf), ("high", high, -np.inf)):
        expected = f"a number, or one for each of the {network.n_in} inputs"
        array = checks.array(name, value, expected, kinds="iuf").astype(np.float64)
        nowhere = np.isnan(array) | (array == never)
        if array.shape not in ((), (network.n_in,)) or nowhere.any():
            checks.refuse(name, value, expected)
        found.append(np.broadcast_to(array, network.n_in))
    if (found[0] > found[1]).any():
        k = int(np.argmax(found[0] > found[1]))
        raise ValueError(f"high: got {found[1][k]:g} for input {k}, expected at least low, "
                         f"{found[0][k]:g}")
    return found


def check_samples(network, X, low, high):
    """Refuse inputs outside the range."""
    X = network.check_inputs(X, least=1)
    outside = ((X < low) | (X > high)).any(axis=0)
    if outside.any():
        k = int(np.argmax(outside))
        raise ValueError(f"X: has inputs {k} from {X[:, k].min():g} to {X[:, k].max():g}, "
                         f"expected all within {low[k]:g} to {high[k]:g}")
