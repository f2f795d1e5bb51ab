"""A look at a rule: the leaderboard's own figures, and one row of the ledger that is no try."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from sigma_core.errors import BadRequest, UnknownName
from sigma_core.ledger import FAMILY
from sigma_core.recall import Shared
from sigma_core.sealed import looks
from sigma_core.verbs import VERBS
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.audit import screen as audit_screen
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.ledger import LedgerAsk, ledger
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from sigma_core.verbs.what_if import WhatIf, screen, what_if

MODEL = "toy_eq_swing_daily"
GRID = SweepRun(
    model_id=MODEL, thresholds_variants=("0.52", "0.50,0.55"), top_pct_variants=(0.2,), splits=3
)


def everything(lab):
    """Each file of the lake with what is in it."""
    files = sorted(path for path in lab.lake.root.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def asked(entry):
    """The look at a trial's own rule."""
    rule = entry.config
    kind = {"thresholds": rule.value} if rule.kind == "thr" else {"top_pct": rule.value}
    return WhatIf(sweep_id=entry.sweep_id, **kind)


def test_a_look_at_a_swept_rule_is_the_trial(lab, swept):
    for entry in swept.trials:
        found = what_if(lab, asked(entry))
        assert found.metrics == entry.metrics
        assert (found.hold, found.cuts, found.study) == (entry.hold, entry.cuts, entry.study)
        assert (found.trial_id, found.tried) == (entry.trial_id, True)


def test_a_look_is_one_row_of_the_ledger_and_nothing_else(lab, swept):
    before, rows = everything(lab), lab.ledger.rows()
    found = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    new = everything(lab).keys() - before.keys()
    assert {path.parent for path in new} == {lab.ledger.folder}
    assert before.items() <= everything(lab).items()
    [row] = [row for row in lab.ledger.rows() if row not in rows]
    assert (row["kind"], row["sweep_id"], row["look_id"]) == (
        "look", swept.sweep_id, found.trial_id,
    )  # fmt: skip
    assert row["rule"] == {"kind": "thr", "value": "0.57", "allowed_hours": ""}
    assert (row["start"], row["end"]) == tuple(
        day.isoformat() for day in (found.study.oof_start, found.study.oof_end)
    )


def test_each_look_is_entered_once_and_counted(lab, swept):
    def look(**rule):
        return what_if(lab, WhatIf(sweep_id=swept.sweep_id, **rule)).looks

    assert [look(thresholds=each) for each in ("0.57", "0.58", "0.570", "0.57")] == [1, 2, 2, 2]
    assert look(top_pct=0.33) == 3
    after = everything(lab)
    assert (look(thresholds="0.58"), everything(lab)) == (3, after)
    assert what_if(lab, asked(swept.trials[0])).looks == 3  # a try is no look
    assert everything(lab) == after


@pytest.mark.slow
def test_a_sweep_of_the_same_fit_knows_the_looks_at_it(lab, swept):
    what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    again = sweep_run(lab, GRID)
    assert what_if(lab, WhatIf(sweep_id=again.sweep_id, thresholds="0.57")).looks == 1
    other = sweep_run(lab, replace(GRID, splits=4))
    assert what_if(lab, WhatIf(sweep_id=other.sweep_id, thresholds="0.57")).looks == 1
    assert audit(lab, AuditAsk()).looks == 2


def test_a_look_that_two_entered_at_the_same_instant_counts_once(lab, swept):
    found = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    [row] = [row for row in lab.ledger.rows() if row["kind"] == "look"]
    lab.ledger.append([row], at=lab.now())  # as one that had not seen the other's
    assert (audit(lab, AuditAsk()).looks, ledger(lab, LedgerAsk()).looks) == (1, 1)
    again = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    assert (again.looks, again.metrics) == (1, found.metrics)
    told = looks(lab.ledger.rows(), {**row, "end": "2100-01-01"})
    assert told == "contaminated: looked at before, by 3 trials and 1 look by what-if"


def test_looks_are_no_tries_and_are_told_beside_them(lab, swept):
    assert (audit(lab, AuditAsk()).looks, ledger(lab, LedgerAsk()).looks) == (0, 0)
    for value in range(60, 72):
        what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds=f"0.{value}"))
    checked, held = audit(lab, AuditAsk()), ledger(lab, LedgerAsk())
    assert (checked.ok, checked.trials, checked.looks) == (True, 3, 12)
    assert (held.trials, held.looks, held.kinds["look"]) == (3, 12, 12)
    assert "12 looks by what-if" in held.words
    assert "12 looks by what-if" in audit_screen(checked)
    assert [e.evidence.n_trials for e in leaderboard(lab, Leaderboard())] == [3, 3, 3]


def test_a_look_says_how_many_there_were(lab, swept):
    found = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    assert screen(found).endswith("1 look by what-if at this fit so far.")
    assert VERBS["what_if"].route == ("POST", "/what_if")


def test_a_look_at_sessions_that_were_sealed_since_is_marked(lab, swept):
    end = swept.trials[0].study.oof_end
    about = lab.ledger.rows()[-1]
    family = {name: about[name] for name in FAMILY}
    since = {"model_id": "later", "pack_id": "toys", "made_at": lab.now().isoformat()}
    sealed = {"kind": "seal", "start": end.isoformat(), "end": None, **family, **since}
    lab.ledger.append([sealed], at=lab.now())
    what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    row = next(row for row in lab.ledger.rows() if row["kind"] == "look")
    assert "that later had sealed" in row["contaminated"]
    told = looks(lab.ledger.rows(), {**sealed, "end": "2100-01-01"})
    assert told == "contaminated: looked at before, by 3 trials and 1 look by what-if"


def test_a_look_at_what_was_not_swept_says_that_it_does_not_count(lab, swept):
    found = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.57"))
    assert not found.tried
    assert found.trial_id not in {entry.trial_id for entry in swept.trials}
    assert "not counted" in found.words


def test_what_was_looked_at_and_then_swept_has_the_same_figures(lab, swept):
    looked = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.53"))
    [trial] = sweep_run(
        lab, replace(GRID, thresholds_variants=("0.53",), top_pct_variants=())
    ).trials
    assert (trial.trial_id, trial.metrics) == (looked.trial_id, looked.metrics)


def test_the_curves_end_where_the_figures_do(lab, swept):
    found = what_if(lab, asked(swept.trials[0]))
    assert found.equity[-1] - 1 == pytest.approx(found.metrics.return_, rel=1e-12)
    assert found.held[-1] - 1 == pytest.approx(found.hold.return_, rel=1e-12)
    assert (found.days[0], found.days[-1]) == (found.study.oof_start, found.study.oof_end)
    assert len(found.days) == len(found.equity) == len(found.held) <= 400
    assert sorted(set(found.days)) == list(found.days)


def test_a_confidence_that_is_never_reached_trades_nothing(lab, swept):
    none = what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.999999"))
    assert (none.metrics.trades, none.metrics.return_, none.metrics.sharpe) == (0, 0, None)
    assert set(none.equity) == {1.0}


def test_without_a_sweep_id_it_is_the_models_newest(lab, swept):
    found = what_if(lab, WhatIf(model_id=MODEL, thresholds="0.52"))
    assert found.sweep_id == swept.sweep_id


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"thresholds": "1.5"}, "1.5 is not between 0 and 1"),
        ({"thresholds": "half"}, "'half' is not a number"),
        ({"thresholds": ""}, "no value"),
        ({"top_pct": "0"}, "0 is not between 0 and 1"),
        ({}, "No rule is given"),
        ({"thresholds": "0.5", "top_pct": 0.1}, "both given"),
        ({"thresholds": "0.5", "allowed_hours": (10,)}, "daily"),
    ],
)
def test_a_rule_that_is_none_is_refused_in_a_sentence(lab, swept, rule, words):
    with pytest.raises(BadRequest, match=words) as told:
        what_if(lab, WhatIf(sweep_id=swept.sweep_id, **rule))
    assert "\n" not in str(told.value)
    assert told.value.hint


def test_a_sweep_that_is_none_is_refused(lab, swept):
    with pytest.raises(UnknownName, match="sweep-x"):
        what_if(lab, WhatIf(sweep_id="sweep-x", thresholds="0.5"))
    with pytest.raises(BadRequest, match="No sweep is named"):
        what_if(lab, WhatIf(thresholds="0.5"))
    with pytest.raises(BadRequest, match="was not swept"):
        what_if(lab, WhatIf(model_id="other", thresholds="0.5"))


def test_a_model_that_was_changed_is_not_looked_at_as_if_it_were_the_same(lab, swept):
    file = lab.packs / "toys" / "model_configs" / f"{MODEL}.yaml"
    model = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump(model | {"policy": {"brackets": {"atr_mult_stop": 1.0}}}))
    with pytest.raises(BadRequest, match="was changed since") as told:
        what_if(lab, WhatIf(sweep_id=swept.sweep_id, thresholds="0.52"))
    assert "Run it again" in told.value.hint


@pytest.mark.slow
def test_bars_that_came_since_leave_the_look_as_it_was(lab, files):
    bars = pd.read_csv(files / "TOY_daily.csv")
    bars.iloc[:1400].to_csv(files / "TOY_daily.csv", index=False)
    before = sweep_run(lab, GRID)
    bars.to_csv(files / "TOY_daily.csv", index=False)
    since = sweep_run(lab, GRID)
    for swept in (before, since):
        assert what_if(lab, asked(swept.trials[0])).metrics == swept.trials[0].metrics
    assert since.trials[0].study.oof_end > before.trials[0].study.oof_end


@pytest.mark.slow
def test_a_look_at_revised_bars_is_refused(lab, swept, files):
    bars = pd.read_csv(files / "TOY_daily.csv")
    bars.assign(close=bars["close"] * 1.0001, high=bars["high"] * 1.001).to_csv(
        files / "TOY_daily.csv", index=False
    )
    sweep_run(lab, GRID)
    with pytest.raises(BadRequest, match="revised since"):
        what_if(lab, asked(swept.trials[0]))


def test_a_study_is_made_once_however_many_ask_for_it():
    made, kept = [], Shared(room=2)

    def make():
        made.append(1)
        return "study"

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: kept.get("a", make), range(40)))
    assert (set(found), len(made)) == ({"study"}, 1)


def test_the_least_used_study_goes_first_and_a_failure_is_not_kept():
    made, kept = [], Shared(room=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key, lambda key=key: made.append(key))
    assert made == ["a", "b", "c", "b"]
    with pytest.raises(ZeroDivisionError):
        kept.get("z", lambda: 1 // 0)
    assert kept.get("z", lambda: "well") == "well"
