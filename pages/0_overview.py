"""Overview | home | How the lab stands and what to do next."""

import streamlit as st

from app.components import chips, overview
from app.components.errors import told
from app.components.job import board, start
from app.components.numbers import moment, plural
from app.components.page import empty, head, link, section
from app.session import lab
from sigma_core.verbs.health import Health, health
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.pipeline import Pipeline, pipeline
from sigma_core.verbs.runs_build import runs_build
from sigma_core.verbs.signals import Signals, signals
from sigma_core.verbs.sweeps import Runs, sweeps

with told():
    built = runs_build(lab(), Runs(limit=200))
    listed = models(lab(), Models())
    best = leaderboard(lab(), Leaderboard(limit=500))
    swept = sweeps(lab(), Runs(limit=200))
    fired = signals(lab(), Signals(limit=200))

if not built:
    head("Overview", "an empty lab")
    board()
    with empty(
        "Nothing here yet",
        "The demo fetches nothing: it takes 18 years of NASDAQ prices that come with the lab, "
        "builds a matrix, tries a grid of settings, trains the best and looks for a signal. "
        "About a minute.",
        "science",
    ):
        if st.button("Run the demo pipeline", type="primary", icon=":material/play_arrow:"):
            with told():
                start(pipeline, Pipeline())
            st.rerun()
        link("Models", "Look at the models", "category")
    st.stop()

with head("Overview", f"{moment(lab().now())} in New York"):
    if any(entry.lineage.simulated for entry in best):
        chips.simulated()
    if st.button("Run the demo again", icon=":material/replay:"):
        with told():
            start(pipeline, Pipeline())

passed = [entry for entry in best if entry.gate.pass_]
new = [each for each in fired if each.status == "NEW"]
with st.grid(4, min_column_width=150, gap="xsmall"):
    for label, value, beside, icon in [
        ("Models", f"{len(listed)}", f"{len({e.model_id for e in best})} tried", "category"),
        ("Trials that pass", f"{len(passed)}", f"of {len(best)}", "leaderboard"),
        ("New signals", f"{len(new)}", plural(len(fired), "signal"), "notifications"),
        ("Sweeps", f"{len(swept)}", plural(len(built), "build"), "grid_on"),
    ]:
        st.metric(
            label,
            value,
            beside,
            delta_color="off",
            delta_arrow="off",
            border=True,
            icon=f":material/{icon}:",
        )

board()

section("Models", "each with its best trial")
overview.models(listed, best, key="overview_models")

left, right = st.columns([3, 2], gap="medium")
with left:
    section("Last runs", "newest first, New York time")
    overview.last_runs([*built[:5], *swept[:5]], key="overview_runs")
with right:
    section("What to do next")
    with st.container(border=True, gap="xsmall"):
        for title, words, icon in overview.next_steps(best, new):
            link(title, words, icon)
with st.expander("Health of the lab", icon=":material/health_and_safety:"):
    if st.button("Check now", key="health", icon=":material/search:"):
        with told(stop=False), st.spinner("Reading every file once …"):
            overview.health(health(lab(), Health()))
st.caption("Returns are out of fold and after costs; a verdict counts every trial ever made.")
