"""The contracts that were picked, and all that chains later said of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.domain.chains import Leg
from sigma_core.domain.policy import Options
from sigma_core.options.marks import EXPIRY, marked
from sigma_core.options.sanity import fit
from sigma_core.overlay.choice import Choice, curve_of
from sigma_core.overlay.standing import Clock, micros, standing
from sigma_core.tape import Ints, spans

LEG = ["symbol", "root", "expiration", "right", "strike", "multiplier", "style", "settle",
       "settles_at", "last_session"]  # fmt: skip
SEEN = ["sigma", "half", "mid", "forward", "rate", "dividend", "years", "underlying", "known",
        "base", "as_of"]  # fmt: skip
SPLIT = 0.2
"""Change of the underlying's price in a chain against the bars', in logs, that tells of a split."""


@dataclass(frozen=True, eq=False)
class Legs:
    """The legs of every trade that found its contracts, and what was seen of each since."""

    table: pd.DataFrame
    """One row a leg: trade, sign (+1 bought), the columns LEG, and `underlying` and `close` of the
    snapshot it was picked from; by trade, the bought leg first."""
    seen: pd.DataFrame
    """One row a leg and snapshot, from the snapshot of the pick on: `leg` (row of `table`) and the
    columns SEEN, by leg and `known`. `half` is half the spread, dollars a unit."""
    split: frozenset[int]
    """Trades during which the chain's prices changed their unit: rows of after are left out."""

    def last(self, legs: Ints, bars: Ints) -> Ints:
        """Row of `seen` that was the last known of each leg at each bar's close."""
        room = int(max(self.seen["known"].max(), bars.max(initial=0))) + 2
        keys = self.seen["leg"].to_numpy() * room + self.seen["known"].to_numpy()
        return np.searchsorted(keys, legs * room + bars, side="right") - 1


def expiries_of(found: Sequence[Choice], clock: Clock, last_bar: Ints) -> pd.DataFrame:
    """What has to be read of chains: the expiries (root, expiration) that were picked, once for
    each bar `known` from their snapshot to the last of their trade (`last_bar` of each trade)."""
    picked = pd.DataFrame(
        [
            (leg.root, pd.Timestamp(leg.expiration), one.as_of, last_bar[one.trade])
            for one in found
            for leg in _picked(one)[:1]  # the further leg is of the same expiry
        ],
        columns=[*EXPIRY, "as_of", "last"],
    )
    if picked.empty:
        return pd.DataFrame(columns=[*EXPIRY, "known"])
    first = np.searchsorted(clock.tape.ts, micros(picked["as_of"]), side="left")
    which, bar = spans(first, picked["last"].to_numpy() + 1)
    table = picked[EXPIRY].iloc[which].assign(known=bar).drop_duplicates(ignore_index=True)
    return table.assign(expiration=table["expiration"].astype("datetime64[us]"))


def symbols_of(found: Sequence[Choice]) -> frozenset[str]:
    """Every contract that was picked."""
    return frozenset(leg.symbol for one in found for leg in _picked(one))


def sightings(
    chain: pd.DataFrame, wanted: pd.DataFrame, clock: Clock, options: Options
) -> pd.DataFrame:
    """Marked rows, with their place among the bars, of what is `wanted` of some snapshots."""
    some = len(chain) > 0 and len(wanted) > 0
    rows = standing(chain, clock).merge(wanted, on=[*EXPIRY, "known"]) if some else chain[:0]
    if rows.empty:
        return pd.DataFrame(columns=[*LEG, *SEEN])
    table = marked(rows, curve_of(options))
    nobody = table["flags"].isin(["no_bid", "no_bid no_iv"]) & table["ask"].notna()
    bid = table["bid"].mask(nobody, 0.0)  # what is held there can be had for nothing
    usable = fit(table) | nobody
    return table.assign(
        mid=((bid + table["ask"]) / 2).where(usable),
        half=((table["ask"] - bid) / 2).where(usable),
    )[[*LEG, *SEEN]]


def legs_of(found: Sequence[Choice], sighted: pd.DataFrame, clock: Clock, last_bar: Ints) -> Legs:
    """Every leg with what was seen of it from its snapshot to the last bar of its trade.

    `sighted`: all sightings, each once or more; `last_bar` of each trade. A row without a
    volatility or a spread has that of the row before; the first has both, or it could not be
    picked.
    """
    if not any(_picked(one) for one in found):
        return Legs(pd.DataFrame(), pd.DataFrame(), frozenset())
    asked = pd.DataFrame(
        [
            (one.trade, number, 1 if leg.action == "BUY" else -1, leg.symbol, one.as_of)
            for one in found
            for number, leg in enumerate(_picked(one))
        ],
        columns=["trade", "number", "sign", "symbol", "picked"],
    ).sort_values(["trade", "number"], ignore_index=True)
    asked["leg"] = np.arange(len(asked))
    asked["last"] = last_bar[asked["trade"]]
    rows = asked.merge(sighted.drop_duplicates(["symbol", "as_of"]), on="symbol")
    rows = rows[(rows["as_of"] >= rows["picked"]) & (rows["known"] <= rows["last"])]
    rows = rows.sort_values(["leg", "known", "as_of"], ignore_index=True)
    rows["close"] = clock.tape.close[rows["base"]]
    first = rows.groupby("leg").head(1).set_index("leg")
    other = _unit(rows, first)
    kept = rows[~other].copy()
    kept[["sigma", "half"]] = kept.groupby("leg")[["sigma", "half"]].ffill()
    table = asked.join(first[[*LEG[1:], "underlying", "close"]], on="leg")
    return Legs(
        table=table.drop(columns=["number", "picked", "last"]),
        seen=kept[["leg", *SEEN]].reset_index(drop=True),
        split=frozenset(rows.loc[other, "trade"].tolist()),
    )


def _unit(rows: pd.DataFrame, first: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose underlying moved otherwise than the bars since the pick: another unit."""
    then = first.loc[rows["leg"], ["underlying", "close"]].reset_index(drop=True)
    moved = (rows["underlying"] / then["underlying"]) / (rows["close"] / then["close"])
    off: pd.Series[bool] = np.log(moved).abs() > SPLIT
    return off.groupby(rows["leg"]).cummax()


def _picked(one: Choice) -> tuple[Leg, ...]:
    return one.pick.legs if one.pick is not None else ()
