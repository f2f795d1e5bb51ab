"""Trades of a backtest held as options, and what the account was worth at every bar."""

from sigma_core.schemas._table import Table

KEYS = ("pack_id", "model_id")

OPTION_TRADES = Table(
    "option_trades",
    keys=KEYS,
    kept="merged",
    columns={
        "run_id": "text",
        "of_run": "text",  # the backtest
        "number": "whole",  # of its trade, from 1
        "side": "text",
        "contracts": "whole",
        "bought": "text",
        "sold": "text",  # empty for a single leg
        "expiration": "day",
        "as_of": "instant",  # of the snapshot it was picked from
        "entry_ts": "instant",
        "exit_ts": "instant",
        "multiplier": "number",
        "paid": "number",  # dollars a unit, as are the next three
        "entry_mid": "number",
        "got": "number",
        "exit_mid": "number",
        "entry_source": "text",
        "exit_source": "text",
        "reason": "text",
        "notes": "text",
        "spread_paid": "number",  # dollars, as are the next two
        "commission": "number",
        "pnl": "number",
        "ret": "number",  # of the premium and its commission
        "underlying_ret": "number",
    },
)
OPTION_EQUITY = Table(
    "option_equity",
    keys=KEYS,
    kept="merged",
    columns={
        "run_id": "text",
        "of_run": "text",
        "ts": "instant",
        "cash": "number",  # dollars
        "position": "number",  # dollars, at the middle
        "equity": "number",  # their sum
    },
)
