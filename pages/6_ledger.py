"""Ledger | history_edu | Every try that was ever made, and whether anybody touched the record."""

from app.components import ledger_view
from app.components.errors import told
from app.components.page import empty, head, link
from app.session import lab
from sigma_core.verbs.audit import AuditAsk, audit
from sigma_core.verbs.ledger import LedgerAsk, ledger

with head("Ledger", "every try counts against luck; none can be taken back"):
    pass

with told():
    checked = audit(lab(), AuditAsk())
    found = ledger(lab(), LedgerAsk(limit=100))

if checked.ok and not found.rows:
    with empty(
        "Nothing was tried yet",
        "Each rule that is swept or backtested is written here before anybody sees its result, in "
        "a chain of hashes that shows when a line was changed or taken away.",
        "history_edu",
    ):
        link("Sweeps", "Run a sweep", "grid_on")

if found.rows or not checked.ok:
    ledger_view.state(checked)
if found.trials:
    ledger_view.numbers(found)
    ledger_view.over_time(found)
    ledger_view.newest(found)
