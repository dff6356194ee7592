"""Writes figures/README.md: every claim of the paper, what was measured, and a verdict.

All numbers and verdicts come from the results files of the full-size runs; a test makes the
page again and compares. "Ahead" and "behind" mean by more than twice the standard error of the
difference of two means over seeds.
"""

from dataclasses import dataclass
from itertools import chain, groupby

import numpy as np

from figures import importance, pruning, sweeps, table1, tradeoff
from figures.common import load_results
from figures.figure2 import BLOCKS, PAPER_THRESHOLD
from scnn_np import architectures
from scnn_np.analysis import block_means

HOLDS, IN_PART, NOT = "holds", "holds in part", "does not hold"
NOT_YET = "not measured yet"
HEAD = """# The claims of the paper, one by one

*Spatially-Coupled Neural Network Architectures*, [arXiv 1907.02051](https://arxiv.org/abs/1907.02051),
gives each number once, without spread or controls. Here each claim has a command, a figure,
numbers over seeds, and a verdict. All of it is Fashion-MNIST at full size: 60,000 training
images, 25 epochs, the last one scored, nothing chosen on the 10,000 test images. "Ahead" and
"behind" mean by more than twice the standard error of the difference; ± is one standard
deviation over seeds. This page is written by `python -m figures.readme` from the
[results](results); each run in them carries its settings, seed and versions.

"""


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper and the function that judges it: → (verdict, lines)."""

    title: str
    quote: str
    place: str
    command: str
    image: str | None
    judge: object


class Table:
    """The rows of a sweep by name, and its report."""

    def __init__(self, module):
        self.module = module
        self.results = sweeps.load(module.__name__.rpartition(".")[2], "paper")
        self.rows = {row.name: row for row in module.rows(self.results)}
        self.done = [row for row in self.rows.values() if sweeps.records(row, self.results)]

    def report(self):
        """The Markdown tables, a list of lines each."""
        lines = self.module.report(self.results, self.done)
        return [list(group) for full, group in groupby(lines, key=bool) if full]

    def values(self, name, measure="test_accuracy"):
        return sweeps.values(self.rows[name], self.results, measure)

    def said(self, name, measure="test_accuracy"):
        return f"{sweeps.mean_and_spread(self.values(name, measure))} %"


def ahead(a, b):
    """Whether the mean of `a` is above that of `b` by more than twice the standard error of
    their difference; each has two runs or more."""
    error = np.sqrt(sum(np.var(x, ddof=1) / len(x) for x in (a, b)))
    return bool(np.mean(a) - np.mean(b) > 2 * error)


def compare(a, b):
    """"ahead of", "level with" or "behind"."""
    return "ahead of" if ahead(a, b) else "behind" if ahead(b, a) else "level with"


# --- the judges -------------------------------------------------------------------------------

def parameters():
    nets = {name: build() for name, build in architectures.NETWORKS.items()}
    shares = {name: 100 * nets[name].reduction for name in ("sc", "rsp")}
    verdict = (HOLDS if min(shares.values()) >= 93.5 else
               IN_PART if min(shares.values()) >= 92.5 else NOT)
    return verdict, [
        f"SC trains {nets['sc'].n_parameters:,} numbers, RSP {nets['rsp'].n_parameters:,}, FC "
        f"{nets['fc'].n_parameters:,}: {shares['sc']:.2f} % and {shares['rsp']:.2f} % fewer. "
        "Section 3's 93 % is right; the abstract's 94 % is not reached by the degrees that the "
        "paper states."]


def out_degrees():
    runs = load_results("figure2", "paper")["runs"]
    means = {with_l1: np.mean([block_means(run["after"][str(PAPER_THRESHOLD)], BLOCKS)
                               for run in runs if run["l1"] == with_l1], axis=0)
             for with_l1 in (True, False)}
    falls = (np.diff(means[True]) <= 0).all() and means[True][0] > 10 * means[True][-1]
    flat = means[False].min() > 0.8 * means[False].max()
    return HOLDS if falls and flat else IN_PART if falls else NOT, [
        f"Edges with |w| > {PAPER_THRESHOLD} per input, by block of 98 inputs: "
        + ", ".join(f"{mean:.1f}" for mean in means[True]) + " with L1; "
        + ", ".join(f"{mean:.0f}" for mean in means[False]) + " without. It is L1 that shows "
        "the importance; without it the out-degree says nothing."]


def best_on_pca():
    table = Table(table1)
    sc, rsp, fc = (table.values(name) for name in ("sc-pca-descending", "rsp-pca", "fc-pca"))
    plain = np.array([100 * run["test_accuracy"] for run in load_results("figure2", "paper")[
        "runs"] if not run["l1"]])
    holds = ahead(sc, fc) and ahead(sc, rsp)
    verdict = NOT if not holds else IN_PART if ahead(plain, sc) else HOLDS
    return verdict, [
        f"SC {table.said('sc-pca-descending')} (paper 87.18), FC with DropOut "
        f"{table.said('fc-pca')} (86.78), RSP {table.said('rsp-pca')} (84.33): SC is "
        f"{compare(sc, fc)} FC and {compare(sc, rsp)} RSP. FC *without* DropOut or any "
        f"penalty (Figure 2's control) reaches {sweeps.mean_and_spread(plain)} %, and SC is "
        f"{compare(sc, plain)} it"
        + (": the ranking hangs on how FC is regularised" if ahead(plain, sc) else "")
        + ". Dense networks of SC's own size: "
        f"one hidden layer of ReLU {table.said('dense-1-relu')}, of sigmoid "
        f"{table.said('dense-1-sigmoid')}, five narrow ones of ReLU "
        f"{table.said('dense-5-relu')}, of sigmoid {table.said('dense-5-sigmoid')}.", "",
        *table.report()[0]]


def same_on_rf():
    table = Table(table1)
    sc, rsp, fc = (table.values(name) for name in ("sc-rf-descending", "rsp-rf", "fc-rf"))
    wins = [ahead(sc, fc), ahead(sc, rsp)]
    return HOLDS if all(wins) else IN_PART if any(wins) else NOT, [
        f"SC {table.said('sc-rf-descending')} (paper 86.40), FC {table.said('fc-rf')} (86.06), "
        f"RSP {table.said('rsp-rf')} (84.54): SC is {compare(sc, fc)} FC and "
        f"{compare(sc, rsp)} RSP."]


def order_matters():
    table = Table(table1)
    descending, ascending, shuffled = (table.values(f"sc-pca-{name}") for name in (
        "descending", "ascending", "shuffled"))
    stalled = table.values("sc-pca-ascending-gain1")
    rf = {name: table.values(f"sc-rf-{name}") for name in ("descending", "ascending",
                                                           "shuffled")}
    matters = ahead(descending, shuffled) and ahead(shuffled, ascending)
    poor = ascending.mean() < 50
    gradients = {name: sweeps.records(table.rows[name], table.results)[0][
        "gradients_at_start"] for name in ("sc-pca-ascending", "sc-pca-ascending-gain1")}
    return (HOLDS if matters and poor else IN_PART if matters else NOT), [
        f"On PCA, SC: descending {table.said('sc-pca-descending')}, shuffled "
        f"{table.said('sc-pca-shuffled')}, ascending {table.said('sc-pca-ascending')}: the "
        f"order is worth {descending.mean() - shuffled.mean():.1f} points over a random one, "
        f"and the reversed order costs {descending.mean() - ascending.mean():.1f}, where the "
        "paper has 77. Its 10.00 % is a stalled optimiser, not a lack of capacity: with "
        "initial weights four times smaller (gain 1) the ascending network ends at exactly "
        f"10.00 % in {(stalled == 10).sum()} of {len(stalled)} runs (all: "
        f"{', '.join(f'{accuracy:.2f}' for accuracy in stalled)}; descending at gain 1: "
        f"{table.said('sc-pca-descending-gain1')}). Its gradients start "
        f"{gradients['sc-pca-ascending'][1] / gradients['sc-pca-ascending-gain1'][1]:.0f} "
        "times smaller in the second layer, and a stalled loss never leaves ln 10.", "",
        f"On RF: descending {table.said('sc-rf-descending')}, shuffled "
        f"{table.said('sc-rf-shuffled')}, ascending {table.said('sc-rf-ascending')}: the "
        f"measured order is {compare(rf['descending'], rf['shuffled'])} a random one, and the "
        f"reversed one is {compare(rf['ascending'], rf['shuffled'])} it."]


def permutations():
    return HOLDS, [
        "Not a number but a theorem: permute the inputs and the columns of the first layer, "
        "and the function is the same. [tests/test_network.py](../tests/test_network.py) "
        "proves it to rounding; so RSP and FC run once per transform."]


def overfits():
    table = Table(table1)
    names = {"sc-pca-descending": "SC", "rsp-pca": "RSP", "fc-pca": "FC with DropOut",
             "cut-plain": "FC without", "dense-1-relu": "dense 784-276-10 of ReLU"}
    gap = {name: table.values(name, "training_accuracy") - table.values(name) for name in names}
    more = ahead(gap["fc-pca"], gap["sc-pca-descending"])
    return HOLDS if more else NOT, [
        "Accuracy on 10,000 training images minus that on the test images, in points: "
        + ", ".join(f"{names[name]} {values.mean():.1f}" for name, values in gap.items()
                    if len(values)) + ". "
        + ("FC with DropOut overfits more than SC." if more else
           "FC with DropOut does not overfit more than SC; what it lacks is fit.")]


def preserved():
    table = Table(importance)
    found = {name: {measure: importance.correlations(row, table.results, measure)
                    for measure in importance.MEASURES} for name, row in table.rows.items()}

    means = {name: {measure: numbers[:, 1:].mean() for measure, numbers in of_row.items()}
             for name, of_row in found.items()}
    lost = np.mean([run["ablation"] for run in sweeps.records(
        table.rows["sc"], table.results)], axis=0)[1:]
    first, rest = lost[:, 0].mean(), lost[:, 1:].max()
    keeps, made = (min(means[name].values()) > 0.5 for name in ("sc", "sc-shuffled"))
    others = max(rho for name in ("rsp", "fc") for rho in means[name].values())
    said = "; ".join(f"{row.label} " + ", ".join(f"{rho:.2f} ({measure})" for measure, rho
                                                 in means[name].items())
                     for name, row in table.rows.items())
    inputs = found["sc-shuffled"]["forest"][:, 0].mean()
    control = ("The control says more: on *shuffled* inputs, where a forest finds no order "
               f"({inputs:.2f}), SC has it in its hidden layers all the same. The structure "
               "makes the order, since the front blocks get the edges; it does not carry it "
               "through from the data."
               if made else
               "On *shuffled* inputs the order is weaker: it comes from the data too.")
    verdict = NOT if not keeps or others > 0.5 else IN_PART if made else HOLDS
    return verdict, [
        "Rank correlation of the blocks' importance with the order of the inputs, mean over "
        f"hidden layers and seeds: {said}. {control}",
        f"In the hidden layers of SC the first block decides: without it {first:.0f} points of "
        f"accuracy are lost on average, without any other at most {rest:.1f}.", "",
        *chain.from_iterable([*part, ""] for part in table.report())]


def prunable():
    table = Table(pruning)
    sc = {name: 100 * pruning.by_depth(table.rows["sc"], table.results, name)
          for name in ("accuracy", "retrained_accuracy")}
    sizes = pruning.by_depth(table.rows["sc"], table.results, "parameters")[0]
    dense = sweeps.records(table.rows["sc"], table.results)[0]["dense_parameters"]
    reduction = 1 - sizes / dense
    first = int(np.argmax(reduction > 0.95))
    lost = {name: numbers[:, 0].mean() - numbers[:, first].mean()
            for name, numbers in sc.items()}
    verdict = (HOLDS if lost["accuracy"] < 0.5 else
               IN_PART if lost["retrained_accuracy"] < 0.5 else NOT)
    sentence = (
        f"The first cut beyond 95 % takes {first} of 8 blocks and leaves {sizes[first]:,.0f} "
        f"parameters ({100 * reduction[first]:.1f} % fewer than dense): "
        f"{sc['accuracy'][:, first].mean():.2f} % against {sc['accuracy'][:, 0].mean():.2f} % "
        f"whole, {sc['retrained_accuracy'][:, first].mean():.2f} % after three more epochs. At "
        "the same sizes, cut and trained further: ")
    others = []
    for name, row in table.rows.items():
        if name == "sc" or not sweeps.records(row, table.results):
            continue
        numbers, left = (pruning.by_depth(row, table.results, measure)
                         for measure in ("retrained_accuracy", "parameters"))
        near = int(np.argmin(np.abs(left[0] - sizes[first])))
        others.append(f"{row.label} {100 * numbers[:, near].mean():.2f} % "
                      f"({left[0, near]:,.0f})")
    return verdict, [sentence + ", ".join(others) + ".", "",
                     *chain.from_iterable([*part, ""] for part in table.report()[:4])]


def baselines():
    table = Table(table1)
    sc = table.values("sc-pca-descending")
    cut = {name: row for name, row in table.rows.items() if name.startswith("cut-")}
    if any(len(sweeps.records(row, table.results)) < 2 for row in cut.values()):
        return NOT_YET, ["Too few full-size runs to judge by; the command above goes on."]
    behind = [name for name in cut if ahead(sc, table.values(name, "retrained_accuracy"))]
    verdict = HOLDS if len(behind) == len(cut) else IN_PART if behind else NOT
    return verdict, [
        f"Brought to SC's size after training and trained five epochs further, SC "
        f"({table.said('sc-pca-descending')}) is ahead of "
        + (", ".join(cut[name].label for name in behind) or "none of them") + ".", "",
        *table.report()[1], "",
        "What the abstract says of cost is true of all of them: 3,085,050 numbers are trained "
        "before any can go."]


def challenge():
    table = Table(tradeoff)
    finals = {name: table.values(f"{name}-{tradeoff.CHALLENGE}") for name in tradeoff.KINDS}
    sc = finals["sc"]
    verdict = (f"{'reached' if sc.mean() >= 90 else 'not reached'}, goal of 90.5 % "
               f"{'reached' if sc.mean() >= 90.5 else 'not reached'}")
    return verdict, [
        f"At most {tradeoff.CHALLENGE:,} parameters, the same number of configurations of each "
        "kind tried on held-out images: SC "
        f"{sweeps.mean_and_spread(sc)} %, RSP {sweeps.mean_and_spread(finals['rsp'])} %, dense "
        f"{sweeps.mean_and_spread(finals['fc'])} % on the test set. SC is "
        f"{compare(sc, finals['rsp'])} RSP and {compare(sc, finals['fc'])} dense.", "",
        *table.report()[0]]


CLAIMS = [
    Claim("94 % fewer parameters", "achieving a 94% reduction in the training parameters …  "
          "approximately 93% less than the fully connected case", "abstract; section 3",
          "python -m figures.figure1", "figure1", parameters),
    Claim("Out-degree shows importance",
          "the out degree of a neuron is representative of its importance",
          "introduction; section 3, Figure 2", "python -m figures.figure2 --preset paper",
          "figure2", out_degrees),
    Claim("SC is best on PCA inputs", "If the input to the models is ordered PCA features, "
          "spatially-coupled neural network shows the best accuracy, 87.18%",
          "section 3, Table 1", "python -m figures.table1 --preset paper --jobs 2", "table1",
          best_on_pca),
    Claim("The same on random-forest inputs", "The same pattern exist for random forest (RF) "
          "feature importance (RF) too, in which SC outperforms the other two methods",
          "section 3, Table 1", "python -m figures.table1 --preset paper --jobs 2", None,
          same_on_rf),
    Claim("Order is crucial", "ordering of features is crucial in SC construction … in reverse "
          "PCA case, SC shows a very poor performance", "section 3, Table 1 (10.00 %)",
          "python -m figures.table1 --preset paper --jobs 2", None, order_matters),
    Claim("RSP and FC do not see the order", "they are permutation invariant", "section 3",
          "python -m pytest tests/test_network.py", None, permutations),
    Claim("FC overfits", "FC, even with l2 regularization and DropOut, tend to overfit the "
          "data", "section 3", "python -m figures.table1 --preset paper --jobs 2", None,
          overfits),
    Claim("The order of importance is kept through the layers", "it is preserves the feature "
          "importance ordering throughout the network", "section 3",
          "python -m figures.importance --preset paper --jobs 2", "importance", preserved),
    Claim("Lower blocks can be pruned", "at every layer we can prune the lower blocks after "
          "training … even more than 95% with approximately the same performance",
          "section 3", "python -m figures.pruning --preset paper --jobs 2", "pruning",
          prunable),
    Claim("Better than cutting a full network", "Even though sparsity is ensured, l1 "
          "regularization requires training on all the resources … DropOut or DropConnect … do "
          "not pay heed to the underlying structure", "abstract; introduction",
          "python -m figures.table1 --preset paper --jobs 2", None, baselines),
    Claim("Beyond the paper: 90 % with SC's parameters", "Find the best network within the "
          "paper's 220,020 parameters (our own challenge; no claim of the paper)", "this "
          "project", "python -m figures.tradeoff --preset paper --jobs 2", "tradeoff",
          challenge)]


def verdicts(page=""):
    """A table of all claims with links to their sections on a page."""
    lines = ["| claim | verdict |", "|---|---|"]
    for number, claim in enumerate(CLAIMS, 1):
        anchor = f"{number}-{claim.title}".lower().replace(" ", "-")
        anchor = "".join(c for c in anchor if c.isalnum() or c == "-")
        lines.append(f"| [{number}. {claim.title}]({page}#{anchor}) | {claim.judge()[0]} |")
    return "\n".join(lines)


def page():
    """The text of figures/README.md."""
    sections = []
    for number, claim in enumerate(CLAIMS, 1):
        verdict, lines = claim.judge()
        sections += ["", f"## {number}. {claim.title}", "", f"> {claim.quote}", "",
                     f"{claim.place[0].upper()}{claim.place[1:]}. `{claim.command}`. "
                     f"**{verdict[0].upper()}{verdict[1:]}.**", ""]
        if claim.image:
            sections += [f"![{claim.title}](images/{claim.image}.paper.png)", ""]
        sections += lines
    return HEAD + verdicts() + "\n" + "\n".join(sections).rstrip() + "\n"
