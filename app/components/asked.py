"""What a request may ask for besides its rule: calibration, and a momentum gate."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import chips
from app.components.numbers import spoken
from app.session import lab
from sigma_core.domain.results import Entry, Numbers
from sigma_core.engine.calibrate import LEAST_OF_CLASS, LEAST_ROWS
from sigma_core.verbs._gated import gate_columns, gates
from sigma_core.verbs.validate_policy import PolicyAsk, validate_policy

CALIBRATIONS = ("none", "sigmoid", "isotonic", "auto")
CORRECTS = (
    "Makes probabilities mean what they say: of bars called 60%, about 60% should come true. The "
    "last 20% of each training window are kept from the model, and a curve is fitted there. "
    f"Sigmoid, one smooth bend, needs {LEAST_ROWS['sigmoid']:,} rows in that part; isotonic, any "
    f"curve that rises, {LEAST_ROWS['isotonic']:,}; both {LEAST_OF_CLASS} rows of each class. "
    "Auto lets each window choose among the three by how well they do on its own last rows."
)
GATES = (
    "Longs only where the column is at least the threshold, shorts only where it is at most its "
    "negative. Trials under another gate are other trials, and count."
)


def calibration(*, key: str, default: str = "none") -> str:
    """How probabilities are corrected before the rule reads them."""
    picked: str = st.segmented_control(
        "Calibration",
        CALIBRATIONS,
        default=default,
        required=True,
        format_func=str.capitalize,
        key=key,
        help=CORRECTS,
    )
    return picked


def gate(model_id: str, pack_id: str, *, key: str) -> dict[str, Any]:
    """A momentum gate in place of the policy's own, as fields of a request; none if it is that."""
    policy = validate_policy(lab(), PolicyAsk(model_id=model_id, pack_id=pack_id)).policy
    key = f"{key}_{model_id}"
    on = st.toggle("Momentum gate", policy.momentum_gate, key=f"{key}_gate", help=GATES)
    if not on:
        return {"momentum_gate": False} if policy.momentum_gate else {}
    names = gate_columns(lab(), model_id, pack_id)
    column = st.selectbox(
        "Reads the column", names, index=place(names, policy.momentum_column), key=f"{key}_column"
    )
    least = st.number_input(
        "Least momentum", value=policy.momentum_min, step=0.1, format="%g", key=f"{key}_min",
        help="In the units of the column.",
    )  # fmt: skip
    return {"momentum_gate": True, "momentum_min": least, "momentum_column": column}


def tried(entry: Entry) -> str:
    """A trial's rule, and what it was asked besides: two that differ only by that can be told."""
    [words] = all_tried([entry])
    return words


def all_tried(entries: Sequence[Entry]) -> list[str]:
    """The same of many, for which the history is looked through once."""
    known = gates(lab())
    return [
        ", ".join([chips.rule(e.config), *besides(e.study.calibration, known.get(e.run_id, {}))])
        for e in entries
    ]


def why_not(entry: Entry) -> str:
    """What keeps a trial from PASS in a few words; first of all, that its sessions were sealed."""
    mark = "CONTAMINATED" if entry.contaminated else ""
    return ", ".join(filter(None, [mark, chips.why_not(entry.gate)]))


def gate_of(entry: Entry) -> Mapping[str, Any]:
    """What is kept of the momentum gate that a trial was traded under; nothing without one."""
    return gates(lab()).get(entry.run_id, {})


def besides(calibration: str, facts: Mapping[str, Any]) -> list[str]:
    """Calibration and momentum gate in words, each only where there is one.

    >>> besides("sigmoid", {"momentum_gate": 1, "momentum_column": "roc_5", "momentum_min": 0.5})
    ['sigmoid', 'roc_5 ≥ 0.5']
    """
    words = [] if calibration == "none" else [calibration]
    return [*words, gated(facts)] if facts.get("momentum_gate") else words


def gated(facts: Mapping[str, Any]) -> str:
    """A momentum gate: its column and the least of it."""
    return spoken(f"{facts['momentum_column']} ≥ {float(facts['momentum_min'] or 0):g}")


def kept_back(facts: Numbers) -> str:
    """What the momentum gate of a run did, in a sentence; empty if it had none."""
    if not facts.get("momentum_gate"):
        return ""
    if "kept_back" in facts:
        number = f"{facts['kept_back']:,} of {facts['signals']:,} signals"
    else:
        least, most = facts.get("kept_back_least"), facts.get("kept_back_most")
        number = f"{least:,} to {most:,} signals a rule" if least != most else f"{most:,} a rule"
    return f"The momentum gate, {gated(facts)}, kept back {number}."


def place(names: tuple[str, ...], own: str) -> int:
    """The policy's own column, else the first whose name says momentum or return, else the first.

    >>> place(("rsi_14", "log_ret_5"), "momentum_score_total")
    1
    """
    likely = (name for name in names if any(w in name for w in ("mom", "roc", "ret")))
    wanted = own if own in names else next(likely, names[0])
    return names.index(wanted)
