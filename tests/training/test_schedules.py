"""Schedules at the points that matter."""

import numpy as np
import pytest

from scnn_np.training import SCHEDULES


def test_values():
    """Start at 1; the step falls at one half and three quarters, the cosine to 0."""
    assert [SCHEDULES["constant"](t) for t in (0, 0.5, 1)] == [1, 1, 1]
    assert [SCHEDULES["step"](t) for t in (0, 0.49, 0.5, 0.75)] == pytest.approx(
        [1, 1, 0.1, 0.01])
    assert [SCHEDULES["cosine"](t) for t in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize("schedule", SCHEDULES.values())
def test_none_rises(schedule):
    """From 1 on downwards, and never below 0: plain numbers, which JSON and NumPy can take."""
    factors = [schedule(done) for done in np.linspace(0, 1, 101)]
    assert factors[0] == 1 and min(factors) >= 0
    assert all(b <= a for a, b in zip(factors, factors[1:], strict=False))
