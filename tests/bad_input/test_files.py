"""Files that no market wrote: the row and the value, what to do, and nothing in the lake."""

import gzip

import numpy as np
import pandas as pd
import pytest
import yaml

M = "MODEL_ID=tiny_daily"


def _parquet(bench) -> bytes:
    path = bench.files / "TINY_daily.parquet"
    pd.read_csv(bench.csv).to_parquet(path)
    bench.csv.unlink()
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"date,open,high,low,close,volume\n",
        b"\x00\xff\xfe\x89PNG not a table",
        b"<html>Too many requests</html>",
        b"date,open,high,low,close\n2015-01-02,1,2,1,1,9,9\n",
        b'date,open,high,low,close\n2015-01-02,"1,2,1,1\n',
        b"date,open,high,low,close\n2015-01-02,1,2,1,1\n2015-01-05,1,2",
        b"when,what\n2015-01-02,1\n",
    ],
)
def test_a_csv_that_is_none(fresh, content):
    fresh.csv.write_bytes(content)
    fresh.refused("build", M, says="TINY_daily.csv")


def test_a_gzip_that_is_cut_off(fresh):
    content = gzip.compress(fresh.csv.read_bytes())
    fresh.csv.unlink()
    (fresh.files / "TINY_daily.csv.gz").write_bytes(content[: len(content) // 2])
    fresh.refused("build", M, says="TINY_daily.csv.gz", hint="export")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_parquet_that_is_cut_off(fresh, share):
    content = _parquet(fresh)
    (fresh.files / "TINY_daily.parquet").write_bytes(content[: int(len(content) * share)])
    fresh.refused("build", M, says="TINY_daily.parquet", hint="export it again")


@pytest.mark.parametrize("at", [10, 0.3, 0.5, -20, -200])
def test_a_parquet_with_a_byte_that_is_not_its_own(fresh, at):
    """Either it is refused, or the byte was one of those that no value rests on."""
    content = bytearray(_parquet(fresh))
    place = int(at * len(content)) if isinstance(at, float) else at
    content[place : place + 8] = b"\x00\xff\x00\xff\x00\xff\x00\xff"
    (fresh.files / "TINY_daily.parquet").write_bytes(content)
    code, _, err = fresh.run("build", M)
    assert code in (0, 2), err
    assert "Traceback" not in err
    if code == 2:
        assert "TINY_daily.parquet" in err
        assert fresh.held() == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("columns: {ts: date\n", "TINY_daily.yaml"),
        ("- a\n- b\n", "TINY_daily.yaml"),
        ("", "TINY_daily.yaml"),
        ("stamps: end\n", "stamps"),
        ("timezone: Mars/Olympus\n", "Mars/Olympus"),
        ("adjustment: some\n", "some"),
        ("columns: {close: shut}\n", "shut"),
        ("adjust_by: factor\n", "factor"),
        ("symbol: SPY\n", "symbol"),
        ("calendar: XLON\n", "XLON"),
        ("stamp: end\nstamp: start\n", "stamp is given twice"),
    ],
)
def test_a_description_that_does_not_fit(fresh, text, says):
    (fresh.files / "TINY_daily.yaml").write_text(text)
    fresh.refused("build", M, says=says)


def _twice(t):
    return pd.concat([t.iloc[:100], t.iloc[99:]])


def _unordered(t):
    return pd.concat([t.iloc[:100], t.iloc[101:102], t.iloc[100:101], t.iloc[102:]])


def _backwards(t):
    return t.iloc[::-1]


def _cell(column, value):
    def change(t):
        t[column] = t[column].astype(object)
        t.loc[200, column] = value

    return change


def _swapped(t):
    t.loc[200, ["high", "low"]] = t.loc[200, ["low", "high"]].to_numpy()


DAY = "2015-10-20"
"""Session of the row 200 that is spoilt, counted from 0."""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_twice, "2015-05-27"),
        (_unordered, "2015-05-28"),
        (_backwards, "row 2 "),
        (_cell("date", ""), "row 201"),
        (_cell("date", "soon"), "soon"),
        (_cell("date", "1015-10-20"), "1015-10-20"),
        (_cell("close", -3), "-3"),
        (_cell("close", 0), "0"),
        (_cell("open", 0), "0"),
        (_cell("close", ""), "missing"),
        (_cell("high", "nan"), "NaN"),
        (_cell("low", "inf"), "inf"),
        (_cell("close", "n.a."), "n.a."),
        (_cell("volume", -5), "-5"),
        (_cell("high", 1), "high 1"),
        (_cell("low", 100000), "100000"),
        (_swapped, "high is below low"),
    ],
)
def test_rows_that_no_market_wrote(fresh, change, says):
    fresh.bars(change)
    sentence = fresh.refused("build", M, says=says)
    assert "TINY_daily.csv" in sentence
    assert "row " in sentence


def test_a_failed_fetch_leaves_the_stored_bars(done):
    """The file went bad after a good build: the lake is as it was."""
    done.bars(_cell("close", -3))
    done.refused("sweep-run", M, says="-3")


def test_stamps_of_days_that_are_no_sessions(fresh):
    """A year's weekdays and weekends alike: no exchange with holidays made them."""
    fresh.bars(
        lambda t: t.assign(date=pd.date_range("2015-01-02", periods=len(t)).strftime("%Y-%m-%d"))
    )
    fresh.refused("build", M, says="2015-01-03", hint="24/7")


@pytest.fixture
def hourly(fresh):
    """Five-minute bars of thirty sessions, UTC, stamped at their start, and a model on them."""
    from sigma_core.calendars import calendar

    days = calendar("XNYS").sessions(pd.Timestamp("2016-02-01"), pd.Timestamp("2016-04-29"))
    stamps = pd.DatetimeIndex(
        np.concatenate(
            [
                pd.date_range(a, b, freq="5min", inclusive="left").tz_localize(None).to_numpy()
                for a, b in zip(days["open"], days["close"], strict=True)
            ]
        )
    )
    close = 100 * np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.001, len(stamps))))
    open_ = np.r_[100.0, close[:-1]]
    table = pd.DataFrame(
        {
            "ts": stamps, "open": open_, "high": np.maximum(open_, close) * 1.001,
            "low": np.minimum(open_, close) * 0.999, "close": close, "volume": 5.0,
        }
    )  # fmt: skip
    fresh.csv.unlink()
    fresh.edit("", "pack", cadences=["daily", "hourly"])

    def put(change=lambda t: t, **layout):
        change(table.copy()).to_csv(fresh.files / "TINY_5m.csv", index=False)
        if layout:
            (fresh.files / "TINY_5m.yaml").write_text(yaml.safe_dump(layout))
        return fresh

    fresh.edit(cadence="hourly", end=None, label={"kind": "fwd_ret", "params": {"bars": 3}})
    return put


def test_stamps_without_a_zone(hourly):
    hourly().refused("build", M, says="zone", hint="timezone")


def test_stamps_of_another_zone(hourly):
    """UTC stamps that are said to be New York's: the usual session then lacks its bars."""
    hourly(timezone="America/New_York", stamp="start").refused(
        "build", M, says="TINY_5m.csv", hint="TINY_5m.yaml"
    )


def test_stamps_of_the_other_end(hourly):
    """Said to be ends, they are starts: the first bar of each session would close at its open."""
    hourly(timezone="UTC", stamp="end").refused("build", M, says="TINY_5m.csv", hint="stamp")


def test_stamps_off_the_grid(hourly):
    hourly(
        lambda t: t.assign(ts=t["ts"] + pd.Timedelta(minutes=2)), timezone="UTC", stamp="start"
    ).refused("build", M, says="TINY_5m.csv")


def _split(t):
    t.loc[300:, ["open", "high", "low", "close"]] /= 4


def test_an_unadjusted_split(fresh):
    fresh.bars(_split)
    sentence = fresh.refused("build", M, says="2016-03-14", hint="adjust_by")
    assert "4 for 1" in sentence


def _stamps(table):
    return next(c for c in table.columns if c.lower() in ("ts", "date", "timestamp", "session"))


def test_the_split_of_apple(fresh, shared_data):
    """AAPL was split 7 for 1 at the open of 2014-06-09."""
    found = sorted(shared_data.rglob("*dow30_raw_1d*.parquet"))
    if not found:
        pytest.skip("shared/data has no dow30_raw_1d")
    raw = pd.read_parquet(found[0])
    name = next(c for c in raw.columns if c.lower() in ("symbol", "ticker"))
    rows = raw[raw[name] == "AAPL"].drop(columns=name)
    rows = rows[rows[_stamps(rows)] > "2010-01-01"]
    rows.to_csv(fresh.files / "AAPL_daily.csv", index=False)
    fresh.edit(ticker="AAPL", end=None)
    sentence = fresh.refused("build", M, says="2014-06-09", hint="adjust_by")
    assert "7 for 1" in sentence


def test_stale_opens_of_a_file(fresh):
    fresh.bars(lambda t: t.assign(open=t["close"].shift().fillna(t["open"])).assign(
        high=lambda x: x[["open", "high"]].max(axis=1), low=lambda x: x[["open", "low"]].min(axis=1)
    ))  # fmt: skip
    fresh.refused("build", M, says="2015", hint="stale_open")


@pytest.mark.slow
def test_stale_opens_of_the_sample(fresh):
    """SPX opens at the previous close before 2006, so next-open fills are not to be believed."""
    fresh.edit(ticker="SPX", provider="sample", start="2000-01-03", end="2004-12-31")
    fresh.refused("build", M, says="2000", hint="stale_open")
    fresh.edit(start="2008-01-02", end="2012-12-31")
    code, _, err = fresh.run("build", M)
    assert code == 0, err


@pytest.mark.parametrize("ticker", ["SPI", "spx.", "NOPE"])
def test_an_unknown_ticker(fresh, ticker):
    fresh.edit(ticker=ticker, provider="auto")
    fresh.refused(
        "build", M, says=ticker, hint="" if ticker == "spx." else f"{ticker}_daily.parquet"
    )


def test_a_folder_of_files_that_is_none(fresh, monkeypatch):
    monkeypatch.setenv("SIGMA_FILES", str(fresh.root / "nowhere"))
    fresh.refused("build", M, says="nowhere", hint="folder")


def test_a_folder_of_packs_that_is_none(fresh, monkeypatch):
    monkeypatch.setenv("SIGMA_PACKS", str(fresh.root / "nowhere"))
    fresh.refused("build", M, says="nowhere", hint="SIGMA_PACKS")


def test_a_constant_feature(fresh):
    """Volume that never changes makes an average of it that never does."""
    fresh.bars(lambda t: t.assign(volume=1000))
    fresh.edit(indicators=[{"name": "rsi"}, {"name": "mfi"}, {"name": "vol_zscore"}])
    fresh.refused("build", M, says="vol_zscore", hint="Leave the feature out")


def test_a_feature_that_is_missing_on_much_of_the_rows(fresh):
    """The other market has no bar of a week in two: four sessions of each are too far from one."""
    table = pd.read_csv(fresh.csv)
    table[np.arange(len(table)) % 10 < 5].to_csv(fresh.files / "GAPS_daily.csv", index=False)
    fresh.edit(indicators=[{"name": "rsi"}, {"name": "log_ret", "of": "GAPS"}])
    assert "@gaps" in fresh.refused("build", M, says="40%", hint="Leave the feature out")


def test_a_label_with_one_class(fresh):
    """Nothing moves by fifty sigmas in three sessions: every row is FLAT."""
    fresh.edit(label={"kind": "fwd_ret", "params": {"sessions": 3, "k_sigma": 50}})
    fresh.refused("build", M, says="0 rows", hint="label")
    fresh.refused("sweep-run", M, says="0 rows", hint="label")
