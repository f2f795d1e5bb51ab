"""Tickers that there are option chains of."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.surfaces import OptionTicker
from sigma_core.lab import Lab
from sigma_core.option_market import AUTO, provider_of_options
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import model_rows
from sigma_core.verbs._text import columns, data_word


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionTickers:
    """Those of one provider; all where none is named."""

    provider: str = ""


def screen(rows: Sequence[OptionTicker]) -> str:
    """One ticker a line."""
    heads = ("ticker", "provider", "data", "models")
    table = [(r.ticker, r.provider, data_word(r.simulated), ", ".join(r.models)) for r in rows]
    none = "No option chains are known: put SPX_chains.parquet into the folder SIGMA_FILES."
    return columns(table, heads) if table else none


@verb("GET", "/option-tickers", table=screen)
def option_tickers(
    lab: Lab,
    ask: OptionTickers,
    progress: Progress = silent,  # noqa: ARG001
) -> list[OptionTicker]:
    """List the tickers with option chains: of your files, and of models on simulated markets."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in PROVIDERS:
        for ticker in one.options.tickers(lab.files) if one.options else ():
            found[one.name, ticker] = []
    for row in model_rows(lab):
        if not row.problem:
            name = provider_of_options(row.provider)
            key = (AUTO[0] if name == "auto" else name, row.ticker)
            if name != "auto" and PROVIDERS[name].simulated:
                found.setdefault(key, [])
            if key in found:
                found[key].append(row.model_id)
    return [
        OptionTicker(
            ticker=ticker, provider=name, simulated=PROVIDERS[name].simulated, models=tuple(ids)
        )
        for (name, ticker), ids in sorted(found.items())
        if ask.provider in ("", name)
    ]
