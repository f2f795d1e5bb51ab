"""Every trial in the order of its verdict today, held in memory: what any question is asked of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.trial import Evidence
from sigma_core.lab import Lab
from sigma_core.ledger import FAMILY
from sigma_core.schemas import TRIALS
from sigma_core.schemas.trials import EVIDENCE
from sigma_core.verbs._families import families_of, judged_by
from sigma_core.verbs._kept import kept, print_of_lake

Places = NDArray[np.int64]
FIRST, LAST = 0, 2
"""Places of a PASS and of a FAIL; what is not proved stands between."""

_ASKED = ("trial_id", "run_id", "sweep_id", "pack_id", "model_id", "tag", "risk_profile", "kind")
_JUDGED = (
    "status", "matrix_sha", "made_at", "oof_start", "oof_end", *FAMILY,
    *(EVIDENCE + f.name for f in fields(Evidence)),
)  # fmt: skip
_ALL = f"""
SELECT {", ".join((*_ASKED, *_JUDGED))} FROM trials
ORDER BY sharpe DESC NULLS LAST, trial_id, run_id
"""  # noqa: S608  names are ours


@dataclass(frozen=True, eq=False)
class Board:
    """One line a trial and run: best first within each verdict."""

    lines: pd.DataFrame
    """What is asked by: names, sessions, `place` by verdict, `making`: later ones are greater."""

    def fitting(
        self,
        wanted: Mapping[str, str],
        *,
        start: date | None = None,
        end: date | None = None,
        among: Collection[str] | None = None,
    ) -> Places:
        """Lines that have these names, whose out-of-fold sessions lie within, of these trials.

        Of a trial made twice the later making; a run or a sweep is shown as it was made.
        """
        fits = np.ones(len(self.lines), dtype=bool)
        for name, value in wanted.items():
            fits &= (self.lines[name] == value).to_numpy(dtype=bool)
        if start:
            fits &= (self.lines["oof_start"] >= pd.Timestamp(start)).to_numpy()
        if end:
            fits &= (self.lines["oof_end"] <= pd.Timestamp(end)).to_numpy()
        if among is not None:
            fits &= self.lines["trial_id"].isin(list(among)).to_numpy()
        found = np.flatnonzero(fits)
        return found if {"run_id", "sweep_id"} & wanted.keys() else self._once(found)

    def passing(self, found: Places) -> NDArray[np.bool_]:
        """Which of these lines are PASS."""
        answer: NDArray[np.bool_] = self.lines["place"].to_numpy()[found] == FIRST
        return answer

    def names(self, found: Places) -> list[tuple[str, str]]:
        """Trial and run of these lines."""
        trials, runs = (self.lines[name].iloc[found] for name in ("trial_id", "run_id"))
        return list(zip(trials, runs, strict=True))

    def _once(self, found: Places) -> Places:
        """Without the earlier makings of a trial among these lines; in their order."""
        making = self.lines["making"].to_numpy()
        again = found[making[found] > 0]
        again = again[np.argsort(making[again])]
        fits = np.ones(len(making), dtype=bool)
        fits[again[self.lines["trial_id"].iloc[again].duplicated(keep="last")]] = False
        return found[fits[found]]


def board_of(lab: Lab) -> Board:
    """The board as the lake and its ledger stand: made anew when a trial, a try or an audit comes.

    Raises Damaged if a file of trials or the ledger is not what was written.
    """
    root = lab.lake.root
    now = (judged_by(lab), *print_of_lake([root / TRIALS.name]))
    return kept(("board", root), now, lambda: _board(lab))


def _board(lab: Lab) -> Board:
    rows = lab.lake.frame(_ALL)
    families = families_of(lab)  # after the rows: a try is entered before its trial is written
    families.refuse_unknown(rows["trial_id"])
    passes = families.passes(rows)
    place = np.where(passes, FIRST, np.where(rows["status"] == "FAIL", LAST, 1))
    lines = rows[[*_ASKED, "oof_start", "oof_end"]].assign(place=place, making=_makings(rows))
    return Board(lines.iloc[np.argsort(place, kind="stable")].reset_index(drop=True))


def _makings(rows: pd.DataFrame) -> Places:
    """Of trials made more than once the order of their makings, from 1; 0 of all others."""
    answer = np.zeros(len(rows), dtype="int64")
    again = np.flatnonzero(rows["trial_id"].duplicated(keep=False))
    made = rows[["made_at", "run_id"]].iloc[again].reset_index(drop=True)
    order = made.sort_values(["made_at", "run_id"], ascending=[True, False]).index.to_numpy()
    answer[again[order]] = np.arange(1, len(again) + 1)
    return answer
