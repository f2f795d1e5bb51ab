"""The loops of option pricing that numba compiles: numbers only, one option after another.

Black (1976) in normalised form, after Jäckel, "By Implication" (2006): with forward F, strike K,
x = ln(F/K) and s = σ√T, an undiscounted price over √(FK) depends on x and s alone. Only options
out of the money are inverted (x ≤ 0 for a call; the rest by put-call parity), as their price is
all time value and loses no digits.
"""

import math

from numba import njit

HALF = math.sqrt(0.5)
ROOT_2PI = math.sqrt(2 * math.pi)
STEPS = 64
"""Bound on the steps of one inversion; three to five are usual, and each also halves at worst."""
WIDEST = 60.0
"""Greatest σ√T that is looked for: beyond, a price is its own upper bound in 64 bits."""


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _cdf(z):  # type: ignore[no-untyped-def]  # numba reads no annotations  # noqa: ANN001, ANN202
    return 0.5 * math.erfc(-z * HALF)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _otm(x, s):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The normalised price of a call with x ≤ 0."""
    up = math.exp(0.5 * x)
    return up * _cdf(x / s + 0.5 * s) - _cdf(x / s - 0.5 * s) / up


@njit(cache=True, nogil=True, error_model="numpy")
def black(side, forward, strike, deviation, discount, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Price of each option into `out`; `deviation` is σ√T, NaN in gives NaN out."""
    for i in range(len(out)):
        f, k, s, d = forward[i], strike[i], deviation[i], discount[i]
        if not (f > 0 and k > 0 and s >= 0 and d > 0):
            out[i] = math.nan
            continue
        sign = side[i]
        inside = max(sign * (f - k), 0.0)
        worth = 0.0
        if s > 0:
            worth = math.sqrt(f * k) * max(_otm(-abs(math.log(f / k)), s), 0.0)
        out[i] = d * (inside + worth)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _guess(x, beta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """s from Stefanica and Radoičić, "An Explicit Implied Volatility Formula" (2017).

    Pólya's rational-exponential stand-in for the normal distribution makes the price equation
    solvable; within some per cent of the root for all x and prices.
    """
    alpha = beta * math.exp(0.5 * x)  # price over strike
    e, r = math.exp(x), 2 * alpha + 1 - math.exp(x)
    p = 2 / math.pi
    a = (math.exp((1 - p) * x) - math.exp((p - 1) * x)) ** 2
    b = 4 * (math.exp(p * x) + math.exp(-p * x)) - 2 * math.exp(-x) * (
        math.exp((1 - p) * x) + math.exp((p - 1) * x)
    ) * (e * e + 1 - r * r)
    c = math.exp(-2 * x) * 4 * alpha * (alpha + 1 - e) * ((e + 1) ** 2 - r * r)
    inner = 2 * c / (b + math.sqrt(max(b * b + 4 * a * c, 0.0)))
    if not inner > 0:  # nothing of the price is left in these differences
        return 0.0
    gamma = -0.5 * math.pi * math.log(inner)
    far, near = math.sqrt(max(gamma - x, 0.0)), math.sqrt(max(gamma + x, 0.0))
    middle = e / 2 - (0.5 - 0.5 * math.sqrt(1 - math.exp(4 * x / math.pi)))
    if alpha > middle:
        return far + near
    return -2 * x / (far + near) if far + near > 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _deviation(x, beta):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """s with _otm(x, s) = beta, by Halley's step kept inside a bracket.

    Below the point of inflexion, s = √(2|x|), on ln(price): there the price itself is flat.
    """
    low, high = 0.0, WIDEST
    inflexion = math.sqrt(-2 * x)
    logarithmic = inflexion > 0 and beta < _otm(x, inflexion)
    if logarithmic:
        high = inflexion
    else:
        low = inflexion
    s = _guess(x, beta)
    if not low < s < high:
        s = 0.5 * (low + high) if logarithmic else low + ROOT_2PI * beta
    for _ in range(STEPS):
        value = _otm(x, s)
        if value < beta:
            low = s
        else:
            high = s
        slope = math.exp(-0.5 * (x * x / (s * s) + 0.25 * s * s)) / ROOT_2PI
        bend = x * x / (s * s * s) - 0.25 * s  # second derivative over the first
        if logarithmic:
            if not (value > 0 and slope > 0):
                s = 0.5 * (low + high)
                continue
            miss, first = math.log(value / beta), slope / value
            bend -= first
        else:
            miss, first = value - beta, slope
        newton = miss / first if first > 0 else math.inf
        step = newton / max(1 - 0.5 * newton * bend, 0.5) if math.isfinite(newton) else newton
        after = s - step
        if abs(step) < 1e-6 * s:  # a step of third order from here ends below the last digit
            return min(max(after, low), high)
        s = after if low < after < high else 0.5 * (low + high)
    return s


@njit(cache=True, nogil=True, error_model="numpy")
def implied(side, price, forward, strike, years, discount, out, why):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """σ of each price into `out`, NaN where there is none; the reason's code into `why`.

    0 found, 1 a number is missing or out of range, 2 expired, 3 below intrinsic value or equal to
    it, 4 at or above the most it can be worth, 5 time value below the price's own rounding.
    """
    for i in range(len(out)):
        out[i] = math.nan
        p, f, k, t, d, sign = price[i], forward[i], strike[i], years[i], discount[i], side[i]
        if not (p >= 0 and f > 0 and k > 0 and d > 0 and t == t and p < math.inf):  # noqa: PLR0124  NaN
            why[i] = 1
            continue
        if t <= 0:
            why[i] = 2
            continue
        whole = p / d
        value = whole - max(sign * (f - k), 0.0)
        if not value > 0:
            why[i] = 3
            continue
        if value >= min(f, k):
            why[i] = 4
            continue
        if value < 4e-16 * whole:
            why[i] = 5
            continue
        why[i] = 0
        out[i] = _deviation(-abs(math.log(f / k)), value / math.sqrt(f * k)) / math.sqrt(t)
