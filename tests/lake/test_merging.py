"""Of rows made twice the later counts, and merging files changes no row."""

import time
from threading import Thread

import pandas as pd
import pytest

from sigma_core.lake import Lake, _reader
from sigma_core.schemas import (
    BARS,
    EQUITY,
    RUNS,
    SIGNALS,
    TRADES,
    TRIALS,
    tables,
)

MERGED = [table for table in tables() if table.kept != "by_name"]


def named(table):
    return table.name


def trial(row_of, trial_id, run_id, day, **changes):
    made_at = pd.Timestamp(f"2024-03-{day:02d}", tz="UTC")
    return row_of(TRIALS, trial_id=trial_id, run_id=run_id, made_at=made_at, **changes)


def test_of_a_trial_made_twice_the_later_counts(lake, row_of):
    keys = {"pack_id": "p", "model_id": "m"}
    first = pd.concat([trial(row_of, "t1", "sweep-a", 1), trial(row_of, "t2", "sweep-a", 1)])
    lake.write(TRIALS, first.assign(sweep_id="sweep-a"), name="sweep-a", **keys)
    assert len(lake.trials()) == 2
    lake.write(TRIALS, trial(row_of, "t1", "run-b", 2, sweep_id=None), name="run-b", **keys)
    assert {(t["trial_id"], t["run_id"]) for t in lake.trials()} == {
        ("t1", "run-b"),
        ("t2", "sweep-a"),
    }
    assert [t["trial_id"] for t in lake.trials(run_id="run-b")] == ["t1"]
    assert len(lake.trials(sweep_id="sweep-a", model_id="m")) == 2
    assert lake.trials(model_id="n") == []


def test_only_new_files_are_read_again(lake, row_of, keys_of, monkeypatch):
    read = []
    decode = _reader.decode
    monkeypatch.setattr(
        _reader, "decode", lambda table, path: read.append(path.stem) or decode(table, path)
    )
    for name in ("a", "b"):
        lake.write(TRIALS, row_of(TRIALS, trial_id=name), name=name, **keys_of(TRIALS))
    assert (len(lake.trials()), read) == (2, ["a", "b"])
    lake.write(TRIALS, row_of(TRIALS, trial_id="c"), name="c", **keys_of(TRIALS))
    assert (len(lake.trials()), len(lake.trials()), read) == (3, 3, ["a", "b", "c"])


@pytest.mark.slow
@pytest.mark.parametrize("table", MERGED, ids=named)
def test_merging_changes_no_row(lake, row_of, table):
    for i in range(6):
        rows = row_of(table).assign(**{next(iter(table.columns)): f"id{i}"})
        lake.write(table, rows, name=f"n{i}", pack_id=f"p{i % 2}", model_id="m")
    asked = f"SELECT * FROM {table.name} ORDER BY ALL"
    before = lake.rows(asked)
    assert lake.compact(table) == 6
    assert lake.rows(asked) == Lake(lake.root).rows(asked) == before
    assert len(list((lake.root / table.name).rglob("*.parquet"))) == 2
    assert lake.compact(table) == 0


@pytest.mark.parametrize("table", [RUNS, EQUITY], ids=named)
def test_a_merge_that_was_stopped_counts_no_row_twice(lake, row_of, keys_of, table):
    paths = [lake.write(table, row_of(table), name=f"n{i}", **keys_of(table)) for i in range(3)]
    content = {path: path.read_bytes() for path in paths}
    lake.compact(table)
    for path in paths[:2]:  # as if it had been killed while it took the small files away
        path.write_bytes(content[path])
    count = f"SELECT count(*) AS n FROM {table.name}"
    assert lake.rows(count) == Lake(lake.root).rows(count) == [{"n": 3}]
    lake.write(table, row_of(table), name="n9", **keys_of(table))
    assert lake.rows(count) == [{"n": 4}]
    assert lake.compact(table) == 4
    assert lake.rows(count) == [{"n": 4}]


def test_what_is_read_by_name_is_not_merged(lake):
    with pytest.raises(ValueError, match="bars are read by name"):
        lake.compact(BARS)


@pytest.mark.slow
@pytest.mark.parametrize("table", [SIGNALS, TRADES], ids=named)
def test_threads_see_every_row_once_while_files_are_merged(lake, row_of, keys_of, table):
    seen, wrong = [], []
    lake.write(table, row_of(table), **keys_of(table))

    def look():
        while not wrong and (not seen or seen[-1] < 25):
            time.sleep(0.01)
            try:
                seen.append(lake.rows(f"SELECT count(*) AS n FROM {table.name}")[0]["n"])
            except Exception as error:  # noqa: BLE001  a thread's error would be lost
                wrong.append(error)

    readers = [Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    writer = Lake(lake.root)
    for i in range(24):
        writer.write(table, row_of(table), **keys_of(table))
        if i % 6 == 5:
            writer.compact(table)
    for reader in readers:
        reader.join()
    assert wrong == []
    assert seen[-1] == max(seen) == 25
