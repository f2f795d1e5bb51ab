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
from sigma_core.schemas import RUNS, SWEEP_EVIDENCE, TRIAL_EVIDENCE
from sigma_core.verbs._kept import kept, print_of_lake

NOT_COMPUTED = "not computed: run evidence"
ALONE = "not computed: evidence is of a sweep's trials together, and no sweep tried this one"
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
SELECT t.*, s.n_effective, s.correlation, s.pbo, s.spa_zero, s.spa_hold, s.rc_zero, s.rc_hold
FROM trial_evidence t JOIN sweep_evidence s USING (evidence_id)
WHERE t.trial_id IN (SELECT unnest($ids))
QUALIFY row_number() OVER (
  PARTITION BY t.trial_id, t.sweep_id ORDER BY t.made_at DESC, t.evidence_id) = 1
ORDER BY t.made_at, t.evidence_id
"""
_ALIKE = """
SELECT run_id, (facts::JSON ->> '$.n_effective')::DOUBLE AS n FROM runs WHERE kind = 'sweep'
ORDER BY made_at, run_id
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

    def __init__(
        self, lab: Lab, makings: Collection[Row], alike: Mapping[str, float | None] | None = None
    ) -> None:
        """`makings`: of each of the trials every row of the table of trials.

        `alike`: by sweep, oldest first, the independent tries it amounts to; None asks the lake.
        """
        ids = sorted({row["trial_id"] for row in makings})
        rows = lab.lake.rows(_LUCK, ids=ids) if lab.lake.count(TRIAL_EVIDENCE) else []
        self._of = {(row["trial_id"], row["sweep_id"]): row for row in rows}
        self._any = {row["trial_id"]: row for row in rows}  # the last is the newest
        self._n = _alike(lab) if alike is None else alike
        order = {sweep_id: place for place, sweep_id in enumerate(self._n)}
        swept = [row for row in makings if row["sweep_id"] in order]
        swept.sort(key=lambda row: order[row["sweep_id"]])
        self._any_n = {row["trial_id"]: self._n[row["sweep_id"]] for row in swept}

    def of(self, row: Row) -> dict[str, Any]:
        """The fields of an entry: how alike its sweep was, and the luck, or why there is none."""
        trial_id = row["trial_id"]
        found = self._of.get((trial_id, row["sweep_id"])) or self._any.get(trial_id)
        alike = self._n.get(row["sweep_id"], self._any_n.get(trial_id))
        if found is None:
            alone = not row["sweep_id"] and trial_id not in self._any_n
            reason = ALONE if alone else NOT_COMPUTED
            return {"luck": None, "luck_reason": reason, "n_effective": alike}
        return {"luck": _noun(Luck, found), "luck_reason": "", "n_effective": alike}


def _alike(lab: Lab) -> dict[str, float | None]:
    """By sweep, oldest first: the independent tries it amounts to."""
    root = lab.lake.root
    now = print_of_lake([root / RUNS.name])
    rows = kept(("alike", root), now, lambda: lab.lake.rows(_ALIKE))
    return {row["run_id"]: row["n"] for row in rows}


def _stored(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _noun(cls: type[Any], row: Row) -> Any:
    return parse(cls, {f.name: row[f.name] for f in fields(cls)})
