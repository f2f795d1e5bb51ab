"""A backtest's trades held as options: growth beside the underlying's, figures, every contract."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import chips, tables
from app.components.charts import local
from app.components.figure import Figure
from app.components.job import board, start
from app.components.numbers import count, percent, ratio, spoken
from app.components.page import section
from app.components.palette import ACCENT, MUTED
from app.components.plotly_template import draw as plot
from app.components.plotly_template import percents
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.overlay import OptionFigures, OptionTrade, Overlay
from sigma_core.errors import BadRequest
from sigma_core.verbs._overlay_screen import dollars
from sigma_core.verbs.options_overlay import OverlayAsk, options_overlay
from sigma_core.verbs.overlay_detail import OverlayDetailAsk, newest_overlay, overlay_detail

ACCOUNT = 100_000
MEANS = (
    "Each trade of this backtest held as the contract that the policy picks, bought and sold at "
    "the quotes, marked at every bar. The verdict stays that of the underlying's trades."
)


def draw(row: ModelRow, run_id: str) -> None:
    """The newest overlay of this backtest, or what one is and the button that makes it."""
    section("Held as options", "contracts by delta and days, after spread and commission")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        account = st.number_input(
            "Account, dollars", 1_000, 1_000_000_000, ACCOUNT, 10_000, key="overlay_account",
            width=180,
        )  # fmt: skip
        if st.button("Hold as options", icon=":material/swap_horiz:", key="overlay_run"):
            start(options_overlay, ask(OverlayAsk, run_id=run_id, account=account))
    board(verbs=[options_overlay], model_id=row.model_id)
    asked = ask(OverlayDetailAsk, run_id=run_id, model_id=row.model_id, pack_id=row.pack_id)
    if newest_overlay(lab(), asked) is None:
        st.caption(MEANS)
        return
    try:
        found = overlay_detail(lab(), asked)
    except BadRequest as earlier:
        st.info(f"{earlier} {earlier.hint or ''}".strip(), icon=":material/history:")
        return
    _told(found)
    _growth(found)
    heads = ("", "Return", "Sharpe", "Drawdown", "Trades", "Won", "Average", "Exposure")
    tables.words([_figures(each) for each in found.figures], heads)
    _trades(found.trades)
    st.caption(spoken(f"{found.source.rstrip('.')}. {found.words}"))


def _told(found: Overlay) -> None:
    """What it came to in dollars, where prices came from, and what was not held."""
    if found.simulated:
        chips.simulated()
    total = sum(found.marks.values())
    shares = ", ".join(f"{percent(n / total)} {name}" for name, n in found.marks.items())
    st.markdown(
        spoken(
            f"**{dollars(found.pnl, signed=True)}** on {dollars(found.premium)} of premium, after "
            f"{dollars(found.spread_paid)} of spread and {dollars(found.commission)} of "
            f"commission; {percent(found.position_size)} of the account in each. Prices: {shares}."
        ).replace("$", "\\$")
    )
    missed = sum(each.trades for each in found.refused)
    if missed:
        with st.expander(f"{count(missed)} trades without a contract"):
            for each in found.refused:
                st.markdown(f"- {count(each.trades)} × {spoken(each.words)}")


def _growth(found: Overlay) -> None:
    at, lines = local(found.curve.ts), (found.curve.underlying, found.curve.options)
    figure = Figure()
    for name, values, colour in (
        ("Underlying", lines[0], MUTED),
        ("Options", lines[1], ACCENT),
    ):
        figure.add_scatter(
            x=at, y=[value - 1 for value in values], line={"color": colour},
            name=f"{name}  {percent(values[-1] - 1, signed=True)}",
            hovertemplate=f"%{{y:+.1%}}<extra>{name}</extra>",
        )  # fmt: skip
    spread = [value - 1 for values in lines for value in values]
    figure.update_yaxes(title_text="Growth of the account, %", tickformat=percents(spread, "+"))
    figure.update_xaxes(hoverformat="%d %b %Y", nticks=6)
    alt = f"Account with options {percent(lines[1][-1] - 1, signed=True)}"
    plot(figure, key="overlay_growth", height=300, alt=alt)


def _figures(each: OptionFigures) -> tuple[str, ...]:
    return (
        each.name.capitalize(), percent(each.return_, signed=True), ratio(each.sharpe),
        percent(each.max_dd), count(each.trades), percent(each.win_rate),
        percent(each.avg_trade, signed=True), percent(each.exposure),
    )  # fmt: skip


def _trades(trades: Sequence[OptionTrade]) -> None:
    number = tables.number
    names = [f"{each.bought} / {each.sold}" if each.sold else each.bought for each in trades]
    columns: dict[str, Any] = {
        "number": number("No.", "%d", 44),
        "side": tables.text("Side", 54),
        "contract": tables.text("Contract", tables.room(names, least=150)),
        "contracts": number("Lots", "%,d", 50),
        "paid": number("Paid", "%,.2f", 58),
        "got": number("Got", "%,.2f", 58),
        "pnl": number("P&L, $", "%+,.0f", 76),
        "ret": number("Of premium", "%+.1f%%", 86),
        "underlying_ret": number("Underlying, bps", "%+.1f", 110),
        "reason": tables.text("Ended by", 120),
        "prices": tables.text("Prices", 122),
    }
    rows = [
        vars(each)
        | {
            "contract": name,
            "ret": each.ret * 100,
            "underlying_ret": each.underlying_ret * 1e4,
            "reason": each.reason.replace("_", " "),
            "prices": f"{each.entry_source}, {each.exit_source}",
        }
        for each, name in zip(trades, names, strict=True)
    ]
    if rows:
        tables.plain(rows, columns, key="overlay_trades", alt=f"{len(rows)} trades as options")
