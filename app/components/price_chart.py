"""Prices as candles, with what was traded on them. Candles stand side by side, nights left out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from app.components.charts import SMALL, local
from app.components.figure import Figure
from app.components.numbers import bps, day, percent
from app.components.palette import ACCENT, GAIN, LOSS, MUTED, PAPER
from app.components.plotly_template import draw
from sigma_core.domain.details import Candles, Trade

TICKS = 5
PALE = 0.4
MARKED = 1000
"""Trades that are marked at once; more would hide the price."""


def prices(
    candles: Candles, trades: Sequence[Trade], ticked: Trade | None, *, daily: bool, key: str
) -> None:
    """Candles with every trade's entry and exit; the ticked one with its stop and target."""
    figure = Figure()
    _candles(figure, candles, daily=daily)
    first, last = candles.ts[0], candles.ts[-1]
    shown = [t for t in trades if first <= t.entry_ts <= last or first <= t.exit_ts <= last]
    if ticked is not None:
        _levels(figure, candles, ticked)
        _marks(figure, candles, shown, ticked)
    else:
        _overview(figure, candles, shown)
    figure.update_layout(hovermode="closest", xaxis_rangeslider_visible=False)
    _axes(figure, candles, daily=daily)
    draw(figure, key=key, height=400, alt=_alt(shown, ticked))


def _candles(figure: Figure, candles: Candles, *, daily: bool) -> None:
    """Hollow where the price rose, filled where it fell: colour is left to the trades."""
    at = list(range(len(candles.ts)))
    stamps = local(candles.ts)
    said = [_said(candles, i, stamps[i], daily=daily) for i in at]
    look: dict[str, Any] = {"name": "Price", "showlegend": False, "x": at}
    if None in candles.open or None in candles.high or None in candles.low:
        figure.add_scatter(
            **look, y=candles.close, line_color=MUTED, text=said, hovertemplate="%{text}<extra/>"
        )
        return
    figure.add(
        "candlestick",
        **look,
        open=candles.open,
        high=candles.high,
        low=candles.low,
        close=candles.close,
        hovertext=said,
        hoverinfo="text",
        increasing={"line": {"color": MUTED, "width": 1}, "fillcolor": PAPER},
        decreasing={"line": {"color": MUTED, "width": 1}, "fillcolor": MUTED},
    )


def _said(candles: Candles, i: int, stamp: pd.Timestamp, *, daily: bool) -> str:
    when = day(stamp.date()) + ("" if daily else f" {stamp:%H:%M}")
    four = (("O", candles.open[i]), ("H", candles.high[i]), ("L", candles.low[i]))
    told = [f"{name} {price:,.2f}" for name, price in four if price is not None]
    return "<br>".join([when, *told, f"C {candles.close[i]:,.2f}"])


def places(candles: Candles, stamps: Sequence[datetime]) -> list[int]:
    """Position of the candle that holds the bar of each stamp; the nearest one if it is outside."""
    ends = np.array([each.timestamp() for each in candles.ts])
    found = np.searchsorted(ends, [each.timestamp() for each in stamps])
    return [int(at) for at in np.minimum(found, len(ends) - 1)]


def _marks(figure: Figure, candles: Candles, trades: Sequence[Trade], ticked: Trade) -> None:
    """Entries and exits at the prices at which they were filled; other trades' are pale."""
    first, last = candles.ts[0], candles.ts[-1]
    groups: tuple[tuple[str, str, str, str, list[Trade]], ...] = (
        ("Long", "entry", "triangle-up", ACCENT, [t for t in trades if t.side == "long"]),
        ("Short", "entry", "triangle-down", ACCENT, [t for t in trades if t.side == "short"]),
        ("Out with a gain", "exit", "circle-open", GAIN, [t for t in trades if t.ret > 0]),
        ("Out with a loss", "exit", "x-thin-open", LOSS, [t for t in trades if t.ret <= 0]),
    )
    for name, what, symbol, colour, found in groups:
        rows = [t for t in found if first <= getattr(t, f"{what}_ts") <= last]
        at = places(candles, [getattr(t, f"{what}_ts") for t in rows])
        marker = {
            "symbol": symbol,
            "size": 12,
            "color": colour,
            "opacity": [1.0 if t.number == ticked.number else PALE for t in rows],
            "line": {"width": 2.5 if symbol.endswith("open") else 1, "color": colour},
        }
        _scatter(figure, name, at, [getattr(t, f"{what}_px") for t in rows], rows, marker)


def _overview(figure: Figure, candles: Candles, trades: Sequence[Trade]) -> None:
    """Entries only: longs below the price, shorts above it, in the colour of what came of them."""
    low = candles.close if None in candles.low else candles.low
    high = candles.close if None in candles.high else candles.high
    for side, symbol, edge, away in (
        ("long", "triangle-up", low, 0.98),
        ("short", "triangle-down", high, 1.02),
    ):
        for word, colour in (("gained", GAIN), ("lost", LOSS)):
            rows = [t for t in trades if t.side == side and (t.ret > 0) == (colour == GAIN)]
            at = places(candles, [t.entry_ts for t in rows])
            prices_ = [float(edge[i] or 0) * away for i in at]
            marker = {"symbol": symbol, "size": 6, "color": colour, "opacity": 0.8}
            _scatter(figure, f"{side.capitalize()}, {word}", at, prices_, rows, marker)


def _scatter(
    figure: Figure,
    name: str,
    at: Sequence[int],
    price: Sequence[float],
    rows: Sequence[Trade],
    marker: dict[str, Any],
) -> None:
    """Marks of some trades; nothing, not even a name in the legend, if there are none."""
    if rows:
        figure.add_scatter(
            x=at,
            y=price,
            mode="markers",
            name=f"{name} {len(rows)}",
            text=np.array([_trade_said(t) for t in rows], dtype=object),
            hovertemplate="%{text}<extra></extra>",
            marker=marker,
        )


def _trade_said(trade: Trade) -> str:
    return f"No. {trade.number}, {trade.side}, {bps(trade.ret)}, out by {trade.reason}"


def _levels(figure: Figure, candles: Candles, trade: Trade) -> None:
    """Stop and target of a trade, from its entry to its exit, and the way it went."""
    start, end = places(candles, (trade.entry_ts, trade.exit_ts))
    won = GAIN if trade.ret > 0 else LOSS
    for name, price, colour in (("stop", trade.stop, LOSS), ("target", trade.target, GAIN)):
        if price is not None:
            side = "bottom" if price > trade.entry_px else "top"  # away from the trade
            _level(figure, start, end, price, colour, name, side)
    figure.add_scatter(
        x=[start, end],
        y=[trade.entry_px, trade.exit_px],
        mode="lines",
        line={"color": won, "width": 2, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )


def _level(
    figure: Figure, start: int, end: int, price: float, colour: str, name: str, anchor: str
) -> None:
    """A line at a price, with its name on the side that `anchor` says."""
    figure.add_scatter(
        x=[start - 0.5, end + 0.5],
        y=[price, price],
        mode="lines",
        line={"color": colour, "width": 2},
        showlegend=False,
        hoverinfo="skip",
    )
    figure.add_annotation(
        x=(start + end) / 2,
        y=price,
        text=f"{name} {price:,.2f}",
        yanchor=anchor,
        bgcolor=PAPER,
        opacity=0.9,
        font=SMALL,
    )


def _axes(figure: Figure, candles: Candles, *, daily: bool) -> None:
    n = len(candles.ts)
    at = np.unique(np.linspace(0, n - 1, TICKS + 2).round().astype(int)[1:-1] if n > TICKS else [0])
    stamps = local([candles.ts[i] for i in at])
    form = "%-d %b<br>%Y" if daily or candles.each > 1 else "%-d %b %Y<br>%H:%M"
    figure.update_xaxes(
        tickvals=at.tolist(),
        ticktext=[stamp.strftime(form) for stamp in stamps],
        tickangle=0,
        range=[-1, n],
    )
    figure.update_yaxes(title_text="Price, as quoted", tickformat=",.6~g")


def _alt(shown: Sequence[Trade], ticked: Trade | None) -> str:
    if ticked is None:
        return f"Prices with {len(shown)} trades"
    return (
        f"Prices around trade {ticked.number}, {ticked.side}, which returned "
        f"{percent(ticked.ret, signed=True)} and was ended by {ticked.reason}"
    )
