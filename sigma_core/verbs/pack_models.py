"""The models of one pack; over HTTP it is `GET /models?pack_id=`."""

from sigma_core.domain.catalog import ModelRow
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import model_rows, models_screen
from sigma_core.verbs.pack_detail import PackAsk


@verb(table=models_screen)
def pack_models(lab: Lab, ask: PackAsk, progress: Progress = silent) -> list[ModelRow]:  # noqa: ARG001
    """The models of a pack, those too that cannot be used, with the reason."""
    return model_rows(lab, ask.pack_id)
