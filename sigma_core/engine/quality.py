"""Whether a matrix is fit to learn from: missing values, balance, drift, suspicion of leaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.quality import CHECKS, ColumnQuality, Quality, QualityCheck
from sigma_core.engine.drift import drift_path, stability
from sigma_core.errors import BadRequest, QualityError, meant

Floats = NDArray[np.float64]

NAN_WARN, NAN_FAIL = 0.10, 0.30
CLASS_FAIL, CLASS_WARN, SHARE_WARN = 10, 50, 0.05
LEAK_CORR, LEAK_T = 0.5, 5.0
LEAST = 3
"""Rows of which a correlation is told."""
NO_SPREAD = 1e-6
"""Sum of squares of ranks, which differ by a half at least, below which they are all the same."""
MOST_ROWS = 20_000
TRADED = ("UP", "DOWN", "1", "0")
CURES = {
    "nan_share": "Leave the feature out, or choose dates on which its bars exist",
    "constant": "Leave the feature out",
    "label_balance": "Choose an earlier START, a smaller band or another label",
    "leak_suspicion": "Look at how the feature is made",
    "stale_open": "Choose a later START, or another source of opens",
}
"""What to do about a check that failed."""


def report(
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    classes: Sequence[str],
    uniqueness: float,
    stale_years: Sequence[int] = (),
    allow: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Quality:
    """Judge a matrix. Shares are over trainable rows; `uniqueness` is the labels' average.

    Raises BadRequest if `allow` names a check that does not exist.
    """
    for name in allow:
        if name not in CHECKS:
            raise BadRequest(f"allow_quality: {name!r} is not a check.", hint=meant(name, CHECKS))
    rows = frame[frame["trainable"]]
    values = rows[list(features)].to_numpy(dtype="float64")
    each = np.ascontiguousarray(values.T)
    ranks = np.array([_ranks(column) for column in each]).reshape(each.shape)
    answer = _Answer(rows["y_ret"].to_numpy(dtype="float64"))
    columns = tuple(
        _column(name, column, answer.rank_corr(column, rank))
        for name, column, rank in zip(features, each, ranks, strict=True)
    )
    found = [
        *_order(frame),
        *_missing(columns),
        *_constant(columns),
        *_duplicates(values, features),
        *_balance(rows, classes, _causes(frame)),
        *_leaks(columns, len(rows) * uniqueness),
        *_stale(stale_years),
    ]
    return Quality(
        rows=len(frame),
        trainable=len(rows),
        scorable=int(frame["scorable"].sum()),
        features=len(features),
        not_trainable=_causes(frame),
        classes={name: int((rows["y"] == name).sum()) for name in classes},
        checks=tuple(_waive(check, allow) for check in found),
        columns=columns,
        correlations=alike(ranks),
        notes=tuple(notes),
        uniqueness=uniqueness,
    )


def refuse(quality: Quality) -> None:
    """Raises QualityError that names the first failed check with its column and figure."""
    if failed := quality.failed:
        others = len(failed) - 1
        more = f" ({others} more check{'s' * (others > 1)} failed)" if others else ""
        raise QualityError(
            f"{failed[0].words.removesuffix('.')}{more}.",
            hint=f"{CURES.get(failed[0].name, 'Mend the model')}, or waive it with"
            f" allow_quality: [{failed[0].name}], which is recorded.",
        )


def _causes(frame: pd.DataFrame) -> dict[str, int]:
    counts = frame.loc[~frame["trainable"], "cause"].value_counts()
    return {str(cause): int(count) for cause, count in sorted(counts.items())}


def _column(name: str, values: Floats, rank_corr: float | None) -> ColumnQuality:
    seen = values[np.isfinite(values)]
    return ColumnQuality(
        column=name,
        nan_share=(len(values) - len(seen)) / len(values) if len(values) else 0.0,
        mean=float(seen.mean()) if len(seen) else None,
        sd=float(seen.std(ddof=1)) if len(seen) > 1 else None,
        lowest=float(seen.min()) if len(seen) else None,
        highest=float(seen.max()) if len(seen) else None,
        drift=stability(*np.array_split(values, 2)),
        rank_corr=rank_corr,
        drift_path=drift_path(values),
    )


def alike(ranks: Floats) -> tuple[tuple[float | None, ...], ...]:
    """Correlation of `ranks` [columns, rows] of each column with each, over rows that have both.

    None if undefined. Ranks are of each column's own rows, NaN where it has none; MOST_ROWS at most
    are read, spread evenly.
    """
    step = -(-ranks.shape[1] // MOST_ROWS) or 1
    away = ranks[:, ::step] - ranks.shape[1] / 2
    known = np.isfinite(away)
    away, both = np.where(known, away, 0.0), known.astype("float64")
    n, total, squares = both @ both.T, away @ both.T, (away * away) @ both.T
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = squares - total * total / n
        spread[spread < NO_SPREAD] = np.nan
        found = (away @ away.T - total * total.T / n) / np.sqrt(spread * spread.T)
    found[n < LEAST] = np.nan
    return tuple(
        tuple(None if np.isnan(value) else round(float(value), 4) for value in row) for row in found
    )


class _Answer:
    """What came of each row, and its ranks: most features are there wherever an answer is."""

    def __init__(self, y: Floats) -> None:
        self.y, self.known = y, np.isfinite(y)
        self.ranks = _ranks(y[self.known])

    def rank_corr(self, x: Floats, ranks: Floats) -> float | None:
        """Spearman's correlation with a feature over rows that have both; None if undefined.

        `ranks` are those of the feature among its own rows, which most often are all.
        """
        both = self.known & np.isfinite(x)
        if (n := int(both.sum())) < LEAST:
            return None
        a = ranks if n == len(x) else _ranks(x[both])
        b = self.ranks if n == len(self.ranks) else _ranks(self.y[both])
        if min(a.std(), b.std()) == 0:
            return None
        return float(np.corrcoef(a, b)[0, 1])


def _ranks(x: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean; NaN where there is no number."""
    known = np.flatnonzero(np.isfinite(x))
    order = np.argsort(x[known])  # ties in any order: it is several times as fast
    ranked = x[known][order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(known) else known
    size = np.diff(np.r_[first, len(known)])
    ranks = np.full(len(x), np.nan)
    ranks[known[order]] = np.repeat(first + (size + 1) / 2, size)
    return ranks


def _order(frame: pd.DataFrame) -> Iterator[QualityCheck]:
    ts = frame["ts"]
    bad = int((ts.diff().dropna() <= pd.Timedelta(0)).sum())
    words = f"{bad} rows are out of order or repeated" if bad else "rows are in order, once each"
    yield _check("order", bad, 0, None, words, failed=bad > 0)


def _missing(columns: Sequence[ColumnQuality]) -> Iterator[QualityCheck]:
    for c in columns:
        if c.nan_share > NAN_WARN:
            words = f"{c.column} is missing on {c.nan_share:.0%} of trainable rows"
            failed = c.nan_share > NAN_FAIL
            limit = NAN_FAIL if failed else NAN_WARN
            words += f" (limit {limit:.0%})"
            yield _check(
                "nan_share", c.nan_share, limit, c.column, words, failed=failed, warned=True
            )


def _constant(columns: Sequence[ColumnQuality]) -> Iterator[QualityCheck]:
    for c in columns:
        if c.lowest is not None and c.lowest == c.highest:
            words = f"{c.column} is always {c.lowest:g}: nothing can be learned from it"
            yield _check("constant", c.lowest, None, c.column, words, failed=True)


def _duplicates(values: Floats, features: Sequence[str]) -> Iterator[QualityCheck]:
    seen: dict[bytes, str] = {}
    for name, column in zip(features, values.T, strict=True):
        key = column.tobytes()
        if key in seen:
            words = f"{name} is the same as {seen[key]}"
            yield _check("duplicate", None, None, name, words, warned=True)
        seen.setdefault(key, name)


def _balance(
    rows: pd.DataFrame, classes: Sequence[str], causes: Mapping[str, int]
) -> Iterator[QualityCheck]:
    """A traded class needs rows from the first training window of five splits on."""
    if rows.empty:
        why = ", ".join(f"{count:,} {cause}" for cause, count in causes.items())
        words = f"no row can be learned from: {why or 'there is none'}"
        yield _check("label_balance", 0, CLASS_FAIL, None, words, failed=True)
        return
    sessions = rows["session"].unique()
    first = rows[rows["session"].isin(sessions[: len(sessions) - 5 * (len(sessions) // 6)])]
    for name in (c for c in classes if c in TRADED):
        early, all_ = int((first["y"] == name).sum()), int((rows["y"] == name).sum())
        share = all_ / len(rows)
        words = (
            f"class {name} has {early} rows in the first training window"
            f" and {all_} ({share:.1%}) in all"
        )
        failed = early < CLASS_FAIL
        warned = all_ < CLASS_WARN or share < SHARE_WARN
        words += f"; at least {CLASS_FAIL} are needed" if failed else ""
        yield _check("label_balance", early, CLASS_FAIL, None, words, failed=failed, warned=warned)


def _leaks(columns: Sequence[ColumnQuality], n_eff: float) -> Iterator[QualityCheck]:
    for c in columns:
        rho = c.rank_corr
        if rho is not None and abs(rho) > LEAK_CORR and abs(rho) * np.sqrt(n_eff) > LEAK_T:
            words = f"{c.column} has rank correlation {rho:.2f} with y_ret: it may know the future"
            yield _check("leak_suspicion", abs(rho), LEAK_CORR, c.column, words, failed=True)


def _stale(years: Sequence[int]) -> Iterator[QualityCheck]:
    if years:
        words = (
            f"in {years[0]}–{years[-1]} most opens repeat the previous close,"
            " so fills at the next open are not to be believed"
        )
        yield _check("stale_open", len(years), 0, "open", words, failed=True)


def _check(
    name: str,
    value: float | None,
    limit: float | None,
    column: str | None,
    words: str,
    *,
    failed: bool = False,
    warned: bool = False,
) -> QualityCheck:
    return QualityCheck(
        name=name,
        outcome="failed" if failed else "warned" if warned else "met",
        value=value,
        limit=limit,
        column=column,
        words=words[0].upper() + words[1:] + "."
        if words[0].isalpha() and not column
        else words + ".",
    )


def _waive(check: QualityCheck, allow: Sequence[str]) -> QualityCheck:
    waived = check.outcome == "failed" and check.name in allow
    return replace(check, outcome="waived") if waived else check
