"""Signals as a table, looking for new ones from a page, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from app.components import chips, tables
from app.components.errors import told
from app.components.job import result
from app.components.numbers import MINUS, NEW_YORK, moment, ratio, span, spoken
from app.components.page import section
from app.session import lab
from sigma_core.domain.chains import Pick
from sigma_core.domain.results import Alerts, Signal
from sigma_core.verbs.alerts import AlertsAsk, alerts

LOOKS = "looks"
"""What each model said when this visitor last looked, by model id."""


def table(rows: Sequence[Signal], *, now: datetime, key: str) -> None:
    """Signals, newest first, with their age; distances from the entry in basis points."""
    simulated, contaminated = any(s.simulated for s in rows), any(s.contaminated for s in rows)
    whose = [s.model_id for s in rows]
    columns: dict[str, Any] = {
        "status": tables.text("Status", 70),
        "side": tables.text("Side", 58),
        # a model's name begins with its ticker
        "model": tables.text("Model", tables.room(whose, least=150))
        if len(set(whose)) > 1
        else None,
        "verdict": chips.verdict_column([s.verdict for s in rows], "Model is"),
        "sealed": chips.contaminated_column() if contaminated else None,
        "time": st.column_config.DatetimeColumn(
            "Decided", format="D MMM YYYY HH:mm", timezone=NEW_YORK, width=130
        ),
        "age": tables.text("Age", 54),
        "confidence": st.column_config.ProgressColumn(
            "Confidence", format="%.0f%%", min_value=50, max_value=100, width=88
        ),
        "entry": tables.number("Entry", "%,.2f", 70),
        "stop": tables.number("Stop", "%,.2f", 70),
        "target": tables.number("Target", "%,.2f", 70),
        "ret": tables.number("So far, bps", "%+.1f", 78),
        "sim": chips.simulated_column() if simulated else None,
    }
    drawn = [_line(signal, now) for signal in rows]
    tables.plain(drawn, columns, key=key, alt=f"{len(rows)} signals, newest first")


def _line(signal: Signal, now: datetime) -> dict[str, Any]:
    return {
        "status": signal.status,
        "side": chips.SIDES[signal.side],
        "verdict": [chips.SIGNS[signal.verdict]],
        "sealed": ["CONTAMINATED"] if signal.contaminated else [],
        "time": signal.timestamp,
        "age": span(now - signal.timestamp),
        "confidence": signal.confidence * 100,
        "entry": signal.entry_ref_px,
        "stop": signal.stop_px,
        "target": signal.target_px,
        "ret": None if signal.ret is None else signal.ret * 1e4,
        "sim": ["SIM"] if signal.simulated else [],
        "model": signal.model_id,
    }


def contracts(rows: Sequence[Signal], *, key: str) -> None:
    """The contract that each signal of an option model is held as; nothing without one."""
    held = [(signal, signal.contract) for signal in rows if signal.contract is not None]
    if not held:
        return
    section("Held as options", "as the policy picks them; dollars a unit, most to lose a contract")
    drawn = [_contract(signal, pick) for signal, pick in held]
    columns: dict[str, Any] = {
        "contract": tables.text("Contract", tables.room([r["contract"] for r in drawn], least=180)),
        "time": st.column_config.DatetimeColumn(
            "Decided", format="D MMM YYYY HH:mm", timezone=NEW_YORK, width=130
        ),
        "premium": tables.number("Premium", "%,.2f", 72),
        "spread": tables.number("Spread", "%,.2f", 66),
        "interest": tables.number("Open interest", "%,d", 96),
        "breakeven": tables.number("Breakeven", "%,.2f", 82),
        "loss": tables.number("Most to lose", "%,.0f", 92),
        "stop": tables.number("At stop", "%,.2f", 66),
        "target": tables.number("At target", "%,.2f", 72),
    }
    tables.plain(drawn, columns, key=key, alt=f"{len(held)} contracts, newest first")
    st.caption("At stop and at target: the premium by the model, were the underlying there now.")


def _contract(signal: Signal, pick: Pick) -> dict[str, Any]:
    named = " / ".join(f"{'+' if leg.action == 'BUY' else MINUS}{leg.symbol}" for leg in pick.legs)
    return {
        "contract": named or f"none: {pick.words}",
        "time": signal.timestamp,
        "premium": pick.premium,
        "spread": pick.spread,
        "interest": pick.legs[0].open_interest if pick.legs else None,
        "breakeven": pick.breakeven,
        "loss": pick.max_loss,
        "stop": pick.stop,
        "target": pick.target,
    }


def look(model_ids: Sequence[str]) -> None:
    """Score the bars after each model's last fitted one; a model that cannot is told, in place."""
    said: dict[str, Alerts] = st.session_state.setdefault(LOOKS, {})
    added = 0
    for model_id in model_ids:
        with told(stop=False):
            said[model_id] = alerts(lab(), AlertsAsk(model_id=model_id))
            added += said[model_id].added
    st.toast(f"{added} new." if added else "Nothing new.", icon=":material/notifications:")


def looks(model_ids: Sequence[str]) -> None:
    """The best confidence each model had against its cut, and why nothing fired."""
    found = [said for model_id in model_ids if (said := last_look(model_id))]
    if found:
        section("Last look", "of each model, at the newest bars there are; New York time")
        headings = ("Model", "Bars up to", "Best confidence", "Cut")
        tables.words([_said(each) for each in found], headings)
        for each in found:  # below, not beside: a phone has no room for a fifth column
            st.caption(f"`{each.model_id}`: {spoken(each.words)}")


def last_look(model_id: str) -> Alerts | None:
    """What this visitor's last look said, else that of the last job; None if nobody looked."""
    own: Alerts | None = st.session_state.get(LOOKS, {}).get(model_id)
    return own or result([alerts], Alerts, model_id=model_id)


def _said(found: Alerts) -> tuple[str, ...]:
    return (
        f"`{found.model_id}`",
        moment(found.as_of),
        ratio(found.best),
        ratio(found.cut),
    )
