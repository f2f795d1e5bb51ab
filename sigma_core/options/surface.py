"""The volatility surface of chains: at the money and at fixed deltas, by expiry and by days.

Everything is made of our own volatilities, as `marks.marked` gives them, of options out of the
money: below the forward the puts, at it and above the calls (see `smile`).
"""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.options.black import DAYS, Floats
from sigma_core.options.marks import MOMENT

TENORS = (0, 7, 14, 30, 60, 90, 180)
"""Calendar days at which the surface is read; 0 is the nearest expiry that is not settled yet."""
DELTAS: Mapping[str, float] = MappingProxyType(
    {"put25": -0.25, "call25": 0.25, "put10": -0.10, "call10": 0.10}
)
USED = ("right", "strike", "years", "forward", "sigma", "own_delta")
"""What of a chain a smile needs, beside whose it is."""
POINTS = ("atm", *DELTAS)
"""Points of each smile whose volatility is read."""


def columns() -> tuple[str, ...]:
    """`atm_0`, `atm_7` … `call10_180`: all that `surface` makes."""
    return tuple(f"{point}_{days}" for point in POINTS for days in TENORS)


def smile(marked: pd.DataFrame) -> pd.DataFrame:
    """The rows that make each expiry's smile: one a strike, with a volatility, unsettled.

    They are out of the money; only at the listed strikes next to the forward on either side does
    the other right stand in for one without a volatility, as there it has time value enough. Sorted
    by snapshot, root, expiration (numbered: `expiry`) and strike.
    """
    rows = marked.loc[marked["years"] > 0, [*MOMENT, *USED]]
    rows["expiry"] = rows.groupby(MOMENT, sort=True).ngroup()
    below = rows["strike"] < rows["forward"]
    out = (rows["right"] == "P") == below
    by = rows["expiry"]
    next_below = rows["strike"].where(below).groupby(by).transform("max")
    next_above = rows["strike"].mask(below).groupby(by).transform("min")
    beside = (rows["strike"] == next_below) | (rows["strike"] == next_above)
    some = rows[(out | beside) & rows["sigma"].notna()].assign(inside=~out)
    some = some.sort_values(["expiry", "strike", "inside"], ignore_index=True)
    return some.drop_duplicates(["expiry", "strike"], ignore_index=True).drop(columns="inside")


def by_expiry(marked: pd.DataFrame) -> pd.DataFrame:
    """One row per snapshot and unsettled expiry: as_of, root, expiration, years, forward, strikes
    (how many the smile has) and the volatility of each of POINTS, a fraction a year.

    `atm` is read at the forward, straight between the two strikes around it; the others straight in
    delta between neighbouring strikes of their side, the crossing nearest the money. Missing where
    no two strikes lie around the point: nothing is drawn beyond the last strike.
    """
    live = marked.loc[marked["years"] > 0, [*MOMENT, "years", "forward"]]
    table = live.drop_duplicates(MOMENT).set_index(MOMENT).sort_index()
    rows = smile(marked)
    table["strikes"] = rows.groupby(MOMENT).size().reindex(table.index, fill_value=0)
    sides = {right: rows[rows["right"] == right] for right in "CP"}
    table["atm"] = _crossing(rows, rows["strike"] - rows["forward"], "first")
    for name, delta in DELTAS.items():
        some, nearest = (sides["P"], "last") if delta < 0 else (sides["C"], "first")
        table[name] = _crossing(some, some["own_delta"] - delta, nearest)
    return table.reset_index()


def surface(marked: pd.DataFrame) -> pd.DataFrame:
    """`columns()` by snapshot (index `as_of`): volatilities at fixed days, fractions a year.

    Between listed expiries straight in total variance σ²T, as the Cboe's VIX has it; missing before
    the first and after the last expiry that has the point. `_0` is the nearest expiry itself.
    """
    expiries = by_expiry(marked).sort_values(["as_of", "years", "strikes"])
    once = expiries.drop_duplicates(["as_of", "years"], keep="last")  # two roots of one moment
    years, sigmas = once["years"].to_numpy(), once[list(POINTS)].to_numpy()
    begins = np.flatnonzero(np.diff(once["as_of"].astype("int64").to_numpy(), prepend=-1))
    made = [_at_days(years[a:b], sigmas[a:b]) for a, b in pairwise([*begins, len(once)])]
    index = pd.Index(marked["as_of"].drop_duplicates().sort_values(), name="as_of")
    moments = once["as_of"].iloc[begins]
    table = pd.DataFrame(np.reshape(made, (-1, len(columns()))), moments, list(columns()))
    return table.reindex(index).astype("float64")


def _crossing(rows: pd.DataFrame, off: "pd.Series[Any]", keep: Any) -> "pd.Series[Any]":
    """Per expiry the volatility where `off` is 0, straight between neighbours on its two sides."""
    sigma, here = rows["sigma"].to_numpy(), off.to_numpy()
    group = rows["expiry"].to_numpy()
    a, b = here[:-1], here[1:]
    hit = np.flatnonzero((group[:-1] == group[1:]) & (a * b <= 0) & (a != b))
    share = a[hit] / (a[hit] - b[hit])
    found = rows.iloc[hit][MOMENT].assign(sigma=sigma[hit] + share * (sigma[hit + 1] - sigma[hit]))
    one: pd.Series[Any] = found.drop_duplicates(MOMENT, keep=keep).set_index(MOMENT)["sigma"]
    return one


def _at_days(years: Floats, sigmas: Floats) -> Floats:
    """Each of POINTS, a column, at each of TENORS, of one snapshot whose expiries are in order."""
    return np.concatenate([_of_point(years, sigma) for sigma in sigmas.T])


def _of_point(years: Floats, sigma: Floats) -> Floats:
    known = np.isfinite(sigma)
    asked: NDArray[np.float64] = np.array(TENORS[1:]) / DAYS
    if not known.any():
        return np.full(len(TENORS), np.nan)
    t, total = years[known], sigma[known] ** 2 * years[known]
    later = np.sqrt(np.interp(asked, t, total, left=np.nan, right=np.nan) / asked)
    return np.concatenate([sigma[:1], later])
