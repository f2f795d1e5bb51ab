"""The lake: Parquet files and JSON documents on disk, queried with DuckDB. No other module opens them.

Files are never changed: they are written beside the tables, flushed, and moved into place whole. So
a dashboard, a `make` run and the API share one lake without a lock, and a killed one leaves no trace
that a query could meet.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

import duckdb
import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from sigma_core.errors import Damaged, QualityError, UnknownName
from sigma_core.schemas import KINDS, TRIALS, Table, tables

STAGING, DOCUMENTS = "staging", ("jobs", "manifests")


class Lake:
    """One lake in one folder: tables of rows, documents and bundles. Threads may share it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._db = duckdb.connect()
        self._db.execute("SET GLOBAL TimeZone = 'UTC'")
        self._known: set[str] = set()
        self._lock = Lock()

    # ---- tables ---------------------------------------------------------------------------------

    def write(self, table: Table, rows: pd.DataFrame, *, name: str = "", **keys: str) -> Path:
        """Check `rows` against the table's schema and add them as one new file.

        `name` is the file's stem: who names a file by its content can write it twice and has it
        once. Raises QualityError, and writes nothing, if a row breaks the schema.
        """
        if keys.keys() != set(table.keys):
            raise TypeError(f"{table.name} is split by {table.keys}, not by {tuple(keys)}")
        folder = self.root.joinpath(table.name, *(f"{k}={_safe(keys[k])}" for k in table.keys))
        return self._put(folder / f"{_safe(name or uuid4().hex)}.parquet", _parquet(table, rows))

    def holds(self, table: Table, name: str) -> bool:
        """Whether a table has a file of that name."""
        return next(self._find(table, name), None) is not None

    def read(self, table: Table, name: str) -> pd.DataFrame:
        """One file of a table, by its name. Raises UnknownName, or Damaged."""
        path = next(self._find(table, name), None)
        if path is None:
            raise UnknownName(table.name, name, ())
        return self._load_rows(path).to_pandas()

    def remove(self, table: Table, **keys: str) -> None:
        """Take away every file under the given keys, outermost first."""
        folder = self.root.joinpath(
            table.name, *(f"{k}={_safe(keys[k])}" for k in table.keys if k in keys)
        )
        for path in sorted(folder.rglob("*.parquet")):
            path.unlink()

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """Run SQL in which each table has its keys as columns; `$x` is a parameter.

        lake.frame("SELECT ts, close FROM bars WHERE ticker = $ticker", ticker="SPY")
        """
        frame: pd.DataFrame = self._query(sql, params).to_pandas()
        return frame

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """The same as plain Python values, with None where the table has NULL."""
        found: list[dict[str, Any]] = self._query(sql, params).to_pylist()
        return found

    def trials(self, **wanted: str) -> list[dict[str, Any]]:
        """Rows of the trials table whose columns equal what is wanted, the latest of each trial.

        Held in this process: only files that are new since the last call are read.
        """
        cursor = self._db.cursor()
        with self._lock:
            self._refresh(cursor)
            if not self._known:
                return []
        where = " AND ".join(f'"{name}" = ${name}' for name in wanted) or "true"
        latest = "QUALIFY row_number() OVER (PARTITION BY trial_id ORDER BY made_at DESC, run_id) = 1"
        # a run or a sweep is asked for as it was made, whatever was tried again later
        once = "" if wanted.keys() & {"run_id", "sweep_id"} else latest
        sql = f"SELECT * FROM known_trials WHERE {where} {once}"  # noqa: S608  names are ours
        found: list[dict[str, Any]] = cursor.sql(sql, params=wanted or None).to_arrow_table().to_pylist()
        return found

    def compact(self, table: Table) -> int:
        """Merge the files of each folder of a table into one; the number of files that went.

        The merged file stands before the others go, and readers take each row once.
        """
        gone = 0
        for folder in sorted({path.parent for path in self._files(table)}):
            parts = sorted(folder.glob("*.parquet"))
            if len(parts) < 2:
                continue
            merged = arrow.concat_tables(
                [self._load_rows(part) for part in parts], promote_options="default"
            )
            rows = merged.to_pandas().drop_duplicates(
                subset=[c for c, kind in table.columns.items() if kind != "numbers"]
            )
            self._put(folder / f"compact-{uuid4().hex}.parquet", _parquet(table, rows))
            for part in parts:
                part.unlink()
            gone += len(parts) - 1
        return gone

    def _query(self, sql: str, params: Mapping[str, Any]) -> arrow.Table:
        named = [t for t in tables() if not t.wide and re.search(rf"\b{t.name}\b", sql)]
        sources = ", ".join(f"{t.name} AS ({self._source(t)})" for t in named)
        whole = f"WITH {sources} {sql}" if sources else sql
        try:
            return self._db.cursor().sql(whole, params=dict(params) or None).to_arrow_table()
        except (duckdb.InvalidInputException, duckdb.IOException, duckdb.SerializationException) as e:
            raise self._damaged(named) or e from e

    def _source(self, table: Table) -> str:
        """SQL of a table's rows; typed columns even if there is no file, or an old one."""
        columns = {**dict.fromkeys(table.keys, "VARCHAR"), **_sql_types(table)}
        typed = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
        empty = f"SELECT {typed} WHERE false"  # noqa: S608  names are ours
        if next(self._files(table), None) is None:
            return empty
        files = str(self.root / table.name / "**/*.parquet").replace("'", "''")
        return (
            f"{empty} UNION ALL BY NAME SELECT * FROM read_parquet('{files}', union_by_name = true,"  # noqa: S608
            " hive_partitioning = true, hive_types_autocast = false)"
        )

    def _refresh(self, cursor: duckdb.DuckDBPyConnection) -> None:
        there = {str(path): path for path in self._files(TRIALS)}
        if self._known - there.keys():  # some were merged away: begin anew
            cursor.execute("DROP TABLE IF EXISTS known_trials")
            self._known = set()
        new = [there[name] for name in sorted(there.keys() - self._known)]
        if not new:
            return
        loaded = arrow.concat_tables(
            [_keyed(self._load_rows(path), path, TRIALS) for path in new], promote_options="default"
        )
        if not self._known:
            columns = {**dict.fromkeys(TRIALS.keys, "VARCHAR"), **_sql_types(TRIALS)}
            typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            cursor.execute(f"CREATE OR REPLACE TABLE known_trials ({typed})")
        cursor.register("loaded", loaded)
        cursor.execute("INSERT INTO known_trials BY NAME SELECT * FROM loaded")
        cursor.unregister("loaded")
        self._known |= {str(path) for path in new}

    def _files(self, table: Table) -> Iterator[Path]:
        return (self.root / table.name).rglob("*.parquet")

    def _find(self, table: Table, name: str) -> Iterator[Path]:
        return (self.root / table.name).rglob(f"{_safe(name)}.parquet")

    def _load_rows(self, path: Path) -> arrow.Table:
        try:
            with parquet.ParquetFile(path, page_checksum_verification=True) as file:
                return file.read()
        except (arrow.ArrowException, OSError, ValueError) as broken:
            raise self._told(path, str(broken).splitlines()[0]) from broken

    def _damaged(self, named: list[Table]) -> Damaged | None:
        """The error that names the file which stopped a query, if a file did."""
        for table in named:
            for path in self._files(table):
                try:
                    self._load_rows(path)
                except Damaged as found:
                    return found
        return None

    def _told(self, path: Path, why: str) -> Damaged:
        return Damaged(
            f"{path} is damaged: {why}",
            hint="Move the file away; what it held is made again by running the same verb.",
        )

    # ---- documents ------------------------------------------------------------------------------

    def save(self, kind: str, name: str, document: Mapping[str, Any]) -> Path:
        """Put one document (plain JSON) in place of the former of that name, if any."""
        return self._put(self.root / kind / f"{_safe(name)}.json", _sealed(document))

    def has(self, kind: str, name: str) -> bool:
        """Whether there is a document of that name."""
        return (self.root / kind / f"{_safe(name)}.json").exists()

    def load(self, kind: str, name: str) -> dict[str, Any]:
        """One document. Raises UnknownName, or Damaged if it is not what was saved."""
        path = self.root / kind / f"{_safe(name)}.json"
        try:
            return self._unsealed(path)
        except FileNotFoundError:
            raise UnknownName(kind.removesuffix("s"), name, self.names(kind)) from None

    def names(self, kind: str) -> list[str]:
        """Names of the documents of a kind, newest first."""
        files = [(f.stat().st_mtime_ns, f.stem) for f in (self.root / kind).glob("*.json")]
        return [unquote(stem) for _, stem in sorted(files, reverse=True)]

    def _unsealed(self, path: Path) -> dict[str, Any]:
        try:
            document = json.loads(path.read_bytes())
            seal = document.pop("sha256")
        except (ValueError, KeyError, AttributeError) as broken:
            raise self._told(path, f"it is no document ({broken})") from broken
        if seal != _sha(_canonical(document).encode()):
            raise self._told(path, "its content does not match its sha256")
        found: dict[str, Any] = document
        return found

    # ---- bundles and exports --------------------------------------------------------------------

    def save_bundle(self, name: str, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Path:
        """Keep a bundle: its files, then the manifest with their sizes and hashes, moved in whole."""
        stage = self.root / STAGING / uuid4().hex
        stage.mkdir(parents=True)
        listed = {n: {"bytes": len(content), "sha256": _sha(content)} for n, content in files.items()}
        for file, content in files.items():
            _flushed(stage / file, content)
        _flushed(stage / "manifest.json", _sealed({**manifest, "files": listed}))
        target = self.root / "bundles" / _safe(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        return stage.rename(target)

    def bundles(self) -> list[str]:
        """Names of all complete bundles."""
        return sorted(unquote(p.parent.name) for p in (self.root / "bundles").glob("*/manifest.json"))

    def load_bundle(self, name: str) -> tuple[dict[str, bytes], dict[str, Any]]:
        """Files and manifest of a bundle, every hash checked first.

        Raises UnknownName, or Damaged that names the file: a flipped bit in a model can end the
        process that loads it.
        """
        folder = self.root / "bundles" / _safe(name)
        if not (folder / "manifest.json").exists():
            raise UnknownName("bundle", name, self.bundles())
        manifest = self._unsealed(folder / "manifest.json")
        files = {}
        for file, facts in manifest["files"].items():
            path = folder / _safe(file)
            content = path.read_bytes() if path.exists() else b""
            if len(content) != facts["bytes"] or _sha(content) != facts["sha256"]:
                raise self._told(path, "its content does not match the bundle's manifest")
            files[file] = content
        return files, manifest

    def export(self, name: str, text: str) -> Path:
        """Write text for people or other programs into exports/, in place of the former."""
        return self._put(self.root / "exports" / _safe(name), text.encode())

    def _put(self, path: Path, content: bytes) -> Path:
        """Write beside the tables, flush, and move into place: all of a file, or none of it."""
        stage = self.root / STAGING / uuid4().hex
        stage.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _flushed(stage, content)
            stage.replace(path)
        finally:
            stage.unlink(missing_ok=True)
        return path


# Names come from users: with slashes escaped, none of them can leave its folder.
def _safe(name: str) -> str:
    return quote(name, safe="") if set(name) != {"."} else name.replace(".", "%2E")


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_canonical = partial(json.dumps, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sealed(document: Mapping[str, Any]) -> bytes:
    seal = _sha(_canonical(document).encode())
    return json.dumps({**document, "sha256": seal}, sort_keys=True, indent=1).encode()


def _flushed(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _parquet(table: Table, rows: pd.DataFrame) -> bytes:
    checked = arrow.Table.from_pandas(_checked(table, rows), preserve_index=False)
    # metadata of pandas would tie the bytes to its version
    sink = arrow.BufferOutputStream()
    parquet.write_table(
        checked.replace_schema_metadata(None),
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=not table.wide,
        use_byte_stream_split=False,
        write_page_checksum=True,
    )
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _keyed(rows: arrow.Table, path: Path, table: Table) -> arrow.Table:
    """Rows with the keys that stand in their folders' names."""
    parts = dict(part.split("=", 1) for part in path.parts if "=" in part)
    for key in table.keys:
        rows = rows.append_column(key, arrow.array([unquote(parts[key])] * len(rows), arrow.string()))
    return rows


def _sql_types(table: Table) -> dict[str, str]:
    return {name: KINDS[kind.rstrip("?")] for name, kind in table.columns.items()}


def _checked(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    import pandera.errors

    try:
        checked: pd.DataFrame = table.schema().validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as broken:
        first = broken.failure_cases.iloc[0]
        raise QualityError(
            f"{table.name}: {first['column'] or 'rows'}: {first['check']},"
            f" first at row {first['index']} ({first['failure_case']}).",
            hint="Nothing was written. Look at what was sent for this row.",
        ) from broken
    order = [*table.columns, *(c for c in checked.columns if c not in table.columns)]
    return checked[order]
