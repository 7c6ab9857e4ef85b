"""Takes on a renewed certificate without a restart: new connections see it."""

from collections.abc import Callable

from tradepods_signals.ports import Sleep

EVERY = 60.0  # seconds: certificates are renewed days before they end


async def renew(refresh: Callable[[], None], *, sleep: Sleep) -> None:
    """Without end."""
    while True:
        await sleep(EVERY)
        refresh()
