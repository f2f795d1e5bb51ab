"""The evidence on a sweep that is kept."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.luck import SweepEvidence
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._luck import newest
from sigma_core.verbs._luck_words import luck_screen
from sigma_core.verbs._swept import sweep_named


@dataclass(frozen=True, kw_only=True, config=NOUN)
class EvidenceDetailAsk:
    """Which sweep; the newest of a model where only that is given."""

    sweep_id: str = ""
    model_id: str = ""


@verb("GET", "/evidence", table=luck_screen)
def evidence_detail(
    lab: Lab,
    ask: EvidenceDetailAsk,
    progress: Progress = silent,  # noqa: ARG001
) -> SweepEvidence:
    """The evidence that was computed last on a sweep, read back."""
    sweep_id = sweep_named(lab, sweep_id=ask.sweep_id, model_id=ask.model_id)
    found = newest(lab, sweep_id)
    if found is None:
        raise BadRequest(
            f"No evidence was computed on {sweep_id}.", hint=f"make evidence SWEEP_ID={sweep_id}"
        )
    return found
