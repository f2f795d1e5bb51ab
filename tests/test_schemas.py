"""Schemas: a table is a file in a folder, and the leaderboard's has a column for every figure."""

from dataclasses import fields
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from sigma_core.domain.results import Study
from sigma_core.domain.trial import Evidence, Forecast, Hold, Lineage, Metrics
from sigma_core.schemas import KINDS, TRIALS, tables
from sigma_core.schemas.trials import EVIDENCE, FORECAST, HOLD

NOUNS = [
    (Metrics, ""),
    (Hold, HOLD),
    (Forecast, FORECAST),
    (Evidence, EVIDENCE),
    (Study, ""),
    (Lineage, ""),
]
ELSEWHERE = {"undefined"}  # a mapping: stands as JSON in a column of the same name


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_a_table_is_well_formed(table):
    assert {kind.rstrip("?") for kind in table.columns.values()} <= KINDS.keys()
    assert not set(table.keys) & table.columns.keys()
    assert table.keys
    assert table.kept == "by_name" or not table.wide
    assert table.schema().columns.keys() == table.columns.keys()


def test_every_table_has_a_name_of_its_own():
    assert len({table.name for table in tables()}) == len(tables()) >= 9


@pytest.mark.parametrize(("noun", "prefix"), NOUNS, ids=lambda x: getattr(x, "__name__", x))
def test_a_trial_has_a_column_for_every_figure(noun, prefix):
    hints = get_type_hints(noun)
    for field in fields(noun):
        if field.name in ELSEWHERE:
            continue
        kind = TRIALS.columns[prefix + field.name]
        may_be_missing = NoneType in get_args(hints[field.name])
        assert kind.endswith("?") or not may_be_missing, field.name
