"""Where a ticker's chains or option bars stand in the lake: a file a session, and one document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from sigma_core.lab import Lab
from sigma_core.options.sanity import Finding
from sigma_core.providers._define import FetchedOptions
from sigma_core.schemas import Table
from sigma_core.schemas.chains import CHAINS
from sigma_core.schemas.option_bars import OPTION_BARS

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


class OptionShelf:
    """The stored sessions of one provider's ticker; `stored` of its document lists them."""

    def __init__(self, lab: Lab, provider: str, ticker: str, cadence: str) -> None:
        self._lake = lab.lake
        self._table: Table = OPTION_BARS if cadence else CHAINS
        self._keys = {"provider": provider, "ticker": ticker}
        if cadence:
            self._keys["cadence"] = cadence
        self._name = "-".join([self._table.name, *self._keys.values()])

    def about(self, now: str) -> dict[str, Any] | None:
        """The document of what stands here, or None if it is of another source than `now`."""
        found = self._document()
        return found if found and found["print"] == now else None

    def put(
        self, made: FetchedOptions, about: Mapping[str, Any], days: Sequence[str]
    ) -> dict[str, Any]:
        """Put sessions, `days` and any else that `made` has, beside those of the same source.

        Those of another source go. `about` is the new document but for what is stored.
        """
        former = self._document() or {"print": "", "stored": [], "findings": {}}
        names = {day: iso(day) for day in made.rows["session"].unique()}
        rows = made.rows.assign(session=made.rows["session"].map(names).astype("str"))
        self._lake.replace_each(self._table, rows, by="session", name=PART, **self._keys)
        same = former["print"] == about["print"]
        known = former.get("stored", former.get("sessions", []))
        for gone in () if same else set(known) - set(names.values()):
            self._lake.remove(self._table, **self._keys, session=gone)
        findings = {iso(d): {f.name: f.rows for f in found} for d, found in made.findings.items()}
        document = {
            **about,
            "stored": sorted({*days, *(known if same else ())}),
            "findings": dict(sorted({**(former["findings"] if same else {}), **findings}.items())),
        }
        self._lake.save("manifests", self._name, document)
        return document

    def read(self, about: Mapping[str, Any], start: date | None, end: date | None) -> OptionRows:
        """The rows from start to end. Raises Damaged if a file is not what was written."""
        first, last = ends(start, end)
        days = [day for day in about["stored"] if first <= day <= last]
        found = {
            pd.Timestamp(day): tuple(Finding(name, rows) for name, rows in names.items())
            for day, names in about["findings"].items()
            if first <= day <= last
        }
        columns = ["session", *self._table.columns]
        if not days:
            return OptionRows(pd.DataFrame(columns=columns), found, about)
        rows = self._lake.parts(self._table, days, by="session", **self._keys)[columns]
        return OptionRows(_zoned(rows), found, about)

    def _document(self) -> dict[str, Any] | None:
        there = self._lake.has("manifests", self._name)
        return self._lake.load("manifests", self._name) if there else None


def iso(day: Any) -> str:
    """A session as it is written."""
    return f"{pd.Timestamp(day):%Y-%m-%d}"


def cut(
    made: FetchedOptions, about: Mapping[str, Any], start: date | None, end: date | None
) -> OptionRows:
    """What was fetched, from start to end, without storing it."""
    days = made.rows["session"]
    first, last = map(pd.Timestamp, ends(start, end))
    kept = made.rows[(days >= first) & (days <= last)].reset_index(drop=True)
    inside = {day: found for day, found in made.findings.items() if first <= day <= last}
    return OptionRows(kept, inside, about)


def ends(start: date | None, end: date | None) -> tuple[str, str]:
    """Both ends as sessions are written, so that text is in order of time; the first and the last
    there are where one is open."""
    return iso(start or pd.Timestamp.min), iso(end or pd.Timestamp.max)


def _zoned(rows: pd.DataFrame) -> pd.DataFrame:
    """Stamps as the lab has them: UTC and naive days, both in microseconds."""
    for name in rows.columns.intersection(["ts", "as_of", "settles_at"]):
        rows[name] = pd.to_datetime(rows[name], utc=True).dt.as_unit("us")
    for name in rows.columns.intersection(["session", "expiration", "last_session"]):
        rows[name] = pd.to_datetime(rows[name]).dt.as_unit("us")
    return rows
