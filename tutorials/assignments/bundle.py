"""What `build` writes: the student's bundle and the teacher's.

    OUT/student/A1/       A1.py, A1.ipynb, README.md, check.py; and OUT/student/A1.zip
    OUT/teacher/key.json  the secret from which the grader draws its questions
    OUT/teacher/A1/       solution, rubric, nbgrader, Gradescope, GitHub Actions
"""

import pprint
import re
import shutil
from pathlib import Path

from tutorials.assignments import calls, exports, masters
from tutorials.assignments.exam import public_exams
from tutorials.assignments.key import make_key
from tutorials.assignments.notebook import notebook, script, text_of, uncomment

HERE = Path(__file__).parent


def build(out, folder, variant, without, key_file):
    """Build every assignment of a folder.

    Parameters
    ----------
    out : Path
    folder : Path
        Of the masters.
    variant : str
    without : list of str
        Tasks to leave out.
    key_file : Path or None
        Made if it is not there; OUT/teacher/key.json if left out.

    Returns
    -------
    list of Assignment
    """
    student, teacher = out / "student", out / "teacher"
    key_file = key_file or teacher / "key.json"
    if student.resolve() in key_file.resolve().parents:
        raise ValueError(f"--key: got {key_file}, expected a place outside {student}")
    found = masters.find(folder)
    if unknown := [task for task in without if task.partition(".")[0] not in found]:
        raise ValueError(f"--without: got {', '.join(unknown)}, expected tasks of "
                         f"{', '.join(found)}")
    assignments = {}
    for name, path in found.items():
        left_out = tuple(task for task in without if task.startswith(f"{name}."))
        assignments[name] = masters.load(path, variant, left_out)
    key = make_key(key_file, variant, without)
    for name, assignment in assignments.items():
        write_student(student / name, assignment, found[name])
        shutil.make_archive(str(student / name), "zip", student, name)
        write_teacher(teacher / name, assignment, found[name], key, student / name / "check.py")
    return list(assignments.values())


def write_student(folder, assignment, path):
    folder.mkdir(parents=True, exist_ok=True)
    name = assignment.id
    (folder / f"{name}.py").write_text(script(assignment), "utf-8")
    (folder / f"{name}.ipynb").write_text(text_of(notebook(assignment)), "utf-8")
    (folder / "README.md").write_text(handout(assignment), "utf-8")
    (folder / "check.py").write_text(check(assignment, path), "utf-8")


def write_teacher(folder, assignment, path, key, check_file):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "solution.py").write_text(script(assignment, masters.answer, "See rubric.md."),
                                         "utf-8")
    rubric = [uncomment(cell.source) for cell in assignment.cells if cell.kind == "rubric"]
    rubric = "\n".join([f"# {assignment.id}: rubric", "", *rubric, ""])
    (folder / "rubric.md").write_text(rubric, "utf-8")
    exports.nbgrader(folder / "nbgrader", assignment, check_file)
    exports.gradescope(folder / "gradescope.zip", path, key)
    exports.actions(folder / "github" / "grade.yml", assignment)


# --- the hand-out -----------------------------------------------------------------------------

def handout(assignment):
    """The student's README: `templates/handout.md` with what the master says."""
    rows = [f"| {task.id}{' *' * task.core} | {task.title} | {task.equation} | {task.points} | "
            f"{task.minutes} |" for task in assignment.tasks]
    core = [task for task in assignment.tasks if task.core]
    background = "\n\n".join(uncomment(cell.source) for cell in assignment.cells
                             if cell.kind == "markdown")
    text = (HERE / "templates" / "handout.md").read_text("utf-8")
    for name, value in {"id": assignment.id, "title": assignment.title,
                        "header": assignment.header, "tasks": "\n".join(rows),
                        "points": sum(task.points for task in assignment.tasks),
                        "minutes": sum(task.minutes for task in assignment.tasks),
                        "core": sum(task.points for task in core),
                        "lab": sum(task.minutes for task in core),
                        "seconds": f"{assignment.seconds:g}",
                        "background": fenced(background)}.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def fenced(text):
    """Displayed formulas as GitHub's Markdown wants them."""
    return re.sub(r"^\$\$\n(.*?)^\$\$$", r"```math\n\1```", text, flags=re.M | re.S)


# --- check.py ---------------------------------------------------------------------------------

def check(assignment, path):
    """`student_check.py` with `calls.py` and the data of this assignment in it."""
    text = (HERE / "student_check.py").read_text("utf-8")
    included = (HERE / "calls.py").read_text("utf-8")
    tasks = {task.id: public_data(task, path, assignment.variant)
             for task in assignment.tasks if task.kind != "written"}
    scipy = [name for name in assignment.libraries if name.startswith("scipy")]
    data = pprint.pformat({"file": f"{assignment.id}.py", "libraries": scipy,
                           "seconds": assignment.seconds, "tasks": tasks},
                          width=96, sort_dicts=False, compact=True)
    held = [f.__name__ for task in assignment.tasks for f in task.properties]
    parts = {r"from tutorials\.assignments\.calls import \(.*?\)\n":
             f"# --- one call, and what came of it\n{included}\n# --- the tests\n",
             r"^DATA = \{\}\n": "\n\n".join([f"DATA = {data}\n",
                                             *masters.functions(assignment, held)])}
    for place, content in parts.items():
        text = re.sub(place, lambda _, content=content: content, text, flags=re.M | re.S)
    return text


def public_data(task, path, variant):
    """What check.py has to know of a task: questions, digests, hints, and no answer."""
    about = {"function": task.name, "equation": task.equation, "points": task.points}
    if task.kind == "own test":
        return about | {"tests": task.reference.catches[0].__name__}
    exam = public_exams(path, variant)[task.id]
    decimals, drawn = task.inputs.mark.decimals, bool(task.properties)
    return about | {
        "cases": exam.cases, "big": exam.big,
        "shapes": [[calls.describe(part) for part in o.parts] for o in exam.answers[0]],
        "narrow": task.inputs.mark.rtol >= 1e-6,
        "decimals": decimals,
        "keys": [[calls.key(o, decimals) for o in own] for own in exam.answers],
        "marks": [[f.mark.share, list(f.mark.hints)] for f in task.mutants if not drawn],
        "properties": [[f.__name__, f.mark.share, list(f.mark.hints)] for f in task.properties],
        "sure": task.bars[0].mark.share if task.bars else 1}
