"""Editing, cloning and archiving: what changes, what stays, and that nothing is half-written."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date

import pandas as pd
import pytest

from sigma_core.domain.pack import ModelFile
from sigma_core.errors import BadRequest, SigmaError, UnknownName
from sigma_core.packs import find_model, policy
from sigma_core.parse import parse
from sigma_core.schemas import RUNS
from sigma_core.verbs import VERBS
from sigma_core.verbs.edit_model import EditModel
from sigma_core.yamltext import edited, load

DEMO = "ixic_eq_swing_daily"
HOURLY = "spy_eq_swing_hourly"
"""Takes the same policy as the demo."""


def run(lab, name, /, **ask):
    """What a verb answers, asked as a shell would ask it."""
    verb = VERBS[name]
    return verb.fn(lab, parse(verb.ask, ask))


def changed(done):
    """Fields that an edit says it changes, with what they were and will be."""
    return {change.field: (change.before, change.after) for change in done.changes}


# ---- the text


def test_an_edited_text_differs_in_the_edited_lines_alone(spoilt, lab):
    before = spoilt.file("model_configs").read_text("utf-8").splitlines()
    run(lab, "edit_model", model_id=DEMO, start="2003-02-01", notes="NO")
    after = spoilt.file("model_configs").read_text("utf-8").splitlines()

    differ = [new for old, new in zip(before, after, strict=True) if old != new]
    assert differ == [
        "start: 2003-02-01 # bars begin a year earlier, so every indicator is warm",
        "notes: 'NO'",
    ]


@pytest.mark.parametrize(
    ("text", "fields", "becomes"),
    [
        ("a: 1 # one\nb: 2\n", {"a": 3, "b": 2}, "a: 3 # one\nb: 2\n"),
        ("a: 1\n# of b\nb: 2\n", {"b": 2}, "# of b\nb: 2\n"),
        ("a: 1", {"a": 1, "b": "x: y"}, "a: 1\nb: 'x: y'\n"),
        ("a:\n", {"a": True}, "a: true\n"),
        ("a: |\n  x\n  y\nb: 1\n", {"a": "z", "b": 1}, "a: z\nb: 1\n"),
        ("a:\n  b: 1 # b\n  c: 2\n", {"a": {"b": 1, "c": 3}}, "a:\n  b: 1 # b\n  c: 3\n"),
        ("a:\n  - 1 # one\n  - 2\n", {"a": [1, 3]}, "a:\n  - 1 # one\n  - 3\n"),
        ("a:\n  - 1 # one\n", {"a": [0, 1]}, "a:\n  - 0\n  - 1 # one\n"),
        ("a: [1]\r\nb: 2\r\n", {"a": [2], "b": 2}, "a: [2]\r\nb: 2\r\n"),
        ("a: 2\n", {"a": "two\nlines"}, 'a: "two\\nlines"\n'),
    ],
)
def test_comments_and_order_stay(text, fields, becomes):
    made = edited(text, fields, named="x")

    assert made == becomes
    assert load(made, named="x") == fields


@pytest.mark.parametrize("text", ["{a: 1}", "a: &x {c: 1}\nb: *x\n"])
def test_what_cannot_be_edited_in_place_is_refused(text):
    with pytest.raises(BadRequest, match="field by field"):
        edited(text, {"a": 2, "b": {"c": 1}}, named="x")


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "more than 100,000"),
        ("a: &a [*a]", "or itself"),
        ("a: " + "[" * 5000 + "]" * 5000, "too deep"),
    ],
    ids=["of aliases", "of itself", "of brackets"],
)
def test_a_text_that_would_fill_the_memory_is_refused(lab, spoilt, text, says):
    before = spoilt.everything()
    with pytest.raises(BadRequest, match=says):
        run(lab, "edit_model", model_id=DEMO, text=text)
    assert spoilt.everything() == before


# ---- models


def test_a_dry_run_says_what_would_change_and_writes_nothing(spoilt, lab):
    before = spoilt.everything()
    done = run(lab, "edit_model", model_id=DEMO, start="2003-02-01", dry_run="true")

    assert changed(done) == {"start": ("2000-01-01", "2003-02-01")}
    assert [change.field for change in done.shas] == ["config_sha"]
    assert "matrix is built anew" in done.anew[0]
    assert not done.written
    assert spoilt.everything() == before


def test_an_edit_is_what_its_dry_run_said(lab):
    asked = {"model_id": DEMO, "learner": {"name": "logistic"}, "clear": "end"}
    told = run(lab, "edit_model", **asked, dry_run=True)
    done = run(lab, "edit_model", **asked)

    assert (done.changes, done.shas, done.text) == (told.changes, told.shas, told.text)
    assert done.written
    made = find_model(lab.packs, DEMO)
    assert (made.learner.name, made.end) == ("logistic", None)
    assert made.start == date(2000, 1, 1)


@pytest.mark.parametrize(
    ("asked", "shas", "anew"),
    [
        ({"notes": "other"}, set(), ()),
        ({"active": False}, set(), ()),
        ({"risk_profile": "aggressive"}, {"risk_sha"}, "Matrix and predictions stay"),
        ({"policy": "conservative"}, {"policy_sha"}, "Matrix and predictions stay"),
        ({"learner": {"seed": 8}}, {"config_sha"}, "The matrix stays"),
        ({"indicator_set": "swing_daily_vix"}, {"config_sha"}, "The matrix is built anew"),
    ],
)
def test_what_must_be_made_anew_follows_from_what_changes(lab, asked, shas, anew):
    done = run(lab, "edit_model", model_id=DEMO, dry_run=True, **asked)

    assert {change.field for change in done.shas} == shas
    assert done.anew[0].startswith(anew) if anew else done.anew == ()


def test_a_policy_is_part_of_a_label_that_is_its_trade(lab):
    done = run(lab, "edit_model", model_id=HOURLY, policy="aggressive", dry_run=True)

    assert done.anew[0].startswith("The matrix is built anew")


def test_every_field_of_a_model_can_be_changed():
    """But its name and its pack, which its place says."""
    written, asked = ({each.name for each in fields(noun)} for noun in (ModelFile, EditModel))

    assert written - asked == set()


def test_own_indicators_take_the_place_of_the_set(lab):
    own = [{"name": "rsi", "params": {"period": 2}}, {"name": "ppo"}]
    run(lab, "edit_model", model_id=DEMO, indicators=own)

    made = find_model(lab.packs, DEMO)
    assert made.indicator_set is None
    assert [spec.name for spec in made.indicators] == ["rsi", "ppo"]
    run(lab, "edit_model", model_id=DEMO, indicator_set="swing_daily")
    assert find_model(lab.packs, DEMO).indicator_set == "swing_daily"


WRONG = [
    ({"model_id": "ixic_eq_swing_dayly", "notes": "x"}, "No model is called"),
    ({"model_id": "../pack", "notes": "x"}, "No model is called"),
    ({"learner": {"nme": "logistic"}}, "learner.nme is not a field"),
    ({"learner": {"name": "logistik"}}, "No learner is called 'logistik'"),
    ({"indicator_set": "swing_dayly"}, "No indicator set of swingsigma"),
    ({"indicator_set": "../../x"}, "No indicator set of swingsigma"),
    ({"policy": "../balanced"}, "No policy of swingsigma"),
    ({"start": "2018-01-02"}, "start 2018-01-02 is after end"),
    ({"ticker": "SPY"}, "ticker is 'SPY', but"),
    ({"provider": "sampel"}, "No provider is called"),
    ({"clear": "label"}, "label is required"),
    ({"clear": "allow_quality"}, "cannot be cleared"),
    ({"clear": "notes", "notes": "x"}, "both given and cleared"),
    ({"text": "a: 1", "notes": "x"}, "both given"),
    ({"text": "- a\n"}, "holds no fields"),
    ({"text": "a: [\n"}, "is not YAML"),
    ({"text": "labl: {kind: next_bar}\n"}, "labl is not a field"),
    ({"notes": "x", "if_sha": "0" * 64}, "was changed meanwhile"),
]


@pytest.mark.parametrize(("asked", "says"), WRONG, ids=[says[:30] for _, says in WRONG])
def test_a_refused_edit_leaves_every_byte(spoilt, lab, asked, says):
    before = spoilt.everything()
    with pytest.raises(SigmaError) as told:
        run(lab, "edit_model", **{"model_id": DEMO} | asked)

    assert says in str(told.value)
    assert told.value.hint
    assert spoilt.everything() == before


def test_a_text_mends_a_model_that_cannot_be_used(spoilt, lab):
    spoilt.change("risk_profile: balanced", "risk_profile: bold")
    found = run(lab, "model_text", model_id=DEMO)
    assert "risk_profile is 'bold'" in found.problem

    mended = found.text.replace("bold", "aggressive")
    run(lab, "edit_model", model_id=DEMO, text=mended, if_sha=found.text_sha)
    assert find_model(lab.packs, DEMO).risk_profile == "aggressive"
    assert spoilt.file("model_configs").read_text("utf-8") == mended


def test_a_grid_that_the_edit_would_break_is_said(spoilt, lab):
    spoilt.change("splits: 5", 'splits: 5\nallowed_hours_variants: ["10"]', "sweep_configs", HOURLY)
    text = spoilt.file("model_configs", HOURLY).read_text("utf-8")
    mine = text.replace(HOURLY, "mine").replace("cadence: hourly", "cadence: daily")
    spoilt.file("model_configs", "mine").write_text(text.replace(HOURLY, "mine"))
    spoilt.file("sweep_configs", "mine").write_text('allowed_hours_variants: ["10"]\n')

    with pytest.raises(BadRequest, match="daily, and decides once"):
        run(lab, "edit_model", model_id="mine", text=mine.replace("swing_hourly", "swing_daily"))


def test_of_two_edits_of_one_text_the_second_is_told(lab):
    sha = run(lab, "model_text", model_id=DEMO).text_sha

    def edit(notes):
        try:
            run(lab, "edit_model", model_id=DEMO, notes=notes, if_sha=sha)
        except BadRequest as stale:
            return str(stale)
        return ""

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(edit, "abcd"))
    assert ends.count("") == 1
    assert all("changed meanwhile" in end for end in ends if end)
    assert find_model(lab.packs, DEMO).notes == "abcd"[ends.index("")]


# ---- shared parts


def test_a_shared_part_says_who_else_takes_it(lab):
    parts = {part.kind: part for part in run(lab, "model_text", model_id=DEMO).parts}

    assert (parts["policy"].name, parts["policy"].models) == ("balanced", (HOURLY,))
    assert (parts["indicator_set"].name, parts["indicator_set"].models) == ("swing_daily", ())


def test_a_shared_policy_changes_for_all_that_take_it(spoilt, lab):
    changes = {"fee_bps": 0.5, "brackets": {"min_rr": 1.5}}
    done = run(lab, "edit_part", kind="policy", name="balanced", changes=changes)

    assert changed(done) == {"fee_bps": ("0.0", "0.5"), "brackets.min_rr": ("1.0", "1.5")}
    assert set(done.models) == {DEMO, HOURLY}
    for name in (DEMO, HOURLY):
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
