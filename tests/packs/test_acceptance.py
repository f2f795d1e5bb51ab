"""An indicator file is tried once: the lake remembers what kept the laws, and under which key."""

import json

import pytest

from sigma_core import packs
from sigma_core.errors import BadRequest, Damaged
from sigma_core.indicators import _trial
from sigma_core.study import built

DEMO, PACK = "ixic_eq_swing_daily", "swingsigma"
OWN = "custom_indicators: [{name: volatility_filter, params: {threshold: 0.02}}]\n"


@pytest.fixture
def tried(spoilt, monkeypatch):
    """The demo with a file of its own, and the children that tried it: two a trial."""
    spoilt.change("start: 2000-01-01", "start: 2014-01-02")
    spoilt.add(OWN)
    found, child = [], _trial.Trial._child
    monkeypatch.setattr(_trial.Trial, "_child", lambda *of: found.append(of[0].name) or child(*of))
    monkeypatch.setattr(_trial, "_ACCEPTED", set())
    return found


def again(spoilt, lab, monkeypatch, *, keep=True):
    """A build as another process would make it, which remembers nothing."""
    monkeypatch.setattr(_trial, "_ACCEPTED", set())
    return built(lab, packs.model(spoilt.root, PACK, DEMO), keep=keep)


def file_of(spoilt):
    return spoilt.root / PACK / "custom_indicators" / "volatility_filter.py"


def document(lab):
    return next((lab.lake.root / "manifests").glob("laws-*.json"))


def test_another_process_tries_it_no_more(tried, spoilt, lab, monkeypatch):
    again(spoilt, lab, monkeypatch)
    assert tried == ["volatility_filter"] * 2
    again(spoilt, lab, monkeypatch)
    assert len(tried) == 2


@pytest.mark.slow
def test_a_preview_remembers_nothing(tried, spoilt, lab, monkeypatch):
    again(spoilt, lab, monkeypatch, keep=False)
    assert not (lab.lake.root / "manifests").exists()


@pytest.mark.slow
def test_an_edit_another_parameter_or_other_code_is_tried_anew(tried, spoilt, lab, monkeypatch):
    again(spoilt, lab, monkeypatch)
    with file_of(spoilt).open("a") as file:
        file.write("# a word more\n")
    again(spoilt, lab, monkeypatch)
    assert len(tried) == 4
    spoilt.change("threshold: 0.02", "threshold: 0.018")
    again(spoilt, lab, monkeypatch)
    assert len(tried) == 6
    monkeypatch.setattr(_trial, "sha_of_sources", lambda *_: "f" * 64)
    again(spoilt, lab, monkeypatch)
    assert len(tried) == 8


@pytest.mark.slow
def test_the_acceptance_of_another_file_does_not_stand_for_one_that_peeks(
    tried, spoilt, lab, monkeypatch
):
    again(spoilt, lab, monkeypatch)
    good = document(lab)
    text = file_of(spoilt).read_text()
    file_of(spoilt).write_text(text.replace("> threshold", "> np.nanmean(returns ** 2) ** 0.5"))
    with pytest.raises(BadRequest, match="sees no future"):
        again(spoilt, lab, monkeypatch)
    config = packs.model(spoilt.root, PACK, DEMO)
    from sigma_core.indicators import trial_of
    from sigma_core.lineage import sha_of
    from sigma_core.parse import plain

    [spec] = config.custom_indicators
    wanted = f"laws-{sha_of(plain(trial_of(spec).made_of(spec.params)))}"
    good.with_name(f"{wanted}.json").write_bytes(good.read_bytes())
    with pytest.raises((BadRequest, Damaged)):
        again(spoilt, lab, monkeypatch)


@pytest.mark.slow
def test_a_document_that_was_touched_is_not_believed(tried, spoilt, lab, monkeypatch):
    again(spoilt, lab, monkeypatch)
    kept = json.loads(document(lab).read_text())
    document(lab).write_text(json.dumps(kept | {"file": "a" * 64}))
    with pytest.raises(Damaged):
        again(spoilt, lab, monkeypatch)
