"""Lakes of older and newer versions: read, or refused with what to do, and brought up to date."""

import json
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

from sigma_core.errors import Outdated
from sigma_core.lake import Lake
from sigma_core.lake._parquet import encode, whole_rows
from sigma_core.schemas import TRIALS, Table, tables
from sigma_core.verbs.db_migrate import DbMigrate, db_migrate
from sigma_core.verbs.verify import Verify, verify

READS = {
    "trials": (("leaderboard",), ("sweeps",), ("export", "WHAT=trials")),
    "runs": (("runs_backtest",), ("runs_train",)),
    "folds": (("export", "WHAT=folds"),),
    "trades": (("export", "WHAT=trades"),),
    "equity": (("export", "WHAT=equity"),),
    "sweep_evidence": (("leaderboard",), ("evidence", "MODEL_ID=tiny_daily", "ROUNDS=100")),
    "trial_evidence": (("leaderboard",), ("evidence", "MODEL_ID=tiny_daily", "ROUNDS=100")),
    "noise": (("noise_floors",),),
    "signals": (("signals",), ("alerts", "MODEL_ID=tiny_daily")),
    "bars": (("preview", "MODEL_ID=tiny_daily"),),
    "matrices": (("backtest", "MODEL_ID=tiny_daily", "THRESHOLDS=0.40", "SPLITS=3"),),
    "predictions": (("backtest", "MODEL_ID=tiny_daily", "THRESHOLDS=0.40", "SPLITS=3"),),
}
"""Verbs that read a table; no verb puts option chains into the lake yet."""
HELD = [table for table in tables() if table.name in READS]


def without(folder: Path, *columns: str, **renamed: str) -> None:
    """Make a table's files what a version without some columns would have written."""
    for path in folder.rglob("*.parquet"):
        rows = whole_rows(path)
        gone = [name for name in columns if name in rows.column_names]
        names = [renamed.get(name, name) for name in rows.column_names if name not in gone]
        path.write_bytes(encode(rows.drop_columns(gone).rename_columns(names)))


def held(root: Path) -> dict[str, bytes]:
    folders = [root / table.name for table in tables()]
    return {str(p): p.read_bytes() for f in folders for p in f.rglob("*.parquet")}


def named(table: Table) -> str:
    return table.name


@pytest.mark.slow
@pytest.mark.parametrize("table", [t for t in HELD if not t.wide], ids=named)
def test_files_without_what_may_be_missing_are_read(done, said, table):
    optional = [name for name, kind in table.columns.items() if kind.endswith("?")]
    without(done.lake / table.name, *optional)
    for words in READS[table.name]:
        if table.name == "bars" and optional:
            continue  # bars without opens are close-only, and refused as such
        code, _, err = said(*words)
        assert code == 0, err
    found = verify(done.lab(), Verify())
    assert found.ok or {"trials"} == {fault.path.split()[0][:6] + "s" for fault in found.faults}


@pytest.mark.slow
@pytest.mark.parametrize("table", HELD, ids=named)
def test_each_column_that_may_not_be_missing(done, table):
    """The file is refused by name with what to do, whichever way it is read."""
    path = done.one(f"{table.name}/**/*.parquet")
    rows = whole_rows(path)
    for column in [name for name, kind in table.columns.items() if not kind.endswith("?")]:
        path.write_bytes(encode(rows.drop_columns([column])))
        lake = Lake(done.lake)
        read = partial(lake.read, table) if table.wide else lake.rows
        asked = path.stem if table.wide else f"SELECT * FROM {table.name}"
        with pytest.raises(Outdated, match=f"has no column {column}") as told:
            read(asked)
        assert str(path) in str(told.value)
        assert "make db-migrate" in told.value.hint


@pytest.mark.slow
@pytest.mark.parametrize("name", READS)
def test_a_lake_without_a_needed_column_works_again_after_db_migrate(done, said, name):
    table = next(table for table in tables() if table.name == name)
    needed = [n for n, kind in table.columns.items() if not kind.endswith("?")]
    without(done.lake / name, needed[-1])
    code, _, err = said(*READS[name][0])
    assert (code, "older version" in err, "make db-migrate" in err) == (2, True, True), err
    assert not verify(done.lab(), Verify()).ok
    code, out, err = said("db-migrate")
    assert code == 0, err
    steps = json.loads(out)["steps"]
    assert steps
    assert {step["fate"] for step in steps} == {"aside"}
    assert list((done.lake / "old" / name).rglob("*.parquet"))
    for words in READS[name]:
        code, _, err = said(*words)
        assert code == 0 or "nothing to export" in err.lower(), err
    assert verify(done.lab(), Verify()).ok


@pytest.mark.slow
def test_a_column_under_its_former_name(done, said):
    """Trades once called `exit_price_raw` `exit_raw`."""
    before = Lake(done.lake).rows("SELECT exit_price_raw FROM trades ORDER BY entry_ts")
    without(done.lake / "trades", exit_price_raw="exit_raw")
    assert said("export", "WHAT=trades")[0] == 2
    code, out, _ = said("db-migrate")
    assert code == 0
    assert {step["fate"] for step in json.loads(out)["steps"]} == {"rewrite"}
    assert Lake(done.lake).rows("SELECT exit_price_raw FROM trades ORDER BY entry_ts") == before
    assert before


def test_what_older_rows_mean_is_filled_in(tmp_path, monkeypatch):
    today = Table("moods", ("k",), {"a": "whole", "mood": "text"}, before={"mood": "calm"})
    monkeypatch.setattr("sigma_core.lake._renew.tables", lambda: (today,))
    path = tmp_path / "moods" / "k=x" / "one.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(encode(pa.table({"a": [1, 2]}), replaces=["zero.parquet"]))
    lake = Lake(tmp_path)
    for old in list(lake.outdated()):
        lake.renew(old)
    assert lake.part(today, k="x").to_dict("list") == {"a": [1, 2], "mood": ["calm", "calm"]}
    assert list(lake.outdated()) == []
    assert b"zero.parquet" in path.read_bytes(), "what it stands for was lost"


def test_a_dry_run_changes_nothing_and_says_the_same(done):
    optional = [name for name, kind in TRIALS.columns.items() if kind == "number?"]
    without(done.lake / "trials", *optional)
    without(done.lake / "runs", "facts")
    before = held(done.lake)
    lab = done.lab()
    told = db_migrate(lab, DbMigrate(dry_run=True))
    assert held(done.lake) == before
    assert not told.done
    assert "would be" in told.words
    assert {step.fate for step in told.steps} == {"rewrite", "aside"}
    assert db_migrate(lab, DbMigrate()).steps == told.steps
    assert held(done.lake) != before
    again = db_migrate(lab, DbMigrate())
    assert again.steps == ()
    assert "Nothing to migrate" in again.words


def test_stopped_half_way_it_is_run_again(done, monkeypatch):
    optional = [name for name, kind in TRIALS.columns.items() if kind == "number?"]
    without(done.lake / "trials", *optional)
    lab, calls = done.lab(), []

    def stop(done_, total, note=""):
        calls.append(note)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        db_migrate(lab, DbMigrate(), stop)
    left = len(list(lab.lake.outdated()))
    assert left >= 1
    assert len(db_migrate(lab, DbMigrate()).steps) == left
    assert list(lab.lake.outdated()) == []


def test_a_newer_version_is_left_alone(done, said):
    folder = done.lake / "runs"
    for path in folder.rglob("*.parquet"):
        rows = whole_rows(path)
        path.write_bytes(encode(rows.append_column("mood", pa.nulls(len(rows), pa.string()))))
    before = held(done.lake)
    told = db_migrate(done.lab(), DbMigrate())
    assert {step.fate for step in told.steps} == {"newer"}
    assert all("mood" in step.words and "left alone" in step.words for step in told.steps)
    assert said("compact")[0] == 0
    assert {path: held(done.lake)[path] for path in before if "/runs/" in path} == {
        path: content for path, content in before.items() if "/runs/" in path
    }
    assert said("runs_backtest")[0] == 0


@pytest.mark.slow
def test_documents_of_another_version_are_set_aside(done, said):
    lake = Lake(done.lake)
    lake.save("jobs", "from-the-past", {"job_id": "from-the-past", "colour": "blue"})
    files, manifest = lake.load_bundle(lake.bundles()[0])
    manifest.pop("files")
    manifest["bundle"].pop("verdict", None)
    manifest["bundle"].pop("status")
    lake.save_bundle("tiny_daily-old", files, manifest)
    told = db_migrate(done.lab(), DbMigrate())
    assert {Path(step.path).name for step in told.steps} == {"from-the-past.json", "tiny_daily-old"}
    assert "tiny_daily-old" not in lake.bundles()
    assert (done.lake / "old" / "bundles" / "tiny_daily-old" / "manifest.json").exists()
    assert said("alerts", "MODEL_ID=tiny_daily")[0] == 0


def test_there_is_no_database_and_it_says_so(fresh, said, monkeypatch):
    """The guides: "If password errors, set `DB_*` or `DATABASE_URL` correctly"."""
    code, out, _ = said("db-migrate")
    assert code == 0
    assert json.loads(out)["words"].startswith("No database")
    monkeypatch.setenv("DATABASE_URL", "postgres://me:secret@host/db")
    code, out, _ = said("db-migrate")
    assert code == 0
    assert "DATABASE_URL is set and not read" in out
    assert "secret" not in out
