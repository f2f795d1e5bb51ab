"""Risk profiles: how much a trader puts at stake, and what he asks of a strategy in return."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, RiskName


@dataclass(frozen=True, kw_only=True, config=NOUN)
class RiskProfile:
    """Size, search budget and gate of one profile. Fractions: 0.05 is 5 %."""

    name: RiskName
    position_size: float
    """Share of the account put into one trade."""
    budget: int
    """Configurations a sweep may try."""
    min_sharpe: float
    """Per year; the gate asks for more than this."""
    max_drawdown: float
    """Deepest fall allowed at 10 % volatility."""


RISK_PROFILES: Mapping[str, RiskProfile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            RiskProfile(
                name="conservative", position_size=0.02, budget=20, min_sharpe=1.0, max_drawdown=0.1
            ),
            RiskProfile(
                name="balanced", position_size=0.05, budget=50, min_sharpe=0.7, max_drawdown=0.2
            ),
            RiskProfile(
                name="aggressive", position_size=0.10, budget=100, min_sharpe=0.5, max_drawdown=0.3
            ),
        )
    }
)
