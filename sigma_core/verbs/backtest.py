"""Trade one rule out of fold, and keep everything it did."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration, Hours
from sigma_core.domain.model import LearnerSpec, ModelConfig
from sigma_core.domain.results import Backtest, Baseline
from sigma_core.domain.trial import Rule
from sigma_core.early import refuse_early
from sigma_core.engine.measure import fold_rows, hour_rows, month_rows
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.refusals import refuse_hours
from sigma_core.resolve import known_learner
from sigma_core.study import built, run_id_of
from sigma_core.verbs import verb
from sigma_core.verbs._calibrated import calibration_of
from sigma_core.verbs._gated import Momentum, gate_facts, gated
from sigma_core.verbs._history import record
from sigma_core.verbs._keep import keep, keep_curves
from sigma_core.verbs._ranking import ranked, verdict_of
from sigma_core.verbs._screens import backtest_screen
from sigma_core.verbs._tries import Bench, Tighter, bench_of, count_in, judged, tried
from sigma_core.verbs.build import DEMO, model_of
from sigma_core.verbs.sweep_run import rule_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class BacktestAsk(Momentum):
    """Which model, by which rule; either thresholds or top_pct."""

    model_id: str = DEMO
    pack_id: str = ""
    thresholds: str | None = None
    """Confidences to exceed, "0.55,0.60": of several, each fold takes the past's best."""
    top_pct: float | str | None = None
    """Share of bars to take, by confidence."""
    allowed_hours: Hours = ()
    splits: Annotated[int, Field(ge=1, le=500)] = 5
    embargo: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the test rows left out before each test block."""
    calibration: Calibration = "none"
    start: date | None = None
    end: date | None = None
    tag: str = ""
    min_trades: Annotated[int, Field(ge=0)] | None = None
    min_sharpe: float | None = None


BASELINE = "logistic"
DEFAULT_THRESHOLDS = "0.50,0.55,0.60"


def one_rule(lab: Lab, ask: BacktestAsk) -> tuple[ModelConfig, Rule]:
    """The model and the rule. Raises for what can be refused before a bar is read."""
    config = gated(model_of(lab, ask.model_id, ask.pack_id), ask)
    rule = asked_rule(ask.thresholds, ask.top_pct, ask.allowed_hours)
    refuse_hours(config, rule.hours)
    refuse_early(lab, config, start=ask.start, end=ask.end, splits=ask.splits)
    lab.ledger.rows()  # one that was touched is refused before anything is written
    return config, rule


@verb("POST", "/backtest", slow=True, table=backtest_screen, first=one_rule)
def backtest(lab: Lab, ask: BacktestAsk, progress: Progress = silent) -> Backtest:
    """Trade one rule out of fold: every trade, the curve, the folds, and the verdict."""
    config, rule = one_rule(lab, ask)
    lab.lake.open_aside()
    made = built(
        lab, config, start=ask.start, end=ask.end, splits=ask.splits, embargo=ask.embargo,
        settled=False, progress=progress,
    )  # fmt: skip
    bench = bench_of(
        lab, config, made, splits=ask.splits, embargo=ask.embargo, calibration=ask.calibration,
        progress=progress,
    )  # fmt: skip
    one = tried(bench, rule)
    baseline = baseline_of(lab, bench, rule, progress=progress)
    at = lab.now()
    run_id = run_id_of("backtest", at, one.trial_id)
    tighter = Tighter(min_trades=ask.min_trades, min_sharpe=ask.min_sharpe)
    count_in(lab, bench, [one])
    [found] = judged(lab, bench, [one], tighter)
    keep_curves(lab, bench, found, run_id=run_id)
    keep(lab, bench, [found], tag=ask.tag, at=at, run_id=run_id)
    [entry] = ranked(lab, run_id=run_id)
    tape = made.matrix.tape
    answer = Backtest(
        run_id=run_id,
        entry=entry,
        baseline=baseline,
        counts=dict(one.done.counts),
        folds=tuple(fold_rows(one.done, bench.book, tape, one.cuts.values)),
        hours=tuple(hour_rows(one.done)),
        months=tuple(month_rows(one.done, bench.book, tape)),
        trades=one.metrics.trades,
        calibration=calibration_of(lab, bench.seen.sha, made.matrix.frame),
        verdict=verdict_of(entry),
    )
    facts = {
        "rule": f"{rule.kind} {rule.value}",
        "allowed_hours": rule.allowed_hours,
        "calibration": ask.calibration,
        "sharpe": one.metrics.sharpe,
        "cum_ret": one.metrics.return_,
        "trades": one.metrics.trades,
        "max_dd": one.metrics.max_dd,
        "status": entry.gate.status,
        **({"contaminated": entry.contaminated} if entry.contaminated else {}),
        "tag": ask.tag,
        "predictions_sha": bench.seen.sha,
        "signals": one.done.counts["signals"],
        "kept_back": one.done.counts["momentum_gate"],
        **gate_facts(config),
        **_beside(answer.baseline),
    }
    record(lab, "backtest", run_id, config, facts)
    return answer


def _beside(baseline: Baseline | None) -> dict[str, float | str | None]:
    """What the history keeps of the baseline."""
    if baseline is None:
        return {}
    found = baseline.metrics
    return {
        "baseline": baseline.learner,
        "baseline_return": found.return_,
        "baseline_sharpe": found.sharpe,
        "baseline_max_dd": found.max_dd,
        "baseline_trades": found.trades,
    }


def baseline_of(
    lab: Lab, bench: Bench, rule: Rule, *, progress: Progress = silent
) -> Baseline | None:
    """The same rule on what logistic regression foresees; its fits are kept, but it is no trial.

    None if the model is a logistic regression itself.
    """
    if bench.config.learner.name == BASELINE:
        return None
    plain = replace(bench.config, learner=known_learner(LearnerSpec(name=BASELINE)))
    study = bench.study
    other = bench_of(
        lab, plain, bench.built, splits=study.splits, embargo=study.embargo,
        calibration=study.calibration, progress=progress,
    )  # fmt: skip
    done = tried(other, rule)
    return Baseline(learner=BASELINE, metrics=done.metrics, forecast=other.forecast)


def asked_rule(thresholds: str | None, top_pct: float | str | None, hours: tuple[int, ...]) -> Rule:
    """The one rule that was asked for. Raises BadRequest if both kinds were."""
    if thresholds is not None and top_pct is not None:
        raise BadRequest(
            f"thresholds {thresholds} and top_pct {top_pct} are both given.", hint="Give one."
        )
    typed = ",".join(map(str, hours))
    if top_pct is not None:
        return rule_of("top_pct", str(top_pct), typed)
    return rule_of("thr", DEFAULT_THRESHOLDS if thresholds is None else thresholds, typed)
