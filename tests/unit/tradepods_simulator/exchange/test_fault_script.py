"""A script of faults: what is armed when, or everything that is wrong with it at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.build import NOON
from tradepods_core.errors import Invalid, Permanent
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.fault_script import ClockFault, Entry, load, read
from tradepods_simulator.exchange.faults import Fault
from tradepods_simulator.exchange.stream_faults import StreamFault

START_MS = to_ms(NOON)
END_MS = START_MS + 24 * 3_600_000
SCRIPT = """
- {at: "00:30:00", kind: request, path: /fapi/v1/order, does: answer, status: 502, lasts: 60}
- {at: 2025-06-02T12:15:00Z, kind: stream, does: late, seconds: 0.5, customer: bob}
- {at: "18:00", kind: clock, aheadMs: 1500, lasts: 20}
"""


def _read(*entries: Any) -> list[Entry]:
    return read(list(entries), start_ms=START_MS, end_ms=END_MS)


def _problems(content: Any) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read(content, start_ms=START_MS, end_ms=END_MS)
    return [str(problem) for problem in caught.value.problems]


def test_a_script_is_read_by_time(tmp_path: Path) -> None:
    """Of every kind, in whatever order it was written."""
    file = tmp_path / "faults.yaml"
    file.write_text(SCRIPT)
    entries = load(file, start_ms=START_MS, end_ms=END_MS)

    assert [(entry.at_ms - START_MS) // 60_000 for entry in entries] == [15, 30, 18 * 60]
    assert isinstance(entries[0].fault, StreamFault)
    assert isinstance(entries[1].fault, Fault)
    assert isinstance(entries[2].fault, ClockFault)
    assert (entries[1].fault.path, entries[1].fault.status, entries[1].fault.endless) == ("/fapi/v1/order", 502, True)


def test_a_script_may_be_json(tmp_path: Path) -> None:
    """A list of the same entries."""
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"at": "00:00:01", "does": "drop"}]))

    assert load(file, start_ms=START_MS, end_ms=END_MS)[0].at_ms == START_MS + 1_000


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("00:00:00", 0),
        ("00:00:01.250", 1.25),
        ("23:59:59", 86_399),
        ("24:00:00", 86_400),
        ("01:30", 5_400),
        (90, 90),
        (0.5, 0.5),
        ("2025-06-02T12:00:10Z", 10),
        ("2025-06-02T14:00:10+02:00", 10),
    ],
)
def test_a_moment_is_written_in_many_ways(at: Any, seconds: float) -> None:
    """Market time since the start, or a moment; YAML reads 01:30:00 without quotes as seconds."""
    assert _read({"at": at, "does": "drop"})[0].at_ms == START_MS + seconds * 1_000


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (None, ""),
        ("soon", ' is "soon"'),
        ("00:61:00", ' is "00:61:00"'),
        ("24:00:01", ' is "24:00:01"'),
        (-1, " is -1"),
        (float("inf"), " is Infinity"),
        (True, " is true"),
        ("2025-06-02T11:59:59Z", ' is "2025-06-02T11:59:59Z"'),
        ("2025-06-02T13:00:00", ' is "2025-06-02T13:00:00"'),
        ("2025-06-31", ' is "2025-06-31"'),
        ([], " is []"),
    ],
)
def test_a_moment_outside_the_replay_is_refused(at: Any, value: str) -> None:
    """With entry, field, value, how it is written, and how far the replay goes."""
    fix = 'market time, "00:30:00" after the start, or a moment as 2025-06-02T12:00:00Z'
    replay = "within the replay of 2025-06-02T12:00:00Z to 2025-06-03T12:00:00Z"

    assert _problems([{"at": at, "does": "drop"}]) == [f"entry 1.at{value}: {fix}, {replay}"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"does": "drp"}, 'entry 1.does is "drp": one of hold, delay, drop, answer, hang'),
        ({"kind": "streams", "does": "miss"}, 'entry 1.kind is "streams": one of request, stream, clock'),
        ({"kind": ["a"]}, "entry 1.kind is a list: one of request, stream, clock"),
        ({"kind": "stream"}, "entry 1.does: is required: one of miss, double, swap, late, deaf, disconnect"),
        ({"does": "drop", "cont": 3}, "entry 1.cont is 3: unknown field: did you mean count?"),
        ({"does": "drop", "count": 0}, "entry 1.count is 0: a whole number, at least 1"),
        ({"does": "drop", "count": "many"}, 'entry 1.count is "many": a whole number, at least 1'),
        ({"does": "drop", "count": True}, "entry 1.count is true: true or false does not belong here"),
        ({"does": "delay", "seconds": -1}, "entry 1.seconds is -1: a number, at least 0"),
        ({"does": "ban"}, "lasts: ban needs it, in seconds above 0"),
        ({"kind": "clock"}, "entry 1.aheadMs: is required: a whole number"),
        ({"kind": "clock", "aheadMs": 10**12}, "entry 1.aheadMs is 1000000000000: a whole number, at least -86400000"),
    ],
)
def test_a_wrong_entry_is_refused(fields: dict[str, Any], said: str) -> None:
    """With its number, field, value and fix."""
    (problem, *_) = _problems([{"at": "00:00:00", **fields}])

    assert said in problem


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Of all entries."""
    found = _problems([{"at": "00:00:01", "does": "drop"}, {"at": "x", "does": "y"}, 5])

    assert [problem.partition(" is ")[0] for problem in found] == ["entry 2.at", "entry 2.does", "entry 3"]


@pytest.mark.parametrize("content", [None, {}, "drop", 5, {"at": "00:00:00"}])
def test_a_script_is_a_list(content: Any) -> None:
    """Nothing else."""
    assert _problems(content)[0].startswith("script")


def test_an_empty_script_is_one() -> None:
    """Nothing happens by it."""
    assert _read() == []


@pytest.mark.parametrize("content", [b"- {at: ", b"\xff\xfe\x00", b"a: [1", b"- !!python/object:os.system {}"])
def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path, content: bytes) -> None:
    """It is named."""
    file = tmp_path / "faults.yaml"
    file.write_bytes(content)

    with pytest.raises(Permanent, match="is not readable YAML") as caught:
        load(file, start_ms=START_MS, end_ms=END_MS)
    assert str(caught.value).startswith(f"{file}: ")


def test_what_is_wrong_in_a_file_names_the_file(tmp_path: Path) -> None:
    """Before the entry."""
    file = tmp_path / "faults.yaml"
    file.write_text('- {at: "00:00:00", does: explode}')

    with pytest.raises(Invalid) as caught:
        load(file, start_ms=START_MS, end_ms=END_MS)
    assert str(caught.value).startswith(f'{file}: entry 1.does is "explode": one of ')


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(Permanent, match=r"can't read .*gone"):
        load(tmp_path / "gone.yaml", start_ms=START_MS, end_ms=END_MS)
