"""The leaderboard's rows: every trial once, judged by today's number of tries."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain._fields import Status
from sigma_core.domain.results import Entry, Study, Sweep
from sigma_core.domain.trial import Evidence, Forecast, Gate, Hold, Lineage, Metrics, Rule
from sigma_core.engine.evidence import LEVEL, among, capped, variance_of_tries
from sigma_core.engine.gate import proved, rejudged, verdict
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.ledger import FAMILY, distinct, family_of
from sigma_core.parse import parse
from sigma_core.schemas.trials import EVIDENCE, FORECAST, HOLD
from sigma_core.sealed import broken, seals_of
from sigma_core.suspicion import KIND, suspected
from sigma_core.verbs._kept import kept, print_of_lake
from sigma_core.verbs._luck import SURVIVORS, Lucks

SHOWN_FROM = (KIND, "trials", "ledger", "sweep_evidence", "trial_evidence")
"""Folders of the lake that a ranking is read from."""
T = TypeVar("T")
Floats = NDArray[np.float64]
Row = Mapping[str, Any]
Model = tuple[str, str]
"""Pack and model."""


def ranked(
    lab: Lab,
    *,
    model_id: str = "",
    pack_id: str = "",
    sweep_id: str = "",
    run_id: str = "",
    tag: str = "",
    risk_profile: str = "",
    start: date | None = None,
    end: date | None = None,
    pass_gate: bool = False,
    survivors: bool = False,
    limit: int = 10_000,
) -> list[Entry]:
    """Trials that fit, best first within each verdict; of a trial made twice the later making.

    Of all that fit only the few columns that rank are read; what is shown is judged in full.
    """
    wanted = {
        "model_id": model_id, "pack_id": pack_id, "sweep_id": sweep_id, "run_id": run_id,
        "tag": tag, "risk_profile": risk_profile,
    }  # fmt: skip
    given = {name: value for name, value in wanted.items() if value}
    dates = {name: str(day) for name, day in (("start", start), ("end", end)) if day}
    tests = [_DATES[name] for name in dates]
    tests += [f"trial_id IN ({SURVIVORS})"] if survivors else []
    shown = _FIRST.format(worst=0 if pass_gate else 2, limit=limit)
    return _entries(lab, _sql(given, tests) + shown, given | dates)


def best_of_each(lab: Lab) -> tuple[dict[Model, Entry], dict[Model, int]]:
    """By pack and model: the first of its trials in the whole ranking, and how many pass today."""
    best = {(e.pack_id, e.model_id): e for e in _entries(lab, _sql((), ()) + _OF_EACH, {})}
    passed = lab.lake.rows(_sql((), ()) + _PASSED, passing=passing(lab))
    return best, {(row["pack_id"], row["model_id"]): row["n"] for row in passed}


def passing(lab: Lab) -> list[str]:
    """Trial and run of all that pass today: judged anew when a trial or a try comes, as a FAIL
    stays one whatever is tried later, and what is not proved alone is not among many."""
    root = lab.lake.root
    now = print_of_lake([root / name for name in SHOWN_FROM])
    return kept(("passing", root), now, lambda: _passing(lab))


def _passing(lab: Lab) -> list[str]:
    families, rows = families_of(lab), lab.lake.rows(_MAY_PASS, level=LEVEL)
    return [row["trial_id"] + row["run_id"] for row in rows if families.status(row) == "PASS"]


def _entries(lab: Lab, sql: str, given: Mapping[str, str]) -> list[Entry]:
    rows, families = lab.lake.rows(sql, passing=passing(lab), **given), families_of(lab)
    lucks = Lucks(lab, {row["trial_id"] for row in rows})
    return [
        _entry(row, *families.today(row), row["rank"], families.contaminated(row), lucks)
        for row in rows
    ]


def _sql(given: Iterable[str], more: Iterable[str]) -> str:
    """Trials that fit. A run or a sweep is shown as it was made, whatever was tried again later."""
    where = " AND ".join([*(f'"{name}" = ${name}' for name in given), *more]) or "true"
    once = "" if {"run_id", "sweep_id"} & set(given) else _ONCE.format(where=where)
    return _FITS.format(where=where, once=once)


_FITS = """
WITH fits AS (
  SELECT trial_id, run_id, pack_id, model_id, sharpe, CASE
    WHEN status = 'FAIL' THEN 2
    WHEN trial_id || run_id IN (SELECT unnest($passing)) THEN 0 ELSE 1 END AS place
  FROM trials {once} WHERE {where}
)
"""
_ONCE = """ANTI JOIN (
  SELECT trial_id, run_id FROM trials WHERE {where} AND trial_id IN (
    SELECT trial_id FROM trials WHERE {where} GROUP BY trial_id HAVING count(*) > 1)
  QUALIFY row_number() OVER (PARTITION BY trial_id ORDER BY made_at DESC, run_id) > 1
) USING (trial_id, run_id)"""
"""Without the earlier makings of a trial: few are, and a window over all would take longest."""
_BEST = "ORDER BY place, sharpe DESC NULLS LAST, trial_id"
_RANK = f"row_number() OVER ({_BEST}) AS rank"
_WHOLE = "SELECT trials.*, rank FROM trials JOIN shown USING (trial_id, run_id) ORDER BY rank"
_FIRST = f""", shown AS (
  SELECT *, {_RANK} FROM (FROM fits WHERE place <= {{worst:d}} {_BEST} LIMIT {{limit:d}})
) {_WHOLE}"""  # noqa: S608  order is ours
_OF_EACH = f""", shown AS (
  SELECT *, {_RANK} FROM fits QUALIFY row_number() OVER (PARTITION BY pack_id, model_id {_BEST}) = 1
) {_WHOLE}"""  # noqa: S608  order is ours
_PASSED = "SELECT pack_id, model_id, count(*) AS n FROM fits WHERE place = 0 GROUP BY ALL"
_JUDGED = (
    "trial_id", "run_id", "status", "matrix_sha", "made_at", "oof_start", "oof_end", *FAMILY,
    *(EVIDENCE + f.name for f in fields(Evidence)),
)  # fmt: skip
_MAY_PASS = f"""
SELECT {", ".join(_JUDGED)} FROM trials WHERE status <> 'FAIL' AND {EVIDENCE}psr >= $level
"""  # noqa: S608  names are ours
_DATES = {"start": "oof_start >= $start::TIMESTAMP", "end": "oof_end <= $end::TIMESTAMP"}


def verdict_of(entry: Entry) -> str:
    """The verdict of a trial in words; first of all, that it looked at sealed sessions."""
    mark = f"CONTAMINATED, {entry.contaminated.partition(': ')[2]}. " if entry.contaminated else ""
    return mark + verdict(entry.gate)


def sweep_of(entries: Sequence[Entry], *, configs: int, budget: int) -> Sweep:
    """A sweep from its trials. Raises BadRequest if there are none."""
    if not entries:
        raise BadRequest(
            "The sweep has no trial.", hint="It was stopped before its end: run it again."
        )
    best = entries[0]
    return Sweep(
        sweep_id=best.sweep_id or "",
        pack_id=best.pack_id,
        model_id=best.model_id,
        tag=best.tag,
        made_at=best.made_at,
        configs=configs,
        budget=budget,
        best=verdict_of(best),
        trials=tuple(entries),
    )


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
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in distinct(lab.ledger.rows()):
            found.setdefault(family_of(row), []).append(row)
        self._days = {
            key: np.array([[r["oof_start"], r["oof_end"]] for r in rows], dtype="datetime64[D]")
            for key, rows in found.items()
        }
        self._sharpes = {
            key: np.array([[r["sharpe"], r["excess_sharpe"]] for r in rows], dtype="float64")
            for key, rows in found.items()
        }
        self._seals = seals_of(lab.ledger.rows())
        self._known: dict[tuple[str, ...], Tries] = {}
        self._suspected = kept(
            (KIND, lab.lake.root), print_of_lake([lab.lake.root / KIND]), lambda: suspected(lab)
        )

    def of(self, row: Row) -> Tries:
        """The tries at the same data whose out-of-fold sessions overlap the row's, its own too."""
        key = family_of(row)
        start, end = (str(row[name])[:10] for name in ("oof_start", "oof_end"))
        if (*key, start, end) not in self._known:
            none = np.empty((0, 2))
            days, sharpes = (
                self._days.get(key, none.astype("datetime64[D]")),
                self._sharpes.get(key, none),
            )
            overlap = (days[:, 0] <= np.datetime64(end)) & (days[:, 1] >= np.datetime64(start))
            own, excess = sharpes[overlap].T
            self._known[(*key, start, end)] = Tries(len(own), own, excess)
        return self._known[(*key, start, end)]

    def contaminated(self, row: Row) -> str:
        """Why a trial is a look at sessions that were sealed; empty if it is none."""
        return broken(self._seals, row)

    def today(self, row: Row) -> tuple[Evidence, Gate]:
        """Evidence and verdict of a trial among all tries known today."""
        evidence, gate = self.evidence(row), parse(Gate, json.loads(row["gate"]))
        leaks = self._suspected.get(row["matrix_sha"])
        then = any(missing.code == "leak_suspected" for missing in gate.missing)
        if evidence.n_trials == row[f"{EVIDENCE}n_trials"] and (leaks is not None) == then:
            return evidence, gate
        return evidence, rejudged(gate, _noun(Metrics, row, ""), evidence, leaks)

    def evidence(self, row: Row) -> Evidence:
        """Evidence of a trial among all tries known today."""
        then, tries = evidence_in(row), self.of(row)
        if tries.n == then.n_trials:
            return then
        spreads = (capped(v, then.t) if then.t else None for v in tries.variances)
        return among(then, max(tries.n, 1), *spreads)

    def status(self, row: Row) -> Status:
        """Verdict of a trial among all tries known today, without its reasons."""
        if row["status"] == "FAIL":
            return "FAIL"
        return proved(self.evidence(row), suspected=row["matrix_sha"] in self._suspected)


def families_of(lab: Lab) -> Families:
    """The families of the ledger as it stands, read once until it changes."""
    folder = lab.ledger.folder
    both = print_of_lake([folder, lab.lake.root / KIND])
    return kept(("families", folder), both, lambda: Families(lab))


def evidence_in(row: Row) -> Evidence:
    """The evidence of a trial as judged when it was made."""
    return _noun(Evidence, row, EVIDENCE)


def _noun(cls: type[T], row: Row, prefix: str) -> T:
    """A noun from the columns that hold it."""
    names = [f.name for f in fields(cls) if f.name != "undefined"]  # type: ignore[arg-type]
    return parse(cls, {name: row[prefix + name] for name in names})


def _entry(
    row: Row, evidence: Evidence, gate: Gate, rank: int, contaminated: str, lucks: Lucks
) -> Entry:
    own = {
        name: row[name]
        for name in (
            "trial_id", "run_id", "sweep_id", "pack_id", "model_id", "tag", "made_at", "provider",
            "ticker", "cadence",
        )
    }  # fmt: skip
    metrics = _noun(Metrics, row, "")
    metrics.undefined.update(json.loads(row["undefined"]))
    return Entry(
        rank=rank,
        **own,
        config=Rule(kind=row["kind"], value=row["value"], allowed_hours=row["allowed_hours"]),
        cuts=tuple(row["cuts"]),
        study=Study(
            splits=row["splits"],
            embargo=row["embargo"],
            calibration=row["calibration"],
            learner=row["learner"],
            seed=row["seed"],
            oof_start=row["oof_start"].date(),
            oof_end=row["oof_end"].date(),
            chosen=row["chosen"] or "",
        ),
        metrics=metrics,
        hold=_noun(Hold, row, HOLD),
        forecast=_noun(Forecast, row, FORECAST),
        evidence=evidence,
        gate=gate,
        judged=evidence_in(row),
        judged_status=row["status"],
        contaminated=contaminated,
        lineage=_noun(Lineage, row, ""),
        sparkline=tuple(row["sparkline"]),
        **lucks.of(row),
    )
