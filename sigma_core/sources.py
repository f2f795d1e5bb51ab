"""The one reader of files that users bring: CSV, Parquet, and the YAML that describes them."""

import gzip
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import yaml
from pyarrow import parquet
from pydantic import Field
from pydantic.dataclasses import dataclass as noun

from sigma_core.domain._fields import NOUN
from sigma_core.errors import BadRequest, QualityError
from sigma_core.parse import parse

ENDINGS = (".parquet", ".csv", ".csv.gz")
STAMPS = ("ts", "timestamp", "datetime", "date_time", "time", "date", "session")
PRICES = ("open", "high", "low", "close", "volume")
SHORT = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}


@noun(frozen=True, kw_only=True, config=NOUN)
class Layout:
    """How a file is to be read, as its YAML says or as it was guessed."""

    columns: dict[str, str] = Field(default_factory=dict)
    """Ours: theirs, for ts, open, high, low, close, volume."""
    stamp: Literal["start", "end"] = "end"
    """Which end of the bar its stamp marks; daily bars are stamped with the session date."""
    timezone: str | None = None
    """Of stamps without a zone."""
    adjustment: Literal["total", "split", "raw"] = "raw"
    adjust_by: str | None = None
    """A column that open, high, low and close are multiplied by."""
    symbol: str | None = None
    """The value of the `symbol` column, for files that hold many."""
    calendar: Literal["XNYS", "24/7"] = "XNYS"


@dataclass(frozen=True)
class Source:
    """A file that holds bars of a ticker at a cadence, and its description if there is one."""

    path: Path
    cadence: str

    @property
    def described(self) -> Path:
        """Where its YAML would lie."""
        return self.path.with_name(self.path.name.split(".")[0] + ".yaml")

    @property
    def print(self) -> str:
        """What changes when the file or its description does: names, sizes and times."""
        found = [p.stat() for p in (self.path, self.described) if p.exists()]
        return ";".join(f"{s.st_size}:{s.st_mtime_ns}" for s in found)


def sources(folder: Path, ticker: str, cadences: tuple[str, ...]) -> list[Source]:
    """Files `<TICKER>_<cadence>` of a folder, in the order of `cadences`."""
    stems = {p.name: p for p in folder.iterdir()} if folder.is_dir() else {}
    return [
        Source(stems[name], cadence)
        for cadence in cadences
        for ending in ENDINGS
        if (name := f"{ticker}_{cadence}{ending}") in stems
    ]


def tickers(folder: Path) -> list[str]:
    """Tickers that the folder has a file of."""
    names = (p.name for p in folder.iterdir()) if folder.is_dir() else ()
    stems = [n.split(".")[0] for n in names if n.endswith(ENDINGS)]
    return sorted({stem.rpartition("_")[0] for stem in stems if "_" in stem})


def rows_of(source: Source) -> tuple[pd.DataFrame, Layout, bool]:
    """A file's rows under our names (ts as it stands), its layout, and whether that was guessed.

    Raises QualityError if the file cannot be read or misses a column, BadRequest for its YAML.
    """
    raw = _raw(source.path)
    guessed = not source.described.exists()
    layout = (
        _guess(raw, source) if guessed else _completed(_described(source.described), raw, source)
    )
    if layout.symbol is not None:
        raw = _of_symbol(raw, layout.symbol, source.path)
    if raw.empty:
        raise QualityError(f"{source.path.name} holds no row.", hint="Export it again.")
    table = pd.DataFrame({ours: raw[theirs] for ours, theirs in layout.columns.items()})
    for name in PRICES:
        if name in table:
            table[name] = _number(table[name], name, source.path)
    if layout.adjust_by is not None:
        factor = _number(_column(raw, layout.adjust_by, source.path), layout.adjust_by, source.path)
        for name in PRICES[:4]:
            if name in table:
                table[name] = table[name] * factor
    return table.reset_index(drop=True), layout, guessed


def sample_csv(name: str) -> pd.DataFrame:
    """A table of the history inside the arch package, which need not be imported for it."""
    found = importlib.util.find_spec("arch")
    if found is None or found.origin is None:
        raise BadRequest(
            "The arch package, which holds the sample, is not installed.",
            hint="make pipeline installs it.",
        )
    with gzip.open(Path(found.origin).parent / "data" / name / f"{name}.csv.gz") as file:
        table: pd.DataFrame = pd.read_csv(file)
    return table


def _raw(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            table: pd.DataFrame = parquet.read_table(path).to_pandas()
        else:
            table = pd.read_csv(path)
    except (pa.ArrowException, OSError, ValueError, EOFError, KeyError) as broken:
        why = str(broken).splitlines()[0] if str(broken) else type(broken).__name__
        raise QualityError(
            f"{path.name} cannot be read: {why}.",
            hint="It may be cut off or no such file: export it again.",
        ) from None
    if table.empty:
        raise QualityError(f"{path.name} holds no row.", hint="Export it again.")
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index()
    return table


def _described(path: Path) -> Layout:
    try:
        given = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise BadRequest(
            f"{path.name} is no YAML: {broken}.", hint="README.md shows one."
        ) from None
    if not isinstance(given, dict):
        raise BadRequest(f"{path.name} holds no mapping.", hint="README.md shows one.")
    return parse(Layout, given, where=f"{path.name}: ")


def _guess(raw: pd.DataFrame, source: Source) -> Layout:
    """Columns by their usual names; a `symbol` column must then hold one symbol or the ticker."""
    lower = {str(name).lower().strip(): str(name) for name in raw.columns}
    ticker = source.path.name.rpartition("_")[0]
    symbol = ticker if "symbol" in lower and len(raw[lower["symbol"]].unique()) > 1 else None
    return Layout(columns=_columns(lower, source.path), symbol=symbol)


def _columns(lower: dict[str, str], path: Path) -> dict[str, str]:
    stamp = next((lower[name] for name in STAMPS if name in lower), None)
    if stamp is None:
        raise QualityError(
            f"{path.name} has no column of stamps, only {', '.join(lower.values())}.",
            hint=f"Name it in {path.name.split('.')[0]}.yaml under columns: ts.",
        )
    found = {"ts": stamp}
    for name in PRICES:
        if theirs := lower.get(name) or lower.get(SHORT[name]):
            found[name] = theirs
    if "close" not in found:
        raise QualityError(
            f"{path.name} has no column of closes, only {', '.join(lower.values())}.",
            hint=f"Name it in {path.name.split('.')[0]}.yaml under columns: close.",
        )
    return found


def _completed(layout: Layout, raw: pd.DataFrame, source: Source) -> Layout:
    """The described layout, with columns that it leaves out found by their usual names."""
    for theirs in layout.columns.values():
        _column(raw, theirs, source.path)
    lower = {str(name).lower().strip(): str(name) for name in raw.columns}
    columns = {
        **_columns({**lower, **dict(layout.columns)}, source.path),
        **layout.columns,
    }
    return Layout(**{**vars(layout), "columns": columns})


def _column(raw: pd.DataFrame, name: str, path: Path) -> Any:
    if name not in raw.columns:
        raise QualityError(
            f"{path.name} has no column {name!r}, only {', '.join(map(str, raw.columns))}.",
            hint="Mend the names in its YAML.",
        )
    return raw[name]


def _of_symbol(raw: pd.DataFrame, symbol: str, path: Path) -> pd.DataFrame:
    found = raw[raw[_symbol_column(raw, path)] == symbol]
    if found.empty:
        raise QualityError(
            f"{path.name} has no row of symbol {symbol!r}.", hint="Mend `symbol` in its YAML."
        )
    return found


def _symbol_column(raw: pd.DataFrame, path: Path) -> str:
    for name in raw.columns:
        if str(name).lower() == "symbol":
            return str(name)
    raise QualityError(f"{path.name} has no column symbol.", hint="Leave `symbol` out of its YAML.")


def _number(values: Any, name: str, path: Path) -> Any:
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = numbers.isna() & values.notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise QualityError(
            f"{path.name}: {name} is {values.iloc[row]!r} in row {row + 1}, not a number.",
            hint="Mend the file.",
        )
    return numbers.astype("float64")
