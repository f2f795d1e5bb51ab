"""What a model sees, changed where it is built: whose bars, and which indicators."""

from typing import Any

import streamlit as st

from app.components.errors import told
from app.components.numbers import plural
from app.session import ask, lab
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.model import IndicatorSpec
from sigma_core.packs import find_model
from sigma_core.parse import plain
from sigma_core.providers import PROVIDERS
from sigma_core.verbs.edit_model import EditModel, edit_model
from sigma_core.verbs.indicators import Indicators, indicators

OWN_LIST = (
    "Other indicators than the set's become this model's own list; the set stays as it is for the "
    "models that share it. Parameters stand in its YAML, on Models."
)


def draw(row: ModelRow) -> None:
    """A popover with both; nothing is kept before Save."""
    with st.popover("Provider and indicators", icon=":material/edit:"), told(stop=False):
        config = find_model(lab().packs, row.model_id, row.pack_id)
        key = f"sees_{row.pack_id}_{row.model_id}"
        names = ["auto", *(each.name for each in PROVIDERS)]
        provider = st.selectbox(
            "Bars from", names, index=names.index(config.provider), key=f"{key}_provider"
        )
        held = {_words(spec): spec for spec in config.asked if isinstance(spec, IndicatorSpec)}
        catalogue = {each.name: each.sentence for each in indicators(lab(), Indicators())}
        picked = st.multiselect(
            "Indicators, from the catalogue", list(dict.fromkeys([*held, *catalogue])), list(held),
            format_func=lambda each: each if each in held else f"{each}: {catalogue[each]}",
            key=f"{key}_indicators",
            help="Type a part of a name or of what it is.", width=640,
        )  # fmt: skip
        changed: dict[str, Any] = {}
        if provider != config.provider:
            changed["provider"] = provider
        if set(picked) != set(held):
            changed["indicators"] = tuple(
                plain(held.get(each, IndicatorSpec(name=each))) for each in picked
            )
        st.caption(OWN_LIST)
        if st.button(
            "Save", icon=":material/save:", disabled=not changed or not picked, key=f"{key}_save"
        ):
            about = {"model_id": row.model_id, "pack_id": row.pack_id}
            edit_model(lab(), ask(EditModel, **about, **changed))
            st.toast(f"Saved: {plural(len(picked), 'indicator')}, bars from {provider}.")
            st.rerun()


def _words(spec: IndicatorSpec) -> str:
    """An indicator as it is asked for.

    >>> _words(IndicatorSpec(name="rsi", params={"period": 2}, cadence="daily"))
    'rsi period 2 daily'
    """
    params = " ".join(f"{name} {value:g}" for name, value in spec.params.items())
    return " ".join(filter(None, [spec.name, params, spec.cadence, spec.of]))
