"""What a chain says of itself: forwards by put–call parity, then volatility and greeks of each row.

The forward carries dividends and borrowing costs, so none need be known beforehand.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.options.black import DAYS, Curve, Floats, greeks, side_of
from sigma_core.options.implied import REASONS, early_exercise_matters, implied
from sigma_core.options.sanity import fit

EXPIRY = ["root", "expiration"]
MOMENT = ["as_of", *EXPIRY]
"""One expiry in one snapshot: what a forward is of."""
PAIRS = 6
"""Strikes nearest the forward of whose pairs the median is taken."""
OWN = ("sigma", "own_delta", "own_gamma", "own_theta", "own_vega")
"""Columns of our own that `marked` adds beside the source's."""
WHY = np.array([REASONS.get(code, "") for code in range(max(REASONS) + 1)], dtype=object)
_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "us")


def years_to(chain: pd.DataFrame) -> "pd.Series[float]":
    """Years of 365 calendar days from `as_of` to the moment that settles each option."""
    micros = chain["settles_at"].astype("int64") - chain["as_of"].astype("int64")
    return micros / _DAY / DAYS


def forwards(chain: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    """The forward of each expiry in each snapshot of chains.

    Columns: as_of, root, expiration, years, rate, discount, forward, dividend (the yield that
    explains the forward), pairs, spread (half the middle half of the pairs' forwards, dollars;
    missing for fewer than two). Put–call parity: F = K + (C − P)/D, the median over the strikes
    where call and put are nearest each other. Without a pair of fit quotes `pairs` is 0 and the
    forward is the underlying grown at the rate, without dividends.
    """
    return _by_moment(chain, curve)[0]


def _by_moment(chain: pd.DataFrame, curve: Curve) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """`forwards`, and for each row of the chain which of them is its own."""
    by = chain.groupby(MOMENT, sort=True)
    moment: NDArray[np.int64] = np.asarray(by.ngroup(), dtype="int64")
    table = by.agg(underlying=("underlying", "median")).reset_index()
    table.insert(len(MOMENT), "years", years_to(chain).groupby(moment).first().to_numpy())
    table["rate"] = curve.rate(table["years"])
    table["discount"] = curve.discount(table["years"])
    table = table.join(_parity(chain, moment, table["discount"].to_numpy()))
    table["pairs"] = table["pairs"].fillna(0).astype("int64")
    grown = table["underlying"] / table["discount"]
    table["forward"] = table["forward"].fillna(grown)
    left = table["years"].where(table["years"] > 0)
    table["dividend"] = table["rate"] - np.log(table["forward"] / table["underlying"]) / left
    return table, moment


def marked(chain: pd.DataFrame, curve: Curve) -> pd.DataFrame:
    """Chains, one snapshot or many, with `years`, `forward`, `rate`, `dividend`, `pairs`, and our
    own sigma and greeks from the mid; `unmarked` says in a word why sigma is missing, and `early`
    where early exercise may change it by more than half a volatility point.

    Sigma is a fraction a year; greeks as in `black.Greeks`, `own_delta` per dollar of the spot.
    """
    table = chain.drop(columns=[n for n in ("years",) if n in chain])
    curves, moment = _by_moment(chain, curve)
    own = curves.drop(columns=["underlying", *MOMENT]).take(moment)
    table = pd.concat([table.reset_index(drop=True), own.reset_index(drop=True)], axis=1)
    side, price = side_of(table["right"]), table["mid"].where(fit(table))
    strike, years, spot, rate, dividend = (
        table[name].to_numpy() for name in ("strike", "years", "underlying", "rate", "dividend")
    )
    found = implied(side, price, table["forward"], strike, years, table["discount"])
    made = greeks(side, spot, strike, years, found.sigma, rate, dividend)
    early = early_exercise_matters(side, spot, strike, years, found.sigma, rate, dividend)
    return table.assign(
        sigma=found.sigma,
        own_delta=made.delta,
        own_gamma=made.gamma,
        own_theta=made.theta,
        own_vega=made.vega,
        unmarked=WHY[found.code],
        early=early & (table["style"] == "american"),
    )


def _parity(chain: pd.DataFrame, moment: NDArray[np.int64], discount: Floats) -> pd.DataFrame:
    """Forward, pairs and spread of the expiries that have pairs of quotes, by moment."""
    quotes = chain[["right", "strike", "mid"]].assign(moment=moment)[fit(chain).to_numpy()]
    calls, puts = (
        quotes.loc[quotes["right"] == right, ["moment", "strike", "mid"]] for right in "CP"
    )
    pairs = calls.merge(puts, on=["moment", "strike"], suffixes=("_c", "_p"))
    gap = pairs["mid_c"] - pairs["mid_p"]
    own = discount[pairs["moment"]]
    pairs = pairs.assign(forward=pairs["strike"] + gap / own, gap=gap.abs())
    nearest = pairs.sort_values("gap", kind="stable").groupby("moment").head(PAIRS)
    by = nearest.groupby("moment")["forward"]
    table = pd.DataFrame({"forward": by.median(), "pairs": by.size()})
    half = (by.quantile(0.75) - by.quantile(0.25)) / 2
    return table.assign(spread=half.where(table["pairs"] > 1))
