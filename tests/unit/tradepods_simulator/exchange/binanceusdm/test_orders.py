"""Orders: amounts that are none, and orders that are looked up by an id of the client's own."""

import pytest
from yarl import URL

from support.signed_requests import ALGO_ORDER, BUY, ORDER, Client, ask, books, now, signed
from tradepods_simulator.exchange.binanceusdm.signing import KEY_HEADER

STOP = {**BUY, "side": "SELL", "type": "STOP_MARKET", "algoType": "CONDITIONAL", "workingType": "MARK_PRICE"}
NONE = ["NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "inf", "one", "1,5", " "]


@pytest.mark.parametrize("quantity", NONE)
async def test_a_quantity_that_is_no_number_is_refused(venue: Client, quantity: str) -> None:
    """Also one that only a computer would call a number; nothing is bought."""
    order = signed(now(**{**BUY, "quantity": quantity}))

    assert await ask(venue, order, path=ORDER, method="POST", about="quantity") == (400, -1102)
    assert (await books(venue))["fills"] == []


@pytest.mark.parametrize("trigger", [*NONE, ""])
async def test_a_trigger_that_is_no_number_is_refused(venue: Client, trigger: str) -> None:
    """As a quantity is; nothing rests, while the same order with a number does."""
    bad, good = (signed(now(**STOP, triggerPrice=price)) for price in (trigger, "90"))

    assert await ask(venue, bad, path=ALGO_ORDER, method="POST", about="triggerPrice") == (400, -1102)
    assert (await books(venue))["resting"] == []
    assert await ask(venue, good, path=ALGO_ORDER, method="POST") == (200, 0)
    assert [order["kind"] for order in (await books(venue))["resting"]] == ["stop_market"]


@pytest.mark.parametrize("quantity", ["0", "-1", "-0.001"])
async def test_a_quantity_of_nothing_or_less_is_refused(venue: Client, quantity: str) -> None:
    """In the venue's own words for it."""
    order = signed(now(**{**BUY, "quantity": quantity}))

    assert await ask(venue, order, path=ORDER, method="POST") == (400, -4003)


@pytest.mark.parametrize("identifier", ["plain-1", "a/b:c", "x.Y_z-0", "a" * 36])
async def test_an_order_is_found_by_the_clients_own_id(venue: Client, identifier: str) -> None:
    """Of another id there is none."""
    placed = signed(now(**BUY, newClientOrderId=identifier))
    assert await ask(venue, placed, path=ORDER, method="POST") == (200, 0)

    assert await _looked_up(venue, identifier) == identifier
    assert await _looked_up(venue, f"{identifier}?") == -2013


@pytest.mark.parametrize("identifier", ["a b", "a&b=c", "a+b%", "é", "a" * 37])
async def test_an_id_that_the_venue_does_not_take_is_refused(venue: Client, identifier: str) -> None:
    """Other characters, or too many: signed as it was encoded, so it is read as it was meant."""
    order = signed(now(**BUY, newClientOrderId=identifier))

    assert await ask(venue, order, path=ORDER, method="POST") == (400, -4015)


async def _looked_up(venue: Client, identifier: str) -> str | int:
    """The client's id of the order found, or the code of the refusal."""
    text = signed(now(symbol="BTCUSDT", origClientOrderId=identifier))
    url = URL(f"{venue.make_url(ORDER)}?{text}", encoded=True)
    async with venue.session.get(url, headers={KEY_HEADER: "bob-key"}) as answer:
        found = await answer.json()
    return found.get("code") or str(found["clientOrderId"])
