"""Bars that held both stop and target, on the page: how many are settled, and both bounds."""

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from sigma_core.domain.trial import Metrics
from sigma_core.verbs._bounds import ambiguous_words
from tests.test_gate import GOOD

OPEN = replace(
    GOOD, return_=-0.467, sharpe=-1.12, ambiguous_share=0.0543, settled_share=40 / 98,
    return_best=0.24, sharpe_best=0.45,
)  # fmt: skip


def drawn(m: Metrics) -> AppTest:
    def script(m):
        from app.components import bounds_view

        bounds_view.draw(m)

    return AppTest.from_function(script, args=(m,)).run()


def test_both_bounds_and_the_share_that_is_settled() -> None:
    at = drawn(OPEN)
    [says] = at.caption
    assert says.value == (
        "finer bars tell which came first in 40.8% of those bars, 5.4% of trades are left open"
    )
    shown = at.table[0].value
    assert shown["Return"].tolist() == ["−46.7%", "+24.0%"]
    assert shown["Sharpe, per year"].tolist() == ["−1.12", "0.45"]
    assert shown["Trades left open"].str.startswith(("At worst", "At best")).all()


def test_without_finer_bars_it_says_so() -> None:
    [says] = drawn(replace(OPEN, settled_share=0.0)).caption
    assert says.value.startswith("no finer bars tell which came first, 5.4% of trades")


def test_all_settled_has_no_bounds_and_no_such_bar_no_words() -> None:
    at = drawn(replace(OPEN, ambiguous_share=0.0, settled_share=1.0))
    assert at.caption[0].value.endswith("100.0% of those bars, no trade is left open")
    assert not at.table
    none = replace(OPEN, ambiguous_share=0.0, settled_share=None)
    assert not drawn(none).caption
    assert ambiguous_words(none) == ""
