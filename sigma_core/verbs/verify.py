"""Read the whole lake again: every file, the ledger, and that both tell the same of each trial."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.schemas import TRIALS
from sigma_core.schemas.trials import EVIDENCE
from sigma_core.suspicion import KIND as LEAKS
from sigma_core.verbs import verb
from sigma_core.verbs._again import Again, again, rows_of
from sigma_core.verbs._families import Families
from sigma_core.verbs._text import columns, count

PUT_BACK = "Put the ledger folder back from a copy: tries that are gone would flatter what stays."
TRY_AGAIN = "Run its backtest or sweep again: it is then counted, and judged by the count."
TOLD_TWICE = (
    *("model_id", "pack_id", "provider", "ticker", "cadence", "adjustment", "family_seed"),
    *("matrix_sha", "config_sha", "policy_sha"),
)
"""What the table of trials and the ledger tell in the same words."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Verify:
    """All of the lake is read; a run that is named is made again as well."""

    run_id: str = ""
    """A backtest or a sweep."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Wrong:
    """One thing that is not as it was written, and what to do about it."""

    path: str
    words: str
    hint: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Verified:
    """What was read, by kind, and everything in it that is wrong."""

    ok: bool
    lake: str
    read: dict[str, int]
    """Files of each table, documents and bundles."""
    ledger_rows: int
    trials: int | None
    """Distinct ones on the leaderboard; None if a file of theirs cannot be read."""
    unkept: int | None
    """Tries that were counted and whose results were never kept: their run was stopped."""
    faults: tuple[Wrong, ...]
    again: Again | None = None
    """The named run, made again from its bars."""


def screen(found: Verified) -> str:
    """The state of the lake in words, then each fault with what to do."""
    rows = [(kind, count(number)) for kind, number in found.read.items()]
    rows += [("ledger rows", count(found.ledger_rows)), ("trials", count(found.trials))]
    parts = [columns(rows, ("read again", "")), ""]
    if found.again:
        parts += [f"{'✓' if found.again.same else '✕'} {found.again.words}", ""]
    if found.unkept:
        parts += [f"{count(found.unkept)} tries were stopped before their results; they count.", ""]
    if found.ok:
        return "\n".join([*parts, f"✓ everything in {found.lake} is as it was written"])
    parts.append(f"✕ {count(len(found.faults))} faults in {found.lake}")
    return "\n".join([*parts, *(f"  {fault.words} {fault.hint}" for fault in found.faults)])


def named(lab: Lab, ask: Verify) -> None:
    """Raises UnknownName for a run that was not made."""
    if ask.run_id:
        rows_of(lab, ask.run_id)


@verb("POST", "/verify", slow=True, table=screen, first=named)
def verify(lab: Lab, ask: Verify, progress: Progress = silent) -> Verified:
    """Read every file of the lake and the ledger again, and name each that is not as written."""
    made = again(lab, ask.run_id, progress) if ask.run_id else None
    read, faults = _files(lab, progress)
    progress(1, 2, "reading the ledger")
    touched = list(_ledger(lab))
    rows = lab.ledger.readable()
    kept = None if _among(faults, lab, TRIALS.name) else lab.lake.trials()
    if kept is not None and not touched:  # of a touched ledger all else would be a consequence
        untold = _untold(kept, rows)
        touched += untold if untold or _among(faults, lab, LEAKS) else _thinned(lab, kept)
    progress(2, 2, "done")
    return Verified(
        ok=not faults and not touched and (made is None or made.same),
        lake=str(lab.lake.root),
        read=dict(read),
        ledger_rows=len(rows),
        trials=None if kept is None else len(kept),
        unkept=None if kept is None else len(_ids(rows) - _ids(kept)),
        faults=(*faults, *touched),
        again=made,
    )


def _files(lab: Lab, progress: Progress) -> tuple[Counter[str], list[Wrong]]:
    """How many files of each kind there are, and those that are not what was written."""
    read: Counter[str] = Counter()
    faults = []
    for found in lab.lake.inspect():
        read[found.kind] += 1
        progress(0, 2, f"reading {found.kind}")
        if found.fault:
            wrong = Wrong(path=str(found.path), words=str(found.fault), hint=found.fault.hint)
            faults.append(wrong)
    return read, faults


def _among(faults: list[Wrong], lab: Lab, kind: str) -> bool:
    """Whether one of the faults is of a file of that kind: what rests on it cannot be told."""
    return any(lab.lake.root / kind in Path(fault.path).parents for fault in faults)


def _ledger(lab: Lab) -> Iterator[Wrong]:
    for fault in lab.ledger.audit():
        path = lab.ledger.folder / f"{fault.chain}.jsonl"
        yield Wrong(path=str(path), words=f"{path}: {fault.words}.", hint=PUT_BACK)


def _untold(kept: Rows, rows: Rows) -> list[Wrong]:
    """Trials of which the ledger tells nothing, or something else."""
    told: dict[object, list[Mapping[str, Any]]] = {}
    for row in rows:
        told.setdefault(row.get("trial_id"), []).append(row)
    wrong = []
    for trial in kept:
        name, path = trial["trial_id"], f"trial {trial['trial_id']} of {trial['model_id']}"
        if name not in told:
            words = f"{path} is on the leaderboard and not in the ledger."
            wrong.append(Wrong(path=path, words=words, hint=TRY_AGAIN))
        elif apart := min((_apart(trial, row) for row in told[name]), key=len):
            words = f"{path} and the ledger differ in {', '.join(apart)}."
            wrong.append(Wrong(path=path, words=words, hint=TRY_AGAIN))
    return wrong


def _apart(trial: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """In what a trial differs from what the ledger counted."""
    told = {**row, **row.get("lineage", {})}
    days = {name: str(trial[name].date()) for name in ("oof_start", "oof_end")}
    ours = {name: trial[name] for name in TOLD_TWICE} | days
    ours |= {name: trial[f"{EVIDENCE}{name}"] for name in ("sharpe", "excess_sharpe")}
    return [name for name, value in ours.items() if name in told and told[name] != value]


def _thinned(lab: Lab, kept: Rows) -> list[Wrong]:
    """Trials that were judged among more tries than the ledger knows of today."""
    families, wrong = Families(lab), []
    for trial in kept:
        then, now = trial[f"{EVIDENCE}n_trials"], families.of(trial).n
        if then is not None and then > now:
            path = f"trial {trial['trial_id']} of {trial['model_id']}"
            words = f"{path} was judged among {then} tries, and the ledger knows of {now}."
            wrong.append(Wrong(path=path, words=words, hint=PUT_BACK))
    return wrong


def _ids(rows: Rows) -> set[object]:
    return {row.get("trial_id") for row in rows}
