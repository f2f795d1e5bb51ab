"""How far luck explains a sweep: what is computed over all of its trials at once, and of each."""

from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN


@dataclass(frozen=True, kw_only=True, config=NOUN)
class TrialEvidence:
    """One trial among all tries at its data. Fractions; Sharpes per year unless it says otherwise.

    None where undefined: a trial that never traded has no Sharpe, one at or below 0 no length that
    would prove it.
    """

    trial_id: str
    t: int
    """Out-of-fold sessions."""
    n_trials: int
    """Tries at the same data in the ledger, when this was computed."""
    sharpe: float | None
    sharpe_low: float | None
    """Of a 95 % interval, as are the other lows and highs: stationary bootstrap, percentiles."""
    sharpe_high: float | None
    return_: float
    """Compounded over all out-of-fold sessions."""
    return_low: float | None
    return_high: float | None
    max_dd: float
    """Deepest fall from a former high at the end of a session, from -1 to 0."""
    max_dd_low: float | None
    """The deep end."""
    max_dd_high: float | None
    autocorrelation: float | None
    """Of a session's return and the next one's."""
    sharpe_adjusted: float | None
    """Per year by Lo's η instead of the root: what autocorrelation leaves of the Sharpe."""
    haircut_sharpe: float | None
    """The Sharpe that, tried once, would be as surprising as this one among `n_trials`."""
    haircut_p: float | None
    """Chance that the best of `n_trials` independent tries at nothing has such a Sharpe."""
    sr0: float | None
    """Best Sharpe that luck alone is expected to find in `n_trials`."""
    psr: float | None
    dsr: float | None
    psr_2025: float | None
    """In the form of 2025: spread under the null, T returns, autocorrelation."""
    dsr_2025: float | None
    """The same against what luck finds in `n_trials`, with the spread of the best of so many."""
    power: float | None
    """Chance that a test of this many sessions finds a true Sharpe of 1 a year."""
    false_discoveries: float | None
    """Share of nothing among what such tests find, if 5 % of what is tried have that Sharpe."""
    false_discovery: float | None
    """Chance that this one is nothing, having come out as high as it did."""
    min_trl: float | None
    """Years of such returns until a Sharpe above 0 is 95 % sure, tried once; form of 2012."""
    min_trl_2025: float | None
    min_btl: float | None
    """Years of history below which luck in `n_trials` is expected to find such a Sharpe."""
    survivor: bool | None
    """Whether StepM names it as better than nothing after all trials of the sweep, at 5 %."""
    survivor_hold: bool | None
    """The same, better than buy-and-hold."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class SweepEvidence:
    """What the trials of a sweep say together. p-values: small ones speak against luck."""

    sweep_id: str
    pack_id: str
    model_id: str
    simulated: bool
    t: int
    """Out-of-fold sessions."""
    n_trials: int
    """Tries at the same data in the ledger, when this was computed: what deflates."""
    tried: int
    """Trials of the sweep."""
    traded: int
    """Those of them that ever traded: the others are in no test."""
    seed: int
    rounds: int
    """Resampled histories."""
    block: int | None
    """Mean length of a resampled block, in sessions."""
    n_effective: float | None
    """Independent tries that the sweep amounts to, by the mean correlation of its trials."""
    effective_rank: float | None
    """The same by the entropy of the correlations' eigenvalues."""
    correlation: float | None
    """Mean of two trials' session returns."""
    pbo: float | None
    """Probability of backtest overfitting."""
    pbo_slope: float | None
    """Sharpe kept in the other half for each one found; 1 keeps all."""
    pbo_loss: float | None
    """Share of ways in which the best of one half loses in the other."""
    pbo_blocks: int | None
    logit_edges: tuple[float, ...]
    """Of the histogram of ln(ω/(1 - ω)), ω the place of the best of one half in the other."""
    logit_counts: tuple[float, ...]
    """Ways between each edge and the next, the last one with it."""
    spa_zero: float | None
    """Hansen's p-value of the best against earning nothing; `lower` and `upper` bound it."""
    spa_zero_lower: float | None
    spa_zero_upper: float | None
    rc_zero: float | None
    """White's p-value of the same."""
    spa_hold: float | None
    """Of the best against buy-and-hold."""
    spa_hold_lower: float | None
    spa_hold_upper: float | None
    rc_hold: float | None
    best_growth: tuple[float, ...] | None
    """Compounded return of the best trial up to so many sessions, evenly apart from the first to
    the last; None if no trial traded, or an older version computed it."""
    best_low: tuple[float, ...] | None
    """Of a 95 % interval at each of them."""
    best_high: tuple[float, ...] | None
    undefined: dict[str, str] = Field(default_factory=dict)
    """Why figures are None."""
    methods: dict[str, str] = Field(default_factory=dict)
    """Where each figure comes from, and its unit."""
    words: str
    """What it comes to."""
    trials: tuple[TrialEvidence, ...] = ()
    """In the order of their Sharpe, best first."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Luck:
    """What a leaderboard shows of a trial's evidence and its sweep's; the sweep's names say so.

    How each figure was made is told with the whole evidence of the sweep: `evidence-detail`.
    """

    sweep_id: str
    t: int
    """Out-of-fold sessions."""
    n_trials: int
    """Tries at the same data when it was computed; more since then make it stricter."""
    n_effective: float | None
    """Independent tries that its sweep amounts to."""
    correlation: float | None
    """Mean of two of its sweep's trials' session returns."""
    sharpe_low: float | None
    """Of a 95 % interval, per year; as are the other lows and highs."""
    sharpe_high: float | None
    return_low: float | None
    return_high: float | None
    max_dd_low: float | None
    """The deep end."""
    max_dd_high: float | None
    sharpe_adjusted: float | None
    """Per year, by Lo's η."""
    haircut_sharpe: float | None
    haircut_p: float | None
    min_trl: float | None
    """Years until such a Sharpe is 95 % sure, tried once."""
    min_btl: float | None
    """Years of history below which luck in so many tries is expected to find such a Sharpe."""
    survivor: bool | None
    survivor_hold: bool | None
    pbo: float | None
    """Of its sweep, as are the p-values."""
    spa_zero: float | None
    spa_hold: float | None
    rc_zero: float | None
    rc_hold: float | None
