"""What a refusal of the venue means: every code of its list, and the answers of which the status says more."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL, later
from tradepods_core.book.intents import Accepted, Rejected, Throttled, Unknown
from tradepods_core.times import to_ms
from tradepods_worker.adapters.venues.binanceusdm.codes import LISTED, MEANINGS, Meaning
from tradepods_worker.adapters.venues.binanceusdm.errors import Refused, Ruling, meaning_of, ruling_of

# The venue's list of error codes for USD-M futures, June 2026; single numbers and ranges.
OFFICIAL = """
1000-1008 1010-1011 1013-1016 1020-1023 1099 1100-1106 1108-1122 1125-1128 1130 1136
2010-2028
4000-4033 4044-4088 4104 4109 4114-4118 4120 4131 4135 4137-4142 4144 4161 4164-4165 4167-4172 4183-4184 4192
4202-4203 4205-4206 4208-4211 4400-4403
5021-5022 5024-5029 5037-5041 5043
"""
FORBIDDEN = "User can only place reduce only order"


def _official() -> list[int]:
    spans = (part.partition("-") for part in OFFICIAL.split())
    return [-n for first, _, last in spans for n in range(int(first), int(last or first) + 1) if n not in (1009, 1012)]


def _refused(code: int | None, text: str = "because", *, status: int = 400, retry: str = "") -> Refused:
    body = text if code is None else f'{{"code":{code},"msg":"{text}"}}'
    return Refused(status=status, headers={"Retry-After": retry} if retry else {}, text=body)


def _ruling(code: int | None, text: str = "because", *, status: int = 400, retry: str = "") -> Ruling:
    return ruling_of(_refused(code, text, status=status, retry=retry), now=WALL)


@pytest.mark.parametrize("code", _official())
def test_every_code_of_the_venues_list_is_in_the_table(code: int) -> None:
    """None is left to chance, and none is ambiguous that the venue has decided."""
    assert code in MEANINGS
    assert meaning_of(_refused(code)) == MEANINGS[code]


def test_no_code_has_two_meanings() -> None:
    """A later line would win over an earlier one without a word."""
    assert [code for code, times in Counter(chain.from_iterable(LISTED.values())).items() if times > 1] == []


@pytest.mark.parametrize(
    ("meaning", "codes"),
    [
        ("ambiguous", [-1000, -1001, -1006, -1007]),
        ("busy", [-1008, -1016]),
        ("address_limit", [-1003]),
        ("order_limit", [-1015]),
        ("too_late", [-1021, -5028]),
        ("credentials", [-1002, -1022, -2014, -2015, -2017]),
        ("precision", [-1111, -4014, -4023]),
        ("too_small", [-4003, -4004, -4164]),
        ("too_large", [-2027, -4005]),
        ("insufficient_margin", [-2018, -2019, -4050, -4051]),
        ("would_trigger", [-2021, -4142]),
        ("reduce_only", [-2022, -2024, -4118]),
        ("too_many_orders", [-2025, -4045]),
        ("duplicate_id", [-4116]),
        ("unknown_order", [-2011, -2013]),
        ("position_mode", [-4061]),
        ("unchanged", [-4046, -4059, -4171]),
        ("stream_expired", [-1125]),
        ("other", [-1102, -1121, -2010, -4060, -4087, -4120, -4131, -4141, -4192, -4400, -4401, -5021, -5022, -5040]),
    ],
)
def test_a_code_means_what_its_request_can_do_about_it(meaning: Meaning, codes: list[int]) -> None:
    """What decides over a position is spelt out here a second time."""
    assert {MEANINGS[code] for code in codes} == {meaning}


@pytest.mark.parametrize(
    ("refused", "meaning"),
    [
        (_refused(-1003, status=400), "address_limit"),
        (_refused(-1003, status=429), "address_limit"),
        (_refused(-1015, status=400), "order_limit"),
        (_refused(-1015, status=429), "order_limit"),
        (_refused(-1015, status=418), "address_limit"),
        (_refused(None, "", status=429), "address_limit"),
        (_refused(None, "<html>", status=418), "address_limit"),
        (_refused(-1008, "Request throttled by system-level protection.", status=503), "busy"),
        (_refused(-1008, status=400), "busy"),
        (_refused(0, "Service Unavailable.", status=503), "busy"),
        (_refused(-1000, "Service Unavailable.", status=503), "busy"),
        (_refused(-1000, "Service Unavailable.", status=400), "ambiguous"),
        (_refused(None, "Service Unavailable.", status=503), "ambiguous"),
        (_refused(-1000, "Unknown error, please check your request or try again later.", status=503), "ambiguous"),
        (_refused(-1001, "Internal error; unable to process your request. Please try again.", status=503), "ambiguous"),
        (_refused(-2019, status=503), "insufficient_margin"),
        (_refused(-9999, status=400), "other"),
        (_refused(-9999, status=200), "other"),
        (_refused(-9999, status=500), "ambiguous"),
        (_refused(-9999, status=503), "ambiguous"),
        (_refused(-9999, status=408), "ambiguous"),
        (_refused(None, "<html>Bad Gateway</html>", status=502), "ambiguous"),
        (_refused(None, "", status=403), "ambiguous"),
    ],
)
def test_the_status_decides_where_the_code_does_not(refused: Refused, meaning: Meaning) -> None:
    """What a proxy wrote proves nothing; what the venue says it did not look at was not carried out."""
    assert meaning_of(refused) == meaning


@pytest.mark.parametrize(
    ("code", "status", "retry", "address", "orders"),
    [
        (-1003, 429, "37", later(37), None),
        (-1003, 429, "", later(5), None),
        (-1003, 418, "", later(120), None),
        (-1003, 418, "99999999", WALL + timedelta(days=3), None),
        (-1003, 418, "soon", later(120), None),
        (-1015, 400, "", None, later(10)),
        (-1015, 429, "4", None, later(4)),
        (-1008, 503, "", None, None),
    ],
)
def test_a_limit_is_for_the_address_or_for_the_accounts_orders(
    code: int, status: int, retry: str, address: datetime | None, orders: datetime | None
) -> None:
    """For as long as the venue says; an overload is for that request alone."""
    ruling = _ruling(code, status=status, retry=retry)

    assert (ruling.address_until, ruling.orders_until) == (address, orders)
    assert isinstance(ruling.outcome, Throttled)
    assert ruling.outcome.until == (address or orders or later(0.2))


@pytest.mark.parametrize(
    ("said", "until"), [(later(900), later(900)), (later(-9), later(5)), (later(10**7), WALL + timedelta(days=3))]
)
def test_a_ban_that_is_only_told_in_words_is_heard(said: datetime, until: datetime) -> None:
    """Without a Retry-After; bounded by the venue's longest ban."""
    ruling = _ruling(-1003, f"Way too many requests; IP(1.2.3.4) banned until {to_ms(said)}.", status=418)

    assert ruling.address_until == until


def test_what_is_already_as_it_should_be_is_accepted() -> None:
    """No need to change margin type."""
    assert _ruling(-4046).outcome == Accepted()


def test_a_refusal_is_told_in_the_venues_words() -> None:
    """Code and sentence, for the person."""
    assert _ruling(-4087, FORBIDDEN).outcome == Rejected(code="other", message=f"-4087 {FORBIDDEN}")


BODIES = st.one_of(st.text(max_size=60), st.integers(-6_000, 100).map(lambda code: f'{{"code":{code},"msg":"m"}}'))
KINDS: Mapping[str, type] = {"ambiguous": Unknown, "busy": Throttled, "unchanged": Accepted}


@given(status=st.integers(200, 599), text=BODIES, retry=st.text(max_size=12))
def test_every_answer_leads_to_exactly_one_outcome(status: int, text: str, retry: str) -> None:
    """Whatever the venue, or a proxy, writes."""
    refused = Refused(status=status, headers={"retry-after": retry}, text=text)
    ruling = ruling_of(refused, now=WALL)
    expected = KINDS.get(meaning_of(refused), Throttled if "limit" in meaning_of(refused) else Rejected)

    assert type(ruling.outcome) is expected
    assert ruling.address_until is None or ruling.address_until <= WALL + timedelta(days=3)


def test_numbers_without_end_are_no_numbers() -> None:
    """A code or a header of thousands of figures is garbage from the network: what became of the order is unknown."""
    endless = "9" * 5_000
    text = f'{{"code":-{endless},"msg":"because"}}'
    found = ruling_of(Refused(status=500, headers={"Retry-After": endless}, text=text), now=WALL)
    assert isinstance(found.outcome, Unknown)
    limited = ruling_of(Refused(status=429, headers={"Retry-After": endless}, text=text), now=WALL)
    assert limited.address_until == later(5)
