"""Small coloured words. Each has a shape and a text, so that none needs its colour."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from sigma_core.domain.trial import Gate, Rule

Colour = Literal["green", "yellow", "red", "violet", "gray", "blue"]

VERDICTS: Mapping[str, tuple[str, Colour]] = {
    "PASS": ("check_circle", "green"),
    "UNPROVEN": ("contrast", "yellow"),  # a disc half filled: half the proof is there
    "FAIL": ("cancel", "red"),
}
SIGNS = {"PASS": "✓ PASS", "UNPROVEN": "◐ UNPROVEN", "FAIL": "✕ FAIL"}
FILLS = {"PASS": "#0B7A75", "UNPROVEN": "#F2C14E", "FAIL": "#C24A22"}  # readable in both themes
SIDES = {"BUY": "▲ BUY", "SELL": "▼ SELL"}
STATES: Mapping[str, tuple[str, str, Colour]] = {
    "queued": ("queued", "hourglass_empty", "gray"),
    "running": ("running", "autorenew", "blue"),
    "done": ("done", "check", "green"),
    "cancelled": ("stopped", "stop_circle", "gray"),
    "lost": ("lost", "link_off", "yellow"),  # its process is gone: nobody's fault
    "failed": ("failed", "error", "red"),
}
REASONS = {
    "min_trades_not_met": "too few trades",
    "poor_sharpe": "Sharpe too low",
    "excessive_drawdown": "drawdown too deep",
    "non_positive_return": "no profit",
    "insufficient_data": "too little data",
    "not_better_than_luck": "could be luck",
    "not_better_than_exposure": "no better than holding",
    "contaminated": "looked at before",
    "leak_suspected": "a leak is suspected",
}


LABELS = {
    "fwd_ret": "the return over",
    "next_bar": "the next bar",
    "triple_barrier": "target or stop within",
    "close_to_open": "the night, from close to open",
    "headfake_reversal": "whether the first move turns",
    "pin_drift": "whether the price drifts to a strike",
}
"""What each kind of label foresees; a span of time follows some."""


def foreseen(label: str) -> str:
    """A model's label as a trader would say it.

    >>> foreseen("fwd_ret 5 sessions"), foreseen("close_to_open"), foreseen("of_mine 3 bars")
    ('the return over 5 sessions', 'the night, from close to open', 'of_mine 3 bars')
    """
    kind, _, span = label.partition(" ")
    return f"{LABELS.get(kind, kind)} {span}".strip()


def verdict(status: str, *, help: str | None = None) -> None:  # noqa: A002 (Streamlit's word)
    """PASS, UNPROVEN or FAIL."""
    icon, colour = VERDICTS[status]
    st.badge(status, icon=f":material/{icon}:", color=colour, help=help)


def state(name: str) -> None:
    """How a job stands."""
    word, icon, colour = STATES[name]
    st.badge(word, icon=f":material/{icon}:", color=colour)


def simulated() -> None:
    """Stands wherever a number rests on simulated bars."""
    st.badge(
        "SIMULATED",
        icon=":material/science:",
        color="violet",
        help="Rests on a seeded market, not on traded prices. It proves nothing about real money.",
    )


def contaminated(why: str) -> None:
    """Stands wherever a result rests on sessions that were sealed or seen before."""
    st.badge("CONTAMINATED", icon=":material/visibility:", color="red", help=why)


def outcome(word: str) -> str:
    """A check's outcome as Markdown: met, missed, warned, waived or open (cannot be said yet)."""
    icon, colour = {
        "met": ("check", "green"),
        "missed": ("close", "red"),
        "failed": ("close", "red"),
        "warned": ("warning", "yellow"),
        "waived": ("horizontal_rule", "gray"),
        "open": ("contrast", "yellow"),
    }[word]
    return f":{colour}[:material/{icon}: {word}]"


def verdict_column(of: Iterable[str], label: str = "Verdict") -> Any:
    """Coloured chips inside a table, as wide as the longest `of` the verdicts in it.

    The cells are lists of one sign of SIGNS.
    """
    width = 112 if "UNPROVEN" in of else 80
    return st.column_config.MultiselectColumn(
        label, options=list(SIGNS.values()), color=list(FILLS.values()), width=width
    )


def simulated_column() -> Any:
    """The badge of a row that rests on simulated bars; the cells are lists, empty or SIM."""
    return st.column_config.MultiselectColumn(
        "Data", options=["SIM"], color=["#7546BE"], width=48, help="SIM: simulated bars"
    )


def contaminated_column() -> Any:
    """The mark of a row whose model rests on a look at sealed sessions; lists, empty or it."""
    return st.column_config.MultiselectColumn(
        "Sealed data", options=["CONTAMINATED"], color=[FILLS["FAIL"]], width=128,
        help="Its model was chosen by a look at sessions that were sealed or seen before.",
    )  # fmt: skip


def in_words(codes: Sequence[str]) -> str:
    """Gate reasons and missing evidence as a trader would say them.

    >>> in_words(["poor_sharpe", "min_trades_not_met"])
    'Sharpe too low, too few trades'
    """
    return ", ".join(REASONS.get(code, code.replace("_", " ")) for code in codes)


def why_not(gate: Gate) -> str:
    """What keeps a trial from PASS, in a few words: reasons, else missing evidence."""
    return in_words(gate.reasons or [missing.code for missing in gate.missing])


def rule(given: Rule) -> str:
    """A rule as traders read it.

    >>> rule(Rule(kind="thr", value="0.55,0.6", allowed_hours=(13, 14)))
    '≥ 0.55, 0.60 at 13, 14 h'
    >>> rule(Rule(kind="top_pct", value="0.10"))
    'top 10%'
    """
    if given.kind == "top_pct":
        what = f"top {given.numbers[0] * 100:g}%"
    else:
        what = "≥ " + ", ".join(f"{each:.2f}" for each in given.numbers)
    hours = ", ".join(map(str, given.hours))
    return f"{what} at {hours} h" if hours else what
