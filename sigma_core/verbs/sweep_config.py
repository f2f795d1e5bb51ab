"""The grid that a sweep of a model will try."""

from dataclasses import replace
from datetime import date

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import Grid
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.packs import (
    find_model,
    sweep_config_file,
    sweep_config_of,
    where,
    write_sweep_config,
)
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns
from sigma_core.verbs.build import DEMO
from sigma_core.verbs.sweep_run import rules_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SweepConfigAsk:
    """Whose grid; with `write` it is put into the model's own file, to be edited there."""

    model_id: str = DEMO
    pack_id: str = ""
    start: date | None = None
    """First session to sweep over, in place of the grid's own."""
    end: date | None = None
    """Last session to sweep over, in place of the grid's own."""
    write: bool = False


def screen(found: Grid) -> str:
    """A grid: its variants, its size against the budget, its file."""
    grid = found.grid
    rows = [
        ("thresholds", "  ".join(grid.thresholds_variants)),
        ("top %", "  ".join(f"{share:.0%}" for share in grid.top_pct_variants)),
        ("hours", "  ".join(grid.allowed_hours_variants) or "all"),
        ("splits", f"{grid.splits}, embargo {grid.embargo:g}"),
        ("sessions", f"{grid.start or 'the first'} to {grid.end or 'the last'} of the model"),
    ]
    size = f"{found.configs} configs; {found.risk_profile} allows {found.budget}"
    way = f"edit {found.file}" if found.written else f"WRITE=true puts it into {found.file}"
    return f"{found.model_id}: {size}\n\n{columns(rows, ('grid', 'variants'))}\n\n{way}"


@verb("GET", "/sweep_config", table=screen)
def sweep_config(lab: Lab, ask: SweepConfigAsk, progress: Progress = silent) -> Grid:  # noqa: ARG001
    """Show the grid a sweep of a model will try, or write it where it can be edited."""
    if ask.start and ask.end and ask.start > ask.end:
        raise BadRequest(f"start {ask.start} is after end {ask.end}.", hint="Swap them.")
    config = find_model(lab.packs, ask.model_id, ask.pack_id)
    kept = sweep_config_of(lab.packs, config)
    grid = replace(kept, start=ask.start or kept.start, end=ask.end or kept.end)
    file = sweep_config_file(lab.packs, config)
    if ask.write and (
        grid != kept or not file.exists()
    ):  # a file that says the same keeps its words
        write_sweep_config(lab.packs, config, grid)
    return Grid(
        pack_id=config.pack_id,
        model_id=config.model_id,
        file=where(lab.packs, file),
        written=file.exists(),
        configs=len(rules_of(grid)),
        budget=RISK_PROFILES[config.risk_profile].budget,
        risk_profile=config.risk_profile,
        grid=grid,
    )
