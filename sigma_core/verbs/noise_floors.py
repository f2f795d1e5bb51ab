"""The noise floors that were searched."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.noise import NoiseFloor
from sigma_core.lab import Lab
from sigma_core.packs import refuse_unknown
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._floors import floors
from sigma_core.verbs._kept import kept, print_of
from sigma_core.verbs._text import columns, ratio


@dataclass(frozen=True, kw_only=True, config=NOUN)
class NoiseFloors:
    """Of which sweep or model; of all where nothing is given."""

    sweep_id: str = ""
    model_id: str = ""


def screen(found: list[NoiseFloor]) -> str:
    """One line a sweep: its own best Sharpe beside those found in noise."""
    rows = [
        (f.sweep_id, ratio(f.found), ratio(f.median), ratio(f.highest), f"{f.beaten}/{len(f.runs)}")
        for f in found
    ]
    return columns(rows, ("sweep", "best Sharpe", "in noise, middle", "at most", "beats"))


@verb("GET", "/noise_floors", table=screen)
def noise_floors(lab: Lab, ask: NoiseFloors, progress: Progress = silent) -> list[NoiseFloor]:  # noqa: ARG001
    """The newest noise floor of each sweep that has one, newest first."""
    root = lab.lake.root
    now, asked = print_of([root / "noise"]), vars(ask)
    found = list(kept(("noise", root, *asked.items()), now, lambda: floors(lab, **asked)))
    if not found:
        refuse_unknown(lab.packs, ask.model_id)
    return found
