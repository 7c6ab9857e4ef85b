"""What time brings: the fleet, everything, the Secrets; and how late the loop is."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from support.build import WALL
from support.operated import ALICE, Bench, heartbeat, keys_of, live, secret
from tradepods_core.errors import Temporary
from tradepods_core.wire.fleet import Digest, Fleet
from tradepods_operator.engine.fleet_board import FleetBoard
from tradepods_operator.engine.news import News
from tradepods_operator.engine.sightings import Sightings
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import DEPLOYMENT, Document, Key, Kind
from tradepods_operator.tasks import fleet as fleet_task
from tradepods_operator.tasks.pulse import LATE, Pulse
from tradepods_operator.tasks.resync import Resync


class Rounds:
    """Pauses that end the test after so many."""

    def __init__(self, bench: Bench, *, pauses: int) -> None:
        self.bench, self.left = bench, pauses
        self.sightings = Sightings()
        self.slept: list[float] = []
        self.triggered: list[tuple[str, list[Key]]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.left -= 1
        if self.left < 0:
            raise asyncio.CancelledError
        self.bench.clock.advance(seconds)

    def trigger(self, keys: Sequence[Key], *, why: str) -> None:
        self.triggered.append((why, list(keys)))

    def later(self, keys: Sequence[Key], *, why: str) -> None:
        self.trigger(keys, why=why)

    def resync(self) -> Resync:
        reconciler = self.bench.reconciler
        return Resync(
            survey=Survey(cluster=self.bench.cluster, reconciler=reconciler, store=self.bench.store, news=News()),
            reconciler=reconciler,
            sightings=self.sightings,
            trigger=self.trigger,
            every=600,
            sleep=self.sleep,
            draw=lambda: 1.0,
        )


async def test_a_changed_secret_is_noticed_within_about_a_minute() -> None:
    """By its keys in use; one that is the same calls for nothing."""
    bench = Bench()
    await bench.serve(live(), keys_of())
    rounds = Rounds(bench, pauses=1)
    with pytest.raises(asyncio.CancelledError):
        await rounds.resync().watch_secrets()
    assert rounds.triggered == []

    other = secret("alice-exchange", apiKey="another-key-7", apiSecret="another-secret-7")
    await bench.replace_secret(other, noticed=False)
    rounds.left = 1
    with pytest.raises(asyncio.CancelledError):
        await rounds.resync().watch_secrets()
    assert rounds.triggered == [("secret", [ALICE])]
    assert max(rounds.slept) <= 66


async def test_everything_is_looked_at_now_and_then() -> None:
    """At times that differ from operator to operator."""
    bench = Bench()
    await bench.serve(live(), keys_of())
    await bench.edit(leverage=3)
    rounds = Rounds(bench, pauses=1)
    with pytest.raises(asyncio.CancelledError):
        await rounds.resync().run()

    assert rounds.triggered == [("resync", [ALICE])]
    assert rounds.slept[0] == pytest.approx(660)


@pytest.mark.parametrize("failures", [1, 2])
async def test_a_first_look_that_fails_is_no_fault_of_the_watches(
    failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They begin after it. A process that is taken for blind then would be killed as it comes up."""
    bench = Bench()
    await bench.put(live())
    list_, left = bench.cluster.list, [Temporary("the API server is away")] * failures

    async def list_or_fail(kind: Kind, **which: Any) -> list[Document]:
        if kind == DEPLOYMENT and left:
            raise left.pop()
        return await list_(kind, **which)

    monkeypatch.setattr(bench.cluster, "list", list_or_fail)
    rounds = Rounds(bench, pauses=failures)
    await rounds.resync().first()

    assert (rounds.triggered, len(rounds.slept)) == ([("start", [ALICE])], failures)
    assert rounds.sightings.blind == ""


class Service:
    """A signal service that answers what a test says."""

    def __init__(self, *answers: Fleet | None) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    async def since(self, version: int) -> Fleet:
        self.asked.append(version)
        answer = self.answers.pop(0)
        if answer is None:
            raise Temporary("away")
        return answer


def _digest() -> Digest:
    return Digest(namespace="traders", name="alice", version=7, seen_at=WALL, heartbeat=heartbeat("x"))


async def test_only_what_changed_is_asked_for_and_looked_at() -> None:
    """A service that is away changes nothing for two minutes; then what workers say is unknown."""
    bench = Bench()
    board = FleetBoard(now=bench.clock.now)
    rounds = Rounds(bench, pauses=3)
    service = Service(Fleet(version=7, accounts=(_digest(),)), Fleet(version=8, accounts=()), None, None)
    assert not board.known()
    with pytest.raises(asyncio.CancelledError):
        await fleet_task.follow(service, board=board, trigger=rounds.trigger, later=rounds.later, sleep=rounds.sleep)

    assert service.asked == [0, 7, 8, 8]
    assert [(why, keys) for why, keys in rounds.triggered if keys] == [("heartbeat", [ALICE])]
    assert board.known()
    bench.clock.advance(121)
    assert not board.known()
    assert board.digest(ALICE) is not None


@pytest.mark.parametrize(
    ("changes", "at_once"),
    [
        ({"equity": "10001"}, False),
        ({"last_cycle": "5m@2026-11-21T08:00:00Z"}, False),
        ({"rss_mib": 90.0}, False),
        ({"held": True}, True),
        ({"state": "Paused"}, True),
        ({"last_error": "x"}, True),
        ({"overrides": {"entryPct": "3"}}, True),
        ({"settings_hash": "y"}, True),
        ({"conditions": ()}, True),
    ],
)
async def test_amounts_that_move_with_each_mark_call_for_nothing_at_once(
    changes: dict[str, Any], at_once: bool
) -> None:
    """A thousand accounts with positions report another equity every five seconds."""
    bench = Bench()
    board = FleetBoard(now=bench.clock.now)
    board.take(Fleet(version=7, accounts=(_digest(),)))
    said = {"settings_hash": "x", **changes}
    news = board.take(Fleet(version=8, accounts=(_digest().model_copy(update={"heartbeat": heartbeat(**said)}),)))

    assert (list(news.told), list(news.moved)) == (([ALICE], []) if at_once else ([], [ALICE]))


@pytest.mark.parametrize(
    ("minutes", "changes", "looked_at"),
    [
        (1, {"equity": "10009"}, False),
        (1, {"equity": "9989"}, True),
        (4, {"last_cycle": "5m@2026-11-21T08:05:00Z"}, False),
        (5, {"last_cycle": "5m@2026-11-21T08:05:00Z"}, True),
        (9, {"rss_mib": 90.0}, False),
    ],
)
async def test_amounts_that_no_status_would_take_on_call_for_nothing_at_all(
    minutes: int, changes: dict[str, Any], looked_at: bool
) -> None:
    """An equity within a thousandth of what it was, a cycle within five minutes: each look is ten requests."""
    bench = Bench()
    board = FleetBoard(now=bench.clock.now)
    before: tuple[dict[str, Any], ...] = ({}, {"rss_mib": 80.0})
    for version, said in enumerate(before):
        digest = _digest().model_copy(update={"heartbeat": heartbeat("x", **said)})
        board.take(Fleet(version=version, accounts=(digest,)))
    bench.clock.advance(minutes * 60)
    digest = _digest().model_copy(update={"heartbeat": heartbeat("x", **changes)})

    assert list(board.take(Fleet(version=9, accounts=(digest,))).moved) == ([ALICE] if looked_at else [])


async def test_a_loop_that_hangs_is_noticed() -> None:
    """Once it goes on again, and by whoever asks meanwhile."""
    moment = 0.0
    pauses = 2

    async def sleep(seconds: float) -> None:
        nonlocal moment, pauses
        pauses -= 1
        if pauses == 0:
            raise asyncio.CancelledError
        moment += seconds + LATE + 1

    pulse = Pulse(seconds=lambda: moment, sleep=sleep)
    assert pulse.wrong() == ""
    with pytest.raises(asyncio.CancelledError):
        await pulse.run()
    assert "6.0 s late" in pulse.wrong()

    pulse = Pulse(seconds=lambda: moment, sleep=sleep)
    moment += LATE + 2
    assert "late" in pulse.wrong()
