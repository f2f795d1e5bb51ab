"""Jobs: a worker process, a document, and a queue that outlives whoever filled it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from sigma_core import jobs
from sigma_core.__main__ import main
from sigma_core.errors import BadRequest, Cancelled, SigmaError, UnknownName
from sigma_core.lake import Lake
from sigma_core.processes import alive, ticks_of

# A module for every process of a test: workers that do what the job's `what` says.
WORKER = """
import os, signal, sys, time
from pathlib import Path
from sigma_core import jobs
from sigma_core.errors import BadRequest
from sigma_core.lake import Lake

root = Path(sys.argv[1])
lake = Lake(root)
own = [sys.executable, __file__, str(root)]
jobs._command = lambda job: [*own, job.job_id, job.ask.get("what", "")]

def stop(*_):
    raise KeyboardInterrupt

def work(job_id, what):
    signal.signal(signal.SIGTERM, stop)
    with jobs.reporting(lake, "x", {}, job_id=job_id) as progress:
        progress(1, 3, "begun")
        if what == "refuse":
            raise BadRequest("It is 7.", hint="Make it 8.")
        if what == "break":
            raise RuntimeError("oh")
        if what == "die":
            print("last words", file=sys.stderr, flush=True)
            os._exit(9)
        while what == "wait" and not (root / "go").exists():
            time.sleep(0.02)
        progress.result = {"n": 7}

if sys.argv[2] == "look":
    for _ in range(20):
        jobs.recent(lake)
elif sys.argv[2] == "ask":
    print(jobs.submit(lake, "x", {"what": "wait"}).job_id)
else:
    work(*sys.argv[2:])
"""


@pytest.fixture
def lake(tmp_path, monkeypatch):
    """A lake whose workers do what the job's `what` says."""
    lake, worker = Lake(tmp_path / "lake"), tmp_path / "worker.py"
    lake.root.mkdir()
    worker.write_text(WORKER)

    def command(job):
        return [sys.executable, str(worker), str(lake.root), job.job_id, job.ask.get("what", "")]

    monkeypatch.setattr(jobs, "_command", command)
    yield lake
    (lake.root / "go").touch()
    for job in jobs.recent(lake):
        jobs.cancel(lake, job.job_id)
    until(lambda: all(job.ended for job in jobs.recent(lake)))


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def state(lake, job):
    return jobs.get(lake, job.job_id).state


def another(lake, script):
    return [sys.executable, str(lake.root.parent / "worker.py"), str(lake.root), script]


def submitted(lake, **ask):
    return jobs.submit(lake, "x", ask)


# In this process.


def test_work_of_this_process_is_a_job_too(lake):
    with jobs.reporting(lake, "build", {"model_id": "m"}) as progress:
        progress(2, 5, "halfway")
        [job] = jobs.recent(lake)
        assert (job.state, job.verb, job.ask) == ("running", "build", {"model_id": "m"})
        assert (job.pid, job.ticks) == (os.getpid(), ticks_of(os.getpid()))
        progress.result = {"rows": 3}
    [job] = jobs.recent(lake)
    assert (job.state, job.result, job.ended) == ("done", {"rows": 3}, True)
    assert job.made_at <= job.started_at <= job.ended_at


@pytest.mark.parametrize(
    ("error", "state", "told"),
    [
        (
            BadRequest("It is 7.", hint="Make it 8."),
            "failed",
            ("bad_request", "It is 7.", "Make it 8."),
        ),
        (KeyboardInterrupt(), "cancelled", ("", "Stopped on request.", "")),
        (Cancelled("x"), "cancelled", ("", "Stopped on request.", "")),
    ],
)
def test_how_it_ended_is_written_down_and_goes_up(lake, error, state, told):
    with pytest.raises(type(error)), jobs.reporting(lake, "x", {}):
        raise error
    [job] = jobs.recent(lake)
    assert (job.state, (job.error, job.message, job.hint)) == (state, told)


def test_a_bug_is_written_down_with_its_trace(lake):
    with pytest.raises(RuntimeError), jobs.reporting(lake, "x", {}):
        raise RuntimeError("oh")
    [job] = jobs.recent(lake)
    assert (job.state, job.error) == ("failed", "bug")
    assert "RuntimeError: oh" in job.message


def test_a_result_that_is_no_json_is_a_bug(lake):
    progress = jobs.reporting(lake, "x", {})
    reporter = progress.__enter__()
    reporter.result = float("nan")
    with pytest.raises(ValueError, match="JSON compliant"):
        progress.__exit__(None, None, None)
    assert jobs.recent(lake)[0].error == "bug"


def test_the_screen_is_told_every_step_and_the_disk_few(lake):
    said, written = [], []
    save = lake.save
    lake.save = lambda *args: written.append(args) or save(*args)
    with jobs.reporting(lake, "x", {}, watch=lambda *step: said.append(step)) as progress:
        for i in range(1000):
            progress(i, 1000, "step")
    assert len(said) == 1000
    assert len(written) < 100


def test_a_process_whose_number_was_given_out_again_is_lost(lake):
    with jobs.reporting(lake, "x", {}) as progress:
        lake.save("jobs", progress.job.job_id, jobs.plain(progress.job) | {"ticks": 1})
        assert state(lake, progress.job) == "lost"


def test_unknown_and_odd_names(lake):
    for name in ("nothing", "../../etc/passwd", ".."):
        with pytest.raises(UnknownName, match="No job is called"):
            jobs.get(lake, name)
        assert jobs.log(lake, name) == ""


@pytest.mark.parametrize("typed", ["0", "-1", "many", ""])
def test_a_number_of_workers_that_is_none_is_refused(lake, monkeypatch, typed):
    monkeypatch.setenv("SIGMA_JOBS", typed)
    with pytest.raises(SigmaError, match="SIGMA_JOBS"):
        submitted(lake)
    monkeypatch.delenv("SIGMA_JOBS")


@pytest.mark.parametrize("tag", ["[a", '{"a": 1}', "a\0b", "", "x" * 200_000])
def test_a_worker_reads_what_was_asked_as_it_was_asked(lake, monkeypatch, tag):
    """No word of a command line holds a NUL or so many letters, nor a list that is a text."""
    ask = {"model_id": "none", "tag": tag, "allowed_hours": [9, 10], "momentum_gate": True}
    job = jobs._new("backtest", ask, "id-1")
    jobs._open(lake, job)
    monkeypatch.setenv("SIGMA_LAKE", str(lake.root))
    assert ORIGINAL_COMMAND(job)[1:4] == ["-m", "sigma_core", "backtest"]

    assert main(ORIGINAL_COMMAND(job)[3:]) == 2  # there is no such model

    found = jobs.get(lake, "id-1")
    assert (found.ask, found.error) == (ask, "unknown_name")


ORIGINAL_COMMAND = jobs._command


def test_an_empty_list_is_asked_for_and_nothing_is_not(lake, monkeypatch):
    """No hours ticked means all hours, not those of the model's own grid."""
    monkeypatch.setattr(jobs, "start_queued", lambda _lake: None)
    job = jobs.submit(lake, "sweep_run", {"allowed_hours_variants": [], "tag": "", "splits": None})
    assert job.ask == {"allowed_hours_variants": [], "tag": ""}
    monkeypatch.undo()


# In processes of their own.


@pytest.mark.slow
def test_workers_say_how_it_ended(lake, monkeypatch):
    monkeypatch.setenv("SIGMA_JOBS", "4")
    done, refused, broken, dead = (
        submitted(lake, what=what) for what in ("", "refuse", "break", "die")
    )
    until(lambda: all(job.ended for job in jobs.recent(lake)))
    assert jobs.get(lake, done.job_id).result == {"n": 7}
    found = jobs.get(lake, refused.job_id)
    assert (found.state, found.error, found.message, found.hint) == (
        "failed", "bad_request", "It is 7.", "Make it 8.",
    )  # fmt: skip
    assert jobs.get(lake, broken.job_id).error == "bug"
    until(lambda: "RuntimeError: oh" in jobs.log(lake, broken.job_id))  # its last word
    found = jobs.get(lake, dead.job_id)
    assert (found.state, found.message) == ("lost", "Its process is gone. last words")


@pytest.mark.slow
def test_the_queue_goes_on_in_the_order_of_asking(lake, monkeypatch):
    """One at a time; whoever ends calls the next; a stopped one never begins."""
    monkeypatch.setenv("SIGMA_JOBS", "1")
    first, second, third, fourth = (submitted(lake, what="wait") for _ in range(4))
    until(lambda: jobs.get(lake, first.job_id).note == "begun")
    assert [state(lake, job) for job in (second, third, fourth)] == ["queued"] * 3
    assert jobs.cancel(lake, third.job_id).state == "cancelled"
    jobs.cancel(lake, first.job_id)
    until(lambda: state(lake, first) == "cancelled")
    until(lambda: jobs.get(lake, second.job_id).note == "begun")
    os.kill(jobs.get(lake, second.job_id).pid, signal.SIGKILL)
    until(lambda: [job.state for job in jobs.recent(lake)].count("lost") == 1)
    assert state(lake, second) == "lost"
    (lake.root / "go").touch()
    until(lambda: state(lake, fourth) == "done")
    found = {job.job_id: job for job in jobs.recent(lake)}
    assert found[third.job_id].started_at is None
    assert found[fourth.job_id].started_at >= found[second.job_id].started_at
    assert not list((lake.root / "jobs" / "open").iterdir())


@pytest.mark.slow
def test_a_worker_stopped_before_its_first_word_is_cancelled_not_lost(lake):
    job = submitted(lake, what="wait")
    jobs.cancel(lake, job.job_id)  # Python has hardly begun: the signal just ends it
    until(lambda: jobs.get(lake, job.job_id).ended)
    assert state(lake, job) == "cancelled"
    assert jobs.cancel(lake, job.job_id).state == "cancelled"


@pytest.mark.slow
def test_work_goes_on_when_whoever_asked_for_it_is_gone(lake):
    found = subprocess.run(another(lake, "ask"), capture_output=True, text=True, check=True)
    job = jobs.get(lake, found.stdout.strip())
    assert job.state == "running"
    (lake.root / "go").touch()
    until(lambda: state(lake, job) == "done")


@pytest.mark.slow
def test_the_shell_face_as_a_worker(lake, monkeypatch):
    """The real command: what it refuses stands in the document, with its hint."""
    monkeypatch.setattr(jobs, "_command", ORIGINAL_COMMAND)
    job = jobs.submit(lake, "build", {"model_id": "ixic_eq_swing_dialy"})
    until(lambda: jobs.get(lake, job.job_id).ended)
    found = jobs.get(lake, job.job_id)
    assert (found.state, found.error) == ("failed", "unknown_name")
    assert "ixic_eq_swing_daily" in found.hint


@pytest.mark.slow
def test_three_who_look_after_the_queue_start_each_job_once(lake, monkeypatch):
    monkeypatch.setenv("SIGMA_JOBS", "2")
    for _ in range(3):
        submitted(lake)
    lookers = [subprocess.Popen(another(lake, "look")) for _ in range(2)]
    assert [looker.wait(60) for looker in lookers] == [0, 0]
    until(lambda: all(job.ended for job in jobs.recent(lake)))
    assert [job.state for job in jobs.recent(lake)] == ["done"] * 3


# Processes.


def test_this_process_is_alive_and_one_that_ended_is_not():
    pid = os.getpid()
    assert alive(pid, ticks_of(pid))
    assert not alive(pid, ticks_of(pid) + 1)
    assert not alive(0, 0)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    ticks = ticks_of(gone.pid)
    until(lambda: not alive(gone.pid, ticks))  # not yet waited for: a zombie has ended too
    gone.wait()
    assert (alive(gone.pid, ticks), ticks_of(gone.pid)) == (False, 0)
