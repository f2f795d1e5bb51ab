"""Which contract stands in for the underlying, as the policy's `options.selection` says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.chains import Leg, Pick, Side
from sigma_core.domain.policy import Selection
from sigma_core.options.black import black, side_of
from sigma_core.options.expiries import days_to
from sigma_core.options.sanity import fit

WORDS = {
    "right": "no {right} is listed",
    "alive": "every {right} has been settled",
    "weekly": "only weekly expiries are listed, and weekly_ok is false",
    "quoted": "no {right} of {day} has a quote that may be traded",
    "inverts": "no quoted {right} of {day} has a delta: none has an implied volatility, or the"
    " underlying's price is missing",
    "min_oi": "no {right} of {day} has an open interest of {min_oi:,} or more",
    "min_vol": "no {right} of {day} has an implied volatility of {min_vol:.0%} or more",
    "max_spread": "every {right} of {day} has a spread above {max_spread:.0%} of its middle",
    "second_leg": "no {right} {width:g} dollars further out than {strike:g} is listed for {day}",
    "second_quote": "the {right} {width:g} dollars further out than {strike:g} has no quote that"
    " may be traded",
    "worth": "the vertical from {strike:g} costs {premium:.2f}, and no more than {width:g} can be"
    " had of it",
}
"""Why nothing was picked, by the condition that left nothing."""
NEAR = 1e-6
READ = ("session", "symbol", "root", "expiration", "last_session", "right", "kind", "settle",
        "strike", "multiplier", "bid", "ask", "mid", "volume", "open_interest", "years", "sigma",
        "own_delta")  # fmt: skip
"""What of a chain a choice reads."""
QUOTED = "quoted"


@dataclass(frozen=True, eq=False)
class _Ask:
    selection: Selection
    side: Side
    session: pd.Timestamp
    max_spread: float | None

    @property
    def right(self) -> Literal["C", "P"]:
        return "C" if self.side == "long" else "P"


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a chain, by position in its columns: a frame is slow to cut by the thousand."""

    values: Mapping[str, NDArray[Any]]
    place: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.place)

    def of(self, name: str) -> NDArray[Any]:
        """A column's values in these rows."""
        return self.values[name][self.place]

    def where(self, keep: NDArray[np.bool_]) -> "Rows":
        return Rows(self.values, self.place[keep])

    @property
    def first(self) -> dict[str, Any]:
        """The first of the rows, by column."""
        return {name: column[self.place[0]] for name, column in self.values.items()}


def rows_of(chain: pd.DataFrame) -> Rows:
    """All rows of chains, as `marks.marked` gives them."""
    fair = fit(chain) & chain["bid"].notna() & chain["ask"].notna()
    values = {name: chain[name].to_numpy() for name in READ}
    return Rows({**values, QUOTED: fair.to_numpy(dtype=bool)}, np.arange(len(chain)))


def choose(
    chain: pd.DataFrame | Rows, selection: Selection, side: Side, *,
    max_spread: float | None = None,
) -> Pick:  # fmt: skip
    """The contract of a signal, from one session's chain as `marks.marked` gives it.

    Calls for a long signal, puts for a short one, both bought. The expiry is the listed one whose
    days are nearest `dte_target` (equally near: the earlier; null: the nearest), weekly ones left
    out unless `weekly_ok`. Of its contracts with a quote, a delta, `min_oi`, `min_vol` and a spread
    of at most `max_spread` (else the policy's) of the middle, the one whose |delta| is nearest
    `target_delta`; equally near: more open interest, then the lower strike. With `spread_width` the
    contract that many dollars further out is sold. What leaves nothing is the reason; no other
    expiry is tried.
    """
    widest = selection.max_spread if max_spread is None else max_spread
    every = rows = chain if isinstance(chain, Rows) else rows_of(chain)
    ask = _Ask(selection, side, pd.Timestamp(every.of("session")[0]), widest)
    left: dict[str, int] = {}
    day = ""
    for name, rows in _narrowed(every, ask):
        left[name] = len(rows)
        if not len(rows):
            return _nothing(ask, name, left, day=day)
        if name == "expiry":
            day = f"{pd.Timestamp(rows.of('last_session')[0]):%Y-%m-%d}"
    best = _nearest(rows, selection.target_delta)
    if selection.spread_width is None:
        return _pick(ask, left, [best])
    further = _further(every, best, selection.spread_width)
    left["second_leg"] = len(further)
    about = {"day": day, "strike": best["strike"], "width": selection.spread_width}
    if not len(further):
        return _nothing(ask, "second_leg", left, **about)
    sold = further.where(further.of(QUOTED) & ~np.isnan(further.of("sigma")))
    left["second_quote"] = len(sold)
    if not len(sold):
        return _nothing(ask, "second_quote", left, **about)
    picked = _pick(ask, left, [best, sold.first])
    if picked.premium is not None and picked.premium < selection.spread_width:
        return picked
    return _nothing(ask, "worth", {**left, "worth": 0}, **about, premium=picked.premium)


def levels(pick: Pick, chain: pd.DataFrame, *, stop: float | None, target: float | None) -> Pick:
    """The pick with the premium that the underlying's stop and target would mean now.

    Each leg is priced by `black` with its own volatility, time and carry as they stand, the
    forward moved in proportion to the underlying. A pick of nothing stays as it is.
    """
    if not pick.legs:
        return pick
    rows = chain.set_index("symbol").loc[[leg.symbol for leg in pick.legs]]

    def worth(level: float | None) -> float | None:
        if level is None:
            return None
        moved = rows["forward"] * level / rows["underlying"]
        prices = black(
            side_of(rows["right"]), moved, rows["strike"], rows["years"], rows["sigma"],
            rows["discount"],
        )  # fmt: skip
        return float(sum(_sign(leg) * p for leg, p in zip(pick.legs, prices, strict=True)))

    return replace(pick, stop=worth(stop), target=worth(target))


def _narrowed(rows: Rows, ask: _Ask) -> Iterator[tuple[str, Rows]]:
    """What is left after each condition, in order."""
    s = ask.selection
    rows = rows.where(rows.of("right") == ask.right)
    yield "right", rows
    rows = rows.where(rows.of("years") > 0)
    yield "alive", rows
    rows = rows if s.weekly_ok else rows.where(rows.of("kind") != "weekly")
    yield "weekly", rows
    days = days_to(rows.of("last_session"), ask.session)
    gap = np.abs(days - (s.dte_target or 0))
    rows = rows.where(days == (days[gap == gap.min()].min() if len(rows) else 0))
    yield "expiry", rows
    rows = rows.where(rows.of(QUOTED))
    yield "quoted", rows
    rows = rows.where(~np.isnan(rows.of("own_delta")))
    yield "inverts", rows
    rows = rows.where(rows.of("open_interest") >= s.min_oi) if s.min_oi else rows
    yield "min_oi", rows
    rows = rows.where(rows.of("sigma") >= s.min_vol)
    yield "min_vol", rows
    if ask.max_spread is not None:
        rows = rows.where(rows.of("ask") - rows.of("bid") <= ask.max_spread * rows.of("mid"))
    yield "max_spread", rows


def _nearest(rows: Rows, target: float) -> dict[str, Any]:
    off = np.abs(np.abs(rows.of("own_delta")) - target)
    known = -np.nan_to_num(rows.of("open_interest"))
    order = np.lexsort((rows.of("root").astype(str), rows.of("strike"), known, off))
    return Rows(rows.values, rows.place[order]).first


def _further(rows: Rows, best: Mapping[str, Any], width: float) -> Rows:
    strike = best["strike"] + (width if best["right"] == "C" else -width)
    for name in ("root", "expiration", "right"):
        rows = rows.where(rows.of(name) == best[name])
    return rows.where(np.abs(rows.of("strike") - strike) < NEAR)


def _sign(leg: Leg) -> int:
    return 1 if leg.action == "BUY" else -1


def _pick(ask: _Ask, left: dict[str, int], rows: Sequence[Mapping[str, Any]]) -> Pick:
    legs = tuple(
        _leg(row, action, ask.session) for row, action in zip(rows, ("BUY", "SELL"), strict=False)
    )
    bought, size, call = legs[0], float(rows[0]["multiplier"]), ask.right == "C"
    pay = bought.ask - (legs[1].bid if len(legs) > 1 else 0.0)
    get = bought.bid - (legs[1].ask if len(legs) > 1 else 0.0)
    width = abs(legs[1].strike - bought.strike) if len(legs) > 1 else None
    most = width if width is not None else (None if call else bought.strike)
    what = " and ".join(f"{leg.action.lower()} {leg.symbol}" for leg in legs)
    delta = f"{bought.delta:+.2f}".replace("-", "−")
    return Pick(
        side=ask.side,
        reason="",
        words=f"{what[0].upper()}{what[1:]}: delta {delta}, {bought.dte} days, {pay:.2f} a unit.",
        left=left,
        legs=legs,
        premium=pay,
        mid=(pay + get) / 2,
        spread=pay - get,
        breakeven=bought.strike + pay if call else bought.strike - pay,
        max_loss=pay * size,
        max_gain=None if most is None else (most - pay) * size,
    )


def _leg(row: Mapping[str, Any], action: Any, session: pd.Timestamp) -> Leg:
    known = {
        name: None if pd.isna(row[name]) else float(row[name])
        for name in ("open_interest", "volume")
    }
    return Leg(
        action=action,
        symbol=row["symbol"],
        root=row["root"],
        expiration=pd.Timestamp(row["expiration"]).date(),
        last_session=pd.Timestamp(row["last_session"]).date(),
        dte=(pd.Timestamp(row["last_session"]) - session).days,
        kind=row["kind"],
        settle=row["settle"],
        right=row["right"],
        strike=float(row["strike"]),
        bid=float(row["bid"]),
        ask=float(row["ask"]),
        iv=float(row["sigma"]),
        delta=float(row["own_delta"]),
        open_interest=known["open_interest"],
        volume=known["volume"],
    )


def _nothing(ask: _Ask, reason: str, left: dict[str, int], **about: Any) -> Pick:
    right = "call" if ask.right == "C" else "put"
    shown = {
        "right": right, "min_oi": ask.selection.min_oi,
        "min_vol": ask.selection.min_vol, "max_spread": ask.max_spread or 0.0,
    }  # fmt: skip
    words = WORDS[reason].format(**shown, **about)
    return Pick(side=ask.side, reason=reason, words=f"{words[0].upper()}{words[1:]}.", left=left)
