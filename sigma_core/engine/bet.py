"""How much a probability deserves to be bet, by the book: told beside what a policy commits."""

from math import erf, sqrt


def bet_size(p: float) -> float:
    """m = 2Φ(z) - 1, z = (p - ½)/√(p(1 - p)), of a probability `p` in (0, 1) that the side wins.

    From -1 to 1, 0 at a half. Source: M. López de Prado, Advances in Financial Machine Learning
    (2018), ch. 10.3, of two outcomes.

    >>> round(bet_size(0.6), 6)
    0.161744
    """
    return erf((p - 0.5) / sqrt(2 * p * (1 - p)))
