"""The Backtest step: one rule traded out of fold, verdict before profit."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import chips, tables, trial_charts, trials
from app.components.errors import told
from app.components.job import board, result, start
from app.components.numbers import bps, count, day, percent, ratio
from app.components.page import empty, facts, section
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.results import Backtest, Entry
from sigma_core.verbs.backtest import DEFAULT_THRESHOLDS, BacktestAsk, backtest
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard

FRACTIONS = ("return", "max_dd", "win_rate")
TABLES = ("Folds", "Hours", "Months")


def draw(row: ModelRow) -> None:
    """Controls, work under way, and the last backtest of this model."""
    _controls(row)
    board(verbs=[backtest], model_id=row.model_id)
    done = result([backtest], Backtest, model_id=row.model_id)
    if done is None:
        with empty(
            "No backtest yet",
            "A backtest trades one rule on data the model was not fitted on, and keeps every "
            "trade, the curve and the verdict.",
            "candlestick_chart",
        ):
            pass
        return
    verdict(done.entry)
    metrics(done.entry)
    study = done.entry.study
    says = f"out of fold {day(study.oof_start)} to {day(study.oof_end)}, after costs"
    section("Growth", f"{says}, whole capital in each trade")
    trial_charts.overlaid([done.entry], key="backtest_growth")
    _breakdown(done)


def verdict(entry: Entry) -> None:
    """The verdict, what speaks for and against it, line by line."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            chips.verdict(entry.gate.status)
            if entry.lineage.simulated:
                chips.simulated()
            st.markdown(f"**{chips.rule(entry.config)}**: {trials.said(entry)}")
        tables.checks(entry.gate)
        st.caption(
            f"Judged among {count(entry.evidence.n_trials)} tries at the same data; "
            f"{entry.judged_status} when it was made, among {count(entry.judged.n_trials)}."
        )


def metrics(entry: Entry) -> None:
    """The six numbers, each with what to hold it against."""
    m, hold = entry.metrics, entry.hold
    a_year = f"{m.trades / m.years:.0f} a year" if m.years else ""
    facts(
        [
            ("Return", percent(m.return_, signed=True), f"{percent(hold.return_)} held"),
            ("Sharpe", ratio(m.sharpe), f"{ratio(hold.sharpe)} held"),
            ("Worst drawdown", percent(m.max_dd), f"{percent(hold.max_dd)} held"),
            ("Trades", count(m.trades), a_year),
            ("Win rate", percent(m.win_rate), f"{ratio(m.profit_factor)} profit factor"),
            ("Average trade", bps(m.avg_trade), "after costs"),
        ],
        columns=6,
        width=128,
    )


def _controls(row: ModelRow) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", border=True):
        best = _best(row)
        usual = best.config if best is not None else None
        kinds = ("Threshold", "Top %")
        kind = st.segmented_control(
            "Rule",
            kinds,
            default=kinds[bool(usual and usual.kind == "top_pct")],
            required=True,
            key=f"backtest_kind_{row.model_id}",
        )
        top = kind == "Top %"
        known = usual is not None and (usual.kind == "top_pct") == top
        value = st.text_input(
            "Share of bars, 0.10 is 10%" if top else "Confidence; of several the past's best",
            usual.value if usual is not None and known else "0.10" if top else DEFAULT_THRESHOLDS,
            key=f"backtest_value_{row.model_id}_{top}",
        )
        hours = ""
        if row.cadence != "daily":
            hours = st.text_input("Hours, New York", key="backtest_hours", placeholder="all")
        splits = st.number_input("Splits", 1, 500, 5, key="backtest_splits", width=110)
        go = st.button(
            "Run backtest", type="primary", icon=":material/play_arrow:", key="backtest_go"
        )
    if go:
        rule = {"top_pct" if top else "thresholds": value}
        asked = {"model_id": row.model_id, "pack_id": row.pack_id, "allowed_hours": hours}
        with told():
            start(backtest, ask(BacktestAsk, **asked, **rule, splits=splits))
        st.rerun()


def _best(row: ModelRow) -> Entry | None:
    found = leaderboard(lab(), Leaderboard(model_id=row.model_id, pack_id=row.pack_id, limit=1))
    return found[0] if found else None


def _breakdown(done: Backtest) -> None:
    section("Where it came from", "returns compounded within each line")
    by = st.segmented_control(
        "By",
        TABLES,
        default=TABLES[0],
        required=True,
        key="backtest_by",
        label_visibility="collapsed",
    )
    rows: Sequence[Mapping[str, Any]] = {
        "Folds": done.folds,
        "Hours": done.hours,
        "Months": done.months,
    }[by]
    if not rows:
        st.info("No trade to break down.", icon=":material/info:")
        return
    tables.plain(
        [{name: _shown(name, value) for name, value in row.items()} for row in rows],
        {name: _column(name) for name in rows[0]},
        key=f"backtest_{by}",
        alt=f"{by} of the backtest",
    )
    taken = ", ".join(
        f"{name.replace('_', ' ')} {count(n)}" for name, n in done.counts.items() if n
    )
    st.caption(f"Signals: {taken}.")


def _shown(name: str, value: Any) -> Any:
    return value * 100 if name in FRACTIONS and value is not None else value


def _column(name: str) -> Any:
    label = name.replace("_", " ").capitalize()
    if name in FRACTIONS:
        return tables.number(label, tables.PERCENT, 84)
    return tables.number(label, "%.2f", 70) if name in ("sharpe", "cut") else label
