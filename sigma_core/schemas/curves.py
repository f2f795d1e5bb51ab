"""What a backtest did: its trades, its curves at every bar, its folds."""

from sigma_core.schemas._table import Table

KEYS = ("pack_id", "model_id")

TRADES = Table(
    "trades",
    keys=KEYS,
    kept="merged",
    formerly={"exit_price_raw": "exit_raw"},
    before={"settled": False},
    columns={
        "run_id": "text",
        "signal_ts": "instant",
        "entry_ts": "instant",  # of the bar that fills it
        "entry_at": "text",  # open | inside | close of that bar
        "exit_ts": "instant",
        "exit_at": "text",
        "side": "text",
        "fill": "number",  # before slippage
        "entry_px": "number",
        "stop": "number?",
        "target": "number?",
        "exit_price_raw": "number",
        "exit_px": "number",
        "reason": "text",
        "gap": "flag",
        "ambiguous": "flag",
        "settled": "flag",  # finer bars told which of two levels came first
        "conf": "number",
        "cut": "number",
        "size": "number",
        "ret": "number",  # net, unsized
        "ret_best": "number",
        "ret_worst": "number",
        "bars": "whole",
        "fold": "whole",
        "hour": "whole",
    },
)
EQUITY = Table(
    "equity",
    keys=KEYS,
    kept="merged",
    columns={
        "run_id": "text",
        "ts": "instant",
        "equity": "number",  # strategy curve, 1 before the first trade
        "account": "number",  # the same trades at position_size
        "hold": "number",  # buy and hold, no costs
        "fold": "whole",
    },
)
FOLDS = Table(
    "folds",
    keys=KEYS,
    kept="in_memory",
    columns={
        "run_id": "text",
        "fold": "whole",
        "start": "text",
        "end": "text",
        "cut": "number",
        "sharpe": "number?",
        "return": "number",
        "max_dd": "number",
        "trades": "whole",
        "win_rate": "number?",
        "avg_trade": "number?",
    },
)
