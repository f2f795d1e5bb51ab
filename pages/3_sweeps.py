"""Sweeps | grid_on | Try many settings of one model on one fit."""

import streamlit as st

from app.components import pickers, sweep_ask, sweep_live, sweep_view
from app.components.errors import told
from app.components.job import board, start
from app.components.page import empty, head, link
from app.session import ask, lab
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.noise_floor import noise_floor
from sigma_core.verbs.sweep_config import SweepConfigAsk, sweep_config
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.sweeps import Runs, sweeps

with told():
    rows = {row.model_id: row for row in models(lab(), Models()) if not row.problem}
    sweep_view.follow()

top = head("Sweeps", "one fit, many rules; every one of them counts against luck")
if not rows:
    with empty("No model yet", "A sweep needs a model to try rules on.", "grid_on"):
        link("Models", "Create a model", "add")
    st.stop()

with st.container(border=True, gap="small"):
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model_id = pickers.model(list(rows))
        with told():
            whose = SweepConfigAsk(model_id=model_id, pack_id=rows[model_id].pack_id)
            found = sweep_config(lab(), whose)
        profile = pickers.risk(key=f"sweep_risk_{model_id}", default=found.risk_profile)
        more = sweep_ask.more(rows[model_id], found.grid)
    grid = found.grid
    thresholds = pickers.thresholds(key=f"sweep_thr_{model_id}", default=grid.thresholds_variants)
    hours = []
    if rows[model_id].cadence != "daily":
        hours = pickers.hours(key=f"sweep_hours_{model_id}", default=grid.allowed_hours_variants)
    shares = pickers.shares(key=f"sweep_top_{model_id}", default=grid.top_pct_variants)
    wanted = (len(thresholds) + len(shares)) * max(1, len(hours))
    allowed = RISK_PROFILES[profile or found.risk_profile].budget
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(
            min(1.0, wanted / allowed),
            text=f"{wanted} of {allowed} settings that **{(profile or '').capitalize()}** allows",
            width=320,
        )
        run = st.button(
            "Run sweep",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not 0 < wanted <= allowed,
            key="sweep_go",
        )
        if wanted > allowed:
            st.badge(f"{wanted - allowed} too many", icon=":material/warning:", color="red")
if run:
    with told():
        request = ask(
            SweepRun,
            model_id=model_id,
            pack_id=rows[model_id].pack_id,
            thresholds_variants=thresholds,
            top_pct_variants=shares,
            allowed_hours_variants=hours,
            risk_profile=profile,
            **more,
        )
        start(sweep_run, request)
        sweep_view.forget()
    st.rerun()

board(verbs=[sweep_run, noise_floor], model_id=model_id)
with told():
    sweep_live.draw(model_id)

with told():
    past = sweeps(lab(), Runs(model_id=model_id, limit=100))
if not past:
    with empty(
        "No sweep of this model yet",
        "Choose thresholds above and run it: the model is fitted once, fold by fold, and every "
        "rule is traded on what it said of data it had not seen.",
        "grid_on",
    ):
        link("Composer", "Look at its data first", "tune", model=model_id)
    st.stop()

with told():
    sweep_view.draw(past, top=top)
