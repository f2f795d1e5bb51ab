"""Explain this run: every check with its value, what it means and what to try; worst first."""

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from app.components import chips, stress_view, tables
from app.components.numbers import plural
from app.components.page import section
from app.session import lab
from sigma_core.domain.explained import Explained, Finding
from sigma_core.errors import BadRequest
from sigma_core.verbs.cost_stress import CostStress, cost_stress
from sigma_core.verbs.explain import Explain, explain, limit_words, written

SEVERITIES: Mapping[str, tuple[str, Literal["red", "yellow", "gray"]]] = {
    "breaks": ("breaks the case", "red"),
    "weakens": ("weakens it", "yellow"),
    "note": ("worth knowing", "gray"),
}
"""In words, and the colour of the badge."""
OUTCOMES = {True: "met", False: "missed", None: "open"}


def draw(run_id: str, trial_id: str, *, key: str) -> None:
    """The checks of one trial, and how it stands at other costs; or why neither can be said."""
    section("Explain this run", "what carries it, what would break it, what to try")
    try:
        with st.spinner("Replaying it …"):
            found = explain(lab(), Explain(run_id=run_id, trial_id=trial_id))
            stress = cost_stress(lab(), CostStress(run_id=run_id, trial_id=trial_id))
    except BadRequest as error:  # an old run whose fit is gone: nobody's fault, so no red box
        st.info(f"{error} {error.hint}", icon=":material/history:")
        return
    _summary(found)
    _findings(found)
    section("Costs and delay", "the same signals and cuts, replayed; a look that is not counted")
    stress_view.draw(stress, key=key)


def _summary(found: Explained) -> None:
    """How many checks are not met, and what the guides advise for the verdict's reasons."""
    st.markdown(found.words)
    if found.advice:
        said = "\n".join(
            f"- **{chips.in_words([each.code]).capitalize()}**: {each.try_}"
            for each in found.advice
        )
        st.markdown(f"What to try for the verdict:\n{said}")


def _findings(found: Explained) -> None:
    """Those that are not met as cards; the others in tables that can be opened."""
    missed = [each for each in found.findings if each.met is False]
    with st.grid(2, min_column_width=340, gap="xsmall"):
        for each in missed:
            _card(each)
    for outcome, words in ((None, "cannot be said"), (True, "met")):
        rows = [each for each in found.findings if each.met is outcome]
        if rows:
            with st.expander(f"{plural(len(rows), 'check')} {words}", icon=_icon(outcome)):
                _table(rows)


def _icon(outcome: bool | None) -> str:
    return ":material/check:" if outcome else ":material/contrast:"


def _card(finding: Finding) -> None:
    """One check that is not met."""
    words, colour = SEVERITIES[finding.severity]
    with st.container(border=True, gap="xsmall", height="stretch"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f":red[:material/close:] **{finding.title}**", width="content")
            st.badge(words, color=colour)
        if finding.value is not None:
            st.markdown(f"{written(finding.value, finding)}, asked {limit_words(finding)}")
        st.markdown(finding.meaning)
        st.caption(f":material/lightbulb: {finding.try_}")


def _table(rows: Sequence[Finding]) -> None:
    tables.words(
        [
            (
                f"{chips.outcome(OUTCOMES[each.met])}",
                each.title,
                written(each.value, each),
                limit_words(each),
                each.meaning,
            )
            for each in rows
        ],
        ("", "Check", "Value", "Asked", "What it means"),
    )
