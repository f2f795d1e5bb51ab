"""Models, Edit, Policy: each field is saved, and fields that contradict each other are refused."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from sigma_core.lab import Lab
from sigma_core.packs import find_model
from tests.pages.conftest import OpenPage

DEMO = "ixic_eq_swing_daily"


@pytest.fixture
def editor(lab: Lab, open_page: OpenPage) -> AppTest:
    """The form of the demo's policy, which becomes its own when it is saved."""
    at = open_page("1_models", show=DEMO)
    at.segmented_control(key="models_tab").set_value("Edit").run()
    return at.selectbox(key=f"edit_what_{DEMO}").set_value("Policy balanced").run()


def field(at: AppTest, kind: str, name: str) -> Any:
    return next(each for each in at.get(kind) if str(each.key).startswith(f"edit_{name}_balanced"))


def test_untouched_a_policy_cannot_be_saved(editor: AppTest) -> None:
    assert editor.button(key="edit_save").disabled


def test_a_policys_fields_are_saved(editor: AppTest, lab: Lab) -> None:
    field(editor, "toggle", "size").set_value(True)
    field(editor, "toggle", "gate").set_value(True)
    field(editor, "selectbox", "entry").set_value("next_session_open")
    field(editor, "selectbox", "mode").set_value("range").run()
    field(editor, "number_input", "cap").set_value(0.4)
    field(editor, "number_input", "min").set_value(0.1)
    field(editor, "number_input", "minutes").set_value(780).run()
    changes = next(each.value for each in editor.table if "Field" in each.value.columns)
    assert "`conf_cap`" in "".join(changes["Field"])
    editor.button(key="edit_save").click().run()

    policy = find_model(lab.packs, DEMO).policy
    assert (policy.size_by_conf, policy.conf_cap) == (True, 0.4)
    assert (policy.momentum_gate, policy.momentum_min) == (True, 0.1)
    assert policy.momentum_column == "momentum_score_total"
    assert (policy.brackets.mode, policy.brackets.entry_mode) == ("range", "next_session_open")
    assert policy.brackets.time_stop_minutes == 780


@pytest.mark.slow
def test_fields_that_contradict_each_other_are_refused(editor: AppTest) -> None:
    field(editor, "selectbox", "entry").set_value("session_close").run()
    assert "session_close is out at the next open" in editor.error[0].value.replace("\\", "")
    assert editor.button(key="edit_save").disabled

    field(editor, "toggle", "levels").set_value(False).run()
    assert "Choose label" in editor.error[0].value
    field(editor, "selectbox", "entry").set_value("next_bar_open").run()
    assert [each.value for each in editor.error] == []
    assert not editor.button(key="edit_save").disabled


@pytest.mark.slow
def test_a_range_is_not_adjusted_to_the_regime(editor: AppTest) -> None:
    field(editor, "selectbox", "mode").set_value("range")
    field(editor, "toggle", "regime").set_value(True).run()

    assert "regime_adjust: true cannot be met" in editor.error[0].value.replace("\\", "")
