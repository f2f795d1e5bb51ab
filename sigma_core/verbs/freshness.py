"""How fresh the stored bars are."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from pydantic.dataclasses import dataclass

from sigma_core.calendars import calendar
from sigma_core.domain._fields import NOUN
from sigma_core.domain.lakestate import Freshness
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._kept import kept, print_of_lake
from sigma_core.verbs._text import columns, count

FINISHED = {"sample": "A history that ends there: it does not go on."}
"""Providers whose bars end where they end, and how to say so."""
_SQL = """
SELECT provider, ticker, cadence, count(*) AS bars, min(session) AS first, max(session) AS last,
       max(ts) AS last_ts
FROM bars GROUP BY ALL ORDER BY ticker, cadence, provider
"""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class FreshnessAsk:
    """Of which ticker; of all that are stored if none is given."""

    ticker: str = ""


def screen(rows: Sequence[Freshness]) -> str:
    """One line a ticker and cadence."""
    heads = ("ticker", "cadence", "provider", "bars", "first", "last", "sessions behind", "note")
    table = [
        (r.ticker, r.cadence, r.provider, count(r.bars), str(r.first), str(r.last), count(r.age),
         r.note)
        for r in rows
    ]  # fmt: skip
    return columns(table, heads) if table else "No bars are stored yet: a build fetches them."


@verb("GET", "/freshness", table=screen)
def freshness(lab: Lab, ask: FreshnessAsk, progress: Progress = silent) -> list[Freshness]:  # noqa: ARG001
    """List the stored bars: first and last, and how many sessions they are behind."""
    root = lab.lake.root
    stored = kept(("freshness", root), print_of_lake([root / "bars"]), lambda: lab.lake.rows(_SQL))
    wanted = ask.ticker.upper()
    return [
        _row(lab, **row)
        for row in stored
        if wanted in ("", row["ticker"].upper()) and lab.lake.has("manifests", _named(row))
    ]  # bars without their document were left by a killed fetch: the next one replaces them


def _named(row: Mapping[str, Any]) -> str:
    return f"bars-{row['provider']}-{row['ticker']}-{row['cadence']}"


def _row(lab: Lab, provider: str, ticker: str, cadence: str, **stored: object) -> Freshness:
    about = lab.lake.load("manifests", f"bars-{provider}-{ticker}-{cadence}")
    last = stored["last"].date()  # type: ignore[attr-defined]
    age = _behind(lab, about["calendar"], last)
    simulated = bool(about.get("simulated", False))
    return Freshness(
        **{**stored, "first": stored["first"].date(), "last": last},  # type: ignore[attr-defined]
        provider=provider,
        ticker=ticker,
        cadence=cadence,
        calendar=about["calendar"],
        age=age,
        stale=age > 0 and provider not in FINISHED and not simulated,
        simulated=simulated,
        note=_note(provider, ticker, cadence, age, simulated=simulated),
    )


def _behind(lab: Lab, name: str, last: date) -> int:
    """Sessions that have closed since the session of the last bar."""
    days = calendar(name)
    known = days.sessions(start=last)
    now = np.datetime64(lab.now().replace(tzinfo=None), "us")
    closed = known["close"].dt.tz_convert("UTC").dt.tz_localize(None) <= now
    later = known["session"].dt.date > last
    return int((closed & later).sum())


def _note(provider: str, ticker: str, cadence: str, age: int, *, simulated: bool) -> str:
    if not age:
        return ""
    if simulated:
        return "Simulated: it ends where it was asked to."
    if provider in FINISHED:
        return FINISHED[provider]
    if provider == "files":
        return f"Put newer bars into {ticker}_{cadence}, then build."
    return "Build a model of it: that fetches what is missing."
