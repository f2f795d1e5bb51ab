"""The Train step: what lies in the cart, and fitting it on all rows."""

from collections.abc import Sequence

import streamlit as st

from app.components import asked, bundle_view, chips
from app.components.errors import told
from app.components.job import board, start
from app.components.numbers import NEW_YORK, count
from app.components.page import empty, link, section
from app.components.tables import number, runs, text
from app.components.trials import cart_line, train_ask
from app.session import cart, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.results import Entry
from sigma_core.verbs._runs import Runs
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard, trials_in
from sigma_core.verbs.runs_train import runs_train
from sigma_core.verbs.train import train


def draw(row: ModelRow) -> None:
    """The cart's trials of this model, the way to train them, and what was trained."""
    found = leaderboard(
        lab(), Leaderboard(model_id=row.model_id, pack_id=row.pack_id, limit=10_000)
    )
    chosen = [entry for entry in trials_in(found) if entry.trial_id in cart()]
    if chosen:
        _choice(chosen)
    board(verbs=[train], model_id=row.model_id)
    if not chosen:
        with empty(
            "The cart holds no trial of this model",
            "Choose what to train on the leaderboard: training fits the rule's model on all rows "
            "and keeps it, ready to look for signals.",
            "model_training",
        ):
            link("Leaderboard", "Choose on the leaderboard", "leaderboard", model=row.model_id)
    _history(row)


def _choice(chosen: Sequence[Entry]) -> None:
    with st.container(border=True, gap="small"):
        section("In the cart", "each is fitted on all labelled rows of its matrix")
        for entry in chosen:
            cart_line(entry.trial_id, entry)
        unproven = [entry for entry in chosen if not entry.gate.pass_]
        reason = ""
        if unproven:
            st.caption(
                f":material/info: {len(unproven)} of {len(chosen)} not PASS: "
                f"{chips.why_not(unproven[0].gate)}. Training one asks for a reason, which is "
                "kept with the model and shown with its signals."
            )
            reason = st.text_input(
                "Reason to train it all the same",
                key="train_reason",
                placeholder="to watch it live",
            ).strip()
        calibration = _calibration()
        go = st.button(
            f"Train {len(chosen)}",
            type="primary",
            icon=":material/model_training:",
            disabled=bool(unproven) and not reason,
            key="train_go",
        )
    if go:
        for entry in chosen:
            with told():
                start(train, train_ask(entry, reason, calibration))
        st.rerun()


def _calibration() -> str:
    """Another correction than each trial's own; empty for its own."""
    picked: str = st.selectbox(
        "Calibration",
        ["", *asked.CALIBRATIONS],
        format_func=lambda kind: kind.capitalize() or "As tried",
        key="train_calibration",
        width=200,
        help=f"{asked.CORRECTS} Only a correction that the rule was tried with can be trained.",
    )
    return picked


def _history(row: ModelRow) -> None:
    past = runs_train(lab(), Runs(model_id=row.model_id, pack_id=row.pack_id, limit=100))
    if not past:
        return
    zone = NEW_YORK.partition("/")[2].replace("_", " ")
    section("Trained", f"{count(len(past))}, newest first, times are {zone}")
    columns = {
        "status": text("Verdict", 92),
        "rows": number("Rows", "%,d", 70),
        "cut": number("Cut", "%.2f", 60),
        "reason": text("By override, because", 430),
    }
    runs(past, columns, key="train_history")
    bundle_view.draw(past)
