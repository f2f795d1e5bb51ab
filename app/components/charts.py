"""Charts of returns. Fractions in; percent on the axes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from app.components.figure import Figure
from app.components.numbers import NEW_YORK, percent
from app.components.palette import (
    ACCENT,
    BAD_TO_GOOD,
    LOSS,
    MUTED,
    PAPER,
    SERIES,
    SURFACE,
    scale,
)
from app.components.plotly_template import draw, percents
from sigma_core.domain.details import Curve

DASHES = ("solid", "solid", "solid", "dash", "dot")
DAY = "%d %b %Y"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMED_FOLDS = 12
"""More names than these would lie over each other."""
SMALL = {"size": 11, "color": MUTED}


def equity(curve: Curve, folds: Sequence[tuple[Any, Any]], *, key: str) -> None:
    """Growth of the strategy and the account against buy-and-hold, drawdown below, folds shaded.

    `folds` are first and last days. Drawdowns are those of every bar, not of the points drawn.
    """
    at = local(curve.ts)
    grown = {"Buy and hold": curve.hold, "Strategy": curve.equity}
    fallen = {"Buy and hold": curve.hold_drawdown, "Strategy": curve.drawdown}
    figure = _growth_over_drawdown(
        [*curve.hold, *curve.account, *curve.equity], [*curve.hold_drawdown, *curve.drawdown]
    )
    _line(figure, pd.Series(grown["Buy and hold"], at), "Buy and hold", MUTED)
    _line(figure, pd.Series(curve.account, at), "Account", SERIES[1], dash="dot")
    _line(figure, pd.Series(grown["Strategy"], at), "Strategy", ACCENT, width=2.4)
    _fallen(figure, pd.Series(fallen["Buy and hold"], at), "Buy and hold", MUTED)
    _fallen(figure, pd.Series(fallen["Strategy"], at), "Strategy", LOSS, fill="tozeroy")
    figure.update_layout(legend_y=1.06, margin_t=46, **_marked(folds))
    draw(
        figure,
        key=key,
        height=430,
        alt=f"Growth of the strategy, {percent(curve.equity[-1] - 1)}, against buy and hold, "
        f"{percent(curve.hold[-1] - 1)}, with drawdown below; of the account "
        f"{percent(curve.account[-1] - 1)}",
    )


def local(ts: Sequence[Any]) -> pd.DatetimeIndex:
    """Stamps as exchange time without a zone, which Plotly draws as it stands."""
    return pd.DatetimeIndex(list(ts)).tz_convert(NEW_YORK).tz_localize(None)


def _marked(folds: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Every other test fold shaded, each named where there is room: parts of a layout."""
    across = {"y0": 0, "y1": 1, "yref": "paper", "fillcolor": SURFACE, "line": {"width": 0}}
    above = {"y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "font": SMALL}
    named = folds if len(folds) <= NAMED_FOLDS else ()
    return {
        "shapes": [
            {"type": "rect", "x0": start, "x1": end, "layer": "below"} | across
            for start, end in folds[::2]
        ],
        "annotations": [
            {"x": start + (end - start) / 2, "text": f"fold {number}"} | above
            for number, (start, end) in enumerate(named, 1)
        ],
    }


def growth(curve: pd.Series, held: pd.Series, *, key: str, best: pd.Series | None = None) -> None:
    """A small equity chart without drawdown, for looks that change under a slider.

    `best`: the curve to hold it against, besides buy-and-hold.
    """
    figure = Figure()
    _line(figure, held, "Held", MUTED)
    if best is not None:
        _line(figure, best, "Best", SERIES[1], dash="dot")
    _line(figure, curve, "Look", ACCENT, width=2.4)
    drawn = chain(curve, held, () if best is None else best)
    figure.update_yaxes(title_text="Growth, %", tickformat=percents(drawn, "+"))
    figure.update_xaxes(hoverformat=DAY, nticks=5)
    draw(figure, key=key, height=260, alt=f"Growth {percent(curve.iloc[-1] - 1, signed=True)}")


def compare(curves: Mapping[str, pd.Series], *, key: str) -> None:
    """Two to five strategies over each other, drawdown below; same colours in both."""
    fallen = {name: curve / curve.cummax() - 1 for name, curve in curves.items()}
    figure = _growth_over_drawdown(chain(*curves.values()), chain(*fallen.values()))
    for (name, curve), colour, dash in zip(curves.items(), SERIES, DASHES, strict=False):
        _line(figure, curve, name, colour, dash=dash)
        _fallen(figure, fallen[name], name, colour, dash=dash)
    draw(figure, key=key, height=380, alt="Growth and drawdown of " + ", ".join(curves))


def months(rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    """Return of each month: years down, months across, the year at the end.

    `rows` hold year, month and return, a fraction.
    """
    years = sorted({row["year"] for row in rows})
    cells = np.full((len(years), 12), np.nan)
    for row in rows:
        cells[years.index(row["year"]), row["month"] - 1] = row["return"]
    edge = float(np.nanquantile(np.abs(cells), 0.95)) or 1.0
    worst, best = float(np.nanmin(cells)), float(np.nanmax(cells))
    grid = pd.DataFrame(cells, years, range(1, 13))
    grid["year"] = (1 + grid).prod(axis=1) - 1
    shade = grid.assign(year=grid["year"] / 12**0.5)  # a year as bright as a month as good as it
    text = grid.map(lambda x: "" if pd.isna(x) else percent(round(x, 3) + 0.0).rstrip("%"))
    figure = Figure()
    figure.add(
        "heatmap",
        x=[*MONTHS, "Year"],
        y=[str(year) for year in grid.index],
        z=shade,
        text=text,
        texttemplate="%{text}",
        textfont={"size": 11},
        zmin=-edge,
        zmax=edge,
        colorscale=scale(BAD_TO_GOOD),
        showscale=False,
        hovertemplate="%{x} %{y}: %{text}%<extra></extra>",
    )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(side="top", tickangle=0)
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    figure.add_vline(11.5, line={"color": PAPER, "width": 6})
    alt = f"Return by month; the worst was {percent(worst)}, the best {percent(best)}"
    draw(figure, key=key, height=46 + 30 * len(grid), alt=alt)


def _growth_over_drawdown(grown: Iterable[float], fallen: Iterable[float]) -> Figure:
    """Two plots on one time axis, so that one hover reads both; all that will be drawn in them."""
    return Figure(
        xaxis={"anchor": "y2", "hoverformat": DAY},
        yaxis={
            "domain": [0.33, 1],
            "title": {"text": "Growth, %"},
            "tickformat": percents(grown, "+"),
        },
        yaxis2={
            "domain": [0, 0.27],
            "title": {"text": "Drawdown, %"},
            "tickformat": percents(fallen),
            "nticks": 4,
        },
        hoversubplots="axis",
    )


def _line(
    figure: Figure, curve: pd.Series, name: str, colour: str, *, width: float = 1.8, **line: Any
) -> None:
    figure.add_scatter(
        x=curve.index,
        y=curve - 1,
        name=f"{name}  {percent(curve.iloc[-1] - 1, signed=True)}",
        line={"color": colour, "width": width} | line,
        hovertemplate=f"%{{y:+.1%}}<extra>{name}</extra>",
    )


def _fallen(
    figure: Figure,
    drawdown: pd.Series,
    name: str,
    colour: str,
    *,
    fill: str | None = None,
    **line: Any,
) -> None:
    figure.add_scatter(
        x=drawdown.index,
        y=drawdown,
        yaxis="y2",
        showlegend=False,
        line={"color": colour, "width": 1.2} | line,
        fill=fill,
        hovertemplate=f"%{{y:.1%}}<extra>{name}, drawdown</extra>",
    )
