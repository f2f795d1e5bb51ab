"""Rows of a table as the bytes of one Parquet file that vouches for itself, and back.

The file's footer holds the SHA-256 of the whole file with that very hash set to zeros. So a bit
that flips anywhere is noticed before anything is decoded, and no second file can go missing.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from sigma_core.errors import Outdated, QualityError
from sigma_core.schemas import DTYPES, Table
from sigma_core.shelf import content_of, damaged, unsafe

MARK = b"sigma-sha256:"
NONE_YET = b"0" * 64
REPLACES = b"sigma-replaces"
"""Names of the files whose rows were merged into this one, under this key of the footer."""

FEW = 2_000
"""Rows below which a file is a small one."""

INSTANT = pa.timestamp("us", tz="UTC")
TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "flag": pa.bool_(),
    "instant": INSTANT,
    "day": pa.timestamp("us"),
    "numbers": pa.list_(pa.float64()),
}


def encode(rows: pa.Table, *, replaces: Sequence[str] = ()) -> memoryview:
    """A Parquet file of these rows, sealed."""
    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(sink, rows.schema, **_packing(rows)) as writer:
        writer.write_table(rows)
        about = {REPLACES: "/".join(replaces)} if replaces else {}
        writer.add_key_value_metadata(about | {b"seal": MARK + NONE_YET})
    content = memoryview(sink.getvalue()).cast("B")  # sealed in place: a copy would cost a write
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    at = footer + bytes(content[footer:]).rindex(MARK) + len(MARK)
    content[at : at + 64] = _sha_but(content, at)
    return content


def _packing(rows: pa.Table) -> dict[str, Any]:
    """How to press the columns: short ones so that they open fast, numbers of long ones by bytes.

    Of real matrices zstd saves a thirtieth more than lz4 and takes twice as long; a dictionary of
    numbers takes longer than all the rest, and saves nothing.
    """
    if len(rows) < FEW:
        return {"compression": "snappy", "use_dictionary": False}
    floats = [field.name for field in rows.schema if pa.types.is_floating(field.type)]
    others = [field.name for field in rows.schema if field.name not in floats]
    return {
        "compression": "lz4",
        "use_dictionary": others or False,
        "use_byte_stream_split": floats or False,
    }


def decode(table: Table, path: Path) -> pa.Table:
    """Rows of a file with the table's own columns.

    Columns that an older version did not write are missing in every row.
    Raises FileNotFoundError, or Damaged if the file is not what was written.
    """
    return fitted(table, whole_rows(path), path)


def whole_rows(path: Path) -> pa.Table:
    """Rows of a file as they were written, whatever table it is of. Raises as `decode` does."""
    file = _opened(checked_bytes(path))
    return file.read(use_threads=file.metadata.num_rows >= FEW)


def fitted(table: Table, rows: pa.Table, path: Path) -> pa.Table:
    """Rows of a file as rows of a table. Raises Outdated, or Damaged if a column does not fit."""
    refuse_older(table, rows.column_names, path)
    try:
        return conform(table, rows)
    except pa.ArrowInvalid as unlike:
        raise damaged(path, f"it does not fit the table {table.name} ({unlike})") from unlike


def refuse_older(table: Table, names: Sequence[str], path: Path) -> None:
    """Raises Outdated if a column that may not be missing is not among the names."""
    if lacks := [name for name in lacking(table, names) if not may_lack(table, name)]:
        raise Outdated(
            f"{path} is of an older version: it has no column {lacks[0]}.",
            hint="make db-migrate brings the lake to today's schemas.",
        )


def may_lack(table: Table, name: str) -> bool:
    """Whether a file without the column reads as if it missed in every row.

    Not where files bear the hash of their content: without it they are something else.
    """
    return table.columns[name].endswith("?") and not table.wide


def lacking(table: Table, names: Sequence[str]) -> list[str]:
    """Columns that the table has today and that are not among the names."""
    return [name for name in table.columns if name not in names]


def strangers(table: Table, rows: pa.Table) -> list[str]:
    """Columns that the table neither has today nor had."""
    if table.wide:
        return []
    known = {*table.columns, *table.formerly.values()}
    return [name for name in rows.column_names if name not in known]


def sound(table: Table, path: Path) -> None:
    """Raises as `decode` does, reading no row."""
    refuse_older(table, _opened(checked_bytes(path)).schema_arrow.names, path)


def replaced_by(path: Path) -> frozenset[str]:
    """Names of the files whose rows were merged into this one. Raises as `decode` does."""
    about = _opened(checked_bytes(path)).metadata.metadata or {}
    return frozenset(filter(None, about.get(REPLACES, b"").decode().split("/")))


def checked_bytes(path: Path) -> bytes:
    """The content of a file whose seal is whole. Raises FileNotFoundError or Damaged."""
    content = content_of(path)
    at = content.rfind(MARK) + len(MARK)
    if at < len(MARK):
        raise damaged(path, "its end is missing or it was not written by the lake")
    if content[at : at + 64] != _sha_but(content, at):
        raise damaged(path, "its content does not match its sha256")
    return content


def rows_of(table: Table, frame: pd.DataFrame) -> pa.Table:
    """A frame as rows of a table, checked against its schema.

    Raises QualityError that names column, check and the first row that breaks it.
    """
    rows = pa.Table.from_pandas(_checked(table, frame), preserve_index=False)
    return conform(table, rows)


def conform(table: Table, rows: pa.Table) -> pa.Table:
    """Rows with the table's columns first, in its order and types; a wide one's own after them."""
    own = _columns(table)
    if rows.schema.equals(own):
        return rows
    extra = [name for name in rows.column_names if name not in own.names] if table.wide else []
    columns = {field.name: _column(rows, field.name, field.type) for field in own}
    return pa.table(columns | {name: rows[name] for name in extra})


@cache
def _columns(table: Table) -> pa.Schema:
    return pa.schema({name: TYPES[kind.rstrip("?")] for name, kind in table.columns.items()})


def _column(rows: pa.Table, name: str, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    if name not in rows.schema.names:
        return pa.nulls(len(rows), kind)
    column = rows[name]
    return column if column.type == kind else column.cast(kind)


def no_rows(table: Table) -> pa.Table:
    """The table's own columns, with nothing in them."""
    return conform(table, pa.table({}))


def keyed(table: Table, rows: pa.Table, folder: Path) -> pa.Table:
    """Rows with the keys that stand in their folder's name as columns."""
    parts = [part.partition("=") for part in folder.parts[-len(table.keys) :]]
    for name, _, value in parts:
        column = pa.repeat(pa.scalar(unsafe(value), pa.string()), len(rows))
        rows = rows.append_column(name, column)
    return rows


def _opened(content: bytes) -> parquet.ParquetFile:
    return parquet.ParquetFile(pa.BufferReader(content))


def _sha_but(content: bytes | memoryview, at: int) -> bytes:
    """SHA-256 of the content with the 64 digits at `at` set to zeros."""
    view = memoryview(content)
    digest = hashlib.sha256(view[:at])
    digest.update(NONE_YET)
    digest.update(view[at + 64 :])
    return digest.hexdigest().encode()


def _checked(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    asked = _in_question(table, frame)
    if asked == [] and table.checks is None:
        return frame
    from pandera.errors import SchemaError, SchemaErrors  # slow: only when there is a question

    try:
        checked: pd.DataFrame = table.schema(asked).validate(frame.copy(deep=False), inplace=True)
    except SchemaError as broken:
        raise _unfit(table, broken) from broken
    except SchemaErrors as broken:  # of columns that are not of their type, all at once
        raise _unfit(table, broken.schema_errors[0]) from broken
    return checked


def _in_question(table: Table, frame: pd.DataFrame) -> list[str] | None:
    """Columns that are not of their type already, or miss what they may not; None: ask all.

    A schema takes a millisecond a column even where there is nothing to say, and tables are wide.
    """
    names = list(frame.columns)
    if len(names) > len({*names}) or lacking(table, names):
        return None
    if not table.wide and len(names) > len(table.columns):
        return None
    missing = frame.isna().to_numpy()
    facts = zip(frame.dtypes, np.any(missing, axis=0), np.all(missing, axis=0), strict=True)
    held = dict(zip(names, facts, strict=True))
    return [name for name, kind in table.columns.items() if not _as_said(kind, *held[name])]


def _as_said(kind: str, dtype: Any, some: bool, every: bool) -> bool:
    """Whether a column that misses some or all values holds what its kind says."""
    same = bool(dtype == (DTYPES[kind.rstrip("?")] or dtype))
    return same or every if kind.endswith("?") else same and not some


def _unfit(table: Table, broken: Any) -> QualityError:
    """The first breach in one sentence."""
    name, cases = broken.schema.name, broken.failure_cases
    column = "" if hasattr(broken.schema, "columns") else f"column {name} "
    row = f", first in row {cases['index'].iloc[0]}" if isinstance(cases, pd.DataFrame) else ""
    told = {
        "SERIES_CONTAINS_NULLS": "misses a value",
        "DATATYPE_COERCION": f"does not hold {table.columns.get(str(name), 'what it should')}s",
        "COLUMN_NOT_IN_SCHEMA": f"column {cases} is not known",
        "COLUMN_NOT_IN_DATAFRAME": f"column {cases} is missing",
    }
    what = told.get(broken.reason_code.name, getattr(broken.check, "error", broken.check))
    return QualityError(
        f"{table.name}: {column}{what}{row}.",
        hint="Nothing was written. Look at what was sent for this row.",
    )
