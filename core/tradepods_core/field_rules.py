"""What fields of a document say to each other: message, test and the same for an API server (CEL), side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tradepods_core.errors import Problem

VALIDATIONS = "x-kubernetes-validations"  # where a schema keeps them
Spec = TypeVar("Spec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cel:
    """What an API server checks of an object.

    Attributes:
        rule: an expression that holds; `self` is the object, `oldSelf` what it was before a change.
        message: what to write instead.
        field: path below the object that the answer names; "" is the object itself.

    """

    rule: str
    message: str
    field: str = ""

    def as_schema(self) -> dict[str, Any]:
        """As a schema has it."""
        place = {"fieldPath": f".{self.field}"} if self.field else {}
        return {"rule": self.rule, "message": self.message, **place}


def checked_by(*rules: Cel) -> dict[str, Any]:
    """What a model or a field adds to its schema for these to be checked there too."""
    return {VALIDATIONS: [rule.as_schema() for rule in rules]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Spec]):
    """One sentence that a spec must keep.

    Attributes:
        field: path below `spec` that the message names.
        broken: whether a spec breaks it.
        cel: an expression that holds unless it is broken; `self` is the spec with its defaults.
        shown: the offending value, as text.
        fix: what to write instead.

    """

    field: str
    broken: Callable[[Spec], bool]
    cel: str
    shown: Callable[[Spec], str]
    fix: str

    def problem(self, spec: Spec) -> Problem | None:
        """What is wrong with a spec; None where it keeps the rule."""
        if not self.broken(spec):
            return None
        return Problem(field=f"spec.{self.field}", value=self.shown(spec), fix=self.fix)

    def as_cel(self) -> Cel:
        """The same for an API server."""
        return Cel(rule=self.cel, message=self.fix, field=self.field)
