"""The columns of bulk work: what comes out, and what may come in by the columns of Arrow."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pyarrow as pa
from pyarrow import types as of

from healthpass.bulk._errors import InputError

_TIME: Final = pa.timestamp("us", tz="UTC")
_TEXT: Final = pa.string()

ISSUED: Final = pa.schema(
    {
        "ref": _TEXT,
        "text": _TEXT,
        "cti": _TEXT,
        "opening": _TEXT,
        "valid_from": _TIME,
        "expires_at": _TIME,
        "error": _TEXT,
    }
)
VERIFIED: Final = pa.schema(
    {
        "ref": _TEXT,
        "verdict": _TEXT,
        "outcome": _TEXT,
        "message": _TEXT,
        "color": _TEXT,
        "reason": _TEXT,
        "issuer": _TEXT,
        "valid_from": _TIME,
        "expires_at": _TIME,
        "cti": _TEXT,
        "kid": _TEXT,
        "presented_at": _TIME,
        "status_issued_at": _TIME,
        "waived": _TEXT,
        "error": _TEXT,
    }
)
WITHDRAWN: Final = pa.schema({"ref": _TEXT, "cti": _TEXT, "outcome": _TEXT, "error": _TEXT})
RECOLORED: Final = pa.schema(
    {
        "ref": _TEXT,
        "outcome": _TEXT,
        "color": _TEXT,
        "reason": _TEXT,
        "until": _TIME,
        "next_at": _TIME,
        "rule": _TEXT,
        "event": _TEXT,
        "event_at": _TIME,
        "withdraw": _TEXT,
        "error": _TEXT,
    }
)

JSON: Final = "json"  # the column of rows that are JSON objects
ERROR: Final = "error"
_SPARK: Final = {_TEXT: "string", _TIME: "timestamp"}


class Kind(NamedTuple):
    """What a column may hold.

    Attributes:
        words: what it is called.
        fits: tells whether a type of Arrow is such.
        is_json: whether a text in it is JSON.
    """

    words: str
    fits: Callable[[Any], bool]
    is_json: bool = False


def _is_text(kind: Any) -> bool:
    return bool(of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind))


def _is_bytes(kind: Any) -> bool:
    return bool(of.is_binary(kind) or of.is_large_binary(kind) or of.is_fixed_size_binary(kind))


def _is_zoned(kind: Any) -> bool:
    return bool(of.is_timestamp(kind) and kind.tz is not None)


def _is_list(kind: Any) -> bool:
    return bool(of.is_list(kind) or of.is_large_list(kind))


TEXT: Final = Kind("text", _is_text)
CODE: Final = Kind("text or integers", lambda kind: _is_text(kind) or of.is_integer(kind))
TIME: Final = Kind("text, or timestamps with a zone", lambda kind: _is_text(kind) or _is_zoned(kind))
DAY: Final = Kind("text or days", lambda kind: _is_text(kind) or of.is_date32(kind))
NUMBER: Final = Kind("integers", of.is_integer)
BYTES: Final = Kind("text or bytes", lambda kind: _is_text(kind) or _is_bytes(kind))
OBJECT: Final = Kind("JSON text", _is_text, is_json=True)
NAMES: Final = Kind(
    "JSON text, or lists of text",
    lambda kind: _is_text(kind) or (_is_list(kind) and _is_text(kind.value_type)),
    is_json=True,
)
_ENTRY: Final = {  # of evidence
    "type": TEXT,
    "sampled_at": TIME,
    "result": TEXT,
    "method": CODE,
    "day": DAY,
    "dose": NUMBER,
    "of": NUMBER,
    "region": TEXT,
}


def _is_evidence(kind: Any) -> bool:
    if not _is_list(kind) or not of.is_struct(kind.value_type):
        return _is_text(kind)
    entry = pa.schema(list(kind.value_type))
    check_columns("evidence.", entry, _ENTRY)
    return True


EVIDENCE: Final = Kind("JSON text, or lists of structs", _is_evidence, is_json=True)
_TRUTH: Final = Kind("true or false", of.is_boolean)
_EVENT: Final = {"event": TEXT, "at": TIME, "kind": TEXT, "level": NUMBER, "result": TEXT, "healthy": _TRUTH}


def _is_history(kind: Any) -> bool:
    if not _is_list(kind) or not of.is_struct(kind.value_type):
        return _is_text(kind)
    check_columns("history.", pa.schema(list(kind.value_type)), _EVENT)
    return True


HISTORY: Final = Kind("JSON text, or lists of structs", _is_history, is_json=True)


def check_columns(where: str, schema: Any, known: Mapping[str, Kind]) -> None:
    """Check that columns are known, are there once, and have types that can hold what they are for.

    Args:
        where: what stands before the name of a column in an error.
        schema: the columns.
        known: those that may be there.

    Raises:
        InputError: when one is not.
    """
    names: Sequence[str] = schema.names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the column {_named(where + twice[0])} is there twice")
    if strange := [name for name in names if name not in known]:
        told = ", ".join(_named(where + name) for name in strange[:_MOST])
        raise InputError(
            f"nobody knows the {'columns' if len(strange) > 1 else 'column'} {told}; there are {', '.join(known)}"
        )
    for field in schema:
        kind = known[field.name]
        found = field.type.value_type if of.is_dictionary(field.type) else field.type
        if not of.is_null(found) and not kind.fits(found):
            name = _named(where + field.name)
            raise InputError(f"the column {name} holds {kind.words}, and here it is of the type {found}")


_MOST: Final = 5  # columns that are named
_LONGEST: Final = 40  # characters of a name


def _named(name: str) -> str:
    return repr(name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…")


def spark_schema(schema: Any) -> str:
    """Write the columns that come out as Spark takes them.

    >>> spark_schema(WITHDRAWN)
    'ref string, cti string, outcome string, error string'

    Args:
        schema: `ISSUED`, `VERIFIED`, `WITHDRAWN` or `RECOLORED`.
    """
    return ", ".join(f"{field.name} {_SPARK[field.type]}" for field in schema)
