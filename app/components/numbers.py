"""Numbers as traders read them: fractions and UTC come in, words and exchange time go out."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DASH = "\u2013"  # an undefined number, never 0 and never NaN
MINUS = "\u2212"  # as wide as a plus, unlike the hyphen
NEW_YORK = "America/New_York"
_NEGATIVE = re.compile(r"(?<![\w'\"`=./-])-(?=\.?\d)")
_SPACED = re.compile(r"(?<=\d) %")


def spoken(text: str) -> str:
    """A sentence of the lab with its numbers as a screen writes them.

    Dates, ranges, ids and what stands in quotes or in a command are left as they are.

    >>> spoken("drawdown -22.2% at 10 % volatility, since 2015-01-02").replace(MINUS, "minus ")
    'drawdown minus 22.2% at 10% volatility, since 2015-01-02'
    >>> spoken("'-5' is no share; set BPS=-1") == "'-5' is no share; set BPS=-1"
    True
    """
    return _SPACED.sub("%", _NEGATIVE.sub(MINUS, text))


def percent(fraction: float | None, *, signed: bool = False) -> str:
    """A fraction as percent, one decimal.

    >>> percent(0.2413), percent(0.2413, signed=True), percent(None) == DASH
    ('24.1%', '+24.1%', True)
    """
    if fraction is None:
        return DASH
    return _minus(f"{fraction:+.1%}" if signed else f"{fraction:.1%}")


def ratio(value: float | None) -> str:
    """Sharpe, Sortino, profit factor: two places.

    >>> ratio(1.118), ratio(-1.118) == MINUS + "1.12"
    ('1.12', True)
    """
    return DASH if value is None else _minus(f"{value:.2f}")


def bps(fraction: float | None, *, signed: bool = True) -> str:
    """A fraction in basis points.

    >>> bps(0.00124)
    '+12.4 bps'
    """
    if fraction is None:
        return DASH
    number = fraction * 1e4
    return _minus(f"{number:+.1f} bps" if signed else f"{number:.1f} bps")


def count(number: int | None) -> str:
    """A count with thousands set apart.

    >>> count(12840)
    '12,840'
    """
    return DASH if number is None else f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """A count of things.

    >>> plural(1, "trial"), plural(2400, "trial"), plural(2, "entry", "entries")
    ('1 trial', '2,400 trials', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(n_bytes: float) -> str:
    """Bytes on disk.

    >>> size(1.84e9), size(512)
    ('1.8 GB', '512 B')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit in ("B", "kB") else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def span(time: timedelta) -> str:
    """How long.

    >>> [span(timedelta(seconds=s)) for s in (42, 190, 7500, 400_000, 250_000_000)]
    ['42 s', '3 min', '2 h 05', '4 d', '7.9 y']
    """
    seconds = max(0, int(time.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02d}"
    days = seconds // 86400
    return f"{days} d" if days < 2 * 365 else f"{days / 365.25:.1f} y"


def ago(then: datetime, now: datetime) -> str:
    """An age; a date when it is older than a month.

    >>> from datetime import UTC
    >>> ago(datetime(2024, 3, 1, 10, tzinfo=UTC), datetime(2024, 3, 1, 12, 5, tzinfo=UTC))
    '2 h 05 ago'
    """
    age = now - then
    return day(then.date()) if age > timedelta(days=31) else f"{span(age)} ago"


def day(given: date) -> str:
    """A date.

    >>> day(date(2014, 3, 26))
    '26 Mar 2014'
    """
    return f"{given.day} {given:%b %Y}"


def moment(given: datetime, zone: str = NEW_YORK) -> str:
    """A moment in exchange time.

    >>> from datetime import UTC
    >>> moment(datetime(2014, 3, 26, 13, 30, tzinfo=UTC))
    '26 Mar 2014 09:30'
    """
    there = given.astimezone(ZoneInfo(zone))
    return f"{day(there.date())} {there:%H:%M}"


def _minus(text: str) -> str:
    return text.replace("-", MINUS)
