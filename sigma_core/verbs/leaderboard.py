"""Rank every trial, with its verdict as of today."""

from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, RiskName
from sigma_core.domain.results import Entry
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._kept import kept, print_of_lake
from sigma_core.verbs._ranking import SHOWN_FROM, ranked
from sigma_core.verbs._screens import leaderboard_screen


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Leaderboard:
    """Which trials to rank; all of them where nothing is given."""

    model_id: str = ""
    pack_id: str = ""
    sweep_id: str = ""
    tag: str = ""
    risk_profile: RiskName | None = None
    pass_gate: bool = False
    """Only those whose verdict is PASS."""
    survivors: bool = False
    """Only those that StepM names as better than nothing among their sweep; see `evidence`."""
    start: date | None = None
    end: date | None = None
    """Only trials whose out-of-fold sessions lie within."""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50


@verb("GET", "/leaderboard", table=leaderboard_screen)
def leaderboard(lab: Lab, ask: Leaderboard, progress: Progress = silent) -> list[Entry]:  # noqa: ARG001
    """Rank all trials, best first within each verdict, by what is known of luck today."""
    root = lab.lake.root
    now = print_of_lake([root / name for name in SHOWN_FROM])
    asked = vars(ask) | {"risk_profile": ask.risk_profile or ""}
    return list(kept(("leaderboard", root, *asked.items()), now, lambda: ranked(lab, **asked)))
