"""Bars of a ticker: read back from the lake, and fetched where they are new or have changed."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.acceptance import accepted
from sigma_core.bar_shelf import Bars, BarShelf, facts_of
from sigma_core.calendars import calendar
from sigma_core.domain.model import ModelConfig
from sigma_core.engine.features import bars_needed, options_needed
from sigma_core.engine.market import Key, Market
from sigma_core.engine.matrix import no_bar
from sigma_core.errors import BadRequest, QualityError, UnknownName, meant
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of_sources
from sigma_core.option_facts import Asked, Read, chain_facts, same_day_flow
from sigma_core.option_market import provider_of_options, refuse_no_options
from sigma_core.progress import Progress, silent
from sigma_core.providers import FINER, PROVIDERS, Fetched, Provider, report

AUTO = ("files", "sample")
"""Providers in the order in which `auto` asks them."""
AGAIN = 5
"""Stored bars that are fetched once more, to see whether the source has revised its prices."""
REVISED = 1e-6
"""Relative change of a stored price that makes the whole series be fetched anew."""
PRICES = ["open", "high", "low", "close"]

Later = list[Callable[[], None]]
"""Writes to be made once the request has proved to be one that can be met."""


def bars_of(
    lab: Lab,
    ticker: str,
    cadence: str,
    *,
    provider: str = "auto",
    keep: bool = True,
    later: Later | None = None,
    anew: bool = False,
) -> Bars:
    """All bars of a ticker: stored ones while their source is as it was, else with what is new.

    Only what is missing is fetched, and the last five stored bars. If one of those has another
    price, all are fetched anew and `about["notes"]` says so. With `keep=False` nothing is written;
    with `later` the write is put there instead of being made; with `anew` all are fetched again.
    Raises UnknownName if no provider has the ticker, QualityError if its bars are not fit; the lake
    is then as it was.
    """
    source = _chosen(lab, ticker, cadence, provider)
    shelf = BarShelf(lab, source.name, ticker, cadence)
    now = _print(source, ticker, cadence, lab)
    if (held := shelf.read()) is not None and held.about["print"] == now and not anew:
        return held
    old = held.frame if held is not None else None
    fetched = _fetched(lab, source, ticker, cadence, None if anew else old)
    frame, about = _with_stored(old, fetched, ticker, cadence)
    frame, about = _closed(frame, {**about, "print": now}, lab.now())
    about |= facts_of(frame)
    if keep and later is not None:
        later.append(partial(shelf.put, frame, about))
    elif keep:
        shelf.put(frame, about)
    return Bars(frame, about)


def held_of(lab: Lab, config: ModelConfig) -> Mapping[str, Any] | None:
    """What is known of a model's bars if the lake holds them as their source does; none is read.

    Raises UnknownName or BadRequest if nobody has bars or chains of it.
    """
    main = (config.ticker, config.cadence)
    own, *_ = [_chosen(lab, *k, _of(lab, config, k)) for k in bars_needed(config.asked, *main)]
    for ticker, kind in options_needed(config.asked, *main):
        if kind == "chains":
            refuse_no_options(lab, ticker, provider=provider_of_options(own.name))
    return BarShelf(lab, own.name, *main).about(now=_print(own, *main, lab))


def stored(lab: Lab, provider: str, ticker: str, cadence: str) -> Bars | None:
    """The bars of a ticker as they stand in the lake, or None; no source is asked.

    Raises Damaged if a file is not what was written.
    """
    return BarShelf(lab, provider, ticker, cadence).read()


def market_of(
    lab: Lab,
    config: ModelConfig,
    *,
    end: date | None = None,
    keep: bool = True,
    later: Later | None = None,
    progress: Progress = silent,
) -> Market:
    """All bars that a model reads, up to the session `end`; other tickers too from its provider,
    or from any that has them.

    Raises as `bars_of`, and BadRequest if there is no bar up to `end`.
    """
    accepted(lab, config, keep=keep, later=later)
    needed = bars_needed(config.asked, config.ticker, config.cadence)
    found: dict[Key, Bars] = {}
    for done, key in enumerate(needed):
        progress(done, len(needed), f"bars of {key[0]}, {key[1]}")
        found[key] = bars_of(lab, *key, provider=_of(lab, config, key), keep=keep, later=later)
    main = (config.ticker, config.cadence)
    frames = {key: _until(bars.frame, end) for key, bars in found.items()}
    if frames[main].empty:
        have = (found[main].frame["session"].iloc[at].date() for at in (0, -1))
        raise no_bar(main, *have, start=None, end=end)
    finer, notes = _finer(lab, config, found[main].about, keep=keep, later=later)
    own = found[main].about if config.holdout is None else _only_of(found[main], frames[main])
    options = _options(lab, config, frames[main], own, keep=keep, progress=progress)
    told = [note for read in options.values() for note in read.about["notes"]]
    simulated = own["simulated"] or any(read.about["simulated"] for read in options.values())
    own = {**own, "notes": [*own["notes"], *notes, *told], "simulated": simulated}
    return Market(
        ticker=config.ticker,
        cadence=config.cadence,
        calendar=calendar(own["calendar"]),
        bars=frames,
        about={key: read.about for key, read in (found | options).items()} | {main: own},
        finer={cadence: within(bars, frames[main]) for cadence, bars in finer.items()},
        options={key: read.rows for key, read in options.items()},
    )


def _options(
    lab: Lab, config: ModelConfig, bars: pd.DataFrame, about: Mapping[str, Any], *,
    keep: bool, progress: Progress,
) -> dict[Key, Read]:  # fmt: skip
    """The rows of options that a model reads, over the sessions of its bars."""
    first, last = (bars["session"].iloc[at].date() for at in (0, -1))
    needed = options_needed(config.asked, config.ticker, config.cadence)
    asked = {
        key: Asked(lab, key[0], str(about["provider"]), first, last, keep, progress)
        for key in needed
    }
    return {
        key: chain_facts(asked[key])
        if key[1] == "chains"
        else same_day_flow(asked[key], bars, about, distance_max=far)
        for key, far in needed.items()
    }


def within(finer: pd.DataFrame, bars: pd.DataFrame) -> pd.DataFrame:
    """The finer bars up to the last of `bars`: later ones have nothing to settle."""
    kept: pd.DataFrame = finer[finer["ts"] <= bars["ts"].iloc[-1]].reset_index(drop=True)
    return kept


def _finer(
    lab: Lab, config: ModelConfig, own: Mapping[str, Any], *, keep: bool, later: Later | None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Finer bars of the model's ticker from its provider, the finest first, each source once.

    Those of another calendar or adjustment are left out, and a note says so.
    """
    found: dict[str, pd.DataFrame] = {}
    notes, seen, source = [], {""}, PROVIDERS[own["provider"]]
    finer = FINER[config.cadence][:0:-1] if config.policy.brackets.enabled else ()
    for cadence in finer:
        print_ = source.print(config.ticker, cadence, lab.files)
        if print_ in seen:
            continue
        seen.add(print_)
        bars = bars_of(lab, config.ticker, cadence, provider=source.name, keep=keep, later=later)
        apart = [name for name in ("calendar", "adjustment") if bars.about[name] != own[name]]
        if not apart:
            found[cadence] = bars.frame
        notes += [
            f"{cadence} bars of {config.ticker} settle no ambiguous bar: their {name} is"
            f" {bars.about[name]}, that of the {config.cadence} bars {own[name]}."
            for name in apart
        ]
    return found, notes


def _of(lab: Lab, config: ModelConfig, key: Key) -> str:
    """The provider to ask for bars that a model reads: its own if that has them."""
    named, own = config.provider, key[0] == config.ticker
    if own or named == "auto" or PROVIDERS[named].serves(*key, lab.files):
        return named
    return "auto"


def _only_of(bars: Bars, seen: pd.DataFrame) -> dict[str, Any]:
    """The story of the bars that are seen: nothing in it was counted on those that are sealed."""
    days = calendar(bars.about["calendar"])
    of = {"cadence": str(bars.about["cadence"]), "ticker": str(bars.about["ticker"])}
    whole, told = report(bars.frame, days, **of), report(seen, days, **of)
    read = [note for note in bars.about["notes"] if note not in whole["notes"]]
    return {**bars.about, **told, "notes": [*read, *told["notes"]]}


def _until(frame: pd.DataFrame, end: date | None) -> pd.DataFrame:
    if end is None:
        return frame
    return frame[frame["session"] <= pd.Timestamp(end)].reset_index(drop=True)


_code = cache(partial(sha_of_sources, "sigma_core.providers"))


def _print(source: Provider, ticker: str, cadence: str, lab: Lab) -> str:
    """What changes when a source does, or the code that reads it."""
    return f"{source.print(ticker, cadence, lab.files)};{_code()[:12]}"


def _chosen(lab: Lab, ticker: str, cadence: str, provider: str) -> Provider:
    """The provider to ask: the named one, or the first that holds the ticker."""
    asked = [PROVIDERS[name] for name in (AUTO if provider == "auto" else (provider,))]
    for one in asked:
        if one.serves(ticker, cadence, lab.files):
            return one
    raise _unknown(lab, ticker, cadence, asked)


def _unknown(
    lab: Lab, ticker: str, cadence: str, asked: list[Provider]
) -> UnknownName | BadRequest:
    known = sorted({name for one in asked for name in one.tickers(lab.files)})
    where = f" into {lab.files}." if lab.files else " into a folder and set SIGMA_FILES to it."
    connect = f"Put {ticker}_{cadence}.parquet (or .csv){where}"
    if ticker in known:
        return BadRequest(
            f"There are no {cadence} bars of {ticker}, and no finer ones, from"
            f" {' nor '.join(one.name for one in asked)}.",
            hint=connect,
        )
    guess = ticker.upper() if ticker.upper() in known else ticker
    return UnknownName("ticker", ticker, known, hint=f"{connect} {meant(guess, known)}".strip())


def _fetched(
    lab: Lab, source: Provider, ticker: str, cadence: str, old: pd.DataFrame | None
) -> Fetched:
    """What is missing and the last stored bars, or all if there are none or one was revised."""
    since = None if old is None else old["ts"].iloc[-AGAIN:].iloc[0]
    fetched = source.fn(ticker, cadence, lab.files, since)
    if fetched is not None and not fetched.whole and old is not None and _revised(old, fetched):
        fetched = source.fn(ticker, cadence, lab.files, None)
    if fetched is None:  # it was there a moment ago
        raise QualityError(
            f"{source.name} has no bars of {ticker} any more.", hint="Was its file moved away?"
        )
    return fetched


def _with_stored(
    old: pd.DataFrame | None, fetched: Fetched, ticker: str, cadence: str
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Stored bars before those fetched, and the story of all; revisions are told."""
    if old is None:
        return fetched.bars, fetched.about
    revised = _revised(old, fetched)
    if fetched.whole or revised:
        told = f"Stored bars of {ticker} revised by the source: {revised}; all fetched anew."
        notes = [*fetched.about["notes"], *([told] if revised else [])]
        return fetched.bars, {**fetched.about, "notes": notes}
    before = old[old["ts"] < fetched.bars["ts"].iloc[0]]
    frame = pd.concat([before, fetched.bars], ignore_index=True)
    days = calendar(fetched.about["calendar"])
    return frame, {**fetched.about, **report(frame, days, cadence, ticker)}


def _closed(
    frame: pd.DataFrame, about: dict[str, Any], now: datetime
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The bars that have closed: of today's the source may have one that is still forming."""
    closed = frame[frame["ts"] <= now]
    if closed.empty:
        raise QualityError(
            f"The first bar closes at {frame['ts'].iloc[0]:%Y-%m-%d %H:%M} UTC, and it is"
            f" {now:%Y-%m-%d %H:%M}.",
            hint="Are its stamps right, and this machine's clock?",
        )
    if forming := len(frame) - len(closed):
        notes = [*about["notes"], f"Bars still forming, left out: {forming}."]
        about = {**about, "notes": notes, "print": ""}  # the source will be asked again
    return closed, about


def _revised(old: pd.DataFrame, fetched: Fetched) -> int:
    """How many stored bars have another price at the source now, or are gone from it."""
    held = old if fetched.whole else old.iloc[-AGAIN:]
    now = fetched.bars.set_index("ts")[PRICES].reindex(pd.DatetimeIndex(held["ts"])).to_numpy()
    was = held[PRICES].to_numpy()
    same = (np.abs(now - was) <= REVISED * np.abs(was)) | (np.isnan(now) & np.isnan(was))
    return int((~same.all(axis=1)).sum())
