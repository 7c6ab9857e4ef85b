"""Builders of manifests as a person writes them, and what is said about a folder of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.build import spec
from tradepods_cli.manifests import load
from tradepods_core.errors import Invalid
from tradepods_core.manifest import API_VERSION

Json = dict[str, Any]
LIVE: Json = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
BOT: Json = {"secretRef": {"name": "bot"}, "chatIds": ["1001"]}


def manifest(kind: str, name: str, body: Json, *, namespace: str = "") -> Json:
    """One of our resources."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": body}


def account(name: str = "bob", *, namespace: str = "", **changes: Any) -> Json:
    """A TradingAccount: a dry run, unless told otherwise."""
    return manifest("TradingAccount", name, spec(**changes), namespace=namespace)


def strategy(name: str = "swing", **changes: Any) -> Json:
    """A TradingStrategy of one entry."""
    entry = {"side": "long", "type": "test", "when": {"all": [{"var": "rsi", "op": "<", "value": 30}]}}
    universe = {"top": 0, "include": ["BTC/USDT:USDT"]}
    body = {"timeframe": "5m", "universe": universe, "entries": [entry], **changes}
    return manifest("TradingStrategy", name, body)


def secret(name: str, values: Mapping[str, Any], *, field: str = "stringData", namespace: str = "") -> Json:
    """A Secret."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, field: dict(values)}


def written(folder: Path, **files: Any) -> Path:
    """The folder with these files: a text as it is, a document or a list of them as YAML."""
    for name, content in files.items():
        documents = content if isinstance(content, list) else [content]
        text = content if isinstance(content, str) else yaml.safe_dump_all(documents, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    """What is wrong with a folder, a text a problem."""
    with pytest.raises(Invalid) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]
