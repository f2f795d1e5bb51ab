"""Names made of content: the same content has one name, other content another."""

import numpy as np
import pandas as pd
import pytest

from sigma_core.domain.policy import Policy
from sigma_core.lineage import sha_of, sha_of_frame, sha_of_sources, short

STAMPS = pd.to_datetime(["2024-03-08 21:00", None, "2024-03-12 20:00"], utc=True).as_unit("us")


def table(**changes):
    columns = {
        "ts": STAMPS,
        "x": [1.5, np.nan, 0.0],
        "n": [1, 2, 3],
        "ok": [True, False, True],
        "y": pd.Series(["UP", None, "DOWN"], dtype="str"),
    }
    return pd.DataFrame(columns | changes)


def test_the_sha_of_plain_values_is_that_of_their_json():
    # printf '[{"a":1,"b":[true,null]}]' | sha256sum
    sha = "f20243358b11ff01c0e810ef3a52638e038405284ec5f4db4b665ff64a36cffb"
    assert sha_of({"b": [True, None], "a": 1}) == sha
    assert short(sha) == "f202433"


def test_order_of_keys_does_not_count_and_order_of_values_does():
    assert sha_of({"a": 1, "b": 2}) == sha_of({"b": 2, "a": 1})
    assert sha_of([1, 2]) != sha_of([2, 1])
    assert sha_of("1") != sha_of(1)


def test_nouns_are_what_they_hold():
    assert sha_of(Policy()) == sha_of(Policy(slippage_bps=1.0))
    assert sha_of(Policy()) != sha_of(Policy(slippage_bps=2.0))


def test_what_has_no_name():
    with pytest.raises(ValueError, match="JSON compliant"):
        sha_of(float("nan"))


SAME = {
    "another index": lambda t: t.set_index(pd.Index([7, 8, 9])),
    "minus zero": lambda t: t.assign(x=[1.5, np.nan, -0.0]),
    "another missing number": lambda t: t.assign(
        x=np.array([0x3FF8000000000000, 0x7FF8000000000001, 0], "uint64").view("float64")
    ),
    "a copy": lambda t: t.copy(),
    "a view": lambda t: pd.concat([t, t]).iloc[:3],
}
OTHER = {
    "a value": lambda t: t.assign(x=[1.5, np.nan, 1e-300]),
    "a missing value": lambda t: t.assign(x=[1.5, 2.0, 0.0]),
    "an instant": lambda t: t.assign(ts=t["ts"] + pd.Timedelta(microseconds=1)),
    "a flag": lambda t: t.assign(ok=[True, True, True]),
    "a word": lambda t: t.assign(y=pd.Series(["UP", None, "FLAT"], dtype="str")),
    "a word for a missing one": lambda t: t.assign(y=pd.Series(["UP", "nan", "DOWN"], dtype="str")),
    "words exchanged": lambda t: t.assign(y=pd.Series(["DOWN", None, "UP"], dtype="str")),
    "a column's name": lambda t: t.rename(columns={"x": "z"}),
    "the order of columns": lambda t: t[["x", "ts", "n", "ok", "y"]],
    "the order of rows": lambda t: t.iloc[::-1],
    "a type": lambda t: t.astype({"n": "int32"}),
    "a row less": lambda t: t.iloc[:2],
}


@pytest.mark.parametrize("what", SAME)
def test_tables_with_the_same_values_have_one_name(what):
    assert sha_of_frame(SAME[what](table())) == sha_of_frame(table())


@pytest.mark.parametrize("what", OTHER)
def test_tables_with_another_value_have_another_name(what):
    assert sha_of_frame(OTHER[what](table())) != sha_of_frame(table())


def test_words_are_not_run_together():
    one, two = (pd.DataFrame({"a": words}, dtype="str") for words in (["ab", "c"], ["a", "bc"]))
    assert sha_of_frame(one) != sha_of_frame(two)


def test_code_has_a_name_that_changes_with_it(tmp_path, monkeypatch):
    package = tmp_path / "some_code"
    (package / "inner").mkdir(parents=True)
    for file in ("__init__.py", "a.py", "inner/__init__.py", "inner/b.py"):
        (package / file).write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    whole, module = sha_of_sources("some_code"), sha_of_sources("some_code.a")
    (package / "inner" / "b.py").write_text("x = 2\n")
    assert sha_of_sources("some_code") != whole
    assert sha_of_sources("some_code.a") == module
    (package / "a.py").write_text("x = 3\n")
    assert sha_of_sources("some_code.a") != module
    with pytest.raises(ModuleNotFoundError):
        sha_of_sources("no_such_code")
