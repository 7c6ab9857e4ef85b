"""Keeps how the fleet stands: for the history, and as figures."""

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.times import Now
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.steering import Steering
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.history import History

EVERY = 60.0  # seconds
log = structlog.get_logger()


async def keep(
    fleet: FleetBook, *, steering: Steering, history: History, metrics: Metrics, now: Now, sleep: Sleep
) -> None:
    """Without end; a history that can't be written now loses one minute."""
    while True:
        await sleep(EVERY)
        totals = fleet.totals()
        for one in totals:
            metrics.accounts.labels(one.environment).set(one.accounts)
            metrics.silent.labels(one.environment).set(one.silent)
        metrics.halted.set(bool(steering.halted.why))
        try:
            await history.totals(now(), totals)
        except Temporary as error:
            metrics.history_failures.inc()
            log.warning("totals_not_stored", error=str(error))
