"""Tokens of our own: only what a known key has sealed is believed, until it expires."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL, later
from tradepods_signals.engine.tokens import LONGEST, HmacTokens, Tokens, issue
from tradepods_signals.ports.callers import Caller, Refused

OLD, NEW, WRONG = (f"a key of the {name} kind, long enough".encode() for name in ("old", "new", "wrong"))
BOB = Caller(role="worker", namespace="default", name="bob")
HOUR = later(3600)


def _gate(keys: Mapping[str, bytes] | None = None, *, now: datetime = WALL) -> Tokens:
    return Tokens(own=HmacTokens(keys=lambda: keys or {"new": NEW}, now=lambda: now), cluster=None)


def _token(caller: Caller = BOB, *, key_id: str = "new", key: bytes = NEW, expires: datetime = HOUR) -> str:
    return issue(caller, key_id=key_id, key=key, expires=expires)


@pytest.mark.parametrize(
    "caller",
    [BOB, Caller(role="reader", namespace="", name="the person"), Caller(role="admin", namespace="ops", name="eve")],
)
def test_a_token_names_who_it_was_made_for(caller: Caller) -> None:
    """Role, namespace and name, as they were sealed; in letters that a header may hold."""
    token = _token(caller)

    assert _gate().caller(token) == caller
    assert token.isascii()
    assert not set(token) & set(" |\r\n")


def test_two_keys_are_accepted_while_one_replaces_the_other() -> None:
    """The old one's tokens go on until the key is taken away."""
    old = _token(key_id="old", key=OLD)

    assert _gate({"old": OLD, "new": NEW}).caller(old) == BOB
    with pytest.raises(Refused):
        _gate({"new": NEW}).caller(old)


@pytest.mark.parametrize(("seconds", "believed"), [(3599, True), (3600, False)])
def test_a_token_ends(seconds: int, believed: bool) -> None:
    """At its expiry, not after it."""
    gate = _gate(now=later(seconds))
    if believed:
        assert gate.caller(_token()) == BOB
        return
    with pytest.raises(Refused, match="expired"):
        gate.caller(_token())


def _changed(**parts: str) -> str:
    """Bob's token with another payload under the same seal."""
    fields = {"kid": "new", "role": "worker", "namespace": "default", "name": "bob", "expiry": "9999999999"} | parts
    payload = base64.urlsafe_b64encode("|".join(fields.values()).encode()).decode().rstrip("=")
    return f"{payload}.{_token().split('.')[1]}"


@pytest.mark.parametrize(
    "token",
    {
        "nothing": "",
        "no seal": _token().split(".")[0],
        "another seal": _token(key=WRONG),
        "an unknown key": _token(key_id="gone"),
        "another role": _changed(role="admin"),
        "another name": _changed(name="alice"),
        "a longer life": _changed(expiry="99999999999"),
        "an empty seal": _token().split(".")[0] + ".",
        "three parts": _token() + ".x",
        "no letters of base 64": "ä.ö",
        "too long": "a" * LONGEST + ".a",
    }.values(),
)
def test_what_no_key_has_sealed_is_refused(token: str) -> None:
    """And what stood in it is not told."""
    with pytest.raises(Refused) as caught:
        _gate().caller(token)

    assert str(caught.value) == "the token is not one of ours"


@given(st.text(max_size=200))
def test_garbage_is_refused_and_never_breaks_anything(garbage: str) -> None:
    """Whatever is sent as a token."""
    with pytest.raises(Refused):
        _gate().caller(garbage)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_changed_bit_is_enough(at: int, bit: int) -> None:
    """Anywhere in what was sealed, or in the seal."""
    payload, seal = (bytearray(base64.urlsafe_b64decode(part + "==")) for part in _token().split("."))
    whole = payload + seal
    whole[at % len(whole)] ^= 1 << bit
    parts = (whole[: len(payload)], whole[len(payload) :])
    changed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    with pytest.raises(Refused):
        _gate().caller(changed)


def test_a_name_can_not_be_written_so_that_it_reads_as_another() -> None:
    """The sign between the parts belongs to nobody's name."""
    with pytest.raises(ValueError, match="no part of a token"):
        _token(Caller(role="worker", namespace="default|bob", name=""), expires=WALL + timedelta(hours=1))
