"""The trades of a run: filters, table, CSV, and the prices around the one that is ticked."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from app.components import price_chart, tables
from app.components.charts import local
from app.components.numbers import NEW_YORK, bps, count, day, moment, percent, plural
from app.components.page import section
from app.session import lab
from sigma_core.domain.details import RunDetail, Trade
from sigma_core.parse import plain
from sigma_core.verbs._text import data_word
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail

CANDLES = 240
"""Candles drawn over a whole run: four prices each, so about a thousand numbers."""
WHERE = {"open": "at the open", "inside": "inside the bar", "close": "at the close"}
ARROWS = {"long": "▲ Long", "short": "▼ Short"}


@st.fragment
def draw(detail: RunDetail) -> None:
    """Prices above, the trades that pass the filters below; only this part is redrawn by a tick."""
    daily = detail.entry.cadence == "daily"
    section("Price and trades", "tick a trade to move the chart to it")
    if not detail.trades:
        st.info("This rule never traded.", icon=":material/info:")
        return
    chart = st.container()
    shown = _filtered(detail.trades)
    ticked = _table(detail, shown, daily=daily)
    with chart:
        _prices(detail, shown, ticked, daily=daily)


def _prices(
    detail: RunDetail, shown: Sequence[Trade], ticked: Trade | None, *, daily: bool
) -> None:
    number = ticked.number if ticked is not None else None
    found = run_detail(
        lab(), RunDetailAsk(run_id=detail.run_id, trade=number, points=CANDLES)
    ).candles
    marked = shown[-price_chart.MARKED :]
    says = [f"{detail.entry.ticker}, hollow candles closed higher"]
    if found.each > 1:
        says.append(f"a candle is {found.each} bars")
    if ticked is None and len(marked) < len(shown):
        says.append(f"the newest {count(len(marked))} of {count(len(shown))} trades are marked")
    st.caption(", ".join(says) + "." if ticked is None else _said(ticked, daily=daily))
    price_chart.prices(
        found,
        marked if ticked is None else detail.trades,
        ticked,
        daily=daily,
        key="trades_prices",
    )


def _said(trade: Trade, *, daily: bool) -> str:
    """The ticked trade in a sentence."""

    def when(stamp: Any) -> str:
        return day(local([stamp])[0].date()) if daily else moment(stamp)

    return (
        f"No. {trade.number}: {trade.side} at {trade.entry_px:,.2f}, {when(trade.entry_ts)} "
        f"{WHERE[trade.entry_at]}; out by {trade.reason} at {trade.exit_px:,.2f}, "
        f"{when(trade.exit_ts)} {WHERE[trade.exit_at]}{_both(trade)}; {bps(trade.ret)} after "
        f"{bps(trade.cost, signed=False)} of costs, confidence {percent(trade.conf)}."
    )


def _both(trade: Trade) -> str:
    """What is known of a bar that held stop and target; empty for any other."""
    if trade.ambiguous:
        return ", in a bar that held its target too: which came first is open"
    return ", in a bar that held both levels: finer bars tell the first" if trade.settled else ""


def _filtered(trades: Sequence[Trade]) -> list[Trade]:
    """The trades that fit what is chosen; nothing chosen is no filter."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        side = _pills("side", "Side", [t.side for t in trades], str.capitalize)
        won = _pills("result", "Result", [_result(t) for t in trades], _plural)
        reason = _pills("exit", "Exit by", [t.reason for t in trades], _word)
        fold = _pills("fold", "Fold", [t.fold for t in trades], lambda fold: str(fold + 1))
        hour = _pills("hour", "Hour, New York", [t.hour for t in trades], str)
        start, end = _dates(trades)
    days = local([t.entry_ts for t in trades]).date
    return [
        t
        for t, entered in zip(trades, days, strict=True)
        if t.side in side
        and _result(t) in won
        and t.reason in reason
        and t.fold in fold
        and t.hour in hour
        and start <= entered <= end
    ]


def _pills(name: str, label: str, found: Sequence[Any], words: Callable[[Any], str]) -> set[Any]:
    """What is ticked of the values that occur; all of them if nothing is, or there is one only."""
    every = sorted(set(found))
    if len(every) < 2:
        return set(every)
    picked = st.pills(label, every, selection_mode="multi", format_func=words, key=f"trades_{name}")
    return set(picked or every)


def _result(trade: Trade) -> str:
    return "winner" if trade.ret > 0 else "loser"


def _plural(word: str) -> str:
    return f"{word.capitalize()}s"


def _word(reason: str) -> str:
    return reason.replace("_", " ").capitalize()


def _dates(trades: Sequence[Trade]) -> tuple[date, date]:
    days = local([t.entry_ts for t in trades])
    first, last = days.min().date(), days.max().date()
    with st.container(width=230):
        picked = st.date_input(
            "Entered from, to",
            value=(first, last),
            min_value=first,
            max_value=last,
            key=f"trades_dates_{first}_{last}",
            format="YYYY-MM-DD",
        )
    return (picked[0], picked[1]) if len(picked) == 2 else (first, last)  # half chosen: not yet


def _table(detail: RunDetail, shown: Sequence[Trade], *, daily: bool) -> Trade | None:
    """The trades, newest first; the one that is ticked. A tick stays with its trade."""
    newest = list(reversed(shown))
    numbers = [t.number for t in newest]
    kept = f"trades_ticked_{detail.run_id}"
    before = st.session_state.get(kept)
    rows = [i for i, number in enumerate(numbers) if number == before]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_summary(shown, len(detail.trades)), width="stretch")
        st.download_button(
            "CSV",
            lambda: csv(detail, shown),
            f"{detail.run_id}-trades.csv",
            "text/csv",
            icon=":material/download:",
            key="trades_csv",
            on_click="ignore",
        )
    if not newest:
        st.info("No trade fits these filters. Take one of them away.", icon=":material/filter_alt:")
        return None
    event = tables.plain(
        [_row(t) for t in newest],
        _columns(daily=daily),
        key=f"trades_{crc32(repr((detail.run_id, numbers)).encode())}",
        alt=f"{plural(len(newest), 'trade')}, newest first",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
    )
    chosen = [newest[i] for i in event.selection.rows if i < len(newest)]
    if chosen or rows:  # one that is filtered away keeps its tick for when it comes back
        st.session_state[kept] = chosen[0].number if chosen else None
    return chosen[0] if chosen else None


def _summary(shown: Sequence[Trade], every: int) -> str:
    if not shown:
        return f"none of {plural(every, 'trade')}"
    won = sum(t.ret > 0 for t in shown) / len(shown)
    mean = sum(t.ret for t in shown) / len(shown)
    return (
        f"{count(len(shown))} of {plural(every, 'trade')}, {percent(won)} won, "
        f"{bps(mean)} on average"
    )


def _columns(*, daily: bool) -> dict[str, Any]:
    number, text = tables.number, tables.text

    def bar(label: str) -> Any:
        form = "D MMM YYYY" if daily else "D MMM YYYY HH:mm"
        return st.column_config.DatetimeColumn(
            label,
            format=form,
            timezone=NEW_YORK,
            width=96 if daily else 132,
            help="The bar that filled it, by its close, New York time",
        )

    return {
        "number": number("No.", "%d", 44),
        "side": text("Side", 66),
        "entry_ts": bar("Entered"),
        "entry_px": number("Entry", "%,.2f", 72),
        "exit_ts": bar("Left"),
        "exit_px": number("Exit", "%,.2f", 72),
        "reason": text("Exit by", 60),
        "ret": number("Return, bps", "%+.1f", 80),
        "cost": number("Cost, bps", "%.1f", 68),
        "conf": number("Confidence", tables.PERCENT, 78),
        "stop": number("Stop", "%,.2f", 72),
        "target": number("Target", "%,.2f", 72),
        "cut": number("Cut", tables.PERCENT, 62),
        "bars": number("Bars", "%d", 52),
        "fold": number("Fold", "%d", 48),
        "hour": None if daily else number("Hour", "%d", 50),
    }


def _row(trade: Trade) -> dict[str, Any]:
    return vars(trade) | {
        "side": ARROWS[trade.side],
        "reason": _word(trade.reason),
        "ret": trade.ret * 1e4,
        "cost": trade.cost * 1e4,
        "conf": trade.conf * 100,
        "cut": trade.cut * 100,
        "fold": trade.fold + 1,
    }


def csv(detail: RunDetail, shown: Sequence[Trade]) -> str:
    """The trades as CSV: fractions as they are, stamps in UTC, whose they are and on what data."""
    whose = {
        "run_id": detail.run_id,
        "model_id": detail.entry.model_id,
        "data": data_word(detail.entry.lineage.simulated),
    }
    table = pd.DataFrame([whose | plain(t) for t in shown])
    return str(table.to_csv(index=False))
