"""A pack's own indicators, from its files to the matrix."""

import re

import numpy as np
import pytest

from sigma_core import packs
from sigma_core.domain.model import CustomSpec
from sigma_core.errors import BadRequest, SigmaError, UnknownName
from sigma_core.indicators import Columns, custom_of, keep, law_bars
from sigma_core.parse import parse, plain
from sigma_core.study import built
from sigma_core.verbs import VERBS

DEMO, PACK = "ixic_eq_swing_daily", "swingsigma"
GUIDE = """custom_indicators:
  - {name: custom_rsi, params: {period: 21}}
  - {name: volatility_filter, params: {threshold: 0.02}}
"""


@pytest.fixture
def own(spoilt):
    """The packs, the demo model with the guide's two and few years."""
    spoilt.change("start: 2000-01-01", "start: 2012-01-03")
    spoilt.add(GUIDE)
    return spoilt


def file_of(spoilt, name="volatility_filter"):
    return spoilt.root / PACK / "custom_indicators" / f"{name}.py"


def refused(spoilt, kind=SigmaError):
    with pytest.raises(kind) as told:
        packs.model(spoilt.root, PACK, DEMO)
    assert str(told.value).startswith(f"packs/{PACK}/model_configs/{DEMO}.yaml: custom indicator 1")
    assert "\n" not in str(told.value)
    return f"{told.value} {told.value.hint}"


@pytest.mark.slow
def test_the_guides_lines_make_columns(own, lab):
    made = built(lab, packs.model(own.root, PACK, DEMO))
    names = ["custom_rsi_21", "volatility_filter_20_0.02"]
    frame = made.matrix.frame
    assert set(names) <= set(made.matrix.features)
    assert set(frame["volatility_filter_20_0.02"].unique()) == {0.0, 1.0}
    assert frame["custom_rsi_21"].between(0, 100).all()
    wild = frame["realized_vol_21"] > 0.025  # nearly the same window
    assert frame.loc[wild, "volatility_filter_20_0.02"].all()


def test_they_come_back_whole_from_a_manifest(own):
    config = packs.model(own.root, PACK, DEMO)
    assert parse(type(config), plain(config)) == config
    assert plain(config)["custom_indicators"][1]["sha"] == config.custom_indicators[1].sha


@pytest.mark.slow
def test_an_edit_of_the_file_makes_another_matrix(own, lab):
    """Even one that changes no value: the recipe names the file's bytes."""
    config = packs.model(own.root, PACK, DEMO)
    before = built(lab, config)
    assert built(lab, packs.model(own.root, PACK, DEMO)).reused
    with file_of(own).open("a") as file:
        file.write("# a word more\n")
    edited = packs.model(own.root, PACK, DEMO)
    after = built(lab, edited)
    assert not after.reused
    assert after.recipe_sha != before.recipe_sha
    assert packs.config_sha(edited) != packs.config_sha(config)
    assert after.matrix.sha == before.matrix.sha
    text = file_of(own).read_text().replace("> threshold", "> 0.8 * threshold")
    file_of(own).write_text(text)
    assert built(lab, packs.model(own.root, PACK, DEMO)).matrix.sha != before.matrix.sha


def test_a_model_without_them_has_the_recipe_it_had(spoilt, lab):
    spoilt.change("start: 2000-01-01", "start: 2012-01-03")
    made = built(lab, packs.model(spoilt.root, PACK, DEMO), keep=False)
    assert "custom_indicators" not in made.recipe["model"]


def test_a_file_that_peeks_stops_the_build(own, lab):
    text = file_of(own).read_text()
    file_of(own).write_text(text.replace("> threshold", "> np.nanmean(returns ** 2) ** 0.5"))
    with pytest.raises(BadRequest) as told:
        built(lab, packs.model(own.root, PACK, DEMO))
    assert str(told.value).startswith(
        f"packs/{PACK}/custom_indicators/volatility_filter.py breaks the law that an indicator sees"
        " no future: it gives "
    )
    assert not list((lab.lake.root / "matrices").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{name: volatilty_filter}", "'volatilty_filter'"),
        ("{name: rsi}", "rsi is the name of an indicator that everyone has"),
        ("{name: bollinger}", "bollinger is the name of an indicator that everyone has"),
        ("{name: volatility_filter, base: rsi}", "has the base rsi, and packs/swingsigma/custom"),
        ("{name: mine, base: rsy}", "Did you mean rsi"),
        ("{name: mine, base: rsi, params: {perod: 3}}", "Did you mean period"),
        ("{name: mine, base: rsi, params: {period: 1}}", "period is 1, not a whole number"),
        ("{name: volatility_filter, params: {threshold: 2}}", "threshold is 2, not a number from"),
    ],
)
def test_a_fault_is_named(spoilt, given, says):
    spoilt.add(f"custom_indicators: [{given}]")
    assert says in refused(spoilt)


@pytest.mark.parametrize("name", ["../x", "Mine", "a b", "a/b", ""])
def test_a_name_is_no_path(spoilt, name):
    spoilt.add(f"custom_indicators: [{{name: '{name}'}}]")
    with pytest.raises(BadRequest, match=r"custom_indicators\.0\.name is"):
        packs.model(spoilt.root, PACK, DEMO)


def test_a_sha_is_never_written_by_hand(spoilt):
    spoilt.add(f"custom_indicators: [{{name: mine, sha: {'a' * 64}}}]")
    with pytest.raises(BadRequest, match=r"custom_indicators\.0\.sha is not a field"):
        packs.model(spoilt.root, PACK, DEMO)


def test_a_file_of_another_folder_is_refused(spoilt, tmp_path):
    (tmp_path / "away.py").write_text("def away(close):\n    return close\n")
    file_of(spoilt, "away").symlink_to(tmp_path / "away.py")
    spoilt.add("custom_indicators: [{name: away}]")
    assert "custom_indicators/away.py points out of its pack" in refused(spoilt, BadRequest)


def test_what_is_there_is_named(spoilt):
    spoilt.add("custom_indicators: [{name: what}]")
    said = refused(spoilt, UnknownName)
    assert "Write packs/swingsigma/custom_indicators/what.py, or give `base`" in said
    assert "There is volatility_filter" in said


def test_listing_models_runs_no_file(own, lab, tmp_path):
    mark = tmp_path / "ran"
    with file_of(own).open("a") as file:
        file.write(f"open({str(mark)!r}, 'w').close()\n")
    found = VERBS["models"].fn(lab, parse(VERBS["models"].ask, {}))
    assert next(row for row in found if row.model_id == DEMO).problem in (None, "")
    assert not mark.exists()


def test_a_bundle_waits_for_the_file_it_was_trained_with(own):
    """A model read from a manifest asks for bytes by their sha, and runs no others."""
    config = packs.model(own.root, PACK, DEMO)
    spec = config.custom_indicators[1]
    assert custom_of(spec).name == "volatility_filter"
    foreign = CustomSpec(name=spec.name, params=spec.params, sha="b" * 64)
    with pytest.raises(BadRequest, match="made with a file of sha bbbbbbb"):
        custom_of(foreign)


@pytest.mark.slow
def test_the_readmes_example_keeps_the_laws(shipped):
    from sigma_core.calendars import calendar

    text = (shipped / "README.md").read_text("utf-8")
    code = next(
        c for c in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "def stretch" in c
    )
    sha = keep("stretch", "README.md", code.encode())
    bars = law_bars("daily")
    one = custom_of(CustomSpec(name="stretch", sha=sha))
    low, high = one.compute(Columns(bars, calendar("XNYS")))
    bottom, top = bars["low"].rolling(20).min(), bars["high"].rolling(20).max()
    np.testing.assert_allclose(low, (bars["close"] - bottom) / (top - bottom))
    np.testing.assert_allclose(high, (bars["close"] - top) / (top - bottom))
    assert one.columns() == ("stretch_20_low", "stretch_20_high")
