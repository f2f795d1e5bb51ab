"""The momentum gate as a request may ask for it, in place of the policy's own."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.model import ModelConfig
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.packs import find_model, refuse_gate
from sigma_core.verbs._history import history
from sigma_core.verbs._kept import kept, print_of

KINDS = ("backtest", "sweep")
"""Runs that make trials."""
GATE = "momentum_gate"


@dataclass(frozen=True, kw_only=True, config=NOUN)
class Momentum:
    """Longs only where `momentum_column` ≥ `momentum_min`, shorts only where ≤ its negative."""

    momentum_gate: bool | None = None
    """Null, as the other two: what the model's policy says."""
    momentum_min: float | None = None
    momentum_column: str | None = None


def gated(config: ModelConfig, ask: Momentum) -> ModelConfig:
    """The model under the gate that was asked for; its policy then has a sha of its own.

    Raises BadRequest if the gate reads no column of the model, or what was asked changes nothing.
    """
    asked = {
        each.name: value
        for each in fields(Momentum)
        if (value := getattr(ask, each.name)) is not None
    }
    policy = replace(config.policy, **asked)
    if policy == config.policy:
        return config
    if not policy.momentum_gate and len(asked) > (ask.momentum_gate is not None):
        name, value = list(asked.items())[-1]
        raise BadRequest(
            f"{name} {value} changes nothing: the momentum gate is off.",
            hint="Set momentum_gate=true, or use the targets that end in -gated.",
        )
    found = replace(config, policy=policy, policy_name=None)
    refuse_gate(found)
    return found


def gate_columns(lab: Lab, model_id: str, pack_id: str = "") -> tuple[str, ...]:
    """The columns of a model, any of which a momentum gate may read."""
    from sigma_core.engine.features import columns_of  # a second to import
    from sigma_core.engine.matrix import chosen

    config = find_model(lab.packs, model_id, pack_id)
    return chosen(columns_of(config.asked), config.features)


def gate_facts(config: ModelConfig) -> dict[str, float | str]:
    """What the history keeps of a run's momentum gate."""
    policy = config.policy
    if not policy.momentum_gate:
        return {"momentum_gate": 0}
    return {
        "momentum_gate": 1,
        "momentum_min": policy.momentum_min,
        "momentum_column": policy.momentum_column,
    }


def gate_asked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `gate_facts`: fields of a request; none if the run kept nothing of a gate."""
    asked = {each.name: facts[each.name] for each in fields(Momentum) if each.name in facts}
    return asked | ({"momentum_gate": bool(asked["momentum_gate"])} if asked else {})


def gates(lab: Lab) -> Mapping[str, Mapping[str, Any]]:
    """By run, what the history keeps of its momentum gate; runs without one are left out."""

    def read() -> dict[str, Mapping[str, Any]]:
        each = (history(lab, kind, pack_id="", model_id="", limit=100_000) for kind in KINDS)
        return {run.run_id: run.facts for runs in each for run in runs if run.facts.get(GATE)}

    folder = lab.lake.root / "runs"
    return kept(("gates", folder), print_of([folder]), read)


def gate_of(lab: Lab, *, run_id: str, pack_id: str, model_id: str) -> dict[str, Any]:
    """The gate a run traded under, as fields of a request; none if nothing is known of it."""
    for kind in KINDS:
        for run in history(lab, kind, pack_id=pack_id, model_id=model_id, limit=10_000):
            if run.run_id == run_id:
                return gate_asked(run.facts)
    return {}
