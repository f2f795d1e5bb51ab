"""What the overview draws: models with their best trial, last runs, what to do next."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import streamlit as st

from app.components import asked, chips
from app.components.numbers import NEW_YORK, count, percent, plural
from app.components.tables import PERCENT, number, plain, room, text
from sigma_core.domain.catalog import ModelRow, PackRow
from sigma_core.domain.lakestate import Freshness, Standing
from sigma_core.domain.results import RunRow, Signal

Stands = Mapping[tuple[str, str], Standing]
"""Where each model stands, by pack and model."""
KINDS = {"build": "Build", "sweep": "Sweep", "backtest": "Backtest", "train": "Training"}


def by_model(rows: Sequence[Standing]) -> Stands:
    """Standings by pack and model."""
    return {(row.pack_id, row.model_id): row for row in rows}


def models(
    rows: Sequence[ModelRow], stands: Stands, *, key: str, times: bool = False, **more: Any
) -> Any:
    """Models with the verdict of their best trial; with `times` when they were last run."""
    drawn = [_model(row, stands.get((row.pack_id, row.model_id))) for row in rows]
    columns: dict[str, Any] = {
        "verdict": chips.verdict_column([status(row, stands) for row in rows]),
        "sim": chips.simulated_column() if simulated(stands) else None,
        "model": text("Model", room([row.model_id for row in rows], least=150)),
        "sharpe": number("Sharpe", "%.2f", 62, help="Per year, out of fold, after costs"),
        "return": None if times else number("Return", PERCENT, 70),
        "max_dd": None if times else number("Drawdown", PERCENT, 78),
        "curve": None if times else st.column_config.LineChartColumn("Equity", width=68),
        "built": moments("Last build", 92, "D MMM YYYY") if times else None,
        "run": moments("Last run", 92, "D MMM YYYY") if times else None,
        "next": text("Next", room([each["next"] for each in drawn], least=150)),
    }
    return plain(drawn, columns, key=key, alt=f"{len(rows)} models", **more)


def choose(rows: Sequence[ModelRow], stands: Stands, *, key: str, asked: str) -> ModelRow | None:
    """The same table, of which one row may be ticked; `asked` is ticked to begin with."""
    ids = [row.model_id for row in rows]
    ticked = [ids.index(asked)] if asked in ids else []
    event = models(
        rows,
        stands,
        times=True,
        key=f"{key}_{crc32(repr((ids, asked)).encode())}",
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": ticked}},
    )
    return next((rows[i] for i in event.selection.rows), None)


def pack_card(family: PackRow, rows: Sequence[ModelRow]) -> None:
    """What a pack is for, its horizon, and at what risk its models trade."""
    risks = Counter(row.risk_profile for row in rows if row.risk_profile)
    profiles = ", ".join(f"{count(n)} {name}" for name, n in risks.most_common())
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f"**{family.title}**  `{family.pack_id}`")
        st.caption(family.sentence)
        st.markdown(
            f":gray[{', '.join(family.horizons)} · {', '.join(family.cadences)} · "
            f"{plural(family.models, 'model')}]  \n:gray[Risk: {profiles or 'no model yet'}]"
        )


def status(row: ModelRow, stands: Stands) -> str:
    """The verdict of a model's best trial; empty if it has none."""
    found = stands.get((row.pack_id, row.model_id))
    return found.best.gate.status if found and found.best else ""


def simulated(stands: Stands) -> bool:
    """Whether any best trial rests on simulated bars."""
    return any(each.best.lineage.simulated for each in stands.values() if each.best)


def moments(label: str, width: int, form: str = "D MMM YYYY HH:mm") -> Any:
    """A column of moments in exchange time."""
    return st.column_config.DatetimeColumn(
        label, format=form, timezone=NEW_YORK, width=width, help="New York time"
    )


def best_first(rows: Sequence[ModelRow], stands: Stands) -> list[ModelRow]:
    """Models in the order of their best trials in the leaderboard; those without one last."""

    def place(row: ModelRow) -> float:
        found = stands.get((row.pack_id, row.model_id))
        return found.best.rank if found and found.best else float("inf")

    return sorted(rows, key=place)


def last_runs(rows: Sequence[RunRow], *, key: str, limit: int) -> None:
    """What was run, newest first."""
    newest = sorted(rows, key=lambda row: row.made_at, reverse=True)[:limit]
    drawn: list[dict[str, Any]] = [
        {"made": r.made_at, "kind": KINDS[r.kind], "model": r.model_id, "says": said(r)}
        for r in newest
    ]
    columns = {
        "made": moments("When", 136),
        "kind": text("What", 76),
        "says": text("Outcome", room([each["says"] for each in drawn], least=100)),
        "model": text("Model", room([each["model"] for each in drawn], least=150)),
    }
    plain(drawn, columns, key=key, alt=f"The last {len(newest)} runs, newest first")


def said(row: RunRow) -> str:
    """What a run says of itself, in a few words."""
    facts = row.facts
    if row.kind == "build":
        return f"{facts.get('rows'):,} rows, {facts.get('features')} features"
    if row.kind == "sweep":
        return f"{facts.get('configs')} of {facts.get('budget')} settings"
    if row.kind == "backtest":
        earned = percent(_float(facts.get("cum_ret")), signed=True)
        trades = plural(_int(facts.get("trades")) or 0, "trade")
        return f"{chips.SIGNS[str(facts['status'])]}, {earned}, {trades}"
    return f"{chips.SIGNS[str(facts['status'])]}, {count(_int(facts.get('rows')))} rows"


def next_steps(
    rows: Sequence[ModelRow], stands: Stands, bars: Sequence[Freshness], new: Sequence[Signal]
) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Page, words, icon and address of what is worth doing now, the likeliest first."""
    if new:
        latest = new[0]
        yield "Signals", f"Look at {chips.SIDES[latest.side]} {latest.ticker}", "notifications", {}
    if broken := [row for row in rows if row.problem]:
        name = broken[0].model_id
        yield "Models", f"Mend {name}", "build", {"show": name}
    passed = sum(each.passed for each in stands.values())
    if passed:
        yield "Leaderboard", f"Compare the {passed:,} that pass", "leaderboard", {}
    elif any(each.trials for each in stands.values()):
        yield "Leaderboard", "See why no trial passes yet", "leaderboard", {}
    if old := [each for each in bars if each.stale]:
        one = next((row for row in rows if row.ticker == old[0].ticker), None)
        if one is not None:
            words = f"Fetch newer bars of {one.ticker}"
            yield "Composer", words, "update", {"model": one.model_id}
    untried = [row for row in rows if not row.problem and not _tried(row, stands)]
    if untried:
        name = untried[0].model_id
        yield "Sweeps", f"Sweep {name}", "grid_on", {"model": name}
    else:
        yield "Sweeps", "Try other settings of a model", "grid_on", {}
    yield "Composer", "Build, train or backtest one model", "tune", {}
    yield "Models", "Make a model of your own", "category", {}


def _tried(row: ModelRow, stands: Stands) -> bool:
    found = stands.get((row.pack_id, row.model_id))
    return found is not None and found.trials > 0


def _model(row: ModelRow, stands: Standing | None) -> dict[str, Any]:
    state = "archived" if row.archived else "" if row.active or row.problem else "not active"
    drawn: dict[str, Any] = {
        "model": row.model_id,
        "next": row.problem or state,
        "verdict": [],
        "sim": [],
    }
    if stands is not None:
        drawn |= {"built": stands.last_build, "run": stands.last_run}
    if stands is None or stands.best is None:
        return drawn | {"next": drawn["next"] or "Run a sweep"}
    best, m = stands.best, stands.best.metrics
    return drawn | {
        "verdict": [chips.SIGNS[best.gate.status]],
        "sim": ["SIM"] if best.lineage.simulated else [],
        "sharpe": m.sharpe,
        "return": m.return_ * 100,
        "max_dd": m.max_dd * 100,
        "curve": list(best.sparkline),
        "next": drawn["next"] or asked.why_not(best) or "Train it",
    }


def _float(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _int(value: float | str | None) -> int | None:
    return None if value is None else int(value)
