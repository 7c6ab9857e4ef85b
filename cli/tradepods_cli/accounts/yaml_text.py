"""Manifests as a person would write them: a comment to each setting, every text quoted where YAML would misread it."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
COMMENTS: Mapping[str, str] = {
    "exchange": "where the account is; can't be changed later",
    "credentialsSecretRef": "the Secret with apiKey and apiSecret",
    "telegram": "the account's own bot; chatIds may command it",
    "dryRun": "true: paper fills on live prices. false trades real money",
    "acknowledgeLiveTrading": "said twice on purpose",
    "paper": "what the dry run starts with",
    "autoExit": "true: stop and take-profit rest on the exchange",
    "entryPct": "margin of an entry, % of the available balance",
    "riskPct": "an entry's stop costs at most this % of equity; 0: entryPct alone decides",
    "maxPositions": "open positions and entries under way",
    "leverage": "1 to 125, at most what the symbol offers",
    "exitCooldownHours": "pause of a symbol after it was closed",
    "long": "% move of the price from the average entry, before leverage",
    "short": "likewise",
    "breakEven": "after a run of triggerPct the stop moves to the entry, and offsetPct beyond; 0 is off",
    "trailing": "after a run of activatePct the stop follows callbackPct behind the best price; 0 is off",
    "dca": "adds to a losing position, stepPcts in % of the first entry's quantity",
    "protections": "loss limits pause the account, exposure caps refuse entries; % of equity, 0 is off",
}
WIDE = 100_000  # characters: no line of YAML is broken


def account_text(*, namespace: str, name: str, spec: Json) -> str:
    """A TradingAccount's manifest."""
    fields = "".join(_field(key, value) for key, value in spec.items())
    return _head("TradingAccount", API_VERSION, namespace=namespace, name=name) + f"spec:\n{fields}"


def secrets_text(*, namespace: str, secrets: Mapping[str, Mapping[str, str]]) -> str:
    """Secrets' manifests, one after the other; every value in quotes, whatever is in it."""
    return "---\n".join(
        _head("Secret", "v1", namespace=namespace, name=name)
        + "stringData:\n"
        + "".join(f"  {key}: {_quoted(value)}\n" for key, value in data.items())
        for name, data in secrets.items()
    )


def _head(kind: str, version: str, *, namespace: str, name: str) -> str:
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {_quoted(name)}\n  namespace: {_quoted(namespace)}\n"
    )


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', width=WIDE).strip()


def _field(key: str, value: object) -> str:
    comment = f"  # {COMMENTS[key]}\n" if key in COMMENTS else ""
    return comment + "".join(f"  {line}\n" for line in _lines(key, value))


def _lines(key: str, value: object) -> Iterator[str]:
    """A field; innermost mappings and lists stand in one line."""
    flow = None if isinstance(value, dict | list) else False
    text = yaml.safe_dump({key: value}, sort_keys=False, default_flow_style=flow, width=WIDE)
    yield from text.splitlines()
