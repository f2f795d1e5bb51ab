"""One sweep, with all its trials."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import Sweep
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._history import history
from sigma_core.verbs._kept import kept
from sigma_core.verbs._ranking import ranked, shown_from, sweep_of
from sigma_core.verbs._screens import sweep_screen
from sigma_core.verbs._swept import no_sweep


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SweepAsk:
    """Which sweep."""

    sweep_id: str


@verb("GET", "/sweeps/{sweep_id}", table=sweep_screen)
def sweep(lab: Lab, ask: SweepAsk, progress: Progress = silent) -> Sweep:  # noqa: ARG001
    """One sweep with all its trials, judged with what is known of luck today."""
    runs = {r.run_id: r for r in history(lab, "sweep", pack_id="", model_id="", limit=10_000)}
    if ask.sweep_id not in runs:
        raise no_sweep(ask.sweep_id, runs)
    facts = runs[ask.sweep_id].facts
    key = ("sweep", lab.lake.root, ask.sweep_id)
    entries = kept(key, shown_from(lab), lambda: ranked(lab, sweep_id=ask.sweep_id))
    return sweep_of(entries, facts)
