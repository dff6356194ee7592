"""How fast, and in how much memory: our networks beside other libraries.

Every competitor runs in a process of its own, in turns, on one and on two threads (bench.py);
wall time, core time and page faults of a step are medians over processes. Preset "native" lets
NumPy's products use what the processor has; "avx2" pins them to the instruction set of 2013, as
the environment of some machines does. Run both on a quiet machine, with nothing beside them.
"""

import os
import sys
import time
from importlib.metadata import version

from figures import ours
from figures import peers as competitors
from figures.bench import Job, ask, take_turns
from figures.common import main
from figures.speed_page import page, report, step_table
from figures.speed_picture import plot

__all__ = ["compute", "page", "plot", "report", "step_table"]

PRESETS = {
    "quick": {"help": "a minute, for a look", "environment": {},
              "patience": 0, "processes": 1, "rounds": 1, "block": 0.05,
              "images": 2_000, "widths": [784, 1568], "batches": [1, 128],
              "densities": [0.01, 0.07, 0.5], "small_widths": [98, 784],
              "parts": {"rounds": 3, "seconds": 0.01}},
    "native": {"help": "all that the processor offers, about ten minutes", "environment": {},
               "patience": 180, "processes": 5, "rounds": 3, "block": 0.25,
               "images": 10_000, "widths": [784, 1568, 3136, 6272, 12544, 25088, 65072],
               "batches": [1, 4, 16, 64, 128, 512],
               "densities": [0.01, 0.03, 0.07, 0.15, 0.3, 0.6, 1.0],
               "small_widths": [49, 98, 196, 392, 784, 1568],
               "parts": {"rounds": 9, "seconds": 0.03}}}
PRESETS["avx2"] = PRESETS["native"] | {"help": "the same with OPENBLAS_CORETYPE=Haswell",
                                       "environment": {"OPENBLAS_CORETYPE": "Haswell"}}
THREADS = (1, 2)
QUIET = 0.5                     # load average up to which nothing else of weight is running
DENSE_BYTES = 3e9               # PyTorch's dense layer grows no further


def compute(preset, seed, peers):
    """Everything, one after the other; `seed` changes nothing that is timed."""
    chosen = PRESETS[preset]
    load = quiet_load(chosen["patience"])
    found = competitors.installed({peer.package for peer in competitors.PEERS.values()})
    wanted = {"sklearn", "torch", "jax"} if peers else {"sklearn"}
    for package in sorted(wanted - found):
        print(f"left out: {package} is not installed", file=sys.stderr)
    steps = measure_steps(chosen, wanted & found)
    return {"settings": {**chosen, "threads": THREADS, "batch": ours.BATCH,
                         "dtype": "float32", "edges_per_neuron": ours.EDGES,
                         "block_of_layer": ours.BLOCK},
            "provenance": asked(chosen, "scnn_np.tools.provenance:provenance",
                                threads=max(THREADS)),
            "peers": {name: version(name) for name in sorted(wanted & found - {"sklearn"})},
            "load": round(load, 2), "quiet": load <= QUIET, **steps,
            "prediction": measure_prediction(chosen),
            "profile": asked(chosen, "figures.ours:profile", timing=chosen["parts"]),
            "memory": {kind: ours.memory(kind) for kind in ours.NETWORKS},
            "limits": asked(chosen, "figures.ours:limits", timing=chosen["parts"],
                            **{name: chosen[name]
                               for name in ("batches", "small_widths", "densities")}),
            "growth": measure_growth(chosen, "torch" in wanted & found)}


def quiet_load(patience):
    """The load average, after waiting for so many seconds at most until it has fallen, since
    it remembers what ran a minute ago."""
    end = time.monotonic() + patience
    while (load := os.getloadavg()[0]) > QUIET and time.monotonic() < end:
        time.sleep(1)
    if load > QUIET:
        print(f"warning: the load average is {load:.2f}, expected at most {QUIET}: something "
              "else is running, do not trust these times", file=sys.stderr)
    return load


def asked(chosen, place, *, threads=1, **options):
    """What a function finds out in a process of its own."""
    return ask(Job(place, place, options, threads), chosen["environment"])


def measure_steps(chosen, packages):
    """Training steps of all who are installed; the floor below ours; the processor's peak."""
    steps = {f"scnn_np {kind}": ("figures.ours:training", {"kind": kind})
             for kind in ours.NETWORKS}
    steps |= {name: (f"figures.peers:{peer.function}", peer.options)
              for name, peer in competitors.PEERS.items() if peer.package in packages}
    limits = {"peak": ("figures.ours:peak", {}),
              "two products": ("figures.ours:floor", {"with_gradients": False}),
              "three products": ("figures.ours:floor", {"with_gradients": True})}
    records = take_turns([Job(name, *what, threads) for name, what in (steps | limits).items()
                          for threads in THREADS], chosen, "training steps")
    return {"steps": [record for record in records if record["name"] in steps],
            "floor": [record for record in records if record["name"] in limits]}


def measure_prediction(chosen):
    """Images through each network: in Python threads, and in a row as a control."""
    jobs = []
    for kind in ours.NETWORKS:
        options = {"kind": kind, "count": chosen["images"]}
        jobs += [Job(kind, "figures.ours:prediction", options, threads) for threads in THREADS]
        jobs.append(Job(f"{kind} in a row", "figures.ours:prediction_in_a_row", options,
                        max(THREADS)))
    return take_turns(jobs, chosen, "prediction")


def measure_growth(chosen, with_pytorch):
    """Time and peak memory of a step on one thread as a layer grows, 64 edges per neuron.

    Memory is measured for our layers; for PyTorch's it is computed, from the weights, gradients
    and two moments alone.
    """
    rows = []
    for width in chosen["widths"]:
        places = {kind: ("figures.ours:wide_layer", {"kind": kind, "width": width})
                  for kind in ("SC", "RSP")}
        dense_bytes = 4 * 4 * width * (width + 1)
        if with_pytorch and dense_bytes < DENSE_BYTES:
            places["PyTorch dense"] = ("figures.peers:pytorch_layer", {"width": width})
        jobs = [Job(kind, *place) for kind, place in places.items()]
        for record in take_turns(jobs, chosen | {"processes": 1}, f"width {width}"):
            kind = record["name"]
            rows.append({"kind": kind, "width": width, "edges": ours.EDGES * width,
                         "wall_ms": record["wall_ms"][0],
                         "peak_bytes": dense_bytes if kind == "PyTorch dense" else
                         ours.peak_bytes(kind, width)})
    return rows


if __name__ == "__main__":
    sys.exit(main("speed", __doc__, PRESETS, compute, plot, report=report, switches=[
        ("peers", "PyTorch and JAX too, where they are installed")]))
