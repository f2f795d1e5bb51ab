"""Options beside the underlying, in words and tables for the shell."""

from sigma_core.domain.overlay import OptionFigures, OptionTrade, Overlay
from sigma_core.verbs._text import DASH, MINUS, columns, count, percent, ratio

SHOWN = 15
"""Last trades on the screen; the answer has all."""
WORDS = (
    "The verdict is of the underlying's trades. Options change no trade, no verdict and no count"
    " of tries."
)
REASONS = {
    "no_chain": "no chain of the session of the decision, or of the one before",
    "right": "no call (put) was listed",
    "alive": "every contract had been settled",
    "weekly": "only weekly expiries, and weekly_ok is false",
    "quoted": "no contract of the expiry with a quote that may be traded",
    "inverts": "no quoted contract has an implied volatility, so none a delta",
    "min_oi": "too little open interest",
    "min_vol": "implied volatility below min_vol",
    "max_spread": "spreads above max_spread",
    "second_leg": "the vertical's further strike is not listed",
    "second_quote": "the vertical's further leg has no quote",
    "worth": "the vertical cost more than it can bring",
    "expired_before_entry": "the contract ended before the fill",
    "too_late": "the fill lay in the last minutes of its session",
    "no_worth": "at the fill the contracts were worth nothing",
    "too_dear": "one contract cost more than the share of the account",
}


def reason_words(reason: str) -> str:
    """Why nothing was bought, in words."""
    return REASONS[reason]


def screen(found: Overlay) -> str:
    """What options made of a backtest, in one screen."""
    mark = "  SIMULATED" if found.simulated else ""
    held = len(found.trades)
    missed = sum(each.trades for each in found.refused)
    head = (
        f"{found.model_id}  {found.of_run} as options: {held} of {held + missed} trades held{mark}"
    )
    figures = columns([_figures(each) for each in found.figures],
                      ("", "return", "Sharpe", "drawdown", "trades", "won", "average",
                       "profit factor", "exposure"))  # fmt: skip
    total = sum(found.marks.values())
    shares = ", ".join(f"{name} {percent(n / total)}" for name, n in found.marks.items())
    money = (
        f"{dollars(found.start)} at first, {percent(found.position_size)} of it in each premium:"
        f" {dollars(found.pnl, signed=True)} on {dollars(found.premium)} of premium, after"
        f" {dollars(found.spread_paid)} of spread and {dollars(found.commission)} of commission."
    )
    refused = [f"  {each.trades} × {each.reason}: {each.words}" for each in found.refused]
    rows = [_trade(trade) for trade in found.trades[-SHOWN:]]
    heads = ("#", "side", "contracts", "", "entry", "paid", "exit", "got", "by", "prices", "P&L",
             "of premium", "note")  # fmt: skip
    return "\n".join(
        [
            head,
            found.verdict,
            f"Prices: {found.source}" + (f" ({shares})" if total else ""),
            "",
            figures,
            "",
            money,
            *(["Not held:", *refused] if refused else []),
            "",
            columns(rows, heads) if rows else "No trade was held.",
            "",
            found.words,
        ]
    )


def dollars(value: float, *, signed: bool = False) -> str:
    """Whole dollars."""
    sign = MINUS if round(value) < 0 else "+" if signed else ""
    return f"{sign}${abs(value):,.0f}"


def _figures(each: OptionFigures) -> tuple[str, ...]:
    return (
        each.name, percent(each.return_, signed=True), ratio(each.sharpe), percent(each.max_dd),
        count(each.trades), percent(each.win_rate), percent(each.avg_trade, signed=True),
        ratio(each.profit_factor), percent(each.exposure),
    )  # fmt: skip


def _trade(trade: OptionTrade) -> tuple[str, ...]:
    what = f"{trade.bought} {MINUS}{trade.sold}" if trade.sold else trade.bought
    return (
        str(trade.number), trade.side, str(trade.contracts), what,
        f"{trade.entry_ts:%Y-%m-%d %H:%M}Z", f"{trade.paid:,.2f}",
        f"{trade.exit_ts:%Y-%m-%d %H:%M}Z", f"{trade.got:,.2f}",
        trade.reason.replace("_", " "), f"{trade.entry_source}/{trade.exit_source}",
        dollars(trade.pnl, signed=True), percent(trade.ret, signed=True),
        trade.notes.replace("_", " ") or DASH,
    )  # fmt: skip
