"""Leaderboard | leaderboard | Compare what the sweeps found and choose what to train."""

import streamlit as st

from app.components import chips, explain_view, noise_view, pickers, tables, trial_charts, trials
from app.components.errors import told
from app.components.job import board
from app.components.numbers import plural
from app.components.page import empty, head, link, section
from app.session import ask, lab, put_into_cart
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard, trials_in
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.train import train

RULES = {"Threshold": "thr", "Top %": "top_pct"}
AT_MOST = 300  # trials on one page; filters find the others

with told():
    listed = models(lab(), Models())

top = head("Leaderboard", "best first within each verdict, judged by all that was ever tried")
filters = st.container(horizontal=True, vertical_alignment="bottom")
with filters:
    model_id = pickers.model([row.model_id for row in listed], every=True, width=220)
    risk = pickers.risk(key="risk", default=None, bind=True)
    rule = st.segmented_control("Rule", list(RULES), key="rule", bind="query-params")
    more = trials.more_filters([row.pack_id for row in listed])
    passing = st.toggle("Pass only", key="pass", bind="query-params")

wanted = more | {"model_id": model_id, "risk_profile": risk, "pass_gate": passing}
wanted["kind"] = RULES.get(rule or "")
with told():
    entries = trials_in(leaderboard(lab(), ask(Leaderboard, **wanted, limit=AT_MOST)))

with top:
    if any(entry.lineage.simulated for entry in entries):
        chips.simulated()
    trials.cart_popover(entries)
    st.download_button(
        "Export",
        lambda: trials.csv(entries),
        "leaderboard.csv",
        "text/csv",
        icon=":material/download:",
        disabled=not entries,
        help=f"The {len(entries)} trials listed here. `make export WHAT=trials` writes all.",
    )

if not entries and not any(wanted.values()):
    with empty(
        "Nothing was tried yet",
        "A sweep fits a model once and tries many rules on it; each is a line here, with its "
        "verdict and what speaks against it.",
        "leaderboard",
    ):
        link("Sweeps", "Run a sweep", "grid_on")
        link("Overview", "Run the demo", "science")
    st.stop()
if not entries:
    with empty(
        "No trial fits these filters",
        "Widen them, or run a sweep for this model. Without PASS, look at what is missing: "
        "switch `Pass only` off.",
        "filter_alt_off",
    ):
        link("Leaderboard", "Show all trials", "filter_alt_off")
        link("Sweeps", "Run a sweep", "grid_on", model=model_id or "")
    st.stop()

picked = tables.ranking(entries, key="leaderboard")
floors = noise_view.of_trials(entries)
noise_view.lines(floors, key="leaderboard_noise")
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        f"Add {len(picked)} to cart",
        icon=":material/add_shopping_cart:",
        type="primary",
        disabled=not picked,
        key="leaderboard_add",
        on_click=put_into_cart,
        args=[entry.trial_id for entry in picked],
    )
    trials.train_popover(picked)
    how_many = plural(len(entries), "trial")
    shown = how_many if len(entries) < AT_MOST else f"The first {how_many}; filter for others"
    st.caption(f"{shown}. Tick one to explain it, two to five to compare.", width="content")
board(verbs=[train], model_id=model_id)
if len(picked) == 1:
    with st.expander(f"No. {picked[0].rank}: {chips.rule(picked[0].config)}", expanded=True):
        explain_view.draw(picked[0].run_id, picked[0].trial_id, key="leaderboard_explain")

profiles = {entry.lineage.risk_profile for entry in entries}
limits = sorted({RISK_PROFILES[name].max_drawdown for name in profiles})
left, right = st.columns([2, 3], gap="medium")
with left:
    section("Reward and risk", "every trial above")
    trial_charts.reward_and_risk(
        entries, limits=limits, noise=noise_view.band(floors), key="leaderboard_scatter"
    )
with right:
    section("Compare", f"{len(picked)} of at most 5")
    if 2 <= len(picked) <= 5:
        trial_charts.overlaid(picked, key="leaderboard_compare")
    else:
        st.info("Tick two to five rows in the table.", icon=":material/checklist:")

if 2 <= len(picked) <= 5:
    section("Side by side", "lineage only where it differs")
    trials.side_by_side(picked)
