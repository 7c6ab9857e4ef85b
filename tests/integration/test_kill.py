"""kill -9 of a live worker, at the worst moments: books stay equal, nothing is sent twice, positions get their stop."""

import random
from datetime import datetime
from pathlib import Path

import pytest

from support.stage import NO_DIFFERENCE, Stage, bob, staged, stop_accepted_after, strategy, until
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import PositionClosed
from tradepods_core.book.intents import PlaceOrder

BTC = "BTC/USDT:USDT"
ORDER = {"method": "POST", "path": "/fapi/v1/order"}
STOP = {"method": "POST", "path": "/fapi/v1/algoOrder", "contains": "STOP_MARKET"}


def _restarted_at(stage: Stage) -> datetime:
    """When the last start of the worker's program was logged."""
    return max(datetime.fromisoformat(line["timestamp"]) for line in stage.log() if line["event"] == "starting")


@pytest.mark.parametrize(
    ("fault", "drop"),
    [
        pytest.param({**ORDER, "when": "after"}, False, id="entry applied, its answer never came"),
        pytest.param({**ORDER, "when": "before"}, False, id="entry under way, applied after the death"),
        pytest.param({**STOP, "when": "before"}, True, id="between fill and stop, the stop was lost"),
        pytest.param({**STOP, "when": "before"}, False, id="between fill and stop, the stop arrives after the death"),
        pytest.param({**STOP, "when": "after"}, False, id="stop applied, its answer never came"),
    ],
)
async def test_a_worker_killed_in_the_middle_protects_its_position_within_a_second_of_its_restart(
    tmp_path: Path, fault: dict[str, str], drop: bool
) -> None:
    """And at the end of the day ledger and exchange tell the same story."""
    async with staged(tmp_path, hours=1) as stage:
        await stage.arm(**fault)
        await stage.start_fleet(bob(stage.exchange), strategy(BTC))
        await stage.until_held()
        await stage.kill()
        await stage.release(drop=drop)
        await until(stage.protected)
        await stage.until_ended()
        facts, restarted = await stage.facts(), _restarted_at(stage)
        books = await stage.books()

        assert (stop_accepted_after(facts, restarted) - restarted).total_seconds() <= 1
        assert await stage.differences() == NO_DIFFERENCE
        assert books["duplicateOrders"] == 0


async def test_an_entry_that_was_lost_on_its_way_is_never_sent_again(tmp_path: Path) -> None:
    """Killed, restarted, looked up until it can't arrive any more; then the next signal is free to trade."""
    async with staged(tmp_path, hours=3) as stage:
        await stage.arm(**ORDER, when="before")
        await stage.start_fleet(bob(stage.exchange), strategy(BTC))
        await stage.until_held()
        await stage.kill()
        await stage.release(drop=True)
        await stage.until_ended()
        facts = await stage.facts()
        books = await stage.books()

        first = next(fact for fact in facts if isinstance(fact, PlaceOrder) and fact.purpose == "enter")
        outcomes = [f.outcome for f in facts if isinstance(f, IntentSettled) and f.id == first.id]
        assert [getattr(outcome, "code", "") for outcome in outcomes] == ["not_placed"]
        assert first.id not in {fill["order"] for fill in books["fills"]}
        assert any(isinstance(fact, PositionClosed) for fact in facts), "it trades on"
        assert await stage.differences() == NO_DIFFERENCE
        assert books["duplicateOrders"] == 0


@pytest.mark.parametrize("seed", [1, 2])
async def test_killed_again_and_again_at_any_moment_the_books_stay_equal(tmp_path: Path, seed: int) -> None:
    """At seeded steps of a replay, wherever the worker then is."""
    moments = random.Random(seed)
    async with staged(tmp_path, hours=2, seed=seed) as stage:
        await stage.start_fleet(bob(stage.exchange), strategy(BTC, "ETH/USDT:USDT", "SOL/USDT:USDT"))
        for step in sorted(moments.sample(range(21, 460), 6)):

            async def reached(step: int = step) -> bool:
                return bool((await stage.get("/admin/market"))["step"] >= step)

            await until(reached)
            await stage.kill()
        await stage.until_ended()
        books = await stage.books()

        assert len(books["fills"]) > 10
        assert await stage.differences() == NO_DIFFERENCE
        assert books["duplicateOrders"] == 0


async def test_the_service_killed_in_the_middle_costs_nothing(tmp_path: Path) -> None:
    """Its successor reads the history anew; workers come back to it by themselves."""
    async with staged(tmp_path, hours=1) as stage:
        await stage.start_fleet(bob(stage.exchange), strategy(BTC))

        async def under_way() -> bool:
            return bool((await stage.get("/admin/market"))["step"] >= 60)

        await until(under_way)
        await stage.kill("signals")
        await stage.until_ended()

        assert await stage.differences() == NO_DIFFERENCE
        assert (await stage.books())["duplicateOrders"] == 0
