"""Parameters of a run: a check with limits, keywords of a signature, what somebody typed."""

import pytest

from scnn_np.tools import checks
from scnn_np.tools.parameters import Parameter, checked, from_text, keywords


def test_a_parameter_is_a_check_with_its_limits():
    """Called with the name and the value, it gives the value back in its plain form."""
    epochs = Parameter(checks.whole, "passes over the data", {"least": 1})
    assert epochs("epochs", 3) == 3
    with pytest.raises(ValueError, match="epochs: got 0, expected a whole number of at l"):
        epochs("epochs", 0)
    assert Parameter(checks.truth, "whether")("mirror", True) is True


def test_a_catalogue_is_looked_up_when_asked():
    """So that a kind that is added later is known."""
    known = {"a": 1}
    kind = Parameter(checks.one_of, "which", {"known": known})
    with pytest.raises(ValueError, match="kind: got 'b', expected one of a$"):
        kind("kind", "b")
    known["b"] = 2
    assert kind("kind", "b") == "b"


def test_many_at_once():
    """In the order in which they are given; None is what was left out, and stays None."""
    known = {"n": Parameter(checks.whole, ""), "x": Parameter(checks.number, "", {"above": 0})}
    assert checked(known, x=1, n=2) == [1.0, 2] and checked(known, n=None, x=3) == [None, 3.0]
    with pytest.raises(ValueError, match="x: got 0, expected a number > 0"):
        checked(known, n=1, x=0)


def test_keywords_of_a_signature():
    """Those behind the star are parameters of a run, with their defaults; others are not."""
    def topology(n_left, n_right, layer=0, *rest, blocks=8, degrees=None, needed, **others):
        pass
    found = keywords(topology)
    assert list(found) == ["blocks", "degrees", "needed"]
    assert found["blocks"] == 8 and found["degrees"] is None
    assert keywords(lambda x: x) == {}


@pytest.mark.parametrize("text, value", [
    ("3", 3), ("-0.5", -0.5), ("1e-4", 1e-4), ("3,4", [3, 4]), ("3, 4,", [3, 4]),
    ("[1, 2], [3]", [[1, 2], [3]]), ("'a,b'", "a,b"), ("True", True), ("true", True),
    ("false", False), ("None", None), ("sgd", "sgd"), ("binomial(53)", "binomial(53)"),
    ("a,b", "a,b"), ("runs/my data.npz", "runs/my data.npz"), ("", ""), ("007", "007"),
    ("2026-01-02", "2026-01-02"), ("__import__('os')", "__import__('os')"),
    ("{[]: 1}", "{[]: 1}"), ("(" * 5000, "(" * 5000), ("\0", "\0")])
def test_what_somebody_typed(text, value):
    """Numbers, lists and truths are read, never run; everything else is a word as it stands."""
    found = from_text(text)
    assert found == value and type(found) is type(value)
