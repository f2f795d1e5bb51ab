"""The options page: what each view draws of a chain, and what it says where there is none."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core.lab import Lab
from tests.options.chains import raw

OpenPage = Callable[..., AppTest]


@pytest.fixture
def chains(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The dashboard's lab with one session's chain and a few closes of the VIX among its files."""
    files = tmp_path / "files"
    files.mkdir()
    raw().to_parquet(files / "XSP_chains.parquet")
    for name, close in (("VIX", (20.0, 16.0)), ("VIX3M", (21.0, 18.0))):
        table = pd.DataFrame({"date": ("2024-06-13", "2024-06-14"), "close": close})
        table.to_csv(files / f"{name}_daily.csv", index=False)
    monkeypatch.setenv("SIGMA_FILES", str(files))
    session.lab.cache_clear()
    return session.lab()


def said(at: AppTest) -> str:
    assert not at.exception
    parts = [*at.markdown, *at.caption, *at.subheader, *at.error]
    return "\n".join(str(each.value) for each in parts)


def cards(at: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in at.metric}


def test_a_surface_in_cards_and_two_charts(chains: Lab, open_page: OpenPage) -> None:
    at = open_page("7_options", ticker="XSP")
    assert "findings in these quotes" in str([e.label for e in at.expander])
    assert "New York" in said(at)
    assert cards(at)["Underlying"] == "100.00"
    assert len(at.get("plotly_chart")) == 2
    expiries = at.multiselect(key="smiles_of")
    assert len(expiries.value) == 3
    expiries.set_value(expiries.options[:1]).run()
    assert len(at.get("plotly_chart")) == 2


@pytest.mark.slow
def test_strikes_say_what_they_assume(chains: Lab, open_page: OpenPage) -> None:
    at = open_page("7_options", ticker="XSP", view="Strikes")
    assert "not published" in said(at)
    assert len(at.get("plotly_chart")) == 2


@pytest.mark.slow
def test_a_chain_by_strike_and_what_a_policy_picks(chains: Lab, open_page: OpenPage) -> None:
    at = open_page("7_options", ticker="XSP", view="Chain")
    table = at.dataframe[0].value
    assert list(table["strike"]) == sorted(table["strike"])
    assert len(table) == 10
    assert (table["c_delta"].dropna() > 0).all()
    assert (table["p_delta"].dropna() < 0).all()
    assert table.loc[table["strike"] == 100, "c_delta"].notna().all()
    at.segmented_control(key="around").set_value(10).run()
    assert len(at.dataframe[0].value) == 17  # all that the hand-made chain lists
    greeks = at.dataframe[1].value
    for right in "cp":  # of what is bought: volatility and moves bring, time costs
        own = greeks[[f"{right}_vega", f"{right}_gamma", f"{right}_theta"]].dropna()
        assert len(own) >= 5
        assert (own * [1, 1, -1] > 0).all(axis=None)
    assert "more contracts" in said(at)


def test_the_curve_of_the_vix(chains: Lab, open_page: OpenPage) -> None:
    at = open_page("7_options", view="VIX")
    assert "VIX3M over VIX: +12.5%" in said(at)  # 18 / 16 - 1
    assert "VIX9D" in said(at)  # not here


@pytest.mark.slow
def test_same_day_flow_of_a_market_that_has_some(chains: Lab, open_page: OpenPage) -> None:
    at = open_page("7_options", view="Flow", ticker="ACME-E4-H4Q-Y4")
    assert "who bought and who sold is not known" in said(at)
    assert "SIMULATED" in said(at)
    assert int(cards(at)["Calls"].replace(",", "")) > 0
    assert len(at.get("plotly_chart")) == 2
