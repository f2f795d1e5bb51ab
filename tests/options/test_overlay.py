"""Trades held as options, worked by hand: fills, marks, contracts, premium levels, expiry."""

from math import erf, log, sqrt

import pytest

from sigma_core.domain.policy import Options, Selection
from tests.options.overlays import ATM, CLOSES, WEEK, account, held, quotes, trade

PENNY = pytest.approx
VERTICAL = Selection(target_delta=0.5, spread_width=5.0)


@pytest.fixture(scope="module")
def week():
    return quotes(WEEK)


def only(done):
    [row] = done.trades.to_dict("records")
    return row


def test_bought_at_the_ask_sold_at_the_bid_marked_at_the_middle(week):
    done, [found] = held(week, [trade()])
    row, money = only(done), account(done)
    assert found.pick.legs[0].symbol == "ABC240510C00100000"
    assert (row["paid"], row["got"]) == (PENNY(2.60), PENNY(3.20))
    assert (row["entry_source"], row["exit_source"], row["notes"]) == ("quote", "quote", "")
    # 2 % of 100,000 buys 7 at 260 + 0.65 dollars: 1,824.55; sold for 7 × (320 − 0.65) = 2,235.45
    [bought] = money.trades.to_dict("records")
    assert bought["contracts"] == 7
    assert bought["pnl"] == PENNY(410.90)
    assert bought["commission"] == PENNY(9.10)
    assert bought["spread_paid"] == PENNY(7 * 100 * (0.10 + 0.15))
    assert money.cash[1:] == PENNY([98_175.45, 98_175.45, 100_410.90, 100_410.90, 100_410.90])
    assert money.position == PENNY([0, 7 * 250, 7 * 275, 0, 0, 0])
    assert money.equity == PENNY(money.cash + money.position)
    assert money.sources == {"quote": 2}


def test_a_short_signal_buys_the_put(week):
    row = only(held(week, [trade("short")])[0])
    assert (row["paid"], row["got"]) == (PENNY(1.60), PENNY(0.30))


def test_a_vertical_buys_at_the_ask_and_sells_at_the_bid(week):
    row = only(held(week, [trade()], Options(selection=VERTICAL))[0])
    assert row["paid"] == PENNY(2.60 - 0.50)
    assert row["got"] == PENNY(3.20 - 0.70)
    assert row["legs"] == 2


def test_a_share_of_the_spread(week):
    row = only(held(week, [trade()], Options(selection=ATM, spread_share=0.5))[0])
    assert (row["paid"], row["got"]) == (PENNY(2.55), PENNY(3.275))


def test_at_the_next_open_the_contract_is_moved_by_black(week):
    done, _ = held(week, [trade(entry_at="open")])
    row = only(done)
    # Black by hand: put-call parity at 100 says F = 100; mid 2.10 for 4 days gives the volatility;
    # the open of the 7th at 100.5, 6.5 hours before its close, moves the forward with it
    years = 4 / 365
    sigma = 2.10 / 100 / sqrt(years) * sqrt(2 * 3.141592653589793)
    for _ in range(20):
        price = 100 * (2 * cdf(sigma * sqrt(years) / 2) - 1)
        sigma *= 2.10 / price
    left = years - 17.5 / 24 / 365
    root = sigma * sqrt(left)
    d1 = log(100.5 / 100) / root + root / 2
    mid = 100.5 * cdf(d1) - 100 * cdf(d1 - root)
    assert row["entry_source"] == "model"
    assert row["entry_mid"] == PENNY(mid, abs=1e-9)
    assert row["paid"] == PENNY(mid + 0.10, abs=1e-9)


def cdf(z):
    return 0.5 * (1 + erf(z / sqrt(2)))


@pytest.mark.parametrize(
    ("side", "root", "more", "value", "what"),
    [
        ("long", "ABC", {}, 4.0, "exercised"),  # the 10th closes at 104
        ("long", "XSP", {}, 4.0, "cash_settled"),
        ("long", "ABC", {"settle": "AM"}, 3.0, "exercised"),  # and opens at 103
        ("short", "ABC", {}, 0.0, "expired_worthless"),
    ],
)
def test_what_is_held_at_its_end_is_settled(side, root, more, value, what):
    done, _ = held(quotes(WEEK, root=root, **more), [trade(side, exit_=5)])
    row = only(done)
    assert (row["got"], row["reason"], row["exit_bar"]) == (PENNY(value), what, 4)
    assert row["exit_source"] == "settlement"
    [bought] = account(done).trades.to_dict("records")
    n = bought["contracts"]
    assert bought["proceeds"] == PENNY(n * 100 * value)  # no commission at settlement
    assert bought["commission"] == PENNY(n * 0.65)


def test_both_legs_in_the_money_bring_the_width():
    rows = [
        (0, 95.0, "C", 5.20, 5.40), (0, 95.0, "P", 0.10, 0.20), (0, 100.0, "C", 2.00, 2.20),
        (1, 95.0, "C", 6.10, 6.40), (1, 100.0, "C", 2.40, 2.60),
    ]  # fmt: skip
    choice = Selection(target_delta=0.9, spread_width=5.0)
    done, _ = held(quotes(rows), [trade(exit_=5)], Options(selection=choice))
    row = only(done)
    assert (row["got"], row["reason"]) == (PENNY(5.0), "assigned")  # 104: 9 less 4


@pytest.mark.slow
def test_at_the_premiums_stop_and_target(week):
    # sold at the bid the 100 call would bring 2.70 on the 8th, 3.85 % over 2.60
    row = only(held(week, [trade()], Options(selection=ATM, premium_target=0.03))[0])
    assert (row["reason"], row["exit_bar"], row["got"]) == ("premium_target", 2, PENNY(2.70))
    # the put 0.70 of 1.60: 56 % lost
    row = only(held(week, [trade("short")], Options(selection=ATM, premium_stop=0.5))[0])
    assert (row["reason"], row["exit_bar"], row["got"]) == ("premium_stop", 2, PENNY(0.70))
    row = only(held(week, [trade("short")], Options(selection=ATM, premium_stop=0.6))[0])
    assert row["reason"] == "time"


def test_what_nobody_bids_for_is_given_away_for_nothing():
    bare = [(*row[:3], None, 0.10) if row[:3] == (3, 100.0, "P") else row for row in WEEK]
    row = only(held(quotes(bare), [trade("short")])[0])
    assert (row["exit_mid"], row["got"], row["exit_source"]) == (PENNY(0.05), 0.0, "quote")


def test_a_chain_that_is_missing_at_the_exit_is_named_and_not_a_zero(week):
    early = week[week["session"] < week["session"].max()]
    row = only(held(early, [trade()])[0])
    assert row["notes"] == "no_chain_at_exit"
    assert row["exit_source"] == "model"
    assert row["exit_mid"] > CLOSES[3] - 100  # 103: more than exercise brings


REFUSED = [
    ({"signal": 0, "entry": 4}, {}, {}, "expired_before_entry"),
    ({"signal": 5, "entry": 5, "exit_": 5}, {}, {}, "no_chain"),
    ({"entry_at": "close"}, {"no_entry_minutes": 1}, {}, "too_late"),
    ({}, {"selection": Selection(min_oi=10, spread_width=None)}, {}, "min_oi"),
    ({}, {"selection": Selection(max_spread=0.01, spread_width=None)}, {}, "max_spread"),
    ({}, {"selection": Selection(spread_width=7.0)}, {}, "second_leg"),
    ({}, {}, {"start": 10_000.0}, "too_dear"),  # 200 dollars, and one costs 260.65
]


@pytest.mark.parametrize(
    ("bars", "policy", "money", "reason"), REFUSED, ids=[r[3] for r in REFUSED]
)
def test_a_trade_that_is_not_held_has_its_reason(week, bars, policy, money, reason):
    options = Options(**({"selection": ATM} | policy))
    done, _ = held(week, [trade(**({"exit_": 5} | bars))], options)
    told = account(done, options, **money)
    assert told.refused == {0: reason}
    assert told.trades.empty
    assert (told.equity == told.equity[0]).all()
