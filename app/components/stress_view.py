"""The cost stress: Sharpe and return against cost, where the profit ends, and a bar late."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import tables
from app.components.figure import Figure
from app.components.numbers import DASH, bps, count, percent, ratio
from app.components.palette import ACCENT, LOSS, MUTED, UNPROVEN
from app.components.plotly_template import draw as plot
from sigma_core.domain.stress import Scenario, Stress
from sigma_core.domain.trial import Metrics

SHOWN = 10.0
"""Break-evens farther than this many times the policy's cost are said, not drawn."""
SMALL = {"size": 11, "color": MUTED}


def draw(found: Stress, *, key: str) -> None:
    """Return and Sharpe by cost, the break-even, then every scenario in a row."""
    left, right = st.columns(2, gap="medium")
    with left:
        _by_cost(found, "return_", "Return, %", ".0%", key=f"{key}_return")
    with right:
        _by_cost(found, "sharpe", "Sharpe, per year", ".2f", key=f"{key}_sharpe")
    st.markdown(f"**Break-even.** {found.break_even.words}")
    heads = ("Costs a side", "Return", "Sharpe", "Drawdown", "Trades", "Average")
    tables.words([_row(each) for each in found.scenarios], heads)
    for each in found.scenarios:
        if each.metrics is None:
            st.caption(f"{each.name}: {each.words}")
    st.caption(
        "In brackets: trades of the run that fall away, and new ones. Higher costs can make a "
        "trade's reward too small for its risk (`min_rr`); one that falls away frees the next. "
        + found.words
    )


def _row(each: Scenario) -> tuple[str, ...]:
    m, cost = each.metrics, f"{each.name}, {each.cost_bps:g} bps"
    if m is None:
        return (cost, *(DASH,) * 5)
    moved = f" (−{each.lost}, +{each.gained})" if each.lost or each.gained else ""
    return (
        cost, percent(m.return_, signed=True), ratio(m.sharpe), percent(m.max_dd),
        count(m.trades) + moved, bps(m.avg_trade),
    )  # fmt: skip


def _by_cost(found: Stress, name: str, title: str, fmt: str, *, key: str) -> None:
    """One figure over the cost of a side; the delay as a mark of its own."""
    figure = Figure()
    costs = [each for each in found.scenarios if each.metrics is not None and not each.delay]
    late = [each for each in found.scenarios if each.metrics is not None and each.delay]
    _marks(figure, costs, name, "In time", ACCENT, "circle", fmt)
    _marks(figure, late, name, "A bar late", UNPROVEN, "diamond", fmt)
    figure.add_hline(0, line={"color": MUTED, "width": 1})
    end, multiple = found.break_even.bps, found.break_even.multiple
    if end is not None and multiple is not None and multiple <= SHOWN:
        _end(figure, end)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(title_text="Cost, bps a side", rangemode="tozero")
    figure.update_yaxes(title_text=title, tickformat=fmt)
    said = ", ".join(f"{each.name} {_value(each.metrics, name):.2f}" for each in costs)
    plot(figure, key=key, height=260, alt=f"{title} by cost: {said}")


def _value(metrics: Metrics | None, name: str) -> float:
    """The figure; NaN, which leaves a gap, where it is undefined."""
    value = getattr(metrics, name)
    return float("nan") if value is None else float(value)


def _marks(
    figure: Figure,
    rows: Sequence[Scenario],
    name: str,
    label: str,
    colour: str,
    symbol: str,
    fmt: str,
) -> None:
    size: dict[str, Any] = {"color": colour, "symbol": symbol, "size": 9}
    figure.add_scatter(
        x=[each.cost_bps for each in rows],
        y=[_value(each.metrics, name) for each in rows],
        mode="lines+markers",
        name=label,
        line={"color": colour},
        marker=size,
        cliponaxis=False,
        customdata=[each.name for each in rows],
        hovertemplate=f"%{{customdata}}, %{{x:g}} bps a side: %{{y:{fmt}}}<extra></extra>",
    )


def _end(figure: Figure, bps_: float) -> None:
    """Where the profit ends."""
    figure.add_vline(bps_, line={"color": LOSS, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=bps_, y=1, yref="paper", yanchor="top", xanchor="right", xshift=-4,
        text=f"no profit from {bps_:.1f} bps", font=SMALL,
    )  # fmt: skip
