"""What may happen to streams: frames that are lost, doubled, late or in another order, silence, and breaking off."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import Field

from tradepods_core.shapes import Message

EVERY = "*"


class StreamFault(Message):
    """What happens to the next frames of a stream.

    Attributes:
        does: `miss` them, `double` each, `swap` them pairwise, bring them `late` by `seconds` of wall time, fall `deaf`
            (nothing more is sent, the socket stays open), or `disconnect` before the first of them.
        skip: how many matching frames pass first.
        count: how many frames; all that follow for `deaf`, and by default for one that `lasts`.
        lasts: seconds of wall time after which it is over; 0 for no end.
        customer: a name in the accounts file; "" for everyone's private streams.
        stream: a market stream, as `btcusdt@depth`, or `*` for all of them; "" for the private streams.
        event: what a private frame must be, as `ORDER_TRADE_UPDATE`; "" for any, and for `disconnect`.
        name: under which it is counted; "" for `does`.

    """

    does: Literal["miss", "double", "swap", "late", "deaf", "disconnect"]
    skip: int = Field(0, ge=0)
    count: int = Field(1, ge=1)
    seconds: float = Field(0.0, ge=0, allow_inf_nan=False)
    lasts: float = Field(0.0, ge=0, allow_inf_nan=False)
    customer: str = ""
    stream: str = ""
    event: str = ""
    name: str = ""

    def meets(self, stream: str, customer: str, frame: Any) -> bool:
        """Whether it is about this frame."""
        if self.stream not in (stream, EVERY if stream else stream) or self.customer not in ("", customer):
            return False
        if not self.event or self.does == "disconnect":
            return True
        return isinstance(frame, dict) and frame.get("e") == self.event


class Passed(NamedTuple):
    """A frame that arrives so many seconds later."""

    frame: Any
    after: float


@dataclass(slots=True, eq=False)
class _Armed:
    fault: StreamFault
    left: int | None  # None: until its time is over
    until_ms: int | None
    passing: int = 0

    def due(self) -> bool:
        """Whether those that were to pass first have passed; asked once for each that matches."""
        if self.passing:
            self.passing -= 1
            return False
        return True

    def over(self, now_ms: int) -> bool:
        """Whether nothing more happens by it."""
        return self.left == 0 or (self.until_ms is not None and now_ms >= self.until_ms)


class StreamFaults:
    """The faults that are armed, each until its frames are used up or its time is over.

    `happened` counts the frames that met one, `counts` the same by the faults' names.
    """

    def __init__(self, *, now_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._armed: list[_Armed] = []
        self._kept: dict[tuple[str, str], list[Any]] = {}
        self.counts: Counter[str] = Counter()

    @property
    def happened(self) -> int:
        """Frames that met a fault."""
        return self.counts.total()

    def arm(self, fault: StreamFault) -> None:
        """It happens to the next frames."""
        endless = fault.does == "deaf" or (fault.lasts and "count" not in fault.model_fields_set)
        until_ms = self._now_ms() + round(fault.lasts * 1_000) if fault.lasts else None
        self._armed.append(_Armed(fault, None if endless else fault.count, until_ms, passing=fault.skip))

    def clear(self) -> None:
        """Nothing more happens."""
        self._armed.clear()

    @property
    def disconnects(self) -> bool:
        """Whether anyone's private connection is to break now; asked once."""
        return self.breaks(stream="", customer="")

    def breaks(self, *, stream: str, customer: str) -> bool:
        """Whether a connection is to break now; asked once."""
        armed = self._meeting(stream, customer, frame=None, breaks=True)
        if armed is not None:
            self._met(armed)
        return armed is not None

    def deliver(
        self, frames: Iterable[Any], send: Callable[[Any], object], *, stream: str = "", customer: str = ""
    ) -> None:
        """Send frames as they arrive: now, later, twice, in another order, or never. Late ones keep their order."""
        later: dict[float, list[Any]] = {}
        for frame, after in self._arriving(frames, stream, customer):
            if after:
                later.setdefault(after, []).append(frame)
            else:
                send(frame)
        for after, late in later.items():
            asyncio.get_running_loop().call_later(after, _send_all, send, late)

    def passing(self, frames: Iterable[Any], *, stream: str = "", customer: str = "") -> Iterator[Any]:
        """The frames in the order in which they arrive, whenever that is."""
        arriving = list(self._arriving(frames, stream, customer))
        yield from (passed.frame for passed in sorted(arriving, key=lambda passed: passed.after))

    def _arriving(self, frames: Iterable[Any], stream: str, customer: str) -> Iterator[Passed]:
        for frame in frames:
            armed = self._meeting(stream, customer, frame=frame, breaks=False)
            kept = self._kept.setdefault((stream, customer), [])
            if armed is None:
                yield from (Passed(one, 0.0) for one in (frame, *kept))
                kept.clear()
            else:
                self._met(armed)
                yield from _changed(armed.fault, frame, kept)

    def _meeting(self, stream: str, customer: str, *, frame: Any, breaks: bool) -> _Armed | None:
        """The first fault that meets this frame, of those that are not over."""
        now_ms = self._now_ms()
        self._armed = [armed for armed in self._armed if not armed.over(now_ms)]
        fitting = (armed for armed in self._armed if (armed.fault.does == "disconnect") is breaks)
        return next((armed for armed in fitting if armed.fault.meets(stream, customer, frame) and armed.due()), None)

    def _met(self, armed: _Armed) -> None:
        self.counts[armed.fault.name or armed.fault.does] += 1
        if armed.left is not None:
            armed.left -= 1


def _send_all(send: Callable[[Any], object], frames: list[Any]) -> None:
    for frame in frames:
        send(frame)


def _changed(fault: StreamFault, frame: Any, kept: list[Any]) -> Iterator[Passed]:
    match fault.does:
        case "double":
            yield from (Passed(frame, 0.0), Passed(frame, 0.0))
        case "late":
            yield Passed(frame, fault.seconds)
        case "swap" if not kept:
            kept.append(frame)
        case "swap":
            yield from (Passed(frame, 0.0), Passed(kept.pop(), 0.0))
        case _:
            pass
