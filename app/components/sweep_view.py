"""The result of a sweep: its best in words, the map, what if, the trials, the way on."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import asked, chips, look, noise_view, parallel_chart, tables, trial_charts
from app.components.numbers import ago, plural
from app.components.page import link, section
from app.components.trials import cart_popover, csv, said
from app.session import lab, put_into_cart
from sigma_core.domain.results import Entry, RunRow
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.verbs._runs import Runs
from sigma_core.verbs.sweep import SweepAsk, sweep
from sigma_core.verbs.sweeps import sweeps

SWEEP = "sweep"
"""What a sweep is called in the address."""
MANY_HOURS = 5
"""From so many sets of hours on, the map takes the whole width."""


def follow() -> None:
    """Show the model of the sweep that the address names, where it names no model."""
    named = st.query_params.get(SWEEP)
    if named and "model" not in st.query_params and "model" not in st.session_state:
        found = [run for run in sweeps(lab(), Runs(limit=10_000)) if run.run_id == named]
        if found:
            st.session_state["model"] = found[0].model_id


def forget() -> None:
    """Show the newest sweep again, whatever the address named."""
    st.query_params.pop(SWEEP, None)


def _picked(past: Sequence[RunRow]) -> str:
    """The sweep to show: the one the address names, else the newest; a choice goes into it.

    Streamlit would write the words of the choice there, which change with the time of day.
    """
    names = {run.run_id: titled(run) for run in past}
    named, ids, key = st.query_params.get(SWEEP), list(names), f"sweep_of_{past[0].run_id}"

    def keep() -> None:
        st.query_params[SWEEP] = st.session_state[key]

    picked: str = st.selectbox(
        "Result" if len(past) == 1 else f"Result of one of {plural(len(past), 'sweep')}",
        ids,
        index=ids.index(named) if named in ids else 0,
        key=key,  # another once there is a newer sweep, so that it is shown
        width=380,
        format_func=names.__getitem__,
        on_change=keep,
    )
    if named not in (None, picked):
        forget()
    return picked


def draw(past: Sequence[RunRow], *, top: DeltaGenerator) -> None:
    """One of the past sweeps, the latest unless the address names another; `top`: the head."""
    sweep_id = _picked(past)
    trials = list(sweep(lab(), SweepAsk(sweep_id=sweep_id)).trials)
    best = trials[0]
    with top:
        if best.lineage.simulated:
            chips.simulated()
        cart_popover(trials)
    with st.container(horizontal=True, vertical_alignment="center"):
        chips.verdict(best.gate.status)
        if best.contaminated:
            chips.contaminated(best.contaminated)
        st.markdown(f"The best, **{asked.tried(best)}**: {said(best)}", width="content")
    if words := asked.kept_back(next(run.facts for run in past if run.run_id == sweep_id)):
        st.caption(f":material/filter_alt: {words}")
    floor = noise_view.of_sweep(trials)
    noise = None if floor is None else noise_view.band([floor])
    _map_and_look(trials, noise)
    _table(trials)
    _parallel(trials, noise)


def _map_and_look(trials: Sequence[Entry], noise: tuple[float, float] | None) -> None:
    """Sharpe by rule beside the look, or above it where the map is wide."""
    wide = len({entry.config.hours for entry in trials}) >= MANY_HOURS
    left, right = (st.container(), st.container()) if wide else st.columns(2, gap="medium")
    with left:
        section("Sharpe by rule", "per year, out of fold, after costs")
        limit = RISK_PROFILES[trials[0].lineage.risk_profile].min_sharpe
        trial_charts.by_rule(trials, limit=limit, noise=noise, key="sweep_map")
    with right:
        section("What if", "a look, not a trial")
        look.draw(trials, narrow=not wide)


def _table(trials: Sequence[Entry]) -> None:
    section("Trials", f"{plural(len(trials), 'setting')}, best first within each verdict")
    picked = tables.ranking(trials, key="sweep_trials")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            f"Add {len(picked)} to cart",
            icon=":material/add_shopping_cart:",
            disabled=not picked,
            key="sweep_add",
            on_click=put_into_cart,
            args=[entry.trial_id for entry in picked],
        )
        st.download_button(
            "CSV",
            lambda: csv(trials),
            f"{trials[0].sweep_id}.csv",
            icon=":material/download:",
            key="sweep_csv",
        )
        link("Leaderboard", "Compare with all others", "leaderboard", model=trials[0].model_id)
    if len(picked) == 1:
        [entry] = picked
        section("The gate", f"no. {entry.rank}, {asked.tried(entry)}")
        tables.checks(entry.gate)


def _parallel(trials: Sequence[Entry], noise: tuple[float, float] | None) -> None:
    """Every trial as a line, for a wide screen; a trial without a Sharpe has no line."""
    drawn = [entry for entry in trials if entry.metrics.sharpe is not None]
    if len(drawn) < 2:
        return
    with st.expander("All trials as lines, coloured by Sharpe", icon=":material/line_axis:"):
        parallel_chart.parallel(drawn, noise=noise, key="sweep_parallel")
        left_out = len(trials) - len(drawn)
        without = f" {plural(left_out, 'trial')} without a Sharpe left out." if left_out else ""
        st.caption(f"For a wide screen. Drag along an axis to keep only some lines.{without}")


def titled(run: RunRow) -> str:
    """A sweep as a visitor knows it: its tag, how much it tried, and when."""
    tried = plural(int(run.facts["configs"] or 0), "setting")
    return ", ".join(filter(None, [str(run.facts["tag"]), tried, ago(run.made_at, lab().now())]))
