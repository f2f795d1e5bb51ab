"""Files that are none, descriptions and names that are wrong: one sentence and a hint."""

import gzip
import os

import pytest

from sigma_core.errors import BadRequest, QualityError, UnknownName
from sigma_core.fetch import bars_of

CONTENT = {
    "empty file": ("csv", b"", "cannot be read"),
    "only a header": ("csv", b"Date,Open,High,Low,Close,Volume\n", "holds no row"),
    "no stamps": ("csv", b"Open,Close\n1,1\n", "no column of stamps, only Open, Close"),
    "no closes": ("csv", b"Date,Open\n2024-01-02,1\n", "no column of closes, only Date, Open"),
    "no low": ("csv", b"Date,Open,High,Close\n2024-01-02,1,1,1\n", "no column of low"),
    "semicolons": ("csv", b"Date;Close\n2024-01-02;1\n", "between its columns"),
    "longer rows": ("csv", b"Date,Close\n2024-01-02,1,2\n2024-01-03,1,2\n", "more cells than"),
    "uneven rows": ("csv", b"Date,Close\n2024-01-02,1\n2024-01-03,1,2,3\n", "cannot be read"),
    "an open quote": ("csv", b'Date,Close\n"2024-01-02,1\n2024-01-03,1\n', "cannot be read"),
    "bytes": ("csv", bytes(range(256)), "no text in UTF-8"),
    "no Parquet": ("parquet", b"Date,Close\n2024-01-02,1\n", "cannot be read"),
    "empty Parquet": ("parquet", b"", "cannot be read"),
    "no zip": ("csv.gz", b"Date,Close\n2024-01-02,1\n", "cannot be read"),
}


@pytest.mark.parametrize("case", CONTENT)
def test_a_file_that_is_none(refused, put, case):
    ending, content, words = CONTENT[case]
    put(f"ABC_daily.{ending}", content)
    says, _ = refused("ABC")
    assert f"ABC_daily.{ending}" in says
    assert words in says


PLACES = {
    "a folder": (lambda path: path.mkdir(), "it is a folder, a pipe or a device"),
    "a pipe": (os.mkfifo, "it is a folder, a pipe or a device"),
    "a circle": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    "a dead link": (lambda path: path.symlink_to("gone"), "No such file or directory"),
}


@pytest.mark.parametrize("name", ["ABC_daily.csv", "ABC_daily.yaml", "ABC_daily.parquet"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_not_waited_at(lab, refused, put, days, place, name):
    """A description that cannot be read is not passed over: it may say what the prices are."""
    make, why = PLACES[place]
    if name.endswith("yaml"):
        put("ABC_daily.csv", days)
    make(lab.files / name)
    says, hint = refused("ABC")
    assert says == f"{name} cannot be read: {why}."
    assert "in its place" in hint


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95, 0.999])
def test_a_parquet_file_cut_off(refused, put, days, share):
    path = put("ABC_daily.parquet", days)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    says, hint = refused("ABC")
    assert "ABC_daily.parquet cannot be read" in says
    assert "cut off" in hint


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
@pytest.mark.parametrize("end", [",8", ",81.2", ",", "", "\r\n", "\n\n"])
def test_a_csv_file_cut_off_within_a_row(put, refused, days, end, ending):
    """What is left of a close may be a price too: 8, or 81.2, of 81.25."""
    lines = days.to_csv(index=False).splitlines()
    assert lines[-1].count(",") == 5
    whole = "\n".join([*lines[:-1], lines[-1].rsplit(",", 2)[0] + end])
    put("ABC_daily.csv", whole)
    if ending == "csv.gz":
        plain = put("ABC_daily.csv", whole)
        plain.with_name("ABC_daily.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    says, hint = refused("ABC")
    assert f"ABC_daily.{ending} ends within a row: '2024-02-28," in says
    assert f"has {5 if ',' in end else 4} cells, the line above it 6." in says
    assert "cut off" in hint


def test_a_csv_without_a_last_line_end_or_with_empty_ones_is_whole(lab, put, days):
    for end in ("", "\n\n", "\r\n \r\n"):
        put("ABC_daily.csv", days.to_csv(index=False).rstrip("\n") + end)
        assert len(bars_of(lab, "ABC", "daily").frame) == len(days)


YAML = {
    "columns: [": (BadRequest, "is not YAML"),
    "just words": (BadRequest, "holds no fields"),
    "stampp: start": (BadRequest, "stampp is not a field"),
    "stamp: middle": (BadRequest, "stamp is 'middle'"),
    "timezone: New York": (BadRequest, "timezone is 'New York': no such time zone"),
    "adjustment: dividends": (BadRequest, "adjustment is 'dividends'"),
    "calendar: NYSE": (BadRequest, "calendar is 'NYSE'"),
    "columns: {opne: Open}": (BadRequest, "opne"),
    "columns: {close: Clsoe}": (QualityError, "no column 'Clsoe'"),
    "adjust_by: factor": (QualityError, "no column 'factor'"),
    "symbol: ABC": (QualityError, "no column symbol"),
}


@pytest.mark.parametrize("yaml", YAML)
def test_a_description_that_is_wrong(lab, put, days, refused, yaml):
    kind, words = YAML[yaml]
    put("ABC_daily.csv", days, yaml + "\n")
    says, _ = refused("ABC")
    assert words in says
    with pytest.raises(kind):
        bars_of(lab, "ABC", "daily")


def test_a_misspelt_column_is_guessed(refused, put, days):
    put("ABC_daily.csv", days, "columns: {close: Clsoe}\n")
    assert "Did you mean Close" in refused("ABC")[1]


def test_a_symbol_that_the_file_does_not_hold(refused, put, days):
    put("ABC_daily.csv", days.assign(symbol="ABD"), "symbol: ABC\n")
    says, hint = refused("ABC")
    assert "no row of symbol 'ABC'" in says
    assert "Did you mean ABD" in hint


class TestUnknownTickers:
    """What nobody has is told with the way to bring it."""

    def test_how_to_connect_one(self, lab):
        with pytest.raises(UnknownName, match="No ticker is called 'SPY'") as error:
            bars_of(lab, "SPY", "daily")
        assert "SPY_daily.parquet (or .csv)" in error.value.hint
        assert str(lab.files) in error.value.hint

    def test_without_a_folder(self, lab):
        bare = type(lab)(packs=lab.packs, lake=lab.lake)
        with pytest.raises(UnknownName) as error:
            bars_of(bare, "IXID", "daily")
        assert "set SIGMA_FILES" in error.value.hint
        assert "Did you mean IXIC" in error.value.hint

    def test_small_letters(self, lab):
        with pytest.raises(UnknownName) as error:
            bars_of(lab, "vix", "daily")
        assert "Did you mean VIX" in error.value.hint

    @pytest.mark.parametrize("name", ["../SPY", "a/b", "", "x y", "ÄÖ", "..", "\x00"])
    def test_names_that_are_paths(self, lab, tree, name):
        with pytest.raises(UnknownName):
            bars_of(lab, name, "daily")
        assert tree() == {}

    def test_a_cadence_that_nobody_has(self, lab):
        with pytest.raises(BadRequest, match="no hourly bars of IXIC") as error:
            bars_of(lab, "IXIC", "hourly")
        assert "IXIC_hourly.parquet" in error.value.hint

    def test_a_provider_that_is_not_there(self, lab):
        with pytest.raises(UnknownName, match="simple") as error:
            bars_of(lab, "IXIC", "daily", provider="simple")
        assert "sample" in error.value.hint
