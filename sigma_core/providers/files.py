"""The user's own files: `<TICKER>_<cadence>.parquet` or `.csv` in the folder SIGMA_FILES names."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sigma_core.parse import plain
from sigma_core.providers import Fetched, provider
from sigma_core.providers._door import admitted
from sigma_core.providers._option_files import OPTIONS
from sigma_core.providers._resample import FINER
from sigma_core.sources import Layout, Rows, Source, rows_of, sources, tickers


def _tickers(files: Path | None) -> Sequence[str]:
    return tickers(files) if files else ()


def _print(ticker: str, cadence: str, files: Path | None) -> str:
    found = _sources(ticker, cadence, files)
    return found[0].print if found else ""


def _sources(ticker: str, cadence: str, files: Path | None) -> list[Source]:
    """Files that serve the cadence, the one to read first: of that cadence, else coarsest."""
    return sources(files, ticker, FINER[cadence]) if files else []


@provider(tickers=_tickers, fingerprint=_print, options=OPTIONS)
def files(
    ticker: str,
    cadence: str,
    files: Path | None,
    since: pd.Timestamp | None,  # noqa: ARG001
) -> Fetched | None:
    """Your own Parquet or CSV files, described by a YAML of the same name or guessed."""
    found = _sources(ticker, cadence, files)
    if not found:
        return None
    source = found[0]
    rows = rows_of(source)
    bars, about, layout = admitted(
        rows.table,
        rows.layout,
        ticker=ticker,
        have=source.cadence,
        want=cadence,
        name=source.path.name,
    )
    about["notes"] += _notes(found, rows)
    return Fetched(
        bars,
        {
            **about,
            "provider": "files",
            "simulated": False,
            "guessed": rows.guessed,
            "layout": _words(source, rows, layout),
            "read": {"file": source.path.name, "cadence": source.cadence, **plain(layout)},
        },
    )


def _notes(found: list[Source], rows: Rows) -> list[str]:
    source, same = found[0], [s.path.name for s in found[1:] if s.cadence == found[0].cadence]
    notes = [f"{', '.join(same)} lies beside {source.path.name} and was not read."] if same else []
    if rows.unused:
        notes.append(
            f"{source.path.name} has {', '.join(rows.unused)}, and its prices stand as they are:"
            f" say `adjustment`, or `adjust_by` with a factor, in {source.described.name}."
        )
    return notes


def _words(source: Source, rows: Rows, layout: Layout) -> str:
    """The layout as a person would say it."""
    columns = ", ".join(f"{ours} from {theirs}" for ours, theirs in layout.columns.items())
    side = f"stamped at the {layout.stamp} of the bar"
    if source.cadence == "daily":
        side = "stamped with the session"
    elif rows.layout.stamp is None and not rows.guessed:
        side += " (guessed)"
    parts = [
        f"{source.path.name}{' (layout guessed)' if rows.guessed else ''}: {columns}",
        side,
        f"zone {layout.timezone}" if layout.timezone else "",
        f"{layout.adjustment} prices" + (f" × {layout.adjust_by}" if layout.adjust_by else ""),
        f"rows of symbol {layout.symbol}" if layout.symbol else "",
        f"calendar {layout.calendar}",
    ]
    return "; ".join(part for part in parts if part)
