"""`verify` reads everything again: whatever was touched is named, with what to do about it."""

import json
import shutil

import pandas as pd
import pytest

from sigma_core.ledger import Ledger
from sigma_core.schemas import TRIALS
from sigma_core.verbs.verify import Verify, screen, verify

EVERY = {
    "bars": "bars/**/2016.parquet",
    "matrices": "matrices/**/*.parquet",
    "predictions": "predictions/**/*.parquet",
    "trials": "trials/**/*.parquet",
    "runs": "runs/**/*.parquet",
    "folds": "folds/**/*.parquet",
    "trades": "trades/**/*.parquet",
    "equity": "equity/**/*.parquet",
    "signals": "signals/**/*.parquet",
    "jobs": "jobs/*.json",
    "leak audit": "leaks/*.json",
    "recipe": "manifests/recipe-*.json",
    "series": "manifests/bars-*.json",
    "bundle's manifest": "bundles/*/manifest.json",
    "model": "bundles/*/model*",
    "ledger": "ledger/*.jsonl",
    "ledger's anchor": "ledger/*.head",
}
"""A file of every kind that a lake holds."""


def found_in(home):
    return verify(home.lab(), Verify())


def test_a_lake_as_it_was_written(done):
    found = found_in(done)
    assert found.ok, screen(found)
    assert found.faults == ()
    assert found.unkept == 0
    on_disk = {p.parts[len(done.lake.parts)] for p in done.lake.rglob("*.parquet")}
    assert on_disk <= found.read.keys()
    for kind in on_disk:
        assert found.read[kind] == len(list((done.lake / kind).rglob("*.parquet")))
    assert found.trials == len({row["trial_id"] for row in Ledger(done.lake / "ledger").rows()})
    assert "everything" in screen(found)


def test_an_empty_lake_is_whole(fresh):
    found = found_in(fresh)
    assert found.ok
    assert found.read == {}
    assert (found.trials, found.ledger_rows) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("spoil", ["flip", "cut", "empty"])
@pytest.mark.parametrize("kind", EVERY)
def test_a_touched_file_is_named_and_nothing_else(done, kind, spoil):
    path = done.one(EVERY[kind])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    kept = {"flip": content, "cut": path.read_bytes()[:-9], "empty": b""}[spoil]
    path.write_bytes(kept)
    found = found_in(done)
    assert not found.ok
    assert all(path.stem.split(".")[0] in fault.words for fault in found.faults), found.faults
    assert all(fault.hint and fault.words.endswith(".") for fault in found.faults)
    assert f"{len(found.faults)} fault" in screen(found)


def test_what_is_wrong_is_said_with_exit_code_2(done, said):
    done.one(EVERY["trades"]).write_bytes(b"")
    code, out, _ = said("verify")
    assert code == 2
    told = json.loads(out)
    assert told["ok"] is False
    assert [fault["path"] for fault in told["faults"]] == [str(done.one(EVERY["trades"]))]


def test_a_trial_that_the_ledger_never_counted(done):
    """A row smuggled into the leaderboard, sealed as the lake seals: only the ledger knows."""
    lab = done.lab()
    rows = lab.lake.frame("SELECT * EXCLUDE (pack_id, model_id) FROM trials LIMIT 1")
    rows["trial_id"] = "never_tried"
    keys = {"pack_id": "tiny", "model_id": "tiny_daily"}
    lab.lake.write(TRIALS, rows[list(TRIALS.columns)], name="smuggled", **keys)
    [fault] = found_in(done).faults
    assert "never_tried" in fault.words
    assert "not in the ledger" in fault.words
    assert "again" in fault.hint


def test_a_trial_that_was_made_to_look_better(done):
    lab, path = done.lab(), done.one(EVERY["trials"])
    keys = {"pack_id": "tiny", "model_id": "tiny_daily"}
    rows = lab.lake.part(TRIALS, **keys)
    rows = rows[rows["run_id"] == rows["run_id"].iloc[0]]
    first = rows["trial_id"].iloc[0]
    rows.loc[rows.index[0], "ev_sharpe"] = 0.9
    path.unlink()
    lab.lake.write(TRIALS, rows, name="better", **keys)
    [fault] = [f for f in found_in(done).faults if first in f.words]
    assert "differ in sharpe" in fault.words


def test_a_ledger_that_was_begun_anew_is_noticed(done):
    """Chains all gone and one written that fits the best trial alone: N would be 1."""
    lab = done.lab()
    rows = lab.ledger.rows()
    shutil.rmtree(done.lake / "ledger")
    lab = done.lab()
    lab.ledger.append(rows[:1], at=lab.now())
    words = " ".join(fault.words for fault in found_in(done).faults)
    assert "not in the ledger" in words


def test_tries_that_were_all_kept_but_counted_once(done):
    lab = done.lab()
    rows = lab.ledger.rows()
    names = sorted({row["trial_id"] for row in rows})
    shutil.rmtree(done.lake / "ledger")
    for path in (done.lake / "trials").rglob("*.parquet"):
        one = pd.read_parquet(path)
        one = one[one["trial_id"] == names[0]][list(TRIALS.columns)]
        path.unlink()
        if len(one):
            lab.lake.write(TRIALS, one, name="one", pack_id="tiny", model_id="tiny_daily")
    lab = done.lab()
    lab.ledger.append([row for row in rows if row["trial_id"] == names[0]][:1], at=lab.now())
    [fault] = found_in(done).faults
    assert f"judged among {len(names)} tries, and the ledger knows of 1" in fault.words


def test_a_file_of_another_table_or_place(done):
    path = done.one(EVERY["trades"])
    shutil.copy(path, done.lake / "trades" / "loose.parquet")
    shutil.copy(path, done.one(EVERY["folds"]).with_name("trades.parquet"))
    words = [fault.words for fault in found_in(done).faults]
    assert any("loose.parquet is damaged: no query looks there" in each for each in words)
    assert any("trades.parquet is damaged: folds has no column" in each for each in words)
    assert len(words) == 2


def test_a_bundle_without_its_manifest(done):
    done.one(EVERY["bundle's manifest"]).unlink()
    [fault] = found_in(done).faults
    assert "manifest.json is damaged: it is missing" in fault.words
