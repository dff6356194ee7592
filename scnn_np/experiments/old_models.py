"""Model files of the first format, brought to the form of today's."""

from scipy import sparse

from scnn_np.experiments.packing import pack
from scnn_np.tools import checks

FORMAT = "scnn_np model 1"


def as_new(path, saved, arrays):
    """The dict and the arrays of a file of today.

    Raises
    ------
    ValueError
        Naming the file, if it is damaged.
    """
    try:
        layers = []
        for k, old in enumerate(saved["layers"]):
            spec = {name: old[name] for name in ("type", "p") if name in old}
            if "weights" in old:
                arrays.update(pack(k, {"W": weights(k, old, arrays), "b": arrays[f"{k}.b"]}))
                if spec["type"] != old["weights"]:
                    spec["layer"] = {"type": old["weights"]}
            layers.append(spec)
        penalties = [{"type": name, "strength": strength}
                     for name, strength in saved["penalties"]]
        kept = {name: array for name, array in arrays.items()
                if not name.endswith((".w", ".indices", ".indptr"))}
        return {**saved, "layers": layers, "penalties": penalties}, kept
    except Exception as e:                     # wrong contents fail in many ways
        raise ValueError(f"{path}: the model in it is damaged ({checks.shown(e, 200)})") from e


def weights(k, old, arrays):
    """W of layer k, dense or sparse."""
    if old["weights"] != "Sparse":
        return arrays[f"{k}.w"]
    indices, indptr = arrays[f"{k}.indices"], arrays[f"{k}.indptr"]
    W = sparse.csr_array((arrays[f"{k}.w"], indices, indptr), shape=old["shape"])
    W.check_format()
    if not (indices.dtype.kind == indptr.dtype.kind == "i" and W.has_canonical_format):
        raise ValueError(f"layer {k}: indices must be sorted whole numbers, none twice")
    return W
