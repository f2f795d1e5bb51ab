"""Implied volatility of many prices at once; missing, with a reason, where a price has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sigma_core.options.black import Floats, _flat, greeks

REASONS: Mapping[int, str] = MappingProxyType(
    {
        1: "no_price",
        2: "expired",
        3: "below_intrinsic",
        4: "above_bound",
        5: "no_time_value",
    }
)
"""Why a price has no implied volatility. `no_time_value`: less of it than the price's rounding."""
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "below_intrinsic": "the price is at or below what exercise brings: no volatility gives it",
        "above_bound": "the price is as much as the right can be worth: no volatility gives it",
        "no_time_value": "less time value than the price's last digit: no volatility can be told",
    }
)
"""Of the reasons that a quote may have which is fit otherwise."""


@dataclass(frozen=True, eq=False)
class Implied:
    """Implied volatilities, and why some are missing."""

    sigma: Floats
    """Fractions a year; missing, never 0."""
    code: NDArray[np.int8]
    """0 where found, else a key of REASONS."""

    def counts(self) -> dict[str, int]:
        """How many are missing, by reason."""
        return {word: n for code, word in REASONS.items() if (n := int((self.code == code).sum()))}


def implied(
    side: ArrayLike, price: ArrayLike, forward: ArrayLike, strike: ArrayLike, years: ArrayLike,
    discount: ArrayLike = 1.0,
) -> Implied:  # fmt: skip
    """The sigma at which `black` gives each price, exact to the last digits that the price holds.

    Arguments as in `black`. A rational guess (Stefanica and Radoičić 2017), then Halley's steps in
    Jäckel's normalised form (2006), kept inside a bracket that shrinks with each.
    """
    from sigma_core.options import _kernels

    values = _flat(side, price, forward, strike, years, discount)
    n = len(values.flat[0])
    out, why = np.empty(n), np.empty(n, dtype=np.int8)
    sides, prices, forwards, strikes, left, discounts = values.flat
    _kernels.implied(sides, prices, forwards, strikes, left, discounts, out, why)
    return Implied(out.reshape(values.shape), why.reshape(values.shape))


def early_exercise_bound(
    side: ArrayLike, spot: ArrayLike, strike: ArrayLike, years: ArrayLike,
    rate: ArrayLike, dividend: ArrayLike,
) -> Floats:  # fmt: skip
    """The most, in dollars, that the right to exercise early may add to a European price.

    K·(1 − e^(−rT)) of a put and S·(1 − e^(−qT)) of a call, with rates below 0 counted as 0: Kim,
    "The analytic valuation of American options" (1990), where the premium is the interest on the
    strike (or the dividends) of the time spent beyond the boundary.
    """
    put, t = np.asarray(side, dtype=float) < 0, np.asarray(years, dtype=float)
    held = np.where(put, strike, spot)
    yearly = np.maximum(np.where(put, rate, dividend), 0.0)
    return np.asarray(-held * np.expm1(-yearly * np.maximum(t, 0.0)))


def early_exercise_matters(
    side: ArrayLike, spot: ArrayLike, strike: ArrayLike, years: ArrayLike, sigma: ArrayLike,
    rate: ArrayLike, dividend: ArrayLike, *, points: float = 0.5,
) -> NDArray[np.bool_]:  # fmt: skip
    """Where an American option's European implied volatility may be off by more than `points`.

    That is where `early_exercise_bound` is worth more volatility points than that, by vega. A
    sigma that is missing is not flagged: it is missing.
    """
    vega = greeks(side, spot, strike, years, sigma, rate, dividend).vega
    bound = early_exercise_bound(side, spot, strike, years, rate, dividend)
    return np.asarray(bound > points * vega)
