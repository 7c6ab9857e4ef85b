"""Who asks: keys, signatures and timestamps, judged by the whole exchange over a real socket."""

from urllib.parse import urlencode

import pytest
from yarl import URL

from support.candle_history import WALL_MS
from support.signed_requests import ACCOUNT, BUY, ORDER, Client, ask, books, now, sealed, signed
from tradepods_simulator.exchange.binanceusdm.signing import KEY_HEADER

LISTEN_KEY = "/fapi/v1/listenKey"


@pytest.mark.parametrize(("method", "path", "params"), [("GET", ACCOUNT, {}), ("POST", ORDER, BUY)])
async def test_a_signed_request_is_answered(venue: Client, method: str, path: str, params: dict[str, str]) -> None:
    """Its parameters in the query or in the body, the signature behind them."""
    assert await ask(venue, signed(now(**params)), path=path, method=method) == (200, 0)


async def test_a_request_without_a_key_is_refused(venue: Client) -> None:
    """Signed or not."""
    assert await ask(venue, signed(now()), key=None) == (401, -2014)
    assert await ask(venue, "", path=LISTEN_KEY, method="POST", key=None) == (401, -2014)


async def test_an_unknown_key_is_refused(venue: Client) -> None:
    """Signed or not."""
    assert await ask(venue, signed(now()), key="stranger") == (401, -2015)
    assert await ask(venue, "", path=LISTEN_KEY, method="POST", key="stranger") == (401, -2015)


@pytest.mark.parametrize(
    "text",
    [
        signed(now(), secret="another"),
        signed(now())[:-1] + "x",
        signed(now()) + "0",
        signed(now()).replace("timestamp=1", "timestamp=2"),
        signed(now()).replace("&", "&recvWindow=60000&"),
        "signature=" + signed(now()).rpartition("=")[2],
    ],
    ids=["secret", "digit", "length", "value", "parameter", "alone"],
)
async def test_a_wrong_signature_is_refused(venue: Client, text: str) -> None:
    """Another secret, a changed parameter."""
    assert await ask(venue, text) == (400, -1022)


@pytest.mark.parametrize("text", ["", f"timestamp={WALL_MS}", f"timestamp={WALL_MS}&signature="])
async def test_a_signature_is_a_mandatory_parameter(venue: Client, text: str) -> None:
    """The venue names it, before it looks at anything else."""
    assert await ask(venue, text, about="signature") == (400, -1102)


async def test_a_signature_may_be_written_in_letters_of_any_case(venue: Client) -> None:
    """As the venue's documents say."""
    payload, _, signature = signed(now()).rpartition("=")

    assert await ask(venue, f"{payload}={signature.upper()}") == (200, 0)


async def test_the_query_comes_before_the_body(venue: Client) -> None:
    """A parameter in both is as the query has it; both are signed, one behind the other."""
    query, body = urlencode({**BUY, "quantity": "2"}), urlencode(now(**BUY))
    signature = sealed(query + body).rpartition("=")[2]
    headers = {KEY_HEADER: "bob-key", "Content-Type": "application/x-www-form-urlencoded"}
    answer = await venue.post(f"{ORDER}?{query}", data=f"{body}&signature={signature}", headers=headers)

    assert (answer.status, (await answer.json())["origQty"]) == (200, "2")


async def test_a_parameter_that_is_named_twice_is_refused(venue: Client) -> None:
    """Whichever of them was meant."""
    assert await ask(venue, sealed(f"{urlencode(now(**BUY))}&quantity=2"), path=ORDER, method="POST") == (400, -1101)


async def test_a_body_is_signed_as_a_query_is(venue: Client) -> None:
    """A changed quantity is another order, and is not placed."""
    text = signed(now(**BUY)).replace("quantity=1", "quantity=2")

    assert await ask(venue, text, path=ORDER, method="POST") == (400, -1022)
    assert (await books(venue))["fills"] == []


async def test_a_signature_of_other_letters_is_refused(venue: Client) -> None:
    """As any wrong one: in the query, where they are encoded, and in the body, where they are not."""
    text = signed(now(**BUY))[:-1] + "é"

    assert await ask(venue, text) == (400, -1022)
    assert await ask(venue, text, path=ORDER, method="POST") == (400, -1022)


@pytest.mark.parametrize("encoded", ["a%2Fb%20c", "a+b", "a/b", "%3d%3D", "%C3%A9", "%61"])
async def test_what_was_sent_is_what_was_signed(venue: Client, encoded: str) -> None:
    """Byte by byte, however a client encodes its parameters."""
    url = URL(f"{venue.make_url(ACCOUNT)}?{sealed(f'x={encoded}&timestamp={WALL_MS}')}", encoded=True)
    async with venue.session.get(url, headers={KEY_HEADER: "bob-key"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("behind_ms", "params", "code"),
    [
        (0, {}, 0),
        (5_000, {}, 0),
        (5_001, {}, -1021),
        (-1_000, {}, 0),
        (-1_001, {}, -1021),
        (2_500, {"recvWindow": 2_500}, 0),
        (2_501, {"recvWindow": 2_500}, -1021),
        (9_000, {"recvWindow": 10_000}, 0),
        (-1_001, {"recvWindow": 10_000}, -1021),
    ],
)
async def test_a_request_is_of_now(venue: Client, behind_ms: int, params: dict[str, int], code: int) -> None:
    """Not older than its window, five seconds by default; not more than a second ahead, whatever its window."""
    text = signed({**params, "timestamp": WALL_MS - behind_ms})

    assert await ask(venue, text) == ((400, -1021) if code else (200, 0))


@pytest.mark.parametrize("stamp", [{}, {"timestamp": ""}, {"timestamp": "now"}, {"timestamp": -1}])
async def test_a_request_says_when_it_was_signed(venue: Client, stamp: dict[str, object]) -> None:
    """In whole milliseconds."""
    assert await ask(venue, signed({"recvWindow": 5_000, **stamp})) == (400, -1102)


async def test_the_signature_is_judged_before_the_time(venue: Client) -> None:
    """Whoever can't sign learns nothing of the clock."""
    late = signed({"timestamp": WALL_MS - 60_000}, secret="another")

    assert await ask(venue, late) == (400, -1022)


async def test_a_listen_key_needs_the_key_only(venue: Client) -> None:
    """Asking again gives the same one, and keeps it alive."""
    keys = []
    for method in ("POST", "PUT"):
        answer = await venue.request(method, LISTEN_KEY, headers={KEY_HEADER: "bob-key"})
        keys.append((await answer.json())["listenKey"])

    assert keys[0] == keys[1] != ""


async def test_public_questions_need_no_key(venue: Client) -> None:
    """Time is the clock that signatures are held against."""
    answer = await venue.get("/fapi/v1/time")

    assert await answer.json() == {"serverTime": WALL_MS}


async def test_requests_are_counted_by_customer(venue: Client) -> None:
    """Those that were refused too; without a known key they are public."""
    await ask(venue, signed(now()))
    await ask(venue, "", about="signature")
    await ask(venue, "", key=None)
    public = (await (await venue.get("/admin/market")).json())["publicRequests"]

    assert (await books(venue))["requests"] == {f"GET {ACCOUNT}": 2}
    assert public == {f"GET {ACCOUNT}": 1}
