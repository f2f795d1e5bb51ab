"""Models | category | What there is to build, and how each is traded."""

import streamlit as st

from app.components import chips, create_model, model_detail, overview
from app.components.errors import show, told
from app.components.numbers import plural
from app.components.page import empty, head, link
from app.session import lab
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.packs import Packs, packs

with told():
    families = {row.pack_id: row for row in packs(lab(), Packs())}
    listed = models(lab(), Models())
    best = leaderboard(lab(), Leaderboard(limit=500))

with head("Models", "a ticker, what to foresee of it, from what, and how to trade that"):
    if any(entry.lineage.simulated for entry in best):
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
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{family.title}**  `{family.pack_id}`")
            st.caption(family.sentence)
            st.markdown(
                f":gray[{', '.join(family.horizons)} · {', '.join(family.cadences)} · "
                f"{plural(family.models, 'model')}]"
            )

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

tried = overview.best_of(best)
shown = [
    row
    for row in listed
    if pack_id in ("", None, row.pack_id)
    and (idle or row.active or row.problem)
    and (not verdicts or overview.status(row, tried) == verdicts)
]
if not shown:
    with empty("No model fits", "Widen the filters, or create one.", "filter_alt_off"):
        link("Models", "Show all models", "filter_alt_off")
    st.stop()

picked = overview.choose(shown, best, key="models_table", asked=st.query_params.get("show", ""))
if picked is None:
    st.info("Tick a model to see how it is traded.", icon=":material/checklist:")
    st.stop()
if picked.problem:
    show(f"{picked.model_id} cannot be used.", picked.problem)
    st.stop()

with st.container(border=True, gap="small"):
    model_detail.top(picked, tried.get((picked.pack_id, picked.model_id)))
    tab = st.segmented_control(
        "Show",
        ["Policy", "Risk", "Indicators", "Grid"],
        default="Policy",
        required=True,
        key="models_tab",
        label_visibility="collapsed",
    )
    with told(stop=False):
        model_detail.draw(tab, picked)
