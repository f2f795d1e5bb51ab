"""The Evidence step: how much of a sweep luck explains, in words a trader can act on."""

from collections.abc import Mapping

import streamlit as st

from app.components import chips, evidence_charts, noise_view, paths_view, sweep_view, tables
from app.components.errors import told
from app.components.job import board, start
from app.components.numbers import DASH, count, percent, ratio, spoken
from app.components.page import empty, facts, link, section
from app.session import lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.luck import SweepEvidence, TrialEvidence
from sigma_core.domain.results import Entry, RunRow
from sigma_core.verbs._luck import newest
from sigma_core.verbs._luck_words import p_value
from sigma_core.verbs._runs import Runs
from sigma_core.verbs.cpcv import cpcv
from sigma_core.verbs.evidence import EvidenceAsk, evidence
from sigma_core.verbs.noise_floors import NoiseFloors, noise_floors
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail
from sigma_core.verbs.runs_backtest import runs_backtest
from sigma_core.verbs.sweep import SweepAsk, sweep
from sigma_core.verbs.sweeps import sweeps

SHOWN = 12
"""Trials with a bar of their own."""
SURE = 0.05


def draw(row: ModelRow) -> None:
    """The newest sweep's evidence, the paths of its best rule, and calibration part by part."""
    past = sweeps(lab(), Runs(model_id=row.model_id, pack_id=row.pack_id, limit=200))
    if not past:
        with empty(
            "Nothing was swept yet",
            "Evidence asks of a sweep's trials, all together, whether luck alone would have found "
            "the best of them.",
            "balance",
        ):
            link("Sweeps", "Run a sweep", "grid_on", model=row.model_id)
        return
    chosen = _chosen(past)
    found = newest(lab(), chosen.run_id)
    if found is not None:
        _go(chosen, again=True)
    board(verbs=[evidence, cpcv], model_id=row.model_id)
    if found is None:
        with empty(
            "No evidence on this sweep yet",
            "Its trials are replayed on the fit that was kept, a thousand histories are drawn from "
            "their sessions, and the best is held against all that were tried. No try is counted.",
            "balance",
        ):
            _go(chosen, again=False)
    entries = sweep(lab(), SweepAsk(sweep_id=chosen.run_id)).trials
    if found is not None:
        trials = {entry.trial_id: entry for entry in entries}
        _summary(found)
        _tests(found)
        _overfit(found)
        _intervals(found, trials)
        _resampled(found, entries[0])
        _table(found, trials)
        _methods(found)
    paths_view.draw(row, entries)
    _calibration(row)


def _chosen(past: list[RunRow]) -> RunRow:
    runs = {run.run_id: run for run in past}
    names = {run.run_id: sweep_view.titled(run) for run in past}
    picked: str = st.selectbox(
        "Sweep", list(runs), key="evidence_sweep", width=380, format_func=names.__getitem__
    )
    return runs[picked]


def _go(run: RunRow, *, again: bool) -> None:
    go = st.button(
        "Compute again" if again else "Compute evidence",
        type="secondary" if again else "primary",
        icon=":material/balance:",
        key="evidence_go",
        help="Again after more tries: each one makes luck more likely.",
    )
    if go:
        with told():
            start(evidence, EvidenceAsk(sweep_id=run.run_id, model_id=run.model_id))
        st.rerun()


def _summary(found: SweepEvidence) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.simulated:
            chips.simulated()
        st.markdown(spoken(found.words))
    best = found.trials[0]
    facts(
        [
            ("Tries in the ledger", count(found.n_trials), f"{found.tried} in this sweep"),
            ("Independent ones", _plain(found.n_effective), "as alike as they are"),
            (
                "Sharpe of the best",
                ratio(best.sharpe),
                f"{ratio(best.haircut_sharpe)} after haircut",
            ),
            ("By Lo", ratio(best.sharpe_adjusted), f"{ratio(best.autocorrelation)} carried over"),
            ("Deflated Sharpe, DSR", percent(best.dsr), f"{percent(best.psr)} if tried once"),
            ("Overfitting, PBO", percent(found.pbo), "half is a coin"),
        ],
        columns=6,
        width=128,
    )
    years = "no length would do" if best.min_trl is None else f"{best.min_trl:.1f} years"
    st.caption(
        f"{count(found.t)} sessions. The best of {count(best.n_trials)} tries at nothing is "
        f"expected to have a Sharpe of {ratio(best.sr0)} a year. Tried once, such returns prove a "
        f"Sharpe above 0 after {years}. {count(found.rounds)} histories, blocks of "
        f"{found.block or DASH} sessions, seed {found.seed}."
    )


def _tests(found: SweepEvidence) -> None:
    section(
        "Could luck have found the best?", "p-values: 0.05 is 1 in 20; small speaks against luck"
    )
    rows = [
        ("Hansen's SPA", "all trials, the hopeless left out", found.spa_zero, found.spa_hold),
        ("White's Reality Check", "all trials", found.rc_zero, found.rc_hold),
    ]
    tables.words(
        [(name, how, _p(zero), _p(hold)) for name, how, zero, hold in rows]
        + [("StepM", "trials it names, at most 1 in 20 by mistake", _named(found, "survivor"),
            _named(found, "survivor_hold"))],
        ("Test", "Asks", "Better than nothing", "Better than buy and hold"),
    )  # fmt: skip
    for name, why in found.undefined.items():
        st.caption(f"{name}: {why}.")


def _p(p: float | None) -> str:
    if p is None:
        return DASH
    return f"{p_value(p)}, {'unlikely luck' if p <= SURE else 'may be luck'}"


def _named(found: SweepEvidence, flag: str) -> str:
    return f"{sum(bool(getattr(t, flag)) for t in found.trials)} of {found.tried}"


def _overfit(found: SweepEvidence) -> None:
    if found.pbo is None:
        return
    section(
        "Does the best stay the best?", f"{found.pbo_blocks} blocks of sessions, halved all ways"
    )
    evidence_charts.logits(found, key="evidence_logits")
    kept = (
        ""
        if found.pbo_slope is None
        else (
            f" For each point of Sharpe found in one half, {ratio(found.pbo_slope)} was kept in the"
            " other."
        )
    )
    st.caption(
        f"The best of one half was no better than the middle in the other {percent(found.pbo)} of "
        f"the time, and lost {percent(found.pbo_loss)}.{kept}"
    )


def _intervals(found: SweepEvidence, trials: Mapping[str, Entry]) -> None:
    drawn = [t for t in found.trials if t.sharpe is not None][:SHOWN]
    if not drawn:
        return
    section("How sure is each figure?", "95% of resampled histories lie on the bar")
    kind = st.segmented_control(
        "Figure", ["Sharpe", "Return", "Drawdown"], default="Sharpe", required=True,
        key="evidence_figure", label_visibility="collapsed",
    )  # fmt: skip
    name = {"Sharpe": "sharpe", "Return": "return_", "Drawdown": "max_dd"}[kind]
    title, form = ("Sharpe, per year", ".2f") if kind == "Sharpe" else (f"{kind}, %", ".0%")
    rows = [(_rule(t, trials), *_ends(t, name)) for t in drawn]
    floors = noise_floors(lab(), NoiseFloors(sweep_id=found.sweep_id))
    noise = noise_view.band(floors) if kind == "Sharpe" else None
    evidence_charts.intervals(rows, title=title, form=form, key=f"evidence_{name}", noise=noise)
    if kind == "Sharpe":
        st.caption(spoken(floors[0].words) if floors else "Not yet searched in noise: Sweeps does.")


def _resampled(found: SweepEvidence, entry: Entry) -> None:
    if found.best_growth is None:
        return
    section("The best among its histories", "its own sessions, drawn again in blocks")
    study = entry.study
    evidence_charts.resampled(found, study.oof_start, study.oof_end, key="evidence_best")


def _ends(trial: TrialEvidence, name: str) -> tuple[float, float, float]:
    stem = name.rstrip("_")
    low, at, high = (getattr(trial, each) for each in (f"{stem}_low", name, f"{stem}_high"))
    return low, at, high


def _rule(trial: TrialEvidence, trials: Mapping[str, Entry]) -> str:
    entry = trials.get(trial.trial_id)
    return chips.rule(entry.config) if entry else trial.trial_id


def _table(found: SweepEvidence, trials: Mapping[str, Entry]) -> None:
    section("Trial by trial", "Sharpes per year")
    columns = {
        "rule": tables.text(
            "Rule", tables.room([_rule(t, trials) for t in found.trials], least=110)
        ),
        "sharpe": tables.number("Sharpe", "%.2f", 66),
        "sharpe_low": tables.number("Low", "%.2f", 58, help="Of the 95% interval"),
        "sharpe_high": tables.number("High", "%.2f", 58),
        "sharpe_adjusted": tables.number("By Lo", "%.2f", 62, help="Allows for carry-over"),
        "haircut_sharpe": tables.number("Haircut", "%.2f", 70, help="After all tries"),
        "psr": tables.number("PSR", "%.2f", 56, help="Chance that the Sharpe is above 0"),
        "dsr": tables.number("DSR", "%.2f", 56, help="Chance that it is above what luck finds"),
        "min_trl": tables.number("Years to prove", "%.1f", 96, help="If it had been tried once"),
        "survivor": tables.text("Beats nothing", 96),
        "survivor_hold": tables.text("Beats holding", 96),
    }
    said = {True: "yes", False: "no", None: DASH}
    rows = [
        vars(t) | {"rule": _rule(t, trials)}
        | {name: said[getattr(t, name)] for name in ("survivor", "survivor_hold")}
        for t in found.trials
    ]  # fmt: skip
    tables.plain(rows, columns, key="evidence_table", alt=f"Evidence on {len(rows)} trials")


def _methods(found: SweepEvidence) -> None:
    with st.expander("How each figure is made, and in what unit", icon=":material/menu_book:"):
        tables.words(
            [(f"`{names}`", how) for names, how in found.methods.items()],
            ("Figure", "Method, unit"),
        )


def _calibration(row: ModelRow) -> None:
    past = runs_backtest(lab(), Runs(model_id=row.model_id, pack_id=row.pack_id, limit=1))
    section("Do probabilities mean what they say?", "the newest backtest's, out of fold")
    if not past:
        st.caption("A backtest of this model shows it, fold by fold and hour by hour.")
        return
    with told(stop=False):
        rows = run_detail(lab(), RunDetailAsk(run_id=past[0].run_id)).calibration
        if not rows:
            st.caption("Its predictions are no longer in the lake: run the backtest again.")
            return
        by = st.segmented_control(
            "By", ["all", *dict.fromkeys(r.of for r in rows if r.of != "all")], default="all",
            required=True, key="evidence_by", format_func=str.capitalize,
        )  # fmt: skip
        evidence_charts.trusted([r for r in rows if r.of == by and r.conf], key="evidence_trusted")
        tables.words(
            [
                (
                    evidence_charts.named(r), count(r.rows), f"{r.brier:.4f}",
                    f"{r.reliability:.4f}", f"{r.resolution:.4f}", f"{r.uncertainty:.4f}",
                    f"{r.within:.4f}", f"{r.log_loss:.4f}", f"{percent(r.ece)}, {r.bins} bins",
                )
                for r in rows
            ],
            ("", "Rows", "Brier", "is reliability", "less resolution", "and uncertainty",
             "and within bins", "Log-loss", "Calibration error"),
        )  # fmt: skip


def _plain(value: float | None) -> str:
    return DASH if value is None else f"{value:.1f}"
