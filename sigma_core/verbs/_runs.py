"""What every history is asked, and how one is shown."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import RunRow
from sigma_core.lineage import short
from sigma_core.verbs._text import columns


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Runs:
    """Which runs; all of them where nothing is given."""

    pack_id: str = ""
    model_id: str = ""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50


def runs_screen(runs: Iterable[RunRow]) -> str:
    """A history, newest first."""
    listed = list(runs)
    if not listed:
        return "Nothing yet."
    names = list(listed[0].facts)
    rows = [
        (
            f"{run.made_at:%Y-%m-%d %H:%M}",
            run.run_id,
            run.model_id,
            *(_fact(run.facts.get(n)) for n in names),
        )
        for run in listed
    ]
    return columns(rows, ("made", "run", "model", *names))


def _fact(value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}"
    text = str(value)
    if len(text) == 64:
        return short(text)
    return text if len(text) <= 48 else f"{text[:47]}…"
