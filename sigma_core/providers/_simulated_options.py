"""Option chains and option bars of simulated markets, made session by session: SIMULATED.

Of every session the chain as it stands at each full hour in New York, and at its close all of it;
at the other hours only the two nearest expiries. A session is the same however many are asked for.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Ints, calendar
from sigma_core.options.black import DAYS, greeks
from sigma_core.options.occ import write_symbols
from sigma_core.options.sanity import CONTRACT_SIZE, Finding
from sigma_core.providers._define import FetchedOptions, OptionSource
from sigma_core.providers._interest import chance, held, traded
from sigma_core.providers._option_world import CALENDAR, PREMIUM, Contracts, World, world_of
from sigma_core.providers._quotes import bid_and_ask, to_tick
from sigma_core.providers._same_day import TODAY, bars_of, flow_of, prices_of
from sigma_core.providers._simulation import FIRST_YEAR, simulation_of
from sigma_core.schemas.chains import CHAINS
from sigma_core.schemas.option_bars import OPTION_BARS

Floats = NDArray[np.float64]
BARS = {"5m": 5, "15m": 15}
"""Cadences of the option bars, and their minutes."""
HOUR = 3_600_000_000
NEAR = 2
"""Expiries that are quoted at the hours before the close."""
HELD_LIFE, HELD_TODAY = 3, 4
"""Streams of chance: what is held of a contract all its life, and on a day."""
BLOCK = 63
"""Sessions made at once: the working memory, not the answer."""


def fetch(
    ticker: str, files: Path | None, start: date | None, end: date | None,  # noqa: ARG001
    cadence: str = "",
) -> FetchedOptions | None:  # fmt: skip
    """Chains of the sessions from start to end, or bars of the options that end in their session.

    Raises BadRequest for a ticker that names no market.
    """
    if cadence and cadence not in BARS:
        return None
    world = world_of(ticker)
    inside = pd.Index(_sessions(ticker, None))
    low = 0 if start is None else int(inside.searchsorted(start))
    high = len(inside) if end is None else int(inside.searchsorted(end, side="right"))
    blocks = [range(at, min(at + BLOCK, high)) for at in range(low, high, BLOCK)]
    made = [_bars(world, b, BARS[cadence]) if cadence else _chains(world, b) for b in blocks]
    columns = ["session", *(OPTION_BARS if cadence else CHAINS).columns]
    rows = pd.concat(made, ignore_index=True)[columns] if made else pd.DataFrame(columns=columns)
    return FetchedOptions(rows, {} if cadence else _findings(rows), _about(world, ticker, cadence))


def _sessions(ticker: str, files: Path | None) -> Sequence[date]:  # noqa: ARG001
    last = FIRST_YEAR + simulation_of(ticker).years - 1
    days = calendar(CALENDAR).sessions(date(FIRST_YEAR, 1, 1), date(last, 12, 31))
    return list(days["session"].dt.date)


def _print(ticker: str, cadence: str, files: Path | None) -> str:  # noqa: ARG001
    return repr(simulation_of(ticker)) if not cadence or cadence in BARS else ""


def _tickers(files: Path | None) -> Sequence[str]:  # noqa: ARG001
    return ()  # any name is one


OPTIONS = OptionSource(fetch, _print, _tickers, _sessions)


def _chains(world: World, sessions: range) -> pd.DataFrame:
    of = world.listed(sessions)
    rows, bar = _shown(world, of)
    each = of.at(rows)
    spot, rest = world.prices["close"][bar], world.hidden.rest[bar]
    facts = _facts(world, of)
    years = (facts["settles_at"].astype("int64").to_numpy()[rows] - world.closes_at[bar]) / (
        DAYS * 24 * HOUR
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        iv = np.sqrt(world.variance(each, spot, rest) / years)
    iv[years <= 0] = np.nan
    value, made = world.value(each, spot, rest), greeks(each.side, spot, each.strike, years, iv)
    bid, ask = bid_and_ask(value, made.vega, world.distance(each, spot))
    volume, last = _traded(world, of, rows, bar, value)
    table = facts.take(rows).reset_index(drop=True)
    missing = np.isnan(bid)
    flags = np.array(["", "no_bid", "no_iv", "no_bid no_iv"])[missing + 2 * np.isnan(iv)]
    return table.assign(
        as_of=pd.to_datetime(world.closes_at[bar], unit="us", utc=True).as_unit("us"),
        multiplier=CONTRACT_SIZE, bid=bid, ask=ask, mid=(bid + ask) / 2, last=last, volume=volume,
        open_interest=_held(world, of)[rows], iv=iv, delta=made.delta, gamma=made.gamma,
        theta=made.theta, vega=made.vega, underlying=spot, flags=flags,
    )  # fmt: skip


def _shown(world: World, of: Contracts) -> tuple[Ints, Ints]:
    """Rows of the contracts and the underlying's bar, of every quote; in order of time."""
    near = np.zeros(len(of.end), dtype=bool)
    rows, bars = [], []
    begin = np.searchsorted(of.session, np.unique(of.session), side="left")
    for low, high in zip(begin, np.append(begin[1:], len(near)), strict=True):
        session = of.session[low]
        close = world.starts[session + 1] - 1
        bar = np.arange(world.starts[session], close + 1)
        hours = bar[(world.closes_at[bar] % HOUR == 0) & (bar < close)]
        second = np.unique(of.end[low:high])[:NEAR][-1]
        close_by = low + np.flatnonzero(of.end[low:high] <= second)
        rows += [np.tile(close_by, len(hours)), np.arange(low, high)]
        bars += [np.repeat(hours, len(close_by)), np.full(high - low, close)]
    return np.concatenate(rows), np.concatenate(bars)


def _facts(world: World, of: Contracts) -> pd.DataFrame:
    """What a contract is, a row each: session, symbol, root, right, strike and its expiry's."""
    facts = world.listing.facts.drop(columns="lead").take(of.end).reset_index(drop=True)
    table = facts.assign(
        session=pd.DatetimeIndex(
            world.listing.days.session_of(world.listing.first + of.session)
        ).as_unit("us"),
        root=world.listing.root, strike=of.strike, right=np.where(of.side > 0, "C", "P"),
    )  # fmt: skip
    return table.assign(symbol=write_symbols(table))


def _traded(
    world: World, of: Contracts, rows: Ints, bar: Ints, value: Floats
) -> tuple[Floats, Floats]:
    """Contracts traded since the session's open, and the price of the last trade, if any."""
    each, key = of.at(rows), world.keys(of)
    sums = np.append(0.0, np.cumsum(world.prices["volume"]))
    share = sums[bar + 1] - sums[world.starts[each.session]]
    z = world.distance(each, world.listing.morning[each.session])
    luck = chance(key, of.session, TODAY)[rows]
    lead = world.listing.leads[each.end]
    volume = np.floor(traded(share, lead, each.left, z, each.side, luck))
    last = np.where(volume > 0, to_tick(value), np.nan)
    today = np.flatnonzero(of.left == 0)
    flow = flow_of(world, of.at(today))
    place = np.full(len(of.end), -1)
    place[today] = np.arange(len(today))
    mine = np.flatnonzero(each.left == 0)
    at = flow.first[place[rows[mine]]] + bar[mine] - world.starts[each.session[mine]]
    begin = flow.first[place[rows[mine]]]
    done = np.append(0.0, np.cumsum(flow.volume))
    volume[mine] = done[at + 1] - done[begin]
    trade = np.maximum.accumulate(np.where(flow.volume > 0, np.arange(len(flow.volume)), -1))[at]
    known = trade >= begin
    last[mine] = np.nan
    last[mine[known]] = prices_of(world, flow, trade[known])["close"]
    return volume, last


def _held(world: World, of: Contracts) -> Floats:
    """Open interest of every contract, as published before its session."""
    lead = world.listing.leads[of.end]
    since = np.maximum(of.end - lead, 0)
    sums = np.append(0.0, np.cumsum(world.listing.morning))
    mean = (sums[of.session + 1] - sums[since]) / (of.session + 1 - since)
    scale = world.what.volatility * np.sqrt(lead / 252)
    key = world.keys(of)
    return held(
        age=1 - of.left / lead,
        lead=lead,
        z=np.log(of.strike / mean) / scale,
        side=of.side,
        strike=of.strike,
        luck=chance(key, np.zeros_like(of.end), HELD_LIFE),
        today=chance(key, of.session, HELD_TODAY),
    )


def _bars(world: World, sessions: range, minutes: int) -> pd.DataFrame:
    of, table = bars_of(world, sessions, minutes)
    rows = _facts(world, of).join(table)
    stamps = pd.to_datetime(world.closes_at[rows["bar"]], unit="us", utc=True).as_unit("us")
    return rows.assign(ts=stamps).sort_values(["ts", "expiration", "strike", "right"])


def _findings(rows: pd.DataFrame) -> dict[pd.Timestamp, tuple[Finding, ...]]:
    """Quotes without a bid or a volatility: the only faults that such a market has."""
    counts = {
        name: rows["flags"].str.contains(name).groupby(rows["session"]).sum()
        for name in ("no_bid", "no_iv")
    }
    return {
        pd.Timestamp(day): tuple(
            Finding(name, int(found[day])) for name, found in counts.items() if found[day]
        )
        for day in rows["session"].unique()
    }


def _about(world: World, ticker: str, cadence: str) -> dict[str, Any]:
    what = world.what
    shown = (
        f"{cadence} bars of the options that end in their session"
        if cadence
        else "every hour the two nearest expiries, at the close all"
    )
    return {
        "provider": "simulated", "ticker": ticker, "calendar": CALENDAR, "simulated": True,
        "guessed": False, "notes": [],
        "layout": f"SIMULATED options of {what.name}, seed {what.seed}: {shown}; volatility"
        f" {PREMIUM:.0%} of variance above what is to be expected, no interest, no dividends",
    }  # fmt: skip
