"""Times vectorbt on the question of `bench_replay`; run by an interpreter that has it.

Reads an .npz of bars, confidences of UP, ATR, thresholds and hour sets; prints one line of JSON.
Signals are made before the clock starts, and there is no time stop, which it does not know: both in
its favour.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import vectorbt as vbt

ROUNDS = 3


def main() -> None:
    """Simulate every column with stops and ask for Sharpe, return, drawdown and trades."""
    data = np.load(sys.argv[1])
    allowed = data["allowed"][data["hours"] - data["hours"].min()]  # [bars, columns]
    up = data["up"][:, None]
    allowed = allowed & np.isfinite(data["atr"])[:, None]  # as ours: no level, no trade
    long = _next((up >= data["thresholds"]) & (up > 0.5) & allowed)
    short = _next((1 - up >= data["thresholds"]) & (up < 0.5) & allowed)
    prices = {k: pd.Series(data[k]) for k in ("open", "high", "low", "close")}
    # distances are shares of the fill, the open after the signal
    width = np.r_[np.nan, data["atr"][:-1]] / data["open"]
    times = []
    for _ in range(ROUNDS + 1):  # the first round warms up
        began = time.perf_counter()
        folio = vbt.Portfolio.from_signals(
            prices["close"], long, None, short, None, price=prices["open"], open=prices["open"],
            high=prices["high"], low=prices["low"], sl_stop=1.5 * width[:, None],
            tp_stop=3.0 * width[:, None], stop_entry_price="fillprice", slippage=1e-4,
            upon_opposite_entry="ignore", freq="1h", engine="rust",
        )  # fmt: skip
        figures = [folio.sharpe_ratio(), folio.total_return(), folio.max_drawdown()]
        figures.append(folio.trades.count())
        times.append(time.perf_counter() - began)
    print(
        json.dumps(
            {
                "version": vbt.__version__,
                "columns": long.shape[1],
                "seconds": min(times[1:]),
                "trades": float(figures[-1].mean()),
            }
        )
    )


def _next(signals: np.ndarray) -> np.ndarray:
    """Signals moved to the bar after, where they are filled."""
    return np.vstack([np.zeros_like(signals[:1]), signals[:-1]])


if __name__ == "__main__":
    main()
