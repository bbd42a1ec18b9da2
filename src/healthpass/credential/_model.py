"""What the pydantic models share: their configuration, and the types of their fields.

A constructor takes Python objects alone, such as `Color.GREEN`. `model_validate` and `model_validate_json`, and
FastAPI with them, also read what JSON has in their place, such as `"green"`. No model takes a number of the wire.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import core_schema

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._time import HOUR, from_days, from_seconds, to_days, to_seconds
from healthpass.credential._in_json import BASE64URL, DAY, TIME, InJson, hexadecimal, named
from healthpass.words._row import CodeNumber

# defer_build: a model is compiled when it is first used, which keeps `import healthpass` short.
# hide_input_in_errors: an error shows no claim.
STRICT: Final = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


def _told(schema: dict[str, Any]) -> None:
    """Keep the first sentence of a docstring; and an entry of evidence must say its type."""
    schema["description"] = schema["description"].split("\n\n")[0]
    if "type" in schema["properties"] and "type" not in schema["required"]:
        schema["required"].insert(0, "type")


class Model(BaseModel):
    """A frozen model that is one with its JSON. One that `model_copy` has made is checked when it is used."""

    model_config = STRICT | ConfigDict(
        revalidate_instances="always",
        json_schema_extra=_told,
    )

    if not TYPE_CHECKING:  # a type checker knows the fields

        def __init__(self, **fields: Any) -> None:
            self.__pydantic_validator__.validate_python(fields, self_instance=self, strict=True)

        __init__.__pydantic_base_init__ = True  # what is validated need not come through here


def open_code(known: type[CodeNumber]) -> InJson:
    """Take a code of an open table: a member of `known`, or the number of an unknown one (HLT-10)."""

    def recognise(value: int) -> int:
        if not 0 <= value <= MAX_INTEGER:
            raise ValueError("a code must lie from 0 to 2^53 - 1")
        return known.of(value)

    exact = core_schema.no_info_after_validator_function(recognise, core_schema.int_schema(strict=True))
    return named(known, exact)


def _whole_second(moment: datetime) -> datetime:
    return from_seconds(to_seconds(moment))


def _whole_hour(moment: datetime) -> datetime:
    return from_seconds(to_seconds(moment) // HOUR * HOUR)


def _in_range(day: date) -> date:
    return from_days(to_days(day))


Time: TypeAlias = Annotated[datetime, AfterValidator(_whole_second), TIME]
Hour: TypeAlias = Annotated[datetime, AfterValidator(_whole_hour), TIME]
Day: TypeAlias = Annotated[date, AfterValidator(_in_range), DAY]
Bytes: TypeAlias = Annotated[bytes, BASE64URL]
Hex: TypeAlias = Annotated[bytes, hexadecimal()]
Cti: TypeAlias = Annotated[bytes, Field(min_length=12, max_length=12), hexadecimal(12)]
Kid: TypeAlias = Annotated[bytes, Field(min_length=8, max_length=8), hexadecimal(8)]
RawKey: TypeAlias = Annotated[bytes, Field(min_length=32, max_length=32), hexadecimal(32)]
