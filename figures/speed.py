"""How fast, and in how much memory: our networks, and others with --peers.

All times are medians over steps of all competitors taken in turns, in one process, with the
same number of threads. Preset "native" lets NumPy's products use what the processor has; "avx2"
pins them to the instruction set of 2013, as the environment of some machines does. Run it on a
quiet machine: products on two threads wait for each other.
"""

import argparse
import gc
import os
import sys
import time
import tracemalloc

import numpy as np
from matplotlib import pyplot as plt
from threadpoolctl import threadpool_limits

from figures import peers
from figures.common import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    image_path,
    load_results,
    results_path,
    save_results,
)
from scnn_np import fully_connected, graphs, random_sparse, spatially_coupled
from scnn_np.layers import Dense, Sigmoid, Sparse, initial_weights
from scnn_np.optimizers import Adam
from scnn_np.pictures import save_figure

PRESETS = {
    "quick": {"help": "a minute, for a look", "rounds": 4, "widths": [784, 1568, 3136],
              "batches": [1, 128], "densities": [0.01, 0.07, 0.5],
              "small_widths": [98, 784]},
    "native": {"help": "all that the processor offers, ten minutes", "rounds": 15,
               "widths": [784, 1568, 3136, 6272, 12544, 25088, 65072],
               "batches": [1, 4, 16, 64, 128, 512],
               "densities": [0.01, 0.03, 0.07, 0.15, 0.3, 0.6, 1.0],
               "small_widths": [49, 98, 196, 392, 784, 1568]}}
PRESETS["avx2"] = PRESETS["native"] | {"help": "with OPENBLAS_CORETYPE=Haswell"}
THREADS, BATCH, EDGES, BLOCK = 2, 128, 64, 98
NETWORKS = {"SC": spatially_coupled, "RSP": random_sparse, "FC": fully_connected}


def taking_turns(steps, rounds, repeats=3):
    """Median seconds of each step: every round warms each up once, then times it."""
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            step()
            for _ in range(repeats):
                start = time.perf_counter()
                step()
                times[name].append(time.perf_counter() - start)
    return {name: float(np.median(seconds)) for name, seconds in times.items()}


def training_step(network, Z, y):
    """One step of ours, as the trainer does it."""
    optimizer = Adam()

    def step():
        network.loss_and_gradient(Z, y)
        optimizer.step(network.theta, network.gradient)
    return step


# --- what is measured -----------------------------------------------------------------------

def measure_steps(chosen, with_peers):
    """Training steps of the paper's networks, and the limit that the products set."""
    rng = np.random.default_rng(0)
    X, y = rng.random((BATCH, 784), np.float32), rng.integers(0, 10, BATCH)
    networks = {name: build() for name, build in NETWORKS.items()}
    Z = np.ascontiguousarray(X.T)
    steps = {f"scnn_np {name}": training_step(network, Z, y)
             for name, network in networks.items()}
    if with_peers:
        steps |= peers.available(networks, X, y)
    S = rng.random((2048, 2048), np.float32)
    steps["peak"] = lambda: S @ S
    seconds = taking_turns(steps, chosen["rounds"])
    peak = 2 * 2048 ** 3 / seconds.pop("peak")
    edges = sum(W.nnz for W in networks["SC"].weights[:5])
    return {"seconds": seconds, "peak_flops": peak, "limit": 6 * edges * BATCH / peak}


def measure_prediction(chosen):
    """10,000 images through each network, and what its parts take of that."""
    X = np.random.default_rng(0).random((10_000, 784), np.float32)
    networks = {name: build() for name, build in NETWORKS.items()}
    steps = {name: lambda n=network: n.predict(X) for name, network in networks.items()}
    Z = next(networks["SC"].batches(X))
    for name, network in networks.items():
        layer = network.affine_layers[1]
        steps[f"{name}, one layer"] = lambda layer=layer: layer.forward(Z)
    steps["one sigmoid"] = lambda: Sigmoid().forward(Z)
    seconds = taking_turns(steps, max(4, chosen["rounds"] // 2), repeats=2)
    return {"seconds": seconds, "images": len(X), "piece": Z.shape[1]}


def wide_layer(kind, width):
    """One layer width → width with 64 edges per neuron, a batch, and blame for it."""
    rng = np.random.default_rng(0)
    if kind == "SC":
        support = graphs.spatially_coupled(width, width, EDGES, rng, blocks=width // BLOCK)
    else:
        support = graphs.random_sparse(width, width, EDGES, rng)
    layer = Sparse(initial_weights(support, 1.0, rng))
    optimizer = Adam()
    Z, D = (rng.random((width, BATCH), np.float32) for _ in range(2))

    def step():
        layer.forward(Z)
        layer.backward(D)
        optimizer.step(layer.w, layer.dw)
    return step


def measure_growth(chosen, with_peers):
    """Seconds and peak memory of a step as the layer grows at 64 edges per neuron."""
    rows = []
    for width in chosen["widths"]:
        for kind in ("SC", "RSP"):
            step = wide_layer(kind, width)
            seconds = taking_turns({kind: step}, 2, 3 if width < 20_000 else 1)[kind]
            tracemalloc.start()
            step()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            del step
            gc.collect()
            tracemalloc.start()
            step = wide_layer(kind, width)
            step()
            kept = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            del step
            gc.collect()
            rows.append({"kind": kind, "width": width, "edges": EDGES * width,
                         "seconds": seconds, "peak_bytes": peak + kept})
            print(f"{kind} {width}: {1e3 * seconds:.1f} ms, {(peak + kept) / 1e6:.0f} MB",
                  flush=True)
        if with_peers and "torch" in peers.versions() and not too_large(rows, width):
            rows.append(dense_row(width))
    return rows


def too_large(rows, width):
    """Whether PyTorch's dense layer would take over 10 s a step or 16 GB."""
    known = [row["seconds"] * (width / row["width"]) ** 2 for row in rows
             if row["kind"] == "PyTorch dense"]
    return 4 * 4 * width ** 2 > 16e9 or (known and known[-1] > 10)


def dense_row(width):
    """PyTorch's dense layer of that width: weights, gradients and two moments of width²."""
    import torch
    layer = torch.nn.Linear(width, width)
    optimizer = torch.optim.Adam(layer.parameters(), fused=True)
    Z = torch.rand(BATCH, width, requires_grad=True)
    D = torch.rand(BATCH, width)

    def step():
        optimizer.zero_grad()
        layer(Z).backward(D)
        optimizer.step()
    seconds = taking_turns({"dense": step}, 2, 1)["dense"]
    print(f"PyTorch dense {width}: {1e3 * seconds:.1f} ms", flush=True)
    return {"kind": "PyTorch dense", "width": width, "edges": EDGES * width,
            "seconds": seconds, "peak_bytes": 4 * 4 * width * (width + 1)}


def measure_memory():
    """Bytes that live between two steps: state of the training, and work buffers apart."""
    rows = {}
    rng = np.random.default_rng(0)
    Z, y = rng.random((784, BATCH), np.float32), rng.integers(0, 10, BATCH)
    for name, build in NETWORKS.items():
        gc.collect()
        tracemalloc.start()
        network, optimizer = build(), Adam()
        network.loss_and_gradient(Z, y)
        optimizer.step(network.theta, network.gradient)
        with_work = tracemalloc.get_traced_memory()[0]
        for layer in network.layers:                 # what the next step would make again
            for work in ("products", "Z", "mask"):
                vars(layer).pop(work, None)
        gc.collect()
        state = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        rows[name] = {"state": state, "work": with_work - state}
    return rows


def measure_limits(chosen):
    """Where sparse is not faster: small batches, small layers, high densities."""
    def pair(width, density, batch):
        rng = np.random.default_rng(0)
        support = graphs.random_sparse(width, width, max(1, round(density * width)), rng)
        layers = {"sparse": Sparse(initial_weights(support, 1.0, rng)),
                  "dense": Dense(initial_weights((width, width), 1.0, rng))}
        Z, D = (rng.random((width, batch), np.float32) for _ in range(2))

        def step(layer):
            layer.forward(Z)
            layer.backward(D)
        seconds = taking_turns({name: lambda layer=layer: step(layer)
                                for name, layer in layers.items()}, chosen["rounds"])
        return {"width": width, "density": density, "batch": batch, **seconds}
    return {"batch": [pair(784, 0.07, batch) for batch in chosen["batches"]],
            "width": [pair(width, 0.07, BATCH) for width in chosen["small_widths"]],
            "density": [pair(784, density, BATCH) for density in chosen["densities"]]}


def compute(preset, with_peers):
    """Everything, one after the other."""
    chosen = PRESETS[preset]
    with threadpool_limits(THREADS):
        if with_peers and "torch" in peers.versions():
            import torch
            torch.set_num_threads(THREADS)
        return {"settings": {**chosen, "threads": THREADS, "batch": BATCH, "dtype": "float32",
                             "edges_per_neuron": EDGES, "block": BLOCK},
                "peers": peers.versions() if with_peers else {},
                "steps": measure_steps(chosen, with_peers),
                "prediction": measure_prediction(chosen), "memory": measure_memory(),
                "limits": measure_limits(chosen), "growth": measure_growth(chosen, with_peers)}


# --- what is shown --------------------------------------------------------------------------

def report(results):
    """The table of steps, ratios to our SC network, and the other goals, as lines."""
    steps = results["steps"]["seconds"]
    sc = steps["scnn_np SC"]
    lines = ["| one training step | ms | × SC |", "|---|---:|---:|"]
    for name, seconds in sorted(steps.items(), key=lambda item: item[1]):
        name = f"**{name}**" if name.startswith("scnn_np") else name
        lines.append(f"| {name} | {1e3 * seconds:.2f} | {seconds / sc:.2f} |")
    limit, peak = results["steps"]["limit"], results["steps"]["peak_flops"]
    lines.append(f"| *limit: 6 × edges × {BATCH} operations at {peak / 1e9:.0f} GFLOP/s* | "
                 f"{1e3 * limit:.2f} | {limit / sc:.2f} |")
    return lines


def slope(results, kind, quantity):
    """Log-log slope against the number of edges."""
    rows = [row for row in results["growth"] if row["kind"] == kind]
    return np.polyfit(np.log([row["edges"] for row in rows]),
                      np.log([row[quantity] for row in rows]), 1)[0]


def plot(results):
    """Steps, prediction, growth in time and memory, and where sparse loses."""
    figure, axes = plt.subplots(2, 3, figsize=(14.5, 7.8), width_ratios=(1.3, 1, 1))
    blas = results["provenance"]["blas"].split(";")[0]
    figure.suptitle(f"{results['provenance']['machine']}, {THREADS} threads, float32, batch "
                    f"{BATCH}; NumPy's products: {blas}")
    plot_steps(axes[0, 0], results)
    plot_growth(axes[0, 1], results, "seconds", "seconds per step")
    plot_growth(axes[0, 2], results, "peak_bytes", "bytes, peak of a step")
    plot_prediction(axes[1, 0], results)
    plot_limits(axes[1, 1], results, (("batch", "batch size at 784 neurons", BLUE, "o"),
                                      ("width", "neurons at batch 128", ORANGE, "s")))
    plot_limits(axes[1, 2], results, (("density", "density", BLUE, "o"),))
    return figure


def plot_limits(ax, results, curves):
    """How many times faster an RSP layer is than a dense one: below 1 it is slower."""
    for name, label, colour, mark in curves:
        rows = results["limits"][name]
        ax.plot([row[name] for row in rows], [row["dense"] / row["sparse"] for row in rows],
                mark + "-", color=colour, label=label)
    ax.axhline(1, color=GREY, lw=1)
    ax.set(xscale="log", yscale="log", ylabel="dense time / RSP time",
           xlabel=" or ".join(label for _, label, _, _ in curves),
           title="RSP layer against dense" + (", density 7 %" if len(curves) > 1 else
                                              ", 784 neurons, batch 128"))
    ax.legend()


def plot_steps(ax, results):
    steps = dict(sorted(results["steps"]["seconds"].items(), key=lambda item: -item[1]))
    colours = [BLUE if name.startswith("scnn_np") else GREY for name in steps]
    ax.barh(list(steps), [1e3 * s for s in steps.values()], color=colours)
    for k, s in enumerate(steps.values()):
        ax.text(1e3 * s, k, f" {1e3 * s:.1f}", va="center", fontsize=8)
    ax.axvline(1e3 * results["steps"]["limit"], color=ORANGE, lw=1.5, label="limit of SC")
    ax.set(xlabel="ms", title="one training step, 784 → 5 × 784 → 10",
           xlim=(0, 1.15e3 * max(steps.values())))
    ax.legend(loc="lower right")
    ax.grid(axis="y", visible=False)


def plot_growth(ax, results, quantity, label):
    for kind, colour, mark in (("SC", BLUE, "o"), ("RSP", ORANGE, "s"),
                               ("PyTorch dense", GREY, "^")):
        rows = [row for row in results["growth"] if row["kind"] == kind]
        if not rows:
            continue
        text = f"{kind}, slope {slope(results, kind, quantity):.2f}" if len(rows) > 1 else kind
        ax.plot([row["edges"] for row in rows], [row[quantity] for row in rows], mark + "-",
                color=colour, label=text)
    ax.set(xscale="log", yscale="log", xlabel=f"edges = {EDGES} × neurons", ylabel=label,
           title="one layer N → N, three products and Adam")
    ax.legend()


def plot_prediction(ax, results):
    seconds = results["prediction"]["seconds"]
    pieces = results["prediction"]["images"] / results["prediction"]["piece"]
    for k, name in enumerate(NETWORKS):
        products, sigmoids = (1e3 * 5 * pieces * seconds[part]
                              for part in (f"{name}, one layer", "one sigmoid"))
        total = 1e3 * seconds[name]
        left = 0
        for part, colour, text in ((products, BLUE, "products"), (sigmoids, GREEN, "sigmoids"),
                                   (max(0.0, total - products - sigmoids), GREY, "the rest")):
            ax.barh(name, part, left=left, color=colour, label=text if k == 0 else None)
            left += part
        ax.text(left, k, f" {total:.0f} ms", va="center", fontsize=8)
    ax.set(xlabel="ms", title=f"prediction of {results['prediction']['images']:,} images: SC "
           f"{seconds['FC'] / seconds['SC']:.1f} × faster than FC",
           xlim=(0, 1.2e3 * max(seconds[name] for name in NETWORKS)))
    ax.legend(loc="lower right")
    ax.grid(axis="y", visible=False)


def pin(preset):
    """Start again with the core type that the preset asks for: OpenBLAS reads it at import."""
    wanted = {"avx2": "Haswell"}.get(preset)
    if preset != "quick" and os.environ.get("OPENBLAS_CORETYPE") != wanted:
        environment = {**os.environ, "OPENBLAS_CORETYPE": wanted or ""}
        if wanted is None:
            del environment["OPENBLAS_CORETYPE"]
        os.execve(sys.executable, [sys.executable, "-m", "figures.speed", *sys.argv[1:]],
                  environment)


def main(argv=None):
    parser = argparse.ArgumentParser("python -m figures.speed", description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="quick")
    parser.add_argument("--peers", action="store_true",
                        help="scikit-learn, and PyTorch and JAX where they are installed")
    parser.add_argument("--redraw", action="store_true", help="draw from the saved results")
    args = parser.parse_args(argv)
    if args.redraw:
        results = load_results("speed", args.preset)
    else:
        pin(args.preset)
        start = time.perf_counter()
        results = save_results("speed", args.preset, 0, compute(args.preset, args.peers),
                               time.perf_counter() - start)
        print(f"saved: {results_path('speed', args.preset)}")
    print("\n".join(report(results)))
    for quantity in ("seconds", "peak_bytes"):
        print(f"slope of {quantity}: " + ", ".join(
            f"{kind} {slope(results, kind, quantity):.2f}" for kind in ("SC", "RSP")))
    memory = results["memory"]
    print(f"state of a training: SC {memory['SC']['state'] / 1e6:.2f} MB = "
          f"{100 * memory['SC']['state'] / memory['FC']['state']:.1f} % of FC; work buffers "
          f"{memory['SC']['work'] / 1e6:.2f} MB")
    save_figure(image_path("speed", args.preset), plot(results))
    print(f"saved: {image_path('speed', args.preset)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
