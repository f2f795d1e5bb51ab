"""Where each model stands: its best trial, how many it has, what was last run."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.lakestate import Standing
from sigma_core.domain.results import Entry
from sigma_core.lab import Lab
from sigma_core.packs import refuse_unknown
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._kept import kept
from sigma_core.verbs._ranking import best_of_each, shown_from
from sigma_core.verbs._text import DASH, columns, count, ratio

_TRIALS = "SELECT pack_id, model_id, count(DISTINCT trial_id) AS n FROM trials GROUP BY ALL"
_RUNS = """
SELECT pack_id, model_id, kind, max(made_at) AS made_at FROM runs GROUP BY ALL ORDER BY made_at
"""
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Standings:
    """Which models; all that were ever run where nothing is given."""

    pack_id: str = ""
    model_id: str = ""


def screen(rows: Sequence[Standing]) -> str:
    """One line a model."""
    heads = ("model", "verdict", "Sharpe", "trials", "pass", "last build", "last run")
    table = [
        (
            row.model_id,
            _verdict(row.best) if row.best else DASH,
            ratio(row.best.metrics.sharpe) if row.best else DASH,
            count(row.trials),
            count(row.passed),
            f"{row.last_build:%Y-%m-%d %H:%M}" if row.last_build else DASH,
            f"{row.last_kind} {row.last_run:%Y-%m-%d %H:%M}" if row.last_run else DASH,
        )
        for row in rows
    ]
    return columns(table, heads) if table else "No model was run yet. `make pipeline` runs one."


def _verdict(best: Entry) -> str:
    return f"{best.gate.status}, CONTAMINATED" if best.contaminated else best.gate.status


@verb("GET", "/models/standings", table=screen)
def standings(lab: Lab, ask: Standings, progress: Progress = silent) -> list[Standing]:  # noqa: ARG001
    """Say of each model that was run what its best trial is today, and when it was last run."""
    root = lab.lake.root
    found = kept(("standings", root), shown_from(lab), lambda: _all(lab))
    fits = [
        row
        for row in found
        if ask.pack_id in ("", row.pack_id) and ask.model_id in ("", row.model_id)
    ]
    if not fits:
        refuse_unknown(lab.packs, ask.model_id, ask.pack_id)
    return fits


def _all(lab: Lab) -> list[Standing]:
    best, passed = best_of_each(lab)
    trials = {(row["pack_id"], row["model_id"]): row["n"] for row in lab.lake.rows(_TRIALS)}
    runs = _runs(lab.lake.rows(_RUNS))
    return [
        _standing(key, trials.get(key, 0), passed.get(key, 0), best.get(key), runs.get(key, {}))
        for key in sorted({*trials, *runs})
    ]


def _runs(rows: Iterable[dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    """By model: when each kind of run was last made, oldest first."""
    found: dict[Key, dict[str, Any]] = {}
    for row in rows:
        found.setdefault((row["pack_id"], row["model_id"]), {})[row["kind"]] = row["made_at"]
    return found


def _standing(
    key: Key, trials: int, passed: int, best: Entry | None, runs: dict[str, Any]
) -> Standing:
    after = {kind: made_at for kind, made_at in runs.items() if kind != "build"}
    kind = next(reversed(after), "")
    return Standing(
        pack_id=key[0],
        model_id=key[1],
        trials=trials,
        passed=passed,
        best=best,
        last_build=runs.get("build"),
        last_run=after.get(kind),
        last_kind=kind,
    )
