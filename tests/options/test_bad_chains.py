"""Bad chains, from the user's file to the screen: counted by name or refused, never a zero."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.errors import BadRequest, QualityError
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.option_market import chains_of
from sigma_core.verbs._chains import ChainAsk
from sigma_core.verbs.chain import ChainOf, chain, screen
from sigma_core.verbs.expirations import expirations
from sigma_core.verbs.surface import surface
from tests.conftest import few
from tests.options.chains import DAY, raw

PACKS = Path(__file__).parents[2] / "packs"
MORROW = DAY + pd.Timedelta(days=1)
LATE = ("2024-05-17", "2024-06-21")


@pytest.fixture
def lab(tmp_path) -> Lab:
    (tmp_path / "files").mkdir()
    return Lab(packs=PACKS, lake=Lake(tmp_path / "lake"), files=tmp_path / "files")


def put(lab: Lab, table: pd.DataFrame) -> pd.DataFrame:
    table.to_parquet(lab.files / "XSP_chains.parquet")
    return table


WHOLE = raw(expirations=LATE).query("90 < strike < 110").reset_index(drop=True)


def one(at: int = 20, **values) -> pd.DataFrame:
    """A whole chain but for one row."""
    table = WHOLE.copy()
    for name, value in values.items():
        table.loc[at, name] = value
    return table


def twice(**values) -> pd.DataFrame:
    return pd.concat([one(), one().iloc[[20]].assign(**values)], ignore_index=True)


def repeated() -> pd.DataFrame:
    return pd.concat([one(), one().assign(session=MORROW)], ignore_index=True)


def _moments(at: int, other: str) -> pd.Series:
    """The session's three o'clock, but for one row that of another day."""
    day = pd.Series("2024-05-06 15:00", index=WHOLE.index)
    day[at] = f"{other} 15:00"
    return day


CHEAP = one(at=14, bid=7.0, ask=7.1)
"""The call of 92.5 to 21 June brings 7.5 when it is exercised."""
CASES = {
    "crossed markets": (one(bid=30.0, ask=20.0), "crossed", 1),
    "a bid of nothing": (one(bid=0.0), "no_bid", 1),
    "an expiry that is not there": (one().query("expiration > '2024-06-01'"), "missing_expiry", 1),
    "of ten, not a hundred": (one().assign(multiplier=10.0), "adjusted", 28),
    "a split inside": (one().assign(underlying=100 / 7), "against_underlying", 28),
    "yesterday's chain again": (repeated(), "stale", 28),
    "the same contract again": (twice(), "listed_twice", 1),
    "the same at other prices": (twice(bid=1.0), "listed_twice", 2),
    "an expired contract": (one(expiration=pd.Timestamp("2024-05-03")), "expired", 1),
    "a volatility of −1": (one(iv=-1.0), "no_iv", 1),
    "a strike without end": (one(strike=np.inf), "no_contract", 1),
    "a strike of nine digits": (one(strike=1e9), "no_contract", 1),
    "a strike twice within its last digit": (
        twice(strike=one().strike[20] + 4e-4),
        "listed_twice",
        1,
    ),
    "no price of the underlying": (one().assign(underlying=np.nan), "no_underlying", 28),
    "contracts below nothing": (one(volume=-5.0), "below_zero", 1),
    "a moment of another day": (one().assign(as_of=_moments(20, "2024-05-03")), "other_day", 1),
    "a price that does not invert": (CHEAP, "below_intrinsic", 1),
}


@pytest.mark.parametrize(("table", "name", "rows"), few(CASES.values(), every=4), ids=CASES)
def test_each_is_counted_by_name_and_leaves_no_zero(lab, table, name, rows):
    put(lab, table)
    found = chain(lab, ChainOf(ticker="XSP", strikes=50))
    counted = {finding.name: finding for finding in found.about.findings}
    assert list(counted) == [name]
    assert counted[name].rows == rows
    assert f"{rows} × {name}: " in screen(found)
    kept = chains_of(lab, "XSP", keep=False).rows
    numbers = kept[["bid", "ask", "mid", "iv", "delta", "underlying"]]
    assert not (numbers == 0).any(axis=None)
    ours = [getattr(row, part) for row in found.rows for part in ("iv", "delta", "vega")]
    assert 0 not in ours


def test_what_did_not_invert_says_why_in_its_row(lab):
    put(lab, CHEAP)
    shown = chain(lab, ChainOf(ticker="XSP", strikes=50, expiry="2024-06-21", right="C"))
    (row,) = [r for r in shown.rows if r.strike == 92.5]
    assert (row.why, row.iv, row.delta) == ("below_intrinsic", None, None)
    assert "below intrinsic" in screen(shown)


@pytest.mark.parametrize("values", [0.0, -100.0])
def test_an_underlying_of_nothing_is_missing_and_counted(lab, values):
    put(lab, one().assign(underlying=values))
    found = chain(lab, ChainOf(ticker="XSP", strikes=50))
    assert {f.name: f.rows for f in found.about.findings}["no_underlying"] == 28
    assert chains_of(lab, "XSP", keep=False).rows["underlying"].isna().all()


@pytest.mark.parametrize(
    "change", [{"multiplier": 0.0}, {"underlying": np.nan}, {"underlying": 100 / 7}]
)
def test_the_surface_of_a_chain_that_nothing_can_be_told_of_is_missing(lab, change):
    put(lab, one().assign(**change))
    found = surface(lab, ChainAsk(ticker="XSP"))
    assert found.gamma_flip is None
    assert all(point.delta is None for expiry in found.expiries for point in expiry.points)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"session": "soon"}, r"XSP_chains.parquet, row 1 \(soon\): 'soon' is no stamp"),
        ({"as_of": "noon"}, r"XSP_chains.parquet, row 1 \(noon\): 'noon' is no stamp"),
        ({"session": pd.NaT}, r"XSP_chains.parquet, row 1 \(NaT\): the stamp is missing"),
    ],
)
def test_a_day_or_moment_that_cannot_be_read_is_refused_with_its_row(lab, change, words):
    put(lab, one().assign(**change))
    with pytest.raises(QualityError, match=words):
        chain(lab, ChainOf(ticker="XSP"))
    assert not lab.lake.root.exists()


def test_days_written_as_numbers_are_days(lab):
    numbers = {n: one()[n].dt.strftime("%Y%m%d").astype(int) for n in ("session", "expiration")}
    put(lab, one().assign(**numbers))
    found = chain(lab, ChainOf(ticker="XSP", strikes=50))
    assert (found.about.findings, {str(r.expiration) for r in found.rows} <= {*LATE}) == ((), True)


def test_a_chain_of_a_holiday_is_refused_with_its_count(lab):
    friday = pd.Timestamp("2024-03-29")  # Good Friday
    put(lab, pd.concat([one(), raw(session=friday, expirations=LATE)], ignore_index=True))
    with pytest.raises(BadRequest, match=r"no chain of XSP on 2024-03-29\. 68 × not_a_session"):
        chain(lab, ChainOf(ticker="XSP", day=friday.date()))


def test_nothing_left_of_a_file_is_refused_with_its_counts(lab):
    put(lab, one().assign(expiration=pd.Timestamp("2024-05-03")))
    for ask in (ChainAsk(ticker="XSP"), ChainAsk(ticker="XSP", day=DAY.date())):
        with pytest.raises(BadRequest, match="28 × expired: left out") as refused:
            expirations(lab, ask)
        assert "XSP_chains.parquet" in refused.value.hint


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"bid": np.nan, "ask": np.nan}, "quoted"),
        ({"bid": 0.0}, "quoted"),
        ({"multiplier": 10.0}, "quoted"),
        ({"underlying": 100 / 7}, "quoted"),
        ({"right": "P"}, "right"),
    ],
)
def test_no_contract_that_qualifies_is_a_reason_and_no_pick(lab, change, reason):
    put(lab, one().assign(**change).drop_duplicates(["expiration", "strike", "right"]))
    asked = ChainOf(ticker="XSP", model_id="ixic_eq_swing_daily", side="long")
    found = chain(lab, asked)
    (pick,) = found.picks
    assert (pick.reason, pick.legs, pick.premium) == (reason, (), None)
    assert f"long: nothing picked. {pick.words}" in screen(found)
