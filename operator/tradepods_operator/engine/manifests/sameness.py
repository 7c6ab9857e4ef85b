"""Whether an object already is as it should be: then nothing is sent, as an unchanged apply costs as much as a write.

What the API server and other programs add beside our fields is not looked at.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.names import APPLIED
from tradepods_operator.ports import MERGED, Document

AS_WRITTEN = ("annotations", "data", "labels", "matchLabels", "nodeSelector")  # whose names are people's own
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
    return _covers(live, wanted, field="")


def _covers(live: object, wanted: object, *, field: str) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            _covers(live[name], value, field=name) if name in live else _left_out(name, value, within=field)
            for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return isinstance(live, list | tuple) and _covers_list(live, wanted, field=field)
    return live == wanted or _same_quantity(live, wanted)


def _left_out(name: str, wanted: object, *, within: str) -> bool:
    """Whether the API server would leave out just this; a switch that is off mostly stays."""
    if wanted == "" or wanted is None:
        return within not in AS_WRITTEN
    return wanted in ({}, [], ()) or (name == "paused" and wanted is False)


def _covers_list(live: Sequence[object], wanted: Sequence[object], *, field: str) -> bool:
    """By the members' names only where the API server goes by them, and they tell the members apart."""
    found, asked = _named(live, field), _named(wanted, field)
    if found is None or not asked:
        return len(live) == len(wanted) and all(_covers(*pair, field=field) for pair in zip(live, wanted, strict=True))
    return all(_covers(found.get(name), one, field=field) for name, one in asked.items())


def _named(members: Sequence[object], field: str) -> Mapping[object, object] | None:
    """The members by their names; None where they have none, or two have the same."""
    key = MERGED.get(field)
    found = {one[key]: one for one in members if isinstance(one, Mapping) and key in one}
    return found if len(found) == len(members) else None


def _same_quantity(live: object, wanted: object) -> bool:
    """`1000m` is written as `1` by the API server."""
    if not isinstance(live, str) or not isinstance(wanted, str):
        return False
    one, other = _quantity(live), _quantity(wanted)
    return one is not None and one == other


def _quantity(text: str) -> Decimal | None:
    found = QUANTITY.fullmatch(text)
    return None if found is None else Decimal(found[1]) * UNITS[found[2]]
