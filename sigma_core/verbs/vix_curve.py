"""The VIX and its kin on one day: volatility asked for the next day, week, month, and further."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import pandas as pd
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.surfaces import VixCurve, VixPoint
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.fetch import bars_of
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._text import DASH, columns, count, percent

AHEAD: Mapping[str, int] = MappingProxyType(
    {"VIX1D": 1, "VIX9D": 9, "VIX": 30, "VIX3M": 93, "VIX6M": 184, "VIX1Y": 365}
)
"""Calendar days that each index looks ahead. Source: Cboe, VIX family of indices."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class VixCurveAsk:
    """Of which session."""

    day: date | None = None
    """None: the last that the VIX has."""
    provider: str = "auto"


def screen(found: VixCurve) -> str:
    """One index a line."""
    former = {point.name: point for point in found.former}
    rows = [
        (p.name, count(p.days), _close(p), _close(former[p.name]), str(p.session or DASH))
        for p in found.points
    ]
    slope = f"VIX3M over VIX: {percent(found.slope, signed=True)}"
    heads = ("index", "days ahead", "close", "session before", "last close")
    return f"{found.session}\n\n{columns(rows, heads)}\n\n{slope}"


@verb("GET", "/vix-curve", table=screen)
def vix_curve(lab: Lab, ask: VixCurveAsk, progress: Progress = silent) -> VixCurve:  # noqa: ARG001
    """Show the VIX at every horizon it is made for, on one session and on the one before."""
    closes = _closes(lab, ask.provider)
    vix = closes["VIX"]
    held = vix if ask.day is None else vix.loc[: pd.Timestamp(ask.day)]
    if held.empty:
        raise BadRequest(
            f"There is no VIX up to {ask.day}.", hint=f"The first is of {vix.index[0]:%Y-%m-%d}."
        )
    session = held.index[-1]
    before = held.index[-2] if len(held) > 1 else None
    points = _points(closes, session)
    near, far = (next(p.close for p in points if p.name == name) for name in ("VIX", "VIX3M"))
    return VixCurve(
        session=session.date(),
        before=None if before is None else before.date(),
        points=points,
        former=_points(closes, before),
        slope=None if near is None or far is None else far / near - 1,
    )


def _closes(lab: Lab, provider: str) -> "dict[str, pd.Series[float]]":
    """Closes by session of each index that the provider has; without a VIX it raises."""
    found = {"VIX": _close_of(lab, "VIX", provider)}
    for name in AHEAD:
        try:
            found.setdefault(name, _close_of(lab, name, provider))
        except UnknownName:  # shown as missing: few sources have them all
            continue
    return found


def _close_of(lab: Lab, name: str, provider: str) -> "pd.Series[float]":
    bars = bars_of(lab, name, "daily", provider=provider, keep=False).frame
    closes: pd.Series[float] = bars.set_index("session")["close"].dropna()
    return closes


def _points(
    closes: "Mapping[str, pd.Series[float]]", session: pd.Timestamp | None
) -> tuple[VixPoint, ...]:
    return tuple(_point(name, closes.get(name), session) for name in AHEAD)


def _point(name: str, closes: "pd.Series[float] | None", session: pd.Timestamp | None) -> VixPoint:
    held = None if closes is None or session is None else closes.loc[:session]
    last = held.index[-1] if held is not None and len(held) else None
    there = held is not None and last == session
    return VixPoint(
        name=name,
        days=AHEAD[name],
        close=float(held.iloc[-1]) if there and held is not None else None,
        session=None if last is None else last.date(),
    )


def _close(point: VixPoint) -> str:
    return DASH if point.close is None else f"{point.close:.2f}"
