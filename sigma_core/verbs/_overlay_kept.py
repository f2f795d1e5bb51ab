"""A backtest held as options, in the lake: how it is kept, and how it is read back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sigma_core.domain.overlay import OptionCurve, OptionFigures, OptionTrade, Overlay, Refused
from sigma_core.domain.policy import Options
from sigma_core.engine.gate import verdict
from sigma_core.engine.thin import extremes
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.parse import parse
from sigma_core.schemas.overlays import OPTION_EQUITY, OPTION_TRADES
from sigma_core.verbs._overlaid import Overlaid, Run
from sigma_core.verbs._overlay_screen import WORDS, reason_words
from sigma_core.verbs._ranking import ranked

POINTS = 500
"""At most so many stamps in the curve of an answer; the lake has them all."""
SINCE = "figures"
"""A fact that overlays of an earlier version lack: they have tables, and no comparison."""


_RUNS = """
SELECT run_id, pack_id, model_id, facts FROM runs
WHERE kind = 'overlay' AND $pack_id IN ('', pack_id) AND $model_id IN ('', model_id)
ORDER BY made_at DESC, run_id
"""
_SQL = """
SELECT * FROM {table} WHERE run_id = $run_id AND pack_id = $pack_id AND model_id = $model_id
ORDER BY {order}
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One overlay of the history."""

    run_id: str
    keys: dict[str, str]
    """Its pack and model."""
    facts: Mapping[str, Any]

    @property
    def of_run(self) -> str:
        """The backtest."""
        return str(self.facts["of"])


def overlays(lab: Lab, *, pack_id: str = "", model_id: str = "") -> list[Kept]:
    """What was held as options, the newest first."""
    return [
        Kept(run_id=row.pop("run_id"), facts=json.loads(row.pop("facts")), keys=row)
        for row in lab.lake.rows(_RUNS, pack_id=pack_id, model_id=model_id)
    ]


def keep_overlay(lab: Lab, run_id: str, run: Run, done: Overlaid, trades: pd.DataFrame) -> None:
    """Write every trade (columns of OPTION_TRADES but for the runs) and the account by bars."""
    names = {"run_id": run_id, "of_run": run.entry.run_id}
    keys = {"pack_id": run.config.pack_id, "model_id": run.config.model_id}
    rows = trades.assign(**names)[list(OPTION_TRADES.columns)]
    ledger, bars = done.ledger, run.bars
    equity = pd.DataFrame(
        {
            **names,
            "ts": run.equity["ts"],
            "cash": ledger.cash[bars],
            "position": ledger.position[bars],
            "equity": ledger.equity[bars],
        }
    )
    for table, frame in ((OPTION_TRADES, rows), (OPTION_EQUITY, equity)):
        lab.lake.write(table, frame, name=run_id, **keys)


def overlay_kept(lab: Lab, one: Kept) -> Overlay:
    """An overlay with its trades, its curve and today's verdict on the backtest.

    Raises BadRequest for one of an earlier version, whose comparison was not kept.
    """
    facts = one.facts
    if SINCE not in facts:
        raise BadRequest(
            f"{one.run_id} was kept by an earlier version of the lab, without its figures.",
            hint=f"Hold it again: make options-overlay RUN_ID={one.of_run}.",
        )
    trades = lab.lake.rows(
        _SQL.format(table=OPTION_TRADES.name, order="number"), run_id=one.run_id, **one.keys
    )
    [entry] = ranked(lab, run_id=one.of_run)
    same = ("ticker", "simulated", "source", "position_size", "premium", "pnl", "spread_paid",
            "commission", "marks")  # fmt: skip
    return Overlay(
        run_id=one.run_id,
        of_run=one.of_run,
        pack_id=one.keys["pack_id"],
        model_id=one.keys["model_id"],
        status=entry.gate.status,
        verdict=verdict(entry.gate),
        options=parse(Options, facts["options"]),
        start=facts["account"],
        figures=tuple(parse(OptionFigures, each) for each in facts["figures"]),
        refused=tuple(
            Refused(reason=reason, trades=n, words=reason_words(reason))
            for reason, n in sorted(facts["refused"].items(), key=lambda each: -each[1])
        ),
        trades=tuple(_trade(each) for each in trades),
        curve=_curve(lab, one),
        words=WORDS,
        **{name: facts[name] for name in same},
    )


def _trade(row: Mapping[str, Any]) -> OptionTrade:
    own = {name: row[name] for name in OptionTrade.__dataclass_fields__}
    return OptionTrade(**own | {"expiration": pd.Timestamp(row["expiration"]).date()})


def _curve(lab: Lab, one: Kept) -> OptionCurve:
    options = lab.lake.frame(
        _SQL.format(table=OPTION_EQUITY.name, order="ts"), run_id=one.run_id, **one.keys
    )
    own = lab.lake.frame(_SQL.format(table="equity", order="ts"), run_id=one.of_run, **one.keys)
    held, account = options["equity"].to_numpy() / one.facts["account"], own["account"].to_numpy()
    at = extremes([held, account], points=POINTS)
    return OptionCurve(
        ts=tuple(own["ts"].iloc[at].dt.to_pydatetime()),
        options=tuple(held[at].tolist()),
        underlying=tuple(account[at].tolist()),
    )
