"""A folder of YAML becomes accounts, strategies and secrets, or every problem in it with file and path."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tradepods_cli.documents import ENDINGS, documents_of
from tradepods_core.errors import Invalid, Permanent, Problem
from tradepods_core.manifest import API_VERSION, Manifest, read_manifest
from tradepods_core.reading import shown
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.database import DATABASE_KEY, read_database
from tradepods_core.settings.parts import SecretRef
from tradepods_core.settings.proxy import PROXY_KEY, read_proxy
from tradepods_core.settings.reading import read_account
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy

OURS = ("TradingAccount", "TradingStrategy")
SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")  # as Kubernetes has it: each becomes a file of that name
SecretData = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One TradingAccount with the secrets that it refers to."""

    namespace: str
    name: str
    spec: AccountSpec
    document: Mapping[str, Any]
    credentials: SecretData
    proxy: SecretData
    telegram: SecretData
    ledger: SecretData
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> tuple[SecretData, ...]:
        """All of them."""
        return self.credentials, self.proxy, self.telegram, self.ledger

    @property
    def key(self) -> str:
        """`{namespace}/{name}`."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All that a folder declares."""

    accounts: tuple[Account, ...]
    strategies: tuple[Strategy, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A document and where it stands."""

    file: str
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Url:
    """A field that refers to a Secret, the key in it under which an url stands, what that names, and its reader."""

    field: str
    key: str
    names: str
    read: Callable[[str], object]


DATABASE = _Url("ledger.secretRef", DATABASE_KEY, "database", read_database)
PROXY = _Url("exchange.proxySecretRef", PROXY_KEY, "proxy", read_proxy)  # needed wherever there are keys to be used


def load(folder: Path) -> Fleet:
    """Read and check a folder; raises Invalid with every problem, Permanent where there is no such folder."""
    found, problems = _read(folder)
    secrets: dict[tuple[str, str], SecretData] = {}
    accounts: list[Account] = []
    strategies: list[Strategy] = []
    for entry in sorted(found, key=lambda entry: entry.manifest.kind != "Secret"):  # accounts refer to secrets
        try:
            _take(entry.manifest, secrets, accounts, strategies)
        except Invalid as error:
            problems += _placed(entry.file, error.problems)
    problems += _repeated(found)
    if problems:
        raise Invalid(problems)
    return Fleet(accounts=tuple(accounts), strategies=tuple(strategies))


def _read(folder: Path) -> tuple[list[_Found], list[Problem]]:
    found: list[_Found] = []
    problems: list[Problem] = []
    for file in files_of(folder):
        try:
            found += [_Found(file.name, manifest_of(document)) for document in documents_of(file)]
        except Invalid as error:
            problems += _placed(file.name, error.problems)
    return found, problems


def manifest_of(document: object) -> Manifest:
    """One manifest. What is wrong with a document that may be a Secret is said without its values."""
    try:
        return read_manifest(document)
    except Invalid as error:
        if isinstance(document, dict) and document.get("kind") in OURS:
            raise
        raise Invalid(Problem(field=p.field, value="", fix=p.fix) for p in error.problems) from None


def files_of(place: Path) -> list[Path]:
    """The YAML files of a folder, or the one file; raises Permanent where there is neither."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise Permanent(f"{place}: no such file or folder")
    return sorted(path for path in place.iterdir() if path.is_file() and path.suffix in ENDINGS)


def _take(
    manifest: Manifest,
    secrets: dict[tuple[str, str], SecretData],
    accounts: list[Account],
    strategies: list[Strategy],
) -> None:
    match manifest.kind:
        case "Secret":
            if manifest.api_version != "v1":
                raise Invalid(
                    [Problem(field="apiVersion", value=shown(manifest.api_version).strip('"'), fix="write v1")]
                )
            secrets[manifest.namespace, manifest.name] = secret_data(manifest)
        case "TradingAccount":
            check_version(manifest)
            accounts.append(_account(manifest, secrets))
        case "TradingStrategy":
            check_version(manifest)
            spec = read_strategy(manifest.spec)
            strategies.append(Strategy(namespace=manifest.namespace, name=manifest.name, spec=spec))
        case other:
            fix = "expected TradingAccount, TradingStrategy or Secret"
            raise Invalid([Problem(field="kind", value=shown(other).strip('"'), fix=fix)])


def check_version(manifest: Manifest) -> None:
    """Raise Invalid for a manifest of another version of our kinds."""
    if manifest.api_version != API_VERSION:
        raise Invalid([Problem(field="apiVersion", value=manifest.api_version, fix=f"write {API_VERSION}")])


def secret_data(manifest: Manifest) -> SecretData:
    """`stringData` as it is, `data` decoded. No value of it is ever in a message."""
    plain = manifest.body.get("stringData") or {}
    encoded = manifest.body.get("data") or {}
    if not isinstance(plain, dict) or not isinstance(encoded, dict):
        raise Invalid([Problem(field="stringData", value="", fix="write a mapping of keys to texts")])
    for key in (*plain, *encoded):
        if not isinstance(key, str) or not SECRET_KEY.fullmatch(key) or key in (".", ".."):
            fix = "a key has letters, digits, '-', '_' and '.' only, such as apiKey"
            raise Invalid([Problem(field="stringData", value=shown(key), fix=fix)])
    return {
        **{key: _decoded(key, value) for key, value in encoded.items()},
        **{key: _text(key, value) for key, value in plain.items()},
    }


def _text(key: str, value: object) -> str:
    """Kubernetes takes texts only: a number in YAML may have lost its leading zeros already."""
    if isinstance(value, str):
        return value
    raise Invalid([Problem(field=f"stringData.{key}", value="", fix="write a text: put it in quotes")])


def _decoded(key: str, value: object) -> str:
    try:
        return base64.b64decode(_text(key, value).encode("ascii"), validate=True).decode()
    except (binascii.Error, ValueError):
        fix = "is not the base64 of a text: write it in stringData"
        raise Invalid([Problem(field=f"data.{key}", value="", fix=fix)]) from None


def _account(manifest: Manifest, secrets: Mapping[tuple[str, str], SecretData]) -> Account:
    spec = read_account(manifest.spec)
    telegram = None if spec.telegram is None else spec.telegram.secret_ref
    needed = () if spec.dry_run else ("apiKey", "apiSecret")
    credentials = _referred(manifest, "credentialsSecretRef", spec.credentials_secret_ref, secrets, needed)
    return Account(
        namespace=manifest.namespace,
        name=manifest.name,
        spec=spec,
        document=manifest.spec,
        credentials=credentials,
        proxy=_checked(
            manifest, PROXY, spec.exchange.proxy_secret_ref, secrets, needed=bool(credentials.get("apiKey"))
        ),
        telegram=_referred(manifest, "telegram.secretRef", telegram, secrets, ("botToken",)),
        ledger=_checked(manifest, DATABASE, spec.ledger.secret_ref, secrets),
        annotations=(manifest.body.get("metadata") or {}).get("annotations") or {},
    )


def _checked(
    manifest: Manifest,
    url: _Url,
    reference: SecretRef | None,
    secrets: Mapping[tuple[str, str], SecretData],
    *,
    needed: bool = True,
) -> SecretData:
    """The Secret in which an url stands; where it does, it must be right."""
    found = _referred(manifest, url.field, reference, secrets, (url.key,) if needed else ())
    try:
        if url.key in found:
            url.read(found[url.key].strip())
    except Invalid as error:
        name, fix = "" if reference is None else reference.name, error.problems[0].fix
        problem = Problem(field=f"spec.{url.field}.name", value=name, fix=f"its {url.key} names no {url.names}: {fix}")
        raise Invalid([problem]) from None
    return found


def _referred(
    manifest: Manifest,
    field: str,
    reference: SecretRef | None,
    secrets: Mapping[tuple[str, str], SecretData],
    needed: Iterable[str],
) -> SecretData:
    """The Secret that a field names, with the keys that it needs; a dry run's credentials may be missing."""
    if reference is None:
        return {}
    found = secrets.get((manifest.namespace, reference.name), {})
    missing = [key for key in needed if not found.get(key, "").strip()]
    if missing:
        fix = f"no Secret of this name with {', '.join(missing)} in namespace {manifest.namespace}: add it"
        raise Invalid([Problem(field=f"spec.{field}.name", value=reference.name, fix=fix)])
    return found


def _repeated(found: Iterable[_Found]) -> Iterator[Problem]:
    """The same resource twice."""
    seen: dict[tuple[str, str, str], str] = {}
    for entry in found:
        manifest = entry.manifest
        key = (manifest.kind, manifest.namespace, manifest.name)
        if key in seen:
            fix = f"{manifest.kind} stands in {seen[key]} already: keep one"
            yield Problem(field=f"{entry.file}: metadata.name", value=manifest.name, fix=fix)
        seen.setdefault(key, entry.file)


def _placed(file: str, problems: Iterable[Problem]) -> list[Problem]:
    return [Problem(field=f"{file}: {p.field}", value=p.value, fix=p.fix) for p in problems]
