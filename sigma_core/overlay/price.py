"""The price of each trade's contracts at an instant: a quote, a print, or the model."""

import numpy as np
import pandas as pd

from sigma_core.overlay.legs import Legs
from sigma_core.overlay.prints import Prints
from sigma_core.overlay.standing import Clock
from sigma_core.overlay.worth import worth
from sigma_core.tape import Floats

SOURCES = ("quote", "bar", "model")
"""Of a price, the best first: the middle of a quote of that instant, a trade in a real option bar,
`worth` by the last volatility known. Both legs of a vertical are taken from the same."""


def asked_for(
    trade: "np.ndarray", instant: "np.ndarray", level: "np.ndarray", clock: Clock, *, at: str
) -> pd.DataFrame:
    """Prices to be asked for: of trades (positions), at instants, with the underlying at `level`.

    `at`: open (of the bar that begins then), close (of the one that ends then) or inside.
    """
    until = clock.until(instant)
    exact = clock.tape.ts[until.clip(0)] == instant
    return pd.DataFrame(
        {"trade": trade, "instant": instant, "level": level, "until": until, "exact": exact,
         "at": at}
    )  # fmt: skip


def priced(
    asks: pd.DataFrame, legs: Legs, clock: Clock, prints: Prints | None, assumed: float | None
) -> pd.DataFrame:
    """`mid` of the position, `half` its spread, dollars a unit, and the `source` of each ask.

    Nothing known after `until` is read. `assumed` is the spread, a share of the price, of
    contracts that were picked without quotes; None where chains give it.
    """
    parts = _by_leg(asks, legs, clock, prints)
    if assumed is not None:  # the chain was made of prints
        parts["quote_mid"] = np.nan
    each = parts[[f"{name}_mid" for name in SOURCES]]
    totals = each.groupby(parts["ask"]).sum().where(each.notna().groupby(parts["ask"]).all())
    best = totals.notna().to_numpy().argmax(axis=1)
    parts["taken"] = best[parts["ask"]]
    parts["paid"] = each.to_numpy()[np.arange(len(parts)), parts["taken"]]
    half = parts["half"] if assumed is None else parts["paid"].abs() * assumed / 2
    return asks.reset_index(drop=True).assign(
        mid=parts.groupby("ask")["paid"].sum(),
        half=half.groupby(parts["ask"]).sum(),
        source=np.array(SOURCES)[best],
    )


def _by_leg(asks: pd.DataFrame, legs: Legs, clock: Clock, prints: Prints | None) -> pd.DataFrame:
    """One row an ask and leg: signed price from each source, missing where it has none."""
    rows = asks.reset_index(drop=True).rename_axis("ask").reset_index()
    rows = rows.merge(legs.table[["trade", "leg", "sign", "symbol"]], on="trade")
    rows = rows.sort_values(["ask", "leg"], ignore_index=True)
    place = legs.last(rows["leg"].to_numpy(), rows["until"].to_numpy())
    seen = legs.seen.iloc[place].reset_index(drop=True)
    contract = legs.table.set_index("leg").loc[rows["leg"], ["right", "strike", "settles_at"]]
    model = pd.concat([seen, contract.reset_index(drop=True)], axis=1)
    sign, instant = rows["sign"].to_numpy(), rows["instant"].to_numpy()
    now = rows["exact"] & (seen["known"] == rows["until"]) & (seen["base"] == rows["until"])
    moved = rows["level"].to_numpy() / clock.tape.close[seen["base"]]
    return pd.DataFrame(
        {
            "ask": rows["ask"],
            "half": seen["half"],
            "quote_mid": sign * seen["mid"].where(now).to_numpy(),
            "bar_mid": sign * _printed(rows, prints),
            "model_mid": sign * worth(model, instant, moved),
        }
    )


def _printed(rows: pd.DataFrame, prints: Prints | None) -> Floats:
    if prints is None:
        return np.full(len(rows), np.nan)
    first = prints.opening(rows["symbol"], rows["instant"].to_numpy())
    last = prints.last(rows["symbol"], rows["until"].to_numpy())
    ended = (rows["at"] == "close") & rows["exact"]
    return np.where(rows["at"] == "open", first, np.where(ended, last, np.nan))
