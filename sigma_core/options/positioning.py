"""Where the contracts of chains are: volume and open interest by right and strike.

Volume and open interest need no quote, so a crossed or missing one takes nothing away; rows of
another size, of before a split, and whole chains that are the previous session's again do.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.options.black import Floats
from sigma_core.options.marks import EXPIRY, years_to

USED = ("as_of", "session", "symbol", "right", "strike", "settles_at", "volume", "open_interest",
        "underlying")  # fmt: skip
"""What of a chain its facts need."""
NOT_COUNTED = ("adjusted", "against_underlying", "stale")
"""Flags of rows whose contracts are not those of the others."""
FORMER = ("as_of", "session", *EXPIRY, "settles_at", "symbol", "open_interest", "flags")
"""What is looked back at of formers: the last snapshots of the sessions before, where they are
known, each under the `session` that looks back at it."""
FACTS = ("pcr_volume", "pcr_oi", "oi_peak_strike", "oi_concentration", "max_pain", "oi_change")


def counted(chain: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose volume and open interest count."""
    bad: pd.Series[bool] = chain["flags"].str.contains("|".join(NOT_COUNTED))
    return ~bad


def positioning(chain: pd.DataFrame, formers: pd.DataFrame) -> pd.DataFrame:
    """FACTS by snapshot (index `as_of`) of chains; missing where nothing is known.

    pcr_volume, pcr_oi: puts over calls, over all contracts. Of the nearest unsettled expiry:
    oi_peak_strike (calls and puts together; equal: nearest the underlying, then the lower),
    oi_concentration (sum of squared shares of the strikes: 1 if all at one) and max_pain.
    oi_change: as the function.
    """
    rows = chain.loc[counted(chain), list(USED)]
    index = pd.Index(chain["as_of"].drop_duplicates().sort_values(), name="as_of")
    table = pd.DataFrame(index=index)
    table["pcr_volume"] = put_call(rows, "volume")
    table["pcr_oi"] = put_call(rows, "open_interest")
    table[["oi_peak_strike", "oi_concentration", "max_pain"]] = _of_nearest(nearest(rows))
    table["oi_change"] = oi_change(rows, formers)
    return table.astype("float64")


def whole(chain: pd.DataFrame, formers: pd.DataFrame) -> "pd.Series[Any]":
    """By snapshot: whether every expiry of its session's former that is not settled yet is there.

    One that is not there is missing, or is not quoted at this hour; sums over all expiries are then
    of something else than at other times.
    """
    there = chain[["as_of", "session", *EXPIRY]].drop_duplicates()
    moments = there[["as_of", "session"]].drop_duplicates()
    due = formers[["session", *EXPIRY, "settles_at"]].drop_duplicates(["session", *EXPIRY])
    asked = moments.merge(due, on="session")
    asked = asked[asked["settles_at"] > asked["as_of"]]
    found = asked.merge(there, on=["as_of", "session", *EXPIRY], how="left", indicator=True)
    lacking = found.loc[found["_merge"] == "left_only", "as_of"]
    index = pd.Index(moments["as_of"].sort_values(), name="as_of")
    return pd.Series(~index.isin(lacking), index=index)


def put_call(rows: pd.DataFrame, what: str) -> "pd.Series[Any]":
    """Sum of `what` over puts / over calls, by snapshot; missing without a call that has any."""
    puts, calls = (
        rows[rows["right"] == right].groupby("as_of")[what].sum(min_count=1) for right in "PC"
    )
    ratio: pd.Series[Any] = puts / calls.where(calls > 0)
    return ratio


def oi_change(rows: pd.DataFrame, formers: pd.DataFrame) -> "pd.Series[Any]":
    """By snapshot: change of the open interest of the contracts that it and its session's former
    both have, as a share of what it was; missing without any.

    Contracts that were listed or have ended between count on neither side.
    """
    before = formers.loc[counted(formers), ["session", "symbol", "open_interest"]].dropna()
    both = rows[["as_of", "session", "symbol", "open_interest"]].merge(
        before, on=["session", "symbol"], suffixes=("", "_was")
    )
    sums = both.dropna().groupby("as_of")[["open_interest", "open_interest_was"]].sum()
    was = sums["open_interest_was"].where(sums["open_interest_was"] > 0)
    change: pd.Series[Any] = sums["open_interest"] / was - 1
    return change


def nearest(chain: pd.DataFrame) -> pd.DataFrame:
    """Rows of the expiry of each snapshot that is settled next."""
    years = years_to(chain)
    live = years.where(years > 0)
    return chain[live.notna() & (live == live.groupby(chain["as_of"]).transform("min"))]


def peak(strikes: Floats, calls: Floats, puts: Floats, spot: float) -> float:
    """The strike with the largest open interest of both rights; equal: nearest the spot, lower."""
    both = calls + puts
    return _near(strikes[both == both.max()], spot)


def concentration(calls: Floats, puts: Floats) -> float:
    """Herfindahl's index of open interest over strikes."""
    both = calls + puts
    return float(((both / both.sum()) ** 2).sum())


def max_pain(strikes: Floats, calls: Floats, puts: Floats, spot: float) -> float:
    """The strike at which one expiry, settled there, would pay its holders least.

    Σ open interest × intrinsic value over calls and puts; equal: nearest the spot, then the lower.
    """
    gap = strikes[:, None] - strikes[None, :]
    pays = np.maximum(gap, 0) @ calls + np.maximum(-gap, 0) @ puts
    return _near(strikes[np.isclose(pays, pays.min(), rtol=1e-12, atol=0)], spot)


def _of_nearest(rows: pd.DataFrame) -> pd.DataFrame:
    """Peak, concentration and pain by snapshot, of rows of one expiry each with open interest."""
    rows = rows[rows["open_interest"].notna()].sort_values(["as_of", "strike"])
    strike, held, spot = (
        rows[name].to_numpy() for name in ("strike", "open_interest", "underlying")
    )
    call = (rows["right"] == "C").to_numpy()
    moment = rows["as_of"].astype("int64").to_numpy()
    begins = np.flatnonzero(np.diff(moment, prepend=-1))
    made = {}
    for first, last in pairwise([*begins, len(rows)]):
        some = slice(first, last)
        strikes, place = np.unique(strike[some], return_inverse=True)
        calls, puts = (
            _at_each(place, held[some] * side, len(strikes)) for side in (call[some], ~call[some])
        )
        if (calls + puts).sum() > 0:
            at = float(np.median(spot[some]))
            made[first] = (
                peak(strikes, calls, puts, at),
                concentration(calls, puts),
                max_pain(strikes, calls, puts, at),
            )
    names = ["oi_peak_strike", "oi_concentration", "max_pain"]
    table = pd.DataFrame.from_dict(made, orient="index", columns=names)
    table.index = pd.Index(rows["as_of"].iloc[list(made)], name="as_of")
    return table


def _at_each(place: NDArray[np.int64], held: Floats, strikes: int) -> Floats:
    return np.asarray(np.bincount(place, held, strikes), dtype=np.float64)


def _near(strikes: Floats, spot: float) -> float:
    """The one nearest the spot; equally near, or with no spot: the lower."""
    off = np.abs(strikes - spot) if np.isfinite(spot) else np.zeros(len(strikes))
    return float(strikes[off.argmin()])
