"""The signals table: written once each, and again only when their state changes."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from sigma_core.domain.results import Alerts, Bundle, Signal
from sigma_core.lab import Lab
from sigma_core.parse import parse, plain
from sigma_core.schemas import SIGNALS
from sigma_core.verbs._text import data_word

_SQL = """
SELECT * EXCLUDE (made_at) REPLACE (coalesce(contaminated, '') AS contaminated) FROM signals
WHERE $pack_id IN ('', pack_id) AND $model_id IN ('', model_id) AND $bundle_id IN ('', bundle_id)
QUALIFY row_number() OVER (PARTITION BY signal_id ORDER BY made_at DESC) = 1
ORDER BY timestamp DESC, signal_id
"""


def kept_signals(
    lab: Lab, *, pack_id: str = "", model_id: str = "", bundle_id: str = ""
) -> list[Signal]:
    """Each signal in its latest state, newest first."""
    rows = lab.lake.rows(_SQL, pack_id=pack_id, model_id=model_id, bundle_id=bundle_id)
    return [parse(Signal, row | {"contract": _read(row["contract"])}) for row in rows]


def keep_signals(
    lab: Lab, bundle: Bundle, found: Sequence[Signal], looked: dict[str, Any]
) -> Alerts:
    """Write what is new or has changed, export all signals of the bundle, say what happened."""
    before = {s.signal_id: s for s in kept_signals(lab, bundle_id=bundle.bundle_id)}
    ended = [_ended(signal) for signal in before.values() if _gone(signal, found)]
    changed = [s for s in (*found, *ended) if before.get(s.signal_id) != s]
    if changed:
        rows = pd.DataFrame([_row(s) for s in changed]).assign(made_at=pd.Timestamp(lab.now()))
        keys = {"pack_id": bundle.pack_id, "model_id": bundle.model_id}
        lab.lake.write(SIGNALS, rows, **keys)
    everything = kept_signals(lab, bundle_id=bundle.bundle_id)
    path = lab.lake.export(f"signals-{bundle.model_id}.csv", csv_of(everything))
    added = sum(s.signal_id not in before for s in changed)
    return Alerts(
        bundle_id=bundle.bundle_id,
        model_id=bundle.model_id,
        added=added,
        updated=len(changed) - added,
        csv=str(path),
        signals=tuple(everything),
        **looked,
    )


def csv_of(signals: Sequence[Signal]) -> str:
    """Signals as CSV, one a line, stamps in UTC, `data` first as in every export.

    Of a contract, what was picked in words.
    """
    names = ["data", *(name for name in Signal.__dataclass_fields__ if name != "simulated")]
    rows = [
        plain(s)
        | {"data": data_word(s.simulated), "contract": s.contract.words if s.contract else None}
        for s in signals
    ]
    out = io.StringIO()
    pd.DataFrame(rows, columns=names).to_csv(out, index=False)
    return out.getvalue()


def _row(signal: Signal) -> dict[str, Any]:
    row = {k: v for k, v in vars(signal).items() if k not in ("pack_id", "model_id")}
    picked = json.dumps(plain(signal.contract), sort_keys=True) if signal.contract else None
    return row | {"as_of": pd.Timestamp(signal.as_of), "contract": picked}


def _read(text: str | None) -> Any:
    return json.loads(text) if text else None


def _gone(signal: Signal, found: Sequence[Signal]) -> bool:
    """A NEW signal that later bars did not fill: its levels could not be traded."""
    return signal.status == "NEW" and signal.signal_id not in {s.signal_id for s in found}


def _ended(signal: Signal) -> Signal:
    return parse(Signal, plain(signal) | {"status": "CANCELLED", "reason": "not filled"})
