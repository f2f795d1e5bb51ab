"""What a model may ask for and does not get: not yet, or never with these bars."""

from collections.abc import Sequence

from sigma_core.domain.model import ModelConfig
from sigma_core.domain.policy import Policy
from sigma_core.domain.sweep import SweepConfig
from sigma_core.errors import BadRequest, meant

LATER = {
    "scan_breakout": "make alerts MODEL_ID= looks for signals of one trained model; make signals"
    " lists those of all.",
    "calibrate_scanner": "make sweep-run MODEL_ID= tries thresholds and shares, and make"
    " leaderboard ranks them.",
}
"""Verbs of the guides that the lab does not have yet: what to do instead."""


def refuse_later(verb: str) -> None:
    """Raises BadRequest for a verb of the guides that comes later."""
    if verb in LATER:
        raise BadRequest(
            f"{verb.replace('_', '-')} comes later: no scanner of many tickers is here yet.",
            hint=LATER[verb],
        )


def refuse_grid(grid: SweepConfig) -> None:
    """Raises BadRequest for a splitter whose models also learn from later sessions."""
    if grid.splitter != "walk_forward":
        raise BadRequest(
            f"splitter: {grid.splitter} cannot rank a sweep, as its models also learn from later"
            " sessions.",
            hint="Use splitter: walk_forward; make cpcv shows one rule along its paths.",
        )


def refuse_hours(config: ModelConfig, hours: Sequence[int] | Sequence[str]) -> None:
    """Raises BadRequest if a daily model is told hours to enter in: it decides at the close."""
    if hours and config.cadence == "daily":
        shown = ",".join(dict.fromkeys(map(str, hours)))
        raise BadRequest(
            f"allowed_hours {shown} cannot be met: {config.model_id} is daily, and decides once"
            " a session, at its close.",
            hint="Leave allowed_hours out.",
        )


def refuse_horizon(config: ModelConfig) -> None:
    """Raises BadRequest for a model that must be flat over night but sees only whole sessions."""
    if config.intraday and config.cadence == "daily":
        raise BadRequest(
            f"horizon {config.horizon} needs bars within the session, and cadence is daily.",
            hint="Choose cadence 5m, 15m or hourly, or horizon swing.",
        )


def refuse_entry(config: ModelConfig) -> None:
    """Raises BadRequest if trades cannot be entered as the policy says.

    Filled at a session's close, a trade is out at the next open: no level or time can end it, and
    it is never flat over night.
    """
    brackets = config.policy.brackets
    if brackets.entry_mode == "session_close":
        if brackets.enabled:
            raise _closed_out("brackets.enabled: true", "Set brackets.enabled: false.")
        if brackets.time_stop_minutes is not None:
            raise _closed_out(
                f"time_stop_minutes: {brackets.time_stop_minutes}", "Leave time_stop_minutes out."
            )
        if config.intraday:
            raise _closed_out(f"horizon {config.horizon}", "Choose horizon swing.")
    if brackets.entry_mode == "next_session_open" and config.cadence != "daily":
        _refuse_morrow(config)


def _refuse_morrow(config: ModelConfig) -> None:
    """Bars of a day ahead are over before a fill at the next session's open."""
    said = "policy.brackets.entry_mode: next_session_open"
    if config.intraday:
        raise BadRequest(
            f"{said} cannot be met: horizon {config.horizon} is flat over night.",
            hint="Use entry_mode: next_bar_open, or horizon swing.",
        )
    if not config.label.params.get("sessions"):
        raise BadRequest(
            f"{said} needs a label in sessions on {config.cadence} bars, and"
            f" {config.label.kind} counts bars.",
            hint="Give the label sessions, or use entry_mode: next_bar_open.",
        )


def refuse_levels(policy: Policy) -> None:
    """Raises BadRequest for levels that contradict each other.

    `range` reads its stop off the bars, so there is no multiple of ATR to adjust.
    """
    brackets = policy.brackets
    if brackets.enabled and brackets.regime_adjust and brackets.mode == "range":
        raise BadRequest(
            "policy.brackets.regime_adjust: true cannot be met with mode: range, which has no"
            " multiple of ATR to adjust.",
            hint="Use mode: atr, or regime_adjust: false.",
        )


def refuse_momentum(policy: Policy, columns: Sequence[str]) -> None:
    """Raises BadRequest if the momentum gate reads a column that the model does not have."""
    name = policy.momentum_column
    if policy.momentum_gate and name not in columns:
        raise BadRequest(
            f"policy.momentum_column is {name!r}, which is no column of the model.",
            hint=f"{meant(name, columns)} Add its indicator, or gate by another column.".strip(),
        )


def _closed_out(what: str, hint: str) -> BadRequest:
    said = "policy.brackets.entry_mode: session_close is out at the next open"
    return BadRequest(f"{said}, which {what} does not allow.", hint=hint)
