"""What is added to the loss to keep weights small, few, or few in groups.

A penalty has a value R and a slope, its gradient, for the W and b of one layer. The slope
enters the gradient of the loss (it is not decoupled weight decay). A new penalty is one class
in one file: `value`, `slope`, and `step` where it has a proximal step.
"""

import copy

import numpy as np
from scipy import sparse

from scnn_np.nn.layer import entries
from scnn_np.nn.tiles import row_of_edge
from scnn_np.tools.checks import listed, number, one_of, refuse


class Penalty:
    """λ·R, summed over the layers with weights.

    Parameters
    ----------
    strength : float or sequence of floats, at least 0
        λ: one for all layers, or one each, from the input layer to the output layer.

    Attributes
    ----------
    on : str
        What it acts on: "W", the effective weights; "W and b"; or "trained", each trained
        array but the bias, as it is. Biases are free otherwise.
    proximal : bool
        Whether its proximal step is taken after each update, instead of its slope entering the
        gradient: only such a step reaches 0 exactly. It moves what is trained, so that W has
        to be trained itself.
    activations : tuple of str, or None
        Names of the hidden activations beside which it means something; None for any.
    options : tuple of str
        Names of further arguments of the constructor, for model files.
    """

    on, proximal, activations, options = "W", False, None, ()

    def __init__(self, strength):
        name = f"strength of {type(self).__name__}"
        self.strength = np.asarray(listed(name, strength, number, least=0))
        if self.strength.ndim > 1:
            refuse(name, strength, "one or more numbers ≥ 0")

    def value(self, W, b):
        """R of one layer; with `on` "trained" b is None, and W stands for each array."""
        raise NotImplementedError

    def slope(self, W, b):
        """∂R/∂W, an array like the entries of W; with `on` "W and b" a pair with ∂R/∂b."""
        raise NotImplementedError

    def step(self, W, b, t):
        """The entries of W, or a pair of these and b, that make R·t + ½‖change‖² least."""
        raise NotImplementedError

    def watched(self, W, b):
        """Numbers of one layer that are written down after every epoch, {name: number}."""
        return {}

    def strengths(self, n_layers):
        """λ of each of the `n_layers` layers with weights."""
        if self.strength.shape not in ((), (n_layers,)):
            raise ValueError(f"strength of {type(self).__name__}: got {self.strength.size} "
                             f"numbers for {n_layers} weight matrices, expected one, or one "
                             "each")
        return np.broadcast_to(self.strength, n_layers).tolist()

    def only(self, kept):
        """The same for some of the layers, `kept`, one bool for each layer with weights."""
        found = copy.deepcopy(self)
        if self.strength.ndim:
            found.strength = self.strength[kept]
        return found

    def check(self, layers):
        """Refuse layers on which it cannot act."""
        for strength, layer in zip(self.strengths(len(layers)), layers, strict=True):
            if strength and self.proximal and self.on != "trained" and "W" not in layer.trained:
                raise ValueError(f"penalties: {self!r} steps on W, but {layer!r} trains "
                                 f"{', '.join(layer.trained)}; expected a layer that trains W")

    def acts_on(self, layer):
        """The pairs (W, b) of one layer that `value`, `slope` and `step` are called with."""
        if self.on != "trained":
            return [(layer.W, layer.b)]
        return [(getattr(layer, name), None) for name in layer.trained if name != "b"]

    def add_slope(self, strength, layer):
        """Add λ·slope to the gradients of one layer."""
        if self.on == "trained":
            names = [name for name in layer.trained if name != "b"]
            for name, (array, b) in zip(names, self.acts_on(layer), strict=True):
                gradient = getattr(layer, f"d{name}")
                gradient += strength * self.slope(array, b)
        elif self.on == "W":
            layer.dW += strength * self.slope(layer.W, layer.b)
        else:
            dW, db = self.slope(layer.W, layer.b)
            layer.dW += strength * dW
            layer.db += strength * db

    def take_step(self, t, layer):
        """Take the proximal step of size t on one layer."""
        for W, b in self.acts_on(layer):
            if self.on == "W and b":
                entries(W)[...], b[...] = self.step(W, b, t)
            else:
                entries(W)[...] = self.step(W, b, t)

    def __repr__(self):
        chosen = [f", {name}={getattr(self, name)!r}" for name in self.options
                  if getattr(self, name) != getattr(type(self), name, None)]
        return f"{type(self).__name__}({self.strength.tolist()}{''.join(chosen)})"


class Elementwise(Penalty):
    """A penalty of single numbers, which may act on the trained arrays of a layer as well."""

    options = ("on",)

    def __init__(self, strength, on="W"):
        super().__init__(strength)
        self.on = one_of("on", on, ("W", "trained"))


class L1(Elementwise):
    """‖W‖₁ = Σ |w|, with slope 0 at w = 0."""

    def value(self, W, b):
        return np.abs(entries(W)).sum()

    def slope(self, W, b):
        return np.sign(entries(W))


class L2(Elementwise):
    """½‖W‖² = ½ Σ w². *Assumed*: the paper does not state the ½."""

    def value(self, W, b):
        return 0.5 * np.vdot(entries(W), entries(W))

    def slope(self, W, b):
        return entries(W)


class L2Trained(L2):
    """½ Σ θ² of what a layer trains, whatever weights that makes.

    Of a spectral layer that trains λ_out and φ it is a group lasso in other words: among all
    λ_out,i and φ_i: that make a row w_i: of W, the least ½(λ_out,i² + ‖φ_i:‖²) is ‖w_i:‖.
    """

    def __init__(self, strength, on="trained"):
        super().__init__(strength, on)


class GroupLasso(Penalty):
    """Σ_j √(group size)·‖w_j‖, a group being the edges that leave left neuron j.

    Scardapane et al. (2017). Where a whole group is 0 the slope is taken as 0.
    """

    axis = 0                # along which a group lies in W

    def value(self, W, b):
        norm, scale, _ = self.groups(W)
        return (norm * scale).sum()

    def slope(self, W, b):
        norm, scale, group = self.groups(W)
        slope = np.divide(scale, norm, out=np.zeros_like(norm), where=norm > 0)
        return entries(W) * slope[group]

    def groups(self, W):
        """Norm and √size of each group, and the group of each entry."""
        n = W.shape[1 - self.axis]
        if not sparse.issparse(W):
            norm = np.linalg.norm(W, axis=self.axis, keepdims=True)
            return norm, np.full_like(norm, W.shape[self.axis] ** 0.5), ...
        group = W.indices if self.axis == 0 else row_of_edge(W)
        norm = np.sqrt(np.bincount(group, W.data ** 2, minlength=n)).astype(W.dtype)
        size = np.bincount(group, minlength=n)
        return norm, np.sqrt(size).astype(W.dtype), group


class GroupLassoRows(GroupLasso):
    """The same with the edges that enter right neuron i as a group."""

    axis = 1


PENALTIES = {"l1": L1, "l2": L2, "group_lasso": GroupLasso, "l2_trained": L2Trained,
             "group_lasso_rows": GroupLassoRows}
