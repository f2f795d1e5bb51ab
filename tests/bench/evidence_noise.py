"""How often noise passes the gate: sweeps over walks and permuted histories, a fresh lake each.

Run by `make bench-evidence`; RUNS= says how many markets of each kind (200 by default). Prints
counts with 95 % Wilson intervals. At most 16 of 200 may show any PASS.
"""

import os
import sys
import tempfile
from collections import Counter
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from sigma_core.calendars import calendar
from sigma_core.fetch import bars_of
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

MODEL = "walk_eq_swing_daily"
INDICATORS = [
    {"name": "rsi"},
    {"name": "log_ret", "params": {"period": 1}},
    {"name": "log_ret", "params": {"period": 5}},
    {"name": "natr"},
    {"name": "bb_pctb"},
    {"name": "close_vs_sma", "params": {"period": 50}},
]
GRID = ("0.50", "0.52", "0.54", "0.56", "0.58", "0.60", "0.50,0.55,0.60", "0.52,0.56")


def walk(rng: np.random.Generator, *, sharpe: float, years: int = 8) -> pd.DataFrame:
    """A geometric random walk of 15 % volatility whose drift has that annual Sharpe."""
    n = 252 * years
    days = calendar("XNYS").sessions(pd.Timestamp("2008-01-02").date())["session"].iloc[:n]
    sd = 0.15 / sqrt(252)
    steps = rng.normal(sharpe * sd / sqrt(252), sd, n)
    return bars(days, steps, rng.normal(0, sd / 3, n), rng.uniform(0, sd, (2, n)))


def permuted(rng: np.random.Generator) -> pd.DataFrame:
    """The NASDAQ of the sample with its days in another order: same moves, no memory."""
    with tempfile.TemporaryDirectory() as name:
        lab = Lab(packs=Path(name), lake=Lake(Path(name)))
        real = bars_of(lab, "IXIC", "daily", keep=False).frame.iloc[-252 * 8 :]
    before = real["close"].shift().bfill()
    order = rng.permutation(len(real))
    steps = np.log(real["close"] / before).to_numpy()[order]
    gaps = np.log(real["open"] / before).to_numpy()[order]
    top = np.log(real["high"] / real[["open", "close"]].max(axis=1)).to_numpy()[order]
    floor = np.log(real[["open", "close"]].min(axis=1) / real["low"]).to_numpy()[order]
    return bars(real["session"], steps, gaps, np.stack([top, floor]))


def bars(days: pd.Series, steps: np.ndarray, gaps: np.ndarray, wide: np.ndarray) -> pd.DataFrame:
    """A market from the log returns of its days, their gaps, and how far they went beyond."""
    close = 1000 * np.exp(np.cumsum(steps))
    open_ = np.r_[1000.0, close[:-1]] * np.exp(gaps)
    return pd.DataFrame(
        {
            "date": days.dt.strftime("%Y-%m-%d").to_numpy(),
            "open": open_,
            "high": np.maximum(open_, close) * np.exp(wide[0]),
            "low": np.minimum(open_, close) * np.exp(-wide[1]),
            "close": close,
        }
    )


def statuses(market: pd.DataFrame, sides: str) -> Counter[str]:
    """Verdicts of a sweep over that market, in a lake of its own."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "files").mkdir()
        market.to_csv(root / "files" / "WALK_daily.csv", index=False)
        pack = root / "packs" / "noise"
        (pack / "model_configs").mkdir(parents=True)
        about = {"title": "Noise", "sentence": "Nothing to find.", "assets": ["eq"]}
        about |= {"horizons": ["swing"], "cadences": ["daily"]}
        (pack / "pack.yaml").write_text(yaml.safe_dump(about))
        model = {
            "provider": "files",
            "indicators": INDICATORS,
            "label": {"kind": "fwd_ret", "params": {"sessions": 3}},
            "policy": {"sides": sides},
        }
        (pack / "model_configs" / f"{MODEL}.yaml").write_text(yaml.safe_dump(model))
        lab = Lab(packs=root / "packs", lake=Lake(root / "lake"), files=root / "files")
        ask = SweepRun(model_id=MODEL, thresholds_variants=GRID, top_pct_variants=(0.1, 0.2))
        return Counter(entry.gate.status for entry in sweep_run(lab, ask).trials)


def interval(k: int, n: int) -> str:
    """Wilson's 95 % interval of a share."""
    z, p = 1.96, k / n
    middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = ((middle + s * half) / (1 + z * z / n) for s in (-1, 1))
    return f"{k} of {n} ({p:.1%}, 95 % {max(low, 0):.1%} to {high:.1%})"


def main(runs: int) -> None:
    """Print one line a kind of market and side."""
    kinds = {
        "flat walk": lambda rng: walk(rng, sharpe=0.0),
        "drifting walk, Sharpe 0.8": lambda rng: walk(rng, sharpe=0.8),
        "permuted NASDAQ": permuted,
    }
    for kind, make in kinds.items():
        for sides in ("both", "long"):
            found = [statuses(make(np.random.default_rng(seed)), sides) for seed in range(runs)]
            passed = sum("PASS" in each for each in found)
            unproven = sum("UNPROVEN" in each for each in found)
            print(
                f"{kind:26} {sides:5} any PASS {interval(passed, runs)}; any UNPROVEN {unproven}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RUNS", "200")))
