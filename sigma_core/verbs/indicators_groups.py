"""The groups of the catalogue of indicators."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import IndicatorGroup
from sigma_core.indicators import INDICATORS
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns, count


@dataclass(frozen=True, kw_only=True, config=NOUN)
class IndicatorGroups:
    """All groups: there is nothing to choose."""


def screen(rows: Sequence[IndicatorGroup]) -> str:
    """Groups, one a line, with the first of their names."""
    heads = ("group", "indicators", "among them")
    shown = 8
    table = [
        (
            row.group,
            count(row.count),
            ", ".join(row.names[:shown]) + (" …" if row.count > shown else ""),
        )
        for row in rows
    ]
    return columns(table, heads)


@verb("GET", "/indicators/groups", table=screen)
def indicators_groups(
    lab: Lab,  # noqa: ARG001
    ask: IndicatorGroups,  # noqa: ARG001
    progress: Progress = silent,  # noqa: ARG001
) -> list[IndicatorGroup]:
    """List the groups of indicators, with the names in each."""
    found: dict[str, list[str]] = {}
    for one in INDICATORS:
        found.setdefault(one.group, []).append(one.name)
    return [
        IndicatorGroup(group=group, count=len(names), names=tuple(names))
        for group, names in sorted(found.items())
    ]
