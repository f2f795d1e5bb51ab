"""Noise floors that are kept: reading them back, and telling them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Any

from sigma_core.domain.noise import NoiseFloor, NoiseRun
from sigma_core.domain.trial import Rule
from sigma_core.lab import Lab
from sigma_core.parse import parse
from sigma_core.verbs._text import ratio

_NEWEST = """
SELECT * FROM noise WHERE $sweep_id IN ('', sweep_id) AND $model_id IN ('', model_id)
QUALIFY rank() OVER (PARTITION BY sweep_id ORDER BY made_at DESC) = 1
ORDER BY made_at DESC, sweep_id, run
"""
Row = dict[str, Any]


def floors(lab: Lab, *, sweep_id: str = "", model_id: str = "") -> list[NoiseFloor]:
    """The newest noise floor of each sweep that has one, newest first."""
    rows = lab.lake.rows(_NEWEST, sweep_id=sweep_id, model_id=model_id)
    return [floor_of(list(each)) for _, each in groupby(rows, key=lambda row: row["sweep_id"])]


def floor_of(rows: Sequence[Row]) -> NoiseFloor:
    """A floor from its kept rows: those of one sweep, made at once."""
    first, found = rows[0], rows[0]["found"]
    runs = tuple(
        NoiseRun(
            run=row["run"],
            offsets=tuple(int(offset) for offset in row["offsets"]),
            config=parse(Rule, {name: row[name] for name in ("kind", "value", "allowed_hours")}),
            sharpe=row["sharpe"],
            return_=row["return"],
            max_dd=row["max_dd"],
            trades=row["trades"],
        )
        for row in sorted(rows, key=lambda row: int(row["run"]))
    )
    known = [run.sharpe for run in runs if run.sharpe is not None]
    beaten = sum(found is not None and (r.sharpe is None or r.sharpe < found) for r in runs)
    made_at: datetime = first["made_at"]
    shared = ("sweep_id", "pack_id", "model_id", "simulated", "seed", "rules", "t")
    return NoiseFloor(
        **{name: first[name] for name in shared},
        found=found,
        beaten=beaten,
        median=median(known) if known else None,
        highest=max(known, default=None),
        runs=runs,
        made_at=made_at,
        words=_words(found, beaten, len(runs), known),
    )


def _words(found: float | None, beaten: int, runs: int, known: Sequence[float]) -> str:
    searches = f"{runs} search{'' if runs == 1 else 'es'} in noise"
    if not known:
        return f"None of {searches} has a Sharpe: nothing was traded there."
    noise = f"best Sharpe there {ratio(median(known))} in the middle, {ratio(max(known))} at most"
    if found is None:
        return f"This search has no Sharpe; of {searches}, {noise}."
    return f"The best Sharpe, {ratio(found)}, beats {beaten} of {searches}: {noise}."
