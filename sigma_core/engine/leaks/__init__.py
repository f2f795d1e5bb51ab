"""The leak audit: whether anything in a matrix, its folds or its fits saw what came later.

A sample is made at every build, and all of it on demand. Each check rests on a definition, not on
a score: a value is made again from less, a stamp is held against the calendar, a row is made noise.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from sigma_core.domain.leaks import Kind, Leak, LeakAudit, LeakCheck, Outcome, WarmUp
from sigma_core.engine.leaks._answer import copies
from sigma_core.engine.leaks._case import Case
from sigma_core.engine.leaks._fits import said_of, strangers
from sigma_core.engine.leaks._folds import Asked, folds_of, overlaps, path_overlaps
from sigma_core.engine.leaks._future import from_the_future, full_cuts, sampled_cuts
from sigma_core.engine.leaks._later import a_bar_later
from sigma_core.engine.leaks._restated import restated
from sigma_core.engine.leaks._stamps import late_bars
from sigma_core.engine.market import Key
from sigma_core.progress import Progress, silent

__all__ = ["Asked", "Case", "audited", "sampled"]

MET: Mapping[Kind, str] = {
    "future": "every value is the same when it is made of what was known by then",
    "answer": "no feature is the label in disguise",
    "stamps": "no bar holds what came after its stamp",
    "folds": "no training row's label reaches into its test, or into the embargo",
    "fits": "no fit, calibrator or cut changes when the rows it may not see are noise",
    "restated": "no past bar has changed since it was stored",
    "later": "the score does not hang on the very last bar",
}
"""What each check says when it finds nothing."""
PARTS, STEPS = 3, 100


def sampled(case: Case, *, seed: int, at: datetime, only: Sequence[int] = ()) -> LeakAudit:
    """The audit of every build: a few instants, folds and stamps; nothing is fitted.

    `only`: rows at which to make every value again, in place of random ones.
    """
    rows = only or sampled_cuts(case, np.random.default_rng(seed)).tolist()
    cut = folds_of(case, Asked())
    made = _Made(case)
    made.take("future", from_the_future(case, rows, silent))
    made.take("answer", copies(case, cut.rows))
    made.take("stamps", late_bars(case))
    made.take("folds", overlaps(case, cut, Asked()), open_=cut.thin)
    return made.audit(seed=seed, at=at, cuts=len(rows), full=False)


def audited(
    case: Case,
    *,
    seed: int,
    at: datetime,
    asked: Asked,
    was: Mapping[Key, pd.DataFrame],
    progress: Progress = silent,
) -> LeakAudit:
    """The whole audit. `was`: bars as they stood before they were fetched anew.

    `progress` is called between steps; if it raises, that goes up.
    """
    rng = np.random.default_rng(seed)
    rows = full_cuts(case, rng).tolist()
    made, cut = _Made(case), folds_of(case, asked)
    made.take("restated", restated(case, was))
    changed = "the bars it was made of have changed: build it again" if made.leaks else ""
    made.take(
        "future",
        [] if changed else from_the_future(case, rows, _part(progress, 0)),
        open_=changed,
    )
    made.take("answer", copies(case, cut.rows))
    made.take("stamps", late_bars(case))
    folds = [*overlaps(case, cut, asked), *path_overlaps(case, cut, asked)]
    made.take("folds", folds, open_=cut.thin)
    said = said_of(case, cut) if cut.folds else None
    fits = strangers(case, cut, said, rng, _part(progress, 1)) if said else ()
    made.take("fits", fits, open_=cut.thin)
    _part(progress, 2)(0, 1, "features one bar later")
    made.take("later", a_bar_later(case, cut, said) if said else (), open_=cut.thin)
    progress(PARTS * STEPS, PARTS * STEPS, "done")
    return made.audit(seed=seed, at=at, cuts=0 if changed else len(rows), full=True)


def _part(progress: Progress, part: int) -> Progress:
    """The progress of one part of PARTS."""

    def said(done: int, total: int, note: str = "") -> None:
        progress(part * STEPS + done * STEPS // max(total, 1), PARTS * STEPS, note)

    return said


class _Made:
    """The checks of one audit as they are made."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.checks: list[LeakCheck] = []
        self.leaks: list[Leak] = []

    def take(self, kind: Kind, found: Iterable[Leak], *, open_: str = "") -> None:
        """Enter what a check found; `open_` says why it could not be made."""
        leaks = list(found)
        self.leaks += leaks
        known: Outcome = "failed" if any(not leak.doubt for leak in leaks) else "warned"
        outcome = known if leaks else "met"
        words = "; ".join(leak.words for leak in leaks[:3]) or MET[kind]
        if len(leaks) > 3:
            words += f"; and {len(leaks) - 3} more"
        if open_ and not leaks:
            outcome, words = "open", f"not made: {open_}"
        named = bool(leaks) and leaks[0].where in self.case.columns  # written as it is
        said = f"{words}." if named else _sentence(words)
        self.checks.append(LeakCheck(kind=kind, outcome=outcome, words=said))

    def audit(self, *, seed: int, at: datetime, cuts: int, full: bool) -> LeakAudit:
        """All of it as one answer."""
        case = self.case
        columns, suspects = len(case.columns), [leak for leak in self.leaks if not leak.doubt]
        words = f"{columns} columns × {cuts} instants, nothing saw the future"
        if suspects:
            more = f", and {len(suspects) - 1} more" if len(suspects) > 1 else ""
            words = f"{suspects[0].words}{more}"
        return LeakAudit(
            ok=not suspects, pack_id=case.config.pack_id, model_id=case.config.model_id,
            matrix_sha=case.matrix.sha, made_at=at, full=full, seed=seed, columns=columns,
            cuts=cuts, words=words, checks=tuple(self.checks), leaks=tuple(self.leaks),
            warmup=_warm_up(case),
        )  # fmt: skip


def _warm_up(case: Case) -> tuple[WarmUp, ...]:
    """Of each column of an indicator: the warm-up it announces, and its first value."""
    found = []
    for name, values in zip(case.columns, case.values, strict=True):
        known = np.isfinite(values)
        first = case.matrix.offset + int(known.argmax()) if known.any() else None
        found.append(WarmUp(column=name, declared=case.declared.get(name, 0), found=first))
    return tuple(found)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}." if words[0].islower() else f"{words}."
