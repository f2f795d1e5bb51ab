"""Same-day option flow: what was traded, by bars of the underlying and distance from the money.

The exchange prints trades, not who began them: this is volume, neither bought nor sold.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar
from sigma_core.options.black import Floats
from sigma_core.options.expiries import last_sessions
from sigma_core.options.sanity import CONTRACT_SIZE

KINDS = ("calls_volume", "puts_volume", "calls_premium", "puts_premium")
"""What is counted: contracts, and dollars (contracts × volume-weighted price × 100)."""
FARTHEST = 30
"""Strikes on either side of the money, at most."""
_NONE: Mapping[pd.Timestamp, Floats] = MappingProxyType({})


def at_distance(kind: str, k: int) -> str:
    """Name of a column: k strikes above the money, below where negative.

    >>> at_distance("calls_volume", -3)
    'calls_volume_d-3'
    """
    return f"{kind}_d{k}"


def by_distance(distance_max: int) -> tuple[str, ...]:
    """Names of all columns from −distance_max to +distance_max, kind by kind."""
    span = range(-distance_max, distance_max + 1)
    return tuple(at_distance(kind, k) for kind in KINDS for k in span)


def flow(
    bars: pd.DataFrame,
    contracts: pd.DataFrame,
    days: Calendar,
    *,
    distance_max: int,
    listed: Mapping[pd.Timestamp, Floats] = _NONE,
) -> pd.DataFrame:
    """One row per bar of the underlying: ts, session, KINDS over all strikes, and by distance.

    `bars`: ts, session, close. `contracts`: bars of option contracts (`schemas.option_bars`, and
    `session`); those that end in their own session count, of 100 units each, in the bar in which
    they closed. `listed`: strikes of the same-day expiry known before a session.

    Distance 0 is the listed strike nearest the bar's close (equally near: the lower), 1 the next
    above, as listed. A strike counts as listed from `listed`, or once it has been traded in the
    session: nothing later than the bar is read. A listed strike without a trade has 0, a distance
    at which none is listed is missing; so is all of a bar in which no contract was traded, as a
    hole in the file would look just so. Premium is missing where a price of a trade is.
    """
    rows = _placed(bars, _same_day(contracts, days))
    out = np.full((len(bars), len(KINDS), 2 * distance_max + 1), np.nan)
    totals = np.full((len(bars), len(KINDS)), np.nan)
    close, session = bars["close"].to_numpy(dtype="float64"), bars["session"].to_numpy()
    for first, last in _sessions(session):
        some = rows[(rows["bar"] >= first) & (rows["bar"] < last)]
        if some.empty:
            continue
        before = listed.get(pd.Timestamp(session[first]), np.empty(0))
        strikes = np.unique(np.r_[some["strike"].to_numpy(), before])
        counts = _counts(some, strikes, first, last - first)
        traded = np.isin(np.arange(first, last), some["bar"])
        totals[first:last][traded] = counts[traded].sum(axis=2)
        known = _listed(some, strikes, before, first, last - first) & traded[:, None]
        step = _steps(known, strikes, close[first:last])
        bar, place = np.nonzero(known & (np.abs(step) <= distance_max))
        out[first + bar, :, step[bar, place] + distance_max] = counts[bar, :, place]
    wide = pd.DataFrame(out.reshape(len(bars), -1), columns=list(by_distance(distance_max)))
    named = {kind: totals[:, at] for at, kind in enumerate(KINDS)}
    return pd.concat([bars[["ts", "session"]].assign(**named).reset_index(drop=True), wide], axis=1)


def _same_day(contracts: pd.DataFrame, days: Calendar) -> pd.DataFrame:
    """Contracts that end in the session of their bar and are of the usual size."""
    ends = last_sessions(contracts["expiration"], days)
    usual = ~contracts["root"].str[-1:].str.isdigit()
    return contracts[(ends == contracts["session"]) & usual]


def _placed(bars: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Those within a bar of the underlying, with its position."""
    at = bars["ts"].searchsorted(rows["ts"], side="left")
    inside = at < len(bars)
    rows, at = rows[inside], at[inside]
    same = bars["session"].to_numpy()[at] == rows["session"].to_numpy()
    kept: pd.DataFrame = rows[same]
    return kept.assign(bar=at[same])


def _sessions(session: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """First bar of each session, and the first of the next."""
    begins = np.flatnonzero(session[1:] != session[:-1]) + 1
    yield from pairwise([0, *begins.tolist(), len(session)] if len(session) else [])


def _counts(rows: pd.DataFrame, strikes: Floats, first: int, bars: int) -> Floats:
    """KINDS by bar and strike (bars × kinds × strikes); 0 where nothing was traded."""
    found = np.zeros((bars, len(KINDS), len(strikes)))
    at = (rows["bar"].to_numpy() - first, np.searchsorted(strikes, rows["strike"].to_numpy()))
    put = (rows["right"] == "P").to_numpy().astype("int64")
    volume = rows["volume"].to_numpy(dtype="float64")
    dollars = volume * rows["vwap"].to_numpy(dtype="float64") * CONTRACT_SIZE
    np.add.at(found, (at[0], put, at[1]), volume)
    np.add.at(found, (at[0], put + 2, at[1]), dollars)
    return found


def _listed(
    rows: pd.DataFrame, strikes: Floats, before: Floats, first: int, bars: int
) -> NDArray[np.bool_]:
    """By bar and strike: whether it was listed by then."""
    begins = np.full(len(strikes), bars)
    np.minimum.at(
        begins,
        np.searchsorted(strikes, rows["strike"].to_numpy()),
        rows["bar"].to_numpy() - first,
    )
    begins[np.isin(strikes, before)] = 0
    return np.asarray(np.arange(bars)[:, None] >= begins)


def _steps(known: NDArray[np.bool_], strikes: Floats, close: Floats) -> NDArray[np.int64]:
    """By bar and strike: listed strikes from the one at the money; a far number without a close."""
    rank = np.cumsum(known, axis=1) - 1
    off = np.where(known, np.abs(strikes - close[:, None]), np.inf)
    money = np.take_along_axis(rank, off.argmin(axis=1)[:, None], axis=1)
    return np.where(np.isnan(close)[:, None], len(strikes) + FARTHEST, rank - money)
