"""How a file gets into a folder whole, and how a reader sees that it is what was written.

A file is written in a staging folder, flushed to the disk and moved into place in one step. A
process that is killed, or a disk that is full, leaves something in the staging folder at most.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from sigma_core.errors import BadRequest, Damaged, SigmaError
from sigma_core.processes import alive, ticks_of

LONGEST = 200
"""Letters of a name as it stands on the disk; file systems end at 255."""
LEFT_BEHIND = re.compile(r"(\d+)-(\d+)-[0-9a-f]{32}")
SEAL = "sha256"
SETTLED = 3_000_000_000
"""Nanoseconds after which a folder's time tells of every change: disks' clocks tick in steps."""
MOST_LISTED = 10_000
"""Folders whose entries are remembered."""

Entries = frozenset[tuple[str, int, bool]]
"""Of what stands in a folder: name, inode, and whether it is a folder itself."""

_LISTED: dict[str, tuple[tuple[int, int], Entries, tuple[str, ...]]] = {}


def safe(name: str) -> str:
    """A name that came from a user as one segment of a path: it cannot leave its folder.

    Raises BadRequest if it is empty, too long, or no text.

    >>> safe("BRK/B"), safe(".."), safe("a b")
    ('BRK%2FB', '%2E.', 'a%20b')
    """
    try:
        segment = quote(name, safe="")
    except UnicodeEncodeError:
        raise BadRequest(f"The name {name!r} is no text.", hint="Use letters and digits.") from None
    if not 0 < len(segment) <= LONGEST:
        shown = f"{name[:40]}…" if name else "an empty name"
        raise BadRequest(
            f"{shown!r} cannot name a file: {len(segment)} letters.",
            hint=f"Use 1 to {LONGEST} letters and digits.",
        )
    return "%2E" + segment[1:] if segment.startswith(".") else segment


def unsafe(segment: str) -> str:
    """The reverse of `safe`."""
    return unquote(segment)


def sha(content: bytes | memoryview) -> str:
    """SHA-256 of bytes, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def put(path: Path, content: bytes | memoryview, *, staging: Path) -> Path:
    """Write a file in place of the former of that name, if any: all of it, or nothing.

    Raises SigmaError if the disk is full or may not be written to.
    """
    with told(path), _stage(staging) as stage:
        _flushed(stage, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        stage.replace(path)
        _flush_folder(path.parent)
    return path


def put_new(path: Path, content: bytes, *, staging: Path) -> Path:
    """As `put`, for a file that must not be there yet. Raises FileExistsError if it is."""
    with told(path), _stage(staging) as stage:
        _flushed(stage, content)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(stage)  # a move would replace silently
        _flush_folder(path.parent)
    return path


def put_folder(
    path: Path,
    files: Mapping[str, bytes | memoryview],
    *,
    staging: Path,
    replace: bool = False,
) -> Path:
    """Write a folder of files whole, in the order given.

    With `replace` in place of the former, which is gone for a moment before the new one is there;
    else raises FileExistsError if there is one.
    """
    with told(path), _stage(staging) as stage:
        stage.mkdir()
        for name, content in files.items():
            _flushed(stage / name, content)
        _flush_folder(stage)
        path.parent.mkdir(parents=True, exist_ok=True)
        while not _renamed(stage, path):
            if not replace:
                raise FileExistsError(errno.EEXIST, "is there already", str(path))
            take_away(path, staging=staging)
        _flush_folder(path.parent)
    return path


def listed(folder: str | Path) -> Entries:
    """What stands in a folder whose files come and go but never change; nothing if it is not there.

    Listed anew only when the folder's own time says that something came or went.
    """
    return _looked_into(str(folder))[0]


def tree(folder: str | Path) -> Iterator[tuple[str, Entries]]:
    """A folder and all within it, each with what stands in it; as `listed`."""
    path = str(folder)
    there, inner = _looked_into(path)
    yield path, there
    for name in inner:
        yield from tree(f"{path}/{name}")


def _looked_into(path: str) -> tuple[Entries, tuple[str, ...]]:
    """What stands in a folder, and which of it are folders, in the order of their names."""
    now = time.time_ns()
    try:
        of = os.stat(path)  # noqa: PTH116  a Path for each of many folders costs as much again
        held = _LISTED.get(path)
        if held is not None and held[0] == (of.st_ino, of.st_mtime_ns):
            return held[1], held[2]
        with os.scandir(path) as found:
            there = frozenset((e.name, e.inode(), e.is_dir(follow_symlinks=False)) for e in found)
    except (FileNotFoundError, NotADirectoryError):
        return frozenset(), ()
    inner = tuple(sorted(name for name, _, folder in there if folder))
    if now - of.st_mtime_ns > SETTLED:
        _LISTED[path] = (of.st_ino, of.st_mtime_ns), there, inner
        while len(_LISTED) > MOST_LISTED:
            _LISTED.pop(next(iter(_LISTED)), None)
    return there, inner


def take_away(folder: Path, *, staging: Path) -> None:
    """Remove a folder and all in it, in one step for who reads it."""
    with told(folder), _stage(staging) as stage, contextlib.suppress(FileNotFoundError):
        folder.rename(stage)


def put_document(path: Path, document: Mapping[str, Any], *, staging: Path) -> Path:
    """Write a document (plain JSON) with its seal, in place of the former."""
    return put(path, sealed(document), staging=staging)


def content_of(path: Path) -> bytes:
    """What a file of the lake holds. Raises FileNotFoundError, or Damaged if it is no file."""
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise damaged(path, "it is a folder") from None


def document_of(path: Path) -> dict[str, Any]:
    """Read a document. Raises FileNotFoundError, or Damaged if it is not what was written."""
    try:
        document: dict[str, Any] = json.loads(content_of(path))
        seal = document.pop(SEAL)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as broken:
        raise damaged(path, "it holds no sealed document") from broken
    if seal != sha(canonical(document)):
        raise damaged(path, "its content does not match its sha256")
    return document


def sealed(document: Mapping[str, Any]) -> bytes:
    """The text of a document, with the hash of its content under `sha256`."""
    if SEAL in document:
        raise ValueError(f"a document has no field {SEAL!r} of its own")
    plain = json.loads(canonical(document))  # keys that are numbers become text before hashing
    return json.dumps(plain | {SEAL: sha(canonical(plain))}, sort_keys=True, indent=1).encode()


def canonical(value: Any) -> bytes:
    """Plain values as JSON, the same whatever the order of their keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def damaged(path: Path, why: str, *, hint: str = "") -> Damaged:
    """The error that names a file which is not what was written."""
    return Damaged(
        f"{path} is damaged: {why}.",
        hint=hint or f"Move {path} away and run the verb that made it once more.",
    )


def clear(staging: Path) -> int:
    """Take away what killed processes left in the staging folder; how many things that were."""
    left = []
    with contextlib.suppress(FileNotFoundError):
        left = [path for path in staging.iterdir() if _abandoned(path.name)]
    with told(staging):
        for path in left:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    return len(left)


@contextlib.contextmanager
def alone(name: str, *, staging: Path) -> Iterator[None]:
    """Wait until no other process or thread is in here under the same name.

    A process that dies lets the next one in.
    """
    path = staging / f"{safe(name)}.lock"
    with told(path):
        staging.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """What the disk refuses, in words that a person can act on."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as refused:
        full = refused.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise SigmaError(
            f"{path} cannot be written: {refused.strerror}.",
            hint="Free some space." if full else "Make the folder writable, or set SIGMA_LAKE.",
        ) from refused


def _abandoned(name: str) -> bool:
    found = LEFT_BEHIND.fullmatch(name)
    return found is not None and not alive(int(found[1]), int(found[2]))


def _renamed(stage: Path, path: Path) -> bool:
    """Whether a folder could be moved into place: not if there is one with files in it."""
    try:
        stage.rename(path)
    except OSError as refused:
        if refused.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


@contextlib.contextmanager
def _stage(staging: Path) -> Iterator[Path]:
    """A path of our own to write to, which is gone afterwards whatever happens."""
    staging.mkdir(parents=True, exist_ok=True)
    pid = os.getpid()
    stage = staging / f"{pid}-{ticks_of(pid)}-{uuid4().hex}"
    try:
        yield stage
    finally:
        if stage.is_dir():
            shutil.rmtree(stage)
        stage.unlink(missing_ok=True)


def _flushed(path: Path, content: bytes | memoryview) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
