"""A trained network as one file, with all that is needed to classify raw inputs."""

from types import SimpleNamespace

import numpy as np
from scipy import sparse

from scnn_np.data.ordering import Ordering
from scnn_np.nn import layers, penalties
from scnn_np.nn.network import MLP
from scnn_np.tools.files import read_npz, write_npz
from scnn_np.tools.streams import stream

FORMAT = "scnn_np model 1"
KINDS = {kind.__name__: kind for kind in (
    layers.Dense, layers.Sparse, layers.Sigmoid, layers.ReLU, layers.DropOut,
    layers.DropConnect)}
PENALTIES = {kind.__name__: kind for kind in (penalties.L1, penalties.L2, penalties.GroupLasso)}


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
    check_parts(network, ordering, class_names)
    arrays, specs = {}, []
    for k, layer in enumerate(network.layers):
        for kind in {type(layer), type(layer.affine or layer)} - set(KINDS.values()):
            raise TypeError(f"network: layer {k} is a {kind.__name__}, expected one of "
                            f"{', '.join(KINDS)}")
        spec = {"type": type(layer).__name__}
        if layer.affine:
            spec["weights"] = type(layer.affine).__name__
            W = layer.affine.W
            arrays[f"{k}.b"] = layer.affine.b
            arrays[f"{k}.w"] = layer.affine.w
            if sparse.issparse(W):
                arrays.update({f"{k}.indices": W.indices, f"{k}.indptr": W.indptr})
                spec["shape"] = [int(n) for n in W.shape]
        if hasattr(layer, "p"):
            spec["p"] = layer.p
        specs.append(spec)
    arrays.update({f"ordering.{name}": array for name, array in ordering.arrays().items()})
    kept = [[type(p).__name__, p.strength.tolist()] for p in network.penalties]
    write_npz(path, {"format": FORMAT, "layers": specs, "penalties": kept,
                     "ordering": ordering.names(), "class_names": list(class_names),
                     "about": about}, arrays)


def load_model(path):
    """What `save_model` saved: a namespace of network, ordering, class_names and about."""
    saved, arrays = read_npz(path)
    if saved.get("format") != FORMAT:
        raise ValueError(f"{path}: format is {saved.get('format')!r}, expected {FORMAT!r}")
    try:
        masks = stream(0, "masks")             # one for all: no two layers drop the same
        parts = [restore_layer(spec, k, arrays, masks)
                 for k, spec in enumerate(saved["layers"])]
        network = MLP(parts, [PENALTIES[name](strength)
                              for name, strength in saved["penalties"]])
        start = "ordering."
        ordering = Ordering(**saved["ordering"], **{
            name[len(start):]: arrays[name] for name in arrays if name.startswith(start)})
        check_parts(network, ordering, saved["class_names"])
        return SimpleNamespace(network=network, ordering=ordering,
                               class_names=saved["class_names"], about=saved["about"])
    except Exception as e:                     # wrong arrays fail in many ways
        raise ValueError(f"{path}: the model in it is damaged ({e!r})") from e


def restore_layer(spec, k, arrays, masks):
    """One layer from its entry in the file."""
    kind, extra = KINDS[spec["type"]], []
    if "weights" in spec:
        W, b = arrays[f"{k}.w"], arrays[f"{k}.b"]
        if spec["weights"] == "Sparse":
            indices, indptr = arrays[f"{k}.indices"], arrays[f"{k}.indptr"]
            W = sparse.csr_array((W, indices, indptr), shape=spec["shape"])
            W.check_format()
            if not (indices.dtype.kind == indptr.dtype.kind == "i" and W.has_canonical_format):
                raise ValueError(f"layer {k}: indices must be sorted whole numbers, none twice")
        affine = KINDS[spec["weights"]](W, b)
        if kind is type(affine):
            return affine
        extra.append(affine)
    if "p" in spec:
        extra += [spec["p"], masks]
    return kind(*extra)


def check_parts(network, ordering, class_names):
    """Refuse parts that do not belong together, or hold no numbers."""
    numbers = {"weights": network.theta,
               **{f"ordering.{name}": getattr(ordering, name)
                  for name in ("importance", "mean", "components")}}
    for name, array in numbers.items():
        if array is not None and not (array.dtype.kind == "f" and np.isfinite(array).all()):
            raise ValueError(f"{name}: holds something else than finite numbers")
    if not all(isinstance(name, str) for name in class_names):
        raise ValueError(f"class_names: got {class_names}, expected strings")
    n = len(ordering.columns)
    shapes = {"importance": (n,), "columns": (n,), "padding": (2,)}
    if ordering.order == "pca":
        shapes |= {"mean": (ordering.n_in,), "components": (n, ordering.n_in)}
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
