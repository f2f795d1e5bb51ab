"""What a simulated ticker says: a name, and after dashes whatever is not as usual."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sigma_core.errors import BadRequest

FIRST_YEAR = 2010
"""Every simulated market begins with the first session of this year."""
CLOCKS: Mapping[str, str] = MappingProxyType(
    {"D": "daily", "H": "hourly", "Q": "15m", "F": "5m", "N": "daily"}
)
"""Letter of a horizon's unit, and the cadence of the bars it counts; N are nights."""
NIGHTS = "N"


@dataclass(frozen=True)
class Part:
    """One thing that may follow the name: `-E2.5`."""

    field: str
    default: float
    low: float
    high: float


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "E": Part("edge_sharpe", 0, 0, 10),
        "H": Part("horizon", 5, 1, 100),
        "S": Part("seed", 7, 0, 2**31 - 1),
        "Y": Part("years", 10, 1, 15),
        "V": Part("volatility", 15, 1, 100),
        "D": Part("drift", 0, -50, 50),
    }
)
"""By letter; packs/README.md says what they are."""
WHOLE = ("horizon", "seed", "years")
_NUMBER = re.compile(r"-([A-Z])(-?\d+(?:\.\d+)?)([A-Z]?)")
HINT = "Write NAME-E2.5-H5D-S7-Y10-V15-D0, or any of its parts; packs/README.md has their ranges."


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A simulated market, all of it: the same fields give the same bars."""

    name: str
    edge_sharpe: float
    """Annual Sharpe before costs of the oracle: sign(planted feature), held for the horizon."""
    horizon: int
    clock: str
    """One of CLOCKS: what the horizon counts, and the bars whose volume carries the signal."""
    seed: int
    years: int
    volatility: float
    """Of close-to-close log returns, a fraction a year, before the edge is added."""
    drift: float
    """Expected growth of the price in logs, ln E[price], a fraction a year."""

    @property
    def cadence(self) -> str:
        """Cadence of the bars that the edge is planted on."""
        return CLOCKS[self.clock]


def simulation_of(ticker: str) -> Simulation:
    """The market that a ticker names. Raises BadRequest for a part that is none or out of range.

    >>> found = simulation_of("ACME-E2.5-H3D")
    >>> found.name, found.edge_sharpe, found.horizon, found.cadence, found.seed
    ('ACME', 2.5, 3, 'daily', 7)
    """
    name, _, rest = ticker.partition("-")
    found = list(_NUMBER.finditer("-" + rest)) if rest else []
    if not name or "".join(part[0] for part in found) != (f"-{rest}" if "-" in ticker else ""):
        raise _refused(ticker, "cannot be read")
    letters = [part[1] for part in found]
    if len(set(letters)) < len(letters):
        raise _refused(ticker, "says a part twice")
    said = {part[1]: _number(ticker, part[1], part[2], part[3]) for part in found}
    given = {part.field: said.get(letter, part.default) for letter, part in PARTS.items()}
    clock = next((part[3] for part in found if part[1] == "H"), "D")
    if clock == NIGHTS and given["horizon"] != 1:
        raise _refused(ticker, "holds for several nights: a night's horizon is 1N")
    return Simulation(
        name=name,
        edge_sharpe=given["edge_sharpe"],
        clock=clock,
        horizon=int(given["horizon"]),
        seed=int(given["seed"]),
        years=int(given["years"]),
        volatility=given["volatility"] / 100,
        drift=given["drift"] / 100,
    )


def _number(ticker: str, letter: str, digits: str, unit: str) -> float:
    part, value = PARTS.get(letter), float(digits)
    if part is None:
        raise _refused(ticker, f"has a part {letter}, which is none of {', '.join(PARTS)}")
    if unit not in (CLOCKS if letter == "H" else ("",)):
        asked = f"needs one of {', '.join(CLOCKS)} behind it" if letter == "H" else "has no unit"
        raise _refused(ticker, f"says {letter}{digits}{unit}: {part.field} {asked}")
    if not part.low <= value <= part.high or (part.field in WHOLE and "." in digits):
        kind = "a whole number" if part.field in WHOLE else "a number"
        words = f"{kind} from {part.low:.10g} to {part.high:.10g}"
        raise _refused(ticker, f"says {letter}{digits}: {part.field} is {words}")
    return value


def _refused(ticker: str, words: str) -> BadRequest:
    return BadRequest(f"The simulated ticker {ticker} {words}.", hint=HINT)
