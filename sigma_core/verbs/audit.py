"""Check the ledger's chains."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb


@dataclass(frozen=True, kw_only=True, config=NOUN)
class AuditAsk:
    """Nothing to choose: all chains are checked."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Audit:
    """What the ledger holds, and what in it is not as it was written."""

    ok: bool
    rows: int
    trials: int
    """Distinct ones."""
    faults: tuple[str, ...]


def screen(found: Audit) -> str:
    """The state of the ledger in words."""
    head = f"{found.rows} rows, {found.trials} distinct trials"
    if found.ok:
        return f"✓ the ledger is as it was written: {head}"
    return "\n".join([f"✕ the ledger was touched: {head}", *(f"  {f}" for f in found.faults)])


@verb("GET", "/audit", table=screen)
def audit(lab: Lab, ask: AuditAsk, progress: Progress = silent) -> Audit:  # noqa: ARG001
    """Check every chain of the ledger, and that each trial on the leaderboard is in it."""
    faults = [fault.words for fault in lab.ledger.audit()]
    rows = lab.ledger.readable()
    known = {row["trial_id"] for row in rows if "trial_id" in row}  # a touched row may lack it
    lost = sorted({row["trial_id"] for row in lab.lake.trials()} - known)
    faults += [f"trial {name} is on the leaderboard and not in the ledger" for name in lost]
    return Audit(ok=not faults, rows=len(rows), trials=len(known), faults=tuple(faults))
