"""Charts of many trials: what they earned, against what they risked and by what they asked for."""

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from app.components import chips
from app.components.charts import compare
from app.components.figure import Figure
from app.components.numbers import percent, plural, ratio
from app.components.palette import (
    ACCENT,
    GAIN,
    LOSS,
    LOW_TO_HIGH,
    MUTED,
    PAPER,
    TEXT,
    UNPROVEN,
    scale,
)
from app.components.plotly_template import NOISE, draw
from sigma_core.domain.results import Entry
from sigma_core.domain.trial import Rule

MARKS = {"PASS": (GAIN, "circle"), "UNPROVEN": (UNPROVEN, "diamond"), "FAIL": (LOSS, "x-thin-open")}
SMALL = {"size": 11, "color": MUTED}
ALL_HOURS = "all"
STRONG = 0.6
"""Of the way from the lowest to the highest Sharpe: from there on a cell stands out."""
Tries = Sequence[tuple[Rule, float | None]]
"""Rules, each with the Sharpe it had."""


def reward_and_risk(
    entries: Sequence[Entry],
    *,
    limits: Sequence[float],
    noise: tuple[float, float] | None = None,
    key: str,
) -> None:
    """Sharpe over drawdown as the gate reads it, one mark per trial; shape and colour: the verdict.

    `limits`: the drawdowns allowed by the risk profiles on screen. `noise`: Sharpes between which
    the same searches in noise lie, drawn as a band.
    """
    figure = Figure()
    for status, (colour, symbol) in MARKS.items():
        rows = [e for e in entries if e.gate.status == status and e.metrics.sharpe is not None]
        thin = symbol == "x-thin-open"
        figure.add_scatter(
            x=[-e.metrics.max_dd_scaled for e in rows],
            y=[e.metrics.sharpe for e in rows],
            mode="markers",
            name=f"{status.capitalize()} {len(rows)}",
            customdata=np.array(
                [(e.rank, chips.rule(e.config), e.metrics.max_dd) for e in rows], dtype=object
            ),
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 7 if thin else 9,
                "line": {"width": 2, "color": colour} if thin else {"width": 1, "color": PAPER},
            },
            hovertemplate="No. %{customdata[0]}, %{customdata[1]}<br>Sharpe %{y:.2f}, "
            "drawdown %{x:.1%} at 10% volatility, %{customdata[2]:.1%} as it was<extra></extra>",
        )
    for limit in limits:
        _limit(figure, limit, percent(limit))
    if noise is not None:
        figure.add_hrect(*noise, **NOISE)
        named = {"xref": "x domain", "xanchor": "left", "yanchor": "top", "font": SMALL}
        figure.add_annotation(x=0, y=noise[1], text="noise floor", **named)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(
        title_text="Drawdown at 10% volatility, %", tickformat=".0%", rangemode="tozero"
    )
    figure.update_yaxes(title_text="Sharpe, per year", tickformat=".1f")
    draw(
        figure,
        key=key,
        height=380,
        alt=f"Sharpe against drawdown at 10% volatility of {plural(len(entries), 'trial')}",
    )


def by_rule(
    entries: Sequence[Entry], *, limit: float, noise: tuple[float, float] | None = None, key: str
) -> None:
    """A sweep at a glance: rules down; hours across with Sharpe in the cell, or bars without hours.

    `limit`: the Sharpe that the gate asks for. `noise`: as in `reward_and_risk`, behind bars; in
    cells, what is no better than the best of noise stands in brackets.
    """
    _map([(e.config, e.metrics.sharpe) for e in entries], limit=limit, noise=noise, key=key)


def map_of(tries: Tries, *, key: str) -> None:
    """The same of rules that were tried and not judged yet: each with its Sharpe."""
    _map(tries, limit=None, key=key)


def _map(
    tries: Tries,
    *,
    limit: float | None,
    noise: tuple[float, float] | None = None,
    key: str,
) -> None:
    grid = sharpes(tries)
    bars = len(grid.columns) == 1
    figure = _bars(grid.iloc[:, 0], limit) if bars else _cells(grid, tries, noise)
    if noise is not None and bars:
        figure.add_vrect(*noise, **NOISE)
        named = {"yref": "y domain", "xanchor": "left", "yanchor": "bottom", "font": SMALL}
        figure.add_annotation(x=noise[0], y=1, text="noise floor", **named)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, dtick=1)
    figure.update_layout(hovermode="closest", margin_t=24 if bars or noise else 8)
    best = float(grid.max().max())
    said = f"the highest is {ratio(best)}" if best == best else "none is defined"  # noqa: PLR0124
    tall = (96 if bars else 80 if noise else 64) + 30 * len(grid)
    draw(figure, key=key, height=tall, alt=f"Sharpe by rule and hours; {said}")


def _cells(grid: pd.DataFrame, tries: Tries, noise: tuple[float, float] | None) -> Figure:
    figure = Figure()
    figure.add(
        "heatmap",
        x=list(grid.columns),
        y=list(grid.index),
        z=grid,
        colorscale=scale(LOW_TO_HIGH),
        showscale=False,
        hovertemplate="%{y}, hours %{x}<br>Sharpe %{z:.2f}<extra></extra>",
    )
    _written(figure, tries, -inf if noise is None else noise[1])
    if noise is not None:
        words = f"in brackets: no better than the noise floor, {ratio(noise[1])}"
        place = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        figure.add_annotation(x=0, y=1, text=words, font=SMALL, **place)
    figure.update_xaxes(title_text="Hours, New York", type="category", side="bottom")
    return figure


def _written(figure: Figure, tries: Tries, noise: float) -> None:
    """The number in the cell of each rule that was tried, readable on pale and on strong cells.

    Plotly would choose a grey that cannot be read on cells of middle brightness.
    """
    known = [sharpe for _, sharpe in tries if sharpe is not None]
    strong = min(known, default=0.0) + STRONG * (max(known, default=0.0) - min(known, default=0.0))
    figure.add_scatter(
        x=[hours_of(rule) for rule, _ in tries],
        y=[rule_of(rule) for rule, _ in tries],
        mode="text",
        text=[_bracketed(sharpe, noise) for _, sharpe in tries],
        textfont={
            "size": 12,
            "color": [TEXT if sharpe is None or sharpe < strong else PAPER for _, sharpe in tries],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _bracketed(sharpe: float | None, noise: float) -> str:
    return f"({ratio(sharpe)})" if sharpe is not None and sharpe <= noise else ratio(sharpe)


def _bars(column: pd.Series, limit: float | None) -> Figure:
    figure = Figure()
    figure.add_bar(
        x=column,
        y=list(column.index),
        orientation="h",
        marker_color=ACCENT,
        width=0.6,
        text=[ratio(None if pd.isna(value) else value) for value in column],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}<br>Sharpe %{x:.2f}<extra></extra>",
    )
    if limit is not None:
        _limit(figure, limit, ratio(limit), yanchor="bottom", xanchor="center", xshift=0)
    low, high = min(0.0, column.min()), max(limit or 0.0, column.max())
    room = 0.12 * (high - low)  # for the numbers beside the bars
    span = [low - room if low < 0 else 0.0, high + room]
    figure.update_xaxes(title_text="Sharpe, per year", tickformat=".1f", showgrid=True, range=span)
    return figure


def sharpes(tries: Tries) -> pd.DataFrame:
    """Sharpe by rule (rows, thresholds first, ascending) and hours (columns, all hours first)."""
    cells = pd.DataFrame(
        [
            {
                "order": (rule.kind != "thr", rule.numbers),
                "rule": rule_of(rule),
                "first": (len(rule.hours), rule.hours),
                "hours": hours_of(rule),
                "sharpe": sharpe,
            }
            for rule, sharpe in tries
        ]
    ).astype({"sharpe": float})
    rules = cells.sort_values("order")["rule"].unique()
    across = cells.sort_values("first")["hours"].unique()
    table = cells.pivot_table("sharpe", "rule", "hours", dropna=False)
    return table.reindex(index=rules, columns=across)


def overlaid(entries: Sequence[Entry], *, key: str) -> None:
    """Growth and drawdown of two to five trials over each other."""
    compare({f"No. {e.rank}": curve(e) for e in entries}, key=key)


def rule_of(rule: Rule) -> str:
    """A rule in words, its hours aside."""
    return chips.rule(rule).split(" at ")[0]


def hours_of(rule: Rule) -> str:
    """A rule's hours in words."""
    return ", ".join(map(str, rule.hours)) or ALL_HOURS


def curve(entry: Entry) -> pd.Series:
    """The sparkline of a trial over its out-of-fold dates."""
    study = entry.study
    days = pd.date_range(study.oof_start, study.oof_end, periods=len(entry.sparkline))
    return pd.Series(entry.sparkline, index=days)


def _limit(figure: Figure, limit: float, words: str, **at: Any) -> None:
    figure.add_vline(limit, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=limit,
        y=1,
        yref="paper",
        text=f"limit {words}",
        font=SMALL,
        **{"yanchor": "top", "xanchor": "right", "xshift": -4} | at,
    )
