"""Starting long work from a page, watching it, and stopping it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import streamlit as st

from app.components import chips
from app.components.errors import show
from app.components.numbers import ago, span
from app.components.page import section
from app.session import lab
from sigma_core import jobs
from sigma_core.domain.job import Job
from sigma_core.errors import BadRequest
from sigma_core.parse import parse, plain
from sigma_core.verbs.pipeline import STEPS

T = TypeVar("T")
BUSY, IDLE = 1.0, 5.0
"""Seconds between two looks: while work is under way, and while another tab may start some."""
SHOWN_FOR = timedelta(hours=12)
"""How long work that went wrong stays on screen."""
AT_ONCE = 2
"""Of what went wrong, so many stand open; a wall of them hides the page."""
TITLES = {
    "alerts": "Signals",
    "backtest": "Backtest",
    "build": "Build",
    "cpcv": "Paths",
    "evidence": "Evidence",
    "noise_floor": "Noise floor",
    "pipeline": "Pipeline",
    "preview": "Preview",
    "sweep_run": "Sweep",
    "train": "Training",
    "unseal": "Unsealing",
}
STEP_CHIPS: Mapping[int, tuple[str, chips.Colour]] = {
    -1: ("check", "green"),
    0: ("autorenew", "blue"),
    1: ("hourglass_empty", "gray"),
}
"""Icon and colour of a step that is done, under way, or to come."""
ENDS = {"done": ("is done", ":material/check:"), "cancelled": ("was stopped", ":material/stop:")}


def start(verb: Callable[..., Any], ask: object) -> str:
    """Run a verb in a worker process; the screen stays free. The id of the job."""
    job = jobs.submit(lab().lake, verb.__name__, plain(ask))
    st.toast(f"{_title(job)} is {job.state}.", icon=":material/play_arrow:")
    return job.job_id


def result(verbs: Sequence[Callable[..., Any]], answer: type[T], *, model_id: str) -> T | None:
    """What the newest of these verbs that is done answered for a model; None if none is.

    A pipeline's own steps count too.
    """
    names = [verb.__name__ for verb in verbs]
    done = (job for job in _wanted([*names, "pipeline"], model_id) if job.state == "done")
    newest = next((found for job in done if (found := _answer(job, names))), None)
    if newest is None:
        return None
    try:
        return parse(answer, newest)
    except BadRequest:  # fields have come since: nobody's fault, and nothing is made up for them
        st.info(
            "What was found last was kept by another version of the lab. Run it again to see it.",
            icon=":material/history:",
        )
        return None


def newest(verb: Callable[..., Any], model_id: str) -> Job | None:
    """The job of this verb and model that was asked for last; None if there was none."""
    return next(iter(_wanted([verb.__name__], model_id)), None)


def closed(job: Job) -> bool:
    """Whether this visitor has put what is said of a job away."""
    return job.job_id in st.session_state.get("closed_jobs", ())


def close(job_id: str) -> None:
    """Say no more of a job to this visitor."""
    st.session_state.setdefault("closed_jobs", set()).add(job_id)


def board(*, verbs: Sequence[Callable[..., Any]] = (), model_id: str = "") -> None:
    """Work that is under way or went wrong, anew each second; when one ends the page is redrawn.

    Of all verbs and models, or only of those given.
    """
    names = tuple(verb.__name__ for verb in verbs)
    active = _active(names, model_id)
    every = BUSY if active else IDLE
    st.fragment(_board, run_every=every)(names, model_id, active)


def _board(names: tuple[str, ...], model_id: str, active: dict[str, str]) -> None:
    now = _active(names, model_id)
    if now != active:
        for job_id in active.keys() - now.keys():
            _say_ended(jobs.get(lab().lake, job_id))
        st.rerun()
    shown = [job for job in _wanted(names, model_id) if not job.ended or _went_wrong(job)]
    if not shown:
        return
    section("Jobs", _counts(shown))
    wrong = [job for job in shown if job.ended]
    with st.container(border=True, gap="small"):
        for job in shown:
            if job not in wrong[AT_ONCE:]:
                _line(job)
        if older := wrong[AT_ONCE:]:
            with st.expander(f"{len(older)} more that went wrong", icon=":material/history:"):
                for job in older:
                    _line(job)


def _line(job: Job) -> None:
    if job.ended:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _what(job)
            st.caption(ago(job.ended_at or job.made_at, lab().now()), width="content")
            st.button(
                "Close", key=f"close_{job.job_id}", type="tertiary", on_click=close,
                args=(job.job_id,),
            )  # fmt: skip
        _why(job)
        return
    what, bar, act = st.columns([4, 4, 1], vertical_alignment="center")
    with what.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        _what(job)
    since = job.started_at or job.made_at
    note = f"{job.note or 'waits for a free worker'}, {span(lab().now() - since)}"
    bar.progress(min(1.0, job.done / job.total), text=note)
    act.button(
        "Stop",
        key=f"stop_{job.job_id}",
        type="tertiary",
        icon=":material/stop_circle:",
        on_click=_stop,
        args=(job.job_id,),
    )
    if job.verb == "pipeline":
        _steps(job)


def _what(job: Job) -> None:
    """How it stands, what it is, and of what."""
    chips.state(job.state)
    of = job.ask.get("model_id") or job.ask.get("sweep_id")
    st.markdown(f"**{_title(job)}**" + (f" `{of}`" if of else ""), width="content")


def _steps(job: Job) -> None:
    """A pipeline's steps, ticked off as they are done."""
    at = job.done * len(STEPS) // job.total
    with st.container(horizontal=True, gap="xsmall"):
        for place, step in enumerate(STEPS):
            icon, colour = STEP_CHIPS[(place > at) - (place < at)]
            st.badge(step.capitalize(), icon=f":material/{icon}:", color=colour)


def _why(job: Job) -> None:
    """What went wrong: a sentence if it can be mended, else the end of the worker's log."""
    if job.state == "lost":
        st.warning("Its process is gone. Start it again.", icon=":material/link_off:")
    elif job.error and job.error != "bug":
        show(job.message, job.hint)
        return
    else:
        show("The lab broke on this.", "The log below says where; nothing half-written is kept.")
    with st.expander("Log", icon=":material/article:"):
        st.code(
            jobs.log(lab().lake, job.job_id) or job.message or "It wrote nothing.", language=None
        )


def _wanted(names: Sequence[str], model_id: str) -> list[Job]:
    return [
        job
        for job in jobs.recent(lab().lake, limit=50)
        if (not names or job.verb in names) and model_id in ("", job.ask.get("model_id", ""))
    ]


def _answer(job: Job, names: Sequence[str]) -> Any:
    """A job's result, or that of a pipeline's step."""
    if job.verb in names:
        return job.result
    return next((job.result[name] for name in names if name in (job.result or {})), None)


def _active(names: Sequence[str], model_id: str) -> dict[str, str]:
    """Jobs that have not ended, with their state: what must change for the page to be redrawn."""
    return {job.job_id: job.state for job in _wanted(names, model_id) if not job.ended}


def _went_wrong(job: Job) -> bool:
    """Failed or lost, not long ago, and not closed by this visitor."""
    if job.state not in ("failed", "lost") or closed(job):
        return False
    return lab().now() - (job.ended_at or job.made_at) < SHOWN_FOR


def _stop(job_id: str) -> None:
    jobs.cancel(lab().lake, job_id)


def _say_ended(job: Job) -> None:
    if job.state in ENDS:
        words, icon = ENDS[job.state]
        st.toast(f"{_title(job)} {words}.", icon=icon)


def _counts(shown: Sequence[Job]) -> str:
    states = [job.state for job in shown]
    parts = [
        f"{states.count(state)} {verb}"
        for state, verb in (("running", "running"), ("queued", "waiting"))
        if state in states
    ]
    wrong = states.count("failed") + states.count("lost")
    return ", ".join([*parts, *([f"{wrong} went wrong"] if wrong else [])])


def _title(job: Job) -> str:
    return TITLES.get(job.verb, job.verb.replace("_", " ").capitalize())
