"""Points and hints for one submission.

For each task the reference and the mutants answer the same questions as the submission. An
answer that is the reference's earns the points; one that is a mutant's earns the mutant's share
and hints; anything else is looked at for what can be said of it in general.
"""

from dataclasses import replace

import numpy as np

from tutorials.assignments import calls, exam
from tutorials.assignments.sitting import Sitting

NUMBERS = 1000          # an own test may hand in so many with one call, and no larger integers


def mark(assignment, path, submission, seed, limits):
    """The lines of a submission, one for each task.

    Parameters
    ----------
    assignment : Assignment
    path : Path of its master
    submission : Submission
    seed : tuple of str
        What the questions are drawn from, besides the public ones.
    limits : Limits

    Returns
    -------
    list of dict, str
        And what went wrong in the file itself, or "".
    """
    limits = replace(limits, call=limits.call * assignment.seconds)
    sitting, lines = Sitting(submission.text, assignment.libraries, limits), {}
    # Own tests come last: they are the only ones to hear from our functions.
    try:
        for task in sorted(assignment.tasks, key=lambda task: task.kind == "own test"):
            if task.kind == "written":
                text = submission.written(task.id)
                lines[task.id] = line(task, None, "for a person to mark", answer=text
                                      ) if text else line(task, 0, "not answered")
            elif task.kind == "own test":
                lines[task.id] = mark_own_test(task, sitting, seed)
            else:
                public = exam.public_exams(path, assignment.variant)[task.id]
                of = seed[:2] if task.inputs.mark.same else seed
                lines[task.id] = mark_task(task, sitting, public, exam.draw(task, *of))
        loaded = sitting.loaded
        return ([lines[task.id] for task in assignment.tasks],
                f"{loaded.error}, {loaded.message}" if loaded.error else "")
    finally:
        sitting.close()


def line(task, share, result, hints=("", "", ""), public=(0, 0), answer="", worth=()):
    """A task's line in the report; a share of None is for a person to decide."""
    return {"id": task.id, "equation": task.equation, "title": task.title, "of": task.points,
            "points": None if share is None else round(float(share * task.points), 1),
            "result": result, "hints": list(hints), "public": list(public), "answer": answer,
            "worth": dict(worth)}


def mark_task(task, sitting, public, secret):
    """A function that the student wrote, on the public and the secret questions."""
    known = len(public.cases)
    given = sitting.call(task.name, public.cases + secret.cases, exam.same(task))
    if task.properties:
        return mark_drawn(task, given, public, secret)
    ours = [a + b for a, b in zip(public.answers, secret.answers, strict=True)]
    right = [exam.same(task)(a, b) and a.flags == b.flags
             for a, b in zip(given, ours[0], strict=True)]
    passed = sum(right[:known]), known
    whose = exam.match(task, given, ours)
    if whose == 0:
        return line(task, 1, "right", public=passed)
    if whose:
        made = task.mutants[whose - 1].mark
        return line(task, made.share, "a known mistake", made.hints, passed)
    share, result, hint = diagnosis(given, ours[0], known, exam.same(task))
    return line(task, share, result, [hint] * 3, passed)


def mark_drawn(task, given, public, secret):
    """A function with many right answers: every property holds for all of them together, and
    what they are worth, where that is measured, is above every bar."""
    cases, known = public.cases + secret.cases, len(public.cases)

    def broken(upto):
        return next((p.mark for p in task.properties
                     if not calls.true(p, cases[:upto], given[:upto])), None)

    if any(outcome.error for outcome in given):
        share, result, hint = diagnosis(given, public.answers[0] + secret.answers[0], known,
                                        lambda a, b: not a.error)
        return line(task, share, result, [hint] * 3, (0, known))
    passed = (0 if broken(known) else known), known
    worth, found = {}, broken(len(given))
    if task.measure and not found:
        worth, found = exam.measured(task, secret, given[known:])
    if found:
        result = "below a bar" if worth else "a known mistake"
        return line(task, found.share, result, found.hints, passed, worth=worth)
    flags = [flag for outcome in given for flag in outcome.flags]
    share, result, hint = calls.flagged(flags) if flags else (1, "right", "")
    return line(task, share, result, [hint] * 3, passed, worth=worth)


# --- what can be said of an answer that nobody of ours gave -----------------------------------

def diagnosis(given, expected, known, same):
    """(share, result, hint) for answers that are not right; the first `known` are public."""
    wrong = [(a, b) for a, b in zip(given, expected, strict=True) if not same(a, b)]
    flags = [flag for outcome in given for flag in outcome.flags]
    if not wrong or calls.AGAIN in flags:
        return calls.flagged(flags)
    right = [same(a, b) for a, b in zip(given[known:], expected[known:], strict=True)]
    most = 0.5 * np.mean(right) if np.mean(right) >= 0.5 else 0     # of the secret cases
    for got, _ in wrong:
        if got.error:
            return most, *calls.failed(got)
    share, result, hint = look(wrong)
    counts = {len(a.parts) for a in given} | {len(b.parts) for b in expected}
    if len(counts) == 1 and (n := counts.pop()) > 1:
        good = [all(calls.alike(a.parts[j], b.parts[j], 1e-7, 1e-9) for a, b in wrong)
                for j in range(n)]
        return sum(good) / n, f"{sum(good)} of {n} parts right; {result}", hint
    return max(share, most), result, hint


def look(wrong):
    """(share, result, hint) for wrong arrays: the first part that is wrong, in one case."""
    got, want = next(((a, b) for a, b in wrong if len(a.parts) != len(b.parts)), wrong[0])
    if len(got.parts) != len(want.parts):
        return (0, f"returns {len(got.parts)} values where {len(want.parts)} are expected",
                "Compare with Returns in the docstring.")
    a, b = next((pair for pair in zip(got.parts, want.parts, strict=True)
                 if not calls.alike(*pair, 1e-9, 1e-12)), (got.parts[0], want.parts[0]))
    words = calls.describe(a), calls.describe(b)
    if words[0].removeprefix("float32 ") != words[1]:
        x = a[1][0].T if a[0] == "array" else None
        if x is not None and calls.alike(("array", [x]), b, 1e-9, 1e-12):
            return 0.5, "rows and columns have changed places", "Which index comes first?"
        return (0, f"returns {words[0]} where {words[1]} is expected",
                "Compare with Returns in the docstring.")
    x, y = (np.concatenate([array.astype(float).ravel() for array in p[1]]) for p in (a, b))
    if words[0] != words[1] and np.allclose(x, y, 1e-4, 1e-6):
        return 0.75, "right to single precision only", "Where are the digits lost?"
    if not np.isfinite(x).all() and np.isfinite(y).all():
        return 0, "nan or infinite", "Print each step for the entry that is nan first."
    factor = x[abs(y).argmax()] / y[abs(y).argmax()] if y.any() else 0
    if factor and len(y) > 1 and np.allclose(x, factor * y, 1e-9, 1e-12):
        return 0.5, "off by one constant factor", "Which factor of the equation is missing?"
    if np.allclose(x, y, 1e-4, 1e-6):
        return 0.25, "right to a few digits only", "Is it computed, or measured with a step?"
    count = (~np.isclose(x, y, 1e-9, 1e-12)).sum()
    return 0, f"wrong in {count} of {len(y)} entries", "Work one entry out by hand."


# --- tests that the student wrote -------------------------------------------------------------

def mark_own_test(task, sitting, seed):
    """The student's test must pass on our function and fail on our mutants, in any order."""
    function, mutants = task.reference.catches
    runs = [function, function, *mutants]
    names = function.__code__.co_varnames[:function.__code__.co_argcount]
    found = {}
    for k in exam.generator(*seed, task.id).permutation(len(runs)):
        found[k] = sitting.ask({"function": task.name, "parameters": names},
                               lambda outcome, f=runs[k]: lend(f, outcome))
        if found[k].error and (k < 2 or found[k].error == "Died"):
            result, hint = calls.failed(found[k])
            if found[k].error not in ("Died", "Missing", "NotImplementedError"):
                result = f"fails on a right {function.__name__}: {result}"
            return line(task, 0, result, [hint] * 3)
    missed = [m.mark for k, m in enumerate(mutants, 2) if not found[k].error]
    caught = len(mutants) - len(missed)
    return line(task, caught / len(mutants), f"{caught} of {len(mutants)} mistakes caught",
                missed[0].hints if missed else [""] * 3)


def lend(function, outcome):
    """Call a function of ours with what a student's test handed in."""
    arrays = [array for _, held in outcome.parts for array in held]
    if (sum(a.size for a in arrays) > NUMBERS or any(max(a.shape, default=0) > NUMBERS or (
            a.dtype.kind in "iu" and (abs(a) > NUMBERS).any()) for a in arrays)):
        return {"error": f"the grader answers calls of at most {NUMBERS} numbers"}
    try:
        done = calls.call(function, calls.values(outcome))
    except (ValueError, TypeError) as error:            # a sparse matrix that is none
        done = calls.failure(error)
    if done.error:
        return {"error": f"{done.error}: {done.message}"}
    return {"answer": exam.literal(calls.value(done))}
