"""Audit a model's matrix for leaks: whether anything in it saw what came later."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.leaks import LeakAudit
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.quality import Quality
from sigma_core.early import refuse_early
from sigma_core.engine.leaks import Asked, Case, audited, sampled
from sigma_core.engine.market import Key, Market
from sigma_core.engine.matrix import reassemble
from sigma_core.errors import BadRequest
from sigma_core.fetch import bars_of, market_of
from sigma_core.lab import Lab
from sigma_core.parse import parse, plain
from sigma_core.progress import Progress, silent
from sigma_core.schemas import MATRICES
from sigma_core.sealed import last_seen
from sigma_core.study import built, code_sha, recipe_of_model, seed_of, versions
from sigma_core.suspicion import keep_audit
from sigma_core.verbs import verb
from sigma_core.verbs._text import columns
from sigma_core.verbs.build import DEMO, model_of

MARKS = {"met": "✓", "warned": "!", "failed": "✕", "open": "·"}


@dataclass(frozen=True, kw_only=True, config=NOUN)
class LeakAuditAsk:
    """Which model's matrix; the sample of a build, or all of it."""

    model_id: str = DEMO
    pack_id: str = ""
    full: bool = False
    """All checks, at many instants, with the source's bars fetched anew; takes minutes."""
    at: datetime | None = None
    """One instant at which every value is made again; such a look is not kept."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """Of the random instants; one made of the matrix's name if none is given."""
    splits: Annotated[int, Field(ge=1, le=500)] = 5
    embargo: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of the test rows left out before each test block."""
    start: date | None = None
    end: date | None = None


def screen(found: LeakAudit) -> str:
    """The outcome, each check in words, and what was found with the line that shows it again."""
    mark = "✓" if found.ok else "✕"
    head = f"{mark} {found.model_id}, leak audit{'' if found.full else ' (sample)'}: {found.words}"
    lines = [head, "", *(f"  {MARKS[each.outcome]} {each.words}" for each in found.checks)]
    lines += [f"  {leak.where}: {leak.command}" for leak in found.leaks]
    heads = ("column", "warm-up, bars", "first value, bar")
    rows = [
        (each.column, str(each.declared), "none" if each.found is None else str(each.found))
        for each in found.warmup
    ]
    return "\n".join([*lines, "", columns(rows, heads)])


def asked_model(lab: Lab, ask: LeakAuditAsk) -> ModelConfig:
    """The model. Raises BadRequest for what excludes each other, and whatever else needs no bar."""
    _refuse(ask)
    config = model_of(lab, ask.model_id, ask.pack_id)
    refuse_early(lab, config, start=ask.start, end=ask.end)
    return config


@verb("POST", "/leak_audit", slow=True, table=screen, first=asked_model)
def leak_audit(lab: Lab, ask: LeakAuditAsk, progress: Progress = silent) -> LeakAudit:
    """Look for whatever saw the future in a model's matrix, folds and fits: a find bars PASS."""
    config = asked_model(lab, ask)
    start, end = ask.start or config.start, last_seen(config, ask.end)
    progress(0, 1, "looking for the matrix")
    manifest = _last(lab, config, start, end)
    if manifest is None:
        built(lab, config, start=ask.start, end=ask.end, progress=progress)
        manifest = _last(lab, config, start, end)
    assert manifest is not None  # it was kept a moment ago  # noqa: S101
    frame = lab.lake.read(MATRICES, manifest["matrix_sha"])
    market = market_of(lab, config, end=end, progress=progress)
    was = market.bars if ask.full else {}
    if ask.full:
        market = replace(market, bars={key: _anew(lab, market, key) for key in market.bars})
    market = _until(market, frame["ts"].iloc[-1])
    matrix = reassemble(
        market, config, frame, start=start, end=end, sha=manifest["matrix_sha"],
        quality=parse(Quality, manifest["quality"]),
    )  # fmt: skip
    case, seed = Case(market, config, matrix, start, end), ask.seed
    seed = seed_of(matrix.sha) if seed is None else seed
    if ask.full:
        asked = Asked(splits=ask.splits, embargo=ask.embargo)
        made = audited(case, seed=seed, at=lab.now(), asked=asked, was=was, progress=progress)
    elif ask.at is None:
        made = sampled(case, seed=seed, at=lab.now())
    else:  # a look at one instant says nothing of the others: it is not kept
        return sampled(case, seed=seed, at=lab.now(), only=(_row(case, ask.at),))
    keep_audit(lab, made)
    return made


def _refuse(ask: LeakAuditAsk) -> None:
    if ask.full and ask.at is not None:
        raise BadRequest(
            f"full and at {ask.at:%Y-%m-%dT%H:%M:%SZ} are both given.",
            hint="Give at to look at one instant, full for all checks.",
        )
    if not ask.full and (ask.splits, ask.embargo) != (LeakAuditAsk.splits, LeakAuditAsk.embargo):
        raise BadRequest(
            f"splits {ask.splits} and embargo {ask.embargo:g} change nothing without full.",
            hint="Add FULL=true.",
        )


def _last(
    lab: Lab, config: ModelConfig, start: date | None, end: date | None
) -> Mapping[str, Any] | None:
    """The newest kept matrix of the model as it is today, by today's code; None if there is none.

    Whatever its bars were: whether they have changed since is a question of the audit.
    """
    wanted = {
        "model": recipe_of_model(config), "start": plain(start), "end": plain(end),
        "code": code_sha(), "versions": versions(),
    }  # fmt: skip
    for name in lab.lake.names("manifests"):
        if name.startswith("recipe-"):
            manifest = lab.lake.load("manifests", name)
            recipe = {part: manifest["recipe"][part] for part in wanted}
            if recipe == wanted and lab.lake.holds(MATRICES, manifest["matrix_sha"]):
                return manifest
    return None


def _anew(lab: Lab, market: Market, key: Key) -> pd.DataFrame:
    """All bars of a series as its source has them now; they take the place of the stored ones."""
    return bars_of(lab, *key, provider=str(market.about[key]["provider"]), anew=True).frame


def _until(market: Market, last: pd.Timestamp) -> Market:
    """The market up to the last row of a matrix."""
    bars = {
        key: frame[frame["ts"] <= last].reset_index(drop=True) for key, frame in market.bars.items()
    }
    finer = {
        fine: frame[frame["ts"] <= last].reset_index(drop=True)
        for fine, frame in market.finer.items()
    }
    options = {
        key: rows[rows["ts"] <= last].reset_index(drop=True) for key, rows in market.options.items()
    }
    return replace(market, bars=bars, finer=finer, options=options)


def _row(case: Case, at: datetime) -> int:
    """The row of that instant. Raises BadRequest, with the nearest one, if there is none."""
    asked = pd.Timestamp(at if at.tzinfo else at.replace(tzinfo=UTC)).tz_convert("UTC")
    stamps = case.matrix.frame["ts"]
    row = int((stamps - asked).abs().argmin())
    if stamps.iloc[row] != asked:
        raise BadRequest(
            f"The matrix of {case.config.model_id} has no row at {asked:%Y-%m-%dT%H:%M:%SZ}.",
            hint=f"The nearest is {stamps.iloc[row]:%Y-%m-%dT%H:%M:%SZ}.",
        )
    return row
