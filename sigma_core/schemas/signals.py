"""Signals: one row each time a signal's state changed; the latest is what it is now."""

from sigma_core.schemas._table import Table

SIGNALS = Table(
    "signals",
    keys=("pack_id", "model_id"),
    kept="in_memory",
    columns={
        "signal_id": "text",
        "timestamp": "instant",
        "ticker": "text",
        "side": "text",
        "confidence": "number",
        "status": "text",
        "entry_ref_px": "number",
        "stop_px": "number?",
        "target_px": "number?",
        "time_stop": "instant?",
        "size": "number",  # share of the account
        "ret": "number?",
        "reason": "text?",
        "verdict": "text",
        "as_of": "day",
        "bundle_id": "text",
        "simulated": "flag",
        "contaminated": "text?",  # why its bundle's trial is; missing in older lakes
        "contract": "text?",  # the option picked, as JSON; missing of models that trade no options
        "made_at": "instant",
    },
)
