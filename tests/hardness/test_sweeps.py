"""Sweeps as a day brings them: stopped and asked again, many in a queue, on an edited grid."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import yaml

from sigma_core import jobs
from sigma_core.api import Limits, create
from sigma_core.verbs.verify import Verify, verify

pytestmark = pytest.mark.slow

MODEL = "tiny_daily"
VALUES = {f"0.{n}" for n in range(41, 60, 2)}
"""Ten rules: more than are counted at a time."""


@pytest.fixture
def api(fresh):
    """The HTTP face over a lab that has done nothing yet, its jobs in processes of their own."""
    transport = httpx.ASGITransport(create(fresh.lab, desk=jobs, limits=Limits(per_minute=0)))

    async def send(method, path, sent):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, json=sent)

    # in a thread of its own: a browser of other tests keeps a loop running in this one
    with ThreadPoolExecutor(1) as apart:
        yield lambda method, path, sent=None: apart.submit(
            asyncio.run, send(method, path, sent)
        ).result()


def asked(api, values, **fields):
    sent = {"model_id": MODEL, "thresholds_variants": sorted(values), "splits": 3, **fields}
    answer = api("POST", "/backtest_sweep", sent)
    assert answer.status_code == 202, answer.text
    return answer.json()["job_id"]


def until(api, job_id, true):
    end = time.monotonic() + 200
    while not true(found := api("GET", f"/jobs/{job_id}").json()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


def ended(found):
    return found["state"] not in ("queued", "running")


def each_counts_once(home, trials):
    """The trials are what the ledger holds, and nothing in the lake is torn."""
    lab = home.lab()
    assert {row["trial_id"] for row in lab.ledger.rows() if "trial_id" in row} == trials
    assert verify(lab, Verify()).ok


def test_a_stopped_job_asked_again_completes_and_counts_nothing_twice(fresh, api):
    first = asked(api, VALUES)
    until(api, first, lambda found: found["so_far"] or ended(found))
    api("POST", f"/jobs/{first}/cancel")
    stopped = until(api, first, ended)
    assert stopped["state"] in ("cancelled", "done"), stopped
    again = until(api, asked(api, VALUES), ended)
    assert again["state"] == "done", again
    trials = again["result"]["trials"]
    assert {each["config"]["value"] for each in trials} == VALUES
    assert {each["evidence"]["n_trials"] for each in trials} == {len(VALUES)}
    each_counts_once(fresh, {each["trial_id"] for each in trials})


def test_sweeps_asked_for_at_once_wait_in_the_queue_and_all_end_well(fresh, api, monkeypatch):
    monkeypatch.setenv("SIGMA_JOBS", "1")
    grids = [{"0.41", "0.43"}, {"0.43", "0.45"}]
    names = [asked(api, grid) for grid in grids]
    done = [until(api, name, ended) for name in names]
    assert [found["state"] for found in done] == ["done"] * 2, done
    assert [{e["config"]["value"] for e in found["result"]["trials"]} for found in done] == grids
    assert done[0]["ended_at"] <= done[1]["started_at"]
    every = {e["trial_id"] for found in done for e in found["result"]["trials"]}
    assert len(every) == 3  # 0.43 is in two grids
    each_counts_once(fresh, every)


def test_the_grid_that_was_written_and_edited_is_what_is_tried(fresh, said):
    file = fresh.packs / "tiny" / "sweep_configs" / f"{MODEL}.yaml"
    assert said("sweep-config", f"MODEL_ID={MODEL}", "START=2015-02-02", "WRITE=true")[0] == 0
    grid = yaml.safe_load(file.read_text())
    assert str(grid["start"]) == "2015-02-02"
    file.write_text(
        yaml.safe_dump(grid | {"thresholds_variants": ["0.44"], "top_pct_variants": []})
    )
    code, out, err = said("sweep-run", f"MODEL_ID={MODEL}")
    assert code == 0, err
    [trial] = json.loads(out)["trials"]
    assert (trial["config"]["kind"], trial["config"]["value"]) == ("thr", "0.44")
    each_counts_once(fresh, {trial["trial_id"]})
