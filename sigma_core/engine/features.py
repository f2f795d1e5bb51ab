"""Features of a market: one column per output of each indicator asked for, one row per bar."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from sigma_core import calendars
from sigma_core.domain.model import CustomSpec, IndicatorSpec
from sigma_core.engine.join import Ints, last_known, stamps_of, too_old
from sigma_core.engine.market import Key, Market
from sigma_core.engine.option_rows import Snapshots, by_bar, snapshots
from sigma_core.errors import BadRequest
from sigma_core.indicators import INDICATORS, Columns, Indicator, custom_of, resolved

VIX_FAMILY = frozenset(
    ("VIX", "VIX1D", "VIX9D", "VIX3M", "VIX6M", "VIX1Y", "VVIX", "SKEW", "VXN", "VXD", "RVX")
)
"""Indices of options: they print for a quarter of an hour after the close, and come daily."""

Spec = IndicatorSpec | CustomSpec


def features_of(market: Market, specs: Sequence[Spec]) -> pd.DataFrame:
    """Every feature of `specs` at every bar of `market.main`; float64, missing is NaN.

    Each is computed on its own bars from the first stored one and, with a modifier (`cadence:`,
    `of:`), joined on what was known at the bar's `ts`; a value older than one bar of its own
    cadence (daily: one session) is missing. Row `t` depends on bars up to `t` only.

    Raises UnknownName or BadRequest: a name, parameter or modifier that cannot be served.
    """
    asked = [_read(spec) for spec in specs]
    names = _index(_distinct(asked))
    block = np.empty((len(names), len(market.main)))
    row = 0
    for source, one in _sources(market, asked):
        for values in one.indicator.run(source.columns, one.bound):
            block[row] = values if source.place is None else source.aligned(values)
            row += 1
    if (endless := np.isinf(block)).any():  # a division by zero
        block[endless] = np.nan
    return pd.DataFrame(block.T, columns=names, copy=False)


def columns_of(specs: Sequence[Spec]) -> tuple[str, ...]:
    """Names of the columns that `features_of` makes: `rsi_14`, `close@vix`, `rsi_14@daily`.

    Raises BadRequest if two of them have one name.
    """
    return _distinct([_read(spec) for spec in specs])


def bars_needed(specs: Sequence[Spec], ticker: str, cadence: str) -> tuple[Key, ...]:
    """Ticker and cadence of all bars that `specs` read, the model's own first."""
    keys = [(ticker, cadence)]
    for one in (_read(spec) for spec in specs):
        home = one.home(ticker, cadence)
        if one.indicator.rows:
            home = (home[0] if "close" in one.indicator.inputs else ticker, cadence)
        keys += [home, *((other, home[1]) for other in one.indicator.beside)]
    return tuple(dict.fromkeys(keys))


def options_needed(specs: Sequence[Spec], ticker: str, cadence: str) -> dict[Key, int]:
    """Ticker and kind of all option rows that `specs` read; of flow, the farthest strike asked."""
    found: dict[Key, int] = {}
    for one in (_read(spec) for spec in specs):
        if one.indicator.rows:
            key = one.home(ticker, cadence)
            found[key] = max(found.get(key, 0), int(one.bound.get("distance_max", 0)))
    return found


def warm_from(market: Market, specs: Sequence[Spec]) -> int:
    """Position of the first bar of `market.main` at which every feature is past its warm-up."""
    return max(warm_ups(market, specs).values(), default=0)


def warm_ups(market: Market, specs: Sequence[Spec]) -> dict[str, int]:
    """By column: position of the first bar of `market.main` past its announced warm-up."""
    places: dict[str, int] = {}
    for source, one in _sources(market, [_read(spec) for spec in specs]):
        first = _after(source.columns, one)
        known = np.arange(len(market.main)) if source.place is None else source.place
        places |= dict.fromkeys(one.columns, int(np.searchsorted(known, first)))
    return places


def announced(specs: Sequence[Spec]) -> bool:
    """Whether every warm-up is announced by its indicator, none is measured on its values."""
    return not any(_read(spec).indicator.measured for spec in specs)


def _distinct(asked: "Sequence[_Asked]") -> tuple[str, ...]:
    names = [name for one in asked for name in one.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f"indicators: {twice} is asked for twice.", hint="Leave one out.")
    return tuple(names)


@dataclass(frozen=True)
class _Asked:
    """One indicator as asked for, with everything worked out that needs no bars."""

    indicator: Indicator
    bound: Mapping[str, int | float]
    columns: tuple[str, ...]
    of: str | None
    cadence: str | None
    warmup: int
    sessions: int

    def home(self, ticker: str, cadence: str) -> Key:
        """Ticker and cadence of the bars it reads, for a model of these.

        Raises BadRequest if it cannot be made of bars of that cadence.
        """
        if self.indicator.rows:
            return self._of_options(ticker)
        chosen = self.cadence or ("daily" if self.of in VIX_FAMILY else cadence)
        may = self.indicator.cadences
        if may and chosen not in may:
            raise BadRequest(
                f"{self.indicator.name} is made of {' or '.join(may)} bars, not of {chosen} ones.",
                hint=f"Give it a cadence: {may[-1]}, or leave it out.",
            )
        if self.indicator.beside and self.of not in VIX_FAMILY:
            raise BadRequest(
                f"{self.indicator.name} cannot be made of {self.of}, which closes before"
                f" {' and '.join(self.indicator.beside)} are known.",
                hint=f"Leave `of` out, or give one of {', '.join(sorted(VIX_FAMILY))}.",
            )
        return self.of or ticker, chosen

    def _of_options(self, ticker: str) -> Key:
        name, rows = self.indicator.name, self.indicator.rows
        if self.cadence:
            raise BadRequest(
                f"{name} is made of options, not of {self.cadence} bars.", hint="Leave cadence out."
            )
        if rows == "flow" and self.of:
            raise BadRequest(
                f"{name} is by the model's own bars, so not of {self.of}.", hint="Leave `of` out."
            )
        return self.of or ticker, rows


@dataclass(frozen=True, eq=False)
class _Source:
    """Columns of some bars, and where their rows go."""

    columns: Columns
    place: Ints | None
    """Per bar of the model: the last bar known at its `ts`, -1 for none; None = its own bars."""
    fresh: np.ndarray
    """Per bar of the model: whether that bar is not too old; empty for its own bars."""

    def aligned(self, values: np.ndarray) -> np.ndarray:
        """`values` at the bars of the model."""
        return np.where(self.fresh, values[self.place], np.nan)


def _sources(
    market: Market, asked: Sequence[_Asked]
) -> Iterator[tuple["_Source | Snapshots", _Asked]]:
    """Each indicator with what it reads; those that read the same share it."""
    for one in asked:
        key = one.home(market.ticker, market.cadence)
        held = (key, one.indicator.beside)
        if held not in market.sources:
            market.sources[held] = _source(market, key, one)
        yield market.sources[held], one


def _source(market: Market, key: Key, one: _Asked) -> "_Source | Snapshots":
    ticker, cadence = key
    if cadence == "chains":
        return snapshots(market, key, one.columns[0])
    if cadence == "flow":
        return _Source(by_bar(market, key, one.columns[0]), None, np.empty(0, dtype=bool))
    if key not in market.bars:
        raise BadRequest(
            f"{one.columns[0]} needs {cadence} bars of {ticker}, which this market does not hold.",
            hint=f"Give the indicator a cadence in which {ticker} is known (cadence: daily).",
        )
    bars = market.bars[key]
    about = market.about.get(key, {})
    calendar = calendars.calendar(about.get("calendar", market.calendar.name))
    beside = {name: _beside(market, name, cadence, one) for name in one.indicator.beside}
    columns = Columns(bars, calendar, f"the {cadence} bars of {ticker}", beside)
    if key == (market.ticker, market.cadence) and not beside:
        return _Source(columns, None, np.empty(0, dtype=bool))
    now, closed = stamps_of(market.main), columns["ts"]
    if not len(closed):
        raise BadRequest(
            f"{one.columns[0]} needs {cadence} bars of {ticker}, and there are none.",
            hint="Fetch them, or leave the indicator out.",
        )
    late = cadence == "daily" and ticker.upper() in VIX_FAMILY
    place = last_known(now, closed, late=late)
    fresh = (place >= 0) & ~too_old(now, closed[place], calendar, cadence)
    return _Source(columns, place, fresh)


def _beside(market: Market, ticker: str, cadence: str, one: _Asked) -> pd.DataFrame:
    if (ticker, cadence) not in market.bars:
        raise BadRequest(
            f"{one.columns[0]} needs {cadence} bars of {ticker}, which this market does not hold.",
            hint=f"Bring bars of {ticker}, or leave the indicator out.",
        )
    return market.bars[(ticker, cadence)]


def _after(columns: Columns, one: _Asked) -> int:
    """Position of the first of its own bars after the warm-up."""
    if one.indicator.measured:
        known = np.isfinite(one.indicator.run(columns, one.bound)).all(axis=0)
        return int(known.argmax()) if known.any() else len(columns)
    if not one.sessions:
        return one.warmup
    starts = np.flatnonzero(np.diff(columns["session"], prepend=-1))
    begin = int(starts[one.sessions]) if one.sessions < len(starts) else len(columns)
    return max(one.warmup, begin)


def _read(spec: Spec) -> _Asked:
    params = tuple(spec.params.items())
    if isinstance(spec, CustomSpec):
        return _made(custom_of(spec), params, spec.cadence, spec.of)
    return _asked(spec.name, params, spec.cadence, spec.of)


Params = tuple[tuple[str, int | float], ...]


@lru_cache(maxsize=4096)
def _asked(name: str, params: Params, cadence: str | None, of: str | None) -> _Asked:
    spec = resolved(IndicatorSpec(name=name, params=dict(params)))
    return _made(INDICATORS[spec.name], tuple(spec.params.items()), cadence, of)


def _made(one: Indicator, params: Params, cadence: str | None, of: str | None) -> _Asked:
    bound = one.bind(dict(params))
    ticker = of.upper() if of else None
    ends = "".join(
        f"@{part.lower()}" for part in (ticker if ticker != one.of else None, cadence) if part
    )
    return _Asked(
        indicator=one,
        bound=bound,
        columns=tuple(column + ends for column in one.columns(**bound)),
        of=ticker or one.of,
        cadence=cadence,
        warmup=one.warmup(**bound),
        sessions=one.sessions(**bound),
    )


@lru_cache(maxsize=64)
def _index(names: tuple[str, ...]) -> pd.Index:
    return pd.Index(names, dtype="str")
