"""A chart as plain data, by Plotly's own names: Plotly's objects check every field of every run."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from plotly.basedatatypes import BaseFigure

Fields = dict[str, Any]
WHOLE = ("error_x", "error_y")
"""Plotly's only names with an underscore in them that we use."""


class Figure:
    """Traces and a layout; an underscore in a name leads one level down, as in Plotly.

    Nothing is checked here: the pages' tests let Plotly check each chart that they draw.
    """

    def __init__(self, **layout: Any) -> None:
        self.data: list[Fields] = []
        self.layout: Fields = nested(layout)

    def add(self, kind: str, **trace: Any) -> None:
        """A trace of this kind: scatter, bar, heatmap, candlestick, parcoords."""
        self.data.append({"type": kind} | nested(trace))

    def add_scatter(self, **trace: Any) -> None:
        """Marks or a line."""
        self.add("scatter", **trace)

    def add_bar(self, **trace: Any) -> None:
        """Bars."""
        self.add("bar", **trace)

    def update_layout(self, **fields: Any) -> None:
        """Set parts of the layout; what else stands there stays."""
        self.layout = merged(self.layout, nested(fields))

    def update_xaxes(self, **fields: Any) -> None:
        """Set parts of the x axis."""
        self.update_layout(xaxis=nested(fields))

    def update_yaxes(self, **fields: Any) -> None:
        """Set parts of the y axis."""
        self.update_layout(yaxis=nested(fields))

    def add_shape(self, **shape: Any) -> None:
        """A line or a rectangle."""
        self.layout.setdefault("shapes", []).append(nested(shape))

    def add_annotation(self, **words: Any) -> None:
        """Words at a place, without an arrow."""
        self.layout.setdefault("annotations", []).append({"showarrow": False} | nested(words))

    def add_vline(self, at: float, **look: Any) -> None:
        """A line from the bottom to the top."""
        self.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="y domain", **look)

    def add_hline(self, at: float, **look: Any) -> None:
        """A line from side to side."""
        self.add_shape(type="line", x0=0, x1=1, xref="x domain", y0=at, y1=at, **look)

    def add_vrect(self, low: float, high: float, **look: Any) -> None:
        """A band from the bottom to the top."""
        self.add_shape(type="rect", x0=low, x1=high, y0=0, y1=1, yref="y domain", **look)

    def add_hrect(self, low: float, high: float, **look: Any) -> None:
        """A band from side to side."""
        self.add_shape(type="rect", x0=0, x1=1, xref="x domain", y0=low, y1=high, **look)


class Ready(BaseFigure):  # type: ignore[misc]  # Plotly has no types
    """A figure that Streamlit takes as it is, unchecked: by its type it passes for Plotly's own."""

    def __init__(self, drawn: Fields) -> None:
        self._drawn = drawn

    def to_dict(self) -> Fields:
        """What is sent, its arrays packed."""
        return {name: sent(value) for name, value in self._drawn.items()}


def nested(fields: Mapping[str, Any]) -> Fields:
    """Names with underscores as the levels that they stand for.

    >>> nested({"title_text": "Sharpe", "title_font": {"size": 9}, "error_y": {"width": 3}})
    {'title': {'text': 'Sharpe', 'font': {'size': 9}}, 'error_y': {'width': 3}}
    """
    made: Fields = {}
    for name, value in fields.items():
        head, _, rest = (name, "", "") if name in WHOLE else name.partition("_")
        made = merged(made, {head: nested({rest: value}) if rest else value})
    return made


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Fields:
    """Both, level by level; where they meet in a value, that of `over`.

    >>> merged({"title": {"text": "a"}, "dtick": 1}, {"title": {"standoff": 8}, "dtick": 2})
    {'title': {'text': 'a', 'standoff': 8}, 'dtick': 2}
    """
    made = dict(under)
    for name, value in over.items():
        both = isinstance(value, Mapping) and isinstance(made.get(name), Mapping)
        made[name] = merged(made[name], value) if both else value
    return made


def sent(value: Any) -> Any:
    """Numbers of an array as packed bytes, stamps as text; all else as it is.

    >>> sent({"x": np.array([0.5, np.nan]), "y": [1, 2]})
    {'x': {'dtype': 'f8', 'bdata': 'AAAAAAAA4D8AAAAAAAD4fw=='}, 'y': [1, 2]}
    """
    if isinstance(value, dict):
        return {name: sent(each) for name, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [sent(each) for each in value]
    if isinstance(value, pd.Series | pd.Index | pd.DataFrame):
        value = value.to_numpy()
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind == "M":
        return np.datetime_as_string(value, unit="s").tolist()
    if value.dtype.kind != "f":
        return value.tolist()
    packed = {"dtype": "f8", "bdata": b64encode(value.astype("<f8").tobytes()).decode()}
    return packed if value.ndim == 1 else packed | {"shape": ", ".join(map(str, value.shape))}
