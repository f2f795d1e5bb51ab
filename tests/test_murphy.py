"""The Brier score in its parts, against a published identity, and as laws."""

import numpy as np
import pytest

from sigma_core.engine.forecast import brier, equal_mass, forecast_of
from sigma_core.engine.murphy import calibration_rows, parts_of

THREE = ("DOWN", "FLAT", "UP")


def said(n=600, *, classes=3, seed=1):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(classes, 2.0), n)
    y = np.array([rng.choice(classes, p=row) for row in p], "int8")
    return p, y, np.repeat(np.arange(3, dtype="int16"), n // 3), np.tile([10, 11, 12], n // 3)


def test_the_parts_of_the_published_identity():
    """O20: groups of .1, .4 and .8: .018667 - .041667 + .25 = .227."""
    p = np.array([0.1, 0.1, 0.4, 0.4, 0.4, 0.8, 0.8, 0.8, 0.8, 0.1])
    y = np.array([0, 0, 1, 0, 0, 1, 1, 0, 1, 1], bool)
    groups = [np.flatnonzero(p == value) for value in (0.1, 0.4, 0.8)]
    found = parts_of(p, y, groups)
    assert found == pytest.approx((0.018667, 0.041667, 0.25, 0.0), abs=5e-7)
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(0.227)


def test_what_varies_inside_a_bin_by_hand():
    """.2 and .4, of which the second came, in one bin: brier (.04 + .36)/2 = .2.

    (.3 - .5)² = .04, no resolution, .25, and .01 - 2·(.1·.5) = -.09: .04 + .25 - .09 = .2.
    """
    found = parts_of(np.array([0.2, 0.4]), np.array([False, True]), [np.array([0, 1])])
    assert found == pytest.approx((0.04, 0.0, 0.25, -0.09))


@pytest.mark.parametrize("classes", [THREE, ("0", "1")])
def test_the_parts_sum_to_the_score_in_every_row(classes):
    p, y, fold, hour = said(classes=len(classes))
    rows = calibration_rows(p, y, classes, fold=fold, hour=hour)
    assert [(row.of, row.number) for row in rows] == [
        ("all", 0), ("fold", 1), ("fold", 2), ("fold", 3), ("hour", 10), ("hour", 11), ("hour", 12),
    ]  # fmt: skip
    for row in rows:
        total = row.reliability - row.resolution + row.uncertainty + row.within
        assert total == pytest.approx(row.brier, abs=1e-15)
        assert row.bins == 10
    whole = forecast_of(p, y, classes)
    assert (rows[0].brier, rows[0].log_loss, rows[0].rows) == (
        whole.brier, whole.log_loss, whole.rows,
    )  # fmt: skip
    assert rows[0].ece == whole.ece
    for row in rows:
        off = np.abs(np.array(row.conf) - np.array(row.right))
        assert row.ece <= row.ece_rms <= row.ece_most == pytest.approx(off.max())


def test_folds_together_are_the_whole():
    p, y, fold, hour = said()
    rows = calibration_rows(p, y, THREE, fold=fold, hour=hour)
    parts = [row for row in rows if row.of == "fold"]
    assert sum(row.brier * row.rows for row in parts) / 600 == pytest.approx(brier(p, y))


def test_one_hour_is_not_told_twice_and_nothing_is_nothing():
    p, y, fold, hour = said()
    assert {row.of for row in calibration_rows(p, y, THREE, fold=fold, hour=hour * 0)} == {
        "all", "fold",
    }  # fmt: skip
    none = np.full_like(p, np.nan)
    assert calibration_rows(none, y, THREE, fold=fold, hour=hour) == []
    flat = np.full(600, 1, "int8")
    assert calibration_rows(p, flat, THREE, fold=fold, hour=hour)[0].ece is None


def test_bins_hold_equally_many_and_none_is_empty():
    assert [len(group) for group in equal_mass(np.arange(23.0))] == [3, 3, 3] + [2] * 7
    assert [len(group) for group in equal_mass(np.arange(4.0))] == [1, 1, 1, 1]
