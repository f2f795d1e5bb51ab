"""What a provider is, and the decorator that makes one out of a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sigma_core.registry import Registry


@dataclass(frozen=True, eq=False)
class Fetched:
    """Bars that passed the door, and how they were come by."""

    bars: pd.DataFrame
    """ts (UTC, at the close), session, open, high, low, close, volume."""
    about: dict[str, Any]


@dataclass(frozen=True)
class Provider:
    """A source of bars."""

    name: str
    simulated: bool
    fn: Callable[[str, str, Path | None], Fetched | None]
    """(ticker, cadence, folder of the user's files) → bars, or None if it does not hold them."""
    tickers: Callable[[Path | None], Sequence[str]]
    print: Callable[[str, str, Path | None], str]
    """What changes when the bars may have, cheap to ask; empty if it has none."""

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
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a provider."""

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        PROVIDERS.add(Provider(fn.__name__, simulated, fn, tickers, fingerprint))
        return fn

    return register
