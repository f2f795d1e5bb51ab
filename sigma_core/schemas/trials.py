"""Trials: one rule tried out of fold, its figures, its evidence and its verdict as judged then."""

from dataclasses import fields

from sigma_core.domain.trial import Evidence, Forecast, Hold, Metrics
from sigma_core.schemas._table import Table

WHOLE = {"trades", "sessions", "n_trials", "t", "rows"}
TEXT = {"psr_method"}


def _columns(noun: type, prefix: str = "") -> dict[str, str]:
    """Columns of a noun's numbers, under a prefix; those may be missing that the noun lets be."""
    skip = {"undefined"}
    kinds = {f.name: "text" if f.name in TEXT else "whole" if f.name in WHOLE
             else "number" if f.type is float else "number?"
             for f in fields(noun) if f.name not in skip}  # fmt: skip
    return {prefix + name: kind for name, kind in kinds.items()}


HOLD, EVIDENCE, FORECAST = "hold_", "ev_", "fc_"

TRIALS = Table(
    "trials",
    keys=("pack_id", "model_id"),
    kept="in_memory",
    found_by="trial_id",
    columns={
        "trial_id": "text",
        "run_id": "text",
        "sweep_id": "text?",
        "made_at": "instant",
        "tag": "text",
        "provider": "text",
        "ticker": "text",
        "cadence": "text",
        "adjustment": "text",
        "family_seed": "text",
        "kind": "text",
        "value": "text",
        "allowed_hours": "text",
        "cuts": "numbers",
        "splits": "whole",
        "embargo": "number",
        "calibration": "text",
        "chosen": "text?",  # by each fold, under calibration auto
        "learner": "text",
        "seed": "whole",
        "oof_start": "day",
        "oof_end": "day",
        "status": "text",
        "gate": "text",  # the whole verdict as JSON
        "undefined": "text",  # reasons of what is missing, as JSON
        "matrix_sha": "text",
        "config_sha": "text",
        "policy_sha": "text",
        "risk_sha": "text",
        "risk_profile": "text",
        "simulated": "flag",
        "sparkline": "numbers",
        **_columns(Metrics),
        **_columns(Hold, HOLD),
        **_columns(Forecast, FORECAST),
        **_columns(Evidence, EVIDENCE),
    },
)
