"""Editing a model: what changes, what stays, and that nothing is half-written."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date

import pytest

from sigma_core.domain.pack import ModelFile
from sigma_core.errors import BadRequest, SigmaError
from sigma_core.packs import find_model
from sigma_core.verbs.edit_model import EditModel
from sigma_core.yamltext import edited, load
from tests.packs.conftest import changed, run

DEMO = "ixic_eq_swing_daily"
HOURLY = "spy_eq_swing_hourly"
"""Takes the same policy as the demo."""


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


@pytest.mark.slow
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
