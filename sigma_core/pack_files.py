"""Files of a pack on disk: read as they stand or as they are about to, and written whole."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from threading import get_ident
from typing import Any

from sigma_core.errors import BadRequest
from sigma_core.readable import readable
from sigma_core.yamltext import load

_PENDING: ContextVar[Mapping[Path, str]] = ContextVar("pending", default={})  # noqa: B039  read only

_READ: dict[Path, tuple[tuple[int, int, int], dict[str, Any]]] = {}
"""What files held when they were last read: parsing YAML is what listing many models takes."""


def where(root: Path, file: Path) -> str:
    """A file as errors and people name it: `packs/swingsigma/pack.yaml`."""
    return f"{root.name or root}/{file.relative_to(root)}"


@contextmanager
def pending(texts: Mapping[Path, str]) -> Iterator[None]:
    """Within, these files read as if these texts stood in them. Nothing is written."""
    before = _PENDING.set({**_PENDING.get(), **texts})
    try:
        yield
    finally:
        _PENDING.reset(before)


def files_in(folder: Path) -> list[Path]:
    """YAML files of a folder, sorted; those too that are pending."""
    about_to = {file for file in _PENDING.get() if file.parent == folder}
    return sorted({*folder.glob("[!.]*.y*ml"), *about_to})


def fields_of(root: Path, file: Path) -> dict[str, Any]:
    """The fields a file holds. Raises BadRequest if it is no file, not YAML or holds none."""
    about_to = _PENDING.get().get(file)
    if about_to is not None:
        return load(about_to, named=where(root, file))
    stat = readable(file, named=where(root, file))
    now = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    before = _READ.get(file)
    if before is None or before[0] != now:
        before = _READ[file] = (now, load(file.read_bytes(), named=where(root, file)))
    return dict(before[1])


def text_of(root: Path, file: Path) -> str:
    """A file's text, its line ends as they are. Raises BadRequest if it is no file or not UTF-8."""
    readable(file, named=where(root, file))
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"{where(root, file)} is not UTF-8.", hint="Save it as UTF-8.") from None


def create(root: Path, file: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all. Raises BadRequest if it is there."""
    staged = _staged(file, text)
    try:
        os.link(staged, file)  # unlike a rename, refuses to take another's place
    except FileExistsError:
        raise taken(root, file) from None
    finally:
        staged.unlink()


def put(file: Path, text: str) -> None:
    """Write a file in place of the former, if any: all of it, or nothing."""
    _staged(file, text).replace(file)


def move(root: Path, file: Path, to: Path) -> None:
    """Move a file to another folder of its pack. Raises BadRequest if one of its name is there."""
    to.parent.mkdir(exist_ok=True)
    try:
        os.link(file, to)
    except FileExistsError:
        raise taken(root, to) from None
    file.unlink()


def taken(root: Path, file: Path) -> BadRequest:
    """The error of a file that is in the way."""
    return BadRequest(
        f"{where(root, file)} exists.", hint="Go on with it, edit it, or choose another name."
    )


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Within, no one else changes this pack: of two who edit at once, one waits."""
    folder = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _staged(file: Path, text: str) -> Path:
    """A hidden file beside `file` with its text, safely on disk."""
    file.parent.mkdir(exist_ok=True)
    staged = file.with_name(f".{file.stem}.{os.getpid()}.{get_ident()}.part")
    with staged.open("w", encoding="utf-8", newline="") as made:
        made.write(text)
        made.flush()
        os.fsync(made.fileno())
    return staged
