"""What the four papers' networks are worth beside a dense one of their size: as judges.py."""

from figures import sweeps, together
from figures.judges import Table, TooFew, ahead, compare


def against_dense():
    """Whether any of the four papers' networks is ahead of a dense one."""
    table = Table(together)
    if not all(table.has(name) for name in together.NETWORKS):
        raise TooFew("together")
    most, dense = together.most_stored(table.results), table.values("dense")
    means = {name: table.values(name).mean() for name in together.NETWORKS if name != "dense"}
    ranked = sorted(means, key=means.get, reverse=True)
    better = [name for name in ranked if ahead(table.values(name), dense)
              and stores(table, name) <= most]
    labels = {name: label for name, (label, *_) in together.NETWORKS.items()}
    tried = len(together.candidates("dense", table.results))
    epochs = table.results["settings"]["base"]["epochs"]
    return ("yes: " + ", ".join(labels[name] for name in better)) if better else "no", [
        f"{tried} trials of each on held-out images chose depth, activation, inputs and step "
        f"size; {epochs} epochs (merged layers: half of them with the penalty, half after the "
        f"merge), at most {most:,} stored numbers. Where the edges of a sparse layer lie is "
        "not counted: the seed draws them again. (The step sizes that are tried come from the "
        "trials of section 18, on held-out images, too.) A dense network reaches "
        f"{table.mean('dense')}. Beside it: " + "; ".join(
            f"{labels[name]} {table.mean(name)}, {compare(table.values(name), dense)} it"
            for name in ranked) + ".", "",
        f"{labels[ranked[0]]} is the best of the four papers; "
        + "; ".join(f"it is {compare(table.values(ranked[0]), table.values(name))} "
                    f"{labels[name]}" for name in ranked[1:]) + ". "
        + too_large(table, labels, most), "",
        *table.report()[0], "", "What was tried:", "", *table.report()[1]]


def stores(table, name):
    """Numbers when done, of the seed that needs most."""
    return sweeps.values(table.rows[name], table.results, "stored", 1).max()


def too_large(table, labels, most):
    """Which of them store more than they may, in a sentence."""
    found = [labels[name] for name in together.NETWORKS if stores(table, name) > most]
    return (f"More than may be stored: {', '.join(found)}." if found else
            "None stores more than it may.")
