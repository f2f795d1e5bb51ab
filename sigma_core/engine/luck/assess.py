"""All evidence on the trials of one sweep, from their session returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.luck import TrialEvidence
from sigma_core.domain.trial import Evidence
from sigma_core.engine.evidence import (
    LEVEL,
    Moments,
    min_backtest_length,
    min_track_record,
    own_of,
)
from sigma_core.engine.luck import recent
from sigma_core.engine.luck.annualise import autocorrelation, eta_ar1
from sigma_core.engine.luck.bootstrap import Resampled, block_length, points_of, resampled
from sigma_core.engine.luck.effective import effective
from sigma_core.engine.luck.haircut import haircut_p, haircut_sharpe
from sigma_core.engine.luck.overfit import BLOCKS, overfit
from sigma_core.engine.luck.reality import Superior, superior

Floats = NDArray[np.float64]

LEAST = 2 * BLOCKS
"""Sessions below which nothing can be said."""
BINS = 11
"""Of the histogram of logits; odd, so that one lies around the middle."""
METHODS = {
    "sharpe": "mean over deviation (ddof 1) of session returns, by the root of a year's sessions",
    "return_, max_dd": "compounded; deepest fall at sessions' ends; fractions",
    "autocorrelation, correlation": "first, about the mean; mean over pairs of trials that traded",
    "sharpe_low, sharpe_high, return_low, return_high, max_dd_low, max_dd_high":
        "Politis & Romano 1994 stationary bootstrap of sessions by arch, 95 % percentiles; block"
        " Politis & White 2004, Patton et al. 2009; Sharpe per year, others fractions",
    "best_growth, best_low, best_high": "the same histories of the best trial, up to each of at"
        " most 120 sessions, evenly apart; fractions",
    "sharpe_adjusted": "Lo 2002 η(q), ρₖ = ρ^k; per year",
    "haircut_sharpe, haircut_p": "Harvey & Liu 2015, 1 - (1 - p)^n_trials; per year, probability",
    "sr0, psr, dsr": "Bailey & Lopez de Prado 2012, 2014, T - 1, ddof 1; sr0 per year, probability",
    "psr_2025, dsr_2025, min_trl_2025":
        "Lopez de Prado, Lipton & Zoonekynd 2025, T, AR(1), the best of n_trials; prob., years",
    "power, false_discoveries, false_discovery":
        "the same paper: a test of 0 at 95 % against a true Sharpe of 1 a year, which 5 % of what"
        " is tried are thought to have; probability",
    "min_trl": "Bailey & Lopez de Prado 2012 against a Sharpe of 0 at 95 %; years",
    "min_btl": "Bailey, Borwein, Lopez de Prado & Zhu 2014 over n_trials; years",
    "pbo, pbo_slope, pbo_loss, logit_edges, logit_counts":
        "CSCV by session Sharpe, Bailey, Borwein, Lopez de Prado & Zhu 2017, ω = place/(N + 1)",
    "spa_zero, spa_hold": "Hansen 2005, studentised, consistent (lower, upper bound it); p-value",
    "rc_zero, rc_hold": "White 2000; p-value",
    "survivor, survivor_hold": "StepM, Romano & Wolf 2005, studentised, at 5 %",
    "n_effective": "ρ + (1 - ρ)·M, Bailey & Lopez de Prado 2014; tries",
    "effective_rank": "Roy & Vetterli 2007; tries",
}  # fmt: skip
"""Where each figure comes from, and its unit."""
GOOD = 1.0
"""Annual Sharpe of a strategy worth finding, and how many of what is tried are thought to be."""
PRIOR = 0.05


@dataclass(frozen=True, eq=False)
class Assessed:
    """Figures of the sweep by name, why some are None, and each trial's in the order given."""

    sweep: dict[str, Any]
    undefined: dict[str, str]
    trials: tuple[TrialEvidence, ...]


def assess(
    returns: Floats,
    market: Floats,
    judged: Sequence[tuple[str, Evidence]],
    *,
    year: int,
    rounds: int,
    seed: int,
) -> Assessed:
    """Judge the session `returns` [sessions, trials] against 0 and against those of the `market`.

    `judged` are each trial's name and its evidence among all tries of the ledger. Sources: METHODS.
    Raises ValueError for fewer than 32 sessions.
    """
    sessions, tried = returns.shape
    if sessions < LEAST:
        raise ValueError(f"{sessions} sessions are fewer than {LEAST}")
    live = np.flatnonzero(np.ptp(returns, axis=0) > 0)
    none = _Sweep(tried=tried, traded=len(live), rounds=rounds, seed=seed)
    if not len(live):
        why = dict.fromkeys(UNDEFINED, "no trial ever traded")
        return Assessed(none.figures(), why, tuple(_idle(*each, sessions) for each in judged))
    traded = returns[:, live]
    block = block_length(traded)
    best = int(np.argmax(traded.mean(axis=0) / traded.std(axis=0, ddof=1)))
    drawn = resampled(
        np.column_stack([traded, market]), block=block, rounds=rounds, seed=seed, followed=best
    )
    zero = superior(traded, drawn.mean[:, :-1], block=block)
    hold, against = _against_hold(traded, market, drawn, block)
    undefined: dict[str, str] = {}
    figures = none.figures() | {"block": block}
    figures |= _counted(traded) | _overfit(traded, undefined) | _followed(traded[:, best], drawn)
    figures |= _tested(zero, "zero") | _tested(hold, "hold")
    if hold is None:
        undefined |= dict.fromkeys(_tested(None, "hold"), "every trial is buy-and-hold itself")
    place = {int(trial): k for k, trial in enumerate(live)}
    trials = []
    for i, (name, evidence) in enumerate(judged):
        if (k := place.get(i)) is None:
            trials.append(_idle(name, evidence, sessions))
            continue
        survives = k in zero.survivors, k in against
        trials.append(_trial(name, evidence, traded[:, k], drawn, k, survives, year))
    return Assessed(figures, undefined, tuple(trials))


UNDEFINED = ("n_effective", "pbo", "spa_zero", "rc_zero", "spa_hold", "rc_hold")


@dataclass(frozen=True, kw_only=True)
class _Sweep:
    """What is known of a sweep before anything is computed."""

    tried: int
    traded: int
    rounds: int
    seed: int

    def figures(self) -> dict[str, Any]:
        names = ("block", "n_effective", "effective_rank", "correlation", "pbo", "pbo_slope",
                 "pbo_loss", "pbo_blocks", "best_growth", "best_low", "best_high")  # fmt: skip
        figures: dict[str, Any] = dict.fromkeys(names)
        figures |= {"logit_edges": (), "logit_counts": ()} | _tested(None, "zero")
        return vars(self) | figures | _tested(None, "hold")


def _against_hold(
    traded: Floats, market: Floats, drawn: Resampled, block: int
) -> tuple[Superior | None, set[int]]:
    """The tests against buy-and-hold, and the trials that survive; one that holds is left out."""
    excess = traded - market[:, None]
    differ = np.flatnonzero(np.ptp(excess, axis=0) > 0)
    if not len(differ):
        return None, set()
    means = drawn.mean[:, :-1] - drawn.mean[:, -1:]
    found = superior(excess[:, differ], means[:, differ], block=block)
    return found, {int(differ[k]) for k in found.survivors}


def _tested(found: Superior | None, name: str) -> dict[str, float | None]:
    return {
        f"spa_{name}": None if found is None else found.spa,
        f"spa_{name}_lower": None if found is None else found.spa_lower,
        f"spa_{name}_upper": None if found is None else found.spa_upper,
        f"rc_{name}": None if found is None else found.reality_check,
    }


def _followed(returns: Floats, drawn: Resampled) -> dict[str, tuple[float, ...]]:
    """Growth of the best trial, and where that of its resampled histories lies."""
    grown = (np.cumprod(1 + returns) - 1)[points_of(len(returns))]
    low, high = drawn.band()
    return {
        "best_growth": tuple(grown.tolist()),
        "best_low": tuple(low.tolist()),
        "best_high": tuple(high.tolist()),
    }


def _counted(traded: Floats) -> dict[str, float | None]:
    found = effective(traded)
    return {
        "n_effective": found.n,
        "effective_rank": found.rank,
        "correlation": found.correlation,
    }


def _overfit(traded: Floats, undefined: dict[str, str]) -> dict[str, Any]:
    if traded.shape[1] < 2:
        undefined["pbo"] = "one trial alone is chosen from nothing"
        return {}
    found = overfit(traded)
    most = log(traded.shape[1])  # of a logit: place N of N + 1
    counts, edges = np.histogram(found.logits, BINS, (-most - 1e-9, most + 1e-9))
    return {
        "pbo": found.pbo,
        "pbo_slope": found.slope,
        "pbo_loss": found.loss,
        "pbo_blocks": found.blocks,
        "logit_edges": tuple(edges.tolist()),
        "logit_counts": tuple(counts.astype("float64").tolist()),
    }


def _trial(
    name: str,
    evidence: Evidence,
    returns: Floats,
    drawn: Resampled,
    column: int,
    survives: tuple[bool, bool],
    year: int,
) -> TrialEvidence:
    of, years, n = own_of(evidence), len(returns) / year, evidence.n_trials
    if of is None:
        return _idle(name, evidence, len(returns))
    sharpe, rho = of.sharpe * sqrt(year), autocorrelation(returns)
    carried = None if rho is None else eta_ar1(year, rho)
    intervals = (
        drawn.interval("sharpe", column, scale=sqrt(year)),
        drawn.interval("growth", column),
        drawn.interval("drawdown", column),
    )
    grown = np.cumprod(1 + returns)
    high = np.maximum.accumulate(np.r_[1.0, grown])[1:]
    return TrialEvidence(
        trial_id=name, t=len(returns), n_trials=n, sharpe=sharpe,
        sharpe_low=intervals[0][0], sharpe_high=intervals[0][1],
        return_=float(grown[-1] - 1), return_low=intervals[1][0], return_high=intervals[1][1],
        max_dd=min(0.0, float((grown / high - 1).min())),
        max_dd_low=intervals[2][0], max_dd_high=intervals[2][1],
        autocorrelation=rho,
        sharpe_adjusted=None if carried is None else of.sharpe * carried,
        haircut_sharpe=haircut_sharpe(sharpe, years=years, n=n),
        haircut_p=haircut_p(sharpe, years=years, n=n)[1],
        sr0=None if evidence.sr0 is None else evidence.sr0 * sqrt(year),
        psr=evidence.psr, dsr=evidence.dsr,
        **_recent(of, evidence.sr0, n, rho or 0.0, GOOD / sqrt(year)),
        min_trl=_years(min_track_record(of, 0.0), year),
        min_trl_2025=_years(recent.min_track_record(of, 0.0, rho=rho or 0.0), year),
        min_btl=min_backtest_length(n, sharpe) if sharpe > 0 else None,
        survivor=survives[0], survivor_hold=survives[1],
    )  # fmt: skip


def _recent(
    of: Moments, sr0: float | None, n: int, rho: float, good: float
) -> dict[str, float | None]:
    """Figures in the form of 2025; None where the spread that it gives a Sharpe is none."""
    found: dict[str, float | None] = {"psr_2025": recent.psr(of, 0.0, rho=rho)}
    names = ("dsr_2025", "power", "false_discoveries", "false_discovery")
    if sr0 is None or min(recent.variance(of, at, rho=rho) for at in (sr0, good)) <= 0:
        return found | dict.fromkeys(names)
    missed = recent.missed(of, 0.0, good, rho=rho)
    return found | {
        "dsr_2025": recent.psr(of, sr0, rho=rho, tries=n),
        "power": 1 - missed,
        "false_discoveries": recent.false_discoveries(prior=PRIOR, level=LEVEL, missed=missed),
        "false_discovery": recent.observed_false_discovery(of, 0.0, good, prior=PRIOR, rho=rho),
    }


def _idle(name: str, evidence: Evidence, sessions: int) -> TrialEvidence:
    """A trial that never traded: it counts, and has no Sharpe."""
    unknown: dict[str, None] = {
        field: None
        for field in TrialEvidence.__dataclass_fields__
        if field not in ("trial_id", "t", "n_trials", "return_", "max_dd")
    }
    return TrialEvidence(
        trial_id=name, t=sessions, n_trials=evidence.n_trials, return_=0.0, max_dd=0.0,
        **unknown,
    )  # fmt: skip


def _years(returns: float, year: int) -> float | None:
    """Whole returns, in years; None for a Sharpe that no length would prove."""
    return ceil(returns) / year if isfinite(returns) else None
