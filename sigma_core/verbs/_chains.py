"""One session's chain, as the verbs about options read it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass as noun

from sigma_core.domain._fields import NOUN
from sigma_core.domain.chains import ChainSummary, FindingRow
from sigma_core.domain.model import ModelConfig
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.option_market import chains_of, last_session, provider_of_options
from sigma_core.option_shelf import OptionRows
from sigma_core.options.black import Curve
from sigma_core.options.implied import WORDS
from sigma_core.options.marks import marked
from sigma_core.options.snapshots import standing
from sigma_core.packs import find_model
from sigma_core.verbs._text import count, percent


@noun(frozen=True, kw_only=True, config=NOUN)
class ChainAsk:
    """Whose chain, of which session, discounted at what rate."""

    ticker: str = ""
    """Or a model's, by `model_id`."""
    model_id: str = ""
    pack_id: str = ""
    provider: str = ""
    """Empty: the model's, or whichever has the ticker's chains."""
    day: date | None = None
    """The session; none: the last there is. The chain is the last one of it."""
    rate: Annotated[float, Field(gt=-0.5, lt=1)] = 0.0
    """Interest, continuously compounded, a fraction a year; shown with the answer."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A chain with our volatilities, what stands above it, and the model if one was named."""

    table: pd.DataFrame
    about: ChainSummary
    config: ModelConfig | None


def seen(lab: Lab, ask: ChainAsk) -> Seen:
    """The chain that was asked for; nothing is written.

    Raises BadRequest without a ticker or for a session without a chain; as `chains_of` else.
    """
    config = find_model(lab.packs, ask.model_id, ask.pack_id) if ask.model_id else None
    ticker = ask.ticker or (config.ticker if config else "")
    if not ticker:
        raise BadRequest("Whose chain is asked for?", hint="Name it: TICKER=SPX, or MODEL_ID=.")
    provider = ask.provider or (provider_of_options(config.provider) if config else "auto")
    day = ask.day or last_session(lab, ticker, provider)
    found = chains_of(lab, ticker, provider=provider, start=day, end=day, keep=False)
    sessions = found.about["sessions"]
    if not sessions:
        why = " ".join(f.words for each in found.findings.values() for f in each)
        raise BadRequest(
            f"No session of {ticker}'s chains has a contract left. {why}".strip(),
            hint=f"Look at what was read: {found.about['layout']}.",
        )
    day = day or pd.Timestamp(sessions[-1]).date()
    rows = standing(found.rows[found.rows["session"] == pd.Timestamp(day)])
    if rows.empty:
        why = " ".join(f.words for f in found.findings.get(pd.Timestamp(day), ()))
        raise BadRequest(
            f"There is no chain of {ticker} on {day}. {why}".strip(),
            hint=f"There are {len(sessions)}, from {sessions[0]} to {sessions[-1]}.",
        )
    table = marked(rows, Curve((1.0,), (ask.rate,)))
    underlying = table["underlying"].median()
    summary = ChainSummary(
        ticker=ticker,
        provider=found.about["provider"],
        simulated=found.about["simulated"],
        layout=found.about["layout"],
        session=day,
        as_of=table["as_of"].iloc[0].to_pydatetime(),
        underlying=None if pd.isna(underlying) else float(underlying),
        rate=ask.rate,
        findings=(*_found(found, day, table), *_unmarked(table)),
        sessions=len(sessions),
        first=pd.Timestamp(sessions[0]).date(),
        last=pd.Timestamp(sessions[-1]).date(),
    )
    return Seen(table, summary, config)


def _found(found: OptionRows, day: date, shown: pd.DataFrame) -> list[FindingRow]:
    """What was found in the session: of rows' flags those that are shown, of the rest all."""
    flagged = _flags(found.rows[found.rows["session"] == pd.Timestamp(day)])
    seen = _flags(shown)
    told = [
        replace(f, rows=int(seen.get(f.name, 0))) if f.name in flagged else f
        for f in found.findings.get(pd.Timestamp(day), ())
    ]
    return [FindingRow(name=f.name, rows=f.rows, words=f.words) for f in told if f.rows]


def _flags(rows: pd.DataFrame) -> "pd.Series[int]":
    """How many rows bear each flag."""
    return rows["flags"].str.split().explode().value_counts()


def _unmarked(table: pd.DataFrame) -> list[FindingRow]:
    """Quotes that may be traded and have no volatility, by the reason."""
    counts = table["unmarked"].value_counts()
    return [
        FindingRow(name=name, rows=n, words=f"{n:,} × {name}: {words}.")
        for name, words in WORDS.items()
        if (n := int(counts.get(name, 0)))
    ]


def heading(about: ChainSummary) -> str:
    """What a chain is of, and what was found in it."""
    mark = "  SIMULATED" if about.simulated else ""
    spot = "unknown" if about.underlying is None else f"{about.underlying:,.2f}"
    first = (
        f"{about.ticker} on {about.session}{mark}, as of {about.as_of:%H:%M} UTC, underlying"
        f" {spot}, interest {percent(about.rate)}"
    )
    second = (
        f"{count(about.sessions)} sessions from {about.provider}, {about.first} to {about.last}:"
        f" {about.layout}"
    )
    return "\n".join([first, second, *(f"  ! {finding.words}" for finding in about.findings)])
