"""Real processes on one lake: killed in mid-work, sweeping at once, reading in twenty threads."""

import contextlib
import json
import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from sigma_core import jobs
from sigma_core.lake import Lake
from sigma_core.ledger import Ledger
from sigma_core.schemas import EQUITY, RUNS, TRADES, tables
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard, trials_in
from sigma_core.verbs.verify import Verify, verify
from tests.hardness.conftest import running

pytestmark = pytest.mark.slow

M = "MODEL_ID=tiny_daily"
TRAIN = ("train", M, "THRESHOLDS=0.40", "SPLITS=3", "OVERRIDE=true", "REASON=test")
KILLED = {
    "build": lambda turn: ("build", M, f"START=2015-03-{turn + 10}"),
    "sweep": lambda turn: ("sweep_run", M, f"EMBARGO=0.0{turn}"),
    "train": lambda _: TRAIN,
    "compact": lambda _: ("compact",),
}
"""Work that is new in each turn."""
ROUNDS = 5
"""Of each of the four: twenty in all."""

# A process that has everything imported: it forks a child for each verb it reads, or waits for one.
NURSERY = """
import json, os, sys
import sigma_core.api, sigma_core.compiled, sigma_core.study, xgboost, duckdb, pandera.pandas
import scipy.special, sklearn.isotonic, sklearn.linear_model, sklearn.metrics
from datetime import date
from sigma_core.__main__ import main
from sigma_core.calendars import calendar
from sigma_core.verbs import VERBS
list(VERBS)
calendar("XNYS").sessions(date(2015, 1, 2))  # half a second when it is first asked
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "wait" in asked:
        print(os.waitpid(asked["wait"], 0)[1], flush=True)
        continue
    pid = os.fork()
    if not pid:
        os.environ |= asked["env"]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(main([*asked["words"], "--json"]))
    print(pid, flush=True)
"""


class Nursery:
    """Verbs in processes of their own that are born at once."""

    def __init__(self, process):
        self._process = process
        assert process.stdout.readline() == "ready\n"

    def begin(self, home, *words):
        """The number of a process that runs a verb."""
        return self._asked(env=home.env, words=words)

    def ended(self, pid):
        """How the process ended, as the system tells it: 0 is well, 9 is killed."""
        return self._asked(wait=pid)

    def _asked(self, **what):
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture(scope="module")
def nursery():
    with running(NURSERY) as process:
        yield Nursery(process)


def no_query_fails(home):
    """Every table is read, every trial ranked, and nothing is torn."""
    lab = home.lab()
    for table in tables():
        if not table.wide:
            lab.lake.rows(f"SELECT count(*) AS n FROM {table.name}")
    ranked = trials_in(leaderboard(lab, Leaderboard(limit=1000)))
    assert len(ranked) == len(lab.lake.trials())
    faults = [fault.words for fault in verify(lab, Verify()).faults]
    # an append that was stopped between its chain and the anchor: the next one names its end
    assert all("has no anchor" in words for words in faults), faults


def scatter(home):
    """Many small files, so that there is something to merge."""
    path = home.one("runs/**/*.parquet")
    for i in range(400):
        shutil.copy(path, path.with_name(f"copy{i}.parquet"))


@pytest.mark.parametrize("verb", KILLED)
def test_killed_in_mid_work(done, nursery, verb):
    """kill -9 at five moments of each: what was there stays, and a second go completes."""
    words = KILLED[verb]
    if verb == "compact":
        scatter(done)
    began = time.monotonic()
    assert nursery.ended(nursery.begin(done, *words(9))) == 0
    whole, rows, killed = time.monotonic() - began, 0, 0
    for turn in range(ROUNDS):
        if verb == "compact":
            scatter(done)
        pid = nursery.begin(done, *words(turn))
        time.sleep(whole * (0.05 + 0.2 * turn))
        with contextlib.suppress(ProcessLookupError):  # it was faster
            os.kill(pid, signal.SIGKILL)
        killed += nursery.ended(pid) == signal.SIGKILL
        no_query_fails(done)
        before, rows = rows, len(Ledger(done.lake / "ledger").rows())
        assert rows >= before
    assert killed, "it was never killed"
    assert "running" not in {job.state for job in jobs.recent(done.lab().lake, limit=99)}
    for again in (
        words(0),
        ("sweep_run", M, "EMBARGO=0.08"),
    ):  # its append names what has no anchor
        assert nursery.ended(nursery.begin(done, *again)) == 0
    no_query_fails(done)
    found = verify(done.lab(), Verify())
    assert found.ok, found.faults
    assert not list((done.lake / "jobs" / "open").iterdir())


def test_two_sweeps_of_one_model_at_once(fresh, nursery):
    """Both succeed, each with all its trials; each trial counts once."""
    both = [nursery.begin(fresh, "sweep_run", M, f"TAG={tag}") for tag in ("one", "two")]
    assert [nursery.ended(pid) for pid in both] == [0, 0]
    lab = fresh.lab()
    found = lab.lake.rows("SELECT tag, count(*) AS n FROM trials GROUP BY sweep_id, tag")
    assert sorted((row["tag"], row["n"]) for row in found) == [("one", 3), ("two", 3)]
    names = {row["trial_id"] for row in lab.ledger.rows()}
    assert len(names) == 3
    assert {entry.trial_id for entry in leaderboard(lab, Leaderboard())} == names
    assert {entry.evidence.n_trials for entry in leaderboard(lab, Leaderboard())} == {3}
    assert verify(lab, Verify()).ok


WRITER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
import pandas as pd
from sigma_core.lake import Lake
from sigma_core.schemas import EQUITY, RUNS
lake, at = Lake(Path(sys.argv[1])), datetime(2024, 3, 8, tzinfo=UTC)
keys = {"pack_id": "p", "model_id": "m"}
for i in range(60):
    run = {"run_id": f"r{i}", "kind": "x", "made_at": at, "facts": "y"}
    curve = {"run_id": f"r{i}", "ts": at, "equity": 1.0, "account": 1.0, "hold": 1.0, "fold": 0}
    lake.write(EQUITY, pd.DataFrame([curve] * 20), name=f"r{i}", **keys)
    lake.write(RUNS, pd.DataFrame([run]), name=f"r{i}", **keys)
    if i % 20 == 19:
        lake.compact(EQUITY)
        lake.compact(RUNS)
print("written", flush=True)
"""


def test_twenty_threads_read_what_a_process_writes_and_merges(tmp_path, python):
    """One lake in this process: never less than before, and no run without its curve."""
    lake, over = Lake(tmp_path / "lake"), Event()

    def read(_):
        last = asked = 0
        while not over.wait(0.3) or not asked:
            [found] = lake.rows("SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM runs")
            [curves] = lake.rows("SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM equity")
            assert found["n"] == found["d"] >= last
            assert curves["d"] >= found["n"]
            assert curves["n"] == 20 * curves["d"]
            assert lake.rows(f"SELECT * FROM {TRADES.name}") == []
            last, asked = found["n"], asked + 1
        return asked

    with ThreadPoolExecutor(20) as pool:
        readers = [pool.submit(read, i) for i in range(20)]
        writer = python(WRITER, lake.root)
        try:
            out, err = writer.communicate(timeout=300)
        finally:
            over.set()
        assert (out, err) == ("written\n", "")
        assert all(reader.result() for reader in readers)
    [found] = Lake(lake.root).rows("SELECT count(DISTINCT run_id) AS n FROM runs")
    assert found == {"n": 60}
    assert {lake.count(RUNS), lake.count(EQUITY)} == {1}
