"""Trades held as options on the Backtest step: what is asked, what is shown of the answer."""

from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from app import session
from app.components import overlay_view
from sigma_core import jobs
from sigma_core.domain.overlay import (
    OptionCurve,
    OptionFigures,
    OptionTrade,
    Overlay,
    Refused,
)
from sigma_core.domain.policy import Options
from sigma_core.lab import Lab

AT = datetime(2024, 7, 1, 18, tzinfo=UTC)
OUT = datetime(2024, 7, 1, 19, tzinfo=UTC)


def figures(name: str, growth: float) -> OptionFigures:
    return OptionFigures(
        name=name, return_=growth, sharpe=1.5, max_dd=-0.02, trades=1, win_rate=1.0,
        avg_trade=growth, profit_factor=None, exposure=0.5,
    )  # fmt: skip


def found() -> Overlay:
    """One call bought at 1.00 and sold at 1.50: 2 contracts, $95 after spread and commission."""
    trade = OptionTrade(
        number=1, side="long", contracts=2, bought="SPY240701C00550000", sold="",
        expiration=date(2024, 7, 1), as_of=AT, entry_ts=AT, exit_ts=OUT, multiplier=100,
        paid=1.0, entry_mid=0.99, entry_source="quote", got=1.5, exit_mid=1.51, exit_source="bar",
        reason="time_stop", notes="", spread_paid=4.0, commission=5.0, pnl=95.0, ret=0.475,
        underlying_ret=0.0012,
    )  # fmt: skip
    return Overlay(
        run_id="overlay-1", of_run="backtest-1", pack_id="zerosigma", model_id="m", ticker="SPY",
        simulated=True, status="UNPROVEN", verdict="", source="SPY_chains.", options=Options(),
        start=100_000.0, position_size=0.02,
        figures=(figures("options", 0.00095), figures("underlying", 0.0001)),
        premium=200.0, pnl=95.0, spread_paid=4.0, commission=5.0, marks={"quote": 1, "bar": 3},
        refused=(Refused(reason="min_oi", trades=3, words="too little open interest"),),
        trades=(trade,), words="The verdict is of the underlying's trades.",
        curve=OptionCurve(ts=(AT, OUT), options=(1.0, 1.00095), underlying=(1.0, 1.0001)),
    )  # fmt: skip


def page() -> None:
    from app.components import overlay_view
    from sigma_core.domain.catalog import ModelRow

    overlay_view.draw(ModelRow(pack_id="zerosigma", model_id="m", asset="opt"), "backtest-1")


@pytest.fixture
def answer(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[Overlay | None]:
    """What is kept of this backtest; a test may put another in its place."""
    held: list[Overlay | None] = [found()]
    for name in ("newest_overlay", "overlay_detail"):
        monkeypatch.setattr(overlay_view, name, lambda *_: held[0])
    return held


def said(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(str(each.value) for each in [*at.markdown, *at.caption])


def test_money_prices_and_what_was_not_held(answer: list[Overlay | None]) -> None:
    at = AppTest.from_function(page, default_timeout=30).run()
    words = said(at)
    assert "\\$95" in words
    assert "25.0% quote, 75.0% bar" in words
    assert "3 × too little open interest" in words
    assert [each.label for each in at.expander] == ["3 trades without a contract"]
    [row] = at.dataframe[0].value.to_dict("records")
    assert row["contract"] == "SPY240701C00550000"
    assert row["ret"] == pytest.approx(47.5)  # percent
    assert row["underlying_ret"] == pytest.approx(12.0)  # basis points
    assert len(at.get("plotly_chart")) == 1


def test_a_backtest_that_was_never_held_has_the_button(
    answer: list[Overlay | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer[0] = None
    asked: list[dict[str, object]] = []

    def submit(lake: object, verb: str, ask: dict[str, object]) -> jobs.Job:
        asked.append({"verb": verb, **ask})
        return jobs.Job(job_id="j", verb=verb, ask=ask, made_at=session.lab().now())

    monkeypatch.setattr(jobs, "submit", submit)
    at = AppTest.from_function(page, default_timeout=30).run()
    assert "marked at every bar" in said(at)
    assert not at.dataframe
    at.number_input(key="overlay_account").set_value(50_000)
    at.button(key="overlay_run").click().run()
    assert asked[0]["verb"] == "options_overlay"
    assert asked[0]["run_id"] == "backtest-1"
    assert asked[0]["account"] == 50_000
