"""Price bars: what every provider must deliver."""

from typing import Any

from sigma_core.schemas._table import Table


def _checks() -> list[Any]:
    import pandera.pandas as pa

    return [
        pa.Check(
            lambda bars: bars["ts"].is_monotonic_increasing and bars["ts"].is_unique,
            error="bars must be in time order, once each",
        ),
        pa.Check(
            lambda bars: (
                ~(
                    (bars["low"] > bars[["open", "close"]].min(axis=1))
                    | (bars["high"] < bars[["open", "close"]].max(axis=1))
                )
            ),
            error="low must be the lowest and high the highest of the four prices",
        ),
        pa.Check(
            lambda bars: ~(bars[["open", "high", "low", "close"]] <= 0).any(axis=1),
            error="prices must be above 0",
        ),
    ]


BARS = Table(
    "bars",
    keys=("provider", "ticker", "cadence"),
    columns={
        "ts": "instant",  # the moment the bar closed
        "session": "day",  # exchange trading date
        "open": "number?",  # missing on close-only series
        "high": "number?",
        "low": "number?",
        "close": "number",
        "volume": "number?",
    },
    checks=_checks,
)
