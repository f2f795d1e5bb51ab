"""The Build step says what the leak audit of its matrix looked at, and what it found."""

from dataclasses import replace

import pytest

from app import session
from sigma_core import jobs
from sigma_core.domain.leaks import Leak, LeakCheck
from sigma_core.verbs.build import BuildMatrix, build
from sigma_core.verbs.leak_audit import leak_audit

MODEL = "ixic_eq_long_daily"


def done(lab, verb, ask, result):
    """A job that has ended so."""
    with jobs.reporting(lab.lake, verb.__name__, ask) as progress:
        progress.result = result


@pytest.fixture
def made(lab):
    """The model, built over a few years."""
    found = build(lab, BuildMatrix(model_id=MODEL, start="2010-01-04", end="2016-12-30"))
    done(lab, build, {"model_id": MODEL}, found)
    return found


def said(at):
    return "\n".join(each.value for each in (*at.markdown, *at.caption, *at.code))


def test_a_build_says_what_its_sample_looked_at(made, open_page):
    at = open_page("2_composer", step="Build", model=MODEL)
    assert not at.exception
    assert "nothing saw the future" in said(at)
    assert f"{made.features} columns × {made.leaks.cuts} instants" in said(at)
    assert "sample that every build makes" in said(at)
    assert "Warm-up of each column" in [each.label for each in at.expander]


def test_a_find_is_named_with_the_line_that_shows_it_again(made, open_page, lab):
    leak = Leak(
        kind="future", where="rsi_14", row=None, before=41.5, after=None,
        words="rsi_14 is 41.5 and missing", command="make leak-audit MODEL_ID=x AT=y",
    )  # fmt: skip
    check = LeakCheck(kind="future", outcome="failed", words=leak.words)
    words = {"ok": False, "full": True, "words": leak.words, "made_at": lab.now()}
    found = replace(made.leaks, leaks=(leak,), checks=(check,), **words)
    done(session.lab(), leak_audit, {"model_id": MODEL}, found)
    at = open_page("2_composer", step="Build", model=MODEL)
    assert not at.exception
    assert "No trial on this matrix can be PASS" in said(at)
    assert "make leak-audit MODEL_ID=x AT=y" in said(at)
    assert "Full leak audit" not in [each.label for each in at.button]


@pytest.mark.slow
def test_the_full_audit_is_a_click(made, open_page, started):
    at = open_page("2_composer", step="Build", model=MODEL)
    at.button(key="leak_audit_full").click().run()
    [(verb, ask)] = started
    assert (verb, ask["model_id"], ask["full"]) == ("leak_audit", MODEL, True)
