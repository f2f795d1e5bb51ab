"""What `--table` prints: results as a person reads them, one screen each."""

from collections.abc import Mapping, Sequence

from sigma_core.domain.noise import NoiseFloor
from sigma_core.domain.results import Alerts, Backtest, Build, Bundle, Entry, Signal, Study, Sweep
from sigma_core.domain.trial import Gate, Metrics, Rule
from sigma_core.lineage import short
from sigma_core.sealed import marked_as
from sigma_core.verbs._bounds import ambiguous_words
from sigma_core.verbs._ranking import verdict_of
from sigma_core.verbs._text import bps, columns, count, percent, ratio
from sigma_core.verbs.chain import told

SIGNS = {"PASS": "✓ PASS", "UNPROVEN": "◐ UNPROVEN", "FAIL": "✕ FAIL"}
MARKS = {"met": "✓", "warned": "!", "failed": "✕", "waived": "~"}
FIGURES = (
    "", "return", "Sharpe, per year", "worst drawdown", "return of the account", "trades",
    "win rate", "average trade", "exposure",
)  # fmt: skip
CONTAMINATED = "CONTAMINATED"
"""Of a look at sessions that were sealed; what was made of it bears the word too."""
REASONS = {
    "min_trades_not_met": "too few trades",
    "poor_sharpe": "Sharpe too low",
    "excessive_drawdown": "drawdown too deep",
    "non_positive_return": "no profit",
    "insufficient_data": "too little data",
}
ADVICE = {
    "min_trades_not_met": "a lower threshold, or a longer period (an earlier START)",
    "poor_sharpe": "review the idea: other indicators, another label, other thresholds or dates",
    "excessive_drawdown": "tighter risk: nearer stops, a time stop, one side, size by confidence",
    "non_positive_return": "review the idea, and what it costs: make cost-stress",
    "insufficient_data": "extend the dates (an earlier START), or fewer splits",
    "not_better_than_luck": "fewer tries (a coarser grid), or more years",
    "leak_suspected": "find the leak: make leak-audit names the feature that knows the future",
    "not_better_than_exposure": "an edge that holding lacks: shorts, less time in the market",
}
"""What to try about each reason of a FAIL, and about missing evidence, as the guides advise."""


def build_screen(made: Build) -> str:
    """A build or preview: its size, its quality, its name."""
    q = made.quality
    head = (
        f"{made.model_id}: {count(made.rows)} rows, {count(made.trainable)} trainable,"
        f" {made.features} features, {made.start} to {made.end}"
        f"{', found built' if made.reused else ''}{'  SIMULATED' if made.simulated else ''}"
    )
    lines = [head, f"bars from {made.provider}: {made.layout}", ""]
    lines += [f"  {MARKS[check.outcome]} {check.words}" for check in q.checks]
    if q.not_trainable:
        why = ", ".join(f"{cause} {count(n)}" for cause, n in q.not_trainable.items())
        lines.append(f"  not trainable: {why}")
    lines.append("  classes: " + ", ".join(f"{name} {count(n)}" for name, n in q.classes.items()))
    lines += [f"  {q.overlap}"] if q.overlap else []
    lines += [f"  note: {note}" for note in made.notes]
    if made.leaks is not None:
        lines.append(f"  {'✓' if made.leaks.ok else '✕'} leak audit: {made.leaks.words}")
    return "\n".join([*lines, "", f"matrix_sha {short(made.matrix_sha)}"])


def ranking(entries: Sequence[Entry], *, limit: int = 10) -> str:
    """The ranked table: what decides comes first, and stays on a narrow terminal."""
    heads = (
        "#", "verdict", "Sharpe", "return", "drawdown", "trades", "DSR", "tries", "rule", "model",
        "why",
    )  # fmt: skip
    rows = [
        (
            str(e.rank),
            SIGNS[e.gate.status],
            ratio(e.metrics.sharpe),
            percent(e.metrics.return_, signed=True),
            percent(e.metrics.max_dd),
            count(e.metrics.trades),
            ratio(e.evidence.dsr),
            tries(e),
            rule_words(e),
            e.model_id + (" SIM" if e.lineage.simulated else ""),
            ", ".join(filter(None, (CONTAMINATED * bool(e.contaminated), why(e.gate)))),
        )
        for e in entries[:limit]
    ]
    more = f"\n… and {len(entries) - limit} more" if len(entries) > limit else ""
    if not rows:
        return "No trial fits. Run `make sweep-run` first."
    # one model need not be named in each row; that it is simulated must be said
    one = len({e.model_id for e in entries}) == 1 and not entries[0].lineage.simulated
    return columns(rows, heads, spare=("tries", *["model"] * one, "why")) + more


def tries(entry: Entry) -> str:
    """`13 (6.4)`: how often its data was tried, and how many independent tries its sweep was."""
    n, alike = count(entry.evidence.n_trials), entry.n_effective
    return n if alike is None else f"{n} ({alike:.1f})"


def why(gate: Gate) -> str:
    """The reasons of a FAIL, or else the missing evidence, in a few words."""
    words = [REASONS.get(reason, reason) for reason in gate.reasons]
    return ", ".join(words or [missing.code.replace("_", " ") for missing in gate.missing])


def advice_of(gate: Gate) -> list[tuple[str, str]]:
    """What to try about each reason, or else about each piece of missing evidence."""
    return [(code, ADVICE[code]) for code in gate.reasons or [each.code for each in gate.missing]]


def rule_words(entry: Entry) -> str:
    """`≥ 0.55,0.60 at 13,14` or `top 10%`."""
    return rule_words_of(entry.config)


def rule_words_of(rule: Rule) -> str:
    """A rule in the same words."""
    what = f"top {float(rule.value):.0%}" if rule.kind == "top_pct" else f"≥ {rule.value}"
    hours = ",".join(map(str, rule.hours))
    return what + (f" at {hours}" if hours else "")


def leaderboard_screen(lines: Sequence[Entry | NoiseFloor]) -> str:
    """The leaderboard, below it what its searches find in noise, and the first verdict in words."""
    entries = [line for line in lines if isinstance(line, Entry)]
    if not entries:
        return ranking(entries)
    noise = [
        f"noise floor: {floor.words} No trial, cannot be trained; {floor.model_id}"
        f"{' SIM' if floor.simulated else ''}, {floor.sweep_id}."
        for floor in lines
        if isinstance(floor, NoiseFloor)
    ]
    ranks = "\n".join([ranking(entries, limit=50), *noise])
    return f"{ranks}\n\nbest: {verdict_of(entries[0])}"


def sweep_screen(sweep: Sweep) -> str:
    """A sweep: its size, its best trials, and what they are worth."""
    head = f"sweep {sweep.sweep_id} of {sweep.model_id}: {sweep.configs} of {sweep.budget} configs"
    if sweep.n_effective is not None and sweep.correlation is not None:
        head += (
            f", as alike as {sweep.n_effective:.1f} independent ones (two of them correlate"
            f" {ratio(sweep.correlation)} on average)"
        )
    luck = next((trial.luck for trial in sweep.trials if trial.luck), None)
    told = (
        f"how far luck explains it: make evidence SWEEP_ID={sweep.sweep_id}"
        if luck is None
        else f"evidence is kept: make evidence-detail SWEEP_ID={sweep.sweep_id}"
    )
    return f"{head}\n\n{ranking(sweep.trials, limit=15)}\n\n{sweep.best}\n{told}"


def backtest_screen(done: Backtest) -> str:
    """A backtest: figures beside buy-and-hold, the checks, the folds."""
    facts = backtest_facts(done)
    study = done.entry.study
    head = (
        f"{done.entry.model_id}  {rule_words(done.entry)}, out of fold {study.oof_start} to"
        f" {study.oof_end}, {study.splits} splits{_calibrated(study)}"
        f"{'  SIMULATED' if done.entry.lineage.simulated else ''}"
    )
    checks = [f"  {'✓' if check.met else '✕'} {check.words}" for check in done.entry.gate.checks]
    folds = columns(
        [
            (
                str(f["fold"]),
                f"{f['start']} – {f['end']}",
                ratio(_number(f["cut"])),
                ratio(_number(f["sharpe"])),
                percent(_number(f["return"]), signed=True),
                str(f["trades"]),
            )
            for f in done.folds
        ],
        ("fold", "sessions", "cut", "Sharpe", "return", "trades"),
    )
    return "\n".join(
        [head, "", columns(facts[1:], facts[0]), taken_words(done.counts),
         ambiguous_words(done.entry.metrics), "", *checks,
         done.verdict, "", folds]
    )  # fmt: skip


def backtest_facts(done: Backtest) -> list[tuple[str, ...]]:
    """Figures of the strategy beside buy-and-hold and the baseline; headings first."""
    m, hold = done.entry.metrics, done.entry.hold
    held = ("buy and hold", percent(hold.return_, signed=True), ratio(hold.sharpe),
            percent(hold.max_dd), "", "", "", "", "")  # fmt: skip
    columns_ = [FIGURES, ("strategy", *_figures(m)), held]
    if done.baseline is not None:
        columns_.append((done.baseline.learner, *_figures(done.baseline.metrics)))
    return list(zip(*columns_, strict=True))


def _figures(m: Metrics) -> tuple[str, ...]:
    return (
        percent(m.return_, signed=True),
        ratio(m.sharpe),
        percent(m.max_dd),
        percent(m.return_account, signed=True),
        count(m.trades),
        percent(m.win_rate),
        bps(m.avg_trade),
        percent(m.exposure),
    )


def taken_words(counts: Mapping[str, int]) -> str:
    """How many signals were traded, and what became of the others.

    >>> taken_words({"signals": 5, "taken": 3, "momentum_gate": 2, "poor_rr": 0})
    '3 of 5 signals taken; not taken: momentum gate 2'
    """
    others = {k: v for k, v in counts.items() if k not in ("signals", "taken") and v}
    more = "; not taken: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in others.items())
    return f"{counts['taken']} of {counts['signals']} signals taken{more if others else ''}"


def _calibrated(study: Study) -> str:
    """How probabilities were corrected; under `auto` what each fold's window chose too."""
    if study.calibration == "none":
        return ""
    return f", calibration {study.calibration}" + (f" ({study.chosen})" if study.chosen else "")


def _number(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def bundle_screen(bundle: Bundle) -> str:
    """A trained bundle: from what, on how much, with which verdict."""
    lines = [
        f"bundle {bundle.bundle_id} of {bundle.model_id}: {SIGNS[bundle.status]}",
        f"  fitted on {count(bundle.trained_rows)} rows, through {bundle.trained_through}",
        f"  rule {rule_words_of(bundle.config)}, cut {ratio(bundle.cut)}",
    ]
    if bundle.calibration != "none":
        folds = f", by fold {bundle.chosen}" if bundle.chosen else ""
        lines.append(f"  calibration {bundle.calibration}: final fit {bundle.calibrated}{folds}")
    if bundle.override:
        lines.append(f"  trained by override: {bundle.reason}")
    if bundle.contaminated:
        lines.append(f"  {marked_as(bundle.contaminated)}")
    return "\n".join(lines)


def signals_table(signals: Sequence[Signal]) -> str:
    """Signals, newest first."""
    heads = (
        "decided", "status", "side", "ticker", "conf", "entry", "stop", "target", "so far", "model",
        "verdict",
    )  # fmt: skip
    rows = [
        (
            f"{s.timestamp:%Y-%m-%d %H:%M}Z",
            s.status,
            ("▲ " if s.side == "BUY" else "▼ ") + s.side,
            s.ticker,
            ratio(s.confidence),
            f"{s.entry_ref_px:,.2f}",
            "–" if s.stop_px is None else f"{s.stop_px:,.2f}",
            "–" if s.target_px is None else f"{s.target_px:,.2f}",
            bps(s.ret),
            s.model_id,
            f"{s.verdict} as of {s.as_of}"
            + (" SIM" if s.simulated else "")
            + (f" {CONTAMINATED}" if s.contaminated else ""),
        )
        for s in signals
    ]
    if not rows:
        return "No signal. `make alerts` looks for new ones."
    held = [
        (f"{s.timestamp:%Y-%m-%d %H:%M}Z as an option", s.contract, s.status in ("NEW", "OPEN"))
        for s in signals
        if s.contract
    ]
    live = [f"{at}, {told(pick)}" for at, pick, now in held if now]
    ended = [f"{at}: {pick.words}" for at, pick, now in held if not now]
    return "\n\n".join([columns(rows, heads), *live, *(["\n".join(ended)] if ended else [])])


def alerts_screen(found: Alerts) -> str:
    """What a look for signals found, or why nothing fired."""
    table = signals_table(found.signals[:12]) + "\n\n" if found.signals else ""
    return f"{table}{found.words}\n{found.added} new, {found.updated} changed; {found.csv}"
