"""What the quality report says of matrices whose faults are known."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.engine.drift import STRETCHES, stability
from sigma_core.engine.quality import report
from sigma_core.errors import BadRequest

CLASSES = ("DOWN", "FLAT", "UP")


def rows(n=600, **columns):
    """A fit matrix of `n` rows; `columns` put faults in."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2015-01-05", periods=n).as_unit("us")
    frame = pd.DataFrame(
        {
            "ts": days.tz_localize("UTC"),
            "session": days,
            "y": np.tile(np.array(CLASSES, dtype=object), n // 3),
            "y_ret": rng.normal(0, 0.01, n),
            "trainable": True,
            "scorable": True,
            "cause": "",
            "f": rng.normal(size=n),
        }
    )
    return frame.assign(**columns)


def checks(frame, features=("f",), **more):
    found = report(frame, features, classes=CLASSES, uniqueness=1.0, **more)
    return {check.name: check for check in found.checks if check.outcome != "met"}


def test_a_fit_matrix_has_nothing_to_say():
    assert checks(rows()) == {}


@pytest.mark.parametrize(
    ("share", "outcome"), [(0.10, None), (0.11, "warned"), (0.30, "warned"), (0.40, "failed")]
)
def test_missing_values_warn_then_fail(share, outcome):
    frame = rows()
    frame.loc[: int(600 * share) - 1, "f"] = np.nan
    found = checks(frame)
    assert (found["nan_share"].outcome if found else None) == outcome
    if found:
        assert found["nan_share"].value == pytest.approx(share)
        assert found["nan_share"].column == "f"


def test_a_constant_feature_fails():
    assert checks(rows(f=2.5))["constant"].words.startswith("f is always 2.5")


def test_a_copy_of_a_feature_is_named():
    frame = rows()
    assert (
        checks(frame.assign(g=frame["f"]), ("f", "g"))["duplicate"].words == "g is the same as f."
    )


def test_a_feature_that_knows_the_answer_is_suspected():
    frame = rows()
    frame["f"] = frame["y_ret"] + np.random.default_rng(1).normal(0, 0.002, len(frame))
    found = checks(frame)["leak_suspicion"]
    assert found.outcome == "failed"
    assert found.value > 0.5


def test_overlap_weakens_a_suspicion():
    """600 rows that share their spans a hundredfold are six answers: no ground to accuse."""
    frame = rows()
    frame["f"] = frame["y_ret"] + np.random.default_rng(1).normal(0, 0.002, len(frame))
    found = report(frame, ("f",), classes=CLASSES, uniqueness=0.01)
    assert {c.outcome for c in found.checks} == {"met"}


def test_a_class_that_is_hardly_there_early_fails():
    """Five splits leave the first of six blocks to train on: 100 of these 600 sessions."""
    frame = rows()
    early = frame.index < 100
    frame.loc[early & (frame["y"] == "UP"), "y"] = "FLAT"
    found = checks(frame)["label_balance"]
    assert (found.outcome, found.value) == ("failed", 0)


def test_rows_out_of_order_fail():
    frame = rows()
    frame.loc[[10, 11], "ts"] = frame.loc[[11, 10], "ts"].to_numpy()
    assert checks(frame)["order"].outcome == "failed"


def test_overlap_is_told_in_rows():
    """Labels over five bars each: 600 rows weigh as 120; apart, there is nothing to tell."""
    shared, apart = (
        report(rows(), ("f",), classes=CLASSES, uniqueness=share) for share in (0.2, 1.0)
    )
    assert shared.overlap.startswith("600 rows to learn from weigh as 120: ")
    assert apart.overlap == ""


def test_an_unknown_waiver_is_told():
    with pytest.raises(BadRequest, match="'nan_shar' is not a check") as told:
        checks(rows(), allow=("nan_shar",))
    assert "nan_share" in told.value.hint


def test_stability_by_hand():
    """Deciles of fifty 0s and fifty 1s are 0, ½ and 1: four bins, two of them always empty."""
    before = np.r_[np.zeros(50), np.ones(50)]
    after = np.ones(100)
    p = np.array([0.5, 50, 0.5, 50]) / 101
    q = np.array([0.5, 0.5, 0.5, 100]) / 101.5
    assert stability(before, after) == pytest.approx(float(np.sum((q - p) * np.log(q / p))))
    assert stability(before, before) == pytest.approx(0.0)
    assert stability(before[:5], after) is None


def test_how_alike_features_are_is_told_of_each_pair():
    """Ranks of f and its cube are the same, of -f the other way round; a constant has none."""
    frame = rows()
    frame = frame.assign(cube=frame["f"] ** 3, minus=-frame["f"], flat=1.0)
    names = ("f", "cube", "minus", "flat")
    found = report(frame, names, classes=CLASSES, uniqueness=1.0).correlations
    assert found[0] == (1.0, 1.0, -1.0, None)
    assert found == tuple(zip(*found, strict=True))  # each with each, either way


def test_how_alike_they_are_is_read_from_the_rows_that_both_have():
    """Ties share their mean rank; each pair is as pandas ranks and correlates it."""
    rng = np.random.default_rng(5)
    frame = rows(n=600).assign(g=lambda f: np.round(f["f"] + rng.normal(0, 1, 600), 1))
    frame.loc[rng.random(600) < 0.2, "g"] = np.nan
    found = report(frame, ("f", "g"), classes=CLASSES, uniqueness=1.0)
    trained = frame.loc[frame["trainable"], ["f", "g"]]
    assert found.correlations[0][1] == pytest.approx(trained.rank().corr().iloc[0, 1], abs=5e-5)
    with_answer = frame[frame["trainable"]].dropna(subset=["g"])[["g", "y_ret"]]
    assert found.columns[1].rank_corr == pytest.approx(with_answer.rank().corr().iloc[0, 1])


def test_drift_over_time_rises_where_a_feature_moves():
    """Up to the middle as at first, then by one spread further."""
    frame = rows(n=2400)
    late = np.arange(2400) >= 1200
    frame = frame.assign(moved=frame["f"] + late)
    still, moved = report(frame, ("f", "moved"), classes=CLASSES, uniqueness=1.0).columns
    assert len(moved.drift_path) == STRETCHES - 1
    assert moved.drift_path[:3] == still.drift_path[:3]
    assert min(moved.drift_path[3:]) > max(*still.drift_path, 0.25)
