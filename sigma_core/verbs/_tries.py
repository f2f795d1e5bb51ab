"""Trying rules on one set of predictions, and judging each by all that was ever tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.barriers import Plan, plan
from sigma_core.domain._fields import Calibration, Status
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Study
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.trial import Evidence, Forecast, Gate, Hold, Lineage, Metrics, Rule
from sigma_core.engine.book import Book, book_of
from sigma_core.engine.deals import Deals, every_deal
from sigma_core.engine.decide import Cuts, cuts_of
from sigma_core.engine.evidence import evidence_of, rejudge
from sigma_core.engine.execute import Execution, execute
from sigma_core.engine.forecast import forecast_of
from sigma_core.engine.gate import judge
from sigma_core.engine.matrix import Matrix
from sigma_core.engine.measure import hold_of, measure
from sigma_core.engine.prospects import Prospects, prospects_of
from sigma_core.foresight import Foreseen, foreseen
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.sealed import broken, family, seals_of
from sigma_core.study import Built, lineage_of
from sigma_core.verbs._families import families_of

Row = Mapping[str, Any]
RANKED: tuple[Status, ...] = ("PASS", "UNPROVEN", "FAIL")


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything a rule of one model is tried on."""

    config: ModelConfig
    built: Built
    seen: Foreseen
    study: Study
    lineage: Lineage
    book: Book
    plan: Plan
    deals: Deals
    """Of every out-of-fold bar."""
    prospects: Prospects
    hold: Hold
    market: np.ndarray
    """Session returns of buy-and-hold over the out-of-fold sessions."""
    forecast: Forecast


@dataclass(frozen=True, eq=False)
class Tried:
    """One rule, traded and measured, not yet judged."""

    trial_id: str
    rule: Rule
    cuts: Cuts
    done: Execution
    metrics: Metrics
    alone: Evidence
    """Judged as if nothing else had been tried."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A trial with its evidence and verdict."""

    tried: Tried
    evidence: Evidence
    gate: Gate


@dataclass(frozen=True, kw_only=True)
class Tighter:
    """What a request asks for beyond the gate."""

    min_trades: int | None = None
    min_sharpe: float | None = None


def bench_of(
    lab: Lab,
    config: ModelConfig,
    built: Built,
    *,
    splits: int,
    embargo: float,
    calibration: Calibration = "none",
    progress: Progress = silent,
) -> Bench:
    """Fit the model fold by fold (or read it back) and lay its predictions along the tape."""
    matrix, tape = built.matrix, built.matrix.tape
    seen = foreseen(
        lab, config, matrix, splits=splits, embargo=embargo, calibration=calibration,
        meanwhile=built.settle, progress=progress,
    )  # fmt: skip
    built.settle()
    book = book_of(
        seen.predictions.proba,
        matrix.classes,
        seen.predictions.fold,
        tape,
        config.policy,
        offset=matrix.offset,
        side=matrix.frame["side"],
        momentum=momentum_of(config, matrix),
        inner=seen.predictions.inner,
    )
    ways = plan(tape, config.policy, matrix.label_end)
    hold, market = hold_of(tape, book)
    days = tape.calendar.session_of(tape.session[[book.start, book.end]])
    return Bench(
        config=config,
        built=built,
        seen=seen,
        study=Study(
            splits=splits,
            embargo=embargo,
            calibration=calibration,
            learner=config.learner.name,
            seed=config.learner.seed,
            oof_start=_day(days[0]),
            oof_end=_day(days[1]),
            chosen=",".join(seen.predictions.chosen),
        ),
        lineage=lineage_of(built, config),
        book=book,
        plan=ways,
        deals=every_deal(tape, book, ways, config.policy),
        prospects=prospects_of(tape, book, ways, config.policy),
        hold=hold,
        market=market,
        forecast=forecast_of(
            seen.predictions.proba,
            matrix.timeline.y,
            matrix.classes,
        ),
    )


def momentum_of(config: ModelConfig, matrix: Matrix) -> "pd.Series[float] | None":
    """The column that the policy's momentum gate reads; None without a gate."""
    policy = config.policy
    return matrix.frame[policy.momentum_column] if policy.momentum_gate else None


def _day(stamp: np.datetime64) -> date:
    return pd.Timestamp(stamp).date()


def tried(bench: Bench, rule: Rule) -> Tried:
    """Trade one rule out of fold and measure it."""
    tape, book = bench.built.matrix.tape, bench.book
    cuts = cuts_of(rule, book, bench.prospects)
    size = RISK_PROFILES[bench.config.risk_profile].position_size
    done = execute(
        tape, book, cuts, bench.plan, bench.config.policy, position_size=size, every=bench.deals
    )
    alone = evidence_of(done.returns, bench.market, n_trials=1, sharpes=(), excess_sharpes=())
    return Tried(
        trial_id=trial_id_of(bench, rule),
        rule=rule,
        cuts=cuts,
        done=done,
        metrics=measure(done, book, tape),
        alone=alone,
    )


def trial_id_of(bench: Bench, rule: Rule) -> str:
    """The name of a trial: two with the same name are one try."""
    rule_is = {"kind": rule.kind, "value": rule.numbers, "hours": rule.hours}
    return sha_of(fit_of(bench) | rule_is)[:16]


def fit_of(bench: Bench) -> dict[str, Any]:
    """What a trial is but for its rule."""
    return {
        "matrix_sha": bench.lineage.matrix_sha,
        "config_sha": bench.lineage.config_sha,
        "policy_sha": bench.lineage.policy_sha,
        "splits": bench.study.splits,
        "embargo": bench.study.embargo,
        "calibration": bench.study.calibration,
        "learner": bench.study.learner,
        "seed": bench.study.seed,
    }


def count_in(lab: Lab, bench: Bench, tries: Sequence[Tried]) -> None:
    """Enter tries into the ledger: what anybody has seen of a rule counts, whatever comes after."""
    now = lab.now()
    mark = marked(bench, lab.ledger.rows(), now)
    lab.ledger.append([_ledger_row(bench, one) | mark for one in tries], at=now)


def marked(bench: Bench, rows: Iterable[Row], now: datetime) -> dict[str, str]:
    """The mark of what sees sealed sessions, by the ledger's rows; empty if none is seen."""
    why = broken(seals_of(rows), family_row(bench) | {"made_at": now})
    return {"contaminated": why} if why else {}


def judged(lab: Lab, bench: Bench, tries: Sequence[Tried], tighter: Tighter) -> list[Judged]:
    """Judge tries that were counted in, each among its whole family."""
    known = families_of(lab).of(family_row(bench))
    risk = RISK_PROFILES[bench.config.risk_profile]
    found = []
    for one in tries:
        evidence = rejudge(
            one.alone,
            n_trials=known.n,
            sharpes=known.sharpes,
            excess_sharpes=known.excess_sharpes,
        )
        gate = judge(
            one.metrics,
            evidence,
            risk,
            depth=bench.seen.depth,
            min_trades=tighter.min_trades,
            min_sharpe=tighter.min_sharpe,
            leaks=bench.built.leaks,
        )
        found.append(Judged(tried=one, evidence=evidence, gate=gate))
    return found


def place(one: Judged) -> tuple[int, float, str]:
    """What the leaderboard ranks trials by, least first: verdict, then Sharpe."""
    sharpe = one.tried.metrics.sharpe
    return RANKED.index(one.gate.status), inf if sharpe is None else -sharpe, one.tried.trial_id


def family_row(bench: Bench) -> dict[str, Any]:
    """What says which family a trial belongs to, and when it was out of fold."""
    return {
        **family(bench.config, bench.built.about),
        "oof_start": bench.study.oof_start.isoformat(),
        "oof_end": bench.study.oof_end.isoformat(),
    }


def _ledger_row(bench: Bench, one: Tried) -> dict[str, Any]:
    return {
        "kind": "trial",
        "trial_id": one.trial_id,
        "model_id": bench.config.model_id,
        "pack_id": bench.config.pack_id,
        "rule": plain(one.rule),
        "lineage": plain(bench.lineage),
        "sharpe": one.alone.sharpe,
        "excess_sharpe": one.alone.excess_sharpe,
        **family_row(bench),
    }
