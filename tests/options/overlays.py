"""A week of daily bars, a chain of three contracts with quotes written down, trades on them."""

import numpy as np
import pandas as pd

from sigma_core.domain.policy import Options, Selection
from sigma_core.options.sanity import sane
from sigma_core.overlay.account import account_of
from sigma_core.overlay.choice import choices
from sigma_core.overlay.hold import hold
from sigma_core.overlay.legs import expiries_of, legs_of, sightings
from sigma_core.overlay.standing import clock_of
from sigma_core.tape import tape_of
from tests.options.chains import NYSE

DAYS = pd.to_datetime(
    ["2024-05-06", "2024-05-07", "2024-05-08", "2024-05-09", "2024-05-10", "2024-05-13"]
).as_unit("us")
CLOSES = [100.0, 101.0, 102.0, 103.0, 104.0, 105.0]
OPENS = [99.5, 100.5, 101.5, 102.5, 103.0, 104.5]
ATM = Selection(target_delta=0.5, spread_width=None)


def clock(closes=CLOSES, opens=OPENS, days=DAYS):
    """Daily bars of a US stock."""
    ts = pd.to_datetime(NYSE.close_of(NYSE.ordinal(days.to_numpy())), unit="us", utc=True)
    bars = pd.DataFrame({"ts": ts, "session": days, "open": opens, "close": closes})
    bars = bars.assign(high=bars[["open", "close"]].max(axis=1) + 1, low=bars["open"] - 1)
    return clock_of(tape_of(bars, NYSE, "daily", horizon="swing"))


def quotes(rows, *, root="ABC", expiration="2024-05-10", **more) -> pd.DataFrame:
    """A looked-through chain of (day, strike, right, bid, ask)."""
    table = pd.DataFrame(rows, columns=["day", "strike", "right", "bid", "ask"])
    table = table.assign(
        session=DAYS[table["day"]], root=root, expiration=pd.Timestamp(expiration),
        underlying=np.array(CLOSES)[table["day"]], **more,
    )  # fmt: skip
    table["expiration"] = table["expiration"].astype("datetime64[us]")
    return sane(table.drop(columns="day"), NYSE).rows


WEEK = [
    (0, 100.0, "C", 2.00, 2.20), (0, 100.0, "P", 2.00, 2.20), (0, 105.0, "C", 0.40, 0.50),
    (1, 100.0, "C", 2.40, 2.60), (1, 100.0, "P", 1.40, 1.60), (1, 105.0, "C", 0.50, 0.60),
    (2, 100.0, "C", 2.70, 2.80), (2, 100.0, "P", 0.70, 0.80), (2, 105.0, "C", 0.60, 0.70),
    (3, 100.0, "C", 3.20, 3.50), (3, 100.0, "P", 0.30, 0.40), (3, 105.0, "C", 0.50, 0.70),
]  # fmt: skip


def trade(side="long", *, signal=0, entry=1, exit_=3, entry_at="close", exit_at="close", **more):
    """A trade of the underlying by its bars; at closes unless said."""
    prices = {"open": OPENS, "close": CLOSES}
    return {
        "side": side, "signal_bar": signal, "entry_bar": entry, "entry_at": entry_at,
        "fill": prices[entry_at][entry], "exit_bar": exit_, "exit_at": exit_at,
        "exit_price_raw": prices.get(exit_at, CLOSES)[exit_], "reason": "time", **more,
    }  # fmt: skip


def held(chain, trades, options=None, *, at=None, prints=None, assumed=None):
    """What `hold` makes of trades, and what was chosen."""
    at, options = at or clock(), options or Options(selection=ATM)
    table = pd.DataFrame(trades)
    found = choices(chain, at, table, options)
    last = table["exit_bar"].to_numpy()
    seen = sightings(chain, expiries_of(found, at, last), at, options)
    legs = legs_of(found, seen, at, last)
    return hold(at, table, found, legs, options, prints=prints, assumed=assumed), found


def account(done, options=None, *, bars=6, start=100_000.0, share=0.02, trades=1):
    """Money on it, every trade at full size."""
    options = options or Options(selection=ATM)
    return account_of(done, np.ones(trades), options, bars=bars, start=start, share=share)
