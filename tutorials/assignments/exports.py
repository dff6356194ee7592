"""The teacher's exports: nbgrader's source, Gradescope's zip, a workflow for GitHub Actions."""

import json
import shutil
import zipfile
from pathlib import Path

from tutorials.assignments.notebook import notebook, text_of

HERE = Path(__file__).parent
TEMPLATES, ROOT = HERE / "templates", HERE.parents[1]


def nbgrader(folder, assignment, check_file):
    """A course folder: `nbgrader generate_assignment A1 --create` runs in it."""
    source = folder / "source" / assignment.id
    source.mkdir(parents=True, exist_ok=True)
    book = notebook(assignment, lambda task: task.cell.source)
    (source / f"{assignment.id}.ipynb").write_text(text_of(book), "utf-8")
    shutil.copy(check_file, source / "check.py")
    shutil.copy(TEMPLATES / "nbgrader_config.txt", folder / "nbgrader_config.py")


def gradescope(path, master, key):
    """Scripts, key, master, grader and library, at the root of a zip."""
    here = [ROOT / "requirements.txt", HERE.parent / "__init__.py", HERE.parent / "course.py",
            *HERE.glob("[a-z_]*.py"), *(ROOT / "scnn_np").rglob("*.py")]
    with zipfile.ZipFile(path, "w") as archive:
        def add(name, text, mode=0o644):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, text, zipfile.ZIP_DEFLATED)

        for name in ("setup.sh", "run_autograder"):
            add(name, (TEMPLATES / name).read_text("utf-8"), 0o755)
        add("key.json", json.dumps(key), 0o600)
        add(f"masters/{Path(master).name}", Path(master).read_text("utf-8"))
        for file in here:
            add(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))


def actions(path, assignment):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (TEMPLATES / "grade.yml").read_text("utf-8")
    path.write_text(text.replace("ASSIGNMENT", assignment.id), "utf-8")
