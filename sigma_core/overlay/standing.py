"""Where snapshots of a chain stand among the bars of the underlying."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.options.black import DAYS
from sigma_core.tape import Ints, Tape

MICROS_A_YEAR = DAYS * 86_400e6


@dataclass(frozen=True, eq=False)
class Clock:
    """When each bar of a tape begins and ends, in UTC microseconds."""

    tape: Tape
    begins: Ints

    def until(self, instants: Ints) -> Ints:
        """The last bar that is closed at each instant; -1 before the first."""
        return np.searchsorted(self.tape.ts, instants, side="right") - 1


def clock_of(tape: Tape) -> Clock:
    """The clock of a tape: a bar begins where its session minutes do."""
    if tape.cadence == "daily":
        return Clock(tape, tape.calendar.open_of(tape.session))
    return Clock(tape, tape.ts - (tape.minutes * 60e6).astype("int64"))


def micros(stamps: "pd.Series[pd.Timestamp]") -> Ints:
    """UTC microseconds of stamps."""
    return np.asarray(stamps.dt.as_unit("us").astype("int64"), dtype="int64")


def standing(chain: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Rows of chains with `known`, the first bar at whose close a row is known, and `base`, the
    bar with whose close its quotes go together; those known after the last bar are left out.

    A snapshot taken within a bar belongs to that bar's close. One taken when the exchange was
    closed goes with the close before, and is known at the next.
    """
    ts, stamps = clock.tape.ts, micros(chain["as_of"])
    known = np.searchsorted(ts, stamps, side="left")
    there = known < len(ts)
    within = np.zeros(len(known), dtype=bool)
    within[there] = clock.begins[known[there]] < stamps[there]
    base = np.where(within, known, known - 1)
    rows = chain.assign(known=known, base=base)
    return rows[there & (base >= 0)].reset_index(drop=True)
