"""The ledger: every trial that was ever made, in hash chains that show when one was touched.

Each writing process appends to a chain of its own, so nobody waits for anybody. A line holds a row,
the hash of the line before it and its own; the chain's head is anchored by a file that is created
exclusively.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sigma_core.errors import Damaged

START = "0" * 64


@dataclass(frozen=True)
class Fault:
    """Something in a chain that is not as it was written."""

    chain: str
    line: int
    words: str


class Ledger:
    """The chains in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> None:
        """Add rows (plain JSON) to a new chain of this call, flushed before it returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        chain, before = f"{at:%Y%m%dT%H%M%S}-{uuid4().hex[:12]}", START
        lines = []
        for row in rows:
            body = {"at": at.isoformat(), "prev": before, "row": row}
            before = _sha(body)
            lines.append(_canonical({**body, "sha": before}))
        head = {"chain": chain, "first": json.loads(lines[0])["sha"], "last": before, "rows": len(lines)}
        # the anchor first: a chain that goes missing, or loses its end, is then missed
        _write(self.folder / f"{chain}.head", _canonical(head))
        _write(self.folder / f"{chain}.jsonl", "\n".join(lines) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """Every row of every chain, oldest chain first.

        Raises Damaged if a line cannot be read: a count of tries that is too low would flatter.
        """
        return [row for chain in self._chains() for row in self._read(chain)]

    def audit(self) -> list[Fault]:
        """Everything that is not as it was written; an empty list if all is well."""
        heads = {path.stem for path in self.folder.glob("*.head")}
        chains = {path.stem for path in self._chains()}
        faults = [
            Fault(chain, 0, f"chain {chain} is gone; its anchor is still there")
            for chain in sorted(heads - chains)
        ]
        faults += [
            Fault(chain, 0, f"chain {chain} has no anchor") for chain in sorted(chains - heads)
        ]
        for path in self._chains():
            faults += _faults(path)
        return faults

    def _chains(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl"))

    def _read(self, path: Path) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            try:
                row: dict[str, Any] = json.loads(line)["row"]
            except (ValueError, KeyError, TypeError) as broken:
                raise Damaged(
                    f"{path} is damaged at line {number}.",
                    hint="Run make audit; restore the file from a copy.",
                ) from broken
            yield row


def family_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What trials must share to be tries at the same thing: data, not model or rule."""
    names = ("provider", "ticker", "cadence", "adjustment", "family_seed")
    return tuple(str(row[name]) for name in names)


def distinct(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each trial once, however often it was made."""
    return list({row["trial_id"]: row for row in rows}.values())


def _faults(path: Path) -> Iterator[Fault]:
    before, number, chain = START, 0, path.stem
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            body = json.loads(line)
            sha = body.pop("sha")
        except (ValueError, KeyError, AttributeError):
            yield Fault(chain, number, f"chain {chain}, line {number} cannot be read")
            return
        if body.get("prev") != before:
            yield Fault(chain, number, f"chain {chain}: a line is missing before line {number}")
        if sha != _sha(body):
            yield Fault(chain, number, f"chain {chain}, line {number} was edited")
        before = sha
    head_file = path.with_suffix(".head")
    if head_file.exists():
        try:
            head = json.loads(head_file.read_bytes())
            whole = (head["last"], head["rows"]) == (before, number)
        except (ValueError, KeyError, TypeError):
            yield Fault(chain, 0, f"the anchor of chain {chain} cannot be read")
            return
        if not whole:
            yield Fault(chain, number, f"chain {chain} does not end as its anchor says")


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body).encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    with path.open("x") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
