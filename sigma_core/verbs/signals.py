"""The signals that were found."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import Signal
from sigma_core.lab import Lab
from sigma_core.packs import refuse_unknown
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._screens import signals_table
from sigma_core.verbs._signals import kept_signals


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Signals:
    """Which signals; all of them where nothing is given."""

    model_id: str = ""
    pack_id: str = ""
    bundle_id: str = ""
    status: Literal["NEW", "OPEN", "CLOSED", "EXPIRED", "CANCELLED"] | None = None
    side: Literal["BUY", "SELL"] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] = 50


@verb("GET", "/signals", table=signals_table)
def signals(lab: Lab, ask: Signals, progress: Progress = silent) -> list[Signal]:  # noqa: ARG001
    """The signals of trained bundles, newest first, each in its latest state."""
    found = kept_signals(lab, pack_id=ask.pack_id, model_id=ask.model_id, bundle_id=ask.bundle_id)
    if not found:
        refuse_unknown(lab.packs, ask.model_id, ask.pack_id)
    fits = [s for s in found if ask.status in (None, s.status) and ask.side in (None, s.side)]
    return fits[: ask.limit]
