"""Bringing back what was tried: which trial is meant, and the bench it was tried on."""

from collections.abc import Mapping
from dataclasses import replace
from math import isclose
from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Entry
from sigma_core.engine.matrix import KEYS
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.foresight import predictions_sha
from sigma_core.lab import Lab
from sigma_core.progress import Progress
from sigma_core.recall import AGAIN, Shared, recalled
from sigma_core.resolve import config_sha, policy_sha, risk_sha
from sigma_core.schemas import PREDICTIONS
from sigma_core.verbs._gated import Momentum, gate_of, gated
from sigma_core.verbs._ranking import ranked
from sigma_core.verbs._swept import sweep_named
from sigma_core.verbs._tries import Bench, Tried, bench_of, tried
from sigma_core.verbs.build import model_of

STUDY = ("splits", "embargo", "calibration")
SHAS = ("matrix_sha", "config_sha", "policy_sha", "risk_sha")
Row = Mapping[str, Any]

_BENCHES: Shared[Bench] = Shared(room=4)
"""Studies by the shas of what they are made of; read by many visitors, changed by none."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OneTrial:
    """Which trial: of a run (or the newest one), the named trial or the best."""

    run_id: str = ""
    """A backtest or a sweep; the newest, of a model if one is named, where this is empty."""
    trial_id: str = ""
    """One trial of it; without a run, its latest making."""
    model_id: str = ""
    pack_id: str = ""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OneSweep:
    """Which sweep; the newest of a model where only that is given."""

    sweep_id: str = ""
    model_id: str = ""


_NEWEST = """
SELECT run_id FROM trials
WHERE $run_id IN ('', run_id) AND $trial_id IN ('', trial_id)
  AND $model_id IN ('', model_id) AND $pack_id IN ('', pack_id)
ORDER BY made_at DESC, run_id LIMIT 1
"""


def trial_of(lab: Lab, ask: OneTrial) -> Entry:
    """The trial that is meant. Raises UnknownName, BadRequest where there is none."""
    found = lab.lake.rows(_NEWEST, **vars(ask))
    if not found:
        raise _unknown(lab, ask)
    entries = ranked(lab, run_id=found[0]["run_id"], model_id=ask.model_id, pack_id=ask.pack_id)
    return next(e for e in entries if ask.trial_id in ("", e.trial_id))


def _unknown(lab: Lab, ask: OneTrial) -> BadRequest | UnknownName:
    for name, kind in (("run_id", "run"), ("trial_id", "trial")):
        known = lab.lake.rows(f"SELECT DISTINCT {name} AS known FROM trials")  # noqa: S608  ours
        if (asked := getattr(ask, name)) and asked not in {row["known"] for row in known}:
            return UnknownName(kind, asked, [row["known"] for row in known])
    said = ", ".join(f"{name} {value}" for name, value in vars(ask).items() if value)
    return BadRequest(
        f"No trial of {said} was found." if said else "Nothing was tried yet.",
        hint="Run a backtest or a sweep first: make backtest, make sweep-run.",
    )


def sweep_again(lab: Lab, ask: OneSweep) -> list[Entry]:
    """The trials of the sweep that is meant, best first.

    Raises UnknownName, BadRequest where there is none, or its model was changed since.
    """
    sweep_id = sweep_named(lab, sweep_id=ask.sweep_id, model_id=ask.model_id)
    entries = ranked(lab, sweep_id=sweep_id)
    as_tried(lab, row_of(entries[0]))
    return entries


def row_of(entry: Entry) -> Row:
    """What says which study a trial is of."""
    made = {name: getattr(entry, name) for name in ("run_id", "pack_id", "model_id", "provider")}
    return made | vars(entry.lineage) | vars(entry.study)


def bench_of_trial(lab: Lab, entry: Entry, progress: Progress, *, refit: bool = False) -> Bench:
    """What a trial was tried on; see `bench_again`. One that was fitted anew is held against it."""
    bench = bench_again(lab, row_of(entry), progress, refit=refit)
    if refit:
        replayed(bench, entry)
    return bench


def replayed(bench: Bench, entry: Entry) -> Tried:
    """A trial, traded anew. Raises BadRequest if it does not come out as it was judged."""
    one = tried(bench, entry.config)
    then, now = entry.metrics.return_, one.metrics.return_
    if one.trial_id != entry.trial_id or not isclose(now, then, rel_tol=1e-9, abs_tol=1e-12):
        raise BadRequest(
            f"Trial {entry.trial_id} does not come out as it did when it was judged.", hint=AGAIN
        )
    return one


def bench_again(lab: Lab, row: Row, progress: Progress, *, refit: bool = False) -> Bench:
    """The study of a run, from memory or read back; the shas say that it is this one.

    `row`: run_id, pack_id, model_id, provider, risk_profile, SHAS and STUDY. Where its fit is not
    kept any more it is made anew with `refit`, and kept. Raises BadRequest if the model or its bars
    were changed since, or, without `refit`, the fit is not kept or of other code.
    """
    made_of = (*(row[name] for name in SHAS), *(row[name] for name in STUDY))
    key = (lab.lake.root, row["pack_id"], row["model_id"], *made_of)
    return _BENCHES.get(key, lambda: _read_back(lab, row, progress, refit=refit))


def _kind(row: Row) -> str:
    return str(row["run_id"]).split("-")[0]


def as_tried(lab: Lab, row: Row) -> ModelConfig:
    """The model, which must still be what was tried. Raises BadRequest if it is not."""
    config = model_of(lab, row["model_id"], row["pack_id"], risk_profile=row["risk_profile"])
    made_as = {name: row[name] for name in ("run_id", "pack_id", "model_id")}
    config = gated(config, Momentum(**gate_of(lab, **made_as)))
    shas = (config_sha(config), policy_sha(config), risk_sha(config))
    if shas != tuple(row[name] for name in SHAS[1:]):
        raise BadRequest(f"{row['model_id']} was changed since this {_kind(row)}.", hint=AGAIN)
    return config


def _read_back(lab: Lab, row: Row, progress: Progress, *, refit: bool) -> Bench:
    config = as_tried(lab, row)
    study = {name: row[name] for name in STUDY}
    made = recalled(lab, config, matrix_sha=row["matrix_sha"], provider=row["provider"])
    if not refit and not lab.lake.holds(PREDICTIONS, predictions_sha(config, made.matrix, study)):
        raise BadRequest(
            f"The fit of this {_kind(row)} is not kept, or was made by other code.",
            hint=f"make evidence SWEEP_ID={row['run_id']} makes it anew; no try is counted."
            if _kind(row) == "sweep"
            else AGAIN,
        )
    bench = bench_of(lab, config, made, **study, progress=progress)
    lean = replace(made.matrix, frame=made.matrix.frame[list(KEYS)])  # a rule reads no feature
    return replace(bench, built=replace(made, matrix=lean))
