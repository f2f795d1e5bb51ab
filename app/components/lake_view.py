"""What the lake holds, on the overview: how fresh the bars are, how much disk they take."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import chips
from app.components.numbers import count, plural, size
from app.components.tables import dated, number, plain, room, text, words
from sigma_core.domain.lakestate import DiskUse, Freshness

STATES: Mapping[str, str] = {"fresh": "✓ fresh", "stale": "✕ stale", "ends": "◐ ends"}
"""Up to date; could be newer; a history that does not go on."""
FILLS = [chips.FILLS["PASS"], chips.FILLS["FAIL"], chips.FILLS["UNPROVEN"]]


def freshness(rows: Sequence[Freshness], *, key: str) -> None:
    """Stored bars, the stalest first; dates are sessions of the exchange."""
    worst = sorted(rows, key=lambda row: (not row.stale, -row.age, row.ticker))
    columns: dict[str, Any] = {
        "state": st.column_config.MultiselectColumn(
            "State", options=list(STATES.values()), color=FILLS, width=82
        ),
        "ticker": text("Ticker", room([row.ticker for row in rows], least=60)),
        "cadence": text("Bars", 62),
        "age": number("Behind", "%,d", 66, help="Sessions since its last bar"),
        "last": dated("Last"),
        "first": dated("First"),
        "bars": number("Count", "%,d", 70),
        "provider": text("From", 66),
        "note": text("Note", room([row.note for row in rows], least=120)),
    }
    drawn = [
        {
            "state": [STATES[state(row)]],
            "ticker": row.ticker,
            "cadence": row.cadence,
            "age": row.age,
            "last": row.last,
            "first": row.first,
            "bars": row.bars,
            "provider": row.provider,
            "note": row.note,
        }
        for row in worst
    ]
    plain(drawn, columns, key=key, alt=f"Stored bars of {plural(len(rows), 'series', 'series')}")


def state(row: Freshness) -> str:
    """A key of STATES."""
    return "stale" if row.stale else "ends" if row.age else "fresh"


def disk(found: DiskUse) -> None:
    """What each part of the lake takes."""
    rows = [
        (
            part.name.replace("_", " ").capitalize(),
            count(part.files),
            size(part.size),
            _share(part.size, found.size),
        )
        for part in found.parts
    ]
    words(rows, ("Part", "Files", "Size", "Share"))
    st.caption(f"{size(found.size)} in all, {size(found.free)} free on the disk.")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"
