"""Files as spreadsheets and vendors write them: read if they read one way, else refused."""

import json

import pytest

M = "MODEL_ID=tiny_daily"


def _lines(change):
    return lambda text: "\n".join(change(text.splitlines())) + "\n"


def _again(lines):
    """The close once more, at the end of each row, under the same name."""
    return [f"{line},{line.split(',')[4]}" for line in lines]


@pytest.mark.parametrize(
    ("change", "says", "hint"),
    [
        (lambda t: t.replace(",", ";"), "';' between its columns", "commas between columns"),
        (lambda t: t.replace(",", ";").replace(".", ","), "';' between its columns", "points in"),
        (lambda t: t.replace(",", "\t"), r"'\t' between its columns", "commas between columns"),
        (_lines(_again), "two columns called 'close'", "which is meant"),
        (lambda t: t.replace("volume", " CLOSE "), "two columns called 'close'", "which is meant"),
        (lambda t: f"# from a vendor\n{t}", "more cells than its first line", "line of names"),
        (lambda t: f"{t}Total,,,,,\n", "row 751 (Total)", "2024-01-31"),
        (_lines(lambda rows: rows[:60] + rows[59:]), "row 60 (2015-03-27): the stamp", "Leave one"),
        (_lines(lambda rows: rows[:50] + rows), "row 50: open is 'open'", "Mend the row"),
        (lambda t: f"{t}2999-01-04,1,1,1,1,1\n", "row 751 (2999-01-04)", "right column"),
        (lambda t: t.replace("2015-01-14,", "2015-01-14,$"), "row 9: open is '$", "Mend"),
        (lambda t: t.replace("2015-01-14,", "2015-01-14,\N{MINUS SIGN}"), "row 9", "Mend"),
    ],
)
def test_a_table_of_another_making(fresh, change, says, hint):
    fresh.csv.write_text(change(fresh.csv.read_text()))
    assert "TINY_daily.csv" in fresh.refused("preview", M, says=says, hint=hint)


def test_text_of_another_coding(fresh):
    fresh.csv.write_text(fresh.csv.read_text(), encoding="utf-16")
    fresh.refused("preview", M, says="no text in UTF-8", hint="Save it")


def test_a_sentence_shows_no_more_than_the_begin_of_a_value(fresh):
    with fresh.csv.open("a") as file:
        file.write("x" * 1_000_000)
    assert len(fresh.refused("preview", M, says="row 751")) < 400
    assert len(fresh.refused("preview", f"MODEL_ID={'y' * 100_000}", says="yyy")) < 200


@pytest.mark.parametrize(
    "change",
    [
        lambda t: f"\N{ZERO WIDTH NO-BREAK SPACE}{t}",  # a byte order mark
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace(",", " , "),
        _lines(lambda rows: [f"{row}," for row in rows]),
        _lines(lambda rows: [",".join(f'"{cell}"' for cell in row.split(",")) for row in rows]),
        lambda t: t.replace("date,open,high", "Date,OPEN,High"),
        lambda t: t.replace("-", ""),  # 20150102
    ],
)
def test_what_reads_one_way_is_read_the_same(fresh, change):
    before = fresh.run("preview", M, "--json")
    text = fresh.csv.read_text()
    fresh.csv.write_text(change(text), encoding="utf-8", newline="")
    after = fresh.run("preview", M, "--json")
    assert (before[0], after[0]) == (0, 0), after[2]
    shas = [json.loads(out)["matrix_sha"] for _, out, _ in (before, after)]
    assert shas[0] == shas[1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("date,open", '"da\nte",open', r"only da\nte, open"),
        ("2015-10-20", "2015\x1b[2J-10-20", r"row 202 (2015\x1b[2J-10-20)"),
        ("2015-10-20", "2015\0-10-20", r"(2015\x00-10-20)"),
        ("date,", "day" + "".join(f",x{n}" for n in range(3000)) + ",", "x10 and 2"),
    ],
)
def test_what_a_file_holds_does_not_move_the_terminal(fresh, old, new, says):
    """A sentence is one line, and not a long one, whatever stands in the file."""
    fresh.csv.write_text(fresh.csv.read_text().replace(old, new, 1))
    sentence = fresh.refused("preview", M, says=says)
    assert sentence.isprintable()
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("fields", "says", "hint"),
    [
        ({"label": {"kind": "fwd_ret", "params": {"sessions": 10**9}}}, "1000000000", "to 2520"),
        ({"label": {"kind": "fwd_ret", "params": {"sessions": True}}}, "True", "a number"),
        ({"label": {"kind": "fwd_ret", "params": {"bars": 2.5}}}, "2.5", "whole number"),
        ({"policy": {"brackets": {"time_stop_minutes": 10**18}}}, "10000000000", "or less"),
        ({"features": []}, "features names no column", '["*"]'),
    ],
)
def test_numbers_that_no_market_has(fresh, fields, says, hint):
    fresh.edit(**fields)
    fresh.refused("preview", M, says=says, hint=hint)
