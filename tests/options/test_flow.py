"""Same-day flow: by hand, on four real sessions to the last contract, never of the future."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.options.flow import KINDS, by_distance, flow
from tests.options.chains import NYSE

DAY = pd.Timestamp("2024-05-06")
OPEN = pd.Timestamp("2024-05-06 13:30", tz="UTC")


def bars(*closes: float, minutes: int = 15) -> pd.DataFrame:
    ends = [OPEN + pd.Timedelta(minutes=minutes * (at + 1)) for at in range(len(closes))]
    return pd.DataFrame({"ts": ends, "session": DAY, "close": closes})


def prints(*rows, **changes) -> pd.DataFrame:
    """Minute, right, strike, volume, vwap of each."""
    table = pd.DataFrame(rows, columns=["minute", "right", "strike", "volume", "vwap"])
    table["ts"] = [OPEN + pd.Timedelta(minutes=m) for m in table.pop("minute")]
    return table.assign(session=DAY, expiration=DAY, root="SPY").assign(**changes)


def made(some: pd.DataFrame, rows: pd.DataFrame, far: int = 2, **more) -> pd.DataFrame:
    return flow(some, rows, NYSE, distance_max=far, **more)


ROWS = (
    (3, "C", 99.0, 10, 2.0), (9, "C", 100.0, 5, 1.5), (15, "C", 100.0, 1, 1.0),
    (7, "P", 100.0, 4, 0.5), (14, "P", 102.5, 2, 3.0),
    (20, "C", 101.0, 8, 1.0),
)  # fmt: skip


def test_distances_are_counted_in_listed_strikes():
    """In the first bar 99, 100 and 102.5 have been traded; 101 is not known before the second."""
    first, second = made(bars(100.2, 101.9), prints(*ROWS)).to_dict("records")
    assert [first[f"calls_volume_d{k}"] for k in (-1, 0, 1)] == [10, 6, 0]
    assert [first[f"puts_volume_d{k}"] for k in (-1, 0, 1)] == [0, 4, 2]
    assert np.isnan(first["calls_volume_d-2"])
    assert np.isnan(first["puts_premium_d2"])
    assert first["calls_premium_d0"] == 5 * 1.5 * 100 + 1 * 1.0 * 100
    assert first["puts_premium_d1"] == 2 * 3.0 * 100
    # at 101.9 the money is at 102.5; below it are 101, 100 and 99
    assert [second[f"calls_volume_d{k}"] for k in (-2, -1, 0)] == [0, 8, 0]
    assert np.isnan(second["calls_volume_d1"])


def test_totals_are_over_all_strikes():
    first, second = made(bars(100.2, 101.9), prints(*ROWS), far=0).to_dict("records")
    assert [first[kind] for kind in KINDS] == [16, 6, 2000 + 850, 200 + 600]
    assert [second[kind] for kind in KINDS] == [8, 0, 800, 0]


def test_equally_near_is_the_lower_strike():
    row = made(bars(99.5), prints(*ROWS)).iloc[0]
    assert row["calls_volume_d0"] == 10


def test_listed_strikes_count_before_they_are_traded():
    listed = {DAY: np.array([99.0, 100.0, 101.0, 102.0, 102.5])}
    row = made(bars(100.2), prints(*ROWS), far=4, listed=listed).iloc[0]
    assert [row[f"puts_volume_d{k}"] for k in range(-1, 4)] == [0, 4, 0, 0, 2]


def test_without_a_trade_a_bar_is_missing_and_without_a_file_a_session_is():
    three = bars(100.0, 100.0, 100.0)
    rows = prints((3, "C", 100.0, 10, 2.0), (44, "P", 100.0, 1, 1.0))
    table = made(three, rows)
    assert table["calls_volume"].tolist() == pytest.approx([10, np.nan, 0], nan_ok=True)
    assert table["calls_volume_d0"].tolist() == pytest.approx([10, np.nan, 0], nan_ok=True)
    other = three.assign(ts=three["ts"] + pd.Timedelta("1D"), session=DAY + pd.Timedelta("1D"))
    table = made(pd.concat([three, other], ignore_index=True), rows)
    assert table[[*KINDS, *by_distance(2)]].iloc[3:].isna().all(axis=None)


def test_only_contracts_of_the_usual_size_that_end_today_count():
    for change in ({"expiration": DAY + pd.Timedelta("1D")}, {"root": "SPY1"}):
        assert made(bars(100.0), prints(*ROWS, **change))["calls_volume"].isna().all()
    friday = pd.Timestamp("2014-06-06")
    rows = prints(*ROWS, session=friday, expiration=friday + pd.Timedelta("1D"))  # a Saturday
    shift = friday - DAY
    rows["ts"] += shift
    old = bars(100.0).assign(ts=lambda b: b["ts"] + shift, session=friday)
    assert made(old, rows)["calls_volume"].tolist() == [16]


def test_a_price_that_is_missing_makes_the_premium_missing_and_nothing_else():
    rows = prints(*ROWS)
    rows.loc[1, "vwap"] = np.nan
    row = made(bars(100.2), rows).iloc[0]
    assert row["calls_volume"] == 16
    assert np.isnan(row["calls_premium"])
    assert row["calls_premium_d-1"] == 2000
    assert np.isnan(row["calls_premium_d0"])


def test_what_comes_later_changes_nothing():
    rng = np.random.default_rng(4)
    minutes = rng.integers(1, 391, 600)
    rows = prints(*((int(m), "CP"[int(m) % 2], 90 + float(rng.integers(0, 20)), 1 + int(m) % 7, 1.5)
                    for m in minutes))  # fmt: skip
    some = bars(*(100 + rng.normal(0, 3, 26)))
    whole = made(some, rows, far=4)
    for cut in (1, 2, 5, 13, 25):
        now = some["ts"].iloc[cut - 1]
        part = made(some[:cut], rows[rows["ts"] <= now], far=4)
        pd.testing.assert_frame_equal(part, whole[:cut])


class TestRealSessions:
    """SPY on 1, 2, 3 and 5 July 2024, a half day among them."""

    @pytest.fixture(scope="class")
    def real(self, shared_data):
        prints = pd.read_parquet(shared_data / "spy_0dte_option_1m_2024.parquet")
        prints["ts"] += pd.Timedelta("1min")
        prints["session"] = prints["ts"].dt.tz_convert("America/New_York").dt.normalize()
        prints["session"] = prints["session"].dt.tz_localize(None).dt.as_unit("us")
        prints["expiration"] = pd.to_datetime(prints["expiration"]).dt.as_unit("us")
        spy = pd.read_parquet(shared_data / "spy_1m_2024_2025.parquet")
        spy["ts"] += pd.Timedelta("1min")
        spy["session"] = spy["ts"].dt.tz_convert("America/New_York").dt.tz_localize(None)
        spy["session"] = spy["session"].dt.normalize().dt.as_unit("us")
        hours = NYSE.sessions(pd.Timestamp("2024-07-01").date(), pd.Timestamp("2024-07-05").date())
        spy = spy.merge(hours, on="session").query("ts <= close_y").rename(
            columns={"close_x": "close"}
        )  # fmt: skip
        return spy.reset_index(drop=True), prints.assign(root="SPY")

    def test_every_minute_adds_up_to_the_file(self, real):
        spy, rows = real
        table = flow(spy, rows, NYSE, distance_max=30)
        rows = rows.assign(dollars=rows["volume"] * rows["vwap"] * 100)
        sums = rows.pivot_table(index="ts", columns="right", values=["volume", "dollars"],
                                aggfunc="sum", fill_value=0)  # fmt: skip
        inside = table.set_index("ts").dropna(subset=["calls_volume"])
        assert len(inside) > 1200
        assert inside["session"].nunique() == 4
        theirs = sums.reindex(inside.index)
        pairs = zip(KINDS, [("volume", "C"), ("volume", "P"), ("dollars", "C"), ("dollars", "P")],
                    strict=True)  # fmt: skip
        for kind, key in pairs:
            np.testing.assert_allclose(inside[kind], theirs[key], rtol=1e-12)
            each = [f"{kind}_d{k}" for k in range(-30, 31)]
            np.testing.assert_allclose(inside[each].sum(axis=1), inside[kind], rtol=1e-12)
        late = ~sums.index.isin(table["ts"])  # after the close of the shares options trade on
        assert (
            sums["volume"][~late].sum().sum() == inside[["calls_volume", "puts_volume"]].sum().sum()
        )

    def test_longer_bars_are_sums_of_the_minutes(self, real):
        spy, rows = real
        half = spy[(spy["ts"].dt.minute % 30) == 0].reset_index(drop=True)
        short, long = (flow(b, rows, NYSE, distance_max=0) for b in (spy, half))
        by = half["ts"].searchsorted(short["ts"])
        sums = short[list(KINDS)].groupby(by).sum()
        known = long["calls_volume"].notna()
        assert known.sum() > 40
        np.testing.assert_allclose(
            sums.reindex(np.flatnonzero(known)), long.loc[known, list(KINDS)], rtol=1e-12
        )
