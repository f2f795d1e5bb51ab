"""The Evidence step, the ledger's page, and what the leaderboard shows of evidence."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from streamlit.testing.v1 import AppTest

from app.components import tables, trials
from sigma_core import jobs
from sigma_core.lab import Lab
from sigma_core.lake import Lake
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.cpcv import Cpcv, cpcv
from sigma_core.verbs.evidence import EvidenceAsk, evidence
from sigma_core.verbs.leaderboard import Leaderboard, leaderboard
from sigma_core.verbs.ledger import LedgerAsk, ledger
from sigma_core.verbs.sweep_run import SweepRun, sweep_run
from tests.job.conftest import MODEL, market, pack

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy lab in which one model was swept and backtested."""
    home = tmp_path_factory.mktemp("toys")
    (home / "files").mkdir()
    market(1500).to_csv(home / "files" / "TOY_daily.csv", index=False)
    lab = Lab(packs=pack(home / "packs"), lake=Lake(home / "lake"), files=home / "files")
    sweep_run(lab, SweepRun(model_id=MODEL, thresholds_variants=("0.51", "0.55"), splits=3))
    backtest(lab, BacktestAsk(model_id=MODEL, thresholds="0.51", splits=3))
    return home


@pytest.fixture
def toys(look_at: Callable[[Path], Lab], home: Path, tmp_path: Path) -> Lab:
    """The dashboard's lab, a copy of that folder in place of the empty one."""
    return look_at(copytree(home, tmp_path / "toys"))


def said(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.subheader, *at.success, *at.error]
    return "\n".join(str(each.value) for each in parts)


def test_before_it_was_computed_it_says_what_it_is_and_starts_a_job(
    toys: Lab, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    def submit(lake: Lake, verb: str, ask: dict[str, object]) -> object:
        asked.append((verb, ask))
        return jobs.Job(job_id="j", verb=verb, ask=ask, state="queued", made_at=toys.now())

    at = open_page("2_composer", step="Evidence", model=MODEL)
    assert not at.exception
    assert "No evidence on this sweep yet" in said(at)
    monkeypatch.setattr(jobs, "submit", submit)
    at.button("evidence_go").click().run()
    [(verb, ask)] = asked
    assert (verb, ask["model_id"]) == ("evidence", MODEL)


@pytest.mark.slow
def test_paths_are_asked_for_and_drawn(
    toys: Lab, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One rule along the paths of a combinatorial cross-validation: its control and its fan."""
    found = cpcv(toys, Cpcv(model_id=MODEL, thresholds="0.51", groups=4, tested=2))
    asked: list[tuple[str, dict[str, object]]] = []

    def submit(lake: Lake, verb: str, ask: dict[str, object]) -> object:
        asked.append((verb, ask))
        return jobs.Job(job_id="j", verb=verb, ask=ask, state="queued", made_at=toys.now())

    with jobs.reporting(toys.lake, "cpcv", {"model_id": MODEL, "pack_id": "toys"}) as progress:
        progress.result = found
    at = open_page("2_composer", step="Evidence", model=MODEL)
    assert not at.exception
    assert any("evidence_fan" in chart.proto.id for chart in at.get("plotly_chart"))
    assert found.words.split(":")[0] in said(at).replace("\\", "")
    monkeypatch.setattr(jobs, "submit", submit)
    best, other = leaderboard(toys, Leaderboard())
    at.selectbox("evidence_cpcv").select_index(1).run()  # the first is the best
    at.button("evidence_paths").click().run()
    [(verb, ask)] = asked
    assert (verb, ask["thresholds"]) == ("cpcv", other.config.value) != ("cpcv", best.config.value)
    assert ask["calibration"] == other.study.calibration
    assert ask.get("embargo", Cpcv.embargo) == Cpcv.embargo > other.study.embargo


def test_what_was_computed_is_told_in_words_and_numbers(toys: Lab, open_page: OpenPage) -> None:
    found = evidence(toys, EvidenceAsk(model_id=MODEL, rounds=100))
    at = open_page("2_composer", step="Evidence", model=MODEL)
    assert not at.exception
    words = said(at)
    assert "2 trials, as alike as" in words
    assert "Could luck have found the best?" in words
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["Tries in the ledger"] == str(found.n_trials)
    assert shown["Overfitting, PBO"] == f"{found.pbo:.1%}"
    assert "Do probabilities mean what they say?" in words
    assert any("evidence_best" in chart.proto.id for chart in at.get("plotly_chart"))
    told = {cell for table in at.table for cell in table.value.iloc[:, 0]}
    assert told >= {f"`{names}`" for names in found.methods}  # how each figure is made


def test_the_leaderboard_shows_it_beside_and_in_the_comparison(toys: Lab) -> None:
    before = leaderboard(toys, Leaderboard())
    assert trials.luck(before[0])["Evidence"] == "not computed: run evidence"
    assert tables._luck(before[0]) == {}
    found = evidence(toys, EvidenceAsk(model_id=MODEL, rounds=100))
    of = {trial.trial_id: trial for trial in found.trials}
    for entry in leaderboard(toys, Leaderboard()):
        row, words = tables._luck(entry), trials.luck(entry)
        assert row.keys() == tables._luck_columns().keys()
        assert row["haircut"] == of[entry.trial_id].haircut_sharpe
        assert row["pbo"] == pytest.approx(found.pbo * 100)
        assert words["Tries"] == f"2; its sweep is as {found.n_effective:.1f} independent ones"
        assert words["Survives StepM"] == ("yes" if of[entry.trial_id].survivor else "no")
        assert trials.csv([entry]).count("evidence_pbo") == 1


def test_the_ledger_counts_what_was_made_and_what_is_distinct(
    toys: Lab, open_page: OpenPage
) -> None:
    found = ledger(toys, LedgerAsk(limit=1))
    # the backtest made a trial of the sweep once more
    assert (found.trials, found.families[0].n, found.families[0].made) == (2, 2, 3)
    assert found.families[0].so_far[-1] == 2
    assert (found.kinds["trial"], len(found.newest)) == (3, 1)
    at = open_page("6_ledger")
    assert not at.exception
    assert "as it was written" in said(at)
    assert {m.label: m.value for m in at.metric}["Distinct trials"] == "2"


def test_a_ledger_that_was_touched_says_so(toys: Lab, open_page: OpenPage) -> None:
    chain = min(toys.ledger.folder.glob("*.jsonl"))
    chain.write_bytes(chain.read_bytes().replace(b"TOY", b"TOT", 1))
    at = open_page("6_ledger")
    assert not at.exception
    assert "was touched" in said(at)
