"""A run that is killed goes on from its checkpoint to the same bits.

A checkpoint holds everything that the next step depends on, and a description of the run, so
that old and new settings never mix.
"""

import hashlib
import os
from pathlib import Path

import numpy as np

from scnn_np.tools.files import read_npz, write_npz

COUNTERS = ("seconds", "steps", "position", "loss_sum", "correct")


def describe(trainer, X, y):
    """What a checkpoint must agree on with the run that goes on from it, JSON-able."""
    network, optimizer = trainer.network, trainer.optimizer
    graph = [part for W in network.weights
             for part in (str(W.shape).encode(), getattr(W, "indices", b""),
                          getattr(W, "indptr", b""))]
    constants = {name: value for name, value in vars(optimizer).items()
                 if isinstance(value, int | float) and name != "t"}
    return {"epochs": int(trainer.epochs), "batch size": int(trainer.batch_size),
            "schedule": trainer.schedule, "seed": int(trainer.seed),
            "optimizer": [type(optimizer).__name__, constants],
            "penalties": [repr(penalty) for penalty in network.penalties],
            "layers": [[type(layer).__name__, getattr(layer, "p", None)]
                       for layer in network.layers],
            "graph": digest(*graph), "data": digest(X, np.ascontiguousarray(y)),
            "initial weights": digest(network.theta)}


def digest(*parts):
    """A short fingerprint of arrays and bytes."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()[:16]


def mask_generators(network):
    """The distinct generators of the masks, in the order of the layers."""
    found = {id(layer.rng): layer.rng for layer in network.layers if hasattr(layer, "rng")}
    return list(found.values())


def save(path, run, trainer):
    """Write the state of a trainer that stands between two steps."""
    about = {"run": run, "history": trainer.history,
             **{name: getattr(trainer, name) for name in COUNTERS},
             "rng": trainer.rng.bit_generator.state,
             "masks": [rng.bit_generator.state for rng in mask_generators(trainer.network)]}
    moments = {f"optimizer.{name}": array for name, array in trainer.optimizer.state().items()}
    write_npz(path, about, {"theta": trainer.network.theta,
                            "permutation": trainer.permutation, **moments})


def load(path, run, trainer):
    """Put a trainer where the checkpoint says; it is changed only if all of it fits.

    Raises
    ------
    ValueError
        Naming the file: damaged, or of another run, and then what differs.
    """
    about, arrays = read_npz(path)
    found = about.get("run")
    for name, value in run.items():
        if not isinstance(found, dict) or found.get(name) != value:
            came = found.get(name) if isinstance(found, dict) else "nothing"
            raise ValueError(f"{path}: is of a run with other {name}: got {came}, expected "
                             f"{value}")
    try:
        start = "optimizer."
        moments = {name[len(start):]: array for name, array in arrays.items()
                   if name.startswith(start)}
        theta, permutation = arrays["theta"], arrays["permutation"]
        size, masks = trainer.network.theta.size, mask_generators(trainer.network)
        expected = (trainer.optimizer.n_moments, size)
        if (theta.shape != (size,) or int(moments["t"]) != about["steps"]
                or about["steps"] and moments["moments"].shape != expected
                or len(about["masks"]) != len(masks) or permutation.dtype.kind != "i"
                or not 0 <= about["position"] < max(1, len(permutation))
                or sorted(permutation) != list(range(len(permutation)))):
            raise ValueError("its parts do not fit together")
        counters = {name: about[name] for name in COUNTERS}
        history, rng = list(about["history"]), np.random.default_rng()
        for state in (about["rng"], *about["masks"]):
            rng.bit_generator.state = state            # refuses what is none
    except Exception as e:                             # wrong contents fail in many ways
        raise ValueError(f"{path}: the checkpoint in it is damaged ({e!r})") from e
    trainer.network.theta[...] = theta
    trainer.permutation, trainer.history = permutation, history
    vars(trainer).update(counters)
    trainer.optimizer.load_state(moments)
    trainer.rng.bit_generator.state = about["rng"]
    for generator, state in zip(masks, about["masks"], strict=True):
        generator.bit_generator.state = state


def set_aside(path):
    """Rename the checkpoint of an unfinished run that a new one would overwrite.

    Returns
    -------
    Path or None
        Its new name, `….old.npz`, if there was one.
    """
    path = Path(path)
    if not path.is_file():
        return None
    try:
        about, _ = read_npz(path)
        if len(about["history"]) >= about["run"]["epochs"]:
            return None
    except (ValueError, KeyError, TypeError):
        pass                                           # no checkpoint: keep it all the same
    old = path.with_suffix(".old" + path.suffix)
    os.replace(path, old)
    return old
