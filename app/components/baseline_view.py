"""A backtest beside what anybody could have done: holding, and the plainest learner."""

from collections.abc import Mapping

from app.components import tables
from app.components.numbers import DASH, count, percent, ratio
from app.components.page import section
from sigma_core.domain.results import Entry, Numbers

Row = tuple[str, str, str, str]


def draw(entry: Entry, facts: Numbers) -> None:
    """Strategy, buy and hold, and the same rule on a logistic regression, in columns."""
    learner = str(facts.get("baseline", ""))
    if not learner:
        return
    section("Beside the plainest", "same rows, folds, rule and costs; the baseline is no trial")
    head = ("", f"Strategy, {entry.study.learner}", "Buy and hold", f"{learner.capitalize()}")
    tables.words(_rows(entry, facts), head)


def _rows(entry: Entry, facts: Numbers) -> list[Row]:
    own, hold, plain = entry.metrics, entry.hold, _numbers(facts)
    return [
        (
            "Return",
            percent(own.return_, signed=True),
            percent(hold.return_, signed=True),
            percent(plain["return"], signed=True),
        ),
        ("Sharpe", ratio(own.sharpe), ratio(hold.sharpe), ratio(plain["sharpe"])),
        ("Worst drawdown", percent(own.max_dd), percent(hold.max_dd), percent(plain["max_dd"])),
        ("Trades", count(own.trades), DASH, count(_int(plain["trades"]))),
    ]


def _numbers(facts: Numbers) -> Mapping[str, float | None]:
    found = {
        name: facts.get(f"baseline_{name}") for name in ("return", "sharpe", "max_dd", "trades")
    }
    return {name: None if value is None else float(value) for name, value in found.items()}


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)
