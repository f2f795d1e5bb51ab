"""Too few rows, sessions or classes for so many folds: refused, with what would do."""

from datetime import date

import numpy as np
import pytest

from sigma_core.calendars import calendar
from sigma_core.engine.splits import (
    walk_forward,
)
from sigma_core.errors import BadRequest
from tests.test_splits import timeline


def test_too_few_rows_are_refused_with_a_start_and_a_number_of_splits_that_do() -> None:
    rows = timeline(203, horizon=3, first="2010-01-04")
    with pytest.raises(BadRequest, match="5 splits: the first training window has 32") as refused:
        walk_forward(rows, splits=5)

    # 60 rows, 3 that are purged and one to spare, in 6 blocks: 384 sessions, 184 more than now;
    # 2 splits: blocks of 66 and a first of 68
    assert refused.value.hint == (
        "Start at 2009-04-13 or earlier, if the provider has those bars, or ask for 2 splits."
    )
    assert len(walk_forward(rows, splits=2)[0].train) == 65


@pytest.mark.parametrize(
    ("sessions", "bars", "horizon", "splits", "embargo"),
    [(100, 1, 10, 3, 0.0), (150, 1, 5, 5, 0.2), (20, 7, 14, 5, 0.05), (30, 1, 1, 40, 0.0)],
)
def test_the_start_that_would_do_does(
    sessions: int, bars: int, horizon: int, splits: int, embargo: float
) -> None:
    rows = timeline(sessions, bars=bars, horizon=horizon)
    with pytest.raises(BadRequest) as refused:
        walk_forward(rows, splits=splits, embargo=embargo)

    first = refused.value.hint.split()[2]
    more = len(calendar("XNYS").sessions(date.fromisoformat(first), date(2010, 1, 3)))
    longer = timeline(sessions + more, bars=bars, horizon=horizon, first=first)
    assert len(walk_forward(longer, splits=splits, embargo=embargo)) == splits


def test_a_rare_class_is_refused() -> None:
    y = np.where(np.arange(300) % 15 == 0, 2, 0)  # 20 of 300 are UP
    with pytest.raises(BadRequest, match="has 7 rows of class UP, at least 10 are needed") as no:
        walk_forward(timeline(300, y=y), splits=2)

    # 20 of 297 labelled: 10 x 5/4 x 297/20 = 185.6 rows, 3 purged, 1 to spare: three blocks of 190
    first = date.fromisoformat(no.value.hint.split()[2])
    more = len(calendar("XNYS").sessions(first, date(2010, 1, 3)))
    assert more == 3 * 190 - 297
    longer = np.where(np.arange(300 + more) % 15 == 0, 2, 0)
    assert walk_forward(timeline(300 + more, first=str(first), y=longer), splits=2)


def test_a_rare_flat_is_not_refused_because_nobody_trades_it() -> None:
    assert walk_forward(timeline(300, y=np.where(np.arange(300) % 2, 2, 0)), splits=2)


def test_a_class_that_never_comes_needs_another_label_not_more_data() -> None:
    with pytest.raises(BadRequest, match="0 rows of class DOWN") as refused:
        walk_forward(timeline(300, y=np.full(300, 2)), splits=2)

    assert refused.value.hint == (
        "No row at all is labelled DOWN: choose a smaller band or another label."
    )


@pytest.mark.parametrize("splits", [0, -3])
def test_no_splits_are_refused(splits: int) -> None:
    with pytest.raises(BadRequest, match=f"splits is {splits}"):
        walk_forward(timeline(300), splits=splits)


def test_ten_thousand_splits_are_refused_with_a_number_that_does() -> None:
    rows = timeline(700, horizon=1)
    with pytest.raises(BadRequest, match="699 labelled sessions are fewer than") as refused:
        walk_forward(rows, splits=10_000)

    # 11 splits: 699 // 12 = 58 a block, 61 in the first, less one purged
    assert refused.value.hint == "Ask for 11 splits."
    assert len(walk_forward(rows, splits=11)[0].train) == 60


def test_an_embargo_longer_than_what_it_leaves_is_named() -> None:
    rows = timeline(600, horizon=1)
    with pytest.raises(BadRequest, match="has 13 labelled rows") as refused:
        walk_forward(rows, splits=5, embargo=0.9)

    # 599 labelled: blocks of 99 and a first of 104, less 90 bars left out and one purged
    assert "give a smaller embargo" in refused.value.hint
    assert len(walk_forward(rows, splits=5)[0].train) == 103


def test_a_handful_of_rows_is_refused_even_without_a_cure() -> None:
    with pytest.raises(BadRequest, match="has 4 labelled rows") as refused:
        walk_forward(timeline(10, horizon=1, first="1950-01-10"), splits=1)

    assert refused.value.hint == "Ask for a longer range of dates, or for bars of a finer cadence."


@pytest.mark.parametrize("embargo", [-0.1, 1.0, float("nan")])
def test_an_embargo_that_is_no_share_is_refused(embargo: float) -> None:
    with pytest.raises(BadRequest, match="embargo is"):
        walk_forward(timeline(300), splits=2, embargo=embargo)


def test_rows_without_any_label_are_refused() -> None:
    with pytest.raises(BadRequest, match="0 labelled sessions"):
        walk_forward(timeline(100, horizon=100), splits=2)
