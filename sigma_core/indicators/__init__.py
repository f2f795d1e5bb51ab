"""Indicators: one file each, TA-Lib's catalogue in one. To add one, add a file; see `vwap.py`."""

from sigma_core.indicators._columns import OPTIONS, Columns
from sigma_core.indicators._custom import custom_of, keep, trial_of
from sigma_core.indicators._define import INDICATORS, Indicator, indicator
from sigma_core.indicators._names import ALIASES, catalogue, find, resolved
from sigma_core.indicators._trial import law_bars

__all__ = [
    "ALIASES",
    "INDICATORS",
    "OPTIONS",
    "Columns",
    "Indicator",
    "catalogue",
    "custom_of",
    "find",
    "indicator",
    "keep",
    "law_bars",
    "resolved",
    "trial_of",
]
