"""The Models page: what its filters show, and what its buttons write."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sigma_core.lab import Lab
from sigma_core.packs import find_model
from sigma_core.verbs.archive_model import ArchiveModel, archive_model

MODEL = "ixic_eq_swing_daily"
OTHER = "spy_eq_swing_hourly"
"""Takes the same policy."""
OpenPage = Callable[..., AppTest]


@pytest.fixture
def file(lab: Lab) -> Path:
    """The model's YAML."""
    return lab.packs / "swingsigma" / "model_configs" / f"{MODEL}.yaml"


@pytest.fixture
def editor(open_page: OpenPage) -> AppTest:
    """The page with the editor of the model open."""
    at = open_page("1_models", show=MODEL)
    return at.segmented_control(key="models_tab").set_value("Edit").run()


def listed(at: AppTest) -> list[str]:
    """Names of the models in the table."""
    return [] if not len(at.dataframe) else list(at.dataframe[0].value["model"])


def area(at: AppTest) -> object:
    """The field that holds YAML."""
    return next(each for each in at.text_area if str(each.key).startswith("edit_text"))


def field(at: AppTest, kind: str, name: str) -> object:
    """A field of the form."""
    return next(x for x in getattr(at, kind) if str(x.key).startswith(f"edit_{name}_"))


def rows(at: AppTest) -> dict[str, tuple[str, str]]:
    """What the editor says would change, without the marks of code."""
    table = next(t.value for t in at.table if list(t.value.columns)[:1] == ["Field"])
    told = [[str(cell).strip("`") for cell in row] for row in table.to_numpy()]
    return {name: (before, after) for name, before, after in told}


def test_a_pack_says_what_it_is_for_and_at_what_risk(open_page: OpenPage) -> None:
    words = " ".join(each.value for each in open_page("1_models").markdown)

    assert "Swing Sigma" in words
    assert "swing · daily, hourly · 4 models" in words
    assert "Risk: 3 balanced, 1 conservative" in words


def test_filters_show_fewer_models(lab: Lab, file: Path, open_page: OpenPage) -> None:
    file.write_text(file.read_text() + "active: false\n")
    at = open_page("1_models")
    assert MODEL in listed(at)

    at.toggle(key="idle").set_value(False).run()
    assert MODEL not in listed(at)
    assert OTHER in listed(at)
    at.pills(key="verdict").set_value("PASS").run()
    assert listed(at) == []
    assert "No model fits" in at.subheader[0].value


def test_no_pack_is_said(lab: Lab, open_page: OpenPage) -> None:
    for file in lab.packs.glob("*/pack.yaml"):
        file.unlink()

    assert "No pack here" in open_page("1_models").subheader[0].value


def test_the_risk_of_a_trade_is_shown_in_dollars(open_page: OpenPage) -> None:
    at = open_page("1_models", show=MODEL)
    at.segmented_control(key="models_tab").set_value("Risk").run()
    table = at.table[0].value
    row = table[table.iloc[:, 0].str.contains("100,000")].iloc[0]

    # 2 %, 5 % and 10 % of 100,000
    assert [str(cell).replace("\\", "") for cell in row[1:]] == ["$2,000", "$5,000", "$10,000"]
    assert any("this model's" in str(head) and "Balanced" in str(head) for head in table.columns)


def test_save_is_off_until_something_changes(editor: AppTest, file: Path) -> None:
    before = file.read_bytes()
    assert editor.button(key="edit_save").disabled

    field(editor, "text_input", "notes").set_value("Mine").run()
    assert not editor.button(key="edit_save").disabled
    assert rows(editor)["notes"][1] == "Mine"
    assert file.read_bytes() == before


def test_the_form_writes_what_is_set_in_it(editor: AppTest, lab: Lab, file: Path) -> None:
    field(editor, "selectbox", "learner").set_value("logistic")
    field(editor, "selectbox", "policy").set_value("aggressive")
    field(editor, "segmented_control", "risk").set_value("aggressive")
    field(editor, "date_input", "end").set_value(None)
    field(editor, "toggle", "active").set_value(False).run()
    assert {"learner.name", "risk_profile", "end", "active", "config_sha"} <= rows(editor).keys()
    editor.button(key="edit_save").click().run()

    made = find_model(lab.packs, MODEL)
    assert (made.learner.name, made.policy_name, made.risk_profile, made.end, made.active) == (
        "logistic",
        "aggressive",
        "aggressive",
        None,
        False,
    )
    assert "# bars begin a year earlier" in file.read_text()
    assert "Saved" in editor.success[0].value
    assert editor.button(key="edit_save").disabled


def test_yaml_is_checked_as_it_is_typed(editor: AppTest, lab: Lab, file: Path) -> None:
    editor.segmented_control(key="edit_face").set_value("YAML").run()
    text = area(editor).value
    assert text == file.read_text()

    area(editor).set_value(text.replace("swing_daily\nlabel", "swing_dayly\nlabel")).run()
    assert "swing\\_dayly" in editor.error[0].value
    assert "Did you mean swing\\_daily" in editor.error[0].value
    assert editor.button(key="edit_save").disabled

    area(editor).set_value(text.replace("sessions: 5", "sessions: 10")).run()
    assert rows(editor)["label.params.sessions"] == ("5", "10")
    editor.button(key="edit_save").click().run()
    assert find_model(lab.packs, MODEL).label.params["sessions"] == 10


@pytest.mark.slow
def test_someone_elses_change_is_not_overwritten(editor: AppTest, file: Path) -> None:
    field(editor, "text_input", "notes").set_value("Mine").run()
    theirs = file.read_text().replace("seed: 7", "seed: 8")
    file.write_text(theirs)
    editor.button(key="edit_save").click().run()

    assert file.read_text() == theirs
    assert "changed meanwhile" in " ".join(error.value for error in editor.error)


@pytest.mark.slow
def test_a_shared_policy_is_copied_unless_all_are_meant(editor: AppTest, lab: Lab) -> None:
    shared = lab.packs / "swingsigma" / "policy_templates" / "balanced.yaml"
    before = shared.read_text()
    editor.selectbox(key=f"edit_what_{MODEL}").set_value("Policy balanced").run()
    editor.segmented_control(key="edit_policy_face").set_value("YAML").run()
    area(editor).set_value(before.replace("fee_bps: 0.0", "fee_bps: 1.5")).run()
    editor.button(key="edit_save").click().run()

    assert shared.read_text() == before
    assert find_model(lab.packs, MODEL).policy.fee_bps == 1.5
    assert find_model(lab.packs, OTHER).policy.fee_bps == 0.0


@pytest.mark.slow
def test_a_shared_policy_says_whom_else_it_changes(editor: AppTest, lab: Lab) -> None:
    editor.selectbox(key=f"edit_what_{MODEL}").set_value("Policy balanced").run()
    editor.segmented_control(key="edit_policy_face").set_value("YAML").run()
    editor.radio(key="edit_for").set_value(True).run()
    assert OTHER in editor.warning[0].value

    area(editor).set_value(area(editor).value.replace("fee_bps: 0.0", "fee_bps: 1.5")).run()
    editor.button(key="edit_save").click().run()
    assert {find_model(lab.packs, name).policy.fee_bps for name in (MODEL, OTHER)} == {1.5}


def test_a_model_that_cannot_be_used_is_mended_here(
    lab: Lab, file: Path, open_page: OpenPage
) -> None:
    file.write_text(file.read_text().replace("kind: fwd_ret", "kind: fwd_rte"))
    at = open_page("1_models", show=MODEL)
    assert "cannot be used" in at.error[0].value

    area(at).set_value(area(at).value.replace("fwd_rte", "fwd_ret")).run()
    at.button(key="edit_save").click().run()
    assert find_model(lab.packs, MODEL).label.kind == "fwd_ret"


def test_a_clone_is_made_under_another_variant(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("1_models", show=MODEL)
    at.button(key="clone").click().run()
    at.text_input(key="clone_variant").set_value("v2")
    at.button(key="clone_go").click().run()
    assert find_model(lab.packs, f"{MODEL}_v2").ticker == "IXIC"


@pytest.mark.slow
def test_a_clone_without_a_fit_name_says_why(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("1_models", show=MODEL)
    at.button(key="clone").click().run()
    at.text_input(key="clone_name").set_value("a b")
    at.button(key="clone_go").click().run()

    assert "cannot be a model's name" in at.session_state["clone_refused"][0]


def test_archiving_is_confirmed_and_undone(lab: Lab, file: Path, open_page: OpenPage) -> None:
    before = file.read_bytes()
    at = open_page("1_models", show=MODEL)
    at.button(key="archive").click().run()
    assert file.exists()

    at.button(key="archive_go").click().run()
    assert not file.exists()
    away = open_page("1_models", show=MODEL, archived="true")
    assert MODEL in listed(away)
    away.button(key="restore").click().run()
    assert file.read_bytes() == before


@pytest.mark.slow
def test_archived_models_are_listed_only_if_asked_for(lab: Lab, open_page: OpenPage) -> None:
    archive_model(lab, ArchiveModel(model_id=MODEL))
    at = open_page("1_models")
    assert MODEL not in listed(at)

    at.toggle(key="archived").set_value(True).run()
    assert MODEL in listed(at)
