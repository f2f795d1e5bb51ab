"""Numbers from outside: by hand, from published tests, and from the oracles beside the project."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.indicators import INDICATORS

NAN = float("nan")


def frame(**prices: list[float]) -> pd.DataFrame:
    """Daily bars from 2015-01-05 (a Monday) on; what is not given is the close, the volume 1."""
    close = prices["close"]
    days = pd.bdate_range("2015-01-05", periods=len(close)).as_unit("us")
    stamps = (days + pd.Timedelta(hours=21)).tz_localize("UTC")
    plain = dict.fromkeys(("open", "high", "low"), close) | {"volume": [1.0] * len(close)}
    return pd.DataFrame({"ts": stamps, "session": days} | plain | prices).astype(
        dict.fromkeys(("open", "high", "low", "close", "volume"), "float64")
    )


@pytest.mark.parametrize(
    ("name", "params", "prices", "expected"),
    [
        # changes +1 -1 +2 +1; Wilder means of 2: up .5 1.25 1.125, down .5 .25 .125
        ("rsi", {"period": 2}, {"close": [10, 11, 10, 12, 13]}, [NAN, NAN, 50, 250 / 3, 90]),
        ("sma", {"period": 2}, {"close": [1, 3, 7]}, [NAN, 2, 5]),
        # seeded with the plain mean 2, then weight 2/3
        ("ema", {"period": 2}, {"close": [1, 3, 8]}, [NAN, 2, 6]),
        ("wma", {"period": 2}, {"close": [3, 6, 9]}, [NAN, 5, 8]),
        # true ranges 12-9, 14-10, and 13-6 from the close before; mean of two, then (3.5 + 7) / 2
        (
            "atr",
            {"period": 2},
            {"high": [10, 12, 14, 12], "low": [8, 9, 10, 6], "close": [9, 11, 13, 7]},
            [NAN, NAN, 3.5, 5.25],
        ),
        # raw stochastic of 3 bars: (close - low) / (high - low): 1/2, then 3/4; not smoothed
        (
            "stochf",
            {"fastk": 3, "fastd": 1},
            {"high": [4, 5, 6, 6], "low": [2, 2, 3, 2], "close": [3, 4, 4, 5]},
            [NAN, NAN, 50, 75],
        ),
        ("willr", {"period": 2}, {"high": [4, 6], "low": [2, 3], "close": [3, 5]}, [NAN, -25]),
        ("rocp", {"period": 1}, {"close": [4, 5, 4]}, [NAN, 0.25, -0.2]),
        ("mom", {"period": 2}, {"close": [4, 5, 9]}, [NAN, NAN, 5]),
        # up days add the volume, down days take it, level days do neither
        ("obv", {}, {"close": [1, 2, 2, 1], "volume": [5, 7, 9, 11]}, [NAN, 7, 0, -11]),
        (
            "obv",
            {"change": 3},
            {"close": [1, 2, 2, 1], "volume": [5, 7, 9, 11]},
            [NAN, NAN, NAN, -4],
        ),
        # the index follows the return when volume falls, and stands still when it rises
        ("nvi", {}, {"close": [4, 5, 6], "volume": [9, 7, 8]}, [NAN, 0.25, 0]),
        ("pvi", {}, {"close": [4, 5, 6], "volume": [9, 7, 8]}, [NAN, 0, 0.2]),
        # multiplier ((c - l) - (h - c)) / (h - l) = 1/2, times volume 8
        (
            "ad",
            {},
            {"high": [5, 6], "low": [1, 2], "close": [3, 5], "volume": [4, 8]},
            [NAN, 4],
        ),
        # typical prices 4 and 5 with volumes 1 and 3 of one session each: begun anew
        ("vwap", {}, {"close": [4, 5], "volume": [1, 3]}, [4, 5]),
        ("day_of_week", {}, {"close": [1, 1, 1, 1, 1, 1]}, [0, 1, 2, 3, 4, 0]),
        # sessions of 2015 began on the 2nd, so the 5th is the second and the 6th the third
        ("turn_of_month", {}, {"close": [1] * 4}, [1, 1, 0, 0]),
        ("minutes_since_open", {}, {"close": [1]}, [390]),
        ("minutes_to_close", {}, {"close": [1]}, [0]),
    ],
)
def test_by_hand(name, params, prices, expected, columns):
    values = INDICATORS[name].compute(columns(frame(**prices)), **params)[0]

    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_month_ends_are_the_exchanges(daily, columns):
    """Good Friday was the 30th of March 2018 and Easter Monday is a session: the 29th was last."""
    bars = daily("2018-03-27", 5)
    (last,) = INDICATORS["month_end"].compute(columns(bars))
    (turn,) = INDICATORS["turn_of_month"].compute(columns(bars), before=2, after=1)

    assert last.tolist() == [0, 0, 1, 0, 0]
    assert turn.tolist() == [0, 1, 1, 1, 0]


def test_momentum_score_by_another_road(daily, columns):
    """0.7 · mean z of 1- and 3-bar returns over 252 bars + 0.3 · (RSI14 - 50) / 50, by pandas."""
    bars = daily("2015-01-02", 400)
    close = bars["close"]
    returns = pd.DataFrame({1: close / close.shift(1) - 1, 3: close / close.shift(3) - 1})
    z = (returns - returns.rolling(252).mean()) / returns.rolling(252).std(ddof=1)
    moves = close.diff().iloc[1:]
    up, down = moves.clip(lower=0), -moves.clip(upper=0)
    seeded = [side.iloc[14:] for side in (up, down)]
    means = [side.iloc[:14].mean() for side in (up, down)]
    rsi = {}
    for at, gain, loss in zip(seeded[0].index, *seeded, strict=True):
        means = [(13 * means[0] + gain) / 14, (13 * means[1] + loss) / 14]
        rsi[at] = 100 * means[0] / sum(means)
    expected = 0.7 * z.mean(axis=1, skipna=False) + 0.3 * (pd.Series(rsi) - 50) / 50

    (values,) = INDICATORS["momentum_score_total"].compute(columns(bars))

    np.testing.assert_allclose(values, expected.reindex(bars.index), rtol=1e-9)


def test_momentum_score_takes_todays_rsi_only_at_the_close(intraday, columns):
    """Inside a session the daily RSI is the previous session's: today's close is not known."""
    bars = intraday("2017-06-01", 40, minutes=15)
    changed = bars.copy()
    last = bars["session"] == bars["session"].iloc[-1]
    changed.loc[changed.index[-1], ["open", "high", "low", "close"]] *= 1.5
    score = INDICATORS["momentum_score_total"]
    before, after = score.compute(columns(bars))[0], score.compute(columns(changed))[0]

    np.testing.assert_array_equal(before[:-1], after[:-1])
    assert before[-1] != after[-1]
    assert last.sum() == 26


def test_vwap_begins_anew_each_session(intraday, columns):
    bars = intraday("2017-07-03", 2, minutes=15)  # a half day of 14 bars, then a whole one
    (values,) = INDICATORS["vwap"].compute(columns(bars))
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    day = bars.iloc[14:]

    assert values[14] == pytest.approx(typical[14], rel=1e-12)
    assert values[-1] == pytest.approx(np.average(typical[14:], weights=day["volume"]), rel=1e-12)


def test_half_days_end_early(intraday, columns):
    bars = intraday("2017-07-03", 1, minutes=15)
    (left,) = INDICATORS["minutes_to_close"].compute(columns(bars))
    (gone,) = INDICATORS["minutes_since_open"].compute(columns(bars))

    assert (left[0], left[-1]) == (195, 0)
    assert (gone[0], gone[-1]) == (15, 210)


def test_opening_range_is_known_after_a_quarter_of_an_hour(intraday, columns):
    bars = intraday("2017-06-01", 8)
    (values,) = INDICATORS["first15m_range_z"].compute(columns(bars), period=5)
    by_hand = []
    for _, day in bars.groupby("session"):
        first = day.iloc[:3]
        by_hand.append((first["high"].max() - first["low"].min()) / first["open"].iloc[0])
    z = (by_hand[-1] - np.mean(by_hand[-5:])) / np.std(by_hand[-5:], ddof=1)

    assert np.isnan(values[-78:-76]).all()
    np.testing.assert_allclose(values[-76:], z, rtol=1e-9)


# Values that the tests of Stock.Indicators (github.com/DaveSkender/Stock.Indicators, Apache-2.0)
# assert for SPY 2017-18 (502 sessions), rounded as there: (name, params, output, bar, value).
PUBLISHED = [
    ("keltner", {}, 0, 485, "275.4260"),
    ("keltner", {}, 1, 485, "265.4599"),
    ("keltner", {}, 2, 485, "255.4938"),
    ("keltner", {}, 0, 501, "262.1873"),
    ("keltner", {}, 1, 501, "249.3519"),
    ("keltner", {}, 2, 501, "236.5165"),
    ("supertrend", {"period": 14}, 0, 151, "232.8520"),
    ("supertrend", {"period": 14}, 0, 152, "237.6436"),
    ("supertrend", {"period": 14}, 0, 249, "253.8008"),
    ("supertrend", {"period": 14}, 0, 501, "250.7954"),
    ("donchian", {}, 0, 20, "217.0200"),
    ("donchian", {}, 1, 20, "214.2700"),
    ("donchian", {}, 2, 20, "211.5200"),
    ("donchian", {}, 0, 501, "273.5900"),
    ("donchian", {}, 2, 501, "229.4200"),
    ("ichimoku", {}, 0, 51, "224.4650"),
    ("ichimoku", {}, 1, 51, "221.9400"),
    ("ichimoku", {}, 2, 51, "214.8325"),
    ("ichimoku", {}, 3, 249, "241.6850"),
    ("ichimoku", {}, 2, 501, "264.7700"),
    ("ichimoku", {}, 3, 501, "269.8200"),
    ("aroon", {"period": 25}, 0, 293, "40.0000"),
    ("aroon", {"period": 25}, 1, 501, "28.0000"),
    ("aroonosc", {"period": 25}, 0, 501, "-60.0000"),
    ("mfi", {}, 0, 439, "69.0622"),
    ("mfi", {}, 0, 501, "39.9494"),
    ("cmf", {}, 0, 49, "0.350596"),
    ("cmf", {}, 0, 249, "-0.040226"),
    ("cmf", {}, 0, 501, "-0.123754"),
    ("kama", {"period": 10}, 0, 24, "214.7423"),
    ("kama", {"period": 10}, 0, 501, "240.1138"),
    ("er", {"period": 10}, 0, 501, "0.2214"),
    ("vortex", {}, 0, 14, "1.0460"),
    ("vortex", {}, 1, 501, "1.1163"),
    ("ultosc", {}, 0, 74, "51.7770"),
    ("ultosc", {}, 0, 501, "49.5257"),
    ("hma", {}, 0, 149, "236.0835"),
    ("hma", {}, 0, 501, "235.6972"),
]


@pytest.fixture(scope="module")
def spy(shared_data, columns):
    bars = pd.read_parquet(shared_data / "golden_1d.parquet").query("symbol == 'SPY'")
    days = bars["date"].dt.as_unit("us")
    stamps = (days + pd.Timedelta(hours=21)).dt.tz_localize("UTC")
    return columns(bars.assign(session=days, ts=stamps).reset_index(drop=True))


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: f"{case[0]}-{case[2]}-{case[3]}")
def test_published_numbers(case, spy):
    name, params, output, bar, value = case
    digits = len(value.partition(".")[2])
    got = INDICATORS[name].compute(spy, **params)[output][bar]

    assert f"{got:.{digits}f}" == value


def test_published_session_vwap(shared_data, columns):
    """The same tests, SPY one-minute on 2020-12-15: bars 0, 1, 369 and 390."""
    bars = pd.read_parquet(shared_data / "golden_spy_1m_2020.parquet")
    bars["session"] = (
        bars["ts"].dt.tz_convert("America/New_York").dt.normalize().dt.tz_localize(None)
    )
    (values,) = INDICATORS["vwap"].compute(columns(bars))

    assert [f"{values[at]:.4f}" for at in (0, 1, 369, 390)] == [
        "367.4800",
        "367.4223",
        "367.9494",
        "368.1804",
    ]


# Indicator and field of the oracle, ours, its parameters, its output, and how many of the last
# bars agree: where the averages are seeded elsewhere, it takes a year for that to die out.
ORACLES = [
    ("sma", "sma", "sma", {"period": 20}, 0, None),
    ("ema", "ema", "ema", {"period": 20}, 0, None),
    ("rsi", "rsi", "rsi", {}, 0, None),
    ("atr", "atr", "atr", {}, 0, None),
    ("atr", "atrp", "natr", {}, 0, None),
    ("atr", "tr", "trange", {}, 0, None),
    ("bb", "upperBand", "bbands", {}, 0, None),
    ("bb", "sma", "bbands", {}, 1, None),
    ("bb", "lowerBand", "bbands", {}, 2, None),
    ("bb", "percentB", "bb_pctb", {}, 0, None),
    ("bb", "width", "bb_width", {}, 0, None),
    ("bb", "zScore", "close_zscore", {}, 0, None),
    ("cci", "cci", "cci", {"period": 20}, 0, None),
    ("roc", "roc", "roc", {"period": 14}, 0, None),
    ("roc", "momentum", "mom", {"period": 14}, 0, None),
    ("stoch", "k", "stoch", {"fastk": 14}, 0, None),
    ("stoch", "d", "stoch", {"fastk": 14}, 1, None),
    ("stoch", "j", "kdj", {"fastk": 14, "slowk_ma": 0, "slowd_ma": 0}, 2, None),
    ("stoch-rsi", "stochRsi", "stochrsi", {"fastk": 14}, 0, None),
    ("stoch-rsi", "signal", "stochrsi", {"fastk": 14}, 1, None),
    ("willr", "williamsR", "willr", {}, 0, None),
    ("macd", "macd", "macd", {}, 0, 250),
    ("macd", "signal", "macd", {}, 1, 250),
    ("macd", "histogram", "macd", {}, 2, 250),
    ("adx", "adx", "adx", {}, 0, 250),
    ("adx", "dx", "dx", {}, 0, 250),
    ("adx", "pdi", "plus_di", {}, 0, 250),
    ("adx", "mdi", "minus_di", {}, 0, 250),
]


@pytest.fixture(scope="module")
def oracle(oracles):
    table = pd.read_parquet(oracles / "indicators_spy_2017_2018.parquet")
    return {key: part["value"].to_numpy() for key, part in table.groupby(["indicator", "field"])}


@pytest.mark.parametrize("case", ORACLES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_oracles(case, spy, oracle):
    theirs, field, name, params, output, last = case
    expected = oracle[theirs, field]
    got = INDICATORS[name].compute(spy, **params)[output][-len(expected) :]
    # TA-Lib gives no output before all of them are there: at most the signal's 8 bars
    begin = int(np.isfinite(got).argmax()) if last is None else len(got) - last

    assert begin <= (8 if last is None else len(got) - 250)
    tolerance = 1e-9 if last is None else 1e-6
    np.testing.assert_allclose(got[begin:], expected[begin:], rtol=0, atol=tolerance)


def test_on_balance_volume_is_the_oracle_differenced(spy, oracle):
    (got,) = INDICATORS["obv"].compute(spy)

    np.testing.assert_array_equal(got[1:], np.diff(oracle["obv", "obv"]))
