"""All of it: build, sweep, train the best, backtest it, look for signals."""

from dataclasses import fields
from datetime import date
from time import perf_counter
from typing import TypeVar

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN, Calibration, Hours, RiskName
from sigma_core.domain.results import Alerts, Backtest, Build, Bundle, Sweep
from sigma_core.domain.sweep import SweepConfig
from sigma_core.engine.gate import verdict
from sigma_core.lab import Lab
from sigma_core.lineage import short
from sigma_core.parse import parse
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._gated import Momentum
from sigma_core.verbs._screens import SIGNS, advice_of, ranking, rule_words
from sigma_core.verbs._text import columns, percent, ratio
from sigma_core.verbs.alerts import AlertsAsk, alerts
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.build import DEMO, BuildMatrix, asked_model, build_for
from sigma_core.verbs.sweep_run import SweepRun, planned, sweep_run
from sigma_core.verbs.train import Chosen, Train, train

T = TypeVar("T")

STEPS = ("build", "sweep", "train", "backtest", "signals")


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Pipeline(Momentum):
    """Which model; the demo if none. With thresholds or top_pct the sweep has that one config."""

    model_id: str = DEMO
    pack_id: str = ""
    start: date | None = None
    end: date | None = None
    ticker: str | None = None
    thresholds: str | None = None
    top_pct: float | str | None = None
    allowed_hours: Hours = ()
    splits: int | None = None
    embargo: float | None = None
    calibration: Calibration | None = None
    risk_profile: RiskName | None = None
    tag: str = "pipeline"


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Piped:
    """What every step of a pipeline said, and how long it took."""

    build: Build
    sweep: Sweep
    bundle: Bundle
    backtest: Backtest
    alerts: Alerts
    seconds: dict[str, float]
    lake: str


def screen(done: Piped) -> str:
    """One screenful: the verdict first, the ranking, buy-and-hold beside it, where things are."""
    best, b = done.backtest.entry, done.build
    m, hold = best.metrics, best.hold
    facts = columns(
        [
            ("best rule", ratio(m.sharpe), percent(m.return_, signed=True), percent(m.max_dd)),
            (
                "buy and hold",
                ratio(hold.sharpe),
                percent(hold.return_, signed=True),
                percent(hold.max_dd),
            ),
            *_baseline(done.backtest),
        ],
        ("out of fold, after costs", "Sharpe", "return", "drawdown"),
    )
    took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in done.seconds.items())
    override = "trained by override, which its signals say" if done.bundle.override else "trained"
    return "\n".join(
        [
            f"{b.model_id}  {b.start} to {b.end}{'  SIMULATED' if b.simulated else ''}",
            "",
            done.backtest.verdict,
            *(f"  try: {said}" for _, said in advice_of(best.gate)),
            "",
            ranking(done.sweep.trials, limit=10),
            "",
            facts,
            "",
            f"{SIGNS[best.gate.status]}  {rule_words(best)}, {override}:",
            f"bundle {done.bundle.bundle_id}",
            done.alerts.words,
            "",
            f"matrix {short(b.matrix_sha)}, {b.rows:,} rows × {b.features} features; took {took}",
            f"everything is in {done.lake}/",
            f"next: {_next(best.gate.status, b.model_id)}; why: make explain MODEL_ID={b.model_id}",
        ]
    )


def _baseline(done: Backtest) -> list[tuple[str, ...]]:
    if done.baseline is None:
        return []
    m = done.baseline.metrics
    figures = ratio(m.sharpe), percent(m.return_, signed=True), percent(m.max_dd)
    return [(f"{done.baseline.learner}, same rule", *figures)]


def _next(status: str, model_id: str) -> str:
    if status == "PASS":
        return f"watch it before you trade it: make alerts MODEL_ID={model_id}"
    if status == "UNPROVEN":
        return "fewer tries or more years: narrow the sweep config, or build from an earlier START"
    return (
        f"other features, another label or policy (packs/), then make pipeline MODEL_ID={model_id}"
    )


def asked(lab: Lab, ask: Pipeline) -> tuple[BuildMatrix, SweepRun, SweepConfig]:
    """What the first two steps are asked, and the grid. Raises what either refuses at once."""
    build, sweep = _read(BuildMatrix, ask), _read(SweepRun, ask, **_grid(ask))
    asked_model(lab, build)
    return build, sweep, planned(lab, sweep)[1]


@verb("POST", "/pipeline", slow=True, table=screen, first=asked)
def pipeline(lab: Lab, ask: Pipeline, progress: Progress = silent) -> Piped:
    """Build, sweep, train the best rule, backtest it, and look for signals."""
    watch = _Steps(progress)
    build, sweep, grid = asked(lab, ask)
    made = build_for(lab, build, watch.step("build"), splits=grid.splits, embargo=grid.embargo)
    lab.lake.open_aside()  # training asks for trials, a sweep does not
    swept = sweep_run(lab, sweep, watch.step("sweep"))
    best = swept.trials[0]
    study = {name: getattr(best.study, name) for name in ("splits", "embargo", "calibration")}
    rule = Chosen(kind=best.config.kind, value=best.config.value, allowed_hours=best.config.hours)
    why = {"config": rule, "override": True, "reason": verdict(best.gate)}
    bundle = train(lab, _read(Train, ask, **study, **why), watch.step("train"))
    only: dict[str, object] = {
        "thresholds": None,
        "top_pct": None,
        "allowed_hours": rule.allowed_hours,
    }
    only["thresholds" if rule.kind == "thr" else "top_pct"] = rule.value
    tested = backtest(lab, _read(BacktestAsk, ask, **study, **only), watch.step("backtest"))
    named = {"bundle_id": bundle.bundle_id}
    found = alerts(lab, _read(AlertsAsk, ask, **named), watch.step("signals"))
    return Piped(
        build=made,
        sweep=swept,
        bundle=bundle,
        backtest=tested,
        alerts=found,
        seconds=watch.done(),
        lake=str(lab.lake.root),
    )


class _Steps:
    """Progress and time of one step after the other."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began: dict[str, float] = {}

    def step(self, name: str) -> Progress:
        """The progress of a step that begins now; of the whole, a fifth each."""
        self._began[name] = perf_counter()
        place = STEPS.index(name)

        def tell(done: int, total: int, note: str = "") -> None:
            share = done / max(total, 1)
            self._progress(round(100 * (place + share)), 100 * len(STEPS), f"{name}: {note}")

        return tell

    def done(self) -> dict[str, float]:
        """Seconds of each step, all of them over."""
        self._progress(100 * len(STEPS), 100 * len(STEPS), "done")
        times = [*self._began.values(), perf_counter()]
        return {name: round(times[i + 1] - times[i], 2) for i, name in enumerate(self._began)}


def _read(cls: type[T], ask: Pipeline, **more: object) -> T:
    """What a step is asked: the fields that it shares with the pipeline, and what is new."""
    names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    shared = {
        name: value for name, value in vars(ask).items() if name in names and value is not None
    }
    return parse(cls, shared | more)


def _grid(ask: Pipeline) -> dict[str, object]:
    """One rule that was asked for is the whole grid."""
    grid: dict[str, object] = {}
    if ask.thresholds is not None:
        grid["thresholds_variants"] = (ask.thresholds,)
    if ask.top_pct is not None:
        grid["top_pct_variants"] = (ask.top_pct,)
    if ask.allowed_hours:
        grid["allowed_hours_variants"] = (",".join(map(str, ask.allowed_hours)),)
    return grid
