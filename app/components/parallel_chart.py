"""Trials as lines through parallel axes."""

from collections.abc import Sequence
from typing import Any

from app.components.figure import Figure
from app.components.numbers import plural
from app.components.palette import LOW_TO_HIGH, MUTED, PAPER, scale
from app.components.plotly_template import NOISE, draw
from app.components.trial_charts import hours_of, rule_of, sharpes
from sigma_core.domain.results import Entry

SHARPE = "Sharpe, per year"
PAGE = {"xref": "paper", "yref": "paper"}
BAND = 0.015
"""Half the width of the noise floor around its axis."""
LEFT, TICKS = 0.11, 12
"""Room for the words of the first axis, and how many it has room for."""


def parallel(
    entries: Sequence[Entry], *, noise: tuple[float, float] | None = None, key: str
) -> None:
    """A line a trial through its rule, hours and figures; its colour is its Sharpe.

    `entries` must all have a Sharpe. `noise`: Sharpes between which the same search in noise lies,
    drawn as a band on that axis.
    """
    sharpe = [e.metrics.sharpe for e in entries if e.metrics.sharpe is not None]
    grid = sharpes([(e.config, e.metrics.sharpe) for e in entries])
    axes = [
        _named("Rule", [rule_of(e.config) for e in entries], list(grid.index)),
        _named("Hours, New York", [hours_of(e.config) for e in entries], list(grid.columns)),
        {"label": "Trades", "values": [e.metrics.trades for e in entries], "tickformat": ",d"},
        {"label": SHARPE, "values": sharpe, "tickformat": ".2f"},
        _percents("Drawdown, %", [e.metrics.max_dd for e in entries]),
        _percents("Return, %", [e.metrics.return_ for e in entries]),
    ]
    quiet = {"color": MUTED, "size": 12}
    shown = [axis for axis in axes if len(set(axis["values"])) > 1 or axis["label"] == SHARPE]
    figure = Figure()
    figure.add(
        "parcoords",
        domain={"x": [LEFT, 1]},
        dimensions=shown,
        line={
            "color": sharpe,
            "colorscale": scale(LOW_TO_HIGH[3:]),  # the palest is nearly the page's own
            "showscale": True,
            "colorbar": {"title": {"text": "Sharpe", "font": quiet}, "tickfont": quiet},
        },
        labelfont=quiet,
        tickfont=quiet,
        rangefont={"color": PAPER, "size": 1},  # the ends stand among the ticks
        unselected={"line": {"color": MUTED, "opacity": 0.08}},
    )
    for place, axis in enumerate(shown):  # Plotly's own axes are black in every theme
        x = LEFT + (1 - LEFT) * place / max(len(shown) - 1, 1)
        figure.add_shape(x0=x, x1=x, y0=0, y1=1, line={"color": MUTED, "width": 1}, **PAGE)
        if noise is not None and axis["label"] == SHARPE:
            axis["range"] = [min(*sharpe, *noise), max(*sharpe, *noise)]
            _noise(figure, x, axis["range"], noise)
    figure.update_layout(margin_t=48)
    alt = f"{plural(len(entries), 'trial')} as lines through rule, hours, trades and figures"
    draw(figure, key=key, height=380, alt=alt)


def _noise(figure: Figure, x: float, span: Sequence[float], noise: tuple[float, float]) -> None:
    """A band on the axis at `x`, whose ends are `span`."""
    least, most = span
    low, high = ((each - least) / ((most - least) or 1.0) for each in noise)
    figure.add_shape(type="rect", x0=x - BAND, x1=x + BAND, y0=low, y1=high, **NOISE, **PAGE)
    words = {"text": "noise floor", "font": {"color": MUTED, "size": 11}}
    figure.add_annotation(x=x + BAND, y=high, xanchor="left", yanchor="top", **words, **PAGE)


def _named(label: str, values: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """An axis of words, in the order of `names`, some of them written if there are many."""
    every = -(-len(names) // TICKS)
    places = list(range(0, len(names), every))
    return {
        "label": label,
        "values": [names.index(value) for value in values],
        "tickvals": places,
        "ticktext": [names[place] for place in places],
    }


def _percents(label: str, values: Sequence[float]) -> dict[str, Any]:
    return {"label": label, "values": [100 * value for value in values], "tickformat": ".0f"}
