"""What an indicator is, and the decorator that makes one out of a function."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sigma_core.errors import BadRequest, meant
from sigma_core.indicators._columns import BESIDE, Array, Columns
from sigma_core.registry import Registry

Number = int | float
Limits = tuple[float, float]

LONGEST = 2000
"""Bars: the longest period any indicator takes."""


@dataclass(frozen=True)
class Param:
    """What a pack may set of an indicator."""

    name: str
    default: Number
    low: float
    high: float
    choices: tuple[int, ...] = ()
    """The only values it takes; empty for all from low to high."""

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.default, int)

    def read(self, value: Any, owner: str) -> Number:
        """`value` as a number of this parameter. Raises BadRequest out of range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(value, owner)
        if self.whole and not float(value).is_integer():
            raise self._wrong(value, owner)
        inside = value in self.choices if self.choices else self.low <= value <= self.high
        if not inside:
            raise self._wrong(value, owner)
        return int(value) if self.whole else float(value)

    @property
    def range(self) -> str:
        """`a whole number from 2 to 2000`."""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}"
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}"

    def _wrong(self, value: Any, owner: str) -> BadRequest:
        return BadRequest(
            f"{owner}: {self.name} is {value!r}, not {self.range}.",
            hint=f"Its default is {self.default:g}.",
        )


@dataclass(frozen=True)
class Indicator:
    """A causal function from columns of bars to one or more features.

    Value `t` depends on bars up to `t` only. Missing is NaN, never 0.
    """

    name: str
    group: str
    inputs: tuple[str, ...]
    """Columns it reads: `open high low close volume`, or of `_columns.CLOCK` and `BESIDE`."""
    params: Mapping[str, Param]
    outputs: tuple[str, ...]
    """Ends of its column names; empty for an indicator of one column."""
    bounds: Limits | None
    fn: Callable[..., Any]
    warmup_fn: Callable[..., int]
    sessions_fn: Callable[..., int] | None = None
    cadences: tuple[str, ...] = ()
    """The only cadences it can be made of; empty for all."""
    of: str | None = None
    """The ticker whose bars it reads when none is asked for; None = the model's."""
    ordered: tuple[tuple[str, str], ...] = ()
    """Pairs of parameters of which the first must be below the second."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Other names of its parameters."""
    measured: bool = False
    """Whether its warm-up is not announced, but seen from its values."""
    rows: str = ""
    """What its rows are if no bars: one of `_columns.OPTIONS`."""
    reads_fn: Callable[..., tuple[str, ...]] | None = None
    """Columns it reads under given parameters, where these choose among them."""
    names_fn: Callable[..., tuple[str, ...]] | None = None
    """Its column names, where these are not its own name and parameters."""
    holes: bool = False
    """Whether it is given missing values too, instead of the rows without any."""
    doc: str = ""

    @property
    def sentence(self) -> str:
        """What it is, in one line."""
        return self.doc.strip().partition("\n")[0]

    @property
    def units(self) -> str:
        """In what its values are."""
        return self._line("Units:")

    @property
    def source(self) -> str:
        """Where its formula stands."""
        return self._line("Source:")

    @cached_property
    def beside(self) -> tuple[str, ...]:
        """Tickers whose closes it reads beside those of its own bars."""
        return tuple(BESIDE[name] for name in self.inputs if name in BESIDE)

    def columns(self, **params: Number) -> tuple[str, ...]:
        """Names of the columns made: `rsi_14`, `macd_12_26_9_hist`."""
        if self.names_fn:
            return self.names_fn(**self.bind(params))
        stem = "_".join([self.name, *(f"{v:.12g}" for v in self.bind(params).values())])
        return tuple(f"{stem}_{out}" for out in self.outputs) or (stem,)

    def warmup(self, **params: Number) -> int:
        """How many leading bars have no value yet in some column; see `sessions` too."""
        return self.warmup_fn(**self.bind(params))

    def sessions(self, **params: Number) -> int:
        """How many leading sessions have none, for what is made of whole sessions; else 0."""
        return self.sessions_fn(**self.bind(params)) if self.sessions_fn else 0

    def compute(self, columns: Columns, **params: Number) -> tuple[Array, ...]:
        """One float64 array per name in `columns(**params)`, each as long as the bars.

        Rows that miss an input are missing, and the others are computed as if those rows
        were not there: one hole does not poison what follows. A division by zero is missing.

        Raises BadRequest if the bars do not hold an input at all (a close-only series).
        """
        return tuple(_finite(values) for values in self.run(columns, self.bind(params)))

    def run(self, columns: Columns, bound: Mapping[str, Number]) -> tuple[Array, ...]:
        """`compute` for parameters from `bind`; infinities are left in."""
        names = self.reads_fn(**bound) if self.reads_fn else self.inputs
        arrays, holes = (
            ([columns[n] for n in names], None) if self.holes else columns.take(names, self.name)
        )
        made = self.fn(*arrays, **bound)
        made = made if isinstance(made, tuple) else (made,)
        return made if holes is None else tuple(_scattered(values, holes) for values in made)

    def bind(self, params: Mapping[str, Any]) -> dict[str, Number]:
        """All parameters, in the declared order, checked.

        Raises BadRequest for one it does not have, or a value out of range.
        """
        given = {self.spellings.get(name, name): value for name, value in params.items()}
        if unknown := sorted(given.keys() - self.params.keys()):
            raise BadRequest(
                f"{self.name} has no parameter {unknown[0]!r}.",
                hint=meant(unknown[0], self.params) or "It takes none.",
            )
        bound = {
            name: p.read(given[name], self.name) if name in given else p.default
            for name, p in self.params.items()
        }
        for less, more in self.ordered:
            if bound[less] >= bound[more]:
                raise BadRequest(
                    f"{self.name}: {less} is {bound[less]:g}, not below {more}, {bound[more]:g}.",
                    hint=f"By default {less} is {self.params[less].default:g}"
                    f" and {more} {self.params[more].default:g}.",
                )
        return bound

    def _line(self, head: str) -> str:
        found = [part.strip() for part in self.doc.splitlines() if part.strip().startswith(head)]
        return found[0].removeprefix(head).strip() if found else ""


INDICATORS: Registry[Indicator] = Registry("indicator", "sigma_core.indicators")


def indicator(
    *,
    group: str,
    warmup: Callable[..., int],
    outputs: tuple[str, ...] = (),
    bounds: Limits | None = None,
    limits: Mapping[str, Limits] | None = None,
    sessions: Callable[..., int] | None = None,
    cadences: tuple[str, ...] = (),
    of: str | None = None,
    ordered: tuple[tuple[str, str], ...] = (),
    rows: str = "",
    reads: Callable[..., tuple[str, ...]] | None = None,
    names: Callable[..., tuple[str, ...]] | None = None,
    choices: Mapping[str, tuple[int, ...]] | None = None,
    holes: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as an indicator.

    Its positional parameters name the columns it reads; its keyword-only parameters, all with
    defaults, are what a pack may set, within `limits` (whole numbers: 1 to 2000 if not given).
    `warmup` takes the same keywords and answers how many leading bars have no value; `sessions`
    likewise for what is made of whole sessions, however many bars they have. `reads` and `names`
    take them too, where they decide which columns are read, or how those that are made are called.
    """

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        spec = inspect.signature(fn).parameters.values()
        only = choices or {}
        inside = {name: (min(some), max(some)) for name, some in only.items()} | {**(limits or {})}
        ends = {p.name: inside.get(p.name, (1, LONGEST)) for p in spec}
        params = {
            p.name: Param(p.name, p.default, ends[p.name][0], ends[p.name][1], only.get(p.name, ()))
            for p in spec
            if p.kind is p.KEYWORD_ONLY
        }
        read = [p.name for p in spec if p.kind is p.POSITIONAL_OR_KEYWORD]
        INDICATORS.add(
            Indicator(
                name=fn.__name__,
                group=group,
                inputs=reads(**{n: p.default for n, p in params.items()}) if reads else tuple(read),
                params=params,
                outputs=outputs,
                bounds=bounds,
                fn=fn,
                warmup_fn=warmup,
                sessions_fn=sessions,
                cadences=cadences,
                of=of,
                ordered=ordered,
                spellings=_PERIOD if "period" in params else {},
                rows=rows,
                reads_fn=reads,
                names_fn=names,
                holes=holes,
                doc=inspect.getdoc(fn) or "",
            )
        )
        return fn

    return register


_PERIOD = {"timeperiod": "period", "length": "period", "window": "period"}
"""Other words for a period: TA-Lib's, and two that are everywhere."""


def _finite(values: Array) -> Array:
    return np.where(np.isinf(values), np.nan, values)


def _scattered(values: Array, holes: np.ndarray) -> Array:
    whole = np.full(len(holes), np.nan)
    whole[~holes] = values
    return whole
