"""A made run in which every check is met, and the same run with some facts changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sigma_core.checks import CHECKS, Run
from sigma_core.domain.explained import Finding
from sigma_core.domain.noise import NoiseFloor, NoiseRun
from sigma_core.domain.quality import ColumnQuality, Quality
from sigma_core.domain.results import Entry, Study
from sigma_core.domain.stress import BreakEven, Scenario, Stress
from sigma_core.domain.trial import (
    Check,
    Evidence,
    Forecast,
    Gate,
    Hold,
    Lineage,
    Metrics,
    Rule,
)

Make = Callable[..., Run]
Ask = Callable[[str, Run], Finding | None]
SHA = "0" * 64
SESSIONS = 756
METRICS = Metrics(
    sharpe=1.2, return_=0.5, cagr=0.14, sortino=2.0, calmar=1.4, max_dd=-0.1, es95=-0.02,
    volatility=0.1, trades=40, win_rate=0.5, profit_factor=1.6, avg_trade=0.0012, exposure=0.4,
    turnover=27.0, ambiguous_share=0.01, max_dd_scaled=-0.1, max_dd_account=-0.006,
    return_account=0.04, sessions=SESSIONS, years=3.0,
)  # fmt: skip
EVIDENCE = Evidence(
    n_trials=5, variance=1 / 756, t=SESSIONS, sharpe=1.2 / 252**0.5, skew=0.0, kurtosis=3.0,
    sr0=0.02, psr=0.98, dsr=0.9, beta=0.3, excess_sharpe=0.05, excess_skew=0.0,
    excess_kurtosis=3.0, excess_variance=1 / 756, excess_sr0=0.02, excess_dsr=0.9,
)  # fmt: skip
GATE = Gate(
    pass_=False,
    status="UNPROVEN",
    checks=(Check(name="min_trades", value=40, limit=30, met=True, words="40 trades"),),
)
ENTRY = Entry(
    rank=1, trial_id="t", run_id="backtest-1", sweep_id=None, pack_id="toys", model_id="toy",
    tag="", made_at=datetime(2024, 1, 2, tzinfo=UTC), provider="sample", ticker="IXIC",
    cadence="daily", config=Rule(kind="thr", value="0.55"), cuts=(0.55, 0.55, 0.55),
    study=Study(
        splits=3, embargo=0.0, calibration="none", learner="xgboost", seed=7,
        oof_start=date(2015, 1, 2), oof_end=date(2017, 12, 29),
    ),
    metrics=METRICS, hold=Hold(sharpe=0.6, return_=0.4, cagr=0.12, max_dd=-0.2),
    forecast=Forecast(brier=0.6, log_loss=1.0, ece=0.02, rows=700), evidence=EVIDENCE, gate=GATE,
    judged=EVIDENCE, judged_status="UNPROVEN",
    lineage=Lineage(
        matrix_sha=SHA, config_sha=SHA, policy_sha=SHA, risk_sha=SHA, risk_profile="balanced"
    ),
)  # fmt: skip


def scenario(name: str, return_: float | None = 0.4, **more: Any) -> Scenario:
    """A scenario of which only the return matters; None for one that does not exist."""
    metrics = None if return_ is None else replace(METRICS, return_=return_)
    shape = {"multiple": 1.0, "delay": 0, "cost_bps": 2.0, "lost": 0, "gained": 0, "refused": 0}
    return Scenario(name=name, metrics=metrics, words="why", **{**shape, **more})


def stress(*, twice: float | None = 0.4, late: float | None = 0.3, slippage: float = 1.0) -> Stress:
    """A stress of the made run."""
    e = ENTRY
    return Stress(
        run_id=e.run_id, trial_id=e.trial_id, pack_id=e.pack_id, model_id=e.model_id,
        config=e.config, study=e.study, lineage=e.lineage, slippage_bps=slippage, fee_bps=0.0,
        scenarios=(scenario("2×", twice, multiple=2.0), scenario("1 bar late", late, delay=1)),
        break_even=BreakEven(bps=8.0, multiple=8.0, tolerance_bps=1e-6, words="Gone at 8 bps."),
        words="",
    )  # fmt: skip


def trades(rets: Any, *, side: Any = None, hour: Any = 16) -> pd.DataFrame:
    """Trades of these returns, every other one short unless said otherwise."""
    usual = ["long" if i % 2 else "short" for i in range(len(rets))]
    return pd.DataFrame({"ret": rets, "size": 1.0, "side": side or usual, "hour": hour})


def column(name: str, drift: float | None) -> ColumnQuality:
    """A feature of that drift."""
    return ColumnQuality(
        column=name, nan_share=0, mean=0, sd=1, lowest=-1, highest=1, drift=drift, rank_corr=0
    )


def quality(*columns: ColumnQuality, checks: Any = ()) -> Quality:
    """A quality report."""
    return Quality(
        rows=900, trainable=890, scorable=900, features=len(columns), not_trainable={}, classes={},
        checks=tuple(checks), columns=columns,
    )  # fmt: skip


def floor(highest: float | None) -> NoiseFloor:
    """A noise floor of one search."""
    run = NoiseRun(
        run=0, offsets=(99,), config=ENTRY.config, sharpe=highest, return_=0.1, max_dd=-0.1,
        trades=0 if highest is None else 40,
    )  # fmt: skip
    return NoiseFloor(
        sweep_id="s", pack_id="toys", model_id="toy", simulated=False, seed=0, rules=3, t=SESSIONS,
        found=1.2, beaten=1, median=highest, highest=highest, runs=(run,),
        made_at=datetime(2024, 1, 2, tzinfo=UTC), words="None of 1 search in noise has a Sharpe.",
    )  # fmt: skip


def made(**changes: Any) -> Run:
    """The good run; `entry`, `metrics` and the rest as changes."""
    entry = replace(ENTRY, **changes.pop("entry", {}))
    entry = replace(entry, metrics=replace(entry.metrics, **changes.pop("metrics", {})))
    gains = np.where(np.arange(40) % 4 < 2, 0.0406, -0.02)  # about +50 % in all
    shape = {
        "trades": trades(gains),
        "returns": np.tile([0.004, -0.0035], SESSIONS // 2),
        "days": pd.bdate_range("2015-01-02", periods=SESSIONS),
        "folds": [{"sharpe": 1.0}, {"sharpe": 0.8}, {"sharpe": 1.4}],
        "stress": stress(),
        "tries": [(Rule(kind="thr", value=v), s) for v, s in GRID.items()],
        "baseline": ("logistic", 0.5),
        "noise": floor(0.7),
        "base": Forecast(brier=0.66, log_loss=1.1, ece=0.0, rows=700),
        "quality": quality(column("rsi_14", 0.1)),
        "sides": "both",
        "overrides": (),
    }
    return Run(entry=entry, **{**shape, **changes})


GRID = {"0.50": 0.9, "0.55": 1.2, "0.60": 1.0}


@pytest.fixture
def run() -> Make:
    """Make a run: `run(metrics={"trades": 12})`."""
    return made


@pytest.fixture
def ask() -> Ask:
    """What one check finds in a run."""
    return lambda name, of: CHECKS[name].of(of)
