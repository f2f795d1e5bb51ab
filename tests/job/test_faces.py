"""Shell, Make and HTTP are faces of the same verbs."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from sigma_core.__main__ import main
from sigma_core.verbs import VERBS

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
ROUTES = {
    "packs": "GET /packs",
    "pack_detail": "GET /packs/{pack_id}",
    "pack_templates": "GET /packs/{pack_id}/templates",
    "pack_indicators": "GET /packs/{pack_id}/indicator_sets",
    "models": "GET /models",
    "init": "POST /models",
    "init_auto": "POST /models/auto",
    "indicators": "GET /indicators",
    "indicators_groups": "GET /indicators/groups",
    "build": "POST /build_matrix",
    "preview": "POST /preview_matrix",
    "sweep_config": "GET /sweep_config",
    "sweep_run": "POST /backtest_sweep",
    "sweeps": "GET /sweeps",
    "sweep": "GET /sweeps/{sweep_id}",
    "backtest": "POST /backtest",
    "leaderboard": "GET /leaderboard",
    "train": "POST /train",
    "alerts": "POST /signals",
    "signals": "GET /signals",
    "pipeline": "POST /pipeline",
    "runs_build": "GET /build_runs",
    "runs_train": "GET /training_runs",
    "runs_backtest": "GET /backtest_runs",
    "validate_policy": "GET /policy/explain",
    "health": "GET /healthz",
    "audit": "GET /audit",
    "verify": "POST /verify",
}
"""What the guides and the specification call them."""


@pytest.fixture(params=list(VERBS), ids=lambda verb: verb.name)
def verb(request):
    return request.param


def test_every_verb_says_what_it_does(verb):
    assert verb.sentence.endswith(".")
    assert verb.ask.__doc__


def test_every_verb_has_a_make_target_with_a_sentence(verb):
    target = verb.name.replace("_", "-")
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE), target


def test_every_verb_has_the_route_the_guides_show(verb):
    route = " ".join(verb.route) if verb.route else None
    assert route == ROUTES.get(verb.name, route)


def test_every_route_of_the_guides_is_a_verb():
    assert ROUTES.keys() <= {verb.name for verb in VERBS}


def test_make_alone_lists_every_target():
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    for verb in VERBS:
        assert re.search(rf"^  {verb.name.replace('_', '-')} +\S", listed.stdout, re.MULTILINE)


def test_make_hands_over_what_was_typed():
    """Quotes, dollars and spaces reach the verb as they are."""
    typed = ["MODEL_ID=a b", "TAG=it's $HOME"]
    shown = subprocess.run(
        ["make", "-n", "sweep-run", *typed], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "MODEL_ID='a b'" in shown.stdout
    assert "TAG='it'\\''s $HOME'" in shown.stdout


def test_a_pipe_gets_json_and_a_person_a_table(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("SIGMA_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("SIGMA_PACKS", str(ROOT / "packs"))
    assert main(["packs"]) == 0
    assert json.loads(capsys.readouterr().out)
    assert main(["packs", "--table"]) == 0
    assert any(row.startswith("swingsigma ") for row in capsys.readouterr().out.splitlines())
