"""Charts of a trained model: what it looks at, which way, and how far it can be trusted."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.components.figure import Figure
from app.components.numbers import count, percent
from app.components.palette import ACCENT, LOW_TO_HIGH, MUTED, scale
from app.components.plotly_template import draw
from sigma_core.domain.details import FeatureShare, ReliabilityBin

BARS = 20
"""Features with a bar of their own."""
NAME = 24
"""Letters of a feature's name that fit beside a chart of half the page."""
SWARM = 0.38
"""Half the height of a row of dots; two rows are 1 apart."""
STRIPES = 60
"""Stretches of contribution in which dots stand beside one another."""


def short(name: str) -> str:
    """A name that leaves room for what is drawn beside it: its two ends, told apart by them.

    >>> short("rsi_14"), short("momentum_score_total_of_vix_daily")
    ('rsi_14', 'momentum_sco…of_vix_daily')
    """
    return name if len(name) <= NAME else f"{name[: NAME // 2]}…{name[-(NAME // 2) :]}"


def importance(features: Sequence[FeatureShare], measure: str, *, key: str) -> None:
    """The most important features as bars, shares in percent."""
    rows = sorted(features, key=lambda f: -f.importance)[:BARS]
    figure = Figure()
    figure.add_bar(
        x=[f.importance for f in rows],
        y=[f.name for f in rows],  # hover tells the whole name
        orientation="h",
        marker_color=ACCENT,
        width=0.6,
        text=[percent(f.importance) for f in rows],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}<br>%{x:.1%}<extra></extra>",
    )
    figure.update_layout(hovermode="closest")
    most = max((f.importance for f in rows), default=0.0) or 1.0
    figure.update_xaxes(
        title_text=f"{measure.capitalize()}, % of all", tickformat=".0%", range=[0, 1.18 * most]
    )
    names = {"tickvals": list(range(len(rows))), "ticktext": [short(f.name) for f in rows]}
    figure.update_yaxes(autorange="reversed", showgrid=False, **names)
    said = f"Importance of {count(len(rows))} features; {rows[0].name} leads" if rows else "None"
    draw(figure, key=key, height=64 + 22 * len(rows), alt=said)


def contributions(features: Sequence[FeatureShare], *, key: str) -> None:
    """One dot a row and feature: how far it moved the log-odds of UP, coloured by its value."""
    rows = [f for f in features if f.contributions]
    dots = [(i, *dot) for i, f in enumerate(rows) for dot in _dots(f)]
    figure = Figure(hovermode="closest")
    for name, known in (("value", True), ("value missing", False)):
        shown = [dot for dot in dots if (dot[3] is not None) == known]
        if shown:
            figure.add_scatter(**_swarm(shown, rows, name, coloured=known))
    figure.add_vline(0, line={"color": MUTED, "width": 1})
    figure.update_xaxes(title_text="Contribution to the log-odds of UP", tickformat="+.2~f")
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[short(f.name) for f in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
    )
    draw(figure, key=key, height=110 + 30 * len(rows), alt=_swarm_alt(rows))


def _dots(feature: FeatureShare) -> list[tuple[float, float, float | None]]:
    """Offset from the row's middle, contribution, place of the value."""
    parts = np.array(feature.contributions)
    return list(zip(offsets(parts).tolist(), parts.tolist(), feature.quantiles, strict=True))


def offsets(parts: np.ndarray) -> np.ndarray:
    """Heights, from -SWARM to SWARM, that keep dots of like contribution from lying on another."""
    width = np.ptp(parts) or 1.0
    stripe = ((parts - parts.min()) / width * (STRIPES - 1)).astype(int)
    turn = np.zeros(len(parts))
    for each in np.unique(stripe):
        at = np.flatnonzero(stripe == each)
        steps = np.arange(len(at))
        turn[at] = (steps + 1) // 2 * np.where(steps % 2, 1, -1)  # 0, 1, -1, 2, -2, ...
    return turn / (np.abs(turn).max() or 1.0) * SWARM


def _swarm(
    dots: Sequence[tuple[int, float, float, float | None]],
    rows: Sequence[FeatureShare],
    name: str,
    *,
    coloured: bool,
) -> dict[str, Any]:
    bar = {
        "title": {"text": "Value", "side": "top", "font": {"color": MUTED, "size": 12}},
        "tickvals": [0.02, 0.98],
        "ticktext": ["low", "high"],
        "tickfont": {"color": MUTED, "size": 12},
        "thickness": 10,
        "outlinewidth": 0,
    }
    marker: dict[str, Any] = {"size": 5, "opacity": 0.85}
    if coloured:
        look = {"color": np.array([dot[3] for dot in dots]), "colorscale": scale(LOW_TO_HIGH[2:])}
        marker |= look | {"cmin": 0, "cmax": 1, "colorbar": bar}
    else:
        marker |= {"color": MUTED, "symbol": "x-thin-open"}
    said = [
        f"{rows[i].name}, value missing"
        if place is None
        else f"{rows[i].name}, value above {place:.0%} of rows"
        for i, _, _, place in dots
    ]
    return {
        "x": np.array([dot[2] for dot in dots]),
        "y": np.array([dot[0] + dot[1] for dot in dots]),
        "mode": "markers",
        "name": name,
        "showlegend": not coloured,
        "marker": marker,
        "text": said,
        "hovertemplate": "%{text}<br>%{x:+.3f}<extra></extra>",
    }


def _swarm_alt(rows: Sequence[FeatureShare]) -> str:
    first = rows[0].name if rows else "none"
    return f"Contributions of {count(len(rows))} features by value; {first} moves the most"


def reliability(bins: Sequence[ReliabilityBin], *, key: str) -> None:
    """How often what was said came true, with intervals, against the diagonal; rows below."""
    figure = Figure(**_two_plots())
    low, high = bins[0].low, bins[-1].high
    figure.add_scatter(
        x=[low, high],
        y=[low, high],
        mode="lines",
        name="As sure as it says",
        line={"color": MUTED, "width": 1.4, "dash": "dot"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[b.conf for b in bins],
        y=[b.right for b in bins],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [b.right_high - b.right for b in bins],
            "arrayminus": [b.right - b.right_low for b in bins],
            "color": ACCENT,
            "thickness": 1.4,
            "width": 3,
        },
        mode="lines+markers",
        name="Came true, 95% interval",
        line={"color": ACCENT, "width": 1.8},
        marker={"size": 7},
        text=[f"{percent(b.low)} to {percent(b.high)}, {count(b.rows)} rows" for b in bins],
        hovertemplate="said %{text}<br>came true %{y:.1%}<extra></extra>",
    )
    figure.add_bar(
        x=[(b.low + b.high) / 2 for b in bins],
        y=[b.rows for b in bins],
        width=[0.8 * (b.high - b.low) for b in bins],
        yaxis="y2",
        marker_color=MUTED,
        showlegend=False,
        hovertemplate="%{y:,} rows<extra></extra>",
    )
    rows = sum(b.rows for b in bins)
    draw(figure, key=key, height=380, alt=f"Reliability of {count(rows)} out-of-fold predictions")


def _two_plots() -> dict[str, Any]:
    return {
        "hovermode": "closest",
        "xaxis": {"anchor": "y2", "title": {"text": "Confidence, %"}, "tickformat": ".0%"},
        "yaxis": {"domain": [0.34, 1], "title": {"text": "Came true, %"}, "tickformat": ".0%"},
        "yaxis2": {"domain": [0, 0.24], "title": {"text": "Rows"}, "nticks": 3, "tickformat": ","},
    }
