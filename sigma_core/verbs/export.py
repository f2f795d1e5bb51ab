"""Write a table as CSV for other programs."""

from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.schemas import MATRICES
from sigma_core.verbs import verb


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
        frame, name = lab.lake.read(MATRICES, ask.matrix_sha), f"matrix-{ask.matrix_sha[:7]}"
    else:
        column = {"bars": "ticker"}.get(ask.what, "model_id")
        runs = "AND $run_id IN ('', run_id)" if ask.what in ("trades", "equity", "folds") else ""
        sql = f"SELECT * FROM {ask.what} WHERE $model_id IN ('', {column}) {runs}"  # noqa: S608  a Literal
        given = {"model_id": ask.model_id} | ({"run_id": ask.run_id} if runs else {})
        frame, name = lab.lake.frame(sql, **given), "-".join(filter(None, (ask.what, ask.model_id)))
    if frame.empty:
        raise BadRequest(
            f"There is nothing to export in {ask.what}.",
            hint="make runs-backtest shows what was run.",
        )
    path = lab.lake.export(f"{name}.csv", frame.to_csv(index=False))
    return Exported(path=str(path), rows=len(frame))
