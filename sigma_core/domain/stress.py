"""A cost stress: one rule at other costs and a bar late, and the cost at which it earns nothing."""

from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.results import Study
from sigma_core.domain.trial import Lineage, Metrics, Rule


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Scenario:
    """The rule replayed once, its cuts as they were chosen at the policy's own costs."""

    name: str
    """`0×` to `3×` costs, or `1 bar late`."""
    multiple: float
    """Slippage and fee are the policy's times this."""
    delay: int
    """Bars between the policy's fill and this one."""
    cost_bps: float
    """Slippage and fee per side, basis points."""
    metrics: Metrics | None
    """None where the scenario does not exist; `words` says why."""
    lost: int
    """Trades of the run that are not made here: refused by `min_rr`, or crowded out."""
    gained: int
    """Trades that the run did not make: the way was free."""
    refused: int
    """Signals refused here because reward over risk, after these costs, is below `min_rr`."""
    words: str = ""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class BreakEven:
    """The cost per side at which the run's own trades compound to nothing."""

    bps: float | None
    """Slippage and fee together; None where there is no such cost, and `words` says why."""
    multiple: float | None
    """Of the policy's own cost; None too where that is 0."""
    tolerance_bps: float
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Stress:
    """A look at one trial under other costs; it is not counted and nothing is written."""

    run_id: str
    trial_id: str
    pack_id: str
    model_id: str
    config: Rule
    study: Study
    lineage: Lineage
    contaminated: str = ""
    """Why its trial is a look at sessions that were sealed; empty if it is none."""
    slippage_bps: float
    fee_bps: float
    """Of the policy, per side."""
    scenarios: tuple[Scenario, ...]
    """0×, 1×, 2×, 3×, then one bar late."""
    break_even: BreakEven
    look: Literal[True] = True
    words: str
