"""Charts of evidence: where the best ends up, how wide each figure is, the fan of paths."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd

from app.components.figure import Figure
from app.components.numbers import percent, ratio
from app.components.palette import ACCENT, GAIN, LOSS, MUTED, SERIES
from app.components.plotly_template import NOISE, draw, percents
from sigma_core.domain.calibration import CalibrationRow
from sigma_core.domain.luck import SweepEvidence
from sigma_core.domain.results import Paths

STROKES = ("solid", "dash", "dot")
FEW = 6
"""Days that are named one by one: of so few, hours would be named else."""
FAN = ((0.05, 0.95, 0.13), (0.25, 0.75, 0.3))
"""Shares of paths between which a band is drawn, and how strongly."""


def logits(found: SweepEvidence, *, key: str) -> None:
    """Where the best of one half of the sessions ends up in the other, over all ways to halve."""
    edges, counts = np.array(found.logit_edges), np.array(found.logit_counts)
    middle = (edges[1:] + edges[:-1]) / 2
    share = counts / counts.sum()
    figure = Figure()
    for name, at, colour in (
        ("No better than the middle", middle <= 1e-9, LOSS),
        ("Better than the middle", middle > 1e-9, GAIN),
    ):
        figure.add_bar(
            x=middle[at], y=share[at], name=name, marker_color=colour,
            width=0.9 * (edges[1] - edges[0]),
            hovertemplate="%{y:.1%} of ways<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="overlay", hovermode="closest")
    figure.update_xaxes(
        title_text="Place of the best in the other half, log-odds: last to first",
        tickformat=".1~f",
    )
    figure.update_yaxes(title_text="Ways, %", tickformat=".0%")
    draw(
        figure, key=key, height=260,
        alt=f"Probability of overfitting {percent(found.pbo)}, over {counts.sum():,.0f} ways",
    )  # fmt: skip


def intervals(
    rows: Sequence[tuple[str, float, float, float]],
    *,
    title: str,
    form: str,
    key: str,
    noise: tuple[float, float] | None = None,
) -> None:
    """One bar a trial: from the low to the high of its interval, the figure as a dot.

    `noise`: figures between which the same search in noise lies, drawn as a band behind them.
    """
    figure = Figure()
    if noise is not None:
        figure.add_vrect(*noise, **NOISE)
        figure.add_annotation(
            x=sum(noise) / 2, y=1, yref="paper", xanchor="center", yanchor="bottom",
            text="noise floor", font={"size": 11, "color": MUTED},
        )  # fmt: skip
    names = [name for name, *_ in rows]
    for name, low, _, high in rows:
        figure.add_scatter(
            x=[low, high], y=[name, name], mode="lines", line={"color": MUTED, "width": 6},
            showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=[at for _, _, at, _ in rows], y=names, mode="markers", showlegend=False,
        marker={"color": ACCENT, "size": 10},
        customdata=[[low, high] for _, low, _, high in rows],
        hovertemplate=f"%{{y}}<br>%{{x:{form}}}, %{{customdata[0]:{form}}} to"
        f" %{{customdata[1]:{form}}}<extra></extra>",
    )  # fmt: skip
    figure.add_vline(0, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.update_layout(hovermode="closest")
    ends = [*(noise or ()), *(edge for _, low, _, high in rows for edge in (low, high))]
    room = 0.04 * (max(ends) - min(ends))
    figure.update_xaxes(
        title_text=title, tickformat=form, range=[min(ends) - room, max(ends) + room]
    )
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    alt = f"{title}: 95% intervals of {len(rows)} trials"
    draw(figure, key=key, height=116 + 26 * len(rows), alt=alt)


def resampled(found: SweepEvidence, begins: date, ends: date, *, key: str) -> None:
    """Growth of the best trial, in a band that holds 95 % of its resampled histories."""
    if not (found.best_growth and found.best_low and found.best_high):
        return
    days = list(pd.date_range(begins, ends, periods=len(found.best_growth)))
    figure = Figure()
    figure.add_scatter(
        x=[*days, *days[::-1]], y=[*found.best_high, *found.best_low[::-1]], fill="toself",
        fillcolor=ACCENT, opacity=0.2, line={"width": 0}, hoverinfo="skip",
        name="95% of histories",
    )  # fmt: skip
    figure.add_scatter(
        x=days, y=found.best_growth, name="As it was", line={"color": ACCENT, "width": 2.4},
        customdata=np.column_stack([found.best_low, found.best_high]),
        hovertemplate="%{y:+.1%}, %{customdata[0]:+.1%} to %{customdata[1]:+.1%}"
        "<extra></extra>",
    )  # fmt: skip
    figure.add_hline(0, line={"color": MUTED, "width": 1, "dash": "dot"})
    every = [*found.best_growth, *found.best_low, *found.best_high]
    figure.update_yaxes(title_text="Growth, %", tickformat=percents(every, "+"))
    figure.update_xaxes(hoverformat="%d %b %Y", nticks=6)
    low, high = percent(found.best_low[-1]), percent(found.best_high[-1])
    draw(figure, key=key, height=300, alt=f"Best trial: 95% of histories end in {low} to {high}")


def fan(found: Paths, *, key: str) -> None:
    """Growth along every path: the middle one, and bands that hold half and nine tenths."""
    days = sorted({day for path in found.paths for day in path.days})
    at = np.array([day.toordinal() for day in days])
    grown = np.array(
        [np.interp(at, [d.toordinal() for d in p.days], p.equity) for p in found.paths]
    )
    figure = Figure()
    for low, high, opacity in FAN:
        figure.add_scatter(
            x=[*days, *days[::-1]],
            y=np.r_[np.quantile(grown, high, axis=0), np.quantile(grown, low, axis=0)[::-1]] - 1,
            fill="toself", fillcolor=ACCENT, line={"width": 0}, hoverinfo="skip",
            name=f"{high - low:.0%} of paths", opacity=opacity,
        )  # fmt: skip
    for path in grown:
        figure.add_scatter(
            x=days, y=path - 1, line={"color": MUTED, "width": 0.8}, showlegend=False,
            hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=days, y=np.median(grown, axis=0) - 1, name="Middle path",
        line={"color": ACCENT, "width": 2.4}, hovertemplate="%{y:+.1%}<extra>middle</extra>",
    )  # fmt: skip
    figure.update_yaxes(title_text="Growth, %", tickformat=percents(grown.ravel(), "+"))
    figure.update_xaxes(hoverformat="%d %b %Y", nticks=6)
    ends = grown[:, -1] - 1
    said = f"{len(grown)} paths end from {percent(ends.min())} to {percent(ends.max())}"
    draw(figure, key=key, height=320, alt=said)


def trusted(rows: Sequence[CalibrationRow], *, key: str) -> None:
    """How often what was said came true, by bins of confidence; one line a row."""
    figure = Figure()
    said = [conf for row in rows for conf in row.conf]
    figure.add_scatter(
        x=[min(said), max(said)], y=[min(said), max(said)], mode="lines", name="As sure as it says",
        line={"color": MUTED, "width": 1.4, "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    for at, row in enumerate(rows):
        again, colour = divmod(at, len(SERIES))  # a colour comes again with another stroke
        figure.add_scatter(
            x=row.conf, y=row.right, mode="lines+markers", name=named(row),
            line={"color": SERIES[colour], "dash": STROKES[again % len(STROKES)]},
            marker={"size": 7},
            hovertemplate="said %{x:.1%}, came true %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title_text="Confidence, %", tickformat=".0%")
    figure.update_yaxes(title_text="Came true, %", tickformat=".0%")
    whole = rows[0]
    error = percent(whole.ece)
    draw(figure, key=key, height=300, alt=f"Reliability in {whole.bins} bins, error {error}")


def named(row: CalibrationRow) -> str:
    """A row of calibration in words."""
    return {"all": "All", "fold": f"Fold {row.number}", "hour": f"{row.number} h"}[row.of]


def tries(rows: Mapping[str, Sequence[tuple[date, int]]], *, key: str) -> None:
    """Distinct trials of each family by the day on which they were made, added up."""
    figure = Figure()
    for name, points in rows.items():
        begun = (points[0][0] - timedelta(days=1), 0)
        figure.add_scatter(
            x=[day for day, _ in (begun, *points)],
            y=[n for _, n in (begun, *points)],
            name=name,
            mode="lines+markers",
            line={"shape": "hv"},
            hovertemplate="%{y:,} tries<extra></extra>",
        )
    figure.update_yaxes(title_text="Tries", tickformat=",", rangemode="tozero")
    days = sorted({day for trace in figure.data for day in trace["x"]})
    few: dict[str, Any] = {"nticks": 6}
    if days and len(days) <= FEW:
        edge = timedelta(hours=14)
        first, last = (datetime.combine(day, time.min) for day in (days[0], days[-1]))
        few = {"tickvals": days, "tickformat": "%-d %b %Y", "range": [first - edge, last + edge]}
    figure.update_xaxes(hoverformat="%d %b %Y", **few)
    most = max((points[-1][1] for points in rows.values()), default=0)
    draw(figure, key=key, height=280, alt=f"Tries at {len(rows)} sets of data, at most {most}")


def sharpes(found: Paths, limit: float) -> str:
    """How many paths have a Sharpe above nothing, and above the gate's."""
    known = [p.metrics.sharpe for p in found.paths if p.metrics.sharpe is not None]
    if not known:
        return "No path traded."
    above, passed = (sum(s > least for s in known) / len(found.paths) for least in (0.0, limit))
    return (
        f"Sharpe above 0 on {percent(above)} of {len(found.paths)} paths, above the gate's"
        f" {ratio(limit)} on {percent(passed)}."
    )
