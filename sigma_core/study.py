"""What a sweep, a backtest and a training start from: a matrix and what a model foresaw on it.

Both are made once: a matrix is kept under the sha of its recipe, predictions under the sha of what
they were made from. Asking again reads them back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from sigma_core.domain.leaks import LeakAudit
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.quality import Quality
from sigma_core.domain.trial import Lineage
from sigma_core.early import refuse_early
from sigma_core.engine.leaks import Case, sampled
from sigma_core.engine.market import Market
from sigma_core.engine.matrix import Matrix, assemble, reassemble
from sigma_core.engine.quality import refuse
from sigma_core.engine.splits import walk_forward
from sigma_core.fetch import Later, market_of
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of, sha_of_frame, sha_of_sources
from sigma_core.parse import parse, plain
from sigma_core.progress import Progress, silent
from sigma_core.resolve import config_sha, policy_sha, risk_sha, traded
from sigma_core.schemas import MATRICES
from sigma_core.sealed import last_seen, seal
from sigma_core.suspicion import audit_of, keep_audit

MADE_WITH = ("numpy", "pandas", "scikit-learn", "ta-lib", "xgboost-cpu")


@dataclass(frozen=True, eq=False)
class Built:
    """A matrix, its recipe and where its bars came from."""

    matrix: Matrix
    recipe: Mapping[str, Any]
    about: Mapping[str, Any]
    reused: bool
    settle: Callable[[], LeakAudit | None] = lambda: None
    """Refuses what is not fit to be learned from, else writes what is new, and looks for leaks.

    Once, however often it is called.
    """

    @property
    def leaks(self) -> LeakAudit | None:
        """The leak audit of the matrix that stands; None where the matrix was only read back."""
        return self.settle()

    @property
    def recipe_sha(self) -> str:
        return sha_of(self.recipe)


def built(
    lab: Lab,
    config: ModelConfig,
    *,
    start: date | None = None,
    end: date | None = None,
    keep: bool = True,
    splits: int | None = None,
    embargo: float = 0.0,
    settled: bool = True,
    progress: Progress = silent,
) -> Built:
    """The matrix of a model over [start, end]; the config's own dates where none are given.

    With `keep=False` nothing is written (a preview); with `settled=False` not yet: who fits next
    calls `settle` meanwhile. Raises QualityError if the matrix is not fit to be learned from,
    BadRequest if the range holds no bars, or too few for `splits`; then nothing is written either,
    not even the bars that were fetched.
    """
    refuse_early(lab, config, start=start, end=end, splits=splits)
    start, end = start or config.start, last_seen(config, end)
    later: Later = []
    market = market_of(lab, config, end=end, keep=keep, later=later, progress=progress)
    recipe = recipe_of(market, config, start=start, end=end)
    about = market.about[(market.ticker, market.cadence)]
    kept = _kept(lab, config, market, sha_of(recipe), start, end) if keep else None
    if kept is None:
        progress(0, 1, f"features and labels of {len(market.main):,} bars")
    matrix = kept or assemble(market, config, start=start, end=end)
    if splits is not None:
        rows = matrix.timeline
        walk_forward(rows, splits=splits, embargo=embargo)
    case = Case(market, config, matrix, start, end)

    @cache
    def settle() -> LeakAudit:
        if keep and kept is None:
            refuse(matrix.quality)
        if keep and (later or kept is None):
            progress(0, 1, "writing what is new")
        for write in later:
            write()
        if keep:
            seal(lab, config, about)
        if keep and kept is None:
            _keep(lab, config, matrix, recipe, simulated=bool(about.get("simulated")))
        return _leaks(lab, case, keep=keep, reused=kept is not None, progress=progress)

    made = Built(matrix, recipe, about, reused=kept is not None, settle=settle)
    if settled:
        made.settle()
    return made


def _leaks(lab: Lab, case: Case, *, keep: bool, reused: bool, progress: Progress) -> LeakAudit:
    """The leak audit of a matrix that was kept, or the sample of one, made now."""
    sha = case.matrix.sha
    if reused and (stands := audit_of(lab, sha)) is not None:
        return stands
    progress(0, 1, f"looking for leaks among {len(case.matrix.frame):,} rows")
    made = sampled(case, seed=seed_of(sha), at=lab.now())
    return keep_audit(lab, made) if keep else made


def seed_of(matrix_sha: str) -> int:
    """The seed of a matrix's leak audits: the same matrix is cut at the same instants."""
    return int(matrix_sha[:8], 16)


def recipe_of(
    market: Market, config: ModelConfig, *, start: date | None, end: date | None
) -> dict[str, Any]:
    """All that the bytes of a matrix depend on: bars, options, model, dates, code, libraries."""
    return {
        "bars": {"/".join(key): sha_of_frame(bars) for key, bars in market.bars.items()},
        "finer": {cadence: sha_of_frame(bars) for cadence, bars in market.finer.items()},
        **({"options": options} if (options := _options(market)) else {}),
        "model": recipe_of_model(config),
        "start": plain(start),
        "end": plain(end),
        "code": code_sha(),
        "versions": versions(),
    }


def _options(market: Market) -> dict[str, str]:
    return {"/".join(key): sha_of_frame(rows) for key, rows in market.options.items()}


def recipe_of_model(config: ModelConfig) -> dict[str, Any]:
    """What of a model the bytes of its matrix depend on."""
    policy, label = traded(config.policy), plain(config.label)
    customs = plain(config.custom_indicators)  # with the sha of each file
    labels_read = policy if label["kind"] == "triple_barrier" else policy["brackets"]["entry_mode"]
    return {
        "ticker": config.ticker,
        "cadence": config.cadence,
        "horizon": config.horizon,
        "indicators": plain(config.indicators),
        **({"custom_indicators": customs} if customs else {}),
        "features": plain(config.features),
        "label": label,
        "policy": labels_read,
        "allow_quality": sorted(config.allow_quality),
    }


def lineage_of(built: Built, config: ModelConfig) -> Lineage:
    """The four names of a result made from this matrix under this config."""
    return Lineage(
        matrix_sha=built.matrix.sha,
        config_sha=config_sha(config),
        policy_sha=policy_sha(config),
        risk_sha=risk_sha(config),
        risk_profile=config.risk_profile,
        simulated=bool(built.about.get("simulated", False)),
    )


def run_id_of(kind: str, at: datetime, *parts: str) -> str:
    """The name of a run: what it is, when it was, and a few letters of what it was made of."""
    return f"{kind}-{at:%Y%m%d-%H%M%S}-{sha_of(at.isoformat(), *parts)[:6]}"


@cache
def code_sha() -> str:
    """SHA-256 of the code that makes matrices and predictions."""
    packages = (
        *("indicators", "labels", "engine", "learners"),
        *("barriers", "calendars", "compiled", "options", "tape"),
    )
    return sha_of_sources(*(f"sigma_core.{name}" for name in packages))


@cache
def versions() -> dict[str, str]:
    """Versions of the libraries whose numbers we use."""
    return {name: version(name) for name in MADE_WITH}


def _kept(
    lab: Lab,
    config: ModelConfig,
    market: Market,
    recipe_sha: str,
    start: date | None,
    end: date | None,
) -> Matrix | None:
    name = f"recipe-{recipe_sha}"
    if not lab.lake.has("manifests", name):
        return None
    manifest = lab.lake.load("manifests", name)
    if not lab.lake.holds(MATRICES, manifest["matrix_sha"]):  # taken away: it is made anew
        return None
    frame = lab.lake.read(MATRICES, manifest["matrix_sha"])
    quality = parse(Quality, manifest["quality"])
    return reassemble(
        market, config, frame, start=start, end=end, sha=manifest["matrix_sha"], quality=quality
    )


def rests_on_simulated(lab: Lab, matrix_sha: str) -> bool | None:
    """Whether a kept matrix rests on simulated bars; None if an older version has kept it."""
    for name in lab.lake.names("manifests"):
        if name.startswith("recipe-"):
            manifest = lab.lake.load("manifests", name)
            if manifest["matrix_sha"] == matrix_sha and "simulated" in manifest:
                return bool(manifest["simulated"])
    return None


def _keep(
    lab: Lab, config: ModelConfig, matrix: Matrix, recipe: Mapping[str, Any], *, simulated: bool
) -> None:
    """Write the matrix, then the manifest whose presence says that it is complete."""
    keys = {"pack_id": config.pack_id, "model_id": config.model_id}
    lab.lake.write(MATRICES, matrix.frame, name=matrix.sha, **keys)
    manifest = {
        "matrix_sha": matrix.sha,
        "recipe": recipe,
        "features": list(matrix.features),
        "classes": list(matrix.classes),
        "quality": plain(matrix.quality),
        "simulated": simulated,
        **keys,
    }
    lab.lake.save("manifests", f"recipe-{sha_of(recipe)}", manifest)
