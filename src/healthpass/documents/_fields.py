"""Reading the maps of documents: what each key holds, and what becomes of keys that are not known (DOC-8)."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

from healthpass.codec._cbor import Value
from healthpass.codec._keys import KEY_SIZE
from healthpass.codec._time import TIME_LIMIT, span
from healthpass.credential._holder import check_label
from healthpass.documents._scope import Scope
from healthpass.words._code_points import Color
from healthpass.words._row import CodeNumber

FIRST_IGNORED: Final = 32
MAX_NAME: Final = 128  # bytes of UTF-8; DOC-11
MAX_ADDRESS: Final = 256  # characters; the patterns below say it too
MAX_COLORS: Final = 16
ENVIRONMENT: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")  # DOC-10
_ADDRESS: Final = re.compile(r"(?=.{9,256}\Z)(?:https://|mailto:|tel:)[!-~]+")
_LIST_BASE: Final = re.compile(r"(?=.{9,256}\Z)https://[!-~]*[!-.0-~]")

Unknown: TypeAlias = list[int]  # critical keys that are not known, to be told at the end
Reader: TypeAlias = Callable[[Any, Unknown], Any]


class Field(NamedTuple):
    """A key of a map: the name of its value here, and how it is read."""

    name: str
    read: Reader
    required: bool = True


class Names(NamedTuple):
    """What an authority or an office is called.

    Attributes:
        zh: in Chinese.
        en: in English.
    """

    zh: str
    en: str


def read_map(wire: Value, fields: Mapping[int, Field], unknown: Unknown) -> dict[str, Any]:
    """Read a map: all required keys and no negative ones but those of `fields`.

    Args:
        wire: the map.
        fields: its keys.
        unknown: where critical keys that are not known are noted.

    Raises:
        ValueError: when it is not such a map; and what the readers of its values raise.
    """
    if type(wire) is not dict:
        raise ValueError("a map is expected")
    found = {}
    for key, value in wire.items():
        if field := fields.get(key):
            found[field.name] = field.read(value, unknown)
        elif 0 <= key < FIRST_IGNORED:
            unknown.append(key)
        elif key < 0:
            raise ValueError("a negative key is not defined")
    for field in fields.values():
        if field.required and field.name not in found:
            raise ValueError(f"{field.name} is missing")
    return found


def read_grant(wire: Value, fields: Mapping[int, Field], unknown: Unknown) -> dict[str, Any]:
    """Read a map that grants a scope, nothing unless it is there, from one time until a later one.

    Raises:
        ValueError: as `read_map`, and when the times are not in that order.
    """
    found = {"scope": Scope(), **read_map(wire, fields, unknown)}
    if not found["valid_from"] < found["valid_until"]:
        raise ValueError("until must come after from")
    return found


def many(read: Reader, at_most: int, *, order: Callable[[Any], Any]) -> Reader:
    """Return the reader of an array of 1 to `at_most`, which strictly ascends by `order`."""

    def read_array(wire: Value, unknown: Unknown) -> tuple[Any, ...]:
        if type(wire) is not list or not 0 < len(wire) <= at_most:
            raise ValueError(f"an array of 1 to {at_most} is expected")
        items = tuple(read(item, unknown) for item in wire)
        places = [order(item) for item in items]
        if any(place >= after for place, after in pairwise(places)):
            raise ValueError("an array does not ascend")
        return items

    return read_array


def uint(value: Value, _: Unknown = []) -> int:  # noqa: B006 - never written to
    """Read an unsigned integer."""
    if type(value) is not int or value < 0:
        raise ValueError("an unsigned integer is expected")
    return value


def code(codes: type[CodeNumber]) -> Reader:
    """Return the reader of an open code: a member, or the number of an unknown one."""
    return lambda value, _: codes.of(uint(value))


def positive(value: Value, _: Unknown) -> int:
    """Read an unsigned integer from 1 up."""
    if type(value) is not int or value < 1:
        raise ValueError("an integer from 1 up is expected")
    return value


def time(value: Value, _: Unknown) -> int:
    """Read a time, or a span of seconds, as in CLM-3."""
    if type(value) is not int or not 0 <= value < TIME_LIMIT:
        raise ValueError("a time is expected")
    return value


def raw_bytes(size: int) -> Reader:
    """Return the reader of a byte string of this size."""

    def read(value: Value, _: Unknown) -> bytes:
        if type(value) is not bytes or len(value) != size:
            raise ValueError(f"{size} bytes are expected")
        return value

    return read


def text(make: Callable[[str], Any]) -> Reader:
    """Return the reader of a text that `make` checks."""

    def read(value: Value, _: Unknown) -> Any:
        if type(value) is not str:
            raise ValueError("a text is expected")
        return make(value)

    return read


def matching(form: re.Pattern[str], what: str) -> Callable[[str], str]:
    """Return a check of texts by their form."""

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"{what} is expected")
        return value

    return check


check_environment: Final = matching(ENVIRONMENT, "an environment such as production")
check_address: Final = matching(_ADDRESS, "an address with https://, mailto: or tel:, of 9 to 256 characters")
_check_list_base: Final = matching(_LIST_BASE, "an https:// address")


def check_list_base(value: str) -> str:
    """Check the base of an issuer's status lists: `https://`, no `?`, no `#`, no `/` at the end."""
    if "?" in value or "#" in value:
        raise ValueError("the base of status lists has no ? and no #")
    return _check_list_base(value)


def check_name(value: str) -> str:
    """Check a name (DOC-11)."""
    return check_label(value, "a name", MAX_NAME)


def cose_key(wire: Value, _: Unknown) -> bytes:
    """Read the COSE_Key `{1: 1, -1: 6, -2: x}` and nothing else; return x, which may be weak (KEY-1, KEY-2)."""
    if type(wire) is dict and wire.keys() == {1, -1, -2} and wire[1] == 1 and wire[-1] == 6:  # noqa: PLR2004
        return _key(wire[-2], _)  # type: ignore[no-any-return]
    raise ValueError("a COSE_Key of Ed25519 is expected")


def cose_key_map(raw: bytes) -> dict[int, Any]:
    """Write a COSE_Key."""
    return {1: 1, -1: 6, -2: raw}


def names(wire: Value, unknown: Unknown) -> Names:
    """Read names (DOC-11)."""
    return Names(**read_map(wire, _NAMES, unknown))


def names_map(of: Names) -> dict[int, Any]:
    """Write names."""
    return {1: of.zh, 2: of.en}


def scope(wire: Value, unknown: Unknown) -> Scope:
    """Read a scope; a colour that this version does not know can be on no code that passes, and is left out."""
    found = read_map(wire, _SCOPE, unknown)
    colors = [Color(color) for color in found.pop("colors", ()) if color in _COLORS]
    return Scope(colors=colors, **{name: span(seconds) for name, seconds in found.items()})


def scope_map(of: Scope) -> dict[int, Any]:
    """Write a scope; what allows nothing is left out."""
    lifetimes = (of.max_lifetime, of.max_bearer_lifetime, of.max_lifetime_without_status)
    seconds = {key: int(lifetime.total_seconds()) for key, lifetime in enumerate(lifetimes, 2)}
    colors = {1: sorted(map(int, of.colors))} if of.colors else {}
    return {**colors, **{key: value for key, value in seconds.items() if value}}


def _itself(value: Any) -> Any:
    return value


_key: Final = raw_bytes(KEY_SIZE)
_COLORS: Final = frozenset(map(int, Color))
_NAMES: Final = {1: Field("zh", text(check_name)), 2: Field("en", text(check_name))}
_SCOPE: Final = {
    1: Field("colors", many(uint, MAX_COLORS, order=_itself), required=False),
    2: Field("max_lifetime", time, required=False),
    3: Field("max_bearer_lifetime", time, required=False),
    4: Field("max_lifetime_without_status", time, required=False),
}
