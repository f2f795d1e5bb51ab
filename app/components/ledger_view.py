"""What the ledger page draws: its state, tries over time, the newest of them."""

import re

import streamlit as st

from app.components import evidence_charts, tables
from app.components.numbers import count, moment, plural, spoken
from app.components.page import facts, section
from sigma_core.domain.tried import LedgerState, Tries
from sigma_core.verbs.audit import Audit

SPACED = re.compile(r",\s*")
TOLD = 12
"""Faults of the ledger that are told one by one: one that is gone takes many trials with it."""
DRAWN = 5
"""Sets of data with a line of their own: more colours cannot be told apart."""


def state(found: Audit) -> None:
    """Whether the chains are as they were written; what is wrong where they are not."""
    if found.ok:
        st.success(
            f"The ledger is as it was written: {plural(found.rows, 'row')}, every hash in place.",
            icon=":material/verified:",
        )
        return
    st.error(
        f"The ledger was touched: {plural(len(found.faults), 'fault')}. Put back a copy of the "
        "file; until then nothing is judged.",
        icon=":material/gpp_bad:",
    )
    more = len(found.faults) - TOLD
    said = [*found.faults[:TOLD], *([f"and {count(more)} more"] if more > 0 else [])]
    st.markdown("\n".join(f"- {spoken(each)}" for each in said))


def numbers(found: LedgerState) -> None:
    """Tries, distinct ones, sets of data."""
    made = sum(family.made for family in found.families)
    facts(
        [
            ("Distinct trials", count(found.trials), "each counts once"),
            ("Made", count(made), f"{count(made - found.trials)} of them again"),
            ("Sets of data", count(len(found.families)), "each judged together"),
            ("Looks", count(found.looks), "what-if; not tries"),
            ("Rows", count(found.rows), "one hash each"),
        ],
        columns=5,
    )
    kinds = ", ".join(f"{kind} {count(n)}" for kind, n in found.kinds.items())
    st.caption(spoken(f"{found.words} Rows: {kinds}."))


def over_time(found: LedgerState) -> None:
    """Tries at each set of data, added up day by day."""
    section("Tries over time", "each one makes the next good result more likely to be luck")
    drawn = found.families[:DRAWN]
    lines = {_name(f): list(zip(f.days, f.so_far, strict=True)) for f in drawn}
    evidence_charts.tries(lines, key="ledger_tries")
    if len(found.families) > DRAWN:
        st.caption(f"The {DRAWN} most tried of {len(found.families)} sets of data.")


def newest(found: LedgerState) -> None:
    """The newest tries, one a line."""
    section("Newest tries", f"{count(len(found.newest))}, times are New York")
    columns = {
        "made": tables.text("When", 140),
        "model_id": tables.text(
            "Model", tables.room([t.model_id for t in found.newest], least=150)
        ),
        "rule": tables.text("Rule", tables.room([t.rule for t in found.newest], least=150)),
        "trial_id": tables.text("Trial", 150),
    }
    rows = [
        vars(each) | {"made": moment(each.at), "rule": SPACED.sub(", ", each.rule)}
        for each in found.newest
    ]
    tables.plain(rows, columns, key="ledger_newest", alt=f"{len(rows)} tries, newest first")


def _name(family: Tries) -> str:
    seed = f" seed {family.seed}" if family.seed else ""
    return f"{family.ticker} {family.cadence}, {family.provider}{seed}"
