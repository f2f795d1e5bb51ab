"""The evidence that was computed on sweeps: keeping it, and reading the newest back."""

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

import pandas as pd

from sigma_core.domain.luck import Luck, SweepEvidence, TrialEvidence
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.parse import parse, plain
from sigma_core.schemas import SWEEP_EVIDENCE, TRIAL_EVIDENCE

NOT_COMPUTED = "not computed: run evidence"
SURVIVORS = """
SELECT trial_id FROM (
  SELECT trial_id, survivor FROM trial_evidence
  QUALIFY row_number() OVER (PARTITION BY trial_id ORDER BY made_at DESC, evidence_id) = 1
) WHERE survivor = 1
"""
"""Trials that StepM names, by their newest evidence."""

_SWEEP = """
SELECT * FROM sweep_evidence WHERE sweep_id = $sweep_id
ORDER BY made_at DESC, evidence_id LIMIT 1
"""
_TRIALS = "SELECT * FROM trial_evidence WHERE evidence_id = $evidence_id"
_LUCK = """
SELECT t.*, s.n_effective, s.pbo, s.spa_zero, s.spa_hold
FROM trial_evidence t JOIN sweep_evidence s USING (evidence_id)
WHERE t.trial_id IN (SELECT unnest($ids))
QUALIFY row_number() OVER (
  PARTITION BY t.trial_id, t.sweep_id ORDER BY t.made_at DESC, t.evidence_id) = 1
ORDER BY t.made_at, t.evidence_id
"""
_ALIKE = """
SELECT t.trial_id, t.sweep_id, (r.facts::JSON ->> '$.n_effective')::DOUBLE AS n
FROM trials t JOIN runs r ON r.run_id = t.sweep_id
WHERE t.trial_id IN (SELECT unnest($ids)) ORDER BY r.made_at, r.run_id
"""
Row = Mapping[str, Any]


def keep_evidence(lab: Lab, found: SweepEvidence) -> None:
    """Write what was computed, unless the newest of the sweep is just that."""
    if newest(lab, found.sweep_id) == found:
        return
    made_at = pd.Timestamp(lab.now())
    name = sha_of(plain(found), made_at.isoformat())[:16]
    own = {"evidence_id": name, "made_at": made_at}
    trials = [own | {"sweep_id": found.sweep_id} | vars(trial) for trial in found.trials]
    sweep = own | {name: _stored(value) for name, value in vars(found).items()}
    for table, rows in ((TRIAL_EVIDENCE, trials), (SWEEP_EVIDENCE, [sweep])):
        frame = pd.DataFrame(rows, columns=list(table.columns))
        keys = {"pack_id": found.pack_id, "model_id": found.model_id}
        lab.lake.write(table, frame, name=name, **keys)


def newest(lab: Lab, sweep_id: str) -> SweepEvidence | None:
    """The evidence on a sweep that was computed last; None if none was."""
    found = lab.lake.rows(_SWEEP, sweep_id=sweep_id)
    if not found:
        return None
    [row] = found
    trials = lab.lake.rows(_TRIALS, evidence_id=row["evidence_id"])
    told = {name: json.loads(row[name]) for name in ("undefined", "methods")}
    made = [_noun(TrialEvidence, trial) for trial in trials]
    return parse(
        SweepEvidence,
        {f.name: row[f.name] for f in fields(SweepEvidence) if f.name != "trials"}
        | told
        | {"trials": [plain(one) for one in sorted(made, key=by_sharpe)]},
    )


def by_sharpe(trial: TrialEvidence) -> tuple[bool, float, str]:
    """The highest Sharpe first; trials without one last."""
    return trial.sharpe is None, -(trial.sharpe or 0.0), trial.trial_id


class Lucks:
    """What was computed last of some trials: in the sweep that is shown, else in any."""

    def __init__(self, lab: Lab, trial_ids: Collection[str]) -> None:
        rows = lab.lake.rows(_LUCK, ids=sorted(trial_ids)) if trial_ids else []
        self._of = {(row["trial_id"], row["sweep_id"]): row for row in rows}
        self._any = {row["trial_id"]: row for row in rows}  # the last is the newest
        alike = lab.lake.rows(_ALIKE, ids=sorted(trial_ids)) if trial_ids else []
        self._n = {(row["trial_id"], row["sweep_id"]): row["n"] for row in alike}
        self._any_n = {row["trial_id"]: row["n"] for row in alike}

    def of(self, row: Row) -> dict[str, Any]:
        """The fields of an entry: how alike its sweep was, and the luck, or why there is none."""
        trial_id = row["trial_id"]
        found = self._of.get((trial_id, row["sweep_id"])) or self._any.get(trial_id)
        alike = self._n.get((trial_id, row["sweep_id"]), self._any_n.get(trial_id))
        if found is None:
            return {"luck": None, "luck_reason": NOT_COMPUTED, "n_effective": alike}
        return {"luck": _noun(Luck, found), "luck_reason": "", "n_effective": alike}


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _noun(cls: type[Any], row: Row) -> Any:
    return parse(cls, {f.name: row[f.name] for f in fields(cls)})
