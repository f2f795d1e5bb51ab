"""Real bars of option contracts: the price at an opening, the last price within a bar, and a chain
made of them where there are no quotes."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.options.sanity import sane
from sigma_core.overlay.standing import Clock, micros
from sigma_core.tape import BAR_MINUTES, Floats, Ints

FRESH_MINUTES = 15
"""Oldest trade, before the decision, that a chain is made of."""
COLUMNS = ("session", "ts", "symbol", "root", "expiration", "right", "strike", "open", "close",
           "volume")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Prints:
    """Option bars (columns COLUMNS) of one cadence, on the clock of the underlying."""

    rows: pd.DataFrame
    minutes: int
    opens: "pd.Series[float]"
    """Opening price by symbol and the instant at which the bar began."""
    lasts: "pd.Series[float]"
    """Last price by symbol and the underlying's bar it was traded in."""

    def opening(self, symbols: "pd.Series[str]", instants: Ints) -> Floats:
        """First price of the bar that begins at each instant; missing where none was traded."""
        return _looked_up(self.opens, symbols, instants)

    def last(self, symbols: "pd.Series[str]", bars: Ints) -> Floats:
        """Last price within each bar of the underlying; missing where none was traded."""
        return _looked_up(self.lasts, symbols, bars)


def prints_of(rows: pd.DataFrame, cadence: str, clock: Clock) -> Prints:
    """Option bars made ready; those after the last bar of the underlying are left out."""
    minutes, ts = BAR_MINUTES[cadence], micros(rows["ts"])
    bar = np.searchsorted(clock.tape.ts, ts, side="left")
    there = bar < len(clock.tape)
    kept = rows.loc[there, list(COLUMNS)].assign(bar=bar[there], end=ts[there])
    kept = kept.sort_values(["symbol", "end"], ignore_index=True)
    begun = kept.assign(begun=kept["end"] - minutes * 60_000_000)
    return Prints(
        rows=kept,
        minutes=minutes,
        opens=begun.drop_duplicates(["symbol", "begun"]).set_index(["symbol", "begun"])["open"],
        lasts=kept.groupby(["symbol", "bar"])["close"].last(),
    )


def chain_of_prints(
    prints: Prints, clock: Clock, bars: Iterable[int], *, spread: float
) -> pd.DataFrame:
    """A snapshot at the close of each of `bars`, of each contract's last trade of the last quarter
    of an hour: quotes are `spread`, a share of the price, wide around it.

    Open interest is missing; volume is the session's so far.
    """
    parts = [_snapshot(prints, clock, bar, spread) for bar in sorted(set(bars))]
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame()


def _snapshot(prints: Prints, clock: Clock, bar: int, spread: float) -> pd.DataFrame:
    tape, rows = clock.tape, prints.rows
    now = int(tape.ts[bar])
    day = pd.Timestamp(tape.calendar.session_of(tape.session[[bar]])[0])
    past = rows[(rows["session"] == day) & (rows["end"] <= now)]
    last = past.groupby("symbol").tail(1)
    volume = past.groupby("symbol")["volume"].sum()
    fresh = last[last["end"] > now - FRESH_MINUTES * 60_000_000]
    if fresh.empty:
        return pd.DataFrame()
    price = fresh["close"]
    raw = fresh[["session", "root", "expiration", "right", "strike"]].assign(
        as_of=pd.Timestamp(now, unit="us", tz="UTC"),
        bid=price * (1 - spread / 2),
        ask=price * (1 + spread / 2),
        last=price,
        volume=fresh["symbol"].map(volume),
        underlying=tape.close[bar],
    )
    return sane(raw, tape.calendar).rows


def _looked_up(values: "pd.Series[float]", symbols: "pd.Series[str]", keys: Ints) -> Floats:
    if values.empty:
        return np.full(len(symbols), np.nan)
    found = values.reindex(pd.MultiIndex.from_arrays([symbols, keys]))
    return np.asarray(found, dtype="float64")
