"""Overview | home | How the lab stands and what to do next."""

import streamlit as st

from app.components import chips, health_view, lake_view, overview
from app.components.errors import told
from app.components.job import board, start
from app.components.numbers import moment, plural, size
from app.components.page import empty, facts, head, link, section
from app.session import lab
from sigma_core.verbs.disk import DiskAsk, disk
from sigma_core.verbs.freshness import FreshnessAsk, freshness
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.pipeline import Pipeline, pipeline
from sigma_core.verbs.runs_backtest import runs_backtest
from sigma_core.verbs.runs_build import runs_build
from sigma_core.verbs.runs_train import runs_train
from sigma_core.verbs.signals import Signals, signals
from sigma_core.verbs.standings import Standings, standings
from sigma_core.verbs.sweeps import Runs, sweeps

SHOWN = Runs(limit=8)

with told(), st.spinner("Reading packs and lake …"):
    built = runs_build(lab(), SHOWN)
    listed = models(lab(), Models())
    stands = overview.by_model(standings(lab(), Standings()))

if not built and not stands:
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

with told(), st.spinner("Reading packs and lake …"):
    fired = signals(lab(), Signals(limit=200))
    bars = freshness(lab(), FreshnessAsk())
    taken = disk(lab(), DiskAsk())

with head("Overview", f"{moment(lab().now())} in New York"):
    if overview.simulated(stands):
        chips.simulated()
    if st.button("Run the demo again", icon=":material/replay:"):
        with told():
            start(pipeline, Pipeline())

new = [each for each in fired if each.status == "NEW"]
stale = [each for each in bars if each.stale]
passed, tried = (sum(getattr(s, name) for s in stands.values()) for name in ("passed", "trials"))
facts(
    [
        ("Data", plural(len(bars), "series", "series"), f"{len(stale)} stale"),
        ("Models", f"{len(listed)}", f"{sum(s.trials > 0 for s in stands.values())} tried"),
        ("Trials that pass", f"{passed:,}", f"of {tried:,}"),
        ("New signals", f"{len(new)}", plural(len(fired), "signal")),
        ("On disk", size(taken.size), f"{size(taken.free)} free"),
    ],
    columns=5,
    width=140,
)

board()

section("Models", "each with its best trial, best first")
overview.models(overview.best_first(listed, stands), stands, key="overview_models")

section("What to do next")
with st.container(border=True, horizontal=True, gap="small"):
    for title, words, icon, where in overview.next_steps(listed, stands, bars, new):
        link(title, words, icon, **where)

section("Last runs", "newest first, New York time")
kinds = (runs_build, sweeps, runs_backtest, runs_train)
runs = [row for kind in kinds for row in kind(lab(), SHOWN)]
overview.last_runs(runs, key="overview_runs", limit=8)

section("Data", "stored bars, the stalest first; dates are sessions of the exchange")
lake_view.freshness(bars, key="overview_bars")
with st.expander("Disk", icon=":material/hard_drive:"):
    lake_view.disk(taken)
with st.expander("Health of the lab", icon=":material/health_and_safety:"):
    health_view.draw()
st.caption("Returns are out of fold and after costs; a verdict counts every trial ever made.")
