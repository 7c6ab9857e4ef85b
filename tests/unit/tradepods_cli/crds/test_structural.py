"""What pydantic writes becomes what a CustomResourceDefinition takes."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from tradepods_cli.crds.structural import structural
from tradepods_core.errors import Permanent
from tradepods_core.misread import EXACT
from tradepods_core.shapes import Written

Percent = Annotated[Decimal, Field(gt=0, le=100)]


class Inner(Written):
    """Inside."""

    share_pct: Percent = Decimal("0.5")
    near: Literal["here"] = "here"


class Outer(Written):
    """Outside.

    Attributes:
        max_count: how many,
            in all.

    """

    max_count: Annotated[int, Field(ge=1, le=9)] = 3
    inner: Inner = Inner()
    maybe: Inner | None = None
    money: Annotated[Decimal, Field(gt=0, json_schema_extra=EXACT)] = Decimal(10)
    pair: tuple[float, float] | None = None
    rows: Annotated[tuple[Inner, ...], Field(max_length=2)] = ()
    names: Annotated[dict[str, int], Field(max_length=4)] = {}


FIELDS: dict[str, Any] = structural(Outer)["properties"]
PERCENT = {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 100}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("maxCount", {"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "how many, in all."}),
        ("money", {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
        ("money", {"pattern": EXACT["pattern"], "maxLength": 25, "default": 10}),
        ("pair", {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
        ("names", {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 4}),
        ("inner", {"description": "Inside.", "default": {"sharePct": 0.5, "near": "here"}}),
    ],
)
def test_each_form_has_its_counterpart(field: str, expected: dict[str, Any]) -> None:
    """Bounds, whole-object defaults, and words."""
    assert expected.items() <= FIELDS[field].items()


def test_a_decimal_is_a_number_and_a_constant_a_choice_of_one() -> None:
    """With the bound that leaves its end out."""
    inner = FIELDS["inner"]["properties"]

    assert inner["sharePct"] == {**PERCENT, "default": 0.5}
    assert (inner["near"]["enum"], "const" in inner["near"]) == (["here"], False)


def test_what_may_be_left_out_has_no_default_and_lists_have_none_inside() -> None:
    """Else a tool that compares would see a change for ever."""
    assert "default" not in FIELDS["maybe"]
    assert FIELDS["rows"]["items"]["properties"]["sharePct"] == PERCENT
    assert FIELDS["rows"]["default"] == []


class Choice(BaseModel):
    either: int | str


class Uneven(BaseModel):
    pair: tuple[int, str]


class Several(BaseModel):
    value: Annotated[int, Field(multiple_of=5)]


@pytest.mark.parametrize("model", [Choice, Uneven, Several])
def test_what_a_definition_can_not_say_is_refused(model: type[BaseModel]) -> None:
    """Nothing is silently dropped from a schema."""
    with pytest.raises(Permanent, match="a definition has no"):
        structural(model)
