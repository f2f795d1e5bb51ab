"""The guides' own sweep request: its grid at full width, its budget, its guardrails, its tag."""

import pytest

from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.parse import parse
from sigma_core.verbs.sweep_run import SweepRun, planned

GUIDE = {
    "model_id": "spy_eq_swing_hourly",
    "pack_id": "swingsigma",
    "thresholds_variants": ["0.50,0.55,0.60", "0.55,0.60,0.65", "0.60,0.65,0.70"],
    "allowed_hours_variants": ["13,14", "13,14,15"],
    "top_pct_variants": [0.10, 0.15],
    "splits": 5,
    "tag": "initial_sweep",
    "min_trades": 30,
    "min_sharpe": 0.5,
}
SHELL = {
    "thresholds_variants": "0.50,0.55,0.60;0.55,0.60,0.65;0.60,0.65,0.70",
    "allowed_hours_variants": "13,14;13,14,15",
    "top_pct_variants": "0.10,0.15",
}


@pytest.fixture
def shipped(tmp_path, request):
    """A lab on the shipped packs; nothing is fitted here, so no bar is read, but a file must be."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "SPY_hourly.csv").write_text("ts,open,high,low,close,volume\n")
    packs = request.config.rootpath / "packs"
    return Lab(packs=packs, lake=Lake(tmp_path / "lake"), files=files)


@pytest.mark.parametrize("typed", [{}, SHELL], ids=["as lists", "as a shell writes it"])
def test_thresholds_and_shares_are_each_crossed_with_hours(shipped, typed):
    _, grid, rules = planned(shipped, parse(SweepRun, GUIDE | typed))
    assert (grid.tag, grid.splits, grid.min_trades, grid.min_sharpe) == (
        "initial_sweep",
        5,
        30,
        0.5,
    )
    assert [(rule.kind, rule.value, rule.allowed_hours) for rule in rules] == [
        ("thr", "0.50,0.55,0.60", "13,14"), ("thr", "0.50,0.55,0.60", "13,14,15"),
        ("thr", "0.55,0.60,0.65", "13,14"), ("thr", "0.55,0.60,0.65", "13,14,15"),
        ("thr", "0.60,0.65,0.70", "13,14"), ("thr", "0.60,0.65,0.70", "13,14,15"),
        ("top_pct", "0.1", "13,14"), ("top_pct", "0.1", "13,14,15"),
        ("top_pct", "0.15", "13,14"), ("top_pct", "0.15", "13,14,15"),
    ]  # fmt: skip


@pytest.mark.parametrize(("profile", "budget"), [("conservative", 20), ("balanced", 50)])
def test_over_budget_is_refused_with_both_counts_and_allowed_when_asked(shipped, profile, budget):
    wide = [f"{0.5 + i / 1000:.3f}" for i in range(budget // 2 + 1)]
    asked = GUIDE | {"thresholds_variants": wide, "top_pct_variants": [], "risk_profile": profile}
    with pytest.raises(BadRequest) as told:
        planned(shipped, parse(SweepRun, asked))
    assert str(told.value) == f"The grid has {budget + 2} configs, and {profile} allows {budget}."
    assert "allow_over_budget=true" in told.value.hint
    assert (
        len(planned(shipped, parse(SweepRun, asked | {"allow_over_budget": True}))[2]) == budget + 2
    )
    within = asked | {"thresholds_variants": wide[1:]}
    assert len(planned(shipped, parse(SweepRun, within))[2]) == budget
