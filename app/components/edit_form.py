"""The fields of a model as a form: what is most often changed; all else stands in its YAML."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import pickers
from app.session import lab
from sigma_core.domain.editing import ModelText
from sigma_core.domain.pack import ModelFile
from sigma_core.learners import LEARNERS
from sigma_core.parse import parse
from sigma_core.providers import PROVIDERS
from sigma_core.verbs.pack_detail import PackAsk, pack_detail
from sigma_core.yamltext import load

EMPTY = "Empty: as far as bars are stored."
"""Days that may be picked: those of the exchange calendars."""
SEALED = (
    "From here to the last session nothing is seen by sweeps, backtests or training, until you "
    "unseal it, once. Empty: nothing is sealed."
)
OWN = "own, see its YAML"
"""Stands for what is written in place, which the form leaves as it is."""
LIKE_RISK = "named like the risk profile"


def form(found: ModelText) -> dict[str, Any]:
    """What is to change of the model: fields that differ from its file, and those to clear."""
    fields = load(found.text, named=found.file)
    given = parse(ModelFile, fields)
    typed = _typed(found, given, f"{found.model_id}_{found.text_sha[:8]}")
    differ = {name: value for name, value in typed.items() if value != _said(given, name)}
    changed: dict[str, Any] = {
        name: value for name, value in differ.items() if value not in (None, "")
    }
    if "learner" in changed:
        changed["learner"] = {"name": changed["learner"], "seed": given.learner.seed}
    empty = [name for name in differ if name not in changed and name in fields]
    return changed | ({"clear": empty} if empty else {})


def _typed(found: ModelText, given: ModelFile, key: str) -> dict[str, Any]:
    """What stands in the form; None or nothing for a field at its default."""
    home = pack_detail(lab(), PackAsk(pack_id=found.pack_id))

    def select(label: str, name: str, options: Sequence[str]) -> Any:
        now = _said(given, name)
        known = list(dict.fromkeys([*options, now]))
        return st.selectbox(
            label,
            known,
            index=known.index(now),
            key=f"edit_{name}_{key}",
            format_func=lambda each: each or LIKE_RISK,
        )

    with st.grid(2, gap="small"):
        typed = {
            "indicator_set": select("Indicator set", "indicator_set", home.indicator_sets),
            "policy": select("Execution policy", "policy", ["", *home.policies]),
            "learner": select("Learner", "learner", sorted(each.name for each in LEARNERS)),
            "provider": select(
                "Bars from", "provider", ["auto", *sorted(each.name for each in PROVIDERS)]
            ),
            "start": pickers.day("First session", given.start, key=f"edit_start_{key}", help=EMPTY),
            "end": pickers.day("Last session", given.end, key=f"edit_end_{key}", help=EMPTY),
            "holdout": pickers.day(
                "First sealed session", given.holdout, key=f"edit_holdout_{key}", help=SEALED
            ),
        }
    typed["risk_profile"] = pickers.risk(key=f"edit_risk_{key}", default=given.risk_profile)
    typed["notes"] = st.text_input("Notes", given.notes, key=f"edit_notes_{key}").strip()
    typed["active"] = st.toggle("Look for signals", given.active, key=f"edit_active_{key}")
    return typed


def _said(given: ModelFile, name: str) -> Any:
    """A field as the form shows it."""
    if name == "learner":
        return given.learner.name
    if name == "policy":
        return OWN if isinstance(given.policy, dict) else given.policy or ""
    if name == "indicator_set":
        return given.indicator_set or OWN
    return getattr(given, name)
