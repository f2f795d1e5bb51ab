"""What a sweep is asked besides its grid: folds, days, calibration, momentum gate, tag."""

from typing import Any

import streamlit as st

from app.components import asked, pickers
from app.components.errors import told
from sigma_core.domain.catalog import ModelRow
from sigma_core.domain.sweep import SweepConfig


def more(row: ModelRow, grid: SweepConfig) -> dict[str, Any]:
    """Fields of the request that are changed seldom, as the model's grid has them."""
    with st.popover("More", icon=":material/tune:"):
        given: dict[str, Any] = {
            "splits": st.number_input("Splits, test blocks", 1, 500, grid.splits, key="splits"),
            "embargo": st.number_input(
                "Embargo, share of the test rows", 0.0, 0.99, grid.embargo, 0.01, key="embargo"
            ),
            "calibration": asked.calibration(
                key=f"sweep_calibration_{row.model_id}", default=grid.calibration
            ),
        }
        with told(stop=False):
            given |= asked.gate(row.model_id, row.pack_id, key="sweep")
        whose = "Empty: the model's"
        given["start"] = pickers.day("From", grid.start, key="sweep_from", help=whose)
        given["end"] = pickers.day("To", grid.end, key="sweep_to", help=whose)
        given["tag"] = st.text_input("Tag", grid.tag, key="sweep_tag")
    return given
