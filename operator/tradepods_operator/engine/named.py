"""Lists of a pod's spec that Kubernetes merges by name: with one name in them twice it takes none of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

Json = dict[str, Any]
OURS = ("HOME", "TRADEPODS_EGRESS")  # in each worker's environment


def _pull_secret(one: Json) -> Json:
    if set(one) != {"name"} or not _name(one):
        raise ValueError("a Secret's name and nothing else: {name: registry}")
    return one


def _variable(one: Json) -> Json:
    if not _name(one):
        raise ValueError("a variable with its name: {name: TZ, value: UTC}")
    if one["name"] in OURS:
        raise ValueError(f"the operator sets {one['name']} itself: leave it out")
    return one


def _once(found: tuple[Json, ...]) -> tuple[Json, ...]:
    """The same Secret twice is one: a parent chart names it, and the chart itself."""
    return tuple({one["name"]: one for one in found}.values())


def _told_apart(found: tuple[Json, ...]) -> tuple[Json, ...]:
    """Which of two values is meant, nobody can say."""
    twice = sorted(name for name, count in Counter(one["name"] for one in found).items() if count > 1)
    if twice:
        raise ValueError(f"each variable once: {', '.join(twice)} is there again")
    return found


def _name(one: Mapping[str, Any]) -> str:
    name = one.get("name")
    return name if isinstance(name, str) else ""


PullSecrets = Annotated[tuple[Annotated[Json, AfterValidator(_pull_secret)], ...], AfterValidator(_once)]
Environment = Annotated[tuple[Annotated[Json, AfterValidator(_variable)], ...], AfterValidator(_told_apart)]
