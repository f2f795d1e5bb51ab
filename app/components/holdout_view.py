"""The sealed holdout of a model: how it stands, unsealing it once, and what that found."""

from typing import Any

import pandas as pd
import streamlit as st

from app.components import asked, charts, chips, tables
from app.components.errors import told
from app.components.job import board, start
from app.components.numbers import count, day, percent, ratio
from app.components.page import facts, section
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.holdout import Holdout, Unsealing
from sigma_core.verbs.holdout import HoldoutAsk, holdout
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard, trials_in
from sigma_core.verbs.unseal import UnsealAsk, unseal


def draw(row: ModelRow) -> None:
    """Nothing for a model that seals nothing and never did."""
    with told():
        found = holdout(lab(), HoldoutAsk(model_id=row.model_id, pack_id=row.pack_id))
    if found.start is None and not found.unsealed:
        return
    section("Sealed holdout", "kept from every build, sweep, backtest and training")
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            if found.spent:
                st.badge("SPENT", icon=":material/lock_open:", color="gray")
            elif found.start is not None:
                st.badge("SEALED", icon=":material/lock:", color="blue")
            st.markdown(found.words)
        if found.start is not None:
            _unseal(row, found)
    board(verbs=[unseal], model_id=row.model_id)
    for place, each in enumerate(found.unsealed):
        result(each, key=f"holdout_{place}")


def _unseal(row: ModelRow, found: Holdout) -> None:
    """The choice of a trial, a warning, and a button that opens only for the model's own name."""
    of = {"model_id": row.model_id, "pack_id": row.pack_id}
    found_ = trials_in(leaderboard(lab(), ask(Leaderboard, **of, limit=200)))
    trials = {e.trial_id: e for e in found_}
    trials = {name: e for name, e in trials.items() if str(e.study.oof_end) < str(found.start)}
    with st.popover("Unseal", icon=":material/lock_open:"):
        if not trials:
            st.caption("Run a sweep or a backtest first: one of its trials is then chosen.")
            return
        picked = st.selectbox(
            "Trial to spend it on",
            list(trials),
            format_func=lambda name: f"No. {trials[name].rank}, {asked.tried(trials[name])}",
            key=f"unseal_trial_{row.model_id}",
        )
        st.warning(
            "This can be done once. The rule and the gate are written into the ledger, then the "
            "holdout is traded. Any later look at these sessions is marked contaminated.",
            icon=":material/warning:",
        )
        if found.spent or found.looks:
            st.error("It was looked at before: this look will be contaminated.")
        typed = st.text_input(f"Type {row.model_id} to confirm", key=f"unseal_say_{row.model_id}")
        st.button(
            "Unseal now",
            type="primary",
            icon=":material/lock_open:",
            disabled=typed.strip() != row.model_id,
            key="unseal_go",
            on_click=_start,
            args=(of | {"trial_id": picked},),
        )


def _start(given: dict[str, Any]) -> None:
    with told():
        start(unseal, ask(UnsealAsk, **given, confirm=True))


def result(found: Unsealing, *, key: str) -> None:
    """What the holdout alone showed: verdict, figures, checks and curve."""
    m, hold = found.metrics, found.hold
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            chips.verdict(found.gate.status)
            if found.contaminated:
                chips.contaminated(found.contaminated)
            if found.simulated:
                chips.simulated()
            span = f"{day(found.start)} to {day(found.end)}"
            st.markdown(f"**{chips.rule(found.config)}** on {span}: {found.verdict}")
        facts(
            [
                ("Return", percent(m.return_, signed=True), f"{percent(hold.return_)} held"),
                ("Sharpe", ratio(m.sharpe), f"{ratio(hold.sharpe)} held"),
                ("Worst drawdown", percent(m.max_dd), f"{percent(hold.max_dd)} held"),
                ("Trades", count(m.trades), f"{count(m.sessions)} sessions"),
            ],
            width=128,
        )
        tables.checks(found.gate)
        days = pd.DatetimeIndex(found.days)
        charts.compare(
            {"Strategy": pd.Series(found.equity, days), "Held": pd.Series(found.held, days)},
            key=key,
        )
        st.caption(
            f"Registered before, as `{found.unseal_id}`: cut {found.cut:.3f}, model of "
            f"{count(found.trained_rows)} rows up to {day(found.trained_through)}. One try, judged "
            "alone."
        )
