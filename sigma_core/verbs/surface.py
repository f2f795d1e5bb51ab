"""The smiles of a session's chain, and what stands at each strike."""

from typing import Any

import pandas as pd

from sigma_core.domain.chains import ChainSummary
from sigma_core.domain.surfaces import ExpirySmile, SmilePoint, StrikeRow, Surface
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of_frame
from sigma_core.options.black import DAYS
from sigma_core.options.exposure import by_strike, exposure
from sigma_core.options.marks import EXPIRY
from sigma_core.options.positioning import counted, positioning
from sigma_core.options.surface import by_expiry, smile
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._chains import ChainAsk, heading, seen
from sigma_core.verbs._kept import kept
from sigma_core.verbs._text import DASH, columns, count, percent, ratio

MOST = 12
"""Strikes that a screen of text shows."""
HELD = ("calls_open_interest", "puts_open_interest", "calls_volume", "puts_volume")


def screen(found: Surface) -> str:
    """One expiry a line, then the strikes with most gamma."""
    heads = ("expiry", "root", "days", "forward", "at the money", "put 25", "call 25", "strikes")
    rows = [
        (
            str(e.expiration), e.root, f"{e.days:.1f}", f"{e.forward:,.2f}", percent(e.atm),
            percent(e.put25), percent(e.call25), count(len(e.points)),
        )
        for e in found.expiries
    ]  # fmt: skip
    facts = [
        ("most gamma at", _strike(found.gamma_peak_strike)),
        ("gamma turns at", _strike(found.gamma_flip)),
        ("most open interest at", _strike(found.oi_peak_strike)),
        ("max pain", _strike(found.max_pain)),
        ("puts over calls, volume", ratio(found.pcr_volume)),
        ("puts over calls, open interest", ratio(found.pcr_oi)),
    ]
    most = sorted(found.strikes, key=lambda s: -((s.calls_gamma or 0) + (s.puts_gamma or 0)))[:MOST]
    table = [
        (
            f"{s.strike:,.2f}", _millions(s.calls_gamma), _millions(s.puts_gamma),
            _whole(s.calls_open_interest), _whole(s.puts_open_interest),
        )
        for s in sorted(most, key=lambda s: s.strike)
    ]  # fmt: skip
    strikes = ("strike", "gamma of calls, $m a percent", "of puts", "open calls", "open puts")
    width = max(len(name) for name, _ in facts)
    return "\n\n".join(
        [
            heading(found.about),
            columns(rows, heads),
            "\n".join(f"{name:<{width}}  {value}" for name, value in facts),
            columns(table, strikes),
        ]
    )


@verb("GET", "/surface", table=screen)
def surface(lab: Lab, ask: ChainAsk, progress: Progress = silent) -> Surface:  # noqa: ARG001
    """Show a chain's smile at each expiry, and its gamma and open interest at each strike."""
    chain = seen(lab, ask)
    name = ("surface", lab.lake.root, ask)
    now = (chain.about, sha_of_frame(chain.table))
    return kept(name, now, lambda: surface_of(chain.table, chain.about))


def surface_of(table: pd.DataFrame, about: ChainSummary) -> Surface:
    """The surface of one snapshot's rows, as `marks.marked` gives them."""
    facts = exposure(table).join(positioning(table, table[:0])).iloc[0]
    names = (
        "gamma_peak_strike", "gamma_flip", "oi_peak_strike", "max_pain", "pcr_volume", "pcr_oi",
    )  # fmt: skip
    return Surface(
        about=about,
        expiries=_expiries(table),
        strikes=_strikes(table),
        **{name: _known(facts[name]) for name in names},
    )


def _expiries(table: pd.DataFrame) -> tuple[ExpirySmile, ...]:
    points = dict(iter(smile(table).groupby(EXPIRY)))
    rows = by_expiry(table).sort_values(["years", "root"]).to_dict("records")
    return tuple(
        _smile(row, points[at])
        for row in rows
        if (at := (row["root"], row["expiration"])) in points
    )


def _smile(row: dict[Any, Any], points: pd.DataFrame) -> ExpirySmile:
    return ExpirySmile(
        root=row["root"],
        expiration=row["expiration"].date(),
        days=row["years"] * DAYS,
        forward=row["forward"],
        **{name: _known(row[name]) for name in ("atm", "put25", "call25")},
        points=tuple(
            SmilePoint(
                strike=p["strike"], right=p["right"], iv=p["sigma"], delta=_known(p["own_delta"])
            )
            for p in points.to_dict("records")
        ),
    )


def _strikes(table: pd.DataFrame) -> tuple[StrikeRow, ...]:
    live = table[counted(table) & (table["years"] > 0)]
    sums = {
        name: live[live["right"] == right].groupby("strike")[["open_interest", "volume"]]
        for name, right in (("calls", "C"), ("puts", "P"))
    }
    held = pd.concat(
        [by.sum(min_count=1).add_prefix(f"{name}_") for name, by in sums.items()], axis=1
    )
    gamma = by_strike(table).set_index("strike")[["calls", "puts"]].add_suffix("_gamma")
    rows = held[(held > 0).any(axis=1)].join(gamma)
    names = ("calls_gamma", "puts_gamma", *HELD)
    return tuple(
        StrikeRow(strike=row["strike"], **{name: _known(row[name]) for name in names})
        for row in rows.reset_index().to_dict("records")
    )


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _strike(value: float | None) -> str:
    return DASH if value is None else f"{value:,.2f}"


def _millions(dollars: float | None) -> str:
    return DASH if dollars is None else f"{dollars / 1e6:,.1f}"


def _whole(value: float | None) -> str:
    return count(None if value is None else round(value))
