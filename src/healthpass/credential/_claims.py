"""The claims of a credential and their map on the wire (spec/credential.md, sections 7 and 9)."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from healthpass.codec import _cbor
from healthpass.codec._keys import PublicKey
from healthpass.codec._time import TIME_LIMIT, from_seconds, to_seconds
from healthpass.credential._evidence import from_array, to_array
from healthpass.credential._health import FIRST_EXTENSION, HealthCode, StatusPlace
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.words._code_points import Color, Reason
from healthpass.words._errors import MalformedError, UnsupportedError
from healthpass.words._verdicts import Verdict

CTI_SIZE: Final = 12  # CLM-4

# Section 7; RFC 8392, section 4 and RFC 8747, section 7.1
ISS: Final = 1
EXP: Final = 4
NBF: Final = 5
CTI: Final = 7
CNF: Final = 8
HEALTH: Final = -65537  # a private-use key until one is assigned
_REQUIRED: Final = frozenset((ISS, EXP, NBF, CTI, HEALTH))
_ALLOWED: Final = _REQUIRED | {CNF}

# Section 9
COLOR: Final = 1
HOLDER: Final = 2
BINDING: Final = 3
REASON: Final = 4
UNTIL: Final = 5
EVIDENCE: Final = 6
STATUS: Final = 7
RESIDENCE: Final = 8
ORIGIN: Final = 9


class Claims(NamedTuple):
    """All that a credential states.

    Attributes:
        issuer: who states it.
        start: the start of validity, in seconds since 1970.
        end: the end of validity, in seconds since 1970.
        cti: the credential's identifier, 12 bytes.
        holder_key: the device key that it is bound to, or None for a bearer code.
        health: what is stated of the holder.
    """

    issuer: IssuerId
    start: int
    end: int
    cti: bytes
    holder_key: PublicKey | None
    health: HealthCode

    @property
    def valid_from(self) -> datetime:
        """The start of validity, in UTC."""
        return from_seconds(self.start)

    @property
    def expires_at(self) -> datetime:
        """The end of validity, in UTC."""
        return from_seconds(self.end)

    def __repr__(self) -> str:
        return f"Claims(issuer={str(self.issuer)!r}, ...)"


def encode(claims: Claims) -> bytes:
    """Encode claims as a payload.

    Raises:
        ValueError: when their times break CLM-3 or HLT-6.
    """
    _check_times(claims.start, claims.end, claims.health)
    payload: dict[int, Any] = {ISS: str(claims.issuer), EXP: claims.end, NBF: claims.start, CTI: claims.cti}
    if claims.holder_key is not None:
        payload[CNF] = {1: {1: 1, -1: 6, -2: claims.holder_key.to_bytes()}}
    payload[HEALTH] = _health_to_map(claims.health)
    return _cbor.encode(payload)


def decode(payload: bytes) -> Claims:
    """Decode a payload whose signature has been found good: steps 5 and 6 of verifying.

    Raises:
        MalformedError: `malformed-payload` by CBR-1 to CBR-7, `malformed-claims` by sections 7 to 9.
        UnsupportedError: `unsupported-claim`, for a colour or a critical key that is not known.
    """
    claims = _cbor.decode(payload)
    try:
        return _from_map(claims)
    except _UnsupportedClaimError as error:
        raise UnsupportedError(Verdict.UNSUPPORTED_CLAIM, str(error)) from None
    # What the rules and the models raise (pydantic's ValidationError is a ValueError) names the rule, and might
    # name a value: neither may leave before the code has been verified (VER-9).
    except (ValueError, TypeError, KeyError):
        raise MalformedError(
            Verdict.MALFORMED_CLAIMS, "a claim is missing, not allowed, or breaks a rule of HP1"
        ) from None


class _UnsupportedClaimError(Exception):
    """A colour or a critical key is not known."""


def _from_map(claims: _cbor.Value) -> Claims:
    if type(claims) is not dict or not _REQUIRED <= claims.keys() <= _ALLOWED:  # CLM-1
        raise ValueError
    issuer = issuer_of(claims[ISS])  # CLM-2
    cti = claims[CTI]
    if type(cti) is not bytes or len(cti) != CTI_SIZE:  # CLM-4
        raise ValueError
    holder_key = _device_key(claims[CNF]) if CNF in claims else None  # CLM-5
    health, unknown = _health_from_map(claims[HEALTH])  # CLM-6
    start, end = _uint(claims[NBF]), _uint(claims[EXP])
    _check_times(start, end, health)  # CLM-3, HLT-6
    if unknown:  # HLT-2, HLT-4: after every rule that gives malformed-claims
        raise _UnsupportedClaimError(f"{unknown} of the health code is not one that this version knows")
    return Claims(issuer, start, end, cti, holder_key, health)


def _health_from_map(wire: _cbor.Value) -> tuple[HealthCode, str]:
    """Read the health code, and name what is not known of it.

    The rules for the other claims hold under an unknown colour too. HLT-5 and HLT-6 have nothing to say then, so
    yellow with a reason stands in for it, which may have everything.
    """
    if type(wire) is not dict:
        raise ValueError
    unknown = ""
    fields: dict[str, Any] = {}
    extensions = []
    for key, value in wire.items():
        if field := _FIELDS.get(key):
            name, read = field
            fields[name] = read(value)
        elif 0 <= key < FIRST_EXTENSION:
            unknown = "a critical key"
        else:
            extensions.append((key, value))
    if extensions:
        fields["extensions"] = tuple(extensions)
    if fields["color"] not in _COLORS:
        unknown = "the colour"
        fields = {"reason": min(Reason)} | fields | {"color": Color.YELLOW}
    return HealthCode(**fields), unknown


def _check_times(start: int, end: int, health: HealthCode) -> None:
    if not 0 <= start < end < TIME_LIMIT:  # CLM-3
        raise ValueError("the end of validity must come after its start, both from 1970 to 9998")
    if health.until is not None and end > to_seconds(health.until):  # HLT-6
        raise ValueError("a code must not end after its measure: the end of validity comes after until")


def _uint(value: _cbor.Value) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _device_key(confirmation: _cbor.Value) -> PublicKey:
    """Read cnf, which is exactly `{1: {1: 1, -1: 6, -2: x}}` with a sound key (CLM-5)."""
    if type(confirmation) is dict and confirmation.keys() == {1}:
        cose_key = confirmation[1]
        if type(cose_key) is dict and cose_key.keys() == {1, -1, -2} and cose_key[1] == 1 and cose_key[-1] == 6:  # noqa: PLR2004
            return PublicKey(cose_key[-2])
    raise ValueError


def _color(value: _cbor.Value) -> int:
    color = _uint(value)
    return _COLORS.get(color, color)


def _evidence(entries: _cbor.Value) -> tuple[dict[str, Any], ...]:
    if type(entries) is not list or not entries:
        raise ValueError
    return tuple(map(from_array, entries))


def _status(place: _cbor.Value) -> StatusPlace:
    if type(place) is not list:
        raise ValueError
    return StatusPlace(*place)


def _as_it_is(value: _cbor.Value) -> _cbor.Value:
    return value


def _health_to_map(health: HealthCode) -> dict[int, Any]:
    wire: dict[int, Any] = {COLOR: int(health.color)}
    if health.holder is not None:
        wire[HOLDER] = health.holder
    if health.binding is not None:
        wire[BINDING] = health.binding
    if health.reason is not None:
        wire[REASON] = int(health.reason)
    if health.until is not None:
        wire[UNTIL] = to_seconds(health.until)
    if health.evidence:
        wire[EVIDENCE] = [to_array(entry) for entry in health.evidence]
    if health.status is not None:
        wire[STATUS] = [health.status.list, health.status.index]
    if health.residence is not None:
        wire[RESIDENCE] = str(health.residence)
    if health.origin is not None:
        wire[ORIGIN] = str(health.origin)
    if health.extensions:  # in order already, but for the maps inside
        wire |= {key: _cbor.in_order(value) for key, value in health.extensions}
    return wire


_COLORS: Final = {int(color): color for color in Color}
# Ids are few, and say nothing of a holder. Nothing else of a code is kept for the next one.
issuer_of: Final = lru_cache(maxsize=1024)(IssuerId)
_region: Final = lru_cache(maxsize=1024)(RegionId)
# How each claim becomes the model's value; the model checks what the value may be.
_FIELDS: Final[dict[int, tuple[str, Callable[[Any], Any]]]] = {
    COLOR: ("color", _color),
    HOLDER: ("holder", _as_it_is),
    BINDING: ("binding", _as_it_is),
    REASON: ("reason", _as_it_is),
    UNTIL: ("until", lambda value: from_seconds(_uint(value))),
    EVIDENCE: ("evidence", _evidence),
    STATUS: ("status", _status),
    RESIDENCE: ("residence", _region),
    ORIGIN: ("origin", issuer_of),
}
