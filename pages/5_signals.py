"""Signals | notifications | What fired, and if nothing did, why."""

import streamlit as st

from app.components import chips, pickers
from app.components.errors import told
from app.components.numbers import NEW_YORK, day, moment, percent, plural
from app.components.page import empty, facts, head, link, section
from app.components.signals import contracts, last_look, look, looks, table
from app.session import ask, lab
from sigma_core.verbs._signals import csv_of
from sigma_core.verbs.models import Models, models
from sigma_core.verbs.runs_train import Runs, runs_train
from sigma_core.verbs.signals import Signals, signals

STATUS = ("NEW", "OPEN", "CLOSED", "EXPIRED", "CANCELLED")

with told():
    ids = [row.model_id for row in models(lab(), Models())]
    trained = list(dict.fromkeys(run.model_id for run in runs_train(lab(), Runs(limit=1000))))

top = head("Signals", f"{moment(lab().now())} in New York")
with st.container(horizontal=True, vertical_alignment="bottom"):
    model_id = pickers.model(ids, every=True, width=240)
    status = st.pills("Status", STATUS, selection_mode="multi", key="status", bind="query-params")
    side = st.pills("Side", chips.SIDES, key="side", bind="query-params")

wanted = [each for each in trained if not model_id or each == model_id]
with top:
    before = st.container(horizontal=True, width="content", vertical_alignment="center")
    refresh = st.button(
        "Refresh now", type="primary", icon=":material/sync:", disabled=not wanted, key="look"
    )
if refresh:
    with st.spinner("Looking at the newest bars …"):
        look(wanted)

with told():
    every = signals(lab(), ask(Signals, model_id=model_id, side=side, limit=1000))
found = [each for each in every if not status or each.status in status]

with before:
    if any(each.simulated for each in found):
        chips.simulated()
    if why := dict.fromkeys(each.contaminated for each in found if each.contaminated):
        chips.contaminated("; ".join(why))
    st.download_button(
        "CSV",
        lambda: csv_of(found),
        "signals.csv",
        "text/csv",
        icon=":material/download:",
        disabled=not found,
    )

if not trained:
    with empty(
        "No model is trained yet",
        "A trained model looks at each new bar and says BUY, SELL or nothing. Choose a rule on "
        "the leaderboard and train it in the Composer.",
        "notifications",
    ):
        link("Leaderboard", "Choose what to train", "leaderboard")
        link("Overview", "Run the demo", "science")
    st.stop()

if found:
    newest = found[0]
    states = [each.status for each in found]
    facts(
        [
            ("New", f"{states.count('NEW')}", "not yet entered"),
            ("Open", f"{states.count('OPEN')}", "in the market"),
            ("Closed", f"{states.count('CLOSED')}", f"of {plural(len(found), 'signal')}"),
            ("Latest confidence", percent(newest.confidence), chips.SIDES[newest.side]),
        ]
    )
    section("Signals", f"newest first, times are {NEW_YORK.split('/')[1].replace('_', ' ')}")
    table(found, now=lab().now(), key="signals_table")
    judged = ", ".join(filter(None, (newest.verdict, newest.contaminated)))
    st.caption(
        f"The latest rests on a bundle fitted through {day(newest.as_of)}, whose verdict is "
        f"{judged}. Prices are before costs; the result so far is after them."
    )
    contracts(found, key="signals_contracts")
elif not wanted:
    with empty(
        "This model is not trained yet",
        "It can look for signals once a rule of it was chosen and trained.",
        "model_training",
    ):
        link("Leaderboard", "Choose what to train", "leaderboard", model=model_id)
elif status or side:
    with empty("No signal fits these filters", "Widen them.", "filter_alt_off"):
        link("Signals", "Show all signals", "filter_alt_off")
else:
    with empty(
        "Nothing fired",
        "The last look below says how far the best confidence stayed under its cut, or that no "
        "bar lay in the hours."
        if any(map(last_look, wanted))
        else "`Refresh now` lets each trained model look at the newest bars, and says how far its "
        "best confidence stayed below its cut.",
        "notifications_off",
    ):
        st.space("small")
looks(wanted)
