"""TradingStrategy manifests as texts."""

import yaml

from support.signals_history import strategy
from tradepods_core.manifest import API_VERSION


def manifest(name: str = "swing", **changes: object) -> str:
    """One that is right, but for the changes."""
    document = {
        "apiVersion": API_VERSION,
        "kind": "TradingStrategy",
        "metadata": {"name": name},
        "spec": strategy(name=name).spec.model_dump(mode="json", by_alias=True, exclude_unset=True),
    }
    return yaml.safe_dump(document | changes)
