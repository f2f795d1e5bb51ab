"""Signals and a holdout that is shut: those inside are not shown, as that would be a look."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from sigma_core.domain.model import ModelConfig
from sigma_core.engine.market import Market
from sigma_core.engine.matrix import Matrix
from sigma_core.lab import Lab
from sigma_core.parse import plain
from sigma_core.sealed import family, shut, tell_of_look
from sigma_core.verbs.build import model_of


def shut_holdout(lab: Lab, config: ModelConfig, about: Mapping[str, Any]) -> ModelConfig | None:
    """A trained model as it was, or under the holdout it has today, if that is shut; else None."""
    today = replace(config, holdout=model_of(lab, config.model_id, config.pack_id).holdout)
    return next((each for each in (config, today) if shut(lab, each, about)), None)


def seen_to(market: Market, sealed: ModelConfig | None) -> date | None:
    """The last session that may be seen while a holdout is shut: none of it, or what comes after.

    A trade from before the holdout would end inside, so one sees either the bars before it, or,
    once there are some, the decisions at those after it.
    """
    if sealed is None or sealed.holdout is None:
        return None
    last = market.main["session"].iloc[-1].date()
    over = sealed.end is not None and last > sealed.end
    return None if over else sealed.holdout - timedelta(days=1)


def outside(matrix: Matrix, rows: np.ndarray, sealed: ModelConfig | None) -> np.ndarray:
    """The rows that may be decided at; see `seen_to`."""
    days = matrix.frame["session"].to_numpy(dtype="datetime64[D]")
    if sealed is None or days[-1] < np.datetime64(sealed.holdout, "D"):
        return rows
    return np.asarray(rows[days[rows] > np.datetime64(sealed.end, "D")])


def closed_words(sealed: ModelConfig) -> str:
    """What is not shown, and why."""
    until = f"to {sealed.end}" if sealed.end else "on"
    return (
        f"Sessions from {sealed.holdout} {until} are sealed and not shown: to see their signals"
        f" would be to look at them. make unseal MODEL_ID={sealed.model_id} looks, once."
    )


def scored(
    lab: Lab,
    config: ModelConfig,
    about: Mapping[str, Any],
    matrix: Matrix,
    rows: np.ndarray,
    *,
    bundle_id: str,
) -> None:
    """Tell the ledger which sessions were scored, if any of them was ever sealed."""
    days = matrix.frame["session"].iloc[rows].dt.date
    of = {"model_id": config.model_id, "pack_id": config.pack_id, **family(config, about)}
    span = {"start": plain(days.iloc[0]), "end": plain(days.iloc[-1])}
    tell_of_look(lab, of | span, bundle_id=bundle_id)
