"""Options | stacked_line_chart | Chains, volatility by strike and time, gamma, same-day flow."""

import streamlit as st

from app.components import chips, options_view, pickers
from app.components.errors import told
from app.components.numbers import day, plural
from app.components.page import empty, head, link, section
from app.session import ask, lab
from sigma_core.verbs._chains import ChainAsk
from sigma_core.verbs.chain import ChainOf, chain
from sigma_core.verbs.expirations import expirations
from sigma_core.verbs.flow import FlowAsk, flow
from sigma_core.verbs.option_tickers import OptionTickers, option_tickers
from sigma_core.verbs.surface import surface
from sigma_core.verbs.vix_curve import VixCurveAsk, vix_curve

VIEWS = ("Surface", "Strikes", "Chain", "Flow", "VIX")
AROUND = (5, 10, 20, 50)

with head("Options", "what options say of the days ahead"):
    badge = st.container(horizontal=True, width="content")
    view = st.segmented_control(
        "View", VIEWS, default="Surface", required=True, key="view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip

if view == "VIX":
    section("VIX curve", "volatility that S&P 500 options ask for, by days ahead")
    on = pickers.day("Session, the last one if empty", None, key="vix_on", width=220)
    with told():
        options_view.vix(vix_curve(lab(), ask(VixCurveAsk, day=on)))
    st.stop()

with told():
    every = option_tickers(lab(), OptionTickers())
known = {row.ticker: row for row in every if (row.bars if view == "Flow" else row.chains)}
if not known:
    with empty(
        "No option bars yet" if view == "Flow" else "No option chains yet",
        f"Put {'SPY_1m_options' if view == 'Flow' else 'SPX_chains'}.parquet (or .csv) into the "
        "folder that SIGMA_FILES names, or make a model on a simulated market: it has options of "
        "its own.",
        "stacked_line_chart",
    ):
        link("Models", "Create a model", "add")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom"):
    ticker = st.selectbox("Ticker", list(known), key="ticker", bind="query-params", width=200)
    on = pickers.day("Session, the last one if empty", None, key="session", width=220)
    row = known[ticker]
    whose = {"ticker": ticker, "provider": row.provider, "day": on}
    if view == "Flow":
        cadence = st.segmented_control(
            "Bars", ("5m", "15m", "hourly"), default="15m", required=True, key="bars"
        )
    else:
        rate = st.number_input(
            "Interest, % a year", -5.0, 50.0, 0.0, 0.25, key="rate", width=150,
            help="Prices are discounted at it. The forward comes from the options themselves.",
        )  # fmt: skip
        whose["rate"] = rate / 100
if row.simulated:
    with badge:
        chips.simulated()

if view == "Flow":
    with told():
        traded = flow(lab(), ask(FlowAsk, **whose, cadence=cadence))
    st.caption(f"{day(traded.session)}, times are New York.")
    options_view.flow(traded)
    st.stop()

if view == "Chain":
    with told():
        listed = expirations(lab(), ask(ChainAsk, **whose)).expiries
    names = {
        each.expiration: f"{day(each.expiration)}, {plural(each.dte, 'day')}" for each in listed
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        expiry = st.selectbox(
            "Expiry", list(names), index=None, format_func=names.__getitem__, key="expiry",
            placeholder="With most open interest", width=220,
        )  # fmt: skip
        around = st.segmented_control(
            "Strikes on each side", AROUND, default=AROUND[0], required=True, key="around"
        )
        model_id = st.selectbox(
            "Picks of", row.models, index=None, key="picks_of", placeholder="a model", width=300
        )
    with told():
        found = chain(
            lab(), ask(ChainOf, **whose, expiry=expiry, strikes=around, model_id=model_id)
        )
    about = found.about
    shown = day(found.rows[0].expiration) if found.rows else "no expiry"
    section(f"Chain of {shown}", f"underlying {options_view.price(about.underlying)} dollars")
    options_view.chain(found)
    if found.picks:
        section("What the policy picks", model_id)
        options_view.picks(found.picks)
else:
    with told():
        drawn = surface(lab(), ask(ChainAsk, **whose))
    about = drawn.about
    draw = options_view.surface if view == "Surface" else options_view.strikes
    draw(drawn)

options_view.standing(about)
