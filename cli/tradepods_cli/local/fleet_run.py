"""A fleet on one machine: the signal service and one worker an account, started in order and kept running."""

from collections.abc import Callable, Mapping

from tradepods_cli.local.access import Access
from tradepods_cli.local.fleet_checks import running
from tradepods_cli.local.layout import Layout, service_program, worker_program, write_strategies
from tradepods_cli.local.supervisor import Supervisor
from tradepods_cli.manifests import Account, Fleet
from tradepods_worker.adapters.clocks import WallClock

Say = Callable[[str], None]


def exchange_of(fleet: Fleet) -> Mapping[str, str]:
    """The one venue of the fleet."""
    exchange = fleet.accounts[0].spec.exchange
    return {"id": exchange.id, "url": exchange.url}


async def start_fleet(
    fleet: Fleet,
    *,
    supervisor: Supervisor,
    layout: Layout,
    port: int,
    steps: str = "",
    heartbeat: float = 5.0,
    access: Access | None = None,
) -> str:
    """Start everything; returns the signal service's URL. Raises Permanent where it can't listen.

    Whoever runs it for longer than a day gives the `access`, and renews it.
    """
    access = access or Access(layout)
    access.renew(running(fleet), now=WallClock().now())
    strategies = write_strategies(layout, fleet.strategies)
    service = service_program(
        layout, strategies=strategies, exchange=exchange_of(fleet), port=port, steps=steps, keys=access.keys
    )
    await supervisor.start(service)
    signals = f"http://127.0.0.1:{await supervisor.port('signals')}"
    access.listening(signals)
    for account in running(fleet):
        token = access.token(account)
        program = worker_program(layout, account, signals=signals, steps=steps, heartbeat=heartbeat, token=token)
        await supervisor.start(program)
    return signals


def worker_names(fleet: Fleet) -> list[str]:
    """The supervisor's names of the workers."""
    return [account.key for account in running(fleet)]


def ended(supervisor: Supervisor, accounts: list[Account]) -> list[str]:
    """What programs that will not be started again have said."""
    names = ["signals", *(account.key for account in accounts)]
    found = (supervisor.running.get(name) for name in names)
    return [one.ended for one in found if one is not None and one.ended]
