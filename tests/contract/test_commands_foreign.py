"""A close of what the ledger does not know: asked by the exchange's own numbers, and judged by a new reading."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account
from support.build import BTC, ETH, later
from support.chatting import Talk, chatty, listening
from support.outside import stranger
from support.telegram_bench import bench
from tradepods_core.book.events import AccountRead, AccountView, CommandGiven, VenuePosition

D = Decimal


def _shown(*held: VenuePosition, orders: Any = ()) -> AccountView:
    return AccountView(wallet=D(1000), positions=held, orders=orders)


def _held(quantity: str, symbol: str = BTC) -> VenuePosition:
    return VenuePosition(symbol=symbol, quantity=D(quantity), entry=D(98))


def _see(talk: Talk, *held: VenuePosition, orders: Any = ()) -> None:
    """The exchange shows this from now on, and the worker has read it."""
    talk.shown = _shown(*held, orders=orders)
    talk.account.wall = later(10)
    talk.account.handle(AccountRead(view=talk.shown, begun_at=later(10), seen_at=later(10)))
    talk.wall.advance(10)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """An account whose ledger is empty, and whose exchange is not."""
    account = Account(account_settings=chatty())
    async with bench() as api:
        found = Talk(api, account=account)
        _see(found, _held("2"))
        yield found


def _data(said: dict[str, Any]) -> str:
    return str(said["buttons"][0][0]["callback_data"])


async def _pressed(talk: Talk, asked: str, meanwhile: Any) -> str:
    """Ask, let something happen, press: the passing note."""
    async with listening(talk) as commands:
        said = await talk.ask(asked, "close at market?")
        meanwhile()
        await talk.api.press(said["message"], data=_data(said))
        await talk.ask("/status", "Running")
        await commands.speaker.silent()
    return str((await talk.answers())[0]["presses"][0]["text"])


async def test_the_question_names_what_the_exchange_holds_and_that_it_is_not_ours(talk: Talk) -> None:
    """Quantity and profit by the exchange's numbers; ours stand above it."""
    talk.account.opened(symbol=ETH)
    async with listening(talk):
        one = await talk.ask("/close BTC", "close at market?")
        both = await talk.ask("/close all", "close at market?")

    assert "NOT OURS BY THIS LEDGER, closed as well" in one["text"]
    assert one["text"].endswith("long BTC/USDT:USDT: 2, +4.00 USDT")
    assert one["buttons"][0][0]["text"] == "Close 2 long BTC/USDT:USDT: 200.00 USDT, unrealised +4.00"
    ours, strange = both["text"].split("NOT OURS BY THIS LEDGER")
    assert ("long ETH/USDT:USDT" in ours, "long BTC/USDT:USDT" in strange) == (True, True)
    assert both["buttons"][0][0]["text"].startswith("Close 2 positions")


async def test_a_close_of_ours_alone_does_not_mean_it(talk: Talk) -> None:
    """The command that the desk is given says what the question has named."""
    talk.account.opened(symbol=ETH)
    await _pressed(talk, "/close ETH", lambda: None)
    (given,) = talk.given

    assert isinstance(given, CommandGiven)
    assert (given.symbol, given.foreign) == (ETH, False)


@pytest.mark.parametrize(
    ("held", "note", "closed"),
    [("1.5", "done", [D("1.5")]), ("2.5", "things have changed", []), ("-2", "things have changed", [])],
)
async def test_a_press_closes_what_the_exchange_holds_then_and_no_more_than_was_named(
    talk: Talk, held: str, note: str, closed: list[Decimal]
) -> None:
    """It is read anew: less is closed as it is; more, or the other side, is asked about again."""

    def change() -> None:
        talk.shown = _shown(_held(held))

    assert note in await _pressed(talk, "/close BTC", change)
    assert [order.intent.quantity for order in talk.account.book.orders.values()] == closed


async def test_without_a_new_reading_nothing_is_closed(talk: Talk) -> None:
    """Nobody knows what is there: the person is told to close at the exchange, or to ask again."""

    def silence() -> None:
        talk.shown = None
        talk.wall.advance(1)

    assert "was not read yet" in await _pressed(talk, "/close BTC", silence)
    assert talk.given == []


async def test_orders_that_a_lost_ledger_has_left_are_named_and_cancelled(talk: Talk) -> None:
    """Without a position the button cancels them, and closes nothing."""
    _see(talk, orders=(stranger("tp" + "s" * 26),))
    async with listening(talk):
        said = await talk.ask("/close BTC", "1 orders that a lost ledger has left are cancelled.")
        await talk.api.press(said["message"], data=_data(said))
        await talk.heard("Confirmed")

    assert said["buttons"][0][0]["text"] == "Cancel 1 orders of a lost ledger"
    assert [type(intent).__name__ for intent in talk.account.book.unsettled.values()] == ["CancelOrder"]


async def test_why_tells_of_it_and_of_the_ways_out(talk: Talk) -> None:
    """What it is, that nothing protects it, what closes it and what takes it in."""
    async with listening(talk):
        said = await talk.ask("/why BTC", "no signal was decided lately")

    assert "in doubt: ForeignPosition: the account holds 2 long" in said["text"]
    assert (
        "the exchange holds long BTC/USDT:USDT, 2, which is not in this ledger: nothing here protects it"
        in said["text"]
    )
    assert (
        "/close BTC/USDT:USDT closes what the ledger does not know; `tradepods account adopt` takes it in."
        in said["text"]
    )
