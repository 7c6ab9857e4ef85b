"""The two shapes that cross a border: what a person writes (strict), what programs tell each other (tolerant)."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from tradepods_core.money import plain

Symbol = str  # unified: BTC/USDT:USDT
Amount = Annotated[Decimal, PlainSerializer(plain, return_type=str, when_used="json")]  # exact on the wire

NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
Name = Annotated[str, Field(max_length=40, pattern=NAME_PATTERN)]
SymbolText = Annotated[str, Field(max_length=40, pattern=r"^[A-Z0-9]{1,15}/[A-Z0-9]{1,10}:[A-Z0-9]{1,10}$")]


class Written(BaseModel):
    """Part of a document that a person writes: camelCase, frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Message(BaseModel):
    """Part of what programs tell each other: camelCase, frozen; unknown fields ignored: either side may be newer."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)
