"""The fields of an execution policy as a form; what it gives is checked as its YAML would be."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import streamlit as st

from app.components import asked
from app.session import lab
from sigma_core.domain.editing import ModelText, PartUse
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.parse import parse
from sigma_core.verbs._gated import gate_columns
from sigma_core.yamltext import load

SIDES = {"both": "Long and short", "long": "Long only", "short": "Short only"}
FILLS = {
    "next_bar_open": "Open of the next bar",
    "next_session_open": "Open of the next session",
    "session_close": "Close of the session",
}
LEVELS = {"atr": "Multiples of ATR", "range": "Extremes of the last bars"}
BY_CONFIDENCE = "Of confidence c, the lesser of 2c − 1 and the cap is committed; otherwise all."
REGIME = "Stop and target times ATR over its median of 252 bars, within 0.75 to 1.5."


def form(found: ModelText, part: PartUse) -> dict[str, Any]:
    """`changes` of the fields that differ from the part's file; nothing if none does."""
    given = parse(Policy, load(part.text, named=part.file))
    key = f"{part.name}_{part.text_sha[:8]}"
    typed = _trade(given, key) | _gate(found, given, key)
    changed = _differing(given, typed)
    if inner := _differing(given.brackets, _brackets(given.brackets, key)):
        changed["brackets"] = inner
    return {"changes": changed} if changed else {}


def _differing(given: Policy | Brackets, typed: dict[str, Any]) -> dict[str, Any]:
    now = {each.name: getattr(given, each.name) for each in fields(given)}
    return {name: value for name, value in typed.items() if value != now[name]}


def _trade(given: Policy, key: str) -> dict[str, Any]:
    with st.grid(2, gap="small"):
        typed: dict[str, Any] = {
            "sides": _one("Sides", SIDES, given.sides, f"edit_sides_{key}"),
            "slippage_bps": _number(
                "Slippage, bps a fill", given.slippage_bps, f"edit_slippage_{key}", 0, 1000
            ),
            "fee_bps": _number("Fee, bps a side", given.fee_bps, f"edit_fee_{key}", 0, 1000),
        }
    typed["size_by_conf"] = st.toggle(
        "Size by confidence", given.size_by_conf, key=f"edit_size_{key}", help=BY_CONFIDENCE
    )
    if typed["size_by_conf"]:
        cap = _number("Cap, share of the capital", given.conf_cap, f"edit_cap_{key}", 0.01, 1)
        typed["conf_cap"] = cap
    return typed


def _gate(found: ModelText, given: Policy, key: str) -> dict[str, Any]:
    """The momentum gate; its column is one of the model's, if the model can be used."""
    on = st.toggle("Momentum gate", given.momentum_gate, key=f"edit_gate_{key}", help=asked.GATES)
    if not on:
        return {"momentum_gate": False}
    own = (given.momentum_column,)
    names = own if found.problem else gate_columns(lab(), found.model_id, found.pack_id)
    with st.grid(2, gap="small"):
        column = st.selectbox(
            "Reads the column",
            names,
            index=asked.place(names, given.momentum_column),
            key=f"edit_column_{key}",
        )
        least = _number("Least momentum", given.momentum_min, f"edit_min_{key}")
    return {"momentum_gate": True, "momentum_column": column, "momentum_min": least}


def _brackets(given: Brackets, key: str) -> dict[str, Any]:
    with st.grid(2, gap="small"):
        fill = _one("Filled at", FILLS, given.entry_mode, f"edit_entry_{key}")
        minutes = st.number_input(
            "Time limit, session minutes",
            1,
            None,
            given.time_stop_minutes,
            key=f"edit_minutes_{key}",
            help="Empty: the end of the label. A US session has 390.",
        )
    on = st.toggle("Stop and target", given.enabled, key=f"edit_levels_{key}")
    typed = {"entry_mode": fill, "time_stop_minutes": minutes, "enabled": on}
    return typed | (_levels(given, key) if on else {})


def _levels(given: Brackets, key: str) -> dict[str, Any]:
    stop, target = f"edit_stop_{key}", f"edit_target_{key}"
    with st.grid(2, gap="small"):
        typed: dict[str, Any] = {
            "mode": _one("Levels from", LEVELS, given.mode, f"edit_mode_{key}"),
            "atr_period": st.number_input(
                "Bars of ATR, or of the range", 2, 252, given.atr_period, key=f"edit_bars_{key}"
            ),
            "atr_mult_stop": _number("Stop, times ATR", given.atr_mult_stop, stop, 0.01, 100),
            "atr_mult_target": _number(
                "Target, times ATR", given.atr_mult_target, target, 0.01, 100
            ),
            "min_rr": _number("Least reward over risk", given.min_rr, f"edit_rr_{key}", 0),
        }
    typed["regime_adjust"] = st.toggle(
        "Adjust to the regime", given.regime_adjust, key=f"edit_regime_{key}", help=REGIME
    )
    return typed


def _one(label: str, options: dict[str, str], now: str, key: str) -> str:
    names: Sequence[str] = list(options)
    picked: str = st.selectbox(
        label, names, index=names.index(now), key=key, format_func=options.__getitem__
    )
    return picked


def _number(
    label: str, now: float, key: str, least: float | None = None, most: float | None = None
) -> float:
    low, high = (None if each is None else float(each) for each in (least, most))
    typed: float = st.number_input(label, low, high, float(now), 0.1, "%g", key=key)
    return typed
