"""Looks by what-if in the ledger: each entered once, never among the tries, counted beside them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.parse import plain
from sigma_core.verbs._text import count
from sigma_core.verbs._tries import Bench, Tried, family_row, fit_of, marked

Row = Mapping[str, Any]


def look_in(lab: Lab, bench: Bench, one: Tried, *, sweep_id: str) -> None:
    """Enter a look into the ledger, unless this very rule was looked at on this fit before.

    Two at the same instant may both be entered; they count once. No row of it has a `trial_id`.
    """
    known = lab.ledger.readable()
    if any(row["look_id"] == one.trial_id for row in _looks(known)):
        return
    now, family = lab.now(), family_row(bench)
    row = {
        "kind": "look",
        "look_id": one.trial_id,
        "fit": _fit(bench),
        "sweep_id": sweep_id,
        "model_id": bench.config.model_id,
        "pack_id": bench.config.pack_id,
        "rule": plain(one.rule),
        "start": family.pop("oof_start"),
        "end": family.pop("oof_end"),
        **family,
        **marked(bench, known, now),
    }
    lab.ledger.append([row], at=now)


def looked_at(lab: Lab, bench: Bench) -> int:
    """Distinct rules that were looked at on this fit, by whatever sweep of it."""
    fit = _fit(bench)
    return distinct_looks(row for row in _looks(lab.ledger.readable()) if row["fit"] == fit)


def look_words(n: int) -> str:
    """A count of looks by what-if."""
    return f"{count(n)} look{'' if n == 1 else 's'} by what-if"


def distinct_looks(rows: Iterable[Row]) -> int:
    """How many looks by what-if there are among rows of the ledger, each once."""
    return len({row["look_id"] for row in _looks(rows)})


def _looks(rows: Iterable[Row]) -> Iterable[Row]:
    """Those by what-if: a trained model's look at sealed sessions has no `look_id`."""
    return (row for row in rows if row.get("kind") == "look" and "look_id" in row)


def _fit(bench: Bench) -> str:
    return sha_of(fit_of(bench))[:16]
