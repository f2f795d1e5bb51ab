"""Charts of options: smiles, term structure, gamma and open interest by strike, the VIX curve."""

from collections.abc import Iterable, Sequence

from app.components.charts import local
from app.components.figure import Figure
from app.components.numbers import day, percent
from app.components.palette import ACCENT, GAIN, LOSS, MUTED, SERIES
from app.components.plotly_template import draw
from sigma_core.domain.surfaces import ExpirySmile, SessionFlow, StrikeRow, Surface, VixCurve

DASHES = ("solid", "solid", "solid", "dash", "dot")
Amounts = Sequence[float | None]
NEAR = 0.15
"""Strikes further from the underlying than this share are not drawn by strike."""


def smiles(expiries: Sequence[ExpirySmile], spot: float | None, *, key: str) -> None:
    """Volatility by strike, one line an expiry, options out of the money."""
    figure = Figure()
    for each, colour, dash in zip(expiries, SERIES, DASHES, strict=False):
        figure.add_scatter(
            x=[p.strike for p in each.points], y=[p.iv for p in each.points],
            name=f"{day(each.expiration)}, {each.days:.0f} days", mode="lines+markers",
            line={"color": colour, "dash": dash}, marker={"size": 4},
            customdata=[("call" if p.right == "C" else "put", p.delta) for p in each.points],
            hovertemplate="%{y:.1%}, %{customdata[0]} of delta %{customdata[1]:.2f}"
            f"<extra>{day(each.expiration)}</extra>",
        )  # fmt: skip
    if spot is not None:
        _mark(figure, spot, "underlying")
    figure.update_xaxes(title_text="Strike, dollars", nticks=6)
    figure.update_yaxes(title_text="Implied volatility, % a year", tickformat="~%")
    alt = f"Smiles of {len(expiries)} expiries"
    draw(figure, key=key, height=320, alt=alt)


def term(expiries: Sequence[ExpirySmile], *, key: str) -> None:
    """Volatility by days to settlement: at the money, and a quarter delta to either side."""
    figure = Figure()
    lines = (
        ("25-delta put", "put25", LOSS, "dot"),
        ("At the money", "atm", ACCENT, "solid"),
        ("25-delta call", "call25", GAIN, "dash"),
    )
    for name, field, colour, dash in lines:
        known = [(e.days, v) for e in expiries if (v := getattr(e, field)) is not None]
        figure.add_scatter(
            x=[days for days, _ in known], y=[v for _, v in known], name=name,
            mode="lines+markers", line={"color": colour, "dash": dash}, marker={"size": 5},
            hovertemplate=f"%{{y:.1%}}<extra>{name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text="Days to settlement", type="log", nticks=6, tickformat="~g")
    figure.update_yaxes(title_text="Implied volatility, % a year", tickformat="~%")
    first, last = (next((e.atm for e in row if e.atm), None) for row in (expiries, expiries[::-1]))
    alt = f"Volatility at the money from {percent(first)} near to {percent(last)} far"
    draw(figure, key=key, height=320, alt=alt)


def gamma(found: Surface, *, key: str) -> None:
    """Gamma of calls above the line and of puts below it, by strike, with the levels."""
    rows = _near(found)
    _both_sides(
        rows, _millions(s.calls_gamma for s in rows), _millions(s.puts_gamma for s in rows),
        "$ million for a move of 1%", "$%{customdata:,.1f} million", found,
        key=key, alt=f"Gamma by strike; most at {found.gamma_peak_strike}",
    )  # fmt: skip


def interest(found: Surface, *, key: str) -> None:
    """Open interest of calls above the line and of puts below it, by strike."""
    rows = _near(found)
    _both_sides(
        rows, [s.calls_open_interest for s in rows], [s.puts_open_interest for s in rows],
        "Open interest, contracts", "%{customdata:,.0f} contracts", found,
        key=key, alt=f"Open interest by strike; most of the next expiry at {found.oi_peak_strike}",
    )  # fmt: skip


def vix(found: VixCurve, *, key: str) -> None:
    """The VIX family by days ahead, on a session and on the one before."""
    figure = Figure()
    for points, on, colour, dash in (
        (found.former, found.before, MUTED, "dash"),
        (found.points, found.session, ACCENT, "solid"),
    ):
        known = [p for p in points if p.close is not None]
        if not known or on is None:
            continue
        figure.add_scatter(
            x=[p.days for p in known], y=[p.close for p in known], name=day(on),
            mode="lines+markers+text" if on == found.session else "lines+markers",
            text=[p.name for p in known], textposition="top center",
            line={"color": colour, "dash": dash},
            hovertemplate="%{text}: %{y:.2f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text="Days ahead", type="log", nticks=6, tickformat="~g")
    figure.update_yaxes(title_text="Volatility, % a year", tickformat="~g")
    alt = f"VIX curve of {day(found.session)}; VIX3M over VIX {percent(found.slope, signed=True)}"
    draw(figure, key=key, height=320, alt=alt)


def flow(found: SessionFlow, *, key: str) -> None:
    """Premium of calls above the line and of puts below it by bar; their imbalance so far below."""
    at = local([bar.ts for bar in found.bars])
    figure = Figure(
        xaxis={"anchor": "y2", "hoverformat": "%H:%M", "tickformat": "%H:%M", "nticks": 8},
        yaxis={"domain": [0.36, 1], "title": {"text": "Premium, dollars"}, "tickformat": ",~s"},
        yaxis2={
            "domain": [0, 0.26], "title": {"text": "So far"}, "tickformat": "+.0%",
            "nticks": 4, "rangemode": "tozero",
        },
        hoversubplots="axis", barmode="relative", bargap=0.1,
    )  # fmt: skip
    for name, sign, colour in (("Calls", 1, GAIN), ("Puts", -1, LOSS)):
        side = name.lower()
        dollars = [getattr(bar, f"{side}_premium") for bar in found.bars]
        volume = [getattr(bar, f"{side}_volume") for bar in found.bars]
        figure.add_bar(
            x=at, y=[None if d is None else sign * d for d in dollars], name=name,
            marker_color=colour,
            customdata=list(zip(dollars, volume, strict=True)),
            hovertemplate="$%{customdata[0]:,.0f}, %{customdata[1]:,.0f} contracts"
            f"<extra>{name}</extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=at, y=[bar.imbalance for bar in found.bars], yaxis="y2", name="Calls less puts, so far",
        line={"color": ACCENT}, hovertemplate="%{y:+.0%}<extra>so far</extra>",
    )  # fmt: skip
    last = next((b.imbalance for b in reversed(found.bars) if b.imbalance is not None), None)
    alt = f"Premium by bar; calls less puts over both at the end {percent(last, signed=True)}"
    draw(figure, key=key, height=380, alt=alt)


def distances(found: SessionFlow, *, key: str) -> None:
    """Contracts by distance from the money over the session."""
    figure = Figure()
    for name, sign, colour in (("Calls", 1, GAIN), ("Puts", -1, LOSS)):
        volume = [getattr(each, f"{name.lower()}_volume") for each in found.strikes]
        figure.add_bar(
            x=[each.distance for each in found.strikes], y=[sign * v for v in volume], name=name,
            customdata=volume, marker_color=colour,
            hovertemplate=f"%{{customdata:,.0f}} contracts<extra>{name}</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="relative", bargap=0.1)
    figure.update_xaxes(title_text="Strikes from the money", nticks=8)
    figure.update_yaxes(title_text="Contracts", tickformat="~s")
    alt = "Contracts traded by distance from the money"
    draw(figure, key=key, height=300, alt=alt)


def _both_sides(
    rows: Sequence[StrikeRow], calls: Amounts, puts: Amounts,
    title: str, hover: str, found: Surface, *, key: str, alt: str,
) -> None:  # fmt: skip
    figure = Figure()
    for name, values, sign, colour in (("Calls", calls, 1, GAIN), ("Puts", puts, -1, LOSS)):
        figure.add_bar(
            x=[s.strike for s in rows], y=[None if v is None else sign * v for v in values],
            customdata=values,
            name=name, marker_color=colour, hovertemplate=f"{hover}<extra>{name}</extra>",
        )  # fmt: skip
    spot = found.about.underlying
    if spot is not None:
        _mark(figure, spot, "underlying")
    if found.gamma_flip is not None:
        _mark(figure, found.gamma_flip, "gamma turns", bottom=True)
    figure.update_layout(barmode="relative", bargap=0.1)
    figure.update_xaxes(title_text="Strike, dollars", nticks=6)
    figure.update_yaxes(title_text=title, tickformat=",~r")
    draw(figure, key=key, height=340, alt=alt)


def _millions(dollars: Iterable[float | None]) -> Amounts:
    return [None if each is None else each / 1e6 for each in dollars]


def _near(found: Surface) -> Sequence[StrikeRow]:
    spot = found.about.underlying
    if spot is None:
        return found.strikes
    return [s for s in found.strikes if abs(s.strike / spot - 1) <= NEAR]


def _mark(figure: Figure, at: float, word: str, *, bottom: bool = False) -> None:
    """A level across the chart, named at its top or bottom."""
    figure.add_vline(at, line={"color": MUTED, "width": 1, "dash": "dot"})
    place = {"y": 0, "xanchor": "right", "yanchor": "bottom"}
    if not bottom:
        place = {"y": 1, "xanchor": "left", "yanchor": "top"}
    figure.add_annotation(
        x=at, yref="y domain", text=word, font={"size": 11, "color": MUTED}, **place
    )
