"""What indicators read of a ticker's chains: a row for each snapshot, a column for each fact."""

from sigma_core.schemas._table import Table

CHAIN_FACTS = Table(
    "chain_facts",
    keys=("provider", "ticker"),
    columns={
        "ts": "instant",  # when the quotes stood so
        "session": "day",
    },
    wide=True,  # further columns: options.facts.FACTS
)
