"""Plain text for people: aligned columns, and numbers as traders read them."""

import sys
from collections.abc import Sequence
from shutil import get_terminal_size
from unicodedata import east_asian_width

DASH = "–"
"""An undefined number: never 0, never NaN."""
MINUS = "−"


def columns(
    rows: Sequence[Sequence[str]], headings: Sequence[str], *, spare: Sequence[str] = ()
) -> str:
    """Rows under headings; numbers to the right, words to the left.

    On a terminal too narrow for all of them those of `spare` are left out, one by one, until the
    rest fits; a pipe is as wide as may be.

    >>> print(columns([("rsi", "14"), ("ema", "7")], ("name", "bars")))
    name  bars
    rsi     14
    ema      7
    """
    shown = list(range(len(headings)))
    text = _laid(rows, headings)
    room = get_terminal_size(fallback=(sys.maxsize, 0)).columns
    for left_out in spare:
        if max(map(_width, text.splitlines())) <= room:
            break
        shown = [i for i in shown if headings[i] != left_out]
        text = _laid([[row[i] for i in shown] for row in rows], [headings[i] for i in shown])
    return text


def _laid(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> str:
    table = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(_width(row[i]) for row in table) for i in range(len(headings))]
    right = [_numeric(row[i] for row in rows) for i in range(len(headings))]
    return "\n".join(
        "  ".join(
            " " * (w - _width(cell)) + cell if to_right else cell + " " * (w - _width(cell))
            for cell, w, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in table
    )


def percent(fraction: float | None, *, signed: bool = False) -> str:
    """A fraction as percent, one decimal.

    >>> percent(0.2413), percent(-0.147), percent(0.05, signed=True), percent(None)
    ('24.1%', '−14.7%', '+5.0%', '–')
    """
    if fraction is None:
        return DASH
    return (
        f"{fraction:+.1%}".replace("-", MINUS) if signed else f"{fraction:.1%}".replace("-", MINUS)
    )


def ratio(value: float | None) -> str:
    """A ratio such as a Sharpe, two decimals."""
    return DASH if value is None else f"{value:.2f}".replace("-", MINUS)


def bps(fraction: float | None) -> str:
    """A fraction as basis points, signed.

    >>> bps(0.00124)
    '+12.4 bps'
    """
    return DASH if fraction is None else f"{fraction * 1e4:+.1f} bps".replace("-", MINUS)


def count(number: int | None) -> str:
    """A count with thousands set apart."""
    return DASH if number is None else f"{number:,}"


def data_word(simulated: bool | None) -> str:
    """What each row of an export says in its column `data`: whether its bars were simulated."""
    return "unknown" if simulated is None else "SIMULATED" if simulated else "real"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _numeric(cells: object) -> bool:
    found = [c for c in cells if c not in ("", DASH)]  # type: ignore[attr-defined]
    return bool(found) and all(c.lstrip("+−-")[:1].isdigit() for c in found)
