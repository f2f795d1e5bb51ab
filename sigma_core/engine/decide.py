"""How sure the model must be: the cut of every fold, chosen on what came before it."""

from dataclasses import dataclass

import numpy as np

from sigma_core.domain.trial import Rule
from sigma_core.engine.book import Book, book_of
from sigma_core.engine.prospects import Prospects
from sigma_core.errors import BadRequest
from sigma_core.tape import Floats

__all__ = ["Book", "Cuts", "book_of", "cuts_of", "final_cut", "fixed"]

MIN_TRADES = 10
"""Trades a threshold needs in earlier folds before it may be chosen."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """The least confidence that is traded, per fold, and how it came about."""

    values: Floats
    how: tuple[str, ...]
    """given (one threshold), middle, chosen, quantile, or inner (inside the training window)."""
    hours: tuple[int, ...] = ()
    """Exchange hours in which to enter; empty for all."""


def fixed(value: float, folds: int = 1, *, hours: tuple[int, ...] = ()) -> Cuts:
    """The same cut in every fold: for one threshold, and for a bundle's own cut."""
    return Cuts(values=np.full(folds, value), how=("given",) * folds, hours=hours)


def cuts_of(rule: Rule, book: Book, prospects: Prospects) -> Cuts:
    """The cut of every fold, from earlier folds alone.

    Of several thresholds, the one with the best session Sharpe over the earlier folds; ties go
    to the higher; none with 10 trades, or no earlier fold: the middle one. For `top_pct`, the
    quantile of earlier folds' confidences; the first fold reads `book.inner`.

    Source: spec §8, §12 Cuts. Raises BadRequest if no earlier bar lies in the rule's hours.
    """
    folds = len(book.blocks)
    if rule.kind == "thr" and len(rule.numbers) == 1:
        return fixed(rule.numbers[0], folds, hours=rule.hours)
    if rule.kind == "thr":
        found = [_choose(rule, book, prospects, k) for k in range(folds)]
    else:
        found = [(_quantile(rule, book, k), "quantile" if k else "inner") for k in range(folds)]
    values, how = zip(*found, strict=True)
    return Cuts(values=np.array(values), how=how, hours=rule.hours)


def final_cut(rule: Rule, book: Book, prospects: Prospects) -> tuple[float, str]:
    """The cut of a bundle, by the same rules over all folds, and how it came about."""
    everything = len(book.blocks)
    if rule.kind == "top_pct":
        return _quantile(rule, book, everything), "quantile"
    if len(rule.numbers) == 1:
        return rule.numbers[0], "given"
    return _choose(rule, book, prospects, everything)


def _choose(rule: Rule, book: Book, prospects: Prospects, fold: int) -> tuple[float, str]:
    """The best of the rule's thresholds in a fresh replay of the folds before `fold`."""
    values = np.array(rule.numbers)
    middle = float(values[len(values) // 2]), "middle"
    if fold == 0:
        return middle
    until = book.blocks[fold][0] if fold < len(book.blocks) else book.end + 1
    tally = prospects.replay(
        rule.hours, np.repeat(values[:, None], len(book.blocks), axis=1), until=until
    )
    sharpe = np.where(tally.trades >= MIN_TRADES, tally.sharpe, np.nan)
    if np.isnan(sharpe).all():
        return middle
    best = np.flatnonzero(sharpe == np.nanmax(sharpe))[-1]
    return float(values[best]), "chosen"


def _quantile(rule: Rule, book: Book, fold: int) -> float:
    """The (1 - p) quantile of the highest confidences before `fold`, in the rule's hours."""
    if fold > 0:
        last = book.blocks[fold - 1][1]
        seen = slice(book.start, last + 1)
        score, hour = book.score[seen], book.hour[seen]
    elif book.inner is not None:
        score, hour = book.inner.score, book.inner.hour
    else:
        raise BadRequest(
            f"top_pct {rule.value} needs predictions inside the first training window, which is"
            " too short for them.",
            hint="Choose a longer range, or thresholds instead of top_pct.",
        )
    known = np.isfinite(score)
    if rule.hours:
        known &= np.isin(hour, rule.hours)
    if not known.any():
        raise BadRequest(
            f"No prediction before fold {fold + 1} lies in hours {list(rule.hours)}.",
            hint="Choose hours in which the market trades, or leave allowed_hours out.",
        )
    return float(np.quantile(score[known], 1 - rule.numbers[0], method="higher"))
