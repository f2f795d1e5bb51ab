"""Look at a model's sealed holdout: once, by one rule, with the gate written down before."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration, Hours
from sigma_core.domain.holdout import Unsealing
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Entry
from sigma_core.domain.trial import Rule
from sigma_core.early import refuse_early
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.ledger import FAMILY
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.refusals import refuse_hours
from sigma_core.sealed import looks, seal
from sigma_core.study import built, run_id_of
from sigma_core.verbs import verb
from sigma_core.verbs._gated import Momentum, gated
from sigma_core.verbs._history import record
from sigma_core.verbs._holdout import beyond, registration, traded
from sigma_core.verbs._recalled import (
    OneTrial,
    as_tried,
    bench_of_trial,
    row_of,
    trial_of,
)
from sigma_core.verbs._text import columns, count, percent, ratio
from sigma_core.verbs._tries import Bench, bench_of
from sigma_core.verbs.backtest import asked_rule
from sigma_core.verbs.build import DEMO, model_of

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class UnsealAsk(Momentum):
    """Which model, by which rule: that of a trial, or thresholds or top_pct."""

    model_id: str = DEMO
    pack_id: str = ""
    trial_id: str = ""
    thresholds: str | None = None
    top_pct: float | str | None = None
    allowed_hours: Hours = ()
    splits: Annotated[int, Field(ge=1, le=500)] = 5
    """Of the study before the holdout that chooses the cut."""
    embargo: Annotated[float, Field(ge=0, lt=1)] = 0.0
    calibration: Calibration = "none"
    start: date | None = None
    confirm: bool = False
    """Must be true: this can be done once."""


def screen(found: Unsealing) -> str:
    """The holdout beside buy-and-hold, each check, and the verdict."""
    m, hold = found.metrics, found.hold
    rows = [
        ("Sharpe, per year", ratio(m.sharpe), ratio(hold.sharpe)),
        ("return", percent(m.return_, signed=True), percent(hold.return_, signed=True)),
        ("worst drawdown", percent(m.max_dd), percent(hold.max_dd)),
        ("trades", count(m.trades), ""),
    ]
    mark = "CONTAMINATED " if found.contaminated else ""
    head = f"{mark}{found.model_id}, holdout {found.start} to {found.end}, {found.unseal_id}"
    head += "  SIMULATED" if found.simulated else ""
    checks = "\n".join(f"  {'✓' if c.met else '✕'} {c.words}" for c in found.gate.checks)
    table = columns(rows, ("", "strategy", "buy and hold"))
    return f"{head}\n\n{table}\n\n{checks}\n\n{found.verdict}"


def chosen(lab: Lab, ask: UnsealAsk) -> tuple[ModelConfig, Entry | Rule]:
    """The model, and the trial or the rule. Raises for what can be refused before a bar is read."""
    config = gated(model_of(lab, ask.model_id, ask.pack_id), ask)
    _refuse(config, ask)
    lab.ledger.rows()  # one that was touched is refused before anything is written
    refuse_early(lab, config, start=ask.start, end=None, splits=ask.splits)
    if not ask.trial_id:
        rule = asked_rule(ask.thresholds, ask.top_pct, ask.allowed_hours)
        refuse_hours(config, rule.hours)
        return config, rule
    entry = trial_of(
        lab, OneTrial(trial_id=ask.trial_id, model_id=config.model_id, pack_id=config.pack_id)
    )
    as_tried(lab, row_of(entry))
    return config, entry


@verb("POST", "/unseal", slow=True, table=screen, first=chosen)
def unseal(lab: Lab, ask: UnsealAsk, progress: Progress = silent) -> Unsealing:
    """Trade one chosen rule once on a model's holdout; what will be asked is registered before."""
    config, by = chosen(lab, ask)
    bench, rule = _bench(lab, config, ask, by, progress)
    seal(lab, config, bench.built.about)
    sealed = beyond(lab, bench, config.end, progress)
    asked = registration(bench, rule, sealed)
    row = _begun(lab.ledger.rows(), asked)
    if row is None:
        row = _registered(lab, asked)
    elif row["end"] != asked["end"]:  # bars have come since it was interrupted
        sealed = beyond(lab, bench, date.fromisoformat(row["end"]), progress)
    progress(0, 1, "trading the holdout")
    found = traded(lab, bench, row, rule, sealed)
    _keep(lab, config, row, found)
    return found


def _refuse(config: ModelConfig, ask: UnsealAsk) -> None:
    if config.holdout is None:
        raise BadRequest(
            f"{config.model_id} seals nothing: its holdout is null.",
            hint=f"Set it first: make edit-model MODEL_ID={config.model_id} HOLDOUT=2024-01-02",
        )
    if not ask.trial_id and ask.thresholds is None and ask.top_pct is None:
        raise BadRequest("No rule is given.", hint="Give trial_id, thresholds or top_pct.")
    if not ask.confirm:
        raise BadRequest(
            f"The holdout of {config.model_id}, from {config.holdout} on, can be unsealed once.",
            hint="Say confirm=true (CONFIRM=true) if this is the rule to spend it on.",
        )


def _bench(
    lab: Lab, config: ModelConfig, ask: UnsealAsk, by: Entry | Rule, progress: Progress
) -> tuple[Bench, Rule]:
    """The rule and what it was chosen on, all of it before the holdout."""
    if isinstance(by, Rule):
        made = built(
            lab, config, start=ask.start, splits=ask.splits, embargo=ask.embargo, progress=progress
        )
        study = {"splits": ask.splits, "embargo": ask.embargo, "calibration": ask.calibration}
        return bench_of(lab, config, made, **study, progress=progress), by  # type: ignore[arg-type]
    bench = bench_of_trial(lab, by, progress, refit=True)
    last = bench.built.matrix.frame["session"].iloc[-1].date()
    assert config.holdout is not None  # refused before  # noqa: S101
    if last >= config.holdout:
        raise BadRequest(
            f"Trial {ask.trial_id} was tried on sessions up to {last}, and those from"
            f" {config.holdout} on are sealed.",
            hint="Sweep again: the matrix then ends before the holdout.",
        )
    return bench, by.config


def _begun(rows: Sequence[Row], asked: Row) -> Row | None:
    """A registration of just this that has no result yet: it was interrupted, and goes on."""
    ended = {row["unseal_id"] for row in rows if row.get("kind") == "unsealed"}
    same = asked.keys() - {"end"}
    for row in rows:
        open_ = row.get("kind") == "unseal" and row["unseal_id"] not in ended
        if open_ and all(row[name] == asked[name] for name in same):
            return row
    return None


def _registered(lab: Lab, asked: Row) -> Row:
    """Enter what will be asked into the ledger: from here on the holdout is spent."""
    now = lab.now()
    unseal_id = run_id_of("unseal", now, asked["model_id"], str(asked["lineage"]["matrix_sha"]))
    row = asked | {
        "unseal_id": unseal_id,
        "contaminated": looks(lab.ledger.rows(), asked),
        "made_at": now.isoformat(),
    }
    lab.ledger.append([row], at=now)
    return row


def _keep(lab: Lab, config: ModelConfig, row: Row, found: Unsealing) -> None:
    """The result: its document, then the history and the ledger's word that it is there."""
    m = found.metrics
    lab.lake.save("manifests", found.unseal_id, plain(found))
    facts = {
        "rule": f"{found.config.kind} {found.config.value}",
        "start": plain(found.start),
        "end": plain(found.end),
        "sharpe": m.sharpe,
        "return": m.return_,
        "max_dd": m.max_dd,
        "trades": m.trades,
        "status": found.gate.status,
        "contaminated": found.contaminated,
    }
    record(lab, "unseal", found.unseal_id, config, facts)
    of = ("unseal_id", "holdout", "model_id", "pack_id", *FAMILY)
    ended = {name: row[name] for name in of}
    lab.ledger.append([{"kind": "unsealed", **ended, **facts}], at=lab.now())
