"""What a provider is, and the decorator that makes one out of a function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from sigma_core.options.sanity import Finding
from sigma_core.registry import Registry


@dataclass(frozen=True, eq=False)
class Fetched:
    """Bars that passed the door, and how they were come by."""

    bars: pd.DataFrame
    """ts (UTC, at the close), session, open, high, low, close, volume; one row at least."""
    about: dict[str, Any]
    """provider, ticker, cadence, calendar, adjustment, simulated, layout (in words), guessed,
    read (the layout as fields), rows, rows_outside, stale_open_years, missing_sessions,
    missing_bars, volume_breaks, notes."""
    whole: bool = True
    """Whether these are all bars that the source has: a stored one that is not here is gone."""


@dataclass(frozen=True, eq=False)
class FetchedOptions:
    """Chains or option bars of any number of sessions, and how they were come by."""

    rows: pd.DataFrame
    """`session` (naive day), and the columns of `schemas.chains` or `schemas.option_bars`."""
    findings: Mapping[pd.Timestamp, tuple[Finding, ...]]
    """What was found in each session of chains, those of which no row was left too."""
    about: dict[str, Any]
    """provider, ticker, calendar, simulated, layout (in words), guessed, notes."""


class FetchOptions(Protocol):
    """Chains of a ticker in the sessions from start to end, or None if there are none of it.

    With a `cadence` of option bars (`1m`, `5m` …) those instead.
    """

    def __call__(
        self, ticker: str, files: Path | None, start: date | None, end: date | None,
        cadence: str = "",
    ) -> FetchedOptions | None: ...  # fmt: skip


@dataclass(frozen=True)
class OptionSource:
    """What a provider has of options."""

    fn: FetchOptions
    print: Callable[[str, str, Path | None], str]
    """Of ticker and cadence ("" for chains): what changes when the rows may have; empty: none."""
    tickers: Callable[[Path | None], Sequence[str]]
    """Tickers that it has chains of."""
    sessions: Callable[[str, Path | None], Sequence[date]] | None = None
    """Sessions that it has of a ticker, if it can serve each without the others; None: it reads
    all it has whenever it is asked."""


class Fetch(Protocol):
    """Bars of a ticker from the instant `since` on (None: all), or None if there are none of it.

    `files` is the folder of the user's files. A source that is read whole may disregard `since`.
    """

    def __call__(
        self, ticker: str, cadence: str, files: Path | None, since: pd.Timestamp | None
    ) -> Fetched | None: ...


@dataclass(frozen=True)
class Provider:
    """A source of bars."""

    name: str
    simulated: bool
    fn: Fetch
    tickers: Callable[[Path | None], Sequence[str]]
    print: Callable[[str, str, Path | None], str]
    """What changes when the bars may have, cheap to ask; empty if it has none."""
    options: OptionSource | None = None
    """None: it has no chains."""

    def serves(self, ticker: str, cadence: str, files: Path | None) -> bool:
        """Whether it holds bars of the ticker from which that cadence can be made."""
        return bool(self.print(ticker, cadence, files))

    @property
    def sentence(self) -> str:
        """What it is, in one line."""
        return (self.fn.__doc__ or "").strip().splitlines()[0]


PROVIDERS: Registry[Provider] = Registry("provider", "sigma_core.providers")


def provider(
    *,
    tickers: Callable[[Path | None], Sequence[str]],
    fingerprint: Callable[[str, str, Path | None], str],
    simulated: bool = False,
    options: OptionSource | None = None,
) -> Callable[[Fetch], Fetch]:
    """Register a function as a provider of its name."""

    def register(fn: Fetch) -> Fetch:
        name: str = getattr(fn, "__name__", "")
        PROVIDERS.add(Provider(name, simulated, fn, tickers, fingerprint, options))
        return fn

    return register
