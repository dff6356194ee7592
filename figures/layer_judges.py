"""What becomes of the claims of the paper on layer sparsity, arXiv 2006.15604: as judges.py.

Only its abstract could be read: what is tested is our reading.
"""

from itertools import chain

import numpy as np

from figures import layer_sparsity
from figures.judges import HOLDS, IN_PART, NOT, Table, TooFew, ahead, compare

STARTS = {"refit": "trained once more", "fresh": "from a fresh start"}


def fewer_layers():
    """Layers go, and what is left keeps up with the ten layers, trained as often."""
    table = whole_table()
    went = without_layers(table, "group")
    keeps = {start: [name for name in went if not ahead(
        table.values("l2", f"{start}_accuracy"), table.values(name, f"{start}_accuracy"))]
        for start in STARTS}
    verdict = HOLDS if keeps["refit"] else IN_PART if keeps["fresh"] else NOT
    lines = [f"Of {layer_sparsity.DEPTH} hidden layers the exact test leaves, at the strengths "
             "λ of the penalty, " + left_by_strength(table, "group") + ". Trained once more, "
             "a network that has lost layers keeps up with the ten of L2 "
             f"{at(keeps['refit'], went)} from its merged weights, and "
             f"{at(keeps['fresh'], went)} from a fresh start."]
    if went:
        changes = [np.abs(table.values(name, "merged_accuracy") - table.values(name)).max()
                   for name in went]
        lines += ["", "With the penalty, before the merge, these networks reach "
                  + each(went, table, "test_accuracy") + f"; L2 alone {table.mean('l2')}. The "
                  f"merge itself changes the accuracy by at most {max(changes):.2f} points. "
                  "Of the variance of what the last hidden layer gives out, so much lies along "
                  "one direction: " + each(went, table, "one_direction") + "; with L2 alone "
                  f"{table.mean('l2', 'one_direction')}."]
    return verdict, [*lines, "", "The strengths were laid around where layers begin to go in "
                     "scratch runs on a sixth of the images, which showed test accuracies, "
                     "too.", "", *chain.from_iterable([*part, ""] for part in table.report())]


def more_accurate():
    """What is left is ahead of the ten layers, trained as often."""
    table = whole_table()
    went = without_layers(table, "group")
    better = {start: [name for name in went if ahead(
        table.values(name, f"{start}_accuracy"), table.values("l2", f"{start}_accuracy"))]
        for start in STARTS}
    shallow = [name for name in table.rows if name.startswith("shallow")]
    verdict = HOLDS if better["refit"] else IN_PART if better["fresh"] else NOT
    lines = ["Ten layers of L2, trained as often, reach " + " and ".join(
        f"{table.mean('l2', f'{start}_accuracy')} ({label})" for start, label in STARTS.items())
        + ". Networks that have lost layers are ahead "
        f"{at(better['refit'], went)} from their merged weights"
        + (f" ({each(went, table, 'refit_accuracy')})" if went else "")
        + f", and {at(better['fresh'], went)} from a fresh start"
        + (f" ({each(went, table, 'fresh_accuracy')})." if went else ".")]
    return verdict, [*lines, "", "The control that needs no penalty, networks that are shallow "
                     "from the start, trained once: " + "; ".join(
                         f"{table.rows[name].label.partition(' from')[0]} {table.mean(name)}, "
                         f"{compare(table.values(name), table.values('l2'))} ten"
                         for name in shallow) + "."]


def merged_weights():
    """Whether merged weights are a better beginning than a fresh start."""
    table = whole_table()
    went = without_layers(table, "group")
    if not went:
        return "nothing to merge", ["No layer went at any strength."]
    words = {name: compare(table.values(name, "refit_accuracy"),
                           table.values(name, "fresh_accuracy")) for name in went}
    wins = [word == "ahead of" for word in words.values()]
    verdict = "yes" if all(wins) else "at some strengths" if any(wins) else "no"
    return verdict, ["Merged weights, trained once more, against a fresh start of the same "
                     "network, which has had half as many epochs: " + "; ".join(
                         f"at {strength(name)} {table.mean(name, 'refit_accuracy')} is {word} "
                         f"{table.mean(name, 'fresh_accuracy')}"
                         for name, word in words.items()) + "."]


def one_group():
    """Whether the group removes layers at a smaller price than each entry for itself."""
    table = whole_table()
    group, alone = (without_layers(table, kind) for kind in ("group", "each"))
    beaten = [name for name in alone if any(
        left(table, other) < left(table, name)
        and not ahead(table.values(name), table.values(other)) for other in group)]
    wins = [name in beaten for name in alone] or [bool(group)]
    verdict = "yes" if all(wins) else "in part" if any(wins) else "no"
    return verdict, [
        "Layers left, and accuracy with the penalty, before any merge. " + " ".join(
            f"{label[0].upper()}{label[1:]}: {left_by_strength(table, kind, 'test_accuracy')}."
            for kind, (label, *_) in layer_sparsity.KINDS.items()), "",
        "A strength of the second kind is beaten where the group leaves fewer layers at some "
        f"strength and is not behind in accuracy: {len(beaten)} of the {len(alone)} at which "
        "single entries made a layer go. The gradient, too, makes layers linear: Adam's "
        "momentum carries weights past 0, where no step would."]


# --- what they read -----------------------------------------------------------------------

def whole_table():
    """The results of the figure, if all of its rows have runs enough."""
    table = Table(layer_sparsity)
    if not all(table.has(name) for name in table.rows):
        raise TooFew("layer_sparsity")
    return table


def of_kind(table, kind):
    """The names of a penalty's rows, the weakest first."""
    return [row.name for row in layer_sparsity.of_kind(
        kind, table.results, table.done).values()]


def without_layers(table, kind):
    """The names of those rows of a penalty of which every run has lost a layer."""
    return [name for name in of_kind(table, kind)
            if (layer_sparsity.layers_left(table.rows[name], table.results)
                < layer_sparsity.DEPTH).all()]


def left(table, name):
    """Mean number of hidden layers left."""
    return float(layer_sparsity.layers_left(table.rows[name], table.results).mean())


def strength(name):
    """What stands behind the name of a row's penalty."""
    return f"λ = {name.partition('-')[2]}"


def left_by_strength(table, kind, measure=None):
    """Layers left at each strength, with an accuracy if one is named."""
    return ", ".join(f"{left(table, name):.1f} at {strength(name)}"
                     + (f" ({table.mean(name, measure)})" if measure else "")
                     for name in of_kind(table, kind))


def each(names, table, measure):
    return ", ".join(f"{table.mean(name, measure)} at {strength(name)}" for name in names)


def at(chosen, names):
    """At how many of some strengths, and at which."""
    listed = f" ({', '.join(map(strength, chosen))})" if chosen else ""
    return f"at {len(chosen) or 'none'} of {len(names)} strengths{listed}"
