"""The API described: an OpenAPI 3.1 document, made from the nouns that verbs ask and answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from sigma_core.api._calls import Recent, Started, Wait
from sigma_core.domain.job import Job
from sigma_core.verbs import Verb

REF = "#/components/schemas/{model}"
ABOUT = (
    "Every route is one verb of the lab, the same that its pages and its shell call. Fractions, "
    "not percent; times in UTC; null where a number is undefined. A slow verb answers 202 with a "
    "job: follow it at /jobs/{job_id}, or ask with ?wait=60 for the result itself."
)
EXAMPLES: Mapping[str, Any] = {
    "allowed_hours_variants": ["13,14", "13,14,15"],
    "asset": "eq",
    "cadence": "daily",
    "end": "2018-12-31",
    "horizon": "swing",
    "job_id": "sweep_run-1f0c9a52",
    "limit": 10,
    "model_id": "ixic_eq_swing_daily",
    "pack_id": "swingsigma",
    "risk_profile": "balanced",
    "splits": 5,
    "start": "2000-01-03",
    "tag": "initial_sweep",
    "thresholds": "0.55,0.60,0.65",
    "thresholds_variants": ["0.50,0.55,0.60", "0.55,0.60,0.65"],
    "ticker": "IXIC",
    "top_pct_variants": [0.1, 0.15],
}
"""What a caller might send, by the name of the field."""
ERRORS = {
    "401": "The bearer token is missing or wrong",
    "403": "From another address or site than is answered",
    "404": "A name that does not exist, with the nearest that does",
    "409": "The work was stopped",
    "413": "The body is too large",
    "415": "The body is not application/json",
    "422": "A field is wrong, or it cannot be done with this data",
    "429": "Too many requests; Retry-After says when to come back",
    "500": "A damaged file, or a bug",
}
LOOK, WORK, JOBS = "Look", "Work", "Jobs"


@dataclass(frozen=True)
class Operation:
    """One route as a caller sees it."""

    name: str
    method: str
    path: str
    tag: str
    sentence: str
    ask: type | None
    answer: Any
    slow: bool = False


def operations(verbs: Iterable[Verb]) -> list[Operation]:
    """The routes of verbs, and those of jobs."""
    found = [
        Operation(
            verb.name, verb.route[0], verb.route[1],
            LOOK if verb.route[0] == "GET" else WORK,
            verb.sentence, verb.ask, verb.answer, verb.slow,
        )
        for verb in verbs
        if verb.route is not None
    ]  # fmt: skip
    one = "/jobs/{job_id}"
    return [
        *sorted(found, key=lambda op: (op.tag, op.path)),
        Operation("jobs", "GET", "/jobs", JOBS, "The latest jobs.", Recent, list[Job]),
        Operation("job", "GET", one, JOBS, "How one job stands.", None, Job),
        Operation("job_cancel", "POST", f"{one}/cancel", JOBS, "Stop a job.", None, Job),
    ]


def document(verbs: Iterable[Verb]) -> dict[str, Any]:
    """The whole OpenAPI document, but for the server's address."""
    listed = operations(verbs)
    asked, answered, schemas = _schemas(listed)
    paths: dict[str, dict[str, Any]] = {}
    for op in listed:
        described = _operation(op, asked.get(op.name, {}), answered[op.name], schemas)
        paths.setdefault(op.path, {})[op.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sigma Lab", "version": version("sigma-lab"), "description": ABOUT},
        "tags": [{"name": tag} for tag in (LOOK, WORK, JOBS)],
        "paths": paths,
        "components": {
            "schemas": schemas | {"Error": _error()},
            "responses": {f"E{status}": _response(says) for status, says in ERRORS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _schemas(
    listed: list[Operation],
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """JSON schemas by operation, of what is asked and of what is answered; the nouns they share."""
    wanted: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (op.name, "serialization", TypeAdapter(op.answer)) for op in listed
    ]
    wanted += [(op.name, "validation", TypeAdapter(op.ask)) for op in listed if op.ask is not None]
    wanted.append(("started", "serialization", TypeAdapter(Started)))
    made, rest = TypeAdapter.json_schemas(wanted, ref_template=REF)
    asked = {name: schema for (name, mode), schema in made.items() if mode == "validation"}
    answered = {name: schema for (name, mode), schema in made.items() if mode == "serialization"}
    return asked, answered, dict(rest.get("$defs", {}))


def _operation(
    op: Operation, ask: Mapping[str, Any], answer: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    noun = _followed(ask, schemas)
    in_body = op.method == "POST" and op.ask is not None
    parameters = _path_parameters(op.path) + ([] if in_body else _query_parameters(op.path, noun))
    if op.slow:
        parameters += _query_parameters(op.path, TypeAdapter(Wait).json_schema())
    made: dict[str, Any] = {
        "operationId": op.name,
        "summary": op.sentence,
        "description": noun.get("description", ""),
        "tags": [op.tag],
        "parameters": parameters,
        "responses": _responses(op, answer),
    }
    if in_body:
        body = {"schema": dict(ask), "example": _example(noun)}
        made["requestBody"] = {"required": False, "content": {"application/json": body}}
    return made


def _responses(op: Operation, answer: Mapping[str, Any]) -> dict[str, Any]:
    found = {"200": _content(op.sentence, answer)}
    if op.slow:
        started = {"$ref": REF.format(model="Started")}
        found["202"] = _content("A job that was started, or still runs after the wait", started)
    errors = {status: {"$ref": f"#/components/responses/E{status}"} for status in ERRORS}
    return found | errors


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
            "example": EXAMPLES.get(name, "x"),
        }
        for name in names
    ]


def _query_parameters(path: str, noun: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One for each field of the noun that is not in the path; lists are typed as `a,b`."""
    required = noun.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": schema,
            "explode": False,
            **({"description": schema["description"]} if "description" in schema else {}),
            **({"example": EXAMPLES[name]} if name in EXAMPLES else {}),
        }
        for name, schema in noun.get("properties", {}).items()
        if f"{{{name}}}" not in path
    ]


def _example(noun: Mapping[str, Any]) -> dict[str, Any]:
    return {name: EXAMPLES[name] for name in noun.get("properties", {}) if name in EXAMPLES}


def _followed(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return found


def _content(says: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": dict(schema)}}}


def _response(says: str) -> dict[str, Any]:
    return _content(says, {"$ref": REF.format(model="Error")})


def _error() -> dict[str, Any]:
    """`{error, message, hint}`: what is wrong, with the value, and what to do."""
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {"error": text, "message": text, "hint": text},
        "required": ["error", "message", "hint"],
        "additionalProperties": False,
        "example": {
            "error": "unknown_name",
            "message": "No model is called 'ixic_eq_swing_dayly'.",
            "hint": "Did you mean ixic_eq_swing_daily?",
        },
    }
