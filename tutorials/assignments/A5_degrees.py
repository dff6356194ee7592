"""Degrees under a budget.

The master of assignment A5: see `masters.py` for the grammar.
"""

# %% [setup]
from functools import cache

import numpy as np

# %% [grader]
from tutorials.assignments.masters import OWN, beats, equivalent, holds, inputs, measure, mutant

CHOICES = {"order": ("first", "last"), "factor": ("two", "three")}

# %% [markdown]
# ## What this is about
#
# *Spatially-Coupled Neural Network Architectures* (arXiv 1907.02051) gives important inputs
# many edges and the others few, by a list of degrees that it states without a reason. Is there
# a better list? This is a small piece of research: you have an idea, you try it, and you say
# what you found and how sure you are. Plan half a day.
#
# **The network.** Images of digits, 8 by 8 pixels, are turned into 64 inputs by principal
# components. In this variant the most important input, the one of largest variance,
# stands first, at place 0.                                                            #? first
# stands last, at place 63.                                                             #? last
# A hidden layer of $N$ sigmoid neurons follows, and an output layer that is full. Input $j$ has
# edges to $d_j$ of the $N$ hidden neurons, drawn at random. All inputs together have a budget
# of $E$ edges:
#
# $$
# 0 \le d_j \le N, \qquad \sum_j d_j \le E \tag{Eq. 1}
# $$
#
# You choose the *degrees* $d_j$, whole numbers, and nothing else.
#
# **Two bars** are to be beaten. The first is *uniform*: all $n$ inputs have the same degree,
# as large as the budget allows; what is then left of it is not spent,
#
# $$
# d_j = \left\lfloor \frac{E}{n} \right\rfloor \tag{Eq. 2}
# $$
#
# with $\lfloor x \rfloor$ being the largest whole number that is not above $x$. The second is
# *the paper's*: its degrees are 98, 130, 98, 49, 20, 10, 10, 10, one for each eighth of the
# inputs, the most important eighth first. In proportion to these, but at least 1, a budget of
# 128 edges gives 3, 4, 3, 2, 1, 1, 1, 1.
#
# **From wishes to degrees.** Most ideas end in wishes $w_j \ge 0$, of which only the ratios
# matter. Degrees are whole numbers, and a budget must not be exceeded by rounding. So
#
# $$
# d_j = \left\lfloor \frac{E\, w_j}{\sum_k w_k} \right\rfloor, \quad \text{then } 1 \text{ more
# for the } R \text{ most important inputs}, \quad R = E - \sum_j d_j \tag{Eq. 3}
# $$
#
# **How sure?** One network more or less proves nothing: another draw of images, edges and
# weights gives another accuracy. Train both allotments with the same seeds $s = 1 \dots S$,
# look at the differences $D_s$ of their accuracies, their mean $m$, and its standard error:
#
# $$
# m = \frac1S \sum_s D_s, \qquad
# e = \sqrt{\frac{1}{S\,(S - 1)} \sum_s (D_s - m)^2} \tag{Eq. 4}
# $$
#
# Call the first allotment *clearly better* if $m > 2e$.                                 #? two
# Call the first allotment *clearly better* if $m > 3e$.                               #? three
# (With three seeds this is a rule of thumb, and luck passes it now and then.)
#
# **How to try things.** `accuracy(degrees, seed)`, below, trains three networks in less than a
# second and measures them on images that are held out. It needs a clone of the course: put
# `A5.py` into it, install its `requirements.txt`, and write your experiments into a file of
# their own beside it:
#
# ```python
# from A5 import accuracy, allot, digits, EDGES, WIDTH
#
# for seed in range(3):
#     print(seed, accuracy(allot(digits(seed)[2], WIDTH, EDGES), seed))
# ```
#
# (In a notebook in the clone: a cell, without the first line.)
#
# **How it is judged.** The teacher's side calls this very `accuracy` with your degrees and
# three seeds that you do not know. They are the same for everybody, so a second try with the
# same degrees gives the same numbers. On the leaderboard your file is called by the fingerprint
# that `check.py` prints, so nobody sees whose it is.

# %% [setup]
WIDTH, EDGES = 16, 128          # N hidden neurons, E edges from all inputs together


@cache
def digits(seed):
    """Images of digits, cut in two by a seed, and their inputs put in order.

    Returns
    -------
    (X, y), (X_out, y_out)
        Images and labels to train on, and held out: (samples, 64) and (samples,) arrays.
    importance : (64,) array
        Variance of each input over the images to train on.
    """
    from scnn_np import fit_ordering, load_data
    from scnn_np.data import hold_out

    data = load_data("digits")
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    (X, y), (X_out, y_out) = hold_out(X, y, 1000, seed)
    ordering = fit_ordering(X, y, "pca", "descending")                               #? first
    ordering = fit_ordering(X, y, "pca", "ascending")                                 #? last
    return (ordering(X), y), (ordering(X_out), y_out), ordering.output_importance()


def accuracy(degrees, seed):
    """The share of the images held out that networks with these degrees know, in %.

    The mean of three networks. The seed decides which images are held out, on the edges, the
    first weights, and the order of the images in training.
    """
    from scnn_np import Trainer, build
    from scnn_np.training import Adam

    (X, y), held_out, _ = digits(seed)
    found = []
    for k in range(3):
        network = build("rsp", 64, 10, layers=1, width=WIDTH, seed=seed + k,
                        degrees=[[int(d) for d in degrees]])
        Trainer(network, epochs=10, batch_size=32, optimizer=Adam(0.02), seed=seed + k,
                progress_stream=False).fit(X, y)
        found.append(100 * network.evaluate(*held_out)[1])
    return sum(found) / 3

# %% [task] A5.1, Eq. (2): the first bar (6 points, 5 minutes, core)
def uniform(n, edges):
    """The same degree for each of n inputs, as large as the budget allows.

    Parameters
    ----------
    n : int
    edges : int, the budget E

    Returns
    -------
    degrees : (n,) int array

    TODO: Eq. (2).
    APPROACH: one number, then n times the same.
    EXAMPLE:
        >>> uniform(3, 10).tolist()
        [3, 3, 3]

    HINTS: `//` divides and rounds down. What is to come out if there are fewer edges than
        inputs?
    """
    ### BEGIN SOLUTION
    return np.full(n, edges // n)
    ### END SOLUTION


# %% [grader]
@inputs("A5.1")
def uniform_inputs(rng):
    n = int(rng.integers(5, 9))
    return [(n, 3 * n + n - 1), (n, n - 2), (n, 3 * n + 1), (4, 4 * int(rng.integers(2, 6)))]


@mutant("A5.1", 0.3, "Print the sum beside the budget.",
        "You have 10 edges for 4 inputs. What does each of them get at most?",
        "In Eq. (2) the quotient is rounded down, never up.")
def uniform_rounded(n, edges):
    return np.full(n, int(edges / n + 0.5))


@mutant("A5.1", 0.3, "Print the sum beside the budget.",
        "You have 9 edges for 4 inputs. What does each of them get at most?",
        "In Eq. (2) the quotient is rounded down, never up.")
def uniform_rounded_up(n, edges):
    return np.full(n, -(-edges // n))


@mutant("A5.1", 0.5, "Are the degrees all the same?",
        "What does the text above Eq. (2) say of the edges that are left over?",
        "Eq. (2) has no j on its right side.")
def uniform_and_the_rest(n, edges):
    return uniform(n, edges) + (np.arange(n) < edges % n)


@mutant("A5.1", 0.5, "Are your degrees whole numbers?",
        "What does a third of an edge look like?", "What do the brackets in Eq. (2) do?")
def uniform_in_fractions(n, edges):
    return np.full(n, edges / n)


@mutant("A5.1", 0.5, "What does an input get if there are fewer edges than inputs?",
        "Is a degree of 0 allowed by Eq. (1)?",
        "Eq. (2) has no smallest degree in it: the budget decides.")
def uniform_at_least_one(n, edges):
    return np.maximum(uniform(n, edges), 1)


@equivalent("A5.1")
def uniform_as_list(n, edges):
    return [int(np.floor(edges / n)) for _ in range(n)]


# %% [task] A5.2, Eq. (3): whole numbers within a budget (9 points, 15 minutes, core)
def whole_degrees(wishes, edges):
    """Whole degrees in proportion to wishes that spend the budget exactly.

    Parameters
    ----------
    wishes : (n,) array, none below 0, at least one above
    edges : int, the budget E

    Returns
    -------
    degrees : (n,) int array whose sum is `edges`

    TODO: Eq. (3). No degree has to stay below a largest one here.
    APPROACH: scale the wishes to the budget and round down. How many edges are left?
    EXAMPLE: the most important input stands first.                                  #? first
    EXAMPLE: the most important input stands last.                                    #? last
        >>> whole_degrees(np.array([5.0, 1.0, 1.0]), 12).tolist()
        [9, 2, 1]                                                                    #? first
        [8, 2, 2]                                                                     #? last

    HINTS: `astype(int)` cuts off what is behind the point. Rounding down loses less than one
        edge for each input: so R is always below n.
    """
    ### BEGIN SOLUTION
    degrees = np.floor(edges * wishes / wishes.sum()).astype(int)
    rest = edges - degrees.sum()
    degrees[:rest] += 1                                                              #? first
    degrees[len(degrees) - rest:] += 1                                                #? last
    return degrees
    ### END SOLUTION


# %% [grader]
def wishes_of(rng, n):
    """Wishes with a zero among them, none of which is a whole number of edges."""
    wishes = rng.uniform(0.5, 9, n).round(2)
    wishes[n // 2] = 0
    return wishes


@inputs("A5.2")
def whole_degrees_inputs(rng):
    def case(n, edges):
        while True:
            wishes = wishes_of(rng, n)
            shares = edges * wishes / wishes.sum()
            if (abs(shares - shares.round()) > 1e-3)[wishes > 0].all():
                return wishes, edges
    return [case(6, 40), case(9, int(rng.integers(60, 90))), case(7, 5)]


def rounded_down(wishes, edges):
    return np.floor(edges * wishes / wishes.sum()).astype(int)


@mutant("A5.2", 0.4, "Print the sum beside the budget.",
        "Can three numbers, each rounded to the nearest, sum to more than before?",
        "Eq. (3) rounds down first, so that it can only have edges left, never too few.")
def to_the_nearest(wishes, edges):
    return np.floor(edges * wishes / wishes.sum() + 0.5).astype(int)


@mutant("A5.2", 0.2, "Print the sum beside the budget.",
        "Who pays for the edges that rounding adds?", "In which direction does Eq. (3) round?")
def rounded_up(wishes, edges):
    return np.ceil(edges * wishes / wishes.sum()).astype(int)


@mutant("A5.2", 0.6, "Print the sum beside the budget.",
        "Rounding down leaves edges over. Where are they?", "What is R in Eq. (3)?")
def rest_not_spent(wishes, edges):
    return rounded_down(wishes, edges)


@mutant("A5.2", 0.6, "Which input is the most important one in this variant?",
        "Give three inputs the same wish and 10 edges. Who has 4?",
        "The R of Eq. (3) are counted from the important end.")
def rest_to_the_others(wishes, edges):
    return whole_degrees(wishes[::-1], edges)[::-1]


@mutant("A5.2", 0.6, "Does one input get far more than it wished?",
        "To how many inputs do you give what is left?",
        "In Eq. (3) each of R inputs gets 1 more.")
def rest_to_one(wishes, edges):
    degrees = rounded_down(wishes, edges)
    degrees[0] += edges - degrees.sum()                                              #? first
    degrees[-1] += edges - degrees.sum()                                              #? last
    return degrees


@mutant("A5.2", 0.3, "Double all wishes. Should the degrees change?",
        "What do your wishes sum to after you have scaled them?",
        "Below the bar of Eq. (3) stands a sum.")
def scaled_by_the_largest(wishes, edges):
    return np.floor(edges * wishes / wishes.max()).astype(int)


@mutant("A5.2", 0.5, "Call it twice with the same wishes. Do you get the same?",
        "What do the wishes hold after the call?",
        "An operation such as *= writes into the array that you were given: make a new one.")
def wishes_changed(wishes, edges):
    degrees = whole_degrees(wishes, edges)
    wishes *= edges / wishes.sum()
    return degrees


@equivalent("A5.2")
def one_edge_at_a_time(wishes, edges):
    degrees = [int(edges * w / sum(wishes)) for w in wishes]
    places = list(range(len(degrees)))                                               #? first
    places = list(range(len(degrees)))[::-1]                                          #? last
    while sum(degrees) < edges:
        degrees[places.pop(0)] += 1
    return degrees


# %% [task] A5.3, Eq. (4): three seeds, and how sure (15 points, 20 minutes, core)
def compare(mine, others):
    """Compare two allotments that were trained with the same seeds.

    Parameters
    ----------
    mine, others : (S,) arrays, S at least 2
        Accuracies in %, those of the same seed at the same place.

    Returns
    -------
    mean : float, m
    error : float, e
    better : bool
        Whether the first allotment is clearly better, as the text below Eq. (4) says.

    TODO: Eq. (4) and the rule below it. Each of the three earns points on its own.
    APPROACH: subtract first. Everything else is about these S numbers.
    EXAMPLE:
        >>> m, e, better = compare(np.array([91.0, 93.0]), np.array([90.0, 90.0]))
        >>> round(float(m), 6), round(float(e), 6), bool(better)
        (2.0, 1.0, False)

    HINTS: NumPy's `std` divides by S. Which number stands in Eq. (4)?
    """
    ### BEGIN SOLUTION
    D = mine - others
    mean, error = D.mean(), D.std(ddof=1) / np.sqrt(len(D))
    return mean, error, mean > 2 * error                                               #? two
    return mean, error, mean > 3 * error                                             #? three
    ### END SOLUTION


# %% [grader]
FACTOR = 2                                                                             #? two
FACTOR = 3                                                                           #? three


@inputs("A5.3", decimals=3)
def compare_inputs(rng):
    """Clear, clearly worse, between the two rules, and one run that failed altogether."""
    def case(differences, scatter=2.0):
        D = np.asarray(differences, float)
        others = rng.normal(91, scatter, len(D)).round(1)
        return (others + D).round(1), others
    shift = round(rng.uniform(0, 0.4), 1)
    failed = case([2.0, 1.1, 0.7, 1.2])
    failed[1][0] = 0
    return [case([2.1 + shift, 2.6, 2.2]), case([-3.1, -2.5 - shift, -2.8]),
            case([0.5, 2.0 + shift, 1.1]), case([0.4 + shift, -0.6, 0.5, 1.4, 0.2]), failed]


def verdict(mean, error):
    return mean, error, mean > FACTOR * error


@mutant("A5.3", 0.6, "Two numbers, 0 and 2: what is Eq. (4) by hand?",
        "All your errors are too small by the same factor, for the same S.",
        "Is it S or S - 1 that stands beside the other S in Eq. (4)?")
def divided_by_S(mine, others):
    D = mine - others
    return verdict(D.mean(), D.std() / np.sqrt(len(D)))


@mutant("A5.3", 0.6, "Train with a hundred seeds. Should the mean be as unsure as with three?",
        "Is yours the spread of single runs, or the error of their mean?",
        "Count how often S stands under the root of Eq. (4).")
def spread_for_error(mine, others):
    D = mine - others
    return verdict(D.mean(), D.std(ddof=1))


@mutant("A5.3", 0.6, "Are runs with the same seed more alike than runs with two seeds?",
        "Both allotments are hit by the same hard images. Does your error know?",
        "The D of Eq. (4) are differences, one for each seed.")
def not_paired(mine, others):
    S = len(mine)
    return verdict(np.mean(mine) - np.mean(others),
                   np.sqrt((mine.var(ddof=1) + others.var(ddof=1)) / S))


@mutant("A5.3", 0.2, "What would a rerun by a stranger give?",
        "How many of your S numbers does the result depend on?",
        "In Eq. (4) all seeds count, not the best.")
def best_of_all(mine, others):
    _, error, _ = compare(mine, others)
    return verdict(mine.max() - others.max(), error)


@mutant("A5.3", 0.6, "You lost in all three runs. Are you clearly better?",
        "Which sign has m if the others are ahead?", "The rule below Eq. (4) is about m.")
def without_sign(mine, others):
    mean, error, _ = compare(mine, others)
    return mean, error, abs(mean) > FACTOR * error


@mutant("A5.3", 0.5, "Are you ahead if m is above 0?",
        "Swap the two arrays. What should change?",
        "Which of the two accuracies is taken off the other, in a difference that is good news "
        "for the first?")
def the_other_way(mine, others):
    return compare(others, mine)


@mutant("A5.3", 0.7, "Is a lead of 0.1 ± 5 a clear one?",
        "Which of your three numbers does the verdict use?",
        "The rule below Eq. (4) has an e in it.")
def any_lead(mine, others):
    mean, error, _ = compare(mine, others)
    return mean, error, mean > 0


@mutant("A5.3", 0.7, "What does the rule for *clearly better* say in this variant?",
        "How many errors do you ask for?", "Read the line below Eq. (4) once more.")
def another_factor(mine, others):
    mean, error, _ = compare(mine, others)
    return mean, error, mean > (5 - FACTOR) * error


@equivalent("A5.3")
def by_hand(mine, others):
    D = [a - b for a, b in zip(mine, others, strict=True)]
    S, m = len(D), sum(D) / len(D)
    e = (sum((d - m) ** 2 for d in D) / (S * (S - 1))) ** 0.5
    return m, e, int(m > 2 * e)                                                        #? two
    return m, e, int(m > 3 * e)                                                      #? three


# %% [task] A5.4, Eq. (1): your allotment (35 points, 120 minutes)
def allot(importance, width, edges):
    """Degrees that spend a budget well.

    Parameters
    ----------
    importance : (n,) array, none below 0, at least one above
        Variances of the inputs; the most important stands first.                    #? first
        Variances of the inputs; the most important stands last.                      #? last
    width : int, N
    edges : int, E

    Returns
    -------
    degrees : (n,) int array within Eq. (1)

    TODO: your own idea. It must keep Eq. (1) for any n, N and E: 0 points if not, 5 if it
        does, 25 if it also beats uniform degrees, 35 if it beats the paper's as well, each in
        the mean over three seeds.
    APPROACH: how would you spend a single edge? And the next one? Turn your idea into wishes,
        and these into degrees none of which is above N. You may call your functions above, but
        then a mistake in them is one here, too: let `check.py` look at them first.
    EXAMPLE: the budget is kept, whatever the idea.
        >>> d = np.array(allot(np.array([4.0, 2.0, 0.0, 1.0]), 3, 7))
        >>> bool(d.shape == (4,) and 0 <= min(d) and max(d) <= 3 and sum(d) <= 7)
        True

    HINTS: Change one thing at a time, and choose by your own seeds. Look at where the variance
        is, at `digits(seed)[2]`, before you begin.
    """
    ### BEGIN SOLUTION
    n = min(12, len(importance))
    each, rest = divmod(edges, n)
    degrees = np.zeros(len(importance), int)
    degrees[:n] = np.minimum(each + (np.arange(n) < rest), width)
    return degrees                                                                   #? first
    return degrees[::-1]                                                              #? last
    ### END SOLUTION


# %% [grader]
trained = cache(accuracy)


def trials(rng):
    """The seeds of three trials."""
    return rng.integers(2 ** 30, size=3).tolist()


@inputs("A5.4", same=True)
def allot_inputs(rng):
    """The three trials; then what only has to be legal: few neurons, few edges, too many."""
    judged = [(digits(seed)[2].round(4), WIDTH, EDGES) for seed in trials(rng)]
    few = rng.uniform(0, 9, 8).round(2)
    few[2] = 0
    order = np.sort(few)[::-1]                                                       #? first
    order = np.sort(few)                                                              #? last
    return [*judged, (order, 3, 10), (order, 64, 5), (np.ones(5), 4, 100)]


@holds("A5.4", 0, "Is there one degree for each input, a whole number that is not below 0?",
       "Print the degrees for three inputs and 7 edges.", "What is a degree in Eq. (1)?")
def whole_numbers(cases):
    return all(np.shape(d) == np.shape(importance) and np.all(np.floor(d) == d)
               and np.all(np.greater_equal(d, 0)) for (importance, _, _), d in cases)


@holds("A5.4", 0, "How many hidden neurons can an input have edges to?",
       "Print the degrees for a layer of only 3 neurons.",
       "Which part of Eq. (1) has an N in it?")
def not_above_the_width(cases):
    return all(np.all(np.less_equal(d, width)) for (_, width, _), d in cases)


@holds("A5.4", 0, "Print the sum beside the budget.",
       "What does your idea do if there are fewer edges than inputs?",
       "Which part of Eq. (1) has an E in it?")
def within_the_budget(cases):
    return all(np.sum(d) <= edges for (_, _, edges), d in cases)


@cache
def bars(seed):
    """The accuracies of uniform degrees and of the paper's."""
    from scnn_np.graphs.degrees import PAPER_BLOCKS, PAPER_SC_DEGREES, budget_degrees
    paper = budget_degrees(EDGES, PAPER_SC_DEGREES, 64, WIDTH, receptive_field=PAPER_BLOCKS,
                           tail_biting=True)
    paper = np.repeat(paper, 64 // PAPER_BLOCKS)
    paper = paper[::-1]                                                               #? last
    return [trained(tuple(d.tolist()), seed) for d in (uniform(64, EDGES), paper)]


@measure("A5.4")
def held_out_accuracy(cases, rng):
    """In %, for each of three seeds that the student does not know."""
    seeds = trials(rng)
    own = [trained(tuple(np.array(d).astype(int).tolist()), seed)
           for (_, d), seed in zip(cases, seeds, strict=False)]
    first, second = zip(*map(bars, seeds), strict=True)
    return {OWN: own, "uniform": list(first), "the paper's": list(second)}


@beats("A5.4", 1 / 7, "Which of your inputs have edges and say nothing?",
       "Train without the last block of eight inputs. What is lost?",
       "Every edge that an unimportant input has is one that an important input has not.")
def uniform_bar(worth):
    return np.mean(worth[OWN]) > np.mean(worth["uniform"])


@beats("A5.4", 5 / 7,
       "What do the last 32 inputs cost in the paper's list, and what do they give?",
       "Change one thing at a time: how many inputs have edges, and how steeply degrees fall.",
       "With a small budget, is it better to see much of few inputs, or little of all?")
def paper_bar(worth):
    return np.mean(worth[OWN]) > np.mean(worth["the paper's"])


@mutant("A5.4", violates="whole_numbers")
def shares(importance, width, edges):
    return np.minimum(edges * importance / importance.sum(), width)


@mutant("A5.4", violates="whole_numbers")
def by_block(importance, width, edges):
    return np.zeros(8, int)


@mutant("A5.4", violates="not_above_the_width")
def all_to_one(importance, width, edges):
    degrees = 0 * importance
    degrees[importance.argmax()] = edges
    return degrees


@mutant("A5.4", violates="within_the_budget")
def rounded_to_the_nearest(importance, width, edges):
    return np.maximum(np.minimum(np.round(edges * importance / importance.sum()), width), 1)


@mutant("A5.4", violates="uniform_bar")
def the_first_bar_itself(importance, width, edges):
    return np.minimum(uniform(len(importance), edges), width)


@mutant("A5.4", violates="uniform_bar")
def to_the_unimportant(importance, width, edges):
    return allot(importance, width, edges)[::-1]


@mutant("A5.4", violates="paper_bar")
def the_second_bar_itself(importance, width, edges):
    if len(importance) < 64:
        return uniform(len(importance), edges) * 0
    paper = np.repeat([3, 4, 3, 2, 1, 1, 1, 1], 8)
    return paper                                                                     #? first
    return paper[::-1]                                                                #? last


@equivalent("A5.4")
def as_floats(importance, width, edges):
    return [float(d) for d in allot(importance, width, edges)]


# %% [written] A5.5: your write-up (35 points, 80 minutes)
# One page, under these five headings; copy them into your answer.
#
# 1. *Question.* Your idea in one sentence, and what you expected of it before you tried.
# 2. *Method.* What you varied and what you held fixed; with which seeds you chose.
# 3. *Result.* A table: your allotment, the two bars, and at least one idea that did not work;
#    for each the mean over at least three seeds, the differences from yours by `compare`, and
#    the seeds. These must not be the seeds with which you chose.
# 4. *What it does not show.* At least two reasons why a reader should be careful, and the
#    experiment that you would do next.
# 5. *Help.* Who or what helped you, and with what.

# %% [rubric]
# ### A5.5 (35 points)
#
# Full marks: a question of one sentence that could turn out to be wrong, with what was expected
# (5); one thing varied at a time, with network, budget and seeds stated (8); a table with all
# rows, mean and error, and what did not work (8); chosen with some seeds and reported with
# others (6); two reasons for care that belong to this study and not to all studies, and a next
# experiment (8).
#
# - *32 points.* "I expected that twelve inputs are enough, because they hold 79 % of the
#   variance, and that eight are too few. I changed only how many of the most important inputs
#   share the 128 edges equally: 8, 10, 12, 16, 24 and 32, chosen with the seeds 0 to 4,
#   reported with 100 to 104. Twelve reach 90.5 %. Ahead of others by: uniform 8.2 ± 0.7, the
#   paper's list 4.3 ± 0.7, 8 inputs 2.4 ± 0.3, 16 inputs 0.7 ± 0.3. The first three are clear.
#   The last is clear by the rule, but only just, and I had looked at six numbers.     #? two
#   The last is not, so I do not say that twelve is the best number.                   #? three
#   It was one width: with 16 neurons eight inputs have edges to all of them, and I think that
#   this is why eight are not enough. And there were only 797 images to train on. Next I would
#   double the width and keep the budget: I expect the best number to stay, the lead to shrink."
# - *20 points.* The same table over three seeds, but those with which the number was chosen,
#   without what did not work, and "it should be tried on more data" for care.
# - *8 points.* "My allotment has 91.1 % and the paper's 85.0 %, so mine is better."
#
# These numbers are real, in the variant with the most important input first. Whether an idea is
# good earns nothing here; that stands in A5.4. How sure a student is must fit the table.
#
# ### Three oral questions
#
# 1. You tried ten ideas with the same three seeds and report the best. What is wrong with its
#    accuracy?
# 2. Why is every allotment trained with the *same* seeds, and what would other seeds for each
#    of them cost?
# 3. Whose accuracy would rise more if the budget were four times larger, yours or the uniform
#    one's? Why?
