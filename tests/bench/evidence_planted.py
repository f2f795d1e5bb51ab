"""How often a planted edge passes the gate, and none does: sweeps over simulated markets.

Run by `make bench-evidence`; RUNS= says how many markets of each kind (200 by default), and
`counting.py` what else can be asked. Prints counts with 95 % Wilson intervals and how the trials of
a sweep correlate. Years are out of fold: one more trains the first model, as any
verdict but FAIL asks for 250 rows before the first test. Of an edge of Sharpe 2.5, eight years must
pass in 80 % of sweeps, five in 60 %, and two must be called UNPROVEN more often than FAIL; without
an edge at most 16 of 200 sweeps may show any PASS.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from counting import Found, alike, interval, study

from sigma_core.domain.results import Sweep
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.sweep_run import SweepRun, sweep_run

MODEL = "planted_swing_daily"
START = "2010-11-01"
"""First session built: markets begin ten months earlier."""
INDICATORS = [
    {"name": "vol_zscore"},
    {"name": "log_ret", "params": {"period": 1}},
    {"name": "log_ret", "params": {"period": 5}},
    {"name": "log_ret", "params": {"period": 21}},
    {"name": "rsi"},
    {"name": "natr"},
    {"name": "bb_pctb"},
    {"name": "bb_width"},
    {"name": "close_vs_sma", "params": {"period": 50}},
    {"name": "day_range_pos"},
    {"name": "adx"},
    {"name": "mfi"},
]
GRID = ("0.50", "0.52", "0.54", "0.56", "0.50,0.52,0.54", "0.52,0.54,0.56")
SHARES = (0.2, 0.4)


@dataclass(frozen=True)
class Kind:
    """A kind of market, and how it is traded."""

    words: str
    years: int
    """Out of fold, each a test block; the market has two more, to warm up and to train first."""
    sharpe: float
    """Of the edge."""
    drift: int = 0
    """Of the market, percent a year."""
    sides: str = "both"
    learner: str = "xgboost"
    horizon: int = 5
    """Sessions, of the label and of the edge."""


def swept(kind: Kind, seed: int) -> Sweep:
    """A sweep over that market, in a lake of its own."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        pack = root / "packs" / "planted"
        (pack / "model_configs").mkdir(parents=True)
        about = {"title": "Planted", "sentence": "One thing to find.", "assets": ["eq"]}
        about |= {"horizons": ["swing"], "cadences": ["daily"]}
        (pack / "pack.yaml").write_text(yaml.safe_dump(about))
        (pack / "model_configs" / f"{MODEL}.yaml").write_text(yaml.safe_dump(model(kind, seed)))
        lab = Lab(packs=root / "packs", lake=Lake(root / "lake"))
        ask = SweepRun(
            model_id=MODEL, thresholds_variants=GRID, top_pct_variants=SHARES, splits=kind.years
        )
        return sweep_run(lab, ask)


def model(kind: Kind, seed: int) -> dict[str, object]:
    """A model of that market."""
    return {
        "ticker": (
            f"PLANT-E{kind.sharpe:g}-H{kind.horizon}D-V9-D{kind.drift}-Y{kind.years + 2}-S{seed}"
        ),
        "start": START,
        "asset": "eq",
        "horizon": "swing",
        "cadence": "daily",
        "provider": "simulated",
        "indicators": INDICATORS,
        "label": {"kind": "fwd_ret", "params": {"sessions": kind.horizon}},
        "learner": {"name": kind.learner},
        "policy": {"sides": kind.sides},
    }


def found(kind: Kind, seed: int) -> Found:
    """Verdicts of a sweep, why they are not PASS, its best Sharpe, how its trials correlate."""
    sweep = swept(kind, seed)
    gates = [t.gate for t in sweep.trials]
    why = Counter(
        word for gate in gates for word in (*gate.reasons, *(lack.code for lack in gate.missing))
    )
    sharpes = [t.metrics.sharpe for t in sweep.trials if t.metrics.sharpe is not None]
    return {
        "verdicts": dict(Counter(gate.status for gate in gates)),
        "why": dict(why),
        "sharpe": max(sharpes, default=None),
        "correlation": sweep.correlation,
    }


def line(words: str, known: Sequence[Found]) -> str:
    """What the sweeps over so many markets of a kind came to."""
    best = Counter(
        next(s for s in ("PASS", "UNPROVEN", "FAIL") if s in each["verdicts"]) for each in known
    )
    n, sharpes = len(known), [each["sharpe"] for each in known if each["sharpe"] is not None]
    return (
        f"{words:33} any PASS {interval(best['PASS'], n)};"
        f" best UNPROVEN {interval(best['UNPROVEN'], n)}, FAIL {interval(best['FAIL'], n)};"
        f" {alike(known)}; mean best Sharpe {np.mean(sharpes or [np.nan]):.2f};"
        f" all trials {_sum(each['verdicts'] for each in known)};"
        f" not PASS for {_sum(each['why'] for each in known)}"
    )


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    return dict(sum((Counter(each) for each in counts), Counter[str]()))


KINDS = (
    *(Kind(f"edge 2.5, {years} years", years, 2.5) for years in (8, 5, 2)),
    *(
        Kind(f"no edge, {words}, {sides}", 8, 0, drift, sides)
        for words, drift in (("flat", 0), ("drifting up", 7), ("drifting down", -7))
        for sides in ("both", "long", "short")
    ),
)


if __name__ == "__main__":
    study(__file__, {kind.words: partial(found, kind) for kind in KINDS}, line)
