"""Implied volatilities a second against Black prices; facts of a million rows of chains."""

from time import process_time

import numpy as np
import pandas as pd

from sigma_core.calendars import calendar
from sigma_core.options.black import black, side_of
from sigma_core.options.facts import facts
from sigma_core.options.implied import implied
from sigma_core.options.sanity import sane

N = 1_000_000
GOAL = 1_000_000
"""Implied volatilities a second that two cores should make; the loop runs on one."""
SNAPSHOTS, EXPIRIES, STRIKES = 100, 25, 200
"""Of a chain day of a million rows: both rights of each strike."""
FEW = 10.0
"""Seconds in which two cores should make the facts of that day."""


def best(work, rounds: int = 5) -> float:
    """Seconds of the processor in the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        begun = process_time()
        work()
        times.append(process_time() - begun)
    return min(times)


def chain_day() -> pd.DataFrame:
    """Chains of one session, looked through: calls and puts at one sloped volatility."""
    day, session = pd.Timedelta("1D"), pd.Timestamp("2024-05-06")
    ends = [session + day * n for n in (4, *range(11, 11 + 7 * (EXPIRIES - 1), 7))]
    keys = pd.MultiIndex.from_product(
        [ends, np.linspace(70, 130, STRIKES), ["C", "P"]], names=["expiration", "strike", "right"]
    )
    one = keys.to_frame(index=False)
    years = (one["expiration"] - session).dt.days / 365
    mid = black(side_of(one["right"]), 100.0, one["strike"], years, 0.35 - 0.001 * one["strike"])
    one = one.assign(bid=mid * 0.99, ask=mid * 1.01, volume=9.0, open_interest=50.0, iv=0.2)
    one["expiration"] = one["expiration"].astype("datetime64[us]")
    rows = sane(one.assign(session=session, root="XSP", underlying=100.0), calendar("XNYS")).rows
    moments = [rows["as_of"] - pd.Timedelta(minutes=3 * n) for n in range(SNAPSHOTS)]
    return pd.concat([rows.assign(as_of=at) for at in moments], ignore_index=True)


def facts_of_a_day() -> None:
    """Seconds of the processor for the facts of a million rows, against their inversions."""
    rows = chain_day()
    half = rows.iloc[: len(rows) // SNAPSHOTS]
    facts(half, calendar("XNYS"))  # compiled
    took = best(lambda: facts(rows, calendar("XNYS")), rounds=2)
    side, years = side_of(rows["right"]), np.full(len(rows), 0.2)
    inverted = best(lambda: implied(side, rows["mid"], 100.0, rows["strike"], years), rounds=2)
    print(f"facts of a chain day of {len(rows):,} rows in {SNAPSHOTS} snapshots")
    print(f"  seconds of one core   {took:6.2f}, {took / inverted:.1f} times their inversions")
    print(f"  {'met' if took <= FEW else 'MISSED'}: {FEW:g} seconds")


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
    facts_of_a_day()


if __name__ == "__main__":
    main()
