"""Build a matrix and judge it, writing nothing."""

from sigma_core.domain.results import Build
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.study import built
from sigma_core.verbs import verb
from sigma_core.verbs._screens import build_screen
from sigma_core.verbs.build import BuildMatrix, answer_of, asked_model


@verb("POST", "/preview_matrix", slow=True, table=build_screen, first=asked_model)
def preview(lab: Lab, ask: BuildMatrix, progress: Progress = silent) -> Build:
    """Judge a matrix without keeping it: rows, features, every quality check, failed ones too."""
    config = asked_model(lab, ask)
    made = built(lab, config, start=ask.start, end=ask.end, keep=False, progress=progress)
    return answer_of(lab, config, made, ask, run_id="")
