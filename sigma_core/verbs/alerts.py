"""Look for signals with a trained bundle, on the bars after those it was fitted on."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from pydantic.dataclasses import dataclass

from sigma_core.barriers import at_close, entries, levels, plan, time_due
from sigma_core.domain._fields import NOUN
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Alerts, Bundle, Signal
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.engine.book import Book, book_of
from sigma_core.engine.bundle import scorer_of
from sigma_core.engine.decide import fixed
from sigma_core.engine.execute import Execution, execute
from sigma_core.engine.matrix import Matrix, assemble
from sigma_core.errors import BadRequest
from sigma_core.fetch import Later, market_of
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.parse import parse
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._contracts import with_contracts
from sigma_core.verbs._hours import until_open
from sigma_core.verbs._screens import alerts_screen, taken_words
from sigma_core.verbs._shut import closed_words, outside, scored, seen_to, shut_holdout
from sigma_core.verbs._signals import keep_signals, kept_signals
from sigma_core.verbs._tries import momentum_of
from sigma_core.verbs.build import DEMO, model_of


@dataclass(frozen=True, kw_only=True, config=NOUN)
class AlertsAsk:
    """Which model; its newest bundle unless one is named."""

    model_id: str = DEMO
    pack_id: str = ""
    bundle_id: str = ""


@verb("POST", "/signals", slow=False, table=alerts_screen)
def alerts(lab: Lab, ask: AlertsAsk, progress: Progress = silent) -> Alerts:
    """Score the bars since the bundle was fitted, by the backtest's path, and keep what fires."""
    bundle, files, manifest = newest_bundle(lab, ask)
    config = parse(ModelConfig, manifest["model"])
    later: Later = []
    market = market_of(lab, config, later=later, progress=progress)
    about = market.about[(market.ticker, market.cadence)]
    sealed = shut_holdout(lab, config, about)
    end = seen_to(market, sealed)
    matrix = assemble(market, config, start=config.start, end=end, labelled=False)
    fresh = outside(matrix, _fresh(matrix, manifest), sealed)
    shut = until_open(market.calendar, lab.now())
    if not len(fresh):  # an answer, and no fault: flat over night, every closed bar has its label
        for write in later:
            write()
        kept = kept_signals(lab, bundle_id=bundle.bundle_id)
        return keep_signals(
            lab, bundle, *_as_active(lab, ask, kept, _nothing_new(matrix, bundle, sealed), shut)
        )
    scorer = scorer_of(
        config.learner.name,
        files[manifest_file(manifest)],
        features=[feature["name"] for feature in manifest["features"]],
        classes=manifest["classes"],
        calibration=manifest["calibration"],
    )
    proba = np.full((len(matrix.frame), len(matrix.classes)), np.nan)
    proba[fresh] = scorer.score(matrix.frame.iloc[fresh][list(scorer.features)])
    fold = np.full(len(matrix.frame), -1, "int16")
    fold[fresh] = 0
    book = book_of(
        proba, matrix.classes, fold, matrix.tape, config.policy,
        offset=matrix.offset, side=matrix.frame["side"], momentum=momentum_of(config, matrix),
    )  # fmt: skip
    cuts = fixed(bundle.cut, hours=bundle.config.hours)
    ways = plan(matrix.tape, config.policy, matrix.label_end)
    size = RISK_PROFILES[config.risk_profile].position_size
    done = execute(matrix.tape, book, cuts, ways, config.policy, position_size=size)
    for write in later:
        write()
    scored(lab, config, about, matrix, fresh, bundle_id=bundle.bundle_id)
    found = _signals(
        done, book, matrix, bundle, config, size, simulated=bool(about.get("simulated"))
    )
    found = with_contracts(lab, config, matrix.tape, found)
    looked = _looked(book, matrix, bundle, len(fresh), done)
    if sealed is not None:
        looked["words"] += f" {closed_words(sealed)}"
    return keep_signals(lab, bundle, *_as_active(lab, ask, found, looked, shut))


def _as_active(
    lab: Lab, ask: AlertsAsk, found: list[Signal], looked: dict[str, Any], shut: str
) -> tuple[list[Signal], dict[str, Any]]:
    """All signals of an active model; of another only those given before, followed to their end.

    `shut` says that the exchange is closed, where no signal is to be told.
    """
    config = model_of(lab, ask.model_id, ask.pack_id)
    if config.active:
        return found, looked if found else looked | {"words": looked["words"] + shut}
    given = {signal.signal_id for signal in kept_signals(lab, model_id=config.model_id)}
    words = (
        f"{config.model_id} is not active, so no new signal is made; those given before are"
        f" followed to their end. Write active: true into packs/{config.pack_id}/model_configs/"
        f"{config.model_id}.yaml to have new ones. {looked['words']}"
    )
    return [one for one in found if one.signal_id in given], looked | {"words": words}


def newest_bundle(lab: Lab, ask: AlertsAsk) -> tuple[Bundle, dict[str, bytes], dict[str, Any]]:
    """The bundle to score with, its files checked against their hashes.

    Raises BadRequest if the model has none.
    """
    config = model_of(lab, ask.model_id, ask.pack_id)
    if ask.bundle_id:
        names = [ask.bundle_id]
    else:
        names = [n for n in lab.lake.bundles() if n.split("-")[0] == config.model_id]
    if not names:
        raise BadRequest(
            f"{config.model_id} has no trained bundle.",
            hint=f"Train one: make train MODEL_ID={config.model_id}.",
        )
    made = [(lab.lake.load_bundle(name)) for name in names]
    manifests = [(parse(Bundle, manifest["bundle"]), files, manifest) for files, manifest in made]
    return max(manifests, key=lambda item: (item[0].made_at, item[0].bundle_id))


def manifest_file(manifest: dict[str, Any]) -> str:
    """The one file of a bundle that holds the model."""
    return str(next(iter(manifest["files"])))


def _fresh(matrix: Matrix, manifest: dict[str, Any]) -> np.ndarray:
    """Positions of the scorable rows of later sessions than any the bundle was fitted on."""
    through = pd.Timestamp(manifest["bundle"]["trained_through"])
    return np.flatnonzero((matrix.frame["session"] > through) & matrix.frame["scorable"])


def _nothing_new(matrix: Matrix, bundle: Bundle, sealed: ModelConfig | None) -> dict[str, Any]:
    nothing = (
        f"Nothing fired: there is no bar after {bundle.trained_through} yet, the last session"
        " the bundle was fitted on. Fetch newer bars, or train with an earlier END."
    )
    return {
        "looked_at": 0,
        "as_of": matrix.frame["ts"].iloc[-1].to_pydatetime(),
        "best": None,
        "cut": bundle.cut,
        "words": nothing if sealed is None else closed_words(sealed),
    }


def _signals(
    done: Execution,
    book: Book,
    matrix: Matrix,
    bundle: Bundle,
    config: ModelConfig,
    size: float,
    *,
    simulated: bool,
) -> list[Signal]:
    shared = {
        "pack_id": config.pack_id,
        "model_id": config.model_id,
        "ticker": config.ticker,
        "verdict": bundle.status,
        "as_of": bundle.trained_through,
        "bundle_id": bundle.bundle_id,
        "simulated": simulated,
        "contaminated": bundle.contaminated,
    }
    rows: list[dict[str, Any]] = done.trades.to_dict("records")  # type: ignore[assignment]
    found = [
        _traded(trade, size, shared, _time_stop(trade["signal_bar"], matrix, config))
        for trade in rows
    ]
    if done.pending is not None:
        found.append(_pending(done.pending, book, matrix, config, size, shared))
    return found


def _traded(
    trade: dict[str, Any], size: float, shared: dict[str, Any], time_stop: datetime | None
) -> Signal:
    """A signal that was filled: OPEN while its exit is only the end of the data."""
    still = trade["reason"] == "end"
    stamp = trade["signal_ts"].to_pydatetime()
    return Signal(
        signal_id=_id(shared["bundle_id"], stamp),
        timestamp=stamp,
        side="BUY" if trade["side"] == "long" else "SELL",
        confidence=trade["conf"],
        status="OPEN" if still else "CLOSED",
        entry_ref_px=trade["fill"],
        stop_px=_or_none(trade["stop"]),
        target_px=_or_none(trade["target"]),
        time_stop=time_stop,
        size=size * trade["size"],
        ret=trade["ret"],
        reason=None if still else trade["reason"],
        **shared,
    )


def _pending(
    bar: int, book: Book, matrix: Matrix, config: ModelConfig, size: float, shared: dict[str, Any]
) -> Signal:
    """A signal that waits for the bar which fills it."""
    tape, reference = matrix.tape, float(matrix.tape.close[bar])
    stamp = pd.Timestamp(tape.ts[bar], unit="us", tz="UTC").to_pydatetime()
    stop, target, _ = levels(tape, config.policy, tape.close, int(book.side[bar]))
    return Signal(
        signal_id=_id(shared["bundle_id"], stamp),
        timestamp=stamp,
        side="BUY" if book.side[bar] > 0 else "SELL",
        confidence=float(book.score[bar]),
        status="NEW",
        entry_ref_px=reference,
        stop_px=_or_none(stop[bar]),
        target_px=_or_none(target[bar]),
        time_stop=_time_stop(bar, matrix, config),
        size=size * float(book.size[bar]),
        ret=None,
        reason=None,
        **shared,
    )


def _time_stop(bar: int, matrix: Matrix, config: ModelConfig) -> datetime | None:
    """When the time is up: by the data where it reaches, on daily bars else by the calendar."""
    tape = matrix.tape
    if at_close(config.policy):
        nights = 2 if tape.cadence == "daily" else 1  # filled tomorrow, or today
        opens = tape.calendar.open_of(tape.session[bar : bar + 1] + nights)
        return pd.Timestamp(int(opens[0]), unit="us", tz="UTC").to_pydatetime()
    due = time_due(tape, config.policy, matrix.label_end, entries(tape, config.policy))[bar]
    if due < len(tape):
        micros = int(tape.ts[due])
    elif tape.cadence == "daily":
        params, minutes = config.label.params, config.policy.brackets.time_stop_minutes
        ahead = params.get("sessions") or params.get("bars") or 1
        sessions = int(ahead) if minutes is None else -(-minutes // tape.calendar.minutes)
        micros = int(tape.calendar.close_of(tape.session[bar : bar + 1] + sessions)[0])
    else:
        return None
    return pd.Timestamp(micros, unit="us", tz="UTC").to_pydatetime()


def _id(bundle_id: str, stamp: datetime) -> str:
    return sha_of(bundle_id, stamp.isoformat())[:16]


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _looked(
    book: Book, matrix: Matrix, bundle: Bundle, bars: int, done: Execution
) -> dict[str, Any]:
    """What was looked at, and in words why nothing fired if nothing did."""
    scores = book.score[book.within(bundle.config.hours) & np.isfinite(book.score)]
    best = float(scores.max()) if len(scores) else None
    as_of = pd.Timestamp(matrix.tape.ts[book.end], unit="us", tz="UTC").to_pydatetime()
    return {
        "looked_at": bars,
        "as_of": as_of,
        "best": best,
        "cut": bundle.cut,
        "words": _words(best, bundle, bars, done.counts),
    }


def _words(best: float | None, bundle: Bundle, bars: int, counts: Any) -> str:
    looked = f"looked at {bars} bars after {bundle.trained_through}"
    if best is None:
        hours = ",".join(map(str, bundle.config.hours))
        return f"Nothing fired: {looked}, none of them in the hours {hours}."
    if best < bundle.cut:
        return (
            f"Nothing fired: {looked}; the best confidence was {best:.3f}, the cut is"
            f" {bundle.cut:.3f}, missing {bundle.cut - best:.3f}."
        )
    return f"{taken_words(counts)}; {looked}."
