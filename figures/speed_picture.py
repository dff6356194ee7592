"""The picture of speed.py's results, to be read at a width of 700 pixels."""

from matplotlib import pyplot as plt
from matplotlib.patches import Patch

from figures.common import BLUE, GREY, ORANGE
from figures.speed_page import KINDS, competitors, digits, disturbances, find, ms, slope

COLOURS = {1: ORANGE, 2: BLUE}                 # one thread, two


def plot(results):
    """Training steps and prediction in wall and core time; growth; where sparse loses."""
    names, settings = competitors(results)[::-1], results["settings"]
    figure = plt.figure(figsize=(8, 14.5))
    figure.suptitle(title(results))
    upper, lower = figure.subfigures(2, 1, height_ratios=(8.5, 5.5))
    steps, prediction = upper.subplots(2, 1, height_ratios=(0.5 * len(names), 3))
    bars(steps, results, "steps", {name: [(name, 1), (name, 2)] for name in names})
    steps.set_title(f"One training step, 784 → 5 × 784 → 10, batch {settings['batch']}", pad=26)
    legend(steps)
    bars(prediction, results, "prediction", {
        shown: what for kind in KINDS[::-1]
        for shown, what in ((f"{kind}, piece after piece", [(f"{kind} in a row", 2)]),
                            (kind, [(kind, 1), (kind, 2)]))})
    prediction.set_title(f"Prediction of {settings['images']:,} images")
    (seconds, memory), (sizes, density) = lower.subplots(2, 2)
    growth(seconds, results, "wall_ms", "ms per step")
    growth(memory, results, "peak_bytes", "bytes, peak of a step")
    limits(sizes, results, (("batch", "batch, 784 neurons", BLUE, "o"),
                            ("width", "neurons, batch 128", ORANGE, "s")))
    sizes.set(title="RSP layer of density 7 %", xlabel="batch, or neurons")
    limits(density, results, (("density", None, BLUE, "o"),))
    density.set(title="RSP layer, 784 neurons, batch 128", xlabel="density")
    return figure


def title(results):
    """On what it was measured; and a warning, where there is one."""
    found = results["provenance"]
    said = f"{found['machine']}, float32; NumPy's products: {found['blas'].split(';')[0]}"
    return said + "\nWARNING: the machine was not quiet" * bool(disturbances(results))


def bars(ax, results, section, rows):
    """For each row a bar for one thread and one for two: solid the wall time, pale behind it
    the core time."""
    most = max(ms(record, measure) for record in results[section]
               for measure in ("wall_ms", "core_ms"))
    for k, measured in enumerate(rows.values()):
        for n, (name, threads) in enumerate(measured):
            record = find(results, section, name, threads)
            wall, core = ms(record), ms(record, "core_ms")
            y = k + 0.4 * ((len(measured) - 1) / 2 - n)
            ax.barh(y, core, 0.37, color=COLOURS[threads], alpha=0.3)
            ax.barh(y, wall, 0.37, color=COLOURS[threads])
            ax.text(max(wall, core) + 0.01 * most, y, f"{digits(wall)} | {digits(core)}",
                    va="center", fontsize=8)
    ax.set_yticks(range(len(rows)), rows)
    for label in ax.get_yticklabels():
        own = label.get_text().startswith("scnn_np") or label.get_text() in KINDS
        label.set_fontweight("bold" if own else "normal")
    ax.set(xlabel="ms; beside the bars: wall | core", xlim=(0, 1.2 * most),
           ylim=(-0.5, len(rows) - 0.5))
    ax.grid(axis="y", visible=False)


def legend(ax):
    """Above the bars, never over them."""
    ax.legend(handles=[Patch(color=ORANGE, label="1 thread: wall"),
                       Patch(color=ORANGE, alpha=0.3, label="core"),
                       Patch(color=BLUE, label="2 threads: wall"),
                       Patch(color=BLUE, alpha=0.3, label="core")],
              ncols=4, loc="lower center", bbox_to_anchor=(0.45, 1), frameon=False)


def growth(ax, results, quantity, label):
    """Time or memory of a layer against its edges, both axes in powers."""
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
    ax.set(xscale="log", yscale="log", ylabel=label, title="Layer N → N, one thread",
           xlabel=f"edges = {results['settings']['edges_per_neuron']} × N")
    ax.legend(loc="lower right", fontsize=8)
    ax.set_ylim(bottom=ax.get_ylim()[0] / 8)                   # room for the legend


def limits(ax, results, curves):
    """How many times faster an RSP layer is than a dense one: below 1 it is slower."""
    for name, label, colour, mark in curves:
        rows = results["limits"][name]
        ax.plot([row[name] for row in rows], [row["dense"] / row["sparse"] for row in rows],
                mark + "-", color=colour, label=label)
    ax.axhline(1, color=GREY, lw=1)
    ax.set(xscale="log", ylabel="dense time / RSP time", ylim=(0, None))
    if len(curves) > 1:
        ax.legend(fontsize=8)
