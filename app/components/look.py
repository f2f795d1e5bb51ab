"""What if: one rule under a slider, redrawn on what a sweep kept; a look, entered as one."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.components import charts, chips, pickers, trial_charts
from app.components.errors import told
from app.components.numbers import count, percent, plural, ratio
from app.components.page import facts
from app.session import ask, lab
from sigma_core.domain.look import Look
from sigma_core.domain.results import Entry
from sigma_core.verbs.what_if import WhatIf, what_if

KINDS = ("Threshold", "Top %")
LOWEST, HIGHEST, STEP = 0.5, 0.9, 0.01
COUNTS_NOT = (
    ":material/visibility: A look: not counted, and cannot be trained. "
    "Whoever looks long enough finds something: a setting found here must be swept before it "
    "counts."
)
COUNTS = ":material/check: The sweep tried this very setting: it was counted, and is judged below."


@st.fragment
def draw(trials: Sequence[Entry], *, narrow: bool) -> None:
    """A rule to choose, its curve and figures beside the sweep's best; only this part reruns.

    `narrow`: it stands in half the page.
    """
    best = trials[0]
    rule = _rule(best, sorted({entry.config.hours for entry in trials}))
    with told(stop=False):
        found = what_if(lab(), ask(WhatIf, sweep_id=best.sweep_id, **rule))
        _figures(found, best, narrow=narrow)
        days = pd.DatetimeIndex(found.days)
        charts.growth(
            pd.Series(found.equity, days),
            pd.Series(found.held, days),
            best=trial_charts.curve(best),
            key="look_growth",
        )
        _worth(found)


def _rule(best: Entry, hours: Sequence[tuple[int, ...]]) -> dict[str, str]:
    """What is asked for: a threshold or a share, in one of the sweep's sets of hours."""
    usual, key = best.config, f"look_{best.sweep_id}"
    kind = st.segmented_control(
        "Rule",
        KINDS,
        default=KINDS[usual.kind == "top_pct"],
        required=True,
        key=f"{key}_kind",
        label_visibility="collapsed",
    )
    if kind == KINDS[0]:
        at = usual.numbers[0] if usual.kind == "thr" else 0.55
        at = min(max(at, LOWEST), HIGHEST)
        level = st.slider("Threshold, confidence", LOWEST, HIGHEST, at, STEP, key=f"{key}_thr")
        rule = {"thresholds": f"{level:.2f}"}
    else:
        at = 100 * usual.numbers[0] if usual.kind == "top_pct" else 10
        share = st.slider("Top %, of bars", 1, 50, round(at), format="%d%%", key=f"{key}_top")
        rule = {"top_pct": f"{share / 100:g}"}
    return rule | _hours(usual.hours, hours, key=f"{key}_hours")


def _hours(usual: tuple[int, ...], hours: Sequence[tuple[int, ...]], *, key: str) -> dict[str, str]:
    """One of the sweep's sets of hours, where it has any."""
    if not any(hours):
        return {}
    options = list(dict.fromkeys([(), *hours]))
    picked = st.selectbox(
        "Hours, New York",
        options,
        index=options.index(usual),
        format_func=lambda each: ", ".join(map(str, each)) or trial_charts.ALL_HOURS,
        key=key,
    )
    return {"allowed_hours": ",".join(map(str, picked))}


def _figures(found: Look, best: Entry, *, narrow: bool) -> None:
    m, b = found.metrics, best.metrics
    facts(
        [
            ("Sharpe", ratio(m.sharpe), f"{ratio(b.sharpe)} the best's"),
            ("Return", percent(m.return_, signed=True), f"{percent(b.return_)} the best's"),
            ("Worst drawdown", percent(m.max_dd), f"{percent(b.max_dd)} the best's"),
            ("Trades", count(m.trades), f"{count(b.trades)} the best's"),
        ],
        columns=2 if narrow else 4,
        width=140,
    )


def _worth(found: Look) -> None:
    """What a look is worth, and the way to make it count."""
    if found.contaminated:
        chips.contaminated(found.contaminated)
    st.caption(COUNTS if found.tried else COUNTS_NOT)
    if found.looks:
        st.caption(f"{plural(found.looks, 'look')} at this sweep so far, each in the ledger once.")
    if found.tried:
        return
    clicked = st.button(
        f"Tick {chips.rule(found.config)} for the next sweep",
        icon=":material/add_task:",
        key="look_tick",
        on_click=_tick,
        args=(found,),
    )
    if clicked:
        st.rerun()  # the chips stand outside this part


def _tick(found: Look) -> None:
    model_id, rule = found.model_id, found.config
    if rule.kind == "thr":
        pickers.tick(f"sweep_thr_{model_id}", rule.value)
    else:
        pickers.tick(f"sweep_top_{model_id}", f"{rule.numbers[0] * 100:g}%")
    if rule.hours:
        pickers.tick(f"sweep_hours_{model_id}", rule.allowed_hours)
