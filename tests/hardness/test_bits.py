"""Flipped bits in every kind of file: noticed by who reads it, named, and no process dies of it."""

import json
import random
import subprocess
import sys

import pytest

from sigma_core.errors import SigmaError
from sigma_core.ledger import Ledger
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.verify import Verify, verify

M = "MODEL_ID=tiny_daily"
FILES = {
    "jobs/*.json": ("pipeline", M),
    "manifests/recipe-*.json": ("build", M),
    "ledger/*.jsonl": ("leaderboard",),
    "ledger/*.head": ("audit",),
    "bundles/*/model*": ("alerts", M),
    "bundles/*/manifest.json": ("alerts", M),
}


def flip(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def some(content: bytes, count: int) -> list[int]:
    """Bits of a file, the same in every run."""
    return sorted(random.Random(7).sample(range(len(content) * 8), count))  # noqa: S311  no secret


@pytest.mark.slow
@pytest.mark.parametrize("pattern", ["ledger/*.jsonl", "ledger/*.head"])
def test_any_bit_of_the_ledger(done, pattern):
    """Noticed, whatever the bit makes of the row; `audit` says so, and nothing counts on it."""
    path = done.one(pattern)
    content = path.read_bytes()
    for turn, bit in enumerate(some(content, 60)):
        path.write_bytes(flip(content, bit))
        found = Ledger(done.lake / "ledger").audit()
        assert found or json_or_none(path) == json_or_none_of(content), bit
        if turn % 6:
            continue
        try:
            told = audit(done.lab(), AuditAsk())
        except SigmaError as refused:  # pragma: no cover
            raise AssertionError(f"bit {bit}: audit gave up: {refused}") from refused
        assert told.ok == (not found), bit
        if found:
            assert path.stem in " ".join(told.faults), bit
    path.write_bytes(content)
    assert verify(done.lab(), Verify()).ok


def json_or_none(path):
    return json_or_none_of(path.read_bytes())


def json_or_none_of(content):
    """What an anchor says; blanks may differ."""
    try:
        return json.loads(content)
    except ValueError:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("bit", range(0, 8, 3))
@pytest.mark.parametrize("pattern", FILES)
def test_who_reads_it_answers_in_a_sentence(done, said, pattern, bit):
    path = done.one(pattern)
    content = path.read_bytes()
    path.write_bytes(flip(content, len(content) * 4 + bit))
    code, _, err = said(*FILES[pattern])
    assert code in {0, 2}, err
    assert "Traceback" not in err
    if code == 0:  # a job that has ended is no longer read by others
        assert pattern == "jobs/*.json", "nobody noticed"


@pytest.mark.slow
def test_a_damaged_job_does_not_stop_the_others(done, said):
    """A document that cannot be read, of a job that had not ended: work goes on."""
    path = done.one("jobs/*.json")
    path.write_bytes(flip(path.read_bytes(), 4000))
    (done.lake / "jobs" / "open").mkdir(exist_ok=True)
    (done.lake / "jobs" / "open" / path.stem).touch()
    code, _, err = said("backtest", M, "THRESHOLDS=0.41", "SPLITS=3")
    assert code == 0, err
    code, out, _ = said("health")
    assert code == 2
    assert path.name in out
    code, out, err = said("verify")
    assert code == 2
    assert [fault["path"] for fault in json.loads(out)["faults"]] == [str(path)]
    assert f"Move {path} away" in json.loads(out)["faults"][0]["hint"]


@pytest.mark.slow
def test_a_job_whose_document_was_taken_away_does_not_stop_the_others(done, said):
    (done.lake / "jobs" / "open").mkdir(exist_ok=True)
    (done.lake / "jobs" / "open" / "gone").touch()
    code, _, err = said("backtest", M, "THRESHOLDS=0.41", "SPLITS=3")
    assert code == 0, err
    assert not list((done.lake / "jobs" / "open").iterdir())


SCORES = """
import sys
from pathlib import Path
from sigma_core.errors import Damaged
from sigma_core.lake import Lake
from sigma_core.learners import LEARNERS
lake, path = Lake(Path(sys.argv[1])), Path(sys.argv[2])
content, named = path.read_bytes(), 0
for bit in range(0, len(content) * 8, len(content) * 8 // 200):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    try:
        files, _ = lake.load_bundle(path.parent.name)
        LEARNERS["xgboost"].load(files[path.name])
    except Damaged as told:
        assert path.name in str(told)
        named += 1
print(named)
"""


@pytest.mark.slow
def test_a_model_file_never_ends_the_process(done):
    """A flipped bit in a forest can crash its reader: it is noticed before that."""
    path = done.one("bundles/*/model*")
    ended = subprocess.run(
        [sys.executable, "-c", SCORES, str(done.lake), str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) >= 200


@pytest.mark.slow
def test_tables_flipped_anywhere_are_named_by_verify(done):
    """Every file of every table, a bit each."""
    paths = sorted(done.lake.rglob("*.parquet"))
    for i, path in enumerate(paths):
        content = path.read_bytes()
        path.write_bytes(flip(content, (i * 7919) % (len(content) * 8)))
    found = verify(done.lab(), Verify())
    assert {fault.path for fault in found.faults} >= {str(path) for path in paths}
    assert found.trials is None
    assert Ledger(done.lake / "ledger").audit() == []
