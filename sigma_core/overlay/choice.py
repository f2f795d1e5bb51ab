"""Which contracts each trade is held as: picked from the chain as it stood at the decision."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.domain.chains import Pick
from sigma_core.domain.policy import Options
from sigma_core.options.black import Curve
from sigma_core.options.marks import marked
from sigma_core.options.select import Rows, choose, levels, rows_of
from sigma_core.overlay.standing import Clock, standing
from sigma_core.overlay.worth import carried
from sigma_core.tape import Ints

NO_CHAIN = "no_chain"
"""No snapshot of the session of the decision, or of the one before."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What was picked for a trade, and from which snapshot."""

    trade: int
    """Position of the trade in the table of trades."""
    reason: str
    """Empty when found; else what stood in the way."""
    pick: Pick | None = None
    """None where there was no chain."""
    as_of: pd.Timestamp | None = None
    """Of the snapshot."""


def curve_of(options: Options) -> Curve:
    """The policy's interest as a curve."""
    return Curve((1.0,), (options.rate,))


def assume(chain: pd.DataFrame, spread: float | None) -> pd.DataFrame:
    """The chain with a bid and an ask, `spread` of the middle apart, where it has but a middle."""
    if spread is None:
        return chain
    alone = chain["mid"].notna() & chain["bid"].isna() & chain["ask"].isna()
    return chain.assign(
        bid=chain["bid"].mask(alone, chain["mid"] * (1 - spread / 2)),
        ask=chain["ask"].mask(alone, chain["mid"] * (1 + spread / 2)),
    )


def choices(
    chain: pd.DataFrame, clock: Clock, trades: pd.DataFrame, options: Options,
    *, levelled: bool = False,
) -> list[Choice]:  # fmt: skip
    """The choice of each trade (columns signal_bar, side), from the last snapshot at its signal.

    With `levelled` the pick also tells the premiums at the underlying's `stop` and `target`.

    `chain`: rows as the lake has them, of any number of snapshots. A snapshot counts that is of
    the session of the decision or of the one before; an older one is carried to the decision at
    its own volatilities. Later rows are never looked at.
    """
    if chain.empty:
        return [Choice(trade, NO_CHAIN) for trade in range(len(trades))]
    stood = standing(chain, clock)
    moments = stood.drop_duplicates("as_of").sort_values(["known", "as_of"])
    at = _last(moments, trades["signal_bar"].to_numpy(dtype="int64"), clock)
    needed = moments["as_of"].iloc[np.unique(at[at >= 0])]
    rows = stood[stood["as_of"].isin(needed)]
    table = marked(rows, curve_of(options))
    bars = trades["signal_bar"].to_numpy(dtype="int64")
    views = _views(table, moments, clock, at, bars)
    found = []
    for trade, (place, bar, side) in enumerate(
        zip(at.tolist(), bars.tolist(), trades["side"].tolist(), strict=True)
    ):
        if place < 0:
            found.append(Choice(trade, NO_CHAIN))
            continue
        frame, seen = views[place, bar]
        pick = choose(seen, options.selection, side)
        if levelled:
            snapshot = frame.iloc[seen.place]
            unit = float(snapshot["underlying"].median() / clock.tape.close[bar])  # adjusted bars
            stop, target = (_level(trades[name].iloc[trade], unit) for name in ("stop", "target"))
            pick = levels(pick, snapshot, stop=stop, target=target)
        found.append(Choice(trade, pick.reason, pick, moments["as_of"].iloc[place]))
    return found


def _views(
    table: pd.DataFrame, moments: pd.DataFrame, clock: Clock, at: Ints, bars: Ints
) -> Mapping[tuple[int, int], tuple[pd.DataFrame, Rows]]:
    """By position in `moments` and bar of decision: the snapshot's rows as they stand then, and the
    frame they are of; all that are carried to a later bar are carried at once."""
    places = table.groupby("as_of").indices
    own = [np.asarray(places.get(as_of, ()), dtype="int64") for as_of in moments["as_of"]]
    pairs = sorted({pair for pair in zip(at.tolist(), bars.tolist(), strict=True) if pair[0] >= 0})
    base = moments["base"].tolist()
    late = [pair for pair in pairs if base[pair[0]] != pair[1]]
    values = rows_of(table).values
    views = {pair: (table, Rows(values, own[pair[0]])) for pair in pairs}
    if late:
        size = np.array([len(own[p]) for p, _ in late])
        moved = at_decision(
            table.iloc[np.concatenate([own[p] for p, _ in late])].reset_index(drop=True),
            clock, np.repeat([b for _, b in late], size),
        )  # fmt: skip
        values = rows_of(moved).values
        for pair, end, n in zip(late, np.cumsum(size).tolist(), size.tolist(), strict=True):
            views[pair] = (moved, Rows(values, np.arange(end - n, end)))
    return views


def _level(price: float | None, unit: float) -> float | None:
    return None if price is None or price != price else price * unit  # noqa: PLR0124  NaN


def at_decision(table: pd.DataFrame, clock: Clock, bars: Ints) -> pd.DataFrame:
    """Rows of marked snapshots (with `base`) as each would stand at the close of its bar."""
    tape, base = clock.tape, table["base"].to_numpy()
    sessions = pd.DatetimeIndex(tape.calendar.session_of(tape.session[bars])).as_unit("us")
    return carried(table, tape.ts[bars], tape.close[bars] / tape.close[base], sessions)


def _last(moments: pd.DataFrame, bars: Ints, clock: Clock) -> Ints:
    """Position of the last snapshot known at each bar; -1 for none, or none young enough."""
    if moments.empty:
        return np.full(len(bars), -1)
    tape = clock.tape
    at = np.searchsorted(moments["known"].to_numpy(), bars, side="right") - 1
    base = moments["base"].to_numpy()[at]
    old = tape.session[bars] - tape.session[base] > 1
    return np.where((at < 0) | old, -1, at)
