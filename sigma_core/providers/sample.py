"""Real history inside the `arch` package: offline, no key, the embedded default."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from sigma_core.providers import Fetched, provider
from sigma_core.providers._door import admitted
from sigma_core.sources import Layout, sample_csv

TABLES = {"IXIC": "nasdaq", "SPX": "sp500", "VIX": "vix"}
SOURCE = "daily history in the arch package"


def _tickers(files: Path | None) -> Sequence[str]:  # noqa: ARG001  every provider is asked so
    return sorted(TABLES)


def _print(ticker: str, cadence: str, files: Path | None) -> str:  # noqa: ARG001
    return f"arch {version('arch')}" if ticker in TABLES and cadence == "daily" else ""


@provider(tickers=_tickers, fingerprint=_print)
def sample(ticker: str, cadence: str, files: Path | None) -> Fetched | None:  # noqa: ARG001
    """Daily IXIC and SPX 1999-2018 and VIX closes 2014-2018, from the arch package."""
    if ticker not in TABLES or cadence != "daily":
        return None
    raw = sample_csv(TABLES[ticker])
    names = {name.lower(): name for name in raw.columns} | {"ts": raw.columns[0]}
    if "vix" in names:
        names["close"] = names["vix"]
    picked = {
        ours: raw[names[ours]]
        for ours in ("ts", "open", "high", "low", "close", "volume")
        if ours in names
    }
    table = pd.DataFrame(picked)
    table["ts"] = pd.to_datetime(table["ts"], format="%m/%d/%Y")
    table["close"] = pd.to_numeric(table["close"], errors="coerce")
    gaps = int(table["close"].isna().sum())
    table = table[table["close"].notna()].reset_index(drop=True)
    layout = Layout(stamp="end", adjustment="total" if ticker != "VIX" else "raw")
    bars, about = admitted(table, layout, ticker=ticker, have="daily", want="daily", name=SOURCE)
    if gaps:
        about["notes"].append(f"{gaps} sessions of {ticker} have no value in the source.")
    return Fetched(
        bars,
        {**about, "provider": "sample", "simulated": False, "layout": SOURCE, "guessed": False},
    )
