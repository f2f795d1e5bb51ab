"""The result of a sweep: its best in words, the map, the trials, the way on."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import chips, tables, trial_charts
from app.components.numbers import ago, plural
from app.components.page import link, section
from app.components.trials import said
from app.session import lab, put_into_cart
from sigma_core.domain.results import RunRow
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.verbs.sweep import SweepAsk, sweep


def draw(past: Sequence[RunRow], *, top: DeltaGenerator) -> None:
    """One of the past sweeps, the latest unless another is picked; `top` is the page's head."""
    names = {run.run_id: _name(run) for run in past}
    sweep_id = st.selectbox(
        "Result of",
        list(names),
        key=f"sweep_pick_{past[0].run_id}",
        width=340,
        format_func=names.__getitem__,
    )
    trials = list(sweep(lab(), SweepAsk(sweep_id=sweep_id)).trials)
    best = trials[0]
    if best.lineage.simulated:
        with top:
            chips.simulated()
    with st.container(horizontal=True, vertical_alignment="center"):
        chips.verdict(best.gate.status)
        st.markdown(f"The best, **{chips.rule(best.config)}**: {said(best)}", width="content")

    section("Sharpe by rule", "per year, out of fold, after costs")
    limit = RISK_PROFILES[best.lineage.risk_profile].min_sharpe
    trial_charts.by_rule(trials, limit=limit, key="sweep_map")
    section("Trials", f"{plural(len(trials), 'setting')}, best first within each verdict")
    picked = tables.ranking(trials, key="sweep_trials")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Add {len(picked)} to cart",
            icon=":material/add_shopping_cart:",
            disabled=not picked,
            key="sweep_add",
            on_click=put_into_cart,
            args=[entry.trial_id for entry in picked],
        )
        link("Leaderboard", "Compare with all others", "leaderboard", model=best.model_id)


def _name(run: RunRow) -> str:
    tried = f"{run.facts['configs']} settings"
    return ", ".join(filter(None, [str(run.facts["tag"]), tried, ago(run.made_at, lab().now())]))
