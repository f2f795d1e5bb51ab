"""The signals page: filters, age, why nothing fired, looking anew, CSV, and each error in words."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import session
from sigma_core import jobs
from sigma_core.domain.chains import Leg, Pick
from sigma_core.domain.results import Signal
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import plain
from sigma_core.schemas import SIGNALS
from sigma_core.verbs._signals import csv_of
from sigma_core.verbs.pipeline import Pipeline, pipeline
from sigma_core.verbs.signals import Signals, signals

ROOT = Path(__file__).resolve().parents[2]
MODEL = "ixic_eq_swing_daily"
PAGE = "5_signals"
OpenPage = Callable[..., AppTest]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with a trained model that has looked for signals."""
    folder = tmp_path_factory.mktemp("trained")
    made = Lab(packs=ROOT / "packs", lake=Lake(folder))
    with jobs.reporting(made.lake, "pipeline", {"model_id": MODEL}) as progress:
        asked = session.ask(Pipeline, thresholds="0.52", start="2010-01-04")
        progress.result = pipeline(made, asked, progress)
    return folder


@pytest.fixture
def trained(lab: Lab, home: Path) -> Lab:
    """The lab of this test, with a copy of that lake and no signal but those it adds."""
    copytree(home, lab.lake.root, dirs_exist_ok=True)
    lab.lake.remove(SIGNALS, pack_id="swingsigma", model_id=MODEL)
    return lab


def add(lab: Lab, **given: Any) -> Signal:
    """Write one signal; everything that is not given is ordinary."""
    facts: dict[str, Any] = {
        "signal_id": "s1",
        "timestamp": datetime(2018, 1, 2, 21, tzinfo=UTC),
        "ticker": "IXIC",
        "side": "BUY",
        "confidence": 0.61,
        "status": "NEW",
        "entry_ref_px": 7000.0,
        "stop_px": 6900.0,
        "target_px": 7200.0,
        "time_stop": None,
        "size": 0.05,
        "ret": None,
        "reason": None,
        "verdict": "FAIL",
        "as_of": pd.Timestamp("2017-12-21"),
        "bundle_id": f"{MODEL}-x",
        "simulated": False,
        "contaminated": None,
        "contract": None,
    } | given
    row = pd.DataFrame([facts | {"made_at": pd.Timestamp(lab.now())}])
    lab.lake.write(SIGNALS, row, pack_id="swingsigma", model_id=MODEL)
    return signals(lab, Signals())[0]


def test_the_contract_of_an_option_signal_stands_below_it(
    trained: Lab, open_page: OpenPage
) -> None:
    leg = Leg(
        action="BUY", symbol="IXIC180102C07000000", root="IXIC", expiration=date(2018, 1, 2),
        last_session=date(2018, 1, 2), dte=0, kind="weekly", settle="PM", right="C", strike=7000.0,
        bid=10.0, ask=10.5, iv=0.2, delta=0.45, open_interest=1234.0, volume=9.0,
    )  # fmt: skip
    pick = Pick(
        side="long", reason="", words="Buy it.", left={}, legs=(leg,), premium=10.5, mid=10.25,
        spread=0.5, breakeven=7010.5, max_loss=1050.0, stop=4.0, target=21.0,
    )  # fmt: skip
    none = Pick(side="long", reason="quoted", words="No call has a quote.", left={})
    add(trained, contract=json.dumps(plain(pick)))
    add(trained, contract=json.dumps(plain(none)), signal_id="s2")
    held = open_page(PAGE).dataframe[1].value.set_index("contract")
    assert held.loc["+IXIC180102C07000000", ["premium", "interest", "loss", "stop"]].tolist() == [
        10.5, 1234.0, 1050.0, 4.0,
    ]  # fmt: skip
    assert held.loc["none: No call has a quote."].drop("time").isna().all()


def test_an_empty_lake_says_what_to_do(lab: Lab, open_page: OpenPage) -> None:
    at = open_page(PAGE)

    assert "No model is trained yet" in at.subheader[0].value
    assert at.button(key="look").disabled


def test_silence_has_a_reason(trained: Lab, open_page: OpenPage) -> None:
    """What the pipeline's own look said stands there without a new one."""
    at = open_page(PAGE)

    assert "Nothing fired" in at.subheader[0].value
    said = at.table[0].value.iloc[0]
    assert said["Model"] == f"`{MODEL}`"
    assert at.caption[-1].value.startswith(f"`{MODEL}`: ")
    assert "looked at" in at.caption[-1].value


def test_a_model_that_is_not_trained_says_so(trained: Lab, open_page: OpenPage) -> None:
    at = open_page(PAGE, model="spx_eq_swing_daily_vix")

    assert "This model is not trained yet" in at.subheader[0].value
    assert at.button(key="look").disabled


def test_a_signal_of_a_model_that_saw_sealed_sessions_is_marked(
    trained: Lab, open_page: OpenPage
) -> None:
    add(trained)
    assert "sealed" not in open_page(PAGE).dataframe[0].value

    why = "contaminated: looked at before, by 1 unsealing"
    add(trained, signal_id="s2", contaminated=why)
    at = open_page(PAGE)
    marked = at.dataframe[0].value["sealed"]
    assert sorted(map(list, marked)) == [[], ["CONTAMINATED"]]
    [badge] = [each.proto for each in at.markdown if "CONTAMINATED" in each.value]
    assert badge.help == why


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ({}, 2),
        ({"side": "BUY"}, 1),
        ({"side": "SELL"}, 1),
        ({"status": "NEW"}, 1),
        ({"status": "CLOSED"}, 1),
        ({"status": "EXPIRED"}, 0),
        ({"side": "BUY", "status": "CLOSED"}, 0),
        ({"model": MODEL}, 2),
        ({"model": "spx_eq_swing_daily_vix"}, 0),
    ],
    ids=str,
)
def test_the_address_filters(
    given: dict[str, str], there: int, trained: Lab, open_page: OpenPage
) -> None:
    add(trained)
    add(trained, signal_id="s2", side="SELL", status="CLOSED", ret=-0.01, reason="stop")
    at = open_page(PAGE, **given)

    assert not at.exception
    assert not at.error
    assert [len(table.value) for table in at.dataframe] == ([there] if there else [])


def test_a_signal_tells_its_age(trained: Lab, open_page: OpenPage) -> None:
    add(trained, timestamp=trained.now() - timedelta(hours=3, minutes=5))
    add(trained, signal_id="s2", timestamp=trained.now() - timedelta(days=40, hours=1))

    assert list(open_page(PAGE).dataframe[0].value["age"]) == ["3 h 05", "40 d"]


def test_refresh_looks_at_once(trained: Lab, open_page: OpenPage) -> None:
    """What it finds stands in the table of the same run, and the cut beside the best confidence."""
    at = open_page(PAGE)
    at.button(key="look").click().run()

    found = signals(trained, Signals(limit=1000))
    assert not at.exception
    assert not at.error
    assert [len(table.value) for table in at.dataframe] == ([len(found)] if found else [])
    assert list(at.table[0].value.columns)[2:4] == ["Best confidence", "Cut"]
    assert at.toast[0].value == (f"{len(found)} new." if found else "Nothing new.")


def test_a_bundle_that_was_touched_is_told_in_place(trained: Lab, open_page: OpenPage) -> None:
    """The rest of the page still stands."""
    [manifest] = (trained.lake.root / "bundles").glob("*/manifest.json")
    model = next(file for file in manifest.parent.iterdir() if file != manifest)
    model.write_bytes(b"another model")
    add(trained)
    at = open_page(PAGE)
    at.button(key="look").click().run()

    assert "its content does not match the bundle's manifest" in at.error[0].value.replace("\\", "")
    assert len(at.dataframe) == 1
    assert not at.exception


def test_csv_has_a_line_for_each_signal(trained: Lab) -> None:
    signal = add(trained)
    [line] = csv.DictReader(io.StringIO(csv_of([signal])))
    assert line["data"] == "real"
    assert "simulated" not in line

    assert line["signal_id"] == "s1"
    assert float(line["confidence"]) == 0.61
    assert line["timestamp"].startswith("2018-01-02T21:00:00")
