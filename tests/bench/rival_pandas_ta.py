"""Times pandas-ta-classic on the question of `bench_indicators`; run by an interpreter that has it.

Reads a Parquet file of bars with a column `symbol`; prints one line of JSON. Frames are cut before
the clock starts, and nothing is joined to them: both in its favour. Time is the processor's.
"""

import json
import sys
import time
from importlib.metadata import version

import pandas as pd
import pandas_ta_classic as ta

ROUNDS = 3


def indicators(b: pd.DataFrame) -> list[object]:
    """Twenty indicators of one name, with TA-Lib's parameters."""
    high, low, close, volume = (b[c] for c in ("high", "low", "close", "volume"))
    return [
        ta.rsi(close, 14), ta.sma(close, 20), ta.ema(close, 20), ta.macd(close, 12, 26, 9),
        ta.bbands(close, 20, 2), ta.atr(high, low, close, 14), ta.natr(high, low, close, 14),
        ta.adx(high, low, close, 14), ta.cci(high, low, close, 14), ta.willr(high, low, close, 14),
        ta.stoch(high, low, close, 5, 3, 3), ta.stochrsi(close, 14, 14, 5, 3),
        ta.mfi(high, low, close, volume, 14), ta.obv(close, volume), ta.roc(close, 5),
        ta.mom(close, 10), ta.trix(close, 30), ta.uo(high, low, close, 7, 14, 28),
        ta.aroon(high, low, 14), ta.ppo(close, 12, 26, 9),
    ]  # fmt: skip


def main() -> None:
    """Compute all of every name, and say how long a name takes."""
    table = pd.read_parquet(sys.argv[1])
    frames = [bars.reset_index(drop=True) for _, bars in table.groupby("symbol")]
    times = []
    for _ in range(ROUNDS + 1):  # the first round warms up
        began = time.process_time()
        done = [indicators(frame) for frame in frames]
        times.append(time.process_time() - began)
    lacks = sum(one is None for some in done for one in some)
    each = min(times[1:]) / len(frames)
    found = {"version": version("pandas-ta-classic"), "names": len(frames), "seconds": each}
    print(json.dumps(found | {"lacking": lacks}))


if __name__ == "__main__":
    main()
