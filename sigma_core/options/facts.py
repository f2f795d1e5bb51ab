"""All facts of a session's chains that indicators read: one row a snapshot."""

import numpy as np
import pandas as pd

from sigma_core.options import exposure, positioning, surface
from sigma_core.options.black import Curve
from sigma_core.options.marks import marked

FACTS = ("underlying", *surface.columns(), *exposure.FACTS, *positioning.FACTS)
"""Columns of `facts` beside ts and session."""
OF_ALL = (*exposure.FACTS, "pcr_volume", "pcr_oi", "oi_change")
"""Those over all expiries: missing in a snapshot that lacks one."""
NO_INTEREST = Curve()
"""Volatilities are of undiscounted prices: what interest changes is in the forward already."""


def facts(chain: pd.DataFrame, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """FACTS of one session's chains (columns of `schemas.chains`, and `session`), looked through.

    `ts` is the moment a snapshot stood so; nothing in its row is of a later one. `before`: the last
    snapshot of the session before, None if there is none. OF_ALL are missing where an expiry is.
    """
    table = marked(chain, NO_INTEREST)
    made = pd.concat(
        [
            table.groupby("as_of")["underlying"].median(),
            surface.surface(table),
            exposure.exposure(table),
            positioning.positioning(table, before),
        ],
        axis=1,
    )
    made.loc[~positioning.whole(chain, before), list(OF_ALL)] = np.nan
    rows = made.astype("float64").rename_axis("ts").reset_index()
    rows.insert(1, "session", chain["session"].iloc[0])
    return rows
