"""packs/README.md: every field of every noun stands there, with the default and range it has."""

import json
import re
from dataclasses import MISSING, fields, is_dataclass

import pytest
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sigma_core.domain.model import CustomFile, IndicatorSpec, LabelSpec, LearnerSpec
from sigma_core.domain.pack import IndicatorSet, ModelFile, ModelTemplate, Pack
from sigma_core.domain.policy import Brackets, Options, Policy, Selection
from sigma_core.domain.quality import CHECKS
from sigma_core.domain.risk import RISK_PROFILES
from sigma_core.domain.sweep import SweepConfig
from sigma_core.labels import LABELS
from sigma_core.learners import LEARNERS
from sigma_core.parse import plain

SECTIONS = {
    "`pack.yaml`": Pack,
    "`model_configs/<model_id>.yaml`": ModelFile,
    "indicators": IndicatorSpec,
    "custom indicators": CustomFile,
    "label": LabelSpec,
    "learner": LearnerSpec,
    "`indicator_sets/<name>.yaml`": IndicatorSet,
    "`model_templates/<name>.yaml`": ModelTemplate,
    "`policy_templates/<name>.yaml`": Policy,
    "brackets": Brackets,
    "options": Options,
    "options.selection": Selection,
    "`sweep_configs/<name>.yaml`": SweepConfig,
}
LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
FIELDS = [(head, f.name) for head, noun in SECTIONS.items() for f in fields(noun)]


@pytest.fixture(scope="module")
def tables(shipped):
    """By heading: the tables below it, each a list of rows of cells."""
    found, head = {}, ""
    for line in (shipped / "README.md").read_text("utf-8").splitlines():
        if line.startswith("#"):
            head = line.lstrip("# ")
            found[head] = []
        elif line.startswith("|---"):
            found[head].append([])
        elif line.startswith("| `"):
            found[head][-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def default_of(noun, name):
    """The default as the table writes it."""
    field = next(f for f in fields(noun) if f.name == name)
    value = field.default if field.default is not MISSING else field.default_factory
    if isinstance(value, FieldInfo):
        value = value.default_factory or value.default
    if value is MISSING or value is PydanticUndefined:
        return "required"
    value = value() if callable(value) else value
    return "all defaults" if is_dataclass(value) else f"`{json.dumps(plain(value))}`"


def range_of(schema, schemas):
    """What a JSON schema allows, as the table writes it; empty if it sets no limit."""
    schema = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    if inner := [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]:
        return next((r for part in inner if (r := range_of(part, schemas))), "")
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return range_of(schema["items"], schemas)
    if schema.get("type") == "boolean":
        return "`true` `false`"
    return ", ".join(f"{LIMITS[key]} {schema[key]:.12g}" for key in LIMITS if key in schema)


@pytest.mark.parametrize(("head", "name"), FIELDS)
def test_a_field_stands_in_its_table_with_its_default_and_range(tables, head, name):
    noun = SECTIONS[head]
    row = next((row for row in tables[head][0] if row[0] == f"`{name}`"), None)
    assert row, f"{name} is missing from the table of {head}"
    assert row[2] == default_of(noun, name)
    schema = TypeAdapter(noun).json_schema()
    if allowed := range_of(schema["properties"][name], schema.get("$defs", {})):
        assert row[3] == allowed
    assert len(row[4]) > 5


@pytest.mark.parametrize("head", SECTIONS)
def test_no_field_stands_there_that_there_is_not(tables, head):
    listed = [row[0].strip("`") for row in tables[head][0]]
    assert listed == [f.name for f in fields(SECTIONS[head])]


def test_parameters_of_every_label(tables):
    listed = {(row[0], row[1], row[3]) for row in tables["label"][1]}
    assert listed == {
        (f"`{label.name}`", f"`{name}`", f"`{json.dumps(value)}`")
        for label in LABELS
        for name, value in label.params.items()
    }


def test_parameters_of_every_learner(tables):
    listed = {(row[0], row[1], row[3], row[4]) for row in tables["learner"][1]}
    assert listed == {
        (
            f"`{one.name}`",
            f"`{name}`",
            f"`{json.dumps(value)}`",
            "≥ {:g}, ≤ {:g}".format(*one.ranges[name]),
        )
        for one in LEARNERS
        for name, value in one.params.items()
    }


def test_risk_profiles(tables):
    listed = [
        [re.sub(r"[`%]| configs", "", cell) for cell in row] for row in tables["risk profiles"][0]
    ]
    assert listed == [
        [
            r.name,
            f"{100 * r.position_size:g}",
            str(r.budget),
            str(r.min_sharpe),
            f"{100 * r.max_drawdown:g}",
        ]
        for r in RISK_PROFILES.values()
    ]


@pytest.mark.parametrize(
    "head", ["`model_configs/<model_id>.yaml`", "`model_templates/<name>.yaml`"]
)
def test_quality_checks_that_may_be_waived(tables, head):
    row = next(row for row in tables[head][0] if row[0] == "`allow_quality`")
    assert row[3] == " ".join(f"`{name}`" for name in CHECKS)
