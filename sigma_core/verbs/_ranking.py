"""The leaderboard's rows: every trial once, judged by today's number of tries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

import numpy as np

from sigma_core.domain.results import Entry, Study, Sweep
from sigma_core.domain.trial import Evidence, Forecast, Gate, Hold, Lineage, Metrics, Rule
from sigma_core.engine.evidence import rejudge
from sigma_core.engine.gate import rejudged, verdict
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.ledger import distinct, family_of
from sigma_core.parse import parse
from sigma_core.schemas.trials import EVIDENCE, FORECAST, HOLD

ORDER = {"PASS": 0, "UNPROVEN": 1, "FAIL": 2}
T = TypeVar("T")
Row = Mapping[str, Any]


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
        configs=configs,
        budget=budget,
        best=verdict(best.gate),
        trials=tuple(entries),
    )


class Families:
    """The tries of each family in the ledger, and what they mean for a trial today."""

    def __init__(self, lab: Lab) -> None:
        self._tries: dict[tuple[str, ...], list[Row]] = {}
        for row in distinct(lab.ledger.rows()):
            self._tries.setdefault(family_of(row), []).append(row)
        self._spans = {
            key: np.array([[r["oof_start"], r["oof_end"]] for r in rows], dtype="datetime64[D]")
            for key, rows in self._tries.items()
        }

    def of(self, row: Row) -> list[Row]:
        """The tries at the same data whose out-of-fold sessions overlap the row's, its own too."""
        key = family_of(row)
        if key not in self._tries:
            return []
        start, end = (np.datetime64(str(row[name])[:10]) for name in ("oof_start", "oof_end"))
        spans = self._spans[key]
        overlap = (spans[:, 0] <= end) & (spans[:, 1] >= start)
        return [self._tries[key][i] for i in np.flatnonzero(overlap)]

    def today(self, row: Row) -> tuple[Evidence, Gate]:
        """Evidence and verdict of a trial among all tries known today."""
        then, gate = evidence_in(row), parse(Gate, json.loads(row["gate"]))
        tries = self.of(row)
        if len(tries) == then.n_trials:
            return then, gate
        evidence = rejudge(
            then,
            n_trials=max(len(tries), 1),
            sharpes=[t["sharpe"] for t in tries],
            excess_sharpes=[t["excess_sharpe"] for t in tries],
        )
        return evidence, rejudged(gate, _noun(Metrics, row, ""), evidence)


def evidence_in(row: Row) -> Evidence:
    """The evidence of a trial as judged when it was made."""
    return _noun(Evidence, row, EVIDENCE)


def _noun(cls: type[T], row: Row, prefix: str) -> T:
    """A noun from the columns that hold it."""
    names = [f.name for f in fields(cls) if f.name != "undefined"]  # type: ignore[arg-type]
    return parse(cls, {name: row[prefix + name] for name in names})


def _within(row: Row, start: date | None, end: date | None) -> bool:
    first, last = row["oof_start"].date(), row["oof_end"].date()
    return (start is None or first >= start) and (end is None or last <= end)


def _place(row: Row, gate: Gate) -> tuple[int, float, str]:
    sharpe = row["sharpe"]
    return ORDER[gate.status], -sharpe if sharpe is not None else np.inf, row["trial_id"]


def _entry(row: Row, evidence: Evidence, gate: Gate, rank: int) -> Entry:
    own = {
        name: row[name]
        for name in (
            "trial_id", "run_id", "sweep_id", "pack_id", "model_id", "tag", "made_at", "provider",
            "ticker", "cadence",
        )
    }  # fmt: skip
    metrics = _noun(Metrics, row, "")
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
        ),
        metrics=metrics,
        hold=_noun(Hold, row, HOLD),
        forecast=_noun(Forecast, row, FORECAST),
        evidence=evidence,
        gate=gate,
        judged=evidence_in(row),
        judged_status=row["status"],
        lineage=_noun(Lineage, row, ""),
        sparkline=tuple(row["sparkline"]),
    )
