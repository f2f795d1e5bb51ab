"""What the options page draws: the surface, what stands at the strikes, one expiry's chain."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import option_charts, tables, viewport
from app.components.numbers import DASH, count, day, moment, percent, plural, ratio, spoken
from app.components.page import facts, section
from sigma_core.domain.chains import Chain, ChainRow, ChainSummary, Pick
from sigma_core.domain.surfaces import ExpirySmile, SessionFlow, Surface, VixCurve

FIRST = 3
"""Expiries whose smiles are drawn until others are ticked."""
SIDES = ("calls", "puts")
QUOTES = {
    "c_bid": "Call bid", "c_ask": "Ask", "strike": "Strike", "p_bid": "Put bid", "p_ask": "Ask",
}  # fmt: skip
"""What of a chain fits on a phone: calls left of the strike, puts right of it."""
MOST = 5
"""More lines than these cannot be told apart."""


def standing(about: ChainSummary) -> None:
    """What is wrong with the chain's quotes, counted."""
    if about.findings:
        with st.expander(f"{plural(len(about.findings), 'finding')} in these quotes"):
            for each in about.findings:
                st.markdown(f"- {each.rows:,} × {spoken(each.words)}")
    st.caption(f"As of {moment(about.as_of)} in New York. {spoken(about.layout)}")


def surface(found: Surface) -> None:
    """Cards, smiles, term structure, gamma and open interest by strike."""
    near = found.expiries[0] if found.expiries else None
    facts(
        [
            ("Underlying", price(found.about.underlying), "dollars"),
            ("At the money", percent(near.atm if near else None), _ahead(near)),
            ("Skew", _skew(near), "put less call, 25Δ"),
            ("Most gamma at", price(found.gamma_peak_strike), _turns(found)),
            ("Max pain", price(found.max_pain), f"most open {price(found.oi_peak_strike)}"),
            ("Puts over calls", ratio(found.pcr_oi), f"by volume {ratio(found.pcr_volume)}"),
        ],
        columns=6,
        width=128,
    )
    left, right = st.columns(2, gap="medium")
    with left:
        section("Smile", "volatility by strike, options out of the money")
        option_charts.smiles(_ticked(found.expiries), found.about.underlying, key="smiles")
    with right:
        section("Term structure", "volatility by days to settlement")
        option_charts.term(found.expiries, key="term")


def strikes(found: Surface) -> None:
    """Gamma and open interest at each strike."""
    section("Gamma by strike", "all expiries; calls up, puts down")
    option_charts.gamma(found, key="gamma")
    st.caption(
        "Dollars of the underlying that a hedged holder would have to trade for a move of 1%. Who "
        "holds which side is not published: where gamma turns, dealers are taken to hold the calls "
        "and to have sold the puts."
    )
    section("Open interest by strike", "all expiries; calls up, puts down")
    option_charts.interest(found, key="interest")


def chain(found: Chain) -> None:
    """Calls, strike, puts of one expiry."""
    rows = _by_strike(found.rows)
    columns = {
        "c_open_interest": _bar("Calls open", rows, "c_open_interest"),
        "c_volume": _bar("Volume", rows, "c_volume"),
        "c_delta": tables.number("Delta", "%.2f", 60),
        "c_iv": tables.number("IV", tables.PERCENT, 64),
        "c_bid": tables.number("Bid", "%,.2f", 66),
        "c_ask": tables.number("Ask", "%,.2f", 66),
        "strike": tables.number("Strike", "%,.2f", 78),
        "p_bid": tables.number("Bid", "%,.2f", 66),
        "p_ask": tables.number("Ask", "%,.2f", 66),
        "p_iv": tables.number("IV", tables.PERCENT, 64),
        "p_delta": tables.number("Delta", "%.2f", 60),
        "p_volume": _bar("Volume", rows, "p_volume"),
        "p_open_interest": _bar("Puts open", rows, "p_open_interest"),
    }
    if viewport.narrow():
        columns = {name: tables.number(head, "%,.2f", 66) for name, head in QUOTES.items()}
    tables.plain(rows, columns, key="chain", alt=f"{len(rows)} strikes, calls left, puts right")
    hidden = f" {found.hidden:,} more contracts stand at other strikes and expiries."
    st.caption(f"Volatility and delta are ours, from the middle of the quote.{hidden}")
    section("Greeks", "ours; theta a day, vega a volatility point, dollars a unit; calls left")
    forms = {"theta": "%.3f", "vega": "%.3f", "gamma": "%.4f", "delta": "%.2f"}
    columns = {f"c_{n}": tables.number(n.capitalize(), form, 70) for n, form in forms.items()}
    columns["strike"] = tables.number("Strike", "%,.2f", 78)
    for name, form in reversed(forms.items()):
        columns[f"p_{name}"] = tables.number(name.capitalize(), form, 70)
    tables.plain(rows, columns, key="greeks", alt=f"greeks of {len(rows)} strikes")


def picks(found: Sequence[Pick]) -> None:
    """What the model's policy would hold for a long and for a short signal."""
    for column, pick in zip(st.columns(len(found), gap="medium"), found, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**For a {pick.side} signal**")
            st.markdown(spoken(pick.words))
            if pick.legs:
                tables.words(_costs(pick), ("", "Dollars"))
            st.caption(
                "Contracts left: "
                + ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in pick.left.items())
            )


def flow(found: SessionFlow) -> None:
    """Same-day options through the session, and by distance from the money."""
    calls, puts = (sum(getattr(b, f"{s}_premium") or 0 for b in found.bars) for s in SIDES)
    volume = [sum(getattr(b, f"{s}_volume") or 0 for b in found.bars) for s in SIDES]
    last = next((b.imbalance for b in reversed(found.bars) if b.imbalance is not None), None)
    facts(
        [
            ("Calls", count(round(volume[0])), f"{dollars(calls)} of premium"),
            ("Puts", count(round(volume[1])), f"{dollars(puts)} of premium"),
            ("Puts over calls", ratio(volume[1] / volume[0] if volume[0] else None), "contracts"),
            ("Calls less puts", percent(last, signed=True), "of all premium"),
        ]
    )
    section("Through the session", "calls up, puts down, below it calls less puts over both")
    option_charts.flow(found, key="flow")
    section("By distance from the money", "listed strikes, over the session")
    option_charts.distances(found, key="distances")
    st.caption(
        "What the exchange prints is volume: who bought and who sold is not known. Options that "
        f"end in their session, of {plural(found.sessions, 'session')} from {day(found.first)} to "
        f"{day(found.last)}. {spoken(found.layout)}"
    )


def vix(found: VixCurve) -> None:
    """The VIX at every horizon."""
    option_charts.vix(found, key="vix")
    missing = [p.name for p in found.points if p.close is None]
    slope = f"VIX3M over VIX: {percent(found.slope, signed=True)}."
    st.caption(slope + (f" No close here of {', '.join(missing)}." if missing else ""))


def dollars(amount: float) -> str:
    """Dollars, shortened.

    >>> dollars(1_234_567), dollars(45_600), dollars(12)
    ('$1.2m', '$46k', '$12')
    """
    if amount >= 1e6:
        return f"${amount / 1e6:,.1f}m"
    return f"${amount / 1e3:,.0f}k" if amount >= 1e3 else f"${amount:,.0f}"


def price(value: float | None) -> str:
    """Dollars.

    >>> price(1271.5), price(None) == DASH
    ('1,271.50', True)
    """
    return DASH if value is None else f"{value:,.2f}"


def _ticked(expiries: Sequence[ExpirySmile]) -> list[ExpirySmile]:
    names = {f"{day(e.expiration)} {e.root}": e for e in expiries}
    picked = st.multiselect(
        "Expiries", list(names), list(names)[:FIRST], max_selections=MOST,
        label_visibility="collapsed", placeholder="Expiries to draw", key="smiles_of",
    )  # fmt: skip
    return [names[name] for name in picked if name in names]


def _by_strike(rows: Sequence[ChainRow]) -> list[dict[str, Any]]:
    table: dict[tuple[str, float], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: (r.root, r.strike)):
        line = table.setdefault((row.root, row.strike), {"strike": row.strike})
        side = row.right.lower()
        for name in ("bid", "ask", "delta", "gamma", "theta", "vega", "volume", "open_interest"):
            line[f"{side}_{name}"] = getattr(row, name)
        line[f"{side}_iv"] = None if row.iv is None else row.iv * 100
    return list(table.values())


def _bar(label: str, rows: Sequence[dict[str, Any]], name: str) -> Any:
    most = max((row.get(name) or 0 for row in rows), default=0)
    return st.column_config.ProgressColumn(
        label, format="%,d", min_value=0, max_value=most or 1, width=84
    )


def _costs(pick: Pick) -> list[tuple[str, str]]:
    most = "no bound" if pick.max_gain is None else price(pick.max_gain)
    return [
        ("Premium, a unit", price(pick.premium)),
        ("Spread, a unit", price(pick.spread)),
        ("Comes back at", price(pick.breakeven)),
        ("Most to lose, a contract", price(pick.max_loss)),
        ("Most to gain, a contract", most),
    ]


def _ahead(near: ExpirySmile | None) -> str:
    return "no smile" if near is None else f"{day(near.expiration)}, {near.days:.0f} days"


def _skew(near: ExpirySmile | None) -> str:
    if near is None or near.put25 is None or near.call25 is None:
        return DASH
    return percent(near.put25 - near.call25, signed=True)


def _turns(found: Surface) -> str:
    return (
        "does not turn near" if found.gamma_flip is None else f"turns at {price(found.gamma_flip)}"
    )
