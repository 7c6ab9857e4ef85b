"""Which keys of which Secrets an account uses; whether they are there; and a digest that says when one changed."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from tradepods_core.errors import Invalid, Permanent, Temporary
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.database import DATABASE_KEY, read_database
from tradepods_core.settings.proxy import PROXY_KEY, read_proxy
from tradepods_operator.engine.observed import Account, Secrets, SecretSeen
from tradepods_operator.ports import Document

NOTHING = Secrets()
Found = Document | Permanent | Temporary | None  # a Secret, or why it can't be read; None where there is none
UNIQUE = {"apiKey": "credentialsSecretRef", "botToken": "telegram.secretRef"}  # no two accounts may share these


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretUse:
    """One reference.

    Attributes:
        option: of the worker's command line, that takes the folder.
        needed: whether there is no worker without it.

    """

    field: str
    option: str
    name: str
    keys: tuple[str, ...]
    needed: bool = True


def uses(spec: AccountSpec) -> tuple[SecretUse, ...]:
    """All references of an account. A dry run's keys may be missing, and its proxy with them."""
    live, telegram = not spec.dry_run, None if spec.telegram is None else spec.telegram.secret_ref
    rows = (
        ("credentialsSecretRef", "credentials", spec.credentials_secret_ref, ("apiKey", "apiSecret"), live),
        ("exchange.proxySecretRef", "proxy", spec.exchange.proxy_secret_ref, (PROXY_KEY,), live),
        ("telegram.secretRef", "telegram", telegram, ("botToken",), True),
        ("ledger.secretRef", "ledger", spec.ledger.secret_ref, (DATABASE_KEY,), True),
    )
    return tuple(
        SecretUse(field=field, option=option, name=ref.name, keys=keys, needed=needed)
        for field, option, ref, keys, needed in rows
        if ref is not None
    )


def look(account: Account, documents: Mapping[str, Found], *, fleet: UUID, known: Secrets = NOTHING) -> Secrets:
    """What is known of an account's Secrets, given by name, or why one can't be read. Their values end here.

    Whose Secret can't be read any more goes on with what it had: what was `known` of that is nobody else's.
    """
    if account.spec is None:
        return Secrets()
    seen: list[SecretSeen] = []
    values: list[tuple[str, str, str]] = []
    marks: dict[str, str] = {}
    for use in uses(account.spec):
        document = documents.get(use.name)
        if isinstance(document, Permanent | Temporary):
            seen.append(SecretSeen(field=use.field, name=use.name, wrong=_unreadable(use, account, document)))
            marks |= {field: mark for field, mark in known.marks.items() if field == use.field}
            continue
        data, wrong = _data(use, document)
        seen.append(SecretSeen(field=use.field, name=use.name, wrong=wrong))
        values += [(use.field, key, data.get(key, b"").hex()) for key in use.keys]
        marks |= _marks(data, account.spec, fleet)
    whole = not any(one.wrong for one in seen)
    salt = str(account.identity(fleet))
    return Secrets(seen=tuple(seen), digest=_hash(salt, repr(values)) if whole and seen else "", marks=marks)


def marks_in(document: Document | None, keys: tuple[str, ...], *, fleet: UUID) -> frozenset[str]:
    """Of what no two accounts may share in a Secret whose account is gone: whether it traded can't be told any more."""
    held = {} if document is None else dict(_decoded(keys, document))
    return frozenset(_mark(fleet, held[key]) for key in UNIQUE if held.get(key, b"").strip())


def _unreadable(use: SecretUse, account: Account, why: Permanent | Temporary) -> str:
    if isinstance(why, Temporary):
        return f"Secret {use.name} can't be read just now: {why}"
    return (
        f"the operator may not read Secret {use.name}: add the namespace {account.key.namespace} to "
        "rbac.accountNamespaces of the operator's chart"
    )


def _marks(data: Mapping[str, bytes], spec: AccountSpec, fleet: UUID) -> Mapping[str, str]:
    """A dry run trades with nobody: its key may be another account's; a bot listens to one of its readers only."""
    unique = [key for key in UNIQUE if key == "botToken" or not spec.dry_run]
    return {UNIQUE[key]: _mark(fleet, data[key]) for key in unique if data.get(key, b"").strip()}


def _mark(fleet: UUID, value: bytes) -> str:
    return _hash(str(fleet), value.strip().hex())


def _data(use: SecretUse, document: Document | None) -> tuple[Mapping[str, bytes], str]:
    """The keys in use, and what is wrong: the name of a key may be said, a value never."""
    if document is None:
        return {}, f"no Secret {use.name}: create it" if use.needed else ""
    if document.get("type", "Opaque") != "Opaque":
        return {}, f"Secret {use.name} is of another type than Opaque: create one of that type"
    data = dict(_decoded(use.keys, document))
    missing = [key for key in use.keys if not data.get(key, b"").strip()]
    if missing:
        return data, f"Secret {use.name} lacks {', '.join(missing)}: add it" if use.needed else ""
    return data, _misread(use, data)


def _decoded(keys: tuple[str, ...], document: Document) -> Iterator[tuple[str, bytes]]:
    for key in keys:
        try:
            yield key, base64.b64decode((document.get("data") or {}).get(key, ""), validate=True)
        except (binascii.Error, ValueError):
            yield key, b""


def _misread(use: SecretUse, data: Mapping[str, bytes]) -> str:
    """What a worker could not read either, and would end at."""
    for key in use.keys:
        try:
            text = data[key].decode().strip()
            if use.option == "proxy":
                read_proxy(text)
            if use.option == "ledger":
                read_database(text)
        except UnicodeDecodeError:
            return f"Secret {use.name}: {key} is no text"
        except Invalid as error:
            return f"Secret {use.name}: its {key} can't be used: {error.problems[0].fix}"
    return ""


def _hash(salt: str, content: str) -> str:
    return hashlib.sha256(f"{salt}/{content}".encode()).hexdigest()[:32]
