"""A finished backtest from close by: its trades, its curve, its candles, its tables."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.details import Candles, Curve, RunDetail, Trade
from sigma_core.domain.results import Entry, Numbers
from sigma_core.engine.gate import verdict
from sigma_core.engine.measure import hours_of, months_of
from sigma_core.engine.thin import extremes, fall, merged
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.schemas import MATRICES
from sigma_core.verbs import verb
from sigma_core.verbs._calibrated import calibration_of
from sigma_core.verbs._history import history
from sigma_core.verbs._kept import kept, print_of
from sigma_core.verbs._ranking import ranked, shown_from
from sigma_core.verbs._screens import SIGNS, rule_words
from sigma_core.verbs._text import bps, columns, percent

OWN = ("runs", "trades", "equity", "folds", "matrices", "predictions")
"""Folders of the lake that a run is read from, besides those of the ranking."""
Points = Annotated[int, Field(ge=20, le=1_000_000)]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class RunDetailAsk:
    """Which run; around which of its trades the candles are wanted."""

    run_id: str
    trade: Annotated[int, Field(ge=1)] | None = None
    """Its number; without one the candles span all out-of-fold sessions."""
    margin: Annotated[int, Field(ge=0, le=10_000)] = 30
    """Bars shown before its entry and after its exit."""
    points: Points = 500
    """At most so many stamps in the curve, and so many candles."""


def screen(found: RunDetail) -> str:
    """A run in words, with its last trades."""
    rows = [
        (
            str(t.number),
            t.side,
            f"{t.entry_ts:%Y-%m-%d %H:%M}Z",
            f"{t.entry_px:,.2f}",
            f"{t.exit_ts:%Y-%m-%d %H:%M}Z",
            f"{t.exit_px:,.2f}",
            t.reason,
            bps(t.ret),
            bps(t.cost),
            percent(t.conf),
        )
        for t in found.trades[-15:]
    ]
    heads = ("#", "side", "entry", "at", "exit", "at", "by", "return", "cost", "conf")
    status = SIGNS[found.entry.gate.status]
    head = f"{found.run_id}: {status} {rule_words(found.entry)}, {len(found.trades)} trades"
    return "\n".join([head, found.verdict, "", columns(rows, heads) if rows else "No trade."])


@verb("GET", "/runs/{run_id}", table=screen)
def run_detail(lab: Lab, ask: RunDetailAsk, progress: Progress = silent) -> RunDetail:  # noqa: ARG001
    """One backtest with every trade, its curve, the prices it traded, its folds, hours, months."""
    root = lab.lake.root
    now = (shown_from(lab), print_of([root / name for name in OWN]))
    return kept(("run_detail", root, *vars(ask).values()), now, lambda: _detail(lab, ask))


def _detail(lab: Lab, ask: RunDetailAsk) -> RunDetail:
    entry, made = _entry(lab, ask.run_id)
    of = {"run_id": ask.run_id, "pack_id": entry.pack_id, "model_id": entry.model_id}
    trades = lab.lake.frame(_sql("trades", "entry_ts"), **of)
    equity = lab.lake.frame(_sql("equity", "ts"), **of)
    folds = lab.lake.rows(_sql("folds", "fold"), **of)
    matrix = _matrix(lab, entry)
    bars = matrix[matrix["ts"].isin(equity["ts"])].reset_index(drop=True)
    return RunDetail(
        run_id=ask.run_id,
        entry=entry,
        verdict=verdict(entry.gate),
        trades=tuple(_trades(trades)),
        curve=_curve(equity, ask.points),
        candles=_candles(bars, trades, ask),
        folds=tuple(_fold(row, equity) for row in folds),
        hours=tuple(hours_of(trades)),
        months=tuple(_months(equity, bars)),
        calibration=calibration_of(lab, str(made.get("predictions_sha", "")), matrix),
    )


def _entry(lab: Lab, run_id: str) -> tuple[Entry, Numbers]:
    """The trial of the run, and what the history keeps of it.

    Raises UnknownName for a name that no backtest has.
    """
    past = history(lab, "backtest", pack_id="", model_id="", limit=10_000)
    known = {run.run_id: run.facts for run in past}
    if run_id not in known:
        raise UnknownName("backtest", run_id, known)
    [entry] = ranked(lab, run_id=run_id)
    return entry, known[run_id]


def _sql(table: str, order: str) -> str:
    where = "run_id = $run_id AND pack_id = $pack_id AND model_id = $model_id"
    return f"SELECT * FROM {table} WHERE {where} ORDER BY {order}"  # noqa: S608  names are ours


def _matrix(lab: Lab, entry: Entry) -> pd.DataFrame:
    """The matrix that was traded. Raises BadRequest if it is gone from the lake."""
    sha = entry.lineage.matrix_sha
    if not lab.lake.holds(MATRICES, sha):
        raise BadRequest(
            f"The matrix {sha[:7]} that {entry.run_id} traded is no longer in the lake.",
            hint=f"Run it again: make backtest MODEL_ID={entry.model_id}.",
        )
    return lab.lake.read(MATRICES, sha)


def _trades(rows: pd.DataFrame) -> list[Trade]:
    side = np.where(rows["side"] == "long", 1, -1)
    gross = side * (rows["exit_price_raw"] / rows["fill"] - 1)
    table = rows.assign(number=np.arange(1, len(rows) + 1), cost=gross - rows["ret"])
    table = table[list(Trade.__dataclass_fields__)]
    return [Trade(**_stated(row)) for row in table.to_dict("records")]


def _stated(row: dict[Any, Any]) -> dict[str, Any]:
    """A row in which a missing number is None and a stamp a datetime."""
    return {
        str(name): None if value is None or value != value else value  # noqa: PLR0124
        for name, value in row.items()
    }


def _curve(equity: pd.DataFrame, points: int) -> Curve:
    curves = {
        "equity": equity["equity"].to_numpy(),
        "account": equity["account"].to_numpy(),
        "hold": equity["hold"].to_numpy(),
        "drawdown": fall(equity["equity"].to_numpy()),
        "hold_drawdown": fall(equity["hold"].to_numpy()),
    }
    kept = extremes(list(curves.values()), points=points)
    return Curve(
        ts=tuple(equity["ts"].iloc[kept].dt.to_pydatetime()),
        fold=tuple(equity["fold"].iloc[kept].tolist()),
        bars=len(equity),
        **{name: tuple(values[kept].tolist()) for name, values in curves.items()},
    )


def _candles(bars: pd.DataFrame, trades: pd.DataFrame, ask: RunDetailAsk) -> Candles:
    if ask.trade is not None:
        bars = bars.iloc[_around(bars, trades, ask.trade, ask.margin)]
    rows, each = merged(bars, points=ask.points)
    prices = {name: _known(rows[name]) for name in ("open", "high", "low")}
    close = tuple(rows["close"].tolist())
    return Candles(ts=tuple(rows["ts"].dt.to_pydatetime()), close=close, each=each, **prices)


def _known(prices: pd.Series) -> tuple[float | None, ...]:
    return tuple(prices.astype(object).where(prices.notna(), None))


def _around(bars: pd.DataFrame, trades: pd.DataFrame, number: int, margin: int) -> slice:
    """The bars of one trade with some before and after. Raises BadRequest if there is no such."""
    if number > len(trades):
        raise BadRequest(
            f"trade {number} is not one of the {len(trades)} trades of this run.",
            hint="Leave trade out to see the whole span.",
        )
    trade = trades.iloc[number - 1]
    first, last = bars["ts"].searchsorted([trade["entry_ts"], trade["exit_ts"]])
    return slice(max(0, first - margin), last + margin + 1)


def _fold(row: dict[str, Any], equity: pd.DataFrame) -> dict[str, Any]:
    """A fold's figures, and what holding returned over the same bars."""
    held = equity.loc[equity["fold"] == row["fold"], "hold"]
    before = equity["hold"].get(held.index[0] - 1, 1.0)
    figures = {k: v for k, v in row.items() if k not in ("run_id", "pack_id", "model_id")}
    return figures | {"hold": float(held.iloc[-1] / before - 1)}


def _months(equity: pd.DataFrame, bars: pd.DataFrame) -> list[dict[str, Any]]:
    session, days = pd.factorize(bars["session"])
    curve, hold = (equity[name].to_numpy() for name in ("equity", "hold"))
    return months_of(curve, hold, session, pd.DatetimeIndex(days))
