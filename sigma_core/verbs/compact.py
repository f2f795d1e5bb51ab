"""Merge the lake's small files."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.schemas import EQUITY, FOLDS, RUNS, SIGNALS, TRADES, TRIALS
from sigma_core.schemas.overlays import OPTION_EQUITY, OPTION_TRADES
from sigma_core.verbs import verb

MERGED = (TRIALS, RUNS, FOLDS, TRADES, EQUITY, SIGNALS, OPTION_TRADES, OPTION_EQUITY)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CompactAsk:
    """Nothing to choose: every table of small files is merged."""


@verb("", "")
def compact(lab: Lab, ask: CompactAsk, progress: Progress = silent) -> dict[str, int]:  # noqa: ARG001
    """Merge the small files of each table; what it says is how many went, by table."""
    gone = {}
    for done, table in enumerate(MERGED):
        progress(done, len(MERGED), f"merging {table.name}")
        gone[table.name] = lab.lake.compact(table)
    progress(len(MERGED), len(MERGED), "done")
    return gone
