"""The contracts that an option model's signals are held as, picked as the backtest picks them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sigma_core.domain.chains import Pick, Side
from sigma_core.domain.model import ModelConfig
from sigma_core.domain.results import Signal
from sigma_core.errors import BadRequest, UnknownName
from sigma_core.lab import Lab
from sigma_core.overlay.choice import Choice, choices
from sigma_core.overlay.standing import clock_of
from sigma_core.tape import Tape
from sigma_core.verbs._overlaid import chains_from, source_of
from sigma_core.verbs._signals import kept_signals

NO_CHAIN = "There was no chain of {ticker} of that session, or of the one before."


LIVE = ("NEW", "OPEN")


def with_contracts(
    lab: Lab, config: ModelConfig, tape: Tape, found: Sequence[Signal]
) -> list[Signal]:
    """The signals, each with what the policy picks at its bar; ended ones keep what they had.

    As they are if the model trades no options. Where nothing could be picked the contract has no
    legs, and says why.
    """
    if config.asset != "opt" or not found:
        return list(found)
    kept = kept_signals(lab, model_id=config.model_id)
    had = {one.signal_id: one.contract for one in kept if one.contract is not None}
    asked = [one for one in found if one.status in LIVE or one.signal_id not in had]
    picks = zip((one.signal_id for one in asked), _picked(lab, config, tape, asked), strict=True)
    contracts = had | dict(picks)
    return [replace(one, contract=contracts[one.signal_id]) for one in found]


def _picked(lab: Lab, config: ModelConfig, tape: Tape, found: Sequence[Signal]) -> list[Pick]:
    if not found:
        return []
    try:
        source = source_of(lab, config)
    except (BadRequest, UnknownName) as none:  # a signal is one without a contract too
        words = f"{none} {none.hint or ''}".strip()
        return [_nothing(one, words) for one in found]
    clock = clock_of(tape)
    stamps = np.array([int(pd.Timestamp(one.timestamp).value // 1000) for one in found])
    asked = pd.DataFrame(
        {
            "signal_bar": np.searchsorted(tape.ts, stamps),
            "side": [_side(one) for one in found],
            "stop": [one.stop_px for one in found],
            "target": [one.target_px for one in found],
        }
    )
    bars, options = asked["signal_bar"].to_numpy(), config.policy.options
    chain = chains_from(source, clock, options, bars).rows(bars)
    picked = choices(chain, clock, asked, options, levelled=True)
    return [_contract(one, choice) for one, choice in zip(found, picked, strict=True)]


def _contract(signal: Signal, choice: Choice) -> Pick:
    return choice.pick or _nothing(signal, NO_CHAIN.format(ticker=signal.ticker))


def _nothing(signal: Signal, words: str) -> Pick:
    return Pick(side=_side(signal), reason="no_chain", words=words, left={})


def _side(signal: Signal) -> Side:
    return "long" if signal.side == "BUY" else "short"
