"""The ledger: every trial that was ever made, in hash chains that show when one was touched.

Each append is a chain of its own, a file that is created exclusively and never changed, so nobody
waits for anybody and a killed process leaves a whole chain or none. A line holds the hash of the
line before it and its own. The first line names the ends of the chains that no other had named yet,
so a chain that goes missing is missed by its successor; the end of each chain is anchored in a file
beside it, so the newest are missed too.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from sigma_core.errors import Damaged
from sigma_core.shelf import canonical, content_of, listed, put_new

START = "0" * 64
"""What stands before the first line."""
OWN = b',"sha":"'
FAMILY = ("provider", "ticker", "cadence", "adjustment", "family_seed")
CHAIN, ANCHOR = ".jsonl", ".head"


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written."""

    chain: str
    line: int
    """From 1; 0 for the chain as a whole."""
    words: str


class Try(NamedTuple):
    """What of a trial its family is told by."""

    trial_id: str
    family: tuple[str, ...]
    days: tuple[int, int]
    """First and last out-of-fold session, as ordinals of `date`."""
    sharpes: tuple[float | None, float | None]
    """Its own and that over exposure, per session."""


@dataclass(frozen=True)
class Chain:
    """One file of the ledger, as it was read."""

    name: str
    rows: tuple[dict[str, Any], ...]
    after: Mapping[str, str]
    """Ends of the chains that its first line names."""
    end: str
    """Hash of the last line."""
    lines: int
    faults: tuple[Fault, ...]
    sha: bytes
    """Of the whole file as it was read."""

    @cached_property
    def tries(self) -> tuple[Try, ...]:
        """Its rows that are trials."""
        return tuple(_try(row) for row in self.rows if "trial_id" in row)

    @cached_property
    def others(self) -> tuple[dict[str, Any], ...]:
        """Its rows that are neither trials nor looks: seals and unsealings."""
        return tuple(r for r in self.rows if "trial_id" not in r and r.get("kind") != "look")


class Ledger:
    """The chains in one folder. Threads may share it: a chain is read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[str, int], Chain] = {}
        self._lock = Lock()

    def append(self, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> None:
        """Add rows (plain JSON), all of them or none; they are on the disk when it returns."""
        name, ends = f"{at:%Y%m%dT%H%M%S}-{uuid4().hex[:12]}", self._open_ends()
        content, end = _written({"after": ends}, rows, at.isoformat())
        staging = self.folder.parent / "staging"
        put_new(self.folder / f"{name}{CHAIN}", content, staging=staging)
        anchor = {"last": end, "lines": content.count(b"\n")}
        put_new(self.folder / f"{name}{ANCHOR}", canonical(anchor), staging=staging)

    def rows(self) -> list[dict[str, Any]]:
        """Every row of every chain, oldest chain first. Raises as `chains`."""
        return [row for chain in self.chains() for row in chain.rows]

    def chains(self) -> list[Chain]:
        """Every chain, oldest first.

        Raises Damaged if a line was touched, or a line or a chain is missing: a count of tries that
        is too low would flatter.
        """
        chains = self._chains()
        if fault := next(self._missed(chains), None):
            raise Damaged(
                f"The ledger in {self.folder} was touched: {fault.words}.",
                hint="make audit shows everything that is wrong; put back a copy of the file.",
            )
        return chains

    def readable(self) -> list[dict[str, Any]]:
        """Every row that can be read, whatever was touched."""
        return [row for chain in self._chains() for row in chain.rows]

    def dated(self) -> list[tuple[datetime, dict[str, Any]]]:
        """The same with the second, UTC, at which each was written."""
        timed = [(_written_at(chain), chain) for chain in self._chains()]
        return [(at, row) for at, chain in timed for row in chain.rows]

    def audit(self) -> list[Fault]:
        """Everything that is not as it was written; an empty list if all is well.

        Every byte is read again; what is as it was need not be taken apart again.
        """
        with self._lock:  # a line may have been edited in place
            same = {key for key, chain in self._read.items() if self._is(key[0], chain.sha)}
            self._read = {key: self._read[key] for key in same}
        chains = {chain.name: chain for chain in self._chains()}
        anchors = {path.stem: path for path in self.folder.glob(f"*{ANCHOR}")}
        named = {name: end for chain in chains.values() for name, end in chain.after.items()}
        faults = [fault for chain in chains.values() for fault in chain.faults]
        faults += self._gone((anchors.keys() | named.keys()) - chains.keys())
        for name, chain in chains.items():
            if not chain.faults:
                faults += _end_faults(chain, anchors.get(name), named.get(name))
        return faults

    def _is(self, name: str, sha: bytes) -> bool:
        path = self.folder / name
        return path.exists() and hashlib.sha256(content_of(path)).digest() == sha

    def _missed(self, chains: Sequence[Chain]) -> Iterator[Fault]:
        """Faults by which tries would go uncounted; an anchor that is not there yet is none."""
        yield from (fault for chain in chains for fault in chain.faults)
        held = {chain.name: chain for chain in chains}
        anchors = {path.stem: path for path in self.folder.glob(f"*{ANCHOR}")}
        named = {name: end for chain in chains for name, end in chain.after.items()}
        yield from self._gone((anchors.keys() | named.keys()) - held.keys())
        for name, chain in held.items():
            if name in anchors or name in named:
                yield from _end_faults(chain, anchors.get(name), named.get(name))

    def _gone(self, names: Iterable[str]) -> list[Fault]:
        """Chains that are not there; one written since the folder was listed is."""
        there = {name for name in names if (self.folder / f"{name}{CHAIN}").exists()}
        return [Fault(name, 0, f"chain {name} is gone") for name in sorted({*names} - there)]

    def _open_ends(self) -> dict[str, str]:
        """Ends of the whole chains that no other names yet."""
        chains = self._chains()
        named = {name for chain in chains for name in chain.after}
        return {c.name: c.end for c in chains if c.name not in named and not c.faults}

    def _chains(self) -> list[Chain]:
        with self._lock:
            there = {(name, at) for name, at, _ in listed(self.folder) if name.endswith(CHAIN)}
            for key in there - self._read.keys():
                self._read[key] = _chain_of(self.folder / key[0])
            return [self._read[key] for key in sorted(there)]


def family_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What trials must share to be tries at the same thing: data, not model or rule."""
    return tuple(str(row[name]) for name in FAMILY)


def _try(row: Mapping[str, Any]) -> Try:
    start, end = (date.fromisoformat(str(row[name])[:10]) for name in ("oof_start", "oof_end"))
    sharpes = row["sharpe"], row["excess_sharpe"]
    return Try(row["trial_id"], family_of(row), (start.toordinal(), end.toordinal()), sharpes)


def _written_at(chain: Chain) -> datetime:
    """The time that begins a chain's name."""
    return datetime.strptime(chain.name.split("-")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)


def _written(
    first: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], at: str
) -> tuple[bytes, str]:
    """The lines of a new chain, and the hash of the last."""
    before, lines = START, []
    for body in (first, *({"row": row} for row in rows)):
        text = canonical({**body, "at": at, "prev": before})
        before = hashlib.sha256(text).hexdigest()
        lines.append(text[:-1] + OWN + before.encode() + b'"}\n')
    return b"".join(lines), before


def _chain_of(path: Path) -> Chain:
    content = content_of(path)
    lines = [_line(text) for text in content.splitlines()]
    ends = [START, *(line.sha for line in lines)]
    faults = [
        Fault(path.stem, number, f"chain {path.stem}, line {number} {fault}")
        for number, line in enumerate(lines, start=1)
        if (fault := _fault(line, ends, number))
    ]
    if not lines:
        faults = [Fault(path.stem, 0, f"chain {path.stem} is empty")]
    after = lines[0].body.get("after") if lines else None
    return Chain(
        name=path.stem,
        rows=tuple(line.body["row"] for line in lines if "row" in line.body),
        after=after if isinstance(after, dict) else {},
        end=ends[-1],
        lines=len(lines),
        faults=tuple(faults),
        sha=hashlib.sha256(content).digest(),
    )


@dataclass(frozen=True)
class _Line:
    body: Mapping[str, Any]
    """Empty if it cannot be read."""
    sha: str
    """The hash that it bears."""
    whole: bool
    """Whether that is its hash."""


def _line(line: bytes) -> _Line:
    text, _, sha = line.rpartition(OWN)
    text += b"}"
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    bears = sha.removesuffix(b'"}').decode(errors="replace")
    return _Line(
        body if isinstance(body, dict) else {}, bears, bears == hashlib.sha256(text).hexdigest()
    )


def _fault(line: _Line, ends: Sequence[str], number: int) -> str:
    """What is wrong with a line, given the hashes that the lines before and after it bear."""
    if not line.body:
        return "cannot be read"
    if not line.whole:
        return "was edited"
    before = line.body.get("prev")
    if before == ends[number - 1]:
        return ""
    return "is not in its place" if before in ends else "follows a line that is missing"


def _end_faults(chain: Chain, anchor: Path | None, named: str | None) -> Iterator[Fault]:
    """Whether a chain ends where its anchor and its successor say."""
    ends = [named] if named else []
    if anchor is not None:
        try:
            told = json.loads(content_of(anchor))
            ends.append(told["last"])
            if told["lines"] != chain.lines:
                words = f"the anchor of chain {chain.name} tells of {told['lines']} lines"
                yield Fault(chain.name, 0, f"{words}, and there are {chain.lines}")
        except (ValueError, KeyError, TypeError):
            yield Fault(chain.name, 0, f"the anchor of chain {chain.name} cannot be read")
    elif named is None:  # its writer was killed between the two, or someone took the anchor away
        yield Fault(chain.name, 0, f"chain {chain.name} has no anchor")
    if any(end != chain.end for end in ends):
        words = f"chain {chain.name} does not end as it did: lines after {chain.lines} are missing"
        yield Fault(chain.name, chain.lines, words)
