"""The listed expiries of a ticker's option chain."""

import pandas as pd

from sigma_core.domain.chains import Expirations, ExpiryRow
from sigma_core.lab import Lab
from sigma_core.options.marks import EXPIRY
from sigma_core.options.sanity import fit
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._chains import ChainAsk, heading, seen
from sigma_core.verbs._text import columns, count, percent


def screen(found: Expirations) -> str:
    """One expiry a line."""
    heads = ("expiry", "root", "days", "kind", "settled", "contracts", "usable", "open interest",
             "forward", "pairs", "dividend")  # fmt: skip
    rows = [
        (
            str(r.expiration), r.root, count(r.dte), r.kind, r.settle, count(r.contracts),
            count(r.usable), count(None if r.open_interest is None else round(r.open_interest)),
            "–" if r.forward is None else f"{r.forward:,.2f}", count(r.pairs), percent(r.dividend),
        )
        for r in found.expiries
    ]  # fmt: skip
    return f"{heading(found.about)}\n\n{columns(rows, heads)}"


@verb("GET", "/expirations", table=screen)
def expirations(lab: Lab, ask: ChainAsk, progress: Progress = silent) -> Expirations:  # noqa: ARG001
    """List the expiries of an option chain: days, kind, settlement, forward by put-call parity."""
    chain = seen(lab, ask)
    groups = chain.table.assign(usable=fit(chain.table)).groupby(EXPIRY, sort=True)
    rows = [_row(rows, pd.Timestamp(ask.day or chain.about.session)) for _, rows in groups]
    return Expirations(
        about=chain.about, expiries=tuple(sorted(rows, key=lambda r: (r.expiration, r.root)))
    )


def _row(rows: pd.DataFrame, session: pd.Timestamp) -> ExpiryRow:
    first = rows.iloc[0]
    known = rows["open_interest"].notna().any()
    return ExpiryRow(
        root=first["root"],
        expiration=first["expiration"].date(),
        last_session=first["last_session"].date(),
        dte=(first["last_session"] - session).days,
        kind=first["kind"],
        settle=first["settle"],
        settles_at=first["settles_at"].to_pydatetime(),
        style=first["style"],
        contracts=len(rows),
        usable=int(rows["usable"].sum()),
        open_interest=float(rows["open_interest"].sum()) if known else None,
        forward=None if pd.isna(first["forward"]) else float(first["forward"]),
        pairs=int(first["pairs"]),
        dividend=None if pd.isna(first["dividend"]) else float(first["dividend"]),
    )
