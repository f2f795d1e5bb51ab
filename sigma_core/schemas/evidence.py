"""Evidence on sweeps: one row a sweep and computation, one a trial of it; the newest counts."""

from dataclasses import fields

from sigma_core.domain.luck import SweepEvidence, TrialEvidence
from sigma_core.schemas._table import Table

KEYS = ("pack_id", "model_id")
OWN = {"evidence_id": "text", "made_at": "instant"}
"""Of one computation: the same in its row of the sweep and in those of its trials."""
KINDS_OF = {
    str: "text",
    int: "whole",
    float: "number",
    bool: "flag",
    float | None: "number?",
    int | None: "number?",  # a column of whole numbers or flags cannot miss one
    bool | None: "number?",
    tuple[float, ...]: "numbers",
    tuple[float, ...] | None: "numbers?",  # an older version kept none
    dict[str, str]: "text",  # as JSON
}


def _columns(noun: type, *, besides: tuple[str, ...] = ()) -> dict[str, str]:
    names = [f for f in fields(noun) if f.name not in besides]
    return {f.name: KINDS_OF[f.type] for f in names}  # type: ignore[index]


SWEEP_EVIDENCE = Table(
    "sweep_evidence",
    keys=KEYS,
    kept="in_memory",
    columns=OWN | _columns(SweepEvidence, besides=("trials", *KEYS)),
)
TRIAL_EVIDENCE = Table(
    "trial_evidence",
    keys=KEYS,
    kept="in_memory",
    columns=OWN | {"sweep_id": "text"} | _columns(TrialEvidence),
)
