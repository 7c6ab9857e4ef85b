"""How the API server merges what is applied, as far as our objects need it: a stand-in of server-side apply.

Left out: several managers of one field. Here a field is its applier's for as long as it is applied, and forced.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tradepods_operator.ports import MERGED

Json = dict[str, Any]


def applied(live: Any, before: Any, wanted: Any, *, field: str = "") -> Any:
    """The live value of a field with what is wanted; what `before` had set and `wanted` doesn't is gone."""
    if isinstance(wanted, Mapping):
        return _mapping(live, before, wanted)
    key = _key(wanted, field)
    return wanted if key is None else _list(live, before, wanted, key)


def merged(live: Any, patch: Any) -> Any:
    """A JSON merge patch carried out (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    found: Json = dict(live) if isinstance(live, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def _mapping(live: Any, before: Any, wanted: Mapping[str, Any]) -> Json:
    old: Mapping[str, Any] = before if isinstance(before, Mapping) else {}
    found: Json = dict(live) if isinstance(live, Mapping) else {}
    for name in old.keys() - wanted.keys():
        left = _without(found.get(name), old[name])
        if left is None:
            found.pop(name, None)
        else:
            found[name] = left
    for name, value in wanted.items():
        found[name] = applied(found.get(name), old.get(name), value, field=name)
    return found


def _without(live: Any, before: Any) -> Any:
    """What others have set beside it; None where nothing is left."""
    if not isinstance(live, Mapping) or not isinstance(before, Mapping):
        return None
    left = {name: value for name, value in live.items() if name not in before}
    for name in live.keys() & before.keys():
        inner = _without(live[name], before[name])
        if inner is not None:
            left[name] = inner
    return left or None


def _list(live: Any, before: Any, wanted: Sequence[Any], key: str) -> list[Any]:
    mine = {one.get(key): one for one in (before or ())}
    there = {one.get(key): one for one in (live or ()) if isinstance(one, Mapping)}
    found = [applied(there.get(one[key]), mine.get(one[key]), one) for one in wanted]
    named = {one[key] for one in wanted}
    return found + [one for name, one in there.items() if name not in named and name not in mine]


def _key(wanted: Any, field: str) -> str | None:
    """By what the list is merged: None where it is replaced as a whole."""
    key = MERGED.get(field)
    if not isinstance(wanted, list | tuple) or not wanted or not all(isinstance(one, Mapping) for one in wanted):
        return None
    return key if key is not None and len({one.get(key) for one in wanted}) == len(wanted) else None
