"""What indicators read of options: facts of chains, which are kept, and flow by a model's bars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar, calendar
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.option_market import AUTO, chains_of, option_bars_of, provider_of_options
from sigma_core.options.black import Floats
from sigma_core.options.facts import FACTS, facts
from sigma_core.options.flow import flow
from sigma_core.options.sanity import Finding
from sigma_core.options.snapshots import standing
from sigma_core.progress import Progress
from sigma_core.providers import PROVIDERS
from sigma_core.schemas.chain_facts import CHAIN_FACTS

AT_ONCE = 21
"""Sessions whose chains are in memory at a time."""
CADENCES = ("1m", "5m", "15m")
"""Of option bars, the finest first."""
PART = "rows"
_NEVER = date(1900, 1, 1)
_MINUTES = {"1m": 1, "5m": 5, "15m": 15, "hourly": 60, "daily": 390}


@dataclass(frozen=True, eq=False)
class Read:
    """Rows of options, and how they were come by."""

    rows: pd.DataFrame
    about: Mapping[str, Any]
    """provider, ticker, calendar, simulated, layout, notes."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Whose options are read, over which sessions."""

    lab: Lab
    ticker: str
    provider: str
    """Of the model's bars."""
    first: date
    last: date
    keep: bool
    progress: Progress

    @property
    def source(self) -> str:
        """Whom to ask for the options."""
        return provider_of_options(self.provider)

    def chains(self, first: str | date, last: str | date) -> Any:
        """Chains of some sessions, or of none: only what is told about them."""
        ends = [day if isinstance(day, date) else date.fromisoformat(day) for day in (first, last)]
        return chains_of(
            self.lab, self.ticker, start=ends[0], end=ends[1], provider=self.source, keep=self.keep
        )

    def inside(self, sessions: Sequence[str]) -> list[str]:
        """Those of the source's sessions that are asked for."""
        return [day for day in sessions if str(self.first) <= day <= str(self.last)]


def chain_facts(asked: Asked) -> Read:
    """Facts of a ticker's chains, a row a snapshot; what was found in them is told by name.

    Those that are kept are read back while the chains' source is as it was; of the others only the
    missing sessions are made. Raises as `chains_of`, and BadRequest if no session has a chain.
    """
    about = asked.chains(_NEVER, _NEVER).about
    name = f"chain_facts-{about['provider']}-{asked.ticker}"
    keys = {"provider": str(about["provider"]), "ticker": asked.ticker}
    lake = asked.lab.lake
    kept: dict[str, Any] = lake.load("manifests", name) if lake.has("manifests", name) else {}
    same = kept.get("print") == about["print"]
    found: dict[str, dict[str, int]] = dict(kept["findings"]) if same else {}
    old = [_read(asked, keys)] if same else []
    wanted = asked.inside(about["sessions"])
    if not wanted:
        raise _no_session(asked, "chains", about["sessions"])
    missing = [day for day in wanted if day not in found]
    made = list(_made(asked, about, missing, found))
    rows = _joined([*old, *made])
    if made and asked.keep:
        lake.replace(CHAIN_FACTS, {PART: rows}, **keys)
        lake.save("manifests", name, {"print": about["print"], "findings": found, **keys})
    first, last = pd.Timestamp(asked.first), pd.Timestamp(asked.last)
    inside = rows[(rows["session"] >= first) & (rows["session"] <= last)]
    notes = [
        *about["notes"],
        *_lacking(asked, calendar(about["calendar"]), len(wanted)),
        *_told(asked.ticker, {day: found[day] for day in wanted}),
    ]
    return Read(inside.reset_index(drop=True), {**about, "notes": notes})


def _made(
    asked: Asked, about: Mapping[str, Any], days: Sequence[str], found: dict[str, dict[str, int]]
) -> Iterator[pd.DataFrame]:
    """Facts of sessions, some at a time; what was found is put into `found`."""
    every, hours = list(about["sessions"]), calendar(about["calendar"])
    whole = PROVIDERS[about["provider"]].options
    alone = asked.keep or (whole is not None and whole.sessions is not None)
    step = AT_ONCE if alone else max(len(days), 1)
    for at in range(0, len(days), step):
        asked.progress(at, len(days), f"facts of chains of {asked.ticker}, {days[at]}")
        some = list(days[at : at + step])
        eve = every[max(every.index(some[0]) - 1, 0)]
        read = asked.chains(eve, some[-1])
        held = read.rows["session"].isin(pd.DatetimeIndex(some))
        for day in some:
            faults = read.findings.get(pd.Timestamp(day), ())
            found[day] = {one.name: one.rows for one in faults}
        yield facts(read.rows[held], hours, read.rows[~held])


def _read(asked: Asked, keys: Mapping[str, str]) -> pd.DataFrame:
    rows = asked.lab.lake.part(CHAIN_FACTS, **keys)
    rows["ts"] = pd.to_datetime(rows["ts"], utc=True).dt.as_unit("us")
    rows["session"] = pd.to_datetime(rows["session"]).dt.as_unit("us")
    return rows[["ts", "session", *FACTS]]


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [part for part in parts if len(part)]
    if not some:
        return pd.DataFrame(columns=["ts", "session", *FACTS])
    return pd.concat(some, ignore_index=True).sort_values("ts", ignore_index=True)


def _lacking(asked: Asked, days: Calendar, there: int) -> list[str]:
    """That some sessions have no chain, if so."""
    every = len(days.sessions(pd.Timestamp(asked.first), pd.Timestamp(asked.last)))
    if there >= every:
        return []
    line = (
        f"Chains of {asked.ticker}: {there:,} of {every:,} sessions have one; what is made of them"
        " is missing where neither a session nor the one before has."
    )
    return [line]


def _told(ticker: str, found: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A line for each kind of fault, counted over all sessions."""
    sums: dict[str, int] = {}
    for faults in found.values():
        for name, rows in faults.items():
            sums[name] = sums.get(name, 0) + rows
    head = f"Chains of {ticker}, {len(found):,} sessions"
    return [f"{head}: {Finding(name, rows).words}" for name, rows in sorted(sums.items())]


def same_day_flow(
    asked: Asked, bars: pd.DataFrame, about: Mapping[str, Any], *, distance_max: int
) -> Read:
    """Flow of the options that end in their session, a row for each of the model's bars.

    From the finest option bars there are that are no coarser than the model's. Strikes count as
    listed when the session before had a chain with them, or once they were traded. A session
    without option bars is missing. `about` is of the model's bars: of those adjusted for dividends
    the money cannot be told, so BadRequest; also as `option_bars_of`.
    """
    if about["adjustment"] == "total" and not about["simulated"]:
        raise BadRequest(
            f"Flow by strike needs {asked.ticker} at the prices of the day; these bars are adjusted"
            " for dividends.",
            hint="Use bars with adjustment: split or raw.",
        )
    cadence = _finest(asked, str(about["cadence"]))
    told = _bars_of(asked, cadence, _NEVER, _NEVER).about
    days = calendar(told["calendar"])
    held = asked.inside(told["sessions"])
    parts, step = [], AT_ONCE if asked.keep else max(len(held), 1)
    for at in range(0, len(held), step):
        asked.progress(at, len(held), f"same-day options of {asked.ticker}, {held[at]}")
        some = held[at : at + step]
        rows = _bars_of(asked, cadence, *(date.fromisoformat(d) for d in (some[0], some[-1]))).rows
        of = bars[bars["session"].isin(pd.DatetimeIndex(some))]
        listed = _listed(asked, some, days)
        parts.append(flow(of, rows, days, distance_max=distance_max, listed=listed))
    if not parts:
        raise _no_session(asked, "option bars", told["sessions"])
    wide = pd.concat(parts).set_index("ts").drop(columns="session")
    rows = bars[["ts", "session"]].join(wide, on="ts").reset_index(drop=True)
    sessions = bars["session"].nunique()
    note = (
        f"Same-day flow of {asked.ticker} from {cadence} option bars: {len(held):,} of"
        f" {sessions:,} sessions have them, in the others it is missing."
    )
    return Read(rows, {**told, "notes": [*told["notes"], note]})


def _no_session(asked: Asked, what: str, days: Sequence[str]) -> BadRequest:
    """What is wrong where a source has options of the ticker, and none of the days."""
    there = f"those there are go from {days[0]} to {days[-1]}" if days else "there are none"
    name = f"{asked.ticker}_{'chains' if what == 'chains' else '1m_options'}"
    return BadRequest(
        f"No session from {asked.first} to {asked.last} has {what} of {asked.ticker}: {there}.",
        hint=f"Take other dates (START=, END=), or put those days into {name} in SIGMA_FILES; or"
        " leave out the indicators that are made of them.",
    )


def sessions_with_flow(asked: Asked, cadence: str) -> list[str]:
    """Sessions of which there are option bars for a model of that cadence; as `option_bars_of`."""
    return list(_bars_of(asked, _finest(asked, cadence), _NEVER, _NEVER).about["sessions"])


def _finest(asked: Asked, cadence: str) -> str:
    """The finest option bars of the source, no coarser than the model's; `1m` if there are none."""
    names = AUTO if asked.source == "auto" else (asked.source,)
    for fine in CADENCES:
        if _MINUTES[fine] > _MINUTES[cadence]:
            break
        sources = (PROVIDERS[name].options for name in names)
        if any(one and one.print(asked.ticker, fine, asked.lab.files) for one in sources):
            return fine
    return CADENCES[0]


def _bars_of(asked: Asked, cadence: str, first: date, last: date) -> Any:
    return option_bars_of(
        asked.lab, asked.ticker, cadence, start=first, end=last, provider=asked.source,
        keep=asked.keep,
    )  # fmt: skip


def _listed(asked: Asked, sessions: Sequence[str], days: Calendar) -> Mapping[pd.Timestamp, Floats]:
    """Strikes of the same-day expiry in the chain of the session before; none without chains."""
    names = AUTO if asked.source == "auto" else (asked.source,)
    sources = (PROVIDERS[name].options for name in names)
    if not any(one and one.print(asked.ticker, "", asked.lab.files) for one in sources):
        return {}
    numbers = days.ordinal(np.array(sessions, dtype="datetime64[us]"))
    first, last = days.session_of(np.array([numbers[0] - 1, numbers[-1] - 1]))
    rows = asked.chains(pd.Timestamp(first).date(), pd.Timestamp(last).date()).rows
    found = {}
    for day, chain in rows.groupby("session"):
        after = pd.Timestamp(days.session_of(days.ordinal([day]) + 1)[0])
        last_one = standing(chain)
        ends = last_one["last_session"] == after
        found[after] = np.unique(last_one.loc[ends, "strike"].to_numpy(dtype="float64"))
    return found
