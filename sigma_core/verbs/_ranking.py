"""The leaderboard's rows: every trial once, judged by today's number of tries."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from sigma_core.domain.results import Entry, Study, Sweep
from sigma_core.domain.trial import Forecast, Hold, Lineage, Metrics, Rule
from sigma_core.engine.gate import verdict
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.schemas.trials import FORECAST, HOLD
from sigma_core.sealed import marked_as
from sigma_core.verbs._board import Board, Places, board_of
from sigma_core.verbs._families import Families, Row, evidence_in, families_of, judged_by, noun_in
from sigma_core.verbs._kept import print_of_lake
from sigma_core.verbs._luck import SURVIVORS, Lucks

Model = tuple[str, str]
"""Pack and model."""
_TABLES = ("trials", "runs", "sweep_evidence", "trial_evidence")
_ROWS = "SELECT * FROM trials WHERE trial_id IN $trials"


def shown_from(lab: Lab) -> tuple[object, ...]:
    """What changes when a ranking may: a trial, a try, a seal, an audit or evidence has come."""
    return (judged_by(lab), *print_of_lake([lab.lake.root / name for name in _TABLES]))


def ranked(
    lab: Lab,
    *,
    model_id: str = "",
    pack_id: str = "",
    sweep_id: str = "",
    run_id: str = "",
    tag: str = "",
    risk_profile: str = "",
    kind: str = "",
    start: date | None = None,
    end: date | None = None,
    pass_gate: bool = False,
    survivors: bool = False,
    limit: int = 10_000,
) -> list[Entry]:
    """Trials that fit, best first within each verdict; of a trial made twice the later making.

    All are judged in one pass, and kept so; only what is shown is read and told in full.
    """
    wanted = {
        "model_id": model_id, "pack_id": pack_id, "sweep_id": sweep_id, "run_id": run_id,
        "tag": tag, "risk_profile": risk_profile, "kind": kind,
    }  # fmt: skip
    among = {row["trial_id"] for row in lab.lake.rows(SURVIVORS)} if survivors else None
    board = board_of(lab)
    found = board.fitting(
        {name: value for name, value in wanted.items() if value}, start=start, end=end, among=among
    )
    found = found[board.passing(found)] if pass_gate else found
    return _entries(lab, board, found[:limit], np.arange(1, limit + 1))


def best_of_each(lab: Lab) -> tuple[dict[Model, Entry], dict[Model, int]]:
    """By pack and model: the first of its trials in the whole ranking, and how many pass today."""
    board = board_of(lab)
    found = board.fitting({})
    lines = board.lines.iloc[found][["pack_id", "model_id"]].reset_index(drop=True)
    first = lines.drop_duplicates().index.to_numpy()
    best = _entries(lab, board, found[first], first + 1)
    passed = lines[board.passing(found)].itertuples(index=False, name=None)
    return {(e.pack_id, e.model_id): e for e in best}, Counter(passed)


def _entries(lab: Lab, board: Board, found: Places, ranks: Places) -> list[Entry]:
    """These lines of the board in full; one whose file was taken away since is none."""
    names = board.names(found)
    trials = {trial_id for trial_id, _ in names}
    rows = {
        (row["trial_id"], row["run_id"]): row for row in lab.lake.rows(_ROWS, trials=sorted(trials))
    }
    families, lucks = families_of(lab), Lucks(lab, rows.values())
    return [
        _entry(row, int(rank), families, lucks)
        for name, rank in zip(names, ranks, strict=False)
        if (row := rows.get(name)) is not None
    ]


def verdict_of(entry: Entry) -> str:
    """The verdict of a trial in words; first of all, that it looked at sealed sessions."""
    return marked_as(entry.contaminated) + verdict(entry.gate)


def sweep_of(entries: Sequence[Entry], facts: Mapping[str, Any]) -> Sweep:
    """A sweep from its trials and what its history says. Raises BadRequest if there are none."""
    if not entries:
        raise BadRequest(
            "The sweep has no trial.", hint="It was stopped before its end: run it again."
        )
    best = entries[0]
    return Sweep(
        sweep_id=best.sweep_id or "",
        pack_id=best.pack_id,
        model_id=best.model_id,
        tag=best.tag,
        made_at=best.made_at,
        configs=int(facts["configs"]),
        budget=int(facts["budget"]),
        best=verdict_of(best),
        correlation=facts.get("correlation"),
        n_effective=facts.get("n_effective"),
        trials=tuple(entries),
    )


def _entry(row: Row, rank: int, families: Families, lucks: Lucks) -> Entry:
    own = {
        name: row[name]
        for name in (
            "trial_id", "run_id", "sweep_id", "pack_id", "model_id", "tag", "made_at", "provider",
            "ticker", "cadence",
        )
    }  # fmt: skip
    metrics, judged = noun_in(row, Metrics), evidence_in(row)
    evidence, gate = families.today(row, judged, metrics)
    metrics.undefined.update(json.loads(row["undefined"]))
    return Entry(
        rank=rank,
        **own,
        config=Rule(kind=row["kind"], value=row["value"], allowed_hours=row["allowed_hours"]),
        cuts=tuple(row["cuts"]),
        study=Study(
            splits=row["splits"],
            embargo=row["embargo"],
            calibration=row["calibration"],
            learner=row["learner"],
            seed=row["seed"],
            oof_start=row["oof_start"].date(),
            oof_end=row["oof_end"].date(),
            chosen=row["chosen"] or "",
        ),
        metrics=metrics,
        hold=noun_in(row, Hold, HOLD),
        forecast=noun_in(row, Forecast, FORECAST),
        evidence=evidence,
        gate=gate,
        judged=judged,
        judged_status=row["status"],
        contaminated=families.contaminated(row),
        lineage=noun_in(row, Lineage),
        sparkline=tuple(row["sparkline"]),
        **lucks.of(row),
    )
