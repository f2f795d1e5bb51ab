"""Bring a lake that an older version wrote to today's schemas."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.job import Job
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Bundle
from sigma_core.errors import BadRequest, Damaged
from sigma_core.lab import Lab
from sigma_core.parse import parse
from sigma_core.progress import Progress, silent
from sigma_core.shelf import safe
from sigma_core.verbs import verb
from sigma_core.verbs._text import count

DATABASE = ("DATABASE_URL", "DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_PORT")
MADE_BY = {
    "bars": "make build", "matrices": "make build", "predictions": "make backtest",
    "signals": "make alerts", "bundles": "make train", "jobs": "the same verb",
    "sweep_evidence": "make evidence", "trial_evidence": "make evidence",
}  # fmt: skip
"""What makes again what was set aside; the rest is made by a sweep or a backtest."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class DbMigrate:
    """Whether to do it, or only to say what would be done."""

    dry_run: bool = False


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Step:
    """What becomes of one file."""

    path: str
    fate: Literal["rewrite", "aside", "newer"]
    words: str


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Migrated:
    """Everything that was to be done, and whether it was."""

    done: bool
    words: str
    steps: tuple[Step, ...]


def screen(found: Migrated) -> str:
    """The summary, then each step."""
    return "\n".join([found.words, *(f"  {step.words}" for step in found.steps)])


@verb("", "", table=screen)
def db_migrate(lab: Lab, ask: DbMigrate, progress: Progress = silent) -> Migrated:
    """Bring the lake to today's schemas, file by file: stopped half-way, run it again."""
    old = list(lab.lake.outdated())
    unread = list(_unread(lab))
    steps = [
        *(_step(each.table.name, each.path, each.fate, ", ".join(each.columns)) for each in old),
        *(_step(path.parent.name, path, "aside", why) for path, why in unread),
    ]
    for at, each in enumerate(() if ask.dry_run else old):
        progress(at, len(steps), steps[at].words)
        lab.lake.renew(each)
    for path, _ in () if ask.dry_run else unread:
        lab.lake.set_aside(path)
    return Migrated(done=not ask.dry_run, words=_words(steps, ask), steps=tuple(steps))


def _step(kind: str, path: Path, fate: Literal["rewrite", "aside", "newer"], what: str) -> Step:
    maker = MADE_BY.get(kind, "make sweep-run or make backtest")
    told = {
        "rewrite": f"{path}: written anew with {what}.",
        "aside": f"{path}: moved into old/, for want of {what}; {maker} makes it again.",
        "newer": f"{path}: left alone; a newer version of the lab wrote {what}: use that one.",
    }
    return Step(path=str(path), fate=fate, words=told[fate])


def _unread(lab: Lab) -> Iterator[tuple[Path, str]]:
    """Documents and bundles, whole ones, that today's nouns cannot read, and which field is why."""
    for name in lab.lake.names("jobs"):
        if why := _refusal(_job, lab, name):
            yield lab.lake.root / "jobs" / f"{safe(name)}.json", why
    for name in lab.lake.bundles():
        if why := _refusal(_bundle, lab, name):
            yield lab.lake.root / "bundles" / safe(name), why


def _refusal(read: Callable[[Lab, str], None], lab: Lab, name: str) -> str:
    """Why today's nouns cannot read something; empty if they can, or if `verify` will name it."""
    try:
        read(lab, name)
    except Damaged:
        return ""
    except BadRequest as refused:
        return str(refused).rstrip(".")
    return ""


def _job(lab: Lab, name: str) -> None:
    parse(Job, lab.lake.load("jobs", name))


def _bundle(lab: Lab, name: str) -> None:
    _, manifest = lab.lake.load_bundle(name)
    parse(Bundle, manifest.get("bundle", {}))
    parse(ModelConfig, manifest.get("model", {}))


def _words(steps: list[Step], ask: DbMigrate) -> str:
    """What there was to do, first of all that there is no database."""
    head = "No database: the lab keeps everything in files."
    if given := [name for name in DATABASE if os.environ.get(name)]:
        head += f" {', '.join(given)} is set and not read; no password is needed."
    todo = [step for step in steps if step.fate != "newer"]
    if not todo:
        return f"{head} Nothing to migrate."
    verbs = "would be" if ask.dry_run else "were"
    return f"{head} {count(len(todo))} files {verbs} brought to today's schemas."
