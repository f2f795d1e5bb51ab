"""Families of tries, as the ledger knows them today, and what they make of a trial."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache, cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain._fields import Status
from sigma_core.domain.trial import Evidence, Gate, Metrics
from sigma_core.engine.evidence import LEVEL, among, capped, variance_of_tries
from sigma_core.engine.gate import proved, rejudged
from sigma_core.engine.proofs import Among, reached
from sigma_core.errors import Damaged
from sigma_core.lab import Lab
from sigma_core.ledger import FAMILY, Chain, family_of
from sigma_core.parse import parse
from sigma_core.schemas.trials import EVIDENCE
from sigma_core.sealed import broken, seals_of
from sigma_core.suspicion import KIND, suspected
from sigma_core.verbs._kept import kept, print_of_lake

T = TypeVar("T")
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Row = Mapping[str, Any]
SPAN = ("oof_start", "oof_end")
OWN, EXCESS = EVIDENCE, f"{EVIDENCE}excess_"


@dataclass(frozen=True, eq=False)
class Tries:
    """How often the same data was tried, and what each try's Sharpes were; NaN where undefined."""

    n: int
    sharpes: Floats
    excess_sharpes: Floats

    @cached_property
    def variances(self) -> tuple[float | None, float | None]:
        """Of both, before they are held against the 1/T of a trial."""
        return variance_of_tries(self.sharpes), variance_of_tries(self.excess_sharpes)


class Families:
    """Tries of each family and matrices under suspicion: what they mean for a trial today."""

    def __init__(self, lab: Lab) -> None:
        chains = lab.ledger.chains()
        self._of, self._days, self._sharpes = _distinct(chains)
        self._trials = {one.trial_id for chain in chains for one in chain.tries}
        self._folder = lab.ledger.folder
        self._seals = seals_of(row for chain in chains for row in chain.others)
        self._known: dict[tuple[str, ...], Tries] = {}
        self._suspected = kept(
            (KIND, lab.lake.root), print_of_lake([lab.lake.root / KIND]), lambda: suspected(lab)
        )

    def of(self, row: Row) -> Tries:
        """The tries at the same data whose out-of-fold sessions overlap the row's, its own too."""
        key = family_of(row)
        start, end = (str(row[name])[:10] for name in SPAN)
        if (*key, start, end) not in self._known:
            own = self._of.get(key, np.empty(0, "int64"))
            days, sharpes = self._days[own], self._sharpes[own]
            first, last = (date.fromisoformat(day).toordinal() for day in (start, end))
            overlap = (days[:, 0] <= last) & (days[:, 1] >= first)
            own_sharpes, excess = sharpes[overlap].T
            self._known[(*key, start, end)] = Tries(len(own_sharpes), own_sharpes, excess)
        return self._known[(*key, start, end)]

    def refuse_unknown(self, trials: Iterable[str]) -> None:
        """Raises Damaged if the ledger lacks one of these: too low a count would flatter."""
        lost = sorted({*trials} - self._trials)
        if lost:
            raise Damaged(
                f"The ledger in {self._folder} lacks {len(lost):,} of the trials on the"
                f" leaderboard: {lost[0]}{' and others' * (len(lost) > 1)}.",
                hint="make audit shows everything that is wrong; put back a copy of the folder.",
            )

    def contaminated(self, row: Row) -> str:
        """Why a trial is a look at sessions that were sealed; empty if it is none."""
        return broken(self._seals, row)

    def today(self, row: Row, judged: Evidence, metrics: Metrics) -> tuple[Evidence, Gate]:
        """Evidence and verdict of a trial among all tries known today; `judged`: as it was made."""
        evidence, gate = self.evidence(row, judged), parse(Gate, json.loads(row["gate"]))
        leaks = self._suspected.get(row["matrix_sha"])
        then = any(missing.code == "leak_suspected" for missing in gate.missing)
        if evidence.n_trials == judged.n_trials and (leaks is not None) == then:
            return evidence, gate
        return evidence, rejudged(gate, metrics, evidence, leaks)

    def evidence(self, row: Row, judged: Evidence) -> Evidence:
        """Evidence of a trial among all tries known today; `judged`: as it was made."""
        tries = self.of(row)
        if tries.n == judged.n_trials:
            return judged
        spreads = (capped(v, judged.t) if judged.t else None for v in tries.variances)
        return among(judged, max(tries.n, 1), *spreads)

    def status(self, row: Row) -> Status:
        """Verdict of a trial among all tries known today, without its reasons."""
        if row["status"] == "FAIL":
            return "FAIL"
        return proved(
            self.evidence(row, evidence_in(row)), suspected=row["matrix_sha"] in self._suspected
        )

    def passes(self, rows: pd.DataFrame) -> Bools:
        """Whether `status` is PASS, of each of many rows of the table of trials.

        A FAIL stays one whatever is tried later, and what is not proved alone is not among many.
        """
        may = (rows["status"] != "FAIL") & (rows[f"{EVIDENCE}psr"] >= LEVEL)
        found = np.zeros(len(rows), dtype=bool)
        asked = np.flatnonzero(may & ~rows["matrix_sha"].isin(list(self._suspected)))
        found[asked] = self._proved(rows.iloc[asked])
        return found

    def _proved(self, rows: pd.DataFrame) -> Bools:
        """As `proved`: of trials judged among as many tries the evidence is what it was."""
        tries = self._of_each(rows)
        n = np.array([each.n for each in tries], dtype="int64")
        same = n == rows[f"{EVIDENCE}n_trials"].to_numpy()
        answer, unsure = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
        for place, prefix in enumerate((OWN, EXCESS)):
            variance = np.array([each.variances[place] for each in tries], dtype="float64")
            then = rows[f"{prefix}dsr"].to_numpy() >= LEVEL
            now, close = reached(_moments(rows, prefix, np.maximum(n, 1), variance))
            answer &= np.where(same, then, now)
            unsure |= close & ~same
        for at in np.flatnonzero(unsure):
            answer[at] = self.status(_plain(rows.iloc[at : at + 1])) == "PASS"
        return answer

    def _of_each(self, rows: pd.DataFrame) -> list[Tries]:
        if rows.empty:
            return []
        groups = rows.groupby([*FAMILY, *SPAN], sort=False)
        firsts = groups.head(1)
        keys = zip(*(firsts[name] for name in (*FAMILY, *SPAN)), strict=True)
        made = [self.of(dict(zip((*FAMILY, *SPAN), key, strict=True))) for key in keys]
        return [made[number] for number in groups.ngroup()]


def families_of(lab: Lab) -> Families:
    """The families of the ledger as it stands, read once until it changes."""
    return kept(("families", lab.ledger.folder), judged_by(lab), lambda: Families(lab))


def judged_by(lab: Lab) -> tuple[object, ...]:
    """What changes when a try, a seal or an unsealing is entered, or a leak audit; not by a look.

    Raises Damaged if the ledger was touched.
    """
    folder = lab.ledger.folder
    ends = kept(("ends", folder), print_of_lake([folder]), lambda: _ends(lab.ledger.chains()))
    return (ends, *print_of_lake([lab.lake.root / KIND]))


def _ends(chains: Iterable[Chain]) -> tuple[str, ...]:
    return tuple(chain.end for chain in chains if chain.tries or chain.others)


def evidence_in(row: Row) -> Evidence:
    """The evidence of a trial as judged when it was made."""
    return noun_in(row, Evidence, EVIDENCE)


def noun_in(row: Row, cls: type[T], prefix: str = "") -> T:
    """A noun from the columns that hold it."""
    return parse(cls, {name: row[prefix + name] for name in _names_of(cls)})  # type: ignore[arg-type]


@cache
def _names_of(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.name != "undefined")


def _distinct(chains: Sequence[Chain]) -> tuple[dict[tuple[str, ...], Ints], Ints, Floats]:
    """Each trial once, however often it was made: places by family, then sessions and Sharpes.

    The first making gives a trial its place among the others, the last its figures.
    """
    rows = [row for chain in chains for row in chain.tries]
    last = list({row.trial_id: row for row in rows}.values())
    places: dict[tuple[str, ...], list[int]] = {}
    for place, row in enumerate(last):
        places.setdefault(row.family, []).append(place)
    days = np.array([row.days for row in last], dtype="int64").reshape(-1, 2)
    sharpes = np.array([row.sharpes for row in last], dtype="float64").reshape(-1, 2)
    return {key: np.array(each) for key, each in places.items()}, days, sharpes


def _plain(rows: pd.DataFrame) -> Row:
    """The one row, with None where it misses a value."""
    [row] = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {str(name): value for name, value in row.items()}


def _moments(rows: pd.DataFrame, prefix: str, n: Ints, variance: Floats) -> Among:
    def column(name: str) -> Floats:
        return rows[name].to_numpy(dtype="float64")

    sharpe, skew, kurtosis = (column(prefix + name) for name in ("sharpe", "skew", "kurtosis"))
    return Among(column(f"{OWN}t"), sharpe, skew, kurtosis, n, variance)
