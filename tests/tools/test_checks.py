"""Checks at the door: what passes comes out in its plain form, what does not is named."""

import decimal
import fractions
import re
from pathlib import Path

import numpy as np
import pytest

from scnn_np.tools import checks

NOT_A_NUMBER = ["1", None, [1], np.ones(1), 1j, True, np.True_, decimal.Decimal(1), int]


def refused(said, kind=ValueError):
    """Expect an error with exactly this text."""
    return pytest.raises(kind, match=f"^{re.escape(said)}$")


# --- how a value is shown ---------------------------------------------------------------------

class Rude:
    def __repr__(self):
        raise RuntimeError


@pytest.mark.parametrize("value, said", [
    (3, "3"), ("é\n\x1b[2J", r"'\xe9\n\x1b[2J'"), (np.zeros((2, 3)), "float64 of shape (2, 3)"),
    (np.float32(0.5), "np.float32(0.5)"), (np.array(4), "array(4)"), (Rude(), "<Rude>"),
    pytest.param(10 ** 5000, "<int>", id="huge"), ("x" * 100, "'" + "x" * 76 + "...")])
def test_shown(value, said):
    """In few characters that every terminal can print, whatever somebody's repr does."""
    assert checks.shown(value) == said
    assert len(checks.shown(value)) <= 80


# --- one value --------------------------------------------------------------------------------

@pytest.mark.parametrize("check, value, plain", [
    (checks.whole, np.int8(3), 3), (checks.whole, -5, -5), (checks.whole, 2 ** 70, 2 ** 70),
    (checks.number, 3, 3.0), (checks.number, np.float32(0.5), 0.5),
    (checks.number, fractions.Fraction(1, 4), 0.25), (checks.number, -1e300, -1e300),
    (checks.probability, 0, 0.0), (checks.probability, np.float16(0.5), 0.5),
    (checks.truth, True, True), (checks.truth, np.False_, False),
    (checks.text, np.str_("a b"), "a b"), (checks.text, "χ²", "χ²"),
    (checks.path, "a/b", Path("a/b")), (checks.path, Path("a"), Path("a"))])
def test_what_passes_comes_out_plain(check, value, plain):
    """So that a seed of NumPy's is the seed of Python's, in every later text and file."""
    found = check("name", value)
    assert found == plain and type(found) is type(plain)


@pytest.mark.parametrize("value", [*NOT_A_NUMBER, 1.0, np.float64(2)])
def test_whole_numbers(value):
    with refused(f"name: got {checks.shown(value)}, expected a whole number"):
        checks.whole("name", value)


def test_limits_of_whole_numbers():
    """Both ends count."""
    assert [checks.whole("n", n, least=2, most=4) for n in (2, 3, 4)] == [2, 3, 4]
    with refused("n: got 1, expected a whole number of at least 2 and of at most 4,000"):
        checks.whole("n", 1, least=2, most=4000)
    with refused("n: got 5, expected a whole number of at most 4"):
        checks.whole("n", 5, most=4)


@pytest.mark.parametrize("value", [*NOT_A_NUMBER, np.nan, np.inf, -np.inf, 10 ** 400])
def test_finite_numbers(value):
    with refused(f"name: got {checks.shown(value)}, expected a finite number"):
        checks.number("name", value)


@pytest.mark.parametrize("limits, good, bad, said", [
    ({"least": 0}, [0, 1e300], [-1e-300], "≥ 0"), ({"above": 0}, [1e-300], [0, -1], "> 0"),
    ({"most": 1}, [1, -9], [1.01], "≤ 1"), ({"below": 1}, [0.99], [1], "< 1"),
    ({"least": 0, "below": 1}, [0, 0.5], [-0.1, 1], "≥ 0 and < 1")])
def test_limits_of_numbers(limits, good, bad, said):
    """An end that counts, and one that does not."""
    for value in good:
        assert checks.number("x", value, **limits) == value
    for value in bad:
        with refused(f"x: got {value}, expected a number {said}"):
            checks.number("x", value, **limits)


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, np.nan, *NOT_A_NUMBER])
def test_probabilities_of_dropping(p):
    """Who drops everything learns nothing: 1 is none."""
    with refused(f"p: got {checks.shown(p)}, expected a probability of dropping, 0 ≤ p < 1"):
        checks.probability("p", p)


def test_precision():
    """As a dtype, under any of its names."""
    for value in (np.float32, "float32", "f4", np.dtype(np.float32)):
        assert checks.precision("dtype", value) is np.dtype(np.float32)
    assert checks.precision("dtype", float) is np.dtype(np.float64)
    for value in (np.float16, int, None, "single file", "f4,f4", 32):
        with pytest.raises(ValueError, match="dtype: got .*, expected float32 or float64"):
            checks.precision("dtype", value)


@pytest.mark.parametrize("value", [0, 1, "yes", None, [], np.array([True])])
def test_truths(value):
    """Not what Python takes for true or false."""
    with refused(f"name: got {checks.shown(value)}, expected True or False"):
        checks.truth("name", value)


@pytest.mark.parametrize("value", ["c", "", None, 1, ["a"], b"a"])
def test_names(value):
    """Of a catalogue, a dict, or of a tuple."""
    for known in ({"a": 1, "b": 2}, ("a", "b")):
        assert checks.one_of("name", "a", known) == "a"
        with refused(f"name: got {checks.shown(value)}, expected one of a, b"):
            checks.one_of("name", value, known)


@pytest.mark.parametrize("value", ["", "a\nb", "\x1b[2J", "a\0b", None, 3, b"a"])
def test_texts(value):
    """What could move a cursor is no text in one line."""
    with refused(f"name: got {checks.shown(value)}, expected a text in one line"):
        checks.text("name", value)


@pytest.mark.parametrize("value", ["", "a\0b", None, 3, b"a", ["a"]])
def test_paths(value):
    with refused(f"name: got {checks.shown(value)}, expected a path"):
        checks.path("name", value)


def test_home(monkeypatch):
    """`~` is the user's, also where no shell has replaced it."""
    monkeypatch.setenv("HOME", "/home/somebody")
    assert checks.path("name", "~/runs") == Path("/home/somebody/runs")


def test_objects():
    """Of a class, to be called, or to draw from: a TypeError names what came."""
    rng = np.random.default_rng(0)
    assert checks.instance("name", "a", (str, int), "a text") == "a"
    assert checks.function("name", len) is len and checks.generator("rng", rng) is rng
    for check, value, said in (
            (lambda *given: checks.instance(*given, dict, "a dict"), [], "a dict"),
            (checks.function, "len", "a function"),
            (checks.generator, 0, "a np.random.Generator, such as np.random.default_rng(0)"),
            (checks.generator, np.random, "a np.random.Generator, such as np.random.default_r"
             "ng(0)")):
        with refused(f"name: got {checks.shown(value)}, expected {said}", TypeError):
            check("name", value)


def test_what_fits_into_the_memory():
    """Counted before it is made: 16 bytes for each number and what training adds to it."""
    checks.fits("width", "weights", 10 ** 6)
    with pytest.raises(ValueError, match=r"width: asks for 1,000,000,000,000 weights, which "
                                         r"take 14,901 GiB, expected what fits into [\d,]+ G"):
        checks.fits("width", "weights", 10 ** 12)


# --- many values ------------------------------------------------------------------------------

@pytest.mark.parametrize("value", [
    "a", None, [None], [[1], [1, 2]], ["a"], [1j], object(), {1: 2},
    np.ma.masked_array([1.0], mask=[True]), np.array([3], "M8[s]")])
def test_arrays(value):
    """Of plain numbers: no text, no objects, nothing ragged, nothing behind a mask."""
    for check in (checks.array, checks.finite, checks.samples):
        with pytest.raises(ValueError, match="name: got .*, expected .*numbers"):
            check("name", value)


def test_arrays_are_not_copied():
    """What is in order already is handed on as it is; lists become arrays."""
    X = np.ones((3, 2))
    assert checks.array("X", X) is X and checks.finite("X", X, dtype=np.float64) is X
    assert checks.samples("X", X, 2) is X
    assert checks.array("X", [1, 2]).tolist() == [1, 2]


def test_a_mask_is_named():
    """Its numbers are there, and would be taken for good ones."""
    with pytest.raises(ValueError, match=r"without a mask \(`.filled\(…\)` takes it off\)"):
        checks.array("X", np.ma.masked_array([1.0, 2.0], mask=[False, True]))


@pytest.mark.parametrize("value, dtype", [(np.nan, None), (np.inf, None), (-np.inf, np.float32),
                                          (1e39, np.float32), (1e300, np.float16)])
def test_finite_arrays(value, dtype):
    """In the precision that is asked for: 1e39 is infinite in float32, and nobody warns."""
    with refused("X: has missing, infinite or too large numbers, expected finite numbers"):
        checks.finite("X", [1.0, value], dtype=dtype)
    assert checks.finite("X", [1.0, 1e39]).tolist() == [1.0, 1e39]


@pytest.mark.parametrize("X, said", [
    (np.ones(3), "X: got float64 of shape (3,), expected numbers of shape (samples, 3)"),
    (np.ones((2, 4)), "X: got float64 of shape (2, 4), expected numbers of shape (samples, 3)"),
    (np.ones((2, 3, 1)), "X: got float64 of shape (2, 3, 1), expected numbers of shape "
     "(samples, 3)"), (np.ones((1, 3)), "X: got 1 sample, expected at least 2"),
    (np.ones((0, 3)), "X: got no samples, expected at least 2")])
def test_samples(X, said):
    with refused(said):
        checks.samples("X", X, 3, least=2)


def test_samples_need_a_feature():
    with refused("X: got float64 of shape (5, 0), expected numbers of shape (samples, "
                 "features)"):
        checks.samples("X", np.ones((5, 0)))
    assert checks.samples("X", np.ones((0, 5))).shape == (0, 5)
    assert checks.samples("X", [[1, 2]], 2, np.float32).dtype == np.float32


@pytest.mark.parametrize("y, said", [
    ([0, 3], "y: got labels 0 to 3, expected 0 to 2"), ([-1, 0], "y: got labels -1 to 0, exp"),
    ([0], "y: got int64 of shape (1,), expected 2 integer labels, one for each sample"),
    ([[0, 1]], "y: got int64 of shape (1, 2), expected 2 integer labels"),
    ([0.0, 1.0], "y: got float64 of shape (2,), expected 2 integer labels"),
    ([True, False], "y: got bool of shape (2,), expected 2 integer labels"),
    (["0", "1"], "y: got <U1 of shape (2,), expected 2 integer labels"),
    (1, "y: got array(1), expected 2 integer labels")])
def test_labels(y, said):
    """One whole number for each sample, 0 … classes - 1."""
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        checks.labels("y", y, 2, 3)
    assert checks.labels("y", np.array([2, 0], np.uint8), 2, 3).tolist() == [2, 0]
    assert checks.labels("y", np.zeros(0, int), 0, 3).shape == (0,)


def test_one_value_or_a_list():
    """As deep as is allowed, each checked, and named by its place."""
    def check(value, depth=1):
        return checks.listed("n", value, checks.whole, depth, least=1)
    assert check(3) == 3 and check([1, [2, 3]], depth=2) == [1, [2, 3]]
    assert check((1, np.int64(2))) == check(np.arange(1, 3)) == [1, 2]
    for value, depth, said in (
            (0, 1, "n: got 0, expected a whole number of at least 1"),
            ([1, 0], 1, "n[1]: got 0, expected a whole number of at least 1"),
            ([1, [2]], 1, "n[1]: got [2], expected a whole number of at least 1"),
            ([1, [2, 0]], 2, "n[1][1]: got 0, expected a whole number of at least 1"),
            ([], 1, "n: got [], expected at least one value"),
            ([[]], 2, "n[0]: got [], expected at least one value"),
            ("12", 1, "n: got '12', expected a whole number of at least 1")):
        with refused(said):
            check(value, depth)
