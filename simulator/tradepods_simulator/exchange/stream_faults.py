"""What may happen to the private stream: frames that are lost, doubled or in another order, and silence."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from tradepods_core.shapes import Message


class StreamFault(Message):
    """What happens to the next frames of a private stream.

    Attributes:
        does: `miss` them, `double` each, `swap` them pairwise, fall `deaf` (nothing more is sent, the socket stays
            open), or `disconnect` before the first of them.
        count: how many frames; all that follow for `deaf`.

    """

    does: Literal["miss", "double", "swap", "deaf", "disconnect"]
    count: int = 1


class StreamFaults:
    """The faults that are armed, each until its frames are used up; `happened` counts the frames that met one."""

    def __init__(self) -> None:
        self._armed: list[tuple[StreamFault, int]] = []
        self._kept: list[Any] = []
        self.happened = 0

    def arm(self, fault: StreamFault) -> None:
        """It happens to the next frames."""
        self._armed.append((fault, fault.count))

    def clear(self) -> None:
        """Nothing more happens."""
        self._armed.clear()

    @property
    def disconnects(self) -> bool:
        """Whether the connection is to break now; asked once."""
        for index, (fault, _) in enumerate(self._armed):
            if fault.does == "disconnect":
                del self._armed[index]
                self.happened += 1
                return True
        return False

    def passing(self, frames: Iterable[Any]) -> Iterator[Any]:
        """The frames as they arrive."""
        for frame in frames:
            yield from self._passed(frame)

    def _passed(self, frame: Any) -> Iterator[Any]:
        if not self._armed:
            yield from (frame, *self._kept)
            self._kept.clear()
            return
        self.happened += 1
        fault, left = self._armed[0]
        if fault.does == "deaf":
            return
        self._armed[0] = fault, left - 1
        if left == 1:
            del self._armed[0]
        match fault.does:
            case "double":
                yield from (frame, frame)
            case "swap" if not self._kept:
                self._kept.append(frame)
            case "swap":
                yield from (frame, self._kept.pop())
            case _:
                pass
