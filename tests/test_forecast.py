"""Scores of probabilities, against published numbers."""

import numpy as np
import pytest

from sigma_core.engine.forecast import (
    brier,
    equal_mass,
    forecast_of,
    gaps_of,
    log_loss,
    winners,
)

THREE = ("DOWN", "FLAT", "UP")


def two(p: list[float]) -> np.ndarray:
    return np.column_stack([1 - np.array(p), p])


def codes(*y: int) -> np.ndarray:
    return np.array(y, "int8")


def test_brier_of_the_scikit_learn_documentation() -> None:
    assert brier(two([0.1, 0.9, 0.8, 0.3]), codes(0, 1, 1, 0)) == pytest.approx(0.0375)


def test_brier_is_reliability_less_resolution_plus_uncertainty() -> None:
    # Murphy (1973) by hand: groups .1 (0 of 3), .4 (1 of 3), .8 (3 of 4), half of all came true
    p = [0.1, 0.1, 0.4, 0.4, 0.4, 0.8, 0.8, 0.8, 0.8, 0.1]
    y = codes(0, 0, 1, 0, 0, 1, 1, 0, 1, 1)

    assert brier(two(p), y) == pytest.approx(0.018667 - 0.041667 + 0.25, abs=1e-6)
    assert brier(two(p), y) == pytest.approx(0.227)


def test_brier_of_three_classes_sums_over_them() -> None:
    # (.2-0)² + (.3-0)² + (.5-1)² = .38 and (1-0)² + 0² + (0-1)² = 2
    p = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])

    assert brier(p, codes(2, 2)) == pytest.approx((0.38 + 2) / 2)


def test_log_loss_of_the_scikit_learn_documentation() -> None:
    p = np.array([[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]])  # ham, spam

    assert log_loss(p, codes(1, 0, 0, 1)) == pytest.approx(0.21616, abs=5e-6)


def test_log_loss_of_a_certainty_that_failed_is_clipped() -> None:
    assert log_loss(np.array([[1.0, 0.0]]), codes(1)) == pytest.approx(-np.log(1e-15))
    assert log_loss(np.array([[1.0, 0.0]]), codes(0)) == pytest.approx(0.0, abs=1e-14)


def widths(conf: np.ndarray, bins: int) -> list[np.ndarray]:
    """Bins of equal width over (0, 1], those that hold a row: how the published cases are cut."""
    number = np.ceil(conf * bins)
    return [np.flatnonzero(number == each) for each in np.unique(number)]


def test_calibration_errors_of_the_torchmetrics_documentation() -> None:
    conf = np.array([0.25, 0.25, 0.55, 0.75, 0.75])
    found = gaps_of(conf, np.array([0, 0, 1, 1, 1], bool), widths(conf, 2))

    assert found == pytest.approx((0.2900, 0.2918, 0.3167), abs=5e-5)


def test_calibration_error_worked_step_by_step_in_print() -> None:
    # M. Pavlovic, "Expected Calibration Error (ECE): a step-by-step visual explanation"
    conf = np.array([0.78, 0.64, 0.92, 0.58, 0.51, 0.85, 0.70, 0.63, 0.83])
    right = np.array([1, 1, 0, 1, 0, 1, 1, 0, 1], bool)

    assert gaps_of(conf, right, widths(conf, 5)).mean == pytest.approx(0.104444, abs=5e-7)


def test_bins_of_equal_mass_hold_equally_many_rows() -> None:
    # sorted .25 .25 .55 | .75 .75: 3/5·|1/3 - .35| + 2/5·|1 - .75| = .01 + .1
    conf = np.array([0.75, 0.25, 0.55, 0.25, 0.75])
    right = np.array([1, 0, 1, 0, 1], bool)

    assert gaps_of(conf, right, equal_mass(conf, 2)).mean == pytest.approx(0.11)


def test_fewer_rows_than_bins_are_a_bin_each() -> None:
    conf = np.array([0.6, 0.9])
    found = gaps_of(conf, np.array([True, False]), equal_mass(conf))

    assert found.mean == pytest.approx((0.4 + 0.9) / 2)


def test_the_winner_is_the_likelier_side_among_rows_that_took_one() -> None:
    p = np.array([[0.2, 0.4, 0.4], [0.6, 0.2, 0.2], [0.1, 0.8, 0.1], [0.3, 0.4, 0.3], [0.0, 1, 0]])
    conf, right = winners(p, codes(2, 2, 1, 0, 0), THREE)

    # FLAT is no side; at a half the side is UP; no probability of either side is no confidence
    assert conf == pytest.approx([0.4 / 0.6, 0.75, 0.5])
    assert right.tolist() == [True, False, False]


def test_only_rows_with_a_prediction_and_a_label_count() -> None:
    p = np.array([[np.nan] * 3, [0.2, 0.3, 0.5], [0.2, 0.3, 0.5]])
    found = forecast_of(p, codes(2, -1, 2), THREE)

    assert found.rows == 1
    assert found.brier == pytest.approx(0.38)
    assert found.log_loss == pytest.approx(np.log(2))
    assert found.ece == pytest.approx(1 - 0.5 / 0.7)


def test_nothing_to_judge_is_none() -> None:
    none = forecast_of(np.full((3, 3), np.nan), codes(0, 1, 2), THREE)
    flat = forecast_of(np.array([[0.2, 0.3, 0.5]]), codes(1), THREE)

    assert (none.brier, none.log_loss, none.ece, none.rows) == (None, None, None, 0)
    assert flat.ece is None
    assert flat.brier == pytest.approx(0.04 + 0.49 + 0.25)


def test_a_label_of_its_own_side_is_judged_on_ones_and_noughts() -> None:
    found = forecast_of(two([0.1, 0.9, 0.8, 0.3]), codes(0, 1, 1, 0), ("0", "1"))

    assert found.brier == pytest.approx(0.0375)
    assert found.ece == pytest.approx((0.1 + 0.1 + 0.2 + 0.3) / 4)
