"""Looking for signals from a page, what came of it, and a CSV."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.components.numbers import moment, ratio
from app.components.page import section
from app.components.tables import words
from app.session import lab
from sigma_core.domain.results import Alerts, Signal
from sigma_core.parse import plain
from sigma_core.verbs.alerts import AlertsAsk, alerts

LOOKS = "looks"
"""What each model said when this visitor last looked, by model id."""


def look(model_ids: Sequence[str]) -> None:
    """Score the bars after each model's last fitted one."""
    said: dict[str, Alerts] = st.session_state.setdefault(LOOKS, {})
    added = 0
    for model_id in model_ids:
        said[model_id] = alerts(lab(), AlertsAsk(model_id=model_id))
        added += said[model_id].added
    st.toast(f"{added} new." if added else "Nothing new.", icon=":material/notifications:")


def looks(model_ids: Sequence[str]) -> None:
    """The best confidence each model had against its cut, and why nothing fired."""
    said: dict[str, Alerts] = st.session_state.get(LOOKS, {})
    rows = [
        (
            f"`{found.model_id}`",
            moment(found.as_of),
            ratio(found.best),
            ratio(found.cut),
            found.words,
        )
        for model_id, found in said.items()
        if model_id in model_ids
    ]
    if rows:
        section("Last look", "of each model, at the newest bars there are")
        words(rows, ("Model", "Bars up to", "Best confidence", "Cut", "In words"))


def csv(rows: Sequence[Signal]) -> str:
    """Signals as CSV, fractions and UTC."""
    return str(pd.DataFrame([plain(row) for row in rows]).to_csv(index=False))
