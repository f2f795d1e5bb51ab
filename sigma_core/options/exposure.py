"""Gamma exposure of chains: what those who sold and bought the open contracts would have to trade.

Amounts are dollars of the underlying to be bought or sold for a move of one percent:
gamma × open interest × units a contract × spot² / 100. Nobody publishes who holds which side, so
every sign is a convention: calls and puts are kept apart, and `signed` states what it assumes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.options.black import Floats
from sigma_core.options.marks import MOMENT
from sigma_core.options.positioning import counted
from sigma_core.options.surface import smile

CONVENTIONS: Mapping[int, tuple[float, float]] = MappingProxyType({1: (1.0, -1.0), 2: (-1.0, -1.0)})
"""Signs of calls and puts as dealers are thought to hold them. 1: long calls, short puts, since
customers write calls and buy puts; 2: short both, since customers buy both."""
LEVELS = np.linspace(0.8, 1.2, 41)
"""Prices, as shares of the spot, at which the exposure is made anew to find where it turns."""
USED = ("right", "strike", "years", "forward", "dividend", "underlying", "open_interest",
        "multiplier")  # fmt: skip
"""What of a chain exposure needs, beside whose it is."""
FACTS = ("gamma_calls", "gamma_puts", "gamma_peak_strike", "gamma_flip", "gamma_skew")


def exposed(marked: pd.DataFrame) -> pd.DataFrame:
    """Unsettled rows with open interest and a volatility, with `vol` and `dollars`.

    The volatility of both rights of a strike is that of the one out of the money (`surface.smile`),
    so a call deep in the money counts even where its own quote has no time value.
    """
    vols = smile(marked)[[*MOMENT, "strike", "sigma"]].rename(columns={"sigma": "vol"})
    held = marked.loc[
        (marked["open_interest"] > 0) & (marked["years"] > 0) & counted(marked), [*MOMENT, *USED]
    ]
    rows = held.merge(vols, on=[*MOMENT, "strike"], how="inner")
    return rows.assign(dollars=_held(rows).dollars(rows["underlying"].to_numpy()))


def by_strike(marked: pd.DataFrame) -> pd.DataFrame:
    """as_of, strike, calls, puts: dollars a percent at each strike over all expiries, unsigned."""
    return _profile(exposed(marked))


def signed(calls: Any, puts: Any, convention: int) -> Any:
    """Exposure of dealers under one of CONVENTIONS: above 0 they trade against a move, below with.

    >>> signed(5.0, 2.0, 1), signed(5.0, 2.0, 2)
    (3.0, -7.0)
    """
    call, put = CONVENTIONS[convention]
    return call * calls + put * puts


def exposure(marked: pd.DataFrame) -> pd.DataFrame:
    """FACTS by snapshot (index `as_of`), over all unsettled expiries; missing where none is known.

    gamma_calls, gamma_puts: dollars a percent, unsigned. gamma_peak_strike: the strike with most of
    both (equal: the nearest to the underlying, then the lower). gamma_skew: (above − below) / both,
    by strikes above and below the underlying. gamma_flip: the price nearest the underlying at which
    the exposure under convention 1 changes sign, within a fifth either way, volatilities held.
    """
    rows = exposed(marked)
    index = pd.Index(marked["as_of"].drop_duplicates().sort_values(), name="as_of")
    profile = _profile(rows)
    table = pd.DataFrame(index=index)
    sums = profile.groupby("as_of")[["calls", "puts"]].sum()
    table[["gamma_calls", "gamma_puts"]] = sums.reindex(index)
    table["gamma_peak_strike"] = _peak(profile).reindex(index)
    table["gamma_flip"] = _flips(rows)
    table["gamma_skew"] = _skew(profile).reindex(index)
    return table[list(FACTS)]


@dataclass(frozen=True, eq=False)
class _Held:
    """Open contracts as numbers, row by row; of a part of them with `[...]`."""

    strike: Floats
    years: Floats
    vol: Floats
    carry: Floats
    """ln(forward / underlying)."""
    dividend: Floats
    size: Floats
    """Units of the underlying."""

    def __getitem__(self, rows: slice) -> "_Held":
        return _Held(*(getattr(self, one.name)[rows] for one in fields(self)))

    def dollars(self, spot: Floats) -> Floats:
        """Dollars a percent of each row (last axis), were the underlying at `spot`.

        Gamma of Black and Scholes under the expiry's own forward, which moves with the spot.
        """
        root = self.vol * np.sqrt(self.years)
        d1 = (np.log(spot / self.strike) + self.carry) / root + root / 2
        paid = np.exp(-self.dividend * self.years)
        density = paid * np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi)
        return np.asarray(density / root * self.size * spot / 100)


def _held(rows: pd.DataFrame) -> _Held:
    strike, years, vol, forward, spot, dividend, count, multiplier = (
        rows[name].to_numpy(dtype="float64")
        for name in ("strike", "years", "vol", "forward", "underlying", "dividend",
                     "open_interest", "multiplier")
    )  # fmt: skip
    return _Held(strike, years, vol, np.log(forward / spot), dividend, count * multiplier)


def _profile(rows: pd.DataFrame) -> pd.DataFrame:
    call = rows["right"] == "C"
    split = rows.assign(calls=rows["dollars"].where(call, 0), puts=rows["dollars"].mask(call, 0))
    by = split.groupby(["as_of", "strike"], sort=True)
    return by.agg(
        calls=("calls", "sum"), puts=("puts", "sum"), underlying=("underlying", "median")
    ).reset_index()  # fmt: skip


def _peak(profile: pd.DataFrame) -> "pd.Series[Any]":
    both = profile.assign(
        both=-(profile["calls"] + profile["puts"]),
        off=(profile["strike"] - profile["underlying"]).abs(),
    )
    first = both.sort_values(["as_of", "both", "off", "strike"]).drop_duplicates("as_of")
    peak: pd.Series[Any] = first.set_index("as_of")["strike"]
    return peak


def _skew(profile: pd.DataFrame) -> "pd.Series[Any]":
    both = profile["calls"] + profile["puts"]
    above, below = (
        (profile["strike"] > profile["underlying"]),
        (profile["strike"] < profile["underlying"]),
    )
    net = both * above - both * below
    by = pd.DataFrame({"as_of": profile["as_of"], "net": net, "all": both * (above | below)})
    sums = by.groupby("as_of").sum()
    skew: pd.Series[Any] = sums["net"] / sums["all"].where(sums["all"] > 0)
    return skew


def _flips(rows: pd.DataFrame) -> "pd.Series[Any]":
    """By snapshot: the price at which its exposure changes sign, nearest the underlying."""
    call, put = CONVENTIONS[1]
    net = np.where(rows["right"] == "C", call, put) * rows["open_interest"]
    rows = rows.assign(open_interest=net).sort_values([*MOMENT, "strike"])
    ends = [rows[name].ne(rows[name].shift()).to_numpy() for name in (*MOMENT, "strike")]
    first = np.flatnonzero(np.logical_or.reduce(ends))  # call and put of a strike are one
    once = rows.iloc[first]
    if len(first):
        once = once.assign(open_interest=np.add.reduceat(rows["open_interest"].to_numpy(), first))
    held, spots = _held(once), once["underlying"].to_numpy()
    begins = np.flatnonzero(np.diff(once["as_of"].astype("int64").to_numpy(), prepend=-1))
    found = []
    for low, high in pairwise([*begins, len(once)]):
        spot = float(np.median(spots[low:high]))
        prices = spot * LEVELS
        found.append(_crossing(prices, held[low:high].dollars(prices[:, None]).sum(axis=1), spot))
    index = pd.Index(once["as_of"].iloc[begins], name="as_of")
    return pd.Series(found, index=index, dtype="float64")


def _crossing(prices: Floats, total: Floats, spot: float) -> float:
    """Where `total` is 0, straight between prices, nearest the spot; NaN if nowhere."""
    at = np.flatnonzero((total[:-1] * total[1:] <= 0) & (total[:-1] != total[1:]))
    if not len(at):
        return float("nan")
    share = total[at] / (total[at] - total[at + 1])
    found = prices[at] + share * (prices[at + 1] - prices[at])
    return float(found[np.abs(found - spot).argmin()])
