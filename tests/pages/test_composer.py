"""The Composer's Backtest and Train steps: what each control does, what stands where nothing is."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.components import bundle_charts, price_chart, trades_view
from sigma_core.domain.details import RunDetail, Trade
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.bundle_detail import BundleDetailAsk, bundle_detail
from sigma_core.verbs.run_detail import RunDetailAsk, run_detail
from sigma_core.verbs.train import Train, train
from tests.job.conftest import MODEL, market, pack
from tests.pages.conftest import OpenPage, unchanged

OpenStep = Callable[[str], AppTest]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a toy market, its pack, and a lake in which it was backtested and trained."""
    home = tmp_path_factory.mktemp("toys")
    (home / "files").mkdir()
    market(1500).to_csv(home / "files" / "TOY_daily.csv", index=False)
    minutes, start = count(), datetime(2024, 1, 2, tzinfo=UTC)
    lab = Lab(
        packs=pack(home / "packs"),
        lake=Lake(home / "lake"),
        files=home / "files",
        now=lambda: start + timedelta(minutes=next(minutes)),
    )
    backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.50", tag="first"))
    backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.97"))
    backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.52", tag="last"))
    for reason in ("one", "two"):
        train(lab, Train(model_id=MODEL, thresholds="0.52", override=True, reason=reason))
    with unchanged(home):
        yield home


@pytest.fixture
def toys(look_at: Callable[[Path], Lab], home: Path) -> Lab:
    """The dashboard's lab is that folder itself: only to be looked at."""
    return look_at(home)


@pytest.fixture
def spoilt(toys: Lab, look_at: Callable[[Path], Lab], home: Path, tmp_path: Path) -> Lab:
    """It is a copy of that folder, for tests that take something away."""
    return look_at(copytree(home, tmp_path / "toys"))


@pytest.fixture
def step(toys: Lab, open_page: OpenPage) -> OpenStep:
    """Open a step of the Composer on the toy model."""
    return lambda name: open_page("2_composer", step=name, model=MODEL)


def run_of(lab: Lab, tag: str) -> str:
    """The run that was made under a tag."""
    return str(next(row["run_id"] for row in lab.lake.trials() if row["tag"] == tag))


def kept(lab: Lab, tag: str = "last") -> RunDetail:
    """The run of a tag from close by: what the screen must agree with."""
    return run_detail(lab, RunDetailAsk(run_id=run_of(lab, tag)))


def table(at: AppTest, column: str) -> pd.DataFrame:
    """The table on screen that has such a column."""
    return next(each.value for each in at.dataframe if column in each.value.columns)


def trades(at: AppTest) -> pd.DataFrame:
    """The table of trades."""
    return table(at, "entry_px")


def chart(at: AppTest, key: str) -> Any:
    """A chart as it is sent to the browser."""
    return next(each.proto for each in at.get("plotly_chart") if each.proto.id.endswith(key))


def points(proto: Any) -> int:
    """How many numbers a chart draws, a candle counting as four."""
    drawn = 0
    for trace in json.loads(proto.spec)["data"]:
        for name in ("y", "open", "high", "low", "close"):
            values = trace.get(name, ())
            drawn += len(_unpacked(values) if "bdata" in values else values)
    return drawn


def _unpacked(values: Any) -> np.ndarray:
    return np.frombuffer(b64decode(values["bdata"]), values["dtype"])


CHOSEN: dict[str, tuple[Any, Callable[[Trade], bool]]] = {
    "trades_side": ("short", lambda t: t.side == "short"),
    "trades_result": ("winner", lambda t: t.ret > 0),
    "trades_exit": ("stop", lambda t: t.reason == "stop"),
    "trades_fold": (2, lambda t: t.fold == 2),
}


@pytest.mark.slow
def test_a_filter_leaves_the_trades_it_says(toys: Lab, step: OpenStep) -> None:
    """Each alone: the one before is taken back."""
    at = step("Backtest")
    every = kept(toys).trades
    assert trades(at)["number"].tolist() == [t.number for t in reversed(every)]
    for key, (value, fits) in CHOSEN.items():
        at.pills(key=key).set_value([value]).run()
        left = [t.number for t in reversed(every) if fits(t)]
        assert 0 < len(left) < len(every), key
        assert trades(at)["number"].tolist() == left, key
        assert chart(at, "trades_prices").alt == f"Prices with {len(left)} trades", key
        at.pills(key=key).set_value([])


def test_trades_are_filtered_by_day_of_entry(toys: Lab, step: OpenStep) -> None:
    at = step("Backtest")
    at.date_input[0].set_value((date(2013, 1, 1), date(2013, 12, 31))).run()

    assert trades(at)["number"].tolist() == [
        t.number for t in reversed(kept(toys).trades) if t.entry_ts.year == 2013
    ]


def test_filters_that_leave_nothing_say_so(step: OpenStep) -> None:
    at = step("Backtest")
    at.pills(key="trades_result").set_value(["loser"]).run()
    at.pills(key="trades_exit").set_value(["target"]).run()  # none at a target is lost

    assert "No trade fits these filters" in at.info[0].value
    assert chart(at, "trades_prices").alt == "Prices with 0 trades"


@pytest.mark.slow
def test_a_ticked_trade_moves_the_chart_while_it_is_on_screen(toys: Lab, step: OpenStep) -> None:
    """A tick is kept by trade, so that other rows are other ticks; here one is left by a visit."""
    at = step("Backtest")
    trade = next(t for t in kept(toys).trades if t.side == "short" and t.number > 20)
    at.session_state[f"trades_ticked_{run_of(toys, 'last')}"] = trade.number
    at.pills(key="trades_side").set_value(["short"]).run()

    said = chart(at, "trades_prices").alt
    assert said.startswith(f"Prices around trade {trade.number}, short, which returned")
    assert f"No. {trade.number}: short at {trade.entry_px:,.2f}" in captions(at)
    at.pills(key="trades_side").set_value(["long"]).run()
    assert chart(at, "trades_prices").alt.startswith("Prices with")
    at.pills(key="trades_side").set_value(["short"]).run()
    assert chart(at, "trades_prices").alt == said


def test_the_trades_on_screen_can_be_taken_away(toys: Lab) -> None:
    """Every column, fractions as they are, stamps with their zone."""
    found = kept(toys)
    rows = pd.read_csv(StringIO(trades_view.csv(found, found.trades[:7])))
    assert rows["ret"].tolist() == pytest.approx([t.ret for t in found.trades[:7]], rel=1e-12)
    assert {"run_id", "model_id", "data", *Trade.__dataclass_fields__} == set(rows.columns)
    assert pd.Timestamp(rows["entry_ts"][3]) == found.trades[3].entry_ts


@pytest.mark.slow
def test_the_newest_backtest_stands_first_and_another_can_be_chosen(
    toys: Lab, step: OpenStep
) -> None:
    at = step("Backtest")
    runs = at.selectbox[1]
    assert len(runs.options) == 3
    assert "last" in runs.options[0]

    runs.set_value(runs.options[2]).run()

    assert trades(at)["number"].tolist()[0] == len(kept(toys, "first").trades)
    assert at.metric[3].value == str(len(kept(toys, "first").trades))


def test_a_rule_that_never_traded_is_said_to(step: OpenStep) -> None:
    at = step("Backtest")
    runs = at.selectbox[1]
    runs.set_value(runs.options[1]).run()

    assert not at.exception
    assert "never traded" in at.info[0].value


def test_every_breakdown_adds_up(toys: Lab, step: OpenStep) -> None:
    at = step("Backtest")
    n = len(kept(toys).trades)
    assert table(at, "sharpe")["trades"].sum() == n
    at.segmented_control(key="backtest_by").set_value("Hours").run()
    assert table(at, "win_rate")["trades"].sum() == n
    at.segmented_control(key="backtest_by").set_value("Months").run()
    months = table(at, "month")
    grown = (1 + months["return"] / 100).prod()
    assert grown == pytest.approx(kept(toys).curve.equity[-1])


def test_what_is_missing_is_said_with_its_numbers(toys: Lab, step: OpenStep) -> None:
    at = step("Backtest")
    [said] = [each.value for each in at.markdown if each.value.startswith("Missing: ")]
    for check in kept(toys).entry.gate.checks:
        assert (check.words in said) == (not check.met)


@pytest.mark.parametrize(("name", "drawn"), [("Backtest", 5), ("Train", 3)])
def test_no_chart_is_heavy(name: str, drawn: int, step: OpenStep) -> None:
    """At most about 2,000 numbers each, over a tunnel too; none is forgotten here.

    Backtest: growth, months, price, and return and Sharpe by cost.
    """
    charts = step(name).get("plotly_chart")
    assert len(charts) == drawn
    for each in charts:
        assert 0 < points(each.proto) <= 2100, each.proto.alt


@pytest.mark.parametrize("name", ["Backtest", "Train"])
def test_a_matrix_that_is_gone_is_told(name: str, step: OpenStep, spoilt: Lab) -> None:
    rmtree(spoilt.lake.root / "matrices")
    at = step(name)

    assert not at.exception
    assert "is no longer in the lake" in at.error[0].value


@pytest.mark.parametrize(("name", "says"), [("Backtest", "No backtest yet"), ("Train", "no trial")])
def test_before_anything_was_run(name: str, says: str, lab: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", step=name)

    assert not at.exception
    assert says in at.subheader[0].value
    assert not at.get("plotly_chart")


def test_the_newest_model_is_looked_into_and_another_can_be_chosen(
    toys: Lab, step: OpenStep
) -> None:
    at = step("Train")
    newest, oldest = reversed(toys.lake.bundles())
    assert f"`{newest}`" in markdown(at)
    assert chart(at, "train_reliability").alt.startswith("Reliability of ")

    at.selectbox[1].set_value(at.selectbox[1].options[1]).run()

    assert f"`{oldest}`" in markdown(at)


def test_predictions_that_are_gone_leave_the_rest(step: OpenStep, spoilt: Lab) -> None:
    rmtree(spoilt.lake.root / "predictions")
    at = step("Train")

    assert "Train it again" in at.info[0].value
    assert chart(at, "train_importance").alt.startswith("Importance of 3 features")


def test_dots_of_one_row_do_not_reach_the_next(toys: Lab) -> None:
    found = bundle_detail(toys, BundleDetailAsk(bundle_id=toys.lake.bundles()[-1]))
    for feature in found.features:
        away = bundle_charts.offsets(np.array(feature.contributions))
        assert abs(away).max() <= bundle_charts.SWARM < 0.5
    assert bundle_charts.offsets(np.zeros(1)).tolist() == [0.0]


def test_a_stamp_stands_on_the_candle_that_holds_it(toys: Lab) -> None:
    """Three bars a candle: the first three stamps on candle 0, the fourth on candle 1."""
    run = run_of(toys, "last")
    every = run_detail(toys, RunDetailAsk(run_id=run, points=100_000)).candles
    few = run_detail(toys, RunDetailAsk(run_id=run, points=-(-len(every.ts) // 3))).candles
    assert few.each == 3
    assert price_chart.places(few, every.ts[:7]) == [0, 0, 0, 1, 1, 1, 2]


def markdown(at: AppTest) -> str:
    """All words on screen that are no captions."""
    return "\n".join(each.value for each in at.markdown)


def captions(at: AppTest) -> str:
    """All captions on screen."""
    return "\n".join(each.value for each in at.caption)
