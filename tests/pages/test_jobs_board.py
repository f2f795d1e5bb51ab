"""The job board: Stop ends the job it stands beside, and no other."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import pytest

from sigma_core import jobs
from sigma_core.domain.job import Job
from sigma_core.lab import Lab
from sigma_core.parse import plain
from sigma_core.processes import ticks_of
from tests.pages.conftest import OpenPage

JOB = "build-29990101-000000-abcdef"


@pytest.fixture
def worker() -> Iterator[Popen[bytes]]:
    """A process that does nothing, in place of a job's worker."""
    made = Popen(["sleep", "600"], stdin=DEVNULL)
    yield made
    made.kill()
    made.wait(10)


def put(lab: Lab, state: str, **more: Any) -> None:
    """A build in the list of jobs."""
    (lab.lake.root / "jobs" / "open").mkdir(parents=True)  # where a worker finds that it shall stop
    told: dict[str, Any] = {"ask": {"model_id": "x"}, "made_at": lab.now(), **more}
    lab.lake.save("jobs", JOB, plain(Job(job_id=JOB, verb="build", state=state, **told)))


@pytest.mark.slow
@pytest.mark.parametrize("page", ["0_overview", "2_composer"])
def test_stop_ends_a_job_that_runs(
    lab: Lab, open_page: OpenPage, worker: Popen[bytes], page: str
) -> None:
    of = {"ask": {"model_id": "ixic_eq_swing_daily"}, "started_at": lab.now()}
    put(lab, "running", pid=worker.pid, ticks=ticks_of(worker.pid), **of)
    at = open_page(page, model="ixic_eq_swing_daily")
    at.button(key=f"stop_{JOB}").click().run()

    assert not at.exception
    assert worker.wait(10) == -signal.SIGTERM
    assert jobs.get(lab.lake, JOB).ended


def test_stop_leaves_other_jobs_alone(lab: Lab, open_page: OpenPage, worker: Popen[bytes]) -> None:
    put(lab, "running", pid=worker.pid, ticks=ticks_of(worker.pid), started_at=lab.now())
    other = {"pid": os.getpid(), "ticks": ticks_of(os.getpid()), "started_at": lab.now()}
    mine = Job(job_id="build-29990102-000000-abcdef", verb="build", state="running",
               ask={"model_id": "y"}, made_at=lab.now(), **other)  # fmt: skip
    lab.lake.save("jobs", mine.job_id, plain(mine))
    open_page("0_overview").button(key=f"stop_{JOB}").click().run()

    assert worker.wait(10) == -signal.SIGTERM
    assert jobs.get(lab.lake, mine.job_id).state == "running"
    assert Path(f"/proc/{os.getpid()}").exists()


@pytest.mark.parametrize(
    ("ask", "name"), [({}, "**Build**"), ({"sweep_id": "s1"}, "**Build** `s1`")]
)
def test_a_job_that_names_no_model(
    ask: dict[str, str], name: str, lab: Lab, open_page: OpenPage
) -> None:
    put(lab, "failed", ended_at=lab.now(), ask=ask)
    assert name in [each.value for each in open_page("0_overview").markdown]
