"""Counts of the evidence studies: kept as they come, told with the interval of their share."""

import pytest

from tests.bench.counting import Kept, alike, interval


def test_what_was_counted_is_there_again_by_kind_and_seed(tmp_path):
    path = tmp_path / "new" / "noise.jsonl"
    Kept(path).add("flat", 3, {"verdicts": {"PASS": 1}})
    Kept(path).add("drifting", 3, {"verdicts": {}})
    again = Kept(path)
    assert again.of("flat") == {3: {"verdicts": {"PASS": 1}}}
    assert (list(again.of("drifting")), again.of("other")) == ([3], {})


def test_a_share_has_wilsons_interval():
    """16 of 200: (.08 + .0096 ± 1.96·√(.08·.92/200 + .000024))/1.0192."""
    assert interval(16, 200) == "16 of 200 (8.0%, 95 % 5.0% to 12.6%)"


@pytest.mark.parametrize(
    ("found", "words"),
    [([0.2, None, 0.6, 0.4], "0.40 (0.22 to 0.58)"), ([None], "no two trials")],
)
def test_searches_without_two_trials_have_no_correlation(found, words):
    assert words in alike([{"correlation": each} for each in found])
