"""A worker is ready once its lease is held and its account read; a dependency that goes away later changes nothing."""

from support.build import WALL
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.tasks.health import Health


def test_a_start_says_step_by_step_what_is_missing() -> None:
    """The lease, the reading and what that waits for; then nothing."""
    health, waits, read = Health(wall=ManualClock(WALL)), {"exchange": "it is away"}, [False]
    assert health.missing() == "waits for the account's lease"
    health.held()
    health.begins(lambda: waits)
    assert health.missing() == "reads the account, waits for exchange"
    waits.clear()
    assert health.missing() == "reads the account"
    health.serves(lambda: read[0], heartbeat=lambda: None)
    assert "could not be read" in health.missing()
    read[0] = True

    assert health.missing() == ""


def test_a_start_that_guards_is_not_ready_and_says_why() -> None:
    """Until its lease is in the ledger."""
    health = Health(wall=ManualClock(WALL))
    health.guards()
    health.serves(lambda: True, heartbeat=lambda: None)
    assert health.missing() == "guards: the ledger can't be written"
    health.held()

    assert health.missing() == ""


def test_a_lease_that_is_no_longer_renewed_is_missing() -> None:
    """Another worker may take the account after fifteen seconds; a renewal mends it."""
    clock = ManualClock(WALL)
    health = Health(wall=clock)
    health.held()
    health.serves(lambda: True, heartbeat=lambda: None)
    clock.advance(14)
    assert health.missing() == ""
    clock.advance(1)
    assert health.missing() == "the account's lease was not renewed for 15 s"
    health.held()

    assert health.missing() == ""
