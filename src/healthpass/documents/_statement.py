"""What every document says: who, when, for which environment, which version (spec/registry.md, DOC-9)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import cbor2

from healthpass.codec import _cbor
from healthpass.codec._cbor import Value
from healthpass.codec._time import span, to_seconds
from healthpass.credential._regions import RegionId
from healthpass.documents._document import DAY, Kind
from healthpass.documents._fields import POSITIVE, TIME
from healthpass.documents._leaves import Text
from healthpass.documents._types import Field, FieldError, FirstUnknown, Map, Type, Unknown
from healthpass.words._errors import DocumentError, MalformedError
from healthpass.words._outcomes import Outcome

MAX_DEPTH: Final = 8  # DOC-7
MAX_AHEAD: Final = DAY  # seconds; UPD-4
MAX_ITEMS: Final = 524_288  # DOC-7: decoded, as many empty arrays take 32 MiB
PRODUCTION: Final = "production"  # DOC-10
ISS: Final = 1
EXP: Final = 4
IAT: Final = 6
ENVIRONMENT: Final = -65539
EPOCH: Final = -65540
VERSION: Final = -65541
CONTENT: Final = -65542

AUTHORITY: Final = Field("authority", Text(RegionId), "DOC-9", spelled="iss")

T = TypeVar("T")
_Taken = TypeVar("_Taken")


class Payload(Generic[T]):
    """How the payload of one kind of document is read and written.

    Args:
        kind: the kind of document.
        make: makes the document of its members, by their attributes.
        content: the fields of its content.
        iss: whose word it is; the authority's, unless it is a key request.
        whole: checks a payload whose members are good; `make` checks the same.
    """

    def __init__(
        self,
        kind: Kind,
        make: Callable[..., T],
        content: Mapping[int, Field],
        iss: Field = AUTHORITY,
        whole: Callable[[dict[int, Any]], None] | None = None,
    ) -> None:
        versions = {EPOCH: Field("epoch", POSITIVE, "DOC-9"), VERSION: Field("version", POSITIVE, "DOC-9")}
        claims = {
            ISS: iss,
            EXP: Field("expires", TIME, "DOC-9", spelled="exp"),
            IAT: Field("issued", TIME, "DOC-9", spelled="iat"),
            ENVIRONMENT: Field("environment", Text(str), "DOC-10"),  # any: it is compared, not read (DOC-10)
        } | (versions if kind in {Kind.ROOT, Kind.REGISTRY} else {})
        self.kind: Final = kind
        self.claims: Final = Map(dict, claims)
        self.content: Final = Map(dict, content)
        self._whole: Final = Map(dict, {**claims, CONTENT: Field("content", _Content(), "DOC-9")})
        self._make: Final = make
        self._check_whole: Final = whole

    def decode(self, payload: bytes) -> T:
        """Decode a payload whose signatures have been counted.

        Raises:
            DocumentError: `malformed-payload`, `malformed-document` or `unsupported-document`, with the place of
                the fault.
        """
        return self._opened(payload, self._read)

    def check(self, payload: bytes) -> dict[int, Any]:
        """Check a payload as `decode` does, and make nothing of it.

        Returns:
            The payload, with what is to be ignored.

        Raises:
            DocumentError: as `decode`.
        """
        return self._opened(payload, self._check)

    def _opened(self, payload: bytes, take: Callable[[Any, Unknown], _Taken]) -> _Taken:
        if _cbor.has_more_items(payload, MAX_ITEMS):
            raise DocumentError(Outcome.MALFORMED_PAYLOAD, f"its payload has more than {MAX_ITEMS:,} data items")
        try:
            wire = _cbor.decode(payload, max_depth=MAX_DEPTH)
        except MalformedError:
            raise DocumentError(
                Outcome.MALFORMED_PAYLOAD, "its payload is not in the one CBOR encoding that is allowed"
            ) from None
        unknown: Unknown = []
        found = self._taken(take, wire, unknown, Outcome.MALFORMED_DOCUMENT)
        if unknown:
            self._taken(take, wire, FirstUnknown(), Outcome.UNSUPPORTED_DOCUMENT)
        return found

    def encode(self, document: T) -> bytes:
        """Encode a payload; the same document gives the same bytes."""
        payload = self.claims.write(document) | {CONTENT: self.content.write(document)}
        return _cbor.encode(payload, max_depth=MAX_DEPTH)

    def load_checked(self, payload: bytes) -> dict[int, Any]:
        """Load a payload that `decode` has accepted before, without what is to be ignored."""
        wire: dict[int, Any] = cbor2.loads(payload)
        self.claims.prune(wire)
        self.content.prune(wire[CONTENT])
        return wire

    def _read(self, wire: Any, unknown: Unknown) -> T:
        members = self._whole.members(wire, unknown)
        members |= self.content.members(members.pop("content"), unknown)
        self._check_life(members["expires"] - members["issued"])
        return self._make(**members)

    def _check(self, wire: Any, unknown: Unknown) -> dict[int, Any]:
        self._whole.check(wire, unknown)
        self.content.check(wire[CONTENT], unknown)
        self._check_life(span(wire[EXP] - wire[IAT]))
        if self._check_whole:
            self._check_whole(wire)
        return wire  # type: ignore[no-any-return]

    def _check_life(self, life: timedelta) -> None:
        if not span(0) < life <= self.kind.max_life:
            days = self.kind.max_life.days
            raise FieldError(f"a {self.kind.label} is in force for 1 second to {days} days", "exp", "DOC-9")

    @staticmethod
    def _taken(take: Callable[[Any, Unknown], _Taken], wire: Value, unknown: Unknown, refusal: Outcome) -> _Taken:
        try:
            return take(wire, unknown)
        except (ValueError, TypeError) as error:
            where = error.where if isinstance(error, FieldError) else ""
            raise DocumentError(refusal, str(error), where) from None


class _Content(Type):
    """The content, which is read after the claims."""

    def read(self, wire: Value, _: Unknown) -> Value:
        if type(wire) is not dict:
            raise ValueError("a map is expected")
        return wire


def check_date(issued: datetime, at: int) -> None:
    """Check that what was issued is not dated ahead of `at`, in seconds since 1970, by more than a day (UPD-4).

    Raises:
        DocumentError: `dated-ahead`.
    """
    if to_seconds(issued) > at + MAX_AHEAD:
        raise DocumentError(Outcome.DATED_AHEAD, "it is dated more than a day ahead of the clock here")
