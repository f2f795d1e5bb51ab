"""Every file of a lake, read again in full: what it is, and what is wrong with it if anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sigma_core.errors import Damaged
from sigma_core.lake._parquet import fitted, strangers, whole_rows
from sigma_core.schemas import Table, tables
from sigma_core.shelf import damaged, document_of, unsafe

DOCUMENTS = ("jobs", "leaks", "manifests")
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Found:
    """One file, or one bundle, that was read."""

    kind: str
    """Its table, `jobs`, `leaks`, `manifests` or `bundles`."""
    path: Path
    fault: Damaged | None


def inspect(root: Path, load_bundle: Callable[[str], object]) -> Iterator[Found]:
    """Read everything that is stored under a root but ledger, exports and what is being written."""
    for table in tables():
        for path in sorted((root / table.name).rglob("*.parquet")):
            yield from _found(table.name, path, partial(_rows, root, table))
    for kind in DOCUMENTS:
        for path in sorted((root / kind).glob("*.json")):
            yield from _found(kind, path, document_of)
    for folder in sorted(path for path in (root / "bundles").glob("*") if path.is_dir()):
        yield from _found("bundles", folder, lambda path: _bundle(path, load_bundle))


def _found(kind: str, path: Path, read: Callable[[Path], object]) -> Iterator[Found]:
    try:
        read(path)
    except Damaged as fault:
        yield Found(kind, path, fault)
    except FileNotFoundError:  # merged away, or replaced, since it was listed
        return
    except OSError as refused:
        why = f"it cannot be read ({refused.strerror})"
        yield Found(kind, path, damaged(path, why, hint=f"Make {path} readable."))
    else:
        yield Found(kind, path, None)


def _rows(root: Path, table: Table, path: Path) -> None:
    """A file of a table: whole, where queries look for it, and with no column of another's."""
    folders = path.relative_to(root / table.name).parts[:-1]
    if [each.partition("=")[0] for each in folders] != list(table.keys):
        place = "/".join(f"{key}=…" for key in table.keys) or "no folder"
        raise damaged(path, f"no query looks there, but in {place}", hint=f"Move {path} back.")
    rows = whole_rows(path)
    if strange := strangers(table, rows):
        raise damaged(
            path,
            f"{table.name} has no column {strange[0]}",
            hint=f"It is of another table or of a newer version of the lab: move {path} away.",
        )
    fitted(table, rows, path)


def _bundle(folder: Path, load: Callable[[str], object]) -> None:
    if not (folder / MANIFEST).exists():
        raise damaged(folder / MANIFEST, "it is missing, so nothing vouches for the bundle")
    load(unsafe(folder.name))
