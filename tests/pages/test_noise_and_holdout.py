"""The noise floor and the sealed holdout on screen."""

from dataclasses import replace

import pytest
import yaml

from app import session
from sigma_core.lab import Lab
from sigma_core.parse import parse
from sigma_core.verbs.backtest import BacktestAsk, backtest
from sigma_core.verbs.noise_floor import NoiseAsk, noise_floor
from sigma_core.verbs.unseal import UnsealAsk, unseal
from tests.job.conftest import MODEL

pytestmark = pytest.mark.slow
SEALED = "2022-01-03"


def words(at):
    """All that stands on the page in words."""
    kinds = (at.markdown, at.caption, at.warning, at.error, at.subheader)
    return " ".join(str(each.value) for kind in kinds for each in kind)


def test_a_sweep_says_how_to_search_in_noise_and_starts_it(toys, open_page, started):
    at = open_page("3_sweeps", model=MODEL)
    assert "Not yet searched in noise." in words(at)
    at.button(key="noise_go").click().run()
    [(verb, ask)] = started
    assert (verb, ask["noise_runs"], ask["model_id"]) == ("noise_floor", 5, MODEL)


def test_a_noise_floor_stands_on_its_sweep_and_on_the_leaderboard(toys, open_page):
    assert "Noise floor" not in words(open_page("4_leaderboard"))
    found = noise_floor(toys, NoiseAsk(model_id=MODEL, noise_runs=2))
    assert found.words in words(open_page("3_sweeps", model=MODEL))
    at = open_page("4_leaderboard")
    assert not at.exception
    assert "no trial, cannot be trained" in words(at)
    [rows] = [each.value for each in at.dataframe if "beats" in each.value]
    assert rows[["sweep", "beats"]].to_numpy().tolist() == [
        [found.sweep_id, f"{found.beaten} of 2"]
    ]
    assert rows["median"].tolist() == [found.median]
    other = open_page("4_leaderboard", sweep="sweep-of-nothing")
    assert "no trial, cannot be trained" not in words(other)  # filtered with its trials


@pytest.fixture
def sealed(toys: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The toys, sealed from SEALED on."""
    file = toys.packs / "toys" / "model_configs" / f"{MODEL}.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"holdout": SEALED}))
    return replace(toys)


def test_without_a_holdout_nothing_is_said_of_one(toys, open_page):
    assert "Sealed holdout" not in words(open_page("2_composer", step="Backtest", model=MODEL))


def test_unsealing_asks_for_the_name_and_says_that_it_is_once(sealed, open_page, started):
    clean = backtest(sealed, BacktestAsk(model_id=MODEL, thresholds="0.51"))
    at = open_page("2_composer", step="Backtest", model=MODEL)
    assert f"Sealed from {SEALED} on" in words(at)
    assert "This can be done once." in words(at)
    assert at.button(key="unseal_go").disabled
    at.text_input(key=f"unseal_say_{MODEL}").input(MODEL).run()
    at.button(key="unseal_go").click().run()
    [(verb, ask)] = started
    assert (verb, ask["trial_id"], ask["confirm"]) == ("unseal", clean.entry.trial_id, True)


def test_what_was_found_stands_there_marked_where_it_was_not_the_first_look(sealed, open_page):
    given = {"model_id": MODEL, "thresholds": "0.51", "confirm": True}
    found = unseal(sealed, parse(UnsealAsk, given))  # the toys were tried on all sessions before
    assert found.contaminated
    at = open_page("2_composer", step="Backtest", model=MODEL)
    assert not at.exception
    said = words(at)
    assert "CONTAMINATED" in said
    assert found.verdict in said
    assert found.unseal_id in said
    assert session.lab().ledger.audit() == []
