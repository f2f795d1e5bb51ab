"""The leaderboard's rows: every trial once, judged by today's number of tries."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sigma_core.domain.results import Entry, Study, Sweep
from sigma_core.domain.trial import Evidence, Forecast, Gate, Hold, Lineage, Metrics, Rule
from sigma_core.engine.evidence import rejudge
from sigma_core.engine.gate import rejudged, verdict
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.ledger import Family, Ledger
from sigma_core.parse import parse

ORDER = {"PASS": 0, "UNPROVEN": 1, "FAIL": 2}


def ranked(
    lab: Lab,
    *,
    model_id: str = "",
    pack_id: str = "",
    sweep_id: str = "",
    run_id: str = "",
    tag: str = "",
    risk_profile: str = "",
    start: date | None = None,
    end: date | None = None,
    pass_gate: bool = False,
    limit: int = 10_000,
) -> list[Entry]:
    """Trials that fit, best first within each verdict; of a trial made twice the later making."""
    wanted = {
        "model_id": model_id, "pack_id": pack_id, "sweep_id": sweep_id, "run_id": run_id,
        "tag": tag, "risk_profile": risk_profile,
    }  # fmt: skip
    rows = lab.lake.trials(**{name: value for name, value in wanted.items() if value})
    rows = [row for row in rows if _within(row, start, end)]
    families = Families(lab)
    judged = [(row, *families.today(row)) for row in rows]
    judged = [item for item in judged if item[2].pass_ or not pass_gate]
    judged.sort(key=lambda item: _place(item[0], item[2]))
    return [
        _entry(row, evidence, gate, rank)
        for rank, (row, evidence, gate) in enumerate(judged[:limit], start=1)
    ]


def sweep_of(entries: Sequence[Entry], *, configs: int, budget: int) -> Sweep:
    """A sweep from its trials. Raises BadRequest if there are none."""
    if not entries:
        raise BadRequest("The sweep has no trial.", hint="It was stopped before its end: run it again.")
    best = entries[0]
    return Sweep(
        sweep_id=best.sweep_id or "",
        pack_id=best.pack_id,
        model_id=best.model_id,
        tag=best.tag,
        made_at=best.made_at,
        configs=configs,
        budget=budget,
        best=verdict(best.gate),
        trials=tuple(entries),
    )
