"""Fit the chosen rule on all labelled rows, and keep it as a bundle."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration, Hours
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Bundle, Entry
from sigma_core.domain.trial import Rule
from sigma_core.early import refuse_early
from sigma_core.engine.decide import final_cut
from sigma_core.engine.predict import calibration_of, fit_all, values_of
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.learners import learner_of
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.refusals import refuse_hours
from sigma_core.resolve import config_sha, policy_sha
from sigma_core.study import built, run_id_of, versions
from sigma_core.verbs import verb
from sigma_core.verbs._gated import Momentum, gate_facts, gated
from sigma_core.verbs._history import record
from sigma_core.verbs._ranking import ranked, verdict_of
from sigma_core.verbs._screens import bundle_screen
from sigma_core.verbs._tries import Bench, bench_of
from sigma_core.verbs.backtest import asked_rule
from sigma_core.verbs.build import DEMO, model_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Chosen:
    """A rule as the leaderboard shows it."""

    kind: Literal["thr", "top_pct"]
    value: str
    allowed_hours: Hours = ()


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Train(Momentum):
    """Which model, by which rule; the best trial of the leaderboard if none is given."""

    model_id: str = DEMO
    pack_id: str = ""
    config: Chosen | None = None
    thresholds: str | None = None
    top_pct: float | str | None = None
    allowed_hours: Hours = ()
    splits: Annotated[int, Field(ge=1, le=500)] = 5
    embargo: Annotated[float, Field(ge=0, lt=1)] = 0.0
    calibration: Calibration = "none"
    target: Literal["y"] = "y"
    """The column to learn; a matrix has one."""
    start: date | None = None
    end: date | None = None
    override: bool = False
    """Train although the verdict is not PASS."""
    reason: str = ""
    """Why; recorded with the bundle."""


def chosen(lab: Lab, ask: Train) -> tuple[ModelConfig, Rule | None]:
    """The model and the rule; None for that of its best trial.

    Raises for what can be refused before a bar is read: also if no trial at all is of such a rule
    and study, or none of those is PASS and nobody overrides that.
    """
    config = gated(model_of(lab, ask.model_id, ask.pack_id), ask)
    rule = _rule(ask)
    refuse_hours(config, rule.hours if rule else ask.allowed_hours)
    refuse_early(lab, config, start=ask.start, end=ask.end, splits=ask.splits)
    shas = {"config_sha": config_sha(config), "policy_sha": policy_sha(config)}
    study = {name: getattr(ask, name) for name in ("splits", "embargo", "calibration")}
    entries = [
        entry
        for entry in ranked(lab, model_id=config.model_id, pack_id=config.pack_id)
        if shas.items() <= vars(entry.lineage).items()
        and study.items() <= vars(entry.study).items()
    ]
    may = _of_rule(entries, rule, ask.allowed_hours)
    if not may:
        raise _untried(config, rule, rule.hours if rule else ask.allowed_hours)
    if not any(entry.gate.pass_ for entry in may):
        _refuse_unproven(may[0], ask)
    return config, rule


@verb("POST", "/train", slow=True, table=bundle_screen, first=chosen)
def train(lab: Lab, ask: Train, progress: Progress = silent) -> Bundle:
    """Fit the rule's model on all labelled rows and keep it, with the verdict of its trial."""
    config, rule = chosen(lab, ask)
    made = built(
        lab, config, start=ask.start, end=ask.end, splits=ask.splits, embargo=ask.embargo,
        settled=False, progress=progress,
    )  # fmt: skip
    bench = bench_of(
        lab, config, made, splits=ask.splits, embargo=ask.embargo, calibration=ask.calibration,
        progress=progress,
    )  # fmt: skip
    entry = _entry(lab, bench, rule, ask.allowed_hours)
    _refuse_unproven(entry, ask)
    return _kept(lab, config, bench, entry, ask)


def _untried(config: ModelConfig, rule: Rule | None, hours: tuple[int, ...]) -> BadRequest:
    what = f"{rule.kind} {rule.value}" if rule else "any rule"
    at = f" at hours {', '.join(map(str, hours))}" if hours else ""
    return BadRequest(
        f"{config.model_id} has no trial of {what}{at} on this matrix and policy.",
        hint=f"Try it first: make sweep-run MODEL_ID={config.model_id}, or make backtest.",
    )


def _rule(ask: Train) -> Rule | None:
    if ask.config is not None:
        hours = ask.config.allowed_hours or ask.allowed_hours
        if ask.config.kind == "top_pct":
            return asked_rule(None, ask.config.value, hours)
        return asked_rule(ask.config.value, None, hours)
    if ask.thresholds is not None or ask.top_pct is not None:
        return asked_rule(ask.thresholds, ask.top_pct, ask.allowed_hours)
    return None


def _entry(lab: Lab, bench: Bench, rule: Rule | None, hours: tuple[int, ...]) -> Entry:
    """The trial to train: that of the rule, or the best one on this very matrix and policy."""
    config = bench.config
    entries = [
        entry
        for entry in ranked(lab, model_id=config.model_id, pack_id=config.pack_id)
        if entry.lineage == bench.lineage and entry.study == bench.study
    ]
    entries = _of_rule(entries, rule, hours)
    if not entries:
        raise _untried(config, rule, rule.hours if rule else hours)
    return entries[0]


def _of_rule(entries: Sequence[Entry], rule: Rule | None, hours: tuple[int, ...]) -> list[Entry]:
    """Trials of a rule; without one those of these hours, or all."""
    if rule is None:
        return [entry for entry in entries if not hours or entry.config.hours == hours]
    of = (rule.kind, rule.numbers, rule.hours)
    return [e for e in entries if (e.config.kind, e.config.numbers, e.config.hours) == of]


def _refuse_unproven(entry: Entry, ask: Train) -> None:
    if entry.gate.pass_ or (ask.override and ask.reason.strip()):
        return
    raise BadRequest(
        f"The trial to train is not PASS. {verdict_of(entry)}",
        hint="Set override=true and give a reason to train it all the same; both are recorded.",
    )


def _kept(lab: Lab, config: ModelConfig, bench: Bench, entry: Entry, ask: Train) -> Bundle:
    """Fit on everything, write the bundle, and enter it into the history."""
    matrix, learner = bench.built.matrix, learner_of(config.learner)
    rows = matrix.timeline
    x = values_of(matrix.frame, matrix.features)
    fitted = fit_all(x, rows, learner, calibration=bench.study.calibration)
    cut, how = final_cut(entry.config, bench.book, bench.prospects)
    now: datetime = lab.now()
    run_id = run_id_of("train", now, entry.trial_id)
    used = matrix.frame.loc[matrix.frame["trainable"], "session"]
    bundle = Bundle(
        bundle_id=f"{config.model_id}-{run_id.removeprefix('train-')}",
        run_id=run_id,
        pack_id=config.pack_id,
        model_id=config.model_id,
        config=entry.config,
        cut=cut,
        trained_rows=len(used),
        trained_through=used.iloc[-1].date(),
        status=entry.gate.status,
        override=not entry.gate.pass_,
        reason="" if entry.gate.pass_ else ask.reason,
        calibration=bench.study.calibration,
        chosen=bench.study.chosen,
        calibrated=(calibration_of(fitted) or {"kind": "none"})["kind"],
        contaminated=entry.contaminated,
        lineage=entry.lineage,
        made_at=now,
    )
    manifest = {
        "bundle": plain(bundle),
        "model": plain(config),
        "features": [{"name": name, "dtype": "float64"} for name in matrix.features],
        "classes": list(matrix.classes),
        "learner": plain(config.learner),
        "calibration": calibration_of(fitted),
        "cut_how": how,
        "verdict": verdict_of(entry),
        "metrics": plain(entry.metrics),
        "trial_id": entry.trial_id,
        "predictions_sha": bench.seen.sha,
        "last_ts": plain(matrix.frame["ts"].iloc[-1].to_pydatetime()),
        "versions": versions(),
    }
    lab.lake.save_bundle(bundle.bundle_id, {learner.learner.file: fitted.save()}, manifest)
    record(
        lab, "train", run_id, config,
        {"bundle_id": bundle.bundle_id, "rows": len(used), "cut": cut, "status": bundle.status,
         "override": int(bundle.override), "reason": bundle.reason,
         "calibration": bench.study.calibration, "contaminated": bundle.contaminated,
         **gate_facts(config)},
    )  # fmt: skip
    return bundle
