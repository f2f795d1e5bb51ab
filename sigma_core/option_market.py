"""Chains and option bars of a ticker: read back from the lake, or fetched where changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of_sources
from sigma_core.options.sanity import Finding
from sigma_core.providers import PROVIDERS, Provider
from sigma_core.providers._define import FetchedOptions, OptionSource
from sigma_core.schemas import Table
from sigma_core.schemas.chains import CHAINS
from sigma_core.schemas.option_bars import OPTION_BARS

AUTO = ("files",)
"""Providers in the order in which `auto` asks them for options."""
PART = "rows"
"""Name of the one file that a session's chain or bars are."""


@dataclass(frozen=True, eq=False)
class OptionRows:
    """Chains or option bars of one ticker, and how they were come by."""

    rows: pd.DataFrame
    """`session`, and the columns of `schemas.chains` or `schemas.option_bars`."""
    findings: Mapping[pd.Timestamp, tuple[Finding, ...]]
    about: Mapping[str, Any]
    """As the provider's; `print`: what the source was; `sessions`: all that it has."""


def chains_of(
    lab: Lab, ticker: str, *, start: date | None = None, end: date | None = None,
    provider: str = "auto", keep: bool = True,
) -> OptionRows:  # fmt: skip
    """Chains of a ticker in the sessions from start to end, every fault named and counted.

    Stored ones while their source is as it was, else all of the source's, which then are stored;
    with `keep=False` nothing is written. Each session is one file of the table `chains`.
    Raises UnknownName or BadRequest if no provider has chains of the ticker, QualityError if its
    source cannot be read, Damaged if a stored file is not what was written.
    """
    return _rows_of(lab, ticker, "", start, end, provider, keep=keep)


def option_bars_of(
    lab: Lab, ticker: str, cadence: str, *, start: date | None = None, end: date | None = None,
    provider: str = "auto", keep: bool = True,
) -> OptionRows:  # fmt: skip
    """Bars of a ticker's option contracts, as `chains_of`; cadence `1m`, `5m` or `15m`."""
    return _rows_of(lab, ticker, cadence, start, end, provider, keep=keep)


def _rows_of(
    lab: Lab, ticker: str, cadence: str, start: date | None, end: date | None, provider: str,
    *, keep: bool,
) -> OptionRows:  # fmt: skip
    name, source = _chosen(lab, ticker, cadence, provider)
    shelf = _Shelf(lab, name, ticker, cadence)
    now = f"{source.print(ticker, cadence, lab.files)};{_door()}"
    held = shelf.about(now)
    if held is None:
        whole = source.fn(ticker, lab.files, None, None, cadence)
        if whole is None:  # it was there a moment ago
            raise _none(lab, ticker, cadence, [PROVIDERS[name]])
        if not keep:
            return _cut(whole, {**whole.about, "print": now}, start, end)
        held = shelf.put(whole, now)
    return shelf.read(held, start, end)


def _door() -> str:
    """What changes when the code that reads and judges chains does."""
    return sha_of_sources("sigma_core.providers", "sigma_core.options")[:12]


def _chosen(lab: Lab, ticker: str, cadence: str, provider: str) -> tuple[str, OptionSource]:
    """The provider to ask: the named one, or the first that has the ticker's chains."""
    asked = [PROVIDERS[name] for name in (AUTO if provider == "auto" else (provider,))]
    for one in asked:
        if one.options is not None and one.options.print(ticker, cadence, lab.files):
            return one.name, one.options
    raise _none(lab, ticker, cadence, asked)


def _none(
    lab: Lab, ticker: str, cadence: str, asked: Sequence[Provider]
) -> UnknownName | BadRequest:
    what, name = (
        ("option bars", f"{ticker}_{cadence}_options")
        if cadence
        else ("chains", f"{ticker}_chains")
    )
    where = f" into {lab.files}." if lab.files else " into a folder and set SIGMA_FILES to it."
    connect = f"Put {name}.parquet (or .csv){where}"
    without = [one.name for one in asked if one.options is None]
    if without:
        return BadRequest(f"Provider {without[0]} has no {what}.", hint=connect)
    known = {n for one in asked if one.options for n in one.options.tickers(lab.files)}
    if ticker in known:
        return BadRequest(f"There are no {cadence} {what} of {ticker}.", hint=connect)
    near = f" There are chains of {', '.join(sorted(known))}." if known else ""
    return UnknownName(f"ticker with {what}", ticker, known, hint=f"{connect}{near}")


def _cut(
    whole: FetchedOptions, about: Mapping[str, Any], start: date | None, end: date | None
) -> OptionRows:
    days = whole.rows["session"]
    first, last = _ends(start, end)
    kept = whole.rows[(days >= first) & (days <= last)].reset_index(drop=True)
    inside = {day: found for day, found in whole.findings.items() if first <= day <= last}
    sessions = [f"{day:%Y-%m-%d}" for day in sorted(days.unique())]
    return OptionRows(kept, inside, {**about, "sessions": sessions})


def _ends(start: date | None, end: date | None) -> tuple[pd.Timestamp, pd.Timestamp]:
    return (
        pd.Timestamp(start) if start else pd.Timestamp.min,
        pd.Timestamp(end) if end else pd.Timestamp.max,
    )


class _Shelf:
    """Where a ticker's chains or option bars stand in the lake: a file a session, one document."""

    def __init__(self, lab: Lab, provider: str, ticker: str, cadence: str) -> None:
        self._lake = lab.lake
        self._table: Table = OPTION_BARS if cadence else CHAINS
        self._keys = {"provider": provider, "ticker": ticker}
        if cadence:
            self._keys["cadence"] = cadence
        self._name = "-".join([self._table.name, *self._keys.values()])

    def about(self, now: str) -> dict[str, Any] | None:
        """The document of what stands here, or None if it is of another source than `now`."""
        if not self._lake.has("manifests", self._name):
            return None
        about = self._lake.load("manifests", self._name)
        return about if about["print"] == now else None

    def put(self, whole: FetchedOptions, now: str) -> dict[str, Any]:
        """Put all of these sessions in place of those that stand here; the document."""
        former = self._lake.load("manifests", self._name) if self._stood() else {"sessions": []}
        sessions = {f"{day:%Y-%m-%d}": rows for day, rows in whole.rows.groupby("session")}
        for day, rows in sessions.items():
            part = rows.drop(columns="session").reset_index(drop=True)
            self._lake.replace(self._table, {PART: part}, **self._keys, session=day)
        for gone in set(former["sessions"]) - sessions.keys():
            self._lake.remove(self._table, **self._keys, session=gone)
        findings = {
            f"{day:%Y-%m-%d}": {f.name: f.rows for f in found}
            for day, found in whole.findings.items()
        }
        about = {**whole.about, "print": now, "sessions": list(sessions), "findings": findings}
        self._lake.save("manifests", self._name, about)
        return about

    def _stood(self) -> bool:
        return self._lake.has("manifests", self._name)

    def read(self, about: Mapping[str, Any], start: date | None, end: date | None) -> OptionRows:
        """The rows from start to end. Raises Damaged if a file is not what was written."""
        first, last = _ends(start, end)
        days = [day for day in about["sessions"] if first <= pd.Timestamp(day) <= last]
        parts = [
            self._lake.part(self._table, **self._keys, session=day)[list(self._table.columns)]
            .assign(session=pd.Timestamp(day))
            for day in days
        ]  # fmt: skip
        found = {
            pd.Timestamp(day): tuple(Finding(name, rows) for name, rows in names.items())
            for day, names in about["findings"].items()
            if first <= pd.Timestamp(day) <= last
        }
        columns = ["session", *self._table.columns]
        rows = (
            pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
        )
        return OptionRows(_zoned(rows), found, about)


def _zoned(rows: pd.DataFrame) -> pd.DataFrame:
    """Stamps as the lab has them: UTC and naive days, both in microseconds."""
    for name in rows.columns.intersection(["ts", "as_of", "settles_at"]):
        rows[name] = pd.to_datetime(rows[name], utc=True).dt.as_unit("us")
    for name in rows.columns.intersection(["session", "expiration", "last_session"]):
        rows[name] = pd.to_datetime(rows[name]).dt.as_unit("us")
    return rows
