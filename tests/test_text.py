"""Tables for people, on terminals of any width."""

from sigma_core.verbs._text import columns

HEADS = ("#", "Sharpe", "tries", "rule", "why")
ROWS = [
    ("1", "0.46", "13 (6.4)", "≥ 0.58", "Sharpe too low"),
    ("2", "0.36", "13 (6.4)", "top 5%", ""),
]


def headings(width, monkeypatch):
    """The headings that are left at that width, and the widest line."""
    monkeypatch.setenv("COLUMNS", str(width))
    lines = columns(ROWS, HEADS, spare=("tries", "why")).splitlines()
    return lines[0].split(), max(map(len, lines))


def test_a_narrow_terminal_is_spared_columns_in_their_order(monkeypatch):
    assert headings(43, monkeypatch) == (list(HEADS), 43)
    assert headings(42, monkeypatch) == (["#", "Sharpe", "rule", "why"], 33)
    assert headings(33, monkeypatch) == (["#", "Sharpe", "rule", "why"], 33)
    assert headings(32, monkeypatch) == (["#", "Sharpe", "rule"], 17)
    assert headings(5, monkeypatch) == (["#", "Sharpe", "rule"], 17)  # the rest is what it is for


def test_a_pipe_is_as_wide_as_may_be(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns([("x" * 5000, "y")], ("a", "b"), spare=("b",)).splitlines()[1].endswith("y")
