"""One session's option chain, and what a model's policy picks of it."""

from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.chains import Chain, ChainRow, Pick
from sigma_core.domain.policy import Selection
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.options.select import choose, levels
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._chains import ChainAsk, heading, seen
from sigma_core.verbs._text import DASH, MINUS, columns, count, percent

SHOWN = (
    "bid", "ask", "mid", "last", "volume", "open_interest",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, config=NOUN)
class ChainOf(ChainAsk):
    """Also which contracts, and for the picks the underlying's levels."""

    expiry: date | None = None
    """As listed; none: of those not settled yet the one with most open interest, or contracts."""
    right: Literal["", "C", "P"] = ""
    strikes: Annotated[int, Field(ge=1, le=1000)] = 10
    """On each side of the underlying."""
    max_spread: Annotated[float, Field(gt=0)] | None = None
    """Widest spread of a pick, a fraction of its middle; none: any."""
    stop: Annotated[float, Field(gt=0)] | None = None
    """The underlying's stop, to be told as a premium; with one side's levels ask one `side`."""
    target: Annotated[float, Field(gt=0)] | None = None
    side: Literal["", "long", "short"] = ""
    """Of which signal the pick; empty: of both."""


def screen(found: Chain) -> str:
    """Calls and puts, one contract a line; then the picks."""
    heads = ("contract", "bid", "ask", "mid", "volume", "open interest", "source iv", "iv", "delta",
             "gamma", "theta a day", "vega a point", "note")  # fmt: skip
    rows = [
        (
            r.symbol, _price(r.bid), _price(r.ask), _price(r.mid), _whole(r.volume),
            _whole(r.open_interest), percent(r.source_iv), percent(r.iv), _price(r.delta),
            _price(r.gamma, 4), _price(r.theta), _price(r.vega), _note(r),
        )
        for r in found.rows
    ]  # fmt: skip
    parts = [heading(found.about), columns(rows, heads)]
    if found.hidden:
        parts.append(f"{found.hidden:,} more contracts: EXPIRY=, RIGHT= and STRIKES= choose.")
    return "\n\n".join([*parts, *(told(pick) for pick in found.picks)])


@verb("GET", "/chain", table=screen)
def chain(lab: Lab, ask: ChainOf, progress: Progress = silent) -> Chain:  # noqa: ARG001
    """Show an option chain: quotes, volatility, greeks, faults, and what a model's policy picks."""
    found = seen(lab, ask)
    rows = _asked(found.table, ask, found.about.underlying)
    picks: tuple[Pick, ...] = ()
    if found.config is not None:
        asked = found.config.policy.options.selection
        picks = tuple(_picked(found.table, asked, side, ask) for side in _sides(ask))
    return Chain(
        about=found.about,
        rows=tuple(_row(row) for row in rows.to_dict("records")),
        hidden=len(found.table) - len(rows),
        picks=picks,
    )


def _sides(ask: ChainOf) -> tuple[Literal["long", "short"], ...]:
    if ask.side:
        return (ask.side,)
    if ask.stop is not None or ask.target is not None:
        raise BadRequest(
            "A stop and a target are of one side, and both sides are asked for.",
            hint="Add SIDE=long or SIDE=short.",
        )
    return ("long", "short")


def _picked(
    table: pd.DataFrame, asked: Selection, side: Literal["long", "short"], ask: ChainOf
) -> Pick:
    pick = choose(table, asked, side, max_spread=ask.max_spread)
    return levels(pick, table, stop=ask.stop, target=ask.target)


def _asked(table: pd.DataFrame, ask: ChainOf, spot: float | None) -> pd.DataFrame:
    """The contracts of one expiry, nearest the underlying; by strike, calls before puts."""
    listed = table["expiration"]
    if ask.expiry is None:
        live = table["years"] > 0
        weight = (table["open_interest"].fillna(0) + 1e-6).where(live | (not live.any()), 0.0)
        day = pd.Timestamp(str(weight.groupby(listed).sum().idxmax()))
    else:
        day = pd.Timestamp(ask.expiry)
    rows = table[listed == day]
    if rows.empty:
        near = pd.Timestamp(listed.iloc[int((listed - day).abs().argmin())])
        raise BadRequest(
            f"No option of {ask.ticker or ask.model_id} expires on {ask.expiry}.",
            hint=f"The nearest is {near:%Y-%m-%d}; make expirations lists all.",
        )
    rows = rows[rows["right"] == ask.right] if ask.right else rows
    strikes = sorted(rows["strike"].unique())
    middle = sum(strike < (spot or 0.0) for strike in strikes) if spot else len(strikes) // 2
    kept = strikes[max(middle - ask.strikes, 0) : middle + ask.strikes]
    return rows[rows["strike"].isin(kept)].sort_values(["right", "root", "strike"])


def _row(row: dict[Any, Any]) -> ChainRow:
    def number(name: str) -> float | None:
        return None if pd.isna(row[name]) else float(row[name])

    greeks = {name: number(f"own_{name}") for name in ("delta", "gamma", "theta", "vega")}
    return ChainRow(
        symbol=row["symbol"],
        root=row["root"],
        expiration=row["expiration"].date(),
        right=row["right"],
        strike=row["strike"],
        source_iv=number("iv"),
        iv=number("sigma"),
        why=row["unmarked"],
        early=bool(row["early"]),
        flags=tuple(row["flags"].split()),
        **{name: number(name) for name in SHOWN},
        **greeks,
    )


def told(pick: Pick) -> str:
    """A pick in lines: what it costs, what it may lose, where it comes back."""
    if not pick.legs:
        return f"{pick.side}: nothing picked. {pick.words}"
    most = "no bound" if pick.max_gain is None else f"{pick.max_gain:,.2f}"
    rows = [
        ("premium a unit", _price(pick.premium)),
        ("spread a unit", _price(pick.spread)),
        ("open interest", " / ".join(_whole(leg.open_interest) for leg in pick.legs)),
        ("breakeven", _price(pick.breakeven)),
        ("most to lose, a contract", _price(pick.max_loss)),
        ("most to gain, a contract", most),
        ("premium at the stop", _price(pick.stop)),
        ("premium at the target", _price(pick.target)),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(
        [f"{pick.side}: {pick.words}", *(f"  {name:<{width}}  {value}" for name, value in rows)]
    )


def _note(row: ChainRow) -> str:
    early = ("early exercise may matter",) if row.early else ()
    why = (row.why,) if row.why and not row.flags else ()
    return ", ".join(text.replace("_", " ") for text in (*row.flags, *why, *early))


def _price(value: float | None, digits: int = 2) -> str:
    return DASH if value is None else f"{value:,.{digits}f}".replace("-", MINUS)


def _whole(value: float | None) -> str:
    return count(None if value is None else round(value))
