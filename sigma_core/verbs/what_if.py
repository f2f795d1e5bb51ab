"""Redraw one rule on the kept predictions of a sweep: a look, entered as one, which is no trial."""

from typing import Any

import numpy as np
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Hours
from sigma_core.domain.look import Look
from sigma_core.engine.measure import hold_curve
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.refusals import refuse_hours
from sigma_core.sealed import marked_as
from sigma_core.verbs import verb
from sigma_core.verbs._looks import look_in, look_words, looked_at
from sigma_core.verbs._recalled import bench_again
from sigma_core.verbs._screens import rule_words_of
from sigma_core.verbs._text import columns, count, percent, ratio
from sigma_core.verbs._tries import Bench, Tried, marked, tried
from sigma_core.verbs.backtest import asked_rule

POINTS = 400
"""Points of a curve: more than a small chart can show."""
COUNTED = "This setting was tried: it was counted and judged."
NOT_COUNTED = (
    "A look, entered into the ledger as one: not counted among the tries, and cannot be trained."
    " Sweep this setting before it counts."
)

_SQL = """
SELECT sweep_id, pack_id, model_id, provider, risk_profile, splits, embargo, calibration,
       matrix_sha, config_sha, policy_sha, risk_sha, list(trial_id) AS trials
FROM trials
WHERE sweep_id IS NOT NULL AND $sweep_id IN ('', sweep_id) AND $model_id IN ('', model_id)
GROUP BY ALL ORDER BY max(made_at) DESC LIMIT 1
"""
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class WhatIf:
    """Which sweep (or the newest of a model), by which rule; either thresholds or top_pct."""

    sweep_id: str = ""
    model_id: str = ""
    thresholds: str | None = None
    """Confidences to exceed, "0.55": of several, each fold takes the past's best."""
    top_pct: float | str | None = None
    """Share of bars to take, by confidence."""
    allowed_hours: Hours = ()


def screen(found: Look) -> str:
    """A look beside buy-and-hold, and what it is worth."""
    m, hold, rule = found.metrics, found.hold, rule_words_of(found.config)
    rows = [
        ("Sharpe, per year", ratio(m.sharpe), ratio(hold.sharpe)),
        ("return", percent(m.return_, signed=True), percent(hold.return_, signed=True)),
        ("worst drawdown", percent(m.max_dd), percent(hold.max_dd)),
        ("trades", count(m.trades), ""),
    ]
    head = f"{found.model_id}  {rule}, out of fold on {found.sweep_id}"
    head = "\n".join(filter(None, (head, marked_as(found.contaminated))))
    table = columns(rows, ("", "strategy", "buy and hold"))
    so_far = [f"{look_words(found.looks)} at this fit so far."] if found.looks else []
    return "\n".join([head, "", table, "", found.words, *so_far])


@verb("POST", "/what_if", table=screen)
def what_if(lab: Lab, ask: WhatIf, progress: Progress = silent) -> Look:
    """Redraw one rule on the predictions a sweep kept: a look, entered as one and not counted."""
    if ask.thresholds is None and ask.top_pct is None:
        raise BadRequest("No rule is given.", hint="Give thresholds or top_pct.")
    rule = asked_rule(ask.thresholds, ask.top_pct, ask.allowed_hours)
    row = _swept(lab, ask)
    bench = bench_again(lab, row | {"run_id": row["sweep_id"]}, progress)
    refuse_hours(bench.config, rule.hours)
    one = tried(bench, rule)
    if one.trial_id not in row["trials"]:
        look_in(lab, bench, one, sweep_id=row["sweep_id"])
    mark = marked(bench, lab.ledger.readable(), lab.now())
    return _look(bench, one, row, looked_at(lab, bench), **mark)


def _swept(lab: Lab, ask: WhatIf) -> Row:
    """What the sweep was made of. Raises UnknownName, BadRequest where nothing says which."""
    if not ask.sweep_id and not ask.model_id:
        raise BadRequest("No sweep is named.", hint="Give sweep_id, or model_id for its newest.")
    found = lab.lake.rows(_SQL, sweep_id=ask.sweep_id, model_id=ask.model_id)
    if found:
        return found[0]
    if not ask.sweep_id:
        raise BadRequest(f"{ask.model_id} was not swept yet.", hint="Run a sweep of it first.")
    known = lab.lake.rows("SELECT DISTINCT sweep_id FROM trials WHERE sweep_id IS NOT NULL")
    raise UnknownName("sweep", ask.sweep_id, [each["sweep_id"] for each in known])


def _look(bench: Bench, one: Tried, row: Row, looks: int, *, contaminated: str = "") -> Look:
    at = _session_ends(bench)
    tape, book = bench.built.matrix.tape, bench.book
    days = tape.calendar.session_of(tape.session[book.start + at]).astype("datetime64[D]")
    was_tried = one.trial_id in row["trials"]
    return Look(
        words=COUNTED if was_tried else NOT_COUNTED,
        sweep_id=row["sweep_id"],
        pack_id=row["pack_id"],
        model_id=row["model_id"],
        config=one.rule,
        trial_id=one.trial_id,
        tried=was_tried,
        looks=looks,
        contaminated=contaminated,
        cuts=tuple(one.cuts.values.tolist()),
        study=bench.study,
        metrics=one.metrics,
        hold=bench.hold,
        lineage=bench.lineage,
        days=tuple(days.tolist()),
        equity=tuple(one.done.equity[at].tolist()),
        held=tuple(hold_curve(tape, book)[at].tolist()),
    )


def _session_ends(bench: Bench) -> np.ndarray:
    """Positions in the curves of the last bar of at most POINTS sessions, the last one's too."""
    book = bench.book
    session = bench.built.matrix.tape.session[book.start : book.end + 1]
    ends = np.append(np.flatnonzero(np.diff(session)), len(session) - 1)
    chosen = np.linspace(0, len(ends) - 1, min(POINTS, len(ends))).round().astype("int64")
    return np.asarray(ends[chosen])
