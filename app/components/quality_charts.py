"""How alike the features of a matrix are."""

import numpy as np
import streamlit as st

from app.components.figure import Figure
from app.components.numbers import ratio
from app.components.page import section
from app.components.palette import BAD_TO_GOOD, scale
from app.components.plotly_template import draw
from sigma_core.domain.quality import Quality

DRAWN = 30
"""Features that can be read on one map."""
WRITTEN = 12
"""Features up to which each cell has its number."""
TWINS = 0.95


def alike(found: Quality, *, key: str) -> None:
    """A map of the rank correlations; of many features those that are most alike to another."""
    if len(found.correlations) < 2:
        return
    names = [each.column for each in found.columns]
    grid = np.array(found.correlations, dtype="float64")
    others = np.abs(grid - np.diag(np.diag(grid)))
    nearest = np.nanmax(np.nan_to_num(others, nan=0.0), axis=1)
    kept = np.sort(np.argsort(-nearest, kind="stable")[:DRAWN])
    says = "rank correlation, over the rows that have both"
    if len(kept) < len(names):
        says += f"; the {DRAWN} of {len(names)} that are most alike to another"
    section("How alike features are", says)
    part, shown = grid[np.ix_(kept, kept)], [names[at] for at in kept]
    figure = Figure()
    figure.add(
        "heatmap", x=shown, y=shown, z=part, zmin=-1, zmax=1, colorscale=scale(BAD_TO_GOOD),
        texttemplate="%{z:.2f}" if len(kept) <= WRITTEN else "",
        colorbar={"title": {"text": "Rank corr."}, "thickness": 10},
        hovertemplate="%{y} with %{x}: %{z:.2f}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(tickangle=-60, dtick=1)
    figure.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    a, b = np.unravel_index(int(np.argmax(np.nan_to_num(others, nan=0.0))), others.shape)
    most = f"Most alike: {names[a]} and {names[b]}, {ratio(float(grid[a, b]))}"
    draw(figure, key=key, height=170 + 22 * len(kept), alt=most)
    twins = int((np.triu(np.nan_to_num(others, nan=0.0)) > TWINS).sum())
    more = f" {twins} pairs are above {TWINS}: one of each adds little." if twins else ""
    st.caption(f"{most}.{more}")
