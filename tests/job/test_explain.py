"""Explaining a real run: typed, consistent with the run's own detail, and without a trace."""

from typing import get_args

import numpy as np
import pytest

from sigma_core.checks import CHECKS
from sigma_core.domain.explained import Explained
from sigma_core.domain.trial import Missing
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse, plain
from sigma_core.verbs._screens import ADVICE, REASONS, advice_of
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.cost_stress import CostStress, cost_stress
from sigma_core.verbs.explain import Explain, explain, screen
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.train import Train, train
from tests.job.conftest import MODEL, market, pack
from tests.job.test_what_if import everything

RULE = {"model_id": MODEL, "thresholds": "0.52", "splits": 3}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One toy lab for all tests here: explaining writes nothing."""
    home = tmp_path_factory.mktemp("explained")
    (home / "files").mkdir()
    market(1500).to_csv(home / "files" / "TOY_daily.csv", index=False)
    return Lab(packs=pack(home / "packs"), lake=Lake(home / "lake"), files=home / "files")


@pytest.fixture(scope="module")
def tested(lab):
    """A sweep of four rules, one of which is then backtested."""
    grid = ("0.50", "0.52", "0.54", "0.50,0.55")
    sweep_run(lab, SweepRun(model_id=MODEL, thresholds_variants=grid, splits=3))
    return backtest(lab, BacktestAsk(**RULE))


def by_code(found):
    return {each.code: each for each in found.findings}


def test_the_answer_is_typed_complete_and_leaves_no_trace(lab, tested):
    before = everything(lab)
    found = explain(lab, Explain(run_id=tested.run_id))
    assert everything(lab) == before
    assert parse(Explained, plain(found)) == found
    assert {"try", "met", "severity", "meaning"} <= plain(found)["findings"][0].keys()
    assert by_code(found).keys() <= {each.name for each in CHECKS}
    assert (found.status, found.verdict) == (tested.entry.gate.status, tested.verdict)
    assert [each.code for each in found.advice] == list(
        tested.entry.gate.reasons or [each.code for each in tested.entry.gate.missing]
    )


def test_it_says_what_the_runs_detail_says(lab, tested):
    found = by_code(explain(lab, Explain(run_id=tested.run_id)))
    detail = run_detail(lab, RunDetailAsk(run_id=tested.run_id, points=100_000))
    assert found["few_trades"].value == len(detail.trades)
    assert found["below_hold"].value == detail.entry.metrics.sharpe
    assert found["below_hold"].limit == detail.entry.hold.sharpe
    assert found["thin_edge"].value == pytest.approx(
        1e4 * np.mean([trade.ret for trade in detail.trades]), rel=1e-9
    )
    earned = [fold["sharpe"] > 0 for fold in detail.folds]
    assert found["folds_disagree"].value == pytest.approx(np.mean(earned))
    stressed = cost_stress(lab, CostStress(run_id=tested.run_id)).scenarios
    if "cost_twice" in found:
        assert found["cost_twice"].value == stressed[2].metrics.return_
    assert found["baseline_as_good"].limit == tested.baseline.metrics.sharpe
    if tested.entry.metrics.return_ > 0:
        months = [np.log1p(month["return"]) for month in detail.months]
        assert found["one_month"].value == pytest.approx(max(months) / sum(months), rel=1e-9)


def test_its_neighbours_are_those_of_the_sweep(lab, tested):
    found = by_code(explain(lab, Explain(run_id=tested.run_id)))
    assert (found["grid_edge"].value, found["grid_edge"].met) == (1, True)
    lowest = explain(lab, Explain(run_id=explain_sweep(lab).run_id, trial_id=trial(lab, "0.50")))
    assert by_code(lowest)["grid_edge"].value == 0


def explain_sweep(lab):
    """The sweep's best, explained: a sweep's id alone means that."""
    [run] = {row["run_id"] for row in lab.lake.rows("SELECT * FROM trials") if row["sweep_id"]}
    return explain(lab, Explain(run_id=run))


def trial(lab, value):
    rows = lab.lake.rows("SELECT trial_id FROM trials WHERE value = $value", value=value)
    return rows[0]["trial_id"]


def test_a_training_by_override_is_named(lab, tested):
    assert by_code(explain(lab, Explain(run_id=tested.run_id)))["override"].met
    bundle = train(lab, Train(**RULE, override=True, reason="to see"))
    found = by_code(explain(lab, Explain(run_id=tested.run_id)))["override"]
    assert (found.met, found.value) == (False, 1)
    assert bundle.bundle_id in found.meaning


def test_the_screen_shows_every_check_and_what_to_try(lab, tested):
    found = explain(lab, Explain(run_id=tested.run_id))
    shown = screen(found)
    assert all(each.title in shown for each in found.findings)
    assert all(each.try_ in shown for each in found.findings if each.met is False)
    assert all(each.try_ in shown for each in found.advice)
    assert "nan" not in shown.lower()


def test_every_reason_and_every_lack_has_its_advice(tested):
    lacks = get_args(Missing.__dataclass_fields__["code"].type)
    assert ADVICE.keys() == REASONS.keys() | set(lacks)
    gate = tested.entry.gate
    assert [said for _, said in advice_of(gate)] == [
        ADVICE[code] for code in gate.reasons or [each.code for each in gate.missing]
    ]


@pytest.mark.slow
def test_a_night_trade_cannot_be_late_and_says_so(lab):
    """Filled at a session's close and out at the next open: there is no bar in between."""
    night = {"label": {"kind": "close_to_open"}}
    night["policy"] = {"brackets": {"enabled": False, "entry_mode": "session_close"}}
    pack(lab.packs.parent / "nights", **night)
    other = Lab(packs=lab.packs.parent / "nights", lake=lab.lake, files=lab.files)
    run = backtest(other, BacktestAsk(**RULE))
    late = cost_stress(other, CostStress(run_id=run.run_id)).scenarios[-1]
    assert (late.metrics, late.delay) == (None, 1)
    assert "cannot be a bar late" in late.words
    assert "one_bar_late" not in by_code(explain(other, Explain(run_id=run.run_id)))
