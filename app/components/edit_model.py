"""Editing a model: form or YAML on the left, what would change on the right, Save when valid."""

from typing import Any

import streamlit as st

from app.components import edit_policy
from app.components.edit_form import form
from app.components.errors import show, told
from app.components.numbers import DASH, plural
from app.components.tables import words
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.editing import Edited, ModelText, PartUse
from sigma_core.errors import SigmaError
from sigma_core.verbs.edit_model import EditModel, edit_model
from sigma_core.verbs.edit_part import EditPart, edit_part
from sigma_core.verbs.model_text import ModelTextAsk, model_text

KINDS = {"indicator_set": "Indicator set", "policy": "Policy"}
SAVED, REFUSED = "edit_saved", "edit_refused"


def draw(row: ModelRow) -> None:
    """The editor of a model; nothing is kept before Save."""
    found = model_text(lab(), ModelTextAsk(model_id=row.model_id, pack_id=row.pack_id))
    if saved := st.session_state.pop(SAVED, None):
        st.success(saved, icon=":material/check:")
    left, right = st.columns(2, gap="large")
    with left:
        part = _what(found)
        asked = _of_part(found, part) if part else _of_model(found)
    with right:
        _preview(asked, part=part is not None)


def _what(found: ModelText) -> PartUse | None:
    """The part to edit; None for the model itself."""
    parts = {f"{KINDS[part.kind]} {part.name}": part for part in found.parts}
    picked = st.selectbox("Edit", ["This model", *parts], key=f"edit_what_{found.model_id}")
    return parts.get(picked)


def _of_model(found: ModelText) -> dict[str, Any]:
    about = {"model_id": found.model_id, "pack_id": found.pack_id, "if_sha": found.text_sha}
    if found.problem:
        show("This model cannot be used as it is written.", found.problem)
        return about | {"text": _yaml(found.file, found.text, found.text_sha)}
    if _face("edit_face") == "Form":
        return about | form(found)
    typed = _yaml(found.file, found.text, found.text_sha)
    return about | ({"text": typed} if typed != found.text else {})


def _of_part(found: ModelText, part: PartUse) -> dict[str, Any]:
    """A part that others share is changed for all that take it, or becomes this model's own."""
    for_all = not part.models or _for_all(part)
    return {
        "kind": part.kind,
        "name": part.name,
        "pack_id": found.pack_id,
        "model_id": "" if for_all else found.model_id,
        "if_sha": part.text_sha,
        **_typed_part(found, part),
    }


def _typed_part(found: ModelText, part: PartUse) -> dict[str, Any]:
    """What was typed of a part: fields of a policy, or the YAML of either kind."""
    if part.kind == "policy" and _face("edit_policy_face") == "Form":
        with told():
            return edit_policy.form(found, part)
    typed = _yaml(part.file, part.text, part.text_sha)
    return {"text": typed if typed != part.text else ""}


def _face(key: str) -> str:
    picked: str = st.segmented_control(
        "As",
        ["Form", "YAML"],
        default="Form",
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    return picked


def _for_all(part: PartUse) -> bool:
    others = plural(len(part.models), "other model")
    says = {False: "This model only, as its own copy", True: f"This model and {others}"}
    for_all = st.radio("Change it for", [False, True], format_func=says.__getitem__, key="edit_for")
    if for_all:
        shown = ", ".join(f"`{name}`" for name in part.models[:6])
        more = f" and {len(part.models) - 6} more" if len(part.models) > 6 else ""
        st.warning(f"Also changes {shown}{more}.", icon=":material/group:")
    return bool(for_all)


def _yaml(file: str, text: str, sha: str) -> str:
    """The text of a file, to be changed; another text on disk makes another field."""
    typed: str = st.text_area(
        f"`{file}`",
        text,
        height=min(560, 23 * (text.count("\n") + 3)),
        key=f"edit_text_{file}_{sha[:8]}",
        help="Checked when you leave the field, or press Ctrl+Enter.",
    )
    return typed


def _preview(asked: dict[str, Any], *, part: bool) -> None:
    """What would change, or why it cannot; Save is off until something valid does."""
    st.markdown("**What changes**")
    try:
        found = _ask(asked, part=part, dry_run=True)
    except SigmaError as error:
        show(str(error), error.hint)
        found = None
    if found is not None:
        _changes(found)
    if found is not None and _any(asked):
        st.caption("Writes " + ", ".join(f"`{file}`" for file in found.files))
    if refused := st.session_state.pop(REFUSED, None):
        show(*refused)
    st.button(
        "Save",
        icon=":material/save:",
        key="edit_save",
        disabled=found is None or not _any(asked),
        on_click=_save,
        args=(asked,),
        kwargs={"part": part},
    )


def _any(asked: dict[str, Any]) -> bool:
    """Whether anything is to be changed."""
    about = ("model_id", "pack_id", "if_sha", "kind", "name", "text")
    return bool(asked.get("text") or asked.keys() - set(about))


def _changes(found: Edited) -> None:
    rows = [(_code(c.field), _code(c.before), _code(c.after)) for c in found.changes]
    rows += [(_code(c.field), _sha(c.before), _sha(c.after)) for c in found.shas]
    if not rows:
        st.caption("No field of the model changes.")
    else:
        with st.container(height=420 if len(rows) > 10 else "content", border=False):
            words(rows, ("Field", "Before", "After"))
    for warning in found.warnings:
        st.warning(warning, icon=":material/warning:")
    if found.anew:
        st.info("  \n".join(found.anew), icon=":material/autorenew:")


def _ask(asked: dict[str, Any], *, part: bool, dry_run: bool) -> Edited:
    if part:
        return edit_part(lab(), ask(EditPart, dry_run=dry_run, **asked))
    return edit_model(lab(), ask(EditModel, dry_run=dry_run, **asked))


def _save(asked: dict[str, Any], *, part: bool) -> None:
    try:
        done = _ask(asked, part=part, dry_run=False)
    except SigmaError as error:  # changed meanwhile, by someone else
        st.session_state[REFUSED] = (str(error), error.hint)
        return
    st.session_state[SAVED] = f"Saved: {', '.join(f'`{file}`' for file in done.files)}"


def _code(value: str | None) -> str:
    """A value as it is written; a dash where there is none."""
    return DASH if value is None else f"`{value.replace('`', ' ')}`"


def _sha(sha: str | None) -> str:
    return DASH if sha is None else f"`{sha[:7]}`"
