"""SQL over the files of a lake: DuckDB in memory, one connection, a cursor per query.

Which files a query reads is settled before it starts: those that are there, less those whose rows
were merged into another. Each is checked against its seal once. Tables of few bytes and many files
(the leaderboard's) are held in memory, and only files that are new are read; of the others, each
query reads the files themselves.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sigma_core.lake._parquet import decode, keyed, replaced_by, sound
from sigma_core.schemas import KINDS, Table, tables
from sigma_core.shelf import Entries, listed, tree

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUFFIX, MERGED = ".parquet", "+"
"""A merged file's name starts with a sign that no other name on the disk can start with."""
AGAIN = 20
"""How often a query begins anew because files were merged away under it."""
HELD_FILE = '"file+"'

Files = dict[str, int]
"""Paths and their inodes: a path with another inode is another file."""


class Reader:
    """Queries the tables under one folder. Threads may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = RLock()
        self._opened: DuckDBPyConnection | None = None
        self._held: dict[str, Files] = {}
        self._stood: dict[str, list[tuple[str, Entries]]] = {}
        self._sound: Files = {}
        self._stands_for: dict[str, frozenset[str]] = {}

    def query(self, sql: str, params: Mapping[str, Any]) -> pa.Table:
        """What the query finds. Raises Damaged if a file it reads is not what was written."""
        import duckdb

        named = [table for table in tables() if not table.wide and _reads(sql, table)]
        with _stoppable():
            for _ in range(AGAIN):
                try:
                    return self._once(sql, params, named)
                except (FileNotFoundError, duckdb.IOException):
                    continue
            return self._once(sql, params, named)

    def open_aside(self) -> None:
        """Open DuckDB in a thread of its own; a query waits for it."""
        Thread(target=self._cursor).start()  # awaited at the end of the process

    def files(self, table: Table) -> Files:
        """The files that make up a table, without those that were merged into another."""
        there = self._there(table)
        for path in self._stale(there):
            del there[path]
        return there

    def stale(self, table: Table) -> list[str]:
        """The files that are still there although they were merged into another."""
        return self._stale(self._there(table))

    def _there(self, table: Table) -> Files:
        return dict(_entries(str(self._root / table.name), len(table.keys)))

    def _stale(self, there: Files) -> list[str]:
        places = [path.rpartition("/") for path in there]
        gone = {
            f"{folder}/{each}"
            for folder, _, name in places
            if name.startswith(MERGED)
            for each in self._merged_into(f"{folder}/{name}")
        }
        return [path for path in there if path in gone]

    def _merged_into(self, path: str) -> frozenset[str]:
        if path not in self._stands_for:
            self._stands_for[path] = replaced_by(Path(path))
        return self._stands_for[path]

    def _once(self, sql: str, params: Mapping[str, Any], named: list[Table]) -> pa.Table:
        cursor = self._cursor()
        for table in named:
            if table.kept == "in_memory":
                self._refresh(table)
            else:  # a view of this cursor alone: other threads may see other files
                cursor.execute(f"CREATE TEMP VIEW {table.name} AS {self._source(table)}")
        return cursor.sql(sql, params=dict(params) or None).to_arrow_table()

    def _cursor(self) -> "DuckDBPyConnection":
        with self._lock:
            if self._opened is None:
                self._opened = _connected()
            return self._opened.cursor()

    def _refresh(self, table: Table) -> None:
        """Make the table in memory what the folder is: out with what is gone, in with the new."""
        with self._lock:
            stands = list(tree(self._root / table.name))  # from before: what comes now is seen next
            if self._stood.get(table.name) == stands:
                return
            if table.name not in self._held:
                _hold(self._cursor(), table)
            there, held = self.files(table), self._held.setdefault(table.name, {})
            gone = [path for path, _ in held.items() - there.items()]
            new = sorted(path for path, _ in there.items() - held.items())
            if gone or new:
                rows = [_held_rows(table, path) for path in new]
                _exchange(self._cursor(), table, gone, rows)
                self._held[table.name] = there
            self._stood[table.name] = stands

    def _source(self, table: Table) -> str:
        """SQL of a table's rows: all its columns, even if there is no file, or an old one."""
        typed = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in _sql_types(table).items())
        empty = f"SELECT {typed} WHERE false"
        files = self.files(table)
        for path, inode in files.items():
            if self._sound.get(path) != inode:
                sound(table, Path(path))
                self._sound[path] = inode
        if not files:
            return empty
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in sorted(files))
        return (
            f"{empty} UNION ALL BY NAME SELECT * FROM read_parquet([{listed}],"
            " union_by_name = true, hive_partitioning = true, hive_types_autocast = false)"
        )


@contextmanager
def _stoppable() -> Iterator[None]:
    """Of a process that is stopped while DuckDB works, DuckDB says only that it was interrupted."""
    try:
        yield
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def _reads(sql: str, table: Table) -> bool:
    """Whether a query reads a table; a column may have the same name."""
    return re.search(rf"\b(FROM|JOIN)\s+{table.name}\b", sql, re.IGNORECASE) is not None


def _connected() -> "DuckDBPyConnection":
    import duckdb  # a third of a second: not before the first query

    return duckdb.connect(config={"autoinstall_known_extensions": "false", "TimeZone": "UTC"})


def _hold(cursor: "DuckDBPyConnection", table: Table) -> None:
    """Make room in memory for the rows of a table."""
    typed = ", ".join(f'"{name}" {kind}' for name, kind in _sql_types(table).items())
    cursor.execute(f"CREATE TABLE held_{table.name} ({typed}, {HELD_FILE} VARCHAR)")
    if table.found_by:
        cursor.execute(f"CREATE INDEX by_{table.found_by} ON held_{table.name} ({table.found_by})")
    rows = f"SELECT * EXCLUDE ({HELD_FILE}) FROM held_{table.name}"
    cursor.execute(f"CREATE VIEW {table.name} AS {rows}")


def _exchange(
    cursor: "DuckDBPyConnection", table: Table, gone: list[str], rows: list[pa.Table]
) -> None:
    """Take the rows of some files out of memory and put others in, in one step for readers."""
    cursor.execute("BEGIN")
    out = f"DELETE FROM held_{table.name} WHERE {HELD_FILE} IN (SELECT unnest($gone))"
    cursor.execute(out, {"gone": gone})
    if rows:
        cursor.register("new_rows", pa.concat_tables(rows).combine_chunks())
        cursor.execute(f"INSERT INTO held_{table.name} BY NAME SELECT * FROM new_rows")
    cursor.execute("COMMIT")


def _held_rows(table: Table, path: str) -> pa.Table:
    file = Path(path)
    rows = keyed(table, decode(table, file), file.parent)
    return rows.append_column("file+", pa.repeat(pa.scalar(path), len(rows)))


def _entries(folder: str, depth: int) -> Iterator[tuple[str, int]]:
    """Paths and inodes of the Parquet files `depth` folders down."""
    for name, inode, _ in listed(folder):
        if depth and "=" in name:
            yield from _entries(f"{folder}/{name}", depth - 1)
        elif not depth and name.endswith(SUFFIX):
            yield f"{folder}/{name}", inode


def _sql_types(table: Table) -> dict[str, str]:
    keys = dict.fromkeys(table.keys, "VARCHAR")
    return keys | {name: KINDS[kind.rstrip("?")] for name, kind in table.columns.items()}
