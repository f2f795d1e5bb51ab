"""Over HTTP, slow work that request, packs and lake rule out is refused at once: it is no job."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sigma_core import jobs
from sigma_core.api import Limits, create
from sigma_core.lab import Lab
from sigma_core.verbs import VERBS
from tests.api.conftest import serving
from tests.bad_input.conftest import Bench
from tests.conftest import few

Post = Callable[..., httpx.Response]
TRAIN = {"override": True, "reason": "To see.", "splits": 3}
LATER, AMONG = "2030-01-01", [10, 11]


@pytest.fixture(scope="module")
def server() -> Iterator[httpx.Client]:
    """A server of whichever lab the environment names when it is asked."""
    with (
        serving(create(Lab.here, desk=jobs, limits=Limits(per_minute=0))) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def post(done: Bench, server: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Ask the server, the lab being the finished one, whose workers do not begin."""
    monkeypatch.setattr(jobs, "start_queued", lambda _lake: None)

    def ask(path: str, **body: Any) -> httpx.Response:
        return server.post(path, json=body)

    return ask


def of(body: dict[str, Any]) -> dict[str, Any]:
    return {"model_id": "tiny_daily", **body}


def refused(reply: httpx.Response, says: str) -> None:
    said = reply.json()
    assert reply.status_code in (404, 422), reply.text
    assert says in said["message"]
    assert said["message"].endswith(".")
    assert said["hint"]
    assert not list((Lab.here().lake.root / "jobs" / "open").glob("*")), "it became a job"


def test_every_slow_verb_says_what_it_refuses_at_once() -> None:
    slow = [verb for verb in VERBS if verb.slow and verb.route]
    assert len(slow) > 10
    assert [verb.name for verb in slow if verb.first is None] == []


@pytest.mark.parametrize(
    "path",
    few(["/train", "/backtest", "/backtest_sweep", "/cpcv", "/pipeline", "/unseal"], every=6),
)
def test_hours_on_a_daily_model(done: Bench, post: Post, path: str) -> None:
    done.edit(holdout="2017-06-01", end=None)
    variants = path == "/backtest_sweep"
    hours = {"allowed_hours_variants": ["10,11"]} if variants else {"allowed_hours": AMONG}
    more = {"/train": TRAIN, "/unseal": {"confirm": True, "thresholds": "0.4"}}.get(path, {})

    refused(
        post(path, **of(hours | more)), "allowed_hours 10,11 cannot be met: tiny_daily is daily"
    )


NO_BARS = [
    "/train", "/backtest", "/backtest_sweep", "/cpcv", "/pipeline", "/build_matrix",
    "/preview_matrix", "/leak_audit",
]  # fmt: skip


@pytest.mark.parametrize("path", few(NO_BARS, every=8))
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model_id": "tiny_dayly"}, "No model is called 'tiny_dayly'."),
        ({"model_id": ""}, "No model is called ''."),
        ({"pack_id": "tinny"}, "tinny"),
        ({"start": LATER}, "start 2030-01-01 is after end 2017-10-01, which is the model's own."),
        ({"start": "2016-02-01", "end": "2016-01-01"}, "start 2016-02-01 is after end 2016-01-01."),
    ],
)
def test_names_and_dates(post: Post, path: str, fields: dict[str, Any], says: str) -> None:
    refused(post(path, **of(fields)), says)


@pytest.mark.parametrize("path", few(NO_BARS, every=8))
def test_a_start_to_come_a_sealed_one_and_a_ticker_nobody_has(
    done: Bench, post: Post, path: str
) -> None:
    done.edit(end=None)
    refused(post(path, **of({"start": "2999-01-01"})), "start 2999-01-01 is still to come.")
    done.edit(holdout="2017-06-01")
    says = "start 2017-06-02 lies in the holdout of tiny_daily, sealed from 2017-06-01 on."
    refused(post(path, **of({"start": "2017-06-02"})), says)
    done.edit(ticker="NONE")
    refused(post(path, **of({})), "No ticker is called 'NONE'.")


@pytest.mark.parametrize("path", few(NO_BARS, every=8))
def test_dates_beyond_the_bars_that_the_lake_holds(done: Bench, post: Post, path: str) -> None:
    """The bars end on 2017-12-22: before the first and after the last no worker need look."""
    early, late = {"start": None, "end": "2014-12-31"}, {"start": "2018-01-02", "end": "2018-02-01"}
    says = "TINY has no daily bar from the start to 2014-12-31."
    refused(post(path, **of(early)), says)
    refused(post(path, **of(late)), "TINY has no daily bar from 2018-01-02 to 2018-02-01.")
    with done.csv.open("a") as file:  # the source is another now: only who reads it can tell
        file.write("2017-12-26,100,101,99,100,5\n")
    assert "daily bar" not in post(path, **of(early)).text


@pytest.mark.parametrize("path", ["/train", "/backtest", "/backtest_sweep", "/pipeline", "/unseal"])
def test_more_splits_than_sessions(done: Bench, post: Post, path: str) -> None:
    """Of the last quarter of 2015 there are 64: 22 in October, 20 in November, 22 in December."""
    more = {"/train": TRAIN, "/unseal": {"confirm": True, "thresholds": "0.4"}}.get(path, {})
    span = {"start": "2015-10-01", "end": "2015-12-31"}
    if path == "/unseal":
        done.edit(holdout="2016-01-04", end=None)
        span.pop("end")
    asked = of({**more, **span, "splits": 64})
    refused(post(path, **asked), "64 splits: 64 sessions from 2015-10-01 to")


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/train", {"thresholds": "1.5"}, "1.5 is not between 0 and 1"),
        ("/train", {"thresholds": "0.77", **TRAIN}, "has no trial of thr 0.77 on this matrix"),
        ("/train", {"calibration": "isotonic", **TRAIN}, "has no trial of any rule"),
        ("/train", {"splits": 3}, "The trial to train is not PASS."),
        ("/train", {"splits": 3, "override": True}, "The trial to train is not PASS."),
        ("/train", {"momentum_gate": True, **TRAIN}, "momentum_column"),
        ("/backtest", {"thresholds": "0.5", "top_pct": 0.2}, "are both given"),
        ("/backtest", {"thresholds": ""}, "thr has no value in ''"),
        ("/backtest", {"momentum_min": 0.5}, "the momentum gate is off"),
        ("/backtest_sweep", {"thresholds_variants": []}, "The grid is empty."),
        ("/backtest_sweep", {"top_pct_variants": [2]}, "2 is not between 0 and 1"),
        ("/backtest_sweep", {"thresholds_variants": [f"0.{n}" for n in range(100, 400)]}, "allows"),
        ("/pipeline", {"splits": 0}, "splits is 0"),
        ("/pipeline", {"ticker": "OTHER"}, "'OTHER' is not that of tiny_daily"),
        ("/build_matrix", {"ticker": "OTHER"}, "'OTHER' is not that of tiny_daily"),
        ("/cpcv", {"groups": 4, "tested": 4}, "4 of 4 groups cannot be tested."),
        ("/cpcv", {"groups": 50, "tested": 25}, "are 126,410,606,437,752 fits"),
        ("/leak_audit", {"full": True, "at": "2016-01-04T21:00:00Z"}, "are both given"),
        ("/leak_audit", {"splits": 4}, "change nothing without full"),
        ("/leak_audit", {"at": 0}, "at is 0, which is no date"),
        ("/unseal", {"thresholds": "0.4"}, "its holdout is null"),
    ],
)
def test_what_a_verb_alone_refuses(post: Post, path: str, body: dict[str, Any], says: str) -> None:
    refused(post(path, **of(body)), says)


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/evidence", {"sweep_id": "sweep-none"}, "No sweep is called 'sweep-none'."),
        ("/evidence", {}, "No sweep is named."),
        ("/noise_floor", {"model_id": "tiny_dayly"}, "No model is called 'tiny_dayly'."),
        ("/verify", {"run_id": "backtest-none"}, "No run is called 'backtest-none'."),
        ("/options_overlay", {"run_id": "none"}, "No backtest is called 'none'."),
        ("/options_overlay", {"model_id": "tiny_dayly"}, "No model is called 'tiny_dayly'."),
        ("/options_overlay", {}, "No ticker with chains is called 'TINY'."),
    ],
)
def test_runs_that_are_none(post: Post, path: str, body: dict[str, Any], says: str) -> None:
    refused(post(path, **body), says)


def test_a_sweep_of_a_model_that_was_changed_since(done: Bench, post: Post) -> None:
    done.edit(learner={"name": "xgboost", "seed": 8, "params": {"rounds": 20}})
    for path in ("/evidence", "/noise_floor"):
        refused(post(path, **of({})), "tiny_daily was changed since this sweep.")


def test_what_can_be_done_is_a_job(post: Post) -> None:
    """Nothing is refused that a worker may still do."""
    bodies = {path: of({}) for path in NO_BARS} | {"/train": of(TRAIN), "/verify": {}}
    for path in (*bodies, "/evidence", "/noise_floor"):
        reply = post(path, **bodies.get(path, of({})))
        assert reply.status_code == 202, f"{path}: {reply.text}"
