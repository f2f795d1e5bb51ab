"""Explain a trial: what carries its result, what would break it, and what to try."""

from typing import Any

import pandas as pd
from pydantic.dataclasses import dataclass

from sigma_core.checks import Run, findings_of
from sigma_core.domain._fields import NOUN
from sigma_core.domain.explained import Advice, Explained, Finding
from sigma_core.domain.noise import NoiseFloor
from sigma_core.domain.results import Entry
from sigma_core.domain.trial import Forecast, Rule
from sigma_core.engine.measure import fold_rows
from sigma_core.engine.reliability import base_rate
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._floors import floors
from sigma_core.verbs._history import history
from sigma_core.verbs._kept import kept, print_of_lake
from sigma_core.verbs._ranking import shown_from, verdict_of
from sigma_core.verbs._recalled import OneTrial, bench_of_trial, trial_of
from sigma_core.verbs._screens import SIGNS, advice_of, rule_words_of
from sigma_core.verbs._stressed import stress_of
from sigma_core.verbs._text import DASH, columns, count, percent, ratio
from sigma_core.verbs._tries import Bench, Tried, tried

MARKS = {True: "✓", False: "✕", None: DASH}


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Explain(OneTrial):
    """Which trial: of a run (the newest if none is named), the named trial or the best."""


def screen(found: Explained) -> str:
    """The verdict with advice, then every check with its value, limit and meaning."""
    simulated = "  SIMULATED" if found.lineage.simulated else ""
    rule = rule_words_of(found.config)
    head = f"{found.model_id}  {rule}, {found.run_id}: {SIGNS[found.status]}{simulated}"
    advice = [f"  try: {each.try_}" for each in found.advice]
    rows = [
        (MARKS[each.met], each.title, written(each.value, each), limit_words(each), each.severity)
        for each in found.findings
    ]
    table = columns(rows, ("", "check", "value", "limit", "if not"))
    open_ = [each for each in found.findings if not each.met]
    lines = [f"{MARKS[e.met]} {e.title}: {e.meaning}" + _try(e) for e in open_]
    return "\n".join([head, found.verdict, *advice, "", table, "", *lines, "", found.words])


def _try(finding: Finding) -> str:
    return f"\n    try: {finding.try_}" if finding.try_ else ""


def written(value: float | None, finding: Finding) -> str:
    """A number of a finding in its unit."""
    if value is None:
        return DASH
    match finding.unit:
        case "share":
            return percent(value)
        case "return":
            return percent(value, signed=value != 0)
        case "bps":
            return f"{value:.1f} bps".replace("-", "−")
        case "ratio":
            return ratio(value)
        case _:
            return count(int(value)) if value == int(value) else f"{value:,.1f}"


def limit_words(finding: Finding) -> str:
    """`at most 50.0%`; empty where there is no limit."""
    if finding.limit is None:
        return ""
    return f"{finding.bound} {written(finding.limit, finding)}"


@verb("GET", "/explain", table=screen)
def explain(lab: Lab, ask: Explain, progress: Progress = silent) -> Explained:
    """One trial explained: typed checks of what carries it and what would break it, worst first."""
    root = lab.lake.root
    now = (*shown_from(lab), *print_of_lake([root / "noise"]))
    key = ("explain", root, *vars(ask).values())
    return kept(key, now, lambda: _explained(lab, ask, progress))


def _explained(lab: Lab, ask: Explain, progress: Progress) -> Explained:
    entry = trial_of(lab, ask)
    bench = bench_of_trial(lab, entry, progress)
    findings = findings_of(_run(lab, entry, bench, tried(bench, entry.config)))
    return Explained(
        run_id=entry.run_id,
        trial_id=entry.trial_id,
        pack_id=entry.pack_id,
        model_id=entry.model_id,
        config=entry.config,
        lineage=entry.lineage,
        status=entry.gate.status,
        contaminated=entry.contaminated,
        verdict=verdict_of(entry),
        advice=tuple(Advice(code=code, try_=said) for code, said in advice_of(entry.gate)),
        findings=tuple(findings),
        words=_words(findings),
    )


def _words(findings: list[Finding]) -> str:
    unmet = [each.severity for each in findings if each.met is False]
    if not unmet:
        return f"Nothing speaks against it among {len(findings)} checks; the verdict stands above."
    breaks, weakens = unmet.count("breaks"), unmet.count("weakens")
    return (
        f"Of {len(findings)} checks {len(unmet)} not met. Breaking the case: {breaks}; weakening"
        f" it: {weakens}; worth knowing: {len(unmet) - breaks - weakens}."
    )


def _run(lab: Lab, entry: Entry, bench: Bench, one: Tried) -> Run:
    """All that is known of a trial, from the lake and the replay."""
    tape, book = bench.built.matrix.tape, bench.book
    session = tape.session[book.start : book.end + 1]
    return Run(
        entry=entry,
        trades=one.done.trades,
        returns=one.done.returns,
        days=pd.DatetimeIndex(tape.calendar.session_of(pd.unique(session))),
        folds=fold_rows(one.done, book, tape, one.cuts.values),
        stress=stress_of(entry, bench, one),
        tries=_tries(lab, entry),
        baseline=_baseline(lab, entry),
        noise=_noise(lab, entry),
        base=_base(bench),
        quality=bench.built.matrix.quality,
        sides=bench.config.policy.sides,
        overrides=_overrides(lab, entry),
    )


_SWEEPS = """
SELECT DISTINCT sweep_id FROM trials WHERE trial_id = $trial_id AND sweep_id IS NOT NULL
"""


def _noise(lab: Lab, entry: Entry) -> NoiseFloor | None:
    swept = {row["sweep_id"] for row in lab.lake.rows(_SWEEPS, trial_id=entry.trial_id)}
    known = floors(lab, model_id=entry.model_id) if swept else []
    return next((floor for floor in known if floor.sweep_id in swept), None)


def _base(bench: Bench) -> Forecast:
    matrix = bench.built.matrix
    y = matrix.timeline.y
    return base_rate(bench.seen.predictions.proba, y, matrix.classes)


_SAME_FIT = """
SELECT DISTINCT kind, value, allowed_hours, sharpe FROM trials
WHERE pack_id = $pack_id AND model_id = $model_id AND matrix_sha = $matrix_sha
  AND config_sha = $config_sha AND policy_sha = $policy_sha
  AND splits = $splits AND embargo = $embargo AND calibration = $calibration
"""


def _tries(lab: Lab, entry: Entry) -> list[tuple[Rule, float | None]]:
    """Every rule that was tried on the same fit, whichever run did, with its Sharpe."""
    names = ("matrix_sha", "config_sha", "policy_sha", "splits", "embargo", "calibration")
    known = vars(entry.lineage) | vars(entry.study)
    of: dict[str, Any] = {name: known[name] for name in names}
    rows = lab.lake.rows(_SAME_FIT, pack_id=entry.pack_id, model_id=entry.model_id, **of)
    return [
        (Rule(kind=r["kind"], value=r["value"], allowed_hours=r["allowed_hours"]), r["sharpe"])
        for r in rows
    ]


_SAME_TRIAL = "SELECT DISTINCT run_id FROM trials WHERE trial_id = $trial_id AND sweep_id IS NULL"


def _baseline(lab: Lab, entry: Entry) -> tuple[str, float | None] | None:
    """What any backtest of this very trial said of the baseline."""
    tested = {row["run_id"] for row in lab.lake.rows(_SAME_TRIAL, trial_id=entry.trial_id)}
    of = {"pack_id": entry.pack_id, "model_id": entry.model_id}
    for run in history(lab, "backtest", **of, limit=10_000):
        if run.run_id in tested and run.facts.get("baseline"):
            sharpe = run.facts["baseline_sharpe"]
            return str(run.facts["baseline"]), None if sharpe is None else float(sharpe)
    return None


def _overrides(lab: Lab, entry: Entry) -> tuple[str, ...]:
    of = {"pack_id": entry.pack_id, "model_id": entry.model_id}
    runs = history(lab, "train", **of, limit=10_000)
    return tuple(str(run.facts["bundle_id"]) for run in runs if run.facts["override"])
