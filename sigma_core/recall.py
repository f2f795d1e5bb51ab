"""A matrix read back as it was made, from what the lake holds; nothing is fetched or written."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any, Generic, TypeVar

import pandas as pd

from sigma_core.bar_shelf import Bars
from sigma_core.calendars import calendar
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.quality import Quality
from sigma_core.engine.market import Market
from sigma_core.engine.matrix import reassemble
from sigma_core.errors import BadRequest
from sigma_core.fetch import stored, within
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of_frame
from sigma_core.parse import parse
from sigma_core.providers import FINER
from sigma_core.schemas import MATRICES
from sigma_core.study import Built

AGAIN = "Run it again: it is then made, and counted, on what the lab holds today."

T = TypeVar("T")


class Shared(Generic[T]):
    """A few values by key, each made once however many threads ask; the least used goes first.

    For values that nobody changes.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: dict[Hashable, Future[T]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made by `make` if it is not held; what `make` raises is not held."""
        with self._lock:
            held = self._held.pop(key, None)
            value: Future[T] = held or Future()
            self._held[key] = value  # at the end: the last used
            while len(self._held) > self._room:
                del self._held[next(iter(self._held))]
        if held is None:
            self._fill(key, value, make)
        return value.result()

    def _fill(self, key: Hashable, value: Future[T], make: Callable[[], T]) -> None:
        try:
            value.set_result(make())
        except BaseException as error:
            value.set_exception(error)  # for the others who wait for it
            with self._lock:
                if self._held.get(key) is value:
                    del self._held[key]
            raise


def recalled(lab: Lab, config: ModelConfig, *, matrix_sha: str, provider: str) -> Built:
    """The matrix of that sha with its tape, laid on the stored bars it was made from.

    Raises BadRequest if the lake no longer holds it, or its bars have been revised since.
    """
    bars = stored(lab, provider, config.ticker, config.cadence)
    if bars is None or not lab.lake.holds(MATRICES, matrix_sha):
        raise BadRequest(f"The matrix {matrix_sha[:7]} is not kept any more.", hint=AGAIN)
    frame = lab.lake.read(MATRICES, matrix_sha)
    then = bars.frame[bars.frame["ts"] <= frame["ts"].iloc[-1]].reset_index(drop=True)
    key = f"{config.ticker}/{config.cadence}"
    finer = _finer(lab, config, provider, then)
    shas = {cadence: sha_of_frame(found) for cadence, found in finer.items()}
    manifest = _made_from(lab, matrix_sha, key, sha_of_frame(then), shas)
    recipe = manifest["recipe"]
    matrix = reassemble(
        _market(config, bars, then, {c: finer[c] for c in manifest["recipe"].get("finer", ())}),
        config,
        frame,
        start=_day(recipe["start"]),
        end=_day(recipe["end"]),
        sha=matrix_sha,
        quality=parse(Quality, manifest["quality"]),
    )
    return Built(matrix=matrix, recipe=recipe, about=bars.about, reused=True)


def _finer(
    lab: Lab, config: ModelConfig, provider: str, bars: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Stored finer bars by cadence, the finest first."""
    kept = {c: stored(lab, provider, config.ticker, c) for c in FINER[config.cadence][:0:-1]}
    return {c: within(found.frame, bars) for c, found in kept.items() if found is not None}


def _made_from(
    lab: Lab, matrix_sha: str, key: str, bars_sha: str, finer: Mapping[str, str]
) -> Mapping[str, Any]:
    """The manifest of a matrix that was made from just these bars; the most finer ones first."""
    fit = [
        manifest
        for manifest in _manifests(lab)
        if manifest["matrix_sha"] == matrix_sha
        and manifest["recipe"]["bars"][key] == bars_sha
        and manifest["recipe"].get("finer", {}).items() <= finer.items()
    ]
    if fit:
        return max(fit, key=lambda manifest: len(manifest["recipe"].get("finer", ())))
    raise BadRequest(f"The bars of {key} were revised since it was run.", hint=AGAIN)


def manifest_of(lab: Lab, matrix_sha: str) -> Mapping[str, Any]:
    """What a kept matrix was made from. Raises BadRequest if it is not kept any more."""
    found = next((each for each in _manifests(lab) if each["matrix_sha"] == matrix_sha), None)
    if found is None or not lab.lake.holds(MATRICES, matrix_sha):
        raise BadRequest(f"The matrix {matrix_sha[:7]} is not kept any more.", hint=AGAIN)
    return found


def _manifests(lab: Lab) -> Iterator[Mapping[str, Any]]:
    for name in lab.lake.names("manifests"):
        if name.startswith("recipe-"):
            yield lab.lake.load("manifests", name)


def _market(
    config: ModelConfig, bars: Bars, then: pd.DataFrame, finer: Mapping[str, pd.DataFrame]
) -> Market:
    key = (config.ticker, config.cadence)
    return Market(
        ticker=config.ticker,
        cadence=config.cadence,
        calendar=calendar(bars.about["calendar"]),
        bars={key: then},
        about={key: bars.about},
        finer=finer,
    )


def _day(typed: str | None) -> Any:
    return None if typed is None else pd.Timestamp(typed).date()
