"""A trial: one rule, tried on data it was not fitted to, measured and judged."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, HoursText, RiskName, Sha, Status


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Rule:
    """When a prediction becomes a trade."""

    kind: Literal["thr", "top_pct"]
    value: str
    """Confidences to exceed, sorted ("0.55,0.60"), or the share of bars to take ("0.10")."""
    allowed_hours: HoursText = ""
    """Exchange hours in which to enter, "13,14,15"; empty for all."""

    def __post_init__(self) -> None:
        numbers = self.numbers
        if not numbers:
            raise ValueError(f"{self.kind} has no value in {self.value!r}")
        if wrong := [x for x in numbers if not 0 < x < 1]:
            raise ValueError(f"{wrong[0]:.12g} is not between 0 and 1")
        if self.kind == "top_pct" and len(numbers) != 1:
            raise ValueError(f"top_pct takes one share, not {self.value!r}")

    @property
    def hours(self) -> tuple[int, ...]:
        """The allowed hours, sorted; none for all."""
        return tuple(int(hour) for hour in self.allowed_hours.split(",") if hour)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values as sorted distinct numbers. Raises ValueError naming what is no number."""
        parts = [part.strip() for part in self.value.split(",") if part.strip()]
        try:
            return tuple(sorted({float(part) for part in parts}))
        except ValueError:
            wrong = next(p for p in parts if not _is_number(p))
            raise ValueError(f"{wrong!r} is not a number") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Metrics:
    """What a rule earned out of fold. Fractions: 0.24 is 24 %; None where undefined.

    `undefined` says for each None why it is one.
    """

    sharpe: float | None
    """Per year, of session returns."""
    return_: float
    """Compounded over all out-of-fold sessions."""
    cagr: float | None
    sortino: float | None
    calmar: float | None
    max_dd: float
    """Deepest fall from a former high at any bar, from -1 to 0."""
    es95: float | None
    """Mean of the worst 5 % of sessions."""
    volatility: float | None
    """Standard deviation of session returns, per year."""
    trades: int
    win_rate: float | None
    profit_factor: float | None
    avg_trade: float | None
    """Mean unsized net return of a trade."""
    exposure: float
    """Share of bars held at any time."""
    turnover: float | None
    """Twice the size of all trades, per year."""
    ambiguous_share: float | None
    """Share of trades whose stop and target lay in one bar, and no finer bars tell the first: the
    stop is booked, so `return_` and `sharpe` are the worst that can have been."""
    settled_share: float | None = None
    """Of bars in which both lay, the share that finer bars settled."""
    return_best: float | None = None
    """`return_` had every ambiguous trade met its target."""
    sharpe_best: float | None = None
    max_dd_scaled: float
    """`max_dd` at 10 % volatility: what the gate reads."""
    max_dd_account: float
    """`max_dd` of the account curve: the same trades at `position_size`."""
    return_account: float
    sessions: int
    years: float
    undefined: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Hold:
    """Buy-and-hold over the same sessions."""

    sharpe: float | None
    return_: float
    cagr: float | None
    max_dd: float


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Forecast:
    """How good the probabilities are, on labelled out-of-fold rows."""

    brier: float | None
    log_loss: float | None
    ece: float | None
    """Expected calibration error of the winning side's confidence, 10 equal-mass bins."""
    rows: int


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Evidence:
    """How far luck and mere exposure can explain a result. Sharpes are per session."""

    n_trials: int
    """Tries of the family, this one among them."""
    variance: float | None
    """Of the family's per-session Sharpes, at most 1/T."""
    t: int
    """Out-of-fold sessions."""
    sharpe: float | None
    skew: float | None
    kurtosis: float | None
    """Pearson's: 3 for a normal."""
    sr0: float | None
    """Best Sharpe that luck alone is expected to find."""
    psr: float | None
    dsr: float | None
    beta: float | None
    """Of session returns on buy-and-hold's."""
    excess_sharpe: float | None
    excess_skew: float | None
    excess_kurtosis: float | None
    excess_variance: float | None
    excess_sr0: float | None
    excess_dsr: float | None
    psr_method: str = "Bailey & Lopez de Prado 2012/2014, per session, T-1, ddof 1"


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Missing:
    """Evidence that is not there yet."""

    code: Literal["not_better_than_luck", "not_better_than_exposure", "leak_suspected"]
    value: float | None
    limit: float
    years: float | None
    """More years at the same Sharpe that would do; None: not at this Sharpe."""
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Check:
    """One line of the gate."""

    name: str
    value: float | None
    limit: float
    met: bool
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Gate:
    """The verdict. `pass` is true for PASS only; a FAIL names its reasons."""

    pass_: bool
    status: Status
    reasons: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Lineage:
    """The names that say exactly what a result was made of."""

    matrix_sha: Sha
    config_sha: Sha
    policy_sha: Sha
    risk_sha: Sha
    risk_profile: RiskName
    simulated: Annotated[bool, Field(description="rests on simulated bars")] = False
