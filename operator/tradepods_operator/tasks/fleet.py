"""Asks how the fleet stands: one request for all accounts."""

import structlog

from tradepods_core.errors import Temporary
from tradepods_operator.engine.fleet_board import FleetBoard
from tradepods_operator.ports import FleetReader, Sleep, Trigger

EVERY = 2.0  # seconds: what a worker says of its settings is in the status within five
log = structlog.get_logger()


async def follow(fleet: FleetReader, *, board: FleetBoard, trigger: Trigger, later: Trigger, sleep: Sleep) -> None:
    """Without end; a service that is away is said once, and changes nothing but what is unknown by then.

    `later` hears of accounts of which only amounts have moved: these are told once a minute.
    """
    said = False
    while True:
        try:
            news = board.take(await fleet.since(board.version))
        except Temporary as error:
            if not said:
                log.warning("fleet_unknown", error=str(error))
            said = True
        else:
            said = False
            trigger(news.told, why="heartbeat")
            later(news.moved, why="amounts")
        await sleep(EVERY)
