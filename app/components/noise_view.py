"""The noise floor: what the same search finds where there is nothing, beside what it found."""

from collections.abc import Sequence

import streamlit as st

from app.components import tables
from app.components.errors import told
from app.components.job import start
from app.components.numbers import ratio
from app.components.page import section
from app.session import ask, lab
from sigma_core.domain.noise import NoiseFloor
from sigma_core.domain.results import Entry
from sigma_core.verbs.noise_floor import NoiseAsk, noise_floor
from sigma_core.verbs.noise_floors import NoiseFloors, noise_floors

RUNS = 5
MEANS = (
    "The whole search again, on features moved in time against the prices: whatever it finds there "
    "is luck. A best trial that does not stand out from it has shown nothing."
)


def of_trials(entries: Sequence[Entry]) -> list[NoiseFloor]:
    """The noise floors of the sweeps that some trials are of.

    A trial that was backtested later is of no sweep: then those of its model.
    """
    swept = {entry.sweep_id for entry in entries}
    alone = {entry.model_id for entry in entries if entry.sweep_id is None}
    known = noise_floors(lab(), NoiseFloors())
    return [each for each in known if each.sweep_id in swept or each.model_id in alone]


def lines(floors: Sequence[NoiseFloor], *, key: str) -> None:
    """A line a sweep; none can be ticked, as none is a trial."""
    if not floors:
        return
    section("Noise floor", "best of the same search in noise; no trial, cannot be trained")
    number = tables.number
    tables.plain(
        [
            {
                "sweep": each.sweep_id,
                "model": each.model_id,
                "data": "SIM" if each.simulated else "",
                "median": each.median,
                "highest": each.highest,
                "found": each.found,
                "beats": f"{each.beaten} of {len(each.runs)}",
            }
            for each in floors
        ],
        {
            "model": tables.text("Model", tables.room([f.model_id for f in floors], least=150)),
            "data": tables.text("Data", 48) if any(f.simulated for f in floors) else None,
            "median": number("Noise, middle", "%.2f", 100, help="Sharpe per year, best rule"),
            "highest": number("Noise, at most", "%.2f", 100, help="Sharpe per year, best rule"),
            "found": number("Best found", "%.2f", 84, help="Sharpe per year"),
            "beats": tables.text("Beats", 70),
            "sweep": tables.text("Sweep", 220),
        },
        key=key,
        alt=f"Noise floors of {len(floors)} sweeps",
    )


def band(floors: Sequence[NoiseFloor]) -> tuple[float, float] | None:
    """The lowest middle and the highest best of noise; None where there is none."""
    known = [(f.median, f.highest) for f in floors if f.median is not None]
    tops = [high for _, high in known if high is not None]
    return (min(low for low, _ in known), max(tops)) if tops else None


def of_sweep(trials: Sequence[Entry]) -> NoiseFloor | None:
    """Draw the noise floor of a sweep, or the way to one; the floor if there is one."""
    first = trials[0]
    found = next(iter(noise_floors(lab(), NoiseFloors(sweep_id=first.sweep_id or ""))), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = found.words if found else "Not yet searched in noise."
        st.markdown(f"**Noise floor**: {words}", width="content", help=MEANS)
        if st.button(
            "Search in noise again" if found else f"Search in noise, {RUNS} times",
            icon=":material/blur_on:",
            key="noise_go",
        ):
            runs = 4 * len(found.runs) if found else RUNS
            of = {"sweep_id": first.sweep_id, "model_id": first.model_id}
            with told():
                start(noise_floor, ask(NoiseAsk, **of, noise_runs=min(runs, 200)))
            st.rerun()
    if found:
        said = ", ".join(ratio(run.sharpe) for run in found.runs)
        st.caption(f"Best Sharpe of each search in noise, per year: {said}.")
    return found
