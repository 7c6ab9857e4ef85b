"""Streams: who listens to what, and how many frames each was given."""

import json
from typing import Any

from aiohttp import web

from tradepods_simulator.exchange.streams import LONGEST_QUEUE, Connection, Streams


def _connection() -> Connection:
    return Connection(web.WebSocketResponse())


def _waiting(connection: Connection) -> list[Any]:
    return [json.loads(connection.queue.get_nowait() or "null") for _ in range(connection.queue.qsize())]


def test_a_market_stream_goes_to_everyone_who_subscribed() -> None:
    """And to nobody who did not."""
    streams, first, second, other = Streams(), _connection(), _connection(), _connection()
    for connection in (first, second):
        streams.subscribe("marks", connection)
    streams.subscribe("depth", other)
    streams.broadcast("marks", [1])

    assert [_waiting(connection) for connection in (first, second, other)] == [[[1]], [[1]], []]


def test_a_stream_that_nobody_listens_to_goes_nowhere() -> None:
    """Nothing is kept for a later listener."""
    streams, late = Streams(), _connection()
    streams.broadcast("marks", [1])
    streams.tell("key", iter([{"e": 1}]))
    streams.subscribe("marks", late)
    streams.listen("key", late)

    assert _waiting(late) == []


def test_a_listen_key_has_one_connection() -> None:
    """A later one takes its place, and its frames are counted anew."""
    streams, first, second = Streams(), _connection(), _connection()
    streams.listen("key", first)
    streams.tell("key", iter([{"e": 1}, {"e": 2}]))
    assert streams.sent("key") == 2

    streams.listen("key", second)
    streams.tell("key", iter([{"e": 3}]))
    assert (_waiting(first), _waiting(second)) == ([{"e": 1}, {"e": 2}], [{"e": 3}])
    assert streams.sent("key") == 1


def test_a_connection_that_left_hears_no_more() -> None:
    """Of any stream; an account without a listener has been sent nothing."""
    streams, connection = Streams(), _connection()
    streams.subscribe("marks", connection)
    streams.listen("key", connection)
    streams.leave(connection)
    streams.broadcast("marks", [1])
    streams.tell("key", iter([{"e": 1}]))

    assert _waiting(connection) == []
    assert streams.sent("key") == 0


def test_an_earlier_connection_that_leaves_takes_nothing_from_the_present_one() -> None:
    """Its end is noticed after the new one has begun."""
    streams, first, second = Streams(), _connection(), _connection()
    streams.listen("key", first)
    streams.listen("key", second)
    streams.leave(first)
    streams.tell("key", iter([{"e": 1}]))

    assert _waiting(second) == [{"e": 1}]


def test_an_answer_to_a_command_is_no_event() -> None:
    """Acknowledgements of steps are held against events only."""
    connection = _connection()
    connection.reply({"result": None})
    connection.send({"e": 1})

    assert connection.sent == 1
    assert _waiting(connection) == [{"result": None}, {"e": 1}]


def test_a_client_that_keeps_up_is_never_dropped() -> None:
    """However many frames it was given in its life."""
    connection, heard = _connection(), []
    for number in range(LONGEST_QUEUE + 5):
        connection.send(number)
        heard += _waiting(connection)

    assert heard == list(range(LONGEST_QUEUE + 5))
    assert connection.sent == LONGEST_QUEUE + 5


def test_a_client_that_is_too_far_behind_is_dropped() -> None:
    """After what waits for it: the first frame that is too many is its end, and none is left out before."""
    connection = _connection()
    for number in range(LONGEST_QUEUE):
        connection.send(number)
    assert None not in _queued(connection)

    for number in range(LONGEST_QUEUE + 1):
        connection.send(number)
    queued = _queued(connection)
    assert queued.index(None) == LONGEST_QUEUE
    assert queued[:LONGEST_QUEUE] == [str(number) for number in range(LONGEST_QUEUE)]


def test_a_client_that_caught_up_may_fall_behind_again() -> None:
    """What it has read does not count against it."""
    connection = _connection()
    for _ in range(2):
        for number in range(LONGEST_QUEUE):
            connection.send(number)
        assert _waiting(connection) == list(range(LONGEST_QUEUE))


def _queued(connection: Connection) -> list[str | None]:
    return [connection.queue.get_nowait() for _ in range(connection.queue.qsize())]
