"""Chains and option bars out of users' files: layouts, refusals, what the lake then holds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.errors import BadRequest, QualityError, UnknownName
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.option_market import chains_of, option_bars_of
from tests.options.chains import DAY, raw


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """An empty lake and an empty folder of files."""
    (tmp_path / "files").mkdir()
    return Lab(packs=tmp_path, lake=Lake(tmp_path / "lake"), files=tmp_path / "files")


def put(lab: Lab, name: str, table: pd.DataFrame, yaml: str = "") -> None:
    path = lab.files / name
    table.to_parquet(path) if path.suffix == ".parquet" else table.to_csv(path, index=False)
    if yaml:
        path.with_suffix(".yaml").write_text(yaml)


def test_a_chain_is_stored_and_read_back_as_it_was(lab):
    put(lab, "XSP_chains.parquet", raw())
    fresh = chains_of(lab, "XSP", keep=False)
    assert not lab.lake.root.exists()
    first, again = chains_of(lab, "XSP"), chains_of(lab, "XSP")
    pd.testing.assert_frame_equal(first.rows, again.rows)
    pd.testing.assert_frame_equal(fresh.rows, again.rows)
    assert fresh.findings == again.findings
    assert first.about["sessions"] == ["2024-05-06"]
    assert again.rows["symbol"].iloc[0] == "XSP240506C00080000"
    assert len(lab.lake.frame("SELECT * FROM chains WHERE ticker = 'XSP'")) == len(again.rows)


def test_a_changed_file_is_read_anew_and_a_session_that_went_is_gone(lab):
    morrow = DAY + pd.Timedelta(days=1)
    both = pd.concat([raw(), raw(session=morrow)])
    put(lab, "XSP_chains.csv", both)
    assert len(chains_of(lab, "XSP").about["sessions"]) == 2
    assert set(chains_of(lab, "XSP", start=morrow.date()).rows["session"]) == {morrow}
    put(lab, "XSP_chains.csv", raw(session=morrow))
    assert set(chains_of(lab, "XSP").rows["session"]) == {morrow}
    assert len(lab.lake.frame("SELECT DISTINCT session FROM chains")) == 1


def test_a_yaml_names_columns_and_says_that_the_date_is_the_day_after(lab):
    table = raw().rename(columns={"open_interest": "OI", "session": "when"})
    table["when"] += pd.Timedelta(days=1)
    said = "columns: {open_interest: OI, session: when}\ndated: next_session\nsettle: AM\n"
    put(lab, "XSP_chains.csv", table, said)
    found = chains_of(lab, "XSP")
    assert found.about["sessions"] == ["2024-05-06"]
    assert (found.rows["open_interest"] == 500).all()
    assert set(found.rows["settle"]) == {"AM"}


def test_symbols_of_the_occ_are_read(lab):
    rows = raw(expirations=("2024-06-28",))
    day, mills = rows["expiration"].dt.strftime("%y%m%d"), (rows["strike"] * 1000).astype(int)
    occ = "XSP   " + day + rows["right"] + mills.map("{:08d}".format)
    bare = rows.drop(columns=["root", "expiration", "strike", "right"]).assign(symbol=occ)
    put(lab, "XSP_chains.csv", bare, "columns: {occ: symbol}\n")
    found = chains_of(lab, "XSP").rows
    assert len(found) == len(rows)
    assert set(found["strike"]) == set(rows["strike"])


@pytest.mark.parametrize(
    ("table", "yaml", "error", "words"),
    [
        (raw().drop(columns="strike"), "", QualityError, "no column of strike"),
        (raw(), "columns: {strik: K}\n", BadRequest, "'strik', which is none of ours"),
        (raw(), "columns: {strike: K}\n", QualityError, "no column 'K'"),
        (raw(symbol="SPX"), "", QualityError, "no row of symbol 'XSP'"),
        (raw().astype({"bid": str}).assign(bid="x"), "", QualityError, "bid is 'x', no number"),
        (raw(), "stamps: end\n", BadRequest, "stamps"),
    ],
)
def test_what_cannot_be_read_is_refused(lab, table, yaml, error, words):
    put(lab, "XSP_chains.csv", table, yaml)
    with pytest.raises(error, match=words):
        chains_of(lab, "XSP")
    assert not lab.lake.root.exists()


def test_who_has_no_chains_says_so(lab):
    with pytest.raises(BadRequest, match="Provider sample has no chains"):
        chains_of(lab, "SPX", provider="sample")
    with pytest.raises(UnknownName, match="'XYZ'") as refused:
        chains_of(lab, "XYZ")
    assert "XYZ_chains.parquet" in refused.value.hint


class TestBars:
    def table(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "ts": pd.to_datetime(
                    ["2024-07-03 13:30", "2024-07-03 16:59", "2024-07-03 17:00"], utc=True
                ),
                "occ": "O:SPY240703C00545000",
                "open": 1.0, "high": 1.2, "low": 0.9, "close": 1.1, "volume": [5, 6, 7],
            }
        )  # fmt: skip

    def test_start_stamps_become_closes_and_the_half_day_ends_at_one(self, lab):
        put(lab, "SPY_1m_options.parquet", self.table(), "stamp: start\n")
        found = option_bars_of(lab, "SPY", "1m")
        assert [f"{ts:%H:%M}" for ts in found.rows["ts"]] == ["13:31", "17:00"]
        assert found.about["notes"] == ["1 option bars outside the session, left out."]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"high": np.inf}, "no proper prices"),
            ({"volume": -1.0}, "no proper volume or vwap"),
            ({"vwap": 0.0}, "no proper volume or vwap"),
            ({"occ": "SPY240703X00545000"}, "unreadable contracts"),
        ],
    )
    def test_a_bar_that_none_is_is_left_out_and_told(self, lab, change, words):
        table = self.table().iloc[[0, 1]]
        table = table.astype({"volume": float}).assign(vwap=1.0)
        for name, value in change.items():
            table.loc[0, name] = value
        put(lab, "SPY_1m_options.parquet", table, "stamp: start\n")
        found = option_bars_of(lab, "SPY", "1m")
        assert (len(found.rows), found.about["notes"]) == (1, [f"1 option bars {words}, left out."])

    def test_misshapen_and_expired_bars_are_told(self, lab):
        table = self.table().iloc[[0] * 4].reset_index(drop=True)
        table["occ"] = [
            "SPY240703C00545000", "SPY240703C00545000", "SPY240702C00545000", "SPY240703P00545000",
        ]  # fmt: skip
        table.loc[3, "low"] = 2.0
        put(lab, "SPY_1m_options.csv", table, "stamp: start\n")
        found = option_bars_of(lab, "SPY", "1m")
        assert len(found.rows) == 1
        assert found.about["notes"] == [
            "1 option bars no proper prices, left out.",
            "1 option bars of an expired contract, left out.",
            "1 option bars given twice, left out.",
        ]

    @pytest.mark.slow
    def test_real_same_day_options(self, lab, shared_data):
        source = shared_data / "spy_0dte_option_1m_2024.parquet"
        (lab.files / "SPY_1m_options.parquet").symlink_to(source)
        (lab.files / "SPY_1m_options.yaml").write_text("stamp: start\n")
        found = option_bars_of(lab, "SPY", "1m")
        assert found.about["sessions"] == ["2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05"]
        assert (found.rows["expiration"] == found.rows["session"]).all()
        last = found.rows.groupby("session")["ts"].max()
        assert f"{last['2024-07-03']:%H:%M}" == "17:00"  # half day
        assert f"{last['2024-07-02']:%H:%M}" == "20:00"


@pytest.mark.slow
def test_a_real_chain_of_one_ticker_out_of_many(lab, shared_data):
    (lab.files / "SPX_chains.parquet").symlink_to(shared_data / "option_chains_eod.parquet")
    found = chains_of(lab, "SPX", end=pd.Timestamp("2011-01-04").date())
    assert len(found.rows) == 1936 + 1942
    assert [f.name for f in found.findings[pd.Timestamp("2011-01-04")]] == [
        "no_bid", "no_ask", "no_iv", "against_underlying",
    ]  # fmt: skip
