"""The lake: Parquet tables, JSON documents and bundles in one folder. Nothing else opens them.

Files are never changed: they are written in a staging folder and moved into place whole. So a
dashboard, a `make` run and the API share one lake without a lock, and a killed one leaves no trace
that a query could meet.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa

from sigma_core.errors import Damaged, UnknownName
from sigma_core.lake._inspect import MANIFEST, Found, inspect
from sigma_core.lake._parquet import (
    decode,
    encode,
    fitted,
    no_rows,
    rows_of,
    strangers,
    whole_rows,
)
from sigma_core.lake._reader import MERGED, SUFFIX, Reader
from sigma_core.lake._renew import Old, outdated, renew, set_aside
from sigma_core.schemas import TRIALS, Table
from sigma_core.shelf import (
    SEAL,
    alone,
    clear,
    damaged,
    document_of,
    put,
    put_document,
    put_folder,
    safe,
    sealed,
    sha,
    take_away,
    unsafe,
)

__all__ = ["Found", "Lake", "Old"]


class Lake:
    """One lake in one folder: tables of rows, documents, bundles. Threads may share it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = root / "staging"
        self._reader = Reader(root)

    # Tables: rows in files, by name or by SQL.

    def write(self, table: Table, rows: pd.DataFrame, *, name: str = "", **keys: str) -> Path:
        """Check `rows` against the table's schema and add them as one file.

        `name` is the file's stem: who names a file by its content can write it twice and has it
        once; without a name it gets a random one. In a table whose files are merged a name is never
        used again for other rows.
        Raises QualityError, and writes nothing, if a row breaks the schema.
        """
        path = self._folder(table, keys) / f"{safe(name or uuid4().hex)}{SUFFIX}"
        return put(path, encode(rows_of(table, rows)), staging=self._staging)

    def replace(self, table: Table, parts: Mapping[str, pd.DataFrame], **keys: str) -> Path:
        """Put these files, by name, in place of all that stand under the keys.

        A reader meets the former files, for a moment none, or the new ones; never some of each.
        All are checked at once, as one table in the order given.
        Raises QualityError, and leaves the former, if a row breaks the schema.
        """
        rows = pd.concat(parts.values(), ignore_index=True) if parts else _frame(no_rows(table))
        content, begin, files = rows_of(table, rows), 0, {}
        for name, part in parts.items():
            files[f"{safe(name)}{SUFFIX}"] = encode(content.slice(begin, len(part)))
            begin += len(part)
        return put_folder(self._folder(table, keys), files, staging=self._staging, replace=True)

    def replace_each(
        self, table: Table, rows: pd.DataFrame, *, by: str, name: str, **keys: str
    ) -> None:
        """`replace` for every value of the key `by`, a column beside the table's own: its rows as
        one file, by name. All are checked at once, before the first is put.
        """
        rows = rows.sort_values(by, kind="stable")
        content, at = rows_of(table, rows.drop(columns=by)), 0
        for value, count in rows[by].value_counts(sort=False).items():
            files = {f"{safe(name)}{SUFFIX}": encode(content.slice(at, count))}
            at += count
            folder = self._folder(table, {**keys, by: str(value)})
            put_folder(folder, files, staging=self._staging, replace=True)

    def remove(self, table: Table, **keys: str) -> None:
        """Take away every file under the keys."""
        take_away(self._folder(table, keys), staging=self._staging)

    def holds(self, table: Table, name: str) -> bool:
        """Whether a table has a file of that name."""
        return self._find(table, name) is not None

    def count(self, table: Table) -> int:
        """How many files a table has."""
        return len(self._reader.files(table))

    def read(self, table: Table, name: str) -> pd.DataFrame:
        """One file of a table, by its name. Raises UnknownName, or Damaged."""
        path = self._find(table, name)
        if path is None:
            raise UnknownName(table.name, name, ())
        return _frame(decode(table, path))

    def part(self, table: Table, **keys: str) -> pd.DataFrame:
        """All rows under the keys, in the order of the files' names; none if there is no file.

        Raises Damaged if a file is not what was written.
        """
        return _frame(self._rows(table, keys))

    def parts(self, table: Table, values: Sequence[str], *, by: str, **keys: str) -> pd.DataFrame:
        """`part` for each of these values of the key `by`, in their order; it is a column too."""
        each = [self._rows(table, {**keys, by: value}) for value in values]
        rows = _frame(pa.concat_tables([no_rows(table), *each], promote_options="default"))
        return rows.assign(**{by: np.repeat(values, [len(one) for one in each])})

    def _rows(self, table: Table, keys: Mapping[str, str]) -> pa.Table:
        files = sorted(self._folder(table, keys).glob(f"*{SUFFIX}"))
        parts = [no_rows(table), *(decode(table, path) for path in files)]
        return pa.concat_tables(parts, promote_options="default")

    def open_aside(self) -> None:
        """Make ready for SQL beside other work: a third of a second in a new process."""
        self._reader.open_aside()

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """Run SQL in which each table has its keys as columns; `$x` is a parameter.

        lake.frame("SELECT ts, close FROM bars WHERE ticker = $ticker", ticker="SPY")
        """
        return _frame(self._reader.query(sql, params))

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """The same as plain Python values, with None where the table has NULL."""
        found: list[dict[str, Any]] = self._reader.query(sql, params).to_pylist()
        return found

    def trials(self, **wanted: str) -> list[dict[str, Any]]:
        """Rows of the trials table whose columns equal what is wanted, the latest of each trial.

        A run or a sweep that is asked for by its id is given as it was made.
        """
        where = " AND ".join(f'"{name}" = ${name}' for name in wanted) or "true"
        latest = (
            "QUALIFY row_number() OVER (PARTITION BY trial_id ORDER BY made_at DESC, run_id) = 1"
        )
        once = "" if wanted.keys() & {"run_id", "sweep_id"} else latest
        return self.rows(f"SELECT * FROM {TRIALS.name} WHERE {where} {once}", **wanted)

    def compact(self, table: Table) -> int:
        """Merge the files of each folder of a table into one; the number of files that went.

        The merged file names those it stands for, so readers take each row once, also while both
        are there, and also if this is stopped half-way.
        """
        if table.kept == "by_name":
            raise ValueError(f"files of {table.name} are read by name and are not merged")
        clear(self._staging)
        with alone(f"compact-{table.name}", staging=self._staging):
            stale, folders = self._reader.stale(table), defaultdict(list)
            for file in stale:  # a former call was stopped before it took them away
                Path(file).unlink(missing_ok=True)
            for file in sorted(self._reader.files(table)):
                folders[Path(file).parent].append(Path(file))
            merged = [self._merge(table, *each) for each in folders.items() if len(each[1]) > 1]
        return len(stale) + sum(merged)

    def _merge(self, table: Table, folder: Path, files: list[Path]) -> int:
        ours = [(f, fitted(table, r, f)) for f in files if not strangers(table, r := whole_rows(f))]
        if len(ours) < 2:  # a newer version's columns would be lost
            return 0
        names = [file.name for file, _ in ours]
        content = encode(pa.concat_tables([rows for _, rows in ours]), replaces=names)
        put(folder / f"{MERGED}{sha(content)}{SUFFIX}", content, staging=self._staging)
        for file, _ in ours:
            file.unlink(missing_ok=True)
        return len(ours)

    def _folder(self, table: Table, keys: Mapping[str, str]) -> Path:
        if keys.keys() != set(table.keys):
            raise TypeError(f"{table.name} is split by {table.keys}, not by {tuple(keys)}")
        return self.root.joinpath(table.name, *(f"{k}={safe(keys[k])}" for k in table.keys))

    def _find(self, table: Table, name: str) -> Path | None:
        folders = "/".join("*" for _ in table.keys)
        return next((self.root / table.name).glob(f"{folders}/{safe(name)}{SUFFIX}"), None)

    # Documents: plain JSON under a kind and a name.

    def save(self, kind: str, name: str, document: Mapping[str, Any]) -> Path:
        """Put one document (plain JSON) in place of the former of that name, if any."""
        return put_document(self._document(kind, name), document, staging=self._staging)

    def has(self, kind: str, name: str) -> bool:
        """Whether there is a document of that name."""
        return self._document(kind, name).exists()

    def load(self, kind: str, name: str) -> dict[str, Any]:
        """One document. Raises UnknownName, or Damaged if it is not what was saved."""
        try:
            return document_of(self._document(kind, name))
        except FileNotFoundError:
            raise UnknownName(kind.removesuffix("s"), name, self.names(kind)) from None

    def names(self, kind: str) -> list[str]:
        """Names of the documents of a kind, newest first."""
        files = [(f.stat().st_mtime_ns, f.stem) for f in (self.root / kind).glob("*.json")]
        return [unsafe(stem) for _, stem in sorted(files, reverse=True)]

    def _document(self, kind: str, name: str) -> Path:
        return self.root / kind / f"{safe(name)}.json"

    # Bundles: trained models, a folder each. Exports: text for others.

    def save_bundle(
        self, name: str, files: Mapping[str, bytes], manifest: Mapping[str, Any]
    ) -> Path:
        """Keep a bundle: its files, then the manifest with their sizes and hashes, moved in whole.

        Raises FileExistsError if there is a bundle of that name: bundles are never changed.
        """
        listed = {n: {"bytes": len(content), SEAL: sha(content)} for n, content in files.items()}
        content = {safe(n): content for n, content in files.items()}
        content[MANIFEST] = sealed({**manifest, "files": listed})
        return put_folder(self._bundle(name), content, staging=self._staging)

    def bundles(self) -> list[str]:
        """Names of all bundles."""
        found = (self.root / "bundles").glob(f"*/{MANIFEST}")
        return sorted(unsafe(path.parent.name) for path in found)

    def load_bundle(self, name: str) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Files and manifest of a bundle, every hash checked first.

        Raises UnknownName, or Damaged that names the file: a flipped bit in a model can end the
        process that loads it.
        """
        try:
            manifest = document_of(self._bundle(name) / MANIFEST)
        except FileNotFoundError:
            raise UnknownName("bundle", name, self.bundles()) from None
        facts: Mapping[str, Mapping[str, Any]] = manifest["files"]
        return {file: self._part_of(name, file, facts[file]) for file in facts}, manifest

    def export(self, name: str, text: str) -> Path:
        """Write text for people or other programs into exports/, in place of the former."""
        return put(self.root / "exports" / safe(name), text.encode(), staging=self._staging)

    def _bundle(self, name: str) -> Path:
        return self.root / "bundles" / safe(name)

    def _part_of(self, name: str, file: str, facts: Mapping[str, Any]) -> bytes:
        path = self._bundle(name) / safe(file)
        content = path.read_bytes() if path.is_file() else b""
        if len(content) != facts["bytes"] or sha(content) != facts[SEAL]:
            raise damaged(path, "its content does not match the bundle's manifest")
        return content

    # The whole lake.

    def inspect(self) -> Iterator[Found]:
        """Every table file, document and bundle, with what is wrong with it. Reads all of it."""
        return inspect(self.root, self.load_bundle)

    def outdated(self) -> Iterator[Old]:
        """Every file that is not of today's schema. Reads all tables."""
        return outdated(self.root)

    def renew(self, old: Old) -> None:
        """Bring one such file up to date: all of it, or nothing."""
        renew(self.root, old, staging=self._staging)

    def set_aside(self, path: Path) -> None:
        """Move a document or a bundle into old/, where nothing looks but a person."""
        set_aside(self.root, path)

    def damages(self) -> Iterator[Damaged]:
        """Every file that is not what was written: one error each. Reads all of the lake."""
        return (found.fault for found in self.inspect() if found.fault)


def _frame(rows: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = rows.to_pandas()
    return frame
