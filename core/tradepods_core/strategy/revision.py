"""Names what a strategy says, so that two programs can tell whether they speak of the same."""

import hashlib
import json

from tradepods_core.strategy.model import StrategySpec


def revision_of(spec: StrategySpec) -> str:
    """The same spec has the same revision on any machine, in any release that reads it the same; 8 hex digits."""
    text = json.dumps(spec.model_dump(by_alias=True, mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
