"""What an option is worth at another moment and another price of its underlying."""

from typing import Any

import numpy as np
import pandas as pd

from sigma_core.options.black import Floats, black, greeks, side_of
from sigma_core.overlay.standing import MICROS_A_YEAR, micros
from sigma_core.tape import Ints


def worth(rows: pd.DataFrame, instant: Ints, moved: Floats) -> Floats:
    """Dollars a unit by `black`: each row's own volatility and carry, the time left at `instant`,
    its forward moved with the underlying by the factor `moved`.

    `rows` are marked ones: sigma, forward, rate, dividend, years, strike, right, settles_at. The
    carry is what parity says of the expiry, F(t) = S(t)·e^((r − q)·T); missing without a sigma,
    after settlement intrinsic.
    """
    years = _left(rows, instant)
    forward = _forward(rows, years, moved)
    discount = np.exp(-rows["rate"].to_numpy() * np.maximum(years, 0.0))
    return black(
        side_of(rows["right"]), forward, rows["strike"], years, rows["sigma"], discount
    )  # fmt: skip


def carried(
    chain: pd.DataFrame, instants: Ints, moved: Floats, sessions: pd.DatetimeIndex
) -> pd.DataFrame:
    """Rows of marked chains as each would stand at a later instant, its underlying moved by a
    factor, at the same volatilities and spreads.

    For a decision that comes after the last snapshot: mid, bid, ask, delta, years and forward are
    moved; a row without a volatility loses its quote.
    """
    mid, years = worth(chain, instants, moved), _left(chain, instants)
    half = (chain["ask"] - chain["bid"]).to_numpy() / 2
    spot = chain["underlying"].to_numpy() * moved
    strike, sigma, rate, dividend = (
        chain[name].to_numpy() for name in ("strike", "sigma", "rate", "dividend")
    )
    delta = greeks(side_of(chain["right"]), spot, strike, years, sigma, rate, dividend).delta
    return chain.assign(
        session=sessions,
        as_of=pd.to_datetime(instants, unit="us", utc=True).as_unit("us"),
        years=years,
        forward=_forward(chain, years, moved),
        discount=np.exp(-rate * np.maximum(years, 0.0)),
        underlying=spot,
        mid=mid,
        bid=np.where(mid - half > 0, mid - half, np.nan),
        ask=mid + half,
        own_delta=delta,
    )


def intrinsic(right: Any, strike: Any, spot: Any) -> Floats:
    """What exercise brings, dollars a unit."""
    gain = side_of(right) * (np.asarray(spot, dtype=float) - np.asarray(strike, dtype=float))
    return np.asarray(np.maximum(gain, 0.0))


def _left(rows: pd.DataFrame, instant: Ints) -> Floats:
    return np.asarray((micros(rows["settles_at"]) - instant) / MICROS_A_YEAR)


def _forward(rows: pd.DataFrame, years: Floats, moved: Floats) -> Floats:
    # no dividend is known of a contract that has ended, or without an underlying: held still
    carry = (rows["rate"] - rows["dividend"]).fillna(0.0).to_numpy()
    gone = rows["years"].to_numpy() - years
    return np.asarray(rows["forward"].to_numpy() * moved * np.exp(-carry * gone))
