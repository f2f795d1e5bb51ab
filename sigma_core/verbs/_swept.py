"""Which sweep is meant."""

from collections.abc import Iterable

from sigma_core.errors import BadRequest, UnknownName, meant
from sigma_core.lab import Lab
from sigma_core.packs import find_model

_NEWEST = """
SELECT sweep_id FROM trials
WHERE sweep_id IS NOT NULL AND $sweep_id IN ('', sweep_id) AND $model_id IN ('', model_id)
ORDER BY made_at DESC, sweep_id LIMIT 1
"""


def sweep_named(lab: Lab, *, sweep_id: str, model_id: str) -> str:
    """The sweep of that name, or the newest of a model.

    Raises UnknownName, or BadRequest where nothing says which.
    """
    if not sweep_id and not model_id:
        raise BadRequest("No sweep is named.", hint="Give sweep_id, or model_id for its newest.")
    found = lab.lake.rows(_NEWEST, sweep_id=sweep_id, model_id=model_id)
    if found:
        return str(found[0]["sweep_id"])
    if not sweep_id:
        find_model(lab.packs, model_id)  # of one that is none there is no sweep
        raise BadRequest(f"{model_id} was not swept yet.", hint="Run a sweep of it first.")
    known = lab.lake.rows("SELECT DISTINCT sweep_id FROM trials WHERE sweep_id IS NOT NULL")
    raise no_sweep(sweep_id, [each["sweep_id"] for each in known])


def no_sweep(sweep_id: str, known: Iterable[str]) -> UnknownName:
    """The error for a sweep that was not run, with the nearest of those that were."""
    near = meant(sweep_id, known)
    way = (
        f"{near} make sweeps lists them." if near else "None was run yet: make sweep-run runs one."
    )
    return UnknownName("sweep", sweep_id, known, hint=way)
