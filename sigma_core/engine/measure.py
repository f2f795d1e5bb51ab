"""What a curve and its trades amount to; a figure is undefined with a reason rather than 0."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sigma_core.domain.trial import Hold, Metrics
from sigma_core.engine.book import Book
from sigma_core.engine.deals import Deals
from sigma_core.engine.execute import Execution
from sigma_core.engine.prospects import STEADY
from sigma_core.engine.returns import ends_of, session_returns
from sigma_core.tape import Flags, Floats, Ints, Tape

TARGET_VOLATILITY = 0.10
"""Volatility per year at which the gate reads drawdowns."""

Row = dict[str, Any]


def measure(done: Execution, book: Book, tape: Tape) -> Metrics:
    """Metrics of an execution over all its out-of-fold sessions, idle ones too.

    Source: spec §9 and §12 Metrics; each formula's own below.
    """
    r = done.returns
    year, total, deepest = tape.calendar.year, float(done.equity[-1] - 1), drawdown(done.equity)
    years, volatility = len(r) / year, volatility_of(r, year)
    short = "fewer than two sessions"
    flat = short if len(r) < 2 else "returns do not vary" if len(done.deals) else "no trade"
    growth = cagr_of(total, years)
    note = _Notes()
    return Metrics(
        sharpe=note.of("sharpe", sharpe_of(r, year), flat),
        return_=total,
        cagr=note.of("cagr", growth, "too large to write down"),
        sortino=note.of("sortino", sortino_of(r, year), "no losing session"),
        calmar=note.of(
            "calmar",
            growth / -deepest if growth is not None and deepest < 0 else None,
            "no drawdown" if deepest == 0 else "cagr is undefined",
        ),
        max_dd=deepest,
        es95=float(np.sort(r)[: -(-len(r) // 20)].mean()),
        volatility=note.of("volatility", volatility, short),
        **_trade_figures(done.deals, note),
        **_bounds(done, _sessions(book, tape), year, note),
        exposure=float(done.held.mean()),
        turnover=2 * float(done.deals.size.sum()) / years,
        max_dd_scaled=scaled_drawdown(done.equity, volatility or 0.0),
        max_dd_account=drawdown(done.account),
        return_account=float(done.account[-1] - 1),
        sessions=len(r),
        years=years,
        undefined=note.reasons,
    )


def _bounds(done: Execution, session: Ints, year: int, note: "_Notes") -> dict[str, Any]:
    """Return and Sharpe had every ambiguous trade met its target: the other end of the truth."""
    some = done.deals.ambiguous.any()
    best = done.best if some else done.equity
    sharpe = sharpe_of(session_returns(best, session) if some else done.returns, year)
    return {
        "return_best": float(best[-1] - 1),
        "sharpe_best": note.of("sharpe_best", sharpe, "as the Sharpe ratio"),
    }


@dataclass(frozen=True)
class _Notes:
    """Why figures are undefined, gathered as they are made."""

    reasons: dict[str, str] = field(default_factory=dict)

    def of(self, name: str, value: float | None, reason: str) -> float | None:
        if value is None:
            self.reasons[name] = reason
        return value


def _trade_figures(deals: Deals, note: _Notes) -> dict[str, Any]:
    """What is counted by trade: win is ret > 0; profit_factor on size·ret, undefined lossless."""
    gain, some = deals.size * deals.ret, len(deals) > 0
    lost = -float(gain[gain < 0].sum())
    told = int(deals.settled.sum())
    both = told + int(deals.ambiguous.sum())

    def mean(name: str, values: Floats | Flags) -> float | None:
        return note.of(name, float(values.mean()) if some else None, "no trade")

    return {
        "trades": len(deals),
        "win_rate": mean("win_rate", deals.ret > 0),
        "avg_trade": mean("avg_trade", deals.ret),
        "ambiguous_share": mean("ambiguous_share", deals.ambiguous),
        "settled_share": note.of(
            "settled_share", told / both if both else None, "no bar held both levels"
        ),
        "profit_factor": note.of(
            "profit_factor",
            float(gain[gain > 0].sum()) / lost if lost > 0 else None,
            "no losing trade" if some else "no trade",
        ),
    }


def sharpe_of(returns: Floats, year: int) -> float | None:
    """Mean over standard deviation (ddof 1), by the root of the year; None if undefined.

    Source: W. F. Sharpe, The Sharpe Ratio, J. Portfolio Management 21(1), 1994.
    """
    if len(returns) < 2:
        return None
    mean, sd = float(returns.mean()), float(returns.std(ddof=1))
    return mean / sd * float(np.sqrt(year)) if sd > STEADY * abs(mean) else None


def sortino_of(returns: Floats, year: int) -> float | None:
    """Mean over the root of mean min(r, 0)², by the root of the year; None without a loss.

    Source: F. Sortino, L. Price, Performance Measurement in a Downside Risk Framework, 1994;
    the target is 0.
    """
    down = float(np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2)))
    return float(returns.mean()) / down * float(np.sqrt(year)) if down > 0 else None


def volatility_of(returns: Floats, year: int) -> float | None:
    """Standard deviation (ddof 1) of session returns per year; None under two sessions."""
    return float(returns.std(ddof=1) * np.sqrt(year)) if len(returns) > 1 else None


def cagr_of(total: float, years: float) -> float | None:
    """(1 + return)^(1/years) - 1; None where that is beyond any float. Source: spec §12."""
    try:
        return float((1 + total) ** (1 / years) - 1)
    except OverflowError:
        return None


def drawdown(curve: Floats) -> float:
    """Deepest fall from a former high (1 at the start), from -1 to 0."""
    return _deepest(curve, 1.0)


def scaled_drawdown(curve: Floats, volatility: float) -> float:
    """Drawdown with every bar return times min(1, 10 % / volatility), recompounded."""
    return _deepest(curve, min(1.0, TARGET_VOLATILITY / volatility) if volatility > 0 else 1.0)


def _deepest(curve: Floats, scale: float) -> float:
    from sigma_core.compiled import deepest

    return float(deepest(np.asarray(curve, dtype="float64"), scale))


def hold_curve(tape: Tape, book: Book) -> Floats:
    """Buy-and-hold at each out-of-fold bar, without costs: over the close before the first."""
    base = tape.close[book.start - 1] if book.start else tape.open[0]
    return np.asarray(tape.close[book.start : book.end + 1] / base)


def hold_of(tape: Tape, book: Book) -> tuple[Hold, Floats]:
    """Buy-and-hold over the same sessions, marked at every bar, and its session returns."""
    curve, year = hold_curve(tape, book), tape.calendar.year
    m = session_returns(curve, _sessions(book, tape))
    total = float(curve[-1] - 1)
    hold = Hold(
        sharpe=sharpe_of(m, year),
        return_=total,
        cagr=cagr_of(total, len(m) / year),
        max_dd=drawdown(curve),
    )
    return hold, m


def fold_rows(done: Execution, book: Book, tape: Tape, cuts: Floats) -> list[Row]:
    """One row a test fold: its dates, its cut, and what was earned and traded in it.

    A trade belongs to the fold that opened it, a return to the fold of its bar.
    """
    return [_fold_row(done, book, tape, k, float(cut)) for k, cut in enumerate(cuts)]


def _fold_row(done: Execution, book: Book, tape: Tape, k: int, cut: float) -> Row:
    first, last = book.blocks[k]
    session = tape.session[first : last + 1]
    days = tape.calendar.session_of(session[[0, -1]])
    curve = _part(done.equity, first - book.start, last - book.start)
    hold = _part(hold_curve(tape, book), first - book.start, last - book.start)
    return {
        "fold": k,
        "start": str(days[0])[:10],
        "end": str(days[1])[:10],
        "cut": cut,
        "sharpe": sharpe_of(session_returns(curve, session), tape.calendar.year),
        "return": float(curve[-1] - 1),
        "max_dd": drawdown(curve),
        "hold": float(hold[-1] - 1),
        **_of_trades(done.trades[done.trades["fold"] == k]),
    }


def hour_rows(done: Execution) -> list[Row]:
    """One row an exchange hour of decision in which a trade was signalled."""
    return hours_of(done.trades)


def hours_of(trades: pd.DataFrame) -> list[Row]:
    """`hour_rows` of a table of trades (hour, ret)."""
    hours = trades["hour"]
    return [{"hour": int(hour), **_of_trades(trades[hours == hour])} for hour in np.unique(hours)]


def month_rows(done: Execution, book: Book, tape: Tape) -> list[Row]:
    """One row a calendar month: what the strategy and buy-and-hold returned in it."""
    session = _sessions(book, tape)
    days = pd.DatetimeIndex(tape.calendar.session_of(session[ends_of(session)]))
    return months_of(done.equity, hold_curve(tape, book), session, days)


def months_of(curve: Floats, hold: Floats, session: Ints, days: pd.DatetimeIndex) -> list[Row]:
    """`month_rows` of two curves given at every bar; `session` [bars], `days` one a session."""
    month = days.year.to_numpy() * 12 + days.month.to_numpy() - 1
    both = [session_returns(each, session) for each in (curve, hold)]
    return [
        {
            "year": int(number) // 12,
            "month": int(number) % 12 + 1,
            **{
                name: float(np.prod(1 + r[month == number]) - 1)
                for name, r in zip(("return", "hold"), both, strict=True)
            },
        }
        for number in np.unique(month)
    ]


def _of_trades(trades: pd.DataFrame) -> Row:
    some = not trades.empty
    return {
        "trades": len(trades),
        "win_rate": float((trades["ret"] > 0).mean()) if some else None,
        "avg_trade": float(trades["ret"].mean()) if some else None,
    }


def _sessions(book: Book, tape: Tape) -> Ints:
    return tape.session[book.start : book.end + 1]


def _part(curve: Floats, first: int, last: int) -> Floats:
    """Bars first to last of a curve as one that begins at 1; all 0 where nothing was left."""
    before = curve[first - 1] if first else 1.0
    part = curve[first : last + 1]
    return part / before if before > 0 else np.zeros(len(part))
