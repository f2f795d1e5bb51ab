"""Option symbols of the OCC, read and written: root, expiration, right and strike in one word."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from sigma_core.errors import BadRequest

_SYMBOL = re.compile(r"(?:O:)?([A-Z.]{1,6}\d?) *(\d\d)(\d\d)(\d\d)([CP])(\d{8})")
_PARTS = r"^(?:O:)?(?P<root>[A-Z.]{1,6}\d?) *(?P<day>\d{6})(?P<right>[CP])(?P<strike>\d{8})$"
MILLS = 1000
"""A symbol's strike is in thousandths of a dollar, eight digits."""


@dataclass(frozen=True, order=True)
class Contract:
    """One listed option."""

    root: str
    """Usually the underlying's ticker; SPXW for weekly SPX; a digit behind it (AAPL1) marks a
    contract adjusted for a corporate action, whose deliverable is not 100 shares."""
    expiration: date
    """As listed: before February 2015 monthly ones are dated the Saturday after they last trade."""
    right: Literal["C", "P"]
    strike: float

    def __str__(self) -> str:
        """The short form, without blanks.

        >>> str(Contract("SPY", date(2024, 7, 1), "C", 538.0))
        'SPY240701C00538000'
        """
        return f"{self.root}{self._tail}"

    @property
    def padded(self) -> str:
        """The OCC's own 21 letters, the root filled to six.

        >>> Contract("SPY", date(2024, 7, 1), "C", 538.0).padded
        'SPY   240701C00538000'
        """
        return f"{self.root:<6}{self._tail}"

    @property
    def adjusted(self) -> bool:
        """Whether a corporate action changed what it delivers."""
        return self.root[-1:].isdigit()

    @property
    def _tail(self) -> str:
        return f"{self.expiration:%y%m%d}{self.right}{round(self.strike * MILLS):08d}"

    @classmethod
    def read(cls, text: str) -> "Contract":
        """A contract from either form, or with a vendor's `O:` before it.

        >>> Contract.read("O:SPY240701P00538500").strike
        538.5

        Raises BadRequest for what is no such symbol.
        """
        found = _SYMBOL.fullmatch(text.strip().upper())
        try:
            if found is None:
                raise ValueError
            root, year, month, day, right, strike = found.groups()
            when = date(2000 + int(year), int(month), int(day))
        except ValueError:
            raise BadRequest(
                f"{text!r} is no option symbol.",
                hint="Root, yymmdd, C or P, and the strike in eight digits of 0.001 dollars:"
                " SPY240701C00538000.",
            ) from None
        return cls(root, when, "C" if right == "C" else "P", int(strike) / MILLS)


def read_symbols(symbols: "pd.Series[Any]") -> pd.DataFrame:
    """Many symbols at once: root, expiration (naive day), right, strike; missing if unreadable."""
    parts = symbols.astype("str").str.strip().str.extract(_PARTS)
    days = pd.to_datetime(parts["day"], format="%y%m%d", errors="coerce").dt.as_unit("us")
    strike = pd.to_numeric(parts["strike"], errors="coerce") / MILLS
    table = pd.DataFrame(
        {"root": parts["root"], "expiration": days, "right": parts["right"], "strike": strike}
    )
    return table.where(days.notna())


def write_symbols(table: pd.DataFrame) -> "pd.Series[Any]":
    """The short symbols of rows with root, expiration, right and strike."""
    strike = (table["strike"] * MILLS).round().astype("int64").astype("str").str.zfill(8)
    days = {day: f"{day:%y%m%d}" for day in table["expiration"].unique()}
    day = table["expiration"].map(days).astype("str")
    symbols: pd.Series[Any] = table["root"].astype("str") + day + table["right"].astype("str")
    return symbols + strike
