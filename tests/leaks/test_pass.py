"""What a failed audit does to a verdict, that of a new trial and that of one made before."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sigma_core.domain.leaks import Leak, LeakAudit
from sigma_core.engine.gate import proved, rejudged, verdict
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.schemas.trials import EVIDENCE
from sigma_core.suspicion import audit_of, keep_audit
from sigma_core.verbs._families import families_of
from sigma_core.verbs._ranking import ranked
from sigma_core.verbs.backtest import BacktestAsk, backtest
from tests.job.conftest import MODEL, market, pack
from tests.test_gate import GOOD, evidence, judged

LEAK = Leak(
    kind="future", where="rsi_14", row=None, before=1.0, after=2.0, words="rsi_14 knew",
    command="make leak-audit",
)  # fmt: skip
FINE = LeakAudit(
    ok=True, pack_id="toys", model_id=MODEL, matrix_sha="a" * 64, full=False, seed=1, columns=3,
    made_at=datetime(2026, 1, 2, tzinfo=UTC), cuts=3, words="3 columns", checks=(),
)  # fmt: skip
FAILED = replace(FINE, ok=False, leaks=(LEAK,), words="rsi_14 knew")


def test_a_failed_audit_bars_pass_and_names_the_column():
    assert judged().status == "PASS"
    barred = judged(leaks=FAILED)
    assert (barred.status, barred.pass_, barred.reasons) == ("UNPROVEN", False, ())
    assert [missing.code for missing in barred.missing] == ["leak_suspected"]
    assert "rsi_14" in verdict(barred)
    assert judged(leaks=FINE) == judged()


def test_a_trial_made_before_is_judged_by_the_audit_of_today():
    assert rejudged(judged(), GOOD, evidence(), FAILED) == judged(leaks=FAILED)
    assert rejudged(judged(leaks=FAILED), GOOD, evidence()) == judged()
    assert (proved(evidence()), proved(evidence(), suspected=True)) == ("PASS", "UNPROVEN")


def test_a_doubt_bars_nothing():
    assert replace(FINE, leaks=(replace(LEAK, doubt=True),)).suspects == ()


class TestRanking:
    @pytest.fixture
    def lab(self, tmp_path):
        (tmp_path / "files").mkdir()
        market(900).to_csv(tmp_path / "files" / "TOY_daily.csv", index=False)
        packs = pack(tmp_path / "packs", learner={"name": "logistic"})
        return Lab(packs=packs, lake=Lake(tmp_path / "lake"), files=tmp_path / "files")

    def test_the_leaderboard_holds_todays_audit_against_old_trials(self, lab):
        made = backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.50", splits=3)).entry
        assert "leak_suspected" not in [missing.code for missing in made.gate.missing]
        sha = made.lineage.matrix_sha
        stands = audit_of(lab, sha)
        keep_audit(lab, replace(FAILED, matrix_sha=sha))
        [now] = ranked(lab)
        assert now.gate.missing[-1].code == "leak_suspected"
        assert not now.gate.pass_
        row = lab.lake.trials()[0] | {"status": "UNPROVEN"}
        sure = {f"{EVIDENCE}{name}": 0.99 for name in ("dsr", "excess_dsr")}
        assert families_of(lab).status(row | sure) == "UNPROVEN"
        keep_audit(lab, replace(stands, full=True))  # a full audit finds nothing
        assert ranked(lab)[0].gate == made.gate
        assert families_of(lab).status(row | sure) == "PASS"
