"""The teacher's exports: nbgrader's source, Gradescope's zip, a workflow for GitHub Actions."""

import json
import shutil
import zipfile
from pathlib import Path

from tutorials.assignments.notebook import notebook, text_of

HERE = Path(__file__).parent
GRADER = ("__init__", "calls", "channel", "exam", "key", "masters", "report", "rows", "shim",
          "sitting", "submissions", "verdict")

NBGRADER = """\
c = get_config()
c.CourseDirectory.course_id = "scnn"
c.Execute.timeout = 30
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ClearSolutions.text_stub = "Your answer: replace this line."
"""

SETUP = """\
#!/usr/bin/env bash
# Runs once, when Gradescope builds the image.
set -e
apt-get update && apt-get install -y python3 python3-venv
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install "numpy>=2.0" "scipy>=1.15"
"""

RUN = """\
#!/usr/bin/env bash
# Runs for each submission. AUTOGRADER and PYTHON name other places, for a rehearsal.
root=${AUTOGRADER:-/autograder}
mkdir -p "$root/results"
echo '{"score": 0, "output": "The grader did not finish."}' > "$root/results/results.json"
chmod 700 "$root/source" "$root/results"
cd "$root/source" || exit 1
"${PYTHON:-$root/venv/bin/python}" -m tutorials.course grade "$root/submission" --gradescope \\
    --masters masters --key key.json > "$root/results/part"
if [ $? -le 1 ] && [ -s "$root/results/part" ]; then
    mv "$root/results/part" "$root/results/results.json"
fi
"""

ACTIONS = """\
# Put this into .github/workflows/ of the repository that students copy, and name the course's
# repository in the variable COURSE (Settings, Variables). Nothing here is secret: it grades on
# inputs that anybody can draw, and students can change it. The mark that counts is the one
# from the teacher's own machine, with the key.
name: grade
on: [push]
permissions:
  contents: read
jobs:
  grade:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with: {path: submission}
      - uses: actions/checkout@v4
        with: {repository: "${{ vars.COURSE }}", path: course}
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: pip install "numpy>=2.0" "scipy>=1.15"
      - working-directory: course
        run: |
          status=0
          python -m tutorials.course grade ../submission/ASSIGNMENT.py > table.md || status=$?
          cat table.md >> "$GITHUB_STEP_SUMMARY"
          exit $status
"""


def nbgrader(folder, assignment, check_file):
    """A course folder: `nbgrader generate_assignment A1 --create` runs in it."""
    source = folder / "source" / assignment.id
    source.mkdir(parents=True, exist_ok=True)
    book = notebook(assignment, lambda task: task.cell.source)
    (source / f"{assignment.id}.ipynb").write_text(text_of(book), "utf-8")
    shutil.copy(check_file, source / "check.py")
    (folder / "nbgrader_config.py").write_text(NBGRADER, "utf-8")


def gradescope(path, master, key):
    """Setup, run script, grader, master and key, at the root of a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(name, text, mode=0o644):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, text)

        add("setup.sh", SETUP, 0o755)
        add("run_autograder", RUN, 0o755)
        add("key.json", json.dumps(key), 0o600)
        add(f"masters/{Path(master).name}", Path(master).read_text("utf-8"))
        add("tutorials/__init__.py", "")
        add("tutorials/course.py", (HERE.parent / "course.py").read_text("utf-8"))
        for name in GRADER:
            add(f"tutorials/assignments/{name}.py", (HERE / f"{name}.py").read_text("utf-8"))


def actions(path, assignment):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ACTIONS.replace("ASSIGNMENT", assignment.id), "utf-8")
