"""How the fields of models stand in JSON; docs/schemas comes of it. Nothing here is on the wire."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from healthpass.codec._json import read_base64url, read_key, read_value, write_base64url, write_value
from healthpass.codec._spelling import read_day, read_time, write_time
from healthpass.words._row import CodeNumber

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


def named(known: type[CodeNumber], exact: CoreSchema) -> InJson:
    """Say how the codes of an open table are named; the unknown stay numbers (HLT-10)."""

    def read(value: Any) -> Any:
        if isinstance(value, known) or (type(value) is int and not isinstance(known.of(value), known)):
            return value
        return known.named(value)

    # The schema lists no names: it holds when the table has more.
    name = {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "examples": [known(1).label]}
    return InJson({"anyOf": [name, {"type": "integer"}]}, read, known.label_of, exact)


def placed(kind: type[Any]) -> InJson:
    """Say how a place in a status list stands as an array."""

    def read(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, list) or [type(number) for number in value] != [int, int]:
            raise ValueError("expected an array of two integers, the list and the place in it")
        return kind(*value)

    number = {"type": "integer", "minimum": 0}
    schema = {"type": "array", "prefixItems": [number, number], "minItems": 2, "maxItems": 2}
    return InJson(schema, read, lambda place: [place.list, place.index], instance_of(kind))


def label(at_most: int) -> WithJsonSchema:
    """Say how long a label may be."""
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": at_most})


def numbered(at_most: int) -> InJson:
    """Say how pairs of a number and a CBOR value stand as an object."""

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return tuple((read_key(key), read_value(item)) for key, item in value.items())

    def write(pairs: tuple[tuple[int, Any], ...]) -> dict[str, Any]:
        return {str(key): write_value(item) for key, item in pairs}

    return InJson({"type": "object", "maxProperties": at_most}, read, write)


def as_tuple(value: Any) -> Any:
    """Read an array."""
    return tuple(value) if isinstance(value, list) else value


def _read_values(value: Any) -> Any:
    return tuple(map(read_value, value)) if isinstance(value, list) else value


TIME: Final = spelled(datetime, read_time, write_time, format="date-time")
DAY: Final = spelled(date, read_day, date.isoformat, format="date")
BASE64URL: Final = spelled(bytes, read_base64url, write_base64url, contentEncoding="base64url")
SIXTEEN_BYTES: Final = spelled(bytes, read_base64url, write_base64url, pattern="^[A-Za-z0-9_-]{21}[AQgw]$")


def hexadecimal(size: int | None = None) -> InJson:
    """Say how bytes, so many or any number, stand as lower-case hexadecimal digits, and nothing else."""
    spelling = "([0-9a-f]{2})*" if size is None else f"[0-9a-f]{{{2 * size}}}"

    def read(text: str) -> bytes:
        if not re.fullmatch(spelling, text, re.ASCII):
            if size is None:
                raise ValueError("expected an even number of lower-case hexadecimal digits")
            raise ValueError(f"expected {2 * size} lower-case hexadecimal digits")
        return bytes.fromhex(text)

    return spelled(bytes, read, bytes.hex, pattern=f"^{spelling}$")


ARRAY: Final = InJson(None, as_tuple)
VALUES: Final = InJson({"type": "array"}, _read_values, lambda values: [write_value(value) for value in values])
