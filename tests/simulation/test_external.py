"""What a person, or the exchange, does to an account beside its worker: while it runs, is down, or can't hear."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from support.build import BTC
from support.hand import Hand
from support.servers import Served
from support.trader import Trader, trading
from tradepods_core.book.facts import Fact, PositionClosed
from tradepods_core.book.outside import ExternallyReduced
from tradepods_simulator.exchange.faults import Fault
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.tasks import lookout

D = Decimal
WHEN = ["running", "down", "broken"]
LISTEN = {"path": "/fapi/v1/listenKey", "when": "before"}
Act = Callable[[Hand], None]
Check = Callable[[Trader], bool]


async def _beside(exchange: Served, folder: Path, when: str, act: Act, done: Check) -> list[Fact]:
    """Bob is long and protected, something happens outside, and all ends as it should: the ledger's facts."""
    hand = Hand(exchange)
    async with trading(exchange, folder) as trader:
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
        if when == "broken":
            await _broken(exchange, trader)
        if when != "down":
            act(hand)
            await _until(trader, done)
            exchange.faults.release(drop=True)
            await _until(trader, lambda bob: bob.connected() and done(bob))
    if when == "down":
        act(hand)
        async with trading(exchange, folder) as trader:
            await _until(trader, done)
    assert hand.customer.duplicates() == 0
    ledger = SqlLedger(folder / LEDGER)
    facts = list(await ledger.history("live"))
    await ledger.close()
    return facts


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the worker does every few seconds it does at once."""
    monkeypatch.setattr(lookout, "LOOK_EVERY", 0.2)


async def _broken(exchange: Served, trader: Trader) -> None:
    """The private stream breaks, and no new one is to be had."""
    exchange.faults.arm(Fault.model_validate({**LISTEN, "does": "answer", "status": 503, "count": 10_000}))
    exchange.exchange.streams.drop_all()
    await trader.until(lambda: not trader.connected())


async def _until(trader: Trader, done: Check) -> None:
    await trader.until(lambda: trader.quiet() and done(trader))


def _closed(facts: list[Fact]) -> PositionClosed:
    (closed,) = [fact for fact in facts if isinstance(fact, PositionClosed)]
    return closed


@pytest.mark.parametrize("when", WHEN)
async def test_a_position_closed_by_hand_is_closed_here_too(exchange: Served, tmp_path: Path, when: str) -> None:
    """With the exchange's own numbers; its stop and take-profit are cancelled."""
    facts = await _beside(
        exchange, tmp_path, when, lambda hand: hand.trade(-hand.held()), lambda bob: bob.agrees() and bob.flat()
    )

    closed, trade = _closed(facts), Hand(exchange).customer.trades[-1]
    assert (closed.by, closed.estimated) == ("by_hand", False)
    assert (closed.price, closed.realized, closed.at) == (trade.price, trade.realized, trade.at)


@pytest.mark.parametrize("when", WHEN)
async def test_a_position_reduced_by_hand_keeps_its_orders_in_its_new_size(
    exchange: Served, tmp_path: Path, when: str
) -> None:
    """One stop and one take-profit, of what is left."""
    facts = await _beside(
        exchange, tmp_path, when, lambda hand: hand.trade(D(-20)), lambda bob: bob.agrees() and bob.protected()
    )

    (fact,) = [fact for fact in facts if isinstance(fact, ExternallyReduced)]
    assert (fact.quantity, fact.why, fact.unproven) == (D(20), "by_hand", D(0))


@pytest.mark.parametrize("when", WHEN)
async def test_what_is_added_by_hand_is_left_alone(exchange: Served, tmp_path: Path, when: str) -> None:
    """Stop and take-profit stay of our quantity; the symbol takes no entries."""
    before: list[Decimal] = []

    def act(hand: Hand) -> None:
        before.append(hand.held())
        hand.trade(D(20))

    def done(bob: Trader) -> bool:
        covered = {order.quantity for order in bob.customer.paper.resting.values()}
        same = covered == set(before) and bob.book.wallet == bob.customer.paper.wallet
        doubt = bob.book.doubts.get(BTC)
        return same and doubt is not None and doubt.why.startswith("ForeignPosition: the account holds 20 long more")

    facts = await _beside(exchange, tmp_path, when, act, done)

    assert [fact for fact in facts if isinstance(fact, ExternallyReduced)] == []


@pytest.mark.parametrize("when", WHEN)
async def test_a_position_flipped_by_hand_is_closed_and_the_other_is_foreign(
    exchange: Served, tmp_path: Path, when: str
) -> None:
    """Nothing of ours rests; the short position is not touched."""

    def done(bob: Trader) -> bool:
        doubt = bob.book.doubts.get(BTC)
        told = doubt is not None and doubt.why.startswith("ForeignPosition: the account holds 20 short")
        return told and not bob.book.positions and not bob.book.orders and not bob.customer.paper.resting

    facts = await _beside(exchange, tmp_path, when, lambda hand: hand.trade(-hand.held() - 20), done)

    assert _closed(facts).by == "by_hand"
    assert Hand(exchange).held() == D(-20)


@pytest.mark.parametrize("when", WHEN)
async def test_a_liquidation_is_booked_as_one(exchange: Served, tmp_path: Path, when: str) -> None:
    """The wallet is the exchange's, its fee included."""
    facts = await _beside(
        exchange, tmp_path, when, lambda hand: hand.withdraw(leaves="15"), lambda bob: bob.agrees() and bob.flat()
    )

    assert _closed(facts).by == "liquidation"


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("part", [True, False])
async def test_a_deleveraging_is_booked_as_one(exchange: Served, tmp_path: Path, when: str, *, part: bool) -> None:
    """Of a part, or of all."""
    facts = await _beside(
        exchange,
        tmp_path,
        when,
        lambda hand: hand.deleverage(D(20) if part else hand.held()),
        lambda bob: bob.agrees() and (bob.protected() if part else bob.flat()),
    )

    assert [fact.why for fact in facts if isinstance(fact, ExternallyReduced)] == ["adl"]


@pytest.mark.parametrize("when", WHEN)
async def test_a_position_settled_by_the_exchange_is_closed_here_too(
    exchange: Served, tmp_path: Path, when: str
) -> None:
    """Its symbol is delisted."""
    facts = await _beside(exchange, tmp_path, when, Hand.delist, lambda bob: bob.agrees() and bob.flat())

    assert _closed(facts).by == "settlement"


@pytest.mark.parametrize("when", WHEN)
async def test_a_foreign_order_keeps_entries_away_and_is_not_touched(
    exchange: Served, tmp_path: Path, when: str
) -> None:
    """Beside our position, which stays protected."""

    def done(bob: Trader) -> bool:
        doubt = bob.book.doubts.get(BTC)
        rests = sorted(order.kind for order in bob.customer.paper.resting.values())
        same = rests == ["limit", "stop_market", "take_profit_market"]
        return same and doubt is not None and doubt.why == "ForeignPosition: order web_1 is not ours"

    await _beside(exchange, tmp_path, when, lambda hand: hand.rest(D(10), limit="90"), done)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("kind", ["stop_market", "take_profit_market"])
async def test_a_protective_order_cancelled_by_hand_is_placed_again(
    exchange: Served, tmp_path: Path, when: str, kind: str
) -> None:
    """Stop and take-profit; the other one stays as it is."""
    facts = await _beside(
        exchange,
        tmp_path,
        when,
        lambda hand: hand.cancel(kind),  # type: ignore[arg-type]  # a parameter is text
        lambda bob: bob.agrees() and bob.protected(),
    )

    placed = [algo.order.kind for algo in Hand(exchange).customer.algos.values()]
    assert sorted(placed) == sorted(["stop_market", "take_profit_market", kind])
    assert [fact for fact in facts if isinstance(fact, PositionClosed)] == []


async def test_an_excess_goes_first_when_a_stop_closes_ours(exchange: Served, tmp_path: Path) -> None:
    """Our stop sells our quantity; the rest is the person's."""

    def done(bob: Trader) -> bool:
        return (
            not bob.book.positions and not bob.customer.paper.resting and bob.book.wallet == bob.customer.paper.wallet
        )

    async with trading(exchange, tmp_path) as trader:
        trader.buy()
        await trader.until(lambda: trader.agrees() and trader.protected())
        Hand(exchange).trade(D(20))
        await trader.until(lambda: bool(trader.book.doubts))
        await trader.move("96")
        await _until(trader, done)

        assert Hand(exchange).held() == D(20)
