"""Trading one rule on a holdout, and the gate that is registered before."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.barriers import plan
from sigma_core.domain.holdout import Unsealing
from sigma_core.domain.risk import RISK_PROFILES, RiskProfile
from sigma_core.domain.trial import Check, Gate, Rule
from sigma_core.engine.book import Book, book_of
from sigma_core.engine.decide import final_cut, fixed
from sigma_core.engine.evidence import LEVEL, evidence_of
from sigma_core.engine.execute import Execution, execute
from sigma_core.engine.gate import MIN_SHARPE, MIN_TRADES, judge, verdict
from sigma_core.engine.matrix import Matrix, assemble
from sigma_core.engine.measure import hold_curve, hold_of, measure
from sigma_core.engine.predict import fit_all, values_of
from sigma_core.engine.splits import Depth, timeline_of
from sigma_core.errors import BadRequest
from sigma_core.fetch import market_of
from sigma_core.lab import Lab
from sigma_core.learners import learner_of
from sigma_core.parse import plain
from sigma_core.progress import Progress
from sigma_core.schemas import MATRICES
from sigma_core.sealed import family
from sigma_core.suspicion import audit_of
from sigma_core.verbs._tries import Bench, momentum_of

POINTS = 400
"""Points of a curve: more than a chart of it can show."""


@dataclass(frozen=True, eq=False)
class Beyond:
    """A model's whole matrix, unlabelled, and which of its rows are sealed."""

    matrix: Matrix
    rows: np.ndarray

    @property
    def days(self) -> tuple[date, date]:
        """First and last sealed session."""
        session = self.matrix.frame["session"].iloc[self.rows]
        return session.iloc[0].date(), session.iloc[-1].date()


def beyond(lab: Lab, bench: Bench, end: date | None, progress: Progress) -> Beyond:
    """The sealed rows of a model, as far as bars are stored, or to `end`.

    Raises BadRequest if there is none.
    """
    config = bench.config
    market = market_of(lab, config, end=end, progress=progress)
    matrix = assemble(market, config, start=config.start, end=end, labelled=False)
    sealed = matrix.frame["session"] >= np.datetime64(config.holdout)
    rows = np.flatnonzero(sealed & matrix.frame["scorable"])
    if not len(rows):
        last = matrix.frame["session"].iloc[-1]
        raise BadRequest(
            f"There is no bar of {config.ticker} from {config.holdout} on: the last is of"
            f" {last:%Y-%m-%d}.",
            hint="Wait for newer bars, or seal from an earlier session.",
        )
    return Beyond(matrix, rows)


def registration(bench: Bench, rule: Rule, sealed: Beyond) -> dict[str, Any]:
    """What is entered into the ledger before anything of the holdout is traded."""
    config, (first, last) = bench.config, sealed.days
    return {
        "kind": "unseal",
        "model_id": config.model_id,
        "pack_id": config.pack_id,
        "rule": plain(rule),
        "cut": final_cut(rule, bench.book, bench.prospects)[0],
        "study": plain(bench.study),
        "lineage": plain(bench.lineage),
        "matrix": bench.built.recipe_sha,
        "limits": limits_of(RISK_PROFILES[config.risk_profile]),
        "holdout": plain(config.holdout),
        "start": plain(first),
        "end": plain(last),
        **family(config, bench.built.about),
    }


def limits_of(risk: RiskProfile) -> dict[str, float]:
    """The limit of each check of the gate."""
    return {
        "min_trades": MIN_TRADES,
        "sharpe": max(MIN_SHARPE, risk.min_sharpe),
        "max_dd": -risk.max_drawdown,
        "return": 0.0,
        "data": 1.0,
        "luck": LEVEL,
        "exposure": LEVEL,
    }


def traded(lab: Lab, bench: Bench, row: dict[str, Any], rule: Rule, sealed: Beyond) -> Unsealing:
    """Fit on everything before the holdout, trade the registered rule on it, and judge that."""
    config, whole, risk = bench.config, sealed.matrix, RISK_PROFILES[bench.config.risk_profile]
    frame = lab.lake.read(MATRICES, bench.built.matrix.sha)
    book = _book(bench, frame, sealed)
    done = execute(
        whole.tape, book, fixed(row["cut"], hours=rule.hours),
        plan(whole.tape, config.policy, whole.label_end), config.policy,
        position_size=risk.position_size,
    )  # fmt: skip
    metrics, (hold, market) = measure(done, book, whole.tape), hold_of(whole.tape, book)
    evidence = evidence_of(done.returns, market, n_trials=1, sharpes=(), excess_sharpes=())
    fitted = frame.loc[frame["trainable"], "session"]
    depth = Depth(first_rows=len(fitted), sessions=metrics.sessions, start=None)
    gate = judge(metrics, evidence, risk, depth=depth, leaks=audit_of(lab, bench.built.matrix.sha))
    gate = soiled(gate, row["contaminated"])
    return Unsealing(
        unseal_id=row["unseal_id"], pack_id=config.pack_id, model_id=config.model_id,
        simulated=bench.lineage.simulated, config=rule, cut=row["cut"], study=bench.study,
        lineage=bench.lineage, start=row["start"], end=row["end"], trained_rows=len(fitted),
        trained_through=fitted.iloc[-1].date(), limits=row["limits"],
        contaminated=row["contaminated"], metrics=metrics, hold=hold, evidence=evidence,
        gate=gate, verdict=verdict(gate), made_at=lab.now(), **_curves(whole, done),
    )  # fmt: skip


def soiled(gate: Gate, why: str) -> Gate:
    """A gate that also asks for a first look: whatever else was found, a second one fails it."""
    if not why:
        return gate
    check = Check(name="first_look", value=0.0, limit=1.0, met=False, words=why)
    return replace(
        gate, pass_=False, status="FAIL", reasons=("contaminated", *gate.reasons),
        checks=(check, *gate.checks),
    )  # fmt: skip


def _book(bench: Bench, frame: pd.DataFrame, sealed: Beyond) -> Book:
    config, matrix, whole = bench.config, bench.built.matrix, sealed.matrix
    fitted = fit_all(
        values_of(frame, matrix.features),
        timeline_of(frame, matrix.classes, matrix.tape.calendar),
        learner_of(config.learner),
        calibration=bench.study.calibration,
    )
    proba = np.full((len(whole.frame), len(whole.classes)), np.nan)
    proba[sealed.rows] = fitted.proba(values_of(whole.frame, matrix.features)[sealed.rows])
    fold = np.full(len(whole.frame), -1, "int16")
    fold[sealed.rows] = 0
    return book_of(
        proba, whole.classes, fold, whole.tape, config.policy, offset=whole.offset,
        side=whole.frame["side"], momentum=momentum_of(config, whole),
    )  # fmt: skip


def _curves(whole: Matrix, done: Execution) -> dict[str, Any]:
    book, tape = done.book, whole.tape
    at = np.unique(np.linspace(0, len(done.equity) - 1, POINTS).round().astype("int64"))
    days = tape.calendar.session_of(tape.session[book.start + at]).astype("datetime64[D]")
    return {
        "days": tuple(days.tolist()),
        "equity": tuple(done.equity[at].tolist()),
        "held": tuple(hold_curve(tape, book)[at].tolist()),
    }
