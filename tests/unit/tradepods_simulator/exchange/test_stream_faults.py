"""What may happen to the frames of a private stream."""

import pytest

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
