"""What may be wrong with a chain: each fault has a name, is counted, and is never a zero."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar
from sigma_core.options.expiries import expiries, standard_sessions
from sigma_core.options.occ import write_symbols

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "no_contract": "left out: expiration, strike or right is missing or unreadable",
        "not_a_session": "left out: dated a day on which the exchange was closed",
        "other_day": "left out: its moment is not of the day of its session",
        "expired": "left out: the contract ended in an earlier session",
        "listed_twice": "left out: the same contract again; of different quotes, all of them",
        "crossed": "bid above ask: the quote is not used",
        "no_bid": "nobody bids: bid and mid are missing",
        "no_ask": "no ask: ask and mid are missing",
        "no_iv": "the source's implied volatility is −1, 0 or missing: so are its greeks",
        "adjusted": "not of 100 units of the underlying, or adjusted for a corporate action",
        "against_underlying": "price impossible at this underlying: strikes of before a split, or"
        " a quote of another time",
        "no_underlying": "the underlying's price is missing, or not above 0: no delta can be told",
        "below_zero": "a volume or open interest below 0: both are missing",
        "stale": "the whole chain is the previous session's again",
        "missing_expiry": "a standard expiry of the next two is not in the chain, though later ones"
        " are: what is taken for the nearest may not be",
    }
)
"""Every outcome, and what it means for the row."""
UNFIT = ("crossed", "no_bid", "no_ask", "adjusted", "against_underlying", "stale")
"""Flags of rows that no price, forward or selection is taken from."""
LEAST_IV = 1e-4
"""Smallest volatility believed: solvers that gave up leave 0, −1 or 0.0000001."""
SLACK = 0.05
"""Share of the underlying by which a price may be out of its bounds: closes are not of one time."""
SAME = 0.98
"""Share of quotes, equal to the previous session's, from which on a chain is a repeat."""
NUMBERS = ("bid", "ask", "mid", "last", "volume", "open_interest", "iv", "delta", "gamma",
           "theta", "vega", "underlying")  # fmt: skip
KEY = ["session", "as_of", "root", "expiration", "strike", "right"]
CONTRACT_SIZE = 100.0
HIGHEST = 100_000.0
"""Dollars from which on a strike does not fit the eight digits of its symbol."""


@dataclass(frozen=True)
class Finding:
    """One kind of fault in a chain."""

    name: str
    rows: int

    @property
    def words(self) -> str:
        """The count and what was done, in a line."""
        return f"{self.rows:,} × {self.name}: {WORDS[self.name]}."


@dataclass(frozen=True, eq=False)
class Sane:
    """Rows of chains after the look, and what was found in each session."""

    rows: pd.DataFrame
    """`session`, and the columns of `schemas.chains`; in order, once each."""
    findings: Mapping[pd.Timestamp, tuple[Finding, ...]]
    """By session, sessions without a fault too; a session of which no row was left has findings."""


def sane(raw: pd.DataFrame, days: Calendar) -> Sane:
    """Look through chains of any number of sessions.

    `raw`: session (naive day), root, expiration, right, strike; optional as_of, multiplier,
    settle, and the numbers of a chain. Nothing is filled: what is missing or wrong is missing.
    """
    table = _typed(raw, days)
    dropped = []
    for name, bad in _drops(table, days):
        dropped.append((name, table.loc[bad.index[bad], "session"]))
    table = table.drop(index=[row for _, rows in dropped for row in rows.index])
    table = table.sort_values(KEY).reset_index(drop=True)
    flags = _flags(table)
    flags["stale"] = _stale(table)
    table = _blanked(table, flags)
    table["flags"] = _named(flags)
    table["symbol"] = write_symbols(table)
    told = [*dropped, ("missing_expiry", _missing(table, days))]
    return Sane(table, _counted(raw["session"], table["session"], flags, told))


def fit(chain: pd.DataFrame) -> pd.Series:
    """Rows whose quote may be priced, traded and selected."""
    unfit = "|".join(UNFIT)
    return ~chain["flags"].str.contains(unfit) & chain["mid"].notna()


def _typed(raw: pd.DataFrame, days: Calendar) -> pd.DataFrame:
    table = raw.reset_index(drop=True)
    for name in NUMBERS:
        values = table.get(name, np.nan)
        table[name] = pd.Series(values, index=table.index).astype("float64")
        table[name] = table[name].where(np.isfinite(table[name]))
    table["strike"] = table["strike"].round(3)  # the symbol has no more, and one symbol is one row
    if "multiplier" not in table:
        table["multiplier"] = CONTRACT_SIZE
    facts = expiries(table, days)
    table[list(facts.columns)] = facts
    if "as_of" not in table:
        number = days.ordinal(table["session"].to_numpy())
        table["as_of"] = pd.to_datetime(days.close_of(number.clip(0)), unit="us", utc=True).as_unit(
            "us"
        )
    return table


def _drops(table: pd.DataFrame, days: Calendar) -> Iterator[tuple[str, pd.Series]]:
    """Rows to leave out, by cause; each cause looks at what the ones before have left."""
    left = table
    causes: tuple[tuple[str, Callable[[pd.DataFrame], pd.Series]], ...] = (
        ("no_contract", unreadable),
        ("not_a_session", lambda t: pd.Series(days.ordinal(t["session"]) < 0, index=t.index)),
        ("other_day", lambda t: _day_of(t["as_of"], days) != t["session"]),
        ("expired", lambda t: t["last_session"] < t["session"]),
        ("listed_twice", _twice),
    )
    for name, found in causes:
        bad = found(left)
        left = left[~bad]
        yield name, bad


def unreadable(table: pd.DataFrame) -> "pd.Series[bool]":
    """Rows whose expiration, strike or right is missing, or such as no contract has."""
    strike = (table["strike"] > 0) & (table["strike"] < HIGHEST)
    bad: pd.Series[bool] = table["expiration"].isna() | ~strike | ~table["right"].isin(["C", "P"])
    return bad


def _day_of(stamps: pd.Series, days: Calendar) -> pd.Series:
    """The exchange's own date at each moment."""
    day: pd.Series = stamps.dt.tz_convert(days.zone).dt.tz_localize(None).dt.normalize()
    return day


def _twice(table: pd.DataFrame) -> pd.Series:
    """All but the first of equal rows; every one of rows that differ in their quotes."""
    again = table.duplicated(KEY, keep=False)
    quoted = [*KEY, "bid", "ask", "mid"]
    differ = table[again].drop_duplicates(quoted).duplicated(KEY, keep=False)
    torn = table.set_index(KEY).index.isin(table.loc[differ[differ].index].set_index(KEY).index)
    return table.duplicated(KEY) | pd.Series(torn, index=table.index)


def _flags(table: pd.DataFrame) -> pd.DataFrame:
    bid, ask = table["bid"], table["ask"]
    quoted = bid.notna() | ask.notna()
    size = table["multiplier"] != CONTRACT_SIZE
    return pd.DataFrame(
        {
            "crossed": (bid > ask) & (ask > 0),
            "no_bid": quoted & ~(bid > 0),
            "no_ask": quoted & ~(ask > 0),
            "no_iv": ~(table["iv"] > LEAST_IV),
            "adjusted": size | table["root"].str[-1:].str.isdigit(),
            "against_underlying": _impossible(table),
            "no_underlying": ~(table["underlying"] > 0),
            "below_zero": (table["volume"] < 0) | (table["open_interest"] < 0),
        }
    )


def _named(flags: pd.DataFrame) -> pd.Series:
    """The names of the flags that each row has, a blank between."""
    codes = flags.to_numpy() @ (1 << np.arange(flags.shape[1]))
    each, place = np.unique(codes, return_inverse=True)
    names = [
        " ".join(str(name) for bit, name in enumerate(flags) if code >> bit & 1) for code in each
    ]  # fmt: skip
    return pd.Series(np.array(names, dtype=object)[place], index=flags.index, dtype="str")


def _impossible(table: pd.DataFrame) -> pd.Series:
    """Prices below what exercise brings or above what the right can be worth, and their pairs.

    The other right of the strike goes with them: at a strike of before a split one side of the
    two always shows it.
    """
    spot, strike, price = table["underlying"], table["strike"], _mid(table)
    call = table["right"] == "C"
    inside = np.maximum(np.where(call, spot - strike, strike - spot), 0.0)
    most = np.where(call, spot, strike)
    bad = (inside - price > SLACK * spot) | (price - most > SLACK * spot)
    either: pd.Series[bool] = bad.groupby([table[name] for name in KEY[:-1]]).transform("any")
    return either


def _mid(table: pd.DataFrame) -> pd.Series:
    """The middle of a quote with both sides, else the source's own where it quotes no sides."""
    sides = (table["bid"] + table["ask"]) / 2
    return sides.where(table["bid"].notna() | table["ask"].notna(), table["mid"])


def _stale(table: pd.DataFrame) -> pd.Series:
    """Rows of sessions whose quotes and underlying are the previous session's in the table.

    Of each session its last moment is compared, over the contracts that both have.
    """
    last = table["as_of"] == table.groupby("session")["as_of"].transform("max")
    marks = table.loc[last, [*KEY, "underlying"]].assign(price=_mid(table)[last])
    number = marks["session"].rank(method="dense")
    former = marks.assign(number=number).groupby(KEY[2:])[["number", "price", "underlying"]].shift()
    priced = marks[["price", "underlying"]].notna().all(axis=1)
    both = priced & former.notna().all(axis=1) & (former["number"] == number - 1)
    same = (marks["price"] == former["price"]) & (marks["underlying"] == former["underlying"])
    share = same[both].groupby(marks["session"][both]).mean()
    return table["session"].isin(share.index[share >= SAME])


def _missing(table: pd.DataFrame, days: Calendar) -> pd.Series:
    """The session of each standard expiry, of its next two, that a chain skips."""
    skipped = []
    for session, ends in table.groupby("session")["last_session"]:
        month, listed = pd.Timestamp(str(session)).to_period("M"), set(ends)
        standard = standard_sessions([month + ahead for ahead in range(3)], days)
        nearest = standard[standard >= session][:2]
        skipped += [session for day in nearest if day < max(listed) and day not in listed]
    return pd.Series(skipped, dtype=table["session"].dtype)


def _blanked(table: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Missing in place of what is flagged."""
    out = table.copy()
    mid = _mid(table)
    out["bid"] = table["bid"].where(table["bid"] > 0)
    out["ask"] = table["ask"].where(table["ask"] > 0)
    bad = flags["crossed"] | flags["no_bid"] | flags["no_ask"]
    out.loc[flags["crossed"], ["bid", "ask"]] = np.nan
    out["mid"] = mid.where(~bad & (mid > 0))
    out.loc[flags["no_iv"], ["iv", "delta", "gamma", "theta", "vega"]] = np.nan
    out["underlying"] = table["underlying"].where(~flags["no_underlying"])
    out.loc[flags["below_zero"], ["volume", "open_interest"]] = np.nan
    return out


def _counted(
    asked: pd.Series, kept: pd.Series, flags: pd.DataFrame, told: list[tuple[str, pd.Series]]
) -> dict[pd.Timestamp, tuple[Finding, ...]]:
    counts: dict[Any, dict[str, int]] = {day: {} for day in sorted(asked.dropna().unique())}
    for name, sessions in [*told, *((n, kept[flags[n]]) for n in flags)]:
        for day, rows in sessions.value_counts().items():
            counts[day][str(name)] = int(rows)
    return {
        day: tuple(Finding(name, found[name]) for name in WORDS if name in found)
        for day, found in counts.items()
    }
