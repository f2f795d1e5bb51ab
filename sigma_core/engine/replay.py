"""Thousands of rules at once: the figures of `execute` and `measure`, from summaries of trades."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sigma_core.barriers import Plan
from sigma_core.domain.policy import Policy
from sigma_core.domain.trial import Rule
from sigma_core.engine.book import Book
from sigma_core.engine.decide import cuts_of
from sigma_core.engine.prospects import Prospects, Tally, prospects_of, tally_of
from sigma_core.tape import Floats, Ints, Tape

BATCH = 128
"""Rules that one thread replays at a time."""


def replay(tape: Tape, book: Book, plan: Plan, policy: Policy, rules: Sequence[Rule]) -> Tally:
    """Sharpe (per session), return, drawdown and trades of each rule over all folds.

    The same numbers as `execute` and `measure` give one by one, and the same for any number of
    threads. A rule of several thresholds is replayed with those chosen for each fold.
    """
    prospects = prospects_of(tape, book, plan, policy)
    return replay_of(rules, book, prospects)


def replay_of(rules: Sequence[Rule], book: Book, prospects: Prospects) -> Tally:
    """`replay`, where the trades are summed up already."""
    cuts = _cuts(rules, book, prospects)
    sums = np.empty((len(rules), 5))

    def run(job: tuple[tuple[int, ...], Ints]) -> None:
        hours, chosen = job
        sums[chosen] = prospects.run(hours, cuts[chosen])

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(run, _batches(rules, cuts)))
    return tally_of(sums, prospects.sessions())


def _cuts(rules: Sequence[Rule], book: Book, prospects: Prospects) -> Floats:
    """The cut of each rule in each fold, [rules, folds]."""
    cuts = np.empty((len(rules), len(book.blocks)))
    for i, rule in enumerate(rules):
        numbers = rule.numbers  # read from text each time
        if rule.kind == "thr" and len(numbers) == 1:
            cuts[i] = numbers[0]
        else:
            cuts[i] = cuts_of(rule, book, prospects).values
    return cuts


def _batches(rules: Sequence[Rule], cuts: Floats) -> Iterator[tuple[tuple[int, ...], Ints]]:
    """Rules that share their hours, in ascending order of their least cut, some at a time."""
    by_hours: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, rule in enumerate(rules):
        by_hours[rule.hours].append(i)
    for hours, found in by_hours.items():
        numbers = np.array(found)
        ordered = numbers[np.argsort(cuts[numbers].min(axis=1), kind="stable")]
        for at in range(0, len(ordered), BATCH):
            yield hours, ordered[at : at + BATCH]
