"""Makes what the pages say from code and results: python -m figures.readme.

A part of README.md stands between `<!-- NAME -->` and `<!-- /NAME -->`; figures/README.md is
made whole, by claims.py. A test makes both again and compares.
"""

import re
from pathlib import Path

from figures import claims, judges, sweeps, table1
from figures.common import load_results
from figures.speed import report, step_table
from scnn_np import networks
from scnn_np.analysis.measures import in_degrees
from scnn_np.graphs import supports as graphs
from scnn_np.graphs.degrees import PAPER_SC_DEGREES
from scnn_np.tools.streams import stream

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
    """Where each equation and construction step is implemented."""
    places = {}
    for path in sorted((ROOT / "scnn_np").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if tag := TAG.search(line):
                link = f"[{path.name}:{number}]({path.relative_to(ROOT).as_posix()}#L{number})"
                places.setdefault(tag[1], []).append(link)
    lines = ["| paper | what | where |", "|---|---|---|"]
    for tag, meaning in MEANING.items():
        lines.append(f"| {tag} | {meaning} | {', '.join(places.get(tag, ['missing']))} |")
    return "\n".join(lines)


def facts():
    """What follows from the paper's numbers, counted on the networks."""
    nets = {name: build() for name, build in networks.NETWORKS.items()}
    hidden = {name: net.affine_layers[1].w.size for name, net in nets.items()}
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
    rows = [(f"`python -m scnn_np train --network {name.split('-')[0]} --holdout 0`",
             min(run["training_seconds"] for run in runs))
            for name, runs in main_rows().items()]
    rows.append(("`python -m figures.figure2 --preset paper`",
                 load_results("figure2", "paper")["seconds"]))
    lines = ["| command | took |", "|---|---:|"]
    for command, seconds in rows:
        took = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
        lines.append(f"| {command} | {took} |")
    return "\n".join(lines)


def speed():
    """What figures.speed measured with all that the processor offers."""
    return "\n".join(report(load_results("speed", "native")))


def speed_avx2():
    """The training steps with NumPy's products pinned to AVX2."""
    return "\n".join(step_table(load_results("speed", "avx2")))


def control():
    """What DropOut does to FC, and so to the ranking."""
    table = judges.Table(table1)
    sc, plain = (table.values(name) for name in ("sc-pca-descending", "cut-plain"))
    means = {name.split("-")[0]: table.values(name).mean() for name in NAMES}
    ranking = " > ".join(name.upper() for name in sorted(means, key=means.get, reverse=True))
    paper = "SC > FC > RSP"
    agrees = "as in the paper" if ranking == paper else f"where the paper has {paper}"
    return (f"In the means {ranking}, {agrees}; but that hangs on FC's DropOut. The same "
            "fully\nconnected network *without* DropOut or any penalty reaches "
            f"**{plain.mean():.2f}** ± {plain.std(ddof=1):.2f} % ({len(plain)} seeds):\nSC is "
            f"{judges.compare(sc, plain)} it.")


def verdicts():
    """The claims of the paper, each with a link to what was found."""
    return claims.verdicts("figures/README.md")


PARTS = {"headline": headline, "verdicts": verdicts, "control": control, "facts": facts,
         "equations": equations, "times": times, "speed": speed, "speed-avx2": speed_avx2}


def render(text):
    """README.md with all generated parts made anew."""
    for name, part in PARTS.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"README.md: has no part <!-- {name} --> … <!-- /{name} -->")
        made = part()
        text = pattern.sub(lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text)
    return text


if __name__ == "__main__":
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path, text in ((ROOT / "README.md", render(readme)),
                       (ROOT / "figures" / "README.md", claims.page())):
        path.write_text(text, encoding="utf-8")
        print(f"written: {path}")
