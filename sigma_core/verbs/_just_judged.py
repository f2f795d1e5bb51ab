"""Trials of a sweep as it has just judged them: what the leaderboard says, without reading it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sigma_core.domain.results import Entry
from sigma_core.lab import Lab
from sigma_core.verbs._keep import sparkline
from sigma_core.verbs._luck import Lucks
from sigma_core.verbs._tries import Bench, Judged, family_row, marked, place


def just_judged(
    lab: Lab,
    bench: Bench,
    found: Sequence[Judged],
    *,
    same: Mapping[str, Any],
    n_effective: float | None,
) -> list[Entry]:
    """The trials of one sweep as `ranked` gives them, best first.

    `same`: run_id, sweep_id, tag and made_at of all; `n_effective`: independent tries they are.
    """
    config, family = bench.config, family_row(bench)
    named = {"pack_id": config.pack_id, "model_id": config.model_id, **same}
    named |= {name: family[name] for name in ("provider", "ticker", "cadence")}
    lucks = Lucks(
        lab,
        [{"trial_id": one.tried.trial_id, **same} for one in found],
        {same["sweep_id"]: n_effective},
    )
    mark = marked(bench, lab.ledger.rows(), same["made_at"]).get("contaminated", "")
    return [
        Entry(
            rank=rank,
            trial_id=one.tried.trial_id,
            **named,
            config=one.tried.rule,
            cuts=tuple(one.tried.cuts.values.tolist()),
            study=bench.study,
            metrics=one.tried.metrics,
            hold=bench.hold,
            forecast=bench.forecast,
            evidence=one.evidence,
            gate=one.gate,
            judged=one.evidence,
            judged_status=one.gate.status,
            contaminated=mark,
            lineage=bench.lineage,
            sparkline=tuple(sparkline(one.tried.done.equity)),
            **lucks.of({"trial_id": one.tried.trial_id, **same}),
        )
        for rank, one in enumerate(sorted(found, key=place), start=1)
    ]
