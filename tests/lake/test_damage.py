"""Damage: whatever happens to a file, it is named, and nothing is made of what it holds."""

import os
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sigma_core.errors import Damaged, SigmaError
from sigma_core.lake import Lake
from sigma_core.schemas import BARS, MATRICES, TRIALS, tables


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def some_bits(content: bytes, count: int = 60) -> list[int]:
    """Bits all over a file, its first and last bytes among them."""
    bits = len(content) * 8
    step = max(1, bits // count)
    return sorted({*range(0, bits, step + step % 2 + 1), 0, bits - 1})


def the_file(lake: Lake, table) -> Path:
    [path] = (lake.root / table.name).rglob("*.parquet")
    return path


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_a_flipped_bit_in_any_table_is_noticed(full, table):
    path = the_file(full, table)
    content = path.read_bytes()
    for bit in some_bits(content):
        path.write_bytes(flipped(content, bit))
        with pytest.raises(Damaged, match=r"one.parquet is damaged"):
            full.read(table, "one")
    path.write_bytes(content)
    assert len(full.read(table, "one")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("table", [t for t in tables() if not t.wide], ids=lambda t: t.name)
def test_a_query_over_a_damaged_file_names_it(full, table):
    path = the_file(full, table)
    content = path.read_bytes()
    path.write_bytes(flipped(content, len(content) * 4))
    for lake in (full, Lake(full.root)):
        with pytest.raises(Damaged, match=r"one.parquet is damaged: its content"):
            lake.rows(f"SELECT * FROM {table.name}")
    others = [t.name for t in tables() if not t.wide and t is not table]
    assert all(full.rows(f"SELECT count(*) AS n FROM {name}") == [{"n": 1}] for name in others)
    path.unlink()
    assert full.rows(f"SELECT * FROM {table.name}") == []


@pytest.mark.parametrize("table", [BARS, MATRICES, TRIALS], ids=lambda table: table.name)
@pytest.mark.parametrize("kept", [0, 1, 4, 200, -1], ids=lambda kept: f"first {kept}")
def test_a_file_that_was_cut_off_is_named(full, table, kept):
    path = the_file(full, table)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(Damaged, match=r"one.parquet is damaged") as told:
        full.read(table, "one")
    assert str(path) in told.value.hint


def test_a_file_from_elsewhere_is_refused(full, row_of):
    rows = pa.Table.from_pandas(row_of(TRIALS), preserve_index=False)
    parquet.write_table(rows, the_file(full, TRIALS).with_name("theirs.parquet"))
    with pytest.raises(Damaged, match=r"theirs.parquet is damaged: .* not written by the lake"):
        full.trials()


def test_a_flipped_bit_in_a_document_is_noticed(full):
    path = full.root / "manifests" / "one.json"
    content = path.read_bytes()
    for bit in range(0, len(content) * 8, 7):
        path.write_bytes(flipped(content, bit))
        try:
            assert full.load("manifests", "one") == {"a": 1, "b": [0.5, None, "x"]}, bit
        except Damaged as told:
            assert "one.json is damaged" in str(told)  # noqa: PT017  blanks may differ, content not


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"{}", b'{"sha256": 1}', b"\xff"])
def test_what_is_no_document_is_named(full, content):
    (full.root / "manifests" / "one.json").write_bytes(content)
    with pytest.raises(Damaged, match=r"one.json is damaged"):
        full.load("manifests", "one")


def test_a_document_holds_what_json_holds(lake):
    lake.save("jobs", "x", {"n": 1, "deep": {10: [1, 2.5, None, True], 9: "nine"}, "é": "ü"})
    assert lake.load("jobs", "x") == {
        "n": 1, "deep": {"10": [1, 2.5, None, True], "9": "nine"}, "é": "ü",
    }  # fmt: skip
    with pytest.raises(ValueError, match="JSON compliant"):
        lake.save("jobs", "y", {"n": float("nan")})
    assert lake.names("jobs") == ["x"]


def test_names_come_newest_first(lake):
    for at, name in enumerate(["b", "a", "c"]):
        path = lake.save("manifests", name, {})
        os.utime(path, (at, at))
    assert lake.names("manifests") == ["c", "a", "b"]


@pytest.mark.parametrize("file", ["model.ubj", "manifest.json"])
def test_a_damaged_bundle_is_not_loaded(full, file):
    path = full.root / "bundles" / "one" / file
    content = path.read_bytes()
    for damage in (flipped(content, 99), content[:-1], b""):
        path.write_bytes(damage)
        with pytest.raises(Damaged, match=f"{file} is damaged"):
            full.load_bundle("one")
    path.write_bytes(content)
    files, manifest = full.load_bundle("one")
    assert files == {"model.ubj": b"\x00trees\xff" * 20}
    assert manifest["features"] == ["rsi_14"]
    assert manifest["files"]["model.ubj"]["bytes"] == 140


def test_a_file_missing_from_a_bundle_is_named(full):
    (full.root / "bundles" / "one" / "model.ubj").unlink()
    with pytest.raises(Damaged, match=r"model.ubj is damaged"):
        full.load_bundle("one")


def test_a_folder_where_a_file_should_be_is_named(full):
    bundle = full.root / "bundles" / "one"
    for path, read in (
        (the_file(full, TRIALS), lambda: full.rows("SELECT * FROM trials")),
        (the_file(full, MATRICES), lambda: full.read(MATRICES, "one")),
        (full.root / "manifests" / "one.json", lambda: full.load("manifests", "one")),
        (bundle / "model.ubj", lambda: full.load_bundle("one")),
        (bundle / "manifest.json", lambda: full.load_bundle("one")),
    ):
        path.unlink()
        path.mkdir()
        with pytest.raises(Damaged, match=f"{path.name} is damaged"):
            read()


def test_a_bundle_is_never_changed(full):
    with pytest.raises(FileExistsError):
        full.save_bundle("one", {"model.ubj": b"other"}, {})
    assert full.load_bundle("one")[0]["model.ubj"] == b"\x00trees\xff" * 20
    assert not list((full.root / "staging").iterdir())


def test_all_damage_of_a_lake_is_listed(full):
    assert list(full.damages()) == []
    broken = [
        the_file(full, BARS),
        full.root / "manifests" / "one.json",
        full.root / "bundles" / "one" / "model.ubj",
    ]
    for path in broken:
        path.write_bytes(b"x")
    assert [str(path) in str(told) for path, told in zip(broken, full.damages(), strict=True)]


def test_a_disk_that_refuses_is_said_in_words(lake, row_of, keys_of):
    lake.root.mkdir()
    (lake.root / "trials").write_text("a file where a folder should be")
    with pytest.raises(SigmaError, match=r"cannot be written: .*\.$") as told:
        lake.write(TRIALS, row_of(TRIALS), **keys_of(TRIALS))
    assert "SIGMA_LAKE" in told.value.hint
    assert not list((lake.root / "staging").iterdir())
