"""Each trade held as its contracts: bought, marked at every bar, sold or settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.domain.policy import Options
from sigma_core.overlay.choice import Choice
from sigma_core.overlay.legs import Legs
from sigma_core.overlay.price import asked_for, priced
from sigma_core.overlay.prints import Prints
from sigma_core.overlay.standing import Clock, micros
from sigma_core.overlay.worth import intrinsic
from sigma_core.tape import Floats, Ints, spans

TOO_LATE, EXPIRED_BEFORE, NO_WORTH = "too_late", "expired_before_entry", "no_worth"
SPLIT, NO_LATER_CHAIN = "split", "no_chain_at_exit"
HELD = ("trade", "entry_bar", "exit_bar", "entry_mid", "entry_half", "paid", "entry_source",
        "exit_mid", "exit_half", "got", "exit_source", "reason", "notes", "multiplier", "legs",
        "settled")  # fmt: skip
"""What there is of each trade that was held."""


@dataclass(frozen=True, eq=False)
class Held:
    """What became of the trades, a unit of the underlying each; no money yet."""

    trades: pd.DataFrame
    """One row a trade held: the columns HELD, and what was known of the trade before."""
    marks: pd.DataFrame
    """One row a trade and bar at whose close it is held: trade, bar, mid, source."""
    refused: Mapping[int, str]
    """Why the others, by trade, were not bought."""


@dataclass(frozen=True, eq=False)
class _Desk:
    clock: Clock
    legs: Legs
    prints: Prints | None
    options: Options
    assumed: float | None

    def price(self, asks: pd.DataFrame) -> pd.DataFrame:
        return priced(asks, self.legs, self.clock, self.prints, self.assumed)


def instants(bars: Ints, at: "pd.Series[str]", clock: Clock) -> Ints:
    """When something happens: at the open or close of a bar; inside, unseen, in its middle."""
    opens, closes = clock.begins[bars], clock.tape.ts[bars]
    return np.where(at == "open", opens, np.where(at == "close", closes, (opens + closes) // 2))


def hold(
    clock: Clock,
    trades: pd.DataFrame,
    found: Sequence[Choice],
    legs: Legs,
    options: Options,
    *,
    prints: Prints | None = None,
    assumed: float | None = None,
) -> Held:
    """Buy, mark and sell the contracts of each trade of the underlying.

    `trades`: entry_bar, entry_at, fill, exit_bar, exit_at, exit_price_raw, reason. A fill pays
    `spread_share` of half the spread above the middle, a sale gets as much below, never less than
    nothing. What is held when its contracts end is settled at their intrinsic value: at the open
    of the bar that the moment begins with (AM), or at the last close up to it (PM).
    """
    refused = {one.trade: one.reason for one in found if one.reason}
    desk = _Desk(clock, legs, prints, options, assumed)
    rows = trades[:0] if legs.table.empty else _entered(trades, legs, clock, options, refused)
    rows = rows if rows.empty else _bought(rows, desk, refused)
    if rows.empty:
        return Held(pd.DataFrame(columns=list(HELD)), _no_marks(), refused)
    rows = _ended(rows, desk)
    marks = _marked(rows, desk)
    rows, marks = _by_premium(rows, marks, options)
    return Held(_sold(rows, desk), marks[["trade", "bar", "mid", "source"]], refused)


def _entered(
    trades: pd.DataFrame, legs: Legs, clock: Clock, options: Options, refused: dict[int, str]
) -> pd.DataFrame:
    """Trades whose contracts were found and live, early enough in the session."""
    first = legs.table.drop_duplicates("trade").set_index("trade")
    rows = trades.reset_index(drop=True).rename_axis("trade").reset_index()
    rows = rows[rows["trade"].isin(first.index)].copy()
    rows["legs"] = legs.table.groupby("trade").size().reindex(rows["trade"]).to_numpy()
    rows["multiplier"] = first["multiplier"].reindex(rows["trade"]).to_numpy()
    rows["settles"] = micros(first["settles_at"].reindex(rows["trade"]))
    bars = rows["entry_bar"].to_numpy()
    rows["bought_at"] = instants(bars, rows["entry_at"], clock)
    closes = clock.tape.calendar.close_of(clock.tape.session[bars])
    late = (closes - rows["bought_at"]) < options.no_entry_minutes * 60_000_000
    dead = rows["settles"] <= rows["bought_at"]
    for reason, bad in ((EXPIRED_BEFORE, dead), (TOO_LATE, late)):
        refused.update(dict.fromkeys(rows.loc[bad, "trade"].tolist(), reason))
    kept: pd.DataFrame = rows[~(late | dead)].reset_index(drop=True)
    return kept


def _bought(rows: pd.DataFrame, desk: _Desk, refused: dict[int, str]) -> pd.DataFrame:
    asks = _asks(rows, "bought_at", "fill", rows["entry_at"], desk.clock)
    price = desk.price(asks)
    rows = rows.assign(
        entry_mid=price["mid"], entry_half=price["half"], entry_source=price["source"],
        paid=price["mid"] + desk.options.spread_share * price["half"],
    )  # fmt: skip
    good = rows["paid"] > 0
    refused.update(dict.fromkeys(rows.loc[~good, "trade"].tolist(), NO_WORTH))
    return rows[good].reset_index(drop=True)


def _asks(
    rows: pd.DataFrame, instant: str, level: str, at: "pd.Series[str]", clock: Clock
) -> pd.DataFrame:
    """One ask a row, in the order of the rows."""
    parts = [
        asked_for(
            part["trade"].to_numpy(), part[instant].to_numpy(), part[level].to_numpy(), clock,
            at=str(where),
        ).set_index(part.index)
        for where, part in rows.groupby(at)
    ]  # fmt: skip
    return pd.concat(parts).sort_index()


def _ended(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """Where each ends: with the underlying's trade, or at settlement if that comes first."""
    clock = desk.clock
    sold_at = instants(rows["exit_bar"].to_numpy(), rows["exit_at"], clock)
    settled = rows["settles"].to_numpy() <= sold_at
    settle_bar = np.searchsorted(clock.tape.ts, rows["settles"], side="left")
    return rows.assign(
        sold_at=sold_at,
        settled=settled,
        exit_bar=np.where(settled, np.minimum(settle_bar, rows["exit_bar"]), rows["exit_bar"]),
    )


def _marked(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """Every bar at whose close each trade is still held."""
    which, bar = spans(rows["entry_bar"].to_numpy(), rows["exit_bar"].to_numpy())
    trade = rows["trade"].to_numpy()[which]
    if not len(bar):
        return _no_marks()
    tape = desk.clock.tape
    price = desk.price(asked_for(trade, tape.ts[bar], tape.close[bar], desk.clock, at="close"))
    return price.assign(bar=bar)


def _no_marks() -> pd.DataFrame:
    return pd.DataFrame(
        {"trade": np.empty(0, "int64"), "bar": np.empty(0, "int64"), "mid": np.empty(0),
         "half": np.empty(0), "source": np.empty(0, "str")}
    )  # fmt: skip


def _by_premium(
    rows: pd.DataFrame, marks: pd.DataFrame, options: Options
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trades that leave at the first close at which a sale brings the policy's loss or gain."""
    rows = rows.assign(premium=None)
    if (options.premium_stop is None and options.premium_target is None) or marks.empty:
        return rows, marks
    paid = rows.set_index("trade")["paid"].reindex(marks["trade"]).to_numpy()
    gain = _less(marks["mid"], marks["half"], options) / paid - 1
    low = gain <= -(options.premium_stop or np.inf)
    high = gain >= (options.premium_target or np.inf)
    hits = marks.assign(why=np.where(low, "premium_stop", "premium_target"))[low | high]
    hits = hits.drop_duplicates("trade").set_index("trade")
    rows = rows.set_index("trade", drop=False)
    out = rows.index.intersection(hits.index)
    rows.loc[out, "exit_bar"] = hits.loc[out, "bar"]
    rows.loc[out, "premium"] = hits.loc[out, "why"]
    rows.loc[out, "settled"] = False
    last = rows["exit_bar"].reindex(marks["trade"]).to_numpy()
    return rows.reset_index(drop=True), marks[marks["bar"].to_numpy() < last]


def _less(mid: "pd.Series[float]", half: "pd.Series[float]", options: Options) -> Floats:
    """What a sale brings: nobody pays to give an option away."""
    return np.maximum((mid - options.spread_share * half).to_numpy(), 0.0)


def _sold(rows: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    clock, tape = desk.clock, desk.clock.tape
    by_premium = rows["premium"].notna()
    bar = rows["exit_bar"].to_numpy()
    at = rows["exit_at"].mask(by_premium | rows["settled"], "close")
    rows = rows.assign(
        sold_at=np.where(by_premium, tape.ts[bar], rows["sold_at"]),
        level=np.where(by_premium, tape.close[bar], rows["exit_price_raw"]),
    )
    price = desk.price(_asks(rows, "sold_at", "level", at, clock))
    settled = rows["settled"].to_numpy()
    ends = _settlements(rows[settled], desk).reindex(rows["trade"])
    value, how = ends["value"].to_numpy(), ends["how"].to_numpy()
    rows = rows.assign(
        exit_mid=np.where(settled, value, price["mid"]),
        exit_half=np.where(settled, 0.0, price["half"]),
        got=np.where(settled, value, _less(price["mid"], price["half"], desk.options)),
        exit_source=np.where(settled, "settlement", price["source"]),
        reason=np.where(settled, how, rows["premium"].where(by_premium, rows["reason"])),
    )
    return rows.assign(notes=_notes(rows, desk)).drop(columns=["premium", "level"])


def _settlements(ended: pd.DataFrame, desk: _Desk) -> pd.DataFrame:
    """By trade the intrinsic `value` of its contracts at their end, and `how` they ended."""
    tape, clock = desk.clock.tape, desk.clock
    settles = ended.set_index("trade")["settles"]
    legs = desk.legs.table[desk.legs.table["trade"].isin(settles.index)]
    first = legs.drop_duplicates("trade").set_index("trade")
    at = settles[first.index].to_numpy()
    begun = np.searchsorted(clock.begins, at, side="left").clip(max=len(tape) - 1)
    morning = (first["settle"] == "AM").to_numpy()
    price = np.where(morning, tape.open[begun], tape.close[clock.until(at)])
    spot = first["underlying"] * price / first["close"]
    each = intrinsic(legs["right"], legs["strike"], spot.loc[legs["trade"]].to_numpy())
    own = legs.assign(each=each, value=each * legs["sign"]).groupby("trade")
    sold_too = own["each"].last().gt(0) & own.size().gt(1)
    how = np.select(
        [own["each"].max().eq(0), first["style"] == "european", sold_too],
        ["expired_worthless", "cash_settled", "assigned"],
        "exercised",
    )
    return pd.DataFrame({"value": own["value"].sum(), "how": how})


def _notes(rows: pd.DataFrame, desk: _Desk) -> list[str]:
    """What stood in the way of a real price: a split inside, no chain in the exit's session."""
    session = desk.clock.tape.session
    of = desk.legs.table["trade"].to_numpy()[desk.legs.seen["leg"].to_numpy()]
    last = desk.legs.seen.groupby(of)["base"].max()[rows["trade"]].to_numpy()
    gone = session[last] < session[rows["exit_bar"].to_numpy()]
    late = gone & (rows["exit_source"] == "model").to_numpy() & (desk.assumed is None)
    split = rows["trade"].isin(desk.legs.split)
    both = zip(split, late, strict=True)
    return [" ".join(n for n, told in zip((SPLIT, NO_LATER_CHAIN), one, strict=True) if told)
            for one in both]  # fmt: skip
