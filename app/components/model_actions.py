"""What can be done with a model as a whole: clone it, archive it, bring it back."""

import streamlit as st

from app.components.errors import show
from app.nav import path
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.lakestate import Standing
from sigma_core.domain.model import ModelId
from sigma_core.errors import SigmaError
from sigma_core.verbs.archive_model import ArchiveModel, archive_model
from sigma_core.verbs.clone_model import CloneModel, clone_model

SAID = "model_said"
"""What was done, to be said when the page is next drawn: a dialog's callback must draw nothing."""


def say() -> None:
    """Say what was done since the page was last drawn."""
    if said := st.session_state.pop(SAID, None):
        st.toast(said, icon=":material/check:")


def buttons(row: ModelRow, standing: Standing | None) -> None:
    """Clone and archive, each behind a dialog; bring back at once."""
    if row.archived:
        st.button(
            "Bring back",
            icon=":material/unarchive:",
            key="restore",
            on_click=_archive,
            args=(row,),
            kwargs={"restore": True},
        )
        return
    if not row.problem and st.button("Clone", icon=":material/content_copy:", key="clone"):
        _clone_dialog(row)
    if st.button("Archive", icon=":material/archive:", key="archive"):
        _archive_dialog(row, standing)


@st.dialog("Clone a model", icon=":material/content_copy:")
def _clone_dialog(row: ModelRow) -> None:
    st.caption(f"`{row.model_id}` with everything it holds, under another name.")
    if ModelId.read(row.model_id) is not None:
        left, right = st.columns(2)
        left.text_input("Variant", key="clone_variant", placeholder="v2")
        right.text_input("Ticker", key="clone_ticker", placeholder=row.ticker)
    st.text_input("Or a name of your own", key="clone_name")
    if refused := st.session_state.pop("clone_refused", None):
        show(*refused)
    st.button(
        "Clone",
        type="primary",
        icon=":material/check:",
        key="clone_go",
        on_click=_clone,
        args=(row,),
    )
    if made := st.session_state.pop("clone_made", None):
        st.switch_page(path("Models"), query_params={"show": made})


def _typed() -> dict[str, str]:
    """What stands in the dialog's fields now, also if the button was pressed right after typing."""
    names = ("variant", "ticker", "name")
    return {name: st.session_state.get(f"clone_{name}", "").strip() for name in names}


def _clone(row: ModelRow) -> None:
    try:
        asked = ask(CloneModel, model_id=row.model_id, pack_id=row.pack_id, **_typed())
        made = clone_model(lab(), asked)
    except SigmaError as error:
        st.session_state["clone_refused"] = (str(error), error.hint)
        return
    st.session_state["clone_made"] = made.model.model_id
    st.session_state[SAID] = f"{made.model.model_id} is made."


@st.dialog("Archive a model", icon=":material/archive:")
def _archive_dialog(row: ModelRow, standing: Standing | None) -> None:
    trials = f"Its {standing.trials:,} trials" if standing else "Its trials"
    st.markdown(
        f"`{row.model_id}` is no longer listed, built or swept. {trials}, runs, bundles and"
        " signals stay as they are, and it can be brought back."
    )
    with st.container(horizontal=True):
        if st.button(
            "Archive",
            type="primary",
            icon=":material/archive:",
            key="archive_go",
            on_click=_archive,
            args=(row,),
            kwargs={"restore": False},
        ):
            st.rerun()
        if st.button("Keep it", key="archive_not"):
            st.rerun()


def _archive(row: ModelRow, *, restore: bool) -> None:
    asked = ArchiveModel(model_id=row.model_id, pack_id=row.pack_id, restore=restore)
    try:
        done = archive_model(lab(), asked)
    except SigmaError as error:  # someone else did it first
        st.session_state[SAID] = f"{error} {error.hint}"
        return
    word = "is in the list again" if restore else "is archived"
    st.session_state[SAID] = f"{done.model.model_id} {word}."
