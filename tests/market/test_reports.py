"""What is let in and told: stale opens, missing sessions and bars, breaks in volume's unit."""

import numpy as np
import pandas as pd

from sigma_core.calendars import calendar
from sigma_core.fetch import bars_of
from sigma_core.providers import report

NYSE = calendar("XNYS")


def years(first: str, last: str) -> pd.DataFrame:
    """Daily bars of every session between, that rise a little, opening above the last close."""
    sessions = NYSE.sessions(pd.Timestamp(first).date(), pd.Timestamp(last).date())
    n = np.arange(len(sessions))
    close = 100 * 1.0002**n
    return pd.DataFrame(
        {
            "ts": sessions["close"],
            "session": sessions["session"],
            "open": close * 1.0001,
            "high": close * 1.001,
            "low": close * 0.999,
            "close": close,
            "volume": 1000.0 + n % 7,
        }
    )


def told(bars: pd.DataFrame) -> dict:
    return report(bars, NYSE, "daily", "ABC")


def test_nothing_to_tell():
    facts = told(years("2020-01-02", "2021-12-31"))
    assert facts == {
        "stale_open_years": [],
        "missing_sessions": 0,
        "missing_bars": 0,
        "volume_breaks": [],
        "notes": [],
    }


def test_opens_are_stale_above_half_of_a_year():
    bars = years("2020-01-02", "2021-12-31")
    year = bars["session"].dt.year
    nth = bars.groupby(year).cumcount()
    # 2020 has 253 sessions, 2021 has 252: 127 are over half of the one, 126 are half of the other
    stale = ((year == 2020) & (nth < 128) & (nth > 0)) | ((year == 2021) & (nth < 126))
    bars["open"] = bars["close"].shift().where(stale, bars["open"])
    assert told(bars)["stale_open_years"] == [2020]


def test_sessions_that_are_missing_are_counted():
    bars = years("2020-01-02", "2020-12-31").drop(index=[5, 6, 99]).reset_index(drop=True)
    facts = told(bars)
    assert facts["missing_sessions"] == 3
    assert facts["notes"] == ["Sessions of XNYS without a bar of ABC: 3."]


def test_a_long_hole_may_be_another_company():
    bars = pd.concat([years("2018-01-02", "2018-03-01"), years("2019-05-01", "2019-12-31")])
    notes = told(bars.reset_index(drop=True))["notes"]
    assert (
        "ABC has no bar between 2018-03-01 and 2019-05-01: was it another company before?" in notes
    )


def test_the_day_on_which_volume_changes_its_unit():
    bars = years("2020-01-02", "2020-12-31")
    bars["volume"] = bars["volume"].where(bars.index < 100, bars["volume"] * 50)
    assert told(bars)["volume_breaks"] == [f"{bars['session'][100]:%Y-%m-%d}"]


def test_one_busy_day_changes_no_unit():
    bars = years("2020-01-02", "2020-12-31")
    bars.loc[100, "volume"] *= 50
    assert told(bars)["volume_breaks"] == []


def test_bars_missing_within_sessions(lab, put, five_minutes):
    put("SPY_5m.csv", five_minutes.drop(index=range(20, 40)), "stamp: end\n")
    about = bars_of(lab, "SPY", "5m").about
    assert about["missing_bars"] == 20
    assert any("missing within its sessions: 20" in note for note in about["notes"])
