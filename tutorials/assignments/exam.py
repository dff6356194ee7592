"""The questions that a task is asked, and how the reference and each mutant answer them."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from tutorials.assignments import calls, masters
from tutorials.assignments.calls import Outcome, alike, call, evaluate, read


@dataclass
class Exam:
    cases: list                     # of lists of Python expressions, one for each argument
    big: list                       # of bools: cases that some mutants are spared
    answers: list                   # of lists of Outcomes: the reference's, then the mutants'
    words: tuple                    # from which the cases were drawn


def literal(value):
    """A value as a Python expression that gives it again."""
    if isinstance(value, masters.Expr):
        return str(value)
    if isinstance(value, tuple | list):
        return f"({''.join(f'{literal(v)}, ' for v in value)})"
    if hasattr(value, "tocsr"):
        W = value.tocsr()
        return f"sparse.csr_array({literal((W.data, W.indices, W.indptr))}, shape={W.shape})"
    if not isinstance(value, np.ndarray):
        return repr(value.item() if isinstance(value, np.generic) else value)
    if not value.size:
        return f"np.zeros({value.shape}, {str(value.dtype)!r})"
    dtype = "" if value.dtype in (float, int) else f", {str(value.dtype)!r}"
    return f"np.array({value.tolist()}{dtype})"


def generator(*words):
    """A Generator from a secret, a digest, or whatever else tells two draws apart."""
    seed = hashlib.sha256("|".join(map(str, words)).encode()).digest()
    return np.random.default_rng(int.from_bytes(seed[:16]))


def draw(task, *words, wanted=lambda exam: True):
    """An exam, drawn again until every mutant can be told from the others and from the right.

    Parameters
    ----------
    task : Task
    words
        What the inputs are drawn from.
    wanted : function of an Exam → bool
        What else it must be.

    Raises
    ------
    MasterError
        No inputs like that are found.
    """
    for attempt in range(2000):
        drawn = *words, task.id, attempt
        cases = task.inputs(generator(*drawn))
        texts = [[literal(argument) for argument in case] for case in cases]
        big = [isinstance(case, masters.Big) for case in cases]
        ours = [task.reference] + ([] if task.properties else task.mutants)
        exam = Exam(texts, big, [answers(f, texts, big) for f in ours], drawn)
        if told_apart(task, exam) and wanted(exam):
            return exam
    raise masters.MasterError(f"{task.id}: found no inputs that tell all mutants apart")


def answers(function, texts, big):
    """The outcomes of a function of ours; a mutant that says how is not run on big cases."""
    end = function.mark.big if hasattr(function, "mark") else ""
    return [Outcome(error=end) if end and large else call(function, evaluate(text))
            for text, large in zip(texts, big, strict=True)]


def same(task):
    """A function that tells whether two outcomes are the same up to the task's tolerance."""
    rtol, atol = task.inputs.mark.rtol, task.inputs.mark.atol

    def compare(a, b):
        return a.error == b.error and len(a.parts) == len(b.parts) and all(
            alike(x, y, rtol, atol) for x, y in zip(a.parts, b.parts, strict=True))
    return compare


def match(task, given, answers):
    """Whose answers these are: 0 the reference's, above it a mutant's, or None."""
    return calls.match([(o, o.flags) for o in given],
                       [[(o, o.flags) for o in own] for own in answers], same(task))


def told_apart(task, exam):
    """Whether each function of ours is recognised by its answers."""
    return all(match(task, own, exam.answers) == k for k, own in enumerate(exam.answers))


def measured(task, exam, given):
    """What the answers are worth, {name: numbers}, and the mark of the first bar above that."""
    worth = task.measure(read(exam.cases, given), generator(*exam.words))
    return worth, next((bar.mark for bar in task.bars if not bar(worth)), None)


# --- the public questions, which stand in check.py --------------------------------------------

def known_by_digest(exam, decimals):
    """Whether check.py recognises each function, with no number near an edge of rounding."""
    known = [[calls.key(outcome, decimals) for outcome in own] for own in exam.answers]
    return (all(calls.match(own, known, list.__eq__) == k for k, own in enumerate(known))
            and all(far_from_edges(array, decimals) for own in exam.answers for outcome in own
                    for _, arrays in outcome.parts for array in arrays))


def far_from_edges(array, decimals, margin=1e-6):
    """Whether no number would be rounded otherwise if it were up to `margin` larger or less."""
    x, unit = array[np.isfinite(array)].astype(float), 10.0 ** -decimals
    return bool((abs(x) < 1e8).all()
                and (abs(x / unit % 1 - 0.5) * unit > margin).all())


@cache
def public_exams(path, variant):
    """The questions of check.py, {task: Exam}: the same for everybody who has this variant."""
    return {task.id: draw(task, "public", variant, wanted=lambda exam, task=task:
                          task.properties or known_by_digest(exam, task.inputs.mark.decimals))
            for task in masters.load(path, variant).tasks if task.kind == "task"}
