"""Tickers that options are known of."""

from collections.abc import Sequence

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.surfaces import OptionTicker
from sigma_core.lab import Lab
from sigma_core.option_facts import CADENCES
from sigma_core.option_market import AUTO, provider_of_options
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import model_rows
from sigma_core.verbs._text import DASH, columns, data_word


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OptionTickers:
    """Those of one provider; all where none is named."""

    provider: str = ""


def screen(rows: Sequence[OptionTicker]) -> str:
    """One ticker a line."""
    heads = ("ticker", "provider", "data", "chains", "option bars", "models")
    table = [
        (r.ticker, r.provider, data_word(r.simulated), "yes" if r.chains else DASH,
         ", ".join(r.bars) or DASH, ", ".join(r.models))
        for r in rows
    ]  # fmt: skip
    none = "No options are known: put SPX_chains.parquet into the folder SIGMA_FILES."
    return columns(table, heads) if table else none


@verb("GET", "/option-tickers", table=screen)
def option_tickers(
    lab: Lab,
    ask: OptionTickers,
    progress: Progress = silent,  # noqa: ARG001
) -> list[OptionTicker]:
    """List the tickers with options: of your files, and of models on simulated markets."""
    users: dict[tuple[str, str], list[str]] = {}
    for one in PROVIDERS:
        if one.options:
            for ticker in {*one.options.tickers(lab.files), *one.tickers(lab.files)}:
                users[one.name, ticker] = []
    for row in model_rows(lab):
        if not row.problem:
            name = provider_of_options(row.provider)
            key = (AUTO[0] if name == "auto" else name, row.ticker)
            users.setdefault(key, []).append(row.model_id)
    found = (_row(lab, *key, tuple(ids)) for key, ids in sorted(users.items()))
    return [row for row in found if (row.chains or row.bars) and ask.provider in ("", row.provider)]


def _row(lab: Lab, name: str, ticker: str, models: tuple[str, ...]) -> OptionTicker:
    source = PROVIDERS[name].options
    has = {
        cadence: source is not None and bool(source.print(ticker, cadence, lab.files))
        for cadence in ("", *CADENCES)
    }
    return OptionTicker(
        ticker=ticker,
        provider=name,
        simulated=PROVIDERS[name].simulated,
        chains=has[""],
        bars=tuple(cadence for cadence in CADENCES if has[cadence]),
        models=models,
    )
