"""Prices and greeks of European options: Black (1976), and Black–Scholes–Merton by its forward."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sigma_core.errors import BadRequest

Floats = NDArray[np.float64]
DAYS = 365.0
"""Calendar days in a year: of theta, and of years to expiry."""


@dataclass(frozen=True)
class Curve:
    """Continuously compounded zero rates by years; straight between them, level beyond the ends."""

    years: tuple[float, ...] = (1.0,)
    rates: tuple[float, ...] = (0.0,)
    """Fractions a year: 0.05 is 5 %."""

    def __post_init__(self) -> None:
        """Raises BadRequest for points that make no curve."""
        rising = all(a < b for a, b in zip(self.years, self.years[1:], strict=False))
        if not self.years or len(self.years) != len(self.rates) or not rising:
            raise BadRequest(
                f"A rate curve of years {self.years} and rates {self.rates} is none.",
                hint="As many rates as years, the years rising.",
            )

    def rate(self, years: ArrayLike) -> Floats:
        """The zero rate at each number of years.

        >>> Curve((0.5, 1.5), (0.02, 0.04)).rate([0.1, 1.0, 3.0]).tolist()
        [0.02, 0.03, 0.04]
        """
        return np.asarray(np.interp(np.asarray(years, dtype=float), self.years, self.rates))

    def discount(self, years: ArrayLike) -> Floats:
        """What a dollar at each number of years is worth now."""
        return np.asarray(np.exp(-self.rate(years) * np.asarray(years, dtype=float)))


@dataclass(frozen=True, eq=False)
class Greeks:
    """Sensitivities of each option, in the units that chains are quoted in."""

    delta: Floats
    """Dollars per dollar of the underlying."""
    gamma: Floats
    """Delta per dollar of the underlying."""
    theta: Floats
    """Dollars per calendar day, a 365th of a year."""
    vega: Floats
    """Dollars per volatility point (0.01)."""
    rho: Floats
    """Dollars per point (0.01) of the rate, at the same dividend yield."""


def side_of(right: ArrayLike) -> Floats:
    """+1 for `C`, −1 for `P`, missing for anything else.

    >>> side_of(["C", "P"]).tolist()
    [1.0, -1.0]
    """
    text = np.asarray(right, dtype=object)
    return np.where(text == "C", 1.0, np.where(text == "P", -1.0, np.nan))


def black(
    side: ArrayLike, forward: ArrayLike, strike: ArrayLike, years: ArrayLike, sigma: ArrayLike,
    discount: ArrayLike = 1.0,
) -> Floats:  # fmt: skip
    """Price of a European option on a forward, in dollars; missing for what is out of range.

    `side` is +1 for a call and −1 for a put, `years` to settlement, `sigma` a fraction a year,
    `discount` what a dollar at settlement is worth now. At or after expiry: intrinsic value.
    Black, "The pricing of commodity contracts" (1976).
    """
    from sigma_core.options import _kernels

    values = _flat(side, forward, strike, years, sigma, discount)
    sides, forwards, strikes, left, sigmas, discounts = values.flat
    out = np.empty(len(sides))
    deviation = sigmas * np.sqrt(np.maximum(left, 0.0))
    _kernels.black(sides, forwards, strikes, deviation, discounts, out)
    return out.reshape(values.shape)


def greeks(
    side: ArrayLike, spot: ArrayLike, strike: ArrayLike, years: ArrayLike, sigma: ArrayLike,
    rate: ArrayLike = 0.0, dividend: ArrayLike = 0.0,
) -> Greeks:  # fmt: skip
    """Greeks of the price by the forward S·e^((r − q)T), Merton's of 1973: rates are continuously
    compounded fractions a year. Missing at expiry and where sigma is missing or not above 0.

    Formulas: Hull, "Options, Futures, and Other Derivatives", chapter "The Greek letters".
    """
    from scipy.special import ndtr  # half a second to import

    given = (side, spot, strike, years, sigma, rate, dividend)
    w, s, k, t, v, r, q = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in given))
    with np.errstate(divide="ignore", invalid="ignore"):
        good = (s > 0) & (k > 0) & (t > 0) & (v > 0)
        root = np.where(good, v * np.sqrt(t), np.nan)
        d1 = (np.log(s / k) + (r - q) * t) / root + root / 2
        d2 = d1 - root
        paid, dollar = np.exp(-q * t), np.exp(-r * t)
        density = paid * np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi)
        inside, exercised = paid * s * ndtr(w * d1), dollar * k * ndtr(w * d2)
        theta = -s * density * v / (2 * np.sqrt(t)) + w * (q * inside - r * exercised)
        return Greeks(
            delta=w * paid * ndtr(w * d1),
            gamma=density / (s * root),
            theta=theta / DAYS,
            vega=s * density * np.sqrt(t) / 100,
            rho=w * t * exercised / 100,
        )


@dataclass(frozen=True, eq=False)
class _Flat:
    """Arguments broadcast against each other, as flat arrays of floats, and their shape."""

    flat: list[Floats]
    shape: tuple[int, ...]


def _flat(*given: Any) -> _Flat:
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in given))
    flat = [np.ascontiguousarray(array).reshape(-1) for array in arrays]
    return _Flat(flat, arrays[0].shape)
