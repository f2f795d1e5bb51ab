"""Where the contracts of chains are: volume and open interest by right and strike.

Volume and open interest need no quote, so a crossed or missing one takes nothing away; rows of
another size, of before a split, and whole chains that are the previous session's again do.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.options.black import Floats
from sigma_core.options.marks import EXPIRY, years_to

NOT_COUNTED = ("adjusted", "against_underlying", "stale")
"""Flags of rows whose contracts are not those of the others."""
Formers = Mapping[pd.Timestamp, pd.DataFrame]
"""By session: the last snapshot of the session before it, where that is known."""
FACTS = ("pcr_volume", "pcr_oi", "oi_peak_strike", "oi_concentration", "max_pain", "oi_change")


def counted(chain: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose volume and open interest count."""
    bad: pd.Series[bool] = chain["flags"].str.contains("|".join(NOT_COUNTED))
    return ~bad


def positioning(chain: pd.DataFrame, formers: Formers) -> pd.DataFrame:
    """FACTS by snapshot (index `as_of`) of chains; missing where nothing is known.

    pcr_volume, pcr_oi: puts over calls, over all contracts. Of the nearest unsettled expiry:
    oi_peak_strike (calls and puts together; equal: nearest the underlying, then the lower),
    oi_concentration (sum of squared shares of the strikes: 1 if all at one) and max_pain.
    oi_change: as the function, against the session's former.
    """
    rows = chain[counted(chain)]
    index = pd.Index(chain["as_of"].drop_duplicates().sort_values(), name="as_of")
    held = {day: open_interest(former[counted(former)]) for day, former in formers.items()}
    by = nearest(rows)
    made = {
        "pcr_volume": put_call(rows, "volume"),
        "pcr_oi": put_call(rows, "open_interest"),
        "oi_peak_strike": _each(by, peak),
        "oi_concentration": _each(by, concentration),
        "max_pain": _each(by, max_pain),
        "oi_change": _each(
            rows, lambda some: oi_change(open_interest(some), held.get(some["session"].iloc[0]))
        ),
    }
    return pd.DataFrame({name: values.reindex(index) for name, values in made.items()}, index=index)


def whole(chain: pd.DataFrame, formers: Formers) -> "pd.Series[Any]":
    """By snapshot: whether every expiry of its session's former that is not settled yet is there.

    One that is not there is missing, or is not quoted at this hour; sums over all expiries are then
    of something else than at other times.
    """
    due = {
        day: former.drop_duplicates(EXPIRY).set_index(EXPIRY)["settles_at"]
        for day, former in formers.items()
    }
    found = {}
    for moment, rows in chain.groupby("as_of"):
        asked = due.get(rows["session"].iloc[0])
        there = pd.MultiIndex.from_frame(rows[EXPIRY].drop_duplicates())
        found[moment] = asked is None or bool(asked.index[asked > moment].isin(there).all())
    return pd.Series(found, dtype="bool").rename_axis("as_of")


def put_call(rows: pd.DataFrame, what: str) -> "pd.Series[Any]":
    """Sum of `what` over puts / over calls, by snapshot; missing without a call that has any."""
    sums = rows.pivot_table(
        index="as_of", columns="right", values=what, aggfunc=lambda x: x.sum(min_count=1)
    ).reindex(columns=["C", "P"])
    ratio: pd.Series[Any] = sums["P"] / sums["C"].where(sums["C"] > 0)
    return ratio


def nearest(chain: pd.DataFrame) -> pd.DataFrame:
    """Rows of the expiry of each snapshot that is settled next."""
    years = years_to(chain)
    live = years.where(years > 0)
    return chain[live.notna() & (live == live.groupby(chain["as_of"]).transform("min"))]


def open_interest(snapshot: pd.DataFrame) -> "pd.Series[Any]":
    """Known open interest by contract (its symbol) of one snapshot."""
    known: pd.Series[Any] = snapshot.set_index("symbol")["open_interest"].dropna()
    return known


def oi_change(now: "pd.Series[Any]", before: "pd.Series[Any] | None") -> float:
    """Change of the open interest of the contracts that both have, as a share of what it was.

    Contracts that were listed or have ended between count on neither side. Missing without any.
    """
    if before is None:
        return float("nan")
    was, here = before.align(now, join="inner")
    total = float(was.sum())
    return float((here - was).sum()) / total if total > 0 else float("nan")


def peak(rows: pd.DataFrame) -> float:
    """The strike of one snapshot's rows with the largest open interest of both rights."""
    strikes, calls, puts = _held(rows)
    both = calls + puts
    if not both.sum() > 0:
        return float("nan")
    best = strikes[both == both.max()]
    return _near(best, rows)


def concentration(rows: pd.DataFrame) -> float:
    """Herfindahl's index of one snapshot's open interest over its strikes."""
    _, calls, puts = _held(rows)
    both = calls + puts
    return float(((both / both.sum()) ** 2).sum()) if both.sum() > 0 else float("nan")


def max_pain(rows: pd.DataFrame) -> float:
    """The strike at which one expiry, settled there, would pay its holders least.

    Σ open interest × intrinsic value over calls and puts; equal: nearest the underlying, then the
    lower. Ni, Pearson, Poteshman, "Stock price clustering on option expiration dates" (2005).
    """
    strikes, calls, puts = _held(rows)
    if not (calls + puts).sum() > 0:
        return float("nan")
    gap = strikes[:, None] - strikes[None, :]
    pays = np.maximum(gap, 0) @ calls + np.maximum(-gap, 0) @ puts
    return _near(strikes[np.isclose(pays, pays.min(), rtol=1e-12, atol=0)], rows)


def _held(rows: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Strikes in order, and the open interest of calls and of puts at each, where it is known."""
    rows = rows[rows["open_interest"].notna()]
    strikes, place = np.unique(rows["strike"].to_numpy(), return_inverse=True)
    held, call = rows["open_interest"].to_numpy(), (rows["right"] == "C").to_numpy()
    sums = (np.bincount(place, held * side, len(strikes)) for side in (call, ~call))
    return (strikes, *sums)  # type: ignore[return-value]


def _near(strikes: Floats, rows: pd.DataFrame) -> float:
    """The one nearest the underlying; equally near: the lower."""
    spot = float(rows["underlying"].median())
    off = np.abs(strikes - spot) if np.isfinite(spot) else np.zeros(len(strikes))
    return float(strikes[off.argmin()])


def _each(rows: pd.DataFrame, fact: Any) -> "pd.Series[Any]":
    """A fact of each snapshot."""
    found = {moment: fact(some) for moment, some in rows.groupby("as_of")}
    return pd.Series(found, dtype="float64")
