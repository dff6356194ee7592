"""What figures/SPEED.md says, made from the results of speed.py: tables, goals, sentences.

Every sentence with a number or a comparison is chosen by the results; none stands fixed.
"""

from dataclasses import dataclass
from statistics import median

import numpy as np

from figures.common import load_results
from figures.peers import CSR, FUSED, PEERS

KINDS = ("SC", "RSP", "FC")
PRESETS = {"native": "All that the processor offers",
           "avx2": "NumPy's products pinned to AVX2"}
# More than this a quiet machine does not show: the wall time of a step on one thread against
# its core time, and its slowest process against its fastest.
WAITING, WILD = 1.05, 1.25
HEAD = """# Speed

Written by `python -m figures.readme` from the [results](results) of
`python -m figures.speed --preset native --peers` and `--preset avx2 --peers`.

Everybody does the same work: forward, backward and one Adam step of a network
784 → 5 × 784 → 10 with sigmoids, float32, 128 samples. Each competitor has a process of its own
with one thread or with two, and they take turns, one block of steps at a time: within one
process, thread pools that spin while they wait would slow the others down. Each number is the
median over processes, each started anew; in brackets the least and the most.

*Wall* is the time that passes, *core* the time of all cores together: two cores that are busy
for 4 ms are 8 ms of core time, which is what a sweep, a shared server or a battery pays.
*Page faults* are pages of memory that the system hands out anew in each step. "Two threads"
says how many are allowed; scnn_np takes one of them for a step whose products are small.
Prediction goes piece by piece through as many Python threads, which works since NumPy's
products and SciPy's release Python's global lock. Our steps contain the paper's L2 (SC and RSP)
or draw DropOut's masks (FC); the others leave both out.
"""


# --- reading the results --------------------------------------------------------------------

def find(results, section, name, threads):
    """The record of a competitor, or None."""
    return next((record for record in results[section]
                 if (record["name"], record["threads"]) == (name, threads)), None)


def ms(record, measure="wall_ms"):
    """Milliseconds of a step: the median over processes."""
    return median(record[measure])


def ratio(above, below, measure="wall_ms"):
    """The ratio of two medians, and the least and the most among the processes."""
    each = np.divide(above[measure], below[measure])
    return ms(above, measure) / ms(below, measure), each.min(), each.max()


def digits(value):
    """Three of them, or two after the point."""
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}"


def with_range(value, least, most):
    """A number with its spread, where there is one."""
    return digits(value) + (f" ({digits(least)}–{digits(most)})" if least < most else "")


def spread(record, measure="wall_ms"):
    """Milliseconds with the least and the most among the processes."""
    return with_range(ms(record, measure), min(record[measure]), max(record[measure]))


def peak(results, threads):
    """Operations in a millisecond of a large product."""
    return 2 * 2048 ** 3 / ms(find(results, "floor", "peak", threads))


def slope(results, kind, quantity):
    """Log-log slope of a layer's growth against the number of edges."""
    rows = [row for row in results["growth"] if row["kind"] == kind]
    return np.polyfit(np.log([row["edges"] for row in rows]),
                      np.log([row[quantity] for row in rows]), 1)[0]


def competitors(results):
    """The names in the training steps, fastest first."""
    best = {}
    for record in results["steps"]:
        best[record["name"]] = min(best.get(record["name"], np.inf), ms(record))
    return sorted(best, key=best.get)


# --- the goals ------------------------------------------------------------------------------

@dataclass(frozen=True)
class Goal:
    """A ratio that was to be reached, or is only reported.

    Parameters
    ----------
    text : str
    above, below : (section, name, threads)
        Whose median is divided by whose.
    least, most : float
        The ratio has to be at least or at most so much.
    measure : "wall_ms" or "core_ms"
    """

    text: str
    above: tuple
    below: tuple
    least: float = 0.0
    most: float = np.inf
    measure: str = "wall_ms"

    def cell(self, results):
        """The measured ratio with its spread, and whether it is enough."""
        above, below = find(results, *self.above), find(results, *self.below)
        if not above or not below:
            return "not measured"
        value, *of_processes = ratio(above, below, self.measure)
        said = with_range(value, *of_processes)
        if (self.least, self.most) == (0, np.inf):
            return said
        return f"{said}, " + ("reached" if self.least <= value <= self.most else "**missed**")


def step(name, threads):
    return "steps", name, threads


SC, RSP, FC = (f"scnn_np {kind}" for kind in KINDS)
GOALS = [
    Goal(f"SC on one thread at least 1.7 times faster than {CSR} on one",
         step(f"{CSR}, SC", 1), step(SC, 1), least=1.7),
    Goal(f"SC on one thread: at most 1.05 of the wall time of {CSR} on two",
         step(SC, 1), step(f"{CSR}, SC", 2), most=1.05),
    Goal("the same two: at most half of its core time",
         step(SC, 1), step(f"{CSR}, SC", 2), most=0.5, measure="core_ms"),
    Goal(f"SC on one thread at least 4 times faster than {FUSED}, on two",
         step(FUSED, 2), step(SC, 1), least=4),
    Goal("the same two: at least 7 times less core time",
         step(FUSED, 2), step(SC, 1), least=7, measure="core_ms"),
    Goal("SC on one thread against JAX dense on two: times faster, as measured",
         step("JAX dense, jit", 2), step(SC, 1)),
    Goal("the same two: times less core time, as measured",
         step("JAX dense, jit", 2), step(SC, 1), measure="core_ms"),
    Goal("SC predicts at least 2.8 times faster than FC, two threads each",
         ("prediction", "FC", 2), ("prediction", "SC", 2), least=2.8),
    Goal("SC predicts at least 1.6 times faster than in a row, two threads each",
         ("prediction", "SC in a row", 2), ("prediction", "SC", 2), least=1.6),
    Goal("RSP on one thread against its three products alone: times as long, as measured",
         step(RSP, 1), ("floor", "three products", 1)),
    Goal(f"RSP against {CSR}, two threads each: times its wall time, as measured",
         step(RSP, 2), step(f"{CSR}, RSP", 2)),
    Goal(f"FC on one thread at least 1.4 times faster than {FUSED}, on one",
         step(FUSED, 1), step(FC, 1), least=1.4)]


def goal_table(found):
    """Every goal with what was measured beside it, a column for each preset."""
    titles = [preset + ", *not quiet*" * bool(disturbances(results))
              for preset, results in found.items()]
    return [f"| what was to be shown | {' | '.join(titles)} |",
            "|---|" + "---|" * len(found),
            *(f"| {goal.text} | "
              + " | ".join(goal.cell(results) for results in found.values()) + " |"
              for goal in GOALS)]


# --- tables ---------------------------------------------------------------------------------

def timing_table(results, section, names, title):
    """Wall time, core time and page faults, on one thread and on two."""
    lines = [f"| {title} | 1 thread: wall ms | core ms | 2 threads: wall ms | core ms | "
             "page faults |", "|---|---:|---:|---:|---:|---:|"]
    for name, shown in names.items():
        cells, faults = [], []
        for threads in (1, 2):
            record = find(results, section, name, threads)
            cells += [spread(record), digits(ms(record, "core_ms"))] if record else ["", ""]
            faults += [f"{ms(record, 'faults'):.0f}"] if record else []
        lines.append(f"| {shown} | {' | '.join(cells)} | {' / '.join(faults)} |")
    return lines


def step_table(results):
    """One training step of every competitor, fastest first, and the limit of the edges."""
    names = {name: f"**{name}**" if name.startswith("scnn_np") else name
             for name in competitors(results)}
    operations = 2 * results["profile"]["at_edges"] * results["settings"]["batch"]
    limits = [digits(operations / peak(results, threads)) for threads in (1, 2)]
    speeds = " and ".join(f"{peak(results, threads) / 1e6:.0f}" for threads in (1, 2))
    return [*timing_table(results, "steps", names, "one training step"),
            f"| *limit: the products at SC's edges, at {speeds} GFLOP/s* | {limits[0]} | | "
            f"{limits[1]} | | |"]


def prediction_table(results):
    """Prediction in Python threads, and in a row with BLAS on two threads."""
    names = {name: shown for kind in KINDS for name, shown in (
        (kind, f"**{kind}**"), (f"{kind} in a row", f"{kind}, piece after piece"))}
    return timing_table(results, "prediction", names,
                        f"prediction of {results['settings']['images']:,} images")


# --- sentences ------------------------------------------------------------------------------

def machine_lines(results):
    """On what it was measured, and what there is to be warned of."""
    found, settings = results["provenance"], results["settings"]
    peers = ", ".join(f"{name} {version}" for name, version in results["peers"].items())
    lines = [f"{found['machine']}; Python {found['python']}, NumPy {found['numpy']}, SciPy "
             f"{found['scipy']}, scikit-learn {found['sklearn']}{', ' * bool(peers)}{peers}; "
             f"{found['blas']}. Processes of each: {settings['processes']}; blocks in one: "
             f"{settings['rounds']}, of {settings['block']:g} s. Load average before: "
             f"{results['load']:.2f}."]
    for said in disturbances(results):
        lines += ["", f"**Warning: {said}. Something else was running: do not trust these "
                  "times.**"]
    if missing := {"torch", "jax"} - set(results["peers"]):
        lines += ["", f"Not measured: {', '.join(sorted(missing))}."]
    return lines


def disturbances(results):
    """What shows that others used the machine, before or while it was measured."""
    found = []
    if not results["quiet"]:
        found.append(f"the load average before was {results['load']:.2f}")
    waiting = median(ms(record) / ms(record, "core_ms") for record in results["steps"]
                     if record["threads"] == 1)
    if waiting > WAITING:
        found.append(f"steps on one thread waited for a core, their wall time is "
                     f"{digits(waiting)} times their core time")
    wild = median(max(record["wall_ms"]) / min(record["wall_ms"])
                  for record in results["steps"])
    if wild > WILD:
        found.append(f"a step took {digits(wild)} times as long in one process as in another "
                     "(median over the table)")
    return found


def faster_still(results):
    """For each of our networks, who trains one in its place faster, as threads are equal."""
    lines = []
    for kind in KINDS:
        said = []
        for threads, number in ((1, "one thread"), (2, "two threads")):
            own = find(results, "steps", f"scnn_np {kind}", threads)
            faster, level, rivals = [], [], 0
            for name, peer in PEERS.items():
                record = find(results, "steps", name, threads)
                if kind not in peer.kinds or not record:
                    continue
                rivals += 1
                value, least, most = ratio(record, own)
                text = f"{name} at {with_range(value, least, most)} of our time"
                if most < 1:
                    faster.append(text)
                elif least <= 1:
                    level.append(text)
            said.append(f"on {number} " + (", ".join(faster) or f"none of {rivals}")
                        + (f"; not separated: {', '.join(level)}" if level else ""))
        lines.append(f"- Faster than **{kind}**: {'; '.join(said)}.")
    return lines


def floor_line(results):
    """What the products alone take of an RSP step, beside the strongest peer's whole step."""
    two, three = (ms(find(results, "floor", f"{n} products", 2)) for n in ("two", "three"))
    own, peer = (find(results, "steps", name, 2) for name in (RSP, f"{CSR}, RSP"))
    line = ("- The floor of RSP, with two threads allowed: SciPy's kernels for W Z and Wᵀ D, "
            f"which use one, take {digits(two)} ms by themselves, {digits(three)} ms with "
            f"D Zᵀ at the edges, which NumPy does; our whole step takes {digits(ms(own))} ms.")
    if not peer:
        return line
    line += f" The whole step of {CSR} takes {digits(ms(peer))} ms"
    if ms(own) <= ms(peer):
        return f"{line}: RSP is not behind it."
    if two > ms(peer):
        return (f"{line}. SciPy's part alone is longer: RSP stays behind while SciPy "
                "multiplies edge by edge on one thread.")
    if three > ms(peer):
        return (f"{line}. The three products alone are longer: RSP stays behind while they are "
                "done in this way.")
    return f"{line}: longer than the products, which do not decide between the two."


def second_thread(results):
    """What a second thread brings, and what it costs."""
    names = [SC, RSP, FC, f"{CSR}, SC", f"{CSR}, RSP", FUSED, "JAX dense, jit"]
    pairs = {name: [find(results, "steps", name, threads) for threads in (1, 2)]
             for name in names}
    said = [f"{name} {ratio(one, two)[0]:.2f} times as fast for "
            f"{ratio(two, one, 'core_ms')[0]:.2f} times the core time"
            for name, (one, two) in pairs.items() if one and two]
    return f"- What a second thread brings: {'; '.join(said)}."


def profile_line(results):
    """The parts of an SC step, and the arithmetic of its tiles at the processor's peak."""
    parts = results["profile"]["ms"]
    operations = 2 * results["profile"]["in_tiles"] * results["settings"]["batch"]
    whole = ms(find(results, "steps", SC, 1))
    return ("- Where an SC step on one thread goes (ms): "
            + ", ".join(f"{name} {part:.2f}" for name, part in sorted(
                parts.items(), key=lambda item: -item[1]))
            + f"; together {sum(parts.values()):.2f} of {whole:.2f}. The arithmetic of the "
            f"tiles alone, at the processor's peak, is {operations / peak(results, 1):.2f}.")


def prediction_line(results):
    """What threads bring to prediction."""
    said = []
    for kind in KINDS:
        one, two, row = (find(results, "prediction", *what)
                         for what in ((kind, 1), (kind, 2), (f"{kind} in a row", 2)))
        said.append(f"{kind} {ratio(one, two)[0]:.2f} times as fast as one thread, "
                    f"{ratio(row, two)[0]:.2f} times as fast as piece after piece with BLAS on "
                    "two")
    return f"- Two Python threads predict: {'; '.join(said)}."


def memory_line(results):
    """Bytes of a training."""
    memory = results["memory"]
    return ("- State of a training (weights, indices, gradients, moments) in MB: "
            + ", ".join(f"{kind} {memory[kind]['state'] / 1e6:.2f}" for kind in KINDS)
            + f"; SC has {memory['SC']['state'] / memory['FC']['state']:.1%} of FC's. Work "
            "buffers besides: " + ", ".join(f"{kind} {memory[kind]['work'] / 1e6:.1f}"
                                            for kind in KINDS) + ".")


def growth_line(results):
    """How time and memory of a layer grow with its edges."""
    widest = [row for row in results["growth"] if row["kind"] == "SC"][-1]
    powers = [f"{what} as " + " and ".join(
        f"E^{slope(results, kind, quantity):.2f} ({kind})" for kind in ("SC", "RSP"))
        for what, quantity in (("time", "wall_ms"), ("memory", "peak_bytes"))]
    return (f"- One layer of {results['settings']['edges_per_neuron']} edges per neuron, one "
            f"thread: as its edges E grow, so do {powers[0]}, {powers[1]}; an SC layer of "
            f"{widest['width']:,} neurons takes {digits(widest['wall_ms'])} ms a step and "
            f"{widest['peak_bytes'] / 1e6:.0f} MB.")


def limits_line(results):
    """Where a layer without structure is slower than a dense one."""
    said = []
    for quantity, rest in (("batch", "784 neurons, density 0.07"),
                           ("width", "density 0.07, batch 128"),
                           ("density", "784 neurons, batch 128")):
        rows = results["limits"][quantity]
        slower = [f"{row[quantity]:g}" for row in rows if row["sparse"] > row["dense"]]
        tried = ", ".join(f"{row[quantity]:g}" for row in rows)
        said.append(f"{quantity} {', '.join(slower) or 'none'} of {tried} ({rest})")
    return ("- One RSP layer alone, on one thread, was *slower* than a dense one at "
            + "; ".join(said) + ".")


# --- together -------------------------------------------------------------------------------

def report(results):
    """All that one preset says, as lines of Markdown."""
    return [*machine_lines(results), "", *step_table(results), "",
            "Who is faster still, and why:", "", *faster_still(results), floor_line(results),
            second_thread(results), profile_line(results), "",
            *prediction_table(results), "", prediction_line(results), "",
            "Memory, growth, and where sparse does not pay:", "", memory_line(results),
            growth_line(results), limits_line(results)]


def page(load=load_results):
    """The text of figures/SPEED.md."""
    found = {preset: load("speed", preset) for preset in PRESETS}
    sections = [HEAD, "## What was to be shown", "", *goal_table(found)]
    for preset, title in PRESETS.items():
        sections += ["", f"## {title}", "", f"`python -m figures.speed --preset {preset} "
                     "--peers`.", "", f"![Speed](images/speed.{preset}.png)", "",
                     *report(found[preset])]
    return "\n".join(sections) + "\n"
