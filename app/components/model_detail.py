"""One model on the Models page: how it is traded, from what, and what its risk profile implies."""

import streamlit as st

from app.components import chips, edit_model, model_actions, pickers
from app.components.numbers import percent, plural, spoken
from app.components.page import link
from app.components.tables import words
from app.session import lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.lakestate import Standing
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.verbs.pack_detail import PackAsk
from sigma_core.verbs.pack_indicators import pack_indicators
from sigma_core.verbs.sweep_config import SweepConfigAsk, sweep_config
from sigma_core.verbs.validate_policy import PolicyAsk, validate_policy

ACCOUNT = 100_000
"""Dollars of the account that sizes are shown for."""


def top(row: ModelRow, standing: Standing | None) -> None:
    """Name, verdict, and the way on."""
    best = standing.best if standing else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(row.model_id, anchor=False, width="content")
        if best is not None:
            chips.verdict(best.gate.status, help=chips.why_not(best.gate) or None)
        if best is not None and best.lineage.simulated:
            chips.simulated()
        if best is not None and best.contaminated:
            chips.contaminated(best.contaminated)
        if not (row.archived or row.problem):
            link("Composer", "Open in Composer", "tune", model=row.model_id)
            link("Sweeps", "Sweep", "grid_on", model=row.model_id)
        model_actions.buttons(row, standing)
    if not (row.archived or row.problem):
        st.caption(
            f"{row.ticker}, {row.cadence} bars from {row.provider}; foresees "
            f"{chips.foreseen(row.label)} from {plural(row.indicators, 'indicator')}. {row.notes}"
        )


def draw(tab: str, row: ModelRow) -> None:
    """One side of the model."""
    sides = {"Policy": _policy, "Risk": _risk, "Indicators": _indicators, "Grid": _grid}
    (sides | {"Edit": edit_model.draw})[tab](row)


def _policy(row: ModelRow) -> None:
    found = validate_policy(lab(), PolicyAsk(model_id=row.model_id, pack_id=row.pack_id))
    for sentence in found.words:
        st.markdown(f"- {spoken(sentence)}")
    for warning in found.warnings:
        st.warning(spoken(warning), icon=":material/warning:")
    named = f"The policy `{found.policy_name}`" if found.policy_name else "A policy of its own"
    st.caption(f"{named}, policy_sha `{found.policy_sha[:7]}`")


def _risk(row: ModelRow) -> None:
    rows = [
        [name, *(pickers.implied(profile)[name] for profile in RISK_PROFILES.values())]
        for name in pickers.implied(RISK_PROFILES["balanced"])
    ]
    sizes = [f"\\${ACCOUNT * profile.position_size:,.0f}" for profile in RISK_PROFILES.values()]
    rows.insert(1, [f"A trade of a \\${ACCOUNT:,} account", *sizes])
    heads = [
        each.capitalize() + (" (this model's)" if each == row.risk_profile else "")
        for each in RISK_PROFILES
    ]
    words(rows, ("", *heads))
    st.caption("The gate asks for a Sharpe above 0.50 in any case; the stricter of the two binds.")


def _indicators(row: ModelRow) -> None:
    st.caption(f"The indicator sets of pack `{row.pack_id}`, and the columns each makes.")
    for found in pack_indicators(lab(), PackAsk(pack_id=row.pack_id)):
        with st.expander(f"**{found.indicator_set}**: {found.sentence}"):
            st.markdown(" ".join(f"`{column}`" for column in found.columns))


def _grid(row: ModelRow) -> None:
    found = sweep_config(lab(), SweepConfigAsk(model_id=row.model_id, pack_id=row.pack_id))
    grid = found.grid
    shares = ", ".join(percent(share) for share in grid.top_pct_variants)
    words(
        [
            ("Thresholds", " · ".join(grid.thresholds_variants) or "none"),
            ("Top % of bars", shares or "none"),
            ("Hours, New York", " · ".join(grid.allowed_hours_variants) or "all"),
            ("Splits", f"{grid.splits}, embargo {percent(grid.embargo)}"),
            ("Settings", f"{found.configs} of {found.budget} that {found.risk_profile} allows"),
        ],
        ("A sweep tries", ""),
    )
    st.caption(f"`{found.file}`" if found.written else "The pack's default; a sweep may change it.")
