"""What the pydantic models share: their configuration, and the types of their fields in Python and in JSON.

A constructor takes Python objects alone, such as `Color.GREEN`. `model_validate` and `model_validate_json`, and
FastAPI with them, also read what JSON has in their place, such as `"green"`. No model takes a number of the wire.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._json import read_base64url, write_base64url
from healthpass.codec._spelling import read_day, read_time, write_time
from healthpass.codec._time import HOUR, from_days, from_seconds, to_days, to_seconds
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


instance_of: Final = core_schema.is_instance_schema


@dataclass(frozen=True, slots=True, eq=False)  # typing hashes what annotates
class InJson:
    """How the values of a field stand in JSON.

    Attributes:
        schema: the JSON Schema of what stands there; None where pydantic knows it.
        read: makes the value of it; hands on what is something else, and raises a ValueError for what is wrong.
        write: makes it of the value; left out where pydantic does it.
        exact: takes the value itself; left out where pydantic's schema of the type does. That of an enumeration
            would stand in the schemas of FastAPI, with its numbers.
    """

    schema: Mapping[str, Any] | None
    read: Callable[[Any], Any]
    write: Callable[[Any], Any] | None = None
    exact: CoreSchema | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        exact = self.exact or handler(source)
        write = self.write and core_schema.plain_serializer_function_ser_schema(self.write, when_used="json")
        return core_schema.lax_or_strict_schema(
            lax_schema=core_schema.no_info_before_validator_function(self.read, exact),
            strict_schema=exact,
            strict=False,  # whatever the model says: it is the constructor that is strict
            serialization=write,
        )

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(core) if self.schema is None else dict(self.schema)


def spelled(
    kind: type,
    read: Callable[[str], Any],
    write: Callable[[Any], str],
    exact: CoreSchema | None = None,
    **schema: Any,
) -> InJson:
    """Say how values of a type are spelled as strings."""

    def read_any(value: Any) -> Any:
        return value if isinstance(value, kind) else read(value if isinstance(value, str) else "?")

    return InJson({"type": "string", **schema}, read_any, write, exact)


def open_code(known: type[CodeNumber]) -> InJson:
    """Say how the codes of an open table are named; the unknown stay numbers (HLT-10)."""

    def recognise(value: int) -> int:
        if not 0 <= value <= MAX_INTEGER:
            raise ValueError("a code must lie from 0 to 2^53 - 1")
        return known.of(value)

    def read(value: Any) -> Any:
        if isinstance(value, known) or (type(value) is int and not isinstance(known.of(value), known)):
            return value
        return known.named(value)

    # The schema lists no names: it holds when the table has more.
    name = {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "examples": [known(1).label]}
    exact = core_schema.no_info_after_validator_function(recognise, core_schema.int_schema(strict=True))
    return InJson({"anyOf": [name, {"type": "integer"}]}, read, known.label_of, exact)


def as_tuple(value: Any) -> Any:
    """Read an array."""
    return tuple(value) if isinstance(value, list) else value


def _whole_second(moment: datetime) -> datetime:
    return from_seconds(to_seconds(moment))


def _whole_hour(moment: datetime) -> datetime:
    return from_seconds(to_seconds(moment) // HOUR * HOUR)


def _in_range(day: date) -> date:
    return from_days(to_days(day))


_IN_RFC3339: Final = spelled(datetime, read_time, write_time, format="date-time")
_IN_BASE64URL: Final = spelled(bytes, read_base64url, write_base64url, contentEncoding="base64url")
_IN_HEX: Final = spelled(bytes, bytes.fromhex, bytes.hex, pattern="^([0-9a-f]{2})*$")

Time: TypeAlias = Annotated[datetime, AfterValidator(_whole_second), _IN_RFC3339]
Hour: TypeAlias = Annotated[datetime, AfterValidator(_whole_hour), _IN_RFC3339]
Day: TypeAlias = Annotated[date, AfterValidator(_in_range), spelled(date, read_day, date.isoformat, format="date")]
Bytes: TypeAlias = Annotated[bytes, _IN_BASE64URL]
Hex: TypeAlias = Annotated[bytes, _IN_HEX]
