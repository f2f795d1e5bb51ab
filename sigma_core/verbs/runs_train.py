"""The history of trainings."""

from sigma_core.domain.results import RunRow
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._history import history
from sigma_core.verbs._runs import Runs, runs_screen


@verb("GET", "/training_runs", table=runs_screen)
def runs_train(lab: Lab, ask: Runs, progress: Progress = silent) -> list[RunRow]:  # noqa: ARG001
    """The trainings that were run, newest first."""
    return history(lab, "train", pack_id=ask.pack_id, model_id=ask.model_id, limit=ask.limit)
