"""Check the ledger's chains, and say how the leak audit of a model stands."""

from collections import Counter

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.leaks import LeakAudit
from sigma_core.lab import Lab
from sigma_core.packs import find_model
from sigma_core.progress import Progress, silent
from sigma_core.sealed import looker
from sigma_core.suspicion import last_audit
from sigma_core.verbs import verb
from sigma_core.verbs._looks import distinct_looks, look_words
from sigma_core.verbs.leak_audit import screen as leak_screen

_MADE = "SELECT trial_id, count(DISTINCT run_id) AS n FROM trials GROUP BY ALL"


@dataclass(frozen=True, kw_only=True, config=NOUN)
class AuditAsk:
    """All chains are checked; with a model, its last leak audit is told too."""

    model_id: str = ""
    pack_id: str = ""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Audit:
    """What the ledger holds, and what in it is not as it was written."""

    ok: bool
    rows: int
    trials: int
    """Distinct ones."""
    looks: int
    """Distinct rules looked at by what-if; they are no trials."""
    unsealings: int
    """Holdouts that were unsealed, interrupted ones too."""
    contaminated: int
    """Unsealings, tries and looks, each once, at sessions which were sealed or seen before."""
    faults: tuple[str, ...]
    leaks: LeakAudit | None = None
    """The last leak audit of the model that was asked for; None if none was, or there is none."""


def screen(found: Audit) -> str:
    """The state of the ledger in words, and below it that of the leak audit."""
    head = f"{found.rows} rows, {found.trials} distinct trials"
    if found.looks:
        head += f", {look_words(found.looks)}"
    if found.unsealings or found.contaminated:
        head += f", {found.unsealings} unsealed, {found.contaminated} contaminated"
    state = "✓ the ledger is as it was written" if found.ok else "✕ the ledger was touched"
    lines = [f"{state}: {head}", *(f"  {fault}" for fault in found.faults)]
    return "\n".join([*lines, *(["", leak_screen(found.leaks)] if found.leaks else [])])


def _lost(trial: str, made: int, entered: int) -> str:
    if not entered:
        return f"trial {trial} is on the leaderboard and not in the ledger"
    return f"trial {trial} was made {made} times, and the ledger tells of {entered}"


@verb("GET", "/audit", table=screen)
def audit(lab: Lab, ask: AuditAsk, progress: Progress = silent) -> Audit:  # noqa: ARG001
    """Check every chain of the ledger, and that each trial on the leaderboard is in it."""
    made = {row["trial_id"]: row["n"] for row in lab.lake.rows(_MADE)}
    rows = lab.ledger.readable()  # after: a try is entered before its trial is written
    faults = [fault.words for fault in lab.ledger.audit()]
    known = Counter(row["trial_id"] for row in rows if "trial_id" in row)  # a touched one may not
    faults += [_lost(name, n, known[name]) for name, n in sorted(made.items()) if n > known[name]]
    leaks = None
    if ask.model_id:
        config = find_model(lab.packs, ask.model_id, ask.pack_id)
        leaks = last_audit(lab, config.pack_id, config.model_id)
    spent = [row for row in rows if row.get("kind") == "unseal"]
    marked = {
        looker(row) for row in rows if row.get("kind") != "unsealed" and row.get("contaminated")
    }
    return Audit(
        ok=not faults, rows=len(rows), trials=len(known), looks=distinct_looks(rows),
        unsealings=len(spent), contaminated=len(marked), faults=tuple(faults), leaks=leaks,
    )  # fmt: skip
