"""What of a model's history is sealed, who has looked, and what unsealing found."""

from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.holdout import Holdout, Unsealing
from sigma_core.domain.model import ModelConfig
from sigma_core.lab import Lab
from sigma_core.parse import parse, plain
from sigma_core.progress import Progress, silent
from sigma_core.sealed import OPEN, looks
from sigma_core.verbs import verb
from sigma_core.verbs.build import DEMO, model_of
from sigma_core.verbs.unseal import screen as unsealed_screen

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class HoldoutAsk:
    """Which model."""

    model_id: str = DEMO
    pack_id: str = ""


def screen(found: Holdout) -> str:
    """How it stands, then each unsealing."""
    parts = [f"{found.model_id}: {found.words}", *map(unsealed_screen, found.unsealed)]
    return "\n\n".join(parts)


@verb("GET", "/holdout", table=screen)
def holdout(lab: Lab, ask: HoldoutAsk, progress: Progress = silent) -> Holdout:  # noqa: ARG001
    """Say what of a model's history is sealed, who has looked at it, and what unsealing found."""
    config = model_of(lab, ask.model_id, ask.pack_id)
    rows = lab.ledger.rows()
    begun = [row for row in rows if row.get("kind") == "unseal" and _of(row, config)]
    ended = [row["unseal_id"] for row in rows if row.get("kind") == "unsealed" and _of(row, config)]
    kept = [parse(Unsealing, lab.lake.load("manifests", name)) for name in ended]
    kept.sort(key=lambda each: each.made_at, reverse=True)
    now = [row for row in begun if row["start"] >= str(config.holdout)] if config.holdout else []
    open_ = next((row["unseal_id"] for row in now if row["unseal_id"] not in ended), "")
    seen = _looks(rows, config)
    return Holdout(
        pack_id=config.pack_id, model_id=config.model_id, start=config.holdout,
        end=config.end if config.holdout else None, spent=bool(now), interrupted=open_,
        looks=seen, unsealed=tuple(kept), words=_words(config, bool(now), open_, seen),
    )  # fmt: skip


def _of(row: Row, config: ModelConfig) -> bool:
    return bool((row["pack_id"], row["model_id"]) == (config.pack_id, config.model_id))


def _looks(rows: list[Row], config: ModelConfig) -> str:
    """Looks at the model's sealed sessions; its own seal says of which family they are."""
    mine = [
        row
        for row in rows
        if row.get("kind") == "seal"
        and row["start"] == plain(config.holdout)
        and (row["ticker"], row["cadence"]) == (config.ticker, config.cadence)
    ]
    return looks(rows, mine[-1] | {"end": plain(config.end) or OPEN}) if mine else ""


def _words(config: ModelConfig, spent: bool, interrupted: str, seen: str) -> str:
    if config.holdout is None:
        return "Nothing is sealed: every session may be seen."
    until = f"to {config.end}" if config.end else "on"
    span = f"Sealed from {config.holdout} {until}"
    if interrupted:
        return (
            f"{span}; {interrupted} was interrupted after it was registered: it is spent, and the"
            " same rule can be asked again to complete it."
        )
    if spent:
        return f"{span}, and spent: a second look is contaminated."
    return f"{span}; {seen}." if seen else f"{span}; nobody has looked yet."
