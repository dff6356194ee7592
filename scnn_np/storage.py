"""A trained network as one file, with all that is needed to classify raw inputs."""

from types import SimpleNamespace

from scipy import sparse

from scnn_np import layers, penalties
from scnn_np.files import read_npz, write_npz
from scnn_np.network import MLP
from scnn_np.ordering import Ordering
from scnn_np.streams import stream

FORMAT = "scnn_np model 1"


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
    """
    arrays, specs = {}, []
    for k, layer in enumerate(network.layers):
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
        parts = [restore_layer(spec, k, arrays) for k, spec in enumerate(saved["layers"])]
        network = MLP(parts, [getattr(penalties, name)(strength)
                              for name, strength in saved["penalties"]])
        start = "ordering."
        ordering = Ordering(**saved["ordering"], **{
            name[len(start):]: arrays[name] for name in arrays if name.startswith(start)})
        return SimpleNamespace(network=network, ordering=ordering,
                               class_names=saved["class_names"], about=saved["about"])
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as e:
        raise ValueError(f"{path}: the model in it is damaged ({e!r})") from e


def restore_layer(spec, k, arrays):
    """One layer from its entry in the file."""
    kinds = {kind.__name__: kind for kind in (
        layers.Dense, layers.Sparse, layers.Sigmoid, layers.ReLU, layers.DropOut,
        layers.DropConnect)}
    kind, extra = kinds[spec["type"]], []
    if "weights" in spec:
        W = arrays[f"{k}.w"]
        if spec["weights"] == "Sparse":
            W = sparse.csr_array((W, arrays[f"{k}.indices"], arrays[f"{k}.indptr"]),
                                 shape=spec["shape"])
            W.check_format()
        affine = kinds[spec["weights"]](W, arrays[f"{k}.b"])
        if kind is type(affine):
            return affine
        extra.append(affine)
    if "p" in spec:
        extra += [spec["p"], stream(0, "masks")]
    return kind(*extra)
