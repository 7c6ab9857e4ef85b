"""What is known of the workers by a service that may begin anew."""

from typing import Any

from support.build import WALL
from support.operated import ALICE, heartbeat
from tradepods_core.wire.fleet import Digest, Fleet
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.engine.fleet_board import FleetBoard, News
from tradepods_operator.ports import Key

BOB = Key("traders", "bob")


class Service:
    """A board, and the runs of a service that it reads."""

    def __init__(self) -> None:
        self.clock = ManualClock(WALL)
        self.board = FleetBoard(now=self.clock.now)
        self.run = self.version = 1

    def tells(self, *keys: Key, held: bool = True, **changes: Any) -> News:
        """These have reported something new to it."""
        self.version += 1
        said = heartbeat("x", held=held, **changes)
        digests = [
            Digest(namespace=key.namespace, name=key.name, version=self.version, seen_at=WALL, heartbeat=said)
            for key in keys
        ]
        return self.board.take(Fleet(version=self.version, run=self.run, accounts=tuple(digests)))

    def starts_again(self) -> None:
        """It has forgotten all who reported."""
        self.run += 1

    def silent(self, key: Key) -> bool:
        """As the board has it."""
        digest = self.board.digest(key)
        assert digest is not None
        return digest.silent


def test_who_does_not_report_to_a_new_run_of_the_service_is_silent_within_a_minute() -> None:
    """It knows only who has reported to it, so it will never say of the others that they are not heard."""
    service = Service()
    service.tells(ALICE, BOB)
    service.starts_again()
    service.tells(BOB)
    service.clock.advance(59)
    assert list(service.tells().told) == []
    assert not service.silent(ALICE)

    service.clock.advance(1)
    assert list(service.tells().told) == [ALICE]
    assert (service.silent(ALICE), service.silent(BOB)) == (True, False)
    assert list(service.tells().told) == []


def test_who_is_heard_again_after_that_is_silent_no_longer() -> None:
    """Its worker was slow to find the new run."""
    service = Service()
    service.tells(ALICE)
    service.starts_again()
    service.tells()
    service.clock.advance(60)
    service.tells()

    assert list(service.tells(ALICE).told) == [ALICE]
    assert not service.silent(ALICE)


def test_a_service_that_starts_again_and_again_gives_nobody_more_time() -> None:
    """Each minute is of the account's own silence."""
    service = Service()
    service.tells(ALICE, BOB)
    for _ in range(3):
        service.starts_again()
        service.tells(BOB)
        service.clock.advance(20)

    assert list(service.tells().told) == [ALICE]


def test_an_account_that_is_gone_is_forgotten_unless_something_is_open() -> None:
    """A name that comes again goes on with its positions, and with the right to a worker that these give."""
    service = Service()
    service.tells(ALICE)
    service.tells(BOB, held=False)
    service.board.forget(ALICE)
    service.board.forget(BOB)
    assert service.board.digest(ALICE) is not None
    assert service.board.digest(BOB) is None

    service.starts_again()
    service.tells()
    service.clock.advance(60)
    assert list(service.tells().told) == [ALICE]


def test_that_the_last_order_is_over_is_news_and_how_many_there_are_is_not() -> None:
    """An account that goes waits for it; one that trades places some all the time."""
    service = Service()
    service.tells(ALICE, open_orders=3)
    assert list(service.tells(ALICE, open_orders=2).told) == []

    assert list(service.tells(ALICE, open_orders=0).told) == [ALICE]
