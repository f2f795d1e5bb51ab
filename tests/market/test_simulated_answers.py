"""What rests on a simulated market says so: every answer of the main job, in fields and words."""

import pandas as pd
import pytest
import yaml

from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse, plain
from sigma_core.verbs import VERBS

MODEL = "sim_swing_daily"
ABOUT = {
    "title": "Simulated",
    "sentence": "One thing to find.",
    "assets": ["eq"],
    "horizons": ["swing"],
    "cadences": ["daily"],
}
FIELDS = {
    "ticker": "SIM-E4-H3D-V10-Y6",
    "asset": "eq",
    "horizon": "swing",
    "cadence": "daily",
    "provider": "simulated",
    "indicators": [{"name": "vol_zscore"}, {"name": "log_ret"}, {"name": "rsi", "of": "VIX"}],
    "label": {"kind": "fwd_ret", "params": {"sessions": 3}},
    "learner": {"name": "logistic"},
    "policy": {"brackets": {"enabled": False}},
}
RULE = {"thresholds": "0.50"}
GRID = {"thresholds_variants": ["0.50", "0.52"], "top_pct_variants": [0.2]}


def asked(lab, name, **given):
    """A verb's answer, and as a person reads it."""
    verb = VERBS[name]
    answer = verb.fn(lab, parse(verb.ask, {"model_id": MODEL, **given}))
    return answer, verb.table(answer) if verb.table else ""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A lab on a simulated model whose whole job was done."""
    root = tmp_path_factory.mktemp("simulated")
    home = root / "packs" / "simulated"
    (home / "model_configs").mkdir(parents=True)
    (home / "pack.yaml").write_text(yaml.safe_dump(ABOUT))
    (home / "model_configs" / f"{MODEL}.yaml").write_text(yaml.safe_dump(FIELDS))
    made = Lab(packs=root / "packs", lake=Lake(root / "lake"))
    asked(made, "sweep_run", **GRID)
    asked(made, "train", **RULE, override=True, reason="to see it")
    asked(made, "alerts")
    return made


@pytest.mark.parametrize("name", ["preview", "build"])
def test_builds(lab, name):
    made, words = asked(lab, name)
    assert (made.provider, made.simulated) == ("simulated", True)
    assert made.layout.startswith("SIMULATED market SIM, seed 7")
    assert "SIMULATED" in words


def test_sweeps_and_the_leaderboard(lab):
    swept, words = asked(lab, "sweep_run", **GRID)
    assert all(entry.lineage.simulated for entry in swept.trials)
    assert "SIM" in words
    board, words = asked(lab, "leaderboard")
    assert len(board) == 3
    assert all(entry.lineage.simulated for entry in board)
    assert words.count("SIM") == 3


def test_backtests(lab):
    done, words = asked(lab, "backtest", **RULE)
    assert done.entry.lineage.simulated
    assert "SIMULATED" in words


def test_bundles(lab):
    bundle, _ = asked(lab, "train", **RULE, override=True, reason="again")
    assert bundle.lineage.simulated


def test_signals(lab):
    found, words = asked(lab, "signals")
    assert found
    assert all(signal.simulated for signal in found)
    assert words.count("SIM") >= len(found)


def test_exports_of_trials_and_signals(lab):
    for what in ("trials", "signals"):
        made, _ = asked(lab, "export", what=what)
        assert made.rows > 0
        rows = lab.lake.frame(f"SELECT * FROM {what}")
        assert rows["simulated"].all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", ["trials", "trades", "equity", "folds", "signals", "runs", "bars", "matrix"]
)
def test_every_row_of_every_export_says_simulated(lab, what):
    done, _ = asked(lab, "backtest", **RULE)
    of = {"matrix_sha": done.entry.lineage.matrix_sha} if what == "matrix" else {}
    made = VERBS["export"].fn(lab, parse(VERBS["export"].ask, {"what": what, **of}))
    written = pd.read_csv(made.path)
    assert len(written) == made.rows > 0
    assert set(written["data"]) == {"SIMULATED"}


def test_the_whole_job_in_words(lab):
    done, words = asked(lab, "pipeline")
    assert plain(done)["build"]["simulated"]
    assert f"{MODEL}  2010-01-04 to 2015-12-31  SIMULATED" in words


def test_the_family_of_a_trial_has_the_markets_seed(lab):
    rows = [row for row in lab.ledger.rows() if row["kind"] == "trial"]
    assert rows
    assert {row["family_seed"] for row in rows} == {"7"}


def test_bars_of_other_tickers_are_simulated_too(lab):
    held = lab.lake.frame("SELECT DISTINCT provider, ticker FROM bars ORDER BY ticker")
    assert held.to_numpy().tolist() == [
        ["simulated", "SIM-E4-H3D-V10-Y6"],
        ["simulated", "VIX"],
    ]
