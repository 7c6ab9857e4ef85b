"""What differs between two manifests of one account, and what of it can't apply while the worker runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradepods_core.errors import Problem
from tradepods_core.field_rules import Cel
from tradepods_core.settings.account import AccountSpec

FIXED = ("exchange.id", "exchange.environment", "exchange.url", "ledger.type")  # who the account is
FIXED_CEL = tuple(
    Cel(
        rule=f"self.{path} == oldSelf.{path}",
        message=f"{path} can't be changed: write what it was, or make a new TradingAccount",
        field=path,
    )
    for path in FIXED
)
AT_START = (
    "exchange.proxySecretRef",
    "credentialsSecretRef",
    "telegram.secretRef",
    "telegram.apiUrl",
    "ledger.secretRef",
    "logLevel",
)
NAMELESS = ("secretRef", "credentialsSecretRef", "proxySecretRef")


def differences(before: AccountSpec, after: AccountSpec) -> tuple[str, ...]:
    """Each changed field, as `entryPct 5 -> 7`; where secrets are kept is not told."""
    old, new = _flat(before), _flat(after)
    paths = [*old, *(path for path in new if path not in old)]
    return tuple(_told(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def fixed(before: AccountSpec, after: AccountSpec) -> list[Problem]:
    """The changes that make it another account."""
    return [
        Problem(field=f"spec.{path}", value=str(_at(after, path)), fix=f"can't be changed: write {_at(before, path)}")
        for path in FIXED
        if _at(before, path) != _at(after, path)
    ]


def at_start(started_with: AccountSpec, now: AccountSpec) -> tuple[str, ...]:
    """The fields whose new value waits for the worker's next start."""
    telegram = (started_with.telegram is None) != (now.telegram is None)
    changed = tuple(path for path in AT_START if _at(started_with, path) != _at(now, path))
    return ("telegram",) if telegram else changed


def _at(spec: AccountSpec, path: str) -> Any:
    value: Any = spec.model_dump(mode="json", by_alias=True)
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _flat(spec: AccountSpec) -> Mapping[str, object]:
    return dict(_leaves("", spec.model_dump(mode="json", by_alias=True)))


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and path.rpartition(".")[2] not in NAMELESS:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner)
    else:
        yield path, value


def _told(path: str, old: object, new: object) -> str:
    if path.rpartition(".")[2] in (*NAMELESS, "chatIds", "viewerChatIds"):
        return f"{path} changed"
    return f"{path} {_shown(old)} -> {_shown(new)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "[]"
    return "none" if value in (None, "") else str(value)
