"""Tables: what goes in comes out, by name and by SQL, whoever has merged files meanwhile."""

import signal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from sigma_core.errors import BadRequest, QualityError, UnknownName
from sigma_core.lake import Lake
from sigma_core.lake._parquet import encode
from sigma_core.schemas import (
    BARS,
    EQUITY,
    MATRICES,
    PREDICTIONS,
    RUNS,
    TRADES,
    TRIALS,
    tables,
)

QUERIED = [table for table in tables() if not table.wide]
ODD = [
    "BRK/B",
    "..",
    ".",
    "a b",
    "Ünï",
    "x'y",
    "%2F",
    "+x",
    "a=b",
    "2024",
    'say "so"',
    "*",
    "ß" * 30,
]


def named(table):
    return table.name


@pytest.mark.parametrize("table", QUERIED, ids=named)
def test_an_empty_lake_answers_with_typed_columns(lake, table):
    frame = lake.frame(f"SELECT * FROM {table.name}")
    assert list(frame.columns) == [*table.keys, *table.columns]
    assert len(frame) == 0
    assert not lake.root.exists()


def test_an_empty_lake_has_no_names(lake):
    assert lake.trials(model_id="x") == []
    assert lake.bundles() == lake.names("jobs") == list(lake.damages()) == []
    assert len(lake.part(BARS, provider="p", ticker="t", cadence="daily")) == 0
    assert not lake.holds(MATRICES, "x")


@pytest.mark.parametrize("table", tables(), ids=named)
def test_rows_come_back_by_name_as_they_were(full, row_of, table):
    there, back = row_of(table), full.read(table, "one")
    pd.testing.assert_frame_equal(back[there.columns], there, check_dtype=False)
    for name, kind in table.columns.items():
        if kind.startswith("instant"):
            assert str(back[name].dtype) == "datetime64[us, UTC]"


@pytest.mark.slow
@pytest.mark.parametrize("table", QUERIED, ids=named)
def test_rows_come_back_by_sql_with_their_keys(full, row_of, keys_of, table):
    [row] = full.rows(f"SELECT * FROM {table.name}")
    assert {key: row[key] for key in table.keys} == keys_of(table)
    for name in table.columns:
        assert row[name] == row_of(table)[name].iloc[0]


@pytest.mark.slow
@pytest.mark.parametrize("table", tables(), ids=named)
def test_what_may_be_missing_comes_back_as_none(lake, row_of, keys_of, table):
    optional = [name for name, kind in table.columns.items() if kind.endswith("?")]
    if table is MATRICES:
        optional.remove("y")  # only where the row is not trained on
    lake.write(table, row_of(table, **dict.fromkeys(optional)), name="x", **keys_of(table))
    assert lake.read(table, "x")[optional].isna().all(axis=None)
    if not table.wide and optional:
        [row] = lake.rows(f"SELECT * FROM {table.name}")
        assert {row[name] for name in optional} == {None}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, name)
        for table in tables()
        for name, kind in table.columns.items()
        if kind in ("text", "number", "instant", "day")
    ],
    ids=lambda x: x if isinstance(x, str) else x.name,
)
def test_what_may_not_be_missing_is_refused_by_name(lake, row_of, keys_of, table, column):
    with pytest.raises(QualityError, match=f"{table.name}: column {column} "):
        lake.write(table, row_of(table, **{column: None}), **keys_of(table))
    assert not lake.root.exists()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"kind": None}, "runs: column kind misses a value, first in row 0."),
        ({"made_at": "soon"}, "runs: column made_at does not hold instants, first in row 0."),
        ({"colour": 1}, "runs: column colour is not known."),
    ],
)
def test_a_breach_is_one_sentence(lake, row_of, rows, says):
    with pytest.raises(QualityError) as refused:
        lake.write(RUNS, row_of(RUNS, **rows), pack_id="p", model_id="m")
    assert str(refused.value) == says


def test_a_missing_column_is_named(lake, row_of):
    with pytest.raises(QualityError, match="column facts is missing"):
        lake.write(RUNS, row_of(RUNS).drop(columns="facts"), pack_id="p", model_id="m")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"low": 10.5}, "low must be the lowest"),
        ({"high": 10.5}, "high the highest"),
        ({"low": -1.0}, "prices must be above 0"),
    ],
)
def test_bars_whose_prices_do_not_nest_are_refused(lake, row_of, keys_of, change, says):
    with pytest.raises(QualityError, match=says):
        lake.write(BARS, row_of(BARS, **change), **keys_of(BARS))


def test_bars_out_of_order_are_refused(lake, row_of, keys_of):
    twice = pd.concat([row_of(BARS), row_of(BARS)])
    with pytest.raises(QualityError, match="bars must be in time order, once each"):
        lake.write(BARS, twice, **keys_of(BARS))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": None}, "a row without a label cannot be trained on"),
        ({"t1": pd.Timestamp("2024-03-08 21:00", tz="UTC")}, "known only after its row"),
        ({"rsi_14": float("inf")}, "not infinite"),
        ({"rsi_14": "high"}, "features must be numbers"),
    ],
)
def test_a_matrix_that_would_mislead_is_refused(lake, row_of, keys_of, change, says):
    with pytest.raises(QualityError, match=says):
        lake.write(MATRICES, row_of(MATRICES, **change), **keys_of(MATRICES))


def test_the_keys_must_be_the_tables_own(lake, row_of):
    with pytest.raises(TypeError, match="runs is split by"):
        lake.write(RUNS, row_of(RUNS), model_id="m")


def test_a_file_written_twice_under_its_name_is_there_once(lake, row_of, keys_of):
    for _ in range(2):
        lake.write(RUNS, row_of(RUNS), name="same", **keys_of(RUNS))
    lake.write(RUNS, row_of(RUNS), **keys_of(RUNS))
    assert lake.rows("SELECT count(*) AS n FROM runs") == [{"n": 2}]


def test_a_query_is_stopped_by_who_stops_the_process(lake):
    """On a busy machine DuckDB sometimes works on to the end of the query before it says so."""

    def stop(*_):
        raise KeyboardInterrupt

    lake.rows("SELECT 1")
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            lake.rows("SELECT sum(range) FROM range(500000000)")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert lake.rows("SELECT 1 AS n") == [{"n": 1}]


def test_an_unknown_name_is_said(lake):
    with pytest.raises(UnknownName, match="matrices"):
        lake.read(MATRICES, "deadbeef")


@pytest.mark.parametrize("name", ODD)
def test_no_name_leaves_its_folder(lake, row_of, name):
    lake.write(RUNS, row_of(RUNS, run_id=name), name=name, pack_id=name, model_id=name)
    lake.write(PREDICTIONS, row_of(PREDICTIONS), name=name, pack_id=name, model_id=name)
    lake.save("manifests", name, {"it": name})
    lake.save_bundle(name, {name: b"model"}, {})
    lake.export(name, "text")
    where = "SELECT run_id, pack_id, model_id FROM runs WHERE pack_id = $name AND run_id = $name"
    assert lake.rows(where, name=name) == [{"run_id": name, "pack_id": name, "model_id": name}]
    assert lake.holds(PREDICTIONS, name)
    assert lake.load("manifests", name) == {"it": name}
    assert (lake.names("manifests"), lake.bundles()) == ([name], [name])
    assert lake.load_bundle(name)[0] == {name: b"model"}
    files = [path for path in lake.root.parent.rglob("*") if path.is_file()]
    assert len(files) == 6
    assert {path.relative_to(lake.root).parts[0] for path in files} == {
        "runs", "predictions", "manifests", "bundles", "exports",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", "x" * 300, "a\udce4b", "ü" * 40])
def test_a_name_that_no_file_can_bear_is_refused(lake, name):
    with pytest.raises(BadRequest, match="name"):
        lake.load("manifests", name)


def test_a_part_is_replaced_whole(lake, row_of, keys_of):
    keys = keys_of(BARS)
    year = {n: row_of(BARS, ts=pd.Timestamp(f"{n}-03-08 21:00", tz="UTC")) for n in (2022, 2023)}
    lake.replace(BARS, {str(n): rows for n, rows in year.items()}, **keys)
    assert lake.part(BARS, **keys)["ts"].dt.year.tolist() == [2022, 2023]
    with pytest.raises(QualityError):
        lake.replace(BARS, {"2024": row_of(BARS, low=99.0)}, **keys)
    assert len(lake.part(BARS, **keys)) == 2
    lake.replace(BARS, {"2023": year[2023].assign(volume=7.0)}, **keys)
    assert lake.part(BARS, **keys)["volume"].tolist() == [7.0]
    lake.remove(BARS, **keys)
    lake.remove(BARS, **keys)
    assert lake.rows("SELECT * FROM bars") == []


def put_file(lake: Lake, table, rows: pa.Table) -> Path:
    folder = lake.root / table.name / "/".join(f"{key}=some_{key}" for key in table.keys)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "other_version.parquet"
    path.write_bytes(encode(rows))
    return path


@pytest.mark.parametrize("table", [TRIALS, TRADES, BARS], ids=named)
def test_files_of_an_older_version_are_read(lake, row_of, keys_of, table):
    optional = [name for name, kind in table.columns.items() if kind == "number?"]
    old = pa.Table.from_pandas(row_of(table).drop(columns=optional), preserve_index=False)
    put_file(lake, table, old)
    [row] = lake.rows(f"SELECT * FROM {table.name}")
    assert {row[name] for name in optional} == {None}
    assert lake.part(table, **keys_of(table))[optional].isna().all(axis=None)
    lake.write(table, row_of(table), **keys_of(table))
    assert lake.rows(f"SELECT count({optional[0]}) AS n FROM {table.name}") == [{"n": 1}]


@pytest.mark.parametrize("table", [RUNS, EQUITY], ids=named)
def test_files_of_a_newer_version_are_read(lake, row_of, table):
    put_file(lake, table, pa.Table.from_pandas(row_of(table, mood=1.0), preserve_index=False))
    assert lake.rows(f"SELECT run_id FROM {table.name}") == [{"run_id": "word"}]
