"""The grammar of a master: one percent script from which stubs, references and checks are made.

A cell begins with a line "# %% [kind] …":

    [markdown]      text for the student
    [setup]         code for the student, such as imports
    [task]          one function to write: "A1.3, Eq. (3): a dense layer (8 points, 10 minutes,
                    core)"; its solution stands between ### BEGIN SOLUTION and ### END SOLUTION
    [own test]      the same, for a test that the student writes
    [written]       text with a question that a person marks
    [grader]        code that no student sees: inputs, mutants, equivalents, properties
    [rubric]        text that no student sees: sample answers

A line that ends in "#? word" stays in those variants only that have chosen the word.
"""

import ast
import hashlib
import itertools
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MASTERS = Path(__file__).parent
HEADER = re.compile(r"(?P<id>\w+\.\d+)(?:, (?P<equation>Eq[^:]*))?: (?P<title>.+) "
                    r"\((?P<points>\d+) points, (?P<minutes>\d+) minutes(?P<core>, core)?\)")
KINDS = "markdown", "setup", "task", "own test", "written", "grader", "rubric"
TASKS = "task", "own test", "written"
OWN = "this file"       # the name of its own numbers among those that are measured


class MasterError(ValueError):
    """A master that does not say what its tasks need."""


# --- what a master says of its functions ------------------------------------------------------

class Expr(str):
    """An argument given as a Python expression, with np, sparse, nan and inf: a function, a
    Generator, an array too large to be written down."""


class Big(tuple):
    """A case in which a mutant that says `big` is not run by the grader."""


@dataclass
class Mark:
    """What a decorator says of a function in a grader's cell."""

    role: str
    task: str
    share: float = 0.0          # of the points, for a mutant or below a property or bar
    hints: tuple = ()           # three: a question, the line of thought, the equation
    rtol: float = 1e-9          # how near an answer must be, with the inputs
    atol: float = 1e-12
    decimals: int = 4           # to which check.py rounds before it takes a digest
    big: str = ""               # the error with which a mutant ends in Big cases
    violates: str = ""          # the property or bar that finds a mutant out
    same: bool = False          # the questions are the same for everybody, with the inputs


def decorator(role):
    """A decorator that marks a function: `@mutant("A1.3", 0.5, hint, hint, hint)`."""
    def of(task, share=0.0, *hints, **facts):
        def put(function):
            function.mark = Mark(role, task, share, hints, **facts)
            return function
        return put
    return of


inputs = decorator("inputs")            # of a Generator: the cases, one tuple of arguments each
mutant = decorator("mutant")            # a typical mistake
equivalent = decorator("equivalent")    # another right answer
holds = decorator("property")           # of [(arguments, answer), …], where many are right
measure = decorator("measure")          # of the secret ones and a Generator like the inputs'
beats = decorator("bar")                # of what was measured, {OWN: numbers, …}: enough?


def own_test(test, function, *mutants):
    """The student's `test` is to pass on `function` and to fail on each of the mutants."""
    test.catches = function, mutants


# --- what is read from it ---------------------------------------------------------------------

@dataclass
class Cell:
    kind: str
    header: str
    source: str


@dataclass
class Task:
    id: str
    kind: str
    equation: str
    title: str
    points: int
    minutes: int
    core: bool
    cell: Cell
    name: str = ""                  # of the function, "" for a written answer
    reference: object = None
    inputs: object = None
    mutants: list = field(default_factory=list)
    equivalents: list = field(default_factory=list)
    properties: list = field(default_factory=list)
    bars: list = field(default_factory=list)
    measure: object = None

    @property
    def label(self):
        return f"{self.id}, {self.equation}" if self.equation else self.id


@dataclass
class Assignment:
    id: str
    title: str
    variant: str
    chosen: tuple                   # the conventions of this variant
    without: tuple
    cells: list
    tasks: list
    libraries: list                 # what is imported before the fence goes up
    seconds: float                  # for one call

    @property
    def header(self):
        """The line by which a submission names its assignment."""
        return (f"Assignment {self.id}" + (f", variant {self.variant}" if self.variant else "")
                + (f", without {' '.join(self.without)}" if self.without else ""))


def find(folder=MASTERS):
    """The masters in a folder, {"A1": path}."""
    found = {path.stem.split("_")[0]: path for path in sorted(Path(folder).glob("*.py"))
             if re.match(r"[A-Z]\d+_", path.name)}
    if not found:
        raise MasterError(f"masters: got {folder}, expected a folder with A1_….py")
    return found


def choose(choices, variant, name):
    """The options of a variant: the first ones without a seed, never only those with one."""
    options = list(itertools.product(*choices.values()))
    if not variant or len(options) == 1:
        return options[0]
    number = hashlib.sha256(f"{variant} {name}".encode()).digest()
    return options[1 + int.from_bytes(number[:8]) % (len(options) - 1)]


def render(text, chosen, known):
    """The lines without their tags, None for those of other variants."""
    lines = []
    for line in text.splitlines():
        line, _, tag = line.partition("#?")
        if unknown := set(tag.split()) - known:
            raise MasterError(f"#? {tag.strip()}: CHOICES has no {', '.join(unknown)}")
        lines.append(line.rstrip() if set(tag.split()) <= set(chosen) else None)
    return lines


def split(text):
    """The cells of a percent script."""
    cells = []
    for block in re.split(r"^# %% ", text, flags=re.M)[1:]:
        first, _, source = block.partition("\n")
        kind, _, header = first.removeprefix("[").partition("]")
        if kind not in KINDS:
            raise MasterError(f"# %% {first}: expected one of {', '.join(KINDS)} in brackets")
        cells.append(Cell(kind, header.strip(), source.strip("\n") + "\n"))
    return cells


def solution(source):
    """What stands between the markers: (before, solution, after), in lines."""
    lines = source.splitlines()
    at = [k for k, line in enumerate(lines) if line.strip() in (BEGIN, END)]
    if [lines[k].strip() for k in at] != [BEGIN, END]:
        raise MasterError(f"expected {BEGIN} and {END} once, in this order, in\n{source}")
    return lines[:at[0]], lines[at[0] + 1:at[1]], lines[at[1] + 1:]


def stub(task):
    """The task's cell with an error in place of the solution, which names the task."""
    before, hidden, after = solution(task.cell.source)
    indent = " " * (len(hidden[0]) - len(hidden[0].lstrip()))
    return "\n".join([*before, f'{indent}raise NotImplementedError("{task.label}: '
                      f'{task.name}")', *after]) + "\n"


def answer(task):
    """The task's cell with the solution and without its markers."""
    return "\n".join(sum(solution(task.cell.source), [])) + "\n"


def functions(assignment, names):
    """The source of functions of the grader's cells, without what decorates them."""
    tree = ast.parse("\n".join(cell.source for cell in assignment.cells
                               if cell.kind == "grader"))
    found = [node for node in tree.body if getattr(node, "name", "") in names]
    for node in found:
        node.decorator_list = []
    return [ast.unparse(node) + "\n" for node in found]


@cache
def load(path, variant="", without=()):
    """Read a master in one of its variants, and hold it against the grammar.

    Parameters
    ----------
    path : Path
    variant : str
        A seed; the conventions of the library if left out.
    without : tuple of str
        Tasks that are left out.

    Raises
    ------
    MasterError
        Markers that do not match, a task without checks, points that are not 100 in all.
    """
    text = Path(path).read_text("utf-8")
    name = Path(path).stem.split("_")[0]
    choices = {"": ("",)}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHOICES":
            choices |= ast.literal_eval(node.value)
    chosen = choose(choices, variant, name)
    lines = render(text, chosen, {word for options in choices.values() for word in options})
    cells = split("\n".join(line for line in lines if line is not None))
    space = {"__name__": f"master_{name}", "__file__": str(path)}
    exec(compile("\n".join(line or "" for line in lines), str(path), "exec"), space)
    tasks = [read_task(cell, space) for cell in cells if cell.kind in TASKS]
    if unknown := set(without) - {task.id for task in tasks}:
        raise MasterError(f"without: got {', '.join(unknown)}, expected tasks of {name}")
    check(name, tasks, cells)
    left_out = [task.cell for task in tasks if task.id in without]
    for task in tasks:
        catches = getattr(task.reference, "catches", (None,))[0]
        if task.id not in without and any(t.reference is catches and t.id in without
                                          for t in tasks if catches):
            raise MasterError(f"without: {task.id} tests what is left out, leave it out too")
    return Assignment(name, ast.get_docstring(ast.parse(text)).splitlines()[0].rstrip("."),
                      variant, chosen[1:], tuple(without),
                      [cell for cell in cells if cell not in left_out],
                      [task for task in tasks if task.id not in without],
                      space.get("LIBRARIES", ["numpy", "numpy.testing"]),
                      space.get("SECONDS", 3.0))


def read_task(cell, space):
    """One task, with what the grader's cells say of it."""
    found = HEADER.fullmatch(cell.header)
    if not found:
        raise MasterError(f"# %% [{cell.kind}] {cell.header}: expected "
                          "“A1.3, Eq. (3): title (8 points, 10 minutes, core)”")
    task = Task(found["id"], cell.kind, found["equation"] or "", found["title"],
                int(found["points"]), int(found["minutes"]), bool(found["core"]), cell)
    if cell.kind == "written":
        return task
    solution(cell.source)
    task.name = re.search(r"^def (\w+)\(", cell.source, re.M)[1]
    task.reference = space[task.name]
    marked = [value for value in space.values()
              if getattr(getattr(value, "mark", None), "task", None) == task.id]
    inputs, measures, task.mutants, task.equivalents, task.properties, task.bars = (
        [f for f in marked if f.mark.role == role] for role in
        ("inputs", "measure", "mutant", "equivalent", "property", "bar"))
    task.inputs, task.measure = (next(iter(found), None) for found in (inputs, measures))
    return task


def check(name, tasks, cells):
    """Refuse what would grade nothing: `all([])` is true."""
    total = sum(task.points for task in tasks)
    faults = [f"the points are {total}, expected 100"] * (total != 100)
    if any(t.kind == "written" for t in tasks) and not any(c.kind == "rubric" for c in cells):
        faults.append("a written answer without a rubric")
    for task in tasks:
        if task.kind == "own test" and not getattr(task.reference, "catches", (0, ()))[1]:
            faults.append(f"{task.id}: nothing to catch, expected own_test(…, mutants)")
        if task.kind == "task" and not (task.inputs and task.mutants):
            faults.append(f"{task.id}: a task without checks, expected @inputs and @mutant")
        elif task.kind == "task" and len(task.inputs(np.random.default_rng(0))) < 2:
            faults.append(f"{task.id}: expected at least two cases of inputs")
        if task.bars and not (task.properties and task.measure):
            faults.append(f"{task.id}: bars, but no @holds and @measure")
        held = [p.__name__ for p in task.properties + task.bars]
        for f in task.mutants + task.properties + task.bars:
            found_out = f.mark.violates in held if held and f in task.mutants else (
                len(f.mark.hints) == 3 and 0 <= f.mark.share < 1)
            if not found_out:
                faults.append(f"{task.id} {f.__name__}: expected a share below 1 and three "
                              "hints, or a property that it violates")
    if faults:
        raise MasterError(f"{name}: " + "; ".join(faults))
