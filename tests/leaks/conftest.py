"""Markets of a random walk, a model on them, and a way to plant an indicator that cheats."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.calendars import calendar
from sigma_core.domain.leaks import LeakAudit
from sigma_core.engine import features
from sigma_core.engine.leaks import Asked, Case, audited, sampled
from sigma_core.engine.market import Market
from sigma_core.engine.matrix import assemble
from sigma_core.indicators import INDICATORS
from sigma_core.indicators._define import indicator
from sigma_core.packs import find_model

NYSE = calendar("XNYS")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HONEST = [{"name": "rsi"}, {"name": "natr"}]
Planted = Callable[..., str]
Cases = Callable[..., Case]


def prices(n: int, *, sd: float, seed: int = 5) -> dict[str, np.ndarray]:
    """Open, high, low, close and volume of a random walk."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, sd, n)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, sd / 5, n))
    wick = rng.uniform(0, sd / 2, (2, n))
    return {
        "open": open_,
        "high": np.maximum(open_, close) * (1 + wick[0]),
        "low": np.minimum(open_, close) * (1 - wick[1]),
        "close": close,
        "volume": rng.integers(1_000, 9_000, n).astype("float64"),
    }


@pytest.fixture(scope="session")
def daily() -> Callable[..., pd.DataFrame]:
    """A function: `n` daily bars on real sessions from 2015 on."""

    def bars(n: int = 900, *, seed: int = 5) -> pd.DataFrame:
        days = NYSE.sessions(pd.Timestamp("2015-01-02").date()).head(n)
        stamps = {"ts": days["close"], "session": days["session"]}
        return pd.DataFrame(stamps | prices(n, sd=0.01, seed=seed))

    return bars


@pytest.fixture(scope="session")
def minutes() -> Callable[..., pd.DataFrame]:
    """A function: five-minute bars over so many sessions from July 2017 on, half days included."""

    def bars(sessions: int) -> pd.DataFrame:
        days = NYSE.sessions(pd.Timestamp("2017-06-26").date()).head(sessions)
        stamps = [
            pd.DataFrame({"ts": ts, "session": day.session})
            for day in days.itertuples()
            for ts in [pd.date_range(day.open, day.close, freq="5min", inclusive="right")]
        ]
        frame = pd.concat(stamps, ignore_index=True)
        frame["ts"] = frame["ts"].dt.as_unit("us")
        return frame.assign(**prices(len(frame), sd=0.001))

    return bars


@pytest.fixture
def plant() -> Iterator[Planted]:
    """Register a function of bars as an indicator, which no law has seen; its column."""
    names: list[str] = []

    def put(fn: Callable[..., np.ndarray], *, warmup: int = 0) -> str:
        indicator(group="trend", warmup=lambda: warmup)(fn)
        names.append(fn.__name__)
        return fn.__name__

    yield put
    for name in names:
        del INDICATORS._items[name]
    INDICATORS._in_order = ()
    features._asked.cache_clear()


@pytest.fixture
def case(tmp_path: Path) -> Cases:
    """A function: the case of a model with these indicators on these bars, by (ticker, cadence)."""

    def make(bars, indicators=(), *, finer=None, **changes) -> Case:
        ticker, cadence = next(iter(bars))
        model_id = f"toy_eq_swing_{cadence}"
        model = {
            "indicators": [*indicators, *HONEST],
            "label": {"kind": "fwd_ret", "params": {"sessions": 3}},
            "learner": {"name": "logistic"},
            "provider": "files",
        }
        folder = tmp_path / "packs" / "toys"
        (folder / "model_configs").mkdir(parents=True, exist_ok=True)
        about = {"title": "Toys", "sentence": "For tests.", "assets": ["eq"]}
        about |= {"horizons": ["swing"], "cadences": ["daily", "hourly"]}
        (folder / "pack.yaml").write_text(yaml.safe_dump(about))
        text = yaml.safe_dump(model | changes)
        (folder / "model_configs" / f"{model_id}.yaml").write_text(text)
        config = find_model(tmp_path / "packs", model_id)
        market = Market(
            ticker=ticker, cadence=cadence, calendar=NYSE, bars=bars,
            about={key: {"calendar": "XNYS"} for key in bars}, finer=finer or {},
        )  # fmt: skip
        return Case(market, config, assemble(market, config, start=None, end=None), None, None)

    return make


def whole(found: Case, **given) -> LeakAudit:
    """The full audit of a case."""
    asked = Asked(**given)
    return audited(found, seed=1, at=NOON, asked=asked, was={})


@pytest.fixture(scope="session")
def full() -> Callable[..., LeakAudit]:
    return whole


@pytest.fixture(scope="session")
def sample() -> Callable[..., LeakAudit]:
    return lambda found: sampled(found, seed=1, at=NOON)
