"""How late the event loop is: a process whose loop hangs is worth nothing, however alive it looks."""

from collections.abc import Callable

from tradepods_operator.ports import Sleep

BEAT = 0.5  # seconds
LATE = 5.0  # seconds: then the kubelet may begin the process anew


class Pulse:
    """Beats, and knows how late the last beats came."""

    def __init__(self, *, seconds: Callable[[], float], sleep: Sleep) -> None:
        self._seconds, self._sleep = seconds, sleep
        self._last = seconds()
        self.lag = 0.0

    async def run(self) -> None:
        """Without end."""
        while True:
            self._last = self._seconds()
            await self._sleep(BEAT)
            self.lag = max(self._seconds() - self._last - BEAT, 0.0)

    def wrong(self) -> str:
        """What is wrong; "" where nothing."""
        late = max(self.lag, self._seconds() - self._last - BEAT)
        return f"the event loop is {late:.1f} s late" if late > LATE else ""
