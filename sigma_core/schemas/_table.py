"""What a lake table is: a name, typed columns, checks, and the folders it is split into."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

KINDS: Mapping[str, str] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "whole": "BIGINT",
    "flag": "BOOLEAN",
    "instant": "TIMESTAMP WITH TIME ZONE",
    "day": "TIMESTAMP",
    "numbers": "DOUBLE[]",
}
"""Kinds of column, and what DuckDB calls them. `instant` is UTC microseconds; `day` is naive."""
DTYPES: Mapping[str, str | None] = {
    "text": "str",
    "number": "float64",
    "whole": "int64",
    "flag": "bool",
    "instant": "datetime64[us, UTC]",
    "day": "datetime64[us]",
    "numbers": None,
}
"""What pandas calls them; None where it has no name for it."""


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    `keys` are the hive folders, outermost first: `("ticker", "cadence")` puts rows into
    `lake/bars/ticker=SPY/cadence=daily/`; they are no columns of a file. `columns` maps names to
    kinds; a kind that ends in `?` may be missing. A `wide` table has further number columns that
    differ from file to file; its files are read one by one, by name.

    Files of older versions stay readable: a column that came later ends in `?`, or stands in
    `before` with what older rows mean by it, or in `formerly` with the name it had; `db-migrate`
    then rewrites them.

    `kept` says what becomes of many files: those read or replaced `by_name` stay as they are;
    others may be `merged` into one; of those, tables of few bytes are also held `in_memory`, where
    `found_by` is a column that has an index: of many rows a few are found at once.
    """

    name: str
    keys: tuple[str, ...]
    columns: Mapping[str, str]
    wide: bool = False
    kept: Literal["by_name", "merged", "in_memory"] = "by_name"
    found_by: str = ""
    before: Mapping[str, Any] = field(default_factory=dict, compare=False)
    formerly: Mapping[str, str] = field(default_factory=dict, compare=False)
    checks: Callable[[], Any] | None = field(default=None, compare=False)
    """Makes further pandera checks of the whole frame, when they are first needed."""

    def schema(self, columns: Sequence[str] | None = None) -> Any:
        """The pandera schema of a file's rows: of these columns, beside whatever others there are;
        of all, and no others, if none are named."""
        return _schema(self, None if columns is None else tuple(columns))

    def __hash__(self) -> int:
        return hash(self.name)


@cache
def _schema(table: Table, only: tuple[str, ...] | None) -> Any:
    import pandera.pandas as pa  # more than a second, so only when rows are written

    columns = {
        name: pa.Column(DTYPES[kind.rstrip("?")], nullable=kind.endswith("?"))
        for name, kind in table.columns.items()
        if only is None or name in only
    }
    return pa.DataFrameSchema(
        columns,
        checks=table.checks() if table.checks else None,
        strict=only is None and not table.wide,
        coerce=True,
        name=table.name,
    )
