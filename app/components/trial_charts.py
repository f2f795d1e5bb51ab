"""Charts of many trials: what they earned, against what they risked and by what they asked for."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from app.components import chips
from app.components.charts import compare
from app.components.numbers import percent, plural, ratio
from app.components.palette import ACCENT, GAIN, LOSS, LOW_TO_HIGH, MUTED, PAPER, UNPROVEN, scale
from app.components.plotly_template import draw
from sigma_core.domain.results import Entry

MARKS = {"PASS": (GAIN, "circle"), "UNPROVEN": (UNPROVEN, "diamond"), "FAIL": (LOSS, "x-thin-open")}
SMALL = {"size": 11, "color": MUTED}
ALL_HOURS = "all"


def reward_and_risk(entries: Sequence[Entry], *, limits: Sequence[float], key: str) -> None:
    """Sharpe over worst drawdown, one mark per trial; shape and colour say the verdict.

    `limits`: the drawdowns allowed by the risk profiles on screen.
    """
    figure = go.Figure()
    for status, (colour, symbol) in MARKS.items():
        rows = [e for e in entries if e.gate.status == status and e.metrics.sharpe is not None]
        thin = symbol == "x-thin-open"
        figure.add_scatter(
            x=[-e.metrics.max_dd for e in rows],
            y=[e.metrics.sharpe for e in rows],
            mode="markers",
            name=f"{status.capitalize()} {len(rows)}",
            customdata=[(e.rank, chips.rule(e.config)) for e in rows],
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 7 if thin else 9,
                "line": {"width": 2, "color": colour} if thin else {"width": 1, "color": PAPER},
            },
            hovertemplate="No. %{customdata[0]}, %{customdata[1]}<br>Sharpe %{y:.2f}, "
            "drawdown %{x:.1%}<extra></extra>",
        )
    for limit in limits:
        _limit(figure, limit, percent(limit))
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title_text="Worst drawdown, %", tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(title_text="Sharpe, per year", tickformat=".1f")
    draw(
        figure,
        key=key,
        height=380,
        alt=f"Sharpe against drawdown of {plural(len(entries), 'trial')}",
    )


def by_rule(entries: Sequence[Entry], *, limit: float, key: str) -> None:
    """A sweep at a glance: rules down; hours across with Sharpe in the cell, or bars without hours.

    `limit`: the Sharpe that the gate asks for.
    """
    grid = sharpes(entries)
    figure = _cells(grid) if len(grid.columns) > 1 else _bars(grid.iloc[:, 0], limit)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, dtick=1)
    figure.update_layout(hovermode="closest")
    best = float(grid.max().max())
    said = f"the highest is {ratio(best)}" if best == best else "none is defined"  # noqa: PLR0124
    draw(figure, key=key, height=64 + 30 * len(grid), alt=f"Sharpe by rule and hours; {said}")


def _cells(grid: pd.DataFrame) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            x=list(grid.columns),
            y=list(grid.index),
            z=grid,
            text=grid.map(lambda value: ratio(None if pd.isna(value) else value)),
            texttemplate="%{text}",
            colorscale=scale(LOW_TO_HIGH),
            showscale=False,
            hovertemplate="%{y}, hours %{x}<br>Sharpe %{z:.2f}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="Hours, New York", type="category", side="bottom")
    return figure


def _bars(column: pd.Series, limit: float) -> go.Figure:
    figure = go.Figure(
        go.Bar(
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
    )
    _limit(figure, limit, ratio(limit))
    low, high = min(0.0, column.min()), max(limit, column.max())
    room = 0.12 * (high - low)  # for the numbers beside the bars
    span = [low - room if low < 0 else 0.0, high + room]
    figure.update_xaxes(title_text="Sharpe, per year", tickformat=".1f", showgrid=True, range=span)
    return figure


def sharpes(entries: Sequence[Entry]) -> pd.DataFrame:
    """Sharpe by rule (rows, thresholds first, ascending) and hours (columns)."""
    cells = pd.DataFrame(
        [
            {
                "order": (e.config.kind != "thr", e.config.numbers),
                "rule": chips.rule(e.config).split(" at ")[0],
                "hours": ", ".join(map(str, e.config.hours)) or ALL_HOURS,
                "sharpe": e.metrics.sharpe,
            }
            for e in entries
        ]
    ).astype({"sharpe": float})
    rules = cells.sort_values("order")["rule"].unique()
    return cells.pivot_table("sharpe", "rule", "hours", dropna=False).reindex(rules)


def overlaid(entries: Sequence[Entry], *, key: str) -> None:
    """Growth and drawdown of two to five trials over each other."""
    compare({f"No. {e.rank}": curve(e) for e in entries}, key=key)


def curve(entry: Entry) -> pd.Series:
    """The sparkline of a trial over its out-of-fold dates."""
    study = entry.study
    days = pd.date_range(study.oof_start, study.oof_end, periods=len(entry.sparkline))
    return pd.Series(entry.sparkline, index=days)


def _limit(figure: go.Figure, limit: float, words: str) -> None:
    figure.add_vline(limit, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=limit,
        y=1,
        yref="paper",
        yanchor="top",
        xanchor="right",
        xshift=-4,
        text=f"limit {words}",
        showarrow=False,
        font=SMALL,
    )
