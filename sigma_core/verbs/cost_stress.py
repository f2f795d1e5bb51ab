"""Replay one trial at other costs and a bar late: a look, which is no trial."""

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.stress import Scenario, Stress
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.sealed import marked_as
from sigma_core.verbs import verb
from sigma_core.verbs._kept import kept
from sigma_core.verbs._ranking import shown_from
from sigma_core.verbs._recalled import OneTrial, bench_of_trial, trial_of
from sigma_core.verbs._screens import rule_words_of
from sigma_core.verbs._stressed import stress_of
from sigma_core.verbs._text import DASH, bps, columns, count, percent, ratio
from sigma_core.verbs._tries import tried

DROPPED = (
    "Dropped: trades of the run that these costs or this delay leave out: `min_rr`, reward over"
    " risk, is asked after costs."
)


@dataclass(frozen=True, kw_only=True, config=NOUN)
class CostStress(OneTrial):
    """Which trial: of a run (the newest if none is named), the named trial or the best."""


def screen(found: Stress) -> str:
    """The scenarios, one a line, and where the profit ends."""
    heads = (
        "costs", "a side", "Sharpe", "return", "drawdown", "trades", "average", "dropped", "new",
    )  # fmt: skip
    rule = rule_words_of(found.config)
    simulated = "  SIMULATED" if found.lineage.simulated else ""
    missing = [f"{each.name}: {each.words}" for each in found.scenarios if each.metrics is None]
    return "\n".join(
        [
            f"{found.model_id}  {rule}, out of fold on {found.run_id}{simulated}",
            *filter(None, [marked_as(found.contaminated)]),
            "",
            columns([_line(each) for each in found.scenarios], heads),
            "",
            *missing,
            found.break_even.words,
            DROPPED,
            found.words,
        ]
    )


def _line(each: Scenario) -> tuple[str, ...]:
    m, cost = each.metrics, f"{each.cost_bps:g} bps"
    if m is None:
        return (each.name, cost, *(DASH,) * 7)
    return (
        each.name, cost, ratio(m.sharpe), percent(m.return_, signed=True), percent(m.max_dd),
        count(m.trades), bps(m.avg_trade), count(each.lost), count(each.gained),
    )  # fmt: skip


@verb("GET", "/cost_stress", table=screen)
def cost_stress(lab: Lab, ask: CostStress, progress: Progress = silent) -> Stress:
    """One trial at 0 to 3 times its costs and a bar late, and its break-even cost: a look."""
    key = ("cost_stress", lab.lake.root, *vars(ask).values())
    return kept(key, shown_from(lab), lambda: _stressed(lab, ask, progress))


def _stressed(lab: Lab, ask: CostStress, progress: Progress) -> Stress:
    entry = trial_of(lab, ask)
    bench = bench_of_trial(lab, entry, progress)
    return stress_of(entry, bench, tried(bench, entry.config))
