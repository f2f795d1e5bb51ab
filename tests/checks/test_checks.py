"""Each check on a made run that triggers it and one that does not, with numbers worked by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest

from sigma_core.checks import CHECKS, findings_of
from sigma_core.domain.quality import QualityCheck
from sigma_core.domain.trial import Rule
from tests.checks.conftest import (
    ENTRY,
    EVIDENCE,
    GRID,
    SESSIONS,
    column,
    floor,
    made,
    quality,
    stress,
    trades,
)

DAYS = pd.bdate_range("2015-01-02", periods=SESSIONS)
EVEN = [0.02, -0.01] * 20


def returns(**by_month):
    """Session returns of 0.01 % with other ones in some months (y2015_03=0.01)."""
    found = np.full(SESSIONS, 1e-4)
    for name, value in by_month.items():
        found[DAYS.strftime("y%Y_%m") == name] = value
    return found


def rule(value, kind="thr"):
    return {"config": Rule(kind=kind, value=value)}


def waiver(outcome):
    return QualityCheck(
        name="stale_open", outcome=outcome, value=3, limit=0, column="open", words="Stale opens."
    )


def tried(**sharpes):
    """Tries of thresholds: `tried(**{"0.50": 1.0})`."""
    return [(Rule(kind="thr", value=value), sharpe) for value, sharpe in sharpes.items()]


ONE_BIG = trades([0.30, *[0.005] * 20, *[-0.001] * 20])
"""ln 1.3 = 0.2624 of ln 1.3 + 20·ln 1.005 + 20·ln 0.999 = 0.3421: 76.7 %."""
LONGS = {"trades": trades([0.03, -0.01] * 20, side=["long", "short"] * 20)}
UNMET = [
    ("few_trades", {"metrics": {"trades": 29}}, 29, 30),
    ("one_trade", {"trades": ONE_BIG, "metrics": {"return_": 1.3 * 1.005**20 * 0.999**20 - 1}},
     0.26236 / 0.34210, 0.5),
    ("best_five", {"trades": trades([0.05] * 5 + [-0.001] * 35)}, 0.999**35 - 1, 0.0),
    # q = ½, n = 40: log2(20) + γ/ln 2 - ½ = 4.654, deviation √(π²/6/0.4805 + 1/12) = 1.873
    ("losing_streak", {"trades": trades([0.02] * 20 + [-0.01] * 20)}, 20, 8.4),
    ("long_alone", LONGS, 20 * log(1.03) / log(1.5), 0.9),
    ("long_alone", {"trades": trades(EVEN, side=["long"] * 40)}, 1.0, 0.9),
    # March 2015 has 22 weekdays: 22·ln 1.015 = 0.32755 of ln 1.5 = 0.40547
    ("one_month", {"returns": returns(y2015_03=0.015)}, 0.32755 / 0.40547, 0.5),
    ("one_hour", {"trades": trades([0.03, 0.001, 0.001, 0.001] * 10, hour=[10, 11, 12, 13] * 10)},
     10 * log(1.03) / log(1.5), 0.5),
    ("folds_disagree", {"folds": [{"sharpe": x} for x in (1.0, -0.2, None, 0.4, -1.0)]}, 0.4, 0.6),
    ("few_sessions", {"metrics": {"sessions": 200, "years": 200 / 252}}, 200, None),
    ("cost_twice", {"stress": stress(twice=-0.01)}, -0.01, 0.0),
    ("one_bar_late", {"stress": stress(late=0.0)}, 0.0, 0.0),
    ("thin_edge", {"stress": stress(slippage=7)}, 12.0, 14.0),
    ("no_costs", {"stress": stress(slippage=0)}, 0.0, 0.0),
    ("below_hold", {"metrics": {"sharpe": 0.59}}, 0.59, 0.6),
    ("market_beta", {"entry": {"evidence": replace(EVIDENCE, beta=-0.51)}}, 0.51, 0.5),
    ("grid_edge", {"entry": rule("0.60")}, 0, 1),
    ("grid_edge", {"entry": rule("0.5,0.6,0.7") | {"cuts": (0.6, 0.7, 0.7)}}, 0, 1),
    ("no_plateau", {"tries": tried(**GRID | {"0.50": 0.5})}, 0.5, 0.6),
    ("cuts_jump", {"entry": rule("0.5,0.6") | {"cuts": (0.6, 0.5, 0.6)}}, 0.1, 0.05),
    ("drift", {"quality": quality(column("a", 0.1), column("b", 0.26), column("c", None))},
     0.26, 0.25),
    ("calibration", {"entry": {"forecast": replace(ENTRY.forecast, ece=0.051)}}, 0.051, 0.05),
    ("no_skill", {"entry": {"forecast": replace(ENTRY.forecast, brier=0.726)}}, -0.1, 0.0),
    ("baseline_as_good", {"baseline": ("logistic", 1.2)}, 1.2, 1.2),
    ("ambiguous", {"metrics": {"ambiguous_share": 0.11}}, 0.11, 0.1),
    ("simulated", {"entry": {"lineage": replace(ENTRY.lineage, simulated=True)}}, None, None),
    ("noise", {"noise": floor(1.2)}, 1.2, 1.2),
    ("second_look", {"entry": {"contaminated": "contaminated: it was tried"}}, None, None),
    ("waived", {"quality": quality(checks=[waiver("waived"), waiver("warned")])}, 1, 0),
    ("override", {"overrides": ("bundle-1",)}, 1, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "value", "limit"), UNMET)
def test_what_is_wrong_is_found_with_its_numbers(run, ask, name, changes, value, limit):
    found = ask(name, run(**changes))
    assert found.met is False
    assert found.value == (value if value is None else pytest.approx(value, rel=1e-4))
    assert limit is None or found.limit == pytest.approx(limit, abs=0.051 if limit > 5 else 1e-9)
    assert found.try_


def test_every_check_has_its_case_here():
    asked = {name for name, *_ in UNMET} | {"recent_year", "survivorship"}
    assert asked == {each.name for each in CHECKS}


def test_in_the_good_run_every_check_that_applies_is_met(run):
    found = findings_of(run())
    assert [each.code for each in found if not each.met] == []
    aside = {"one_hour", "cuts_jump", "second_look"}  # daily, one threshold, nothing sealed
    assert {each.code for each in found} == {each.name for each in CHECKS} - aside
    assert {each.try_ for each in found} == {""}


def test_a_month_that_is_one_among_many_is_met(run, ask):
    assert ask("one_month", run(returns=np.full(SESSIONS, 5e-4))).met


def test_the_minimum_track_record_of_the_published_example(run, ask):
    """Sharpe 0.458 a month over 0 at 95 %, normal: 1 + 1.105·(1.645/0.458)² = 15.25 months."""
    moments = replace(EVIDENCE, sharpe=0.458, skew=0.0, kurtosis=3.0)
    found = ask("few_sessions", run(entry={"evidence": moments}))
    assert found.limit == 252  # never less than the gate's own
    slow = replace(moments, sharpe=0.0458)  # 1 + 1.00105·(1.64485/0.0458)² = 1292.2
    assert ask("few_sessions", run(entry={"evidence": slow})).limit == 1293


def test_a_last_year_unlike_the_others(run, ask):
    """Two years of +1.0 % and -0.8 % by turns, then one of +0.8 % and -1.0 %.

    Mean ±0.1 %, deviation 0.9 %·√(n/(n-1)): ±0.111 a session, ±1.76 a year. The band below 1.76 is
    1.645·√(1 + ½) = 2.015.
    """
    good, bad = [0.01, -0.008], [0.008, -0.01]
    found = ask("recent_year", run(returns=np.array(good * 252 + bad * 126)))
    assert found.value == pytest.approx(-1.7603, abs=1e-3)
    assert found.limit == pytest.approx(1.7621 - 2.0146, abs=1e-3)
    assert found.met is False
    assert ask("recent_year", run(returns=np.array(good * 378))).met


def test_survivorship_is_known_of_an_index_and_unknown_of_a_file(run, ask):
    assert ask("survivorship", run()).met is True
    single = ask("survivorship", run(entry={"provider": "files", "ticker": "AAPL"}))
    assert single.met is None
    assert "Unknown" in single.meaning
    assert "AAPL" in single.meaning
    made_up = {"lineage": replace(ENTRY.lineage, simulated=True)}
    assert ask("survivorship", run(entry=made_up)) is None


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("grid_edge", {"tries": tried(**{"0.55": 1.2})}),
        ("no_plateau", {"tries": tried(**{"0.55": 1.2})}),
        ("baseline_as_good", {"baseline": None}),
        ("cost_twice", {"stress": stress(twice=None)}),
        ("noise", {"noise": None}),
        ("noise", {"noise": floor(None)}),
    ],
)
def test_what_cannot_be_said_is_not_said(run, ask, name, changes):
    found = ask(name, run(**changes))
    assert (found.met, found.value) == (None, None)
    assert found.meaning


PROFIT = ("one_trade", "best_five", "one_month", "cost_twice", "one_bar_late", "long_alone")


@pytest.mark.parametrize("name", PROFIT)
def test_a_loss_has_no_profit_to_ask_about(run, ask, name):
    assert ask(name, run(metrics={"return_": -0.1})) is None


def test_what_breaks_the_case_comes_first_then_what_cannot_be_said_then_what_is_met():
    found = findings_of(
        made(
            stress=stress(twice=-0.1, slippage=7),
            entry={"provider": "files"},
            overrides=("bundle-1",),
            baseline=None,
        )
    )
    assert [each.code for each in found[:5]] == [
        "cost_twice", "thin_edge", "override", "baseline_as_good", "survivorship",
    ]  # fmt: skip
    assert all(each.met for each in found[5:])


def test_words_have_the_real_minus_and_dates_keep_their_hyphen(run, ask):
    words = ask("cost_twice", run(stress=stress(twice=-0.1))).meaning
    assert "−10.0%" in words


def test_a_losing_trade_that_takes_everything_is_no_error(run):
    assert findings_of(run(trades=trades([0.5, -1.2]), metrics={"return_": -1.0, "trades": 2}))
