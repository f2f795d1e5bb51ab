"""Rank every trial, with its verdict as of today."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, RiskName
from sigma_core.domain.noise import NoiseFloor
from sigma_core.domain.results import Entry
from sigma_core.engine.matrix import refuse_span
from sigma_core.lab import Lab
from sigma_core.packs import refuse_unknown
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._floors import floors
from sigma_core.verbs._kept import kept, print_of_lake
from sigma_core.verbs._ranking import ranked, shown_from
from sigma_core.verbs._screens import leaderboard_screen

Line = Entry | NoiseFloor
_FITS = ("model_id", "pack_id", "sweep_id", "tag", "risk_profile", "kind", "start", "end")
_SWEEPS = """
SELECT DISTINCT sweep_id FROM trials
WHERE sweep_id IS NOT NULL AND $model_id IN ('', model_id) AND $pack_id IN ('', pack_id)
  AND $sweep_id IN ('', sweep_id) AND $tag IN ('', tag) AND $risk_profile IN ('', risk_profile)
  AND $kind IN ('', kind)
  AND ($start::TIMESTAMP IS NULL OR oof_start >= $start::TIMESTAMP)
  AND ($end::TIMESTAMP IS NULL OR oof_end <= $end::TIMESTAMP)
"""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Leaderboard:
    """Which trials to rank; all of them where nothing is given."""

    model_id: str = ""
    pack_id: str = ""
    sweep_id: str = ""
    tag: str = ""
    risk_profile: RiskName | None = None
    kind: Literal["thr", "top_pct"] | None = None
    """Only rules of this kind: by threshold, or by share of bars."""
    pass_gate: bool = False
    """Only those whose verdict is PASS."""
    survivors: bool = False
    """Only those that StepM names as better than nothing among their sweep; see `evidence`."""
    start: date | None = None
    end: date | None = None
    """Only trials whose out-of-fold sessions lie within."""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50


@verb("GET", "/leaderboard", table=leaderboard_screen)
def leaderboard(lab: Lab, ask: Leaderboard, progress: Progress = silent) -> list[Line]:  # noqa: ARG001
    """Rank all trials, best first in each verdict; below them what their sweeps find in noise."""
    refuse_span(ask.start, ask.end)
    root = lab.lake.root
    asked = vars(ask) | {"risk_profile": ask.risk_profile or "", "kind": ask.kind or ""}
    now = (*shown_from(lab), *print_of_lake([root / "noise"]))
    lines = list(kept(("leaderboard", root, *asked.items()), now, lambda: _board(lab, asked)))
    if not lines:
        refuse_unknown(lab.packs, ask.model_id, ask.pack_id)
    return lines


def _board(lab: Lab, asked: dict[str, Any]) -> list[Line]:
    entries = ranked(lab, **asked)
    return [*entries, *(_floors(lab, asked) if entries else ())]


def _floors(lab: Lab, asked: dict[str, Any]) -> list[NoiseFloor]:
    """Of the sweeps with a trial that fits, whatever its verdict and wherever it ranks."""
    root = lab.lake.root
    every = kept(("floors", root), print_of_lake([root / "noise"]), lambda: floors(lab))
    of = {name: value for name, value in asked.items() if name in _FITS}
    swept = {row["sweep_id"] for row in lab.lake.rows(_SWEEPS, **of)} if every else ()
    return [floor for floor in every if floor.sweep_id in swept]


def trials_in(lines: Iterable[Line]) -> list[Entry]:
    """The trials of a leaderboard, without its noise floors."""
    return [line for line in lines if isinstance(line, Entry)]
