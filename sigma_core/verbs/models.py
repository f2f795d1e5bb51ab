"""All models, or those of one pack."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import ModelRow
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import model_rows, models_screen


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Models:
    """Which models; all of them where nothing is given."""

    pack_id: str = ""
    archived: bool = False
    """Also those that were put away."""


@verb("GET", "/models", table=models_screen)
def models(lab: Lab, ask: Models, progress: Progress = silent) -> list[ModelRow]:  # noqa: ARG001
    """List the models, those too that cannot be used, with the reason."""
    return model_rows(lab, ask.pack_id, archived=ask.archived)
