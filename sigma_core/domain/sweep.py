"""A grid: the rules a sweep tries on one fit of a model."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration


def _variants(raw: Any) -> Any:
    """`"13,14;15"`, `["13,14", 15]` and `[[13, 14], [15]]` are the same two variants."""
    if isinstance(raw, str):
        return [part.strip() for part in raw.split(";") if part.strip()]
    return [_csv(one) for one in raw] if isinstance(raw, list | tuple) else raw


def _csv(one: Any) -> Any:
    if isinstance(one, list | tuple):
        return ",".join(str(part) for part in one)
    return str(one) if isinstance(one, int | float) and not isinstance(one, bool) else one


SAID: Mapping[str, str] = MappingProxyType(
    {
        "thresholds_variants": "Confidences to reach, one set a config; of a set each fold takes"
        " the past's best.",
        "allowed_hours_variants": "Exchange hours in which to enter, one set a config; [] for all."
        " Not for daily models.",
        "top_pct_variants": "Shares of bars to take, by confidence; each one is a config.",
        "splits": "Test blocks, 1 to 500. Fewer are faster.",
        "splitter": "How blocks are cut: walk_forward.",
        "embargo": "Share of the test rows left out before each test block, 0 to 1.",
        "calibration": "Of confidences: none, sigmoid or isotonic.",
        "start": "First session of the matrix; leave it out for the model's own.",
        "end": "Last session of the matrix; leave it out for the model's own.",
        "tag": "A word to find the sweep by.",
        "min_trades": "Trades that the gate asks for; may only tighten it.",
        "min_sharpe": "Sharpe per year that the gate asks for; may only tighten it.",
    }
)
"""What each field of a grid is, for the file that is edited."""

Variants = Annotated[tuple[str, ...], BeforeValidator(_variants)]


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SweepConfig:
    """Every threshold set and every share, each with every set of hours: one config each."""

    thresholds_variants: Variants = ("0.50,0.55,0.60", "0.55,0.60,0.65", "0.60,0.65,0.70")
    """Sets of confidences to exceed; of several values each fold takes the past's best."""
    allowed_hours_variants: Variants = ()
    """Sets of exchange hours in which to enter; empty for all. Not for daily models."""
    top_pct_variants: tuple[float, ...] = (0.10, 0.15)
    """Shares of bars to take, by confidence."""
    splits: Annotated[int, Field(ge=1, le=500)] = 5
    """Test blocks."""
    splitter: Literal["walk_forward", "cpcv"] = "walk_forward"
    embargo: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the test rows left out before each test block."""
    calibration: Calibration = "none"
    start: date | None = None
    """First session of the matrix; null = the model's own."""
    end: date | None = None
    """Last session of the matrix; null = the model's own."""
    tag: str = ""
    """A word to find the sweep by."""
    min_trades: Annotated[int, Field(ge=0)] | None = None
    """Trades the gate asks for; may only tighten it."""
    min_sharpe: float | None = None
    """Sharpe per year the gate asks for; may only tighten it."""
