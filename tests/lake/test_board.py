"""The board of all trials: judged in one pass as one by one, in order, made anew by what counts."""

from datetime import UTC, date, datetime
from math import nextafter
from shutil import copytree

import numpy as np
import pandas as pd
import pytest

from sigma_core.engine.evidence import LEVEL, Moments, expected_max, psr
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.ledger import FAMILY
from sigma_core.schemas import TRIALS
from sigma_core.schemas.trials import EVIDENCE
from sigma_core.verbs import _board
from sigma_core.verbs._board import board_of
from sigma_core.verbs._families import Families
from sigma_core.verbs._kept import kept

AT = datetime(2024, 5, 1, tzinfo=UTC)
KEYS = {"pack_id": "toys", "model_id": "toy"}
SPANS = (("2020-01-02", "2021-12-31"), ("2021-06-01", "2022-12-30"), ("2023-01-03", "2023-12-29"))


def at_the_level(t: int, skew: float, kurtosis: float, n: int, variance: float) -> float:
    """The least Sharpe whose deflated one reaches the level, to the last digit."""

    def reaches(sharpe: float) -> bool:
        of = Moments(t=t, sharpe=sharpe, skew=skew, kurtosis=kurtosis)
        return psr(of, expected_max(n, min(variance, 1 / t))) >= LEVEL

    low, high = 0.0, 1.0
    while nextafter(low, 1.0) < high:
        middle = (low + high) / 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


@pytest.fixture(scope="module")
def of_240(tmp_path_factory, row_of):
    """A lake in which 240 trials of three families were made, and a fifth of them twice."""
    rng, lake = np.random.default_rng(11), Lake(tmp_path_factory.mktemp("tried"))
    made, counted, one = [], [], row_of(TRIALS).iloc[0].to_dict()
    for i in range(240):
        start, end = SPANS[i % 3]
        figures = {
            "n_trials": int(rng.choice([1, 160])), "t": int(rng.choice([0, 250, 500])),
            "sharpe": rng.normal(0.3, 0.1), "skew": rng.normal(), "kurtosis": 3 + rng.random(),
            "excess_sharpe": rng.normal(0.3, 0.1), "excess_skew": 0.0, "excess_kurtosis": 3.0,
            "psr": rng.choice([0.99, 0.99, 0.5]), "dsr": rng.uniform(0.9, 1), "excess_dsr": 1.0,
        }  # fmt: skip
        missing = rng.choice(list(figures)[2:]) if i % 9 == 0 else None
        figures = {f"{EVIDENCE}{k}": None if k == missing else v for k, v in figures.items()}
        own = {
            "trial_id": f"{i:03d}", "run_id": "first", "ticker": "AB"[i % 2], **figures,
            "sharpe": None if i % 11 == 0 else round(rng.normal(), 1),
            "status": "FAIL" if i % 4 == 0 else "UNPROVEN",
            "oof_start": pd.Timestamp(start), "oof_end": pd.Timestamp(end),
        }  # fmt: skip
        made.append(one | own)
        sharpes = {k: figures[f"{EVIDENCE}{k}"] for k in ("sharpe", "excess_sharpe")}
        family = {name: str(made[-1][name]) for name in FAMILY}
        days = {"oof_start": start, "oof_end": end}
        counted.append({"trial_id": own["trial_id"], **family, **days, **sharpes})
    rows = pd.DataFrame(made)
    lake.write(TRIALS, rows, name="first", **KEYS)
    later = rows.iloc[::5].assign(run_id="second", made_at=rows["made_at"] + pd.Timedelta("1D"))
    lake.write(TRIALS, later, name="second", **KEYS)
    Lab(packs=lake.root, lake=lake).ledger.append(counted, at=AT)
    return lake.root


@pytest.fixture
def tried(lake, of_240):
    """A lab over a copy of that lake."""
    copytree(of_240, lake.root)
    return Lab(packs=lake.root, lake=lake)


@pytest.mark.slow
def test_all_are_judged_as_each_is_alone(tried):
    families, rows = (
        Families(tried),
        tried.lake.rows("SELECT * FROM trials ORDER BY trial_id, run_id"),
    )
    alone = [
        row[f"{EVIDENCE}psr"] is not None
        and row[f"{EVIDENCE}psr"] >= LEVEL
        and families.status(row) == "PASS"
        for row in rows
    ]
    together = families.passes(tried.lake.frame("SELECT * FROM trials ORDER BY trial_id, run_id"))
    assert together.tolist() == alone
    assert 20 < sum(alone) < len(alone) - 20


def test_at_the_level_the_last_digit_decides_in_both(tried):
    rows = tried.lake.frame("SELECT * FROM trials WHERE ev_t > 0 LIMIT 4")
    families = Families(tried)
    rows = rows.assign(status="UNPROVEN", ev_psr=0.99, ev_n_trials=7, ev_skew=0.0, ev_kurtosis=4.0)
    rows = rows.assign(ev_excess_sharpe=1.0, ev_excess_skew=0.0, ev_excess_kurtosis=3.0)
    for step, answer in ((0.0, True), (-1.0, False)):
        found = rows.copy()
        for at, row in enumerate(rows.to_dict("records")):
            tries = families.of(row)
            least = at_the_level(int(row["ev_t"]), 0.0, 4.0, tries.n, tries.variances[0])
            found.loc[at, "ev_sharpe"] = nextafter(least, step) if step else least
        assert families.passes(found).tolist() == [answer] * 4


def test_verdicts_stand_first_then_the_sharpe_and_a_trial_made_twice_is_its_later_making(tried):
    board = board_of(tried)
    shown = board.lines.iloc[board.fitting({})]
    assert sorted(shown["trial_id"]) == [f"{i:03d}" for i in range(240)]
    assert shown["place"].is_monotonic_increasing
    assert shown.groupby("run_id")["trial_id"].count().to_dict() == {"first": 192, "second": 48}
    sharpes = {row["trial_id"]: row["sharpe"] for row in tried.lake.trials()}
    for _, some in shown.groupby("place"):
        keys = [(sharpes[t] is None, -(sharpes[t] or 0.0), t) for t in some["trial_id"]]
        assert keys == sorted(keys)


def test_a_run_is_shown_as_it_was_made_and_days_are_within(tried):
    board = board_of(tried)
    assert len(board.fitting({"run_id": "first"})) == 240
    assert len(board.fitting({}, start=date(2021, 6, 1), end=date(2023, 12, 29))) == 160
    assert set(board.lines["trial_id"].iloc[board.fitting({}, among=["007", "none"])]) == {"007"}


@pytest.mark.slow
def test_a_look_leaves_the_board_and_a_try_makes_it_anew(tried, monkeypatch):
    made, make = [], _board._board
    monkeypatch.setattr(_board, "_board", lambda lab: made.append(lab) or make(lab))
    board_of(tried)
    tried.ledger.append([{"kind": "look", "look_id": "a"}], at=AT)
    board_of(tried)
    assert len(made) == 1
    row = next(row for row in tried.ledger.rows() if "trial_id" in row)
    tried.ledger.append([row | {"trial_id": "another"}], at=AT)
    board_of(tried)
    assert len(made) == 2


def test_a_trial_made_twice_is_one_try_with_the_figures_of_its_last_making(tried):
    first = Families(tried).of(row := tried.lake.trials(trial_id="001")[0])
    again = next(r for r in tried.ledger.rows() if r.get("trial_id") == "001") | {"sharpe": 7.0}
    tried.ledger.append([again], at=AT.replace(hour=1))
    now = Families(tried).of(row)
    assert now.n == first.n == 80
    assert sum(now.sharpes == 7.0) == 1
    assert np.count_nonzero(now.sharpes != first.sharpes) == np.isnan(first.sharpes).sum() + 1


def test_what_is_kept_of_one_kind_takes_the_place_of_no_other():
    made: list[tuple[str, int]] = []

    def ask(kind: str, n: int, most: int) -> None:
        kept((kind, n), (), lambda: made.append((kind, n)), most=most)

    ask("one of these", 0, 1)
    for n in (*range(100), *range(100)):
        ask("many of these", n, 100)
    ask("one of these", 0, 1)
    assert len(made) == 101
    ask("many of these", 100, 100)  # the first is asked for longest ago
    ask("many of these", 0, 100)
    assert made[101:] == [("many of these", 100), ("many of these", 0)]
