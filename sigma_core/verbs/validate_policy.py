"""A model's execution policy, with every default written out, in words."""

from collections.abc import Iterator

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.catalog import PolicyExplained
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.policy import Brackets, Options, Policy
from sigma_core.domain.risk import RISK_PROFILES, RiskProfile
from sigma_core.engine.bet import bet_size
from sigma_core.lab import Lab
from sigma_core.lineage import short
from sigma_core.packs import find_model, policy_sha
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._catalog import label_words
from sigma_core.verbs._text import percent, ratio
from sigma_core.verbs.build import DEMO

SURE = 0.6
"""A confidence at which sizes are told."""
_SIDES = {"both": "Long and short", "long": "Long only", "short": "Short only"}
_FILLS = {
    "next_bar_open": "the open of the next bar",
    "next_session_open": "the open of the next session",
    "session_close": "the session's close, on daily bars the next session's",
}


@dataclass(frozen=True, kw_only=True, config=NOUN)
class PolicyAsk:
    """Whose policy; the demo's if none is given."""

    model_id: str = DEMO
    pack_id: str = ""


def screen(found: PolicyExplained) -> str:
    """A policy in sentences, what is odd about it, and its name."""
    name = found.policy_name or "written in place"
    return "\n".join(
        [
            f"{found.model_id}, policy {name}:",
            *(f"  {line}" for line in found.words),
            *(f"  ! {line}" for line in found.warnings),
            f"policy_sha {short(found.policy_sha)}",
        ]
    )


@verb("GET", "/policy/explain", table=screen)
def validate_policy(lab: Lab, ask: PolicyAsk, progress: Progress = silent) -> PolicyExplained:  # noqa: ARG001
    """Check a model's execution policy and say what it means: fills, costs, levels, size, gate."""
    config = find_model(lab.packs, ask.model_id, ask.pack_id)
    risk = RISK_PROFILES[config.risk_profile]
    return PolicyExplained(
        pack_id=config.pack_id,
        model_id=config.model_id,
        policy_name=config.policy_name,
        policy_sha=policy_sha(config),
        policy=config.policy,
        risk=risk,
        words=tuple(_words(config, risk)),
        warnings=tuple(_warnings(config.policy)),
    )


def _words(config: ModelConfig, risk: RiskProfile) -> Iterator[str]:
    policy = config.policy
    fill = _FILLS[policy.brackets.entry_mode]
    yield f"{_SIDES[policy.sides]}, one position at a time, filled at {fill}."
    round_trip = 2 * (policy.slippage_bps + policy.fee_bps)
    yield (
        f"Costs: {policy.slippage_bps:g} bps slippage a fill and {policy.fee_bps:g} bps fee a side,"
        f" {round_trip:g} bps there and back."
    )
    yield _levels(policy.brackets)
    yield _time(config)
    if config.intraday:
        yield "Flat at the close of every session."
    yield from _momentum(policy)
    yield _size(policy, risk)
    if config.asset == "opt":
        yield from _options(policy.options, risk)
    yield (
        f"Gate: Sharpe above {ratio(max(0.5, risk.min_sharpe))}, drawdown within"
        f" {percent(risk.max_drawdown)} at 10% volatility, at least 30 trades, a profit."
    )


def _momentum(policy: Policy) -> Iterator[str]:
    if policy.momentum_gate:
        name, least = policy.momentum_column, policy.momentum_min
        yield (
            f"Momentum gate: longs only where {name} is at least {least:g}, shorts only where it is"
            f" at most {-least + 0.0:g}; no trade where it is missing."
        )


def _size(policy: Policy, risk: RiskProfile) -> str:
    share = percent(risk.position_size)
    if not policy.size_by_conf:
        return (
            f"Size: {share} of the account a trade ({risk.name}); the gate reads the curve that"
            " commits everything."
        )
    return (
        f"Size: by confidence c, the lesser of 2c - 1 and {policy.conf_cap:g}, of the capital (the"
        f" curve that the gate reads) or of {share} of the account ({risk.name}). At c = {SURE:g}"
        f" that is {percent(min(policy.conf_cap, 2 * SURE - 1))}; the bet size of López de Prado"
        f" would be {percent(bet_size(SURE))}."
    )


def _options(options: Options, risk: RiskProfile) -> Iterator[str]:
    """How the trades are held as options."""
    s, wide = options.selection, options.selection.spread_width
    expiry = "nearest" if s.dte_target is None else f"{s.dte_target:g}-day"
    what = "one contract" if wide is None else f"a vertical {wide:g} dollars wide"
    yield (
        f"Held as {what} of the {expiry} expiry, |delta| nearest {s.target_delta:g}: calls for"
        f" longs, puts for shorts; {percent(risk.position_size)} of the account in each premium."
    )
    filled = (
        "at the quoted side"
        if options.spread_share == 1
        else (f"{percent(options.spread_share)} of half the spread from the middle")
    )
    said = f"Options filled {filled}, {options.commission:.2f} dollars a contract and leg"
    if options.no_entry_minutes:
        said += f"; nothing bought in the last {options.no_entry_minutes} minutes of a session"
    yield f"{said}."
    ends = [
        f"{percent(share)} of the premium is {word}"
        for share, word in ((options.premium_stop, "lost"), (options.premium_target, "gained"))
        if share is not None
    ]
    if ends:
        yield f"Out at the first close of a bar at which {' or '.join(ends)}."


def _levels(brackets: Brackets) -> str:
    if not brackets.enabled:
        return "No stop and no target: only time ends a trade."
    stop, target, bars = brackets.atr_mult_stop, brackets.atr_mult_target, brackets.atr_period
    if brackets.mode == "range":
        said = (
            f"Stop at the extreme of the last {bars} bars, target {target / stop:g} times as far"
            " from the fill"
        )
    else:
        said = f"Stop at {stop:g} ATR({bars}), target at {target:g}, both from the fill"
    if brackets.regime_adjust:
        said += "; both times ATR over its median of 252 bars, within 0.75 to 1.5"
    return f"{said}; no trade whose reward over risk is below {brackets.min_rr:g} after costs."


def _time(config: ModelConfig) -> str:
    minutes = config.policy.brackets.time_stop_minutes
    if config.policy.brackets.entry_mode == "session_close":
        return "Out at the next session's open."
    if minutes is None:
        return f"Out at the end of the label at the latest: {label_words(config.label)}."
    return f"Out after {minutes:,} session minutes at the latest; a US session has 390."


def _warnings(policy: Policy) -> Iterator[str]:
    brackets, costs = policy.brackets, policy.slippage_bps + policy.fee_bps
    reward = brackets.atr_mult_target / brackets.atr_mult_stop
    if costs == 0:
        yield "Trading is free: slippage_bps and fee_bps are 0, and no market is so."
    if brackets.enabled and (reward < brackets.min_rr or (reward == brackets.min_rr and costs)):
        yield (
            f"No trade will be opened: target over stop is {reward:.2f} before costs, and min_rr"
            f" asks for {brackets.min_rr:g} after them."
        )
    if policy.conf_cap != 1.0 and not policy.size_by_conf:
        yield f"conf_cap {policy.conf_cap:g} changes nothing while size_by_conf is false."
    if policy.momentum_min != 0.0 and not policy.momentum_gate:
        yield f"momentum_min {policy.momentum_min:g} changes nothing while momentum_gate is false."
