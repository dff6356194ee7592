"""Makes what the pages say, from code and results.

A part of a page in `PARTS` stands between `<!-- NAME -->` and
`<!-- /NAME -->`; the pages in figures/ are made whole, by claims.py and speed_page.py. A test
makes all of them again and compares.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from figures import claims, judges, speed_page, sweeps, table1
from figures.common import load_results
from scnn_np import networks
from scnn_np.analysis.measures import in_degrees
from scnn_np.graphs import supports as graphs
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.nn import entries
from scnn_np.tools import console
from scnn_np.tools.files import write_beside
from scnn_np.tools.streams import stream
from tutorials.assignments import guide

ROOT = Path(__file__).parent.parent
NAMES = {"sc-pca-descending": "spatially coupled (SC)", "rsp-pca": "random sparse (RSP)",
         "fc-pca": "fully connected (FC), DropOut"}
TAG = re.compile(r"#\s+((?:Eq\. \(\d\))|(?:(?:RSP|SC) steps? \d(?: and \d)?))\s*$")
MEANING = {
    "Eq. (1)": "z⁽ˡ⁾ = act(W⁽ˡ⁾ z⁽ˡ⁻¹⁾ + b⁽ˡ⁾), before act",
    "RSP step 1": "pick a degree distribution λ(d; P)",
    "RSP step 2": "draw an i.i.d. degree for every left neuron",
    "RSP step 3": "connect each left neuron to d distinct right neurons",
    "SC step 1": "an RSP in the window of right block i",
    "SC step 2": "repeat for each block, each with its own draw"}


def main_rows():
    """The three networks of the headline: runs of table1, by name."""
    results = sweeps.load("table1", "paper")
    return {row.name: sweeps.records(row, results) for row in table1.rows(results)
            if row.name in NAMES}


def headline():
    """The three networks: parameters, reduction, accuracy beside the paper's."""
    lines = ["| network | parameters | reduction | test accuracy | paper |",
             "|---|---:|---:|---:|---:|"]
    rows = main_rows()
    full = rows["fc-pca"][0]["parameters"]
    for name, runs in rows.items():
        accuracy = sweeps.mean_and_spread([100 * run["test_accuracy"] for run in runs])
        parameters = runs[0]["parameters"]
        lines.append(f"| {NAMES[name]} | {parameters:,} | "
                     f"{100 * (1 - parameters / full):.2f} % | {accuracy} % | "
                     f"{table1.PAPER[name]:.2f} % |")
    counts = [len(runs) for runs in rows.values()]
    seeds = " to ".join(map(str, sorted({min(counts), max(counts)})))
    return "\n".join([*lines, "", f"Mean ± standard deviation over {seeds} seeds."])


def equations():
    """Where each equation and construction step is implemented; links from scnn_np/."""
    places, folder = {}, ROOT / "scnn_np"
    for path in sorted(folder.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if tag := TAG.search(line):
                place = f"{path.relative_to(folder).as_posix()}#L{number}"
                places.setdefault(tag[1], []).append(f"[{path.name}:{number}]({place})")
    lines = ["| paper | what | where |", "|---|---|---|"]
    for tag, meaning in MEANING.items():
        lines.append(f"| {tag} | {meaning} | {', '.join(places.get(tag, ['missing']))} |")
    return "\n".join(lines)


def facts():
    """What follows from the paper's numbers, counted on the networks."""
    nets = {name: build() for name, build in networks.NETWORKS.items()}
    hidden = {name: entries(net.weights[1]).size for name, net in nets.items()}
    rows = {"edges per hidden layer": [f"{n:,}" for n in hidden.values()],
            "parameters, biases and output layer included":
                [f"{net.n_parameters:,}" for net in nets.values()],
            "reduction of the whole network":
                [f"{100 * net.reduction:.2f} %" for net in nets.values()],
            "reduction of the hidden weights":
                [f"{100 * (1 - n / hidden['fc']):.2f} %" for n in hidden.values()]}
    return "\n".join(["| | SC | RSP | FC |", "|---|---:|---:|---:|"]
                     + [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
                     + ["", lonely_neurons()])


def lonely_neurons(draws=200):
    """How often a drawn SC layer holds a right neuron without any input."""
    counts = sum(in_degrees(graphs.spatially_coupled(
        784, 784, PAPER_SC_DEGREES, stream(seed, "graph"))).min() == 0 for seed in range(draws))
    networks = 1 - (1 - counts / draws) ** 5
    return (f"{counts} of {draws} drawn SC layers ({counts / draws:.0%}) contain a right "
            "neuron without any input (its output is act(b)), and so do about "
            f"{networks:.0%} of five-layer networks.")


def times():
    """How long the long commands took where their results were made."""
    runs = ", ".join(f"{took(min(run['training_seconds'] for run in found))} "
                     f"({name.split('-')[0].upper()})" for name, found in main_rows().items())
    return (f"On one thread a run on all of Fashion-MNIST took {runs}, and\n"
            f"Figure 2 with its controls {took(load_results('figure2', 'paper')['seconds'])}.")


def took(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def control():
    """What the ranking depends on: FC's DropOut, and the initial gain."""
    table = judges.Table(table1)
    sc, plain = (table.values(name) for name in ("sc-pca-descending", "cut-plain"))
    at4, at1 = judges.means_on_pca(table), judges.means_on_pca(table, judges.GAIN1)
    ranking, paper = " > ".join(at4), "SC > FC > RSP"
    agrees = "as in the paper" if ranking == paper else f"where the paper has {paper}"
    return (f"In the means {ranking}, {agrees}. Two controls follow. FC *without* DropOut or "
            f"any penalty\nreaches **{plain.mean():.2f}** ± {plain.std(ddof=1):.2f} % "
            f"({len(plain)} seeds), and SC is {judges.compare(sc, plain)} it (Welch's test, "
            "5 %).\nAnd the scale of the initial weights matters: above it is a gain of 4, "
            "found by looking at\ntest images; with 1, the common default, the ranking "
            f"{'stays' if [*at1] == [*at4] else 'is'} {judges.in_order(at1)}.")


def verdicts():
    """How many claims of the paper, and of its neighbours, got which verdict."""
    sentences = []
    for whose, judged in (("the paper's", claims.CLAIMS),
                          ("its three neighbours'", claims.NEIGHBOURS)):
        found = Counter(claim.judge()[0] for claim in judged if claim.place)
        counts = ", ".join(f"*{verdict}* {count}" for verdict, count in found.most_common())
        sentences.append(f"Verdicts on {whose} {found.total()} claims: {counts}.")
    return "\n".join(sentences)


PARTS = {"README.md": {"headline": headline, "control": control, "verdicts": verdicts,
                       "times": times},
         "scnn_np/README.md": {"facts": facts, "equations": equations},
         "tutorials/assignments/README.md": {"points": guide.points, "mistakes": guide.mistakes,
                                             "questions": guide.questions}}
WHOLE = {"figures/README.md": claims.page, "figures/SPEED.md": speed_page.page}


def page(name):
    """The text of a page, with all that is generated made anew."""
    if name in WHOLE:
        return WHOLE[name]()
    text = (ROOT / name).read_text(encoding="utf-8")
    for part, make in PARTS[name].items():
        before, begin, rest = text.partition(f"<!-- {part} -->\n")
        _, end, after = rest.partition(f"<!-- /{part} -->")
        if not end:
            raise ValueError(f"{name}: has no part <!-- {part} --> … <!-- /{part} -->")
        text = f"{before}{begin}{make()}\n{end}{after}"
    return text


def main():
    """Write all pages anew."""
    for name in (*PARTS, *WHOLE):
        text = page(name).encode()
        write_beside(ROOT / name, lambda file, text=text: file.write(text))
        print(f"written: {name}")


if __name__ == "__main__":
    sys.exit(console.run(main))
