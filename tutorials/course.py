"""Assignments for a course: python -m tutorials.course build | grade | solution.

A teacher builds this term's hand-out, hands out OUT/student, and grades what comes back:

    python -m tutorials.course build term --variant 2026
    python -m tutorials.course grade submitted --key term/teacher/key.json --csv > grades.csv
    python -m tutorials.course solution A1.3
"""

import argparse
import json
import sys
import traceback
from pathlib import Path

from tutorials.assignments import masters, report, rows, submissions
from tutorials.assignments.channel import Limits, fences
from tutorials.assignments.key import read_key


def parser():
    root = argparse.ArgumentParser(
        "python -m tutorials.course", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    build = commands.add_parser("build", help="write the bundles of students and teacher")
    build.add_argument("out", type=Path, metavar="OUT")
    build.add_argument("--variant", default="", metavar="SEED",
                       help="other conventions and numbers (letters, digits, _ and -)")
    build.add_argument("--without", action="append", default=[], metavar="A1.6",
                       help="leave a task out; may be given several times")
    grade = commands.add_parser("grade", help="points and hints for files and folders")
    grade.add_argument("places", nargs="+", metavar="FILE|FOLDER")
    form = grade.add_mutually_exclusive_group()
    for name, text in (("json", "all there is to know"), ("csv", "one line for each file"),
                       ("gradescope", "results.json of one submission"),
                       ("leaderboard", "what is measured, under pseudonyms")):
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name,
                          help=f"print {text}")
    grade.add_argument("--hint", type=int, choices=(1, 2, 3), default=1,
                       help="how much the hints tell (default: 1)")
    grade.add_argument("--seed", default="", metavar="S", help="another draw of the questions")
    grade.add_argument("--pass", dest="mark", type=float, default=50, metavar="POINTS",
                       help="the pass mark, in points by code (default: 50)")
    grade.add_argument("--resume", type=Path, metavar="RECORD",
                       help="keep each row in this file, and take over those that are there")
    solution = commands.add_parser("solution", help="print the reference of a task")
    solution.add_argument("task", metavar="A1.3")
    solution.add_argument("--variant", default="", metavar="SEED")
    for command in (build, grade, solution):
        command.add_argument("--masters", type=Path, default=masters.MASTERS, metavar="FOLDER",
                             help="masters of your own, in place of those of the course")
    for command in (build, grade):
        command.add_argument("--key", type=Path, metavar="FILE",
                             help="the secret from which questions are drawn, made by build")
    return root


def build(args):
    from tutorials.assignments.bundle import build as write
    if not submissions.NAMED.fullmatch(f"Assignment A1, variant {args.variant or 'x'}"):
        raise ValueError(f"--variant: got {args.variant!r}, expected letters, digits, _ and -")
    for assignment in write(args.out, args.masters, args.variant, args.without, args.key):
        print(f"{assignment.id}: {assignment.title}; {', '.join(assignment.chosen)}; "
              f"{sum(task.points for task in assignment.tasks)} points")
    print(f"hand out: {args.out / 'student'}, keep: {args.out / 'teacher'}")
    return 0


def grade(args):
    """One row for each file, on the way a line of progress; 1 if a row is below the mark."""
    key, found = (read_key(args.key) if args.key else None), masters.find(args.masters)
    files, force = submissions.files(args.places), fences()[2]
    if not files:
        raise ValueError(f"{' '.join(args.places)}: no file in there")
    print("in force: " + "; ".join(force), file=sys.stderr)
    if key is None:
        print("no --key: the questions can be foreseen", file=sys.stderr)
    mark, done = rows.settings(found, key, args.seed), []
    earlier = rows.recorded(args.resume, mark) if args.resume else {}
    for count, path in enumerate(files, 1):
        row = rows.grade(path, found, key, args.seed, Limits(), earlier)
        done.append(row)
        if args.resume and not row["failed"]:
            with open(args.resume, "a", encoding="utf-8") as record:
                record.write(json.dumps(row | {"settings": mark}) + "\n")
        print(f"{count} of {len(files)}: {row['file']}: {row['points']:g} of {row['of']}",
              file=sys.stderr)
    print({"json": lambda: report.as_json(done, force), "csv": lambda: report.as_csv(done),
           "leaderboard": lambda: report.leaderboard(done),
           "gradescope": lambda: report.gradescope(done, args.hint),
           None: lambda: report.overview(done) if len(done) > 1 else report.table(
               done[0], args.hint)}[args.form]())
    if any(row["failed"] for row in done):
        return 3
    return int(any(row["points"] < args.mark for row in done))


def solution(args):
    name = args.task.partition(".")[0]
    found = masters.find(args.masters)
    if name not in found:
        raise ValueError(f"task: got {args.task}, expected one of {', '.join(found)}")
    tasks = {task.id: task for task in masters.load(found[name], args.variant).tasks}
    if args.task not in tasks or not tasks[args.task].name:
        raise ValueError(f"task: got {args.task}, expected one of "
                         f"{', '.join(task.id for task in tasks.values() if task.name)}")
    print(masters.answer(tasks[args.task]), end="")
    return 0


def main(argv=None):
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    args = parser().parse_args(argv)
    try:
        return {"build": build, "grade": grade, "solution": solution}[args.command](args)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Exception:
        traceback.print_exc()
        print("grader error, please report", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
