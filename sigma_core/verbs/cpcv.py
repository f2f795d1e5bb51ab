"""Trade one rule along every path of a combinatorial cross-validation."""

from datetime import date
from statistics import median
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from pydantic.dataclasses import dataclass

from sigma_core.barriers import plan
from sigma_core.domain._fields import NOUN, Calibration, Hours
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Path, Paths
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.trial import Rule
from sigma_core.early import refuse_early
from sigma_core.engine.book import Book, book_of
from sigma_core.engine.combinatorial import refuse_groups
from sigma_core.engine.decide import cuts_of
from sigma_core.engine.execute import Execution, execute
from sigma_core.engine.gate import MIN_SHARPE
from sigma_core.engine.matrix import Matrix
from sigma_core.engine.measure import hold_of, measure
from sigma_core.engine.predict import Predictions
from sigma_core.engine.prospects import prospects_of
from sigma_core.foresight import foreseen_paths
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.parse import plain
from sigma_core.progress import Progress, silent
from sigma_core.refusals import refuse_hours
from sigma_core.sealed import broken, family, marked_as, seals_of, tell_of_look
from sigma_core.study import Built, built, lineage_of
from sigma_core.verbs import verb
from sigma_core.verbs._gated import Momentum, gated
from sigma_core.verbs._text import columns, count, percent, ratio
from sigma_core.verbs._tries import momentum_of
from sigma_core.verbs.backtest import asked_rule
from sigma_core.verbs.build import DEMO, model_of

POINTS = 400
"""Points of a path's curve: more than a chart of them can show."""


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Cpcv(Momentum):
    """Which model, by which rule, over how many groups of sessions."""

    model_id: str = DEMO
    pack_id: str = ""
    thresholds: str | None = None
    top_pct: float | str | None = None
    allowed_hours: Hours = ()
    groups: Annotated[int, Field(ge=2, le=50)] = 6
    tested: Annotated[int, Field(ge=1, le=49)] = 2
    """Groups that are tested together: C(groups, tested) fits, C(groups - 1, tested - 1) paths."""
    embargo: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """Share of a test block's rows that are not learned from right after it."""
    calibration: Calibration = "none"
    start: date | None = None
    end: date | None = None


def screen(found: Paths) -> str:
    """The paths, one a line, and what they say together."""
    rows = [
        (str(n), ratio(p.metrics.sharpe), percent(p.metrics.return_, signed=True),
         percent(p.metrics.max_dd), count(p.metrics.trades))
        for n, p in enumerate(found.paths, start=1)
    ]  # fmt: skip
    table = columns(rows, ("path", "Sharpe", "return", "drawdown", "trades"))
    head = f"{found.model_id}{'  SIMULATED' if found.simulated else ''}"
    head = "\n".join(filter(None, (head, marked_as(found.contaminated))))
    return f"{head}\n\n{table}\n\n{found.words}"


def planned(lab: Lab, ask: Cpcv) -> tuple[ModelConfig, Rule]:
    """The model and the rule. Raises for what can be refused before a bar is read."""
    config = gated(model_of(lab, ask.model_id, ask.pack_id), ask)
    rule = asked_rule(ask.thresholds, ask.top_pct, ask.allowed_hours)
    refuse_hours(config, rule.hours)
    refuse_groups(ask.groups, ask.tested)
    refuse_early(lab, config, start=ask.start, end=ask.end)
    return config, rule


@verb("POST", "/cpcv", slow=True, table=screen, first=planned)
def cpcv(lab: Lab, ask: Cpcv, progress: Progress = silent) -> Paths:
    """Trade one rule along the paths of a combinatorial cross-validation: no trial, no verdict."""
    config, rule = planned(lab, ask)
    made = built(lab, config, start=ask.start, end=ask.end, progress=progress)
    said = foreseen_paths(
        lab, config, made.matrix, groups=ask.groups, tested=ask.tested, embargo=ask.embargo,
        calibration=ask.calibration, progress=progress,
    )  # fmt: skip
    paths = []
    for done, one in enumerate(said, start=1):
        paths.append(_path(config, made.matrix, one, rule))
        progress(done, len(said), f"traded {done} of {len(said)} paths")
    book = _book(config, made.matrix, said[0])
    limit = max(MIN_SHARPE, RISK_PROFILES[config.risk_profile].min_sharpe)
    lineage = lineage_of(made, config)
    sharpes = [path.metrics.sharpe for path in paths if path.metrics.sharpe is not None]
    asked = {"rule": plain(rule), "groups": ask.groups, "tested": ask.tested}
    mark = _told(lab, config, made, said[0], sha_of(plain(lineage), asked)[:16])
    return Paths(
        pack_id=config.pack_id, model_id=config.model_id, config=rule, lineage=lineage,
        simulated=lineage.simulated, groups=ask.groups, tested=ask.tested, paths=tuple(paths),
        hold=hold_of(made.matrix.tape, book)[0], above_zero=_share(sharpes, 0.0),
        above_gate=_share(sharpes, limit), gate_sharpe=limit, contaminated=mark,
        words=_words(paths, limit),
    )  # fmt: skip


def _share(sharpes: list[float], least: float) -> float | None:
    return sum(sharpe > least for sharpe in sharpes) / len(sharpes) if sharpes else None


def _told(lab: Lab, config: ModelConfig, made: Built, said: Predictions, paths_id: str) -> str:
    """Why the paths are a look at sealed sessions, which the ledger is told; empty if at none."""
    days = made.matrix.frame["session"].loc[said.fold >= 0].dt.date
    first, last = plain(days.iloc[0]), plain(days.iloc[-1])
    of = {**family(config, made.about), "model_id": config.model_id, "pack_id": config.pack_id}
    row = {**of, "oof_start": first, "oof_end": last, "made_at": lab.now()}
    tell_of_look(lab, of | {"start": first, "end": last}, paths_id=paths_id)
    return broken(seals_of(lab.ledger.rows()), row)


def _book(config: ModelConfig, matrix: Matrix, said: Predictions) -> Book:
    return book_of(
        said.proba, matrix.classes, said.fold, matrix.tape, config.policy, offset=matrix.offset,
        side=matrix.frame["side"], momentum=momentum_of(config, matrix), inner=said.inner,
    )  # fmt: skip


def _path(config: ModelConfig, matrix: Matrix, said: Predictions, rule: Rule) -> Path:
    tape, book = matrix.tape, _book(config, matrix, said)
    ways = plan(tape, config.policy, matrix.label_end)
    cuts = cuts_of(rule, book, prospects_of(tape, book, ways, config.policy))
    size = RISK_PROFILES[config.risk_profile].position_size
    done = execute(tape, book, cuts, ways, config.policy, position_size=size)
    days, equity = _curve(matrix, done)
    return Path(metrics=measure(done, book, tape), days=days, equity=equity)


def _curve(matrix: Matrix, done: Execution) -> tuple[tuple[date, ...], tuple[float, ...]]:
    at = np.unique(np.linspace(0, len(done.equity) - 1, POINTS).astype("int64"))
    session = matrix.tape.session[done.book.start + at]
    days = pd.DatetimeIndex(matrix.tape.calendar.session_of(session))
    return tuple(day.date() for day in days), tuple(done.equity[at].tolist())


def _words(paths: list[Path], limit: float) -> str:
    sharpes = [path.metrics.sharpe for path in paths if path.metrics.sharpe is not None]
    if not sharpes:
        return f"None of {len(paths)} paths has a Sharpe: nothing was traded."
    above, passed = (sum(s > least for s in sharpes) for least in (0.0, limit))
    lost = f" ({len(paths) - len(sharpes)} without a trade)" if len(sharpes) < len(paths) else ""
    return (
        f"Of {len(paths)} paths{lost} {above} have a Sharpe above 0 and {passed} above the"
        f" {limit:g} that the gate asks; median {median(sharpes):.2f}, from {min(sharpes):.2f} to"
        f" {max(sharpes):.2f}. Models of a path also learn from later sessions: this shows how much"
        " hangs on one history, and is no track record."
    )
