"""What was traded of one session's same-day options."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.surfaces import FlowBar, FlowStrike, SessionFlow
from sigma_core.errors import BadRequest
from sigma_core.fetch import bars_of
from sigma_core.lab import Lab
from sigma_core.option_facts import Asked, same_day_flow, sessions_with_flow
from sigma_core.options.flow import FARTHEST, KINDS, at_distance
from sigma_core.packs import find_model
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._text import DASH, columns, count, percent


@dataclass(frozen=True, kw_only=True, config=NOUN)
class FlowAsk:
    """Whose options, of which session, by bars of what length."""

    ticker: str = ""
    """Or a model's, by `model_id`."""
    model_id: str = ""
    pack_id: str = ""
    provider: str = ""
    """Of the underlying's bars; empty: the model's, or whichever has them."""
    day: date | None = None
    """None: the last session with option bars."""
    cadence: Literal["5m", "15m", "hourly"] = "15m"
    distance_max: Annotated[int, Field(ge=1, le=FARTHEST)] = 7
    """Listed strikes on each side of the money."""


def screen(found: SessionFlow) -> str:
    """One bar a line, then one distance a line."""
    mark = "  SIMULATED" if found.simulated else ""
    head = (
        f"{found.ticker} same-day options on {found.session}{mark}, by {found.cadence} bars;"
        f" {count(found.sessions)} sessions from {found.first} to {found.last}: {found.layout}"
    )
    heads = ("bar closed, UTC", "underlying", "calls", "puts", "calls $", "puts $", "imbalance")
    bars = [
        (
            f"{b.ts:%H:%M}", f"{b.close:,.2f}", _whole(b.calls_volume), _whole(b.puts_volume),
            _whole(b.calls_premium), _whole(b.puts_premium), percent(b.imbalance, signed=True),
        )
        for b in found.bars
    ]  # fmt: skip
    strikes = [
        (
            f"{s.distance:+d}", _whole(s.calls_volume), _whole(s.puts_volume),
            _whole(s.calls_premium), _whole(s.puts_premium),
        )
        for s in found.strikes
    ]  # fmt: skip
    by = ("strikes from the money", "calls", "puts", "calls $", "puts $")
    return "\n\n".join([head, columns(bars, heads), columns(strikes, by)])


@verb("GET", "/flow", table=screen)
def flow(lab: Lab, ask: FlowAsk, progress: Progress = silent) -> SessionFlow:
    """Show one session's same-day option flow: volume and premium by bar and by distance."""
    config = find_model(lab.packs, ask.model_id, ask.pack_id) if ask.model_id else None
    ticker = ask.ticker or (config.ticker if config else "")
    if not ticker:
        raise BadRequest("Whose options are asked for?", hint="Name it: TICKER=SPY, or MODEL_ID=.")
    provider = ask.provider or (config.provider if config else "auto")
    bars = bars_of(lab, ticker, ask.cadence, provider=provider, keep=False)
    last = bars.frame["session"].iloc[-1].date()
    whose = Asked(lab, ticker, str(bars.about["provider"]), last, last, False, progress)
    days = _days(whose, bars.frame, ask.cadence)
    day = _chosen(days, ask.day, ticker)
    rows = bars.frame[bars.frame["session"] == pd.Timestamp(day)].reset_index(drop=True)
    read = same_day_flow(
        replace(whose, first=day, last=day), rows, bars.about, distance_max=ask.distance_max
    )
    return SessionFlow(
        ticker=ticker,
        provider=str(read.about["provider"]),
        simulated=bool(read.about["simulated"]),
        cadence=ask.cadence,
        session=day,
        bars=_bars(read.rows, rows["close"].tolist()),
        strikes=_strikes(read.rows, ask.distance_max),
        sessions=len(days),
        first=days[0],
        last=days[-1],
        layout=str(read.about["layout"]),
    )


def _days(whose: Asked, bars: pd.DataFrame, cadence: str) -> list[date]:
    """Sessions with bars of the underlying and of its options both."""
    known = sessions_with_flow(whose, cadence)
    stored = {f"{day:%Y-%m-%d}" for day in bars["session"].unique()}
    both = [date.fromisoformat(day) for day in known if day in stored]
    if not both:
        raise BadRequest(
            f"No session has {cadence} bars of {whose.ticker} and of its options both.",
            hint=f"Its options are of {known[0]} to {known[-1]}.",
        )
    return both


def _chosen(days: Sequence[date], asked: date | None, ticker: str) -> date:
    if asked is None or asked in days:
        return asked or days[-1]
    near = min(days, key=lambda day: abs(day - asked))
    raise BadRequest(
        f"There are no same-day options of {ticker} on {asked}.", hint=f"The nearest are of {near}."
    )


def _bars(rows: pd.DataFrame, closes: Sequence[float]) -> tuple[FlowBar, ...]:
    calls, puts = rows["calls_premium"].cumsum(), rows["puts_premium"].cumsum()
    so_far = (calls - puts) / (calls + puts)
    table = rows[["ts", *KINDS]].assign(close=closes, imbalance=so_far)
    known = table.astype(object).where(table.notna(), None)
    made: list[dict[str, Any]] = known.to_dict("records")  # type: ignore[assignment]
    return tuple(FlowBar(**row) for row in made)


def _strikes(rows: pd.DataFrame, distance_max: int) -> tuple[FlowStrike, ...]:
    span = range(-distance_max, distance_max + 1)
    sums = {k: {kind: float(np.nansum(rows[at_distance(kind, k)])) for kind in KINDS} for k in span}
    return tuple(FlowStrike(distance=k, **each) for k, each in sums.items())


def _whole(value: float | None) -> str:
    return DASH if value is None else count(round(value))
