"""How the lab is: packs, lake, ledger, providers, freshness, disk."""

import shutil
from collections.abc import Callable
from functools import partial
from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.errors import SigmaError
from sigma_core.fetch import AUTO, bars_of
from sigma_core.lab import Lab
from sigma_core.packs import models, pack_ids
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns, count

LEAST_FREE = 1e9
"""Bytes of disk below which a build may not fit."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Health:
    """Which ticker to ask the providers for; none: only what is stored is looked at."""

    ticker: str = ""
    cadence: Literal["5m", "15m", "hourly", "daily"] = "daily"


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Part:
    """One thing that was looked at."""

    part: str
    ok: bool
    words: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class State:
    """Everything that was looked at; ok if all of it is."""

    ok: bool
    parts: tuple[Part, ...]


def screen(state: State) -> str:
    """One line a part."""
    rows = [
        ("✓" if p.ok else "✕", p.part, p.words + (f" {p.hint}" if p.hint else ""))
        for p in state.parts
    ]
    return columns(rows, ("", "part", "state"))


@verb("GET", "/healthz", table=screen)
def health(lab: Lab, ask: Health, progress: Progress = silent) -> State:  # noqa: ARG001
    """Look at packs, lake, ledger, providers, freshness and disk, and say what to mend."""
    looks = [
        _tried("packs", lambda: _packs(lab)),
        _tried("lake", lambda: _lake(lab)),
        _tried("ledger", lambda: _ledger(lab)),
        *(_tried(f"provider {name}", partial(_provider, lab, name)) for name in AUTO),
        _disk(lab),
    ]
    if ask.ticker:
        looks.append(_tried(ask.ticker, lambda: _fresh(lab, ask)))
    return State(ok=all(part.ok for part in looks), parts=tuple(looks))


def _tried(part: str, look: Callable[[], str]) -> Part:
    """What a look says, or what stopped it."""
    try:
        return Part(part=part, ok=True, words=look())
    except SigmaError as error:
        return Part(part=part, ok=False, words=str(error), hint=error.hint)


def _packs(lab: Lab) -> str:
    found = models(lab.packs)
    return f"{len(pack_ids(lab.packs))} packs, {len(found)} models, all of them resolve."


def _lake(lab: Lab) -> str:
    for damage in lab.lake.damages():
        raise damage
    trials = lab.lake.rows("SELECT count(*) AS n FROM trials")[0]["n"]
    return f"{lab.lake.root}: {count(trials)} trials, {count(len(lab.lake.bundles()))} bundles."


def _ledger(lab: Lab) -> str:
    for fault in lab.ledger.audit():
        raise SigmaError(f"{fault.words}.", hint="make audit shows all of it.")
    return f"{count(len(lab.ledger.rows()))} rows, as they were written."


def _provider(lab: Lab, name: str) -> str:
    found = PROVIDERS[name].tickers(lab.files)
    if name == "files" and lab.files is None:
        return "SIGMA_FILES is not set: your own files are not looked for."
    return f"{len(found)} tickers: {', '.join(found[:12])}{' …' if len(found) > 12 else ''}"


def _fresh(lab: Lab, ask: Health) -> str:
    frame = bars_of(lab, ask.ticker, ask.cadence, keep=False).frame
    return (
        f"{count(len(frame))} {ask.cadence} bars, the last of {frame['session'].iloc[-1]:%Y-%m-%d}."
    )


def _disk(lab: Lab) -> Part:
    root = next(p for p in (lab.lake.root, *lab.lake.root.absolute().parents) if p.exists())
    free = shutil.disk_usage(root).free
    ok = free > LEAST_FREE
    words = f"{free / 1e9:,.1f} GB free."
    return Part(part="disk", ok=ok, words=words, hint="" if ok else "Make room before a build.")
