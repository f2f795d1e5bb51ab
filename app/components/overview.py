"""What the overview draws: models with their best trial, last runs, what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import streamlit as st

from app.components import chips
from app.components.numbers import NEW_YORK, count, percent
from app.components.tables import PERCENT, number, plain, text, words
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.results import Entry, RunRow, Signal
from sigma_core.verbs.health import State

KINDS = {"build": "Build", "sweep": "Sweep", "backtest": "Backtest", "train": "Training"}


def best_of(entries: Sequence[Entry]) -> dict[tuple[str, str], Entry]:
    """The first of each model in a ranking, by pack and model."""
    best: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        best.setdefault((entry.pack_id, entry.model_id), entry)
    return best


def models(rows: Sequence[ModelRow], entries: Sequence[Entry], *, key: str, **more: Any) -> Any:
    """Models with the verdict of their best trial."""
    best = best_of(entries)
    simulated = any(entry.lineage.simulated for entry in best.values())
    columns: dict[str, Any] = {
        "verdict": chips.verdict_column(),
        "sim": chips.simulated_column() if simulated else None,
        "model": text("Model", 176),
        "sharpe": number("Sharpe", "%.2f", 62),
        "return": number("Return", PERCENT, 70),
        "max_dd": number("Drawdown", PERCENT, 78),
        "curve": st.column_config.LineChartColumn("Equity", width=68),
        "label": text("Foresees", 122),
        "next": text("Next", 216),
    }
    drawn = [_model(row, best.get((row.pack_id, row.model_id))) for row in rows]
    return plain(drawn, columns, key=key, alt=f"{len(rows)} models", **more)


def choose(
    rows: Sequence[ModelRow], entries: Sequence[Entry], *, key: str, asked: str
) -> ModelRow | None:
    """The same table, of which one row may be ticked; `asked` is ticked to begin with."""
    ids = [row.model_id for row in rows]
    ticked = [ids.index(asked)] if asked in ids else []
    event = models(
        rows,
        entries,
        key=f"{key}_{crc32(repr((ids, asked)).encode())}",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": ticked}},
    )
    return next((rows[i] for i in event.selection.rows), None)


def status(row: ModelRow, best: Mapping[tuple[str, str], Entry]) -> str:
    """The verdict of a model's best trial; empty if it has none."""
    entry = best.get((row.pack_id, row.model_id))
    return entry.gate.status if entry else ""


def last_runs(rows: Sequence[RunRow], *, key: str) -> None:
    """What was run, newest first."""
    newest = sorted(rows, key=lambda row: row.made_at, reverse=True)
    columns = {
        "made": st.column_config.DatetimeColumn(
            "When", format="D MMM YYYY HH:mm", timezone=NEW_YORK, width=136
        ),
        "kind": text("What", 76),
        "model": text("Model", 170),
        "says": text("Outcome"),
    }
    drawn = [
        {"made": r.made_at, "kind": KINDS[r.kind], "model": r.model_id, "says": said(r)}
        for r in newest
    ]
    plain(drawn, columns, key=key, alt=f"The last {len(newest)} runs, newest first")


def health(state: State) -> None:
    """One line a part: what was looked at, and what to mend."""
    rows = [
        (part.part, chips.outcome("met" if part.ok else "failed"), f"{part.words} {part.hint}")
        for part in state.parts
    ]
    words(rows, ("Part", "State", "In words"))


def said(row: RunRow) -> str:
    """What a run says of itself, in a few words."""
    facts = row.facts
    if row.kind == "build":
        return f"{facts.get('rows'):,} rows, {facts.get('features')} features"
    if row.kind == "sweep":
        return f"{facts.get('configs')} of {facts.get('budget')} settings"
    if row.kind == "backtest":
        earned = percent(_float(facts.get("cum_ret")), signed=True)
        return f"{chips.SIGNS[str(facts['status'])]}, {earned}, {facts.get('trades')} trades"
    return f"{chips.SIGNS[str(facts['status'])]}, {count(_int(facts.get('rows')))} rows"


def next_steps(entries: Sequence[Entry], new: Sequence[Signal]) -> Iterator[tuple[str, str, str]]:
    """Page, words and icon of what is worth doing now, the likeliest first."""
    passed = [entry for entry in entries if entry.gate.pass_]
    if new:
        latest = new[0]
        yield "Signals", f"Look at {chips.SIDES[latest.side]} {latest.ticker}", "notifications"
    if passed:
        yield "Leaderboard", f"Compare the {len(passed)} that pass", "leaderboard"
    elif entries:
        yield "Leaderboard", "See why no trial passes yet", "leaderboard"
    yield "Sweeps", "Try other settings of a model", "grid_on"
    yield "Composer", "Build, train or backtest one model", "tune"
    yield "Models", "Make a model of your own", "category"


def _model(row: ModelRow, best: Entry | None) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "model": row.model_id,
        "label": row.label,
        "next": row.problem or ("" if row.active else "not active"),
    }
    if best is None:
        return drawn | {"verdict": [], "sim": [], "next": drawn["next"] or "Run a sweep"}
    m = best.metrics
    return drawn | {
        "verdict": [chips.SIGNS[best.gate.status]],
        "sim": ["SIM"] if best.lineage.simulated else [],
        "sharpe": m.sharpe,
        "return": m.return_ * 100,
        "max_dd": m.max_dd * 100,
        "curve": list(best.sparkline),
        "next": drawn["next"] or chips.why_not(best.gate) or "Train it",
    }


def _float(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _int(value: float | str | None) -> int | None:
    return None if value is None else int(value)
