"""Composer | tune | Build, train and backtest one model."""

import streamlit as st

from app.components import backtest_view, build_view, chips, evidence_view, pickers, train_view
from app.components.errors import told
from app.components.page import empty, head, link
from app.session import lab
from sigma_core.verbs.models import Models, models

STEPS = {
    "Build": build_view.draw,
    "Train": train_view.draw,
    "Backtest": backtest_view.draw,
    "Evidence": evidence_view.draw,
}

with told():
    rows = {row.model_id: row for row in models(lab(), Models()) if not row.problem}

with head("Composer", "one model, from its data to its verdict"):
    step = st.segmented_control(
        "Step",
        list(STEPS),
        default="Build",
        required=True,
        key="step",
        bind="query-params",
        label_visibility="collapsed",
    )

if not rows:
    with empty("No model yet", "A model says what to foresee, from what, and how.", "tune"):
        link("Models", "Create a model", "add")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    row = rows[pickers.model(list(rows))]
    st.caption(
        f"{row.ticker}, {row.cadence}, {row.risk_profile} risk, pack `{row.pack_id}`; "
        f"foresees {chips.foreseen(row.label)} from {row.indicators} indicators.",
        width="content",
    )

STEPS[step](row)
