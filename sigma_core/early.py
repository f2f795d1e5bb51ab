"""What can be said against the dates of a matrix before a bar is read."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sigma_core.calendars import calendar
from sigma_core.domain.model import ModelConfig
from sigma_core.engine.matrix import no_bar, refuse_span
from sigma_core.errors import BadRequest
from sigma_core.fetch import held_of
from sigma_core.lab import Lab
from sigma_core.sealed import last_seen


def refuse_early(
    lab: Lab,
    config: ModelConfig,
    *,
    start: date | None,
    end: date | None,
    splits: int | None = None,
) -> None:
    """Raises what can be said of a matrix before a bar is read: dates, and bars nobody has.

    Of bars that the lake holds also where they begin and end, and that there are fewer sessions
    than blocks.
    """
    _refuse_span(config, start, end)
    begin, seen = start or config.start, last_seen(config, end)
    if begin is not None and begin > lab.now().date():
        raise BadRequest(f"start {begin} is still to come.", hint="Give an earlier START=.")
    if begin is not None and seen is not None and begin > seen:
        raise BadRequest(
            f"start {begin} lies in the holdout of {config.model_id}, sealed from {config.holdout}"
            " on.",
            hint="Give an earlier START=; make unseal looks at it, once.",
        )
    held = held_of(lab, config)
    if held is not None:
        _refuse_beyond(config, held, begin, seen, splits)


def _refuse_beyond(
    config: ModelConfig,
    held: Mapping[str, Any],
    begin: date | None,
    seen: date | None,
    splits: int | None,
) -> None:
    """Raises BadRequest for dates beyond those of the bars, or fewer sessions than blocks."""
    first, last = (date.fromisoformat(held[at]) for at in ("first", "last"))
    if (seen or last) < first or (begin or first) > last:
        raise no_bar((config.ticker, config.cadence), first, last, start=begin, end=seen)
    begin, seen = max(begin or first, first), min(seen or last, last)
    sessions = len(calendar(held["calendar"]).sessions(begin, seen))
    if splits is not None and sessions <= splits:
        raise BadRequest(
            f"{splits} splits: {sessions} sessions from {begin} to {seen} are fewer than the blocks"
            " asked for.",
            hint="Ask for fewer splits, 5 are usual, or for a longer range of dates.",
        )


def _refuse_span(config: ModelConfig, start: date | None, end: date | None) -> None:
    """Raises BadRequest if start is after end, whether they were asked for or the model's own."""
    refuse_span(start, end)
    if start is not None and config.end is not None and end is None and start > config.end:
        raise BadRequest(
            f"start {start} is after end {config.end}, which is the model's own.",
            hint="Give END= too, or an earlier START=.",
        )
    if end is not None and config.start is not None and start is None and config.start > end:
        raise BadRequest(
            f"end {end} is before start {config.start}, which is the model's own.",
            hint="Give START= too, or a later END=.",
        )
