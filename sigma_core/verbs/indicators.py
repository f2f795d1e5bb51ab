"""The catalogue of indicators."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import IndicatorRow, ParamRow
from sigma_core.errors import UnknownName
from sigma_core.indicators import catalogue
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Indicators:
    """Which indicators; all of them where nothing is given."""

    group: str = ""
    search: str = ""
    """A part of a name, another name or the sentence."""


def screen(rows: Sequence[IndicatorRow]) -> str:
    """Indicators, one a line."""
    heads = ("indicator", "group", "parameters", "what it is")
    table = [
        (
            row.name,
            row.group,
            ", ".join(f"{p.name} {p.default:g}" for p in row.params),
            row.sentence,
        )
        for row in rows
    ]
    return f"{columns(table, heads)}\n\n{len(rows)} indicators" if rows else "No indicator fits."


@verb("GET", "/indicators", table=screen)
def indicators(lab: Lab, ask: Indicators, progress: Progress = silent) -> list[IndicatorRow]:  # noqa: ARG001
    """List the indicators: what each is, its parameters with their ranges, its columns."""
    rows = [_row(entry) for entry in catalogue()]
    groups = {row.group for row in rows}
    if ask.group and ask.group not in groups:
        raise UnknownName("group of indicators", ask.group, groups)
    return [row for row in rows if ask.group in ("", row.group) and _fits(row, ask.search)]


def _fits(row: IndicatorRow, search: str) -> bool:
    return any(search.lower() in text.lower() for text in (row.name, row.sentence, *row.aliases))


def _row(entry: Mapping[str, Any]) -> IndicatorRow:
    low, high = entry["bounds"] or (None, None)
    params = tuple(ParamRow(name=name, **facts) for name, facts in entry["params"].items())
    kept = {name: value for name, value in entry.items() if name not in ("bounds", "params")}
    return IndicatorRow(**kept, params=params, lowest=_finite(low), highest=_finite(high))


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
