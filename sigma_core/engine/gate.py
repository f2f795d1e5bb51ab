"""The verdict on a trial: PASS, UNPROVEN with what is missing, or FAIL with the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

from sigma_core.domain._fields import Status
from sigma_core.domain.leaks import LeakAudit
from sigma_core.domain.risk import RiskProfile
from sigma_core.domain.trial import Check, Evidence, Gate, Metrics, Missing
from sigma_core.engine.evidence import LEVEL, MOST_YEARS, Moments, excess_of, own_of, years_needed
from sigma_core.engine.splits import Depth

MIN_TRADES, MIN_SHARPE = 30, 0.5

Lack = Literal["not_better_than_luck", "not_better_than_exposure", "leak_suspected"]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A check, and the reason a FAIL gives if it is not met."""

    check: Check
    reason: str


def judge(
    metrics: Metrics,
    evidence: Evidence,
    risk: RiskProfile,
    *,
    depth: Depth,
    min_trades: int | None = None,
    min_sharpe: float | None = None,
    leaks: LeakAudit | None = None,
) -> Gate:
    """Judge a trial. `min_trades` and `min_sharpe` of a request can only tighten the gate.

    FAIL if a check is not met; else PASS if both deflated Sharpes reach 0.95 and no leak is
    suspected (`leaks` is an audit that found one); else UNPROVEN.
    `missing` says what evidence lacks, and how many more years at the same Sharpe would do,
    whatever the status. Source: spec §9.
    """
    lines = [
        _trades(metrics, max(MIN_TRADES, min_trades or 0)),
        _sharpe(metrics, max(MIN_SHARPE, risk.min_sharpe, min_sharpe or -inf)),
        _drawdown(metrics, risk),
        _return(metrics),
        _depth(depth),
    ]
    reasons = tuple(line.reason for line in lines if not line.check.met)
    return _concluded([line.check for line in lines], reasons, metrics, evidence, leaks)


def rejudged(
    gate: Gate, metrics: Metrics, evidence: Evidence, leaks: LeakAudit | None = None
) -> Gate:
    """The same checks beside today's evidence and leak audit; nothing else has changed."""
    kept = [check for check in gate.checks if check.name not in _LACKS]
    return _concluded(kept, gate.reasons, metrics, evidence, leaks)


def proved(evidence: Evidence, *, suspected: bool = False) -> Status:
    """PASS or UNPROVEN: what the evidence makes of a trial that meets every other check."""
    if suspected:
        return "UNPROVEN"
    both = (evidence.dsr, evidence.excess_dsr)
    return "PASS" if all(x is not None and x >= LEVEL for x in both) else "UNPROVEN"


def _concluded(
    checks: Sequence[Check],
    reasons: tuple[str, ...],
    metrics: Metrics,
    evidence: Evidence,
    leaks: LeakAudit | None,
) -> Gate:
    proofs = [*_proofs(metrics, evidence), *_suspicion(leaks)]
    missing = tuple(lack for _, lack in proofs if lack)
    status: Status = "FAIL" if reasons else "UNPROVEN" if missing else "PASS"
    return Gate(
        pass_=status == "PASS",
        status=status,
        reasons=reasons,
        missing=missing,
        checks=(*checks, *(check for check, _ in proofs)),
    )


def verdict(gate: Gate) -> str:
    """The verdict in one or two sentences for a person."""
    if gate.status == "PASS":
        return "PASS: every check is met, and neither luck nor exposure explains the result."
    if gate.status == "UNPROVEN":
        return "UNPROVEN: " + "; ".join(lack.words for lack in gate.missing) + "."
    failed = [check for check in gate.checks if not check.met and check.name not in _LACKS]
    return "FAIL: " + "; ".join(check.words for check in failed) + "."


def _signed(words: str) -> str:
    """With a minus sign where a number is below 0."""
    return words.replace("-", "−")


def _trades(metrics: Metrics, limit: int) -> _Line:
    found = metrics.trades
    words = f"{found} trade{'' if found == 1 else 's'}, at least {limit} asked"
    check = Check(name="min_trades", value=found, limit=limit, met=found >= limit, words=words)
    return _Line(check=check, reason="min_trades_not_met")


def _sharpe(metrics: Metrics, limit: float) -> _Line:
    found = metrics.sharpe
    said = "Sharpe undefined" if found is None else f"Sharpe {_near(found, limit)}"
    check = Check(
        name="sharpe",
        value=found,
        limit=limit,
        met=found is not None and found > limit,
        words=_signed(f"{said}, more than {limit:.4g} asked"),
    )
    return _Line(check=check, reason="poor_sharpe")


def _drawdown(metrics: Metrics, risk: RiskProfile) -> _Line:
    found, limit = metrics.max_dd_scaled, -risk.max_drawdown
    words = _signed(
        f"drawdown {found:.1%} at 10 % volatility, down to {limit:.0%} allowed"
        f" ({metrics.max_dd:.1%} as it was, {metrics.max_dd_account:.1%} of the account)"
    )
    check = Check(name="max_dd", value=found, limit=limit, met=found >= limit, words=words)
    return _Line(check=check, reason="excessive_drawdown")


def _return(metrics: Metrics) -> _Line:
    found = metrics.return_
    words = _signed(f"return {found:.2%}, more than 0 % asked")
    check = Check(name="return", value=found, limit=0.0, met=found > 0, words=words)
    return _Line(check=check, reason="non_positive_return")


def _depth(depth: Depth) -> _Line:
    check = Check(
        name="data",
        value=min(depth.share, 1.0),
        limit=1.0,
        met=depth.enough,
        words=depth.words,
    )
    return _Line(check=check, reason="insufficient_data")


_LACKS: dict[str, Lack] = {
    "luck": "not_better_than_luck",
    "exposure": "not_better_than_exposure",
    "leaks": "leak_suspected",
}


def _suspicion(leaks: LeakAudit | None) -> Iterator[tuple[Check, Missing]]:
    """The check of an audit that suspects a leak; none of one that does not."""
    if leaks is None or leaks.ok:
        return
    found = len(leaks.suspects)
    words = f"the leak audit suspects {leaks.suspects[0].where}: {leaks.words}"
    check = Check(name="leaks", value=found, limit=0, met=False, words=words)
    yield check, Missing(code="leak_suspected", value=found, limit=0, years=None, words=words)


def _proofs(metrics: Metrics, found: Evidence) -> Iterator[tuple[Check, Missing | None]]:
    """The two checks of evidence: against luck, and against mere exposure to the market."""
    year = round(metrics.sessions / metrics.years) if metrics.years else 0
    luck = _Proof("luck", own_of(found), found.dsr, found.variance)
    exposure = _Proof("exposure", excess_of(found), found.excess_dsr, found.excess_variance)
    yield luck.against(found.n_trials, year)
    yield exposure.against(found.n_trials, year)


@dataclass(frozen=True)
class _Proof:
    name: Literal["luck", "exposure"]
    of: Moments | None
    dsr: float | None
    variance: float | None

    def against(self, n: int, year: int) -> tuple[Check, Missing | None]:
        """The check of this deflated Sharpe, and what is missing if it is not met."""
        what = "deflated Sharpe" + (" over market exposure" if self.name == "exposure" else "")
        said = (
            "is undefined" if self.dsr is None else f"{_near(self.dsr, LEVEL)} of the {LEVEL} asked"
        )
        words = f"{what} {said} after {n} {'try' if n == 1 else 'tries'}"
        met = self.dsr is not None and self.dsr >= LEVEL
        check = Check(name=self.name, value=self.dsr, limit=LEVEL, met=met, words=words)
        if met:
            return check, None
        years = None
        if self.of is not None and self.variance is not None:
            years = years_needed(self.of, n=n, variance=self.variance, year=year)
        words = f"{words}: {_years_words(years, defined=self.dsr is not None)}"
        return check, Missing(
            code=_LACKS[self.name], value=self.dsr, limit=LEVEL, years=years, words=words
        )


def _years_words(years: float | None, *, defined: bool) -> str:
    if years is not None:
        return f"{ceil(years * 10) / 10:.1f} more years at this Sharpe would do"
    if not defined:
        return "there is no return to judge"
    return f"not provable at this Sharpe within {MOST_YEARS} years"


def _near(value: float, limit: float) -> str:
    """Two decimals, or as many as show on which side of the limit the value lies.

    >>> _near(0.724, 0.95), _near(0.9499, 0.95)
    ('0.72', '0.9499')
    """
    for digits in range(2, 8):
        shown = f"{value:.{digits}f}"
        if float(shown) != limit or value == limit:
            return shown
    return repr(value)
