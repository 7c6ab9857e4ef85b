"""Passes over all strategies on a bench, whose signal service looks at its files within one unless told not to."""

from support.operated import Bench
from tradepods_operator.engine.strategies import Strategist
from tradepods_operator.ports import Reconciled


async def strategies_pass(bench: Bench) -> Reconciled:
    """One of them."""
    work = Strategist(
        cluster=bench.cluster,
        service=bench.service,
        policy=bench.policy,
        entries=bench.roster.entries,
        now=bench.clock.now,
    )
    return await work.reconcile()
