"""What a chain's prices would let one earn without risk: parity, butterflies, calendars.

A violation means a stale, wrong or wide quote far more often than money. Every amount is what is
left after selling at the bid and buying at the ask, so a wide market is no violation.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.options.marks import EXPIRY
from sigma_core.options.sanity import fit

CENT = 0.01
"""Dollars a unit below which a gain is rounding."""
FAR = 0.02
"""Distance from the forward, as a share, at which a strike tells of the discount."""
COLUMNS = [*EXPIRY, "right", "strike", "gain"]


@dataclass(frozen=True, eq=False)
class Report:
    """Violations of one law over one session's chain."""

    law: str
    tried: int
    """Combinations with fit quotes that were looked at."""
    rows: pd.DataFrame
    """Violations: root, expiration, right, strike (of the middle or of the pair), gain in dollars
    a unit; of the greatest gain first."""

    @property
    def words(self) -> str:
        """The count, and the greatest, in a line."""
        if self.rows.empty:
            return f"{self.law}: none in {self.tried:,}."
        worst = self.rows.iloc[0]
        return (
            f"{self.law}: {len(self.rows):,} of {self.tried:,}, at most {worst['gain']:.2f} a unit"
            f" ({worst['root']} {worst['expiration']:%Y-%m-%d} {worst['strike']:g})."
        )


def arbitrage(marked: pd.DataFrame) -> Mapping[str, Report]:
    """All three reports of one session's chain, as `marks.marked` gives it."""
    quotes = marked[fit(marked) & marked["bid"].notna() & marked["ask"].notna()]
    quotes = quotes[quotes["years"] > 0]
    return {
        "parity": parity(quotes),
        "butterfly": butterfly(quotes),
        "calendar": calendar_spread(quotes),
    }


def parity(quotes: pd.DataFrame) -> Report:
    """European calls less puts against the forward: D·(F − K) lies between C_bid − P_ask and
    C_ask − P_bid.

    Forward and discount are the expiry's own (the median of (C − P)/(F − K) over strikes more than
    2 % from the forward), so this says which strikes disagree with the rest. Of American options,
    whose parity is an inequality, none are tried. Stoll (1969).
    """
    european = quotes[quotes["style"] == "european"]
    calls, puts = (european[european["right"] == right] for right in "CP")
    both = calls.merge(
        puts[[*EXPIRY, "strike", "bid", "ask", "mid"]],
        on=[*EXPIRY, "strike"],
        suffixes=("", "_put"),
    )
    reach = both["forward"] - both["strike"]
    own = ((both["mid"] - both["mid_put"]) / reach).where(reach.abs() > FAR * both["forward"])
    discount = own.groupby([both[name] for name in EXPIRY]).transform("median")
    held = discount.fillna(both["discount"]) * reach
    dear = both["bid"] - both["ask_put"] - held
    cheap = held - (both["ask"] - both["bid_put"])
    return _report("put–call parity", both.assign(right="C", gain=np.maximum(dear, cheap)))


def butterfly(quotes: pd.DataFrame) -> Report:
    """Prices are convex in the strike: wings bought at the ask cost no less than the middle brings.

    Of each three neighbouring strikes of one expiry and right, weighted for uneven steps. Merton
    (1973), theorem 4.
    """
    rows = quotes.sort_values([*EXPIRY, "right", "strike"])
    by = rows.groupby([*EXPIRY, "right"])
    low, high = by.shift(1), by.shift(-1)
    share = (high["strike"] - rows["strike"]) / (high["strike"] - low["strike"])
    gain = rows["bid"] - (share * low["ask"] + (1 - share) * high["ask"])
    return _report("butterfly", rows.assign(gain=gain)[gain.notna()])


def calendar_spread(quotes: pd.DataFrame) -> Report:
    """Undiscounted calls at the same strike over forward grow with time, in total variance.

    Compared are neighbouring expiries of one root at one strike; the later one, bought at the ask
    and moved to the earlier's forward in proportion, may not cost less than the earlier one's bid.
    Only where the strikes over forward are within a thousandth of each other, or the claim would
    rest on interpolation. Gatheral and Jacquier (2014), lemma 2.1.
    """
    rows = quotes.assign(money=quotes["strike"] / quotes["forward"])
    rows = rows.sort_values(["root", "right", "strike", "years"])
    later = rows.groupby(["root", "right", "strike"]).shift(-1)
    close = (later["money"] / rows["money"] - 1).abs() < 1e-3
    worth = later["ask"] / later["discount"] / later["forward"]
    gain = (rows["bid"] / rows["discount"] / rows["forward"] - worth) * rows["forward"]
    slack = (later["money"] - rows["money"]).abs() * rows["forward"]  # a call moves by no more
    return _report("calendar", rows.assign(gain=gain - slack)[close & gain.notna()])


def _report(law: str, tried: pd.DataFrame) -> Report:
    bad = tried.loc[tried["gain"] > CENT, COLUMNS].sort_values(
        ["gain", "strike"], ascending=[False, True]
    )
    return Report(law, len(tried), bad.reset_index(drop=True))
