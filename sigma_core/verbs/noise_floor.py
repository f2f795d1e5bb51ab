"""Search again where there is nothing: what the same sweep finds in noise."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.noise import NoiseFloor
from sigma_core.lab import Lab
from sigma_core.progress import Patient, Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._noise import searched
from sigma_core.verbs._recalled import OneSweep, bench_of_trial, sweep_again
from sigma_core.verbs._screens import rule_words_of
from sigma_core.verbs._text import columns, count, percent, ratio


@dataclass(frozen=True, kw_only=True, config=NOUN)
class NoiseAsk(OneSweep):
    """Which sweep, the newest of a model where only that is given; and how often."""

    noise_runs: Annotated[int, Field(ge=1, le=200)] = 5
    """Searches in noise; each takes as long as fitting the sweep did."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


def screen(found: NoiseFloor) -> str:
    """Each search in noise, one a line, and where the real one stands."""
    rows = [
        (str(each.run + 1), ratio(each.sharpe), percent(each.return_, signed=True),
         count(each.trades), rule_words_of(each.config))
        for each in found.runs
    ]  # fmt: skip
    head = f"{found.sweep_id}{'  SIMULATED' if found.simulated else ''}"
    table = columns(rows, ("search", "best Sharpe", "return", "trades", "rule"))
    return f"{head}\n\n{table}\n\n{found.words}"


@verb("POST", "/noise_floor", slow=True, table=screen, first=sweep_again)
def noise_floor(lab: Lab, ask: NoiseAsk, progress: Progress = silent) -> NoiseFloor:
    """Run a sweep's search again on features moved in time: its best there; no try is counted."""
    entries = sweep_again(lab, ask)
    bench = bench_of_trial(lab, entries[0], progress, refit=True)
    known = [e.metrics.sharpe for e in entries if e.metrics.sharpe is not None]
    return searched(
        lab, bench, [entry.config for entry in entries], sweep_id=str(entries[0].sweep_id),
        found=max(known, default=None), runs=ask.noise_runs, seed=ask.seed,
        progress=Patient(progress, "fewer NOISE_RUNS would be faster"),
    )  # fmt: skip
