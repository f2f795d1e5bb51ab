"""A backtest's trades held as options: what is read for it, and the run of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.calendars import calendar
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.policy import Options
from sigma_core.domain.results import Entry
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.option_market import (
    chains_of,
    option_bars_of,
    provider_of_options,
    refuse_no_options,
)
from sigma_core.overlay.account import Ledger, account_of
from sigma_core.overlay.choice import Choice, assume, choices
from sigma_core.overlay.hold import Held, hold
from sigma_core.overlay.legs import expiries_of, legs_of, sightings, symbols_of
from sigma_core.overlay.prints import Prints, chain_of_prints, prints_of
from sigma_core.overlay.standing import Clock, clock_of, micros
from sigma_core.progress import Progress
from sigma_core.schemas import MATRICES
from sigma_core.tape import Ints, spans, tape_of

EXCHANGE = "XNYS"
"""Whose calendar listed options go by."""
PRINTS = ("1m", "5m", "15m")
"""Cadences of option bars, the finest first."""


@dataclass(frozen=True, eq=False)
class Source:
    """Where prices of options come from, and what it is in words."""

    lab: Lab
    ticker: str
    provider: str
    chains: bool
    """Whether there are chains; else there are option bars alone."""
    prints: str
    """Cadence of the option bars; empty for none."""
    words: str
    simulated: bool

    def read(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
        """The chains of these sessions and those between."""
        return chains_of(
            self.lab, self.ticker, provider=self.provider, start=first.date(), end=last.date()
        ).rows

    def printed(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
        """The option bars of these sessions and those between."""
        return option_bars_of(
            self.lab, self.ticker, self.prints, provider=self.provider, start=first.date(),
            end=last.date(),
        ).rows  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """A backtest as it is needed here: its bars, its trades on them, its curve."""

    entry: Entry
    config: ModelConfig
    clock: Clock
    trades: pd.DataFrame
    """Of the lake, with signal_bar, entry_bar and exit_bar."""
    equity: pd.DataFrame
    bars: slice
    """The out-of-fold bars."""


@dataclass(frozen=True, eq=False)
class Overlaid:
    """What a run became."""

    found: Sequence[Choice]
    held: Held
    ledger: Ledger


def refuse_unpriced(lab: Lab, config: ModelConfig) -> None:
    """Raises, as `source_of`, if nobody has chains or option bars of a model; none is read."""
    provider = provider_of_options(config.provider)
    refuse_no_options(lab, config.ticker, provider=provider, cadences=("", *PRINTS))


def source_of(lab: Lab, config: ModelConfig) -> Source:
    """Where a model's options are priced: by chains, or else by option bars of its ticker.

    Raises BadRequest or UnknownName, with what to bring, where there are neither, and BadRequest
    for bars alone if the policy assumes no spread.
    """
    provider = provider_of_options(config.provider)
    prints, about = _prints_there(lab, config.ticker, provider)
    try:
        found = chains_of(lab, config.ticker, provider=provider, start=date.max)
    except (BadRequest, UnknownName):
        if about is None:
            raise
        if config.policy.options.assumed_spread is None:
            raise BadRequest(
                f"There are option bars of {config.ticker}, but no chains: nobody's bid or ask.",
                hint="Bring its chains, or say what spread to assume: policy.options."
                "assumed_spread: 0.02 is 2% of the price.",
            ) from None
        words = f"{about['layout']}; no quotes, so a spread is assumed"
        return Source(lab, config.ticker, provider, False, prints, words, about["simulated"])
    words = found.about["layout"] + (f"; and {about['layout']}" if about else "")
    return Source(lab, config.ticker, provider, True, prints, words, found.about["simulated"])


def _prints_there(lab: Lab, ticker: str, provider: str) -> tuple[str, Any]:
    for cadence in PRINTS:
        try:
            found = option_bars_of(lab, ticker, cadence, provider=provider, start=date.max)
        except (BadRequest, UnknownName):  # the next coarser may be there
            continue
        return cadence, found.about
    return "", None


_SQL = """
SELECT * FROM {table} WHERE run_id = $run_id AND pack_id = $pack_id AND model_id = $model_id
ORDER BY {order}
"""


def run_of(lab: Lab, entry: Entry, config: ModelConfig) -> Run:
    """A kept backtest. Raises BadRequest if its matrix is gone from the lake."""
    sha = entry.lineage.matrix_sha
    if not lab.lake.holds(MATRICES, sha):
        raise BadRequest(
            f"The matrix {sha[:7]} that {entry.run_id} traded is no longer in the lake.",
            hint=f"Run it again: make backtest MODEL_ID={entry.model_id}.",
        )
    of = {name: getattr(entry, name) for name in ("run_id", "pack_id", "model_id")}
    trades = lab.lake.frame(_SQL.format(table="trades", order="entry_ts"), **of)
    equity = lab.lake.frame(_SQL.format(table="equity", order="ts"), **of)
    frame = lab.lake.read(MATRICES, sha)
    tape = tape_of(frame, calendar(EXCHANGE), config.cadence, horizon=config.horizon)
    bars = {
        f"{name}_bar": np.searchsorted(tape.ts, micros(trades[f"{name}_ts"]))
        for name in ("signal", "entry", "exit")
    }
    first = int(np.searchsorted(tape.ts, micros(equity["ts"].iloc[:1]))[0])
    return Run(
        entry, config, clock_of(tape), trades.assign(**bars), equity,
        slice(first, first + len(equity)),
    )  # fmt: skip


def overlaid(
    source: Source, run: Run, *, start: float, share: float, progress: Progress
) -> Overlaid:
    """Hold every trade of a run as options, a quarter of a year of chains at a time."""
    options, clock, trades = run.config.policy.options, run.clock, run.trades
    decisions, last = (trades[name].to_numpy(dtype="int64") for name in ("signal_bar", "exit_bar"))
    chains = chains_from(source, clock, options, decisions)
    found: list[Choice] = []
    seen, printed = [], []
    quarters = chains.quarters(np.unique(spans(decisions, last + 1)[1]))
    for done, bars in enumerate(quarters):
        progress(done, len(quarters), "quarters of contracts")
        rows = chains.rows(bars)
        own = np.flatnonzero(np.isin(decisions, bars))
        part = trades.iloc[own].reset_index(drop=True)
        found += [
            Choice(int(own[one.trade]), one.reason, one.pick, one.as_of)
            for one in choices(rows, clock, part, options)
        ]
        live = [one for one in found if last[one.trade] >= bars[0]]
        seen.append(sightings(rows, expiries_of(live, clock, last), clock, options))
        printed.append(chains.printed(bars, symbols_of(live)))
    legs = legs_of(found, _joined(seen), clock, last)
    bought = _joined(printed)
    prints = chains.prints if bought.empty else prints_of(bought, source.prints, clock)
    assumed = None if source.chains else options.assumed_spread
    held = hold(clock, trades, found, legs, options, prints=prints, assumed=assumed)
    ledger = account_of(
        held, trades["size"].to_numpy(), options, bars=len(clock.tape), start=start, share=share
    )
    return Overlaid(found, held, ledger)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame()


@dataclass(frozen=True, eq=False)
class Chains:
    """Chains of a source, by bars of the underlying."""

    source: Source
    clock: Clock
    options: Options
    decisions: Ints
    """Bars at whose close a contract is picked: of prints alone a chain is made there."""
    prints: Prints | None
    """What chains are made of where the source has none."""

    def rows(self, bars: Ints) -> pd.DataFrame:
        """Chains of the sessions of some bars, and of the session before each."""
        clock, spread = self.clock, self.options.assumed_spread
        if not self.source.chains:
            if self.prints is None:  # none in these sessions
                return pd.DataFrame()
            wanted = np.intersect1d(bars, self.decisions)
            return chain_of_prints(self.prints, clock, wanted.tolist(), spread=spread or 0.0)
        number = np.unique(clock.tape.session[bars])
        days = clock.tape.calendar.session_of(np.union1d(number - 1, number))
        found = self.source.read(pd.Timestamp(days[0]), pd.Timestamp(days[-1]))
        return assume(found[found["session"].isin(days)], spread)

    def printed(self, bars: Ints, symbols: Collection[str]) -> pd.DataFrame:
        """Option bars of the sessions of some bars, of some contracts; none where chains are made
        of them all, as `prints` has those."""
        if not (self.source.chains and self.source.prints and symbols):
            return pd.DataFrame()
        days = self.clock.tape.calendar.session_of(self.clock.tape.session[bars[[0, -1]]])
        rows = self.source.printed(*(pd.Timestamp(day) for day in days))
        return rows[rows["symbol"].isin(symbols)]

    def quarters(self, bars: Ints) -> list[Ints]:
        """Bars by quarter of a year."""
        days = pd.DatetimeIndex(self.clock.tape.ts[bars].astype("datetime64[us]"))
        return [part.to_numpy() for _, part in pd.Series(bars).groupby(days.to_period("Q"))]


def chains_from(source: Source, clock: Clock, options: Options, decisions: Ints) -> Chains:
    """The chains of decisions; without any, the option bars to make them of."""
    prints = None
    if not source.chains and len(decisions):
        days = clock.tape.calendar.session_of(clock.tape.session[[decisions.min(), -1]])
        rows = source.printed(*(pd.Timestamp(day) for day in days))
        prints = prints_of(rows, source.prints, clock) if len(rows) else None
    return Chains(source, clock, options, decisions, prints)
