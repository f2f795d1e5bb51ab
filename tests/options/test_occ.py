"""Option symbols: there and back, and what is none."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.errors import BadRequest
from sigma_core.options.occ import Contract, read_symbols, write_symbols

CONTRACTS = st.builds(
    Contract,
    root=st.from_regex(r"[A-Z]{1,5}[1-9]?", fullmatch=True),
    expiration=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    right=st.sampled_from("CP"),
    strike=st.integers(1, 99_999_999).map(lambda mills: mills / 1000),
)


def test_the_example_of_the_occ():
    # of the OCC's Options Symbology Initiative: a put of 19.50
    read = Contract.read("SPX   141122P00019500")
    assert read == Contract("SPX", date(2014, 11, 22), "P", 19.5)
    assert read.padded == "SPX   141122P00019500"
    assert str(read) == "SPX141122P00019500"


@settings(max_examples=30, deadline=None)
@given(CONTRACTS)
def test_both_forms_read_back(contract):
    assert Contract.read(str(contract)) == contract
    assert Contract.read(contract.padded) == contract
    assert len(contract.padded) == 21


@settings(max_examples=30, deadline=None)
@given(st.lists(CONTRACTS, min_size=1, max_size=5))
def test_many_at_once_are_as_one_by_one(contracts):
    table = read_symbols(pd.Series([c.padded for c in contracts]))
    assert write_symbols(table).tolist() == [str(c) for c in contracts]


@pytest.mark.parametrize(
    "text", ["", "SPY", "SPY240701X00538000", "SPY241301C00538000", "SPY240701C538"]
)
def test_others_are_refused_and_in_a_table_missing(text):
    with pytest.raises(BadRequest, match="no option symbol"):
        Contract.read(text)
    assert read_symbols(pd.Series([text, "SPY240701C00538000"])).isna().all(axis=1).tolist() == [
        True,
        False,
    ]


def test_a_digit_behind_the_root_marks_an_adjusted_contract():
    assert Contract.read("AAPL7140621C00095000").adjusted
    assert not Contract.read("AAPL140621C00095000").adjusted
