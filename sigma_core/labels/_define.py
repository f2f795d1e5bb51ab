"""What a label is, and the decorator that makes one out of a function."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.model import LabelSpec
from sigma_core.domain.policy import Policy
from sigma_core.errors import BadRequest, meant
from sigma_core.registry import Registry
from sigma_core.tape import Floats, Ints, Tape

FARTHEST = 2520
"""Bars or sessions that a label may look ahead: ten years of sessions."""

UP_DOWN_FLAT = ("DOWN", "FLAT", "UP")


@dataclass(frozen=True, eq=False)
class Labels:
    """The answers of a tape: arrays of length n."""

    y: NDArray[np.int8]
    """Position in the label's classes; -1 where there is no label."""
    y_ret: Floats
    """Simple return over the label's span, before costs."""
    t1: Ints
    """Bar at whose close the answer is known; -1 where there is none."""
    cause: NDArray[Any]
    """Why there is no label (no_future, no_band, leaves_session, missing_session, missing_bar,
    no_level, no_strike, not_event, other_time)."""
    side: NDArray[np.int8] | None = None
    """For labels with a side of their own: the side that 1 speaks of."""


@dataclass(frozen=True)
class Label:
    """A kind of label. `fn` makes the answers, `end_fn` the bar at whose close each one ends."""

    name: str
    classes: tuple[str, ...]
    params: Mapping[str, Any]
    fn: Callable[..., Labels]
    end_fn: Callable[..., Ints]
    entry_modes: tuple[str, ...] = ("next_bar_open", "next_session_open")
    """Fills it can be asked with."""
    cadences: tuple[str, ...] = ()
    """The only cadences it can be asked on; empty for all."""

    @property
    def sentence(self) -> str:
        """What it asks, in one line."""
        return (self.fn.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True)
class Bound:
    """A label with its parameters."""

    label: Label
    params: Mapping[str, Any]

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of the model's columns it reads, which the tape must hold."""
        return tuple(value for value in self.params.values() if isinstance(value, str))

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their codes."""
        return self.label.classes

    def refuse(self, policy: Policy, cadence: str) -> None:
        """Raises BadRequest if it cannot be asked with that policy's fills, or on such bars."""
        one, mode = self.label, policy.brackets.entry_mode
        if mode not in one.entry_modes:
            other = "Choose label close_to_open" if mode == "session_close" else "Change the policy"
            raise BadRequest(
                f"{one.name} cannot be asked with policy.brackets.entry_mode: {mode}.",
                hint=f"{other}, or entry_mode {' or '.join(one.entry_modes)}.",
            )
        if one.cadences and cadence not in one.cadences:
            raise BadRequest(
                f"{one.name} cannot be asked on {cadence} bars.",
                hint=f"Choose cadence {' or '.join(one.cadences)}, or another label.",
            )

    def end(self, tape: Tape, policy: Policy) -> Ints:
        """Per bar: the bar whose close ends the label; n where that is beyond the data."""
        return self.label.end_fn(tape, policy, **self.params)

    def compute(self, tape: Tape, policy: Policy) -> Labels:
        """The answers of every bar."""
        return self.label.fn(tape, policy, **self.params)


LABELS: Registry[Label] = Registry("label", "sigma_core.labels")


def label(
    *, classes: tuple[str, ...], end: Callable[..., Ints], **limits: tuple[str, ...]
) -> Callable[[Callable[..., Labels]], Callable[..., Labels]]:
    """Register a function as a label; its keyword-only parameters are what a pack may set.

    `limits` are the `entry_modes` and `cadences` it can be asked with, if not the usual ones.
    """

    def register(fn: Callable[..., Labels]) -> Callable[..., Labels]:
        spec = inspect.signature(fn).parameters.values()
        params = {p.name: p.default for p in spec if p.kind is p.KEYWORD_ONLY}
        LABELS.add(Label(fn.__name__, classes, params, fn, end, **limits))
        return fn

    return register


def label_of(spec: LabelSpec) -> Bound:
    """The label a model asks for; `fwd_ret_20d` is `fwd_ret` over 20 sessions.

    Raises UnknownName for the kind, BadRequest for a parameter it does not take or refuses.
    """
    kind, given = spec.kind, dict(spec.params)
    if days := re.fullmatch(r"(fwd_ret)_(\d+)d", kind):
        kind, given = days[1], {"sessions": int(days[2]), **given}
    found = LABELS[kind]
    for name in given.keys() - found.params.keys():
        raise BadRequest(
            f"label.params.{name} is not a parameter of {kind}.", hint=meant(name, found.params)
        )
    for name, value in given.items():
        _check(kind, name, value, found.params[name])
    if found.params.keys() >= {"bars", "sessions"}:
        given = _one_horizon(kind, found.params, given)
    if given.get("fixed_bp"):
        _refuse_two_bands(kind, found.params["k_sigma"], given)
    return Bound(found, {**found.params, **given})


def _check(kind: str, name: str, value: Any, default: Any) -> None:
    if isinstance(default, str):
        if not isinstance(value, str) or not value:
            raise BadRequest(
                f"label.params.{name} of {kind} is {value!r}.",
                hint="Give the name of one of the model's columns.",
            )
        return
    if value is None and (default is None or name in ("bars", "sessions")):
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise BadRequest(
            f"label.params.{name} of {kind} is {value!r}.", hint="Give a number above 0."
        )
    if name in ("bars", "sessions") and not (isinstance(value, int) and value <= FARTHEST):
        raise BadRequest(
            f"label.params.{name} of {kind} is {value!r}.",
            hint=f"Give a whole number from 1 to {FARTHEST}.",
        )


def _refuse_two_bands(kind: str, usual: float, given: Mapping[str, Any]) -> None:
    """What is usual stands beside the other in a model that was looked up before."""
    if given.get("k_sigma", usual) != usual:
        both = f"label.params of {kind} give both k_sigma and fixed_bp."
        raise BadRequest(both, hint="Give one.")


def _one_horizon(kind: str, defaults: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    asked = [name for name in ("bars", "sessions") if given.get(name) is not None]
    if len(asked) == 2:
        raise BadRequest(f"label.params of {kind} give both bars and sessions.", hint="Give one.")
    if not asked:
        if defaults["bars"] is None and defaults["sessions"] is None:
            raise BadRequest(
                f"label.params of {kind} give no horizon.", hint="Give bars or sessions."
            )
        return given
    other = "sessions" if asked == ["bars"] else "bars"
    return {**given, other: None}
