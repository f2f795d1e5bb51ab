"""Random markets with predictions on them."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sigma_core.barriers import plan
from sigma_core.calendars import calendar
from sigma_core.domain.policy import Brackets, Policy
from sigma_core.engine.decide import book_of
from sigma_core.tape import tape_of
from tests.execution.trader import Trader

CLASSES = ("DOWN", "FLAT", "UP")


@dataclass
class Case:
    """A market, what a model said about it, and how it is to be traded."""

    bars: pd.DataFrame
    cadence: str
    horizon: str
    calendar: Any
    policy: Policy
    proba: np.ndarray
    fold: np.ndarray
    offset: int
    label_bars: int
    momentum: np.ndarray
    finer: dict[str, pd.DataFrame] = field(default_factory=dict)
    tape: Any = field(init=False)
    plan: Any = field(init=False)
    book: Any = field(init=False)

    def __post_init__(self):
        self.tape = tape_of(
            self.bars, self.calendar, self.cadence, horizon=self.horizon, finer=self.finer
        )
        n = len(self.tape)
        self.plan = plan(self.tape, self.policy, np.minimum(np.arange(n) + self.label_bars, n))
        before = np.flatnonzero(self.fold == -1)
        inner = before[before < np.flatnonzero(self.fold >= 0)[0]][-len(before) // 5 :]
        self.book = book_of(
            self.proba,
            CLASSES,
            self.fold,
            self.tape,
            self.policy,
            offset=self.offset,
            momentum=self.momentum,
            inner=(inner, self.proba[inner]),
        )

    def but(self, **changes):
        """The same case with some things changed."""
        return replace(self, **changes)


def _stamps(cadence, name, start, sessions):
    """Session and close of every bar: clock hours in exchange time, or the session's close."""
    rows = []
    for day in calendar(name).sessions(start).iloc[:sessions].itertuples():
        if cadence == "daily":
            rows.append((day.session, day.close))
            continue
        at = day.open.floor("h") + pd.Timedelta(hours=1)
        while at <= day.close:
            rows.append((day.session, at))
            at += pd.Timedelta(hours=1)
    return pd.DataFrame(rows, columns=["session", "ts"])


def market(seed, *, cadence="daily", name="XNYS", sessions=260):
    """Bars with gaps over night, long wicks and, daily, a few sessions that are not there."""
    rng = np.random.default_rng(seed)
    bars = _stamps(cadence, name, date(2015, 10, 5), sessions)  # with half days and a clock change
    if cadence == "daily":
        bars = bars[rng.random(len(bars)) > 0.01].reset_index(drop=True)
    n = len(bars)
    new = bars["session"].ne(bars["session"].shift()).to_numpy()
    jump = rng.standard_t(3, n) * np.where(new, 0.008, 0.001)
    body = rng.standard_t(4, n) * 0.008
    log = np.cumsum(jump + body)
    open_, close = 50 * np.exp(log - body), 50 * np.exp(log)
    wicks = rng.exponential(0.005, (2, n))
    bars["open"], bars["close"], bars["volume"] = open_, close, 1000.0
    bars["high"] = np.maximum(open_, close) * (1 + wicks[0])
    bars["low"] = np.minimum(open_, close) * (1 - wicks[1])
    return bars.astype({"session": "datetime64[us]", "ts": "datetime64[us, UTC]"})


def policy(seed):
    """A policy with anything in it that changes a trade."""
    rng, more = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    mode = str(more.choice(["atr", "atr", "range"]))
    return Policy(
        slippage_bps=float(rng.choice([0.0, 1.0, 12.5])),
        fee_bps=float(rng.choice([0.0, 2.0])),
        sides=str(rng.choice(["both", "both", "long", "short"])),
        size_by_conf=bool(rng.random() < 0.2),
        conf_cap=float(rng.choice([0.4, 1.0])),
        momentum_gate=bool(more.random() < 0.25),
        momentum_min=float(more.choice([0.0, 0.3])),
        brackets=Brackets(
            enabled=bool(rng.random() < 0.8),
            mode=mode,
            regime_adjust=bool(mode == "atr" and more.random() < 0.25),
            entry_mode=str(more.choice(["next_bar_open"] * 3 + ["next_session_open"])),
            atr_period=int(rng.integers(2, 20)),
            atr_mult_stop=float(rng.choice([0.3, 0.8, 1.5])),
            atr_mult_target=float(rng.choice([0.4, 1.0, 3.0])),
            time_stop_minutes=rng.choice([None, 1, 60, 390, 391, 1500]),
            min_rr=float(rng.choice([0.0, 0.9, 1.1])),
        ),
    )


def at_once(given):
    """The policy with fills at the next bar: who is flat over night cannot wait for a session."""
    return replace(given, brackets=replace(given.brackets, entry_mode="next_bar_open"))


def case(seed, **asked):
    """A random case: daily or hourly, held over night or not, on either calendar."""
    rng = np.random.default_rng(seed)
    kinds = [
        ("daily", "swing", "XNYS"),
        ("hourly", "swing", "XNYS"),
        ("hourly", "intraday", "XNYS"),
    ]
    kinds.append(("daily", "swing", "24/7"))
    cadence, horizon, name = kinds[seed % len(kinds)]
    bars = market(seed, cadence=cadence, name=name, sessions=300 if cadence == "daily" else 60)
    offset, short = int(rng.integers(0, 9)), int(rng.integers(0, 2)) * 7
    rows = len(bars) - offset - short
    shape = {
        "bars": bars,
        "cadence": cadence,
        "horizon": horizon,
        "calendar": calendar(name),
        "policy": policy(seed) if horizon == "swing" else at_once(policy(seed)),
        "proba": rng.dirichlet([2, 1, 2], rows),
        "fold": folds(bars["session"].to_numpy()[offset : offset + rows], 5),
        "offset": offset,
        "label_bars": int(rng.integers(1, 9)),
        "momentum": np.where(rng.random(rows) < 0.05, np.nan, rng.uniform(-1, 1, rows)),
    }
    return Case(**{**shape, **asked})


def folds(session, count):
    """Blocks of whole sessions; the first trains only."""
    number = np.cumsum(np.r_[0, session[1:] != session[:-1]])
    return np.minimum(number * (count + 1) // (number[-1] + 1), count).astype("int16") - 1


def seeds(count, *, quick):
    """So many seeds; those from `quick` on are slow. Four in a row are of every kind."""
    return pytest.mark.parametrize(
        "seed",
        [pytest.param(n, marks=[pytest.mark.slow] if n >= quick else []) for n in range(count)],
    )


@pytest.fixture(scope="session")
def case_of():
    """Make a random case from a seed; `market`, `policy` and the rest as keywords."""
    return case


@pytest.fixture(scope="session")
def trader():
    """The slow way to trade a case."""
    return Trader
