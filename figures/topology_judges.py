"""What becomes of the claim of arXiv 1706.05683: a verdict, as in judges.py.

Only its abstract could be read: what is tested is our reading.
"""

from figures import sweeps, topologies
from figures.judges import Table, TooFew, compare, verdict_on


def expanders():
    """Accuracy follows the gap: in both orders of the inputs, and more than it follows
    density."""
    table = Table(topologies)
    if not all(table.has(name) for name in table.rows):
        raise TooFew("topologies")
    results, rows = table.results, [*table.rows.values()]
    goal = topologies.goal_of(results, rows)
    series = {name: topologies.of_series(name, rows) for name in ("ordered", "shuffled")}
    found = {name: topologies.correlations(results, of_it, goal)
             for name, of_it in series.items()}
    parts = topologies.gap_or_density(results, rows)
    follows = [rho > 0 and p < 0.05 for rho, p in (
        found[name]["gap", "accuracy"] for name in series)]
    verdict = verdict_on([*follows, parts["gap"] > abs(parts["density"])])
    return verdict, [
        f"{len(series['ordered'])} families of graphs, all with {topologies.edges(results):,} "
        "edges in each of three hidden layers. Rank correlation (Spearman) of accuracy with "
        "the spectral gap: " + ", ".join(
            f"{found[name]['gap', 'accuracy'][0]:+.2f} (p = "
            f"{found[name]['gap', 'accuracy'][1]:.2f}) with {topologies.SERIES[name]}"
            for name in series)
        + "; of training speed with the gap: " + ", ".join(
            f"{found[name]['gap', 'speed'][0]:+.2f}" for name in series)
        + "; of accuracy with the share of pairs that a path joins: " + ", ".join(
            f"{found[name]['path_share', 'accuracy'][0]:+.2f}" for name in series)
        + ". Over those families and RSP at other densities together, the partial rank "
        f"correlation of accuracy with the gap at equal density is {parts['gap']:+.2f}, with "
        f"density at equal gap {parts['density']:+.2f}.", "",
        *best_and_worst(results, series), "", *beyond_random(table), "",
        "Later work denies the claim: accuracy follows a layer's density better than any "
        "measure of expansion (Hoang and others, ICLR 2023; Cunegatti and others, TMLR 2024).",
        "", *(line for part in table.report() for line in [*part, ""])]


def best_and_worst(results, series):
    """The gap of the families with the highest and the lowest accuracy, by series."""
    lines = []
    for name, rows in series.items():
        rows = sorted(rows, key=lambda row: -sweeps.values(row, results).mean())
        ends = [f"{topologies.label(row)} {sweeps.mean_and_spread(sweeps.values(row, results))}"
                f" % (gap {topologies.measured(row, results, 'gap'):.3f})"
                for row in (rows[0], rows[-1])]
        lines.append(f"With {topologies.SERIES[name]} the best is {ends[0]}, the worst "
                     f"{ends[1]}.")
    return [" ".join(lines)]


def beyond_random(table):
    """The projective plane, whose gap no graph of its size exceeds, beside the others."""
    gap = {name: topologies.measured(table.rows[f"{name}-plane"], table.results, "gap")
           for name in topologies.OF_PLANE}
    plane, *others = (table.values(f"{name}-plane") for name in topologies.OF_PLANE)
    return [f"A projective plane has the largest gap that its size and degree allow, "
            f"{gap['difference-set']:.3f}. It reaches {table.mean('difference-set-plane')}, "
            "and is " + ", ".join(
                f"{compare(plane, numbers)} {topologies.FAMILIES[name][0]} (gap "
                f"{gap[name]:.3f}, {table.mean(name + '-plane')})"
                for name, numbers in zip(topologies.OF_PLANE[1:], others, strict=True)) + "."]
