"""What an account amounts to, beside that of the underlying's trades."""

from typing import Any

import numpy as np
import pandas as pd

from sigma_core.engine.measure import drawdown, sharpe_of
from sigma_core.engine.returns import session_returns
from sigma_core.tape import Flags, Floats, Ints


def figures(
    curve: Floats, session: Ints, year: int, gains: "pd.Series[float]", held: Flags
) -> dict[str, Any]:
    """Figures of a curve given at each bar, 1 before the first, and of the gains of its trades.

    `session` of each bar, `year` in sessions, `gains` of each trade (of what was put into it),
    `held` whether there was a
    position at any time of each bar. Formulas as in `engine.measure`;
    what is undefined is None.
    """
    some = len(gains) > 0
    lost = -float(gains[gains < 0].sum())
    return {
        "return_": float(curve[-1] - 1),
        "sharpe": sharpe_of(session_returns(curve, session), year),
        "max_dd": drawdown(curve),
        "trades": len(gains),
        "win_rate": float((gains > 0).mean()) if some else None,
        "avg_trade": float(gains.mean()) if some else None,
        "profit_factor": float(gains[gains > 0].sum()) / lost if lost > 0 else None,
        "exposure": float(np.mean(held)),
    }
