"""All of a pipeline, and every trade only with the momentum."""

from dataclasses import replace

from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs.pipeline import Piped, Pipeline, pipeline, screen


@verb(slow=True, table=screen)
def pipeline_gated(lab: Lab, ask: Pipeline, progress: Progress = silent) -> Piped:
    """As pipeline, with the momentum gate on; over HTTP: POST /pipeline, momentum_gate true."""
    return pipeline(lab, replace(ask, momentum_gate=True), progress)
