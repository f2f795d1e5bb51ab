"""One lake, several processes: all write at once, some are killed, and nothing is lost or torn."""

import contextlib
import os
import signal
import time
from datetime import UTC, datetime

import pytest

from sigma_core.lake import Lake
from sigma_core.ledger import Ledger
from sigma_core.schemas import RUNS, TRADES
from sigma_core.shelf import clear

pytestmark = pytest.mark.slow

ROWS = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
import pandas as pd
from sigma_core.lake import Lake
from sigma_core.ledger import Ledger
from sigma_core.schemas import RUNS
lake, who = Lake(Path(sys.argv[1])), sys.argv[2]
at = datetime(2024, 3, 8, tzinfo=UTC)
ledger = Ledger(lake.root / "ledger")
def put(i, who=who):
    row = {"run_id": f"{who}-{i}", "kind": "x", "made_at": at, "facts": "y" * 2000}
    lake.write(RUNS, pd.DataFrame([row]), name=f"{who}-{i}", pack_id="p", model_id=f"m{i % 3}")
"""

# A process that has everything imported and forks six: four that write, a merger and a reader.
SIX = """
import os, traceback
def write(who):
    for i in range(50):
        put(i, who)
        if i % 5 == 0:
            ledger.append([{"trial_id": f"{who}-{i + k}"} for k in range(5)], at=at)
        lake.save("manifests", "shared", {"who": who, "i": i, "much": "z" * 5000})
def read(who):
    last = 0
    while last < 200:
        time.sleep(0.01)
        [found] = lake.rows("SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM runs")
        assert found["n"] == found["d"] >= last, (found, last)
        last = found["n"]
        if lake.names("manifests"):
            assert len(lake.load("manifests", "shared")["much"]) == 5000
def merge(who):
    while sum(1 for _ in lake.rows("SELECT run_id FROM runs")) < 200:
        time.sleep(0.05)
        lake.compact(RUNS)
for work, who in [(read, "r"), (merge, "m"), *((write, f"w{i}") for i in range(4))]:
    if not os.fork():
        try:
            work(who)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
print([os.wait()[1] for _ in range(6)])
"""

# A process that has everything imported and does nothing but give birth: for each word it reads it
# forks a child that works on until it is killed.
NURSERY = """
import os
put(0)
acks = os.open(lake.root / "acks", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def write_on(who):
    i = 0
    while True:
        put(i, who)
        ledger.append([{"trial_id": f"{who}-{i}"}], at=at)
        lake.save("jobs", "one", {"i": i, "much": "z" * 50_000})
        os.write(acks, f"{who}-{i}\\n".encode())
        i += 1
for word in sys.stdin:
    pid = os.fork()
    if not pid:
        lake.compact(RUNS) if word == "merge\\n" else write_on(word.strip())
        os._exit(0)
    print(pid, flush=True)
    os.waitpid(pid, 0)
    print("gone", flush=True)
"""


def kill_in_mid_work(nursery, word, seconds, *, acks=None):
    """Have a child begin the work, kill it a while after its first ack, wait until it is gone."""
    nursery.stdin.write(f"{word}\n")
    nursery.stdin.flush()
    child, until = int(nursery.stdout.readline()), time.monotonic() + 60
    while acks and f"{word}-" not in acks.read_text():
        assert time.monotonic() < until, "it never began"
        time.sleep(0.01)
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):  # it was faster
        os.kill(child, signal.SIGKILL)
    assert nursery.stdout.readline() == "gone\n"


FILLS = """
import resource, signal
from sigma_core.errors import SigmaError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
put(0)
resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
try:
    put(1)
except SigmaError as told:
    print(told, "|", told.hint)
"""


def ended(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def test_four_write_one_merges_and_one_reads(lake, python):
    """4 × 50 commits: none lost, none torn, none seen twice, the ledger whole."""
    assert ended(python(ROWS + SIX, lake.root, "six")) == f"{[0] * 6}\n"
    assert lake.rows("SELECT count(DISTINCT run_id) AS n FROM runs") == [{"n": 200}]
    assert list(lake.damages()) == []
    ledger = Ledger(lake.root / "ledger")
    assert ledger.audit() == []
    assert len({row["trial_id"] for row in ledger.rows()}) == 200


def test_whoever_is_killed_leaves_every_query_working(lake, python):
    """kill -9 in mid-write, twenty times: what was acknowledged is there, nothing is torn."""
    lake.root.mkdir()
    acks, nursery = lake.root / "acks", python(ROWS + NURSERY, lake.root, "nursery")
    for round_ in range(20):
        kill_in_mid_work(nursery, f"k{round_}", 0.0117 * round_, acks=acks)
        acknowledged = set(acks.read_text().split())
        assert lake.rows("SELECT count(*) AS n FROM runs")[0]["n"] >= len(acknowledged)
    assert len(acknowledged) >= 20
    assert acknowledged <= {row["run_id"] for row in lake.rows("SELECT run_id FROM runs")}
    assert lake.load("jobs", "one")["much"] == "z" * 50_000
    assert list(lake.damages()) == []
    ledger = Ledger(lake.root / "ledger")
    assert acknowledged <= {row["trial_id"] for row in ledger.rows()}
    ledger.append([{"trial_id": "after"}], at=datetime(2024, 3, 9, tzinfo=UTC))
    assert ledger.audit() == []
    clear(lake.root / "staging")
    assert all(path.suffix == ".lock" for path in (lake.root / "staging").iterdir())


def test_a_merger_that_is_killed_loses_nothing(lake, python, row_of, keys_of):
    count = "SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM runs WHERE kind = 'word'"
    nursery = python(ROWS + NURSERY, lake.root, "nursery")
    for done in range(20, 260, 20):
        for i in range(done - 20, done):
            lake.write(RUNS, row_of(RUNS, run_id=f"r{i}"), name=f"r{i}", **keys_of(RUNS))
        kill_in_mid_work(nursery, "merge", 0.002 + done / 4000)
        assert lake.rows(count) == Lake(lake.root).rows(count) == [{"n": done, "d": done}]
    lake.compact(RUNS)
    assert lake.rows(count) == [{"n": 240, "d": 240}]
    assert len(list((lake.root / "runs").glob("*/*some_model_id/*.parquet"))) == 1


def test_a_full_disk_is_said_in_words_and_leaves_nothing(lake, python):
    told = ended(python(ROWS + FILLS, lake.root, "w"))
    assert "w-1.parquet cannot be written: File too large. | Free some space." in told
    assert lake.rows("SELECT run_id FROM runs") == [{"run_id": "w-0"}]
    assert not list((lake.root / "staging").iterdir())


def test_what_runs_is_not_cleared_away(lake, python):
    """A staging file belongs to its process until that is gone."""
    script = ROWS + (
        "from sigma_core import shelf\n"
        "with shelf._stage(lake.root / 'staging') as stage:\n"
        "    stage.write_bytes(b'half')\n"
        "    print('begun', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = python(script, lake.root, "w")
    assert process.stdout.readline() == "begun\n"
    assert clear(lake.root / "staging") == 0
    process.kill()
    process.wait()
    assert clear(lake.root / "staging") == 1
    assert lake.rows("SELECT * FROM trades") == []
    assert lake.compact(TRADES) == 0
