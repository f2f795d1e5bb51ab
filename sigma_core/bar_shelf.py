"""Where the bars of one ticker stand in the lake."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sigma_core.lab import Lab
from sigma_core.lineage import sha_of_frame
from sigma_core.schemas import BARS


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars of one ticker at one cadence, and how they were come by."""

    frame: pd.DataFrame
    about: Mapping[str, Any]
    """As the provider's, `print` (what the source was), and the facts of the frame."""


def facts_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Of bars, one at least: how many, their sha, their first and last session."""
    first, last = (f"{frame['session'].iloc[at]:%Y-%m-%d}" for at in (0, -1))
    return {"bars": len(frame), "sha": sha_of_frame(frame), "first": first, "last": last}


class BarShelf:
    """A file a year, and a document beside them."""

    def __init__(self, lab: Lab, provider: str, ticker: str, cadence: str) -> None:
        self._lake = lab.lake
        self._name = f"bars-{provider}-{ticker}-{cadence}"
        self._keys = {"provider": provider, "ticker": ticker, "cadence": cadence}

    def read(self) -> Bars | None:
        """The stored bars, or None if there are none, or others than the document says.

        Raises Damaged if a file is not what was written.
        """
        if not self._lake.has("manifests", self._name):
            return None
        about = self._lake.load("manifests", self._name)
        frame = self._lake.part(BARS, **self._keys)[list(BARS.columns)]
        frame["ts"] = frame["ts"].dt.tz_convert("UTC").dt.as_unit("us")
        frame["session"] = frame["session"].dt.as_unit("us")
        return Bars(frame, about) if sha_of_frame(frame) == about["sha"] else None

    def about(self, *, now: str) -> Mapping[str, Any] | None:
        """What the document says of the stored bars; None if `now` is another `print`."""
        if not self._lake.has("manifests", self._name):
            return None
        about = self._lake.load("manifests", self._name)
        return about if about["print"] == now and "first" in about else None  # old ones have none

    def put(self, frame: pd.DataFrame, about: Mapping[str, Any]) -> None:
        """Put these bars in place of those that stand here."""
        years = {
            str(year): rows.reset_index(drop=True)
            for year, rows in frame.groupby(frame["session"].dt.year)
        }
        self._lake.replace(BARS, years, **self._keys)
        self._lake.save("manifests", self._name, about)
