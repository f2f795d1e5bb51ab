"""The Backtest step: one rule traded out of fold, verdict before profit."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from app.components import (
    asked,
    baseline_view,
    bounds_view,
    charts,
    chips,
    explain_view,
    holdout_view,
    overlay_view,
    tables,
    trades_view,
    trials,
)
from app.components.errors import told
from app.components.job import board, result, start
from app.components.numbers import bps, count, day, moment, percent, plural, ratio, spoken
from app.components.page import empty, facts, section
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.details import RunDetail
from sigma_core.domain.results import Backtest, Entry, RunRow
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.trial import Rule
from sigma_core.verbs._runs import Runs
from sigma_core.verbs.backtest import DEFAULT_THRESHOLDS, BacktestAsk, backtest
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard, trials_in
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail
from sigma_core.verbs.runs_backtest import runs_backtest

SCALE = {"return": 100, "hold": 100, "max_dd": 100, "win_rate": 100, "avg_trade": 1e4}
"""From fractions to percent, and to basis points."""


def draw(row: ModelRow) -> None:
    """Controls, work under way, and a backtest of this model: the newest, or one that is chosen."""
    _controls(row)
    board(verbs=[backtest], model_id=row.model_id)
    holdout_view.draw(row)
    past = runs_backtest(lab(), Runs(model_id=row.model_id, pack_id=row.pack_id, limit=200))
    if not past:
        with empty(
            "No backtest yet",
            "A backtest trades one rule on data the model was not fitted on, and keeps every "
            "trade, the curve and the verdict.",
            "candlestick_chart",
        ):
            pass
        return
    chosen = _chosen(past)
    with told():
        found = run_detail(lab(), RunDetailAsk(run_id=chosen.run_id))
    verdict(found.entry, asked.kept_back(chosen.facts))
    metrics(found.entry)
    baseline_view.draw(found.entry, chosen.facts)
    _growth(found)
    bounds_view.draw(found.entry.metrics)
    if found.months:
        section("Return by month", "%, strategy")
        charts.months(found.months, key="backtest_months")
    trades_view.draw(found)
    if row.asset == "opt":
        overlay_view.draw(row, found.run_id)
    explain_view.draw(found.run_id, found.entry.trial_id, key="backtest_explain")
    _breakdown(found, result([backtest], Backtest, model_id=row.model_id))


def _chosen(past: Sequence[RunRow]) -> RunRow:
    """One of the backtests; the newest when one has just been run."""
    if len(past) == 1:
        return past[0]
    picked: RunRow = st.selectbox(
        f"Backtest, of {count(len(past))}",
        past,
        format_func=_named,
        key=f"backtest_run_{past[0].run_id}",
        width=460,
    )
    return picked


def _named(run: RunRow) -> str:
    facts_ = run.facts
    tag = f", {facts_['tag']}" if facts_.get("tag") else ""
    kind, value = str(facts_["rule"]).split(" ", 1)
    rule = Rule(
        kind="top_pct" if kind == "top_pct" else "thr",
        value=value,
        allowed_hours=str(facts_.get("allowed_hours", "")),
    )
    besides = asked.besides(str(facts_.get("calibration", "none")), facts_)
    words = ", ".join([chips.rule(rule), *besides])
    sealed = ", CONTAMINATED" if facts_.get("contaminated") else ""
    said = f"{words}, {facts_['status']}{sealed}, {int(facts_['trades'] or 0):,} trades{tag}"
    return f"{moment(run.made_at)}: {said}"


def _growth(found: RunDetail) -> None:
    study = found.entry.study
    says = f"out of fold {day(study.oof_start)} to {day(study.oof_end)}, after costs"
    section("Growth", f"{says}, whole capital in each trade")
    share = RISK_PROFILES[found.entry.lineage.risk_profile].position_size
    spans = [(pd.Timestamp(str(f["start"])), pd.Timestamp(str(f["end"]))) for f in found.folds]
    charts.equity(found.curve, spans, key="backtest_growth")
    said = f"Account: the same trades with {share:.0%} of the account in each."
    st.caption(said)
    if found.curve.bars > len(found.curve.ts):
        st.caption(
            f"{count(len(found.curve.ts))} of {count(found.curve.bars)} bars are drawn: of each "
            "stretch its highs, lows and deepest falls."
        )


def verdict(entry: Entry, gate: str = "") -> None:
    """The verdict, what speaks for and against it, line by line."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            chips.verdict(entry.gate.status)
            if entry.lineage.simulated:
                chips.simulated()
            if entry.contaminated:
                chips.contaminated(entry.contaminated)
            st.markdown(f"**{asked.tried(entry)}**: {trials.said(entry)}")
        tables.checks(entry.gate)
        _missing(entry)
        if gate:
            st.caption(f":material/filter_alt: {gate}")
        st.caption(
            f"Judged among {plural(entry.evidence.n_trials, 'try', 'tries')} at the same data; "
            f"{entry.judged_status} when it was made, among {count(entry.judged.n_trials)}."
        )


def _missing(entry: Entry) -> None:
    """What would have to be otherwise for a PASS, each in words with its numbers."""
    gaps = [check.words for check in entry.gate.checks if not check.met]
    if gaps:
        st.markdown(f"Missing: {spoken('; '.join(gaps))}.")


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
            "Share of bars, 0.10 is 10%" if top else "Confidence to exceed",
            usual.value if usual is not None and known else "0.10" if top else DEFAULT_THRESHOLDS,
            key=f"backtest_value_{row.model_id}_{top}",
            help=None
            if top
            else "Of several, such as 0.50,0.55,0.60, each fold takes the past's best",
        )
        hours = ""
        if row.cadence != "daily":
            hours = st.text_input("Hours, New York", key="backtest_hours", placeholder="all")
        splits = st.number_input("Splits", 1, 500, 5, key="backtest_splits", width=110)
        more = _more(row)
        go = st.button(
            "Run backtest", type="primary", icon=":material/play_arrow:", key="backtest_go"
        )
    if go:
        rule = {"top_pct" if top else "thresholds": value}
        of = {"model_id": row.model_id, "pack_id": row.pack_id, "allowed_hours": hours}
        with told():
            start(backtest, ask(BacktestAsk, **of, **rule, splits=splits, **more))
        st.rerun()


def _more(row: ModelRow) -> dict[str, Any]:
    """Calibration and momentum gate, which are changed seldom."""
    with st.popover("More", icon=":material/tune:"):
        given = {"calibration": asked.calibration(key="backtest_calibration")}
        with told(stop=False):
            given |= asked.gate(row.model_id, row.pack_id, key="backtest")
    return given


def _best(row: ModelRow) -> Entry | None:
    ask_ = Leaderboard(model_id=row.model_id, pack_id=row.pack_id, limit=1)
    return next(iter(trials_in(leaderboard(lab(), ask_))), None)


def _breakdown(found: RunDetail, told_: Backtest | None) -> None:
    section("Where it came from", "by test fold, by hour of decision, by month")
    by = st.segmented_control(
        "By",
        ["Folds", "Hours", "Months"],
        default="Folds",
        required=True,
        key="backtest_by",
        label_visibility="collapsed",
    )
    rows = {"Folds": found.folds, "Hours": found.hours, "Months": found.months[::-1]}[by]
    if not rows:
        st.info("No trade to break down.", icon=":material/info:")
        return
    columns = {name: column for name, column in _columns().items() if name in rows[0]}
    tables.plain(
        [_shown(row) for row in rows], columns, key=f"backtest_{by}", alt=f"{by}, one a row"
    )
    if told_ is not None and told_.run_id == found.run_id:  # only its answer counted them
        st.caption(f"Signals: {_counted(told_.counts)}.")


def _columns() -> dict[str, Any]:
    number = tables.number
    return {
        "fold": number("Fold", "%d", 46),
        "hour": number("Hour, New York", "%d", 110),
        "year": number("Year", "%d", 56),
        "month": number("Month", "%d", 60),
        "start": tables.dated("From"),
        "end": tables.dated("To"),
        "cut": number("Cut", "%.2f", 54),
        "sharpe": number("Sharpe", "%.2f", 62),
        "return": number("Return", tables.PERCENT, 70),
        "hold": number("Held", tables.PERCENT, 70),
        "max_dd": number("Drawdown", tables.PERCENT, 78),
        "trades": number("Trades", "%,d", 58),
        "win_rate": number("Win rate", tables.PERCENT, 70),
        "avg_trade": number("Avg trade, bps", "%+.1f", 96),
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    scaled = {name: value and value * SCALE.get(name, 1) for name, value in row.items()}
    if "fold" not in row:
        return scaled
    days = {name: date.fromisoformat(row[name]) for name in ("start", "end")}
    return scaled | days | {"fold": row["fold"] + 1}


def _counted(counts: Mapping[str, int]) -> str:
    said = {name.replace("_", " "): n for name, n in counts.items() if n}
    found = said.pop("signals", 0)
    return ", ".join([f"{count(found)} found", *(f"{count(n)} {name}" for name, n in said.items())])
