"""Option chains and option bars out of the user's own files, as the YAML beside each says."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from sigma_core.calendars import Calendar, calendar
from sigma_core.domain._fields import NOUN
from sigma_core.errors import BadRequest, QualityError, meant
from sigma_core.options.occ import read_symbols, write_symbols
from sigma_core.options.sanity import NUMBERS, Finding, sane, unreadable
from sigma_core.providers._define import FetchedOptions, OptionSource
from sigma_core.providers._place import Place
from sigma_core.providers._stamps import read_stamps
from sigma_core.schemas.chains import CHAINS
from sigma_core.schemas.option_bars import OPTION_BARS
from sigma_core.sources import Source, described, numbers, read_table, sources, zone_named

CHAIN_FILE = "chains"
"""What a file of chains is called after the ticker: SPX_chains.parquet."""
BARS_FILE = "_options"
"""What a file of option bars has behind the cadence: SPY_1m_options.parquet."""
USUAL: Mapping[str, tuple[str, ...]] = {
    "session": ("session", "date", "quote_date", "trade_date"),
    "as_of": ("as_of", "quote_time"),
    "ts": ("ts", "timestamp", "datetime", "time"),
    "occ": ("occ", "occ_symbol", "contract", "contract_symbol", "option_symbol"),
    "root": ("root", "option_root"),
    "expiration": ("expiration", "expiry", "expiration_date", "exdate"),
    "strike": ("strike", "strike_price"),
    "right": ("right", "type", "option_type", "call_put", "cp_flag"),
    "last": ("last", "last_price", "close"),
    "open_interest": ("open_interest", "oi", "openinterest"),
    "iv": ("iv", "implied_volatility", "impl_volatility"),
    "underlying": ("underlying", "underlying_price", "spot", "underlying_last"),
}
"""Usual names of columns, small letters; the others are called as ours are."""
CHAIN_COLUMNS = (
    "session", "as_of", "occ", "root", "expiration", "strike", "right", "multiplier", *NUMBERS,
)  # fmt: skip
BAR_COLUMNS = (
    "ts", "occ", "root", "expiration", "strike", "right", "open", "high", "low", "close",
    "volume", "vwap",
)  # fmt: skip
ASK = "Name it in {file} under columns: {{{name}: THEIRS}}."


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionLayout:
    """How a file of chains or option bars is to be read."""

    columns: dict[str, str] = Field(default_factory=dict)
    """Ours: theirs."""
    symbol: str | None = None
    """The value of the `symbol` column, for files that hold many underlyings."""
    dated: Literal["session", "next_session"] = "session"
    """Whether a chain's date is the session of its quotes, or the one after."""
    stamp: Literal["start", "end"] = "end"
    """Which end of an option bar its stamp marks."""
    timezone: Annotated[str, AfterValidator(zone_named)] = "UTC"
    """Of stamps without a zone."""
    multiplier: Annotated[float, Field(gt=0)] = 100.0
    """Units of the underlying that a contract is of, where no column says it."""
    settle: Literal["AM", "PM"] | None = None
    """When all of its options are settled; null: as their root usually is."""
    calendar: Literal["XNYS"] = "XNYS"


def fetch(
    ticker: str, files: Path | None, start: date | None, end: date | None, cadence: str = ""
) -> FetchedOptions | None:
    """Chains, or option bars of a cadence, of the user's file; None if there is none.

    Raises QualityError if the file cannot be read, BadRequest for its YAML.
    """
    found = _sources(ticker, cadence, files)
    if not found:
        return None
    source = found[0]
    layout, guessed = _layout(source)
    days = calendar(layout.calendar)
    raw = _columns(source, layout, BAR_COLUMNS if cadence else CHAIN_COLUMNS)
    if cadence:
        rows, notes = _bars(raw, layout, cadence, days, source)
        findings: Mapping[pd.Timestamp, tuple[Finding, ...]] = {}
    else:
        looked = sane(_chains(raw, layout, days, source), days)
        rows, notes, findings = looked.rows, [], looked.findings
    columns = ["session", *(OPTION_BARS if cadence else CHAINS).columns]
    about = {
        "provider": "files", "ticker": ticker, "calendar": layout.calendar, "simulated": False,
        "guessed": guessed, "layout": _words(source, layout, raw, guessed), "notes": notes,
    }  # fmt: skip
    inside = {day: f for day, f in findings.items() if _within(day, start, end)}
    return FetchedOptions(_cut(rows[columns], start, end), inside, about)


def _sources(ticker: str, cadence: str, files: Path | None) -> list[Source]:
    name = f"{cadence}{BARS_FILE}" if cadence else CHAIN_FILE
    return sources(files, ticker, (name,)) if files else []


def _print(ticker: str, cadence: str, files: Path | None) -> str:
    found = _sources(ticker, cadence, files)
    return found[0].print if found else ""


def _tickers(files: Path | None) -> Sequence[str]:
    if files is None or not files.is_dir():
        return ()
    named = re.compile(rf"(.+)_{CHAIN_FILE}\.(?:parquet|csv|csv\.gz)")
    return sorted(m[1] for path in files.iterdir() if (m := named.fullmatch(path.name)))


OPTIONS = OptionSource(fetch, _print, _tickers)


def _layout(source: Source) -> tuple[OptionLayout, bool]:
    if not lexists(source.described):
        return OptionLayout(), True
    return described(source.described, OptionLayout), False


def _columns(source: Source, layout: OptionLayout, wanted: Sequence[str]) -> pd.DataFrame:
    """The file's columns under our names; those it does not have are not there."""
    raw = read_table(source.path)
    for ours, theirs in layout.columns.items():
        if ours not in wanted:
            raise BadRequest(
                f"{source.described.name}: columns has {ours!r}, which is none of ours.",
                hint=meant(ours, wanted),
            )
        if theirs not in raw.columns:
            raise QualityError(
                f"{source.path.name} has no column {theirs!r}, as {source.described.name} says.",
                hint=meant(theirs, map(str, raw.columns)),
            )
    lower = {str(name).lower().strip(): name for name in raw.columns}
    if layout.symbol or lower.get("symbol") not in {None, *layout.columns.values()}:
        raw = _of_symbol(raw, lower, layout, source)
    named = {ours: next((lower[n] for n in USUAL.get(ours, (ours,)) if n in lower), None)
             for ours in wanted} | layout.columns  # fmt: skip
    return pd.DataFrame({ours: raw[theirs] for ours, theirs in named.items() if theirs is not None})


def _of_symbol(
    raw: pd.DataFrame, lower: Mapping[str, Any], layout: OptionLayout, source: Source
) -> pd.DataFrame:
    held = raw[lower["symbol"]].astype("str") if "symbol" in lower else pd.Series(dtype="str")
    rows = raw[(held == (layout.symbol or source.ticker)).to_numpy()] if len(held) else raw[:0]
    if rows.empty:
        raise QualityError(
            f"{source.path.name} has no row of symbol {layout.symbol or source.ticker!r}.",
            hint=f"{meant(source.ticker, held.unique())} Write it into {source.described.name}:"
            " symbol: THEIRS.",
        )
    return rows


def _contracts(raw: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Root, expiration, right and strike, by column or out of the OCC symbol."""
    table = raw.copy()
    if "occ" in raw:
        table = raw.assign(**read_symbols(raw["occ"]))
    for name in ("expiration", "strike", "right"):
        _need(table, name, source)
    table["root"] = table.get("root", source.ticker)
    table["expiration"] = _days(table["expiration"])
    table["right"] = table["right"].astype("str").str.strip().str.upper().str[:1]
    table["strike"] = numbers(table["strike"], "strike", source)
    return table


def _chains(
    raw: pd.DataFrame, layout: OptionLayout, days: Calendar, source: Source
) -> pd.DataFrame:
    table = _contracts(raw, source)
    _need(table, "session", source)
    read = read_stamps(table["session"], Place(source.path.name, table["session"], "session"))
    session = pd.Series(read.tz_localize(None).normalize().as_unit("us"), index=table.index)
    if layout.dated == "next_session":
        number = days.ordinal(session.to_numpy())
        before = pd.Series(days.session_of((number - 1).clip(0)), index=table.index)
        session = before.where(number > 0, session)
    table["session"] = session
    if "as_of" in table:
        table["as_of"] = _utc(table["as_of"], layout, source)
    for name in (*NUMBERS, "multiplier"):
        if name in table:
            table[name] = numbers(table[name], name, source)
    if "multiplier" not in table:
        table["multiplier"] = layout.multiplier
    return table.assign(settle=layout.settle) if layout.settle else table


def _bars(
    raw: pd.DataFrame, layout: OptionLayout, cadence: str, days: Calendar, source: Source
) -> tuple[pd.DataFrame, list[str]]:
    """Option bars stamped at their close; what is left out is told."""
    table = _contracts(raw, source)
    _need(table, "ts", source)
    table["ts"] = _utc(table["ts"], layout, source)
    if layout.stamp == "start":
        table["ts"] += pd.Timedelta(cadence.replace("m", "min"))
    prices = ["open", "high", "low", "close"]
    for name in (*prices, "volume", "vwap"):
        if name in prices:
            _need(table, name, source)
        table[name] = numbers(table[name], name, source) if name in table else float("nan")
    sessions = days.sessions()
    place = sessions["close"].searchsorted(table["ts"]).clip(max=len(sessions) - 1)
    held = sessions.iloc[place].set_index(table.index)
    table["session"] = held["session"]
    sound = (table[prices] > 0) & (table[prices] < np.inf)
    shaped = sound.all(axis=1) & (table["high"] == table[prices].max(axis=1))
    counts = table[["volume", "vwap"]]  # either may be missing
    odd = (table["volume"] < 0) | (table["vwap"] <= 0) | (counts == np.inf).any(axis=1)
    faults = {
        "unreadable contracts": unreadable(table),
        "outside the session": table["ts"] <= held["open"],
        "no proper prices": ~shaped | (table["low"] != table[prices].min(axis=1)),
        "no proper volume or vwap": odd,
        "of an expired contract": table["expiration"] < table["session"],
        "given twice": table.duplicated(["ts", "root", "expiration", "right", "strike"]),
    }
    bad = pd.DataFrame(faults)
    first = bad.any(axis=1).mul(1) * (1 + bad.to_numpy().argmax(axis=1))  # each told once
    notes = [
        f"{n:,} option bars {name}, left out."
        for place, name in enumerate(bad, start=1)
        if (n := int((first == place).sum()))
    ]
    kept = table[~bad.any(axis=1)].sort_values(["ts", "expiration", "strike", "right"])
    return kept.assign(symbol=write_symbols(kept)).reset_index(drop=True), notes


def _need(table: pd.DataFrame, name: str, source: Source) -> None:
    if name not in table:
        raise QualityError(
            f"{source.path.name} has no column of {name}.",
            hint=ASK.format(file=source.described.name, name=name),
        )


def _days(values: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Listed days, as dates, text or numbers like 20240517; missing where there is none."""
    whole = pd.api.types.is_numeric_dtype(values)
    written = values.map("{:.0f}".format) if whole else values
    days = pd.to_datetime(written, format="%Y%m%d" if whole else None, errors="coerce")
    return days.dt.tz_localize(None).dt.normalize().dt.as_unit("us")


def _utc(stamps: "pd.Series[Any]", layout: OptionLayout, source: Source) -> pd.Series:
    place = Place(source.path.name, stamps, str(stamps.name))
    read = read_stamps(stamps, place)
    if read.tz is None:
        read = read.tz_localize(layout.timezone, ambiguous="NaT", nonexistent="NaT")
        words = f"{layout.timezone} had no such hour, or had it twice, as clocks changed"
        place.refuse_first(np.asarray(read.isna()), words, "Write stamps in UTC.")
    return pd.Series(read.tz_convert("UTC").as_unit("us"), index=stamps.index)


def _within(day: pd.Timestamp, start: date | None, end: date | None) -> bool:
    return (start is None or day >= pd.Timestamp(start)) and (
        end is None or day <= pd.Timestamp(end)
    )


def _cut(rows: pd.DataFrame, start: date | None, end: date | None) -> pd.DataFrame:
    inside = [_within(day, start, end) for day in rows["session"]] if start or end else None
    return (rows if inside is None else rows[inside]).reset_index(drop=True)


def _words(source: Source, layout: OptionLayout, raw: pd.DataFrame, guessed: bool) -> str:
    held = ", ".join(raw.columns)
    late = "; dated the session after" if layout.dated == "next_session" else ""
    return f"{source.path.name}{' (layout guessed)' if guessed else ''}: {held}{late}"
