"""The sealed part of a model's history: where it begins, what a study may see, and who has looked.

A model's `holdout` is the first session that is sealed; its `end`, if it has one, the last. The
ledger keeps each seal from the first build on, so that changing the config does not undo it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sigma_core.domain.model import ModelConfig
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.ledger import family_of
from sigma_core.parse import plain

OPEN = "9999-12-31"
"""The last sealed session of a seal that has no end."""
Row = Mapping[str, Any]


def last_seen(config: ModelConfig, end: date | None) -> date | None:
    """The last session a study may see: the one asked for, else the model's, before any holdout.

    Raises BadRequest if one inside the holdout, or beyond it, is asked for.
    """
    if config.holdout is None:
        return end or config.end
    if end is not None and end >= config.holdout:
        raise BadRequest(
            f"end {end} lies in the holdout of {config.model_id}, sealed from {config.holdout} on.",
            hint="Give an earlier END=, or none; make unseal looks at it, once.",
        )
    return end or config.holdout - timedelta(days=1)


def family(config: ModelConfig, about: Row) -> dict[str, str]:
    """What says which family a result belongs to; `about` is that of its bars."""
    return {
        "provider": str(about["provider"]),
        "ticker": config.ticker,
        "cadence": config.cadence,
        "adjustment": str(about.get("adjustment", "")),
        "family_seed": str(about.get("seed", "")),
    }


def seal(lab: Lab, config: ModelConfig, about: Row) -> None:
    """Enter a model's holdout into the ledger, where that family's is not there yet."""
    if config.holdout is None:
        return
    row = {
        "kind": "seal",
        "start": plain(config.holdout),
        "end": plain(config.end),
        **family(config, about),
    }
    if any(row.items() <= known.items() for known in lab.ledger.rows()):
        return
    now = lab.now()
    made = {"model_id": config.model_id, "pack_id": config.pack_id, "made_at": now.isoformat()}
    lab.ledger.append([row | made], at=now)


def seals_of(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Every seal of the ledger; one without an end has that of its unsealing, else OPEN."""
    rows = list(rows)
    spent = sorted((row for row in rows if row.get("kind") == "unseal"), key=lambda row: row["end"])
    ends = {(*family_of(row), row["holdout"]): row["end"] for row in spent}
    return [
        {**row, "end": row["end"] or ends.get((*family_of(row), row["start"]), OPEN)}
        for row in rows
        if row.get("kind") == "seal"
    ]


def broken(seals: Sequence[Row], row: Row) -> str:
    """Why a trial is contaminated: its sessions were sealed when it was made. Empty if it is not.

    `row` has a family, oof_start, oof_end and, an instant, made_at.
    """
    key = family_of(row)
    start, end = (str(row[name])[:10] for name in ("oof_start", "oof_end"))
    for seal_ in seals:
        before = datetime.fromisoformat(seal_["made_at"]) <= row["made_at"]
        over = seal_["start"] <= end and start <= seal_["end"]
        if before and over and family_of(seal_) == key:
            until = "on" if seal_["end"] == OPEN else f"to {seal_['end']}"
            return (
                f"contaminated: it was tried on sessions that {seal_['model_id']} had sealed, "
                f"{seal_['start']} {until}"
            )
    return ""


def shut(lab: Lab, config: ModelConfig, about: Row) -> bool:
    """Whether a model's holdout is closed: it has one, and no unsealing of it has a result."""
    of = {"kind": "unsealed", "holdout": plain(config.holdout), **family(config, about)}
    return config.holdout is not None and not any(
        of.items() <= row.items() for row in lab.ledger.rows()
    )


def tell_of_look(lab: Lab, of: Row, **who: str) -> None:
    """Enter into the ledger that something looked at sealed sessions; once for each of it.

    `of`: a family, and start and end of the sessions; `who`: bundle_id of a trained model's
    signals, or paths_id of a cross-validation's. Nothing is written if no session is sealed.
    """
    rows = lab.ledger.rows()
    key = family_of(of)
    over = any(
        family_of(seal_) == key and seal_["start"] <= of["end"] and of["start"] <= seal_["end"]
        for seal_ in seals_of(rows)
    )
    if over and not any(who.items() <= row.items() for row in rows):
        lab.ledger.append([{"kind": "look", **who, **of}], at=lab.now())


def marked_as(why: str) -> str:
    """What stands before anything that rests on a look at sealed sessions; empty without one."""
    return f"CONTAMINATED, {why.partition(': ')[2]}. " if why else ""


def looks(rows: Iterable[Row], of: Row, *, but: str = "") -> str:
    """Who has looked at sessions from `of["start"]` to `of["end"]` of a family before; or nothing.

    Trials, looks, signals and unsealings count, each once, whatever their model; `but` is an
    unsealing that does not.
    """
    key = family_of(of)
    found = {
        looker(row)
        for row in rows
        if row.get("kind") in _LOOKS
        and not (but and row.get("unseal_id") == but)
        and family_of(row) == key
        and _span(row)[0] <= of["end"]
        and of["start"] <= _span(row)[1]
    }
    seen = [who for who, *_ in found]
    if not seen:
        return ""
    counted = [
        f"{n} {one if n == 1 else more}"
        for kind, (one, more) in _LOOKS.items()
        if (n := seen.count(kind))
    ]
    return f"contaminated: looked at before, by {' and '.join(counted)}"


_NAMES = ("trial_id", "look_id", "bundle_id", "paths_id", "unseal_id")
"""Of which each row of the ledger that looked has one; two rows of the same are one look."""
_LOOKS = {
    "trial": ("trial", "trials"),
    "what_if": ("look by what-if", "looks by what-if"),
    "look": ("trained model's signals", "trained models' signals"),
    "paths": ("cross-validation's paths", "cross-validations' paths"),
    "unseal": ("unsealing", "unsealings"),
}


def looker(row: Row) -> tuple[str, ...]:
    """What looked: the same for two rows of the ledger that are one look."""
    return _who(row), *(str(row.get(name, "")) for name in _NAMES)


def _who(row: Row) -> str:
    """Who looked: of the rows of kind look, those of what-if and of paths have a name of theirs."""
    names = {"look_id": "what_if", "paths_id": "paths"}
    return next((who for name, who in names.items() if name in row), str(row["kind"]))


def _span(row: Row) -> tuple[str, str]:
    names = ("oof_start", "oof_end") if row["kind"] == "trial" else ("start", "end")
    return str(row[names[0]])[:10], str(row[names[1]])[:10]
