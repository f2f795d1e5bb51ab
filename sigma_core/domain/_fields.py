"""Kinds of field that several nouns share, and how every noun is checked."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter


def _outside(name: str) -> str:
    return name.rstrip("_")


NOUN = ConfigDict(
    extra="forbid",
    alias_generator=_outside,  # `return_` here is `return` in JSON, YAML and the API
    validate_by_name=True,
    validate_by_alias=True,
    serialize_by_alias=True,
    allow_inf_nan=False,
    use_attribute_docstrings=True,  # the API's description of a field
)
"""The pydantic settings of every noun: unknown fields are refused, NaN too."""

Asset = Literal["eq", "opt"]
Horizon = Literal["0dte", "intraday", "swing", "long"]
Cadence = Literal["5m", "15m", "hourly", "daily"]
RiskName = Literal["conservative", "balanced", "aggressive"]
Calibration = Literal["none", "sigmoid", "isotonic", "auto"]
Status = Literal["PASS", "UNPROVEN", "FAIL"]

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def split_csv(raw: Any) -> Any:
    """`"13,14"` → `["13", "14"]`; a single number → a list of it; lists stay as they are."""
    if isinstance(raw, str):
        return [part.strip() for part in raw.split(",") if part.strip()]
    return [raw] if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


def _hours(hours: Iterable[int]) -> tuple[int, ...]:
    found = tuple(sorted(set(hours)))
    if wrong := [hour for hour in found if not 0 <= hour <= 23]:
        raise ValueError(f"{wrong[0]} is not an hour from 0 to 23")
    return found


Hours = Annotated[
    tuple[int, ...],
    BeforeValidator(split_csv, json_schema_input_type=tuple[int, ...] | str | int),
    AfterValidator(_hours),
]
"""Exchange hours of decision, sorted and distinct; empty for all. Typed as `13,14,15`."""

_HOURS: TypeAdapter[tuple[int, ...]] = TypeAdapter(Hours)
HoursText = Annotated[
    str,
    BeforeValidator(lambda raw: ",".join(map(str, _HOURS.validate_python(raw)))),
]
"""The same as text, sorted and distinct: what the guides show in answers."""

Words = Annotated[
    tuple[str, ...], BeforeValidator(split_csv, json_schema_input_type=tuple[str, ...] | str)
]
"""Several words; typed as `a,b` or as a list."""
