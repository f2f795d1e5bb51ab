"""Chains and option bars of a ticker: read back from the lake, or fetched where changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of_sources
from sigma_core.option_shelf import OptionRows, OptionShelf, cut, ends, iso
from sigma_core.providers import PROVIDERS, Provider
from sigma_core.providers._define import FetchedOptions, OptionSource

AUTO = ("files",)
"""Providers in the order in which `auto` asks them for options."""
AT_ONCE = 252
"""Sessions fetched and stored at a time from a source that serves each without the others."""


def chains_of(
    lab: Lab, ticker: str, *, start: date | None = None, end: date | None = None,
    provider: str = "auto", keep: bool = True,
) -> OptionRows:  # fmt: skip
    """Chains of a ticker in the sessions from start to end, every fault named and counted.

    A session may have chains of several moments, told apart by `as_of`: `options.snapshots` picks
    one. Stored ones while their source is as it was; else all of the source's are read and stored,
    or, of a source that serves each session alone, those that are asked for. With `keep=False`
    nothing is written. Each session is one file of the table `chains`.
    Raises UnknownName or BadRequest if no provider has chains of the ticker, QualityError if its
    source cannot be read, Damaged if a stored file is not what was written.
    """
    return _Ask(lab, ticker, "", start, end, keep).rows(provider)


def option_bars_of(
    lab: Lab, ticker: str, cadence: str, *, start: date | None = None, end: date | None = None,
    provider: str = "auto", keep: bool = True,
) -> OptionRows:  # fmt: skip
    """Bars of a ticker's option contracts, as `chains_of`; cadence `1m`, `5m` or `15m`."""
    return _Ask(lab, ticker, cadence, start, end, keep).rows(provider)


def refuse_no_options(
    lab: Lab, ticker: str, *, provider: str = "auto", cadences: Sequence[str] = ("",)
) -> None:
    """Raises, as `chains_of`, if a provider has none of these of a ticker ("" for chains).

    Nothing is read, so it tells at once.
    """
    for cadence in cadences[::-1]:
        try:
            _chosen(lab, ticker, cadence, provider)
        except (BadRequest, UnknownName):
            if cadence == cadences[0]:
                raise
        else:
            return


def provider_of_options(provider: str) -> str:
    """Whom to ask for the chains of a model whose bars are of that provider.

    The same if it has any, so a simulated market has its own; else `auto`.
    """
    own = provider != "auto" and PROVIDERS[provider].options is not None
    return provider if own else "auto"


def last_session(lab: Lab, ticker: str, provider: str = "auto") -> date | None:
    """The last session of a source that serves each alone; None: only reading it all tells."""
    _, source = _chosen(lab, ticker, "", provider)
    return source.sessions(ticker, lab.files)[-1] if source.sessions else None


@dataclass(frozen=True, eq=False)
class _Ask:
    """What is asked of a source: chains, or with a cadence option bars, from start to end."""

    lab: Lab
    ticker: str
    cadence: str
    start: date | None
    end: date | None
    keep: bool

    def rows(self, provider: str) -> OptionRows:
        name, source = _chosen(self.lab, self.ticker, self.cadence, provider)
        shelf = OptionShelf(self.lab, name, self.ticker, self.cadence)
        now = f"{source.print(self.ticker, self.cadence, self.lab.files)};{_door()}"
        held = shelf.about(now)
        if source.sessions is None:
            return self._whole(source, name, shelf, held, now)
        every = source.sessions(self.ticker, self.lab.files)
        return self._served(source, name, shelf, held, now, every)

    def _whole(
        self, source: OptionSource, name: str, shelf: OptionShelf, held: Any, now: str
    ) -> OptionRows:
        """Of a source that is read all at once."""
        if held is None:
            made = self._fetched(source, name, None, None)
            days = [iso(day) for day in sorted(made.rows["session"].unique())]
            about = {**made.about, "print": now, "sessions": days}
            if not self.keep:
                return cut(made, about, self.start, self.end)
            held = shelf.put(made, about, days)
        return shelf.read(held, self.start, self.end)

    def _served(
        self, source: OptionSource, name: str, shelf: OptionShelf, held: Any, now: str,
        every: Sequence[date],
    ) -> OptionRows:  # fmt: skip
        """Of a source that serves each session alone: what is asked for and not stored is made."""
        first, last = ends(self.start, self.end)
        stored = set(held["stored"]) if held else set()
        named = {str(day): day for day in every}
        wanted = [day for day in named if first <= day <= last]
        missing = [named[day] for day in wanted if day not in stored]
        told = {"print": now, "sessions": list(named)}
        if (missing and not self.keep) or not (missing or held):
            made = self._fetched(source, name, self.start, self.end)
            return cut(made, {**made.about, **told}, self.start, self.end)
        for at in range(0, len(missing), AT_ONCE):
            days = missing[at : at + AT_ONCE]
            made = self._fetched(source, name, days[0], days[-1])
            held = shelf.put(made, {**made.about, **told}, [iso(day) for day in days])
        return shelf.read(held, self.start, self.end)

    def _fetched(
        self, source: OptionSource, name: str, start: date | None, end: date | None
    ) -> FetchedOptions:
        made = source.fn(self.ticker, self.lab.files, start, end, self.cadence)
        if made is None:  # it was there a moment ago
            raise _none(self.lab, self.ticker, self.cadence, [PROVIDERS[name]])
        return made


def _door() -> str:
    """What changes when the code that reads and judges chains does."""
    return sha_of_sources("sigma_core.providers", "sigma_core.options")[:12]


def _chosen(lab: Lab, ticker: str, cadence: str, provider: str) -> tuple[str, OptionSource]:
    """The provider to ask: the named one, or the first that has the ticker's chains."""
    asked = [PROVIDERS[name] for name in (AUTO if provider == "auto" else (provider,))]
    for one in asked:
        if one.options is not None and one.options.print(ticker, cadence, lab.files):
            return one.name, one.options
    raise _none(lab, ticker, cadence, asked)


def _none(
    lab: Lab, ticker: str, cadence: str, asked: Sequence[Provider]
) -> UnknownName | BadRequest:
    what, name = (
        ("option bars", f"{ticker}_{cadence}_options")
        if cadence
        else ("chains", f"{ticker}_chains")
    )
    where = f" into {lab.files}." if lab.files else " into a folder and set SIGMA_FILES to it."
    connect = f"Put {name}.parquet (or .csv){where}"
    if asked[0].simulated:
        return BadRequest(
            f"A simulated market has no {cadence} {what}.", hint="Ask for 5m or 15m ones."
        )
    without = [one.name for one in asked if one.options is None]
    if without:
        return BadRequest(f"Provider {without[0]} has no {what}.", hint=connect)
    known = {n for one in asked if one.options for n in one.options.tickers(lab.files)}
    if ticker in known:
        return BadRequest(f"There are no {cadence} {what} of {ticker}.", hint=connect)
    near = f" There are chains of {', '.join(sorted(known))}." if known else ""
    return UnknownName(f"ticker with {what}", ticker, known, hint=f"{connect}{near}")
