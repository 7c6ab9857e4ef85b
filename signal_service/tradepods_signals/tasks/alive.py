"""Says that the connection lives while the market is silent, so that a reader can tell silence from a broken line."""

from tradepods_core.times import Now
from tradepods_core.wire.stream import Ping
from tradepods_signals.engine.hub import Hub
from tradepods_signals.ports import Sleep

EVERY = 15.0  # seconds: a worker believes in a stream for sixty


async def ping(hub: Hub, *, market_now: Now, sleep: Sleep) -> None:
    """Without end."""
    while True:
        await sleep(EVERY)
        hub.alive(Ping(at=market_now()))
