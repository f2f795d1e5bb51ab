"""What indicators read: the columns of a bars frame, and the clock of its exchange."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.calendars import Calendar
from sigma_core.errors import BadRequest

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

BARS = ("open", "high", "low", "close", "volume")

CLOCK: Mapping[str, str] = {
    "ts": "the instant the bar closed, in UTC microseconds",
    "session": "running number of the session in the exchange calendar",
    "weekday": "Monday 0 to Sunday 6, of the session's date",
    "month_place": "sessions since the first of the month, which is 0",
    "month_left": "sessions to the last of the month, which is 0",
    "opens_at": "official open of the session, in UTC microseconds",
    "closes_at": "official close of the session, in UTC microseconds",
}
"""Whole numbers known from the calendar alone, long before the bar."""

BESIDE: Mapping[str, str] = {"vix3m": "VIX3M"}
"""Closes of other tickers at the same instants, by the input's name; missing where there is none.

They are known when the bars' own close is, so both must print at one time: the VIX family does.
"""


OPTIONS = ("chains", "flow")
"""What indicators are made of beside bars: facts of a ticker's chains, a row a snapshot, and what
was traded of its same-day options, a row a bar. `close` is there the underlying's, known by then.
"""


class Columns:
    """The columns of one frame of bars, or of one of OPTIONS, read once and kept.

    `about` names the bars in errors: `VIX daily`. `beside` holds the bars of BESIDE's tickers.
    A column of `sparse` ones may lack all values, as facts of chains do before the first.
    """

    def __init__(
        self,
        bars: pd.DataFrame,
        calendar: Calendar,
        about: str = "these bars",
        beside: Mapping[str, pd.DataFrame] | None = None,
        *,
        sparse: bool = False,
    ) -> None:
        self._bars = bars
        self._calendar = calendar
        self._about = about
        self._others = beside or {}
        self._sparse = sparse
        self._kept: dict[str, np.ndarray] = {}
        self._missing: dict[str, np.ndarray | None] = {}
        self._taken: dict[tuple[str, ...], tuple[list[np.ndarray], np.ndarray | None]] = {}

    def __len__(self) -> int:
        return len(self._bars)

    def __getitem__(self, name: str) -> np.ndarray:
        """One column as an array: int64 of CLOCK, float64 of all others."""
        if name not in self._kept:
            self._kept[name] = self._made(name)
        return self._kept[name]

    def take(
        self, names: tuple[str, ...], owner: str
    ) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Those columns without the rows that miss one, and which rows those are (None: none).

        Raises BadRequest if a column holds no value at all; `owner` is who asked.
        """
        if names not in self._taken:
            self._taken[names] = self._without_holes(names, owner)
        return self._taken[names]

    def _without_holes(
        self, names: tuple[str, ...], owner: str
    ) -> tuple[list[np.ndarray], np.ndarray | None]:
        arrays = [self[name] for name in names]
        missing = {name: hole for name in names if (hole := self._holes(name)) is not None}
        if not missing:
            return arrays, None
        empty = [name for name, hole in missing.items() if hole.all()]
        if empty and not self._sparse:
            raise BadRequest(
                f"{owner} needs {', '.join(empty)}, and {self._about} have none.",
                hint="Of a series of closes only, ask for an indicator that reads only the close.",
            )
        holes = np.logical_or.reduce(list(missing.values()))
        return [values[~holes] for values in arrays], holes

    def _holes(self, name: str) -> np.ndarray | None:
        """The rows in which the column is missing; None if there is none."""
        if name not in self._missing:
            holes = np.zeros(0, dtype=bool) if name in CLOCK else np.isnan(self[name])
            self._missing[name] = holes if holes.any() else None
        return self._missing[name]

    def _made(self, name: str) -> np.ndarray:
        if name in CLOCK:
            return np.asarray(_CLOCK[name](self), dtype="int64")
        if name in BESIDE:
            return self._beside(BESIDE[name])
        # a Series for each column of many markets would cost fifteen times as much
        bars: Any = self._bars
        values = bars._get_column_array(bars.columns.get_loc(name))  # noqa: SLF001
        return np.ascontiguousarray(values, dtype="float64")

    def _beside(self, ticker: str) -> Array:
        if ticker not in self._others:
            raise BadRequest(
                f"{self._about} have no {ticker} beside them.", hint=f"Bring bars of {ticker}."
            )
        other = self._others[ticker].set_index("ts")["close"]
        return other.reindex(pd.DatetimeIndex(self._bars["ts"])).to_numpy(dtype="float64")

    def _ts(self) -> Ints:
        return np.asarray(self._bars["ts"].to_numpy(dtype="datetime64[us]").astype("int64"))

    def _session(self) -> Ints:
        numbers = self._calendar.ordinal(self._bars["session"].to_numpy())
        if (numbers < 0).any():
            day = pd.Timestamp(self._bars["session"].to_numpy()[np.argmin(numbers)])
            raise BadRequest(
                f"{self._about}: {day:%Y-%m-%d} is no session of {self._calendar.name}.",
                hint="Check the stamps and the zone of the source.",
            )
        return numbers

    def _weekday(self) -> Ints:
        return np.asarray(self._bars["session"].dt.day_of_week, dtype=np.int64)

    def _month_place(self) -> Ints:
        return np.asarray(self["session"] - self._edge(0), dtype=np.int64)

    def _month_left(self) -> Ints:
        return np.asarray(self._edge(1) - 1 - self["session"], dtype=np.int64)

    def _edge(self, months: int) -> Ints:
        """Number of the first session of the month, so many months on."""
        days = self._calendar.sessions()["session"].to_numpy()
        month = self._bars["session"].to_numpy().astype("datetime64[M]") + months
        return np.searchsorted(days, month.astype(days.dtype)).astype(np.int64)

    def _opens_at(self) -> Ints:
        return self._calendar.open_of(self["session"])

    def _closes_at(self) -> Ints:
        return self._calendar.close_of(self["session"])


_CLOCK: Mapping[str, Callable[[Columns], Ints]] = {
    name: getattr(Columns, f"_{name}") for name in CLOCK
}
