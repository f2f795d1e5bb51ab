"""A sweep that runs, row by row, and one that was stopped: what was kept, and how to go on."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import chips, tables, trial_charts
from app.components.errors import told
from app.components.job import BUSY, close, closed, newest, start
from app.components.numbers import ago, plural
from app.components.page import section
from app.session import ask, lab
from sigma_core.domain.job import Job
from sigma_core.domain.trial import Rule
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

STOPPED = {"cancelled": "was stopped", "lost": "lost its process"}
FITTED = "The fit is kept, so the same sweep begins at its rules and fits nothing again."
UNFITTED = "What was read and built is kept; a fit that was not finished is made anew."


def draw(model_id: str) -> None:
    """The newest sweep of a model while it runs, or if it was stopped; else nothing."""
    job = newest(sweep_run, model_id)
    if job is None or closed(job):
        return
    if job.state in STOPPED:
        _stopped(job)
    elif not job.ended:
        st.fragment(_running, run_every=BUSY)(model_id)


def _running(model_id: str) -> None:
    """The rows tried so far, anew each second."""
    job = newest(sweep_run, model_id)
    if job is not None and job.so_far:
        section("So far", f"{plural(len(job.so_far), 'setting')} tried and counted, best first")
        _rows(job.so_far, key=f"so_far_{model_id}")


def _rows(rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    trial_charts.map_of([(_rule(row), row["sharpe"]) for row in rows], key=f"{key}_map")
    ordered = sorted(rows, key=lambda row: (row["sharpe"] is None, -(row["sharpe"] or 0.0)))
    columns = {
        "rule": tables.text("Rule", 160),
        "sharpe": tables.number("Sharpe", "%.2f", 70),
        "return": tables.number("Return", tables.PERCENT, 80),
        "max_dd": tables.number("Drawdown", tables.PERCENT, 80),
        "trades": tables.number("Trades", "%,d", 70),
    }
    shown = [
        {
            **row,
            "rule": chips.rule(_rule(row)),
            "return": 100 * row["return"],
            "max_dd": 100 * row["max_dd"],
        }
        for row in ordered
    ]
    tables.plain(shown, columns, key=key, alt=f"{plural(len(rows), 'setting')} tried so far")


def _stopped(job: Job) -> None:
    """What is left of a sweep that did not reach its end, and the way on."""
    n = len(job.so_far)
    when = ago(job.ended_at or job.made_at, lab().now())
    with st.container(border=True, gap="small"):
        st.markdown(
            f":material/stop_circle: **The last sweep {STOPPED[job.state]}**, {when}. {_kept(n)}"
        )
        with st.container(horizontal=True):
            again = st.button(
                "Run the same again", icon=":material/replay:", key=f"again_{job.job_id}"
            )
            st.button(
                "Close",
                type="tertiary",
                key=f"put_away_{job.job_id}",
                on_click=close,
                args=(job.job_id,),
            )
        if n:
            with st.expander(f"The {plural(n, 'setting')} it tried", icon=":material/table_rows:"):
                _rows(job.so_far, key=f"stopped_{job.job_id}")
    if again:
        with told():
            start(sweep_run, ask(SweepRun, **job.ask))
        st.rerun()


def _kept(n: int) -> str:
    """What a sweep leaves that was stopped after `n` settings."""
    if not n:
        return f"No setting was tried, so none counts. {UNFITTED}"
    they = "it counts, though its verdict was" if n == 1 else "they count, though verdicts were"
    tried = plural(n, "setting was", "settings were")
    return f"{tried} tried and shown, so {they} not reached. {FITTED}"


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(kind=row["kind"], value=row["value"], allowed_hours=row["allowed_hours"])
