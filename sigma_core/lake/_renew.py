"""Files of older versions: which there are, what becomes of each, and doing it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from sigma_core.errors import Damaged
from sigma_core.lake._parquet import (
    TYPES,
    conform,
    encode,
    lacking,
    may_lack,
    replaced_by,
    strangers,
    whole_rows,
)
from sigma_core.schemas import Table, tables
from sigma_core.shelf import put

ASIDE = "old"
Fate = Literal["rewrite", "aside", "newer"]


@dataclass(frozen=True)
class Old:
    """A file that is not of today's schema, and what is to become of it.

    `rewrite`: today's columns follow from what it holds. `aside`: they do not, and what it tells
    can be made anew. `newer`: a later version wrote it, and this one leaves it alone.
    """

    table: Table
    path: Path
    columns: tuple[str, ...]
    """Those that it lacks, or that are not known today."""
    fate: Fate


def outdated(root: Path) -> Iterator[Old]:
    """Every whole file that is not of today's schema; damaged ones are `verify`'s to name."""
    for table in tables():
        for path in sorted((root / table.name).rglob("*.parquet")):
            try:
                rows = whole_rows(path)
            except (Damaged, FileNotFoundError):  # merged away since it was listed
                continue
            if found := _judged(table, path, rows):
                yield found


def renew(root: Path, old: Old, *, staging: Path) -> None:
    """Bring one file up to date: all of it, or nothing. Twice is as once."""
    if old.fate == "aside":
        set_aside(root, old.path)
    elif old.fate == "rewrite" and old.path.exists():
        _rewrite(old, staging)


def set_aside(root: Path, path: Path) -> Path:
    """Move a file or a bundle into old/, where nothing looks but a person."""
    place = root / ASIDE / path.relative_to(root)
    while place.exists():
        place = place.with_name(f"{place.name}~")
    place.parent.mkdir(parents=True, exist_ok=True)
    return path.replace(place)


def _rewrite(old: Old, staging: Path) -> None:
    rows = _todays(old.table, whole_rows(old.path))
    put(old.path, encode(rows, replaces=sorted(replaced_by(old.path))), staging=staging)


def _judged(table: Table, path: Path, rows: pa.Table) -> Old | None:
    if new := strangers(table, rows):
        return Old(table, path, tuple(new), "newer")
    if not (lacks := lacking(table, rows.column_names)):
        return None
    follow = [name for name in lacks if _follows(table, name, rows)]
    return Old(table, path, tuple(lacks), "rewrite" if follow == lacks else "aside")


def _follows(table: Table, name: str, rows: pa.Table) -> bool:
    """Whether what older rows hold in a column is known without asking them again."""
    former = table.formerly.get(name) in rows.column_names
    return former or name in table.before or may_lack(table, name)


def _todays(table: Table, rows: pa.Table) -> pa.Table:
    for name in lacking(table, rows.column_names):
        former = table.formerly.get(name)
        if former in rows.column_names:
            rows = rows.append_column(name, rows[former])
        elif name in table.before:
            kind = TYPES[table.columns[name].rstrip("?")]
            value = pa.scalar(table.before[name], kind)
            rows = rows.append_column(name, pa.repeat(value, len(rows)))
    return conform(table, rows)
