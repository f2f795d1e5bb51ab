"""The leak audit of a matrix: one line that says it, what was tried, what was found, warm-up."""

import streamlit as st

from app.components import chips
from app.components.errors import told
from app.components.job import result, start
from app.components.numbers import DASH, count, moment
from app.components.page import section
from app.components.tables import number, plain, text, words
from app.session import ask
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.leaks import LeakAudit
from sigma_core.domain.results import Build
from sigma_core.verbs.leak_audit import LeakAuditAsk, leak_audit

CHECKS = {
    "future": "Made again from what was known",
    "answer": "Label in disguise",
    "stamps": "Stamps of the bars",
    "folds": "Training rows against test rows",
    "fits": "Fits, calibrators and cuts",
    "restated": "Past bars as they were",
    "later": "Features one bar later",
}
"""What each check is called on screen."""


def draw(row: ModelRow, made: Build) -> None:
    """The audit of this matrix that was made last, and the button for all of it."""
    found = _last(row, made)
    if found is None:
        return
    section("Leak audit", "whether anything in this matrix saw what came later")
    _outcome(found)
    words(
        [
            (CHECKS[each.kind], chips.outcome(each.outcome), _literal(each.words))
            for each in found.checks
        ],
        ("Check", "Outcome", "In words"),
    )
    if found.leaks:
        _leaks(found)
    if not found.full:
        _go(row, made)
    with st.expander("Warm-up of each column", icon=":material/hourglass_top:"):
        _warm_up(found)


def _last(row: ModelRow, made: Build) -> LeakAudit | None:
    """The build's own audit, or one of the same matrix that was asked for since."""
    asked = result([leak_audit], LeakAudit, model_id=row.model_id)
    if asked is None or asked.matrix_sha != made.matrix_sha:
        return made.leaks
    return asked if made.leaks is None or asked.made_at >= made.leaks.made_at else made.leaks


def _outcome(found: LeakAudit) -> None:
    what = "all checks" if found.full else "the sample that every build makes"
    head = f"**Leak audit: {_literal(found.words)}**"
    icon = ":green[:material/check:]" if found.ok else ":red[:material/close:]"
    st.markdown(f"{icon} {head}")
    blocks = "" if found.ok else " No trial on this matrix can be PASS."
    st.caption(f"{what[0].upper()}{what[1:]}, {moment(found.made_at)}.{blocks}")


def _leaks(found: LeakAudit) -> None:
    section("Found", "the value as it stands, and made of no more than was known")
    plain(
        [
            {
                "where": leak.where,
                "row": moment(leak.row) if leak.row else DASH,
                "before": leak.before,
                "after": leak.after,
                "what": "doubt" if leak.doubt else "leak",
            }
            for leak in found.leaks
        ],
        {
            "where": text("Column or step", 200),
            "row": text("Bar", 150),
            "before": number("As it stands", "%.6g", 110),
            "after": number("Without", "%.6g", 110),
            "what": text("Is", 70),
        },
        key="leaks_found",
        alt=f"{count(len(found.leaks))} findings of the leak audit",
    )
    st.caption("Show the first again:")
    st.code(found.leaks[0].command, language=None)


def _go(row: ModelRow, made: Build) -> None:
    given = {"model_id": row.model_id, "pack_id": row.pack_id, "full": True}
    note = "Many instants, every fit made again, bars fetched anew: takes minutes"
    if made.run_id and st.button(
        "Full leak audit", icon=":material/policy:", key="leak_audit_full", help=note
    ):
        with told():
            start(leak_audit, ask(LeakAuditAsk, **given))
        st.rerun()


def _warm_up(found: LeakAudit) -> None:
    plain(
        [vars(each) for each in found.warmup],
        {
            "column": text("Feature", 220),
            "declared": number("Warm-up, bars", "%d", 110),
            "found": number("First value in the matrix, bar", "%d", 200),
        },
        key="leaks_warmup",
        alt=f"Warm-up of {count(len(found.warmup))} columns",
    )
    st.caption("Bars count from the first stored one; a matrix may begin after the warm-up.")


def _literal(said: str) -> str:
    """Names of columns are no Markdown."""
    for sign in "\\`*_[]$#<>~":
        said = said.replace(sign, f"\\{sign}")
    return said
