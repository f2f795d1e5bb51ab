"""A lake that was touched, and a sweep that is stopped half-way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigma_core.lake import Lake

ROOT = Path(__file__).resolve().parents[2]
M = "MODEL_ID=tiny_daily"
RULE = ("SPLITS=3", "THRESHOLDS=0.40")


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x04
    path.write_bytes(content)


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


def _empty(path):
    path.write_bytes(b"")


READ = {
    "matrices/**/*.parquet": ("build", M),
    "predictions/**/*.parquet": ("backtest", M, *RULE),
    "bars/**/2016.parquet": ("build", M),
    "manifests/recipe-*.json": ("build", M),
    "manifests/bars-*.json": ("build", M),
    "bundles/*/manifest.json": ("alerts", M),
    "bundles/*/model*": ("alerts", M),
    "ledger/*.jsonl": ("leaderboard", M),
    "trials/**/*.parquet": ("leaderboard", M),
    "runs/**/*.parquet": ("runs-build", M),
    "signals/**/*.parquet": ("signals", M),
}
"""What is touched, and a verb that reads it."""


@pytest.mark.parametrize("spoil", [_flip, _truncate, _empty])
@pytest.mark.parametrize("pattern", READ)
def test_a_file_that_is_not_what_was_written(done, pattern, spoil):
    path = done.one(pattern)
    spoil(path)
    sentence = done.refused(*READ[pattern], says=path.stem.split(".")[0])
    assert str(done.lake) in sentence


@pytest.mark.parametrize("pattern", ["ledger/*.jsonl"])
@pytest.mark.parametrize("verb", ["sweep-run", "backtest", "pipeline"])
def test_a_touched_ledger_stops_what_would_count_on_it(done, pattern, verb):
    _flip(done.one(pattern))
    done.refused(verb, M, says="ledger", hint="make audit")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["matrices/**/*.parquet", "predictions/**/*.parquet"])
def test_what_was_taken_away_is_made_anew(done, name):
    path = done.one(name)
    content = path.read_bytes()
    path.unlink()
    code, _, err = done.run("backtest", M, *RULE)
    assert code == 0, err
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["bars/**/2016.parquet", "manifests/*.json"])
def test_bars_and_recipes_that_were_taken_away_are_made_anew(done, name):
    for path in list(done.lake.glob(name)):
        path.unlink()
    code, _, err = done.run("build", M)
    assert code == 0, err
    assert not list(Lake(done.lake).damages())


def test_a_bundle_that_was_taken_away(done):
    for path in (folder := done.one("bundles/*")).iterdir():
        path.unlink()
    folder.rmdir()
    done.refused("alerts", M, says="tiny_daily", hint="make train")


def test_a_model_that_was_taken_out_of_its_bundle(done):
    path = next(p for p in done.one("bundles/*").iterdir() if p.name != "manifest.json")
    path.unlink()
    done.refused("alerts", M, says=path.name)


def test_tries_that_were_taken_away_are_missed(done):
    """Fewer tries would make each look better: the count may not shrink unseen."""
    done.one("ledger/*.jsonl").unlink()
    done.refused("leaderboard", M, says="gone", hint="make audit")
    done.refused("sweep-run", M, says="gone", hint="make audit")


def test_lines_that_were_cut_off_are_missed(done):
    path = done.one("ledger/*.jsonl")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    done.refused("leaderboard", M, says="lines, and there are", hint="make audit")


@pytest.fixture
def heard() -> Iterator[None]:
    """Children hear Control-C, even where the tests run in the background and do not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _sweep(bench) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sigma_core", "sweep-run", M, "SPLITS=4"]
    return subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
def test_control_c_in_mid_sweep(fresh, heard):
    """Exit 130, the job `cancelled`, whole files only; and the same sweep then completes."""
    fresh.edit(learner={"name": "xgboost", "seed": 7, "params": {"rounds": 300}})
    with _sweep(fresh) as process:
        told = []
        for line in process.stderr:
            told.append(line)
            if "learned 1 of" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, [*told, err]
    assert out == ""
    assert "Traceback" not in err
    assert "error: Stopped." in err
    [job] = [json.loads(path.read_text()) for path in fresh.lake.glob("jobs/*.json")]
    assert job["state"] == "cancelled"
    assert not list(fresh.lake.glob("jobs/open/*"))
    for folder in ("trials", "predictions", "runs", "ledger", "folds"):
        assert not [p for p in (fresh.lake / folder).rglob("*") if p.is_file()], folder
    assert not [p for p in (fresh.lake / "staging").iterdir() if p.suffix != ".lock"]
    assert not list(Lake(fresh.lake).damages())
    code, _, err = fresh.run("sweep-run", M, "SPLITS=4")
    assert code == 0, err
    assert len(Lake(fresh.lake).trials()) == 3
