"""The indicator sets of a pack, and the columns they make."""

from collections.abc import Sequence

from sigma_core.domain.catalog import IndicatorSetRow
from sigma_core.engine.features import columns_of
from sigma_core.lab import Lab
from sigma_core.packs import indicator_set, names
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs.pack_detail import PackAsk


def screen(rows: Sequence[IndicatorSetRow]) -> str:
    """Sets, each with its columns below."""
    if not rows:
        return "This pack has no indicator set."
    return "\n\n".join(
        f"{row.indicator_set}: {row.sentence}\n"
        f"  {len(row.columns)} columns: {', '.join(row.columns)}"
        for row in rows
    )


@verb("GET", "/packs/{pack_id}/indicator_sets", table=screen)
def pack_indicators(
    lab: Lab,
    ask: PackAsk,
    progress: Progress = silent,  # noqa: ARG001
) -> list[IndicatorSetRow]:
    """The indicator sets of a pack, with every column each of them makes."""
    return [
        _row(lab, ask.pack_id, name) for name in names(lab.packs, ask.pack_id, "indicator_sets")
    ]


def _row(lab: Lab, pack_id: str, name: str) -> IndicatorSetRow:
    found = indicator_set(lab.packs, pack_id, name)
    return IndicatorSetRow(
        indicator_set=name,
        sentence=found.sentence,
        columns=columns_of(found.indicators),
    )
