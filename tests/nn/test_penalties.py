"""L1, L2 and group lasso on dense and sparse matrices."""

import numpy as np
import pytest
from scipy import sparse

from scnn_np.nn.penalties import L1, L2, GroupLasso

W = np.array([[3.0, 0.0, -1.0],
              [4.0, 0.0, 0.0]])


def test_l1():
    """Σ|w| = 3 + 4 + 1; the slope is the sign, 0 at 0."""
    assert L1(1.0).value(W) == 8
    np.testing.assert_array_equal(L1(1.0).gradient(W), [[1, 0, -1], [1, 0, 0]])


def test_l2():
    """½Σw² = (9 + 16 + 1)/2; the slope is w."""
    assert L2(1.0).value(W) == 13
    np.testing.assert_array_equal(L2(1.0).gradient(W), W)


def test_group_lasso():
    """A group is a column: √2·‖(3, 4)‖ + √2·0 + √2·1; a column of zeros has slope 0."""
    assert GroupLasso(1.0).value(W) == pytest.approx(np.sqrt(2) * 6)
    expected = np.sqrt(2) * np.array([[0.6, 0, -1], [0.8, 0, 0]])
    np.testing.assert_allclose(GroupLasso(1.0).gradient(W), expected)


def test_group_lasso_on_a_support():
    """The size of a group is its number of edges: √2·5 for the first, √1·1 for the last."""
    S = sparse.csr_array(W)
    assert GroupLasso(1.0).value(S) == pytest.approx(np.sqrt(2) * 5 + 1)
    np.testing.assert_allclose(GroupLasso(1.0).gradient(S),
                               [np.sqrt(2) * 0.6, -1, np.sqrt(2) * 0.8])


@pytest.mark.parametrize("penalty", [L1, L2])
def test_sparse_equals_dense(penalty):
    """What is not an edge is 0, and costs nothing."""
    S = sparse.csr_array(W)
    assert penalty(1.0).value(S) == penalty(1.0).value(W)
    np.testing.assert_array_equal(penalty(1.0).gradient(S), penalty(1.0).gradient(W)[W != 0])


def test_strengths():
    """One for all layers, or one each."""
    assert L1(0.5).strengths(3) == [0.5, 0.5, 0.5]
    assert L1([1, 2, 3]).strengths(3) == [1, 2, 3]
    with pytest.raises(ValueError, match="strength of L1: got 2 numbers for 3 weight matrices"):
        L1([1, 2]).strengths(3)


@pytest.mark.parametrize("strength", [-1.0, [1.0, np.nan], np.inf, [[1.0]]])
def test_bad_strength(strength):
    with pytest.raises(ValueError, match="strength of L2: got .* numbers ≥ 0"):
        L2(strength)
