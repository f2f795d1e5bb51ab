"""Try many rules of one model on one fit."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration, RiskName
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Sweep
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.sweep import SweepConfig
from sigma_core.domain.trial import Rule
from sigma_core.early import refuse_early
from sigma_core.engine.luck.effective import effective
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.packs import sweep_config_of
from sigma_core.progress import Patient, Progress, silent, tell
from sigma_core.refusals import refuse_hours
from sigma_core.study import built, run_id_of
from sigma_core.verbs import verb
from sigma_core.verbs._gated import Momentum, gate_facts, gated
from sigma_core.verbs._history import record
from sigma_core.verbs._just_judged import just_judged
from sigma_core.verbs._keep import keep
from sigma_core.verbs._noise import searched
from sigma_core.verbs._ranking import sweep_of
from sigma_core.verbs._screens import sweep_screen
from sigma_core.verbs._tries import (
    Bench,
    Tighter,
    Tried,
    bench_of,
    count_in,
    judged,
    tried,
)
from sigma_core.verbs.build import DEMO, model_of


def _semicolons(raw: Any) -> Any:
    """`"0.50,0.55;0.60"` → two sets, as a shell would write them; lists stay as they are."""
    if isinstance(raw, str):
        return [part.strip() for part in raw.split(";") if part.strip()]
    return raw


Variants = Annotated[tuple[str, ...], BeforeValidator(_semicolons)]
Shares = Annotated[
    tuple[float, ...], BeforeValidator(lambda raw: raw.split(",") if isinstance(raw, str) else raw)
]


AT_A_TIME = 25
"""Rules that are counted and shown together: each entry into the ledger waits for the disk."""
TYPED = {
    "thresholds": "Give confidences between 0 and 1, such as 0.50,0.55,0.60.",
    "top_pct": "Give one share between 0 and 1, such as 0.10.",
    "allowed_hours": "Give hours of the exchange from 0 to 23, such as 13,14,15.",
}
"""How a rule is to be typed."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SweepRun(Momentum):
    """Which model, and which grid; the model's sweep config where a field is not given."""

    model_id: str = DEMO
    pack_id: str = ""
    thresholds_variants: Variants | None = None
    """Sets of confidences ("0.50,0.55"); each set is one config. In a shell, `;` between sets."""
    allowed_hours_variants: Variants | None = None
    """Sets of exchange hours ("13,14"); each is crossed with every threshold set and share."""
    top_pct_variants: Shares | None = None
    """Shares of bars to take, each one a config."""
    splits: Annotated[int, Field(ge=1, le=500)] | None = None
    embargo: Annotated[float, Field(ge=0, lt=1)] | None = None
    calibration: Calibration | None = None
    risk_profile: RiskName | None = None
    start: date | None = None
    end: date | None = None
    tag: str = ""
    min_trades: Annotated[int, Field(ge=0)] | None = None
    """May only tighten the gate."""
    min_sharpe: float | None = None
    """May only tighten the gate."""
    allow_over_budget: bool = False
    noise_runs: Annotated[int, Field(ge=0, le=200)] = 0
    """Searches in noise to make after it; see `noise-floor`. None of their tries counts."""


def planned(lab: Lab, ask: SweepRun) -> tuple[ModelConfig, SweepConfig, list[Rule]]:
    """The model, its grid and the rules in it. Raises for what cannot be swept; writes nothing."""
    config = gated(model_of(lab, ask.model_id, ask.pack_id, risk_profile=ask.risk_profile), ask)
    lab.ledger.rows()  # one that was touched is refused before anything is written
    grid = merged(sweep_config_of(lab.packs, config), ask)
    rules = rules_of(grid)
    refuse_hours(config, [hour for rule in rules for hour in rule.hours])
    refuse_early(lab, config, start=grid.start, end=grid.end, splits=grid.splits)
    budget = RISK_PROFILES[config.risk_profile].budget
    refuse_over_budget(len(rules), budget, config.risk_profile, allow=ask.allow_over_budget)
    return config, grid, rules


@verb("POST", "/backtest_sweep", slow=True, table=sweep_screen, first=planned)
def sweep_run(lab: Lab, ask: SweepRun, progress: Progress = silent) -> Sweep:
    """Fit once, replay every rule of the grid out of fold, count them all, and judge each."""
    config, grid, rules = planned(lab, ask)
    progress = Patient(progress, "fewer SPLITS would be faster")
    budget = RISK_PROFILES[config.risk_profile].budget
    made = built(
        lab, config, start=grid.start, end=grid.end, splits=grid.splits, embargo=grid.embargo,
        settled=False, progress=progress,
    )  # fmt: skip
    bench = bench_of(
        lab, config, made, splits=grid.splits, embargo=grid.embargo, calibration=grid.calibration,
        progress=progress,
    )  # fmt: skip
    tries = [one for some in replayed(lab, bench, rules, progress) for one in some]
    at = lab.now()
    sweep_id = run_id_of("sweep", at, *(t.trial_id for t in tries))
    tighter = Tighter(min_trades=grid.min_trades, min_sharpe=grid.min_sharpe)
    found = judged(lab, bench, tries, tighter)
    same = {"run_id": sweep_id, "sweep_id": sweep_id, "tag": grid.tag}
    keep(lab, bench, found, at=at, **same)
    alike = _alike(tries)
    entries = just_judged(
        lab, bench, found, same=same | {"made_at": at}, n_effective=alike["n_effective"]
    )
    facts = {"configs": len(rules), "budget": budget, "tag": grid.tag, **alike}
    told = sweep_of(entries, facts)
    facts |= {"best": told.best, **gate_facts(config), **_kept_back(tries)}
    record(lab, "sweep", sweep_id, config, facts)
    if ask.noise_runs:
        known = [one.metrics.sharpe for one in tries if one.metrics.sharpe is not None]
        searched(
            lab, bench, rules, sweep_id=sweep_id, found=max(known, default=None),
            runs=ask.noise_runs, seed=0, progress=progress,
        )  # fmt: skip
    return told


def _alike(tries: Sequence[Tried]) -> dict[str, float | None]:
    """How alike the tries are, and how many independent ones they amount to; None if unknown."""
    returns = np.column_stack([one.done.returns for one in tries])
    traded = returns[:, np.ptp(returns, axis=0) > 0]
    found = effective(traded) if traded.shape[1] else None
    return {
        "correlation": found and found.correlation,
        "n_effective": found and found.n,
    }


def _kept_back(tries: Sequence[Tried]) -> dict[str, float | str]:
    """What the history keeps of the signals that the momentum gate kept back, rule by rule."""
    numbers = [one.done.counts["momentum_gate"] for one in tries]
    return {"kept_back_least": min(numbers), "kept_back_most": max(numbers)}


def replayed(
    lab: Lab, bench: Bench, rules: Sequence[Rule], progress: Progress
) -> Iterator[list[Tried]]:
    """Try rules a few at a time; each few are counted, then shown to whoever watches."""
    for first in range(0, len(rules), AT_A_TIME):
        tries = [tried(bench, rule) for rule in rules[first : first + AT_A_TIME]]
        count_in(lab, bench, tries)
        tell(progress, [so_far(one) for one in tries])
        done = first + len(tries)
        progress(done, len(rules), f"replayed {done} of {len(rules)} rules")
        yield tries


def so_far(one: Tried) -> dict[str, object]:
    """What is shown of a try before the sweep is over: its rule and four figures, no verdict."""
    names = ("sharpe", "return_", "max_dd", "trades")
    return {
        "kind": one.rule.kind,
        "value": one.rule.value,
        "allowed_hours": one.rule.allowed_hours,
        **{name.rstrip("_"): getattr(one.metrics, name) for name in names},
    }


def merged(config: SweepConfig, ask: SweepRun) -> SweepConfig:
    """The model's grid with what was asked for in its place.

    Asking for thresholds or shares alone leaves the other kind out.
    """
    asked = {
        name: value
        for name in SweepConfig.__dataclass_fields__
        if (value := getattr(ask, name, None)) not in (None, "")
    }
    kinds = {"thresholds_variants", "top_pct_variants"}
    if asked.keys() & kinds:
        asked = dict.fromkeys(kinds, ()) | asked
    return SweepConfig(
        **({n: getattr(config, n) for n in SweepConfig.__dataclass_fields__} | asked)
    )


def rules_of(grid: SweepConfig) -> list[Rule]:
    """Every config of a grid, once: threshold sets × hours, then shares × hours.

    Raises BadRequest for a value that is no confidence, share or hour, or an empty grid.
    """
    hours = grid.allowed_hours_variants or ("",)
    kinds = [("thr", value) for value in grid.thresholds_variants]
    kinds += [("top_pct", f"{share:g}") for share in grid.top_pct_variants]
    found = [rule_of(kind, value, h) for kind, value in kinds for h in hours]
    distinct = {(rule.kind, rule.numbers, rule.hours): rule for rule in found}
    if not distinct:
        raise BadRequest("The grid is empty.", hint="Give thresholds_variants or top_pct_variants.")
    return list(distinct.values())


def rule_of(kind: str, value: str, hours: str = "") -> Rule:
    """A rule from what was typed. Raises BadRequest that names the value."""
    from sigma_core.parse import parse

    name = "thresholds" if kind == "thr" else "top_pct"
    try:
        parse(Rule, {"kind": kind, "value": value}, where=f"{name}: ")
    except BadRequest as refused:
        raise BadRequest(str(refused), hint=TYPED[name]) from None
    try:
        return parse(Rule, {"kind": kind, "value": value, "allowed_hours": hours})
    except BadRequest as refused:
        raise BadRequest(str(refused), hint=TYPED["allowed_hours"]) from None


def refuse_over_budget(configs: int, budget: int, profile: str, *, allow: bool) -> None:
    """A sweep may try as many configs as the risk profile allows, unless it says otherwise."""
    if configs > budget and not allow:
        raise BadRequest(
            f"The grid has {configs} configs, and {profile} allows {budget}.",
            hint="Leave some out, or set allow_over_budget=true: every try counts against luck.",
        )
