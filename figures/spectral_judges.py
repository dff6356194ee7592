"""What becomes of the claims of arXiv 2106.09021: verdicts as in judges.py."""

from collections import Counter

import numpy as np

from figures import judges, spectral
from figures.judges import HOLDS, IN_PART, NOT, ahead, compare, verdict_on


def widths(table):
    return table.results["settings"]["widths"]


def at_widths(table, name):
    """Accuracy of one kind at every width, as text."""
    return ", ".join(f"{table.mean(f'{name}-{width}')} at {width}" for width in widths(table))


def share(table, name):
    """Trained numbers of a row in % of a dense network's of its width."""
    return f"{spectral.share_trained(table.rows[name], table.results):.1f} %"


def against(table, one, other, levels):
    """How one kind stands against another at each level, as text."""
    found = [compare(table.values(f"{one}-{level}"), table.values(f"{other}-{level}"))
             for level in levels]
    if len(set(found)) == 1:
        return f"{found[0]} it at all of them"
    return ", ".join(f"{word} it at {level}" for word, level in zip(found, levels, strict=True))


def closer():
    """Two sets of eigenvalues against one set, and against the dense layer."""
    table = judges.Table(spectral)
    sizes = widths(table)
    gaps = {name: np.array([table.values(f"dense-{width}").mean()
                            - table.values(f"{name}-{width}").mean() for width in sizes])
            for name in ("eigenvalues", "one-set", "rescaled", "random", "small", "authors")}
    better = [ahead(table.values(f"eigenvalues-{width}"), table.values(f"one-set-{width}"))
              for width in sizes]
    halved = gaps["eigenvalues"] <= gaps["one-set"] / 2
    listed = {name: ", ".join(f"{gap:.2f}" for gap in found) for name, found in gaps.items()}
    return verdict_on([*better, *halved]), [
        f"Points behind a dense layer at {', '.join(map(str, sizes))} hidden neurons: both "
        f"sets {listed['eigenvalues']} (with the authors' initial values "
        f"{listed['authors']}), λ_out only {listed['one-set']}. Both sets are ahead of one at "
        f"{sum(better)} of {len(sizes)} widths, and the gap is at least halved at "
        f"{halved.sum()}. At {sizes[-1]} neurons they train "
        f"{share(table, f'eigenvalues-{sizes[-1]}')} of a dense network's numbers.", "",
        f"Controls: nothing of the hidden layer trained but its biases {listed['random']}; "
        f"factors a φ c, as many and multiplied, {listed['rescaled']}: both sets are "
        f"{against(table, 'eigenvalues', 'rescaled', sizes)}. A dense network with as many "
        f"trained numbers is {listed['small']} behind: both sets are "
        f"{against(table, 'eigenvalues', 'small', sizes)}.", "",
        *table.report()[0], "", "What was tried, for this and the next three sections:", "",
        *table.report()[3]]


def filled():
    """Whether a decomposition of φ closes the gap."""
    table = judges.Table(spectral)
    sizes = widths(table)
    equal = [not ahead(table.values(f"dense-{width}"), table.values(f"qr-{width}"))
             for width in sizes]
    return verdict_on(equal), [
        f"Dense {at_widths(table, 'dense')} neurons; eigenvalues and a triangle of n(n+1)/2 "
        f"numbers {at_widths(table, 'qr')}: it is {against(table, 'qr', 'dense', sizes)}. It "
        "trains " + ", ".join(f"{share(table, f'qr-{width}')} at {width}" for width in sizes)
        + " of a dense network's numbers. (The authors' code trains all n² of them.)", "",
        f"Eigenvalues and singular values, n numbers: {at_widths(table, 'svd')}; it is "
        f"{against(table, 'svd', 'dense', sizes)}."]


def sparse_networks():
    """Thresholds while training: QR against dense, handicapped as the authors' is and not."""
    table = judges.Table(spectral)
    levels = table.results["settings"]["sparsities"]
    wins = {name: [ahead(table.values(f"thresholded-qr-{level}"),
                         table.values(f"{name}-{level}")) for level in levels]
            for name in ("thresholded", "straight-through")}
    homologue, fair = wins["thresholded"], wins["straight-through"]
    verdict = (HOLDS if all(homologue) and all(fair) else
               IN_PART if any(homologue) else NOT)
    lines = []
    for name in spectral.SPARSE:
        means = ", ".join(f"{table.values(f'{name}-{level}').mean():.2f}" for level in levels)
        lines.append(f"{spectral.SPARSE[name][0]} {means}")
    return verdict, [
        f"Test accuracy in % with {', '.join(f'{100 * level:g}' for level in levels)} % of the "
        f"weights at 0: {'; '.join(lines)}.", "",
        "In the authors' dense control a weight that is 0 gets no gradient. QR is ahead of it "
        f"at {sum(homologue)} of {len(levels)} levels; of the same network with a "
        f"straight-through gradient at {sum(fair)}. Against supports that were fixed before "
        "training: QR is " + "; ".join(
            f"{against(table, 'thresholded-qr', name, levels)} ({name.upper()})"
            for name in ("rsp", "sc")) + ". QR trains "
        f"{records_size(table, f'thresholded-qr-{levels[0]}'):,} numbers at every level, RSP "
        f"{records_size(table, f'rsp-{levels[0]}'):,} to "
        f"{records_size(table, f'rsp-{levels[-1]}'):,}.", "", *table.report()[1]]


def records_size(table, name):
    """Trained numbers of a row."""
    return spectral.records(table.rows[name], table.results)[0]["parameters"]


def counts(words):
    """How often each of some comparisons came out."""
    return ", ".join(f"{word} it at {count} of {len(words)}"
                     for word, count in Counter(words).most_common())


def order_of_neurons():
    """Whether |λ_out| tells which neurons can go."""
    table = judges.Table(spectral)
    shares = [share for share in spectral.LEFT if share < 1]

    def stands(name, other, measure):
        return [compare(table.values(name, f"left_{share}"),
                        table.values(other, f"{measure}_{share}")) for share in shares]
    by_chance = {name: stands(name, name, "random") for name in spectral.TRIMMED}
    by_norm = {name: stands(name, "lasso", "left") for name in spectral.TRIMMED}
    tells = by_chance["lambda-phi"].count("ahead of") > len(shares) / 2
    as_well = "behind" not in by_norm["lambda-phi"]
    verdict = ("no" if not tells else "yes, as well as group lasso" if as_well else
               "yes, but group lasso tells it better")
    width = table.results["settings"]["tried_width"]
    left = ", ".join(f"{max(1, round(share * width))}" for share in shares)
    return verdict, [
        f"With {left} of {width} hidden neurons left, against as many of the same network at "
        "random: " + "; ".join(
            f"{label}: {counts(by_chance[name])}"
            for name, (label, *_) in spectral.TRIMMED.items()) + ".", "",
        "L2 on λ_out and φ is a group lasso of the rows of W in other words ([a test]"
        "(../tests/nn/test_spectral.py) shows it). Against a network with that penalty, which "
        f"is trimmed by ‖w_i‖: λ_out and φ {counts(by_norm['lambda-phi'])}; λ_out only "
        f"{counts(by_norm['lambda'])}.", "", *table.report()[2]]
