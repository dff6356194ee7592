"""The public tests of this assignment: python check.py [FILE] [--hint 1|2|3]

It needs NumPy, SciPy where the assignment does, and nothing else. It knows right answers and
typical mistakes by their digests only. The grader asks these questions and further ones. In
the notebook, `points("A1.1", function)` checks one task.
"""

import argparse
import hashlib
import importlib
import json
import signal
import sys
import types
from pathlib import Path

from tutorials.assignments.calls import (
    AGAIN,
    call,
    describe,
    evaluate,
    failed,
    flagged,
    key,
    match,
    true,
)

DATA = {}

for library in DATA.get("libraries", ()):
    importlib.import_module(library)


def little_memory():
    """Leave 1 GB from here on, so that no full matrix has room; returns what ends that."""
    import resource
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + 10 ** 9
    resource.setrlimit(resource.RLIMIT_AS, (most, limits[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_AS, limits)


def ask(function, case, big):
    """The outcome of one case."""
    release = little_memory() if big else bool
    try:
        return in_time(function, evaluate(case))
    finally:
        release()


def in_time(function, arguments):
    """`call`, ended by an alarm if it does not end; a slow machine gets five times as long."""
    if not hasattr(signal, "setitimer"):                # Windows
        return call(function, arguments)
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 5 * DATA["seconds"])
    try:
        return call(function, arguments)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def too_long(*_):
    raise TimeoutError(f"more than {DATA['seconds']:g} seconds for one call")


def judge(task, function):
    """(share of the points, tests passed, how many there are, result, hints)."""
    asked = [k for k, big in enumerate(task["big"]) if not big or sys.platform == "linux"]
    cases = [task["cases"][k] for k in asked]
    given = [ask(function, task["cases"][k], task["big"][k]) for k in asked]
    again = ask(function, cases[0], task["big"][asked[0]])
    if key(again, task["decimals"]) != key(given[0], task["decimals"]):
        given[0].flags += (AGAIN,)
    if task["properties"] and not any(o.error for o in given):
        return held(task, cases, given)
    keys = [key(o, task["decimals"]) for o in given]
    known = [[own[k] for k in asked] for own in task["keys"]]
    passed = sum(a == b for a, b in zip(keys, known[0], strict=True)), len(given)
    whose = match(keys, known, list.__eq__)
    if whose:
        share, hints = task["marks"][whose - 1]
        return share, *passed, "a known mistake", hints
    narrow = any(describe(piece).startswith("float") for o in given for piece in o.parts)
    if whose is None:
        shapes = [task["shapes"][k] for k in asked]
        share, result, hint = unknown(given, keys, known[0], shapes)
    elif narrow and not task["narrow"]:
        share, result, hint = 0.75, "right to single precision only", "Which line loses digits?"
    else:
        share, result, hint = 1, "right", ""
    return share, *passed, result, [hint] * 3


def unknown(given, keys, right, shapes):
    """(share, result, hint) for answers that are neither right nor a known mistake."""
    if errors := [o for o in given if o.error]:
        return 0, *failed(errors[0])
    flags = [flag for o in given for flag in o.flags]
    if AGAIN in flags or [k[0] for k in keys] == [k[0] for k in right]:
        return flagged(flags)
    for outcome, expected in zip(given, shapes, strict=True):
        found = [describe(piece).removeprefix("float32 ") for piece in outcome.parts]
        if found != expected:
            return (0, f"returns {', '.join(found)} where {', '.join(expected)} is expected",
                    "Compare with Returns in the docstring.")
    n = len(right[0][0])
    good = [all(a[0][j] == b[0][j] for a, b in zip(keys, right, strict=True)) for j in range(n)]
    result = f"{sum(good)} of {n} parts right" if n > 1 else "wrong"
    return sum(good) / n if n > 1 else 0, result, "Work one entry out by hand."


def held(task, cases, given):
    """`judge` for a task with many right answers: its properties, in order."""
    for name, share, hints in task["properties"]:
        if not true(globals()[name], cases, given):
            return share, 0, len(given), "a known mistake", hints
    result = "right" if task["sure"] == 1 else "by the rules; the grader measures the rest"
    flags = [flag for o in given for flag in o.flags]
    share, result, hint = flagged(flags) if flags else (1, result, "")
    return share * task["sure"], len(given), len(given), result, [hint] * 3


def judge_own_test(task, test):
    """A test of the student's passes on the student's own function, and not on spoiled ones."""
    name = task["tests"]
    function = getattr(test, "__globals__", {}).get(name)
    own = in_time(test, [function])
    if own.error:
        result, _ = failed(own)
        where = "" if result == "not started" else (
            f"this test or your own {name}, on which it fails, is wrong (the grader gives it "
            "a right one): ")
        return 0, 0, 3, where + result, [""] * 3
    spoiled = [lambda x: 0 * x, lambda x: 2 * x, lambda x: x + 0.01]
    caught = sum(bool(in_time(test, [spoil(function, how)]).error) for how in spoiled)
    return (caught / 3, caught, 3, f"catches {caught} of 3 spoiled copies of your own {name}",
            ["The grader gives it mistakes that people make."] * 3)


def spoil(function, how):
    """The function with its numbers changed."""
    def wrong(*args, **named):
        answer = function(*args, **named)
        return tuple(map(how, answer)) if isinstance(answer, tuple) else how(answer)
    return wrong


def points(task_id, function, level=1, tests=None):
    """Check one task: print what there is to say, and return the points."""
    task = DATA["tasks"][task_id]
    judged = judge_own_test if "tests" in task else judge
    share, passed, asked, result, hints = judged(task, function)
    earned, hint = round(float(share * task["points"]), 1), hints[level - 1]
    print(f"{task_id:<6} {task['equation']:<8} {earned:>5} of {task['points']:<3} "
          f"public tests: {passed} of {asked:<3} {result}")
    if hint:
        print(f"       Hint: {hint}")
    if tests is not None:
        tests += [passed, asked]
    return earned


def load(path):
    """The names that a script or a notebook defines, up to where it stops."""
    text = Path(path).read_text("utf-8")
    if str(path).endswith(".ipynb"):
        cells = [c["source"] for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
        text = "\n".join("".join(lines) for lines in cells)
    sys.modules["check"] = types.SimpleNamespace(points=lambda *ignored: None)
    names = {"__name__": "submission"}
    try:
        exec(compile(text, str(path), "exec"), names)
    except Exception as error:
        print(f"{path} stops with {type(error).__name__}: {error}\n")
    return names


def missing(name):
    """What stands for a function that is not there."""
    def function(*args):
        raise NameError(f"no function {name}")
    return function


def main():
    parser = argparse.ArgumentParser(description="The public tests of this assignment.")
    parser.add_argument("file", nargs="?", default=DATA["file"])
    parser.add_argument("--hint", type=int, choices=(1, 2, 3), default=1,
                        help="how much the hints tell")
    args = parser.parse_args()
    names, earned, tests = load(args.file), [], []
    for task_id, task in DATA["tasks"].items():
        function = names.get(task["function"]) or missing(task["function"])
        earned.append(points(task_id, function, args.hint, tests))
    print(f"\npublic tests: {sum(tests[::2])} of {sum(tests[1::2])}; {sum(earned):.1f} of "
          f"{sum(task['points'] for task in DATA['tasks'].values())} points by these tests. "
          "The grader asks further questions.")
    fingerprint = hashlib.sha256(Path(args.file).read_bytes()).hexdigest()[:8]
    print(f"fingerprint of this file, its name on a leaderboard: {fingerprint}")


if __name__ == "__main__":
    main()
