"""What every document says: who, when, for which environment, which version (spec/registry.md, DOC-9)."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from healthpass.codec import _cbor
from healthpass.documents._document import DAY, Kind
from healthpass.documents._fields import Field, Unknown, positive, read_map, text, time
from healthpass.words._errors import DocumentError, MalformedError
from healthpass.words._outcomes import Outcome

MAX_DEPTH: Final = 8  # DOC-7
MAX_AHEAD: Final = DAY  # seconds; UPD-4
MAX_ITEMS: Final = 4_194_304  # DOC-7: decoded, as many empty arrays take a quarter of a gigabyte
PRODUCTION: Final = "production"  # DOC-10
ISS: Final = 1
EXP: Final = 4
IAT: Final = 6
ENVIRONMENT: Final = -65539
EPOCH: Final = -65540
VERSION: Final = -65541
CONTENT: Final = -65542

T = TypeVar("T")


class Statement(NamedTuple):
    """The claims that all documents have.

    Attributes:
        iss: the authority's id; in a key request the issuer's.
        expires: the end of the document's force, in seconds.
        issued: when it was made, in seconds.
        environment: where it counts, `production` for real codes.
        epoch: its epoch, from 1 up; 0 in a key request.
        version: its version, from 1 up; 0 in a key request.
    """

    iss: str
    expires: int
    issued: int
    environment: str
    epoch: int = 0
    version: int = 0

    def versioned(self) -> dict[str, Any]:
        """Return all but `iss`, by name."""
        return {name: value for name, value in self._asdict().items() if name != "iss"}


def decode(kind: Kind, payload: bytes, read: Callable[[Statement, dict[int, Any], Unknown], T]) -> T:
    """Decode a payload whose signatures have been counted.

    Args:
        kind: the kind of document.
        payload: its payload.
        read: makes the document of the claims and the content; it raises `ValueError` or `TypeError` for what
            breaks a rule.

    Raises:
        DocumentError: `malformed-payload`, `malformed-document` or `unsupported-document`.
    """
    if _cbor.has_more_items(payload, MAX_ITEMS):
        raise DocumentError(Outcome.MALFORMED_PAYLOAD, f"its payload has more than {MAX_ITEMS:,} data items")
    try:
        wire = _cbor.decode(payload, max_depth=MAX_DEPTH)
    except MalformedError:
        raise DocumentError(
            Outcome.MALFORMED_PAYLOAD, "its payload is not in the one CBOR encoding that is allowed"
        ) from None
    unknown: Unknown = []
    try:
        found = read_map(wire, _REQUEST if kind is Kind.KEY_REQUEST else _VERSIONED, unknown)
        content = found.pop("content")
        statement = Statement(**found)
        _check_life(kind, statement.expires - statement.issued)
        document = read(statement, content, unknown)
    except (ValueError, TypeError) as error:
        raise DocumentError(Outcome.MALFORMED_DOCUMENT, f"its content breaks a rule: {error}") from None
    if unknown:
        raise DocumentError(
            Outcome.UNSUPPORTED_DOCUMENT, f"it holds a critical key that is not known here: {unknown[0]}"
        )
    return document


def encode(statement: Statement, content: Mapping[int, Any]) -> bytes:
    """Encode a payload; the same statement and content give the same bytes."""
    payload: dict[int, Any] = {
        ISS: str(statement.iss),
        EXP: statement.expires,
        IAT: statement.issued,
        ENVIRONMENT: statement.environment,
    }
    if statement.version:
        payload |= {EPOCH: statement.epoch, VERSION: statement.version}
    return _cbor.encode({**payload, CONTENT: dict(content)}, max_depth=MAX_DEPTH)


def check_date(issued: int, at: int) -> None:
    """Check that what was issued is not dated ahead of the clock here by more than a day (UPD-4).

    Raises:
        DocumentError: `dated-ahead`.
    """
    if issued > at + MAX_AHEAD:
        raise DocumentError(Outcome.DATED_AHEAD, "it is dated more than a day ahead of the clock here")


def _check_life(kind: Kind, seconds: int) -> None:
    if not 0 < seconds <= kind.max_life:
        raise ValueError(f"a {kind} is in force for 1 second to {kind.max_life // DAY} days")


def _as_it_is(value: Any, _: Unknown) -> Any:
    return value


_REQUEST: Final = {
    ISS: Field("iss", text(str)),
    EXP: Field("expires", time),
    IAT: Field("issued", time),
    ENVIRONMENT: Field("environment", text(str)),  # any: it is compared, not read (DOC-10)
    CONTENT: Field("content", _as_it_is),
}
_VERSIONED: Final = _REQUEST | {EPOCH: Field("epoch", positive), VERSION: Field("version", positive)}
