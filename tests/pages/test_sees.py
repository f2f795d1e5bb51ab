"""The Build step's popover: another provider, other indicators out of the catalogue."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from sigma_core.lab import Lab
from sigma_core.packs import find_model

MODEL = "ixic_eq_swing_daily"
KEY = f"sees_swingsigma_{MODEL}"
OpenPage = Callable[..., AppTest]


def names(lab: Lab) -> list[str]:
    return [spec.name for spec in find_model(lab.packs, MODEL).asked]


def test_an_indicator_is_added_and_one_taken_away(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL)
    before = names(lab)
    held = at.multiselect(key=f"{KEY}_indicators")
    assert at.button(key=f"{KEY}_save").disabled
    held.set_value([*held.value[1:], "mfi"]).run()
    at.button(key=f"{KEY}_save").click().run()
    assert not at.exception
    assert names(lab) == [*before[1:], "mfi"]


def test_bars_from_another_provider(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL)
    at.selectbox(key=f"{KEY}_provider").set_value("files").run()
    at.button(key=f"{KEY}_save").click().run()
    assert find_model(lab.packs, MODEL).provider == "files"
    assert find_model(lab.packs, MODEL).asked  # the set is as it was


def test_none_at_all_cannot_be_saved(lab: Lab, open_page: OpenPage) -> None:
    at = open_page("2_composer", model=MODEL)
    at.multiselect(key=f"{KEY}_indicators").set_value([]).run()
    assert at.button(key=f"{KEY}_save").disabled
