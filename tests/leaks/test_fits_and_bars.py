"""Planted leaks in what is fitted and in the bars, and what the verb does with them."""

import numpy as np
import pandas as pd
import pytest
import yaml

from sigma_core.domain.leaks import LeakAudit
from sigma_core.engine import decide, predict
from sigma_core.errors import BadRequest
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.packs import find_model
from sigma_core.parse import parse
from sigma_core.schemas import MATRICES
from sigma_core.study import built
from sigma_core.suspicion import audit_of, keep_audit, suspected
from sigma_core.verbs import VERBS
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.leak_audit import LeakAuditAsk, leak_audit, screen

MODEL, TOY = "toy_eq_swing_daily", ("TOY", "daily")


def where(found: LeakAudit, kind: str) -> set[str]:
    return {leak.where for leak in found.leaks if leak.kind == kind}


def test_a_scaler_of_all_rows_is_named_in_every_fold(case, daily, full, monkeypatch):
    """Features are centred by the mean of the whole matrix before they are learned from."""
    real = predict.values_of

    def scaled(frame, names):
        x = real(frame, names)
        return (x - np.nanmean(x, axis=0)) / np.nanstd(x, axis=0)

    monkeypatch.setattr(predict, "values_of", scaled)
    found = full(case({TOY: daily()}))
    assert where(found, "fits") == {f"scaler of fold {k}" for k in range(5)}
    assert where(found, "future") == set()


@pytest.mark.slow
def test_a_learner_that_ranks_by_all_rows_is_named(case, daily, full, monkeypatch):
    """It keeps what it was handed last, and learns from where a value stands among all of that."""
    real, seen = predict.predicted, []

    def ranked(x, rows, *given, **more):
        seen[:] = [np.sort(x, axis=0)]
        places = [
            np.searchsorted(all_, column) for all_, column in zip(seen[0].T, x.T, strict=True)
        ]
        return real(np.column_stack(places).astype("float64"), rows, *given, **more)

    monkeypatch.setattr(predict, "predicted", ranked)
    found = full(case({TOY: daily()}))
    assert where(found, "fits") == {f"fit of fold {k}" for k in range(5)}


@pytest.mark.slow
def test_a_threshold_chosen_on_its_own_fold_is_named(case, daily, full, monkeypatch):
    """The cut of a fold is the best of a replay that goes on into the fold."""
    real = decide._choose
    monkeypatch.setattr(decide, "_choose", lambda *given: real(*given[:-1], 5))
    found = full(case({TOY: daily(1500)}))
    assert {name[:11] for name in where(found, "fits")} == {"cut of fold"}


@pytest.mark.slow
def test_features_that_are_worth_nothing_a_bar_later_are_told_or_refused(case, daily, full, plant):
    """Half the next bars' return, known at once: honest features are never that good."""
    rng = np.random.default_rng(1)

    def oracle(close):
        ahead = np.r_[close[1:] / close[:-1] - 1, np.nan]
        return ahead + rng.normal(0, 0.005, len(close))

    found = full(case({TOY: daily()}, [{"name": plant(oracle)}], label={"kind": "next_bar"}))
    [leak] = [leak for leak in found.leaks if leak.kind == "later"]
    assert leak.before > 0.75
    assert leak.after < 0.6
    assert not leak.doubt


class TestVerb:
    @pytest.fixture
    def lab(self, case, daily, tmp_path):
        """A lab whose file holds the daily bars of TOY; the pack is that of `case`."""
        case({TOY: daily(500)})
        (tmp_path / "files").mkdir()
        self.write(tmp_path, daily(500))
        return Lab(packs=tmp_path / "packs", lake=Lake(tmp_path / "lake"), files=tmp_path / "files")

    @staticmethod
    def write(folder, bars):
        table = bars.assign(date=bars["session"].dt.strftime("%Y-%m-%d"))
        names = ["date", "open", "high", "low", "close", "volume"]
        table[names].to_csv(folder / "files" / "TOY_daily.csv", index=False)

    def test_every_build_keeps_a_sample_and_says_so(self, lab):
        made = built(lab, find_model(lab.packs, MODEL))
        assert made.leaks is not None
        assert (made.leaks.ok, made.leaks.full, made.leaks.columns) == (True, False, 2)
        assert audit_of(lab, made.matrix.sha) == made.leaks
        assert built(lab, find_model(lab.packs, MODEL)).leaks == made.leaks
        assert audit(lab, AuditAsk()).leaks is None
        assert audit(lab, AuditAsk(model_id=MODEL)).leaks == made.leaks
        warm = {each.column: (each.declared, each.found) for each in made.leaks.warmup}
        assert warm == {"rsi_14": (14, 14), "natr_14": (14, 14)}

    def test_the_same_seed_looks_at_the_same_instants(self, lab):
        one, two, other = (
            leak_audit(lab, LeakAuditAsk(model_id=MODEL, seed=seed)) for seed in (3, 3, 4)
        )
        assert (one.checks, one.cuts, one.seed) == (two.checks, two.cuts, 3)
        assert other.seed == 4

    def test_one_instant_is_looked_at_and_not_kept(self, lab, daily):
        made = built(lab, find_model(lab.packs, MODEL))
        at = daily(500)["ts"][123].to_pydatetime()
        found = leak_audit(lab, LeakAuditAsk(model_id=MODEL, at=at))
        assert (found.ok, found.cuts) == (True, 1)
        assert audit_of(lab, made.matrix.sha) == made.leaks
        with pytest.raises(BadRequest, match=r"no row at 2015-01-03T00:00:00Z"):
            leak_audit(lab, LeakAuditAsk(model_id=MODEL, at=pd.Timestamp("2015-01-03")))

    def test_the_command_of_a_finding_shows_it_again(self, lab, plant, tmp_path):
        def tomorrow(close):
            return np.r_[close[1:], np.nan]

        file = tmp_path / "packs" / "toys" / "model_configs" / f"{MODEL}.yaml"
        model = yaml.safe_load(file.read_text())
        model["indicators"].append({"name": plant(tomorrow)})
        file.write_text(yaml.safe_dump(model))
        made = built(lab, find_model(lab.packs, MODEL)).leaks
        leak = next(leak for leak in made.leaks if leak.where == "tomorrow")
        [target, *given] = leak.command.split()[1:]
        verb = VERBS[target.replace("-", "_")]  # as the shell finds it
        ask = parse(verb.ask, {k.lower(): v for k, v in (each.split("=") for each in given)})
        again = verb.fn(lab, ask)
        assert (again.ok, again.cuts) == (False, 1)
        shown = next(each for each in again.leaks if each.where == "tomorrow")
        assert (shown.row, shown.before, shown.after) == (leak.row, leak.before, leak.after)

    def test_a_sealed_holdout_is_not_looked_at(self, lab, tmp_path):
        """The audited matrix ends before it, and so do the bars it is made again from."""
        file = tmp_path / "packs" / "toys" / "model_configs" / f"{MODEL}.yaml"
        file.write_text(file.read_text() + "holdout: 2016-10-03\n")
        found = leak_audit(lab, LeakAuditAsk(model_id=MODEL))
        assert found.ok
        frame = lab.lake.read(MATRICES, found.matrix_sha)
        assert frame["session"].max() == pd.Timestamp("2016-09-30")

    def test_a_bar_restated_by_its_source_is_named(self, lab, daily, tmp_path):
        """The close of 2015-12-31 rises by a percent long after the matrix was made."""
        made = built(lab, find_model(lab.packs, MODEL))
        bars = daily(500)
        at = int(np.flatnonzero(bars["session"] == "2015-12-31")[0])
        was = float(bars["close"][at])
        bars.loc[at, "close"] = was * 1.01
        bars.loc[at, "high"] = max(bars["high"][at], was * 1.01)
        self.write(tmp_path, bars)
        found = leak_audit(lab, LeakAuditAsk(model_id=MODEL, full=True))
        assert found.matrix_sha == made.matrix.sha
        [leak] = [leak for leak in found.leaks if leak.kind == "restated"]
        assert leak.where == "close of TOY, daily"
        assert (leak.row, leak.before) == (bars["ts"][at], pytest.approx(was))
        assert leak.after == pytest.approx(was * 1.01)
        assert not found.ok
        assert set(suspected(lab)) == {made.matrix.sha}
        assert "make leak-audit MODEL_ID=toy_eq_swing_daily" in screen(found)
        now = built(lab, find_model(lab.packs, MODEL))  # of today's bars: another matrix
        assert now.matrix.sha != made.matrix.sha
        assert now.leaks.ok

    @pytest.mark.slow
    def test_bars_adjusted_anew_by_a_factor_are_told_and_bar_nothing(self, lab, daily, tmp_path):
        """A dividend: all prices before 2016 are 1 % lower, none after."""
        built(lab, find_model(lab.packs, MODEL))
        bars = daily(500)
        before = bars["session"] < "2016-01-01"
        for name in ("open", "high", "low", "close"):
            bars.loc[before, name] *= 0.99
        self.write(tmp_path, bars)
        found = leak_audit(lab, LeakAuditAsk(model_id=MODEL, full=True))
        [leak] = [leak for leak in found.leaks if leak.kind == "restated"]
        assert leak.doubt
        assert found.ok

    def test_what_failed_stands_until_a_full_audit_finds_nothing(self, lab):
        from dataclasses import replace

        fine = built(lab, find_model(lab.packs, MODEL)).leaks
        failed = replace(fine, ok=False)
        keep_audit(lab, failed)
        assert keep_audit(lab, fine) == failed
        assert not audit_of(lab, fine.matrix_sha).ok
        keep_audit(lab, replace(fine, full=True))
        assert audit_of(lab, fine.matrix_sha).ok

    @pytest.mark.parametrize("given", [{"full": True, "at": "2015-02-02T21:00:00Z"}, {"splits": 3}])
    def test_what_would_change_nothing_is_refused(self, lab, given):
        from sigma_core.parse import parse

        with pytest.raises(BadRequest):
            leak_audit(lab, parse(LeakAuditAsk, {"model_id": MODEL, **given}))
