"""Features of a market: columns, warm-up, what is missing, what is refused."""

import numpy as np
import pytest
import talib

from sigma_core.domain.model import IndicatorSpec
from sigma_core.engine.features import (
    bars_needed,
    columns_of,
    features_of,
    warm_from,
)
from sigma_core.errors import BadRequest, UnknownName

RSI = IndicatorSpec(name="rsi")
VIX = IndicatorSpec(name="close", of="VIX")


def test_one_row_a_bar_one_column_an_output(daily, market):
    bars = daily("2015-01-02", 80)
    specs = [RSI, IndicatorSpec(name="macd"), IndicatorSpec(name="bollinger_10")]
    made = features_of(market({("SPY", "daily"): bars}), specs)

    assert tuple(made.columns) == columns_of(specs)
    assert made.shape == (80, 7)
    assert (made.dtypes == "float64").all()
    close = bars["close"].to_numpy()
    np.testing.assert_array_equal(made["rsi_14"], talib.RSI(close, 14))
    np.testing.assert_array_equal(made["bbands_10_2_2_0_upper"], talib.BBANDS(close, 10)[0])


def test_nothing_asked_for_is_no_column(daily, market):
    made = features_of(market({("SPY", "daily"): daily("2015-01-02", 5)}), [])

    assert made.shape == (5, 0)


def test_columns_say_what_they_are_made_of():
    specs = [
        RSI,
        IndicatorSpec(name="rsi", cadence="daily"),
        VIX,
        IndicatorSpec(name="rsi", of="QQQ", cadence="daily"),
        IndicatorSpec(name="vix_level"),
        IndicatorSpec(name="vix_level", of="VIX9D"),
    ]

    assert columns_of(specs) == (
        "rsi_14",
        "rsi_14@daily",
        "close@vix",
        "rsi_14@qqq@daily",
        "vix_level",
        "vix_level@vix9d",
    )


def test_bars_it_needs():
    specs = [RSI, VIX, IndicatorSpec(name="rsi", cadence="daily"), IndicatorSpec(name="vix_delta")]

    assert bars_needed(specs, "SPY", "hourly") == (
        ("SPY", "hourly"),
        ("VIX", "daily"),
        ("SPY", "daily"),
    )
    assert bars_needed([IndicatorSpec(name="atr", of="qqq")], "SPY", "hourly")[1] == (
        "QQQ",
        "hourly",
    )


def test_warm_from_counts_bars_sessions_and_joins(intraday, market, days_of):
    fine = intraday("2017-06-01", 40, minutes=15)  # of 26 bars, the half day of July of 14
    parts = market({("SPY", "15m"): fine, ("SPY", "daily"): days_of(fine)})

    def warm(**spec: object) -> int:
        return warm_from(parts, [IndicatorSpec(**spec)])

    assert warm(name="rsi") == 14
    assert warm(name="open_gap_z", params={"period": 20}) == 20 * 26
    assert warm(name="momentum_score_total") == 15 * 26
    # the RSI of 5 has its first value with the sixth session, known at its close
    assert warm(name="rsi", params={"period": 5}, cadence="daily") == 6 * 26 - 1
    assert warm(name="sma", params={"period": 100}, cadence="daily") == len(fine)


def test_warm_from_is_where_the_values_begin(intraday, market, days_of):
    fine = intraday("2017-06-01", 40, minutes=15)
    parts = market({("SPY", "15m"): fine, ("SPY", "daily"): days_of(fine)})
    specs = [RSI, IndicatorSpec(name="rsi", cadence="daily"), IndicatorSpec(name="open_gap_z_10")]
    made = features_of(parts, specs).notna().all(axis=1).to_numpy()

    assert made[warm_from(parts, specs) :].all()
    assert not made[: warm_from(parts, specs)].any()


def test_a_division_by_zero_is_missing(daily, market):
    bars = daily("2015-01-02", 60)
    bars["volume"] = 0.0
    specs = [IndicatorSpec(name=n) for n in ("rvol", "vwma", "vwap", "close_vs_vwap", "vol_zscore")]
    made = features_of(market({("SPY", "daily"): bars}), specs)

    assert made.isna().all(axis=None)


def test_closes_alone_serve_what_reads_closes(daily, market, closes_only):
    vix = market({("VIX", "daily"): closes_only(daily("2015-01-02", 60))})

    assert features_of(vix, [RSI])["rsi_14"].notna().sum() == 46
    with pytest.raises(
        BadRequest, match=r"atr needs high, low, and the daily bars of VIX have none"
    ):
        features_of(vix, [IndicatorSpec(name="atr")])


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        (IndicatorSpec(name="rssi"), UnknownName, "No indicator is called 'rssi'"),
        (IndicatorSpec(name="rsi", of="QQQ"), BadRequest, "rsi_14@qqq needs daily bars of QQQ"),
        (
            IndicatorSpec(name="first15m_range_z"),
            BadRequest,
            "first15m_range_z is made of 5m or 15m bars, not of daily ones",
        ),
    ],
)
def test_refused(spec, error, message, daily, market):
    with pytest.raises(error, match=message) as told:
        features_of(market({("SPY", "daily"): daily("2015-01-02", 60)}), [spec])

    assert told.value.hint


def test_twice_the_same_column_is_refused():
    """Under whatever spelling."""
    with pytest.raises(BadRequest, match="rsi_14 is asked for twice"):
        columns_of([RSI, IndicatorSpec(name="rsi", params={"timeperiod": 14})])


def test_a_day_that_is_no_session_is_named(bars, market):
    """The walk of weekdays has Martin Luther King's day of 2015 in it."""
    with pytest.raises(BadRequest, match="2015-01-19 is no session of XNYS"):
        features_of(market({("SPY", "daily"): bars}), [IndicatorSpec(name="vwap")])
