"""Writes figures/README.md: every claim of the paper, what was measured, and a verdict.

Claims of three neighbouring papers follow. The verdicts and their numbers are made in
judges.py, and for the neighbours in topology_judges.py, layer_judges.py, spectral_judges.py and
together_judges.py; a test makes the page again and compares.
"""

from dataclasses import dataclass

from figures import judges, layer_judges, spectral_judges, together_judges, topology_judges

NOT_YET = "not measured yet"
HEAD = """# The claims of the paper, one by one

*Spatially-Coupled Neural Network Architectures*, [arXiv 1907.02051](https://arxiv.org/abs/1907.02051),
gives each number once, without spread or controls. Here each claim has a command, a figure,
numbers over seeds, and a verdict. The last sections are about three neighbouring papers.

SC is the spatially-coupled network, RSP the random sparse one, FC the fully connected one.
Inputs are ordered by the variance of principal components (PCA) or by a random forest (RF), the
most important first unless "ascending" or "shuffled" is said.

All of it is Fashion-MNIST at full size: final runs train on all 60,000 training images,
searches on 50,000, and choose on the other 10,000. Accuracy is measured once, after the last
epoch, on the 10,000 test images, and no command chooses by it. Before these commands there were
trial runs that did look at test images. From them come the initial gain of 4, the cosine
schedule of the learning rate and the 25 epochs, which all networks share, and the idea of one
wide layer of ReLU with DropOut in section 12.

± is one standard deviation over seeds. "Ahead" and "behind" mean p < 0.05 in Welch's t test
over seeds, for each comparison alone; "not separated" means that so few seeds cannot tell, not
that the two are equal. Seeds do not change the test images, whose own sampling error is about
0.3 points. Parameters are trained numbers; the PCA matrix that orders the inputs (614,656
numbers) is not counted, here as in the paper.

This page is written by `python -m figures.readme` from the [results](results); each run in them
carries its settings, seed and versions.

"""


@dataclass(frozen=True)
class Claim:
    """A sentence of a paper, or a question of ours where `place` is None, and the function
    that judges it: → (verdict, lines)."""

    title: str
    sentence: str
    place: str | None
    command: str
    image: str | None
    judged_by: object
    paper: str = "Paper"

    def judge(self):
        """The verdict and what it rests on; none where there are too few results."""
        try:
            return self.judged_by()
        except (judges.TooFew, FileNotFoundError):
            return NOT_YET, ["Not enough finished runs yet; the same command goes on."]


CLAIMS = [
    Claim("94 % fewer parameters", "achieving a 94% reduction in the training parameters …  "
          "approximately 93% less than the fully connected case", "abstract; section 3",
          "python -m figures.figure1", "figure1", judges.parameters),
    Claim("Akin to a full network with DropOut", "a performance akin to a conventional fully "
          "connected neural network with dropouts", "abstract",
          "python -m figures.table1 --preset paper --jobs 2", None, judges.akin),
    Claim("Out-degree shows importance",
          "ℓ1 regularization results in a paradigm where the out degree of a neuron is "
          "representative of its importance",
          "introduction; section 3, Figure 2", "python -m figures.figure2 --preset paper",
          "figure2", judges.out_degrees),
    Claim("SC is best on PCA inputs", "If the input to the models is ordered PCA features, "
          "spatially-coupled neural network shows the best accuracy, 87.18%",
          "section 3, Table 1", "python -m figures.table1 --preset paper --jobs 2", "table1",
          judges.best_on_pca),
    Claim("The same on random-forest inputs", "The same pattern exist for random forest "
          "feature importance (RF) too, in which SC outperforms the other two methods",
          "section 3, Table 1", "python -m figures.table1 --preset paper --jobs 2", None,
          judges.same_on_rf),
    Claim("Order is crucial", "ordering of features is crucial in SC construction … in reverse "
          "PCA case, SC shows a very poor performance", "section 3, Table 1 (10.00 %)",
          "python -m figures.table1 --preset paper --jobs 2", None, judges.order_matters),
    Claim("RSP and FC do not see the order", "they are permutation invariant", "section 3",
          "python -m pytest tests/nn/test_network.py", None, judges.permutations),
    Claim("FC overfits", "FC, even with l2 regularization and DropOut, tend to overfit the "
          "data", "section 3", "python -m figures.table1 --preset paper --jobs 2", None,
          judges.overfits),
    Claim("The order of importance is kept through the layers", "it is preserves [sic] the "
          "feature importance ordering throughout the network", "section 3",
          "python -m figures.importance --preset paper --jobs 2", "importance",
          judges.preserved),
    Claim("Lower blocks can be pruned", "at every layer we can prune the lower blocks after "
          "training … even more than 95% with approximately the same performance",
          "section 3", "python -m figures.pruning --preset paper --jobs 2", "pruning",
          judges.prunable),
    Claim("Better than cutting a full network down?", "The abstract and the introduction name "
          "L1, DropOut, DropConnect, weight decay, pruning and group lasso and compare their "
          "cost. What accuracy do they reach at SC's size?", None,
          "python -m figures.table1 --preset paper --jobs 2", None, judges.cut_down),
    Claim("Beyond the paper: 90 % with SC's parameters", "Which network within the paper's "
          "220,020 parameters is the best, and what does coupling give at other sizes?", None,
          "python -m figures.tradeoff --preset paper --jobs 2", "tradeoff",
          judges.challenge)]

LAYERS = "python -m figures.layer_sparsity --preset paper"
SPECTRAL = {"command": "python -m figures.spectral --preset paper", "paper": "arXiv 2106.09021"}
NEIGHBOURS = [
    Claim("Accuracy follows expansion, not density", "the accuracy of the models learned with "
          "neural networks depends on expander-like properties of the underlying topologies "
          "such as the spectral gap and algebraic connectivity rather than the density of the "
          "graphs of connections", "abstract",
          "python -m figures.topologies --preset paper --jobs 2", "topologies",
          topology_judges.expanders, "arXiv 1706.05683"),
    Claim("Fewer layers", "corresponding regularization and refitting schemes that can "
          "complement standard deep-learning pipelines to generate more compact … networks",
          "abstract", LAYERS, "layer_sparsity",
          layer_judges.fewer_layers, "arXiv 2006.15604"),
    Claim("Fewer layers, more accurate", "to generate more compact and accurate networks",
          "abstract", LAYERS, None,
          layer_judges.more_accurate, "arXiv 2006.15604"),
    Claim("What merged weights are worth", "Are the weights that a merge leaves a better "
          "beginning than a fresh start of the same small network?", None,
          LAYERS, None, layer_judges.merged_weights),
    Claim("A layer as one group", "Do layers go at a smaller price if a layer is one group "
          "than if each negative entry is penalised for itself?", None,
          LAYERS, None, layer_judges.one_group),
    Claim("Two sets of eigenvalues come close", "The number of trainable parameters is still a "
          "linear function of the network size, but the performances of the trained device "
          "gets much closer to those obtained via conventional algorithms", "abstract",
          image="spectral", judged_by=spectral_judges.closer, **SPECTRAL),
    Claim("A decomposition fills the gap", "The residual gap between conventional and spectral "
          "trainings can be eventually filled by employing a suitable decomposition for the "
          "non trivial block of the eigenvectors matrix", "abstract", image=None,
          judged_by=spectral_judges.filled, **SPECTRAL),
    Claim("Sparse networks by spectral training", "Each spectral parameter reflects back on "
          "the whole set of inter-nodes weights, an attribute which we shall effectively "
          "exploit to yield sparse networks with stunning classification abilities, as "
          "compared to their homologues trained with conventional means", "abstract",
          image=None, judged_by=spectral_judges.sparse_networks, **SPECTRAL),
    Claim("Do eigenvalues order the neurons?", "The eigenvalues of the receiving neurons "
          "\"modulate the excitability\" of these. Can those of small |λ_out| be trimmed, and "
          "better than by group lasso?", None, image=None,
          judged_by=spectral_judges.order_of_neurons, **SPECTRAL),
    Claim("The four papers on one bench", "With the same images, seeds, epochs and number of "
          "trials, and at most as many stored numbers as the first paper's SC network: is any "
          "network of the four papers ahead of a dense one?", None,
          "python -m figures.together --preset paper --jobs 2", "together",
          together_judges.against_dense)]


def verdicts(judged):
    """A table with links to the sections, of {claim: what `judge` gave}."""
    lines = ["| claim | verdict |", "|---|---|"]
    for number, (claim, (verdict, _)) in enumerate(judged.items(), 1):
        anchor = f"{number}-{claim.title}".lower().replace(" ", "-")
        anchor = "".join(c for c in anchor if c.isalnum() or c == "-")
        lines.append(f"| [{number}. {claim.title}](#{anchor}) | {verdict} |")
    return "\n".join(lines)


def page():
    """The text of figures/README.md."""
    judged, sections = {claim: claim.judge() for claim in [*CLAIMS, *NEIGHBOURS]}, []
    for number, (claim, (verdict, lines)) in enumerate(judged.items(), 1):
        quoted, place = ((f"> {claim.sentence}", f"{claim.paper}, {claim.place}")
                         if claim.place else (claim.sentence, "Our question"))
        sections += ["", f"## {number}. {claim.title}", "", quoted, "",
                     f"{place}. `{claim.command}`. **{verdict[0].upper()}{verdict[1:]}.**", ""]
        if claim.image and verdict != NOT_YET:
            sections += [f"![{claim.title}](images/{claim.image}.paper.png)", ""]
        sections += "\n".join(lines).rstrip().split("\n")
    return HEAD + verdicts(judged) + "\n" + "\n".join(sections).rstrip() + "\n"
