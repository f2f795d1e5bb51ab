"""How far luck explains a sweep: its trials replayed on the kept fit, and tested all together."""

from typing import Annotated

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.luck import SweepEvidence
from sigma_core.engine.luck.assess import LEAST, METHODS, assess
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.sealed import marked_as
from sigma_core.verbs import verb
from sigma_core.verbs._luck import by_sharpe, keep_evidence
from sigma_core.verbs._luck_words import luck_screen, words
from sigma_core.verbs._recalled import OneSweep, bench_of_trial, replayed, sweep_again


@dataclass(frozen=True, kw_only=True, config=NOUN)
class EvidenceAsk(OneSweep):
    """Which sweep; the newest of a model where only that is given."""

    rounds: Annotated[int, Field(ge=100, le=20_000)] = 1000
    """Histories to resample: more give finer p-values and intervals."""
    seed: Annotated[int, Field(ge=0)] = 0


@verb("POST", "/evidence", slow=True, table=luck_screen, first=sweep_again)
def evidence(lab: Lab, ask: EvidenceAsk, progress: Progress = silent) -> SweepEvidence:
    """Test a sweep's trials together: overfitting, luck, intervals; kept, and no try is counted."""
    entries = sweep_again(lab, ask)
    sweep_id = str(entries[0].sweep_id)
    bench = bench_of_trial(lab, entries[0], progress, refit=True)
    if len(bench.market) < LEAST:
        raise BadRequest(
            f"{sweep_id} has {len(bench.market)} out-of-fold sessions, evidence needs {LEAST}.",
            hint="Sweep over more history: set START earlier.",
        )
    returns = []
    for done, entry in enumerate(entries, start=1):
        returns.append(replayed(bench, entry).done.returns)
        progress(done, len(entries) + 1, f"replayed {done} of {len(entries)} trials")
    first = entries[0]
    found = assess(
        np.column_stack(returns), bench.market, [(e.trial_id, e.evidence) for e in entries],
        year=bench.built.matrix.tape.calendar.year, rounds=ask.rounds, seed=ask.seed,
    )  # fmt: skip
    made = SweepEvidence(
        sweep_id=sweep_id, pack_id=first.pack_id, model_id=first.model_id,
        simulated=first.lineage.simulated, t=len(bench.market),
        n_trials=first.evidence.n_trials, **found.sweep, undefined=found.undefined,
        methods=METHODS, words=marked_as(first.contaminated) + words(found),
        trials=tuple(sorted(found.trials, key=by_sharpe)),
    )  # fmt: skip
    keep_evidence(lab, made)
    progress(len(entries) + 1, len(entries) + 1, "resampled and tested")
    return made
