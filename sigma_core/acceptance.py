"""Which indicator files have kept the laws: the lake remembers, so that each is tried once.

An acceptance is a sealed document named by the sha of all that it depends on, the file's bytes and
our code among them; one whose content is another is not believed, and the file is tried again.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sigma_core.domain.model import ModelConfig
from sigma_core.lab import Lab
from sigma_core.lineage import sha_of
from sigma_core.parse import plain


def accepted(
    lab: Lab, config: ModelConfig, *, keep: bool, later: list[Callable[[], None]] | None
) -> None:
    """Try the files of a model that have not kept the laws before.

    What is found is kept, with `later` once the request has proved to be one that can be met.
    Raises BadRequest, with the law and where to see it, for a file that breaks one.
    """
    from sigma_core.indicators import trial_of  # a second to import

    for spec in config.custom_indicators:
        trial = trial_of(spec)
        if trial is None:
            continue
        facts = plain(trial.made_of(spec.params))
        name = f"laws-{sha_of(facts)}"
        if lab.lake.has("manifests", name) and lab.lake.load("manifests", name) == facts:
            trial.trust(spec.params)
            continue
        trial.accept(spec.params)
        if keep and later is not None:
            later.append(partial(_keep, lab, name, facts))
        elif keep:
            _keep(lab, name, facts)


def _keep(lab: Lab, name: str, facts: Mapping[str, Any]) -> None:
    lab.lake.save("manifests", name, facts)
