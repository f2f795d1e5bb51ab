"""Indicators: one file each, TA-Lib's catalogue in one. To add one, add a file; see `vwap.py`."""

from sigma_core.indicators._columns import Columns
from sigma_core.indicators._define import INDICATORS, Indicator, indicator
from sigma_core.indicators._names import ALIASES, catalogue, find, resolved

__all__ = [
    "ALIASES",
    "INDICATORS",
    "Columns",
    "Indicator",
    "catalogue",
    "find",
    "indicator",
    "resolved",
]
