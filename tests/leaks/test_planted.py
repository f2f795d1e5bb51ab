"""Twelve kinds of leaks, each planted where it would happen, each named by column or step."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.engine import calibrate, features, matrix, predict, splits
from sigma_core.engine.join import last_known
from sigma_core.providers._resample import resampled

NYSE = calendar("XNYS")
TOY, VIX = ("TOY", "daily"), ("VIX", "daily")


def found_in(audit, kind):
    """What a check found, by column or step."""
    return {leak.where: leak for leak in audit.leaks if leak.kind == kind}


def future_shift(close):
    return np.r_[close[1:], np.nan]


def whole_sample_z(close):
    return (close - close.mean()) / close.std()


def centred_window(close):
    return pd.Series(close).rolling(11, center=True).mean().to_numpy()


@pytest.mark.parametrize("fn", [future_shift, whole_sample_z, centred_window])
def test_an_indicator_that_looks_ahead_is_named_by_the_sample_of_a_build(
    fn, plant, case, daily, sample
):
    """Future shift, z-score over the whole sample, centred window."""
    bars = daily()
    audit = sample(case({TOY: bars}, [{"name": plant(fn)}]))
    assert not audit.ok
    assert set(found_in(audit, "future")) == {fn.__name__}
    leak = found_in(audit, "future")[fn.__name__]
    at = int(np.flatnonzero(bars["ts"] == leak.row)[0])
    close = bars["close"].to_numpy()
    expected = {  # as it stands
        future_shift: close[at + 1],
        whole_sample_z: (close[at] - close.mean()) / close.std(),
        centred_window: close[max(at - 5, 0) : at + 6].mean(),
    }
    assert leak.before == pytest.approx(expected[fn], rel=1e-9)
    if fn is not whole_sample_z:
        assert leak.after is None  # what it needs was not known
    assert leak.command.startswith("make leak-audit MODEL_ID=toy_eq_swing_daily PACK_ID=toys AT=2")


def test_a_hole_filled_from_later_is_named(case, daily, full, monkeypatch):
    """Back-fill: the VIX has no value on three days, and they are given that of the fourth."""
    real = features.features_of
    monkeypatch.setattr(matrix, "features_of", lambda *given: real(*given).bfill())
    bars, vix = daily(), daily(seed=9).drop(index=[400, 401, 402]).reset_index(drop=True)
    audit = full(case({TOY: bars, VIX: vix}, [{"name": "vix_level"}]))
    leak = found_in(audit, "future")["vix_level"]
    # the VIX of day 399 is that of rows 400 and, one session old, no later one's: 401 to 403
    assert leak.after is None
    assert leak.before in set(vix["close"])
    assert not audit.ok


def test_the_same_days_close_of_another_ticker_before_it_was_known_is_named(
    case, daily, sample, monkeypatch
):
    """The VIX prints until 16:15, and a row of 16:00 is given that of its own day."""
    at_once = partial(last_known, late=False)
    monkeypatch.setattr(features, "last_known", lambda now, closed, **_: at_once(now, closed))
    bars, vix = daily(), daily(seed=9)
    audit = sample(case({TOY: bars, VIX: vix}, [{"name": "vix_level"}]))
    assert set(found_in(audit, "future")) == {"vix_level"}
    leak = found_in(audit, "future")["vix_level"]
    at = int(np.flatnonzero(bars["ts"] == leak.row)[0])
    assert leak.before == vix["close"][at]
    assert leak.after == (vix["close"][at - 1] if at else None)


def test_the_label_under_another_name_is_named_twice(case, daily, sample, monkeypatch):
    """A column that is y_ret: it cannot be made again, and it is the answer."""
    real = matrix._rows
    monkeypatch.setattr(
        matrix, "_rows", lambda *given: real(*given).assign(momentum_5=lambda f: f["y_ret"])
    )
    audit = sample(case({TOY: daily()}))
    assert set(found_in(audit, "future")) == set(found_in(audit, "answer")) == {"momentum_5"}
    assert "y_ret" in found_in(audit, "answer")["momentum_5"].words


def test_a_class_as_a_number_is_named(case, daily, sample, monkeypatch):
    real = matrix._rows
    codes = {"UP": 7.0, "FLAT": 2.0, "DOWN": 4.0}
    monkeypatch.setattr(
        matrix, "_rows", lambda *given: real(*given).assign(regime=lambda f: f["y"].map(codes))
    )
    assert "class" in found_in(sample(case({TOY: daily()})), "answer")["regime"].words


def test_a_category_encoded_by_its_labels_is_named(case, daily, sample, monkeypatch):
    """Each day of the week becomes the share of UP among its rows, the row's own label too."""
    real = matrix._rows

    def encoded(*given):
        frame = real(*given)
        up = (frame["y"] == "UP").astype("float64")
        return frame.assign(weekday_code=up.groupby(frame["ts"].dt.day_of_week).transform("mean"))

    monkeypatch.setattr(matrix, "_rows", encoded)
    audit = sample(case({TOY: daily()}))
    assert set(found_in(audit, "future")) == {"weekday_code"}


def test_a_calibrator_fitted_on_test_rows_is_named(case, daily, full, monkeypatch):
    """Its slice is what comes after the training window, not the window's own end."""

    def late(rows, train, calibration):
        labelled = np.flatnonzero(rows.labelled)
        return train, labelled[labelled > train[-1]][:150]

    monkeypatch.setattr(predict, "slices_of", late)
    monkeypatch.setattr(calibrate, "slices_of", late)
    audit = full(case({TOY: daily()}))
    assert "calibrator of fold 0" in found_in(audit, "fits")
    assert not any(name.startswith("fit of") for name in found_in(audit, "fits"))
    assert not audit.ok


def test_a_purge_off_by_one_is_named_with_fold_and_row(case, daily, sample, monkeypatch):
    """A label that ends with the first test row's close touches it."""
    monkeypatch.setattr(
        splits, "_purged", lambda rows, train, start: train[rows.t1[train] <= start]
    )
    built = case({TOY: daily()})
    audit = sample(built)
    rows = splits.timeline_of(built.matrix.frame, built.matrix.classes, built.matrix.tape.calendar)
    last = splits.walk_forward(rows, embargo=0.01)[0]
    leak = found_in(audit, "folds")["fold 0"]
    # in the embargo of 2 bars before the test, and 3 sessions before that: the label's end
    assert leak.row == built.stamp(int(last.test[0]) - 2 - 3)
    assert {f"fold {k}" for k in range(5)} <= set(found_in(audit, "folds"))


def test_an_embargo_ignored_is_named(case, daily, sample, monkeypatch):
    real = splits._fold
    monkeypatch.setattr(splits, "_fold", lambda *given: real(*given[:-1], 0.0))
    audit = sample(case({TOY: daily()}))
    leaks = found_in(audit, "folds")
    assert set(leaks) == {f"fold {k}" for k in range(5)}
    assert all("lies in the embargo" in leak.words for leak in leaks.values())


def test_bars_that_close_late_are_named(case, minutes, sample):
    """Hours that take in the five minutes after their stamp."""
    fine = minutes(190)
    early = fine.assign(ts=fine["ts"] - pd.Timedelta(minutes=5))
    hours = resampled(early, NYSE, "hourly")
    audit = sample(case({("TOY", "hourly"): hours}, finer={"5m": fine}))
    leak = found_in(audit, "stamps")["hourly bars of TOY"]
    at = int(np.flatnonzero(fine["ts"] == leak.row)[0])
    assert (leak.before, leak.after) == (fine["close"][at + 1], fine["close"][at])
    right = resampled(fine, NYSE, "hourly")
    assert sample(case({("TOY", "hourly"): right}, finer={"5m": fine})).ok


def test_bars_stamped_where_they_begin_are_named(case, minutes, sample):
    fine = minutes(190)
    hours = resampled(fine, NYSE, "hourly")
    begun = hours.assign(ts=hours["ts"] - pd.Timedelta(minutes=60))
    audit = sample(case({("TOY", "hourly"): begun}))
    assert "is not within its session" in found_in(audit, "stamps")["hourly bars of TOY"].words
