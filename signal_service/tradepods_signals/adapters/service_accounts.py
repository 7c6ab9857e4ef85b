"""A cluster's projected service-account tokens, verified offline: PyJWT alone knows their form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import jwt

from tradepods_core.errors import Permanent
from tradepods_core.times import EPOCH, Now
from tradepods_signals.ports.callers import Caller, Refused, Role

ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}  # of a key's own kind, whatever the token says
SKEW = timedelta(seconds=10)  # between the cluster's clock and ours
LATEST = 2**35  # seconds since 1970: the year 3058
CLAIMS = "kubernetes.io"
INVALID = "the token is not one that this service believes"


class Keys(Protocol):
    """The keys that a cluster signs with."""

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this id; None where it is not known (yet)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe.

    Attributes:
        prefix: what a worker's service account is called before the account's own name.
        readers: service accounts, as `namespace/name`, in the role reader; `admins` likewise.

    """

    issuer: str
    audience: str
    prefix: str = ""
    readers: Collection[str] = ()
    admins: Collection[str] = ()


class ServiceAccountTokens:
    """Knows whose a projected token is: a service account that is neither reader nor admin is an account's worker."""

    def __init__(self, *, keys: Keys, trust: Trust, now: Now) -> None:
        self._keys, self._trust, self._now = keys, trust, now

    def caller(self, token: str) -> Caller:
        """Whose it is; raises Refused."""
        claims = self._claims(token)
        self._check_times(claims)
        about = claims.get(CLAIMS)
        account = about.get("serviceaccount") if isinstance(about, Mapping) else None
        namespace = about.get("namespace") if isinstance(about, Mapping) else None
        name = account.get("name") if isinstance(account, Mapping) else None
        if not isinstance(namespace, str) or not isinstance(name, str):
            raise Refused("the token names no service account")
        if claims["sub"] != f"system:serviceaccount:{namespace}:{name}":
            raise Refused("the token's claims name two service accounts")
        return self._caller(namespace, name)

    def _caller(self, namespace: str, name: str) -> Caller:
        full = f"{namespace}/{name}"
        roles: list[tuple[Role, Collection[str]]] = [("admin", self._trust.admins), ("reader", self._trust.readers)]
        for role, names in roles:
            if full in names:
                return Caller(role=role, namespace=namespace, name=name)
        if not name.startswith(self._trust.prefix):
            raise Refused(f"the service account {full} is no account's")
        return Caller(role="worker", namespace=namespace, name=name.removeprefix(self._trust.prefix))

    def _claims(self, token: str) -> dict[str, Any]:
        """What the token says, once its signature, issuer and audience are right."""
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = self._keys.find(key_id) if isinstance(key_id, str) else None
            if key is None or key.key_type not in ALGORITHMS:
                raise Refused(INVALID)
            found: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHMS[key.key_type]],
                audience=self._trust.audience,
                issuer=self._trust.issuer,
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise Refused(INVALID) from None
        return found

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        """By our own clock, which is given."""
        if self._now() >= _moment(claims["exp"]) + SKEW:
            raise Refused("the token has expired")
        if self._now() < _moment(claims.get("nbf", 0)) - SKEW:
            raise Refused("the token is not valid yet")


def issuer_of(token: str) -> str:
    """Who has issued a token that the cluster gave to this service itself; raises Permanent."""
    try:
        found = jwt.decode(token, options={"verify_signature": False})["iss"]
    except (jwt.InvalidTokenError, KeyError):
        found = None
    if not isinstance(found, str) or not found:
        raise Permanent("--jwks-token names no issuer: give --issuer")
    return found


def _moment(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < LATEST:
        raise Refused(INVALID)
    return EPOCH + timedelta(seconds=seconds)
