"""Twenty standard indicators over the 505 S&P names, beside bare TA-Lib and pandas-ta-classic.

TA-Lib is called in a loop; both sides are given what they read (a frame of bars, arrays of prices)
and timed in turn, so that a noisy machine troubles both alike. Markets are read for the first time,
so each column is fetched out of its frame; the ratio of the fastest rounds is printed, and beside
it that of markets read before. pandas-ta-classic lives in an environment of its own, which
SIGMA_BENCH_PYTHON names; as it is slow it is asked for every twentieth name. Its processes and ours
cannot be timed in turn, so what is compared is the processor's time of a name read for the first
time.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import talib

from sigma_core.calendars import calendar
from sigma_core.domain.model import IndicatorSpec
from sigma_core.engine.features import columns_of, features_of
from sigma_core.engine.market import Market

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "sp500_1d_2013_2018.parquet"
RIVAL = Path(__file__).with_name("rival_pandas_ta.py")
MUST, MUST_RIVAL = 3.0, 50.0
ROUNDS, EVERY = 5, 20

Bars = dict[str, np.ndarray]
Call = Callable[[Bars], object]

STANDARD: list[tuple[str, dict[str, float], Call]] = [
    ("rsi", {"period": 14}, lambda b: talib.RSI(b["close"], 14)),
    ("sma", {"period": 20}, lambda b: talib.SMA(b["close"], 20)),
    ("ema", {"period": 20}, lambda b: talib.EMA(b["close"], 20)),
    ("macd", {}, lambda b: talib.MACD(b["close"], 12, 26, 9)),
    ("bbands", {}, lambda b: talib.BBANDS(b["close"], 20, 2, 2, 0)),
    ("atr", {}, lambda b: talib.ATR(b["high"], b["low"], b["close"], 14)),
    ("natr", {}, lambda b: talib.NATR(b["high"], b["low"], b["close"], 14)),
    ("adx", {}, lambda b: talib.ADX(b["high"], b["low"], b["close"], 14)),
    ("cci", {}, lambda b: talib.CCI(b["high"], b["low"], b["close"], 14)),
    ("willr", {}, lambda b: talib.WILLR(b["high"], b["low"], b["close"], 14)),
    ("stoch", {}, lambda b: talib.STOCH(b["high"], b["low"], b["close"], 5, 3, 0, 3, 0)),
    ("stochrsi", {}, lambda b: talib.STOCHRSI(b["close"], 14, 5, 3, 0)),
    ("mfi", {}, lambda b: talib.MFI(b["high"], b["low"], b["close"], b["volume"], 14)),
    ("obv", {}, lambda b: talib.OBV(b["close"], b["volume"])),
    ("rocp", {"period": 5}, lambda b: talib.ROCP(b["close"], 5)),
    ("mom", {}, lambda b: talib.MOM(b["close"], 10)),
    ("trix", {}, lambda b: talib.TRIX(b["close"], 30)),
    ("ultosc", {}, lambda b: talib.ULTOSC(b["high"], b["low"], b["close"], 7, 14, 28)),
    ("aroon", {}, lambda b: talib.AROON(b["high"], b["low"], 14)),
    ("ppo", {}, lambda b: talib.PPO(b["close"], 12, 26, 1)),
]


def main() -> None:
    """Print both times and their ratio."""
    if not DATA.is_file():
        print(f"indicators: skipped, {DATA.name} is not in shared/data beside the project")
        return
    specs = [IndicatorSpec(name=name, params=params) for name, params, _ in STANDARD]
    markets = _markets()
    arrays = [_arrays(market.main) for market in markets]
    first, again, bare = [], [], []
    for _ in range(ROUNDS):
        bare.append(_time(lambda: [call(b) for b in arrays for _, _, call in STANDARD]))
        first.append(_time(lambda: [features_of(replace(market), specs) for market in markets]))
        again.append(_time(lambda: [features_of(market, specs) for market in markets]))
    ratio = min(first) / min(bare)
    print(
        f"indicators: {len(specs)} ({len(columns_of(specs))} columns) over {len(markets)} names:"
        f" {min(first):.3f} s, bare TA-Lib calls {min(bare):.3f} s, ratio {ratio:.2f}"
        f" (must be at most {MUST:g}) {_mark(ratio <= MUST)}, {min(again) / min(bare):.2f} of"
        " markets read before"
    )
    sys.exit(ratio > MUST or not _beaten(min(first) / len(markets)))


def _beaten(each: float) -> bool:
    """Whether our time of a name is far below pandas-ta-classic's; prints both."""
    python = os.environ.get("SIGMA_BENCH_PYTHON")
    if not python:
        print("indicators: SIGMA_BENCH_PYTHON names no Python with pandas-ta-classic")
        return True
    with tempfile.TemporaryDirectory() as folder:
        path, table = Path(folder) / "bars.parquet", pd.read_parquet(DATA).dropna()
        table[table["symbol"].isin(table["symbol"].unique()[::EVERY])].to_parquet(path)
        done = subprocess.run([python, RIVAL, path], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"indicators: {python} failed: {done.stderr.strip().splitlines()[-1]}")
        return False
    rival = json.loads(done.stdout.splitlines()[-1])
    ratio = rival["seconds"] / each
    print(
        f"indicators: a name {each * 1e3:.2f} ms, pandas-ta-classic {rival['version']}"
        f" {rival['seconds'] * 1e3:.1f} ms over {rival['names']} names, ratio {ratio:.0f}"
        f" (must be at least {MUST_RIVAL:g}) {_mark(ratio >= MUST_RIVAL)}"
    )
    return ratio >= MUST_RIVAL


def _mark(held: bool) -> str:
    return "✓" if held else "✗"


def _markets() -> list[Market]:
    table = pd.read_parquet(DATA).dropna()
    days = pd.to_datetime(table["date"]).dt.as_unit("us")
    table["session"] = days
    table["ts"] = (days + pd.Timedelta(hours=21)).dt.tz_localize("UTC")
    return [
        Market(
            ticker=str(name),
            cadence="daily",
            calendar=calendar("XNYS"),
            bars={(str(name), "daily"): bars.reset_index(drop=True)},
            about={(str(name), "daily"): {"calendar": "XNYS"}},
        )
        for name, bars in table.groupby("symbol")
    ]


def _arrays(bars: pd.DataFrame) -> Bars:
    names = ("open", "high", "low", "close", "volume")
    return {name: bars[name].to_numpy(dtype="float64") for name in names}


def _time(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


if __name__ == "__main__":
    main()
