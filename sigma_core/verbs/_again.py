"""Making a kept run again from its bars, and holding it against what was kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.trial import Metrics, Rule
from sigma_core.errors import UnknownName
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.progress import Progress
from sigma_core.recall import manifest_of
from sigma_core.schemas import MATRICES
from sigma_core.study import Built, built
from sigma_core.verbs._recalled import STUDY, as_tried
from sigma_core.verbs._text import count
from sigma_core.verbs._tries import Bench, Tried, bench_of, tried

Row = Mapping[str, Any]

NEAR = 1e-9
"""How far a metric may lie off on other processors or libraries."""
FIGURES = tuple(f.name for f in fields(Metrics) if f.name != "undefined")
TRADED = ("signal_ts", "entry_ts", "exit_ts", "side", "reason")
"""What makes a trade the same one."""
MONEY = ("entry_px", "exit_px", "ret")


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Again:
    """A run that was made again: matrix, fits and trades, nothing read back but the bars."""

    run_id: str
    same: bool
    """The same trades, and every figure within 1e-9."""
    exact: bool
    """Bit for bit: the very matrix, trades and figures."""
    trials: int
    trades: int
    changed: tuple[str, ...]
    """What is no longer as it was when the run was made: code, libraries."""
    words: str


def again(lab: Lab, run_id: str, progress: Progress) -> Again:
    """Build, fit and trade a run anew, in a lake of its own that is then thrown away.

    Raises UnknownName if there is no such run, BadRequest if its model or its matrix is gone.
    """
    rows = rows_of(lab, run_id)
    bench, kept = _made(lab, rows[0], progress)
    found = [tried(bench, _rule(row)) for row in rows]
    apart = [words for row, one in zip(rows, found, strict=True) for words in _apart(row, one)]
    trades = _trades(lab, run_id)
    if len(trades):
        apart += _other_trades(trades, found[0].done.trades)
    exact = not apart and bench.built.matrix.sha == rows[0]["matrix_sha"]
    far = [words for words, near in apart if not near]
    changed = _changed(kept, bench.built)
    return Again(
        run_id=run_id, same=not far, exact=exact, trials=len(rows), trades=len(trades),
        changed=changed, words=_words(run_id, far, changed, exact=exact, trials=len(rows)),
    )  # fmt: skip


def rows_of(lab: Lab, run_id: str) -> Sequence[Row]:
    """The trials of a run. Raises UnknownName if there is none."""
    rows = lab.lake.rows(
        "SELECT * FROM trials WHERE run_id = $run_id ORDER BY trial_id", run_id=run_id
    )
    if not rows:
        known = lab.lake.rows("SELECT DISTINCT run_id FROM trials")
        raise UnknownName("run", run_id, [row["run_id"] for row in known])
    return rows


def _made(lab: Lab, row: Row, progress: Progress) -> tuple[Bench, Row]:
    """The study of a run, its matrix assembled and its model fitted anew; and the old recipe."""
    config, kept = as_tried(lab, row), manifest_of(lab, row["matrix_sha"])["recipe"]
    start = pd.Timestamp(kept["start"]).date() if kept["start"] else None
    end = lab.lake.read(MATRICES, row["matrix_sha"])["session"].iloc[-1].date()
    made = built(lab, config, start=start, end=end, keep=False, progress=progress)
    study = {name: row[name] for name in STUDY}
    with TemporaryDirectory() as folder:
        empty = replace(lab, lake=Lake(Path(folder)))
        return bench_of(empty, config, made, **study, progress=progress), kept


def _rule(row: Row) -> Rule:
    return Rule(kind=row["kind"], value=row["value"], allowed_hours=row["allowed_hours"])


def _apart(row: Row, one: Tried) -> list[tuple[str, bool]]:
    """Each figure that is not as it was kept, in words, and whether it is near."""
    pairs = [(name, row[name], getattr(one.metrics, name)) for name in FIGURES]
    return [
        (f"{name.rstrip('_')} of {row['kind']} {row['value']} was {was}, is {now}", _near(was, now))
        for name, was, now in pairs
        if was != now
    ]


def _near(was: float | None, now: float | None) -> bool:
    if was is None or now is None:
        return was is now
    return isclose(was, now, rel_tol=NEAR, abs_tol=NEAR)


def _trades(lab: Lab, run_id: str) -> pd.DataFrame:
    sql = "SELECT * FROM trades WHERE run_id = $run_id ORDER BY entry_ts"
    return lab.lake.frame(sql, run_id=run_id)


def _other_trades(was: pd.DataFrame, now: pd.DataFrame) -> list[tuple[str, bool]]:
    if len(was) != len(now):
        return [(f"there were {len(was)} trades, and are {len(now)}", False)]
    if any(was[name].tolist() != now[name].tolist() for name in TRADED):
        return [("the trades are others", False)]
    return [
        (f"{name} of trade {at + 1} was {a}, is {b}", _near(a, b))
        for name in MONEY
        for at, (a, b) in enumerate(zip(was[name], now[name], strict=True))
        if a != b
    ]


def _changed(kept: Row, made: Built) -> tuple[str, ...]:
    now = made.recipe
    code = ["the lab's code"] if kept["code"] != now["code"] else []
    libraries = [
        f"{name} {old} (now {now['versions'].get(name, 'none')})"
        for name, old in kept["versions"].items()
        if now["versions"].get(name) != old
    ]
    return (*code, *libraries)


def _words(
    run_id: str, far: Sequence[str], changed: Sequence[str], *, exact: bool, trials: int
) -> str:
    since = f" Changed since: {', '.join(changed)}." if changed else ""
    tries = f"{count(trials)} {'trial' if trials == 1 else 'trials'}"
    if exact:
        return f"{run_id} was made again from its bars, bit for bit: {tries}.{since}"
    if not far:
        return (
            f"{run_id} was made again from its bars: {tries}, the same trades, every figure within"
            f" 1e-9 and not bit for bit.{since}"
        )
    return f"{run_id} does not come out as it was: {far[0]}.{since or ' Its bars may be others.'}"
