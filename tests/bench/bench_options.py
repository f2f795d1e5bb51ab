"""Implied volatilities a second, against Black prices a second in the same run."""

from time import process_time

import numpy as np

from sigma_core.options.black import black
from sigma_core.options.implied import implied

N = 1_000_000
GOAL = 1_000_000
"""Implied volatilities a second that two cores should make; the loop runs on one."""


def best(work, rounds: int = 5) -> float:
    """Seconds of the processor in the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        work()
        times.append(process_time() - begun)
    return min(times)


def main() -> None:
    """A million options of all kinds: three sigma around the money, a day to two years."""
    rng = np.random.default_rng(1)
    years, sigma = rng.uniform(1 / 365, 2, N), rng.uniform(0.05, 1.5, N)
    strike = 100 * np.exp(rng.uniform(-3, 3, N) * sigma * np.sqrt(years))
    side = rng.choice([-1.0, 1.0], N)
    price = black(side, 100.0, strike, years, sigma)
    found = implied(side, price, 100.0, strike, years)
    good = found.code == 0
    priced = best(lambda: black(side, 100.0, strike, years, sigma))
    inverted = best(lambda: implied(side, price, 100.0, strike, years))
    again = black(side, 100.0, strike, years, found.sigma)
    print("options, a million at a time, by seconds of one core")
    print(f"  Black prices          {N / priced / 1e6:6.2f} million a second")
    print(f"  implied volatilities  {N / inverted / 1e6:6.2f} million a second")
    print(f"  an inversion costs    {inverted / priced:6.2f} prices")
    print(f"  worst price back      {np.abs(again - price)[good].max():.1e} of 100")
    print(f"  not invertible        {int((~good).sum()):,} ({found.counts()})")
    print(f"  {'met' if N / inverted >= GOAL else 'MISSED'}: {GOAL / 1e6:g} million a second")


if __name__ == "__main__":
    main()
