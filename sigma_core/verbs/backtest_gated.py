"""Trade one rule out of fold, and only with the momentum."""

from dataclasses import replace

from sigma_core.domain.results import Backtest
from sigma_core.lab import Lab
from sigma_core.progress import Progress, silent
from sigma_core.verbs import verb
from sigma_core.verbs._screens import backtest_screen
from sigma_core.verbs.backtest import BacktestAsk, backtest


@verb(slow=True, table=backtest_screen)
def backtest_gated(lab: Lab, ask: BacktestAsk, progress: Progress = silent) -> Backtest:
    """As backtest, with the momentum gate on; over HTTP: POST /backtest, momentum_gate true."""
    return backtest(lab, replace(ask, momentum_gate=True), progress)
