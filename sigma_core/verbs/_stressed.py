"""The scenarios of a cost stress, replayed on the bench of a trial."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sigma_core.barriers import at_close
from sigma_core.domain.policy import Policy
from sigma_core.domain.results import Entry
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.stress import Scenario, Stress
from sigma_core.engine.execute import Execution
from sigma_core.engine.measure import measure
from sigma_core.engine.stress import MOST_BPS, break_even, dearer, stressed
from sigma_core.verbs._text import bps, percent
from sigma_core.verbs._tries import Bench, Tried

MULTIPLES = (0.0, 1.0, 2.0, 3.0)
LATE = "1 bar late"
NO_LATER = (
    "A fill at the session's close cannot be a bar late: at the next bar's open the trade is out"
    " again."
)
WORDS = (
    "A look: not counted, nothing written. The cuts are those chosen at the policy's own costs,"
    " held fixed, as whoever traded this rule would have held them."
)


def stress_of(entry: Entry, bench: Bench, one: Tried) -> Stress:
    """A trial at 0, 1, 2 and 3 times its costs and a bar late, and where its profit ends."""
    policy = bench.config.policy
    return Stress(
        run_id=entry.run_id,
        trial_id=entry.trial_id,
        pack_id=entry.pack_id,
        model_id=entry.model_id,
        config=entry.config,
        study=entry.study,
        lineage=entry.lineage,
        contaminated=entry.contaminated,
        slippage_bps=policy.slippage_bps,
        fee_bps=policy.fee_bps,
        scenarios=tuple(_scenarios(bench, one)),
        break_even=break_even(one.done.deals, policy),
        words=WORDS,
    )


def _scenarios(bench: Bench, one: Tried) -> Iterator[Scenario]:
    own = bench.config.policy
    for multiple in MULTIPLES:
        policy = dearer(own, multiple)
        why = "" if policy else f"Over {MOST_BPS:,.0f} bps a side, more than a policy may cost."
        yield _scenario(bench, one, f"{multiple:g}×", policy, multiple=multiple, why=why)
    late = None if at_close(own) else own
    why = NO_LATER if late is None else ""
    yield _scenario(bench, one, LATE, late, delay=1, why=why)


def _scenario(
    bench: Bench,
    one: Tried,
    name: str,
    policy: Policy | None,
    *,
    multiple: float = 1.0,
    delay: int = 0,
    why: str,
) -> Scenario:
    own = bench.config.policy
    about: dict[str, Any] = {
        "name": name, "multiple": multiple, "delay": delay,
        "cost_bps": multiple * (own.slippage_bps + own.fee_bps),
    }  # fmt: skip
    if policy is None:
        return Scenario(**about, metrics=None, lost=0, gained=0, refused=0, words=why)
    matrix = bench.built.matrix
    size = RISK_PROFILES[bench.config.risk_profile].position_size
    done = stressed(
        matrix.tape, bench.book, one.cuts, policy, matrix.label_end, position_size=size, delay=delay
    )
    lost, gained = _moved(one.done, done), _moved(done, one.done)
    metrics = measure(done, bench.book, matrix.tape)
    return Scenario(
        **about,
        metrics=metrics,
        lost=lost,
        gained=gained,
        refused=done.counts["poor_rr"],
        words=f"return {percent(metrics.return_, signed=True)}, {bps(metrics.avg_trade)} a trade"
        + (f"; {lost} trades of the run drop out" if lost else ""),
    )


def _moved(one: Execution, other: Execution) -> int:
    """Trades of one that the other does not make, by the bar of their signal."""
    return len(np.setdiff1d(one.deals.bar, other.deals.bar))
