"""The ledger: what was tried stays, and who touches it is seen."""

from datetime import UTC, datetime, timedelta

import pytest

from sigma_core.errors import Damaged
from sigma_core.ledger import Ledger, family_of

AT = datetime(2024, 3, 8, 21, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    """Three chains of four rows."""
    ledger = Ledger(tmp_path / "lake" / "ledger")
    for day in range(3):
        rows = [{"trial_id": f"t{day}{i}", "sharpe": 0.25} for i in range(4)]
        ledger.append(rows, at=AT + timedelta(days=day))
    return ledger


def chains(ledger):
    return sorted(ledger.folder.glob("*.jsonl"))


def words(ledger):
    return " | ".join(fault.words for fault in ledger.audit())


def test_rows_come_back_in_the_order_of_their_making(ledger):
    ids = [f"t{day}{i}" for day in range(3) for i in range(4)]
    assert [row["trial_id"] for row in ledger.rows()] == ids
    assert [row["trial_id"] for row in Ledger(ledger.folder).rows()] == ids
    assert ledger.audit() == []


def test_a_ledger_that_was_never_written_to_is_empty_and_whole(tmp_path):
    ledger = Ledger(tmp_path / "lake" / "ledger")
    assert ledger.rows() == ledger.readable() == ledger.audit() == []
    assert not ledger.folder.exists()


def test_a_value_that_is_no_json_writes_nothing(tmp_path):
    ledger = Ledger(tmp_path / "lake" / "ledger")
    with pytest.raises(ValueError, match="JSON compliant"):
        ledger.append([{"sharpe": 1.0}, {"sharpe": float("nan")}], at=AT)
    assert ledger.rows() == ledger.audit() == []


def lines(content):
    return content.splitlines(keepends=True)


TOUCHES = {
    "a figure": (lambda c: c.replace(b"0.25", b"0.95", 1), "line 2 was edited"),
    "a hash": (lambda c: c.replace(b'"sha":"', b'"sha":"0', 1), "line 1 was edited"),
    "a letter of the first line": (lambda c: c.replace(b"after", b"aftre", 1), "line 1 was edited"),
    "a row taken out": (lambda c: b"".join(lines(c)[:2] + lines(c)[3:]), "line 3 follows a line"),
    "the last rows taken out": (lambda c: b"".join(lines(c)[:3]), "lines after 3 are missing"),
    "the first line taken out": (lambda c: b"".join(lines(c)[1:]), "line 1 follows a line"),
    "two rows exchanged": (
        lambda c: b"".join([*lines(c)[:2], lines(c)[3], lines(c)[2], lines(c)[4]]),
        "line 3 is not in its place",
    ),
    "a row put in twice": (lambda c: c + lines(c)[-1], "line 6 is not in its place"),
    "cut off": (lambda c: c[:-50], "line 5"),
    "cut to nothing": (lambda _: b"", "is empty"),
    "no text": (lambda c: b"\xff\xfe" + c[2:], "line 1 cannot be read"),
    "a list": (lambda c: b"[1]\n" + c, "line 1 cannot be read"),
}


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("touch", TOUCHES)
def test_what_is_touched_is_named(ledger, touch, which):
    change, says = TOUCHES[touch]
    path = chains(ledger)[which]
    path.write_bytes(change(path.read_bytes()))
    found = words(ledger)
    assert path.stem in found
    assert says in found


@pytest.mark.parametrize("touch", TOUCHES)
def test_nothing_is_counted_when_a_line_was_touched(ledger, touch):
    path = chains(ledger)[1]
    path.write_bytes(TOUCHES[touch][0](path.read_bytes()))
    with pytest.raises(Damaged, match=r"The ledger in .* was touched") as told:
        Ledger(ledger.folder).rows()
    assert "make audit" in told.value.hint
    assert len(Ledger(ledger.folder).readable()) >= 8


@pytest.mark.slow
def test_every_flipped_bit_is_noticed(ledger):
    path = chains(ledger)[1]
    content = path.read_bytes()
    for bit in range(0, len(content) * 8, 13):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert ledger.audit(), bit


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_chain_that_was_deleted_is_missed(ledger, which):
    path = chains(ledger)[which]
    path.unlink()
    assert words(ledger) == f"chain {path.stem} is gone"
    with pytest.raises(Damaged, match="is gone"):
        ledger.rows()


@pytest.mark.parametrize("which", [0, 1])
def test_a_chain_deleted_with_its_anchor_is_missed_by_its_successor(ledger, which):
    path = chains(ledger)[which]
    path.unlink()
    path.with_suffix(".head").unlink()
    assert words(ledger) == f"chain {path.stem} is gone"


def test_a_missing_anchor_is_named_until_a_later_chain_stands_for_it(ledger):
    newest = chains(ledger)[-1]
    newest.with_suffix(".head").unlink()
    assert words(ledger) == f"chain {newest.stem} has no anchor"
    ledger.append([{"trial_id": "t30"}], at=AT + timedelta(days=3))
    assert ledger.audit() == []


def test_an_anchor_that_cannot_be_read_is_named(ledger):
    chains(ledger)[0].with_suffix(".head").write_text("x")
    assert "anchor" in words(ledger)


def test_a_new_chain_names_all_open_ends_whatever_the_clock_says(ledger):
    back = AT - timedelta(days=400)  # the clock was set back
    one, two = Ledger(ledger.folder), Ledger(ledger.folder)
    one.append([{"trial_id": "a"}], at=back)
    two.append([{"trial_id": "b"}], at=back)
    three = Ledger(ledger.folder)
    three.append([{"trial_id": "c"}], at=back)
    assert three.audit() == []
    for trial in (b'"a"', b'"b"'):
        [path] = [path for path in chains(ledger) if trial in path.read_bytes()]
        path.unlink()
        path.with_suffix(".head").unlink()
        assert f"chain {path.stem} is gone" in words(ledger)


def test_a_family_shares_its_data_and_nothing_else():
    data = {"provider": "files", "ticker": "SPY", "cadence": "daily", "adjustment": "total"}
    one = {**data, "family_seed": "", "model_id": "a", "rule": {"value": "0.55"}}
    assert family_of(one) == family_of({**one, "model_id": "b", "rule": {"value": "0.60"}})
    for name in (*data, "family_seed"):
        assert family_of(one) != family_of({**one, name: "other"})


def test_a_chain_written_while_the_folder_is_looked_at_is_not_missed(ledger, monkeypatch):
    """Chains are listed before anchors: what another process appends in between is not gone."""
    other, chains_of = Ledger(ledger.folder), ledger._chains

    def then_appended():
        found = chains_of()
        other.append([{"trial_id": "new"}], at=AT + timedelta(days=9))
        return found

    monkeypatch.setattr(ledger, "_chains", then_appended)
    assert ledger.audit() == []
    assert len(ledger.rows()) == 13
