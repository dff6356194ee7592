"""Numerical gradients, and the table that they make."""

import itertools

import numpy as np
import pytest

from scnn_np.gradcheck import cases as gradcases
from scnn_np.gradcheck import gradient_table as gradcheck
from scnn_np.gradcheck.numgrad import numerical_gradient, relative_error
from scnn_np.graphs import TOPOLOGIES
from scnn_np.nn import Dense, DropConnect, DropOut, ReLU, Sigmoid
from scnn_np.nn.spectral import LEARN


def test_numerical_gradient_of_known_functions(rng):
    """Exact for polynomials up to degree four, 1e-11 for the rest."""
    x = rng.standard_normal((3, 4))
    before = x.copy()
    np.testing.assert_allclose(numerical_gradient(lambda: float((x ** 4).sum()), x),
                               4 * x.ravel() ** 3, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(numerical_gradient(lambda: float(np.exp(x).sum()), x),
                               np.exp(x).ravel(), rtol=1e-10)
    np.testing.assert_array_equal(x, before)


def test_numerical_gradient_of_some_entries(rng):
    """Only those asked for, in their order."""
    x = rng.standard_normal(9)
    found = numerical_gradient(lambda: float((x ** 2).sum()), x, np.array([7, 2]))
    np.testing.assert_allclose(found, 2 * x[[7, 2]], rtol=1e-9)


def test_whatever_happens_the_array_is_as_it_was(rng):
    """A function that fails half-way leaves no entry moved."""
    x = rng.standard_normal(5)
    before = x.copy()

    def f():
        if x[3] > before[3]:
            raise ZeroDivisionError
        return 0.0
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(f, x)
    np.testing.assert_array_equal(x, before)


def test_numerical_gradient_needs_the_array_itself():
    """A transposed array would be copied, and moving the copy would move nothing."""
    fixed = np.ones(3)
    fixed.flags.writeable = False
    for x in (np.ones((3, 2)).T, fixed):
        with pytest.raises(ValueError, match="x: got an array that is not contiguous"):
            numerical_gradient(lambda: 0.0, x)


@pytest.mark.parametrize("x", [np.ones(3, np.float32), np.ones(3, int), [1.0, 2.0], 1.0])
def test_numerical_gradient_needs_float64(x):
    """In float32 the rounding of 1e-7, divided by a step of 1e-3, drowns what is small; it has
    to be asked for. Lists and integers cannot be moved by a thousandth in place."""
    with pytest.raises(ValueError, match="x: got .*, expected a float64 array"):
        numerical_gradient(lambda: 0.0, x)


def test_float32_on_request(rng):
    """Good to some three digits then, with a larger step."""
    x = rng.standard_normal(6).astype(np.float32)
    found = numerical_gradient(lambda: float((x ** 2).sum()), x, h=0.1, any_precision=True)
    np.testing.assert_allclose(found, 2 * x, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"entries": [3]}, "entries: got .*, expected flat indices of x, 0 to 2"),
    ({"entries": [-1]}, "entries: got .*, expected flat indices"),
    ({"entries": [0.5]}, "entries: got .*, expected flat indices"),
    ({"entries": [[0]]}, "entries: got .*, expected flat indices"),
    ({"h": 0}, "h: got 0, expected a number > 0")])
def test_numerical_gradient_at_the_door(arguments, message):
    with pytest.raises(ValueError, match=message):
        numerical_gradient(lambda: 0.0, np.ones(3), **arguments)


def test_relative_error():
    """Norm-wise, symmetric, and 0/0 = 0."""
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == 0
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([1.0]), np.array([0.0])) == 1
    assert relative_error(np.array([1.0]), np.array([2.0])) == 0.5
    assert relative_error(np.array([1.0, np.nan]), np.array([1.0, 1.0])) == np.inf
    with pytest.raises(ValueError, match=r"b: got shape \(1,\), expected that of a, \(2,\)"):
        relative_error(np.ones(2), np.ones(1))


@pytest.fixture(scope="module")
def rows():
    return list(gradcheck.rows())


def test_every_honest_row_is_below_the_goal(rows):
    """All parts, alone and with a layer in front, and whole networks, below 1e-7."""
    for row in rows:
        assert row.meant_to_fail or row.error < 1e-7, row
        assert row.checked >= 20 and row.analytic > 0, row


def test_the_table_covers_everything(rows):
    """Every layer, loss and penalty, and the three networks, small and of the paper's size."""
    parts = {row.part for row in rows}
    for name in ("Dense", "Sparse", "Sigmoid", "ReLU", "DropOut", "DropConnect Dense",
                 "DropConnect Sparse", "softmax cross-entropy"):
        assert {name, f"{name}, Dense in front"} <= parts
    for learn in LEARN:
        assert f"Spectral, {learn} trained" in parts
    for name in ("Spectral", "Rescaled"):
        assert {name, f"{name} on a support", f"FC network 3×16 of {name}, L2",
                f"SC network 3×16 of {name}, L2"} <= parts
    for name in ("SpectralQR", "SpectralSVD", "ThresholdedDense", "ThresholdedQR"):
        assert {name, f"DropConnect {name}", f"FC network 3×16 of {name}, L2"} <= parts
    for kind in ("Dense", "Sparse"):
        assert {f"LayerSparsity on {kind}", f"LayerSparsity on {kind}, in a network"} <= parts
    for name in ("L1", "L2", "GroupLasso", "L2Trained", "GroupLassoRows"):
        for kind in ("Dense", "Sparse", "Spectral", "SpectralQR", "ThresholdedDense"):
            assert {f"{name} on {kind}", f"{name} on {kind}, in a network"} <= parts
    for name in ("LayerSparsityStep", "NegativeL1Step"):     # a step enters no gradient
        assert {f"{name} on Dense", f"{name} on Sparse"} <= parts
    for name in ("SC", "RSP", "FC"):
        assert f"{name} network of the paper, 5×784" in parts
        for activation in ("sigmoid", "relu"):
            assert f"{name} network 3×16, {activation}, DropOut, L1" in parts


def test_sparse_parts_agree_with_dense_ones(rows):
    """The oracle: the same network with dense matrices, read off at the edges."""
    compared = [row for row in rows if row.oracle is not None]
    sparse = len(TOPOLOGIES) - 1               # all but fc, each with two activations
    assert len(compared) == 4 + 2 * sparse
    assert max(row.oracle for row in compared) < 1e-13


def test_the_mistake_is_found(rows):
    """σ' taken at the activation is wrong by half."""
    wrong = [row for row in rows if row.meant_to_fail]
    assert [row.verdict for row in wrong] == ["WRONG"]


def test_no_number_is_no_gradient():
    """A gradient of NaN is wrong, in whatever array it stands."""
    class Broken(Dense):
        def collect(self, dA):
            super().collect(dA)
            self.db[...] = np.nan
    case = gradcases.Chain([Broken(np.ones((2, 3)))], np.ones((3, 2)))
    assert gradcheck.check("broken", case).verdict == "WRONG"


def test_a_difference_from_the_oracle_is_wrong():
    """Even where finite differences agree."""
    row = gradcheck.Row("part", "W1", 1.0, 1.0, 1e-12, 9, oracle=1e-6)
    assert row.verdict == "WRONG (oracle)" and not row.as_expected


def test_a_mistake_made_by_accident_fails_the_table(monkeypatch):
    """If the sigmoid itself were wrong, the command would say so."""
    monkeypatch.setattr(Sigmoid, "backward", gradcheck.WrongSigmoid.backward)
    said = []
    first = (row for row in gradcheck.rows() if row.part.startswith("Sigmoid"))
    assert not gradcheck.table(itertools.islice(first, 2), said.append)
    assert said[-1] == "NOT as it should be: see the rows above"


def test_nothing_checked_is_nothing_found():
    """An empty table is no good one."""
    said = []
    assert not gradcheck.table([], said.append)
    assert said[-1] == "NOT as it should be: nothing was checked"


@pytest.mark.parametrize("wrong", ["W1", "b1", "Z"])
def test_one_wrong_gradient_of_many_is_the_row(wrong):
    """The worst array is named, however good the others are."""
    class Wrong(gradcases.Chain):
        def analytic(self):
            return {name: 1.25 * g if name == wrong else g
                    for name, g in super().analytic().items()}
    rng = np.random.default_rng(0)
    layers = [Dense(rng.standard_normal((2, 3))), Sigmoid(), Dense(rng.standard_normal((4, 2)))]
    row = gradcheck.check("part", Wrong(layers, rng.standard_normal((3, 5))))
    assert row.array == wrong and row.error == pytest.approx(0.2) and row.verdict == "WRONG"
    assert row.checked == 6 + 2 + 8 + 4 + 15


def test_inputs_keep_away_from_the_kinks():
    """At 0 ReLU has no slope: no input of it, of a whole batch, comes near. Where a neuron has
    no input and no bias, no input helps, and that is said."""
    rng = np.random.default_rng(0)
    layers = [Dense(rng.standard_normal((4, 3))), ReLU(), Dense(rng.standard_normal((4, 4))),
              ReLU()]
    Z = gradcases.clear_inputs(layers, 3, rng)
    for layer in layers:
        assert np.min(layer.distance(Z)) > gradcases.CLEARANCE
        Z = layer.forward(Z)
    with pytest.raises(ValueError, match="layers: got none of 10000 inputs away from the"):
        gradcases.clear_inputs([Dense(np.zeros((1, 1))), ReLU()], 1, rng)


def test_masks_are_the_same_at_every_call():
    """Else a difference between two calls would be one of masks, not of weights."""
    rng = np.random.default_rng(0)
    layers = [DropConnect(Dense(rng.standard_normal((6, 6))), 0.5, np.random.default_rng(1)),
              DropOut(0.5, np.random.default_rng(2))]
    case = gradcases.Chain(layers, rng.standard_normal((6, 5)))
    assert case.loss() == case.loss() != 0
    assert (case.forward() == 0).any()
