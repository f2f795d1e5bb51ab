"""What a model sees of the world: bars by ticker and cadence, and how they were come by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from sigma_core.calendars import Calendar

Key = tuple[str, str]
"""Ticker and cadence."""


@dataclass(frozen=True, eq=False)
class Market:
    """Bars frames (`ts session open high low close volume`), each from its first stored bar."""

    ticker: str
    cadence: str
    calendar: Calendar
    bars: Mapping[Key, pd.DataFrame]
    about: Mapping[Key, Mapping[str, Any]]
    """Of each: provider, calendar, adjustment, simulated, layout, guessed, notes, …"""
    finer: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Finer bars of the model's ticker by cadence, finest first: they settle which of two levels
    in one bar was reached first, and nothing else reads them."""

    options: Mapping[Key, pd.DataFrame] = field(default_factory=dict)
    """Rows of options by ticker and kind (`indicators.OPTIONS`), each with `ts` and `session`:
    (SPY, chains) a row a snapshot, (SPY, flow) a row for each of the model's bars."""

    @property
    def main(self) -> pd.DataFrame:
        """The model's own bars."""
        return self.bars[(self.ticker, self.cadence)]

    @cached_property
    def sources(self) -> dict[object, Any]:
        """What indicators read of these frames, taken out of them once; `features` fills it."""
        return {}
