"""A backtest held as options, read back."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.overlay import Overlay
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._history import history
from sigma_core.verbs._overlay_kept import Kept, overlay_kept, overlays
from sigma_core.verbs._overlay_screen import screen
from sigma_core.verbs.build import model_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OverlayDetailAsk:
    """Which overlay."""

    run_id: str = ""
    """An overlay, or a backtest, of which the newest is meant; empty: the newest of the model."""
    model_id: str = ""
    pack_id: str = ""


@verb("GET", "/options_overlay", table=screen)
def overlay_detail(
    lab: Lab,
    ask: OverlayDetailAsk,
    progress: Progress = silent,  # noqa: ARG001
) -> Overlay:
    """Read back a backtest held as options: figures, every contract, both curves."""
    found = newest_overlay(lab, ask)
    if found is not None:
        return overlay_kept(lab, found)
    of = ask.run_id or ask.model_id
    told = f"RUN_ID={ask.run_id}" if ask.run_id else f"MODEL_ID={ask.model_id or '…'}"
    raise BadRequest(
        f"No backtest{f' of {of}' if of else ''} was held as options yet.",
        hint=f"make options-overlay {told}",
    )


def newest_overlay(lab: Lab, ask: OverlayDetailAsk) -> Kept | None:
    """The overlay that is meant, as the history has it; None if there is none yet.

    Raises UnknownName for a run that is neither an overlay nor a backtest.
    """
    if ask.model_id:
        model_of(lab, ask.model_id, ask.pack_id)
    of = {"pack_id": ask.pack_id, "model_id": ask.model_id}
    past = overlays(lab, **of)
    meant = [one for one in past if ask.run_id in ("", one.run_id, one.of_run)]
    if not meant and ask.run_id:
        runs = history(lab, "backtest", **of, limit=10_000)
        known = [one.run_id for one in past] + [one.run_id for one in runs]
        if ask.run_id not in known:
            raise UnknownName("overlay or backtest", ask.run_id, known)
    return next(iter(meant), None)
