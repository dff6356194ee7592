"""Every master keeps to the grammar, and its checks tell right from wrong in every variant."""

import doctest
import itertools

import numpy as np
import pytest

from scnn_np.analysis import out_degrees
from scnn_np.nn import L1, L2, Dense, Sigmoid, softmax_cross_entropy
from tests.tutorials.assignments.conftest import MASTERS, plant, variants
from tutorials.assignments import exam, masters, notebook
from tutorials.assignments.calls import call, evaluate, key, true

EVERY = [(name, seed) for name in MASTERS for seed in variants(name)]


def code_tasks(assignment):
    return [task for task in assignment.tasks if task.kind == "task"]


@pytest.mark.parametrize(("name", "seed"), EVERY)
def test_examples_in_docstrings(name, seed):
    """What a student reads under EXAMPLE is what the reference gives."""
    assignment = masters.load(MASTERS[name], seed)
    names = {}
    exec(notebook.script(assignment, masters.answer), names)
    for task in assignment.tasks:
        if task.name:
            [example] = doctest.DocTestFinder().find(names[task.name], task.name, globs=names)
            assert example.examples, task.id
            assert doctest.DocTestRunner().run(example).failed == 0, task.id


@pytest.mark.parametrize(("name", "seed"), EVERY)
def test_right_is_right_and_each_mutant_is_itself(name, seed):
    """The reference warns of nothing and changes nothing, equivalents answer as it does, and
    every function is recognised by its answers, whatever the questions were drawn from."""
    for task in code_tasks(masters.load(MASTERS[name], seed)):
        for secret in range(2 if task.measure else 6):        # what is measured, is trained
            questions = exam.draw(task, "a secret", secret)
            assert not any(o.error or o.flags for o in questions.answers[0]), task.id
            for f in [task.reference, *task.equivalents, *task.mutants]:
                mark = getattr(f, "mark", masters.Mark("reference", task.id))
                given = exam.answers(f, questions.cases, questions.big)
                if task.properties:
                    broken = [p.__name__ for p in task.properties
                              if not true(p, questions.cases, given)]
                    if task.measure and not broken:
                        bar = exam.measured(task, questions, given)[1]
                        broken = [b.__name__ for b in task.bars if b.mark is bar]
                    assert [*broken, ""][0] == mark.violates, (task.id, f.__name__)
                elif mark.role != "mutant":
                    assert exam.match(task, given, questions.answers) == 0, f.__name__
            assert exam.told_apart(task, questions)


@pytest.mark.parametrize(("name", "seed"), EVERY)
def test_public_questions(name, seed):
    """Digests tell the mutants apart, and no number is near an edge of rounding."""
    for task in code_tasks(masters.load(MASTERS[name], seed)):
        public = exam.public_exams(MASTERS[name], seed)[task.id]
        decimals = task.inputs.mark.decimals
        digests = [[key(o, decimals) for o in own] for own in public.answers]
        for a, b in itertools.combinations(digests, 2):
            assert a != b, task.id
        if task.properties:                 # no answer of theirs is known by its digits
            continue
        for _, arrays in (part for own in public.answers for o in own for part in o.parts):
            for x in arrays:
                x = x[np.isfinite(x)].astype(float)
                units = x * 10 ** decimals
                from_edge = (0.5 - abs(units - np.round(units))) / 10 ** decimals
                assert (from_edge > 0.99e-6).all(), task.id


@pytest.mark.parametrize("name", MASTERS)
def test_inputs_are_not_all_alike(name):
    """Where arrays are handed in, one has a zero; where matrices are, one is not square."""
    for task in code_tasks(masters.load(MASTERS[name])):
        arrays = [a for case in exam.public_exams(MASTERS[name], "")[task.id].cases
                  for a in evaluate(case) if isinstance(a, np.ndarray)]
        matrices = [a for a in arrays if a.ndim == 2]
        assert not arrays or any((a == 0).any() for a in arrays), task.id
        assert not matrices or any(a.shape[0] != a.shape[1] for a in matrices), task.id


def test_there_are_enough_mutants():
    count = sum(len(task.mutants) for path in MASTERS.values()
                for task in masters.load(path).tasks)
    assert count >= 40


@pytest.mark.parametrize("name", MASTERS)
def test_another_variant_is_another_assignment(name, marks):
    """Last year's reference fails in the tasks whose conventions have changed."""
    first, *others = (masters.load(MASTERS[name], seed) for seed in variants(name))
    for other in others:
        for task, old in zip(code_tasks(other), code_tasks(first), strict=True):
            if masters.answer(task) == masters.answer(old):
                continue
            questions = exam.draw(task, "a secret")
            given = [call(old.reference, evaluate(case)) for case in questions.cases]
            assert exam.match(task, given, questions.answers) != 0, (other.chosen, task.id)


def test_the_library_fits_no_variant():
    """Sigmoid, Dense and the loss of scnn_np answer the tasks as they are, and no other."""
    def dense_backward(W, Z, dA):
        layer = Dense(W)
        layer.forward(Z, train=True)
        dZ = layer.backward(dA)
        return layer.dW, layer.db, dZ

    library = {"A1.1": lambda A: Sigmoid().forward(A), "A1.3": lambda W, b, Z: Dense(W, b)
               .forward(Z), "A1.4": dense_backward}
    changes = {"A1.1": "tanh", "A1.3": "rows", "A1.4": "rows"}
    for seed in variants("A1"):
        assignment = masters.load(MASTERS["A1"], seed)
        for task in code_tasks(assignment):
            if task.id in library:
                questions = exam.draw(task, "a secret")
                given = [call(library[task.id], evaluate(case)) for case in questions.cases]
                right = exam.match(task, given, questions.answers) == 0
                assert right == (changes[task.id] not in assignment.chosen), task.id
        rows_or_sum = {"rows", "sum"} & set(assignment.chosen)
        A = np.array([[0.0, 1.0, 2.0], [3.0, 5.0, 4.0]])
        _, loss = next(t for t in assignment.tasks if t.id == "A1.5").reference(
            A, np.array([0, 1, 0][:2 if "rows" in assignment.chosen else 3]))
        theirs = softmax_cross_entropy(A, np.array([0, 1, 0]))[0]
        assert np.isclose(loss, theirs) == (not rows_or_sum)


def test_the_library_fits_figure_2_in_its_own_conventions_only():
    """Penalties and counts of scnn_np answer A4 where the variant has changed nothing."""
    def slope(W, l1, l2):
        return l1 * L1(1.0).slope(W, None) + l2 * L2(1.0).slope(W, None)

    for seed in variants("A4"):
        assignment = masters.load(MASTERS["A4"], seed)
        for name, function, changes in (("A4.2", slope, {"whole"}),
                                        ("A4.5", out_degrees, {"rows", "reached"})):
            task = next(task for task in assignment.tasks if task.id == name)
            questions = exam.draw(task, "a secret")
            given = [call(function, evaluate(case)) for case in questions.cases]
            right = exam.match(task, given, questions.answers) == 0
            assert right == (not changes & set(assignment.chosen)), (name, assignment.chosen)


# --- the grammar ------------------------------------------------------------------------------

MASTER = '''"""Adding."""

# %% [grader]
from tutorials.assignments.masters import inputs, mutant

CHOICES = {"sign": ("plus", "minus")}

# %% [task] T1.1, Eq. (1): add (100 points, 5 minutes)
def add(a, b):
    """The sum."""                                                                  #? plus
    """The difference."""                                                           #? minus
    ### BEGIN SOLUTION
    return a + b                                                                    #? plus
    return a - b                                                                    #? minus
    ### END SOLUTION


# %% [grader]
@inputs("T1.1")
def add_inputs(rng):
    return [(1.5, float(rng.integers(2, 9))), (0.0, 3.0)]


@mutant("T1.1", 0.5, "Add.", "Do add.", "Eq. (1).")
def first(a, b):
    return a
'''


@pytest.fixture
def master(tmp_path):
    """Write a master and read it: a function of (old, new) replacements → Assignment."""
    def load(old="", new="", **options):
        path = tmp_path / "T1_adding.py"
        path.write_text(MASTER.replace(old, new) if old else MASTER)
        return masters.load(path, **options)
    return load


def test_lines_of_other_variants_go(master):
    assert "The sum" in master().tasks[0].cell.source
    assert "The sum" not in master(variant="7").tasks[0].cell.source
    assert master(variant="7").tasks[0].reference(3, 1) == 2
    assert master(variant="7").header == "Assignment T1, variant 7"


def test_stub_and_answer(master):
    task = master().tasks[0]
    stub, answer = masters.stub(task), masters.answer(task)
    assert 'raise NotImplementedError("T1.1, Eq. (1): add")' in stub and "a + b" not in stub
    assert "a + b" in answer and "SOLUTION" not in stub + answer


@pytest.mark.parametrize(("old", "new", "words"), [
    ("    ### END SOLUTION\n", "", "END SOLUTION once"),
    ("### END SOLUTION", "### BEGIN SOLUTION", "END SOLUTION once"),
    ("    return a + b  ", "    ### BEGIN SOLUTION\n    return a + b  ", "END SOLUTION once"),
    ('@inputs("T1.1")', "", "without checks"),
    ('@mutant("T1.1", 0.5, "Add.", "Do add.", "Eq. (1).")', "", "without checks"),
    (", (0.0, 3.0)]", "]", "at least two cases"),
    ("100 points", "90 points", "expected 100"),
    ("#? plus", "#? times", "has no times"),
    ('"Do add.", ', "", "three hints"),
    ("# %% [task] T1.1, Eq. (1): add (100 points, 5 minutes)", "# %% [task] T1.1", "expected"),
    ("# %% [task]", "# %% [exercise]", "expected one of"),
    ("    return a\n", "    return add(a, b)\n", "tell all mutants apart")])
def test_masters_that_would_grade_wrongly_are_refused(master, old, new, words):
    with pytest.raises(masters.MasterError, match=words):
        exam.draw(master(old, new).tasks[0], "a secret")


def test_a_task_can_be_left_out():
    assignment = masters.load(MASTERS["A1"], "", ("A1.6",))
    assert [task.id[-1] for task in assignment.tasks] == list("12345789")
    assert "def softmax_cross_entropy_backward" not in notebook.script(assignment)
    for wrong in ("A1.66", "A1.4"):             # A1.8 tests A1.4
        with pytest.raises(masters.MasterError, match="without"):
            masters.load(MASTERS["A1"], "", (wrong,))


def test_plant_changes_one_function_only(assignment):
    """The helper of these tests does what it says."""
    task = next(task for task in assignment.tasks if task.mutants)
    names = {}
    exec(plant(assignment, [(task, task.mutants[0])]), names)
    assert names[task.name].__name__ == task.mutants[0].__name__
