"""Leaks that show at few rows: past a long warm-up, inside a short one, in a hole, on rare days."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.engine import calibrate, features, matrix, predict
from sigma_core.engine.leaks import Asked, sampled
from sigma_core.engine.leaks._fits import said_of, strangers
from sigma_core.engine.leaks._folds import folds_of
from sigma_core.engine.leaks._future import from_the_future, full_cuts
from sigma_core.engine.leaks._restated import restated
from sigma_core.progress import silent
from sigma_core.providers._resample import resampled
from tests.leaks.conftest import NOON

NYSE = calendar("XNYS")
TOY, VIX = ("TOY", "daily"), ("VIX", "daily")


def named(audit, kind):
    return {leak.where for leak in audit.leaks if leak.kind == kind}


def test_every_sample_names_a_long_centred_window(plant, case, daily):
    """Of 401 bars, missing before the 201st: no instant before that would show it."""

    def centred(close):
        return pd.Series(close).rolling(401, center=True).mean().to_numpy()

    built = case({TOY: daily()}, [{"name": plant(centred, warmup=200)}])
    for seed in range(4):
        assert named(sampled(built, seed=seed, at=NOON), "future") == {"centred"}


@pytest.mark.parametrize("warmup", [0, 19])  # it may announce what it has filled, or not
def test_a_warm_up_that_was_filled_is_named_by_the_sample(warmup, plant, case, daily, sample):
    def filled(close):
        return pd.Series(close).rolling(20).mean().bfill().to_numpy()

    audit = sample(case({TOY: daily()}, [{"name": plant(filled, warmup=warmup)}]))
    [leak] = [leak for leak in audit.leaks if leak.kind == "future"]
    assert (leak.where, leak.after) == ("filled", None)
    assert audit.checks[0].words.startswith("filled is ")  # a column's name has no capital
    assert leak.before == pytest.approx(daily()["close"][:20].mean())


def test_a_hole_bridged_by_what_came_after_is_named_by_the_sample(case, daily, sample, monkeypatch):
    """Three days without a VIX are given values on the line to the fourth."""
    real = features.features_of
    monkeypatch.setattr(matrix, "features_of", lambda *given: real(*given).interpolate())
    vix = daily(seed=9).drop(index=[400, 401, 402]).reset_index(drop=True)
    audit = sample(case({TOY: daily(), VIX: vix}, [{"name": "vix_level"}]))
    assert named(audit, "future") == {"vix_level"}


def test_a_flag_of_what_is_to_come_is_named_though_it_is_rare(plant, case, daily):
    """It tells the eves of falls by two and a half standard deviations."""

    def falls(close):
        return np.where(np.r_[close[1:] / close[:-1] - 1, 0.0] < -0.025, 1.0, 0.0)

    built = case({TOY: daily()}, [{"name": plant(falls)}])
    assert 0 < built.matrix.frame["falls"].mean() < 0.01
    rows = full_cuts(built, np.random.default_rng(1))
    assert {leak.where for leak in from_the_future(built, rows, silent)} == {"falls"}


def test_days_that_hold_the_next_session_are_named(case, minutes, sample):
    fine = minutes(190)
    hours, days = resampled(fine, NYSE, "hourly"), resampled(fine, NYSE, "daily")
    ahead = days.iloc[:-1].assign(
        **{name: days[name].to_numpy()[1:] for name in ("open", "high", "low", "close")}
    )
    asked = [{"name": "roc", "cadence": "daily"}]
    audit = sample(case({("TOY", "hourly"): hours, TOY: ahead}, asked))
    [leak] = [leak for leak in audit.leaks if leak.kind == "stamps"]
    assert leak.where == "daily bars of TOY"
    assert (leak.before, leak.after) == (days["close"].iloc[-1], days["close"].iloc[-2])
    assert sample(case({("TOY", "hourly"): hours, TOY: days}, asked)).ok


def test_hours_that_take_in_a_quarter_are_named(case, minutes, sample):
    fine = minutes(190)
    early = fine.assign(ts=fine["ts"] - pd.Timedelta(minutes=15))
    hours = resampled(early, NYSE, "hourly")
    audit = sample(case({("TOY", "hourly"): hours}, finer={"5m": fine}))
    assert named(audit, "stamps") == {"hourly bars of TOY"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["isotonic", "auto"])
def test_a_calibrator_that_nobody_asked_for_yet_is_looked_at(kind, case, daily, monkeypatch):
    """Only that kind is fitted, or chosen, on what comes after the training window."""
    real, auto = calibrate.slices_of, calibrate.slices_to_choose

    def late(rows, train, calibration):
        early, own = real(rows, train, calibration)
        return early, np.r_[own, own[-1] + 1 + np.arange(9)] if calibration == kind else own

    def later(rows, train):
        early, own, compared = auto(rows, train)
        return early, own, compared + 9

    monkeypatch.setitem(calibrate.LEAST_ROWS, "isotonic", 100)
    for module in (calibrate, predict):
        monkeypatch.setattr(module, "slices_of", late)
        monkeypatch.setattr(module, "slices_to_choose", later if kind == "auto" else auto)
    built = case({TOY: daily(1700)})
    cut, rng = folds_of(built, Asked()), np.random.default_rng(1)
    found = strangers(built, cut, said_of(built, cut), rng, silent)
    assert {leak.where for leak in found} == {f"calibrator of fold 4, {kind}"}


def test_a_volume_of_the_past_that_changed_is_named(case, daily):
    built, was = case({TOY: daily()}), daily()
    was.loc[700, "volume"] += 1
    [leak] = restated(built, {TOY: was})
    assert (leak.where, leak.doubt) == ("volume of TOY, daily", False)
    assert (leak.before, leak.after) == (was["volume"][700], was["volume"][700] - 1)


def test_a_split_changes_prices_and_volume_and_is_a_doubt(case, daily):
    built, was = case({TOY: daily(), VIX: daily(seed=9)}), daily(seed=9)
    was.loc[:600, ["open", "high", "low", "close"]] *= 2
    was.loc[:600, "volume"] //= 2
    [leak] = restated(built, {VIX: was})
    assert leak.doubt


def test_a_bar_that_came_into_the_past_is_named_and_one_at_its_end_is_not(case, daily):
    bars = {TOY: daily(), VIX: daily(seed=9)}
    built, was = case(bars), bars[VIX].drop(index=[640, 899])
    [leak] = restated(built, {VIX: was})
    assert (leak.where, leak.before) == ("close of VIX, daily", None)
    assert (leak.row, leak.after) == (bars[VIX]["ts"][640], bars[VIX]["close"][640])
    gone = replace(built.market, bars=bars | {VIX: was})
    [leak] = restated(replace(built, market=gone), {VIX: bars[VIX]})
    assert (leak.after, leak.row) == (None, bars[VIX]["ts"][899])
