"""How often the gate passes trials that are nothing but random returns, and some that are not.

Run by `make bench-evidence`; RUNS= says how many matrices of each kind (200 by default), and
`counting.py` what else can be asked. A matrix holds the session returns of one search: T sessions
of N rules at 10 % volatility whose returns correlate, beside a market with a Sharpe of 0.8. Prints
counts with 95 % Wilson intervals and the correlation measured. Noise may show any PASS in 5 % of
matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from counting import Found, alike, interval, study

from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.trial import Gate, Metrics
from sigma_core.engine.evidence import evidence_of, rejudge
from sigma_core.engine.gate import judge
from sigma_core.engine.luck.effective import effective
from sigma_core.engine.measure import cagr_of, drawdown, scaled_drawdown, sharpe_of, volatility_of
from sigma_core.engine.splits import Depth

YEAR = 252
DAILY = 0.10 / YEAR**0.5


@dataclass(frozen=True)
class Kind:
    """A kind of search: how long, how wide, how alike its rules are, and what they are worth."""

    years: int
    rules: int
    alike: float
    """Correlation of any two rules' returns."""
    sharpe: float = 0.0
    """Annual, of those that are worth something."""
    worth: int = 0
    """How many are."""

    @property
    def words(self) -> str:
        """What a line of the table calls it."""
        edge = f"Sharpe {self.sharpe} in {self.worth}" if self.worth else "noise"
        return f"{edge} of {self.rules} rules, {self.years} y, correlation {self.alike}"


KINDS = (
    *(Kind(years, 50, alike) for years in (2, 8) for alike in (0.0, 0.5, 0.8)),
    *(Kind(2, rules, 0.0) for rules in (20, 100)),
    *(Kind(5, 50, alike, 2.5, 1) for alike in (0.0, 0.5)),
    Kind(5, 50, 0.8, 2.5, 50),
    Kind(2, 50, 0.0, 2.5, 1),
    Kind(5, 50, 0.0, 1.5, 1),
)


def returns_of(kind: Kind, rng: np.random.Generator) -> np.ndarray:
    """Session returns, sessions × rules: one common part and one of each rule's own."""
    common = rng.normal(size=(kind.years * YEAR, 1))
    own = rng.normal(size=(kind.years * YEAR, kind.rules))
    mean = np.where(np.arange(kind.rules) < kind.worth, kind.sharpe / YEAR**0.5, 0.0)
    return DAILY * (mean + kind.alike**0.5 * common + (1 - kind.alike) ** 0.5 * own)


def metrics_of(returns: np.ndarray) -> Metrics:
    """What the gate reads, of a rule that trades every week."""
    curve = np.cumprod(1 + returns)
    volatility, total = volatility_of(returns, YEAR), float(curve[-1] - 1)
    return Metrics(
        sharpe=sharpe_of(returns, YEAR),
        return_=total,
        cagr=cagr_of(total, len(returns) / YEAR),
        max_dd=drawdown(curve),
        max_dd_scaled=scaled_drawdown(curve, volatility or 0.0),
        max_dd_account=drawdown(curve),
        volatility=volatility,
        return_account=total,
        trades=len(returns) // 5,
        exposure=1.0,
        sessions=len(returns),
        years=len(returns) / YEAR,
        **dict.fromkeys(
            ("sortino", "calmar", "es95", "win_rate", "profit_factor", "avg_trade", "turnover",
             "ambiguous_share")
        ),
    )  # fmt: skip


def found(kind: Kind, seed: int) -> Found:
    """The verdicts of one search, and how its rules correlate."""
    rng = np.random.default_rng(seed)
    returns = returns_of(kind, rng)
    statuses = {gate.status for gate in gates(kind, returns, rng)}
    return {"verdicts": sorted(statuses), "correlation": effective(returns).correlation}


def gates(kind: Kind, found: np.ndarray, rng: np.random.Generator) -> list[Gate]:
    """The verdicts of one search, each rule judged among all."""
    market = DAILY * 1.5 * rng.normal(0.8 / YEAR**0.5, 1, len(found))
    alone = [
        evidence_of(r, market, n_trials=1, sharpes=(), excess_sharpes=()) for r in found.T
    ]  # fmt: skip
    sharpes = [one.sharpe for one in alone]
    excess = [one.excess_sharpe for one in alone]
    depth = Depth(first_rows=len(found), sessions=len(found), start=None)
    return [
        judge(
            metrics_of(r),
            rejudge(one, n_trials=kind.rules, sharpes=sharpes, excess_sharpes=excess),
            RISK_PROFILES["balanced"],
            depth=depth,
        )
        for r, one in zip(found.T, alone, strict=True)
    ]


def line(words: str, known: Sequence[Found]) -> str:
    """What so many searches came to."""
    n, passed = len(known), sum("PASS" in each["verdicts"] for each in known)
    guide = sum(bool({"PASS", "UNPROVEN"} & set(each["verdicts"])) for each in known)
    return (
        f"{words:50} any PASS {interval(passed, n)};"
        f" without evidence {interval(guide, n)} would have passed; {alike(known)}"
    )


if __name__ == "__main__":
    study(__file__, {kind.words: partial(found, kind) for kind in KINDS}, line)
