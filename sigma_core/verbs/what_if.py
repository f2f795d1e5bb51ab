"""Redraw one rule on the kept predictions of a sweep: a look, which is no trial."""

from dataclasses import replace
from typing import Any

import numpy as np
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Hours
from sigma_core.domain.look import Look
from sigma_core.domain.model import ModelConfig
from sigma_core.engine.matrix import KEYS
from sigma_core.engine.measure import hold_curve
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.foresight import predictions_sha
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.recall import AGAIN, Shared, recalled
from sigma_core.refusals import refuse_hours
from sigma_core.resolve import config_sha, policy_sha, risk_sha
from sigma_core.schemas import PREDICTIONS
from sigma_core.verbs import verb
from sigma_core.verbs._gated import Momentum, gate_of, gated
from sigma_core.verbs._text import columns, count, percent, ratio
from sigma_core.verbs._tries import Bench, Tried, bench_of, tried
from sigma_core.verbs.backtest import asked_rule
from sigma_core.verbs.build import model_of

POINTS = 400
"""Points of a curve: more than a small chart can show."""
COUNTED = "This setting was tried: it was counted and judged."
NOT_COUNTED = "A look: not counted, and cannot be trained. Sweep this setting before it counts."

_BENCHES: Shared[Bench] = Shared(room=4)
"""Studies by the shas of what they are made of; read by many visitors, changed by none."""

_SQL = """
SELECT sweep_id, pack_id, model_id, provider, risk_profile, splits, embargo, calibration,
       matrix_sha, config_sha, policy_sha, risk_sha, list(trial_id) AS trials
FROM trials
WHERE sweep_id IS NOT NULL AND $sweep_id IN ('', sweep_id) AND $model_id IN ('', model_id)
GROUP BY ALL ORDER BY max(made_at) DESC LIMIT 1
"""
STUDY = ("splits", "embargo", "calibration")
SHAS = ("matrix_sha", "config_sha", "policy_sha", "risk_sha")
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
    m, hold, rule = found.metrics, found.hold, found.config
    hours = f" at {rule.allowed_hours}" if rule.hours else ""
    rows = [
        ("Sharpe, per year", ratio(m.sharpe), ratio(hold.sharpe)),
        ("return", percent(m.return_, signed=True), percent(hold.return_, signed=True)),
        ("worst drawdown", percent(m.max_dd), percent(hold.max_dd)),
        ("trades", count(m.trades), ""),
    ]
    head = f"{found.model_id}  {rule.kind} {rule.value}{hours}, out of fold on {found.sweep_id}"
    return "\n".join([head, "", columns(rows, ("", "strategy", "buy and hold")), "", found.words])


@verb("GET", "/what_if", table=screen)
def what_if(lab: Lab, ask: WhatIf, progress: Progress = silent) -> Look:
    """Redraw one rule on the predictions a sweep kept: a look, not counted and nothing written."""
    if ask.thresholds is None and ask.top_pct is None:
        raise BadRequest("No rule is given.", hint="Give thresholds or top_pct.")
    rule = asked_rule(ask.thresholds, ask.top_pct, ask.allowed_hours)
    row = _swept(lab, ask)
    bench = _bench(lab, row, progress)
    refuse_hours(bench.config, rule.hours)
    return _look(bench, tried(bench, rule), row)


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


def _as_swept(lab: Lab, row: Row) -> ModelConfig:
    """The model, which must still be what was swept."""
    config = model_of(lab, row["model_id"], row["pack_id"], risk_profile=row["risk_profile"])
    made_as = {name: row[name] for name in ("pack_id", "model_id")}
    config = gated(config, Momentum(**gate_of(lab, run_id=row["sweep_id"], **made_as)))
    shas = (config_sha(config), policy_sha(config), risk_sha(config))
    if shas != tuple(row[name] for name in SHAS[1:]):
        raise BadRequest(f"{row['model_id']} was changed since this sweep.", hint=AGAIN)
    return config


def _bench(lab: Lab, row: Row, progress: Progress) -> Bench:
    """The study of a sweep, from memory or read back; the shas say that it is this one."""
    made_of = (*(row[name] for name in SHAS), *(row[name] for name in STUDY))
    key = (lab.lake.root, row["pack_id"], row["model_id"], *made_of)
    return _BENCHES.get(key, lambda: _read_back(lab, row, progress))


def _read_back(lab: Lab, row: Row, progress: Progress) -> Bench:
    config = _as_swept(lab, row)
    study = {name: row[name] for name in STUDY}
    made = recalled(lab, config, matrix_sha=row["matrix_sha"], provider=row["provider"])
    if not lab.lake.holds(PREDICTIONS, predictions_sha(config, made.matrix, study)):
        raise BadRequest(
            "The fit of this sweep is not kept, or was made by other code.", hint=AGAIN
        )
    bench = bench_of(lab, config, made, **study, progress=progress)
    lean = replace(made.matrix, frame=made.matrix.frame[list(KEYS)])  # a rule reads no feature
    return replace(bench, built=replace(made, matrix=lean))


def _look(bench: Bench, one: Tried, row: Row) -> Look:
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
