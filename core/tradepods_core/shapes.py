"""The two shapes that cross a border: what a person writes (strict), what programs tell each other (tolerant)."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from tradepods_core.money import plain

Symbol = str  # unified: BTC/USDT:USDT
Amount = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]  # exact on the wire

MOST = 10**15  # quote currency or base: a larger amount is a mistake of a program
Reported = Annotated[Amount, Field(ge=-MOST, le=MOST, decimal_places=60)]  # an amount that others draw and add up

NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
Name = Annotated[str, Field(max_length=40, pattern=NAME_PATTERN)]
URL_PATTERN = r"^(https?://[-a-zA-Z0-9.]+(:[0-9]{1,5})?)?$"  # nothing behind the port: no path, no query, no password
SymbolText = Annotated[str, Field(max_length=40, pattern=r"^[A-Z0-9]{1,15}/[A-Z0-9]{1,10}:[A-Z0-9]{1,10}$")]


class Written(BaseModel):
    """Part of a document that a person writes: camelCase, frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    @field_validator("*", mode="before")
    @classmethod
    def _a_switch_is_no_number(cls, value: object, info: ValidationInfo) -> object:
        """YAML reads `yes` and `on` as true, which pydantic would take for 1."""
        field = cls.model_fields[str(info.field_name)]
        if isinstance(value, bool) and field.annotation is not bool:
            raise PydanticCustomError("switch", "true or false does not belong here")
        return value


class Message(BaseModel):
    """Part of what programs tell each other: camelCase, frozen; unknown fields ignored: either side may be newer."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)
