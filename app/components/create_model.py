"""The dialog that creates a model: the name forms as its parts are chosen."""

from collections.abc import Sequence

import streamlit as st

from app.components import pickers
from app.components.errors import show
from app.components.model_actions import SAID
from app.nav import path
from app.session import ask, lab
from sigma_core.domain.catalog import PackRow, TemplateRow
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.errors import SigmaError
from sigma_core.verbs.init import Init, init
from sigma_core.verbs.pack_detail import PackAsk
from sigma_core.verbs.pack_templates import pack_templates


@st.dialog("Create a model", width="large", icon=":material/add:")
def dialog(families: Sequence[PackRow]) -> None:
    """Pack, template, ticker, risk; what is wrong is said before the button can be pressed."""
    titles = {row.pack_id: row.title for row in families}
    pack_id = st.segmented_control(
        "Pack",
        list(titles),
        default=next(iter(titles)),
        required=True,
        format_func=titles.__getitem__,
        key="new_pack",
    )
    templates = {row.template: row for row in pack_templates(lab(), PackAsk(pack_id=pack_id))}
    template = _template(templates)
    if template is None:
        st.info("This pack has no template to start from.", icon=":material/info:")
        return
    left, right = st.columns(2)
    ticker = left.text_input("Ticker", key="new_ticker", placeholder="IXIC").strip()
    variant = right.text_input("Variant, if there is one already", key="new_variant").strip()
    name = _name(ticker, template, variant)
    own = st.text_input("Name", key="new_own", placeholder=name or "forms as you type").strip()
    st.code(own or name or "…", language=None)
    risk = pickers.risk(key="new_risk") or "balanced"
    st.caption("; ".join(f"{k}: {v}" for k, v in pickers.implied(RISK_PROFILES[risk]).items()))
    wrong = _wrong(ticker, own or name)
    if wrong:
        st.caption(f":red[{wrong}]")
    if told := st.session_state.get("new_refused"):
        show(*told)
    asked = {
        "model_id": own or name,
        "pack_id": pack_id,
        "ticker": ticker.upper(),
        "asset": template.asset,
        "horizon": template.horizon,
        "cadence": template.cadence,
        "template": template.template,
        "risk_profile": risk,
    }
    st.button(
        "Create",
        type="primary",
        icon=":material/check:",
        disabled=bool(wrong) or not ticker,
        key="new_create",
        on_click=_create,
        args=(asked,),
    )
    if st.session_state.pop("new_made", None):
        st.switch_page(path("Models"), query_params={"show": own or name})


def _template(templates: dict[str, TemplateRow]) -> TemplateRow | None:
    if not templates:
        return None
    picked = st.radio(
        "Start from",
        list(templates),
        captions=[f"{t.sentence} {t.horizon}, {t.cadence}" for t in templates.values()],
        key="new_template",
    )
    return templates[picked]


def _name(ticker: str, template: TemplateRow, variant: str) -> str:
    """The name these parts make; empty without a ticker."""
    stem = "".join(letter for letter in ticker.lower() if letter.isalnum() and letter.isascii())
    parts = (stem, template.asset, template.horizon, template.cadence, variant)
    return "_".join(part for part in parts if part) if stem else ""


def _wrong(ticker: str, name: str) -> str:
    if not ticker:
        return ""
    letters = set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789_")
    if letters:
        return f"A name holds a-z, 0-9 and _, not {' '.join(sorted(letters))}"
    return "" if name else "Give it a name"


def _create(asked: dict[str, str]) -> None:
    try:
        made = init(lab(), ask(Init, **asked))
    except SigmaError as error:
        st.session_state["new_refused"] = (str(error), error.hint)
        return
    st.session_state.pop("new_refused", None)
    st.session_state["new_made"] = made.model.model_id
    st.session_state[SAID] = f"{made.model.model_id} is made."
