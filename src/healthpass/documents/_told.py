"""Documents and their parts as JSON, field by field, by the tables that say how they stand on the wire."""

from datetime import datetime
from functools import cache
from typing import Any, Final

from healthpass.codec._spelling import write_duration, write_time
from healthpass.codec._time import whole
from healthpass.documents._fields import CoseKey
from healthpass.documents._leaves import Bytes, Code, Day, Life, Time
from healthpass.documents._types import Array, Field, List, Map, Row, Type

# Fields stand as on the wire, but that these come first, and an office's keys last.
_FIRST: Final = (
    *("authority", "environment", "epoch", "version", "previous", "issued", "expires"),
    *("root_threshold", "root_keys", "registry_threshold", "registry_keys"),
)
_PLACES: Final = {name: place for place, name in enumerate(_FIRST, -len(_FIRST))} | {"keys": 1}


def moment(at: datetime) -> str:
    """Return a time as JSON has it."""
    return write_time(whole(at))


@cache
def fields_of(kind: Map) -> dict[str, Field]:
    """Return the fields of a map by their names, in the order of a source."""
    return {field.name: field for field in sorted(kind.fields.values(), key=lambda one: _PLACES.get(one.name, 0))}


def told(kind: Map, value: Any) -> dict[str, Any]:
    """Return what a document or a part of it says, as JSON has it."""
    members = ((name, field, getattr(value, field.attribute)) for name, field in fields_of(kind).items())
    return {name: _told(field.type, member) for name, field, member in members if member != field.default}


def _told(kind: Type, value: Any) -> Any:  # noqa: C901, PLR0911 - one for each type
    match kind:
        case Map():
            return told(kind, value)
        case List():
            return [_told(kind.item, item) for item in value]
        case Array():
            return [_told(kind.item, item) for item in sorted(value, key=kind.place)]
        case Row():
            members = ((name, place, getattr(value, name)) for name, place in kind.places.items())
            return {name: _told(place, member) for name, place, member in members if member is not None}
        case Time():
            return moment(value)
        case Life():
            return write_duration(value)
        case Day():
            return value.isoformat()
        case Code():
            return kind.codes.label_of(value)
        case CoseKey():
            return _told(kind.x, value)
        case Bytes():
            return kind.write(value).hex()
    return kind.write(value)
