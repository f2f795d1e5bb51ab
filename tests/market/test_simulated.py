"""Simulated markets: the same for the same name, alike at every cadence, with the edge promised."""

import re
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sigma_core.calendars import calendar
from sigma_core.errors import BadRequest
from sigma_core.fetch import bars_of
from sigma_core.indicators import INDICATORS
from sigma_core.lineage import sha_of_frame
from sigma_core.providers import PROVIDERS
from sigma_core.providers._path import path_of
from sigma_core.providers._planted import PERIOD, signs_of
from sigma_core.providers._resample import resampled
from sigma_core.providers._simulation import CLOCKS, PARTS, simulation_of
from sigma_core.schemas import BARS

NYSE = calendar("XNYS")
SIMULATED = PROVIDERS["simulated"]
CADENCES = ("5m", "15m", "hourly", "daily")
MINUTES = {"5m": 5, "15m": 15, "hourly": 60}


def bars(ticker, cadence="daily", since=None):
    return SIMULATED.fn(ticker, cadence, None, since).bars


def returns(ticker):
    """Log returns from close to close."""
    return np.diff(np.log(bars(ticker)["close"].to_numpy()))


def foretold(frame):
    """The planted feature of bars: volume above its mean at that time of day, as a sign."""
    place = frame.groupby("session").cumcount()
    mean = frame.groupby(place)["volume"].transform(lambda v: v.rolling(PERIOD).mean())
    return np.sign((frame["volume"] - mean).to_numpy())


def oracle(ticker, horizon, cadence="daily", *, flat=False):
    """Annual Sharpe of sign(feature), from the next open to the close of bar t + horizon.

    One position at a time and no costs; with `flat` none is held over night.
    """
    frame = bars(ticker, cadence)
    sign, session = foretold(frame), frame["session"].to_numpy()
    open_, close = frame["open"].to_numpy(), frame["close"].to_numpy()
    last = np.append(session[1:] != session[:-1], True)
    at = int(np.isfinite(sign).argmax())
    begins, got = session[at], np.zeros(len(sign))
    while at + horizon < len(sign):
        if flat and last[at]:
            at += 1
            continue
        held = range(at + 1, at + horizon + 1)
        for bar in held:
            before = open_[bar] if bar == at + 1 else close[bar - 1]
            got[bar] = sign[at] * (close[bar] / before - 1)
            if flat and last[bar]:
                break
        at = bar
    daily = pd.Series(got).groupby(session).sum().loc[begins:]
    return daily.mean() / daily.std() * sqrt(252)


class TestTheSameMarket:
    @pytest.mark.parametrize("cadence", CADENCES)
    def test_has_the_same_bytes(self, cadence):
        once = bars("ACME-E2.5-Y2", cadence)
        path_of.cache_clear()
        again = bars("ACME-E2.5-Y2", cadence)
        assert sha_of_frame(once) == sha_of_frame(again)

    @pytest.mark.parametrize("cadence", CADENCES)
    def test_is_told_in_bars_that_pass_the_schema_and_fill_the_calendar(self, cadence):
        fetched = SIMULATED.fn("ACME-Y2", cadence, None, None)
        BARS.schema().validate(fetched.bars)
        about = fetched.about
        assert (about["missing_sessions"], about["missing_bars"]) == (0, 0)
        assert (about["stale_open_years"], about["volume_breaks"]) == ([], [])
        days = NYSE.sessions(pd.Timestamp("2010-01-01").date(), pd.Timestamp("2011-12-31").date())
        assert fetched.bars["session"].unique().tolist() == days["session"].tolist()

    @pytest.mark.slow
    @pytest.mark.parametrize("cadence", ["15m", "hourly", "daily"])
    def test_agrees_between_cadences(self, cadence):
        fine = bars("ACME-E2.5-H4Q-Y1", "5m")
        assert_frame_equal(resampled(fine, NYSE, cadence), bars("ACME-E2.5-H4Q-Y1", cadence))

    def test_a_day_opens_peaks_and_closes_with_its_five_minutes(self):
        fine, days = bars("ACME-Y1", "5m"), bars("ACME-Y1")
        first = fine[fine["session"] == days["session"].iloc[0]]
        day = days.iloc[0]
        assert len(first) == 78
        assert (day["open"], day["close"]) == (first["open"].iloc[0], first["close"].iloc[-1])
        assert (day["high"], day["low"]) == (first["high"].max(), first["low"].min())
        assert day["volume"] == first["volume"].sum()

    @pytest.mark.slow
    @pytest.mark.parametrize("cadence", CADENCES)
    def test_does_not_depend_on_the_window_asked_for(self, cadence):
        whole = bars("ACME-E2.5-Y2", cadence)
        since = whole["ts"].iloc[len(whole) // 2]
        late = bars("ACME-E2.5-Y2", cadence, since)
        assert_frame_equal(late, whole[whole["ts"] >= since].reset_index(drop=True))
        assert not SIMULATED.fn("ACME-E2.5-Y2", cadence, None, since).whole

    def test_only_grows_with_its_years(self):
        short, long = bars("ACME-E2.5-Y2"), bars("ACME-E2.5-Y3")
        assert_frame_equal(short, long.iloc[: len(short)])

    def test_is_read_back_from_the_lake(self, lab):
        fetched, stored = (bars_of(lab, "ACME-Y1", "daily", provider="simulated") for _ in range(2))
        assert_frame_equal(fetched.frame, stored.frame)
        assert stored.about["simulated"]

    @pytest.mark.slow
    def test_keeps_its_noise_when_the_edge_is_dialled(self):
        none, some = returns("ACME-E0-Y10"), returns("ACME-E1-Y10")
        assert np.corrcoef(none, some)[0, 1] > 0.95
        assert bars("ACME-E0")["volume"].equals(bars("ACME-E1")["volume"])


class TestAnotherMarket:
    @pytest.mark.slow
    @pytest.mark.parametrize("other", ["OTHER", "ACME-S8"])
    def test_is_any_other_name_or_seed(self, other):
        assert abs(np.corrcoef(returns("ACME"), returns(other))[0, 1]) < 4 / sqrt(2515)

    def test_is_never_found_by_auto(self, lab):
        with pytest.raises(Exception, match="ACME"):
            bars_of(lab, "ACME", "daily")

    @pytest.mark.parametrize(
        ("ticker", "says"),
        [
            ("ACME-Q2", "Q"),
            ("ACME-E11", "0 to 10"),
            ("ACME-E2-E3", "twice"),
            ("ACME-H5", "D, H, Q, F, N"),
            ("ACME-H0D", "1 to 100"),
            ("ACME-H2N", "1N"),
            ("ACME-S1.5", "whole"),
            ("ACME-", "cannot be read"),
            ("-E2", "cannot be read"),
            ("ACME-E", "cannot be read"),
            ("ACME-E2D", "no unit"),
            ("ACME-E10-H100D", "drown"),
        ],
    )
    def test_is_not_one_that_cannot_be(self, lab, ticker, says):
        with pytest.raises(BadRequest, match=says):
            bars_of(lab, ticker, "daily", provider="simulated")


class TestLooksLikeAMarket:
    def test_tails_are_fat_and_wild_days_come_together(self):
        found = returns("ACME-Y15")
        centred = found - found.mean()
        assert (centred**4).mean() / (centred**2).mean() ** 2 > 3.5
        squared = pd.Series(centred**2)
        floor = 2 / sqrt(len(squared))  # twice the standard error of white noise
        assert all(squared.autocorr(lag) > floor for lag in (1, 5, 20))

    @pytest.mark.slow
    def test_volatility_and_drift_are_those_asked_for(self):
        asked = [returns(f"ACME-V10-D5-Y15-S{seed}") for seed in range(20)]
        assert np.mean([r.var() * 252 for r in asked]) == pytest.approx(0.10**2, rel=0.1)
        mean, error = np.mean([r.mean() * 252 for r in asked]), 0.10 / sqrt(15 * 20)
        growth = 0.05 - 0.10**2 / 2  # of the median, in logs
        assert abs(mean - growth) < 3 * error

    def test_volume_and_volatility_are_a_u_over_the_session(self):
        fine = bars("ACME-Y2", "5m")
        place = fine.groupby("session").cumcount()
        moved = np.log(fine["close"] / fine["open"]).abs()
        for of in (fine["volume"], moved):
            by = of.groupby(place).mean()
            assert by[0] > 1.5 * by[39]
            assert by[77] > 1.2 * by[39]

    def test_nights_have_gaps(self):
        days = bars("ACME-Y10")
        gaps = np.log(days["open"].to_numpy()[1:] / days["close"].to_numpy()[:-1])
        assert gaps.var() / returns("ACME-Y10").var() == pytest.approx(0.25, rel=0.15)

    @pytest.mark.parametrize(("cadence", "count"), [("5m", 42), ("15m", 14), ("hourly", 4)])
    def test_half_days_end_early(self, cadence, count):
        half = bars("ACME-Y1", cadence)
        half = half[half["session"] == pd.Timestamp("2010-11-26")]
        assert len(half) == count
        assert half["ts"].iloc[-1] == pd.Timestamp("2010-11-26T18:00Z")

    def test_a_daily_bar_of_a_half_day_closes_with_it(self):
        days = bars("ACME-Y1").set_index("session")
        assert days.loc["2010-11-26", "ts"] == pd.Timestamp("2010-11-26T18:00Z")
        assert days.loc["2010-11-24", "ts"] == pd.Timestamp("2010-11-24T21:00Z")


class TestPlantedEdge:
    def test_signs_by_hand(self):
        volume = np.array([1] * 19 + [3, 1, 2, 5], dtype="int64")
        # means over 20: (19 + 3)/20 = 1.1, 1.1, 1.15, 1.35
        assert signs_of(volume, np.zeros(23, dtype="int64")).tolist() == [0] * 19 + [1, -1, 1, 1]

    def test_slots_are_measured_apart(self):
        volume = np.ravel(np.column_stack([np.full(20, 100), np.arange(20)]))
        signs = signs_of(volume.astype("int64"), np.tile([0, 1], 20))
        assert signs[-2:].tolist() == [0, 1]  # 100 as ever; 19 above the mean of 0 to 19

    def test_the_feature_is_the_z_score_of_volume_on_daily_bars(self):
        days = bars("ACME")
        score = INDICATORS["vol_zscore"].fn(days["volume"].to_numpy(), period=PERIOD)
        known = np.isfinite(score)
        assert (np.sign(score)[known] == foretold(days)[known]).all()

    def test_the_signs_are_as_fair_coins(self):
        sign = foretold(bars("ACME-Y15"))[PERIOD - 1 :]
        error = 1 / sqrt(len(sign))
        assert abs(sign.mean()) < 3 * error + 0.012  # of 252 sessions three are half days
        assert abs((sign[1:] * sign[:-1]).mean()) < 3 * error

    def test_the_dial_moves_the_oracle_and_nothing_else(self):
        found = [oracle(f"DIAL-E{sharpe}-H3D-Y15", 3) for sharpe in (0, 2.5)]
        assert found[1] - found[0] == pytest.approx(2.5, abs=0.6)  # chance is the same in both

    @pytest.mark.slow
    @pytest.mark.parametrize("horizon", [1, 5])
    def test_without_an_edge_the_feature_foretells_nothing(self, horizon):
        found = [oracle(f"NONE-E0-Y15-H{horizon}D-S{seed}", horizon) for seed in range(8)]
        assert abs(np.mean(found)) < 3 / sqrt(15 * 8)

    @pytest.mark.slow
    @pytest.mark.parametrize("sharpe", [1, 2.5])
    @pytest.mark.parametrize("horizon", [1, 3, 10])
    def test_the_oracle_has_the_sharpe_promised_by_the_day(self, sharpe, horizon):
        found = [oracle(f"EDGE-E{sharpe}-H{horizon}D-Y15-S{s}", horizon) for s in range(12)]
        assert abs(np.mean(found) - sharpe) < 3 / sqrt(15 * 12)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("horizon", "unit", "cadence", "flat"),
        [(3, "H", "hourly", False), (10, "H", "hourly", False), (4, "Q", "15m", True)],
    )
    def test_the_oracle_has_the_sharpe_promised_within_the_day(self, horizon, unit, cadence, flat):
        found = [
            oracle(f"EDGE-E2.5-H{horizon}{unit}-Y6-S{s}", horizon, cadence, flat=flat)
            for s in range(8)
        ]
        assert abs(np.mean(found) - 2.5) < 3 / sqrt(6 * 8)

    def test_the_edge_of_a_night_lies_in_the_night_after_next(self):
        days = bars("EDGE-E2.5-H1N-Y15")
        sign = foretold(days)
        nights = days["open"].to_numpy()[1:] / days["close"].to_numpy()[:-1] - 1
        got = np.zeros(len(days))
        trades = np.arange(PERIOD, len(days) - 2, 2)  # a position is left before the next signal
        got[trades + 2] = sign[trades] * nights[trades + 1]
        found = got[PERIOD:].mean() / got[PERIOD:].std(ddof=1) * sqrt(252)
        assert abs(found - 2.5) < 3 / sqrt(15)

    def test_a_ticker_says_what_it_is(self):
        found = simulation_of("ACME-E2.5-H4Q-S3-Y2-V9-D-7")
        assert (found.edge_sharpe, found.horizon, found.cadence) == (2.5, 4, "15m")
        assert (found.seed, found.years) == (3, 2)
        assert (found.volatility, found.drift) == (0.09, -0.07)


def test_the_readme_has_every_part_with_its_default_and_range():
    readme = Path(__file__).resolve().parents[2] / "packs" / "README.md"
    section = readme.read_text("utf-8").partition("## simulated markets")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    listed = [(row[0].strip(), row[1].strip(), row[3].strip(), row[4].strip()) for row in rows]
    assert listed == [
        (
            f"`{letter}`",
            f"`{part.field}`",
            f"`{part.default:g}{'D' if letter == 'H' else ''}`",
            f"≥ {part.low:.10g}, ≤ {part.high:.10g}",
        )
        for letter, part in PARTS.items()
    ]
    assert set(re.findall("`([A-Z])` (?:daily|hourly|15m|5m)", section)) == set(CLOCKS) - {"N"}
