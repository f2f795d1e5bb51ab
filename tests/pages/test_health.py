"""Overview, Health of the lab: each check fills the table, says what is wrong and what helps."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from sigma_core.lab import Lab
from tests.pages.conftest import OpenPage

CHECKS = {
    "health": "packs",
    "verify": "ledger",
    "check_backend": "learner logistic",
    "audit": "ledger",
}
LONG = {"verify", "check_backend"}


def parts(at: AppTest) -> pd.DataFrame:
    """The table of what was looked at."""
    return next(each.value for each in at.table if "State" in each.value.columns)


@pytest.mark.parametrize(
    ("key", "part"),
    [
        pytest.param(*each, marks=pytest.mark.slow if each[0] in LONG else ())
        for each in CHECKS.items()
    ],
)
def test_each_check_fills_the_table_of_parts(
    toys: Lab, open_page: OpenPage, key: str, part: str
) -> None:
    at = open_page("0_overview")
    at.button(key=key).click().run(timeout=60)
    rows = parts(at)

    assert part in set(rows["Part"])
    assert all("fine" in state for state in rows["State"])
    assert not at.exception


def test_a_check_names_a_damaged_file_and_what_to_do(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("0_overview")
    file = next((toys.lake.root / "equity").rglob("*.parquet"))
    file.write_bytes(file.read_bytes()[:-20])
    at.button(key="verify").click().run(timeout=60)
    first = parts(at).iloc[0]

    assert file.name in first["Part"].replace("\\", "")
    assert "failed" in first["State"]
    assert "**" in first.iloc[2]


def test_a_touched_ledger_fails_its_audit(toys: Lab, open_page: OpenPage) -> None:
    at = open_page("0_overview")
    chain = next(toys.ledger.folder.glob("*.jsonl"))
    chain.write_text(chain.read_text().replace("sharpe", "sharqe", 1))
    at.button(key="audit").click().run(timeout=60)
    rows = parts(at)

    assert "failed" in rows["State"].iloc[0]
    assert "Put the ledger folder back" in rows.iloc[0, 2]
