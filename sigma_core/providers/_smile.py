"""The volatility surface of a simulated market: one smile at every expiry, free of arbitrage.

SSVI of J. Gatheral and A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance
14 (2014). With φ(θ) = η/√(θ(1 + θ)) and η(1 + |ρ|) ≤ 2 no butterfly pays (theorem 4.2), and where
θ never falls with the expiry no calendar spread does (theorem 4.1).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RHO = -0.5
"""Correlation of price and volatility: below 0, puts are dearer than calls as far away."""
ETA = 1.0
"""Bend of the smile; η(1 + |ρ|) is 1.5."""
LEAST = 1e-200
"""Keeps 0/0 out; nothing that is priced is so small."""


def smile(log_money: Floats, level: Floats) -> Floats:
    """Total implied variance σ²T at ln(strike/forward), where it is `level` at the forward.

    Where `level` is 0 nothing is left to happen, and so is the variance at every strike.

    >>> smile(np.array([-0.02, 0.0, 0.02]), np.array([1e-4, 1e-4, 1e-4])).round(8).tolist()
    [0.00023228, 0.0001, 8.66e-05]
    """
    z = ETA * log_money / np.sqrt(np.maximum(level, LEAST) * (1 + level))
    return np.asarray(level / 2 * (1 + RHO * z + np.sqrt((z + RHO) ** 2 + 1 - RHO**2)))
