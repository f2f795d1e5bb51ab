"""Chains for tests: made by Black's formula, so what is in them is known; and the real ones."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from sigma_core.calendars import calendar
from sigma_core.options.black import Curve, black, side_of
from sigma_core.options.sanity import sane

NYSE = calendar("XNYS")
RATE, DIVIDEND, SIGMA, SPOT = 0.03, 0.01, 0.25, 100.0
CURVE = Curve((1.0,), (RATE,))
DAY = pd.Timestamp("2024-05-06")
EXPIRATIONS = ("2024-05-06", "2024-05-10", "2024-05-17", "2024-06-21", "2024-06-28")


def merton(side, spot, strike, years, sigma, rate=0.0, dividend=0.0) -> np.ndarray:
    """Black's price by the forward S·e^((r − q)T), as the lab takes it from parity: Merton 1973."""
    s, t, r, q = (np.asarray(v, dtype=float) for v in (spot, years, rate, dividend))
    return black(side, s * np.exp((r - q) * t), strike, t, sigma, np.exp(-r * t))


def raw(session: pd.Timestamp = DAY, expirations=EXPIRATIONS, **changes) -> pd.DataFrame:
    """European quotes of SPOT at one volatility, a cent wide on each side, strikes 80 to 120."""
    keys = pd.MultiIndex.from_product(
        [pd.to_datetime(list(expirations)).as_unit("us"), np.arange(80.0, 121.0, 2.5), ["C", "P"]],
        names=["expiration", "strike", "right"],
    )
    table = keys.to_frame(index=False)
    years = np.maximum((table["expiration"] - session).dt.days, 0) / 365
    forward = SPOT * np.exp((RATE - DIVIDEND) * years)
    mid = black(
        side_of(table["right"]), forward, table["strike"], years, SIGMA, np.exp(-RATE * years)
    )
    return table.assign(
        session=session, root="XSP", bid=mid - 0.01, ask=mid + 0.01, volume=10.0,
        open_interest=500.0, iv=SIGMA, delta=0.5, underlying=SPOT,
    ).assign(**changes)  # fmt: skip


def chain(**changes) -> pd.DataFrame:
    """The same after the look."""
    return sane(raw(**changes), NYSE).rows


@cache
def real(folder: Path, symbol: str) -> pd.DataFrame:
    """All real chains of a ticker, looked through."""
    table = pd.read_parquet(folder / "option_chains_eod.parquet")
    table = table[table["symbol"] == symbol].rename(columns={"date": "session"})
    return sane(table.drop(columns="last_trade"), NYSE).rows


@cache
def quoted(folder: Path, symbol: str) -> pd.DataFrame:
    """Real chains with both sides of the market: closing quotes, and the day's underlying."""
    rows = pd.read_parquet(folder / "option_daily_quotes_2014_2015.parquet")
    chains = pd.read_parquet(folder / "option_chains_eod.parquet")
    spot = chains[chains["symbol"] == symbol].groupby("date", as_index=False)["underlying"].median()
    both = rows[rows["symbol"] == symbol].drop(columns="close").merge(spot, on="date")
    whole = both.groupby("date")["strike"].transform("size") > 1000
    return sane(both[whole].rename(columns={"date": "session"}).assign(root=symbol), NYSE).rows
