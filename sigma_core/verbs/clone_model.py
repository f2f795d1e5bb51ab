"""Copy a model under another name, to try something else with it."""

import re

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import Created
from sigma_core.domain.model import ModelId
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.pack_edits import changing, clone_texts, resolved_as, write
from sigma_core.pack_files import where
from sigma_core.packs import find_model
from sigma_core.parse import parse, plain
from sigma_core.progress import Progress, silent
from sigma_core.resolve import slug
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import row_of
from sigma_core.verbs._create import screen


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CloneModel:
    """Which model, and what the copy is called: by a name, or by what differs in the name."""

    model_id: str
    pack_id: str = ""
    name: str = ""
    """All of the copy's name; else it is made of ticker and variant."""
    variant: str = ""
    """The end of the copy's name: `spy_eq_swing_daily_<variant>`."""
    ticker: str = ""
    """Another symbol; the model's own if not given."""


@verb("POST", "/models/clone", table=screen)
def clone_model(lab: Lab, ask: CloneModel, progress: Progress = silent) -> Created:  # noqa: ARG001
    """Copy a model under another name, with a policy and a grid of its own if it has them."""
    config = find_model(lab.packs, ask.model_id, ask.pack_id)
    pack_id, ticker = config.pack_id, ask.ticker.upper()
    to = ask.name or _named(ask, ticker)
    with changing(lab.packs, pack_id):
        texts = clone_texts(lab.packs, pack_id, ask.model_id, to, ticker)
        made = resolved_as(lab.packs, texts, pack_id, to)
        write(lab.packs, texts, was={})
    return Created(
        model=row_of(made),
        files=tuple(where(lab.packs, file) for file in texts),
        next=f"make pipeline MODEL_ID={to} PACK_ID={pack_id}",
    )


def _named(ask: CloneModel, ticker: str) -> str:
    """The copy's name from the model's, with another ticker or variant."""
    said = ModelId.read(ask.model_id)
    if said is None:
        raise BadRequest(
            f"{ask.model_id} is not named by its parts, so its copy cannot be.",
            hint="Give all of the copy's name: NAME=…",
        )
    if not (ask.variant or ticker):
        raise BadRequest("A copy needs a name of its own.", hint="Give VARIANT=v2, say, or NAME=.")
    if not re.fullmatch(r"[a-z0-9_]*", ask.variant):
        raise BadRequest(f"variant is {ask.variant!r}.", hint="Use a-z, 0-9 and _.")
    parts = plain(said) | {"variant": ask.variant or said.variant}
    return str(parse(ModelId, parts | ({"ticker": slug(ticker)} if ticker else {})))
