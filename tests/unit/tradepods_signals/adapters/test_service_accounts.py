"""A cluster's tokens, made as the API server makes them, with real keys: only what is signed for us is believed."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL
from tradepods_core.errors import Permanent, Temporary
from tradepods_signals.adapters.jwks import SOONEST, KeySet, from_file
from tradepods_signals.adapters.service_accounts import ServiceAccountTokens, Trust, issuer_of
from tradepods_signals.ports.callers import Caller, Refused

ISSUER, AUDIENCE = "https://kubernetes.default.svc", "tradepods-signals"
RSA, STRANGER = (rsa.generate_private_key(public_exponent=65_537, key_size=2_048) for _ in range(2))
EC = ec.generate_private_key(ec.SECP256R1())
TRUST = Trust(
    issuer=ISSUER,
    audience=AUDIENCE,
    prefix="tradepods-",
    readers={"tradepods-system/operator"},
    admins={"ops/console"},
)


def _public(key: Any, key_id: str, algorithm: str) -> dict[str, Any]:
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**made, "kid": key_id, "use": "sig", "alg": algorithm}


JWKS = {"keys": [_public(RSA, "rsa-1", "RS256"), _public(EC, "ec-1", "ES256")]}


async def _never(_seconds: float) -> None:
    raise AssertionError


@pytest.fixture
async def gate(tmp_path: Path) -> ServiceAccountTokens:
    """Knows the cluster's keys from a file."""
    return await _gate(tmp_path)


async def _gate(folder: Path, *, keys: Mapping[str, Any] = JWKS) -> ServiceAccountTokens:
    (folder / "jwks.json").write_text(json.dumps(keys))
    found = KeySet(from_file(folder / "jwks.json"), sleep=_never)
    await found.load()
    return ServiceAccountTokens(keys=found, trust=TRUST, now=lambda: WALL)


def _claims(namespace: str = "team-a", name: str = "tradepods-bob", **changes: Any) -> dict[str, Any]:
    now = int(WALL.timestamp())
    return {
        "aud": [AUDIENCE],
        "iss": ISSUER,
        "exp": now + 3_600,
        "iat": now,
        "nbf": now,
        "sub": f"system:serviceaccount:{namespace}:{name}",
        "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": "u"}, "pod": {"name": "p"}},
        **changes,
    }


def _token(claims: Mapping[str, Any], *, key: Any = RSA, key_id: str | None = "rsa-1", algorithm: str = "RS256") -> str:
    return jwt.encode(dict(claims), key, algorithm=algorithm, headers={} if key_id is None else {"kid": key_id})


def test_the_issuer_is_the_one_of_the_services_own_token() -> None:
    """So that nobody has to know it; a file that holds something else is told, without what is in it."""
    assert issuer_of(_token(_claims(name="signals"))) == ISSUER
    for wrong in ("", "key-4711", _token({"aud": "a"}), _token({"iss": ""})):
        with pytest.raises(Permanent, match="give --issuer") as caught:
            issuer_of(wrong)
        assert "4711" not in str(caught.value)


@pytest.mark.parametrize(("key", "key_id", "algorithm"), [(RSA, "rsa-1", "RS256"), (EC, "ec-1", "ES256")])
async def test_a_workers_token_names_its_account(
    gate: ServiceAccountTokens, key: Any, key_id: str, algorithm: str
) -> None:
    """By its service account's namespace and name, without what all of them begin with; RSA and elliptic curves."""
    token = _token(_claims(), key=key, key_id=key_id, algorithm=algorithm)

    assert gate.caller(token) == Caller(role="worker", namespace="team-a", name="bob")


@pytest.mark.parametrize(
    ("namespace", "name", "role"),
    [("tradepods-system", "operator", "reader"), ("ops", "console", "admin")],
)
async def test_some_service_accounts_have_another_role(
    gate: ServiceAccountTokens, namespace: str, name: str, role: str
) -> None:
    """Those that the service was told; of the same name in another namespace it knows nothing."""
    assert gate.caller(_token(_claims(namespace, name))).role == role
    with pytest.raises(Refused, match="is no account's"):
        gate.caller(_token(_claims("elsewhere", name)))


def _unsigned() -> str:
    return jwt.encode(_claims(), key="", algorithm="none", headers={"kid": "rsa-1"})


def _confused() -> str:
    """Sealed by an HMAC whose key is the public key that everybody knows."""
    parts = (json.dumps({"alg": "HS256", "typ": "JWT", "kid": "rsa-1"}), json.dumps(_claims()))
    said = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    seal = hmac.digest(json.dumps(JWKS["keys"][0]).encode(), said.encode(), hashlib.sha256)
    return f"{said}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"


NOW = int(WALL.timestamp())
BAD = {
    "a stranger's signature": _token(_claims(), key=STRANGER),
    "no signature": _unsigned(),
    "an HMAC of the public key": _confused(),
    "an unknown key": _token(_claims(), key_id="rsa-2"),
    "no key's id": _token(_claims(), key_id=None),
    "another key's id": _token(_claims(), key_id="ec-1"),
    "another audience": _token(_claims(aud=["https://kubernetes.default.svc"])),
    "no audience": _token({k: v for k, v in _claims().items() if k != "aud"}),
    "another issuer": _token(_claims(iss="https://elsewhere")),
    "no end": _token({k: v for k, v in _claims().items() if k != "exp"}),
    "an end that is no time": _token(_claims(exp=NOW * 10**9)),
    "expired": _token(_claims(exp=NOW - 11)),
    "not yet": _token(_claims(nbf=NOW + 11)),
    "no account": _token(_claims() | {"kubernetes.io": {}}),
    "claims of no form": _token(_claims() | {"kubernetes.io": "bob"}),
    "two accounts": _token(_claims(sub="system:serviceaccount:team-a:tradepods-alice")),
    "another prefix": _token(_claims(name="default")),
    "garbage": "a.b.c",
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
async def test_anything_else_is_refused(gate: ServiceAccountTokens, token: str) -> None:
    """And the refusal holds nothing of it."""
    with pytest.raises(Refused) as caught:
        gate.caller(token)

    assert "eyJ" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("seconds", [-9, 3_599])
async def test_clocks_may_differ_a_little(gate: ServiceAccountTokens, seconds: int) -> None:
    """Ten seconds either way."""
    assert gate.caller(_token(_claims(exp=NOW + seconds))).name == "bob"


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=300))
def test_garbage_never_breaks_anything(text: str) -> None:
    """Whatever is sent as a token."""
    found = KeySet(from_file(Path("nowhere")), sleep=_never)
    with pytest.raises(Refused):
        ServiceAccountTokens(keys=found, trust=TRUST, now=lambda: WALL).caller(text)


async def test_keys_that_can_not_be_read_leave_those_that_are_known(tmp_path: Path) -> None:
    """A file that is being replaced, or is no JWKS, costs nobody the access that they have."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(JWKS))
    keys = KeySet(from_file(file), sleep=_never)
    await keys.load()
    for broken in ("", "{", "[]", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}', "x" * (2**20 + 1)):
        file.write_text(broken)
        with pytest.raises(Temporary, match="JWKS"):
            await keys.load()
    file.unlink()
    with pytest.raises(Temporary, match="can't read the JWKS"):
        await keys.load()

    assert keys.find("rsa-1") is not None


async def test_a_key_that_is_not_known_is_asked_for_soon() -> None:
    """Not at once: whoever sends garbage must not make the service ask and ask."""
    asked: list[int] = []
    slept: list[float] = []
    twice = asyncio.Event()

    async def source() -> bytes:
        asked.append(len(slept))
        if len(asked) == 2:
            twice.set()
        return json.dumps(JWKS).encode()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    keys = KeySet(source, sleep=sleep)
    running = asyncio.create_task(keys.run())
    async with asyncio.timeout(5):
        while not slept:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert keys.find("rsa-9") is None
        await twice.wait()
    running.cancel()

    assert (asked, slept[0]) == ([0, 1], SOONEST)
