"""Write a table as CSV for other programs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.ledger import FAMILY
from sigma_core.packs import refuse_unknown
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS
from sigma_core.schemas import MATRICES
from sigma_core.study import rests_on_simulated
from sigma_core.verbs import verb
from sigma_core.verbs._families import families_of
from sigma_core.verbs._text import data_word


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Export:
    """Which table, of which model."""

    what: Literal["trials", "trades", "equity", "folds", "signals", "runs", "bars", "matrix"] = (
        "trials"
    )
    model_id: str = ""
    matrix_sha: str = ""
    """For `matrix`: which one, as a build said it (64 letters)."""
    run_id: str = ""
    """For trades, equity and folds: which backtest; all if none is given."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Exported:
    """A CSV that was written."""

    path: str
    rows: int


OF_RUNS = ("trades", "equity", "folds")
FLAGGED = "CASE WHEN simulated THEN 'SIMULATED' WHEN NOT simulated THEN 'real' ELSE 'unknown' END"
OF_FACTS = "coalesce(facts::JSON ->> '$.data', 'unknown')"
"""Where rows rest on simulated bars, each says so in the column `data`; runs of older versions, and
those whose trial was taken away, cannot tell. `contaminated` says why one rests on a look at sealed
sessions."""
SQL: Mapping[str, str] = MappingProxyType(
    {
        **{
            what: f"SELECT {FLAGGED} AS data, * FROM {what}"  # noqa: S608  names are ours
            for what in ("trials", "signals")
        },
        **{
            what: f"SELECT {FLAGGED} AS data, {what}.* FROM {what} LEFT JOIN"  # noqa: S608
            f" (SELECT DISTINCT run_id, simulated FROM trials) USING (run_id)"
            for what in OF_RUNS
        },
        "runs": f"SELECT {OF_FACTS} AS data, * FROM runs",  # noqa: S608
        "bars": "SELECT CASE WHEN list_contains($simulated, provider) THEN 'SIMULATED' ELSE 'real'"
        " END AS data, * FROM bars",
    }
)


_TRIALS = f"""
SELECT DISTINCT run_id, made_at, oof_start, oof_end, {", ".join(FAMILY)} FROM trials
"""  # noqa: S608  names are ours


@verb("GET", "/export")
def export(lab: Lab, ask: Export, progress: Progress = silent) -> Exported:  # noqa: ARG001
    """Write a table as CSV into the lake's exports, in place of the former one."""
    if ask.what == "matrix":
        if not ask.matrix_sha:
            raise BadRequest(
                "matrix_sha is required to export a matrix.", hint="make runs-build shows it."
            )
        if not lab.lake.holds(MATRICES, ask.matrix_sha):
            raise UnknownName("matrix", ask.matrix_sha, (), hint="make runs-build shows them.")
        frame, name = _matrix(lab, ask.matrix_sha), f"matrix-{ask.matrix_sha[:7]}"
    else:
        frame = _rows(lab, ask)
        name = "-".join(filter(None, (ask.what, ask.model_id, ask.run_id)))
    if frame.empty:
        if ask.what != "bars":
            refuse_unknown(lab.packs, ask.model_id)
        raise BadRequest(
            f"There is nothing to export in {ask.what}.",
            hint="make runs-backtest shows what was run.",
        )
    path = lab.lake.export(f"{name}.csv", frame.to_csv(index=False))
    return Exported(path=str(path), rows=len(frame))


def _rows(lab: Lab, ask: Export) -> pd.DataFrame:
    """Rows of a table, each with what its data are."""
    column = {"bars": "ticker"}.get(ask.what, "model_id")
    given: dict[str, Any] = {"model_id": ask.model_id}
    if ask.what in OF_RUNS:
        given["run_id"] = ask.run_id
    if ask.what == "bars":
        given["simulated"] = [one.name for one in PROVIDERS if one.simulated]
    of_run = "AND $run_id IN ('', run_id)" if ask.what in OF_RUNS else ""
    sql = f"{SQL[ask.what]} WHERE $model_id IN ('', {column}) {of_run}"
    frame = lab.lake.frame(sql, **given)
    if ask.what in ("trials", *OF_RUNS):
        frame.insert(1, "contaminated", _marks(lab, frame))
    return frame


def _marks(lab: Lab, frame: pd.DataFrame) -> list[str]:
    """Why each row rests on a look at sealed sessions; empty where it does not."""
    families = families_of(lab)
    rows = lab.lake.rows(_TRIALS) if len(frame) else []
    why = {row["run_id"]: families.contaminated(row) for row in rows}
    return [why.get(run_id, "") for run_id in frame["run_id"]]


def _matrix(lab: Lab, sha: str) -> pd.DataFrame:
    simulated = rests_on_simulated(lab, sha)
    frame = lab.lake.read(MATRICES, sha)
    frame.insert(0, "data", data_word(simulated))
    return frame
