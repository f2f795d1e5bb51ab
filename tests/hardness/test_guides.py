"""Each entry of the guides' troubleshooting is answered by the program, when the symptom shows."""

import json
from datetime import datetime, timedelta

import pytest
import yaml

from sigma_core.calendars import calendar
from sigma_core.progress import LONG, Patient
from sigma_core.verbs._hours import until_open
from sigma_core.verbs.alerts import AlertsAsk, alerts
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard, trials_in
from sigma_core.verbs.verify import Verify, verify

MODEL = "tiny_daily"
M = f"MODEL_ID={MODEL}"


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        # "Check date range validity"
        (("START=2017-01-01", "END=2016-01-01"), "2017-01-01 is after end 2016-01-01", "Swap"),
        # "Verify ticker exists"
        (("TICKER=TINI",), "'TINI'", "init-auto"),
        # "Ensure sufficient data"
        (("END=2015-01-09",), "No row can be learned from: 6 warm_up", "earlier START"),
    ],
)
def test_matrix_build_failed(fresh, said, words, says, hint):
    code, out, err = said("build", M, *words)
    assert (code, out) == (2, "")
    assert says in err
    assert hint in err


def test_a_ticker_that_nobody_has_is_said_with_how_to_bring_it(fresh, said):
    path = fresh.packs / "tiny" / "model_configs" / f"{MODEL}.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"ticker": "NONE"}))
    code, _, err = said("build", M)
    assert code == 2
    assert "'NONE'" in err
    assert "NONE_daily.parquet" in err


@pytest.mark.parametrize(
    ("load", "says"),
    [(0.5, "fewer SPLITS would be faster"), (900.0, "this machine is busy: load 900 on")],
)
def test_taking_too_long(load, says):
    """ "Use fewer splits", "check system load": said as soon as it is long, not before."""
    now, heard = [0.0], []
    watch = Patient(
        lambda done, total, note="": heard.append((done, total, note)),
        "fewer SPLITS would be faster",
        clock=lambda: now[0],
        load=lambda: load,
    )
    watch(1, 4, "learned 1 of 4")
    now[0] = LONG + 1
    watch(2, 4, "learned 2 of 4")
    watch(4, 4, "done")
    assert heard[0] == (1, 4, "learned 1 of 4")
    assert heard[1][2].startswith(f"learned 2 of 4 · {says}")
    assert heard[2] == (4, 4, "done")


@pytest.mark.slow
def test_no_signals_generated(done):
    """ "Check confidence thresholds": the best one, the cut and what is missing between them."""
    lab = done.lab()
    name = lab.lake.bundles()[0]
    files, manifest = lab.lake.load_bundle(name)
    manifest.pop("files")
    manifest["bundle"] |= {"cut": 0.999, "bundle_id": f"{MODEL}-strict"}
    lab.lake.save_bundle(f"{MODEL}-strict", files, manifest)
    found = alerts(lab, AlertsAsk(model_id=MODEL, bundle_id=f"{MODEL}-strict"))
    assert found.words.startswith("Nothing fired: looked at")
    assert f"the best confidence was {found.best:.3f}, the cut is 0.999" in found.words
    assert f"missing {0.999 - found.best:.3f}" in found.words
    assert found.words.endswith(until_open(calendar("XNYS"), lab.now()))


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("2024-01-13T12:00Z", "closed until Tuesday, 2024-01-16 09:30 there"),  # a long weekend
        ("2024-07-03T18:00Z", "closed until Friday, 2024-07-05 09:30 there"),  # after a half day
        ("2024-01-12T15:00Z", ""),
    ],
)
def test_no_signals_outside_market_hours(now, says):
    """ "Ensure market hours": the exchange is closed, and when it opens."""
    words = until_open(calendar("XNYS"), datetime.fromisoformat(now))
    assert says in words
    assert bool(words) == bool(says)
    assert until_open(calendar("24/7"), datetime.fromisoformat(now)) == ""


@pytest.mark.slow
def test_no_signals_as_the_model_is_not_active(done, said):
    """ "Verify model is active": it is said, no new signal is made, and those given are kept."""
    before = {signal.signal_id for signal in alerts(done.lab(), AlertsAsk(model_id=MODEL)).signals}
    lab = done.lab()
    name = lab.lake.bundles()[0]
    files, manifest = lab.lake.load_bundle(name)
    manifest.pop("files")
    manifest["bundle"] |= {"cut": 0.34, "bundle_id": f"{MODEL}-loose"}
    lab.lake.save_bundle(f"{MODEL}-loose", files, manifest)
    path = done.packs / "tiny" / "model_configs" / f"{MODEL}.yaml"
    text = path.read_text()
    path.write_text(f"{text}\nactive: false\n")
    loose = ("alerts", M, f"BUNDLE_ID={MODEL}-loose")
    code, out, _ = said(*loose)
    found = json.loads(out)
    assert (code, found["signals"], found["added"]) == (0, [], 0)
    assert found["words"].startswith(f"{MODEL} is not active, so no new signal is made")
    assert f"Write active: true into packs/tiny/model_configs/{MODEL}.yaml" in found["words"]
    kept = json.loads(said("signals", M)[1])
    assert {signal["signal_id"] for signal in kept} == before
    path.write_text(text)
    assert json.loads(said(*loose)[1])["added"] > 0


def test_no_signals_as_there_is_no_bundle(fresh, said):
    code, _, err = said("alerts", M)
    assert code == 2
    assert f"make train {M}" in err


def test_poor_backtest_results(done):
    """Every reason why the gate refuses comes with the value and the limit it missed."""
    answer = backtest(done.lab(), BacktestAsk(model_id=MODEL, thresholds="0.40", splits=3))
    gate = answer.entry.gate
    assert gate.status in {"FAIL", "UNPROVEN"}
    assert answer.verdict.startswith(gate.status)
    found = [check.words for check in gate.checks if not check.met]
    said_of = [words for words in found if words in answer.verdict]
    assert len(said_of) + len(gate.missing) >= max(len(gate.reasons), 1)
    assert all(any(letter.isdigit() for letter in words) for words in said_of), "no value in it"


def test_empty_leaderboards(fresh, said):
    code, out, _ = said("leaderboard")
    assert (code, out.strip()) == (0, "[]")
    from sigma_core.verbs import VERBS

    assert "make sweep-run" in VERBS["leaderboard"].table([])


@pytest.mark.slow
def test_a_clock_that_was_set_back_loses_and_doubles_nothing(done):
    """A backtest made "before" all others: counted, ranked, and every count as it should be."""
    before = {entry.trial_id for entry in trials_in(leaderboard(done.lab(), Leaderboard()))}
    lab = done.lab(later=timedelta(days=-400))
    first = backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.43", splits=3))
    again = backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.43", splits=3))
    assert first.entry.trial_id == again.entry.trial_id
    assert first.entry.metrics == again.entry.metrics
    ranked = trials_in(leaderboard(lab, Leaderboard()))
    assert {entry.trial_id for entry in ranked} == before | {first.entry.trial_id}
    assert {entry.evidence.n_trials for entry in ranked} == {len(before) + 1}
    assert lab.ledger.audit() == []
    assert verify(lab, Verify()).ok
