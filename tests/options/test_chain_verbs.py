"""The verbs about chains: what they show, what they refuse, and that they only read."""

from pathlib import Path

import pytest

from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs._chains import ChainAsk
from sigma_core.verbs.chain import ChainOf, chain, screen
from sigma_core.verbs.expirations import expirations
from sigma_core.verbs.expirations import screen as screen_of_expirations
from tests.options.chains import DAY, RATE, SIGMA, raw

PACKS = Path(__file__).parents[2] / "packs"
ASK = {"ticker": "XSP", "rate": RATE}


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Lab:
    """One session's chain in the folder of files; the packs that come with the lab."""
    root = tmp_path_factory.mktemp("chains")
    (root / "files").mkdir()
    raw().to_parquet(root / "files" / "XSP_chains.parquet")
    return Lab(packs=PACKS, lake=Lake(root / "lake"), files=root / "files")


def test_expiries_with_their_forwards(lab):
    found = expirations(lab, ChainAsk(**ASK))
    assert [(e.dte, e.kind) for e in found.expiries] == [
        (0, "weekly"), (4, "weekly"), (11, "monthly"), (46, "monthly"), (53, "quarterly"),
    ]  # fmt: skip
    last = found.expiries[-1]
    assert last.dividend == pytest.approx(0.01, abs=1e-6)
    assert (last.contracts, last.open_interest) == (34, 17_000)
    assert "2024-06-28" in screen_of_expirations(found)


def test_a_chain_around_the_underlying(lab):
    found = chain(lab, ChainOf(**ASK, expiry="2024-06-21", strikes=2, right="C"))
    assert [row.strike for row in found.rows] == [95.0, 97.5, 100.0, 102.5]
    assert found.hidden == 5 * 34 - 4
    assert [row.iv for row in found.rows] == pytest.approx([SIGMA] * 4, abs=1e-6)
    assert found.picks == ()
    assert "XSP240621C00100000" in screen(found)


def test_faults_stand_above_the_rows(lab):
    found = chain(lab, ChainOf(**ASK))
    counted = {finding.name: finding.rows for finding in found.about.findings}
    assert counted["no_bid"] > 0
    assert f"{counted['no_bid']:,} × no_bid" in screen(found)


def test_a_models_policy_picks_for_both_sides(lab):
    asked = ChainOf(**ASK, model_id="ixic_eq_swing_daily")
    long, short = chain(lab, asked).picks
    assert {leg.right for leg in long.legs} == {"C"}
    assert {leg.right for leg in short.legs} == {"P"}
    assert [leg.dte for leg in long.legs] == [11]  # nearest the 21 days that its policy asks for
    text = screen(chain(lab, asked))
    assert "breakeven" in text
    assert "most to lose, a contract" in text


def test_stop_and_target_are_told_as_premiums(lab):
    asked = ChainOf(
        **ASK, model_id="ixic_eq_swing_daily", side="long", stop=98.0, target=104.0
    )  # fmt: skip
    (pick,) = chain(lab, asked).picks
    assert pick.stop < pick.mid < pick.target


def test_nothing_is_written(lab):
    chain(lab, ChainOf(**ASK))
    assert not lab.lake.root.exists()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "Whose chain"),
        ({"ticker": "XSP", "day": "2024-05-07"}, "no chain of XSP on 2024-05-07"),
        ({"ticker": "XSP", "expiry": "2024-05-11"}, "expires on 2024-05-11"),
        ({"ticker": "XSP", "stop": 98.0, "model_id": "ixic_eq_swing_daily"}, "of one side"),
        ({"ticker": "IXIC", "provider": "sample"}, "sample has no chains"),
    ],
)
def test_what_cannot_be_shown_is_refused(lab, asked, words):
    with pytest.raises(BadRequest, match=words) as refused:
        chain(lab, ChainOf(**asked))
    assert refused.value.hint


def test_the_nearest_expiry_and_the_sessions_there_are_in_the_hint(lab):
    with pytest.raises(BadRequest) as refused:
        chain(lab, ChainOf(**ASK, expiry="2024-05-11"))
    assert "2024-05-10" in refused.value.hint
    with pytest.raises(BadRequest) as refused:
        expirations(lab, ChainAsk(**ASK, day="2024-05-07"))
    assert str(DAY.date()) in refused.value.hint
