"""Readers who go before the answer comes: `make models | head -1`, no terminal, a full disk."""

import json
import os
import sys
from pathlib import Path

import pytest

from sigma_core.__main__ import main
from sigma_core.verbs.verify import Verify, verify

M = "MODEL_ID=tiny_daily"


@pytest.fixture
def gone():
    """A stream whose reader has gone away; what is written to it raises BrokenPipeError."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        yield stream


@pytest.mark.parametrize("words", [("models", "--json"), ("indicators", "--table"), ("--help",)])
def test_an_answer_that_nobody_reads_ends_quietly(fresh, gone, monkeypatch, capsys, words):
    assert fresh.packs.exists()
    monkeypatch.setattr(sys, "stdout", gone)
    assert main(words) == 0
    gone.flush()  # as at the end of a process: nothing is left to fail on
    assert capsys.readouterr().err == ""


def test_work_goes_on_when_nobody_reads_its_progress(fresh, gone, monkeypatch, capsys):
    """`make build 2>&1 | head -1`: the job is done, not broken."""
    monkeypatch.setattr(sys, "stderr", gone)
    assert main(["build", M, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] > 0
    [job] = [json.loads(path.read_text()) for path in fresh.lake.glob("jobs/*.json")]
    assert (job["state"], job["error"]) == ("done", "")


def test_a_refusal_that_nobody_reads_is_still_one(fresh, gone, monkeypatch):
    assert fresh.packs.exists()
    monkeypatch.setattr(sys, "stderr", gone)
    assert main(["build", "MODEL_ID=other"]) == 2


def test_an_answer_that_does_not_fit_on_the_disk(fresh, monkeypatch, capsys):
    assert fresh.packs.exists()
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["models", "--json"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: The answer could not be written: No space left on device.\n")


@pytest.mark.slow
def test_streams_that_are_closed_from_the_start(fresh):
    """Nothing of the lake takes their place, and the answer is the usual one."""
    command = f"{sys.executable} -m sigma_core build {M} >&- 2>&- <&-"
    env = " ".join(f"{name}={value}" for name, value in fresh.env.items())
    assert os.waitstatus_to_exitcode(os.system(f"{env} {command}")) == 0  # noqa: S605  ours
    assert verify(fresh.lab(), Verify()).ok
