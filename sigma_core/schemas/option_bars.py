"""Price bars of single option contracts; a bar without a trade has no row."""

from sigma_core.schemas._table import Table
from sigma_core.schemas.chains import CONTRACT

OPTION_BARS = Table(
    "option_bars",
    keys=("provider", "ticker", "cadence", "session"),
    columns={
        "ts": "instant",  # the moment the bar closed
        **CONTRACT,
        "open": "number",
        "high": "number",
        "low": "number",
        "close": "number",
        "volume": "number?",  # contracts
        "vwap": "number?",
    },
)
