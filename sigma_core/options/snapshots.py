"""One moment out of a chain that was looked at several times in a session."""

import pandas as pd


def standing(chain: pd.DataFrame, moment: pd.Timestamp | None = None) -> pd.DataFrame:
    """The rows of the last `as_of` no later than `moment` (none: of the last there is).

    Of the chain's last session up to then; no rows if it has none so early. In their order.
    """
    seen = chain if moment is None else chain[chain["as_of"] <= moment]
    last: pd.DataFrame = seen[seen["as_of"] == seen["as_of"].max()]
    return last.reset_index(drop=True)
