"""Numerical gradients, and the table that they make."""

import itertools

import numpy as np
import pytest

from scnn_np.gradcheck import cases as gradcases
from scnn_np.gradcheck import gradient_table as gradcheck
from scnn_np.gradcheck.numgrad import numerical_gradient, relative_error
from scnn_np.nn.layers import Dense, Sigmoid


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


def test_numerical_gradient_needs_the_array_itself():
    """A transposed array would be copied, and moving the copy would move nothing."""
    with pytest.raises(ValueError, match="x: got an array that is not contiguous"):
        numerical_gradient(lambda: 0.0, np.ones((3, 2)).T)


def test_relative_error():
    """Norm-wise, symmetric, and 0/0 = 0."""
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == 0
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([1.0]), np.array([0.0])) == 1
    assert relative_error(np.array([1.0]), np.array([2.0])) == 0.5
    assert relative_error(np.array([1.0, np.nan]), np.array([1.0, 1.0])) == np.inf


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
    for name in ("L1", "L2", "GroupLasso"):
        for kind in ("Dense", "Sparse"):
            assert {f"{name} on {kind}", f"{name} on {kind}, in a network"} <= parts
    for name in ("SC", "RSP", "FC"):
        assert f"{name} network of the paper, 5×784" in parts
        for activation in ("sigmoid", "relu"):
            assert f"{name} network 3×16, {activation}, DropOut, L1" in parts


def test_sparse_parts_agree_with_dense_ones(rows):
    """The oracle: the same network with dense matrices, read off at the edges."""
    compared = [row for row in rows if row.oracle is not None]
    assert len(compared) == 8
    assert max(row.oracle for row in compared) < 1e-13


def test_the_mistake_is_found(rows):
    """σ' taken at the activation is wrong by half."""
    wrong = [row for row in rows if row.meant_to_fail]
    assert [row.verdict for row in wrong] == ["WRONG"]


def test_no_number_is_no_gradient():
    """A gradient of NaN is wrong, in whatever array it stands."""
    class Broken(Dense):
        def gradients(self, dA):
            super().gradients(dA)
            self.db[...] = np.nan
    case = gradcases.Chain([Broken(np.ones((2, 3)))], np.ones((3, 2)))
    assert gradcheck.check("broken", case).verdict == "WRONG"


def test_a_difference_from_the_oracle_is_wrong():
    """Even where finite differences agree."""
    row = gradcheck.Row("part", "w", 1.0, 1.0, 1e-12, 9, oracle=1e-6)
    assert row.verdict == "WRONG (oracle)" and not row.as_expected


def test_a_mistake_made_by_accident_fails_the_table(monkeypatch):
    """If the sigmoid itself were wrong, the command would say so."""
    monkeypatch.setattr(Sigmoid, "backward", gradcheck.WrongSigmoid.backward)
    said = []
    first = itertools.islice(gradcheck.rows(), 6)          # the sigmoid is the fifth
    assert not gradcheck.table(first, said.append)
    assert said[-1].startswith("NOT as it should be")
