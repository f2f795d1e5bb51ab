"""The history of builds."""

from sigma_core.domain.results import RunRow
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._history import history
from sigma_core.verbs._runs import Runs, runs_screen


@verb("GET", "/build_runs", table=runs_screen)
def runs_build(lab: Lab, ask: Runs, progress: Progress = silent) -> list[RunRow]:  # noqa: ARG001
    """The builds that were run, newest first."""
    return history(lab, "build", pack_id=ask.pack_id, model_id=ask.model_id, limit=ask.limit)
