"""What a run may have earned at worst and at best, where one bar held both stop and target."""

from app.components import tables
from app.components.numbers import percent, ratio
from app.components.page import section
from sigma_core.domain.trial import Metrics
from sigma_core.verbs._bounds import settled_words


def draw(m: Metrics) -> None:
    """Both bounds and how many such bars finer ones settled; nothing where no bar held both."""
    if not m.ambiguous_share and not m.settled_share:
        return
    section("Stop and target in one bar", settled_words(m))
    if not m.ambiguous_share:
        return
    rows = [
        ("At worst, as booked: each at its stop", m.return_, m.sharpe),
        ("At best: each at its target", m.return_best, m.sharpe_best),
    ]
    tables.words(
        [(words, percent(gain, signed=True), ratio(sharpe)) for words, gain, sharpe in rows],
        ("Trades left open", "Return", "Sharpe, per year"),
    )
