"""What may happen to the frames of a private stream."""

import asyncio
from collections.abc import Iterable

import pytest
from pydantic import ValidationError

from support import virtual_loop
from tradepods_simulator.exchange.stream_faults import StreamFault, StreamFaults


def _passing(*faults: StreamFault, frames: str = "abcdef") -> str:
    found = StreamFaults()
    for fault in faults:
        found.arm(fault)
    return "".join(found.passing(frames))


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (StreamFault(does="miss", count=2), "cdef"),
        (StreamFault(does="double", count=2), "aabbcdef"),
        (StreamFault(does="swap", count=2), "bacdef"),
        (StreamFault(does="swap", count=1), "bacdef"),
        (StreamFault(does="deaf"), ""),
    ],
)
def test_frames_arrive_as_the_fault_says(fault: StreamFault, arrives: str) -> None:
    """And as they are, once its frames are used up."""
    assert _passing(fault) == arrives


def test_faults_happen_one_after_the_other() -> None:
    """In the order in which they were armed."""
    assert _passing(StreamFault(does="miss"), StreamFault(does="double")) == "bbcdef"


def test_without_a_fault_everything_arrives() -> None:
    """In its order."""
    assert _passing() == "abcdef"


def test_a_stream_is_deaf_until_it_is_cleared() -> None:
    """What was said meanwhile is gone."""
    faults = StreamFaults()
    faults.arm(StreamFault(does="deaf"))
    before = list(faults.passing("ab"))
    faults.clear()

    assert before == []
    assert list(faults.passing("cd")) == ["c", "d"]


def test_a_disconnect_happens_once() -> None:
    """Before the next frame."""
    faults = StreamFaults()
    faults.arm(StreamFault(does="disconnect"))

    assert [faults.disconnects, faults.disconnects] == [True, False]


class Clock:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.now_ms = 0

    def __call__(self) -> int:
        return self.now_ms


@pytest.mark.parametrize(
    ("fault", "private", "alices", "market", "other"),
    [
        (StreamFault(does="miss", count=9), "", "", "ab", "ab"),
        (StreamFault(does="miss", count=9, customer="bob"), "", "ab", "ab", "ab"),
        (StreamFault(does="miss", count=9, stream="btcusdt@depth"), "ab", "ab", "", "ab"),
        (StreamFault(does="miss", count=9, stream="*"), "ab", "ab", "", ""),
    ],
)
def test_a_fault_is_of_the_streams_that_it_names(
    fault: StreamFault, private: str, alices: str, market: str, other: str
) -> None:
    """Of everyone's private streams, of one customer's, of one market stream or of all of them."""
    faults = StreamFaults()
    faults.arm(fault)
    seen = [
        "".join(faults.passing("ab", customer="bob")),
        "".join(faults.passing("ab", customer="alice")),
        "".join(faults.passing("ab", stream="btcusdt@depth")),
        "".join(faults.passing("ab", stream="btcusdt@trade")),
    ]

    assert seen == [private, alices, market, other]


def test_a_fault_may_name_an_event() -> None:
    """The frames of other events arrive."""
    faults = StreamFaults()
    faults.arm(StreamFault(does="miss", event="ORDER_TRADE_UPDATE"))
    frames = [{"e": "ACCOUNT_UPDATE"}, {"e": "ORDER_TRADE_UPDATE"}, {"e": "ORDER_TRADE_UPDATE"}]

    assert list(faults.passing(frames)) == [frames[0], frames[2]]


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (StreamFault(does="miss", lasts=10), ["", "", "f"]),
        (StreamFault(does="miss", lasts=10, count=1), ["", "f", "f"]),
        (StreamFault(does="deaf", lasts=10), ["", "", "f"]),
        (StreamFault(does="double", lasts=10), ["ff", "ff", "f"]),
    ],
)
def test_a_fault_ends_with_its_frames_or_its_time(fault: StreamFault, arrives: list[str]) -> None:
    """Asked at once, after 9 seconds and after 10."""
    clock = Clock()
    faults = StreamFaults(now_ms=clock)
    faults.arm(fault)
    found = []
    for seconds in (0, 9, 10):
        clock.now_ms = seconds * 1_000
        found.append("".join(faults.passing("f")))

    assert found == arrives


def _delivered(*faults: StreamFault, frames: Iterable[str] = "abcd") -> list[tuple[float, str]]:
    """When which frame was sent; all of them are said at once."""

    async def deliver() -> list[tuple[float, str]]:
        found = StreamFaults()
        for fault in faults:
            found.arm(fault)
        loop = asyncio.get_running_loop()
        sent: list[tuple[float, str]] = []
        for frame in frames:
            found.deliver(frame, lambda one: sent.append((loop.time(), one)))
        await asyncio.sleep(10)
        return sent

    return virtual_loop.run(deliver())


def test_frames_are_sent_at_once() -> None:
    """Where no fault is armed."""
    assert _delivered() == [(0, "a"), (0, "b"), (0, "c"), (0, "d")]


def test_late_frames_are_sent_later() -> None:
    """In their order; those that follow overtake them."""
    late = StreamFault(does="late", seconds=2.5, count=2)

    assert _delivered(late) == [(0, "c"), (0, "d"), (2.5, "a"), (2.5, "b")]


def test_late_frames_of_one_event_keep_their_order() -> None:
    """They were said in one breath."""
    late = StreamFault(does="late", seconds=1, lasts=60)

    assert _delivered(late, frames=["abc"]) == [(1, "a"), (1, "b"), (1, "c")]


def test_a_customer_is_disconnected_alone() -> None:
    """Once."""
    faults = StreamFaults()
    faults.arm(StreamFault(does="disconnect", customer="bob"))

    assert [faults.breaks(stream="", customer=name) for name in ("alice", "bob", "bob")] == [False, True, False]


def test_what_happened_is_counted_by_name() -> None:
    """Or by what the fault does; what was only armed has not happened."""
    faults = StreamFaults()
    for fault in (
        StreamFault(does="miss", count=2),
        StreamFault(does="double", name="twice"),
        StreamFault(does="late"),
    ):
        faults.arm(fault)
    list(faults.passing("abc"))

    assert faults.counts == {"miss": 2, "twice": 1}
    assert faults.happened == 3


@pytest.mark.parametrize(
    "fields", [{"does": "burn"}, {"does": "miss", "count": 0}, {"does": "late", "seconds": -1}, {}], ids=str
)
def test_a_fault_that_can_not_be_is_refused(fields: dict[str, object]) -> None:
    """At the door."""
    with pytest.raises(ValidationError):
        StreamFault.model_validate(fields)
