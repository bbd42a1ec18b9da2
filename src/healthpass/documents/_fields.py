"""What several documents hold: names, addresses, keys, scopes, and spans of time (DOC-10, DOC-11, KEY-1)."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from healthpass.codec._cbor import Value
from healthpass.codec._keys import KEY_SIZE, PublicKey
from healthpass.codec._time import span
from healthpass.credential._holder import check_label
from healthpass.documents._leaves import Bytes, Code, Life, Number, Text, Time
from healthpass.documents._scope import Scope
from healthpass.documents._types import Array, Field, FieldError, Map, SharedMap, Type, Unknown
from healthpass.words._code_points import Color

MAX_NAME: Final = 128  # bytes of UTF-8; DOC-11
MAX_ADDRESS: Final = 256  # characters; the patterns below say it too
MAX_COLORS: Final = 16
ENVIRONMENT: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")  # DOC-10
_ADDRESS: Final = re.compile(r"(?=.{9,256}\Z)(?:https://|mailto:|tel:)[!-~]+")
_LIST_BASE: Final = re.compile(r"(?=.{9,256}\Z)https://[!-~]*[!-.0-~]")


_Time = TypeVar("_Time", int, datetime)


class Names(NamedTuple):
    """What an authority or an office is called.

    Attributes:
        zh: in Chinese.
        en: in English.
    """

    zh: str
    en: str


def _matching(form: re.Pattern[str], what: str) -> Callable[[str], str]:
    """Return a check of texts by their form."""

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"{what} is expected")
        return value

    return check


check_environment: Final = _matching(ENVIRONMENT, "an environment such as production")
check_address: Final = _matching(_ADDRESS, "an address with https://, mailto: or tel:, of 9 to 256 characters")
_check_list_base: Final = _matching(_LIST_BASE, "an https:// address")


def check_list_base(value: str) -> str:
    """Check the base of an issuer's status lists: `https://`, no `?`, no `#`, no `/` at the end."""
    if "?" in value or "#" in value:
        raise ValueError("the base of status lists has no ? and no #")
    return _check_list_base(value)


def check_name(value: str) -> str:
    """Check a name (DOC-11)."""
    return check_label(value, "a name", MAX_NAME)


class SoundKey(Bytes):
    """The 32 bytes of a public key that is not weak (SIG-1)."""

    def read(self, wire: Value, unknown: Unknown) -> PublicKey:  # type: ignore[override]
        return PublicKey(super().read(wire, unknown))

    def write(self, value: PublicKey) -> bytes:
        return value.to_bytes()


class CoseKey(Type):
    """The COSE_Key `{1: 1, -1: 6, -2: x}` and nothing else (KEY-1); here it is what `x` is."""

    def __init__(self, x: Type) -> None:
        self.x: Final = x

    def read(self, wire: Value, unknown: Unknown) -> Any:
        return self.x.read(_x(wire), unknown)

    def check(self, wire: Value, unknown: Unknown) -> Any:
        return self.x.check(_x(wire), unknown)

    def write(self, value: Any) -> dict[int, Any]:
        return {1: 1, -1: 6, -2: self.x.write(value)}


def _x(wire: Value) -> Any:
    if type(wire) is dict and wire.keys() == {1, -1, -2} and wire[1] == 1 and wire[-1] == 6:  # noqa: PLR2004
        return wire[-2]
    raise ValueError("a COSE_Key of Ed25519 is expected")


class Colors(Array):
    """Colours; one that this version does not know can be on no code that passes, and is left out."""

    def __init__(self) -> None:
        super().__init__(Code(Color, is_open=False), MAX_COLORS, int)

    def read(self, wire: Value, unknown: Unknown) -> frozenset[Color]:
        return frozenset(color for color in super().read(wire, unknown) if isinstance(color, Color))

    def write(self, value: Any) -> list[int]:
        return sorted(map(int, value))


def check_span(valid_from: _Time, valid_until: _Time, rule: str) -> None:
    """Check that something lasts from one time until a later one."""
    if not valid_from < valid_until:
        raise FieldError("until must come after from", "until", rule)


def spanning(make: Callable[..., Any], rule: str) -> Callable[..., Any]:
    """Return what makes something that lasts from one time until a later one."""

    def made(**members: Any) -> Any:
        check_span(members["valid_from"], members["valid_until"], rule)
        return make(**members)

    return made


UINT: Final = Number()
POSITIVE: Final = Number(1)
TIME: Final = Time()
DIGEST: Final = Bytes(32)  # a SHA-256
RAW_KEY: Final = Bytes(KEY_SIZE)
SOUND_KEY: Final = SoundKey(KEY_SIZE)
ADDRESS: Final = Text(check_address)
NAMES: Final = Map(Names, {1: Field("zh", Text(check_name), "DOC-11"), 2: Field("en", Text(check_name), "DOC-11")})
SCOPE: Final = SharedMap(
    Scope,
    {
        1: Field("colors", Colors(), "SCP-1", frozenset()),
        2: Field("max_lifetime", Life(), "SCP-2", span(0)),
        3: Field("max_bearer_lifetime", Life(), "SCP-3", span(0)),
        4: Field("max_lifetime_without_status", Life(), "SCP-4", span(0)),
    },
)
