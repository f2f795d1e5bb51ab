"""`verify RUN_ID=` makes a run again: its matrix, its fits, its trades, from the stored bars."""

import json

import pytest

from sigma_core.schemas import PREDICTIONS
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.verify import Verify, screen, verify

pytestmark = pytest.mark.slow

MODEL = "tiny_daily"
ASK = BacktestAsk(model_id=MODEL, thresholds="0.42", splits=3)


def test_a_backtest_and_a_sweep_come_out_bit_for_bit(done):
    lab = done.lab()
    runs = lab.lake.rows("SELECT run_id, count(*) AS n FROM trials GROUP BY run_id")
    before = {path for path in done.lake.rglob("*") if path.is_file()}
    for run in runs:
        found = verify(lab, Verify(run_id=run["run_id"]))
        assert found.ok, screen(found)
        assert (found.again.exact, found.again.same) == (True, True)
        assert found.again.trials == run["n"]
        assert found.again.changed == ()
        assert "bit for bit" in screen(found)
    assert {path for path in done.lake.rglob("*") if path.is_file()} == before


def test_a_run_on_predictions_that_no_fit_made_does_not_come_out(done, said):
    """What is kept of the fits is turned round; the backtest reads it back, verify fits anew."""
    lab = done.lab()
    for path in list(done.lake.glob("predictions/**/*.parquet")):
        rows = lab.lake.read(PREDICTIONS, path.stem)
        path.unlink()
        turned = rows.assign(p_up=rows["p_down"], p_down=rows["p_up"])
        lab.lake.write(PREDICTIONS, turned, name=path.stem, pack_id="tiny", model_id=MODEL)
    run_id = backtest(done.lab(), ASK).run_id
    code, out, _ = said("verify", f"RUN_ID={run_id}")
    found = json.loads(out)["again"]
    assert (code, found["same"], found["exact"]) == (2, False, False)
    assert found["words"].startswith(f"{run_id} does not come out as it was: ")


def test_other_code_and_libraries_are_named(done):
    lab = done.lab()
    run_id = backtest(lab, ASK).run_id
    for path in done.lake.glob("manifests/recipe-*.json"):
        manifest = lab.lake.load("manifests", path.stem)
        manifest["recipe"]["versions"]["numpy"] = "1.0"
        lab.lake.save("manifests", path.stem, manifest)
    found = verify(lab, Verify(run_id=run_id)).again
    assert found.exact
    assert len(found.changed) == 1
    assert found.changed[0].startswith("numpy 1.0 (now ")


def test_a_run_that_cannot_be_made_again_says_why(done, said):
    code, _, err = said("verify", "RUN_ID=nope")
    assert code == 2
    assert "No run is called 'nope'" in err
    run_id = backtest(done.lab(), ASK).run_id
    path = done.packs / "tiny" / "model_configs" / f"{MODEL}.yaml"
    path.write_text(path.read_text() + "\nnotes: another\n")
    assert said("verify", f"RUN_ID={run_id}")[0] == 0  # notes make no number
    path.write_text(path.read_text().replace("rounds: 20", "rounds: 21"))
    code, _, err = said("verify", f"RUN_ID={run_id}")
    assert code == 2
    assert f"{MODEL} was changed since this backtest" in err
