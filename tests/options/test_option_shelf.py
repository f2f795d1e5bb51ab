"""Sources that serve each session alone: what is asked for is made, stored, and completed later."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from sigma_core import option_market
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.option_market import (
    chains_of,
    last_session,
    option_bars_of,
    provider_of_options,
)
from sigma_core.providers import PROVIDERS
from sigma_core.verbs._chains import ChainAsk
from sigma_core.verbs.chain import ChainOf, chain, screen
from sigma_core.verbs.expirations import expirations

PACKS = Path(__file__).parents[2] / "packs"
TICKER = "ACME-Y1"
MONDAY, TUESDAY, FRIDAY = date(2010, 11, 22), date(2010, 11, 23), date(2010, 11, 26)
ASK = {"provider": "simulated"}


@pytest.fixture
def lab(tmp_path) -> Lab:
    return Lab(packs=PACKS, lake=Lake(tmp_path / "lake"), files=None)


@pytest.fixture
def made(monkeypatch) -> list[tuple[date | None, date | None]]:
    """Ranges that the source was asked to make, in order."""
    calls = []
    one = PROVIDERS["simulated"]

    def fn(ticker, files, start, end, cadence=""):
        calls.append((start, end))
        return one.options.fn(ticker, files, start, end, cadence)

    spied = replace(one, options=replace(one.options, fn=fn))
    monkeypatch.setitem(PROVIDERS._items, "simulated", spied)
    return calls


@pytest.mark.slow
def test_only_what_is_asked_for_is_made_and_the_rest_comes_later(lab, made):
    fresh = chains_of(lab, TICKER, **ASK, start=TUESDAY, end=TUESDAY, keep=False)
    assert not lab.lake.root.exists()
    first = chains_of(lab, TICKER, **ASK, start=TUESDAY, end=TUESDAY)
    pd.testing.assert_frame_equal(fresh.rows, first.rows)
    assert fresh.findings == first.findings
    assert made == [(TUESDAY, TUESDAY)] * 2

    chains_of(lab, TICKER, **ASK, start=TUESDAY, end=TUESDAY)
    assert len(made) == 2  # it was stored

    whole = chains_of(lab, TICKER, **ASK, start=MONDAY, end=FRIDAY)
    assert made[2:] == [(MONDAY, FRIDAY)]
    days = ["2010-11-22", "2010-11-23", "2010-11-24", "2010-11-26"]
    assert whole.about["stored"] == days
    assert [f"{day:%Y-%m-%d}" for day in whole.rows["session"].unique()] == days
    assert list(whole.findings) == [pd.Timestamp(day) for day in days]
    again = chains_of(lab, TICKER, **ASK, start=TUESDAY, end=TUESDAY)
    pd.testing.assert_frame_equal(again.rows, first.rows)
    assert len(made) == 3
    assert len(lab.lake.frame("SELECT DISTINCT session FROM chains")) == 4


def test_all_the_sessions_it_has_are_told_whatever_is_stored(lab):
    found = option_bars_of(lab, TICKER, "15m", **ASK, start=FRIDAY, end=FRIDAY)
    assert found.about["stored"] == ["2010-11-26"]
    assert len(found.about["sessions"]) == 252
    assert found.about["sessions"][-1] == "2010-12-31"
    assert last_session(lab, TICKER, "simulated") == date(2010, 12, 31)


def test_what_another_source_left_goes(lab, monkeypatch):
    option_bars_of(lab, TICKER, "15m", **ASK, start=MONDAY, end=TUESDAY)
    monkeypatch.setattr(option_market, "_door", lambda: "changed")
    found = option_bars_of(lab, TICKER, "15m", **ASK, start=FRIDAY, end=FRIDAY)
    assert found.about["stored"] == ["2010-11-26"]
    assert len(lab.lake.frame("SELECT DISTINCT session FROM option_bars")) == 1


def test_many_sessions_are_stored_by_and_by(lab, made, monkeypatch):
    monkeypatch.setattr(option_market, "AT_ONCE", 2)
    found = option_bars_of(lab, TICKER, "15m", **ASK, start=MONDAY, end=FRIDAY)
    assert made == [(MONDAY, TUESDAY), (date(2010, 11, 24), FRIDAY)]
    assert found.rows["session"].nunique() == 4


def test_days_outside_the_market_have_no_rows(lab):
    found = chains_of(lab, TICKER, **ASK, start=date(2011, 3, 1), end=date(2011, 3, 2))
    assert found.rows.empty
    assert not lab.lake.root.exists()


@pytest.mark.parametrize(
    ("ticker", "cadence", "words"),
    [(TICKER, "1m", "no 1m option bars"), ("ACME-Q3", "15m", "Q")],
)
def test_what_no_simulated_market_has_is_refused(lab, ticker, cadence, words):
    with pytest.raises(BadRequest, match=words) as refused:
        option_bars_of(lab, ticker, cadence, **ASK)
    assert refused.value.hint


class TestVerbs:
    def test_the_last_chain_is_shown_without_making_the_others(self, lab, made):
        found = chain(lab, ChainOf(ticker=TICKER, provider="simulated"))
        assert made == [(date(2010, 12, 31),) * 2]
        assert (found.about.simulated, str(found.about.session)) == (True, "2010-12-31")
        assert f"{found.about.as_of:%H:%M}" == "21:00"
        assert "SIMULATED" in screen(found)
        assert not lab.lake.root.exists()

    def test_expiries(self, lab):
        found = expirations(lab, ChainAsk(ticker=TICKER, provider="simulated", day=FRIDAY))
        assert [e.dte for e in found.expiries[:3]] == [0, 3, 4]
        assert {e.kind for e in found.expiries} == {"weekly", "monthly", "quarterly"}
        unfit = sum(e.contracts - e.usable for e in found.expiries)
        counted = {f.name: f.rows for f in found.about.findings}
        assert counted["no_bid"] == unfit > 0  # of the chain shown, not of all the session's

    def test_a_simulated_models_chain_is_its_own_markets(self, lab):
        asked = ChainOf(model_id="acme_e4_h4q_y4_eq_intraday_15m", side="long")
        found = chain(lab, asked)
        assert found.about.ticker == "ACME-E4-H4Q-Y4"
        assert found.about.simulated
        assert found.picks[0].legs or found.picks[0].reason

    def test_who_has_no_chains_of_his_own_leaves_it_to_auto(self):
        assert provider_of_options("simulated") == "simulated"
        assert provider_of_options("sample") == "auto"
        assert provider_of_options("auto") == "auto"
