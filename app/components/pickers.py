"""Choosing models, risk, thresholds, hours and shares."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from app.components.numbers import count, percent, ratio
from sigma_core.domain.risk import RISK_PROFILES, RiskProfile
from sigma_core.verbs.build import DEMO

THRESHOLDS = ("0.50", "0.52", "0.54", "0.55", "0.56", "0.58", "0.60", "0.62", "0.65")
SHARES = (0.05, 0.10, 0.15, 0.20)
FIRST, LAST = date(1900, 1, 1), date(2100, 1, 1)
HOURS = ("10", "11", "12", "13", "14", "15", "13,14", "13,14,15")


def model(ids: Sequence[str], *, every: bool = False, width: int = 260) -> str:
    """One of these models, kept in the page's address; with `every`, empty text means all.

    The demo's stands there first, where nothing is chosen.
    """
    options = ["", *ids] if every else sorted(ids, key=lambda each: each != DEMO)
    picked: str = st.selectbox(
        "Model",
        options,
        key="model",
        bind="query-params",
        width=width,
        format_func=lambda each: each or "All models",
    )
    return picked


def day(label: str, now: date | None, *, key: str, **more: Any) -> date | None:
    """A day of any year, or none: left alone, an empty field offers ten years around today."""
    picked: date | None = st.date_input(
        label, now, min_value=FIRST, max_value=LAST, key=key, format="YYYY-MM-DD", **more
    )
    return picked


def risk(*, key: str, default: str | None = "balanced", bind: bool = False) -> str | None:
    """A risk profile; None where none is needed and none is picked."""
    picked: str | None = st.segmented_control(
        "Risk profile",
        list(RISK_PROFILES),
        default=default,
        required=default is not None,
        format_func=str.capitalize,
        key=key,
        bind="query-params" if bind else None,
    )
    return picked


def implied(profile: RiskProfile) -> dict[str, str]:
    """What a risk profile means, line by line."""
    return {
        "Size of a trade": f"{percent(profile.position_size)} of the account",
        "Settings a sweep may try": count(profile.budget),
        "Sharpe asked for": f"above {ratio(profile.min_sharpe)}",
        "Drawdown allowed": f"to {percent(profile.max_drawdown)} at 10% volatility",
    }


def thresholds(*, key: str, default: Sequence[str] = THRESHOLDS[1:7]) -> list[str]:
    """Confidences to exceed, each a setting; or sets of them, of which each fold takes the best."""
    return _pills(
        "Thresholds, confidence",
        [*THRESHOLDS, *(each for each in default if each not in THRESHOLDS)],
        default,
        key=key,
        own="Own set, such as 0.50,0.55,0.60",
    )


def hours(*, key: str, default: Sequence[str] = ()) -> list[str]:
    """Sets of exchange hours in which to enter; each is crossed with every rule."""
    return _pills(
        "Hours, New York",
        [*HOURS, *(each for each in default if each not in HOURS)],
        default,
        key=key,
        own="Own hours, such as 10,11",
    )


def shares(*, key: str, default: Sequence[float] = ()) -> list[float]:
    """Shares of bars to take, by confidence."""
    names = [f"{each * 100:g}%" for each in (*SHARES, *default)]
    picked = _pills("Top %, of bars", list(dict.fromkeys(names)), names[len(SHARES) :], key=key)
    return [round(float(each.rstrip("%")) / 100, 9) for each in picked]


def _pills(
    label: str, options: Sequence[str], default: Sequence[str], *, key: str, own: str = ""
) -> list[str]:
    """Chips to tick, and if `own` says how, a field for values of one's own beside them."""
    kept: list[str] = st.session_state.setdefault(f"{key}_own", [])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked: list[str] = st.pills(
            label,
            list(dict.fromkeys([*options, *kept])),
            default=list(default),
            selection_mode="multi",
            format_func=lambda each: each.replace(",", ", "),
            key=key,
            wrap=True,
        )
        if own:
            with st.popover("Own", icon=":material/add:", type="tertiary"):
                st.text_input(own, key=f"{key}_typed", on_change=_add, args=(key,))
    return picked


def tick(key: str, value: str) -> None:
    """Tick a chip of `thresholds`, `hours` or `shares`; one that is not there is added."""
    for name in (f"{key}_own", key):
        st.session_state[name] = list(dict.fromkeys([*st.session_state.get(name, []), value]))


def _add(key: str) -> None:
    typed = ",".join(
        part.strip() for part in st.session_state[f"{key}_typed"].split(",") if part.strip()
    )
    if typed:
        tick(key, typed)
        st.session_state[f"{key}_typed"] = ""
