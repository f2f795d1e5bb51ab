"""Evidence in the words of a trader, and as a screen of text."""

from collections.abc import Mapping
from typing import Any

from sigma_core.domain.luck import SweepEvidence, TrialEvidence
from sigma_core.engine.luck.assess import Assessed
from sigma_core.engine.luck.reality import SIZE
from sigma_core.verbs._text import columns, count, percent, ratio

MOST = 15
"""Trials on a screen of text."""


def words(found: Assessed) -> str:
    """What the evidence comes to, in a few sentences."""
    sweep = found.sweep
    if not sweep["traded"]:
        return "No trial of this sweep ever traded: there is nothing to test."
    named = sum(bool(trial.survivor) for trial in found.trials)
    said = [_alike(sweep), _chosen(sweep), _best(sweep["spa_zero"], "earning nothing")]
    if sweep["spa_hold"] is not None:
        said.append(_best(sweep["spa_hold"], "buy-and-hold"))
    said.append(
        f"{named} of {sweep['tried']} beat nothing at {percent(SIZE)} after all that were tried."
    )
    return " ".join(filter(None, said))


def _alike(sweep: Mapping[str, Any]) -> str:
    effective = sweep["n_effective"]
    return f"{sweep['tried']} trials, as alike as {effective:.1f} independent ones."


def _chosen(sweep: Mapping[str, Any]) -> str:
    if sweep["pbo"] is None:
        return ""
    return (
        f"The best of one half of the sessions is no better than the middle in the other half"
        f" {percent(sweep['pbo'])} of the time, and loses {percent(sweep['pbo_loss'])}."
    )


def _best(p: float, than: str) -> str:
    surprise = "so luck is an unlikely reason" if p <= SIZE else "so luck may be all there is"
    return f"Against {than} the best has a p-value of {p_value(p)}, {surprise}."


def p_value(p: float | None) -> str:
    """A p-value of a thousand rounds: none is known to be smaller than that.

    >>> p_value(0.0), p_value(0.0312), p_value(None)
    ('under 0.001', '0.031', '–')
    """
    if p is None:
        return "–"
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def luck_screen(found: SweepEvidence) -> str:
    """Evidence on a sweep: the sentence, the tests, the trials."""
    head = f"{found.sweep_id} of {found.model_id}{'  SIMULATED' if found.simulated else ''}"
    sizes = (
        f"{count(found.t)} sessions, {count(found.n_trials)} tries in the ledger, {found.tried} in"
        f" this sweep; {count(found.rounds)} histories, seed {found.seed}"
    )
    tests = [
        ("overfitting, PBO", _share(found.pbo), ""),
        ("best by luck, SPA", p_value(found.spa_zero), p_value(found.spa_hold)),
        ("best by luck, Reality Check", p_value(found.rc_zero), p_value(found.rc_hold)),
    ]
    missing = [f"{name}: {why}" for name, why in found.undefined.items()]
    return "\n".join(
        [
            head, sizes, "", found.words, "",
            columns(tests, ("", "against nothing", "against holding")), *missing, "",
            _trials(found.trials),
        ]
    )  # fmt: skip


def _trials(trials: tuple[TrialEvidence, ...]) -> str:
    rows = [
        (
            t.trial_id, ratio(t.sharpe), span(t.sharpe_low, t.sharpe_high, ratio),
            ratio(t.sharpe_adjusted), ratio(t.haircut_sharpe), ratio(t.psr), ratio(t.dsr),
            ratio(t.min_trl), ratio(t.min_btl), yes(t.survivor), yes(t.survivor_hold),
        )
        for t in trials[:MOST]
    ]  # fmt: skip
    heads = ("trial", "Sharpe", "95 %", "by Lo", "haircut", "PSR", "DSR", "years to prove",
             "years to outlast luck", "beats nothing", "beats holding")  # fmt: skip
    more = f"\n… and {len(trials) - MOST} more" if len(trials) > MOST else ""
    return columns(rows, heads) + more


def span(low: float | None, high: float | None, of: Any) -> str:
    """An interval."""
    return "–" if low is None else f"{of(low)} to {of(high)}"


def yes(flag: bool | None) -> str:
    """A flag in a table."""
    return "–" if flag is None else "yes" if flag else "no"


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)
