"""The HTTP face under fuzz: never a 500, never an answer outside its own description."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from sigma_core import jobs
from sigma_core.api import Limits, _calls, create
from sigma_core.api._document import document, operations
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs import VERBS

FEW = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TOKEN = "s3cret"  # noqa: S105  of an API that lives for one test
ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


class Desk:
    """Takes every job and runs none."""

    def submit(self, lake: Lake, verb: str, ask: Mapping[str, Any]) -> jobs.Job:
        job = jobs.Job(job_id=f"{verb}-1", verb=verb, ask=dict(ask), made_at=Lab(ROOT, lake).now())
        lake.save("jobs", job.job_id, jobs.plain(job))
        return job

    get = staticmethod(jobs.get)
    recent = staticmethod(jobs.recent)
    cancel = staticmethod(jobs.cancel)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole API over an empty lake; nobody waits for jobs that never run."""
    home = tmp_path_factory.mktemp("api")
    copytree(ROOT / "packs", home / "packs")
    lab = Lab(packs=home / "packs", lake=Lake(home / "lake"))
    import schemathesis  # only here: more than a second for each process of the tests

    schema = schemathesis.openapi.from_dict(document(VERBS))
    schema.app = create(lambda: lab, desk=Desk(), limits=Limits(token=TOKEN, per_minute=0))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_calls, "POLL_SECONDS", 1e9)
        yield schema


@pytest.mark.parametrize("name", [op.name for op in operations(VERBS)])
def test_no_route_breaks(name: str, api: Any) -> None:
    from schemathesis import checks

    operation = api.find_operation_by_id(name)
    every = [
        checks.not_a_server_error,
        checks.response_schema_conformance,
        checks.status_code_conformance,
        checks.content_type_conformance,
    ]

    @FEW
    @given(case=operation.as_strategy())
    def fuzz(case: Any) -> None:
        reply = case.call(headers={"Authorization": f"Bearer {TOKEN}"})
        assert reply.status_code not in (401, 403)
        case.validate_response(reply, checks=every)

    fuzz()
