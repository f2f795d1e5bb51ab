"""Implied volatility of the ticker's own option chains: level, rank, skew, wings and term.

All are of our own volatilities, read at fixed days between listed expiries, straight in total
variance; 0 days is the nearest expiry itself. Known when the snapshot was taken.
"""

import numpy as np

from sigma_core.indicators._columns import Array, Ints
from sigma_core.indicators._define import indicator
from sigma_core.indicators._windows import over_earlier, ratio, starts
from sigma_core.options.surface import TENORS

DAYS = {"days": TENORS}
YEAR = 252
"""Sessions a year, for annualising."""


NEAR, FAR = tuple(d for d in TENORS if d <= 30), tuple(d for d in TENORS if d > 30)
WINDOW = {"window": (2, 2000)}


def _atm(*, days: int, **_: int) -> tuple[str, ...]:
    return (f"atm_{days}",)


def _atm_and_session(*, days: int, **_: int) -> tuple[str, ...]:
    return (f"atm_{days}", "session")


def _none(**_: int) -> int:
    return 0


def _window(*, window: int, **_: int) -> int:
    return window


@indicator(
    group="options", rows="chains", warmup=_none, bounds=(0, float("inf")),
    reads=_atm, choices=DAYS,
)  # fmt: skip
def atm_iv(sigma: Array, *, days: int = 30) -> Array:  # noqa: ARG001  chooses what is read
    """Implied volatility at the money, so many calendar days ahead.

    At each listed expiry straight in the strike at its forward; missing where no expiry lies
    beyond the days.

    Units: fraction a year; 0.2 is twenty volatility points.
    Source: Black (1976) inverted; days as in Cboe, VIX White Paper (total variance).

    >>> atm_iv(np.array([0.2])).tolist()
    [0.2]
    """
    return sigma


@indicator(
    group="options", rows="chains", warmup=_window, bounds=(0, 1),
    sessions=_window,
    reads=_atm_and_session, choices=DAYS,
)  # fmt: skip
def iv_rank(sigma: Array, session: Ints, *, days: int = 30, window: int = 252) -> Array:  # noqa: ARG001  chooses what is read
    """Where implied volatility stands between the least and the most of the sessions before.

    Of each of the `window` sessions before, its last snapshot; this one is in the range too.
    Missing where they are all the same.

    Units: fraction; 0 is the least, 1 the most.
    Source: (iv − min) / (max − min), as brokers define IV rank.

    >>> iv_rank(np.array([0.1, 0.3, 0.2, 0.4]), np.arange(4), window=2).round(4).tolist()
    [nan, nan, 0.5, 1.0]
    """

    def rank(before: Array, now: Array) -> Array:
        least = np.minimum(before.min(axis=1), now)
        return ratio(now - least, np.maximum(before.max(axis=1), now) - least)

    return over_earlier(sigma, session, window, rank)


@indicator(
    group="options", rows="chains", warmup=_window, bounds=(0, 1),
    sessions=_window,
    reads=_atm_and_session, choices=DAYS,
)  # fmt: skip
def iv_percentile(sigma: Array, session: Ints, *, days: int = 30, window: int = 252) -> Array:  # noqa: ARG001  chooses what is read
    """Share of the sessions before in which implied volatility was lower than it is now.

    Of each of the `window` sessions before, its last snapshot.

    Units: fraction; 0.9 is higher than in nine of ten sessions.
    Source: empirical distribution function, strictly below.

    >>> iv_percentile(np.array([0.1, 0.3, 0.2, 0.4]), np.arange(4), window=2).tolist()
    [nan, nan, 0.5, 1.0]
    """
    return over_earlier(
        sigma, session, window, lambda before, now: (before < now[:, None]).mean(axis=1)
    )


@indicator(
    group="options", rows="chains", warmup=_window,
    sessions=_window, limits=WINDOW,
    reads=_atm_and_session, choices=DAYS,
)  # fmt: skip
def atm_iv_zscore(sigma: Array, session: Ints, *, days: int = 30, window: int = 252) -> Array:  # noqa: ARG001  chooses what is read
    """How many standard deviations implied volatility is above its mean of the sessions before.

    Of each of the `window` sessions before, its last snapshot.

    Units: standard deviations (ddof 1).
    Source: (iv − mean) / sd.

    >>> atm_iv_zscore(np.array([0.1, 0.3, 0.4]), np.arange(3), window=2).round(4).tolist()
    [nan, nan, 1.4142]
    """

    def score(before: Array, now: Array) -> Array:
        mean, sd = before.mean(axis=1), before.std(axis=1, ddof=1)
        return ratio(now - mean, np.where(sd <= 1e-12 * np.abs(mean), 0.0, sd))

    return over_earlier(sigma, session, window, score)


@indicator(
    group="options", rows="chains", warmup=_window,
    sessions=_window, limits=WINDOW,
    reads=lambda days, **_: (f"atm_{days}", "close", "session"), choices=DAYS,
)  # fmt: skip
def iv_realized_spread(
    sigma: Array, close: Array, session: Ints, *, days: int = 30,  # noqa: ARG001  chooses what is read
    window: int = 20,
) -> Array:  # fmt: skip
    """Implied volatility at the money less the volatility that the underlying has just had.

    Realized: standard deviation of the last `window` log returns from close to close (to the last
    price known, within a session) of the model's own bars, between sessions that have a chain.

    Units: fraction a year; 0.05 is five volatility points dearer than realized.
    Source: Carr and Wu, Variance Risk Premiums, Review of Financial Studies 22 (2009), in
    volatilities; ddof 1, 252 sessions a year.

    >>> price = np.exp(np.array([0.0, 0.01, 0.01]))
    >>> iv_realized_spread(np.full(3, 0.2), price, np.arange(3), window=2).round(4).tolist()
    [nan, nan, 0.0878]
    """

    def realized(before: Array, now: Array) -> Array:
        moves = np.diff(np.c_[before, now], axis=1)
        return np.asarray(moves.std(axis=1, ddof=1) * np.sqrt(YEAR))

    return sigma - over_earlier(np.log(close), session, window, realized)


@indicator(
    group="options", rows="chains", warmup=_none, choices=DAYS,
    reads=lambda days: (f"put25_{days}", f"call25_{days}"),
)  # fmt: skip
def iv_skew_25d(put: Array, call: Array, *, days: int = 30) -> Array:  # noqa: ARG001  chooses what is read
    """Implied volatility of the put of delta −0.25 less that of the call of delta 0.25.

    Above 0 protection against a fall is dearer than a bet on a rise.

    Units: fraction a year; 0.05 is five volatility points.
    Source: Mixon, What Does Implied Volatility Skew Measure?, Journal of Derivatives 18 (2011),
    not divided by the level.

    >>> iv_skew_25d(np.array([0.25]), np.array([0.2])).round(4).tolist()
    [0.05]
    """
    return put - call


@indicator(
    group="options", rows="chains", warmup=_none, choices=DAYS,
    reads=lambda days: (f"put10_{days}", f"call10_{days}", f"atm_{days}"),
)  # fmt: skip
def iv_smile_wings(put: Array, call: Array, sigma: Array, *, days: int = 30) -> Array:  # noqa: ARG001  chooses what is read
    """How far the ends of the smile are above its middle: mean of both ends less at the money.

    The ends are the put of delta −0.10 and the call of delta 0.10.

    Units: fraction a year; 0.03 is three volatility points.
    Source: the butterfly of foreign exchange options at 10 delta, as in Clark, Foreign Exchange
    Option Pricing (2011).

    >>> iv_smile_wings(np.array([0.3]), np.array([0.2]), np.array([0.22])).round(4).tolist()
    [0.03]
    """
    return (put + call) / 2 - sigma


@indicator(
    group="options", rows="chains", warmup=_none,
    choices={"near": NEAR, "far": FAR},
    reads=lambda near, far: (f"atm_{near}", f"atm_{far}"),
)  # fmt: skip
def iv_term_slope(sooner: Array, later: Array, *, near: int = 30, far: int = 90) -> Array:  # noqa: ARG001  chooses what is read
    """How far implied volatility of the later days is above that of the nearer ones.

    Above 0 the months ahead are thought wilder than the next weeks, as they mostly are.

    Units: fraction; 0.1 is ten percent above.
    Source: as `vix_term_slope`: iv(far) / iv(near) − 1, both at fixed days in total variance.

    >>> iv_term_slope(np.array([0.2]), np.array([0.22])).round(4).tolist()
    [0.1]
    """
    return ratio(later, sooner) - 1


@indicator(
    group="options", rows="chains", warmup=_none, choices=DAYS,
    reads=_atm_and_session,
)  # fmt: skip
def atm_iv_open_delta(sigma: Array, session: Ints, *, days: int = 30) -> Array:  # noqa: ARG001  chooses what is read
    """Change of implied volatility at the money since the first snapshot of the session.

    0 at the first one; so it says nothing where a session has only one.

    Units: fraction a year; 0.01 is one volatility point up.
    Source: difference of `atm_iv`.

    >>> atm_iv_open_delta(np.array([0.2, 0.21, 0.3]), np.array([0, 0, 1])).round(4).tolist()
    [0.0, 0.01, 0.0]
    """
    begins = starts(session)
    return sigma - sigma[begins[np.searchsorted(begins, np.arange(len(sigma)), side="right") - 1]]
