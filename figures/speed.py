"""How fast, and in how much memory: our networks, and others with --peers.

Times are medians, the competitors of each comparison taken in turns, in one process, on two
cores and two threads (wide layers: fewer steps, as the results say). Preset "native" lets
NumPy's products use what the processor has; "avx2" pins them to the instruction set of 2013, as
the environment of some machines does. Run it on a quiet machine: products on two threads wait
for each other.
"""

import gc
import os
import sys
import time
import tracemalloc

import numpy as np
from matplotlib import pyplot as plt
from threadpoolctl import threadpool_limits

from figures import peers as peer_steps
from figures.common import BLUE, GREEN, GREY, ORANGE, main
from scnn_np import fully_connected, random_sparse, spatially_coupled
from scnn_np.graphs import supports as graphs
from scnn_np.nn.layers import Dense, Sigmoid, Sparse, initial_weights
from scnn_np.nn.losses import softmax_cross_entropy
from scnn_np.training.optimizers import Adam

PRESETS = {
    "quick": {"help": "a minute, for a look", "rounds": 4, "widths": [784, 1568, 3136],
              "batches": [1, 128], "densities": [0.01, 0.07, 0.5],
              "small_widths": [98, 784]},
    "native": {"help": "all that the processor offers, four minutes", "rounds": 15,
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

def measure_steps(chosen, peers):
    """Training steps of the paper's networks, and the limit that the products set."""
    rng = np.random.default_rng(0)
    X, y = rng.random((BATCH, 784), np.float32), rng.integers(0, 10, BATCH)
    networks = {name: build() for name, build in NETWORKS.items()}
    Z = np.ascontiguousarray(X.T)
    steps = {f"scnn_np {name}": training_step(network, Z, y)
             for name, network in networks.items()}
    if peers:
        steps |= peer_steps.available(networks, X, y)
    S = rng.random((2048, 2048), np.float32)
    steps["peak"] = lambda: S @ S
    seconds = taking_turns(steps, chosen["rounds"])
    peak = 2 * 2048 ** 3 / seconds.pop("peak")
    edges = sum(W.nnz for W in networks["SC"].weights[:5])
    return {"seconds": seconds, "peak_flops": peak, "limit": 6 * edges * BATCH / peak}


def measure_profile(chosen, peak):
    """Where the time of an SC step goes, part by part, and the arithmetic of its tiles."""
    rng = np.random.default_rng(0)
    network, optimizer = spatially_coupled(), Adam()
    Z, y = rng.random((784, BATCH), np.float32), rng.integers(0, 10, BATCH)
    D = rng.random((784, BATCH), np.float32)
    layer, act, output = network.layers[2], Sigmoid(), network.layers[-1]
    products, out, db = layer.products, layer.dw.copy(), layer.db.copy()

    def head():
        dA = softmax_cross_entropy(output.forward(Z), y)[1]
        output.backward(dA)
    parts = {"W Z": (5, lambda: products.forward(layer.W, Z)),
             "Wᵀ D": (4, lambda: products.backward(D)),
             "D Zᵀ at the edges": (5, lambda: products.on_support(D, Z, out)),
             "sigmoid": (5, lambda: act.forward(Z)), "its slope": (5, lambda: act.backward(D)),
             "adding biases": (5, lambda: D + layer.b),
             "summing their gradients": (5, lambda: np.sum(D, axis=1, keepdims=True, out=db)),
             "output layer and loss": (1, head),
             "L2": (1, lambda: network.penalty(add_gradient=True)),
             "Adam": (1, lambda: optimizer.step(network.theta, network.gradient))}
    timed = taking_turns({name: part for name, (_, part) in parts.items()}, chosen["rounds"])
    tiles = sum(5 * sum(t.scratch.size for t in tiled) for tiled in (
        products.tiled, products.gradient_tiled)) + 4 * sum(
        t.scratch.size for t in products.tiled)
    return {"seconds": {name: parts[name][0] * seconds for name, seconds in timed.items()},
            "tiles_at_peak": 2 * BATCH * tiles / peak}


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
    return {"seconds": taking_turns(steps, chosen["rounds"]), "images": len(X),
            "piece": Z.shape[1]}


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


def pytorch_dense(width):
    """PyTorch's dense layer of that width, with the same three products and Adam."""
    import torch
    layer = torch.nn.Linear(width, width)
    optimizer = torch.optim.Adam(layer.parameters(), fused=True)
    Z, D = torch.rand(BATCH, width, requires_grad=True), torch.rand(BATCH, width)

    def step():
        optimizer.zero_grad()
        layer(Z).backward(D)
        optimizer.step()
    return step


def measure_growth(chosen, peers):
    """Seconds and peak memory of a step as the layer grows at 64 edges per neuron.

    Memory is measured for our layers; for PyTorch's it is computed, from the weights, gradients
    and two moments alone.
    """
    rows = []
    for width in chosen["widths"]:
        steps = {kind: wide_layer(kind, width) for kind in ("SC", "RSP")}
        dense = [row["seconds"] * (width / row["width"]) ** 2 for row in rows
                 if row["kind"] == "PyTorch dense"]
        dense_bytes = 4 * 4 * width * (width + 1)
        if peers and (not dense or dense[-1] < 10) and dense_bytes < 16e9:
            steps["PyTorch dense"] = pytorch_dense(width)
        rounds = chosen["rounds"] if width < 2000 else 3 if width < 20_000 else 1
        for kind, seconds in taking_turns(steps, rounds).items():
            peak = dense_bytes if kind == "PyTorch dense" else peak_bytes(kind, width)
            rows.append({"kind": kind, "width": width, "edges": EDGES * width,
                         "seconds": seconds, "timed": 3 * rounds, "peak_bytes": peak})
            print(f"{kind} {width}: {1e3 * seconds:.1f} ms, {peak / 1e6:.0f} MB", flush=True)
    return rows


def peak_bytes(kind, width):
    """Most memory that a layer and its step hold at once, the drawing of the graph apart."""
    gc.collect()
    tracemalloc.start()
    step = wide_layer(kind, width)
    tracemalloc.reset_peak()
    step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


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


def compute(preset, seed, peers):
    """Everything, one after the other; `seed` changes nothing that is timed."""
    pin(preset)
    chosen = PRESETS[preset]
    with threadpool_limits(THREADS):
        found = peer_steps.versions() if peers else {}
        if "torch" in found:
            import torch
            torch.set_num_threads(THREADS)
        steps = measure_steps(chosen, peers)
        return {"settings": {**chosen, "threads": THREADS, "batch": BATCH, "dtype": "float32",
                             "edges_per_neuron": EDGES, "block": BLOCK},
                "peers": found, "steps": steps,
                "profile": measure_profile(chosen, steps["peak_flops"]),
                "prediction": measure_prediction(chosen), "memory": measure_memory(),
                "limits": measure_limits(chosen),
                "growth": measure_growth(chosen, "torch" in found)}


def pin(preset):
    """Start again with the core type that the preset asks for, on two cores: OpenBLAS and XLA
    look at both when they are imported."""
    wanted = {"avx2": "Haswell"}.get(preset)
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    if preset == "quick" or (os.environ.get("OPENBLAS_CORETYPE") == wanted
                             and len(cores) <= THREADS):
        return
    if len(cores) > THREADS:
        os.sched_setaffinity(0, sorted(cores)[:THREADS])
    environment = {name: value for name, value in os.environ.items()
                   if name != "OPENBLAS_CORETYPE"}
    if wanted:
        environment["OPENBLAS_CORETYPE"] = wanted
    os.execve(sys.executable, [sys.executable, "-m", "figures.speed", *sys.argv[1:]],
              environment)


# --- what is shown --------------------------------------------------------------------------

def report(results):
    """Everything that the goals ask for, as lines of Markdown."""
    return [*step_table(results), "", *other_lines(results)]


def step_table(results):
    """One training step of every competitor, fastest first, and the limit of the products."""
    steps = results["steps"]["seconds"]
    sc = steps["scnn_np SC"]
    lines = ["| one training step | ms | × SC |", "|---|---:|---:|"]
    for name, seconds in sorted(steps.items(), key=lambda item: item[1]):
        name = f"**{name}**" if name.startswith("scnn_np") else name
        lines.append(f"| {name} | {1e3 * seconds:.2f} | {seconds / sc:.2f} |")
    limit, peak = results["steps"]["limit"], results["steps"]["peak_flops"]
    lines.append(f"| *limit: 6 × edges × {results['settings']['batch']} operations at "
                 f"{peak / 1e9:.0f} GFLOP/s* | {1e3 * limit:.2f} | {limit / sc:.2f} |")
    return lines


def other_lines(results):
    """Prediction, memory and growth, and where sparse is slower, a sentence each."""
    seconds, memory = results["prediction"]["seconds"], results["memory"]
    growth = {kind: [slope(results, kind, quantity) for quantity in ("seconds", "peak_bytes")]
              for kind in ("SC", "RSP")}
    widest = [row for row in results["growth"] if row["kind"] == "SC"][-1]
    share = memory["SC"]["state"] / memory["FC"]["state"]
    slower = [f"{name} {row[name]:g}" for name, rows in results["limits"].items()
              for row in rows if row["sparse"] > row["dense"]]
    profile = results["profile"]["seconds"]
    return ["- Where an SC step goes (ms): "
            + ", ".join(f"{name} {1e3 * part:.2f}" for name, part in sorted(
                profile.items(), key=lambda item: -item[1]))
            + f". The arithmetic of the tiles alone, at the processor's peak, is "
            f"{1e3 * results['profile']['tiles_at_peak']:.2f}.",
            f"- Prediction of {results['prediction']['images']:,} images: "
            + ", ".join(f"{name} {1e3 * seconds[name]:.0f} ms" for name in NETWORKS)
            + f"; SC is {seconds['FC'] / seconds['SC']:.1f} times faster than FC.",
            f"- State of a training (weights, indices, gradients, moments): SC "
            f"{memory['SC']['state'] / 1e6:.2f} MB, {share:.1%} of FC; work buffers besides "
            f"{memory['SC']['work'] / 1e6:.1f} MB (FC {memory['FC']['work'] / 1e6:.1f} MB).",
            f"- One layer of {EDGES} edges per neuron: with the edges E, time grows as "
            f"E^{growth['SC'][0]:.2f} for SC and E^{growth['RSP'][0]:.2f} for RSP, memory as "
            f"E^{growth['SC'][1]:.2f} and E^{growth['RSP'][1]:.2f}; an SC layer of "
            f"{widest['width']:,} neurons takes {1e3 * widest['seconds']:.0f} ms a step and "
            f"{widest['peak_bytes'] / 1e6:.0f} MB.",
            "- An RSP layer was *slower* than a dense one at: "
            + (", ".join(slower) or "none of the sizes tried") + "."]


def slope(results, kind, quantity):
    """Log-log slope against the number of edges."""
    rows = [row for row in results["growth"] if row["kind"] == kind]
    return np.polyfit(np.log([row["edges"] for row in rows]),
                      np.log([row[quantity] for row in rows]), 1)[0]


def plot(results):
    """Steps, prediction, growth in time and memory, and where sparse loses."""
    figure, axes = plt.subplots(2, 3, figsize=(14.5, 7.8), width_ratios=(1.3, 1, 1))
    blas = results["provenance"]["blas"].split(";")[0]
    settings = results["settings"]
    figure.suptitle(f"{results['provenance']['machine']}, {settings['threads']} threads, "
                    f"float32, batch {settings['batch']}; NumPy's products: {blas}")
    plot_steps(axes[0, 0], results)
    plot_growth(axes[0, 1], results, "seconds", "seconds per step")
    plot_growth(axes[0, 2], results, "peak_bytes", "bytes, peak of a step")
    plot_prediction(axes[1, 0], results)
    plot_limits(axes[1, 1], results, "RSP layer of density 7 % against dense",
                "batch size, or neurons", (("batch", "batch size, 784 neurons", BLUE, "o"),
                                           ("width", "neurons, batch 128", ORANGE, "s")))
    plot_limits(axes[1, 2], results, "RSP layer against dense", "density",
                (("density", "784 neurons, batch 128", BLUE, "o"),))
    return figure


def plot_limits(ax, results, title, xlabel, curves):
    """How many times faster an RSP layer is than a dense one: below 1 it is slower."""
    for name, label, colour, mark in curves:
        rows = results["limits"][name]
        ax.plot([row[name] for row in rows], [row["dense"] / row["sparse"] for row in rows],
                mark + "-", color=colour, label=label)
    ax.axhline(1, color=GREY, lw=1)
    ax.set(xscale="log", ylabel="dense time / RSP time", ylim=(0, None), xlabel=xlabel,
           title=title)
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
    ax.legend(loc="upper right")
    ax.grid(axis="y", visible=False)


def plot_growth(ax, results, quantity, label):
    for kind, colour, mark in (("SC", BLUE, "o"), ("RSP", ORANGE, "s"),
                               ("PyTorch dense", GREY, "^")):
        rows = [row for row in results["growth"] if row["kind"] == kind]
        if not rows:
            continue
        text = f"{kind}, slope {slope(results, kind, quantity):.2f}" if len(rows) > 1 else kind
        if kind == "PyTorch dense" and quantity == "peak_bytes":
            text += " (computed)"
        ax.plot([row["edges"] for row in rows], [row[quantity] for row in rows], mark + "-",
                color=colour, label=text)
    ax.set(xscale="log", yscale="log", xlabel=f"edges = {EDGES} × neurons", ylabel=label,
           title="layer N → N, three products, Adam")
    ax.legend(loc="lower right", fontsize=8)
    ax.set_ylim(bottom=ax.get_ylim()[0] / 8)                   # room for the legend


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


if __name__ == "__main__":
    sys.exit(main("speed", __doc__, PRESETS, compute, plot, report=report, switches=[
        ("peers", "scikit-learn too, and PyTorch and JAX where they are installed")]))
