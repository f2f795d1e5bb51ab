"""Hold a backtest's trades as options, and show both results side by side."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.overlay import OptionFigures, Overlay
from sigma_core.domain.results import Entry
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.overlay.figures import figures
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.schemas.overlays import OPTION_TRADES
from sigma_core.study import run_id_of
from sigma_core.tape import Flags
from sigma_core.verbs import verb
from sigma_core.verbs._history import history, record
from sigma_core.verbs._overlaid import (
    Overlaid,
    Run,
    overlaid,
    refuse_unpriced,
    run_of,
    source_of,
)
from sigma_core.verbs._overlay_kept import keep_overlay
from sigma_core.verbs._overlay_screen import screen
from sigma_core.verbs._ranking import ranked
from sigma_core.verbs.build import model_of
from sigma_core.verbs.overlay_detail import OverlayDetailAsk, overlay_detail


@dataclass(frozen=True, kw_only=True, config=NOUN)
class OverlayAsk:
    """Which backtest, with how much money."""

    run_id: str = ""
    """Empty: the newest backtest of the model."""
    model_id: str = ""
    pack_id: str = ""
    account: Annotated[float, Field(gt=0, le=1e12)] = 100_000.0
    """Dollars to begin with."""


def asked(lab: Lab, ask: OverlayAsk) -> tuple[Entry, ModelConfig]:
    """The backtest's trial and its model. Raises UnknownName, BadRequest if there is none of
    them, or nobody has its options.
    """
    entry = _entry(lab, ask)
    risk = entry.lineage.risk_profile
    config = model_of(lab, entry.model_id, entry.pack_id, risk_profile=risk)
    refuse_unpriced(lab, config)
    return entry, config


@verb("POST", "/options_overlay", slow=True, table=screen, first=asked)
def options_overlay(lab: Lab, ask: OverlayAsk, progress: Progress = silent) -> Overlay:
    """Hold a backtest's trades as options: contracts, fills, marks, expiry, beside the trades."""
    entry, config = asked(lab, ask)
    source = source_of(lab, config)
    run = run_of(lab, entry, config)
    share = RISK_PROFILES[entry.lineage.risk_profile].position_size
    done = overlaid(source, run, start=ask.account, share=share, progress=progress)
    options, ledger = config.policy.options, done.ledger
    run_id = run_id_of("overlay", lab.now(), entry.run_id, sha_of(options), str(ask.account))
    trades = _trades(run, done)
    keep_overlay(lab, run_id, run, done, trades)
    facts = {
        "of": entry.run_id,
        "ticker": config.ticker,
        **asdict(entry.lineage),
        "simulated": entry.lineage.simulated or source.simulated,
        "options_sha": sha_of(options),
        "options": plain(options),
        "source": source.words,
        "account": ask.account,
        "position_size": share,
        "figures": plain(_figures(run, done, ask.account)),
        "trades": len(trades),
        "premium": _sum(ledger.trades, "cost") - _commission_in(run, done),
        "pnl": _sum(ledger.trades, "pnl"),
        "spread_paid": _sum(ledger.trades, "spread_paid"),
        "commission": _sum(ledger.trades, "commission"),
        "marks": _sources(done),
        "refused": dict(Counter(ledger.refused.values())),
    }
    record(lab, "overlay", run_id, config, facts)
    return overlay_detail(lab, OverlayDetailAsk(run_id=run_id))


def _entry(lab: Lab, ask: OverlayAsk) -> Entry:
    """The trial of the backtest that is meant. Raises UnknownName, BadRequest if there is none."""
    if ask.model_id:
        model_of(lab, ask.model_id, ask.pack_id)  # of one that is none there is no backtest
    past = history(lab, "backtest", pack_id=ask.pack_id, model_id=ask.model_id, limit=10_000)
    known = [run.run_id for run in past]
    if ask.run_id and ask.run_id not in known:
        raise UnknownName("backtest", ask.run_id, known)
    if not known:
        of = f" of {ask.model_id}" if ask.model_id else ""
        raise BadRequest(
            f"There is no backtest{of} whose trades could be held as options.",
            hint=f"Run one first: make backtest MODEL_ID={ask.model_id}".strip("=") + ".",
        )
    [entry] = ranked(lab, run_id=ask.run_id or known[0])
    return entry


def _sum(table: pd.DataFrame, name: str) -> float:
    return float(table[name].sum()) if len(table) else 0.0


def _commission_in(run: Run, done: Overlaid) -> float:
    table, each = done.ledger.trades, run.config.policy.options.commission
    return float((table["contracts"] * table["legs"]).sum() * each) if len(table) else 0.0


def _sources(done: Overlaid) -> dict[str, int]:
    """Where prices came from: of every fill and of every close at which something was held."""
    found = Counter(done.ledger.sources)
    for name in ("entry_source", "exit_source"):
        found.update(done.ledger.trades[name].tolist() if len(done.ledger.trades) else [])
    return dict(found.most_common())


def _trades(run: Run, done: Overlaid) -> pd.DataFrame:
    """What was bought, a row a trade, as the lake keeps it."""
    table = done.ledger.trades
    if table.empty:
        return pd.DataFrame(columns=list(OPTION_TRADES.columns))
    by_trade = {one.trade: one for one in done.found}
    found = [by_trade[trade] for trade in table["trade"]]
    legs = [one.pick.legs for one in found if one.pick is not None]  # each was held, so picked
    own = run.trades.iloc[table["trade"].to_numpy()].reset_index(drop=True)
    stamps = pd.to_datetime(run.clock.tape.ts, unit="us", utc=True)
    days = pd.DatetimeIndex([each[0].expiration for each in legs]).as_unit("us")
    return table.assign(
        number=table["trade"] + 1,
        side=own["side"],
        bought=[each[0].symbol for each in legs],
        sold=[each[1].symbol if len(each) > 1 else "" for each in legs],
        expiration=days,
        as_of=pd.Series([one.as_of for one in found]),
        entry_ts=stamps[table["entry_bar"]],
        exit_ts=stamps[table["exit_bar"]],
        ret=table["pnl"] / table["cost"],
        underlying_ret=own["ret"],
    )


def _figures(run: Run, done: Overlaid, start: float) -> tuple[OptionFigures, ...]:
    """The options beside the underlying's trades, both at the same share of the account."""
    tape, bars = run.clock.tape, run.bars
    session, year = tape.session[bars], tape.calendar.year
    table, trades = done.ledger.trades, run.trades
    gains = table["pnl"] / table["cost"] if len(table) else pd.Series(dtype="float64")
    curve, account = done.ledger.equity[bars] / start, run.equity["account"].to_numpy()
    own, held = _in(trades, len(tape))[bars], _in(table, len(tape))[bars]
    return (
        OptionFigures(name="options", **figures(curve, session, year, gains, held)),
        OptionFigures(name="underlying", **figures(account, session, year, trades["ret"], own)),
    )


def _in(trades: pd.DataFrame, bars: int) -> Flags:
    """Bars at any time of which one of these trades was held."""
    held = np.zeros(bars, dtype=bool)
    spans = zip(trades["entry_bar"], trades["exit_bar"], strict=True) if len(trades) else ()
    for first, last in spans:
        held[first : last + 1] = True
    return held
