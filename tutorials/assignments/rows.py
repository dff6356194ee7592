"""One row for each file that is graded, whatever the file is."""

import hashlib
import json
import traceback
from pathlib import Path

from tutorials.assignments import masters, submissions, verdict
from tutorials.assignments.channel import clean


def grade(path, found, key, seed, limits, earlier=()):
    """The row of one file, as a dict of plain values.

    Parameters
    ----------
    path : Path
    found : dict
        The masters by name.
    key : dict or None
    seed : str
        Another draw of the questions.
    limits : Limits
    earlier : dict
        Rows of an interrupted run: see `recorded`.
    """
    submission = submissions.read(path)
    if (clean(str(path)), submission.digest) in earlier:
        return earlier[clean(str(path)), submission.digest]
    row = {"file": clean(str(path)), "student": clean(submission.student),
           "assignment": submission.assignment, "variant": "", "points": 0.0, "of": 0,
           "open": 0, "remark": submission.problem, "failed": False, "tasks": [],
           "digest": submission.digest}
    if submission.problem:
        return row
    if submission.assignment not in found:
        return row | {"remark": f"no master for assignment {clean(submission.assignment)}"}
    try:
        return row | marked(submission, found[submission.assignment], key, seed, limits)
    except masters.MasterError as error:
        if key is None and submission.without:          # a first line that names other tasks
            return row | {"remark": clean(str(error))}
        return row | failure(error)
    except Exception as error:
        return row | failure(error)


def failure(error):
    """What a row says when the grader itself fails."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return {"failed": True, "remark": f"grader error, please report: {type(error).__name__} at "
            f"{Path(where.filename).name}:{where.lineno}: {clean(str(error)[:200])}"}


def marked(submission, path, key, seed, limits):
    """What marking adds to a row. The key knows the variant better than the first line."""
    variant, without, remarks = submission.variant, submission.without, []
    if key:
        without = tuple(task for task in key["without"]
                        if task.startswith(f"{submission.assignment}."))
        if (submission.variant, submission.without) != (key["variant"], without):
            remarks.append("the first line names another variant than the key")
        variant = key["variant"]
    assignment = masters.load(path, variant, without)
    secret = key["secret"] if key else "no key"
    lines, stopped = verdict.mark(assignment, path, submission,
                                  (secret, seed, submission.digest), limits)
    if stopped:
        remarks.append(f"the file itself: {stopped}")
    return {"variant": " ".join(filter(None, [variant, *assignment.chosen])),
            "points": round(sum(line["points"] or 0.0 for line in lines), 1),
            "of": sum(line["of"] for line in lines),
            "open": sum(line["of"] for line in lines if line["points"] is None),
            "remark": "; ".join(remarks), "tasks": lines}


# --- a record, to go on after an interruption -------------------------------------------------

def settings(found, key, seed):
    """What must be the same for a row to be taken over: masters, key and seed."""
    texts = [Path(path).read_text("utf-8") for path in found.values()]
    return hashlib.sha256(json.dumps([texts, key, seed]).encode()).hexdigest()


def recorded(record, mark):
    """The rows that an earlier run wrote with the same settings, {(file, digest): row}."""
    rows = {}
    for line in record.read_text("utf-8").splitlines() if record.exists() else ():
        try:
            row = json.loads(line)
            if row.pop("settings") == mark and row["digest"]:
                rows[row["file"], row["digest"]] = row
        except (ValueError, KeyError, TypeError):           # a line that was cut off
            continue
    return rows
