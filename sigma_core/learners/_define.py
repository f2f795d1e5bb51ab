"""What a learner is, and the decorator that makes one out of a function."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sigma_core.domain.model import LearnerSpec
from sigma_core.errors import BadRequest, meant
from sigma_core.registry import Registry

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Number = int | float


class Fitted(Protocol):
    """A model that has learned. Rows of `x` are [rows, features] in the order it was fitted on."""

    def proba(self, x: Floats) -> Floats:
        """Probability of each class, [rows, classes]; a row sums to 1."""
        ...

    def contributions(self, x: Floats) -> Floats:
        """What each feature adds to each class's score, [rows, classes, features + 1].

        Scores are log-odds before normalising; the last column is what is there without features.
        """
        ...

    @property
    def measure(self) -> str:
        """What `importance` is measured by, in a few words."""
        ...

    def importance(self) -> Floats:
        """How much each feature matters to the fit, [features]; sums to 1, or is 0 throughout."""
        ...

    def save(self) -> bytes:
        """The model as it is kept; `Learner.load` is the reverse."""
        ...


@dataclass(frozen=True)
class Learner:
    """A way of learning: fits probabilities of classes to rows of numbers, NaN for missing."""

    name: str
    file: str
    """Name of the file a bundle keeps it in."""
    params: Mapping[str, Number]
    """What a pack may set, with its defaults."""
    ranges: Mapping[str, tuple[float, float]]
    """Lowest and highest value of each parameter, both allowed."""
    fn: Callable[..., Fitted]
    load: Callable[[bytes], Fitted]

    @property
    def sentence(self) -> str:
        """What it is, in one line."""
        return (self.fn.__doc__ or "").strip().splitlines()[0]


@dataclass(frozen=True)
class Chosen:
    """A learner with its parameters and seed."""

    learner: Learner
    params: Mapping[str, Number]
    seed: int

    def fit(self, x: Floats, y: Codes, weight: Floats, *, classes: int) -> Fitted:
        """Learn from rows `x`, their class codes and weights. Same arguments, same bytes."""
        return self.learner.fn(x, y, weight, classes=classes, seed=self.seed, **self.params)


LEARNERS: Registry[Learner] = Registry("learner", "sigma_core.learners")


def learner(
    *,
    file: str,
    load: Callable[[bytes], Fitted],
    ranges: Mapping[str, tuple[float, float]],
) -> Callable[[Callable[..., Fitted]], Callable[..., Fitted]]:
    """Register a function `(x, y, weight, *, classes, seed, ...)` as a learner.

    Its other keyword-only parameters are what a pack may set, each within its range.
    """

    def register(fn: Callable[..., Fitted]) -> Callable[..., Fitted]:
        spec = inspect.signature(fn).parameters.values()
        params = {
            p.name: p.default
            for p in spec
            if p.kind is p.KEYWORD_ONLY and p.name not in ("classes", "seed")
        }
        if params.keys() != ranges.keys():
            raise ValueError(f"{fn.__name__}: parameters and ranges do not match")
        LEARNERS.add(Learner(fn.__name__, file, params, ranges, fn, load))
        return fn

    return register


def learner_of(spec: LearnerSpec) -> Chosen:
    """The learner a model asks for.

    Raises UnknownName for its name, BadRequest for a parameter it does not take or refuses.
    """
    found = LEARNERS[spec.name]
    for name, value in spec.params.items():
        if name not in found.params:
            raise BadRequest(
                f"learner.params.{name} is not a parameter of {spec.name}.",
                hint=meant(name, found.params),
            )
        _check(found, name, value)
    return Chosen(found, {**found.params, **spec.params}, spec.seed)  # type: ignore[dict-item]


def _check(found: Learner, name: str, value: Any) -> None:
    whole = isinstance(found.params[name], int)
    low, high = found.ranges[name]
    kind = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        number = "a whole number" if whole else "a number"
        raise BadRequest(
            f"learner.params.{name} of {found.name} is {value!r}.",
            hint=f"Give {number} from {low:g} to {high:g}.",
        )
