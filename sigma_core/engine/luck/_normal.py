"""Upper tails of the normal distribution, exact where one minus a probability is not."""

from math import erfc, sqrt


def sf(z: float) -> float:
    """Probability above `z`."""
    return erfc(z / sqrt(2)) / 2


def isf(p: float) -> float:
    """The value that is exceeded with probability `p` in (0, 1)."""
    from scipy.special import ndtri  # half a second to import

    return -float(ndtri(p))
