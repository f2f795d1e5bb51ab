"""What `health` and `check-backend` see, and the words with which each symptom is answered."""

import json
import os
import shutil
from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from sigma_core.schemas import TRIALS
from sigma_core.verbs import check_backend as backend
from sigma_core.verbs.health import Health, health


def parts_of(state: Any) -> Mapping[str, Any]:
    return {part.part: part for part in state.parts}


def checked(lab: Any) -> Mapping[str, Any]:
    return parts_of(backend.check_backend(lab, backend.CheckBackend()))


def test_a_lab_that_is_well(done):
    state = health(done.lab(), Health(ticker="TINY"))
    assert state.ok, state
    parts = parts_of(state)
    assert {"packs", "lake", "ledger", "jobs", "clock", "disk", "TINY"} <= parts.keys()
    assert "750 bars from files, the last of 2017-12-21" in parts["TINY daily"].words
    assert parts["files"].hint == ""


def test_an_empty_lake_is_well(fresh):
    shutil.rmtree(fresh.lake, ignore_errors=True)
    assert health(fresh.lab(), Health()).ok
    assert not fresh.lake.exists() or not list(fresh.lake.rglob("*.parquet"))


@pytest.mark.slow
def test_many_small_files_are_told_with_the_verb_that_merges_them(done, monkeypatch):
    monkeypatch.setattr("sigma_core.verbs.health.MANY", 40)
    path = done.one("trials/**/*.parquet")
    for i in range(41):
        shutil.copy(path, path.with_name(f"copy{i}.parquet"))
    part = parts_of(health(done.lab(), Health()))["files"]
    assert part.ok
    assert "make compact" in part.hint
    lab = done.lab()
    lab.lake.compact(TRIALS)
    assert parts_of(health(lab, Health()))["files"].hint == ""


def test_a_damaged_file_is_named_with_the_verb_that_names_all(done):
    path = done.one("equity/**/*.parquet")
    path.write_bytes(b"no")
    part = parts_of(health(done.lab(), Health()))["lake"]
    assert not part.ok
    assert str(path) in part.words
    assert "make verify" in part.hint


def test_a_clock_that_was_set_back_is_said(done):
    part = parts_of(health(done.lab(later=timedelta(days=-400)), Health()))["clock"]
    assert not part.ok
    assert "the newest run is of" in part.words
    assert "Set the clock" in part.hint


def test_a_ticker_that_nobody_has(done):
    """The guides: "Health: `make health TICKER=SPY`" checks that there is data."""
    part = parts_of(health(done.lab(), Health(ticker="SPY")))["SPY"]
    assert not part.ok
    assert "'SPY'" in part.words
    assert "SPY_daily.parquet" in part.hint
    assert "SIGMA_FILES" in part.hint or str(done.files) in part.hint


def test_exit_code_says_it_too(done, said):
    code, out, _ = said("health", "TICKER=SPY")
    assert code == 2
    assert json.loads(out)["ok"] is False


@pytest.mark.slow
def test_a_backend_that_is_well(done, said):
    code, out, err = said("check-backend")
    assert code == 0, out + err
    parts = {part["part"]: part for part in json.loads(out)["parts"]}
    assert all(part["ok"] for part in parts.values())
    assert "duckdb 2" in parts["libraries"]["words"]
    assert "TINY answers with 750 daily bars" in parts["provider files"]["words"]
    assert "IXIC answers with 5,031 daily bars" in parts["provider sample"]["words"]
    assert {"learner xgboost", "learner logistic", "replay", "disk", "lake folder"} <= parts.keys()
    assert not [p for p in done.lake.iterdir() if p.name.startswith(".check")]


def test_a_missing_and_an_old_library_are_named(done, monkeypatch):
    def installed(name):
        if name == "duckdb":
            raise PackageNotFoundError(name)
        return {"scipy": "1.2.9"}.get(name, "9999.1")

    monkeypatch.setattr(backend, "version", installed)
    part = checked(done.lab())["libraries"]
    assert not part.ok
    assert part.words == "duckdb is not installed; scipy is 1.2.9, not 1.17 or newer."
    assert ".venv" in part.hint


def test_an_engine_that_breaks_is_named(done, monkeypatch):
    def broken(*_args, **_kwargs):
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(backend, "_learner", broken)
    part = checked(done.lab())["learner xgboost"]
    assert not part.ok
    assert "libgomp.so.1" in part.words


def test_a_setting_that_is_none(done, monkeypatch):
    monkeypatch.setenv("SIGMA_JOBS", "many")
    part = checked(done.lab())["settings"]
    assert (part.ok, "'many'" in part.words) == (False, True)
    monkeypatch.setenv("SIGMA_JOBS", "2")
    monkeypatch.setenv("SIGMA_FILES", str(done.root / "nowhere"))
    part = checked(done.lab())["settings"]
    assert (part.ok, "nowhere" in part.words) == (False, True)


def test_a_lake_that_is_a_file(done):
    shutil.rmtree(done.lake)
    done.lake.write_text("not a folder")
    part = checked(done.lab())["lake folder"]
    assert not part.ok
    assert "cannot be written: Not a directory" in part.words
    assert "SIGMA_LAKE" in part.hint


def test_without_packs(done):
    shutil.rmtree(done.packs)
    assert not checked(done.lab())["packs folder"].ok


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where nobody may; see test_disks.py")
def test_a_folder_that_may_not_be_written(done):
    done.lake.chmod(0o500)
    part = checked(done.lab())["lake folder"]
    done.lake.chmod(0o700)
    assert (part.ok, "Permission denied" in part.words) == (False, True)
