"""Real history inside the `arch` package: offline, no key, the embedded default."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sigma_core.parse import plain
from sigma_core.providers import Fetched, provider
from sigma_core.providers._door import admitted
from sigma_core.sources import Layout, sample_csv

TABLES: Mapping[str, str] = MappingProxyType({"IXIC": "nasdaq", "SPX": "sp500", "VIX": "vix"})
SOURCE = "daily history in the arch package"
CLOSES = Layout(columns={"ts": "Date", "close": "vix"})
FULL = Layout(
    adjustment="split",  # levels of a price index: nothing to split, dividends not counted
    columns={
        "ts": "Date",
        "open": "Open",
        "high": "High",
        "low": "Low",
        "close": "Close",
        "volume": "Volume",
    },
)


@cache
def _source() -> str:
    return f"arch {version('arch')}"


def _tickers(files: Path | None) -> Sequence[str]:  # noqa: ARG001  every provider is asked so
    return sorted(TABLES)


def _print(ticker: str, cadence: str, files: Path | None) -> str:  # noqa: ARG001
    return _source() if ticker in TABLES and cadence == "daily" else ""


@provider(tickers=_tickers, fingerprint=_print)
def sample(
    ticker: str,
    cadence: str,
    files: Path | None,  # noqa: ARG001
    since: pd.Timestamp | None,  # noqa: ARG001
) -> Fetched | None:
    """Daily IXIC and SPX 1999-2018 and VIX closes 2014-2018, from the arch package."""
    if ticker not in TABLES or cadence != "daily":
        return None
    layout = CLOSES if ticker == "VIX" else FULL
    table = table_of(sample_csv(TABLES[ticker]), layout)
    bars, about, layout = admitted(
        table, layout, ticker=ticker, have="daily", want="daily", name=SOURCE
    )
    return Fetched(
        bars,
        {
            **about,
            "provider": "sample",
            "simulated": False,
            "guessed": False,
            "layout": SOURCE,
            "read": {"file": f"{TABLES[ticker]}.csv.gz", "cadence": "daily", **plain(layout)},
        },
    )


def table_of(raw: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Columns under our names, and dates that read one way only.

    >>> raw = pd.DataFrame({"Date": ["1/4/2014"], "vix": [13.76]})
    >>> table_of(raw, CLOSES).to_dict("records")
    [{'ts': Timestamp('2014-01-04 00:00:00'), 'close': 13.76}]
    """
    table = pd.DataFrame({ours: raw[theirs] for ours, theirs in layout.columns.items()})
    return table.assign(ts=pd.to_datetime(table["ts"], format="%m/%d/%Y"))
