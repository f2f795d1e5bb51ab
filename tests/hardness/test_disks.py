"""A disk that is full, and one that may only be read: true ones, mounted where only we see them."""

import shutil
import subprocess
import sys

import pytest

from sigma_core.lake import Lake
from sigma_core.verbs.verify import Verify, verify

MOUNTED = 'mount -t tmpfs -o size="$1" tmpfs "$2" && cp -a "$3"/. "$2" && shift 3 && exec "$@"'
"""Run a command with a small disk of its own on a folder, as root of a namespace of its own."""


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _may_mount(), reason="this system lets nobody mount a disk of his own"),
]

ASKS = """
import contextlib, io, json, os, subprocess, sys
from pathlib import Path
from sigma_core.__main__ import main
lake = Path(os.environ["SIGMA_LAKE"])
def ask(*words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*words, "--json"])
    assert "Traceback" not in err.getvalue(), err.getvalue()
    return code, out.getvalue(), err.getvalue()
def refused(*words, says, hint):
    code, out, err = ask(*words)
    lines = [line for line in err.splitlines() if line.startswith(("error:", " hint:"))]
    assert (code, out, len(lines)) == (2, "", 2), (words, code, out, err)
    assert says in lines[0] and str(lake) in lines[0] and lines[0].endswith("."), lines
    assert hint in lines[1], lines
def whole():
    code, out, err = ask("verify")
    assert code == 0, out + err
M = "MODEL_ID=tiny_daily"
WRITES = [
    ("build", M, "START=2015-06-01"), ("sweep-run", M, "SPLITS=4"),
    ("train", M, "THRESHOLDS=0.40", "SPLITS=3", "OVERRIDE=true", "REASON=test"),
    ("backtest", M, "THRESHOLDS=0.42", "SPLITS=4"), ("pipeline", M), ("alerts", M),
    ("compact",), ("export", "WHAT=trials"),
]
READS = [("leaderboard",), ("signals",), ("models",), ("runs-backtest",), ("runs-train",),
         ("sweeps",), ("audit",), ("packs",)]
"""

FULL = (
    ASKS
    + """
def fill(but):
    free = os.statvfs(lake).f_bavail * os.statvfs(lake).f_bsize
    (lake / "filler").write_bytes(b"x" * max(free - but, 0))
for room in (0, 12_000, 40_000):
    for words in WRITES:
        (lake / "filler").unlink(missing_ok=True)
        fill(room)
        code, out, err = ask(*words)
        if code:
            assert code == 2, (words, code, err)
            assert "No space left on device." in err and "hint: Free some space" in err, err
        else:
            assert room or words[0] in ("alerts", "compact"), (words, out)
    for words in READS:
        code, out, err = ask(*words)
        assert code == 0, (words, err)
(lake / "filler").unlink()
assert not [p for p in (lake / "staging").iterdir() if p.suffix != ".lock"]
for words in WRITES:
    code, out, err = ask(*words)
    assert code == 0, (words, err)
whole()
print("well")
"""
)

READ_ONLY = (
    ASKS
    + """
subprocess.run(["mount", "-o", "remount,ro", str(lake)], check=True)
for words in WRITES:
    if words[0] == "alerts":
        continue
    refused(*words, says="cannot be written: Read-only file system", hint="SIGMA_LAKE")
for words in READS:
    code, out, err = ask(*words)
    assert code == 0, (words, err)
code, out, err = ask("check-backend")
assert code == 2, out
[part] = [p for p in json.loads(out)["parts"] if p["part"] == "lake folder"]
assert not part["ok"] and "Read-only" in part["words"], part
print("well")
"""
)


def on_a_disk(home, size, script):
    """Run a script with the lake on a small disk of its own that holds a copy of it."""
    copy = home.root / "kept"
    shutil.copytree(home.lake, copy)
    command = ["unshare", "-rm", "sh", "-c", MOUNTED, "sh", size, str(home.lake), str(copy)]
    done = subprocess.run(
        [*command, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("well\n")


def test_a_full_disk(done):
    """Each verb says so in a sentence, spoils nothing, and does its work once there is room."""
    on_a_disk(done, "6m", FULL)
    assert verify(done.lab(), Verify()).ok, "the true lake was touched"


def test_a_disk_that_may_only_be_read(done):
    """What reads goes on reading; what writes says why it cannot."""
    on_a_disk(done, "6m", READ_ONLY)
    assert len(Lake(done.lake).trials()) >= 3
