"""What is audited: a matrix with the market it was made of, and how to ask for the same again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sigma_core.domain.leaks import Kind, Leak
from sigma_core.domain.model import ModelConfig
from sigma_core.engine.features import warm_ups
from sigma_core.engine.join import Ints, stamps_of
from sigma_core.engine.market import Market
from sigma_core.engine.matrix import KEYS, Matrix

Floats = NDArray[np.float64]

CLOSE = 1e-9
"""How alike two values must be, relative to the value and to the spread of its column."""


@dataclass(frozen=True, eq=False)
class Case:
    """A matrix under audit."""

    market: Market
    config: ModelConfig
    matrix: Matrix
    start: date | None
    end: date | None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that may be learned from: all but the keys, declared or not."""
        return tuple(name for name in self.matrix.frame.columns if name not in KEYS)

    @cached_property
    def values(self) -> Floats:
        """What stands in those columns, [columns, rows]."""
        return self.matrix.frame[list(self.columns)].to_numpy(dtype="float64").T

    @cached_property
    def now(self) -> Ints:
        """`ts` of each row in microseconds."""
        return stamps_of(self.matrix.frame)

    @cached_property
    def ends(self) -> NDArray[np.datetime64]:
        """`t1` of each row; not a time where there is no label."""
        return self.matrix.frame["t1"].to_numpy(dtype="datetime64[us]")

    @cached_property
    def declared(self) -> Mapping[str, int]:
        """By column of an indicator: the first stored bar past the warm-up it announces."""
        known = self.matrix.warm_ups
        return warm_ups(self.market, self.config.asked) if known is None else known

    def stamp(self, row: int) -> datetime:
        """When a row of the matrix was."""
        found: datetime = self.matrix.frame["ts"].iloc[row].to_pydatetime()
        return found

    def leak(self, kind: Kind, where: str, words: str, **facts: Any) -> Leak:
        """A finding with the command that shows it again; `row` is a position or an instant."""
        row = facts.pop("row", None)
        at = self.stamp(int(row)) if isinstance(row, int | np.integer) else row
        given = {"row": at, "before": None, "after": None, **facts}
        again = given.pop("again", {"FULL": "true"})
        return Leak(kind=kind, where=where, words=words, command=self.command(**again), **given)

    def command(self, **more: str) -> str:
        """The shell's line that makes this audit, or one cut of it, again."""
        asked: Mapping[str, Any] = {
            "MODEL_ID": self.config.model_id,
            "PACK_ID": self.config.pack_id,
            "START": self.start if self.start != self.config.start else None,
            "END": self.end if self.end != self.config.end else None,
            **more,
        }
        given = (f"{name}={value}" for name, value in asked.items() if value is not None)
        return " ".join(["make leak-audit", *given])


def number(value: float) -> float | None:
    """A value as it is told: None where it is missing."""
    return float(value) if np.isfinite(value) else None


def shown(value: float | None) -> str:
    """A value in words."""
    return "missing" if value is None else f"{value:.6g}"


def told(at: datetime | pd.Timestamp) -> str:
    """An instant in words, UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
