"""How often noise passes the gate: sweeps over walks and permuted histories, a fresh lake each.

Run by `make bench-evidence`; RUNS= says how many markets of each kind (200 by default), and
`counting.py` what else can be asked. Prints counts with 95 % Wilson intervals and how the trials of
a sweep correlate. At most 16 of 200 may show any PASS.
"""

import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import partial
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from counting import Found, alike, interval, study

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


def swept(market: pd.DataFrame, sides: str) -> Found:
    """Verdicts of a sweep over that market, in a lake of its own, and how its trials correlate."""
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
        sweep = sweep_run(lab, ask)
        verdicts = Counter(entry.gate.status for entry in sweep.trials)
        return {"verdicts": dict(verdicts), "correlation": sweep.correlation}


def market(kind: str, rng: np.random.Generator) -> pd.DataFrame:
    """One market of a kind."""
    if kind == "permuted NASDAQ":
        return permuted(rng)
    return walk(rng, sharpe=0.8 if "drifting" in kind else 0.0)


def found(kind: str, sides: str, seed: int) -> Found:
    """What the sweep over one market came to."""
    return swept(market(kind, np.random.default_rng(seed)), sides)


def line(words: str, known: Sequence[Found]) -> str:
    """What the sweeps over so many markets came to."""
    passed, unproven = (
        sum(status in each["verdicts"] for each in known) for status in ("PASS", "UNPROVEN")
    )
    return (
        f"{words:33} any PASS {interval(passed, len(known))}; any UNPROVEN {unproven};"
        f" {alike(known)}"
    )


KINDS = ("flat walk", "drifting walk, Sharpe 0.8", "permuted NASDAQ")

if __name__ == "__main__":
    study(
        __file__,
        {
            f"{kind}, {sides}": partial(found, kind, sides)
            for kind in KINDS
            for sides in ("long", "short", "both")
        },
        line,
    )
