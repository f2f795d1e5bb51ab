"""Made-up bars on real sessions: daily, and five minutes with clock changes and half days."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from sigma_core.calendars import calendar
from sigma_core.engine.market import Market
from sigma_core.indicators import Columns
from sigma_core.indicators._columns import BESIDE
from sigma_core.options.facts import FACTS
from sigma_core.options.flow import FARTHEST, KINDS, by_distance

NYSE = calendar("XNYS")


def _prices(n: int, *, seed: int, sd: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, sd, n)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(rng.normal(0, sd / 5, n))
    spread = rng.uniform(0, sd / 2, (2, n))
    return {
        "open": open_,
        "high": np.maximum(open_, close) * (1 + spread[0]),
        "low": np.minimum(open_, close) * (1 - spread[1]),
        "close": close,
        "volume": rng.integers(1_000, 9_000, n).astype(float),
    }


def daily_bars(start: str, n: int, *, seed: int = 7) -> pd.DataFrame:
    """`n` daily bars from the first session on or after `start`."""
    days = NYSE.sessions(pd.Timestamp(start).date()).head(n)
    return pd.DataFrame(
        {"ts": days["close"], "session": days["session"]} | _prices(n, seed=seed, sd=0.01)
    )


def intraday_bars(start: str, sessions: int, *, minutes: int = 5, seed: int = 7) -> pd.DataFrame:
    """Bars of so many minutes over whole sessions, half days included."""
    days = NYSE.sessions(pd.Timestamp(start).date()).head(sessions)
    stamps = [
        pd.DataFrame({"ts": ts, "session": day.session})
        for day in days.itertuples()
        for ts in [pd.date_range(day.open, day.close, freq=f"{minutes}min", inclusive="right")]
    ]
    frame = pd.concat(stamps, ignore_index=True)
    frame["ts"] = frame["ts"].dt.as_unit("us")
    return frame.assign(**_prices(len(frame), seed=seed, sd=0.001))


@pytest.fixture(scope="session")
def daily() -> Callable[..., pd.DataFrame]:
    return daily_bars


@pytest.fixture(scope="session")
def intraday() -> Callable[..., pd.DataFrame]:
    return intraday_bars


@pytest.fixture(scope="session")
def days_of() -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Bars of any length made into sessions."""
    return lambda bars: bars.groupby("session", as_index=False).agg(
        ts=("ts", "last"), open=("open", "first"), high=("high", "max"), low=("low", "min"),
        close=("close", "last"), volume=("volume", "sum"),
    )  # fmt: skip


@pytest.fixture(scope="session")
def closes_only() -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Bars of which only the close is known."""
    return lambda bars: bars.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)


@pytest.fixture(scope="session")
def columns() -> Callable[[pd.DataFrame], Columns]:
    """The columns of bars; other tickers beside them close where these open.

    Facts of options stand in each row: numbers from 0.1 to 0.3 that hang on the stamp alone.
    """
    names = [*FACTS, *KINDS, *by_distance(FARTHEST)]
    waves = np.random.default_rng(3).uniform(0.1, 5, len(names))

    def make(bars: pd.DataFrame) -> Columns:
        other = bars.assign(close=bars["open"])
        days = bars["ts"].astype("int64").to_numpy() / 86_400e6 - 16_000
        facts = pd.DataFrame(0.2 + 0.1 * np.sin(np.outer(days, waves)), bars.index, names)
        return Columns(
            pd.concat([bars, facts], axis=1), NYSE, beside=dict.fromkeys(BESIDE.values(), other)
        )

    return make


@pytest.fixture(scope="session")
def market() -> Callable[..., Market]:
    """A market of frames by (ticker, cadence), the first being the model's own."""

    def make(bars: dict[tuple[str, str], pd.DataFrame]) -> Market:
        ticker, cadence = next(iter(bars))
        about = {key: {"calendar": "XNYS"} for key in bars}
        return Market(ticker=ticker, cadence=cadence, calendar=NYSE, bars=bars, about=about)

    return make
