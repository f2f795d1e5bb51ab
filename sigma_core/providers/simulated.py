"""Seeded markets with bars of every cadence and an edge that is known: SIMULATED, never real."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sigma_core.calendars import calendar
from sigma_core.providers import Fetched, provider, report
from sigma_core.providers._path import path_of
from sigma_core.providers._resample import resampled
from sigma_core.providers._simulated_options import OPTIONS
from sigma_core.providers._simulation import Simulation, simulation_of

CALENDAR = "XNYS"


def _tickers(files: Path | None) -> Sequence[str]:  # noqa: ARG001  every provider is asked so
    return ()  # any name is one


def _print(ticker: str, cadence: str, files: Path | None) -> str:  # noqa: ARG001  it needs none
    return repr(simulation_of(ticker)) if cadence != "1m" else ""  # its path is of 5 minutes


@provider(tickers=_tickers, fingerprint=_print, simulated=True, options=OPTIONS)
def simulated(
    ticker: str,
    cadence: str,
    files: Path | None,  # noqa: ARG001
    since: pd.Timestamp | None,
) -> Fetched | None:
    """Invented markets, one for every ticker and seed, with a planted edge of a chosen Sharpe.

    The whole path is made and then cut, so a bar never depends on what was asked for.
    Raises BadRequest for a ticker that names no market.
    """
    what, days = simulation_of(ticker), calendar(CALENDAR)
    path = path_of(what, days).copy(deep=False)  # of which whoever gets it may change nothing
    bars = path if cadence == "5m" else resampled(path, days, cadence)
    if since is not None:
        bars = bars[bars["ts"] >= since].reset_index(drop=True)
    told = {
        "provider": "simulated",
        "simulated": True,
        "ticker": ticker,
        "cadence": cadence,
        "calendar": CALENDAR,
        "adjustment": "total",
        "seed": what.seed,
        "guessed": False,
        "layout": _words(what),
        "read": asdict(what),
        "rows": len(path),
        "rows_outside": 0,
        **report(bars, days, cadence, ticker),
    }
    return Fetched(bars, told, whole=since is None)


def _words(what: Simulation) -> str:
    """The market as a person would say it."""
    return (
        f"SIMULATED market {what.name}, seed {what.seed}: {what.years} years of"
        f" {what.volatility:.4g} volatility, {what.drift:.4g} drift a year; an edge of Sharpe"
        f" {what.edge_sharpe:g} in volume, {what.horizon}{what.clock} ahead"
    )
