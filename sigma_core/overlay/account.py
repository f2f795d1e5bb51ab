"""Money: how many contracts each trade buys, and what the account is worth at every bar."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sigma_core.domain.policy import Options
from sigma_core.overlay.hold import Held
from sigma_core.tape import Floats

TOO_DEAR = "too_dear"


@dataclass(frozen=True, eq=False)
class Ledger:
    """An account at every bar: cash + position = equity."""

    trades: pd.DataFrame
    """Of `Held.trades` those that were bought, with contracts, cost (dollars paid, commission
    included), proceeds, commission, spread_paid and pnl, all in dollars."""
    cash: Floats
    position: Floats
    equity: Floats
    sources: Mapping[str, int]
    """Marks by source."""
    refused: Mapping[int, str] = field(default_factory=dict)


def account_of(
    held: Held, sizes: Floats, options: Options, *, bars: int, start: float, share: float
) -> Ledger:
    """Trade with `start` dollars, `share` of what there is times its size in each trade's premium.

    `sizes` [trades of the underlying]; `bars` of the tape. Whole contracts, rounded down, premium
    and commission within that share; a trade that affords none is refused as too dear. Positions
    are marked at the middle at each close; a sale is cash at the close of its bar.
    """
    cash, position = np.full(bars, float(start)), np.zeros(bars)
    refused, bought, money = dict(held.refused), [], float(start)
    marks = held.marks.sort_values("trade", kind="stable", ignore_index=True)
    mark = {name: marks[name].to_numpy() for name in ("trade", "bar", "mid")}
    kept = np.zeros(len(marks), dtype=bool)
    for row in held.trades.sort_values("entry_bar").to_dict("records"):
        fee = options.commission * row["legs"]
        unit = row["paid"] * row["multiplier"] + fee
        n = int(max(money, 0.0) * share * sizes[row["trade"]] // unit)
        if n < 1:
            refused[row["trade"]] = TOO_DEAR
            continue
        sold = 0.0 if row["settled"] else fee
        cost, proceeds = n * unit, n * (row["got"] * row["multiplier"] - sold)
        cash[row["entry_bar"] :] = money - cost
        money = money - cost + proceeds
        cash[row["exit_bar"] :] = money
        own = slice(*np.searchsorted(mark["trade"], [row["trade"], row["trade"] + 1]))
        position[mark["bar"][own]] = n * row["multiplier"] * mark["mid"][own]
        kept[own] = True
        spread = options.spread_share * row["entry_half"] + (row["exit_mid"] - row["got"])
        bought.append(
            row | {
                "contracts": n, "cost": cost, "proceeds": proceeds,
                "commission": n * (fee + sold), "pnl": proceeds - cost,
                "spread_paid": n * row["multiplier"] * spread,
            }
        )  # fmt: skip
    told = Counter(marks.loc[kept, "source"].tolist())
    return Ledger(
        pd.DataFrame(bought), cash, position, cash + position, told, dict(sorted(refused.items()))
    )
