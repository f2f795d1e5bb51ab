"""What a verb is, and the table of all of them that shell and HTTP read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from sigma_core.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Verb:
    """One thing the lab can do: `fn(lab, ask, progress) -> result`."""

    name: str
    route: tuple[str, str] | None
    """HTTP method and path under /api; None for what only a shell should do."""
    slow: bool
    ask: type
    answer: Any
    fn: Callable[..., Any]
    table: Callable[[Any], str] | None
    """Draws the result for a person (`--table`)."""
    first: Callable[..., object] | None = None
    """`first(lab, ask)` refuses what slow work would, as far as request, packs and lake tell."""

    @property
    def sentence(self) -> str:
        """What it does, in one line."""
        return (self.fn.__doc__ or "").strip().splitlines()[0]


VERBS: Registry[Verb] = Registry("verb", "sigma_core.verbs")


def verb(
    method: str = "",
    path: str = "",
    *,
    slow: bool = False,
    table: Callable[[Any], str] | None = None,
    first: Callable[..., object] | None = None,
) -> Callable[[F], F]:
    """Register a function as a verb, reached over HTTP at `method path` if these are given.

    `slow` verbs answer over HTTP with a job, once their `first` has refused nothing; they begin
    with it themselves, as in a shell nobody else does.
    """

    def register(fn: F) -> F:
        hints = get_type_hints(fn)
        route = (method, path) if method else None
        VERBS.add(Verb(fn.__name__, route, slow, hints["ask"], hints["return"], fn, table, first))
        return fn

    return register
