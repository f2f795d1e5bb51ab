"""Models | category | What there is to build, and how each is traded."""

import streamlit as st

from app.components import chips, create_model, model_actions, model_detail, overview
from app.components.errors import show, told
from app.components.page import empty, head, link
from app.session import lab
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.packs import Packs, packs
from sigma_core.verbs.standings import Standings, standings

with told(), st.spinner("Reading packs and lake …"):
    families = {row.pack_id: row for row in packs(lab(), Packs())}
    away = bool(st.session_state.get("archived", st.query_params.get("archived") == "true"))
    listed = models(lab(), Models(archived=away))
    stands = overview.by_model(standings(lab(), Standings()))

model_actions.say()
with head("Models", "a ticker, what to foresee of it, from what, and how to trade that"):
    if overview.simulated(stands):
        chips.simulated()
    if st.button(
        "Create model", type="primary", icon=":material/add:", disabled=not families, key="create"
    ):
        create_model.dialog(list(families.values()))

if not families:
    with empty(
        "No pack here",
        "Packs are folders with a `pack.yaml`. SIGMA_PACKS names the folder they stand in.",
        "category",
    ):
        pass
    st.stop()

with st.grid(3, min_column_width=220, gap="small"):
    for family in families.values():
        overview.pack_card(family, [row for row in listed if row.pack_id == family.pack_id])

with st.container(horizontal=True, vertical_alignment="bottom"):
    pack_id = st.selectbox(
        "Pack",
        ["", *families],
        key="pack",
        bind="query-params",
        width=200,
        format_func=lambda each: families[each].title if each else "All packs",
    )
    verdicts = st.pills("Best verdict", chips.SIGNS, key="verdict", bind="query-params")
    idle = st.toggle("Also those not active", True, key="idle", bind="query-params")
    st.toggle("Also archived", False, key="archived", bind="query-params")

shown = [
    row
    for row in listed
    if pack_id in ("", None, row.pack_id)
    and (idle or row.active or row.problem or row.archived)
    and (not verdicts or overview.status(row, stands) == verdicts)
]
if not shown:
    with empty("No model fits", "Widen the filters, or create one.", "filter_alt_off"):
        link("Models", "Show all models", "filter_alt_off")
    st.stop()

picked = overview.choose(shown, stands, key="models_table", asked=st.query_params.get("show", ""))
if picked is None:
    st.info("Tick a model to see how it is traded.", icon=":material/checklist:")
    st.stop()

TABS = ("Policy", "Risk", "Indicators", "Grid", "Edit")
with st.container(border=True, gap="small"):
    model_detail.top(picked, stands.get((picked.pack_id, picked.model_id)))
    if picked.archived:
        st.caption("Archived: nothing builds, sweeps or trades it. Its trials stay.")
        st.stop()
    if picked.problem:
        show(f"{picked.model_id} cannot be used.", picked.problem)
    tab = "Edit"
    if not picked.problem:
        tab = st.segmented_control(
            "Show",
            TABS,
            default="Policy",
            required=True,
            key="models_tab",
            label_visibility="collapsed",
        )
    with told(stop=False):
        model_detail.draw(tab, picked)
