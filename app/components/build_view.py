"""The Build step: dates, run or preview, and the quality of what came of it."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app.components import chips, leak_view, pickers, quality_charts, sees_form
from app.components.errors import told
from app.components.job import board, result, start
from app.components.numbers import DASH, count, day, percent
from app.components.page import empty, facts, section
from app.components.tables import PERCENT, number, plain, text, words
from app.session import ask
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.quality import ColumnQuality, Quality
from sigma_core.domain.results import Build
from sigma_core.engine.drift import STRETCHES
from sigma_core.verbs.build import BuildMatrix, build
from sigma_core.verbs.leak_audit import leak_audit
from sigma_core.verbs.preview import preview

MUCH_DRIFT = 0.25


def draw(row: ModelRow) -> None:
    """Controls, work under way, and the last matrix or preview of this model."""
    with st.container(horizontal=True, vertical_alignment="bottom", border=True):
        first = pickers.day("First session", None, key="build_from", help="Empty: the model's")
        last = pickers.day("Last session", None, key="build_to", help="Empty: the model's")
        given = {"model_id": row.model_id, "pack_id": row.pack_id, "start": first, "end": last}
        sees_form.draw(row)
        _go("Preview", preview, given, icon="visibility", help="Judge it, and write nothing")
        _go("Build matrix", build, given, icon="play_arrow", type="primary")
    board(verbs=[build, preview, leak_audit], model_id=row.model_id)
    made = result([build, preview], Build, model_id=row.model_id)
    if made is None:
        with empty(
            "No matrix yet",
            "A preview fetches the bars, computes every feature and label, and says whether the "
            "result is fit to be learned from. Building keeps it.",
            "dataset",
        ):
            pass
        return
    _matrix(made)
    _quality(made.quality)
    leak_view.draw(row, made)
    _lineage(made)


def _go(label: str, verb: Callable[..., Any], given: dict[str, Any], **look: Any) -> None:
    icon = f":material/{look.pop('icon')}:"
    if st.button(label, icon=icon, key=f"build_{verb.__name__}", **look):
        with told():
            start(verb, ask(BuildMatrix, **given))
        st.rerun()


def _matrix(made: Build) -> None:
    q = made.quality
    worst = max((c.nan_share for c in q.columns), default=0.0)
    kept = "found built" if made.reused else "built" if made.run_id else "preview, not kept"
    section("Matrix", f"{day(made.start)} to {day(made.end)}, {kept}")
    if made.simulated:
        chips.simulated()
    facts(
        [
            ("Rows", count(q.rows), f"{percent(q.trainable / max(q.rows, 1))} trainable"),
            ("Features", count(q.features), f"from {made.provider}"),
            ("Classes", count(len(q.classes)), _balance(q)),
            ("Worst column", f"{percent(worst)} missing", "10% warns, 30% stops"),
        ]
    )


def _quality(q: Quality) -> None:
    section("Quality", "over trainable rows; what fails stops a build")
    if q.overlap:
        st.caption(q.overlap)
    words(
        [
            (each.name.replace("_", " "), chips.outcome(each.outcome), each.words)
            for each in q.checks
        ],
        ("Check", "Outcome", "In words"),
    )
    if q.not_trainable:
        section("Not trainable", "rows, by cause; they are still scored live")
        causes = [(cause.replace("_", " "), count(n)) for cause, n in q.not_trainable.items()]
        words(causes, ("Cause", "Rows"))
    section("Features", f"drift: population stability index, over {MUCH_DRIFT:.2f} is much")
    plain(
        [_feature(c) for c in sorted(q.columns, key=lambda c: -(c.drift or 0))],
        {
            "column": text("Feature", 200),
            "nan_share": number("Missing", PERCENT, 74),
            "drift": number("Drift", "%.2f", 62),
            "drift_path": drift_path(q.columns),
            "rank_corr": number("Rank corr. with return", "%+.3f", 150),
            "mean": number("Mean", "%.3g", 84),
            "sd": number("Spread, sd", "%.3g", 84),
            "lowest": number("Lowest", "%.3g", 84),
            "highest": number("Highest", "%.3g", 84),
        },
        key="build_features",
        alt=f"Quality of {len(q.columns)} features, the most drifting first",
    )
    quality_charts.alike(q, key="build_alike")


def drift_path(columns: Sequence[ColumnQuality]) -> Any:
    """A column of small lines: drift of each stretch of time against the first."""
    if not any(c.drift_path for c in columns):
        return None  # of a matrix that an older version judged
    known = [value for c in columns for value in c.drift_path if value is not None]
    return st.column_config.LineChartColumn(
        "Over time", width=110, y_min=0.0, y_max=max([MUCH_DRIFT, *known]),
        help=f"{STRETCHES} stretches of equal length, each held against the first",
    )  # fmt: skip


def _feature(c: ColumnQuality) -> dict[str, Any]:
    """A feature's row; what is smaller than four decimals is nought to whoever reads it."""
    sizes = {name: getattr(c, name) for name in ("mean", "sd", "lowest", "highest")}
    rounded = {name: None if size is None else round(size, 4) for name, size in sizes.items()}
    return vars(c) | rounded | {"nan_share": c.nan_share * 100}


def _lineage(made: Build) -> None:
    section("Lineage", "what exactly this is")
    rows = [("Bars", made.layout or DASH), *(("Note", note) for note in made.notes)]
    words(rows, ("What", "In words"))
    st.code(f"matrix_sha {made.matrix_sha}", language=None)


def _balance(q: Quality) -> str:
    total = sum(q.classes.values()) or 1
    return " / ".join(f"{n / total:.0%}" for n in q.classes.values())
