"""Prices that no market can have made are refused, with the first row and the value."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar
from sigma_core.errors import QualityError
from sigma_core.providers._place import Place
from sigma_core.sources import PRICES

SLACK = 1e-9
"""Relative: an adjusted high may fall short of the close by a rounding."""
SPLITS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0)
"""Shares for one, or one for as many."""
NEAR = 0.03
"""How near to such a fraction the overnight ratio must be; half as near for 3 for 2."""
HELD = 0.15
"""How far the bar's close may have left the new level."""
NEIGHBOURS = 5
"""Sessions that may be missing between two bars of which one is measured on the other."""
LEAST, MOST = 1e-12, 1e12
"""Prices lie between: coins quoted in trillionths, funds adjusted for many reverse splits."""
MOST_VOLUME = 1e18
"""Units in one bar: more than any market counts, and squares of it are still numbers."""
LEAP = 10_000.0
"""Factor between a close and a price of the next bar that only a mistake explains. The farthest
that was ever printed lies within: Accenture at one cent after 40 dollars, on 2010-05-06."""
MEND = "Mend the row, or leave it out."


def refuse_prices(bars: pd.DataFrame, place: Place, at: np.ndarray) -> None:
    """Raises QualityError: a price or volume that is none, out of bounds; high or low crossed.

    `at` are the places of the bars in the file. Of a series of closes alone only those are read.
    """

    def first(wrong: np.ndarray, words: str) -> None:
        if wrong.any():
            place.refuse(int(at[wrong.argmax()]), words.format(**bars.iloc[wrong.argmax()]), MEND)

    full = bool(bars["open"].notna().any())
    for name in PRICES if full else ("close",):
        values = bars[name].to_numpy()
        first(np.isnan(values), f"{name} is missing (NaN)")
        first(~np.isfinite(values), f"{name} is {{{name}}}")
        first(values <= 0, f"{name} is {{{name}:g}}, not above 0")
        outside = (values < LEAST) | (values > MOST)
        first(outside, f"{name} is {{{name}:g}}, and prices lie between {LEAST:g} and {MOST:,.0f}")
    first((bars["volume"] < 0).to_numpy(), "volume is {volume:g}, below 0")
    first((bars["volume"] > MOST_VOLUME).to_numpy(), "volume is {volume:g}, more than there can be")
    if full:
        _refuse_crossed(bars, first)


def _refuse_crossed(bars: pd.DataFrame, first: Callable[[np.ndarray, str], None]) -> None:
    open_, high, low, close = (bars[name].to_numpy() for name in PRICES)
    every = "(open {open:g}, high {high:g}, low {low:g}, close {close:g})"
    first(high * (1 + SLACK) < low, f"high is below low {every}")
    first(high * (1 + SLACK) < np.maximum(open_, close), f"high is not the highest price {every}")
    first(low * (1 - SLACK) > np.minimum(open_, close), f"low is not the lowest price {every}")


def refuse_leaps(bars: pd.DataFrame, days: Calendar, place: Place, at: np.ndarray) -> None:
    """Raises QualityError: a price 10,000 times the last close, or less than a part in 10,000.

    Over a hole of many sessions nothing is said: it may have been another company before.
    """
    prices, before = bars[list(PRICES)].to_numpy(), bars["close"].to_numpy()[:-1, None]
    near = np.diff(days.ordinal(bars["session"].to_numpy())) <= NEIGHBOURS
    ratio = prices[1:] / before
    wrong = ((ratio > LEAP) | (ratio < 1 / LEAP)) & near[:, None]
    if wrong.any():
        row, column = divmod(int(wrong.argmax()), len(PRICES))
        factor = max(ratio[row, column], 1 / ratio[row, column])
        place.refuse(
            int(at[row + 1]),
            f"{PRICES[column]} is {prices[row + 1, column]:g} after a close of"
            f" {before[row, 0]:g}, a factor of {factor:,.0f} that no market moves in a bar",
            "Mend whichever of the two is wrong, or leave it out; after a split adjust all prices.",
        )


def nested(bars: pd.DataFrame) -> pd.DataFrame:
    """Bars whose high and low are the outermost prices to the last digit: moved by roundings."""
    high = bars[["open", "high", "close"]].max(axis=1, skipna=False)
    low = bars[["open", "low", "close"]].min(axis=1, skipna=False)
    return bars.assign(high=high, low=low)


def refuse_split(bars: pd.DataFrame, days: Calendar, name: str) -> None:
    """Raises QualityError if prices open at a small fraction, or multiple, of the last close."""
    if bars["open"].isna().any() or len(bars) == 0:
        return
    number = days.ordinal(bars["session"].to_numpy())
    passed = np.diff(number)
    before = bars["close"].to_numpy()[:-1]
    overnight = bars["open"].to_numpy()[1:] / before
    later = bars["close"].to_numpy()[1:] / before
    factor = np.zeros(len(passed))
    for shares in SPLITS:
        for ratio in (1 / shares, shares):
            near = NEAR / 2 if shares == 1.5 else NEAR
            hit = (abs(overnight / ratio - 1) < near) & (abs(later / ratio - 1) < HELD)
            factor[hit & (passed > 0) & (passed <= NEIGHBOURS)] = 1 / ratio
    found = np.flatnonzero(factor)
    if len(found):
        raise _split(bars, found, factor[found[0]], name)


def _split(bars: pd.DataFrame, found: np.ndarray, factor: float, name: str) -> QualityError:
    old, new = bars.iloc[found[0]], bars.iloc[found[0] + 1]
    shown = f"{factor:g} for 1" if factor > 1 else f"1 for {1 / factor:g}"
    shown = shown.replace("1.5 for 1", "3 for 2").replace("1 for 1.5", "2 for 3")
    others = [f"{day:%Y-%m-%d}" for day in bars["session"].iloc[found[1:] + 1]]
    more = f"; also {', '.join(others[:5])}" if others else ""
    return QualityError(
        f"{name}: {new['session']:%Y-%m-%d} opens at {new['open']:g} after a close of"
        f" {old['close']:g}, which looks like an unadjusted split of {shown}{more}.",
        hint="Adjust the prices, or name the column that does in its YAML: adjust_by.",
    )
