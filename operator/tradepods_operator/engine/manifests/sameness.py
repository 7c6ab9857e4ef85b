"""Whether an object already is as it should be: then nothing is sent, as an unchanged apply costs as much as a write.

What the API server and other programs add beside our fields is not looked at.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.names import APPLIED
from tradepods_operator.ports import Document

# by these the API server merges lists, in our kinds and in the conditions of a status
MERGE_KEYS = ("uid", "mountPath", "containerPort", "name", "key", "type")
QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|Ki|Mi|Gi|Ti|k|M|G|T)?")
UNITS: Mapping[str | None, Decimal] = {
    None: Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGT", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGT", start=1)},
}


def sealed(document: dict[str, Any]) -> Document:
    """The object with the name of its content: without it, a field that we no longer set would stay for ever."""
    about = dict(document["metadata"])
    about["annotations"] = {**about.get("annotations", {}), APPLIED: digest(document)}
    return {**document, "metadata": about}


def is_applied(wanted: Document, live: Document | None) -> bool:
    """Whether the live object is what a sealed one asks for: the name of its content is among what is compared."""
    return live is not None and covers(live, wanted)


def covers(live: object, wanted: object) -> bool:
    """Whether everything wanted is there."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            covers(live[key], value) if key in live else _left_out(key, value) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return isinstance(live, list | tuple) and _covers_list(live, wanted)
    return live == wanted or _same_quantity(live, wanted)


def _left_out(key: object, wanted: object) -> bool:
    """Whether the API server would leave out just this; a switch that is off mostly stays."""
    return wanted in ({}, [], ()) or (key == "paused" and wanted is False)


def _covers_list(live: Sequence[object], wanted: Sequence[object]) -> bool:
    key = next((k for k in MERGE_KEYS if wanted and all(isinstance(w, Mapping) and k in w for w in wanted)), None)
    if key is None:
        return len(live) == len(wanted) and all(map(covers, live, wanted))
    found = {one.get(key): one for one in live if isinstance(one, Mapping)}
    return all(isinstance(w, Mapping) and covers(found.get(w[key]), w) for w in wanted)


def _same_quantity(live: object, wanted: object) -> bool:
    """`1000m` is written as `1` by the API server."""
    if not isinstance(live, str) or not isinstance(wanted, str):
        return False
    one, other = _quantity(live), _quantity(wanted)
    return one is not None and one == other


def _quantity(text: str) -> Decimal | None:
    found = QUANTITY.fullmatch(text)
    return None if found is None else Decimal(found[1]) * UNITS[found[2]]
