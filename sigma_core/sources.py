"""The one reader of files that users bring: CSV, Parquet, and the YAML that describes them."""

import gzip
import importlib.util
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass as noun

from sigma_core.csv_head import refuse_head, refuse_tail
from sigma_core.domain._fields import NOUN
from sigma_core.errors import BadRequest, QualityError, in_line, meant, shown
from sigma_core.parse import parse
from sigma_core.readable import readable
from sigma_core.yamltext import load

N = TypeVar("N")

CADENCES = ("1m", "5m", "15m", "hourly", "daily")
"""What a file's name may say after the ticker."""
ENDINGS = (".parquet", ".csv", ".csv.gz")
PRICES = ("open", "high", "low", "close")
STAMPS = ("ts", "timestamp", "datetime", "date_time", "time", "date", "session", "t", "index")
"""Usual names of the column of stamps, small letters."""
OTHERS = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
NO_NUMBERS = "bmM"
"""Kinds of columns that pandas would count as numbers: yes and no, spans of time, and dates."""
ADJUSTING = ("adjclose", "pricefactor", "splitfactor", "adjfactor", "adjustmentfactor")
"""Columns that say prices could be adjusted, without spaces and underscores."""


def zone_named(name: str) -> str:
    """The same name. Raises ValueError if it is no time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; America/New_York is one, UTC another") from None
    return name


@noun(frozen=True, kw_only=True, config=NOUN)
class Layout:
    """How a file is to be read, as its YAML says or as it was guessed."""

    columns: dict[Literal["ts", "open", "high", "low", "close", "volume"], str] = Field(
        default_factory=dict
    )
    """Ours: theirs."""
    stamp: Literal["start", "end"] | None = None
    """Which end of the bar its stamp marks; daily bars are stamped with the session date."""
    timezone: Annotated[str, AfterValidator(zone_named)] | None = None
    """Of stamps without a zone."""
    adjustment: Literal["total", "split", "raw"] = "raw"
    adjust_by: str | None = None
    """A column that open, high, low and close are multiplied by."""
    symbol: str | None = None
    """The value of the `symbol` column, for files that hold many."""
    calendar: Literal["XNYS", "24/7"] = "XNYS"


@dataclass(frozen=True)
class Source:
    """A file that holds bars of a ticker at a cadence."""

    path: Path
    ticker: str
    cadence: str

    @property
    def described(self) -> Path:
        """Where the YAML that describes it lies, or would lie."""
        stem = f"{self.ticker}_{self.cadence}"
        short = self.path.with_name(f"{stem}.yml")
        return short if lexists(short) else self.path.with_name(f"{stem}.yaml")

    @property
    def print(self) -> str:
        """What changes when the file or its description does: names, sizes and times."""
        there = [p for p in (self.path, self.described) if lexists(p)]
        found = [(p.name, p.stat() if p.exists() else p.lstat()) for p in there]
        return ";".join(f"{name}:{s.st_size}:{s.st_mtime_ns}" for name, s in found)


@dataclass(frozen=True, eq=False)
class Rows:
    """A file's rows under our names, indexed by their place in the file, and how they were read."""

    table: pd.DataFrame
    """ts as it stands; open, high, low, close, volume as far as the file has them, adjusted."""
    layout: Layout
    guessed: bool
    unused: tuple[str, ...]
    """Columns that could adjust the prices and did not."""


def sources(folder: Path, ticker: str, cadences: Iterable[str]) -> list[Source]:
    """Files `<TICKER>_<cadence>` of a folder, in the order of `cadences`.

    Raises BadRequest if there is no such folder.
    """
    named = _names(folder)
    return [
        Source(folder / name, ticker, cadence)
        for cadence in cadences
        for ending in ENDINGS
        if (name := f"{ticker}_{cadence}{ending}") in named
    ]


def tickers(folder: Path) -> list[str]:
    """Tickers that the folder has a file of. Raises BadRequest if there is no such folder."""
    tails = tuple(f"_{cadence}{ending}" for cadence in CADENCES for ending in ENDINGS)
    return sorted({_without(name, tails) for name in _names(folder) if name.endswith(tails)})


def rows_of(source: Source) -> Rows:
    """Read a file as its YAML says, or else by the usual names of columns.

    Raises QualityError if the file cannot be read or lacks a column, BadRequest for its YAML.
    """
    raw = read_table(source.path)
    guessed = not lexists(source.described)
    given = Layout() if guessed else described(source.described, Layout)
    symbol = given.symbol or _symbol(raw, source)
    layout = replace(given, columns=_columns(raw, given, source), symbol=symbol)
    if layout.symbol is not None:
        raw = _of_symbol(raw, layout.symbol, source)
    table = pd.DataFrame({ours: raw[theirs] for ours, theirs in layout.columns.items()})
    for name in table.columns.drop("ts"):
        table[name] = numbers(table[name], name, source)
    if layout.adjust_by is not None:
        factor = numbers(_column(raw, layout.adjust_by, source), layout.adjust_by, source)
        held = [name for name in PRICES if name in table]
        table[held] = table[held].mul(factor, axis=0)
    plain = {str(c): str(c).lower().replace("_", "").replace(" ", "") for c in raw.columns}
    unused = tuple(c for c, p in plain.items() if p in ADJUSTING and layout.adjust_by is None)
    return Rows(table, layout, guessed, unused)


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


def _names(folder: Path) -> frozenset[str]:
    if not folder.is_dir():
        raise BadRequest(
            f"SIGMA_FILES is {str(folder)!r}, and that is no folder.",
            hint="Point it at the folder with your files, or unset it.",
        )
    return frozenset(path.name for path in folder.iterdir())


def _without(name: str, tails: tuple[str, ...]) -> str:
    return next(name.removesuffix(tail) for tail in tails if name.endswith(tail))


def read_table(path: Path) -> pd.DataFrame:
    """A file's rows as they stand. Raises BadRequest if it is no file, QualityError if no table."""
    readable(path, named=path.name)
    if path.suffix != ".parquet":
        refuse_head(path)
        refuse_tail(path)
    try:
        table = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    except pd.errors.ParserWarning as uneven:
        raise QualityError(
            f"{path.name} has rows of more cells than its first line names.",
            hint="Begin with the line of names; write numbers with a point, no thousands apart.",
        ) from uneven
    except (pa.ArrowException, OSError, EOFError, ValueError) as broken:
        why = (str(broken).splitlines() or [type(broken).__name__])[0].rstrip(".")
        raise QualityError(
            f"{path.name} cannot be read: {why}.",
            hint="It is cut off, or no such file at all: export it again.",
        ) from broken
    if table.empty:
        raise QualityError(f"{path.name} holds no row.", hint="Export it again.")
    return table


def _parquet(path: Path) -> pd.DataFrame:
    table: pd.DataFrame = parquet.ParquetFile(path).read().to_pandas()
    numbered = isinstance(table.index, pd.RangeIndex)  # of where it was cut from, perhaps
    return table.reset_index(drop=numbered)


def _csv(path: Path) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
        # never an index: else a comma too many on each row moves every value one column on
        return pd.read_csv(path, index_col=False, encoding="utf-8-sig", low_memory=False)


def described(path: Path, kind: type[N]) -> N:
    """What a YAML beside a file says of its layout. Raises BadRequest if it cannot be read so."""
    readable(path, named=path.name)
    given = load(path.read_bytes(), named=path.name, see="README.md")
    return parse(kind, given, where=f"{path.name}: ")


def _symbol(raw: pd.DataFrame, source: Source) -> str | None:
    """What to look for in a `symbol` column of many if nobody says: the ticker."""
    name = _lower(raw).get("symbol")
    many = name is not None and len(raw[name].unique()) > 1
    return source.ticker if many else None


def _lower(raw: pd.DataFrame) -> dict[str, str]:
    return {str(name).lower().strip(): name for name in raw.columns}


def _columns(raw: pd.DataFrame, layout: Layout, source: Source) -> dict[Any, str]:
    """Ours: theirs; what the layout does not name is found by its usual name."""
    for theirs in layout.columns.values():
        _column(raw, theirs, source)
    lower = _lower(raw)
    found = {"ts": next((lower[name] for name in STAMPS if name in lower), None)}
    found |= {ours: lower.get(ours) or lower.get(other) for ours, other in OTHERS.items()}
    columns = {ours: theirs for ours, theirs in found.items() if theirs} | layout.columns
    for ours, words in (("ts", "stamps"), ("close", "closes")):
        if ours not in columns:
            raise QualityError(
                f"{source.path.name} has no column of {words}, only {_few(lower.values())}.",
                hint=f"Name it in {source.described.name}: columns: {{{ours}: THEIRS}}.",
            )
    lacking = [name for name in PRICES if name not in columns]
    if 0 < len(lacking) < len(PRICES) - 1:
        raise QualityError(
            f"{source.path.name} has no column of {lacking[0]}, and has others of the four prices.",
            hint=f"Name it in {source.described.name} under columns, or bring closes alone.",
        )
    return columns


def _few(names: Iterable[object]) -> str:
    """Names of columns in one line, as far as one can take in."""
    said = [in_line(name) for name in names]
    more = f" and {len(said) - 12} more" if len(said) > 12 else ""
    return ", ".join(said[:12]) + more


def _column(raw: pd.DataFrame, name: str, source: Source) -> Any:
    if name not in raw.columns:
        raise QualityError(
            f"{source.path.name} has no column {name!r}, which {source.described.name} names.",
            hint=meant(name, map(str, raw.columns)),
        )
    return raw[name]


def _of_symbol(raw: pd.DataFrame, symbol: str, source: Source) -> pd.DataFrame:
    name = _lower(raw).get("symbol")
    if name is None:
        raise QualityError(
            f"{source.path.name} has no column symbol.",
            hint=f"Leave `symbol` out of {source.described.name}.",
        )
    found = raw[raw[name] == symbol]
    if found.empty:
        held = raw[name].dropna().astype("str").unique()
        raise QualityError(
            f"{source.path.name} has no row of symbol {symbol!r}.",
            hint=f"{meant(symbol, held)} Write it into {source.described.name}: symbol: THEIRS.",
        )
    return found


def numbers(values: Any, name: str, source: Source) -> Any:
    """A column as floats. Raises QualityError for the first that is no number."""
    found = pd.to_numeric(values, errors="coerce")
    wrong = ((found.isna() | (values.dtype.kind in NO_NUMBERS)) & values.notna()).to_numpy()
    if wrong.any():
        at = int(wrong.argmax())
        raise QualityError(
            f"{source.path.name}, row {values.index[at] + 1}: {name} is"
            f" {shown(values.iloc[at : at + 1].tolist()[0])}, no number.",
            hint="Mend the row, or export the file again.",
        )
    return found.astype("float64")
