"""Tables as traders read them. Fractions come in; percent with one decimal stands on screen."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from app.components import asked, chips
from app.components.numbers import DASH, NEW_YORK, percent, ratio, spoken
from sigma_core.domain.results import Entry, RunRow
from sigma_core.domain.trial import Check, Gate

ROW, LETTER = 34, 6.6
"""Pixels of a line, and of a letter in it."""
PERCENT = "%.1f%%"  # Streamlit's own "percent" shows 9.75% above 12.3%
CHECKS: Mapping[str, tuple[str, str, Callable[[float], str]]] = {
    "min_trades": ("Trades", "at least", lambda n: f"{n:,.0f}"),
    "sharpe": ("Sharpe, per year", "above", ratio),
    "max_dd": ("Drawdown at 10% volatility", "down to", percent),
    "return": ("Return", "above", percent),
    "data": ("Enough data", "at least", percent),
    "luck": ("Not luck: deflated Sharpe", "at least", ratio),
    "exposure": ("Not the market: deflated Sharpe of the excess", "at least", ratio),
    "first_look": ("First look at these sessions", "at least", lambda n: f"{n:,.0f}"),
    "leaks": ("Leak audit: things that saw the future", "at most", lambda n: f"{n:,.0f}"),
}
"""Name on screen, how the limit binds, and how the number is written."""
EVIDENCE = ("luck", "exposure")


def ranking(entries: Sequence[Entry], *, key: str) -> list[Entry]:
    """Draw ranked trials and return those on screen that are ticked.

    Streamlit remembers ticks by position, so a filter would move them to other trials. Here they
    are kept by trial, and a table with other rows is another widget.
    """
    ids = [entry.trial_id for entry in entries]
    ticked: set[str] = st.session_state.setdefault(f"{key}_ticked", set())
    rows = pd.DataFrame(
        [_trial(*each) for each in zip(entries, asked.all_tried(entries), strict=True)]
    )
    one_model = len({entry.model_id for entry in entries}) == 1
    columns: dict[str, Any] = {
        "rank": st.column_config.NumberColumn("#", width=32),
        "verdict": chips.verdict_column([entry.gate.status for entry in entries]),
        "sharpe": number("Sharpe", "%.2f", 58, help="Per year, out of fold, after costs"),
        "return": number("Return", PERCENT, 66, help="Over all out-of-fold sessions"),
        "max_dd": number("Drawdown", PERCENT, 76, help="Worst fall from a high, at bar closes"),
        "trades": number("Trades", "%,d", 58),
        "curve": _sparkline(),
        "sim": chips.simulated_column() if _any_simulated(entries) else None,
        "model": None if one_model else text("Model", room(rows["model"], least=150)),
        "rule": text("Rule", room(rows["rule"], least=110)),
        "why": text("Why not", room(rows["why"], least=110)),
        **_chance_columns(),
        **(_luck_columns() if any(entry.luck for entry in entries) else {}),
    }
    event = st.dataframe(
        rows,
        column_config=columns,
        column_order=[name for name, column in columns.items() if column],
        hide_index=True,
        height=height(len(entries)),
        row_height=ROW,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [i for i, x in enumerate(ids) if x in ticked]}},
        key=f"{key}_{crc32(repr(ids).encode())}",
        placeholder=DASH,
        alt=f"{len(entries)} trials, best first",
    )
    chosen = {ids[row] for row in event.selection.rows}
    ticked.difference_update(ids)
    ticked.update(chosen)
    return [entry for entry in entries if entry.trial_id in chosen]


def checks(gate: Gate) -> None:
    """The gate line by line, then the evidence: value, limit, outcome."""
    words([_check(each) for each in gate.checks], ("Check", "Value", "Limit", "Outcome"))


def runs(rows: Sequence[RunRow], facts: Mapping[str, Any], *, key: str) -> None:
    """A model's history, newest first; `facts` are the columns of what each run says of itself."""
    columns = {"made": _time("When"), **facts, "run": text("Run", 250)}
    plain(
        [
            {name: spoken(f) if isinstance(f, str) else f for name, f in row.facts.items()}
            | {"made": row.made_at, "run": row.run_id}
            for row in rows
        ],
        columns,
        key=key,
        alt=f"{len(rows)} runs, newest first",
    )


def side_by_side(facts: Mapping[str, Mapping[str, str]]) -> None:
    """A few things in columns, their properties in rows; words only."""
    rows = pd.DataFrame(facts).fillna(DASH).rename_axis("").reset_index()
    st.table(rows, border="horizontal", hide_index=True)


def words(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    """A small table of words, in which Markdown works."""
    table = pd.DataFrame([[spoken(cell) for cell in row] for row in rows], columns=list(headings))
    st.table(table, border="horizontal", hide_index=True)


def plain(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, Any],
    *,
    key: str,
    alt: str,
    **more: Any,
) -> Any:
    """Rows in a scrolling table; columns whose setting is None are left out."""
    shown = {name: column for name, column in columns.items() if column is not None}
    return st.dataframe(
        pd.DataFrame(rows, columns=list(shown)),
        column_config=shown,
        hide_index=True,
        height=height(len(rows)),
        row_height=ROW,
        placeholder=DASH,
        key=key,
        alt=alt,
        **more,
    )


def number(label: str, form: str, width: int, **more: Any) -> Any:
    """A column of numbers."""
    return st.column_config.NumberColumn(label, format=form, width=width, **more)


def height(rows: int) -> int:
    """As tall as the rows, but never above ten; a row that is cut says that there is more."""
    return ROW * (rows + 1) + 2 if rows <= 10 else ROW * 11 + ROW // 2


def room(words: Iterable[str], *, least: int) -> int:
    """Pixels for the longest of these: a table does not wrap, and cuts what is longer."""
    return max(least, int(LETTER * max(map(len, words), default=0)) + 18)


def _trial(entry: Entry, rule: str) -> dict[str, Any]:
    m = entry.metrics
    return {
        "rank": entry.rank,
        "verdict": [chips.SIGNS[entry.gate.status]],
        "sharpe": m.sharpe,
        "return": m.return_ * 100,
        "max_dd": m.max_dd * 100,
        "trades": m.trades,
        "curve": list(entry.sparkline),
        "sim": ["SIM"] if entry.lineage.simulated else [],
        "model": entry.model_id,
        "rule": rule,
        "why": asked.why_not(entry),
        "dsr": entry.evidence.dsr,
        "psr": entry.evidence.psr,
        "tries": entry.evidence.n_trials,
        **_luck(entry),
    }


def _chance_columns() -> dict[str, Any]:
    """What is known of luck without evidence."""
    return {
        "dsr": number("DSR", "%.2f", 56, help="Deflated: chance of more than luck in all tries"),
        "psr": number("PSR", "%.2f", 56, help="Chance of a Sharpe above 0, had it been tried once"),
        "tries": number("Tries", "%,d", 56, help="At the same data, in the ledger"),
    }


def _luck_columns() -> dict[str, Any]:
    """What evidence says of each trial and of its sweep; to the right of what decides."""
    return {
        "low": number("Sharpe low", "%.2f", 84, help="Of the 95% interval, per year"),
        "high": number("High", "%.2f", 58),
        "haircut": number("Haircut", "%.2f", 70, help="Sharpe that is left after all tries"),
        "survivor": text("Survives", 76),
        "pbo": number("PBO", PERCENT, 62, help="Overfitting of its sweep"),
        "spa": number("SPA p", "%.3f", 62, help="Of its sweep's best, against earning nothing"),
        "rc": number("RC p", "%.3f", 58, help="Reality Check of the same"),
        "effective": number("As", "%.1f", 50, help="Independent tries its sweep amounts to"),
        "years": number("Years to prove", "%.1f", 96, help="Tried once, at the same Sharpe"),
        "past": number("To outlast luck", "%.1f", 104, help="Years, at the same Sharpe and tries"),
    }


def _luck(entry: Entry) -> dict[str, Any]:
    found = entry.luck
    if found is None:
        return {}
    return {
        "low": found.sharpe_low,
        "high": found.sharpe_high,
        "haircut": found.haircut_sharpe,
        "survivor": {True: "yes", False: "no", None: DASH}[found.survivor],
        "pbo": None if found.pbo is None else found.pbo * 100,
        "spa": found.spa_zero,
        "rc": found.rc_zero,
        "effective": found.n_effective,
        "years": found.min_trl,
        "past": found.min_btl,
    }


def _check(check: Check) -> tuple[str, str, str, str]:
    name, binds, say = CHECKS.get(check.name, (check.name, "", ratio))
    value = DASH if check.value is None else say(check.value)
    missed = "open" if check.name in EVIDENCE else "missed"  # more data may still bring it
    return name, value, f"{binds} {say(check.limit)}", chips.outcome("met" if check.met else missed)


def _any_simulated(entries: Sequence[Entry]) -> bool:
    return any(entry.lineage.simulated for entry in entries)


def _time(label: str) -> Any:
    return st.column_config.DatetimeColumn(
        label, format="D MMM YYYY HH:mm", timezone=NEW_YORK, width=136
    )


def _sparkline() -> Any:
    return st.column_config.LineChartColumn("Equity", width=68)


def dated(label: str) -> Any:
    """A column of sessions."""
    return st.column_config.DateColumn(label, format="D MMM YYYY", width=96)


def text(label: str, width: int | None = None) -> Any:
    """A column of words."""
    return st.column_config.TextColumn(label, width=width)
