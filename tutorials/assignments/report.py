"""Rows as a table, as a leaderboard, as CSV, as JSON and as Gradescope wants them."""

import csv
import io
import json
from statistics import mean, stdev

from tutorials.assignments.masters import OWN


def cells(*values):
    """A line of a Markdown table, with nothing in it that could end a cell."""
    return "| " + " | ".join(str(v).replace("|", "/") for v in values) + " |"


def table(row, level):
    """One file, task by task."""
    lines = [f"**{row['file']}**: {row['assignment'] or 'no assignment'}"
             + (f" ({row['variant']})" if row["variant"] else ""), ""]
    if row["tasks"]:
        lines += ["| Task | Equation | Points | Result | Hint |", "|---|---|---:|---|---|"]
    for task in row["tasks"]:
        earned = "open" if task["points"] is None else f"{task['points']:g}"
        lines.append(cells(f"{task['id']} {task['title']}", task["equation"],
                           f"{earned} of {task['of']}", task["result"],
                           task["hints"][level - 1]))
    return "\n".join([*lines, *[""] * bool(row["tasks"]), summary(row)])


def summary(row):
    """The sum in words; "all" is not among them, for nobody can test everything."""
    passed, asked = (sum(task["public"][k] for task in row["tasks"]) for k in (0, 1))
    text = f"{row['points']:g} of {row['of']} points"
    if row["tasks"]:
        text += f", public tests: {passed} of {asked}"
    if row["open"]:
        text += f"; {row['open']} points are for a person to decide"
    for task in row["tasks"]:
        text += "".join(f"\n{task['id']}, {name}: {spread(values)}"
                        for name, values in task["worth"].items())
    return text + (f"\nRemark: {row['remark']}" if row["remark"] else "")


def spread(values):
    return f"{mean(values):.2f} ± {stdev(values):.2f}"


def leaderboard(rows):
    """What is measured in a task, the best first; files go by their fingerprints."""
    entries = {row["digest"][:8] if name == OWN else name: values for row in rows
               for task in row["tasks"] for name, values in task["worth"].items()}
    best_first = sorted(entries.items(), key=lambda entry: -mean(entry[1]))
    lines = ["| Place | Fingerprint or bar | Mean ± spread | Trials |", "|---:|---|---:|---|"]
    return "\n".join(lines + [
        cells(place, name, spread(values), ", ".join(f"{value:.2f}" for value in values))
        for place, (name, values) in enumerate(best_first, 1)])


def overview(rows):
    """Several files, one line each."""
    lines = ["| File | Student | Assignment | Points | Open | Remark |",
             "|---|---|---|---:|---:|---|"]
    return "\n".join(lines + [
        cells(row["file"], row["student"], row["assignment"],
              f"{row['points']:g} of {row['of']}", row["open"] or "", row["remark"])
        for row in rows])


def as_csv(rows):
    """One line for each file, one column for each task; open points are empty cells."""
    tasks = sorted({task["id"] for row in rows for task in row["tasks"]})
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "student", "assignment", "variant", *tasks, "points", "of", "open",
                     "remark"])
    for row in rows:
        points = {task["id"]: "" if task["points"] is None else task["points"]
                  for task in row["tasks"]}
        writer.writerow(map(harmless, [
            row["file"], row["student"], row["assignment"], row["variant"],
            *(points.get(task, "") for task in tasks), row["points"], row["of"], row["open"],
            row["remark"]]))
    return stream.getvalue()


def harmless(value):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@") else value


def as_json(rows, force):
    return json.dumps({"in force": force, "rows": rows}, indent=1, allow_nan=False)


def gradescope(rows, level):
    """results.json for the file that names an assignment; the open points are Gradescope's."""
    row = max(rows, key=lambda row: (len(row["tasks"]), row["points"]))
    tests = [{"name": f"{task['id']} {task['title']}", "number": task["id"].partition(".")[2],
              "score": task["points"], "max_score": task["of"],
              "status": "passed" if task["points"] == task["of"] else "failed",
              "output": "\n".join(filter(None, [task["result"], task["hints"][level - 1]])),
              "output_format": "text", "visibility": "visible"}
             for task in row["tasks"] if task["points"] is not None]
    board = [{"name": task["title"], "value": mean(task["worth"][OWN]), "order": "desc"}
             for task in row["tasks"] if task["worth"]]
    return json.dumps({"score": row["points"], "output": summary(row), "output_format": "text",
                       "test_output_format": "text", "test_name_format": "text",
                       "visibility": "visible", "stdout_visibility": "hidden", "tests": tests,
                       **({"leaderboard": board} if board else {})}, indent=1,
                      allow_nan=False)
