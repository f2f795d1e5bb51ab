"""Bars of a ticker: read back from the lake, and fetched where they are new or have changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from sigma_core.calendars import calendar
from sigma_core.domain.model import ModelConfig
from sigma_core.engine.features import bars_needed
from sigma_core.engine.market import Market
from sigma_core.errors import BadRequest, UnknownName, meant
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS, Fetched, Provider
from sigma_core.schemas import BARS

AUTO = ("files", "sample")
"""Providers in the order in which `auto` asks them."""
REVISED = 1e-6
"""Relative change of a stored price that makes the whole series be fetched anew."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars of one ticker at one cadence, and how they were come by."""

    frame: pd.DataFrame
    about: Mapping[str, Any]


def bars_of(
    lab: Lab, ticker: str, cadence: str, *, provider: str = "auto", keep: bool = True
) -> Bars:
    """All bars of a ticker, from the lake while their source is as it was; a revision is recorded.

    Raises UnknownName if no provider has the ticker, QualityError if its bars are not fit; the lake
    is then as it was.
    """
    source = _chosen(lab, ticker, cadence, provider)
    name = f"bars-{source.name}-{ticker}-{cadence}"
    keys = {"provider": source.name, "ticker": ticker, "cadence": cadence}
    now = source.print(ticker, cadence, lab.files)
    if lab.lake.has("manifests", name):
        about = lab.lake.load("manifests", name)
        stored = _stored(lab, keys)
        if about["print"] == now and len(stored) == about["bars"]:
            return Bars(stored, about)
    fetched = source.fn(ticker, cadence, lab.files)
    if fetched is None:
        raise _unknown(lab, ticker, cadence, [source])
    return _kept(lab, keys, name, fetched, now) if keep else Bars(fetched.bars, fetched.about)


def market_of(
    lab: Lab,
    config: ModelConfig,
    *,
    end: date | None = None,
    keep: bool = True,
    progress: Progress = silent,
) -> Market:
    """All bars that a model reads, up to the session `end`."""
    needed = bars_needed(config.indicators, config.ticker, config.cadence)
    found = {}
    for done, key in enumerate(needed):
        progress(done, len(needed), f"bars of {key[0]}, {key[1]}")
        own = key[0] == config.ticker
        found[key] = bars_of(lab, *key, provider=config.provider if own else "auto", keep=keep)
    frames = {key: _until(bars.frame, end) for key, bars in found.items()}
    main = (config.ticker, config.cadence)
    return Market(
        ticker=config.ticker,
        cadence=config.cadence,
        calendar=calendar(found[main].about["calendar"]),
        bars=frames,
        about={key: bars.about for key, bars in found.items()},
    )


def _until(frame: pd.DataFrame, end: date | None) -> pd.DataFrame:
    return (
        frame
        if end is None
        else frame[frame["session"] <= pd.Timestamp(end)].reset_index(drop=True)
    )


def _chosen(lab: Lab, ticker: str, cadence: str, provider: str) -> Provider:
    """The provider to ask: the named one, or the first that holds the ticker."""
    asked = [PROVIDERS[name] for name in (AUTO if provider == "auto" else (provider,))]
    for one in asked:
        if ticker in one.tickers(lab.files) and one.serves(ticker, cadence, lab.files):
            return one
    raise _unknown(lab, ticker, cadence, asked)


def _unknown(
    lab: Lab, ticker: str, cadence: str, asked: list[Provider]
) -> UnknownName | BadRequest:
    known = sorted({name for one in asked for name in one.tickers(lab.files)})
    connect = f"Put {ticker}_{cadence}.parquet (or .csv) into a folder and point SIGMA_FILES at it."
    if ticker in known:
        return BadRequest(
            f"{' and '.join(one.name for one in asked)} has no {cadence} bars of {ticker}.",
            hint=connect,
        )
    close = meant(ticker, known)
    return UnknownName(
        "ticker",
        ticker,
        known,
        hint=f"{close} {connect}" if close.startswith("Did") else f"{connect} {close}",
    )


def _stored(lab: Lab, keys: Mapping[str, str]) -> pd.DataFrame:
    frame = lab.lake.part(BARS, **keys)[list(BARS.columns)]
    return frame.assign(
        ts=frame["ts"].dt.tz_convert("UTC").dt.as_unit("us"),
        session=frame["session"].dt.as_unit("us"),
    )


def _kept(lab: Lab, keys: Mapping[str, str], name: str, fetched: Fetched, fingerprint: str) -> Bars:
    """Put what was fetched, a file a year, in place of what is stored, and its story beside it."""
    old, new = _stored(lab, keys), fetched.bars
    revised = _revised(old, new)
    years = {
        str(year): rows.reset_index(drop=True) for year, rows in new.groupby(new["session"].dt.year)
    }
    lab.lake.replace(BARS, years, **keys)
    about = {**fetched.about, "print": fingerprint, "bars": len(new)}
    if revised:
        about["notes"] = [
            *about["notes"],
            f"{revised} stored bars were revised by the source and fetched anew.",
        ]
    lab.lake.save("manifests", name, about)
    return Bars(new, about)


def _revised(old: pd.DataFrame, new: pd.DataFrame) -> int:
    """How many stored bars have another close now, or are gone."""
    if old.empty:
        return 0
    both = old[["ts", "close"]].merge(
        new[["ts", "close"]], on="ts", how="left", suffixes=("", "_new")
    )
    return int((~((both["close_new"] / both["close"] - 1).abs() <= REVISED)).sum())
