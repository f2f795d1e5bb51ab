"""Trading in a simulated market's same-day options: every five minutes of every contract."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Ints
from sigma_core.providers._interest import chance, traded
from sigma_core.providers._option_world import Contracts, World
from sigma_core.providers._quotes import to_tick

Floats = NDArray[np.float64]
TODAY, NOW = 1, 2
"""Streams of chance: a contract's trading in a session, and in five minutes."""


@dataclass(frozen=True, eq=False)
class Flow:
    """Five-minute bars of contracts in the session they end in: a row a bar of each contract."""

    of: Contracts
    """The contracts, one a block of rows."""
    first: Ints
    """First row of each contract."""
    row: Ints
    """Of each row, its contract."""
    bar: Ints
    """Of each row, the underlying's bar."""
    volume: Floats
    """Contracts traded; whole, often none."""


def flow_of(world: World, of: Contracts) -> Flow:
    """How much of each contract is traded in every bar of its session."""
    begin = world.starts[of.session]
    count = world.starts[of.session + 1] - begin
    first = np.cumsum(count) - count
    row = np.repeat(np.arange(len(count)), count)
    bar = np.arange(count.sum()) - first[row] + begin[row]
    each, key = of.at(row), world.keys(of)
    luck = chance(key, of.session, TODAY)
    expected = traded(
        world.prices["volume"][bar],
        np.full(len(bar), 5),
        each.left,
        world.distance(each, world.prices["open"][bar]),
        each.side,
        luck[row],
    )
    volume = np.floor(expected + chance(key[row], bar, NOW))
    return Flow(of, first, row, bar, volume)


def prices_of(world: World, flow: Flow, rows: Ints) -> dict[str, Floats]:
    """Open, high, low and close of some rows, each to its tick; volume, and vwap within them.

    A call is dearest at the underlying's high and a put at its low, both halfway through the bar.
    """
    of, bar = flow.of.at(flow.row[rows]), flow.bar[rows]
    after = world.hidden.rest[bar]
    first = world.starts[of.session] == bar
    before = np.where(first, 1.0, world.hidden.rest[bar - 1])
    at = {name: world.prices[name][bar] for name in ("open", "high", "low", "close")}
    ends = [world.value(of, at["open"], before), world.value(of, at["close"], after)]
    ends += [world.value(of, at[name], (before + after) / 2) for name in ("high", "low")]
    ticked = np.array([to_tick(value) for value in ends])
    table = {
        "open": ticked[0], "high": ticked.max(axis=0), "low": ticked.min(axis=0),
        "close": ticked[1],
    }  # fmt: skip
    return {**table, "volume": flow.volume[rows], "vwap": sum(table.values()) / len(table)}


def bars_of(world: World, sessions: range, minutes: int) -> tuple[Contracts, pd.DataFrame]:
    """Bars with a trade of the options that end in these sessions, and the contract of each.

    Columns: bar (the last of the underlying's five-minute bars in it), open, high, low, close,
    volume, vwap. By contract, then time.
    """
    listed = world.listed(sessions)
    flow = flow_of(world, listed.at(np.flatnonzero(listed.left == 0)))
    rows = np.flatnonzero(flow.volume > 0)
    table = pd.DataFrame({"row": flow.row[rows], "bar": flow.bar[rows]})
    table = table.assign(**prices_of(world, flow, rows))
    if minutes > 5:
        table = _gathered(world, table, minutes)
    return flow.of.at(table["row"].to_numpy()), table.drop(columns="row")


def _gathered(world: World, table: pd.DataFrame, minutes: int) -> pd.DataFrame:
    """Five-minute bars as longer ones, which end where the clock says."""
    length = minutes * 60_000_000
    ends = -(-world.closes_at[table["bar"]] // length) * length
    paid = table.assign(paid=table["vwap"] * table["volume"], ends=ends)
    found = paid.groupby(["row", "ends"], as_index=False).agg(
        open=("open", "first"), high=("high", "max"), low=("low", "min"),
        close=("close", "last"), volume=("volume", "sum"), paid=("paid", "sum"),
    )  # fmt: skip
    found["bar"] = np.searchsorted(world.closes_at, found["ends"])
    found["vwap"] = found["paid"] / found["volume"]
    return found.drop(columns=["paid", "ends"])
