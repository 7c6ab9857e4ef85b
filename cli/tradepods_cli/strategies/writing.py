"""A TradingStrategy's manifest as text, checked before anybody sees it."""

from typing import Any

import yaml

from tradepods_core.manifest import API_VERSION, read_manifest
from tradepods_core.strategy.checking import read_strategy

WIDE = 110  # characters of a line


def strategy_text(*, name: str, spec: dict[str, Any]) -> str:
    """The manifest; raises Invalid for a name or spec that would be refused."""
    document = {"apiVersion": API_VERSION, "kind": "TradingStrategy", "metadata": {"name": name}, "spec": spec}
    read_strategy(read_manifest(document).spec)
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=WIDE, allow_unicode=True)
