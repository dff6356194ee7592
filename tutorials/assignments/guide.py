"""What the instructor's guide says of the assignments, made from their masters."""

from tutorials.assignments import masters
from tutorials.assignments.notebook import uncomment


def assignments():
    """All assignments in the variant of the library, in order."""
    return [masters.load(path) for path in masters.find().values()]


def points():
    """What each assignment is worth, and how long it takes."""
    lines = ["| | assignment | tasks | code | own test | written | core: the lab | minutes |",
             "|---|---|---:|---:|---:|---:|---|---:|"]
    for a in assignments():
        by_kind = [sum(task.points for task in a.tasks if task.kind == kind)
                   for kind in masters.TASKS]
        core = [task for task in a.tasks if task.core]
        lines.append(f"| {a.id} | {a.title} | {len(a.tasks)} | "
                     f"{' | '.join(str(n or '–') for n in by_kind)} | "
                     f"{sum(task.points for task in core)} points, "
                     f"{sum(task.minutes for task in core)} minutes | "
                     f"{sum(task.minutes for task in a.tasks)} |")
    return "\n".join(lines)


def mistakes():
    """The mistakes that the grader knows by name, task by task."""
    lines = ["| task | known mistakes |", "|---|---|"]
    for task in (task for a in assignments() for task in a.tasks if task.mutants):
        names = [f.__name__.strip("_").replace("_", " ") for f in task.mutants]
        lines.append(f"| {task.id} {task.title} | {', '.join(names)} |")
    return "\n".join(lines)


def questions():
    """Three oral questions for each assignment, from the end of its rubric."""
    blocks = []
    for a in assignments():
        rubric = "\n".join(uncomment(c.source) for c in a.cells if c.kind == "rubric")
        blocks.append(f"**{a.id}, {a.title}**\n\n"
                      + rubric.partition("### Three oral questions\n")[2].strip())
    return "\n\n".join(blocks)
