"""Parts that models share, clones and archives: what changes, what stays, what is refused."""

import pandas as pd
import pytest

from sigma_core.errors import BadRequest, SigmaError, UnknownName
from sigma_core.packs import find_model, policy
from sigma_core.schemas import RUNS
from tests.packs.conftest import changed, run

DEMO = "ixic_eq_swing_daily"
HOURLY = "spy_eq_swing_hourly"
HELD = "acme_e2_y6_opt_swing_daily"
"""Takes the same policy as the demo."""


# ---- shared parts


def test_a_shared_part_says_who_else_takes_it(lab):
    parts = {part.kind: part for part in run(lab, "model_text", model_id=DEMO).parts}

    assert (parts["policy"].name, parts["policy"].models) == ("balanced", (HELD, HOURLY))
    assert (parts["indicator_set"].name, parts["indicator_set"].models) == ("swing_daily", (HELD,))


def test_a_shared_policy_changes_for_all_that_take_it(spoilt, lab):
    changes = {"fee_bps": 0.5, "brackets": {"min_rr": 1.5}}
    done = run(lab, "edit_part", kind="policy", name="balanced", changes=changes)

    assert changed(done) == {"fee_bps": ("0.0", "0.5"), "brackets.min_rr": ("1.0", "1.5")}
    assert set(done.models) == {DEMO, HELD, HOURLY}
    for name in (DEMO, HELD, HOURLY):
        made = find_model(lab.packs, name)
        assert (made.policy.fee_bps, made.policy.brackets.min_rr) == (0.5, 1.5)
        assert made.policy.brackets.atr_mult_target == 3.0
    assert "null # the label's end" in spoilt.file("policy_templates", "balanced").read_text()


def test_a_part_of_its_own_leaves_the_shared_one(spoilt, lab):
    shared = spoilt.file("policy_templates", "balanced").read_bytes()
    done = run(
        lab, "edit_part", kind="policy", name="balanced", model_id=DEMO, changes={"fee_bps": 2}
    )

    assert done.models == (DEMO,)
    assert spoilt.file("policy_templates", "balanced").read_bytes() == shared
    assert find_model(lab.packs, DEMO).policy_name == DEMO
    assert find_model(lab.packs, DEMO).policy.fee_bps == 2.0
    assert find_model(lab.packs, HOURLY).policy.fee_bps == 0.0
    again = run(lab, "edit_part", kind="policy", name=DEMO, model_id=DEMO, changes={"fee_bps": 3})
    assert again.files == (f"packs/swingsigma/policy_templates/{DEMO}.yaml",)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "indicator_set", "name": "swing_daily", "text": "sentence: x\n"}, "indicators"),
        ({"kind": "policy", "name": "balanced", "changes": {"fee": 1}}, "fee is not a field"),
        ({"kind": "policy", "name": "balanced", "changes": {"fee_bps": -1}}, "fee_bps is -1"),
        ({"kind": "policy", "name": "../x", "changes": {"fee_bps": 1}}, "No policy of"),
        ({"kind": "policy", "name": "aggressive", "model_id": DEMO}, "does not take the policy"),
        (
            {
                "kind": "policy",
                "name": "balanced",
                "changes": {"momentum_gate": True, "momentum_column": "x"},
            },
            "no column",
        ),
    ],
)
def test_a_part_that_would_break_a_model_is_refused(spoilt, lab, asked, says):
    before = spoilt.everything()
    with pytest.raises(SigmaError, match=says):
        run(lab, "edit_part", **asked)
    assert spoilt.everything() == before


# ---- clones and archives


def test_a_clone_is_the_model_under_another_name(spoilt, lab):
    done = run(lab, "clone_model", model_id=DEMO, variant="v2")

    model, copy = find_model(lab.packs, DEMO), find_model(lab.packs, f"{DEMO}_v2")
    assert done.model.model_id == f"{DEMO}_v2"
    assert (copy.indicators, copy.policy, copy.label) == (
        model.indicators,
        model.policy,
        model.label,
    )
    grids = [spoilt.file("sweep_configs", name).read_bytes() for name in (DEMO, f"{DEMO}_v2")]
    assert grids[0] == grids[1]
    assert "# the last year is left" in spoilt.file("model_configs", f"{DEMO}_v2").read_text()


def test_a_clone_has_a_policy_of_its_own_where_the_model_has(lab):
    run(lab, "edit_part", kind="policy", name="balanced", model_id=DEMO, changes={"fee_bps": 2})
    run(lab, "clone_model", model_id=DEMO, ticker="QQQ")

    assert find_model(lab.packs, "qqq_eq_swing_daily").ticker == "QQQ"
    assert find_model(lab.packs, "qqq_eq_swing_daily").policy_name == "qqq_eq_swing_daily"
    assert policy(lab.packs, "swingsigma", "qqq_eq_swing_daily").fee_bps == 2.0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "a name of its own"),
        ({"name": "a/b"}, "cannot be a model's name"),
        ({"name": ".."}, "cannot be a model's name"),
        ({"name": HOURLY}, "exists"),
        ({"name": "qqq_eq_swing_daily"}, "but qqq_eq_swing_daily says qqq"),
        ({"variant": "a/b"}, "variant is 'a/b'"),
        ({"ticker": "../x"}, "ticker is '../X'"),
    ],
)
def test_a_refused_clone_leaves_every_byte(spoilt, lab, asked, says):
    before = spoilt.everything()
    with pytest.raises(SigmaError) as told:
        run(lab, "clone_model", model_id=DEMO, **asked)
    assert says in str(told.value)
    assert spoilt.everything() == before


def test_an_archived_model_keeps_its_runs_and_comes_back_as_it_was(spoilt, lab):
    row = {"run_id": "r", "kind": "build", "made_at": pd.Timestamp(lab.now()), "facts": "{}"}
    keys = {"pack_id": "swingsigma", "model_id": DEMO}
    lab.lake.write(RUNS, pd.DataFrame([row]), name="r", **keys)
    before = spoilt.everything()

    done = run(lab, "archive_model", model_id=DEMO)
    assert (done.runs, done.trials) == (1, 0)
    assert DEMO not in [each.model_id for each in run(lab, "models")]
    away = {each.model_id: each for each in run(lab, "models", archived=True)}
    assert away[DEMO].archived
    with pytest.raises(UnknownName) as told:
        find_model(lab.packs, DEMO)
    assert "RESTORE=true" in told.value.hint
    assert len(run(lab, "runs_build", model_id=DEMO)) == 1

    run(lab, "archive_model", model_id=DEMO, restore=True)
    assert spoilt.everything() == before


def test_the_name_of_an_archived_model_stays_taken(spoilt, lab):
    run(lab, "archive_model", model_id=DEMO)
    before = spoilt.everything()
    for name, asked in (
        ("init_auto", {"ticker": "IXIC"}),
        ("clone_model", {"model_id": HOURLY, "name": DEMO}),
    ):
        with pytest.raises(BadRequest, match="exists"):
            run(lab, name, **asked)
    assert spoilt.everything() == before


def test_what_is_not_archived_cannot_be_brought_back(lab):
    with pytest.raises(UnknownName, match="archived model"):
        run(lab, "archive_model", model_id=DEMO, restore=True)
