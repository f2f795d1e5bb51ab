"""Answers that are kept until the files they rest on change."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sigma_core.shelf import Entries, tree

T = TypeVar("T")
FilePrint = tuple[str, int, int]
"""Path, inode and time of change of a file: one that was replaced has another inode."""
Print = frozenset[FilePrint] | Sequence[object]

MOST = 64
"""Answers of a kind that are kept at a time."""

_KEPT: dict[object, dict[tuple[object, ...], tuple[Print, Any]]] = {}


def kept(key: tuple[object, ...], now: Print, make: Callable[[], T], *, most: int = MOST) -> T:
    """What `make` answers, made anew only when `now`, the print of its files, is another.

    `key` tells apart what is kept: first its kind, then its root and what was asked. Of a kind the
    `most` that were asked for last are kept: were they fewer than a page asks for, all would be
    made each time. An error is not kept.
    """
    held = _KEPT.setdefault(key[0], {})
    before = held.pop(key, None)
    found = before if before is not None and before[0] == now else (now, make())
    held[key] = found  # the print is from before: a change meanwhile is seen
    while len(held) > most:
        held.pop(next(iter(held)), None)  # what was not asked for longest
    made: T = found[1]
    return made


def print_of_lake(folders: Iterable[Path]) -> list[tuple[str, Entries]]:
    """What changes when a file comes into these folders or theirs, goes, or is replaced.

    For folders of the lake, whose files never change: of each only its own time is looked at.
    """
    return [each for folder in folders for each in tree(folder)]


def print_of(folders: Iterable[Path]) -> frozenset[FilePrint]:
    """What changes when any file in these folders, or in theirs, does."""
    return frozenset(
        (entry.path, entry.inode(), entry.stat().st_mtime_ns)
        for folder in folders
        for entry in files_under(folder)
    )


def files_under(folder: str | Path) -> Iterator["os.DirEntry[str]"]:
    """Every file in a folder and in those within it; none if there is no folder."""
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except (FileNotFoundError, NotADirectoryError):
        return  # taken away since it was listed
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from files_under(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield entry
