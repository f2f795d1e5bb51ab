"""How the lab is: packs, lake, ledger, providers, freshness, disk."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.errors import Damaged, SigmaError
from sigma_core.fetch import AUTO, bars_of
from sigma_core.jobs import recent
from sigma_core.lab import Lab
from sigma_core.packs import models, pack_ids
from sigma_core.progress import Progress, silent
from sigma_core.providers import PROVIDERS
from sigma_core.schemas import RUNS, TRIALS
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns, count

LEAST_FREE = 1e9
"""Bytes of disk below which a build may not fit."""
MINUTE = "%Y-%m-%d %H:%M UTC"
MANY = 500
"""Files of trials above which opening them one by one is felt."""


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
        tried("packs", lambda: _packs(lab)),
        tried("lake", lambda: _lake(lab)),
        _small_files(lab),
        tried("ledger", lambda: _ledger(lab)),
        tried("jobs", lambda: _jobs(lab)),
        tried("clock", lambda: _clock(lab)),
        *providers(lab),
        *_stored(lab),
        disk(lab),
    ]
    if ask.ticker:
        looks.append(tried(ask.ticker, lambda: _fresh(lab, ask)))
    return State(ok=all(part.ok for part in looks), parts=tuple(looks))


def tried(part: str, look: Callable[[], str]) -> Part:
    """What a look says, or what stopped it."""
    try:
        return Part(part=part, ok=True, words=look())
    except SigmaError as error:
        return Part(part=part, ok=False, words=str(error), hint=error.hint)


def providers(lab: Lab) -> list[Part]:
    """What each provider that `auto` asks has."""
    return [tried(f"provider {name}", partial(_provider, lab, name)) for name in AUTO]


def disk(lab: Lab) -> Part:
    """How much room there is where the lake stands."""
    free = shutil.disk_usage(standing(lab.lake.root)).free
    ok = free > LEAST_FREE
    words = f"{free / 1e9:,.1f} GB free."
    return Part(part="disk", ok=ok, words=words, hint="" if ok else "Make room before a build.")


def standing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _packs(lab: Lab) -> str:
    found = models(lab.packs)
    return f"{len(pack_ids(lab.packs))} packs, {len(found)} models, all of them resolve."


def _lake(lab: Lab) -> str:
    for damage in lab.lake.damages():
        raise Damaged(str(damage), hint=f"{damage.hint} make verify names every such file.")
    trials = lab.lake.rows("SELECT count(*) AS n FROM trials")[0]["n"]
    return f"{lab.lake.root}: {count(trials)} trials, {count(len(lab.lake.bundles()))} bundles."


def _ledger(lab: Lab) -> str:
    for fault in lab.ledger.audit():
        raise SigmaError(f"{fault.words}.", hint="make audit shows all of it.")
    return f"{count(len(lab.ledger.rows()))} rows, as they were written."


def _small_files(lab: Lab) -> Part:
    files = lab.lake.count(TRIALS)
    hint = f"make compact merges them: past {MANY} a first look takes longer." * (files > MANY)
    return Part(part="files", ok=True, words=f"{count(files)} files of trials.", hint=hint)


def _jobs(lab: Lab) -> str:
    """How the last jobs ended. Raises SigmaError if the process of one was lost since."""
    jobs = recent(lab.lake)
    if jobs and jobs[0].state == "lost":
        raise SigmaError(f"{jobs[0].job_id} was lost. {jobs[0].message}", hint=jobs[0].hint)
    states = Counter(job.state for job in jobs)
    told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    return f"{told}, of the last {len(jobs)}." if jobs else "None yet."


def _clock(lab: Lab) -> str:
    """Raises SigmaError if something was made later than now: what is newest is told by time."""
    now = lab.now()
    made = lab.lake.rows(f"SELECT max(made_at) AS at FROM {RUNS.name}")[0]["at"]  # noqa: S608  ours
    if made is not None and made > now:
        raise SigmaError(
            f"The clock says {now:{MINUTE}}, and the newest run is of {made:{MINUTE}}.",
            hint="Set the clock right: what is newer is told by it.",
        )
    return f"{now:{MINUTE}}."


def _stored(lab: Lab) -> list[Part]:
    """How far each stored series of bars reaches."""
    try:
        rows = lab.lake.rows(_LAST)
    except Damaged:  # the look at the lake has named it
        return []
    return [
        Part(part=f"{row['ticker']} {row['cadence']}", ok=True, words=_reach(lab, row))
        for row in rows
    ]


_LAST = """
SELECT ticker, cadence, provider, count(*) AS bars, max(session) AS last FROM bars
GROUP BY ALL ORDER BY ALL
"""


def _reach(lab: Lab, row: Mapping[str, Any]) -> str:
    days = (lab.now().date() - row["last"].date()).days
    reach = f"the last of {row['last']:%Y-%m-%d}, {count(days)} days ago"
    return f"{count(row['bars'])} bars from {row['provider']}, {reach}."


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
