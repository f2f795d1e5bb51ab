"""Other histories: a rule of a sweep along the paths of a combinatorial cross-validation."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import asked, chips, evidence_charts
from app.components.errors import told
from app.components.job import result, start
from app.components.numbers import spoken
from app.components.page import section
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.results import Entry, Paths
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.verbs._gated import gate_of
from sigma_core.verbs.cpcv import Cpcv, cpcv


def draw(row: ModelRow, entries: Sequence[Entry]) -> None:
    """Which rule of a sweep to trade, and the fan of the paths that were traded last."""
    section("Other histories", "one rule along the paths of a combinatorial cross-validation")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.selectbox(
            "Rule",
            range(len(entries)),
            format_func=lambda place: asked.tried(entries[place]),
            key="evidence_cpcv",
            width=320,
        )
        if st.button("Trade the paths", icon=":material/alt_route:", key="evidence_paths"):
            with told():
                start(cpcv, _ask_paths(row, entries[picked]))
            st.rerun()
    found = result([cpcv], Paths, model_id=row.model_id)
    if found is None:
        st.caption("Each path is one history the lab could have had. No try is counted.")
        return
    with st.container(horizontal=True):
        if found.contaminated:
            chips.contaminated(found.contaminated)
        if found.simulated:
            chips.simulated()
    limit = RISK_PROFILES[found.lineage.risk_profile].min_sharpe
    st.markdown(f"**{chips.rule(found.config)}**: {evidence_charts.sharpes(found, limit)}")
    evidence_charts.fan(found, key="evidence_fan")
    st.caption(spoken(found.words))


def _ask_paths(row: ModelRow, entry: Entry) -> Cpcv:
    """What the verb is asked, to trade this very trial along the paths, under their own embargo:
    models of a path also learn from later sessions."""
    rule = entry.config
    value = {"thresholds" if rule.kind == "thr" else "top_pct": rule.value}
    of: dict[str, Any] = {"model_id": row.model_id, "pack_id": row.pack_id}
    return ask(
        Cpcv,
        **of,
        **value,
        allowed_hours=rule.hours,
        calibration=entry.study.calibration,
        **gate_of(lab(), run_id=entry.run_id, **of),
    )
