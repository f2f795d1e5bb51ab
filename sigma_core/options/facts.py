"""All facts of chains that indicators read: one row a snapshot."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sigma_core.calendars import Calendar
from sigma_core.options import exposure, positioning, surface
from sigma_core.options.black import Curve
from sigma_core.options.marks import marked

FACTS = ("underlying", *surface.columns(), *exposure.FACTS, *positioning.FACTS)
"""Columns of `facts` beside ts and session."""
OF_ALL = (*exposure.FACTS, "pcr_volume", "pcr_oi", "oi_change")
"""Those over all expiries: missing in a snapshot that lacks one."""
NO_INTEREST = Curve()
"""Volatilities are of undiscounted prices: what interest changes is in the forward already."""


def facts(chain: pd.DataFrame, days: Calendar, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """FACTS of chains (`session`, and the columns of `schemas.chains`), looked through.

    `ts` is the moment a snapshot stood so; nothing in its row is of a later one. `before`: chains
    of other sessions, whose open interest is looked back at by the session after each. OF_ALL are
    missing where an expiry is.
    """
    table = marked(chain, NO_INTEREST)
    formers = _formers([chain] if before is None else [before, chain], days)
    by = table.groupby("as_of")
    made = pd.concat(
        [
            by["underlying"].median(),
            surface.surface(table),
            exposure.exposure(table),
            positioning.positioning(table, formers),
        ],
        axis=1,
    ).astype("float64")
    made.loc[~positioning.whole(table, formers), list(OF_ALL)] = np.nan
    made.insert(0, "session", by["session"].first())
    return made.rename_axis("ts").reset_index()


def _formers(chains: Iterable[pd.DataFrame], days: Calendar) -> pd.DataFrame:
    """The last snapshot of every session, under the session after it in the calendar."""
    rows = pd.concat([chain[list(positioning.FORMER)] for chain in chains], ignore_index=True)
    last = rows[rows["as_of"] == rows.groupby("session")["as_of"].transform("max")]
    after = days.session_of(days.ordinal(last["session"]) + 1)
    return last.assign(session=pd.DatetimeIndex(after).as_unit("us"))
