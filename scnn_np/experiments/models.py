"""A trained network as one file, with all that is needed to classify raw inputs."""

from dataclasses import dataclass

import numpy as np

from scnn_np import nn
from scnn_np.data import Ordering
from scnn_np.experiments import old_models
from scnn_np.experiments.packing import pack, unpack
from scnn_np.nn import MLP
from scnn_np.tools import checks
from scnn_np.tools.npz import read_npz, write_npz
from scnn_np.tools.streams import stream

FORMAT = "scnn_np model 2"


@dataclass(repr=False)
class Model:
    """A network with the ordering of its inputs and the names of its classes.

    Attributes
    ----------
    network : MLP
    ordering : Ordering
    class_names : list of str
    about : dict
        What was saved with it: settings, history, versions.
    """

    network: MLP
    ordering: Ordering
    class_names: list
    about: dict

    def predict(self, X):
        """The class name of each row of raw inputs X, (samples, features)."""
        return np.asarray(self.class_names)[self.network.predict(self.ordering(X))]

    def __repr__(self):
        return f"Model({self.network!r}, {self.ordering!r}, {len(self.class_names)} classes)"


def save_model(path, network, ordering, class_names, about):
    """Save a trained network with all that is needed to classify raw inputs.

    Parameters
    ----------
    path : path of the `.npz`
    network : MLP
    ordering : Ordering
        Fitted on the training inputs.
    class_names : sequence of str
    about : dict
        Whatever JSON can hold: settings, seed, versions.

    Raises
    ------
    TypeError, ValueError
        A part that cannot be stored, or parts that do not belong together.
    """
    checks.instance("network", network, MLP, "a network")
    checks.instance("ordering", ordering, Ordering, "a fitted ordering")
    check_parts(network, ordering, class_names)
    arrays, specs = {}, []
    for k, layer in enumerate(network.layers):
        for part in {id(part): part for part in (layer, layer.affine or layer)}.values():
            if kinds(nn.Layer).get(type(part).__name__) is not type(part):
                raise TypeError(f"network: layer {k} is a {type(part).__name__}, expected one "
                                f"of {', '.join(kinds(nn.Layer))}")
        spec = layer.spec()
        if layer.affine:
            if layer.affine is not layer:
                spec["layer"] = layer.affine.spec()
            arrays.update(pack(k, layer.affine.state()))
        specs.append(spec)
    for penalty in network.penalties:
        if kinds(nn.Penalty).get(type(penalty).__name__) is not type(penalty):
            raise TypeError(f"network: got the penalty {penalty!r}, expected one of "
                            f"{', '.join(kinds(nn.Penalty))}")
    penalties = [{"type": type(penalty).__name__, "strength": penalty.strength.tolist(),
                  **{name: getattr(penalty, name) for name in penalty.options}}
                 for penalty in network.penalties]
    arrays.update({f"ordering.{name}": array for name, array in ordering.arrays().items()})
    write_npz(path, {"format": FORMAT, "layers": specs, "penalties": penalties,
                     "ordering": ordering.names(), "class_names": list(class_names),
                     "about": about}, arrays)


def load_model(path):
    """The `Model` that `save_model` saved."""
    saved, arrays = read_npz(path)
    if saved.get("format") == old_models.FORMAT:
        saved, arrays = old_models.as_new(path, saved, arrays)
    elif saved.get("format") != FORMAT:
        raise ValueError(f"{path}: format is {checks.shown(saved.get('format'))}, expected "
                         f"{FORMAT!r}")
    try:
        masks = stream(0, "masks")             # one for all: no two layers drop the same
        layers = [restore(spec, unpack(k, arrays), masks)
                  for k, spec in enumerate(saved["layers"])]
        penalties = [made(spec, kinds(nn.Penalty)) for spec in saved["penalties"]]
        start = "ordering."
        ordering = Ordering(**saved["ordering"], **{
            name[len(start):]: arrays[name] for name in arrays if name.startswith(start)})
        model = Model(MLP(layers, penalties), ordering, saved["class_names"], saved["about"])
        check_parts(model.network, ordering, model.class_names)
        return model
    except Exception as e:                     # wrong arrays fail in many ways
        raise ValueError(f"{path}: the model in it is damaged ({checks.shown(e, 200)})") from e


# --- layers and penalties -------------------------------------------------------------------

def kinds(base):
    """Of all layers, or of all penalties, in the catalogues: the classes by their names."""
    catalogues = (nn.PENALTIES,) if base is nn.Penalty else (nn.LAYERS, nn.ACTIVATIONS,
                                                             nn.NOISE)
    return {kind.__name__: kind for catalogue in catalogues for kind in catalogue.values()}


def made(spec, known, **arguments):
    """An object of the class that a spec names."""
    options = {name: value for name, value in spec.items() if name not in ("type", "layer")}
    return known[spec["type"]](**options, **arguments)


def restore(spec, state, masks):
    """One layer from its spec and its arrays."""
    known, inside = kinds(nn.Layer), spec.get("layer", spec)
    kind = known[inside["type"]]
    if state.keys() != {*kind.trained, *kind.fixed}:
        raise ValueError(f"{kind.__name__}: got arrays {', '.join(state) or 'none'}, expected "
                         f"{', '.join([*kind.trained, *kind.fixed]) or 'none'}")
    if "layer" in spec:
        return made(spec, known, layer=made(inside, known, **state), rng=masks)
    if kind is nn.DropOut:
        state = {"rng": masks}
    return made(spec, known, **state)


# --- checks ---------------------------------------------------------------------------------

def check_parts(network, ordering, class_names):
    """Refuse parts that do not belong together, or hold no numbers."""
    numbers = {**{f"weights {name}": array for name, array in network.state_arrays().items()},
               **{f"ordering.{name}": getattr(ordering, name)
                  for name in ("importance", "mean", "components", "offset", "factor")}}
    for name, array in numbers.items():
        if array is not None and not (array.dtype.kind == "f" and np.isfinite(array).all()):
            raise ValueError(f"{name}: holds something else than finite numbers")
    class_names = [checks.text("class_names", name) for name in class_names]
    if len(set(class_names)) < len(class_names):
        raise ValueError("class_names: has a name twice, expected each once")
    n = len(ordering.columns)
    shapes = {"importance": (n,), "columns": (n,), "padding": (2,)}
    if ordering.order == "pca":
        shapes |= {"mean": (ordering.n_in,), "components": (n, ordering.n_in)}
    if ordering.offset is not None:
        shapes |= {"offset": (ordering.n_in,), "factor": (ordering.n_in,)}
    found = {name: array.shape for name, array in ordering.arrays().items()}
    if found != shapes:
        raise ValueError(f"ordering: got arrays of shapes {found}, expected {shapes}")
    there = n if ordering.order == "pca" else ordering.n_in
    if (ordering.columns.dtype.kind != "i" or ordering.padding.min() < 0
            or len(np.unique(ordering.columns)) < n
            or not 0 <= ordering.columns.min() <= ordering.columns.max() < there):
        raise ValueError(f"ordering: got columns {ordering.columns} and padding "
                         f"{ordering.padding}, expected {n} of {there} columns, each once, no "
                         "padding below 0")
    if ordering.n_out != network.n_in:
        raise ValueError(f"ordering: gives out {ordering.n_out} features, but the network "
                         f"takes {network.n_in}")
    if len(class_names) != network.n_classes:
        raise ValueError(f"class_names: got {len(class_names)}, but the network has "
                         f"{network.n_classes} classes")
