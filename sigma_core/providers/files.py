"""The user's own files: `<TICKER>_<cadence>.parquet` or `.csv` in the folder SIGMA_FILES names."""

from collections.abc import Sequence
from pathlib import Path

from sigma_core.providers import Fetched, provider
from sigma_core.providers._door import FINER, admitted
from sigma_core.sources import Layout, Source, rows_of, sources, tickers


def _tickers(files: Path | None) -> Sequence[str]:
    return tickers(files) if files else ()


def _print(ticker: str, cadence: str, files: Path | None) -> str:
    source = _source(ticker, cadence, files)
    return source.print if source else ""


def _source(ticker: str, cadence: str, files: Path | None) -> Source | None:
    """The file of that cadence, else the coarsest finer one."""
    if files is None:
        return None
    return next(iter(sources(files, ticker, FINER[cadence])), None)


@provider(tickers=_tickers, fingerprint=_print)
def files(ticker: str, cadence: str, files: Path | None) -> Fetched | None:
    """Your own Parquet or CSV files, described by a YAML of the same name or guessed."""
    source = _source(ticker, cadence, files)
    if source is None:
        return None
    table, layout, guessed = rows_of(source)
    bars, about = admitted(
        table, layout, ticker=ticker, have=source.cadence, want=cadence, name=source.path.name
    )
    return Fetched(
        bars,
        {
            **about,
            "provider": "files",
            "simulated": False,
            "layout": _words(source, layout, guessed=guessed),
            "guessed": guessed,
        },
    )


def _words(source: Source, layout: Layout, *, guessed: bool) -> str:
    """The layout as a person would say it."""
    columns = ", ".join(f"{ours} from {theirs}" for ours, theirs in layout.columns.items())
    parts = [
        f"{source.path.name}{' (layout guessed)' if guessed else ''}: {columns}",
        f"stamped at the {layout.stamp}"
        if source.cadence != "daily"
        else "stamped with the session",
        f"{layout.adjustment} prices" + (f" × {layout.adjust_by}" if layout.adjust_by else ""),
        f"calendar {layout.calendar}",
    ]
    if layout.timezone:
        parts.append(f"zone {layout.timezone}")
    return ", ".join(parts)
