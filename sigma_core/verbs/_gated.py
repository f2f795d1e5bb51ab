"""The momentum gate as a request may ask for it, in place of the policy's own."""

from dataclasses import fields, replace

from pydantic.dataclasses import dataclass

from sigma_core.domain._fields import NOUN
from sigma_core.domain.model import ModelConfig
from sigma_core.errors import BadRequest
from sigma_core.resolve import refuse_gate


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
