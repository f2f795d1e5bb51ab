"""Option chains: every listed contract of a ticker at one moment of a session."""

from sigma_core.schemas._table import Table

CONTRACT = {
    "symbol": "text",  # as the OCC writes it, without blanks
    "root": "text",
    "expiration": "day",  # as listed
    "right": "text",  # C | P
    "strike": "number",
}
CHAINS = Table(
    "chains",
    keys=("provider", "ticker", "session"),
    columns={
        "as_of": "instant",  # when the quotes stood so
        **CONTRACT,
        "multiplier": "number",  # units of the underlying a contract is of
        "style": "text",  # european | american
        "settle": "text",  # AM | PM
        "settles_at": "instant",  # the moment whose price it is settled at
        "last_session": "day",  # the session of that moment
        "kind": "text",  # monthly | quarterly | weekly
        "bid": "number?",  # missing where nobody bids
        "ask": "number?",
        "mid": "number?",
        "last": "number?",
        "volume": "number?",
        "open_interest": "number?",
        "iv": "number?",  # these five are the source's own
        "delta": "number?",
        "gamma": "number?",
        "theta": "number?",
        "vega": "number?",
        "underlying": "number?",
        "flags": "text",  # names of what is wrong with the row, a blank between; see options.sanity
    },
)
